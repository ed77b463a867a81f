//! The rule by which a run stops before its end.

use super::light::{Light, State};

/// The first of these lights that is red and named by `rule`, in words; none if the run may go on.
pub fn first_red(lights: &[Light], rule: &[&str]) -> Option<String> {
    let red = |light: &&Light| light.state == State::Fail && rule.contains(&light.name.as_str());
    let light = lights.iter().find(red)?;
    let since = light.since.map_or_else(String::new, |epoch| format!(" since epoch {}", epoch + 1));
    Some(format!("{} is red{since}: {}", light.name, light.reason))
}
