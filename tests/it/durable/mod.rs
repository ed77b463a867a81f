//! An interrupted sweep ends like one never touched, however it is carried out and whatever befalls
//! it.

mod chaos;
mod damage;
mod empty;
pub(crate) mod faults;
pub(crate) mod lab;
mod matrix;
mod resume;
mod reuse;
mod rounds;
mod scheduler;
mod stopped;
