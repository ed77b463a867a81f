//! Each operation of a step of preset `article` beside the machine's measured single-thread peak,
//! and beside the same thing put together from plain dfdx operations: `cargo bench --bench ops`.
//!
//! GFLOP counts the arithmetic that the operation does: of a maxout layer's backward pass that of
//! the winners alone, of the images' product that of the foreground.

use std::hint::black_box;
use std::rc::Rc;
use std::time::Instant;

use cgan_sweep::ops::dropout::Dropout;
use cgan_sweep::ops::elementwise::{Activation, bias_activation};
use cgan_sweep::ops::foreground::Foreground;
use cgan_sweep::ops::label::Labels;
use cgan_sweep::ops::maxout::{Input, Maxout, PieceUsageCell, Pieces, maxout};
use cgan_sweep::ops::{Mat, Param, ParamGrad, by_class, dense, matrix};
use dfdx::prelude::*;
use multiversion::multiversion;

/// Images of D's pass: 256 real ones above 256 fakes.
const N: usize = 512;

#[expect(clippy::print_stdout, reason = "a benchmark's result")]
fn main() {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a pool");
    pool.install(|| {
        // Two dozen or a dozen registers of AVX-512, or a dozen of AVX2: more sums than registers spill.
        let peak = [
            peak(24, multiply_adds::<24>),
            peak(12, multiply_adds::<12>),
            peak(6, multiply_adds::<6>),
        ];
        let peak = peak.into_iter().fold(0.0, f64::max);
        println!("measured peak of one thread: {peak:.0} GFLOP/s\n");
        println!("| operation | ms | GFLOP | share of peak | plain dfdx, ms |");
        println!("|---|--:|--:|--:|--:|");
        let row = |name: &str, seconds: f64, flop: f64, plain: Option<f64>| {
            let gflop = flop / 1e9;
            let share = if flop > 0.0 {
                format!("{:.0} %", 100.0 * gflop / seconds / peak)
            } else {
                "—".into()
            };
            let plain = plain.map_or("—".into(), |s| format!("{:.2}", s * 1e3));
            println!("| {name} | {:.2} | {gflop:.2} | {share} | {plain} |", seconds * 1e3);
        };
        let device = Cpu::default();
        device.enable_cache();
        dense_layers(&device, &row);
        maxout_layers(&device, &row);
        elementwise(&row);
    });
}

type Row<'a> = &'a dyn Fn(&str, f64, f64, Option<f64>);

fn dense_layers(device: &Cpu, row: Row<'_>) {
    let n = 256;
    for (name, inputs, outputs, activation) in [
        ("G's output layer, tanh", 512, 784, Activation::Tanh),
        ("G's joint layer, as a plain dense one", 512, 512, Activation::Relu),
    ] {
        let flop = 2.0 * (n * inputs * outputs) as f64;
        let x = random(device, n, inputs);
        let (w, b) = (param(device, outputs, inputs), param(device, 1, outputs));
        let forward =
            best(|| _ = dense::dense(x.clone(), 0..n, &w, &b, activation, &ParamGrad::Plain));
        let plain = best(|| {
            let y = plain_linear(x.clone(), &w, &b);
            _ = if activation == Activation::Tanh { y.tanh() } else { y.relu() };
        });
        row(&format!("{name}: forward"), forward, flop, Some(plain));
        let both = best(|| {
            let x = x.leaky_trace();
            let y = dense::dense(x, 0..n, &w, &b, activation, &ParamGrad::Plain);
            _ = y.sum::<Rank0, _>().backward();
        });
        let plain = best(|| {
            let y = plain_linear(x.leaky_trace(), &w, &b);
            let y = if activation == Activation::Tanh { y.tanh() } else { y.relu() };
            _ = y.sum::<Rank0, _>().backward();
        });
        row(&format!("{name}: forward and backward"), both, 3.0 * flop, Some(plain));
    }
    let (z, y) = (random(device, n, 256), random(device, 10, 256));
    let labels: Labels = (0..n).map(|i| (i % 10) as u8).collect();
    let (w, b) = (param(device, 512, 512), param(device, 1, 512));
    let both = best(|| {
        let (z, y) = (z.leaky_trace(), y.leaky_trace());
        let h = by_class::dense(z, y, &labels, &w, &b, Activation::Relu);
        _ = h.sum::<Rank0, _>().backward();
    });
    let flop = 6.0 * ((n + 10) * 256 * 512) as f64;
    row("G's joint layer, labels once a class: forward and backward", both, flop, None);
}

