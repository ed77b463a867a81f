//! Dense products from panels, bit for bit those of the gemm crate's AVX-512 kernel.
//!
//! gemm's kernel streams the one factor from the second-level cache for every few rows of the other.
//! Here a tile of a panel stays in the first-level cache while all rows pass by: as many sums in
//! registers, a quarter of the loads. Each sum is made in gemm's order: along the inner length, in the
//! pieces that gemm cuts it into, each from zero and then added to the others.

use std::ops::Range;

use multiversion::multiversion;

use super::operand::{Along, Operand, ROWS};
use super::panel::{LANES, Panel, Scratch, Vector, has_avx512};
use super::window::{Cut, Window, each_window};

/// Vectors of each of these rows: 24 of 32 registers hold sums.
pub(super) const VECTORS: usize = 6;

/// Rows of a panel's tile: 36 KiB of the first-level cache.
const TILE: usize = 96;

/// Part of a product's inner length, summed in one go.
#[derive(Clone, Debug)]
struct Tile {
    inner: Range<usize>,
    /// Whether gemm begins its sums here.
    begins: bool,
    /// What becomes of the sums.
    end: End,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum End {
    /// The next tile goes on with them.
    Kept,
    /// They are the product.
    Written,
    /// They are added to the product.
    Added,
}

/// How the inner length of a product is gone through.
#[derive(Debug)]
pub(super) struct Tiles {
    tiles: Vec<Tile>,
    alike: Option<Alike>,
}

/// The last rows of a product's left factor begin as its first rows do: sums up to there are made once.
#[derive(Clone, Copy, Debug)]
pub struct Alike {
    /// How many rows.
    pub rows: usize,
    /// How many of their elements.
    pub inner: usize,
}

impl Tiles {
    /// Those of the product of `a` and `b`, added to what is there where `accumulate`; none where gemm
    /// would take another kernel or sum in another order: without AVX-512, and for small products.
    pub(super) fn of(a: &Operand<'_>, b: &Operand<'_>, accumulate: bool) -> Option<Self> {
        /// Up to so many rows and columns gemm cuts the inner length in another way.
        const SMALL: usize = 64;
        let [rows, inner] = a.shape();
        let [_, columns] = b.shape();
        let whole = rows >= ROWS && columns >= LANES && inner > 2;
        if !has_avx512() || !whole || (rows <= SMALL && columns <= SMALL) {
            return None;
        }
        // gemm's kernel of 64 × 6 elements. It turns the product round.
        let step = gemm_common::cache::kernel_params(columns, rows, inner, 64, 6, 4).kc;
        let mut tiles = Vec::new();
        for from in (0..inner).step_by(step) {
            let length = step.min(inner - from);
            let count = length.div_ceil(TILE);
            tiles.extend((0..count).map(|tile| Tile {
                inner: from + length * tile / count..from + length * (tile + 1) / count,
                begins: tile == 0,
                end: match (tile + 1 == count, from == 0 && !accumulate) {
                    (false, _) => End::Kept,
                    (true, true) => End::Written,
                    (true, false) => End::Added,
                },
            }));
        }
        Some(Self { tiles, alike: None })
    }

    /// The same where rows of the left factor begin alike.
    pub(super) fn sharing(mut self, alike: Option<Alike>) -> Self {
        let Some(alike) = alike else { return self };
        let Some(index) = self.tiles.iter().position(|tile| tile.inner.end > alike.inner) else {
            return self;
        };
        // Sums are handed on within gemm's first piece only: later ones are added to what is written.
        if self.tiles[..index].iter().any(|tile| tile.end != End::Kept) {
            return self;
        }
        let tile = &mut self.tiles[index];
        if tile.inner.start < alike.inner {
            let begin = tile.inner.start..alike.inner;
            let begin = Tile { inner: begin, begins: tile.begins, end: End::Kept };
            (tile.inner.start, tile.begins) = (alike.inner, false);
            self.tiles.insert(index, begin);
        }
        self.alike = Some(alike);
        self
    }

    /// The product into the columns from `first` on of `out`, which has so many `columns`.
    pub(super) fn product(
        &self,
        a: Operand<'_>,
        b: Operand<'_>,
        out: &mut [f32],
        columns: usize,
        first: usize,
    ) {
        let cut = Cut {
            stride: columns,
            columns: first..first + b.shape()[1],
            most: VECTORS,
            together: ROWS,
        };
        each_window(out, &cut, |mut window| {
            Scratch::with(|Scratch { panel, sums }| {
                b.fill(panel, window.columns(first));
                self.times_panel(a, 0, panel, sums, &mut window);
            });
        });
    }

    /// Writes the product of `a`, whose first row is row `first` of the window's matrix, and a panel of
    /// the other factor into the window.
    pub(super) fn times_panel(
        &self,
        a: Operand<'_>,
        first: usize,
        panel: &Panel,
        sums: &mut Vec<Vector>,
        window: &mut Window<'_>,
    ) {
        match panel.width() {
            1 => self.times::<1>(a, first, panel, sums, window),
            2 => self.times::<2>(a, first, panel, sums, window),
            3 => self.times::<3>(a, first, panel, sums, window),
            4 => self.times::<4>(a, first, panel, sums, window),
            5 => self.times::<5>(a, first, panel, sums, window),
            _ => self.times::<VECTORS>(a, first, panel, sums, window),
        }
    }

