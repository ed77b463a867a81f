//! Training the scorer with dfdx: the same bits on the same machine whatever else runs.

use dfdx::optim::AdamConfig;
use dfdx::prelude::*;
use rand::Rng;
use rand::seq::SliceRandom;
use rand_distr::{Distribution, Normal};

use super::network::{Architecture, Layer, Parameters};
use super::unfold::{Picture, fold_add, unfold};
use crate::error::{Context, Error, Result};
use crate::model::{Purpose, Stream};

/// Raised by hand whenever the same images may give another scorer than before.
pub(super) const RECIPE: u32 = 1;
const BATCH: usize = 128;
const LEARNING_RATE: f64 = 2e-3;
/// Largest shift of an image each way, in pixels, so that the scorer does not read positions.
const SHIFT: usize = 2;

type Matrix<T = NoneTape> = Tensor<(usize, usize), f32, Cpu, T>;

/// Labelled images in [0, 1], `labels.len() × height × width`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Labelled<'a> {
    pub(super) images: &'a [f32],
    pub(super) labels: &'a [u8],
}

/// Trains from scratch: Adam on cross-entropy, its rate falling to 0 along a cosine, over `epochs`
/// passes in batches of 128. `progress(epoch, mean loss)` is called after each.
///
/// # Errors
/// If dfdx reports one, or no thread can be started.
pub(super) fn train(
    architecture: Architecture,
    data: Labelled<'_>,
    epochs: usize,
    stream: Stream,
    progress: &(dyn Fn(usize, f64) + Sync),
) -> Result<Parameters> {
    // dfdx's products ask the current pool how many threads to use. A pool of one, entered from a
    // plain thread: a worker of another pool that waited here would take up other work.
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().context("a thread")?;
    std::thread::scope(|scope| {
        let work = || pool.install(|| train_here(architecture, data, epochs, stream, progress));
        std::thread::Builder::new()
            .spawn_scoped(scope, work)
            .context("cannot start a thread")?
            .join()
            .map_err(|_| Error::invalid("the scorer's training panicked"))?
    })
}

fn train_here(
    architecture: Architecture,
    data: Labelled<'_>,
    epochs: usize,
    stream: Stream,
    progress: &(dyn Fn(usize, f64) + Sync),
) -> Result<Parameters> {
    let dev = Cpu::default();
    let mut parameters = Vec::new();
    for layer in architecture.layers() {
        parameters.extend(initial(&dev, layer, stream)?);
    }
    let pixels = architecture.pictures()[0].len();
    let n = data.labels.len();
    let steps = (epochs * n.div_ceil(BATCH)) as f64;
    let mut step = 0;
    for epoch in 0..epochs {
        let mut order: Vec<usize> = (0..n).collect();
        order.shuffle(&mut stream.rng(Purpose::Score("scorer-shuffle"), epoch as u64, 0));
        let mut shifts = stream.rng(Purpose::Score("scorer-shift"), epoch as u64, 0);
        let mut loss_sum = 0.0;
        for batch in order.chunks(BATCH) {
            let mut images = vec![0.0; batch.len() * pixels];
            let mut targets = vec![0.0; batch.len() * architecture.classes];
            for (place, &i) in batch.iter().enumerate() {
                let shift = [(); 2].map(|()| shifts.random_range(0..=2 * SHIFT));
                let image = &data.images[i * pixels..][..pixels];
                let out = &mut images[place * pixels..][..pixels];
                shifted(image, architecture.width, shift, out);
                targets[place * architecture.classes + usize::from(data.labels[i])] = 1.0;
            }
            let targets = dev.tensor_from_vec(targets, (batch.len(), architecture.classes));
            let logits = forward(&dev, architecture, &parameters, &images)?;
            let loss = cross_entropy_with_logits_loss(logits, targets);
            loss_sum += f64::from(loss.array()) * batch.len() as f64;
            let mut gradients = loss.backward();
            let done = f64::from(step) / steps;
            let rate = 0.5 * LEARNING_RATE * (1.0 + libm::cos(std::f64::consts::PI * done));
            step += 1;
            let adam = AdamConfig { lr: rate, ..AdamConfig::default() };
            for parameter in &mut parameters {
                parameter.update(&adam, step, &mut gradients)?;
            }
        }
        progress(epoch, loss_sum / n as f64);
    }
    Ok(finished(architecture, &parameters))
}

fn finished(architecture: Architecture, parameters: &[Trained]) -> Parameters {
    let values = |i: usize| parameters[i].value.as_vec();
    Parameters { architecture, layers: [0, 1, 2, 3].map(|i| (values(2 * i), values(2 * i + 1))) }
}

/// A parameter (a bias is a matrix of one row) with Adam's moments.
struct Trained {
    value: Matrix,
    moment1: <Cpu as Storage<f32>>::Vec,
    moment2: <Cpu as Storage<f32>>::Vec,
}

