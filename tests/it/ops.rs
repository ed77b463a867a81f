//! The fused operations equal plain dfdx operations put together, outputs and every gradient, for
//! random shapes and seeds.

use std::rc::Rc;

use cgan_sweep::ops::MAX_PIECES;
use cgan_sweep::ops::dropout::{Dropout, dropout};
use cgan_sweep::ops::elementwise::Activation;
use cgan_sweep::ops::foreground::Foreground;
use cgan_sweep::ops::maxout::{Input, Maxout, PieceUsageCell, Pieces, maxout};
use cgan_sweep::ops::{
    Mat, Param, ParamGrad, RowWeights, by_class, dense, label, matrix, mix, values, values_mut,
};
use dfdx::prelude::*;
use dfdx::tensor::Gradients;
use proptest::prelude::*;
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

type Traced = OwnedTape<f32, Cpu>;

struct Case {
    device: Cpu,
    rng: ChaCha8Rng,
}

impl Case {
    fn new(seed: u64) -> Self {
        Self { device: Cpu::default(), rng: ChaCha8Rng::seed_from_u64(seed) }
    }

    fn mat(&mut self, rows: usize, columns: usize) -> Mat {
        let values: Vec<f32> =
            (0..rows * columns).map(|_| self.rng.random_range(-1.0..1.0)).collect();
        matrix(&self.device, &values, rows, columns)
    }

    /// Makes two thirds of the first rows of `x` background, and takes them off if that is enough.
    fn mostly_background(&mut self, x: &mut Mat, rows: usize) -> (Option<Rc<Foreground>>, Mat) {
        let (n, columns) = *x.shape();
        let top = &mut values_mut(x)[..rows * columns];
        for v in &mut *top {
            *v = if self.rng.random_range(0..3) > 0 { -1.0 } else { *v };
        }
        let above = Foreground::of(top, columns).map(Rc::new);
        let rows = above.as_ref().map_or(0, |above| above.len());
        let below = matrix(&self.device, &values(x)[rows * columns..], n - rows, columns);
        (above, below)
    }

    fn param(&mut self, rows: usize, columns: usize) -> (Param, Mat) {
        let tensor = self.mat(rows, columns);
        let copy = matrix(&self.device, values(&tensor), rows, columns);
        (Param::new("p", tensor), copy)
    }
}

/// Σ y·upstream, whose gradient of y is `upstream`.
fn weigh(y: Mat<Traced>, upstream: &Mat) -> Gradients<f32, Cpu> {
    (y * upstream.clone()).sum::<Rank0, _>().backward()
}

fn close(ours: &[f32], plain: &[f32], what: &str) {
    assert_eq!(ours.len(), plain.len(), "{what}");
    let size = plain.iter().fold(1e-3f32, |m, v| m.max(v.abs()));
    for (i, (a, b)) in ours.iter().zip(plain).enumerate() {
        assert!((a - b).abs() <= 2e-5 * size, "{what}[{i}]: {a} against dfdx's {b}");
    }
}

/// x·Wᵀ + b by plain dfdx.
fn plain_linear(x: Mat<Traced>, w: &Mat, b: &Mat) -> Mat<Traced> {
    let (n, _) = *x.shape();
    let (outputs, inputs) = *w.shape();
    let w = w.retaped::<Traced>().permute::<(usize, usize), Axes2<1, 0>>();
    debug_assert_eq!(*w.shape(), (inputs, outputs));
    let y = x.matmul(w);
    let b = b.retaped::<Traced>().reshape_like(&(outputs,));
    y + b.broadcast_like::<_, Axis<0>>(&(n, outputs))
}

