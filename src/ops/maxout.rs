//! A maxout layer: h_u = max over pieces j of f(x·W_ju + b_ju) (Goodfellow et al. 2013, section 3).
//!
//! The rows of W are piece-major: row j·units + u is piece j of unit u. The forward pass stores
//! only which piece won; the backward pass follows only the winners.

use std::cell::RefCell;
use std::ops::Range;
use std::rc::Rc;

use dfdx::shapes::HasShape;
use dfdx::tensor::{PutTape, SplitTape};
use multiversion::multiversion;
use rayon::prelude::*;

use super::dropout::Dropout;
use super::foreground::Foreground;
use super::matmul::{Operand, matmul};
use super::operand::ROWS;
use super::panel::Scratch;
pub use super::product::Alike;
use super::product::{Tiles, VECTORS};
use super::window::{Cut, each_window};
use super::winners::{MAX_PIECES, NO_WINNER, WinnersGradient};
use super::{
    Mat, Param, ParamGrad, PieceUsage, Tape, part_of, put_gradient, take_gradient, values,
    values_mut, with_scratch, zeros,
};

/// What happens to each piece before the max.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pieces {
    /// Nothing: the paper's maxout. The first of equal pieces wins.
    Linear,
    /// ReLU, then dropout (`None` while evaluating): the article's maxout. Where the max is 0 no
    /// piece passes a gradient.
    ReluDropout(Option<Dropout>),
}

impl Pieces {
    /// By what the winner's gradient is multiplied.
    pub(super) fn slope(self) -> f32 {
        match self {
            Self::ReluDropout(Some(dropout)) => dropout.scale(),
            Self::Linear | Self::ReluDropout(None) => 1.0,
        }
    }
}

/// A maxout layer in one pass.
#[derive(Clone, Copy, Debug)]
pub struct Maxout<'a> {
    /// `[k·units, in]`.
    pub weight: &'a Param,
    /// `[1, k·units]`.
    pub bias: &'a Param,
    /// Units.
    pub units: usize,
    /// What happens to each piece before the max.
    pub pieces: Pieces,
    /// Where a backward pass that wants the parameters' gradients leaves which pieces won.
    pub wins: &'a PieceUsageCell,
}

/// Wins of the last backward pass.
pub type PieceUsageCell = Rc<RefCell<PieceUsage>>;

/// What a maxout layer is given.
#[derive(Debug)]
pub struct Input<T: Tape> {
    /// Rows above those of `x`, mostly background.
    pub above: Option<Rc<Foreground>>,
    /// `[n, in]`.
    pub x: Mat<T>,
    /// The rows of `x` whose gradient is needed.
    pub wanted: Range<usize>,
    /// Whether the last rows of `x` begin as the first do; of use where there are none above.
    pub alike: Option<Alike>,
}

impl<T: Tape> Input<T> {
    /// All of `x`, of which nothing is known.
    pub fn of(x: Mat<T>, wanted: Range<usize>) -> Self {
        Self { above: None, x, wanted, alike: None }
    }
}

