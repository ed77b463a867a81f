//! An experiment file as it was written: each key and value with its place, nothing resolved.
//!
//! Every part of the file comes down to [`Assignment`]s, one value for one setting: the base, each
//! value of an axis, each named variant. What is wrong is noted and left out, so that one reading
//! finds every mistake.

mod axes;
mod blocks;
mod choice;
mod file;
mod help;
mod parts;
mod question;
mod reader;
mod search;
mod tree;

pub(super) use choice::Choice;
pub(super) use file::read;
pub(super) use help::did_you_mean;
pub(super) use parts::{Block, Choices, Header, ParsedFile};
pub(super) use question::Asked;
pub(super) use reader::{Assignment, Reader, Target, Text, in_order};
pub(super) use search::{Halving, Keep};
