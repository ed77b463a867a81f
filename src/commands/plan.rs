//! `plan FILE [--json]`: what would be trained, and what it costs.

use std::io::Write;

use anyhow::Result;

use super::exit::Exit;
use super::pace::{measured_rate, seconds};
use super::plan_json::Json;
use super::{plan_search, states, table};
use crate::cli::{ExecutorKind, PlanArgs};
use crate::data::DataCache;
use crate::model::Model;
use crate::plan::{Difference, Limits, Plan};
use crate::record::{Manifest, SweepPaths};
use crate::report::{self, Reach};
use crate::spec::Ask;
use crate::text::{bytes, count, duration, grouped};

pub(super) fn run(model: &'static dyn Model, args: &PlanArgs, out: &mut dyn Write) -> Result<Exit> {
    if args.tasks {
        return super::tasks::run(model, args, out);
    }
    if args.executor.kind == ExecutorKind::Slurm {
        return super::slurm::show(model, args, out);
    }
    let library = DataCache::default();
    let overrides = (&args.experiment.overrides).into();
    let plan = super::experiment::plan(model, &args.experiment.file, &overrides, &library)?;
    let rate = if args.no_time { None } else { Some(measured_rate(&plan, &library)?) };
    let paths = SweepPaths::new(&args.runs_dir, &plan.experiment);
    let states = states::states(&plan, &paths, false);
    if args.json {
        let reach = report::reach(&Manifest::from(&plan));
        serde_json::to_writer_pretty(&mut *out, &Json::new(&plan, rate, &states, &reach))?;
        writeln!(out)?;
    } else {
        show(&plan, rate, out)?;
        plan_search::show(&plan, out)?;
        show_reach(&plan, &report::reach(&Manifest::from(&plan)), out)?;
        super::experiment::show_notes(&plan, out)?;
        states::show(&plan, &states, &args.runs_dir, out)?;
    }
    Ok(Exit::Completed)
}

/// The plan as a person reads it.
fn show(plan: &Plan, rate: Option<f64>, out: &mut dyn Write) -> Result<()> {
    let first = &plan.variants[plan.baseline].data;
    writeln!(out, "{}: {}", plan.experiment, plan.question.trim())?;
    if !plan.expected.is_empty() {
        writeln!(out, "expected: {}", plan.expected.trim())?;
    }
    writeln!(
        out,
        "data: {}, {} images of {}×{} in {} classes",
        first.name,
        grouped(first.images as u128),
        first.height,
        first.width,
        first.classes
    )?;
    if !plan.overrides.is_empty() {
        writeln!(out, "changed: {}", plan.overrides.join(" "))?;
    }
    writeln!(out)?;
    writeln!(out, "{}", variants(plan, rate))?;
    writeln!(out)?;
    totals(plan, rate, out)
}

fn variants(plan: &Plan, rate: Option<f64>) -> String {
    let networks: Vec<&str> =
        plan.variants[plan.baseline].cost.parameters.iter().map(|(name, _)| *name).collect();
    let mut header = vec!["variant".to_owned(), "against the baseline".to_owned()];
    header.extend(networks.iter().map(|name| format!("{name} params")));
    header.extend(["multiply-adds/step", "memory", "steps", "runs"].map(str::to_owned));
    if rate.is_some() {
        header.push("time/run".to_owned());
    }
    let numbers = 2..header.len();
    let rows = plan_search::shown(plan).into_iter().map(|(number, name)| {
        let variant = &plan.variants[number];
        let changes = if number == plan.baseline {
            "(the baseline)".to_owned()
        } else {
            against(&variant.against_baseline)
        };
        let mut row = vec![name.to_owned(), changes];
        row.extend(networks.iter().map(|name| grouped(variant.cost.parameters_of(name).into())));
        row.extend([
            millions(variant.cost.step_multiply_adds),
            bytes(variant.cost.memory_bytes),
            grouped(variant.steps.into()),
            match &plan.search {
                None => plan.seeds.len().to_string(),
                Some(search) => format!("≤ {}", plan.seeds.len() * search.epochs.len()),
            },
        ]);
        row.extend(rate.map(|rate| duration(seconds(variant, rate))));
        row
    });
    table::plain(header, rows, numbers)
}

/// Multiply-adds as a person compares them: `2,159 M`.
fn millions(n: u64) -> String {
    format!("{} M", grouped((u128::from(n) + 500_000) / 1_000_000))
}

