//! The lights: signs of sick runs.

use maud::{Markup, html};

use super::{Page, heading};
use crate::health;
use crate::health::Light;
use crate::report::chart::{Scale, coordinate, range};
use crate::report::format::{NONE, short};
use crate::report::load::RunData;
use crate::text::evenly;

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
            .filter(|(_, l)| l.state >= health::State::Warn)
            .collect();
        let lead = "Signs of a sick run, looked for in every run: how many runs of each variant \
                    show one. Warn: it passed, or is slight; fail: it is still there at the end.";
        Some(html! {
            (heading("lights", "Lights", lead))
            div class="scroll card" tabindex="0" role="region" aria-label="Table of lights" { table {
                thead { tr {
                    th scope="col" { "Sign" }
                    @for &v in &self.analysis.shown {
                        th scope="col" class=(self.class(v)) { (self.name(v)) }
                    }
                } }
                tbody { @for name in &names { tr {
                    th scope="row" { (name) }
                    @for &v in &self.analysis.shown { td { (self.lamp(v, name)) } }
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
                                th scope="col" class="num" { "First epoch, from 0" }
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
                                td { (signal(light)) span class="meaning" { (light.reason) } }
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
        let known: Vec<Light> = lights().filter(|l| l.state != health::State::Unknown).collect();
        let lit: Vec<&Light> = known.iter().filter(|l| l.state >= health::State::Warn).collect();
        let worst = known.iter().map(|l| l.state).max().unwrap_or(health::State::Unknown);
        html! {
            @if known.is_empty() { span class="quiet" { (NONE) } } @else {
                span class={ "lamp " (lamp_class(worst)) } {}
                @if lit.is_empty() { span class="quiet" { "none of " (known.len()) } }
                @else { (lit.len()) " of " (known.len()) " (" (state_word(worst)) ")" }
            }
        }
    }
}

/// The signal of a light over the epochs, small; its first epoch and value stand beside it.
fn signal(light: &Light) -> Markup {
    let points: Vec<(f64, f64)> = evenly(light.curve.len(), 40)
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
fn lamp_class(state: health::State) -> &'static str {
    match state {
        health::State::Unknown => "other",
        health::State::Ok => "ok",
        health::State::Warn => "warn",
        health::State::Fail => "fail",
    }
}

fn state_word(state: health::State) -> &'static str {
    match state {
        health::State::Unknown => "unknown",
        health::State::Ok => "ok",
        health::State::Warn => "warn",
        health::State::Fail => "fail",
    }
}
