//! Lights, runs, compute, how to get it again, other views and the method.

use maud::{Markup, html};

use super::{Page, heading, share};
use crate::report::chart::{Scale, coordinate, range};
use crate::report::format::{Decimals, NONE, count, duration, list, short};
use crate::report::load::{RunData, State};
use crate::report::{curves, reproduce, views};
use crate::score;
use crate::score::Light;

/// Bytes of the experiment file that the page shows at most.
const FILE_SHOWN: usize = 60_000;

impl Page<'_> {
    pub(super) fn lights(&self) -> Option<Markup> {
        let mut names: Vec<&str> = Vec::new();
        for light in self.sweep.runs.iter().flat_map(|r| &r.lights) {
            if !names.contains(&light.name.as_str()) {
                names.push(&light.name);
            }
        }
        if names.is_empty() {
            return None;
        }
        let lit: Vec<(&RunData, &Light)> = self
            .sweep
            .runs
            .iter()
            .flat_map(|r| r.lights.iter().map(move |l| (r, l)))
            .filter(|(_, l)| l.state >= score::State::Warn)
            .collect();
        let lead = "Signs of a sick run, looked for in every run: how many runs of each variant \
                    show one. Warn: it passed, or is slight; fail: it is still there at the end.";
        Some(html! {
            (heading("lights", "Lights", lead))
            div class="scroll card" tabindex="0" role="region" aria-label="Lights" { table {
                thead { tr {
                    th scope="col" { "Sign" }
                    @for v in 0..self.analysis.variants.len() {
                        th scope="col" class=(self.class(v)) { (self.name(v)) }
                    }
                } }
                tbody { @for name in &names { tr {
                    th scope="row" { (name) }
                    @for v in 0..self.analysis.variants.len() { td { (self.lamp(v, name)) } }
                } } }
            } }
            @if !lit.is_empty() {
                details {
                    summary { "Where and when (" (lit.len()) ")" }
                    div class="scroll" tabindex="0" role="region" aria-label="Lights of runs" {
                        table {
                            thead { tr {
                                th scope="col" { "Run" } th scope="col" { "Sign" }
                                th scope="col" { "State" }
                                th scope="col" class="num" { "First epoch" }
                                th scope="col" class="num" { "Value" }
                                th scope="col" class="num" { "Threshold" }
                                th scope="col" { "Signal" }
                            } }
                            tbody { @for (run, light) in &lit { tr {
                                th scope="row" { (run.folder()) }
                                td { (light.name) }
                                td { span class={ "lamp " (lamp_class(light.state)) } {} (state_word(light.state)) }
                                td class="num" { (light.since.map_or_else(|| NONE.into(), |e| e.to_string())) }
                                td class="num" { (light.value.map_or_else(|| NONE.into(), short)) }
                                td class="num" { (light.threshold.map_or_else(|| NONE.into(), short)) }
                                td { (signal(light)) span class="changes" { (light.reason) } }
                            } } }
                        }
                    }
                }
            }
        })
    }

    fn lamp(&self, variant: usize, name: &str) -> Markup {
        let lights = || {
            let of_run = |r: &RunData| r.lights.iter().find(|l| l.name == name).cloned();
            self.sweep.runs_of(variant).filter_map(of_run)
        };
        let known: Vec<Light> = lights().filter(|l| l.state != score::State::Unknown).collect();
        let lit: Vec<&Light> = known.iter().filter(|l| l.state >= score::State::Warn).collect();
        let worst = known.iter().map(|l| l.state).max().unwrap_or(score::State::Unknown);
        html! {
            @if known.is_empty() { span class="quiet" { (NONE) } } @else {
                span class={ "lamp " (lamp_class(worst)) } {}
                @if lit.is_empty() { span class="quiet" { "none of " (known.len()) } }
                @else { (lit.len()) " of " (known.len()) " (" (state_word(worst)) ")" }
            }
        }
    }

    pub(super) fn runs(&self) -> Option<Markup> {
        let left: Vec<&RunData> =
            self.sweep.runs.iter().filter(|r| r.state != State::Completed).collect();
        let lead = if left.is_empty() {
            format!("All {} completed.", count(self.analysis.planned(), "run"))
        } else {
            "Runs without a final value stay in the count of runs; they enter no mean.".into()
        };
        let primary = self.analysis.primary.map(|p| p.metric);
        let decimals = primary.map(|m| Decimals::of(self.analysis, m));
        Some(html! {
            (heading("runs", "Runs", &lead))
            @if !left.is_empty() {
                div class="scroll card" tabindex="0" role="region" aria-label="Runs without a final value" {
                    table {
                        thead { tr {
                            th scope="col" { "Run" } th scope="col" { "State" }
                            th scope="col" class="num" { "Epochs" } th scope="col" { "Why" }
                        } }
                        tbody { @for run in &left { tr {
                            th scope="row" { (run.folder()) } td { (run.state.word()) }
                            td class="num" { (run.epochs) } td { (run.reason) }
                        } } }
                    }
                }
            }
            details {
                summary { "Every run" }
                div class="scroll" tabindex="0" role="region" aria-label="Every run" { table {
                    thead { tr {
                        th scope="col" { "Run" } th scope="col" { "State" }
                        th scope="col" class="num" { "Epochs" } th scope="col" class="num" { "Steps" }
                        @if let Some(info) = self.analysis.primary_info() {
                            th scope="col" class="num" { (info.heading()) }
                        }
                        th scope="col" class="num" { "Time" } th scope="col" { "Key" }
                    } }
                    tbody { @for run in &self.sweep.runs { tr {
                        th scope="row" { (run.folder()) } td { (run.state.word()) }
                        td class="num" { (run.epochs) } td class="num" { (run.steps) }
                        @if let (Some(info), Some(d)) = (self.analysis.primary_info(), decimals) {
                            td class="num" { (d.opt(run.final_value(&info.name))) }
                        }
                        td class="num" { (run.seconds.map_or_else(|| NONE.into(), duration)) }
                        td { code { (run.record.key.chars().take(12).collect::<String>()) } }
                    } } }
                } }
                p class="lead" { "All values of all runs: runs.csv beside this page." }
            }
        })
    }

    pub(super) fn compute(&self) -> Option<Markup> {
        let timed: Vec<&RunData> = self.sweep.runs.iter().filter(|r| r.seconds.is_some()).collect();
        let environment = reproduce::environment(self.sweep);
        if timed.is_empty() && environment.is_empty() {
            return None;
        }
        let by_state: Vec<(State, usize, f64)> = State::ALL
            .into_iter()
            .map(|state| {
                let of = || timed.iter().filter(move |r| r.state == state);
                (state, of().count(), of().filter_map(|r| r.seconds).sum())
            })
            .filter(|(_, n, _)| *n > 0)
            .collect();
        let total: f64 = by_state.iter().map(|s| s.2).sum();
        let lead = format!(
            "Time spent training and recording, summed over runs, whatever came of them: {} in {}.",
            duration(total),
            count(timed.len(), "run"),
        );
        Some(html! {
            (heading("compute", "Compute and time", &lead))
            @if !by_state.is_empty() {
                div class="card" { table {
                    thead { tr {
                        th scope="col" { "Outcome" } th scope="col" class="num" { "Runs" }
                        th scope="col" class="num" { "Time" }
                        th scope="col" class="num" { "Mean a run" }
                    } }
                    tbody { @for (state, n, seconds) in &by_state { tr {
                        th scope="row" { (state.word()) } td class="num" { (n) }
                        td class="num" { (duration(*seconds)) }
                        td class="num" { (duration(seconds / *n as f64)) }
                    } } }
                } }
            }
            @if !environment.is_empty() {
                details {
                    summary { "Environment record" }
                    dl class="list" { @for (key, values) in &environment {
                        dt { (key) }
                        dd { (list(values)) }
                    } }
                }
            }
        })
    }

    pub(super) fn again(&self) -> Option<Markup> {
        let checklist = reproduce::checklist(self.sweep, self.analysis);
        Some(html! {
            (heading("again", "To get it again", ""))
            pre { code { (reproduce::commands(self.sweep)) } }
            @if let Some(text) = &self.sweep.experiment_file {
                details {
                    summary { "The experiment file" }
                    pre tabindex="0" { code {
                        (text.chars().take(FILE_SHOWN).collect::<String>())
                        @if text.chars().nth(FILE_SHOWN).is_some() { "\n… (cut here)" }
                    } }
                }
            }
            h3 { "Checklist" }
            p class="lead" {
                "What venues ask of an experiment, as far as the records can say it."
            }
            div class="card" { table { tbody { @for (item, said) in &checklist { tr {
                th scope="row" { (item) }
                td { @match said {
                    Some(text) => { (text) }
                    None => { span class="quiet" { "not recorded" } }
                } }
            } } } } }
        })
    }

    pub(super) fn views(&self) -> Option<Markup> {
        let parts: Vec<Markup> =
            [self.main_effects(), self.one_factor(), self.budget(), self.best_epochs()]
                .into_iter()
                .flatten()
                .collect();
        if parts.is_empty() {
            return None;
        }
        Some(html! {
            (heading("views", "Other views", "The same runs, looked at in other ways; none of these is tested."))
            @for part in &parts { (part) }
        })
    }

    fn main_effects(&self) -> Option<Markup> {
        let effects = views::main_effects(self.sweep, self.analysis);
        let metric = self.analysis.primary?.metric;
        let d = Decimals::of(self.analysis, metric);
        if effects.is_empty() {
            return None;
        }
        Some(html! {
            h3 { "Main effect of each axis on " (self.analysis.metrics[metric].label) }
            p class="lead" {
                "Mean over all variants at a level, and its difference to the baseline's level, "
                "paired by seed over the seeds that completed everywhere."
            }
            div class="scroll card" tabindex="0" role="region" aria-label="Main effects" { table {
                thead { tr {
                    th scope="col" { "Axis" } th scope="col" { "Level" }
                    th scope="col" class="num" { "Variants" } th scope="col" class="num" { "Seeds" }
                    th scope="col" class="num" { "Mean" } th scope="col" class="num" { "Difference" }
                    th scope="col" { "95 % CI" }
                } }
                tbody { @for effect in &effects { @for (i, level) in effect.levels.iter().enumerate() { tr {
                    th scope="row" { @if i == 0 { code { (effect.axis) } } @else { span class="vh" { (effect.axis) } } }
                    td { @if level.value.is_empty() { span class="quiet" { "as in the base" } } @else { code { (level.value) } } }
                    td class="num" { (level.variants) } td class="num" { (level.seeds) }
                    td class="num" { (d.opt(level.mean)) }
                    @match level.difference {
                        Some((mean, interval)) => {
                            td class="num" { (d.signed(mean)) }
                            td class="ci" { (interval.map_or_else(|| NONE.into(), |i| d.range(i))) }
                        }
                        None => { td class="num quiet" { "reference" } td {} }
                    }
                } } } }
            } }
        })
    }

    fn one_factor(&self) -> Option<Markup> {
        let groups = views::one_factor(self.sweep);
        let metric = self.analysis.primary?.metric;
        let d = Decimals::of(self.analysis, metric);
        if groups.is_empty() {
            return None;
        }
        Some(html! {
            h3 { "One factor at a time" }
            p class="lead" { "Variants that differ from the baseline in a single setting." }
            div class="scroll card" tabindex="0" role="region" aria-label="One factor at a time" { table {
                thead { tr {
                    th scope="col" { "Setting" } th scope="col" { "Variant" }
                    th scope="col" class="num" { "Difference" } th scope="col" { "95 % CI" }
                } }
                tbody { @for (axis, variants) in &groups { @for v in variants {
                    @let difference = &self.analysis.variants[*v].differences[metric];
                    tr class=(self.class(*v)) {
                        th scope="row" { code { (axis) } }
                        td { (self.name(*v)) }
                        td class="num" { (difference.mean.map_or_else(|| NONE.into(), |m| d.signed(m))) }
                        td class="ci" { (difference.interval.map_or_else(|| NONE.into(), |i| d.range(i))) }
                    }
                } } }
            } }
        })
    }

    fn budget(&self) -> Option<Markup> {
        let budget = views::budget(self.analysis)?;
        let longest = budget.iter().map(Vec::len).max().filter(|n| *n > 1)?;
        let info = self.analysis.primary_info()?;
        let d = Decimals::of(self.analysis, self.analysis.primary?.metric);
        let columns: Vec<usize> = crate::report::curves::spread(longest, 10);
        Some(html! {
            h3 { "Best of so many runs" }
            p class="lead" {
                "Expected best final " (info.label) " when only b of a variant's completed runs are "
                "made and the best is kept. b = 1 is the mean; there is nothing past the last run."
            }
            div class="scroll card" tabindex="0" role="region" aria-label="Best of so many runs" { table {
                thead { tr {
                    th scope="col" { "Variant" }
                    @for b in &columns { th scope="col" class="num" { "b = " (b + 1) } }
                } }
                tbody { @for (v, best) in budget.iter().enumerate() { tr class=(self.class(v)) {
                    th scope="row" { (self.name(v)) }
                    @for b in &columns { td class="num" { (d.opt(best.get(*b).copied())) } }
                } } }
            } }
        })
    }

    fn best_epochs(&self) -> Option<Markup> {
        let tables = views::best_epochs(self.sweep, self.analysis);
        if !tables.iter().any(|(_, rows)| rows.iter().any(Option::is_some)) {
            return None;
        }
        Some(html! {
            h3 { "Best epoch against last epoch" }
            p class="lead" {
                "The best epoch is chosen on the very numbers it is judged by, so its column is "
                "optimistic; every other number in this report is of the last epoch."
            }
            div class="scroll card" tabindex="0" role="region" aria-label="Best epoch against last epoch" { table {
                thead { tr {
                    th scope="col" { "Metric, each epoch" } th scope="col" { "Variant" }
                    th scope="col" class="num" { "Best epoch" } th scope="col" class="num" { "Last epoch" }
                    th scope="col" class="num" { "Epochs done at the best" }
                } }
                tbody { @for (m, rows) in &tables { @for (v, row) in rows.iter().enumerate() {
                    @if let Some(row) = row { tr class=(self.class(v)) {
                        th scope="row" { (self.analysis.metrics[*m].label) }
                        td { (self.name(v)) }
                        td class="num" { (short(row.best)) } td class="num" { (short(row.last)) }
                        td class="num" { (short(row.epochs)) }
                    } }
                } } }
            } }
        })
    }

    pub(super) fn method(&self) -> Option<Markup> {
        Some(html! {
            (heading("method", "Method", ""))
            dl class="list" {
                dt { "Replicates" }
                dd { "Training seeds. A seed sets initial weights, order of the data, noises and "
                     "dropout; every variant has the same seeds, so differences are paired." }
                dt { "Intervals" }
                dd { "95 % BCa bootstrap of the mean over seeds: exact over all resamples up to 7 "
                     "seeds, above that 10,000 resamples from a generator keyed by variant and "
                     "metric. Bands of curves: percentile bootstrap." }
                dt { "Test" }
                dd { "Two-sided sign-flip permutation test of the paired differences in the one "
                     "primary metric; Holm's step-down over all variants of the plan, at 5 %." }
                dt { "Underpowered" }
                dd { "n pairs can give no p below 2/2ⁿ. Where that, after Holm, is above 5 %, no "
                     "outcome could have been told from chance." }
                dt { "IQM" }
                dd { "Mean without the lowest and highest quarter, rounded down to whole values; "
                     "how many were cut stands behind it." }
                dt { "Runs" }
                dd { "Means are over completed runs (" (share(self.analysis.total(State::Completed), self.analysis.planned()))
                     "); the others are counted and named above." }
            }
        })
    }
}

