//! Arrays of numbers as numpy writes them.

use npyz::{DType, Deserialize, NpyFile, NpyHeader, Order};

use crate::error::{Context, Result, bail, ensure};

/// An array whose header was read, and whose data has the length that the header says.
pub struct Array {
    header: NpyHeader,
    kind: String,
    data: Vec<u8>,
}

impl Array {
    /// Reads the bytes of a `.npy` file.
    ///
    /// # Errors
    /// If they are none, or are cut short.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        let mut rest = bytes;
        let header = NpyHeader::from_reader(&mut rest).context("no .npy array")?;
        ensure!(
            header.order() == Order::C,
            "the array is in Fortran order: save numpy.ascontiguousarray(array)"
        );
        let DType::Plain(kind) = header.dtype() else {
            bail!("the type is {}; needed is a plain number", header.dtype().descr());
        };
        // Checked before anything is allocated from it.
        let size = kind.num_bytes().context("a type without a size")? as u64;
        let needed = header.shape().iter().try_fold(size, |a, b| a.checked_mul(*b));
        ensure!(
            needed == Some(rest.len() as u64),
            "the shape is {:?} of {size} bytes each, but {} bytes follow: the file is damaged",
            header.shape(),
            rest.len()
        );
        let kind = kind.to_string().trim_start_matches(['<', '>', '|', '=']).to_owned();
        Ok(Self { header, kind, data: rest.to_vec() })
    }

    /// Lengths, outermost first.
    pub fn shape(&self) -> &[u64] {
        self.header.shape()
    }

    /// Type of an element without its byte order, such as `f4`.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// Type of an element as numpy writes it.
    pub fn descr(&self) -> String {
        self.header.dtype().descr()
    }

    /// The elements, which are of this type.
    ///
    /// # Errors
    /// If they are of another.
    pub fn values<T: Deserialize>(&self) -> Result<Vec<T>> {
        let file = NpyFile::with_header(self.header.clone(), self.data.as_slice());
        Ok(file.into_vec()?)
    }

    /// The elements of an array of any integer type; what no `i64` holds is the largest.
    ///
    /// # Errors
    /// If they are no integers.
    pub fn integers(&self) -> Result<Vec<i64>> {
        fn wide<T: Deserialize + TryInto<i64>>(array: &Array) -> Result<Vec<i64>> {
            let values = array.values::<T>()?.into_iter();
            Ok(values.map(|value| value.try_into().unwrap_or(i64::MAX)).collect())
        }
        match self.kind() {
            "u1" => wide::<u8>(self),
            "u2" => wide::<u16>(self),
            "u4" => wide::<u32>(self),
            "u8" => wide::<u64>(self),
            "i1" => wide::<i8>(self),
            "i2" => wide::<i16>(self),
            "i4" => wide::<i32>(self),
            "i8" => wide::<i64>(self),
            _ => bail!("the type is {}; needed is an integer", self.descr()),
        }
    }
}
