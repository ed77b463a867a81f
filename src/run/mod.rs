//! Plain values of a run: what happens in it, what is measured of it, how it ends. Who trains,
//! evaluates, writes down and reports meet in these and know nothing of each other.

mod checkpoint;
mod event;
mod grid;
mod metric;
mod outcome;
mod score;
mod scores;
mod status;
mod tensor;

pub use checkpoint::Checkpoint;
pub use event::{Event, Recorder};
pub use grid::Grid;
pub use metric::{Direction, EPOCH_SCORES, EpochMetrics, Metric, Numbers};
pub use outcome::{Outcome, OutcomeKind};
pub use score::{Mode, NotComputable, SCORE_METRICS, ScoreValue, Value, by_scorer, score_metric};
pub use scores::{ClassRecord, ScorerRecord, Scores, SetRecord, weakness};
pub use status::RunStatus;
pub use tensor::NamedTensor;