/// The signal of a light over the epochs, small; its first epoch and value stand beside it.
fn signal(light: &Light) -> Markup {
    let points: Vec<(f64, f64)> = curves::spread(light.curve.len(), 40)
        .into_iter()
        .filter_map(|e| Some((e as f64, light.curve[e]?)))
        .collect();
    let (Some(x), Some(y)) = (
        range(points.iter().map(|p| p.0)),
        range(points.iter().map(|p| p.1).chain(light.threshold)),
    ) else {
        return html! {};
    };
    let (x, y) = (Scale::new(x, (1.0, 89.0)), Scale::new(y, (21.0, 3.0)));
    let line: Vec<String> = points
        .iter()
        .map(|(e, v)| format!("{},{}", coordinate(x.at(*e)), coordinate(y.at(*v))))
        .collect();
    html! {
        svg class="signal" viewBox="0 0 90 24" width="90" height="24" aria-hidden="true" {
            @if let Some(t) = light.threshold {
                line x1="0" x2="90" y1=(coordinate(y.at(t))) y2=(coordinate(y.at(t))) {}
            }
            polyline points=(line.join(" ")) {}
        }
    }
}

/// Class of a lamp by its state.
fn lamp_class(state: score::State) -> &'static str {
    match state {
        score::State::Unknown => "other",
        score::State::Ok => "ok",
        score::State::Warn => "warn",
        score::State::Fail => "fail",
    }
}

fn state_word(state: score::State) -> &'static str {
    match state {
        score::State::Unknown => "unknown",
        score::State::Ok => "ok",
        score::State::Warn => "warn",
        score::State::Fail => "fail",
    }
}
