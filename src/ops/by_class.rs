//! A dense layer behind a branch that knows only the label.
//!
//! [a | t]·Wᵀ = a·W_aᵀ + t·W_tᵀ. Where row i of t depends on label i alone, t has one distinct row
//! a class, so its part of every product is made once a class instead of once an image.

use dfdx::shapes::HasShape;
use dfdx::tensor::{Merge, PutTape, SplitTape};

use super::elementwise::{self, Activation};
use super::label::Labels;
use super::matmul::{Operand, matmul, matmul_columns};
use super::{Mat, Param, Tape, put_gradient, take_gradient, values, values_mut, zeros};

/// `y = activation([a | t[labels]]·Wᵀ + b)`.
///
/// `a` is `[n, p]`, `by_class` is `[classes, q]` and holds the rows t, the weight `[out, p + q]`,
/// the bias `[1, out]`, y `[n, out]`. Parameters get their plain gradients.
///
/// # Panics
/// If the shapes do not fit or a label has no row.
pub fn dense<T: Tape>(
    a: Mat<T>,
    by_class: Mat<T>,
    labels: &Labels,
    weight: &Param,
    bias: &Param,
    activation: Activation,
) -> Mat<T> {
    let (a, tape) = a.split_tape();
    let (t, t_tape) = by_class.split_tape();
    let mut tape = Merge::merge(tape, t_tape);
    let ((n, p), (classes, q)) = (*a.shape(), *t.shape());
    let [outputs, inputs] = weight.shape();
    assert_eq!((n, p + q), (labels.len(), inputs), "branches of a layer");
    let mut y = zeros(a.device(), n, outputs);
    let w = Operand::new(weight.values(), outputs, inputs);
    let mut of_class = vec![0.0; classes * outputs];
    matmul(Operand::new(values(&t), classes, q), w.columns(p..inputs).t(), &mut of_class, false);
    elementwise::bias_activation(&mut of_class, bias.values(), Activation::Linear);
    for (y, label) in values_mut(&mut y).chunks_exact_mut(outputs).zip(labels.iter()) {
        y.copy_from_slice(&of_class[usize::from(*label) * outputs..][..outputs]);
    }
    matmul(Operand::new(values(&a), n, p), w.columns(0..p).t(), values_mut(&mut y), true);
    elementwise::bias_activation(values_mut(&mut y), &[], activation);
    if T::OWNS_TAPE {
        let y = y.clone();
        let w = weight.tensor().clone();
        let labels = Labels::clone(labels);
        let (dw, db) = (weight.gradient_cell(), bias.gradient_cell());
        tape.add_backward_op(move |gradients| {
            let mut dy = take_gradient(gradients, &y);
            elementwise::activation_backward(&mut dy, values(&y), activation);
            let mut of_class = vec![0.0; classes * outputs];
            for (dy, label) in dy.chunks_exact(outputs).zip(labels.iter()) {
                let sums = &mut of_class[usize::from(*label) * outputs..][..outputs];
                for (sum, dy) in sums.iter_mut().zip(dy) {
                    *sum += dy;
                }
            }
            let w = Operand::new(values(&w), outputs, inputs);
            let (dy_all, dy_class) =
                (Operand::new(&dy, n, outputs), Operand::new(&of_class, classes, outputs));
            let mut da = take_gradient(gradients, &a);
            matmul(dy_all, w.columns(0..p), &mut da, true);
            put_gradient(gradients, &a, da);
            let mut dt = take_gradient(gradients, &t);
            matmul(dy_class, w.columns(p..inputs), &mut dt, true);
            put_gradient(gradients, &t, dt);
            let (a, t) = (Operand::new(values(&a), n, p), Operand::new(values(&t), classes, q));
            let dw = &mut dw.borrow_mut();
            matmul_columns(dy_all.t(), a, dw, inputs, 0, false);
            matmul_columns(dy_class.t(), t, dw, inputs, p, false);
            elementwise::sum_rows(&of_class, &mut db.borrow_mut());
            put_gradient(gradients, &y, dy);
            Ok(())
        });
    }
    y.put_tape(tape)
}
