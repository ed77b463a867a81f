//! Standard output that may be closed.

use std::io::{ErrorKind, Result, Write};

/// Hands on what is written until nobody reads it any more, as behind `| head -1`: from then on it
/// is dropped in silence, while the work goes on and the exit code stays what it is.
#[derive(Debug)]
pub struct Output<W> {
    /// None once its other end was closed.
    inner: Option<W>,
}

impl<W: Write> Output<W> {
    /// Hands on to `inner`.
    pub fn new(inner: W) -> Self {
        Self { inner: Some(inner) }
    }

    fn or_dropped<T>(&mut self, dropped: T, write: impl FnOnce(&mut W) -> Result<T>) -> Result<T> {
        let Some(inner) = &mut self.inner else { return Ok(dropped) };
        match write(inner) {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => {
                self.inner = None;
                Ok(dropped)
            }
            done => done,
        }
    }
}

impl<W: Write> Write for Output<W> {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        self.or_dropped(bytes.len(), |inner| inner.write(bytes))
    }

    fn flush(&mut self) -> Result<()> {
        self.or_dropped((), |inner| inner.flush())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes one piece and is closed then.
    struct Head(Vec<u8>);

    impl Write for Head {
        fn write(&mut self, bytes: &[u8]) -> Result<usize> {
            if !self.0.is_empty() {
                return Err(ErrorKind::BrokenPipe.into());
            }
            self.0.extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> Result<()> {
            Err(ErrorKind::StorageFull.into())
        }
    }

    #[test]
    fn a_closed_pipe_is_silence_and_other_errors_stay_errors() {
        let mut output = Output::new(Head(Vec::new()));
        output.write_all(b"first").unwrap();
        assert_eq!(output.flush().unwrap_err().kind(), ErrorKind::StorageFull);
        output.write_all(b"second").unwrap();
        output.write_all(b"third").unwrap();
        output.flush().unwrap();
        assert!(output.inner.is_none());
    }
}
