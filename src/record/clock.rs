//! The time of day, which tests replace.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Tells the time since 1970-01-01 UTC; never goes back while the process lives.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Duration + Send + Sync>);

impl Clock {
    /// The system's time when this clock was made, and monotonic from there on.
    pub fn system() -> Self {
        let zero = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let since = Instant::now();
        Self(Arc::new(move || zero + since.elapsed()))
    }

    /// A clock that says what the function says.
    pub fn from_fn(now: impl Fn() -> Duration + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// The time since 1970-01-01 UTC.
    pub fn now(&self) -> Duration {
        (self.0)()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Clock({:?})", self.now())
    }
}