fn maxout_layers(device: &Cpu, row: Row<'_>) {
    for (name, inputs, units, k, wanted) in
        [("D's image layer", 784, 240, 5, 0..N / 2), ("D's joint layer", 290, 240, 4, 0..N)]
    {
        let outputs = k * units;
        let mut images = random(device, N, inputs);
        let above = (inputs == 784).then(|| {
            let top = &mut cgan_sweep::ops::values_mut(&mut images)[..N / 2 * inputs];
            for (i, v) in top.iter_mut().enumerate() {
                *v = if i.is_multiple_of(5) { *v } else { -1.0 };
            }
            Rc::new(Foreground::of(top, inputs).expect("a fifth stands out"))
        });
        let (x, all) = match &above {
            Some(_) => {
                let fakes = &cgan_sweep::ops::values(&images)[N / 2 * inputs..];
                (matrix(device, fakes, N / 2, inputs), images)
            }
            None => (images.clone(), images),
        };
        let (w, b) = (param(device, outputs, inputs), param(device, 1, outputs));
        let wins = PieceUsageCell::default();
        let pieces = Pieces::ReluDropout(Some(Dropout::new(0.5, 7)));
        let layer = Maxout { weight: &w, bias: &b, units, pieces, wins: &wins };
        let dense_flop = 2.0 * (N * inputs * outputs) as f64;
        let half = if above.is_some() { 0.5 + 0.5 / 5.0 } else { 1.0 };
        let forward = best(|| {
            let input = Input { above: above.clone(), ..Input::of(x.clone(), wanted.clone()) };
            _ = maxout(input, &layer, &ParamGrad::Plain);
        });
        let plain = best(|| _ = plain_maxout(all.clone(), &w, &b, k, units));
        row(&format!("{name}: forward"), forward, half * dense_flop, Some(plain));
        let both = best(|| {
            let x = x.leaky_trace();
            let input = Input { above: above.clone(), ..Input::of(x, wanted.clone()) };
            let h = maxout(input, &layer, &ParamGrad::Plain);
            _ = h.sum::<Rank0, _>().backward();
        });
        let (chances, none) = wins.borrow().zeros();
        let won = 1.0 - none as f64 / chances as f64;
        let backward_flop = 2.0 * won * ((N + wanted.len()) * inputs * units) as f64;
        let plain_both = best(|| {
            let h = plain_maxout(all.leaky_trace(), &w, &b, k, units);
            _ = h.sum::<Rank0, _>().backward();
        });
        let plain = Some(plain_both - plain);
        row(&format!("{name}: backward, winners only"), both - forward, backward_flop, plain);
    }
}

fn elementwise(row: Row<'_>) {
    let mut y = vec![0.3f32; 256 * 784];
    let bias = vec![0.01f32; 784];
    let tanh = best(|| bias_activation(&mut y, &bias, Activation::Tanh));
    row("bias and tanh of 256 images", tanh, 0.0, None);
}

/// The shortest of many runs, in seconds.
fn best(mut work: impl FnMut()) -> f64 {
    (0..40)
        .map(|_| {
            let start = Instant::now();
            work();
            start.elapsed().as_secs_f64()
        })
        .fold(f64::INFINITY, f64::min)
}

/// GFLOP/s of a loop over so many sums of 16 lanes.
fn peak(sums: u32, multiply_adds: fn(usize) -> f32) -> f64 {
    const TIMES: usize = 10_000_000;
    let flop = 2.0 * 16.0 * f64::from(sums) * TIMES as f64;
    flop / best(|| _ = black_box(multiply_adds(TIMES))) / 1e9
}

/// As many independent multiply-adds as the machine takes at once.
#[multiversion(targets(
    "x86_64+avx512f+avx512bw+avx512cd+avx512dq+avx512vl+avx2+fma",
    "x86_64+avx2+fma"
))]
fn multiply_adds<const SUMS: usize>(times: usize) -> f32 {
    let (a, b) = (black_box(0.5f32), black_box(1e-9f32));
    let mut sums = [[0.0f32; 16]; SUMS];
    for _ in 0..times {
        for sum in &mut sums {
            for lane in sum {
                *lane = a.mul_add(*lane, b);
            }
        }
    }
    sums.iter().flatten().sum()
}

fn random(device: &Cpu, rows: usize, columns: usize) -> Mat {
    let values: Vec<f32> =
        (0..rows * columns).map(|i| (i as f32 * 0.618_034).fract() * 2.0 - 1.0).collect();
    matrix(device, &values, rows, columns)
}

fn param(device: &Cpu, rows: usize, columns: usize) -> Param {
    Param::new("p", random(device, rows, columns))
}

fn plain_linear<T: Tape<f32, Cpu> + Merge<T>>(x: Mat<T>, w: &Param, b: &Param) -> Mat<T>
where
    Tensor<(usize, usize), f32, Cpu, T>: TryMatMul<Mat<T>, Output = Mat<T>>,
{
    let n = x.shape().0;
    let [outputs, _] = w.shape();
    let w = w.tensor().retaped::<T>().permute::<(usize, usize), Axes2<1, 0>>();
    let b = b.tensor().retaped::<T>().reshape_like(&(outputs,));
    x.matmul(w) + b.broadcast_like::<(usize, usize), Axis<0>>(&(n, outputs))
}

fn plain_maxout<T: Tape<f32, Cpu> + Merge<T>>(
    x: Mat<T>,
    w: &Param,
    b: &Param,
    k: usize,
    units: usize,
) -> Mat<T>
where
    Tensor<(usize, usize), f32, Cpu, T>: TryMatMul<Mat<T>, Output = Mat<T>>,
{
    let n = x.shape().0;
    let h = plain_linear(x, w, b).relu().dropout(0.5);
    h.reshape_like(&(n, k, units)).max::<(usize, usize), Axis<1>>()
}
