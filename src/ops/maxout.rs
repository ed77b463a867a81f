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

use super::dropout::Dropout;
use super::foreground::Foreground;
use super::matmul::{Operand, matmul};
use super::winners::WinnersGradient;
use super::{
    Mat, Param, ParamGrad, Tape, Wins, put_gradient, take_gradient, values, values_mut,
    with_scratch, zeros,
};

/// Stored as the winner where no piece passes a gradient.
pub const NO_WINNER: u8 = u8::MAX;

/// Most pieces a layer may have; their index is stored in a byte.
pub const MAX_PIECES: usize = NO_WINNER as usize;

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
    pub wins: &'a WinsCell,
}

/// Wins of the last backward pass.
pub type WinsCell = Rc<RefCell<Wins>>;

/// h = max_j pieces(x·Wᵀ + b)_j.
///
/// `x` is `[n, in]`, h `[n, units]`. `wanted` are the rows of `x` whose gradient is needed; `top`
/// its first rows again, where they are known to be mostly background.
pub fn maxout<T: Tape>(
    x: Mat<T>,
    top: Option<&Foreground>,
    wanted: Range<usize>,
    layer: &Maxout<'_>,
    param_grad: &ParamGrad,
) -> Mat<T> {
    let Maxout { weight, bias, units, pieces, wins } = *layer;
    let (x, mut tape) = x.split_tape();
    let (n, inputs) = *x.shape();
    let [outputs, _] = weight.shape();
    let mut h = zeros(x.device(), n, units);
    let mut winners = vec![NO_WINNER; n * units];
    with_scratch(n * outputs, |pre| {
        let m = top.map_or(0, Foreground::len);
        let (pre_top, pre_rest) = pre.split_at_mut(m * outputs);
        if let Some(top) = top {
            top.times_transposed(weight.values(), inputs, pre_top);
        }
        matmul(
            Operand::new(&values(&x)[m * inputs..], n - m, inputs),
            Operand::new(weight.values(), outputs, inputs).t(),
            pre_rest,
            false,
        );
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
                gradient.inputs(wanted, values(&w), inputs, part);
                put_gradient(gradients, &x, dx);
            }
            let parameters = |weights| {
                let (mut dw, mut db) = (dw.borrow_mut(), db.borrow_mut());
                let wins = &mut wins.borrow_mut();
                gradient.parameters(weights, values(&x), inputs, &mut dw, &mut db, wins);
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

/// The max over pieces of every row of `pre` (`[n, k·units]`), and which piece won.
pub(super) fn max_of_pieces(
    pre: &[f32],
    bias: &[f32],
    pieces: Pieces,
    h: &mut [f32],
    winners: &mut [u8],
) {
    match pieces {
        Pieces::Linear => max_linear(pre, bias, h, winners),
        Pieces::ReluDropout(None) => max_relu(pre, bias, h, winners),
        Pieces::ReluDropout(Some(dropout)) => max_relu_dropout(pre, bias, dropout, h, winners),
    }
}

#[multiversion(targets(
    "x86_64+avx512f+avx512bw+avx512cd+avx512dq+avx512vl+avx2+fma",
    "x86_64+avx2+fma"
))]
fn max_linear(pre: &[f32], bias: &[f32], h: &mut [f32], winners: &mut [u8]) {
    max_rows(pre, bias, f32::NEG_INFINITY, |_, _| true, 1.0, h, winners);
}

#[multiversion(targets(
    "x86_64+avx512f+avx512bw+avx512cd+avx512dq+avx512vl+avx2+fma",
    "x86_64+avx2+fma"
))]
fn max_relu(pre: &[f32], bias: &[f32], h: &mut [f32], winners: &mut [u8]) {
    max_rows(pre, bias, 0.0, |_, _| true, 1.0, h, winners);
}

#[multiversion(targets(
    "x86_64+avx512f+avx512bw+avx512cd+avx512dq+avx512vl+avx2+fma",
    "x86_64+avx2+fma"
))]
fn max_relu_dropout(
    pre: &[f32],
    bias: &[f32],
    dropout: Dropout,
    h: &mut [f32],
    winners: &mut [u8],
) {
    let keeps = |row: usize, i: usize| dropout.keeps((row * bias.len() + i) as u32);
    max_rows(pre, bias, 0.0, keeps, dropout.scale(), h, winners);
}

/// `h = scale · max(floor, kept pieces)`. A NaN among the pieces makes h NaN, so it is found.
// Must be compiled into its caller's vector width.
#[inline(always)]
fn max_rows(
    pre: &[f32],
    bias: &[f32],
    floor: f32,
    keeps: impl Fn(usize, usize) -> bool,
    scale: f32,
    h: &mut [f32],
    winners: &mut [u8],
) {
    const BLOCK: usize = 64;
    let outputs = bias.len();
    let units = h.len() / (pre.len() / outputs).max(1);
    let rows = pre.chunks_exact(outputs).zip(h.chunks_exact_mut(units));
    for (row, ((pre, h), winners)) in rows.zip(winners.chunks_exact_mut(units)).enumerate() {
        for start in (0..units).step_by(BLOCK) {
            let width = BLOCK.min(units - start);
            let mut best = [floor; BLOCK];
            let mut winner = [u32::from(NO_WINNER); BLOCK];
            for piece in 0..outputs / units {
                let from = piece * units + start;
                let pre = &pre[from..from + width];
                let bias = &bias[from..from + width];
                for i in 0..width {
                    let v = pre[i] + bias[i];
                    let wins = keeps(row, from + i) & ((v > best[i]) | v.is_nan());
                    best[i] = if wins { v } else { best[i] };
                    winner[i] = if wins { piece as u32 } else { winner[i] };
                }
            }
            for i in 0..width {
                h[start + i] = best[i] * scale;
                winners[start + i] = winner[i] as u8;
            }
        }
    }
}
