//! A scorer's file: safetensors, with what it was trained on as metadata.

use std::collections::HashMap;

use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use sha2::{Digest, Sha256};

use super::about::About;
use super::network::{Architecture, Parameters};
use crate::error::{Context, Result, ensure};

/// The one metadata key: with several, safetensors would write them in random order.
const KEY: &str = "scorer";

/// SHA-256, hex.
pub(super) fn hash(bytes: &[u8]) -> String {
    format!("{:x}", Sha256::digest(bytes))
}

pub(super) fn to_bytes(about: &About, parameters: &Parameters) -> Result<Vec<u8>> {
    let bytes = |values: &[f32]| values.iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<u8>>();
    let mut tensors = Vec::new();
    for (layer, (weight, bias)) in parameters.architecture.layers().iter().zip(&parameters.layers) {
        let shape = vec![layer.inputs, layer.outputs];
        tensors.push((format!("{}.bias", layer.name), vec![layer.outputs], bytes(bias)));
        tensors.push((format!("{}.weight", layer.name), shape, bytes(weight)));
    }
    let mut views = Vec::new();
    for (name, shape, bytes) in &tensors {
        views.push((name.as_str(), TensorView::new(Dtype::F32, shape.clone(), bytes)?));
    }
    let metadata = HashMap::from([(KEY.to_owned(), serde_json::to_string(about)?)]);
    Ok(safetensors::serialize(views, Some(metadata))?)
}

pub(super) fn from_bytes(bytes: &[u8]) -> Result<(About, Parameters)> {
    let (_, header) = SafeTensors::read_metadata(bytes)?;
    let about = header
        .metadata()
        .as_ref()
        .and_then(|metadata| metadata.get(KEY))
        .with_context(|| format!("no metadata `{KEY}`: the file is no scorer"))?;
    let about: About = serde_json::from_str(about).with_context(|| format!("metadata `{KEY}`"))?;
    let file = SafeTensors::deserialize(bytes)?;
    let read = |name: String, shape: &[usize]| -> Result<Vec<f32>> {
        let view = file.tensor(&name)?;
        ensure!(
            view.dtype() == Dtype::F32 && view.shape() == shape,
            "tensor {name} is {:?} {:?}, not F32 {shape:?}",
            view.dtype(),
            view.shape()
        );
        let values: Vec<f32> = view
            .data()
            .chunks_exact(4)
            .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
            .collect();
        ensure!(
            values.iter().all(|v| v.is_finite()),
            "tensor {name} has a value that is not finite"
        );
        Ok(values)
    };
    let About { height, width, classes, .. } = about;
    ensure!(
        (1..=4096).contains(&height) && (1..=4096).contains(&width) && (1..=256).contains(&classes),
        "metadata `{KEY}` has images of {height} x {width} and {classes} classes"
    );
    let architecture = Architecture { height, width, classes };
    let layers = architecture.layers();
    let layer = |i: usize| -> Result<_> {
        let layer = layers[i];
        Ok((
            read(format!("{}.weight", layer.name), &[layer.inputs, layer.outputs])?,
            read(format!("{}.bias", layer.name), &[layer.outputs])?,
        ))
    };
    let layers = [layer(0)?, layer(1)?, layer(2)?, layer(3)?];
    Ok((about, Parameters { architecture, layers }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scorer() -> (About, Parameters) {
        let about = About {
            recipe: 1,
            data: "tiny".into(),
            data_hash: "00".into(),
            trained_on: "train[0:60]".into(),
            epochs: 12,
            measured_on: "test".into(),
            accuracy: 0.5,
            height: 4,
            width: 6,
            classes: 3,
        };
        let architecture = Architecture { height: 4, width: 6, classes: 3 };
        let layers = architecture
            .layers()
            .map(|l| (vec![0.25; l.inputs * l.outputs], vec![-1.0; l.outputs]));
        (about, Parameters { architecture, layers })
    }

    #[test]
    fn a_scorer_comes_back_with_the_same_bytes() {
        let (about, parameters) = scorer();
        let bytes = to_bytes(&about, &parameters).unwrap();
        assert_eq!(from_bytes(&bytes).unwrap(), (about.clone(), parameters.clone()));
        assert_eq!(bytes, to_bytes(&about, &parameters).unwrap());
    }

    #[test]
    fn what_is_no_scorer_is_refused() {
        let (mut about, parameters) = scorer();
        let bytes = to_bytes(&about, &parameters).unwrap();
        for cut in [0, 7, 100, bytes.len() - 1] {
            assert!(from_bytes(&bytes[..cut]).is_err());
        }
        about.classes = 4;
        let error = from_bytes(&to_bytes(&about, &parameters).unwrap()).unwrap_err();
        assert_eq!(error.to_string(), "tensor output.weight is F32 [64, 3], not F32 [64, 4]");
        about.height = 0;
        let error = from_bytes(&to_bytes(&about, &parameters).unwrap()).unwrap_err();
        assert_eq!(error.to_string(), "metadata `scorer` has images of 0 x 6 and 4 classes");
    }
}
