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

use super::maxout::NO_WINNER;
use super::panel::{LANES, MOST_VECTORS, Panel, Panels, TILE_ROWS, Vector};
use super::wins::Wins;

/// The gradient of a maxout layer's pre-activations.
#[derive(Clone, Copy, Debug)]
pub(super) struct WinnersGradient<'a> {
    /// The gradient of the layer's result, `[n, units]`.
    pub(super) dh: &'a [f32],
    /// Which piece each came from, `[n, units]`; [`NO_WINNER`] where none.
    pub(super) winners: &'a [u8],
    /// Units a layer has.
    pub(super) units: usize,
    /// Pieces of a unit.
    pub(super) pieces: usize,
    /// By what `dh` is multiplied on its way to the winner.
    pub(super) slope: f32,
}

/// Pairs that are listed at once: a cache line holds the gradients of so many.
const PAIRS_LISTED: usize = 8;

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

/// Memory of the products, kept by each thread so that it is reused.
#[derive(Default)]
struct Scratch {
    panels: Panels,
    pairs: Vec<Pair>,
    lists: Lists,
    sums: Vec<Vector>,
}

/// Two units whose weights' gradients are summed at once; the last may be alone.
#[derive(Default)]
struct Pair {
    /// Where the images of each (winner of the first, winner of the second) start in `entries`,
    /// both counted from 0 = none.
    starts: Vec<u32>,
    entries: Vec<PairEntry>,
}

#[derive(Clone, Copy, Default)]
struct PairEntry {
    image: u32,
    gradients: [f32; 2],
}

/// Entries of G, image after image within a tile of units.
#[derive(Default)]
struct Lists {
    starts: Vec<u32>,
    /// Row of W and gradient.
    entries: Vec<(u32, f32)>,
}