impl Trained {
    fn new(value: Matrix) -> Result<Self> {
        let zeros = Gradients::leaky().get_or_alloc_mut(&value)?.clone();
        Ok(Self { value, moment1: zeros.clone(), moment2: zeros })
    }

    fn update(
        &mut self,
        adam: &AdamConfig,
        t: i32,
        gradients: &mut Gradients<f32, Cpu>,
    ) -> Result<()> {
        let gradient = gradients.get_or_alloc_mut(&self.value)?;
        adam.try_update(t, &mut self.value, &mut self.moment1, &mut self.moment2, gradient)?;
        Ok(())
    }
}

/// He-normal weights and zero biases.
fn initial(dev: &Cpu, layer: Layer, stream: Stream) -> Result<[Trained; 2]> {
    let Layer { name, inputs, outputs } = layer;
    let normal = Normal::new(0.0, (2.0 / inputs as f32).sqrt())
        .map_err(Error::other)
        .context("a layer without inputs")?;
    let mut rng = stream.rng(Purpose::Init(name), 0, 0);
    let weights = (0..inputs * outputs).map(|_| normal.sample(&mut rng)).collect();
    Ok([
        Trained::new(dev.try_tensor_from_vec(weights, (inputs, outputs))?)?,
        Trained::new(dev.try_tensor_from_vec(vec![0.0; outputs], (1, outputs))?)?,
    ])
}

/// Copies an image moved by `shift` - [`SHIFT`] pixels down and right; what comes in is 0.
fn shifted(image: &[f32], width: usize, [down, right]: [usize; 2], out: &mut [f32]) {
    for (y, line) in out.chunks_exact_mut(width).enumerate() {
        for (x, pixel) in line.iter_mut().enumerate() {
            let from = ((y + SHIFT).wrapping_sub(down), (x + SHIFT).wrapping_sub(right));
            if from.1 < width
                && let Some(value) = image.get(from.0.wrapping_mul(width).wrapping_add(from.1))
            {
                *pixel = *value;
            }
        }
    }
}

/// The logits of a batch of images, as [`Parameters::see`] computes them, on dfdx's tape.
fn forward(
    dev: &Cpu,
    architecture: Architecture,
    parameters: &[Trained],
    images: &[f32],
) -> Result<Matrix<OwnedTape<f32, Cpu>>> {
    let [image, hidden] = architecture.pictures();
    let n = images.len() / image.len();
    let layer = |rows: Matrix<OwnedTape<f32, Cpu>>, i: usize| -> Result<_> {
        let (weight, bias) = (&parameters[2 * i].value, &parameters[2 * i + 1].value);
        let product = rows.try_matmul(weight.clone())?;
        add_bias(dev, product, bias)
    };
    let mut rows = vec![0.0; n * image.windows() * image.window_len()];
    unfold(images, image, &mut rows);
    let rows = dev.try_tensor_from_vec(rows, (n * image.windows(), image.window_len()))?;
    let first = layer(rows.leaky_trace(), 0)?.try_relu()?;
    let second = layer(unfolded(dev, first, n, hidden)?, 1)?.try_relu()?;
    let width = architecture.layers()[2].inputs;
    let features = layer(second.try_reshape_like(&(n, width))?, 2)?.try_relu()?;
    layer(features, 3)
}

/// Every row plus the bias: dfdx's own broadcast walks index by index, twenty times slower.
fn add_bias<T: Tape<f32, Cpu>>(dev: &Cpu, x: Matrix<T>, bias: &Matrix) -> Result<Matrix<T>> {
    let outputs = bias.shape().1;
    let (x, mut tape) = x.split_tape();
    let mut sums = x.as_vec();
    let values = bias.as_vec();
    for row in sums.chunks_exact_mut(outputs) {
        row.iter_mut().zip(&values).for_each(|(x, b)| *x += b);
    }
    let out = dev.try_tensor_from_vec(sums, *x.shape())?;
    let (bias, result) = (bias.clone(), out.clone());
    tape.add_backward_op(move |gradients| {
        let upstream = std::mem::take(&mut **gradients.get_or_alloc_mut(&result)?);
        let to_bias = gradients.get_or_alloc_mut(&bias)?;
        for row in upstream.chunks_exact(outputs) {
            to_bias.iter_mut().zip(row).for_each(|(b, g)| *b += g);
        }
        accumulate(gradients, &x, &upstream)
    });
    Ok(out.put_tape(tape))
}

/// The windows of `n` pictures, one a row: [`unfold`] with its gradient.
fn unfolded<T: Tape<f32, Cpu>>(
    dev: &Cpu,
    x: Matrix<T>,
    n: usize,
    of: Picture,
) -> Result<Matrix<T>> {
    let (x, mut tape) = x.split_tape();
    let mut rows = vec![0.0; n * of.windows() * of.window_len()];
    unfold(&x.as_vec(), of, &mut rows);
    let out = dev.try_tensor_from_vec(rows, (n * of.windows(), of.window_len()))?;
    let result = out.clone();
    tape.add_backward_op(move |gradients| {
        let upstream = std::mem::take(&mut **gradients.get_or_alloc_mut(&result)?);
        fold_add(&upstream, of, gradients.get_or_alloc_mut(&x)?);
        Ok(())
    });
    Ok(out.put_tape(tape))
}