/// h = max_j pieces(x·Wᵀ + b)_j, `[m + n, units]`: those of the m rows `above` come first.
///
/// # Panics
/// If there are more than [`MAX_PIECES`] pieces.
pub fn maxout<T: Tape>(input: Input<T>, layer: &Maxout<'_>, param_grad: &ParamGrad) -> Mat<T> {
    let Input { above, x, wanted, alike } = input;
    let Maxout { weight, bias, units, pieces, wins } = *layer;
    let (x, mut tape) = x.split_tape();
    let (below, inputs) = *x.shape();
    let [outputs, _] = weight.shape();
    let m = above.as_ref().map_or(0, |images| images.len());
    let n = m + below;
    assert!(outputs / units <= MAX_PIECES, "pieces of a unit");
    let mut h = zeros(x.device(), n, units);
    let mut winners = vec![NO_WINNER; n * units];
    with_scratch(n * outputs, |pre| {
        let x = Operand::new(values(&x), below, inputs);
        products(above.as_deref(), x, alike, weight.values(), pre);
        max_of_pieces(pre, bias.values(), pieces, values_mut(&mut h), &mut winners);
    });
    if T::OWNS_TAPE {
        let h = h.clone();
        let w = weight.tensor().clone();
        let (dw, db) = (weight.gradient_cell(), bias.gradient_cell());
        let (param_grad, wins) = (param_grad.clone(), Rc::clone(wins));
        tape.add_backward_op(move |gradients| {
            let dh = take_gradient(gradients, &h);
            let gradient = WinnersGradient {
                dh: &dh,
                winners: &winners,
                units,
                pieces: outputs / units,
                slope: pieces.slope(),
            };
            if !wanted.is_empty() {
                let mut dx = take_gradient(gradients, &x);
                let part = &mut dx[wanted.start * inputs..wanted.end * inputs];
                gradient.inputs(m + wanted.start..m + wanted.end, values(&w), inputs, part);
                put_gradient(gradients, &x, dx);
            }
            let parameters = |weights| {
                let (mut dw, mut db) = (dw.borrow_mut(), db.borrow_mut());
                let wins = &mut wins.borrow_mut();
                let x = [above.as_ref().map_or(&[][..], |images| images.images()), values(&x)];
                gradient.parameters(weights, x, inputs, &mut dw, &mut db, wins);
            };
            match &param_grad {
                ParamGrad::Frozen => {}
                ParamGrad::Plain => parameters(None),
                ParamGrad::Weighted(weights) => parameters(Some(&weights.get(n))),
            }
            put_gradient(gradients, &h, dh);
            Ok(())
        });
    }
    h.put_tape(tape)
}

/// Every image's products with the rows of `w`, `[outputs, inputs]`: those `above` first, then `x`.
fn products(
    above: Option<&Foreground>,
    x: Operand<'_>,
    alike: Option<Alike>,
    w: &[f32],
    pre: &mut [f32],
) {
    let [_, inputs] = x.shape();
    let outputs = w.len() / inputs;
    let turned = Operand::new(w, outputs, inputs).t();
    match (above, Tiles::of(&x, &turned, false)) {
        (None, None) => matmul(x, turned, pre, false),
        (None, Some(tiles)) => tiles.sharing(alike).product(x, turned, pre, outputs, 0),
        (Some(images), None) => {
            let (pre_above, pre_below) = pre.split_at_mut(images.len() * outputs);
            images.times_transposed(w, inputs, pre_above);
            matmul(x, turned, pre_below, false);
        }
        (Some(images), Some(tiles)) => {
            // A panel of the weights serves both.
            let cut = Cut { stride: outputs, columns: 0..outputs, most: VECTORS, together: ROWS };
            each_window(pre, &cut, |mut window| {
                Scratch::with(|Scratch { panel, sums }| {
                    turned.fill(panel, window.columns(0));
                    images.times_panel(panel, sums, &mut window);
                    tiles.times_panel(x, images.len(), panel, sums, &mut window);
                });
            });
        }
    }
}

/// The max over pieces of every row of `pre` (`[n, k·units]`), and which piece won.
pub(super) fn max_of_pieces(
    pre: &[f32],
    bias: &[f32],
    pieces: Pieces,
    h: &mut [f32],
    winners: &mut [u8],
) {
    let rows = pre.len() / bias.len();
    let (part, units) = (part_of(rows), h.len() / rows.max(1));
    let parts = h.par_chunks_mut(part * units).zip(winners.par_chunks_mut(part * units));
    pre.par_chunks(part * bias.len()).zip(parts).enumerate().for_each(
        |(index, (pre, (h, winners)))| {
            // Dropout counts the elements of the whole matrix.
            let before = (index * part * bias.len()) as u32;
            match pieces {
                Pieces::Linear => max_linear(pre, bias, h, winners),
                Pieces::ReluDropout(None) => max_relu(pre, bias, h, winners),
                Pieces::ReluDropout(Some(dropout)) => {
                    max_relu_dropout(pre, bias, dropout, before, h, winners);
                }
            }
        },
    );
}

