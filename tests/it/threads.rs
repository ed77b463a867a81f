//! A run may use several threads: no bit depends on how many.

use cgan_sweep::gan::CganSettings;
use cgan_sweep::gan::Gan;
use cgan_sweep::model::Batch;
use cgan_sweep::model::StepInfo;
use cgan_sweep::model::Stream;
use cgan_sweep::ops::matmul::{Operand, matmul, matmul_columns};
use dfdx::tensor::Cpu;

const THREADS: [usize; 4] = [2, 3, 5, 8];

fn with_threads<R: Send>(threads: usize, work: impl FnOnce() -> R + Send) -> R {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(work)
}

fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|v| v.to_bits()).collect()
}

#[test]
fn products_are_split_without_changing_a_bit() {
    // Widths just above, at and between multiples of the vectors; sums longer than a block of
    // gemm's; hardly any rows.
    let shapes = [
        (64, 200, 129),
        (129, 64, 130),
        (256, 300, 512),
        (65, 900, 700),
        (48, 784, 512),
        (2, 3_000, 700),
        (2, 3_000, 200),
    ];
    for (rows, inner, columns) in shapes {
        let values = |n: usize| (0..n).map(|i| (i as f32 * 0.37).sin()).collect::<Vec<f32>>();
        let (a, b) = (values(rows * inner), values(inner * columns));
        let product = |kind: usize| {
            let mut out = values(rows * columns);
            let plain = (Operand::new(&a, rows, inner), Operand::new(&b, inner, columns));
            match kind {
                0 => matmul(plain.0, plain.1, &mut out, true),
                1 => matmul(plain.0, Operand::new(&b, columns, inner).t(), &mut out, false),
                2 => matmul(Operand::new(&a, inner, rows).t(), plain.1, &mut out, false),
                _ => {
                    let right = plain.1.columns(3..columns - 2);
                    matmul_columns(plain.0, right, &mut out, columns, 2, true);
                }
            }
            bits(&out)
        };
        for kind in 0..4 {
            let one = with_threads(1, || product(kind));
            for threads in THREADS {
                let some = with_threads(threads, || product(kind));
                assert_eq!(one, some, "{rows}×{inner}×{columns}, kind {kind}, {threads} threads");
            }
        }
    }
}

#[test]
fn a_step_on_several_threads_leaves_the_same_networks() {
    const PIXELS: usize = 784;
    const CLASSES: usize = 10;
    const N: usize = 48;
    let train = |threads| {
        with_threads(threads, || {
            let settings = CganSettings::article();
            let mut gan = Gan::new(&Cpu::default(), Stream::new(3), &settings, CLASSES, PIXELS);
            // Mostly background in the first step, not so in the second: D's two ways in.
            for (step, every) in [(0, 5), (1, 2)] {
                let pixel =
                    |i: usize| if i.is_multiple_of(every) { (i as f32).sin() } else { -1.0 };
                let pixels: Vec<f32> = (0..N * PIXELS).map(pixel).collect();
                let labels: Vec<u8> = (0..N).map(|i| (i % CLASSES) as u8).collect();
                let at = StepInfo { step, steps: 2, steps_per_epoch: 2 };
                gan.step(&[Batch { pixels: &pixels, labels: &labels }], at).unwrap();
            }
            let params = [gan.generator.params(), gan.discriminator.params()].concat();
            params.iter().map(|p| (p.name().to_owned(), bits(p.values()))).collect::<Vec<_>>()
        })
    };
    let one = train(1);
    for threads in THREADS {
        for (one, some) in one.iter().zip(train(threads)) {
            assert!(*one == some, "{} with {threads} threads", one.0);
        }
    }
}