impl WinnersGradient<'_> {
    fn images(&self) -> usize {
        self.dh.len() / self.units.max(1)
    }

    /// dW = Gᵀ·X and db = Gᵀ·1, with row i of G multiplied by `weights[i]`.
    ///
    /// `x` is `[n, inputs]`, `dw` `[k·units, inputs]`, `db` `[k·units]`. Each element is summed in
    /// an order that depends on the winners alone, whatever the number of threads. `wins` become
    /// those of these images.
    pub(super) fn parameters(
        &self,
        weights: Option<&[f32]>,
        x: &[f32],
        inputs: usize,
        dw: &mut [f32],
        db: &mut [f32],
        wins: &mut Wins,
    ) {
        assert_eq!(dw.len(), self.pieces * self.units * inputs, "length of a weights' gradient");
        assert_eq!(x.len(), self.images() * inputs, "length of a layer's input");
        assert_eq!(db.len(), self.pieces * self.units, "length of a bias's gradient");
        // Row j·units + u to its pair u / 2, pieces of the first unit before those of the second.
        let count = self.units.div_ceil(2);
        let mut rows: Vec<Vec<&mut [f32]>> =
            (0..count).map(|_| Vec::with_capacity(2 * self.pieces)).collect();
        let mut all: Vec<Option<&mut [f32]>> = dw.chunks_exact_mut(inputs).map(Some).collect();
        for unit in 0..self.units {
            for piece in 0..self.pieces {
                rows[unit / 2].extend(all[piece * self.units + unit].take());
            }
        }
        SCRATCH.with_borrow_mut(|scratch| {
            let Scratch { panels, pairs, .. } = scratch;
            pairs.resize_with(count.max(pairs.len()), Pair::default);
            let pairs = &mut pairs[..count];
            for (index, some) in pairs.chunks_mut(PAIRS_LISTED).enumerate() {
                Pair::list(some, self, 2 * PAIRS_LISTED * index, weights);
            }
            wins.clear(db.len());
            for (index, pair) in pairs.iter().enumerate() {
                pair.sum_gradients(self, 2 * index, db, wins);
            }
            panels.fill(x, inputs, vectors_at_once());
            let part = count.div_ceil(rayon::current_num_threads()).max(1);
            let panels = &*panels;
            let work = |(pairs, rows): (&[Pair], &mut [Vec<&mut [f32]>])| {
                let mut sums = Vec::new();
                for panel in panels.iter() {
                    for (pair, rows) in pairs.iter().zip(rows.iter_mut()) {
                        pair.sum(self.pieces, &panel, rows, &mut sums);
                    }
                }
            };
            if part == count {
                work((pairs, &mut rows));
            } else {
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
        SCRATCH.with_borrow_mut(|scratch| {
            scratch.panels.fill(w, inputs, MOST_VECTORS);
            let part = wanted.len().div_ceil(rayon::current_num_threads());
            if part == wanted.len() {
                let Scratch { panels, lists, sums, .. } = scratch;
                self.inputs_part(wanted, panels, inputs, dx, lists, sums);
                return;
            }
            let panels = &scratch.panels;
            dx.par_chunks_mut(part * inputs).enumerate().for_each(|(index, dx)| {
                let start = wanted.start + index * part;
                let images = start..start + dx.len() / inputs;
                let (mut lists, mut sums) = (Lists::default(), Vec::new());
                self.inputs_part(images, panels, inputs, dx, &mut lists, &mut sums);
            });
        });
    }

    fn inputs_part(
        &self,
        images: Range<usize>,
        panels: &Panels,
        inputs: usize,
        dx: &mut [f32],
        lists: &mut Lists,
        sums: &mut Vec<Vector>,
    ) {
        let tile = (TILE_ROWS / self.pieces).max(1);
        lists.list(self, images.clone(), tile);
        for panel in panels.iter() {
            sums.clear();
            sums.resize(images.len() * panel.width(), Vector::ZERO);
            for tile in lists.starts.windows(images.len() + 1).step_by(images.len()) {
                panel.add_rows(tile, &lists.entries, sums);
            }
            let rows = sums.chunks_exact(panel.width()).zip(dx.chunks_exact_mut(inputs));
            for (sums, dx) in rows {
                for (dx, sums) in dx[panel.columns.clone()].chunks_mut(LANES).zip(sums) {
                    for (dx, sum) in dx.iter_mut().zip(&sums.0) {
                        *dx += sum;
                    }
                }
            }
        }
    }
}

/// Vectors of a block whose sums for two units are held in registers: there are 32 of the widest
/// kind, and 16 of half that width.
fn vectors_at_once() -> usize {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx512f") {
        return MOST_VECTORS;
    }
    3
}

impl Pair {
    /// Sorts the images by the winners of the units of each pair, in a stable order.
    ///
    /// `first` is the first unit of the first pair. The pairs are few enough for a row of theirs to
    /// be a cache line.
    fn list(pairs: &mut [Self], g: &WinnersGradient<'_>, first: usize, weights: Option<&[f32]>) {
        let kinds = g.pieces + 1;
        for pair in pairs.iter_mut() {
            pair.starts.clear();
            pair.starts.resize(kinds * kinds + 1, 0);
            pair.entries.resize(g.images(), PairEntry::default());
        }
        // 0 = none: NO_WINNER + 1 wraps to 0.
        let kind = |winners: &[u8]| {
            let second = winners.get(1).map_or(0, |w| w.wrapping_add(1));
            usize::from(winners[0].wrapping_add(1)) * kinds + usize::from(second)
        };
        for winners in g.winners.chunks_exact(g.units) {
            for (pair, winners) in pairs.iter_mut().zip(winners[first..].chunks(2)) {
                pair.starts[kind(winners) + 1] += 1;
            }
        }
        for pair in pairs.iter_mut() {
            for kind in 0..kinds * kinds {
                pair.starts[kind + 1] += pair.starts[kind];
            }
        }
        // `starts[kind]` runs from the start of a kind to its end, the start of the next …
        let rows = g.dh.chunks_exact(g.units).zip(g.winners.chunks_exact(g.units));
        for (image, (dh, winners)) in rows.enumerate() {
            let slope = g.slope * weights.map_or(1.0, |w| w[image]);
            let units = dh[first..].chunks(2).zip(winners[first..].chunks(2));
            for (pair, (dh, winners)) in pairs.iter_mut().zip(units) {
                let gradients = [dh[0] * slope, dh.get(1).map_or(0.0, |dh| dh * slope)];
                let place = &mut pair.starts[kind(winners)];
                pair.entries[*place as usize] = PairEntry { image: image as u32, gradients };
                *place += 1;
            }
        }
        // … so shifting by one puts it right again.
        for pair in pairs {
            pair.starts.rotate_right(1);
            pair.starts[0] = 0;
        }
    }

    /// The pair's part of the bias's gradient and of the wins; `first` is its first unit.
    fn sum_gradients(
        &self,
        g: &WinnersGradient<'_>,
        first: usize,
        db: &mut [f32],
        wins: &mut Wins,
    ) {
        let kinds = g.pieces + 1;
        for piece in 0..g.pieces {
            for unit in first..(first + 2).min(g.units) {
                db[piece * g.units + unit] = 0.0;
            }
        }
        for kind in 0..kinds * kinds {
            let times = self.of_kind(kind).len() as u64;
            let mut sums = [0.0f32; 2];
            for entry in self.of_kind(kind) {
                sums[0] += entry.gradients[0];
                sums[1] += entry.gradients[1];
            }
            for (unit, winner, sum) in
                [(first, kind / kinds, sums[0]), (first + 1, kind % kinds, sums[1])]
            {
                if unit < g.units {
                    let row = (winner > 0).then(|| (winner - 1) * g.units + unit);
                    wins.add(row, times);
                    if let Some(row) = row {
                        db[row] += sum;
                    }
                }
            }
        }
    }

    /// The images of one (winner of the first, winner of the second).
    fn of_kind(&self, kind: usize) -> &[PairEntry] {
        &self.entries[self.starts[kind] as usize..self.starts[kind + 1] as usize]
    }

    /// The columns of `panel` of the gradients of the pair's rows of W.
    fn sum(
        &self,
        pieces: usize,
        panel: &Panel<'_>,
        rows: &mut [&mut [f32]],
        sums: &mut Vec<Vector>,
    ) {
        sums.clear();
        sums.resize(2 * pieces * panel.width(), Vector::ZERO);
        match panel.width() {
            1 => sum_pair::<1>(self, pieces, panel.vectors, sums),
            2 => sum_pair::<2>(self, pieces, panel.vectors, sums),
            3 => sum_pair::<3>(self, pieces, panel.vectors, sums),
            4 => sum_pair::<4>(self, pieces, panel.vectors, sums),
            5 => sum_pair::<5>(self, pieces, panel.vectors, sums),
            6 => sum_pair::<6>(self, pieces, panel.vectors, sums),
            _ => sum_pair::<MOST_VECTORS>(self, pieces, panel.vectors, sums),
        }
        for (row, sums) in rows.iter_mut().zip(sums.chunks_exact(panel.width())) {
            let (whole, rest) = row[panel.columns.clone()].as_chunks_mut::<LANES>();
            for (out, sums) in whole.iter_mut().zip(sums) {
                *out = sums.0;
            }
            if let (Some(last), [_, ..]) = (sums.last(), &*rest) {
                rest.copy_from_slice(&last.0[..rest.len()]);
            }
        }
    }
}

impl Lists {
    /// The entries of `images`, tile by tile of so many units.
    fn list(&mut self, g: &WinnersGradient<'_>, images: Range<usize>, tile: usize) {
        self.starts.clear();
        self.starts.push(0);
        self.entries.clear();
        self.entries.resize(images.len() * g.units + tile, (0, 0.0));
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
        self.entries.truncate(length);
    }
}

/// Sums of `2·pieces` rows: of each image's row of `panel` times its two gradients.
#[multiversion(targets(
    "x86_64+avx512f+avx512bw+avx512cd+avx512dq+avx512vl+avx2+fma",
    "x86_64+avx2+fma"
))]
fn sum_pair<const N: usize>(pair: &Pair, pieces: usize, panel: &[Vector], sums: &mut [Vector]) {
    let kinds = pieces + 1;
    let (firsts, seconds) = sums.split_at_mut(pieces * N);
    for first in 0..kinds {
        let mut a = [[0.0f32; LANES]; N];
        for second in 0..kinds {
            let kind = first * kinds + second;
            let list = pair.of_kind(kind);
            if list.is_empty() || kind == 0 {
                continue;
            }
            if second == 0 {
                for entry in list {
                    let row = &panel[entry.image as usize * N..][..N];
                    for (a, x) in a.iter_mut().zip(row) {
                        for (a, x) in a.iter_mut().zip(&x.0) {
                            *a = entry.gradients[0].mul_add(*x, *a);
                        }
                    }
                }
                continue;
            }
            let kept = &mut seconds[(second - 1) * N..][..N];
            let mut b: [[f32; LANES]; N] = std::array::from_fn(|n| kept[n].0);
            if first == 0 {
                for entry in list {
                    let row = &panel[entry.image as usize * N..][..N];
                    for (b, x) in b.iter_mut().zip(row) {
                        for (b, x) in b.iter_mut().zip(&x.0) {
                            *b = entry.gradients[1].mul_add(*x, *b);
                        }
                    }
                }
            } else {
                for entry in list {
                    let row = &panel[entry.image as usize * N..][..N];
                    for ((a, b), x) in a.iter_mut().zip(&mut b).zip(row) {
                        for ((a, b), x) in a.iter_mut().zip(b).zip(&x.0) {
                            *a = entry.gradients[0].mul_add(*x, *a);
                            *b = entry.gradients[1].mul_add(*x, *b);
                        }
                    }
                }
            }
            // A copy, so that the sums themselves can stay in registers.
            let b: [[f32; LANES]; N] = std::array::from_fn(|n| b[n]);
            for (kept, b) in kept.iter_mut().zip(b) {
                kept.0 = b;
            }
        }
        if first > 0 {
            let a: [[f32; LANES]; N] = std::array::from_fn(|n| a[n]);
            for (out, a) in firsts[(first - 1) * N..][..N].iter_mut().zip(a) {
                out.0 = a;
            }
        }
    }
}
