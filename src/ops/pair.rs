//! The gradient of a maxout layer's weights, two units at a time.
//!
//! dW's row of a piece is the sum of the inputs of the images in which it won, each times its
//! gradient. Loading an input costs more than using it, so images are sorted by the winners of two
//! units at once: a loaded row then serves both.

use multiversion::multiversion;
use rayon::prelude::*;

use super::panel::{LANES, MOST_VECTORS, Panel, Vector, has_avx512};
use super::piece_usage::PieceUsage;
use super::window::Window;
use super::winners::{NO_WINNER, WinnersGradient};

/// Pairs that are listed at once: a cache line holds the gradients of this many.
const PAIRS_LISTED: usize = 8;

/// Two units whose weights' gradients are summed at once; or one alone.
#[derive(Default)]
pub(super) struct Pair {
    /// Winners that the second unit may have, none among them; 1 where there is no second.
    seconds: usize,
    /// Where the images of each (winner of the first, winner of the second) start in `entries`,
    /// both counted from 0 = none.
    starts: Vec<u32>,
    entries: Vec<PairEntry>,
    /// Sums of both gradients over the images of each kind.
    sums: Vec<[f32; 2]>,
}

#[derive(Clone, Copy, Default)]
struct PairEntry {
    image: u32,
    gradients: [f32; 2],
}

/// Vectors of a block whose sums for two units are held in registers: there are 32 of the widest
/// kind, and 16 of half that width.
pub(super) fn vectors_at_once() -> usize {
    if has_avx512() { MOST_VECTORS } else { 3 }
}

impl Pair {
    /// How many units a pair of this gradient has: two, unless there are so many pieces that
    /// hardly any images would have both winners in common.
    pub(super) fn units(g: &WinnersGradient<'_>) -> usize {
        if 4 * (g.pieces + 1).pow(2) <= g.images() { 2 } else { 1 }
    }

    /// Makes `pairs` those of all units, their gradients multiplied by their image's weight.
    pub(super) fn list_all(pairs: &mut [Self], g: &WinnersGradient<'_>, weights: Option<&[f32]>) {
        let each = Self::units(g);
        let few = pairs.par_chunks_mut(PAIRS_LISTED).enumerate();
        few.for_each_init(Vec::new, |kinds, (index, few)| {
            Self::list(few, g, each, each * PAIRS_LISTED * index, weights, kinds);
        });
    }

    /// Sorts the images by the winners of the units of each pair, in a stable order.
    ///
    /// `first` is the first unit of the first pair. The pairs are few enough for a row of theirs to
    /// be a cache line. `kinds` is scratch: (winner, winner) of each pair in each image.
    fn list(
        pairs: &mut [Self],
        g: &WinnersGradient<'_>,
        each: usize,
        first: usize,
        weights: Option<&[f32]>,
        kinds: &mut Vec<[u16; PAIRS_LISTED]>,
    ) {
        let winners = g.pieces + 1;
        let seconds = if each == 2 { winners } else { 1 };
        let count = winners * seconds;
        for pair in pairs.iter_mut() {
            pair.seconds = seconds;
            pair.starts.clear();
            pair.starts.resize(count + 1, 0);
            pair.entries.resize(g.images(), PairEntry::default());
        }
        kinds.clear();
        for row in g.winners.chunks_exact(g.units) {
            // 0 = none: NO_WINNER + 1 wraps to 0. Two winners of a byte each make less than 2^16
            // kinds.
            let [a, b] = in_pairs(&row[first..], each, NO_WINNER);
            let of_image = std::array::from_fn(|i| {
                u16::from(a[i].wrapping_add(1)) * seconds as u16 + u16::from(b[i].wrapping_add(1))
            });
            for (pair, kind) in pairs.iter_mut().zip(of_image) {
                pair.starts[usize::from(kind) + 1] += 1;
            }
            kinds.push(of_image);
        }
        for pair in pairs.iter_mut() {
            for kind in 0..count {
                pair.starts[kind + 1] += pair.starts[kind];
            }
        }
        // `starts[kind]` runs from the start of a kind to its end, the start of the next …
        for (image, (row, kinds)) in g.dh.chunks_exact(g.units).zip(&*kinds).enumerate() {
            let slope = g.slope * weights.map_or(1.0, |w| w[image]);
            let [a, b] = in_pairs(&row[first..], each, 0.0);
            for (i, (pair, kind)) in pairs.iter_mut().zip(kinds).enumerate() {
                let gradients = [a[i] * slope, b[i] * slope];
                let place = &mut pair.starts[usize::from(*kind)];
                pair.entries[*place as usize] = PairEntry { image: image as u32, gradients };
                *place += 1;
            }
        }
        // … so shifting by one puts it right again.
        for pair in pairs {
            pair.starts.rotate_right(1);
            pair.starts[0] = 0;
            pair.sums.clear();
            for kind in 0..count {
                let mut sums = [0.0f32; 2];
                for entry in
                    &pair.entries[pair.starts[kind] as usize..pair.starts[kind + 1] as usize]
                {
                    sums[0] += entry.gradients[0];
                    sums[1] += entry.gradients[1];
                }
                pair.sums.push(sums);
            }
        }
    }