/// Whether each unit's largest piece is larger than the others by more than rounding, or none is
/// above 0 where that is all the same. `pre` is `[n, k·units]`, row-major.
fn is_decided(pre: &[f32], k: usize, units: usize) -> bool {
    pre.chunks_exact(k * units).all(|row| {
        (0..units).all(|unit| {
            let (mut first, mut second) = (f32::NEG_INFINITY, f32::NEG_INFINITY);
            for value in row.iter().skip(unit).step_by(units) {
                if *value > first {
                    (first, second) = (*value, first);
                } else {
                    second = second.max(*value);
                }
            }
            first == 0.0 || (first.abs() > 1e-5 && first - second > 1e-5)
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn dense_layers(
        seed: u64, n in 1usize..20, inputs in 1usize..40, outputs in 1usize..40, kind in 0usize..4,
    ) {
        let mut case = Case::new(seed);
        let (x, up) = (case.mat(n, inputs), case.mat(n, outputs));
        let ((w, w2), (b, b2)) = (case.param(outputs, inputs), case.param(1, outputs));
        let activation =
            [Activation::Linear, Activation::Relu, Activation::Tanh, Activation::Sigmoid][kind];
        let y = dense::dense(x.leaky_trace(), 0..n, &w, &b, activation, &ParamGrad::Plain);
        let plain = plain_linear(x.leaky_trace(), &w2, &b2);
        let plain = match activation {
            Activation::Linear => plain,
            Activation::Relu => plain.relu(),
            Activation::Tanh => plain.tanh(),
            Activation::Sigmoid => plain.sigmoid(),
        };
        close(values(&y), &plain.as_vec(), "y");
        let (ours, theirs) = (weigh(y, &up), weigh(plain, &up));
        close(&ours.get(&x).as_vec(), &theirs.get(&x).as_vec(), "dx");
        close(&w.gradient(), &theirs.get(&w2).as_vec(), "dw");
        close(&b.gradient(), &theirs.get(&b2).as_vec(), "db");
    }

    #[test]
    fn maxout_layers(
        seed: u64, n in prop_oneof![1usize..20, 100usize..160], inputs in 1usize..60,
        units in 1usize..40, k in prop_oneof![9 => 1usize..7, 1 => Just(MAX_PIECES)], article: bool,
        rate in prop_oneof![Just(0.0), 0.1..0.9f64], weighted: bool, top in 0usize..20,
    ) {
        let mut case = Case::new(seed);
        let (mut x, up) = (case.mat(n, inputs), case.mat(n, units));
        let (above, below) = case.mostly_background(&mut x, top.min(n - 1));
        let (m, _) = *below.shape();
        let ((w, w2), (b, b2)) = (case.param(k * units, inputs), case.param(1, k * units));
        let mask = (article && rate > 0.0).then(|| Dropout::new(rate, seed));
        let pieces = if article { Pieces::ReluDropout(mask) } else { Pieces::Linear };
        let rows: Vec<f32> = (0..n).map(|i| 0.5 + i as f32 * 0.25).collect();
        let row_weights = RowWeights::unset();
        row_weights.set(&rows);
        let grad =
            if weighted { ParamGrad::Weighted(row_weights) } else { ParamGrad::Plain };
        let wins = PieceUsageCell::default();
        let layer = Maxout { weight: &w, bias: &b, units, pieces, wins: &wins };
        let h =
            maxout(Input { above, ..Input::of(below.leaky_trace(), 0..m) }, &layer, &grad);

        let pieces_of = || {
            let mut pre = plain_linear(x.leaky_trace(), &w2, &b2);
            if article {
                pre = pre.relu();
            }
            if let Some(mask) = mask {
                let kept: Vec<f32> = (0..n * k * units)
                    .map(|i| if mask.keeps(i as u32) { mask.scale() } else { 0.0 })
                    .collect();
                pre = pre * matrix(&case.device, &kept, n, k * units);
            }
            pre
        };
        // Which of two pieces wins that are equal but for rounding is nobody's fault.
        prop_assume!(is_decided(&pieces_of().as_vec(), k, units));
        let composed =
            || pieces_of().reshape_like(&(n, k, units)).max::<(usize, usize), Axis<1>>();
        let plain = composed();
        let plain_h = plain.as_vec();
        close(values(&h), &plain_h, "h");
        let ours = weigh(h, &up);
        let theirs = weigh(plain, &up);
        let plain_dx = theirs.get(&x).as_vec();
        close(&ours.get(&below).as_vec(), &plain_dx[(n - m) * inputs..], "dx");
        // The pieces that won are those with a gradient: no two of these random ones are equal.
        let plain_dh = theirs.get(&b2).as_vec();
        let (chances, none) = wins.borrow().zeros();
        prop_assert_eq!(chances, (n * units) as u64);
        prop_assert_eq!(none, plain_h.iter().filter(|h| **h == 0.0).count() as u64);
        for (won, db) in wins.borrow().won().iter().zip(&plain_dh) {
            prop_assert_eq!(*won, *db != 0.0);
        }
        let scale: Vec<f32> = (0..n)
            .flat_map(|i| vec![if weighted { rows[i] } else { 1.0 }; units])
            .collect();
        let scaled = up.clone() * matrix(&case.device, &scale, n, units);
        let theirs = weigh(composed(), &scaled);
        close(&w.gradient(), &theirs.get(&w2).as_vec(), "dw");
        close(&b.gradient(), &theirs.get(&b2).as_vec(), "db");
    }

    #[test]
    fn layers_on_labels(
        seed: u64, n in 1usize..30, classes in 2usize..12, units in 1usize..20, k in 1usize..6,
    ) {
        let mut case = Case::new(seed);
        let labels: Vec<u8> = (0..n).map(|_| case.rng.random_range(0..classes) as u8).collect();
        let labels: Rc<[u8]> = labels.into();
        let one_hot: Mat = label::one_hot(&case.device, &labels, classes);
        let grad = ParamGrad::Plain;

        let up = case.mat(n, units);
        let ((w, w2), (b, b2)) = (case.param(units, classes), case.param(1, units));
        let y: Mat<Traced> = label::dense(&labels, &w, &b, Activation::Relu, &grad);
        let plain = plain_linear(one_hot.leaky_trace(), &w2, &b2).relu();
        close(values(&y), &plain.as_vec(), "y");
        weigh(y, &up);
        let theirs = weigh(plain, &up);
        close(&w.gradient(), &theirs.get(&w2).as_vec(), "dw");
        close(&b.gradient(), &theirs.get(&b2).as_vec(), "db");

        let ((w, w2), (b, b2)) = (case.param(k * units, classes), case.param(1, k * units));
        let (pieces, wins) = (Pieces::Linear, PieceUsageCell::default());
        let layer = Maxout { weight: &w, bias: &b, units, pieces, wins: &wins };
        let h: Mat<Traced> = label::maxout(&labels, &layer, &grad);
        let plain = plain_linear(one_hot.leaky_trace(), &w2, &b2)
            .reshape_like(&(n, k, units))
            .max::<(usize, usize), Axis<1>>();
        close(values(&h), &plain.as_vec(), "h");
        weigh(h, &up);
        let theirs = weigh(plain, &up);
        close(&w.gradient(), &theirs.get(&w2).as_vec(), "maxout dw");
        close(&b.gradient(), &theirs.get(&b2).as_vec(), "maxout db");

        let (table, table2) = case.param(classes, units);
        let e: Mat<Traced> = label::embedding(&labels, &table, &grad);
        let plain = one_hot.leaky_trace().matmul(table2.retaped::<Traced>());
        close(values(&e), &plain.as_vec(), "rows of the table");
        weigh(e, &up);
        close(&table.gradient(), &weigh(plain, &up).get(&table2).as_vec(), "d table");
    }

    #[test]
    fn a_branch_that_knows_only_the_label(
        seed: u64, n in 1usize..30, classes in 2usize..12, p in 1usize..20, q in 1usize..20,
        outputs in 1usize..30, relu: bool,
    ) {
        let mut case = Case::new(seed);
        let labels: Vec<u8> = (0..n).map(|_| case.rng.random_range(0..classes) as u8).collect();
        let labels: Rc<[u8]> = labels.into();
        let one_hot: Mat = label::one_hot(&case.device, &labels, classes);
        let (a, t, up) = (case.mat(n, p), case.mat(classes, q), case.mat(n, outputs));
        let ((w, w2), (b, b2)) = (case.param(outputs, p + q), case.param(1, outputs));
        let activation = if relu { Activation::Relu } else { Activation::Linear };
        let y = by_class::dense(a.leaky_trace(), t.leaky_trace(), &labels, &w, &b, activation);
        let rows = one_hot.leaky_trace().matmul(t.retaped::<Traced>());
        let x: Mat<Traced> = (a.leaky_trace(), rows).concat_along(Axis::<1>).realize();
        let plain = plain_linear(x, &w2, &b2);
        let plain = if relu { plain.relu() } else { plain };
        close(values(&y), &plain.as_vec(), "y");
        let (ours, theirs) = (weigh(y, &up), weigh(plain, &up));
        close(&ours.get(&a).as_vec(), &theirs.get(&a).as_vec(), "da");
        close(&ours.get(&t).as_vec(), &theirs.get(&t).as_vec(), "dt");
        close(&w.gradient(), &theirs.get(&w2).as_vec(), "dw");
        close(&b.gradient(), &theirs.get(&b2).as_vec(), "db");
    }

    #[test]
    fn branches_side_by_side_and_dropout(
        seed: u64, n in 1usize..20, p in 1usize..20, q in 1usize..20, rate in 0.1..0.9f64,
    ) {
        let mut case = Case::new(seed);
        let (a, b, up) = (case.mat(n, p), case.mat(n, q), case.mat(n, p + q));
        let mask = Dropout::new(rate, seed);
        let y = dropout(mix::beside(a.leaky_trace(), b.leaky_trace()), Some(mask));
        let kept: Vec<f32> = (0..n * (p + q))
            .map(|i| if mask.keeps(i as u32) { mask.scale() } else { 0.0 })
            .collect();
        let kept = matrix(&case.device, &kept, n, p + q);
        let plain = (a.leaky_trace(), b.leaky_trace()).concat_along(Axis::<1>) * kept;
        let plain: Mat<Traced> = plain.realize();
        close(values(&y), &plain.as_vec(), "y");
        let (ours, theirs) = (weigh(y, &up), weigh(plain, &up));
        close(&ours.get(&a).as_vec(), &theirs.get(&a).as_vec(), "da");
        close(&ours.get(&b).as_vec(), &theirs.get(&b).as_vec(), "db");
    }
}

#[test]
fn gradients_leave_d_into_the_fakes_by_their_weights() {
    let mut case = Case::new(11);
    let (n, m, p) = (3, 4, 9);
    let (real, fake, up) = (case.mat(n, p), case.mat(m, p), case.mat(n + m, p));
    let weights = RowWeights::unset();
    weights.set(&[0.5, -2.0, 0.0, 3.0]);
    let x = mix::real_above_fake(values(&real), mix::weighted(fake.leaky_trace(), &weights));
    assert_eq!(values(&x), [values(&real), values(&fake)].concat());
    let plain = (real.leaky_trace(), fake.leaky_trace()).concat_along(Axis::<0>);
    let plain: Mat<Traced> = plain.realize();
    let scale: Vec<f32> = [0.5, -2.0, 0.0, 3.0].iter().flat_map(|w| vec![*w; p]).collect();
    let want = weigh(plain, &up).get(&fake) * matrix(&case.device, &scale, m, p);
    close(&weigh(x, &up).get(&fake).as_vec(), &want.as_vec(), "d fake");
}

#[test]
fn threads_do_not_change_a_bit() {
    let step = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let mut case = Case::new(7);
            let (n, inputs, units, k) = (151, 131, 41, 5);
            let mut x = case.mat(n, inputs);
            let (above, below) = case.mostly_background(&mut x, 31);
            assert!(above.is_some());
            let up = case.mat(n, units);
            let ((w, _), (b, _)) = (case.param(k * units, inputs), case.param(1, k * units));
            let mask = Some(Dropout::new(0.5, 3));
            let pieces = Pieces::ReluDropout(mask);
            let grad = ParamGrad::Plain;
            let wins = PieceUsageCell::default();
            let layer = Maxout { weight: &w, bias: &b, units, pieces, wins: &wins };
            let input = Input { above, ..Input::of(below.leaky_trace(), 0..n - 31) };
            let h = maxout(input, &layer, &grad);
            let y = values(&h).to_vec();
            let grads = weigh(h, &up);
            let (dw, db) = (w.gradient().to_vec(), b.gradient().to_vec());
            [y, grads.get(&below).as_vec(), dw, db].map(|v| v.iter().map(|f| f.to_bits()).collect())
        })
    };
    let one: [Vec<u32>; 4] = step(1);
    for threads in [2, 3, 4] {
        assert_eq!(one, step(threads), "{threads} threads");
    }
}
