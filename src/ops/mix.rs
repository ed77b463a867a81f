//! Putting matrices together: side by side (branches) and one above the other (real and fake).

use dfdx::shapes::HasShape;
use dfdx::tensor::{PutTape, SplitTape};

use super::elementwise::{add_scaled, scale_rows};
use super::{Mat, RowWeights, Tape, put_gradient, take_gradient, values, values_mut, zeros};

/// `[a | b]`: `[n, p]` and `[n, q]` give `[n, p + q]`.
///
/// # Panics
/// If the numbers of rows differ.
pub fn beside<T: Tape>(a: Mat<T>, b: Mat<T>) -> Mat<T> {
    let (a, a_tape) = a.split_tape();
    let (b, b_tape) = b.split_tape();
    let mut tape = dfdx::tensor::Merge::merge(a_tape, b_tape);
    let ((n, p), (m, q)) = (*a.shape(), *b.shape());
    assert_eq!(n, m, "rows of two branches");
    let mut y = zeros(a.device(), n, p + q);
    for (y, (a, b)) in values_mut(&mut y)
        .chunks_exact_mut(p + q)
        .zip(values(&a).chunks_exact(p).zip(values(&b).chunks_exact(q)))
    {
        y[..p].copy_from_slice(a);
        y[p..].copy_from_slice(b);
    }
    if T::OWNS_TAPE {
        let y = y.clone();
        tape.add_backward_op(move |gradients| {
            let dy = take_gradient(gradients, &y);
            for (part, skip, width) in [(&a, 0, p), (&b, p, q)] {
                let mut d = take_gradient(gradients, part);
                for (d, dy) in d.chunks_exact_mut(width).zip(dy.chunks_exact(p + q)) {
                    for (d, dy) in d.iter_mut().zip(&dy[skip..skip + width]) {
                        *d += dy;
                    }
                }
                put_gradient(gradients, part, d);
            }
            put_gradient(gradients, &y, dy);
            Ok(())
        });
    }
    y.put_tape(tape)
}

/// `x` itself; backwards, row i of its gradient is multiplied by its weight.
///
/// The tape behind runs through D and carries gradients of logits; where they leave D into the
/// fakes, row i becomes that of G's loss by ∂L_G/∂logit_i. Nothing else may use `x`.
pub fn weighted<T: Tape>(x: Mat<T>, weights: &RowWeights) -> Mat<T> {
    let (x, mut tape) = x.split_tape();
    if T::OWNS_TAPE {
        let (rows, _) = *x.shape();
        let (x, weights) = (x.clone(), weights.clone());
        tape.add_backward_op(move |gradients| {
            let mut dx = take_gradient(gradients, &x);
            scale_rows(&mut dx, &weights.get(rows));
            put_gradient(gradients, &x, dx);
            Ok(())
        });
    }
    x.put_tape(tape)
}

/// Real images, without gradients, above fakes: `[n, p]` and `[m, p]` give `[n + m, p]`.
///
/// # Panics
/// If the widths differ.
pub fn real_above_fake<T: Tape>(real: &[f32], fake: Mat<T>) -> Mat<T> {
    let (fake, mut tape) = fake.split_tape();
    let (m, p) = *fake.shape();
    assert_eq!(real.len() % p, 0, "pixels of real images");
    let n = real.len() / p;
    let mut y = zeros(fake.device(), n + m, p);
    let (top, bottom) = values_mut(&mut y).split_at_mut(n * p);
    top.copy_from_slice(real);
    bottom.copy_from_slice(values(&fake));
    if T::OWNS_TAPE {
        let y = y.clone();
        tape.add_backward_op(move |gradients| {
            let dy = take_gradient(gradients, &y);
            let mut d = take_gradient(gradients, &fake);
            for (d, dy) in d.iter_mut().zip(&dy[n * p..]) {
                *d += dy;
            }
            put_gradient(gradients, &fake, d);
            put_gradient(gradients, &y, dy);
            Ok(())
        });
    }
    y.put_tape(tape)
}

/// The rows of `x`, and below them its first `count` rows again: `[n, p]` gives `[n + count, p]`.
///
/// The tape behind carries gradients of logits, one a row: a row that is there twice has two, which
/// only a loss can add up. So its gradient becomes that of D's loss, each copy's multiplied by
/// ∂L_D/∂logit, one weight a row of the result; the rows that are there once keep theirs.
///
/// # Panics
/// If there are not so many rows.
pub fn first_again<T: Tape>(x: Mat<T>, count: usize, weights: &RowWeights) -> Mat<T> {
    let (x, mut tape) = x.split_tape();
    let (n, p) = *x.shape();
    let mut y = zeros(x.device(), n + count, p);
    let (top, bottom) = values_mut(&mut y).split_at_mut(n * p);
    top.copy_from_slice(values(&x));
    bottom.copy_from_slice(&values(&x)[..count * p]);
    if T::OWNS_TAPE {
        let (y, weights) = (y.clone(), weights.clone());
        tape.add_backward_op(move |gradients| {
            let dy = take_gradient(gradients, &y);
            let mut dx = take_gradient(gradients, &x);
            let weights = weights.get(n + count);
            let (above, below) = dy.split_at(n * p);
            for (row, (dx, dy)) in dx.chunks_exact_mut(p).zip(above.chunks_exact(p)).enumerate() {
                let weight = if row < count { weights[row] } else { 1.0 };
                add_scaled(dx, dy, weight);
            }
            let rows = dx.chunks_exact_mut(p).zip(below.chunks_exact(p));
            for ((dx, dy), weight) in rows.zip(&weights[n..]) {
                add_scaled(dx, dy, *weight);
            }
            put_gradient(gradients, &x, dx);
            put_gradient(gradients, &y, dy);
            Ok(())
        });
    }
    y.put_tape(tape)
}