    /// Adds the pair's part of the bias's gradient and of the wins; `first` is its first unit.
    pub(super) fn sum_gradients(
        &self,
        g: &WinnersGradient<'_>,
        first: usize,
        db: &mut [f32],
        wins: &mut PieceUsage,
    ) {
        // A second unit, if there is one.
        let second = (self.seconds > 1 && first + 1 < g.units).then_some(first + 1);
        for (kind, sums) in self.sums.iter().enumerate() {
            let images = self.of_kind(kind).len() as u64;
            let winners = [kind / self.seconds, kind % self.seconds];
            for ((unit, winner), sum) in [Some(first), second].iter().zip(winners).zip(*sums) {
                let Some(unit) = unit else { continue };
                let row = (winner > 0).then(|| (winner - 1) * g.units + unit);
                wins.add(row, images);
                if let Some(row) = row {
                    db[row] += sum;
                }
            }
        }
    }

    /// The images of one (winner of the first, winner of the second).
    fn of_kind(&self, kind: usize) -> &[PairEntry] {
        &self.entries[self.starts[kind] as usize..self.starts[kind + 1] as usize]
    }

    /// Writes the gradients of the pair's rows of W into the window's columns; `first` is its first
    /// unit. `panel` has the same columns of the layer's input.
    pub(super) fn sum(
        &self,
        g: &WinnersGradient<'_>,
        first: usize,
        panel: &Panel,
        sums: &mut Vec<Vector>,
        window: &mut Window<'_>,
    ) {
        let half = g.pieces * panel.width();
        // Sums of first units are written whole, those of second units added to.
        sums.resize(2 * half, Vector::ZERO);
        sums[half..].fill(Vector::ZERO);
        match panel.width() {
            1 => sum_pair::<1>(self, g.pieces, &panel.vectors, sums),
            2 => sum_pair::<2>(self, g.pieces, &panel.vectors, sums),
            3 => sum_pair::<3>(self, g.pieces, &panel.vectors, sums),
            4 => sum_pair::<4>(self, g.pieces, &panel.vectors, sums),
            5 => sum_pair::<5>(self, g.pieces, &panel.vectors, sums),
            6 => sum_pair::<6>(self, g.pieces, &panel.vectors, sums),
            _ => sum_pair::<MOST_VECTORS>(self, g.pieces, &panel.vectors, sums),
        }
        let units = first..(first + Self::units(g)).min(g.units);
        for (unit, sums) in units.zip(sums.chunks_exact(half)) {
            for (piece, sums) in sums.chunks_exact(panel.width()).enumerate() {
                store(sums, window.row(piece * g.units + unit));
            }
        }
    }
}

/// The values of a row that belong to the first and the second unit of each pair, `none` where there
/// is no such unit.
#[inline(always)]
fn in_pairs<T: Copy>(row: &[T], each: usize, none: T) -> [[T; PAIRS_LISTED]; 2] {
    if let (2, Some(row)) = (each, row.first_chunk::<{ 2 * PAIRS_LISTED }>()) {
        let of = |unit| std::array::from_fn(|pair| row[2 * pair + unit]);
        return [of(0), of(1)];
    }
    let value = |index| row.get(index).copied().unwrap_or(none);
    let second = |pair| if each == 2 { value(2 * pair + 1) } else { none };
    [std::array::from_fn(|pair| value(each * pair)), std::array::from_fn(second)]
}

/// Sums of `2·pieces` rows: of each image's row of `panel` times its two gradients.
#[multiversion(targets(
    "x86_64+avx512f+avx512bw+avx512cd+avx512dq+avx512vl+avx2+fma",
    "x86_64+avx2+fma"
))]
fn sum_pair<const N: usize>(pair: &Pair, pieces: usize, panel: &[Vector], sums: &mut [Vector]) {
    let (firsts, seconds) = sums.split_at_mut(pieces * N);
    for first in 0..=pieces {
        let mut a = [[0.0f32; LANES]; N];
        for second in 0..pair.seconds {
            let kind = first * pair.seconds + second;
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

/// Writes the sums of a row into its columns.
#[multiversion(targets(
    "x86_64+avx512f+avx512bw+avx512cd+avx512dq+avx512vl+avx2+fma",
    "x86_64+avx2+fma"
))]
fn store(sums: &[Vector], row: &mut [f32]) {
    let (whole, rest) = row.as_chunks_mut::<LANES>();
    for (out, sums) in whole.iter_mut().zip(sums) {
        *out = sums.0;
    }
    if let (Some(last), [_, ..]) = (sums.last(), &*rest) {
        rest.copy_from_slice(&last.0[..rest.len()]);
    }
}
