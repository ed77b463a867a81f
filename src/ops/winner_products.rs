//! Products with the gradient of a maxout layer's pre-activations.
//!
//! A max hands its gradient to one of its k pieces, so this gradient G (`[n, k·units]`) has at
//! most one entry an image and unit, 1/k of all. Both products of the backward pass, Gᵀ·X and
//! G·W, follow only these entries. What they cost beside their arithmetic is loading the rows of
//! X and W: the one shares a loaded row between two units, the other goes through W in tiles that
//! stay in the first-level cache.

use std::cell::RefCell;
use std::ops::Range;

use multiversion::multiversion;
use rayon::prelude::*;

use super::pair::{Pair, vectors_at_once};
use super::panel::{LANES, MOST_VECTORS, Panel, Scratch, TILE_ROWS, Vector};
use super::part_of;
use super::piece_usage::PieceUsage;
use super::window::{Cut, Window, each_window};
use super::winners::{NO_WINNER, WinnersGradient};

thread_local! {
    static LISTS: RefCell<(Vec<Pair>, Vec<Lists>)> = RefCell::default();
}

/// Entries of G, image after image within a tile of units.
#[derive(Default)]
struct Lists {
    /// How many images.
    images: usize,
    starts: Vec<u32>,
    /// Row of W and gradient.
    entries: Vec<(u32, f32)>,
}

impl WinnersGradient<'_> {
    /// dW = Gᵀ·X and db = Gᵀ·1, with row i of G multiplied by `weights[i]`.
    ///
    /// `x` is `[n, inputs]` in two parts, the first rows and the rest; `dw` is `[k·units, inputs]`,
    /// `db` `[k·units]`. Each element is summed in an order that depends on the winners alone,
    /// whatever the number of threads. `wins` become those of these images.
    pub(super) fn parameters(
        &self,
        weights: Option<&[f32]>,
        x: [&[f32]; 2],
        inputs: usize,
        dw: &mut [f32],
        db: &mut [f32],
        wins: &mut PieceUsage,
    ) {
        assert_eq!(dw.len(), self.pieces * self.units * inputs, "length of a weights' gradient");
        let length = x[0].len() + x[1].len();
        assert_eq!(length, self.images() * inputs, "length of a layer's input");
        assert_eq!(db.len(), self.pieces * self.units, "length of a bias's gradient");
        let each = Pair::units(self);
        let count = self.units.div_ceil(each);
        LISTS.with_borrow_mut(|(pairs, _)| {
            pairs.resize_with(count.max(pairs.len()), Pair::default);
            let pairs = &mut pairs[..count];
            Pair::list_all(pairs, self, weights);
            wins.clear(db.len());
            db.fill(0.0);
            for (index, pair) in pairs.iter().enumerate() {
                pair.sum_gradients(self, each * index, db, wins);
            }
            // Rows of a pair lie far apart: a window has all rows.
            let cut = Cut {
                stride: inputs,
                columns: 0..inputs,
                most: vectors_at_once(),
                together: usize::MAX,
            };
            let pairs = &*pairs;
            each_window(dw, &cut, |mut window| {
                Scratch::with(|Scratch { panel, sums }| {
                    panel.fill(&x, inputs, window.columns(0));
                    for (index, pair) in pairs.iter().enumerate() {
                        pair.sum(self, each * index, panel, sums, &mut window);
                    }
                });
            });
        });
    }

    /// dX += G·W for the images `wanted`: `w` is `[k·units, inputs]`, `dx` `[wanted, inputs]`.
    ///
    /// Each element is summed in the order of the units, whatever the number of threads.
    pub(super) fn inputs(&self, wanted: Range<usize>, w: &[f32], inputs: usize, dx: &mut [f32]) {
        assert_eq!(dx.len(), wanted.len() * inputs, "length of an input's gradient");
        assert_eq!(w.len(), self.pieces * self.units * inputs, "length of a layer's weights");
        if dx.is_empty() {
            return;
        }
        let tile = (TILE_ROWS / self.pieces).max(1);
        LISTS.with_borrow_mut(|(_, lists)| {
            let each = part_of(wanted.len());
            let count = wanted.len().div_ceil(each);
            lists.resize_with(count.max(lists.len()), Lists::default);
            let lists = &mut lists[..count];
            lists.par_iter_mut().enumerate().for_each(|(index, lists)| {
                let first = wanted.start + index * each;
                lists.list(self, first..(first + each).min(wanted.end), tile);
            });
            let lists = &*lists;
            let cut =
                Cut { stride: inputs, columns: 0..inputs, most: MOST_VECTORS, together: each };
            each_window(dx, &cut, |mut window| {
                Scratch::with(|Scratch { panel, sums }| {
                    panel.fill(&[w], inputs, window.columns(0));
                    for first in window.rows().step_by(each) {
                        lists[first / each].add_to(first, panel, sums, &mut window);
                    }
                });
            });
        });
    }
}

impl Lists {
    /// Adds the window's columns of the product to its rows from `first` on, those of the images that
    /// are listed.
    fn add_to(&self, first: usize, panel: &Panel, sums: &mut Vec<Vector>, window: &mut Window<'_>) {
        sums.clear();
        sums.resize(self.images * panel.width(), Vector::ZERO);
        for tile in self.starts.windows(self.images + 1).step_by(self.images) {
            panel.add_rows(tile, &self.entries, sums);
        }
        for (image, sums) in sums.chunks_exact(panel.width()).enumerate() {
            add(sums, window.row(first + image));
        }
    }

    /// The entries of `images`, in tiles of this number of units.
    fn list(&mut self, g: &WinnersGradient<'_>, images: Range<usize>, tile: usize) {
        self.images = images.len();
        self.starts.clear();
        self.starts.push(0);
        // What an earlier list left behind is overwritten or never looked at.
        let most = images.len() * g.units + tile;
        if self.entries.len() < most {
            self.entries.resize(most, (0, 0.0));
        }
        let mut length = 0;
        for start in (0..g.units).step_by(tile) {
            let units = start..(start + tile).min(g.units);
            for image in images.clone() {
                let row = image * g.units;
                let dh = &g.dh[row + units.start..row + units.end];
                let winners = &g.winners[row + units.start..row + units.end];
                let out = &mut self.entries[length..length + units.len()];
                let mut count = 0;
                for (unit, (dh, winner)) in units.clone().zip(dh.iter().zip(winners)) {
                    // Written in any case and kept by counting on: no branch to mispredict.
                    out[count] = ((usize::from(*winner) * g.units + unit) as u32, dh * g.slope);
                    count += usize::from(*winner != NO_WINNER);
                }
                length += count;
                self.starts.push(length as u32);
            }
        }
    }
}

/// Adds the sums of a row to its columns.
#[multiversion(targets(
    "x86_64+avx512f+avx512bw+avx512cd+avx512dq+avx512vl+avx2+fma",
    "x86_64+avx2+fma"
))]
fn add(sums: &[Vector], row: &mut [f32]) {
    let (whole, rest) = row.as_chunks_mut::<LANES>();
    for (out, sums) in whole.iter_mut().zip(sums) {
        for (out, sum) in out.iter_mut().zip(&sums.0) {
            *out += sum;
        }
    }
    if let Some(last) = sums.last() {
        for (out, sum) in rest.iter_mut().zip(&last.0) {
            *out += sum;
        }
    }
}