#[multiversion(targets(
    "x86_64+avx512f+avx512bw+avx512cd+avx512dq+avx512vl+avx2+fma",
    "x86_64+avx2+fma"
))]
fn max_linear(pre: &[f32], bias: &[f32], h: &mut [f32], winners: &mut [u8]) {
    max_rows(pre, bias, f32::NEG_INFINITY, |_| true, 1.0, h, winners);
}

#[multiversion(targets(
    "x86_64+avx512f+avx512bw+avx512cd+avx512dq+avx512vl+avx2+fma",
    "x86_64+avx2+fma"
))]
fn max_relu(pre: &[f32], bias: &[f32], h: &mut [f32], winners: &mut [u8]) {
    max_rows(pre, bias, 0.0, |_| true, 1.0, h, winners);
}

#[multiversion(targets(
    "x86_64+avx512f+avx512bw+avx512cd+avx512dq+avx512vl+avx2+fma",
    "x86_64+avx2+fma"
))]
fn max_relu_dropout(
    pre: &[f32],
    bias: &[f32],
    dropout: Dropout,
    before: u32,
    h: &mut [f32],
    winners: &mut [u8],
) {
    max_rows(pre, bias, 0.0, |i| dropout.keeps(before + i), dropout.scale(), h, winners);
}

/// `h = scale · max(floor, kept pieces)`. A NaN among the pieces makes h NaN, so it is found.
// Must be compiled into its caller's vector width.
#[inline(always)]
fn max_rows(
    pre: &[f32],
    bias: &[f32],
    floor: f32,
    keeps: impl Fn(u32) -> bool,
    scale: f32,
    h: &mut [f32],
    winners: &mut [u8],
) {
    let outputs = bias.len();
    let units = h.len() / (pre.len() / outputs).max(1);
    let rows = pre.chunks_exact(outputs).zip(h.chunks_exact_mut(units));
    for (row, ((pre, h), winners)) in rows.zip(winners.chunks_exact_mut(units)).enumerate() {
        let keeps = |i: usize| keeps((row * outputs + i) as u32);
        if units < WIDTH {
            for first in 0..units {
                max_units::<1>(pre, bias, floor, keeps, scale, first, h, winners);
            }
            continue;
        }
        for start in (0..units).step_by(WIDTH) {
            // The last block ends with the last unit, and may do some units again.
            let first = start.min(units - WIDTH);
            max_units::<WIDTH>(pre, bias, floor, keeps, scale, first, h, winners);
        }
    }
}

/// Units whose maxima are held in registers.
const WIDTH: usize = 16;

/// [`max_rows`] for the `N` units of one row from `first` on.
// Must be compiled into its caller's vector width.
#[inline(always)]
#[expect(clippy::too_many_arguments, reason = "one loop of `max_rows`, at a constant width")]
fn max_units<const N: usize>(
    pre: &[f32],
    bias: &[f32],
    floor: f32,
    keeps: impl Fn(usize) -> bool,
    scale: f32,
    first: usize,
    h: &mut [f32],
    winners: &mut [u8],
) {
    let units = h.len();
    let mut best = [floor; N];
    let mut winner = [u32::from(NO_WINNER); N];
    for (piece, from) in (first..pre.len()).step_by(units).enumerate() {
        let values: &[f32; N] = pre[from..from + N].try_into().expect("N values");
        let bias: &[f32; N] = bias[from..from + N].try_into().expect("N values");
        // Whole arrays, not element by element: a conditional store is slow where it is masked.
        let values: [f32; N] = std::array::from_fn(|i| values[i] + bias[i]);
        let wins: [bool; N] =
            std::array::from_fn(|i| keeps(from + i) & ((values[i] > best[i]) | values[i].is_nan()));
        best = std::array::from_fn(|i| if wins[i] { values[i] } else { best[i] });
        winner = std::array::from_fn(|i| if wins[i] { piece as u32 } else { winner[i] });
    }
    for i in 0..N {
        h[first + i] = best[i] * scale;
        winners[first + i] = winner[i] as u8;
    }
}
