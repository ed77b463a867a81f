//! Where progress is shown: bars that are drawn over, or lines.

use std::io::{IsTerminal, Write};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Where progress goes. What cannot be shown is lost: no result depends on it.
pub enum ProgressOutput {
    /// Bars that are drawn over, for a terminal.
    Bars(ProgressDrawTarget),
    /// Lines, for a file or a pipe.
    Lines(Box<dyn Write + Send>),
    /// Lines for failures only.
    Quiet(Box<dyn Write + Send>),
}

impl ProgressOutput {
    /// To standard error: bars if it is a terminal that can draw over them (`TERM=dumb`, or no
    /// TERM, cannot), lines if not, failures only if `quiet`.
    pub fn stderr(quiet: bool) -> Self {
        let stderr = std::io::stderr();
        if quiet {
            Self::Quiet(Box::new(stderr))
        } else if stderr.is_terminal() && !console::is_dumb() {
            Self::Bars(ProgressDrawTarget::stderr())
        } else {
            Self::Lines(Box::new(stderr))
        }
    }
}

/// The output, by its kind.
pub(super) enum Screen {
    Bars { multi: MultiProgress, slots: Vec<ProgressBar>, total: ProgressBar },
    Lines(Box<dyn Write + Send>),
    Quiet(Box<dyn Write + Send>),
}

impl Screen {
    pub(super) fn new(output: ProgressOutput, slots: usize) -> Self {
        let target = match output {
            ProgressOutput::Lines(out) => return Self::Lines(out),
            ProgressOutput::Quiet(out) => return Self::Quiet(out),
            ProgressOutput::Bars(target) => target,
        };
        let multi = MultiProgress::with_draw_target(target);
        let style = |template: &str| {
            ProgressStyle::with_template(template)
                .unwrap_or_else(|_| ProgressStyle::default_bar())
                .progress_chars("━╸─")
        };
        let bar = |style| multi.add(ProgressBar::new(1).with_style(style));
        let slots = (0..slots).map(|_| bar(style("{bar:16} {prefix}  {msg}"))).collect();
        let total = bar(style("{bar:16} {percent:>3} %  {msg}"));
        Self::Bars { multi, slots, total }
    }

    /// Shows a run in its slot.
    pub(super) fn slot(&self, slot: usize, label: &str, step: u64, steps: u64, message: &str) {
        if let Self::Bars { slots, .. } = self {
            let bar = &slots[slot];
            bar.set_length(steps);
            bar.set_position(step);
            bar.set_prefix(label.to_owned());
            bar.set_message(message.to_owned());
        }
    }

    /// Shows how far the whole is.
    pub(super) fn total(&self, gone: u64, steps: u64, message: &str) {
        if let Self::Bars { total, .. } = self {
            total.set_length(steps);
            total.set_position(gone);
            total.set_message(message.to_owned());
        }
    }

    /// Says what bars show anyway.
    pub(super) fn line(&mut self, line: &str) {
        if let Self::Lines(out) = self {
            let _ = writeln!(out, "{line}").and_then(|()| out.flush());
        }
    }

    /// Says what bars forget.
    pub(super) fn remark(&mut self, line: &str) {
        match self {
            Self::Bars { multi, .. } => drop(multi.println(line)),
            Self::Lines(_) => self.line(line),
            Self::Quiet(_) => {}
        }
    }

    /// Says what must not be missed.
    pub(super) fn failure(&mut self, line: &str) {
        match self {
            Self::Quiet(out) => drop(writeln!(out, "{line}").and_then(|()| out.flush())),
            _ => self.remark(line),
        }
    }

    /// Takes bars off it.
    pub(super) fn clear(&self) {
        if let Self::Bars { multi, .. } = self {
            let _ = multi.clear();
        }
    }
}
