//! What a search lets one say: who came out on top, which is no finding yet.

use super::analysis::Analysis;
use super::format::{Decimals, count, list};
use super::load::Sweep;
use super::search::SearchCourse;
use super::sentence::Sentence;
use super::shortlist;
use crate::run::RunStatus;
use crate::spec::Search;

/// Who is on the short list, and what a search does not say.
pub(super) fn sentences(
    sweep: &Sweep,
    analysis: &Analysis,
    search: &Search,
    course: &SearchCourse,
) -> (Sentence, Sentence) {
    let say = Sentence::default;
    let rungs = count(search.epochs.len(), "rung");
    let Some(rung) = course.rungs.last().filter(|_| course.done) else {
        let ended = match course.rungs.len() {
            0 => "no rung of it has ended".to_owned(),
            n => format!("{n} of its {rungs} have ended"),
        };
        return (say().text(format!("The search is under way: {ended}.")), say());
    };
    let metric = analysis.primary.map(|primary| primary.metric);
    let decimals =
        metric.map_or_else(|| Decimals::for_scale(1.0, 4), |m| Decimals::of(analysis, m));
    let label = metric.map_or_else(
        || search.metric.clone(),
        |metric| analysis.metrics[metric].in_sentence().to_owned(),
    );
    let best = rung.placed.first().filter(|placed| placed.mean.is_some());
    let Some(best) = best else {
        let text = format!(
            "The search found nothing: at {} no variant is left that has a mean {label}.",
            count(rung.epochs, "epoch")
        );
        return (say().text(text), say());
    };
    let finding = say()
        .text(format!("Of {} the best after ", count(search.points.len(), "variant")))
        .text(format!("{} is ", count(rung.epochs, "epoch")))
        .name(&search.points[best.point])
        .text(format!(
            ": mean {label} {} over {}. A search proves nothing by itself: of so many the best is lucky, too.",
            decimals.opt(best.mean),
            count(sweep.manifest.seeds.len(), "seed"),
        ));
    let names: Vec<&str> = course.shortlist.iter().map(|p| search.points[*p].as_str()).collect();
    if names.is_empty() {
        let text = "Only the baseline came to the last rung: there is nothing to compare it with.";
        return (finding, say().text(text));
    }
    let detail = say()
        .text("Short list: ")
        .names(&names)
        .text(". ")
        .name(&shortlist::file(sweep))
        .text(" beside this page compares them with the baseline on seeds that the search has not seen.");
    (finding, detail)
}

/// What a search cost beside training all variants to the end, and what its rule stopped.
pub(super) fn spent(sweep: &Sweep, search: &Search, course: &SearchCourse) -> String {
    let needed = || sweep.runs.iter().zip(&course.needed).filter(|(_, needed)| **needed);
    // A run goes on from where it was at the rung before.
    let epochs: u64 = needed()
        .map(|(run, _)| {
            let (point, rung) = search.place(run.variant);
            let before = rung.checked_sub(1).map(|before| search.variant(point, before));
            let before = before.and_then(|variant| {
                sweep.runs_of(variant).find(|r| r.record.seed == run.record.seed)
            });
            run.epochs.saturating_sub(before.map_or(0, |run| run.epochs))
        })
        .sum();
    let last = search.epochs.last().copied().unwrap_or(0);
    let all = search.points.len() * sweep.manifest.seeds.len() * last;
    let ended = needed().filter(|(run, _)| run.status == RunStatus::Stopped).count();
    let stopped = match ended {
        0 => String::new(),
        n => format!("; {} stopped by rule", count(n, "run")),
    };
    let at: Vec<String> = search.epochs.iter().map(ToString::to_string).collect();
    format!(
        "Rungs at {} epochs: {} trained where all variants to the end would take {all}, if each rung \
         goes on from the one before{stopped}.",
        list(&at),
        count(epochs as usize, "epoch"),
    )
}
