//! A dense layer: y = activation(x·Wᵀ + b).

use std::ops::Range;

use dfdx::shapes::HasShape;
use dfdx::tensor::{PutTape, SplitTape};

use super::elementwise::{self, Activation};
use super::matmul::{Operand, matmul};
use super::{Mat, Param, ParamGrad, Tape, put_gradient, take_gradient, values, values_mut, zeros};

/// y = activation(x·Wᵀ + b).
///
/// `x` is `[n, in]`, the weight `[out, in]`, the bias `[1, out]`, y `[n, out]`. `wanted` are the
/// rows of `x` whose gradient is needed: none for data, all behind another layer.
pub fn dense<T: Tape>(
    x: Mat<T>,
    wanted: Range<usize>,
    weight: &Param,
    bias: &Param,
    activation: Activation,
    param_grad: &ParamGrad,
) -> Mat<T> {
    let (x, mut tape) = x.split_tape();
    let (n, inputs) = *x.shape();
    let [outputs, _] = weight.shape();
    let mut y = zeros(x.device(), n, outputs);
    let y_values = values_mut(&mut y);
    matmul(
        Operand::new(values(&x), n, inputs),
        Operand::new(weight.values(), outputs, inputs).t(),
        y_values,
        false,
    );
    elementwise::bias_activation(y_values, bias.values(), activation);
    if T::OWNS_TAPE {
        let y = y.clone();
        let w = weight.tensor().clone();
        let (dw, db) = (weight.gradient_cell(), bias.gradient_cell());
        let param_grad = param_grad.clone();
        tape.add_backward_op(move |gradients| {
            let mut dy = take_gradient(gradients, &y);
            elementwise::activation_backward(&mut dy, values(&y), activation);
            if !wanted.is_empty() {
                let mut dx = take_gradient(gradients, &x);
                matmul(
                    Operand::new(
                        &dy[wanted.start * outputs..wanted.end * outputs],
                        wanted.len(),
                        outputs,
                    ),
                    Operand::new(values(&w), outputs, inputs),
                    &mut dx[wanted.start * inputs..wanted.end * inputs],
                    true,
                );
                put_gradient(gradients, &x, dx);
            }
            let weights = match &param_grad {
                ParamGrad::Frozen => None,
                ParamGrad::Plain => Some(()),
                ParamGrad::Weighted(weights) => {
                    elementwise::scale_rows(&mut dy, &weights.get(n));
                    Some(())
                }
            };
            if weights.is_some() {
                matmul(
                    Operand::new(&dy, n, outputs).t(),
                    Operand::new(values(&x), n, inputs),
                    &mut dw.borrow_mut(),
                    false,
                );
                elementwise::sum_rows(&dy, &mut db.borrow_mut());
            }
            put_gradient(gradients, &y, dy);
            Ok(())
        });
    }
    y.put_tape(tape)
}
