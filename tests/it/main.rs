//! The one integration-test binary: a module a topic.
#![expect(missing_docs, reason = "tests")]

mod report;
mod synthetic;
