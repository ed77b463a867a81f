//! The rungs of a search: who went on at each, and who went out there and why.

use maud::{Markup, html};

use super::{Page, heading};
use crate::report::format::{NONE, count};

impl Page<'_> {
    pub(super) fn rungs(&self) -> Option<Markup> {
        let search = self.sweep.manifest.search.as_ref()?;
        let course = self.analysis.search.as_ref().filter(|course| !course.rungs.is_empty())?;
        let lead = "Variants by their mean over seeds, the best first. A variant of which a run was lost or \
                    stopped has no mean and goes out; ties go by the order of the file.";
        Some(html! {
            (heading("rungs", "Rungs", lead))
            @for (number, rung) in course.rungs.iter().enumerate() {
                h3 {
                    "Rung " (number + 1) " of " (search.epochs.len()) ": "
                    (count(rung.epochs, "epoch"))
                }
                div class="scroll card" tabindex="0" role="region"
                    aria-label={ "Rung " (number + 1) } { table {
                    thead { tr {
                        th scope="col" class="num" { "Place" } th scope="col" { "Variant" }
                        th scope="col" class="num" { "Mean " (course.label) }
                        th scope="col" { "Then" }
                    } }
                    tbody { @for (place, placed) in rung.placed.iter().enumerate() { tr {
                        td class="num" { (place + 1) }
                        th scope="row" { code { (search.points[placed.point]) } }
                        td class="num" { @match placed.mean {
                            Some(mean) => { (format!("{mean:.4}")) }
                            None => { (NONE) }
                        } }
                        td { (course.fate(number, place)) }
                    } } }
                } }
            }
        })
    }
}
