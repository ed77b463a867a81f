//! The looks of a sweep whose seeds are added until its question is answered.

use maud::{Markup, html};

use super::{Page, heading};
use crate::report::verdict::ALPHA;

impl Page<'_> {
    pub(super) fn looks(&self) -> Option<Markup> {
        let course = self.analysis.course.as_ref().filter(|course| !course.taken.is_empty())?;
        let lead = "When results were looked at. Whoever is told gets no further seeds; all looks and \
                    comparisons together err in at most what is spent.";
        Some(html! {
            (heading("looks", "Looks", lead))
            div class="scroll card" tabindex="0" role="region" aria-label="Looks" { table {
                thead { tr {
                    th scope="col" class="num" { "Seeds" } th scope="col" class="num" { "Runs" }
                    th scope="col" class="num" { "Error spent, %" }
                    th scope="col" { "Told" } th scope="col" class="num" { "Open" }
                } }
                tbody { @for look in &course.taken { tr {
                    th scope="row" class="num" { (look.seeds) }
                    td class="num" { (look.runs) }
                    td class="num" { (format!("{:.2}", 100.0 * ALPHA * look.spent)) }
                    td { @for (i, (name, word)) in look.told.iter().enumerate() {
                        @if i > 0 { ", " }
                        code { (name) } " " (word)
                    } }
                    td class="num" { (look.open) }
                } } }
            } }
        })
    }
}
