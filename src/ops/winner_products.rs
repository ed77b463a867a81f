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
use super::panel::{LANES, MOST_VECTORS, Panel, TILE_ROWS, Vector, blocks};
use super::part_of;
use super::piece_usage::PieceUsage;
use super::winners::{NO_WINNER, WinnersGradient};

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

/// Memory of the products, kept by each thread so that it is reused.
#[derive(Default)]
struct Scratch {
    panel: Panel,
    pairs: Vec<Pair>,
    parts: Vec<Part>,
}

/// Some images' part of an input's gradient: a thread's.
#[derive(Default)]
struct Part {
    lists: Lists,
    sums: Vec<Vector>,
}

/// Entries of G, image after image within a tile of units.
#[derive(Default)]
struct Lists {
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
        // Row j·units + u to its pair, pieces of the first unit before those of the second.
        let each = Pair::units(self);
        let count = self.units.div_ceil(each);
        let mut rows: Vec<Vec<&mut [f32]>> =
            (0..count).map(|_| Vec::with_capacity(each * self.pieces)).collect();
        let mut all: Vec<Option<&mut [f32]>> = dw.chunks_exact_mut(inputs).map(Some).collect();
        for unit in 0..self.units {
            for piece in 0..self.pieces {
                rows[unit / each].extend(all[piece * self.units + unit].take());
            }
        }
        SCRATCH.with_borrow_mut(|scratch| {
            let Scratch { panel, pairs, .. } = scratch;
            pairs.resize_with(count.max(pairs.len()), Pair::default);
            let pairs = &mut pairs[..count];
            Pair::list_all(pairs, self, weights);
            wins.clear(db.len());
            db.fill(0.0);
            for (index, pair) in pairs.iter().enumerate() {
                pair.sum_gradients(self, each * index, db, wins);
            }
            let part = part_of(count);
            for columns in blocks(inputs, vectors_at_once()) {
                panel.fill(&x, inputs, columns);
                let panel = &*panel;
                let work = |(pairs, rows): (&[Pair], &mut [Vec<&mut [f32]>])| {
                    let mut sums = Vec::new();
                    for (pair, rows) in pairs.iter().zip(rows) {
                        pair.sum(self.pieces, panel, rows, &mut sums);
                    }
                };
                pairs.par_chunks(part).zip(rows.par_chunks_mut(part)).for_each(work);
            }
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
        SCRATCH.with_borrow_mut(|Scratch { panel, parts, .. }| {
            let each = part_of(wanted.len());
            let count = wanted.len().div_ceil(each);
            parts.resize_with(count.max(parts.len()), Part::default);
            let parts = &mut parts[..count];
            parts.par_iter_mut().enumerate().for_each(|(index, part)| {
                let first = wanted.start + index * each;
                part.lists.list(self, first..(first + each).min(wanted.end), tile);
            });
            for columns in blocks(inputs, MOST_VECTORS) {
                panel.fill(&[w], inputs, columns);
                dx.par_chunks_mut(each * inputs)
                    .zip(&mut *parts)
                    .for_each(|(dx, part)| part.add_to(dx, panel, inputs));
            }
        });
    }
}

impl Part {
    /// Adds its columns of the panel to its rows of an input's gradient.
    fn add_to(&mut self, dx: &mut [f32], panel: &Panel, inputs: usize) {
        let images = dx.len() / inputs;
        let Self { lists, sums } = self;
        sums.clear();
        sums.resize(images * panel.width(), Vector::ZERO);
        for tile in lists.starts.windows(images + 1).step_by(images) {
            panel.add_rows(tile, &lists.entries, sums);
        }
        add_columns(sums, panel, inputs, dx);
    }
}

impl Lists {
    /// The entries of `images`, in tiles of this number of units.
    fn list(&mut self, g: &WinnersGradient<'_>, images: Range<usize>, tile: usize) {
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

/// Adds the sums of each row to its columns of the panel; a row of `dx` has so many columns in all.
#[multiversion(targets(
    "x86_64+avx512f+avx512bw+avx512cd+avx512dq+avx512vl+avx2+fma",
    "x86_64+avx2+fma"
))]
fn add_columns(sums: &[Vector], panel: &Panel, columns: usize, dx: &mut [f32]) {
    let rows = sums.chunks_exact(panel.width()).zip(dx.chunks_exact_mut(columns));
    for (sums, dx) in rows {
        let (whole, rest) = dx[panel.columns.clone()].as_chunks_mut::<LANES>();
        for (dx, sums) in whole.iter_mut().zip(sums) {
            for (dx, sum) in dx.iter_mut().zip(&sums.0) {
                *dx += sum;
            }
        }
        if let Some(last) = sums.last() {
            for (dx, sum) in rest.iter_mut().zip(&last.0) {
                *dx += sum;
            }
        }
    }
}
