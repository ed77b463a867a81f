//! What the library fails with: one type, whose kinds a caller can tell apart.

use std::error::Error as StdError;
use std::fmt;
use std::path::PathBuf;

/// A result of the library.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why something could not be done.
///
/// `{}` shows the outermost sentence, `{:#}` all causes after it. Mistakes in an experiment file are
/// [`crate::spec::Diagnostics`], and what is wrong with images [`crate::data::DataError`].
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The system refuses.
    Io {
        /// What was tried, such as `cannot read runs/a/plan.json`; empty where the caller says it.
        tried: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// A file is not what it was when it was written.
    Damaged {
        /// The file.
        file: String,
        /// What is wrong with it.
        source: Box<Error>,
    },
    /// A value that does not do, with the reason.
    Invalid(String),
    /// Somebody else works in a folder.
    Held {
        /// The folder.
        folder: PathBuf,
        /// Who it is, and on which part.
        holder: String,
    },
    /// Another attempt has taken a run over.
    Lost {
        /// The run's folder.
        folder: PathBuf,
    },
    /// An error below, and what was going on.
    While {
        /// What was going on.
        doing: String,
        /// The error.
        source: Box<Error>,
    },
    /// An error of a library, or of code that is not this crate's.
    Other(Box<dyn StdError + Send + Sync>),
}

impl Error {
    /// A value that does not do, with the reason.
    pub fn invalid(reason: impl Into<String>) -> Self {
        Self::Invalid(reason.into())
    }

    /// An error of other code.
    pub fn other(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::Other(source.into())
    }

    /// The error itself, without what was going on.
    pub fn root(&self) -> &Self {
        match self {
            Self::While { source, .. } | Self::Damaged { source, .. } => source.root(),
            _ => self,
        }
    }

    /// The last of its causes, or itself.
    pub fn cause(&self) -> &(dyn StdError + 'static) {
        let mut cause: &(dyn StdError + 'static) = self;
        while let Some(next) = cause.source() {
            cause = next;
        }
        cause
    }

    /// The error of other code that lies at the bottom, if it is of this type.
    pub fn find<E: StdError + 'static>(&self) -> Option<&E> {
        match self.root() {
            Self::Other(source) => source.downcast_ref(),
            _ => None,
        }
    }

    /// The error that the system gave, if that is what lies at the bottom.
    pub fn io(&self) -> Option<&std::io::Error> {
        match self.root() {
            Self::Io { source, .. } => Some(source),
            other => other.cause().downcast_ref(),
        }
    }

    fn sentence(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io { tried, source } if tried.is_empty() => write!(f, "{source}"),
            Self::Io { tried: text, .. }
            | Self::While { doing: text, .. }
            | Self::Invalid(text) => f.write_str(text),
            Self::Damaged { file, .. } => write!(f, "{file} is damaged"),
            Self::Held { folder, holder } => write!(
                f,
                "{} is held by {holder}; wait for it, or if it is gone for good, `--take-over` goes \
                 on in its place",
                folder.display()
            ),
            Self::Lost { folder } => {
                write!(f, "another attempt has taken {} over", folder.display())
            }
            Self::Other(source) => write!(f, "{source}"),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.sentence(f)?;
        if f.alternate() {
            let mut next = self.source();
            while let Some(cause) = next {
                write!(f, ": {cause}")?;
                next = cause.source();
            }
        }
        Ok(())
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            // Its sentence is the system's own.
            Self::Io { tried, source } if tried.is_empty() => source.source(),
            Self::Io { source, .. } => Some(source),
            Self::Damaged { source, .. } | Self::While { source, .. } => Some(source.as_ref()),
            Self::Other(source) => source.source(),
            Self::Invalid(_) | Self::Held { .. } | Self::Lost { .. } => None,
        }
    }
}

impl From<std::io::Error> for Error {
    fn from(source: std::io::Error) -> Self {
        Self::Io { tried: String::new(), source }
    }
}

