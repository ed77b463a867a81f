//! The parts of an experiment file.

use super::choice::Choice;
use super::question::Asked;
use super::reader::{Assignment, Text};
use super::search::Halving;
use crate::spec::condition::Condition;
use crate::spec::diagnostic::Span;
use crate::spec::sample::Sample;
use crate::spec::seeds::Seeds;

/// One file.
#[derive(Debug, Default)]
pub(in crate::spec) struct ParsedFile {
    /// `[experiment]`.
    pub(in crate::spec) experiment: Header,
    /// `[question]`, or each `[[question]]`.
    pub(in crate::spec) questions: Vec<Asked>,
    /// `[search]`.
    pub(in crate::spec) search: Option<Halving>,
    /// The settings tables.
    pub(in crate::spec) base: Vec<Assignment>,
    /// The file's own axes, its `[[block]]`s and its `[variants]`, in their order.
    pub(in crate::spec) blocks: Vec<Block>,
}

/// `[experiment]`: the question and how it is answered.
#[derive(Debug, Default)]
pub(in crate::spec) struct Header {
    pub(in crate::spec) question: Option<Text>,
    pub(in crate::spec) expected: Option<Text>,
    pub(in crate::spec) cost: Option<Text>,
    pub(in crate::spec) baseline: Option<Text>,
    pub(in crate::spec) primary: Option<Text>,
    pub(in crate::spec) extends: Vec<Text>,
    pub(in crate::spec) seeds: Option<(Seeds, Span)>,
    /// Whether something in here was wrong, so that what is missing may have been meant.
    pub(in crate::spec) has_errors: bool,
}

/// A set of variants: the product of its axes over what it sets.
#[derive(Debug)]
pub(in crate::spec) struct Block {
    /// Leads the names of its variants.
    pub(in crate::spec) name: Option<Text>,
    /// Settings that all its variants share.
    pub(in crate::spec) set: Vec<Assignment>,
    /// The first axis varies slowest.
    pub(in crate::spec) axes: Vec<Axis>,
    /// Variants that fulfil one of these are dropped.
    pub(in crate::spec) exclude: Vec<Condition>,
    /// Variants must fulfil all of these.
    pub(in crate::spec) require: Vec<Condition>,
    pub(in crate::spec) place: Span,
    /// Whether something in here was wrong, so that a variant may be missing for that.
    pub(in crate::spec) has_errors: bool,
}

/// Choices of which each variant takes one.
#[derive(Debug)]
pub(in crate::spec) struct Axis {
    pub(in crate::spec) choices: Choices,
    pub(in crate::spec) place: Span,
}

/// The choices of an axis.
#[derive(Debug)]
pub(in crate::spec) enum Choices {
    /// Written out.
    Listed(Vec<Choice>),
    /// Drawn by a rule, once it is known that there are not too many.
    Drawn(Box<Sample>),
}
