//! Sample grids side by side, with one slider over the epochs.

use maud::{Markup, html};

use super::{Page, heading};
use crate::report::pictures::{self, Row};
use crate::report::reproduce;

impl Page<'_> {
    pub(super) fn samples(&self) -> Option<Markup> {
        let gallery = pictures::gallery(self.sweep);
        let last = gallery.epochs.len().checked_sub(1)?;
        if gallery.rows.is_empty() {
            return Some(heading("samples", "Samples", &gallery.note));
        }
        let epochs: Vec<String> = gallery.epochs.iter().map(u64::to_string).collect();
        let drawn = reproduce::weights(self.sweep);
        let drawn = drawn.map_or_else(String::new, |drawn| format!("Images and scores: {drawn}. "));
        let lead = format!(
            "Rows are classes, columns are noises that stay the same over epochs and variants. \
             {drawn}{}",
            gallery.note
        );
        let name = format!("epoch {} of {}", epochs[last], epochs[last]);
        Some(html! {
            (heading("samples", "Samples", &lead))
            div class="player" {
                button type="button" id="play" { "Play" }
                label for="epoch" class="vh" { "Epoch of the samples" }
                input type="range" id="epoch" min="0" max=(last) value=(last) step="1"
                    data-epochs=(epochs.join(" ")) aria-valuetext=(name) autocomplete="off";
                output id="epoch-name" for="epoch" { (name) }
            }
            @let names = reproduce::class_names(self.sweep);
            div class={ "grids" @if !names.is_empty() { " named" } } {
                @for row in &gallery.rows { (self.grid(row, last, names)) }
            }
        })
    }

    /// A variant's pictures, with the classes' names beside the rows where they are known.
    fn grid(&self, row: &Row, last: usize, names: &[String]) -> Markup {
        let name = &self.sweep.manifest.variants[row.variant].name;
        html! {
            figure class=(self.class(row.variant)) {
                figcaption { (self.name(row.variant)) span { "seed " (row.seed) } }
                div class="rows" {
                    @if !names.is_empty() {
                        ol class="classes" aria-label="Classes of the rows" {
                            @for name in names { li title=(name) { span { (name) } } }
                        }
                    }
                    @for (k, (epoch, uri)) in row.frames.iter().enumerate() {
                        img src=(uri) data-k=(k) hidden[k != last] loading="lazy" decoding="async"
                            width=(row.width) height=(row.height)
                            alt={ "Samples of " (name) ", seed " (row.seed) ", after epoch " (epoch) };
                    }
                }
            }
        }
    }
}