    fn times<const N: usize>(
        &self,
        a: Operand<'_>,
        first: usize,
        panel: &Panel,
        sums: &mut Vec<Vector>,
        window: &mut Window<'_>,
    ) {
        let rows = window.rows().start.max(first)..window.rows().end;
        let groups = rows.len().div_ceil(ROWS);
        sums.resize(groups * ROWS * N, Vector::ZERO);
        let twins = self.alike.and_then(|alike| alike.groups(rows.start - first, rows.len(), a));
        for tile in &self.tiles {
            let part = &panel.vectors[tile.inner.start * N..tile.inner.end * N];
            let shared = self.alike.map_or(0, |alike| alike.inner);
            let twins = twins.clone().filter(|_| tile.inner.end <= shared);
            for (group, sums) in sums.chunks_exact_mut(ROWS * N).enumerate() {
                if twins.as_ref().is_some_and(|twins| twins.contains(&group)) {
                    continue;
                }
                let start = rows.start + group * ROWS;
                // The last group ends with the last row; what it makes again is left alone.
                let top = start.min((first + a.shape()[0]) - ROWS);
                let sums: &mut [Vector] = sums;
                match a.along(top - first, tile.inner.clone()) {
                    Along::Rows(rows) => add_rows::<N>(part, rows, tile.begins, sums),
                    Along::Columns(columns) => add_columns::<N>(part, columns, tile.begins, sums),
                }
                if tile.end == End::Kept {
                    continue;
                }
                let fresh = start..(start + ROWS).min(rows.end);
                for (row, sums) in (top..).zip(sums.chunks_exact(N)) {
                    if fresh.contains(&row) {
                        put(sums, tile.end == End::Added, window.row(row));
                    }
                }
            }
            if let Some(twins) = twins.filter(|_| tile.inner.end == shared) {
                let values = |groups: Range<usize>| groups.start * ROWS * N..groups.end * ROWS * N;
                sums.copy_within(values(0..twins.len()), values(twins).start);
            }
        }
    }
}

impl Alike {
    /// The groups of those rows among the groups of `count` rows from row `start` of `a` on; none
    /// where groups, or all rows, are not together.
    fn groups(&self, start: usize, count: usize, a: Operand<'_>) -> Option<Range<usize>> {
        let [all, _] = a.shape();
        let others = all.checked_sub(self.rows)?;
        let whole = start == 0 && count == all && others >= self.rows;
        (whole && others % ROWS == 0 && all % ROWS == 0).then_some(others / ROWS..all / ROWS)
    }
}

/// Goes on with the sums of rows that each lie in one piece.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512cd+avx512dq+avx512vl+avx2+fma"))]
fn add_rows<const N: usize>(
    panel: &[Vector],
    rows: [&[f32]; ROWS],
    begins: bool,
    sums: &mut [Vector],
) {
    let [a, b, c, d] = rows;
    let left = a.iter().zip(b).zip(c.iter().zip(d)).map(|((a, b), (c, d))| [*a, *b, *c, *d]);
    add::<N>(panel, left, begins, sums);
}

/// Goes on with the sums of rows that lie beside each other.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512cd+avx512dq+avx512vl+avx2+fma"))]
fn add_columns<const N: usize>(
    panel: &[Vector],
    columns: std::slice::Chunks<'_, f32>,
    begins: bool,
    sums: &mut [Vector],
) {
    let left = columns.map(|row| *row.first_chunk::<ROWS>().expect("rows of a factor"));
    add::<N>(panel, left, begins, sums);
}

/// Adds each row of a panel, times what stands beside it in each row of the left factor.
// Must be compiled into its caller's vector width.
#[inline(always)]
fn add<const N: usize>(
    panel: &[Vector],
    left: impl Iterator<Item = [f32; ROWS]>,
    begins: bool,
    kept: &mut [Vector],
) {
    let mut sums = [[[0.0f32; LANES]; N]; ROWS];
    if !begins {
        for (sums, kept) in sums.iter_mut().zip(kept.chunks_exact(N)) {
            *sums = std::array::from_fn(|n| kept[n].0);
        }
    }
    for (row, left) in panel.chunks_exact(N).zip(left) {
        for n in 0..N {
            for (sums, x) in sums.iter_mut().zip(left) {
                for (sum, v) in sums[n].iter_mut().zip(&row[n].0) {
                    *sum = x.mul_add(*v, *sum);
                }
            }
        }
    }
    // A copy, so that the sums themselves can stay in registers.
    let sums: [[[f32; LANES]; N]; ROWS] =
        std::array::from_fn(|row| std::array::from_fn(|n| sums[row][n]));
    for (kept, sums) in kept.chunks_exact_mut(N).zip(sums) {
        for (kept, sum) in kept.iter_mut().zip(sums) {
            kept.0 = sum;
        }
    }
}

/// Writes sums into a row of the product, or adds them to it.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512cd+avx512dq+avx512vl+avx2+fma"))]
fn put(sums: &[Vector], added: bool, row: &mut [f32]) {
    let (whole, rest) = row.as_chunks_mut::<LANES>();
    let last = sums.last().map_or(&[][..], |last| &last.0[..rest.len()]);
    if !added {
        for (out, sums) in whole.iter_mut().zip(sums) {
            *out = sums.0;
        }
        rest.copy_from_slice(last);
        return;
    }
    for (out, sums) in whole.iter_mut().zip(sums) {
        for (out, sum) in out.iter_mut().zip(&sums.0) {
            *out += sum;
        }
    }
    for (out, sum) in rest.iter_mut().zip(last) {
        *out += sum;
    }
}