/// What a variant changes, in lines short enough for a terminal. What a change of kind leaves
/// without a meaning (Adam's `beta1` under SGD) goes without saying; JSON has it.
fn against(differences: &[Difference]) -> String {
    const WIDTH: usize = 56;
    let bare = |toml: &str| toml.trim_matches('"').to_owned();
    let mut lines = vec![String::new()];
    for d in differences {
        let change = match (&d.baseline, &d.value) {
            (Some(old), Some(new)) => format!("{} {} → {}", d.short, bare(old), bare(new)),
            (None, Some(new)) => format!("{} {}", d.short, bare(new)),
            (_, None) => continue,
        };
        let line = lines.last_mut().expect("there is a line");
        if line.is_empty() {
            *line = change;
        } else if line.chars().count() + change.chars().count() + 2 <= WIDTH {
            line.push_str(", ");
            line.push_str(&change);
        } else {
            line.push(',');
            lines.push(change);
        }
    }
    lines.join("\n")
}

fn totals(plan: &Plan, rate: Option<f64>, out: &mut dyn Write) -> Result<()> {
    let steps = plan_search::sum(plan, |v| v.steps as f64);
    let multiply_adds =
        plan_search::sum(plan, |v| v.steps as f64 * v.cost.step_multiply_adds as f64);
    let largest = plan.variants.iter().map(|v| v.cost.memory_bytes).max().unwrap_or(0);
    writeln!(
        out,
        "{}, {}{} steps, {} multiply-adds; the largest run needs about {}",
        super::experiment::runs(plan),
        if plan.looks.is_some() { "at most " } else { "" },
        plan_search::range(steps, |steps| grouped(steps as u128)),
        plan_search::range(multiply_adds, |n| format!("{n:.1e}")),
        bytes(largest),
    )?;
    if let Some(rate) = rate {
        let limits = Limits::of_this_machine();
        let memory = limits.memory_bytes.map_or_else(
            || "memory that is not known".to_owned(),
            |most| format!("{} of memory ({})", bytes(most), limits.memory_from),
        );
        let cpus = match limits.cpus_there {
            all if all > limits.cpus => {
                format!("{} of {all} CPUs (affinity or a quota)", limits.cpus)
            }
            _ => count(limits.cpus, "CPU"),
        };
        writeln!(out, "here a sweep may use {cpus} and {memory}")?;
        let at_once = limits.cpus.min(plan.runs.len());
        let total = plan_search::sum(plan, |v| seconds(v, rate));
        writeln!(
            out,
            "about {} of one core, {} with {} at once: an estimate at {:.1} thousand \
             million multiply-adds a second,\nas timed just now on steps of the default settings; \
             the scores at the end of each run come on top, some seconds each",
            plan_search::range(total, duration),
            plan_search::range((total.0 / at_once as f64, total.1 / at_once as f64), duration),
            count(at_once, "run"),
            rate / 1e9
        )?;
    }
    Ok(())
}

/// What each test can find, and what to change where it can find nothing.
fn show_reach(plan: &Plan, reach: &[Reach], out: &mut dyn Write) -> Result<()> {
    for test in reach {
        let what = match (&test.axis, test.test) {
            (None, _) => format!("compare, {}", count(test.tests, "comparison")),
            (Some(axis), Ask::Trend) => format!("trend of {axis}"),
            (Some(axis), _) => format!("factor {axis}, one of {}", test.tests),
        };
        let percent = test.power.map(|power| format!("{:.0} %", 100.0 * power));
        writeln!(
            out,
            "{what}: the smallest p is {}, held against {}; finds an effect of 1, 2, 3 \
             standard deviations in {}, {}, {}",
            report::p_value(test.smallest_p),
            report::p_value(test.level),
            percent[0],
            percent[1],
            percent[2],
        )?;
        if let Some(seeds) = test.mean_seeds {
            let seeds = seeds.map(|n| format!("{n:.1}"));
            writeln!(
                out,
                "  with looks such effects are told after {}, {}, {} seeds on average",
                seeds[0], seeds[1], seeds[2]
            )?;
        }
        if test.is_out() {
            let mend = match test.fewest_seeds {
                Some(seeds) => format!("--seeds 1..={seeds} mends it"),
                None => {
                    "fewer comparisons mend it, or a trend or factors in their place".to_owned()
                }
            };
            writeln!(
                out,
                "warning: with {} this can answer nothing, whatever happens; {mend}",
                count(plan.seeds.len(), "seed")
            )?;
        }
    }
    if let Some(looks) = &plan.looks {
        let at: Vec<String> = looks.seeds().iter().map(ToString::to_string).collect();
        let runs = plan.variants.len();
        write!(out, "looks at {} seeds: at least {} runs", at.join(", "), runs * looks.from)?;
        let likely = reach.iter().filter_map(|test| Some(test.mean_seeds?[1])).reduce(f64::max);
        if let Some(seeds) = likely {
            let likely = (runs as f64 * seeds).round();
            write!(out, ", likely about {likely} (were each effect two standard deviations)")?;
        }
        let questions = Manifest::from(plan).questions();
        if questions.iter().any(|q| q.margin.is_some() && q.test != Ask::Compare) {
            write!(out, ", more until it is told from where on nothing is gained")?;
        }
        writeln!(out, ", at most {}", plan.runs.len())?;
    }
    Ok(())
}