/// Errors of libraries that need no more than to be passed on.
macro_rules! passed_on {
    ($($error:ty),* $(,)?) => {
        $(impl From<$error> for Error {
            fn from(source: $error) -> Self {
                Self::Other(Box::new(source))
            }
        })*
    };
}

passed_on!(
    csv::Error,
    dfdx::tensor::CpuError,
    gif::EncodingError,
    image::ImageError,
    rayon::ThreadPoolBuildError,
    safetensors::SafeTensorError,
    serde_json::Error,
    std::num::ParseIntError,
    std::num::TryFromIntError,
    std::str::Utf8Error,
);

/// Says what was going on when something failed.
pub trait Context<T> {
    /// With a text at hand.
    ///
    /// # Errors
    /// If this is one.
    fn context(self, doing: impl Into<String>) -> Result<T>;

    /// With a text that is made only when it is needed.
    ///
    /// # Errors
    /// If this is one.
    fn with_context<S: Into<String>>(self, doing: impl FnOnce() -> S) -> Result<T>;
}

impl<T, E: Into<Error>> Context<T> for Result<T, E> {
    fn context(self, doing: impl Into<String>) -> Result<T> {
        self.with_context(|| doing)
    }

    fn with_context<S: Into<String>>(self, doing: impl FnOnce() -> S) -> Result<T> {
        self.map_err(|error| match error.into() {
            Error::Io { tried, source } if tried.is_empty() => {
                Error::Io { tried: doing().into(), source }
            }
            error => Error::While { doing: doing().into(), source: Box::new(error) },
        })
    }
}

impl<T> Context<T> for Option<T> {
    fn context(self, doing: impl Into<String>) -> Result<T> {
        self.ok_or_else(|| Error::invalid(doing))
    }

    fn with_context<S: Into<String>>(self, doing: impl FnOnce() -> S) -> Result<T> {
        self.ok_or_else(|| Error::invalid(doing()))
    }
}

/// Says of which file this tells the damage.
pub trait Damage<T> {
    /// With the file's name.
    ///
    /// # Errors
    /// If this is one.
    fn damaged(self, file: impl fmt::Display) -> Result<T>;
}

impl<T, E: Into<Error>> Damage<T> for Result<T, E> {
    fn damaged(self, file: impl fmt::Display) -> Result<T> {
        self.map_err(|error| Error::Damaged {
            file: file.to_string(),
            source: Box::new(error.into()),
        })
    }
}

/// Returns [`Error::Invalid`] with a reason.
macro_rules! bail {
    ($($reason:tt)*) => {
        return Err($crate::error::Error::invalid(format!($($reason)*)))
    };
}

/// Returns [`Error::Invalid`] with a reason unless something holds.
macro_rules! ensure {
    ($holds:expr, $($reason:tt)*) => {
        if !$holds {
            $crate::error::bail!($($reason)*)
        }
    };
}

pub(crate) use {bail, ensure};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_are_shown_on_request_and_the_kind_can_be_told() {
        let io = || std::io::Error::from(std::io::ErrorKind::NotFound);
        let read: Result<()> = Err(io()).context("cannot read a");
        let error = read.damaged("b").unwrap_err();
        assert_eq!(format!("{error}"), "b is damaged");
        assert_eq!(format!("{error:#}"), "b is damaged: cannot read a: entity not found");
        assert!(matches!(error.root(), Error::Io { .. }) && error.io().is_some());

        let bare = Error::from(io());
        assert_eq!(format!("{bare:#}"), "entity not found");
        let lost = Error::Lost { folder: "x".into() };
        let error = Err::<(), _>(lost).context("cannot go on").unwrap_err();
        assert!(matches!(error.root(), Error::Lost { .. }) && error.io().is_none());
        let text = "cannot go on: another attempt has taken x over";
        assert_eq!(format!("{error:#}"), text);
    }
}
