//! The rounds of a sweep whose seeds are added, and of a search.

use super::Page;
use crate::report::format::{NONE, count, markdown};
use crate::report::verdict::ALPHA;

impl Page<'_> {
    /// When a sweep that is looked at was, and what each look told.
    pub(super) fn looks(&mut self) {
        let Some(course) = self.analysis.course.as_ref().filter(|c| !c.taken.is_empty()) else {
            return;
        };
        self.line("## Looks\n");
        self.line("| seeds | runs | error spent, % | told | open |");
        self.line("|--:|--:|--:|---|--:|");
        for look in &course.taken {
            let told = |(name, word): &(String, &str)| format!("{} {word}", markdown(name));
            let told: Vec<String> = look.told.iter().map(told).collect();
            self.row(&[
                look.seeds.to_string(),
                look.runs.to_string(),
                format!("{:.2}", 100.0 * ALPHA * look.spent),
                told.join(", "),
                look.open.to_string(),
            ]);
        }
        self.line("");
    }

    /// Who came to each rung of a search, who went on, and why not.
    pub(super) fn rungs(&mut self) {
        let (sweep, analysis) = (self.sweep, self.analysis);
        let Some((search, course)) = sweep.manifest.search.as_ref().zip(analysis.search.as_ref())
        else {
            return;
        };
        for (number, rung) in course.rungs.iter().enumerate() {
            let (at, of) = (number + 1, search.epochs.len());
            self.line(&format!("## Rung {at} of {of}: {}\n", count(rung.epochs, "epoch")));
            self.line(&format!("| place | variant | mean {} | |", markdown(&course.label)));
            self.line("|--:|---|--:|---|");
            for (place, placed) in rung.placed.iter().enumerate() {
                let mean = placed.mean.map_or_else(|| NONE.into(), |mean| format!("{mean:.4}"));
                self.row(&[
                    (place + 1).to_string(),
                    markdown(&search.points[placed.point]),
                    mean,
                    markdown(&course.fate(number, place)),
                ]);
            }
            self.line("");
        }
    }
}