fn accumulate(
    gradients: &mut Gradients<f32, Cpu>,
    to: &Matrix,
    upstream: &[f32],
) -> Result<(), CpuError> {
    let gradient = gradients.get_or_alloc_mut(to)?;
    gradient.iter_mut().zip(upstream).for_each(|(g, u)| *g += u);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TINY: Architecture = Architecture { height: 9, width: 7, classes: 3 };

    fn images(n: usize) -> Vec<f32> {
        (0..n * 63).map(|i| (i as f32 * 0.37).sin() * 0.5 + 0.5).collect()
    }

    fn parameters() -> Vec<Trained> {
        let dev = Cpu::default();
        let layers = TINY.layers();
        layers.iter().flat_map(|l| initial(&dev, *l, Stream::new(3)).unwrap()).collect()
    }

    #[test]
    fn seeing_equals_the_training_pass() {
        let (dev, mut parameters) = (Cpu::default(), parameters());
        for (i, bias) in parameters.iter_mut().skip(1).step_by(2).enumerate() {
            let shape = *bias.value.shape();
            let values = (0..shape.1).map(|j| ((i + j) as f32).sin() * 0.1).collect();
            bias.value = dev.tensor_from_vec(values, shape);
        }
        // More images than one chunk of the seeing pass.
        let images = images(130);
        let logits = forward(&dev, TINY, &parameters, &images).unwrap().as_vec();
        let seen = finished(TINY, &parameters).embed(&images);
        assert_eq!(seen.features.len(), 130 * 64);
        for (a, b) in logits.iter().zip(&seen.logits) {
            assert!((a - b).abs() < 1e-4, "{a} {b}");
        }
    }

    #[test]
    fn gradients_equal_finite_differences() {
        let (dev, images) = (Cpu::default(), images(2));
        let targets = || dev.tensor_from_vec(vec![1., 0., 0., 0., 0., 1.], (2, 3));
        let loss = |parameters: &[Trained]| {
            cross_entropy_with_logits_loss(
                forward(&dev, TINY, parameters, &images).unwrap(),
                targets(),
            )
        };
        let mut parameters = parameters();
        let mut gradients = loss(&parameters).backward();
        for p in 0..parameters.len() {
            let gradient = gradients.get_or_alloc_mut(&parameters[p].value).unwrap().to_vec();
            let original = parameters[p].value.clone();
            let values = original.as_vec();
            for i in (0..values.len()).step_by(values.len() / 5 + 1) {
                let mut around = [1e-3, -1e-3].map(|by: f32| {
                    let mut moved = values.clone();
                    moved[i] += by;
                    parameters[p].value = dev.tensor_from_vec(moved, *original.shape());
                    f64::from(loss(&parameters).array())
                });
                around[0] -= around[1];
                let slope = around[0] / 2e-3;
                let error = (slope - f64::from(gradient[i])).abs();
                assert!(error < 1e-3 + 1e-2 * slope.abs(), "{p} {i}: {slope} {}", gradient[i]);
            }
            parameters[p].value = original;
        }
    }

    #[test]
    fn an_image_moves_and_leaves_zeros() {
        let image: Vec<f32> = (1..=12).map(|i| i as f32).collect();
        let mut out = [0.0; 12];
        shifted(&image, 4, [SHIFT, SHIFT], &mut out);
        assert_eq!(&out[..], &image[..]);
        let mut out = [0.0; 12];
        shifted(&image, 4, [SHIFT + 1, SHIFT - 1], &mut out);
        assert_eq!(out, [0., 0., 0., 0., 2., 3., 4., 0., 6., 7., 8., 0.]);
    }

    #[test]
    fn training_learns_and_repeats() {
        // A bright half tells the class.
        let labels: Vec<u8> = (0..120).map(|i| i % 2).collect();
        let images: Vec<f32> = labels
            .iter()
            .flat_map(|&l| (0..64).map(move |p| f32::from(u8::from((p < 32) == (l == 0)))))
            .collect();
        let architecture = Architecture { height: 8, width: 8, classes: 2 };
        let data = Labelled { images: &images, labels: &labels };
        let fit = || train(architecture, data, 8, Stream::new(1), &|_, _| {}).unwrap();
        let trained = fit();
        let seen = trained.embed(&images);
        let right = seen
            .logits
            .chunks(2)
            .zip(&labels)
            .filter(|(l, label)| (l[1] > l[0]) == (**label == 1))
            .count();
        assert_eq!(right, 120);
        assert_eq!(trained, fit());
    }
}
