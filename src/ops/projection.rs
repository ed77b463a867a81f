//! Projection of the label: what a class adds to D's logit (Miyato & Koyama 2018, arXiv 1802.05637,
//! eq. 4).

use dfdx::shapes::HasShape;
use dfdx::tensor::{PutTape, SplitTape};
use multiversion::multiversion;

use super::elementwise::add_scaled;
use super::label::Labels;
use super::{Mat, Param, ParamGrad, Tape, put_gradient, take_gradient, values, values_mut, zeros};

/// logit + v_y·h / √units for each row's label y.
///
/// `logits` is `[n, 1]` and hangs on the tape of `h`, `[n, units]`; the table of the v is
/// `[classes, units]`. Divided by √units, a v of unit normals adds as much as one of them at a time.
///
/// # Panics
/// If the shapes do not fit or a label has no row.
pub fn projection<T: Tape>(
    logits: Mat<T>,
    h: Mat,
    labels: &Labels,
    table: &Param,
    param_grad: &ParamGrad,
) -> Mat<T> {
    let (logits, mut tape) = logits.split_tape();
    let ((n, one), (rows, units)) = (*logits.shape(), *h.shape());
    assert_eq!((n, one, n), (rows, 1, labels.len()), "one logit and label a row");
    let scale = 1.0 / (units as f32).sqrt();
    let mut y = zeros(h.device(), n, 1);
    let rows = values(&h).chunks_exact(units).zip(labels.iter());
    for ((y, logit), (h, label)) in values_mut(&mut y).iter_mut().zip(values(&logits)).zip(rows) {
        *y = logit + scale * dot(h, row_of(table.values(), units, *label));
    }
    if T::OWNS_TAPE {
        let y = y.clone();
        let labels = Labels::clone(labels);
        let table_values = table.tensor().clone();
        let d_table = table.gradient_cell();
        let param_grad = param_grad.clone();
        tape.add_backward_op(move |gradients| {
            let dy = take_gradient(gradients, &y);
            let mut d_logits = take_gradient(gradients, &logits);
            for (d, dy) in d_logits.iter_mut().zip(&dy) {
                *d += dy;
            }
            put_gradient(gradients, &logits, d_logits);
            let mut dh = take_gradient(gradients, &h);
            for ((dh, dy), label) in dh.chunks_exact_mut(units).zip(&dy).zip(labels.iter()) {
                add_scaled(dh, row_of(values(&table_values), units, *label), dy * scale);
            }
            put_gradient(gradients, &h, dh);
            let weights = match &param_grad {
                ParamGrad::Frozen => None,
                ParamGrad::Plain => Some(vec![1.0; n]),
                ParamGrad::Weighted(weights) => Some(weights.get(n).clone()),
            };
            if let Some(weights) = weights {
                let mut d_table = d_table.borrow_mut();
                d_table.fill(0.0);
                let rows = values(&h).chunks_exact(units).zip(labels.iter());
                for ((h, label), (dy, weight)) in rows.zip(dy.iter().zip(&weights)) {
                    let row = &mut d_table[usize::from(*label) * units..][..units];
                    add_scaled(row, h, dy * weight * scale);
                }
            }
            put_gradient(gradients, &y, dy);
            Ok(())
        });
    }
    y.put_tape(tape)
}

fn row_of(table: &[f32], units: usize, label: u8) -> &[f32] {
    &table[usize::from(label) * units..][..units]
}

/// a·b, in lanes of a fixed number: the same bits on every machine.
#[multiversion(targets(
    "x86_64+avx512f+avx512bw+avx512cd+avx512dq+avx512vl+avx2+fma",
    "x86_64+avx2+fma"
))]
fn dot(a: &[f32], b: &[f32]) -> f32 {
    const LANES: usize = 16;
    let mut sums = [0.0f32; LANES];
    let (a, a_rest) = a.as_chunks::<LANES>();
    let (b, b_rest) = b.as_chunks::<LANES>();
    for (a, b) in a.iter().zip(b) {
        for (sum, (a, b)) in sums.iter_mut().zip(a.iter().zip(b)) {
            *sum += a * b;
        }
    }
    for (sum, (a, b)) in sums.iter_mut().zip(a_rest.iter().zip(b_rest)) {
        *sum += a * b;
    }
    sums.iter().sum()
}
