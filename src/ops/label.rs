//! Layers on labels: a product with a one-hot row is a row of the weights.

use std::rc::Rc;

use dfdx::tensor::{Cpu, PutTape};

use super::elementwise::{self, Activation};
use super::maxout::{Maxout, max_of_pieces};
use super::winners::{MAX_PIECES, NO_WINNER};
use super::{
    Mat, Param, ParamGrad, Tape, put_gradient, take_gradient, values, values_mut, with_scratch,
    zeros,
};

/// Labels of a batch, one an image.
pub type Labels = Rc<[u8]>;

/// activation(onehot(labels)·Wᵀ + b): weight `[out, classes]`, bias `[1, out]`, result `[n, out]`.
pub fn dense<T: Tape>(
    labels: &Labels,
    weight: &Param,
    bias: &Param,
    activation: Activation,
    param_grad: &ParamGrad,
) -> Mat<T> {
    let device = weight.tensor().device().clone();
    let [outputs, classes] = weight.shape();
    let n = labels.len();
    let mut y = zeros(&device, n, outputs);
    gather_columns(weight.values(), classes, labels, values_mut(&mut y));
    elementwise::bias_activation(values_mut(&mut y), bias.values(), activation);
    let mut tape = T::default();
    if T::OWNS_TAPE {
        let y = y.clone();
        let labels = Rc::clone(labels);
        let (dw, db) = (weight.gradient_cell(), bias.gradient_cell());
        let param_grad = param_grad.clone();
        tape.add_backward_op(move |gradients| {
            let mut dy = take_gradient(gradients, &y);
            elementwise::activation_backward(&mut dy, values(&y), activation);
            if weigh(&mut dy, &param_grad, n) {
                scatter_columns(&dy, classes, &labels, &mut dw.borrow_mut());
                elementwise::sum_rows(&dy, &mut db.borrow_mut());
            }
            put_gradient(gradients, &y, dy);
            Ok(())
        });
    }
    y.put_tape(tape)
}

/// Maxout on one-hot labels: weight `[k·units, classes]`, bias `[1, k·units]`, result
/// `[n, units]`; see [`super::maxout::maxout`].
///
/// # Panics
/// If there are more than [`MAX_PIECES`] pieces.
pub fn maxout<T: Tape>(labels: &Labels, layer: &Maxout<'_>, param_grad: &ParamGrad) -> Mat<T> {
    let Maxout { weight, bias, units, pieces, wins } = *layer;
    let device = weight.tensor().device().clone();
    let [outputs, classes] = weight.shape();
    let n = labels.len();
    assert!(outputs / units <= MAX_PIECES, "pieces of a unit");
    let mut h = zeros(&device, n, units);
    let mut winners = vec![NO_WINNER; n * units];
    with_scratch(n * outputs, |pre| {
        gather_columns(weight.values(), classes, labels, pre);
        max_of_pieces(pre, bias.values(), pieces, values_mut(&mut h), &mut winners);
    });
    let mut tape = T::default();
    if T::OWNS_TAPE {
        let h = h.clone();
        let labels = Rc::clone(labels);
        let (dw, db) = (weight.gradient_cell(), bias.gradient_cell());
        let (param_grad, wins) = (param_grad.clone(), Rc::clone(wins));
        tape.add_backward_op(move |gradients| {
            let mut dh = take_gradient(gradients, &h);
            if weigh(&mut dh, &param_grad, n) {
                let (mut dw, mut db) = (dw.borrow_mut(), db.borrow_mut());
                let mut wins = wins.borrow_mut();
                dw.fill(0.0);
                db.fill(0.0);
                wins.clear(db.len());
                let rows = dh.chunks_exact(units).zip(winners.chunks_exact(units));
                for ((dh, winners), label) in rows.zip(labels.iter()) {
                    for (unit, (dh, winner)) in dh.iter().zip(winners).enumerate() {
                        let won = *winner != NO_WINNER;
                        let row = usize::from(*winner) * units + unit;
                        wins.add(won.then_some(row), 1);
                        if won {
                            dw[row * classes + usize::from(*label)] += dh * pieces.slope();
                            db[row] += dh * pieces.slope();
                        }
                    }
                }
            }
            put_gradient(gradients, &h, dh);
            Ok(())
        });
    }
    h.put_tape(tape)
}

/// Rows of a learned table: table `[classes, width]`, result `[n, width]`.
pub fn embedding<T: Tape>(labels: &Labels, table: &Param, param_grad: &ParamGrad) -> Mat<T> {
    let device = table.tensor().device().clone();
    let [_, width] = table.shape();
    let n = labels.len();
    let mut y = zeros(&device, n, width);
    for (y, label) in values_mut(&mut y).chunks_exact_mut(width).zip(labels.iter()) {
        y.copy_from_slice(&table.values()[usize::from(*label) * width..][..width]);
    }
    let mut tape = T::default();
    if T::OWNS_TAPE {
        let y = y.clone();
        let labels = Rc::clone(labels);
        let d_table = table.gradient_cell();
        let param_grad = param_grad.clone();
        tape.add_backward_op(move |gradients| {
            let mut dy = take_gradient(gradients, &y);
            if weigh(&mut dy, &param_grad, n) {
                let mut d_table = d_table.borrow_mut();
                d_table.fill(0.0);
                for (dy, label) in dy.chunks_exact(width).zip(labels.iter()) {
                    let row = &mut d_table[usize::from(*label) * width..][..width];
                    for (d, dy) in row.iter_mut().zip(dy) {
                        *d += dy;
                    }
                }
            }
            put_gradient(gradients, &y, dy);
            Ok(())
        });
    }
    y.put_tape(tape)
}

/// The one-hot rows themselves: `[n, classes]`. No gradient leaves them.
pub fn one_hot<T: Tape>(device: &Cpu, labels: &Labels, classes: usize) -> Mat<T> {
    let mut y = zeros(device, labels.len(), classes);
    for (y, label) in values_mut(&mut y).chunks_exact_mut(classes).zip(labels.iter()) {
        y[usize::from(*label)] = 1.0;
    }
    y.put_tape(T::default())
}

/// Multiplies the rows of `dy` as `param_grad` says; whether parameters want a gradient at all.
fn weigh(dy: &mut [f32], param_grad: &ParamGrad, rows: usize) -> bool {
    match param_grad {
        ParamGrad::Frozen => false,
        ParamGrad::Plain => true,
        ParamGrad::Weighted(weights) => {
            elementwise::scale_rows(dy, &weights.get(rows));
            true
        }
    }
}

/// Row i of `y` = column `labels[i]` of `weight` (`[out, classes]`).
fn gather_columns(weight: &[f32], classes: usize, labels: &[u8], y: &mut [f32]) {
    let outputs = weight.len() / classes;
    for (y, label) in y.chunks_exact_mut(outputs).zip(labels) {
        for (y, row) in y.iter_mut().zip(weight.chunks_exact(classes)) {
            *y = row[usize::from(*label)];
        }
    }
}

/// Column `labels[i]` of `dw` (`[out, classes]`) = the sum of the rows i of `dy` with that label.
fn scatter_columns(dy: &[f32], classes: usize, labels: &[u8], dw: &mut [f32]) {
    let outputs = dw.len() / classes;
    dw.fill(0.0);
    for (dy, label) in dy.chunks_exact(outputs).zip(labels) {
        for (row, dy) in dw.chunks_exact_mut(classes).zip(dy) {
            row[usize::from(*label)] += dy;
        }
    }
}
