//! Putting matrices together: side by side (branches) and one above the other (real and fake).

use dfdx::shapes::HasShape;
use dfdx::tensor::{PutTape, SplitTape};

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

/// Real images above fakes: `[n, p]` and `[m, p]` give `[n + m, p]`.
///
/// The tape behind runs through D and carries gradients of logits; here they leave D, and row i
/// becomes G's by its weight, ∂L_G/∂logit_i.
///
/// # Panics
/// If the widths differ.
pub fn real_above_fake<T: Tape>(real: &[f32], fake: Mat<T>, fake_weights: &RowWeights) -> Mat<T> {
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
        let fake_weights = fake_weights.clone();
        tape.add_backward_op(move |gradients| {
            let dy = take_gradient(gradients, &y);
            let mut d = take_gradient(gradients, &fake);
            let weights = fake_weights.get(m);
            for ((d, dy), w) in
                d.chunks_exact_mut(p).zip(dy[n * p..].chunks_exact(p)).zip(weights.iter())
            {
                for (d, dy) in d.iter_mut().zip(dy) {
                    *d += w * dy;
                }
            }
            put_gradient(gradients, &fake, d);
            put_gradient(gradients, &y, dy);
            Ok(())
        });
    }
    y.put_tape(tape)
}
