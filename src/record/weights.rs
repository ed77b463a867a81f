//! Weights as safetensors: the same tensors give the same bytes.

use std::fs;
use std::path::Path;

use safetensors::tensor::{Dtype, Metadata, SafeTensors, TensorInfo};

use super::contents::{self, FileState};
use crate::error::{Context, Result, bail, ensure};
use crate::run::NamedTensor;

/// Writes tensors to a safetensors file, sorted by name, aside and renamed. Returns what it holds.
///
/// # Errors
/// If a tensor's values do not fill its shape, two have one name, or the file cannot be written.
pub fn write_weights(path: &Path, tensors: &[NamedTensor<'_>]) -> Result<FileState> {
    contents::write_pieces(path, |put| encode(tensors, put))
}

/// Hands out the bytes of a safetensors file piece by piece: a run's state is too large for a copy
/// that nobody needs.
///
/// # Errors
/// If a tensor's values do not fill its shape, two have one name, or `put` fails.
pub(super) fn encode(
    tensors: &[NamedTensor<'_>],
    mut put: impl FnMut(&[u8]) -> Result<()>,
) -> Result<()> {
    /// Values a piece.
    const PIECE: usize = 16_384;
    let mut sorted: Vec<&NamedTensor<'_>> = tensors.iter().collect();
    sorted.sort_by_key(|tensor| &tensor.name);
    if let Some(pair) = sorted.windows(2).find(|pair| pair[0].name == pair[1].name) {
        bail!("two tensors are named {}", pair[0].name);
    }
    let mut infos = Vec::with_capacity(sorted.len());
    let mut end = 0;
    for NamedTensor { name, shape, values } in &sorted {
        let filled = shape.iter().product::<usize>() == values.len();
        ensure!(filled, "tensor {name}: its values do not fill its shape");
        let start = end;
        end += 4 * values.len();
        let (shape, data_offsets) = (shape.clone(), (start, end));
        infos.push((name.clone(), TensorInfo { dtype: Dtype::F32, shape, data_offsets }));
    }
    let metadata = Metadata::new(None, infos)?;
    let mut header = serde_json::to_vec(&metadata)?;
    header.resize(header.len().next_multiple_of(8), b' ');
    put(&(header.len() as u64).to_le_bytes())?;
    put(&header)?;
    let mut bytes = Vec::with_capacity(4 * PIECE);
    for values in sorted.iter().flat_map(|tensor| tensor.values.chunks(PIECE)) {
        bytes.clear();
        bytes.extend(values.iter().flat_map(|v| v.to_le_bytes()));
        put(&bytes)?;
    }
    Ok(())
}

/// Reads tensors back, sorted by name.
///
/// # Errors
/// If the file cannot be read, is no safetensors file, or holds other types than f32.
pub fn read_weights(path: &Path) -> Result<Vec<NamedTensor<'static>>> {
    let read = || decode(&fs::read(path)?);
    read().with_context(|| format!("cannot read weights {}", path.display()))
}

/// Tensors of the bytes of a safetensors file, sorted by name.
pub(super) fn decode(bytes: &[u8]) -> Result<Vec<NamedTensor<'static>>> {
    let file = SafeTensors::deserialize(bytes)?;
    let mut tensors = Vec::with_capacity(file.len());
    for (name, view) in file.iter() {
        let dtype = view.dtype();
        ensure!(dtype == Dtype::F32, "tensor {name} is of type {dtype:?}, not F32");
        let values = view
            .data()
            .chunks_exact(4)
            .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
            .collect();
        tensors.push(NamedTensor { name: name.to_owned(), shape: view.shape().to_vec(), values });
    }
    tensors.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(tensors)
}

#[cfg(test)]
mod tests {
    use safetensors::tensor::TensorView;

    use super::*;

    fn tensor(name: &str, shape: &[usize], values: &[f32]) -> NamedTensor<'static> {
        NamedTensor { name: name.to_owned(), shape: shape.to_vec(), values: values.to_vec().into() }
    }

    #[test]
    fn weights_read_back_and_do_not_depend_on_order() {
        let dir = tempfile::tempdir().unwrap();
        let (one, two) = (dir.path().join("1.safetensors"), dir.path().join("2.safetensors"));
        let a = tensor("a.weight", &[2, 3], &[1.0, -0.0, f32::MIN_POSITIVE, 3.5, f32::MAX, 0.1]);
        let b = tensor("b.bias", &[2], &[7.0, 8.0]);
        write_weights(&one, &[a.clone(), b.clone()]).unwrap();
        write_weights(&two, &[b.clone(), a.clone()]).unwrap();
        assert_eq!(read_weights(&one).unwrap(), [a, b]);
        assert_eq!(fs::read(one).unwrap(), fs::read(two).unwrap());
    }

    #[test]
    fn pieces_are_what_safetensors_writes() {
        let values: Vec<f32> = (0..40_000).map(|i| (i as f32).sin()).collect();
        let tensors = [
            tensor("b.weight", &[200, 200], &values),
            tensor("a.bias", &[3], &values[..3]),
            tensor("a.empty", &[0], &[]),
        ];
        let bytes: Vec<Vec<u8>> = tensors
            .iter()
            .map(|t| t.values.iter().flat_map(|v| v.to_le_bytes()).collect())
            .collect();
        let views = tensors.iter().zip(&bytes).map(|(t, bytes)| {
            (t.name.as_str(), TensorView::new(Dtype::F32, t.shape.clone(), bytes).unwrap())
        });
        let theirs = safetensors::serialize(views, None).unwrap();
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("w.safetensors");
        let state = write_weights(&path, &tensors).unwrap();
        assert_eq!(state, FileState::of(&theirs));
        assert_eq!(fs::read(path).unwrap(), theirs);
    }

    #[test]
    fn what_cannot_be_written_or_read_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("w.safetensors");
        let short = write_weights(&path, &[tensor("a", &[2, 2], &[1.0])]).unwrap_err();
        let named = |what: &str| format!("cannot write {}: {what}", path.display());
        let short = format!("{short:#}");
        assert_eq!(short, named("tensor a: its values do not fill its shape"));
        let twice = write_weights(&path, &[tensor("a", &[0], &[]), tensor("a", &[0], &[])]);
        assert_eq!(format!("{:#}", twice.unwrap_err()), named("two tensors are named a"));
        assert!(!path.exists());

        write_weights(&path, &[tensor("a", &[2], &[1.0, 2.0])]).unwrap();
        let whole = fs::read(&path).unwrap();
        for cut in [0, 4, 9, whole.len() - 1] {
            fs::write(&path, &whole[..cut]).unwrap();
            let error = format!("{:#}", read_weights(&path).unwrap_err());
            assert!(error.starts_with(&format!("cannot read weights {}: ", path.display())));
        }
    }
}
