//! The article's step put together from plain dfdx operations, as a person would write it first:
//! D(fake) runs twice, and G's pass works out D's weight gradients too.

use cgan_sweep::gan::CganSettings;
use cgan_sweep::gan::LabelInput;
use cgan_sweep::ops::{Buffer, Mat, matrix};
use dfdx::optim::AdamConfig;
use dfdx::prelude::*;

type Traced = OwnedTape<f32, Cpu>;

/// A weight `[out, in]`, its bias `[out]`, and Adam's moments of both.
struct Layer {
    weight: Mat,
    bias: Tensor<(usize,), f32, Cpu>,
    moments: [Buffer; 4],
}

impl Layer {
    fn new(device: &Cpu, inputs: usize, outputs: usize) -> Self {
        let limit = (6.0 / (inputs + outputs) as f32).sqrt();
        let values: Vec<f32> = (0..inputs * outputs)
            .map(|i| (i as f32 * 0.618).fract() * 2.0 * limit - limit)
            .collect();
        let bias = device.zeros_like(&(outputs,));
        let buffer = |length| Storage::<f32>::try_alloc_len(device, length).expect("memory");
        Self {
            weight: matrix(device, &values, outputs, inputs),
            bias,
            moments: [buffer(values.len()), buffer(values.len()), buffer(outputs), buffer(outputs)],
        }
    }

    fn forward(&self, x: Mat<Traced>) -> Mat<Traced> {
        let n = x.shape().0;
        let outputs = self.bias.shape().0;
        let w = self.weight.retaped::<Traced>().permute::<(usize, usize), Axes2<1, 0>>();
        let b = self.bias.retaped::<Traced>();
        x.matmul(w) + b.broadcast_like::<(usize, usize), Axis<0>>(&(n, outputs))
    }

    fn maxout(&self, x: Mat<Traced>, pieces: usize) -> Mat<Traced> {
        let n = x.shape().0;
        let units = self.bias.shape().0 / pieces;
        let h = self.forward(x).relu().dropout(0.5);
        h.reshape_like(&(n, pieces, units)).max::<(usize, usize), Axis<1>>()
    }

    fn update(&mut self, t: i32, gradients: &Gradients<f32, Cpu>) {
        let config = AdamConfig { lr: 2e-4, betas: [0.5, 0.999], eps: 1e-7, weight_decay: None };
        let [m, v, bm, bv] = &mut self.moments;
        let (dw, db) = (gradients.get(&self.weight), gradients.get(&self.bias));
        let [dw, db] = [dw.as_vec(), db.as_vec()].map(|values| {
            let device: &Cpu = self.weight.device();
            let mut buffer = Storage::<f32>::try_alloc_len(device, values.len()).expect("memory");
            buffer.copy_from_slice(&values);
            buffer
        });
        config.try_update(t, &mut self.weight, m, v, &dw).expect("dfdx's CPU kernels do not fail");
        config.try_update(t, &mut self.bias, bm, bv, &db).expect("dfdx's CPU kernels do not fail");
    }
}

/// Both networks.
pub(crate) struct Plain {
    device: Cpu,
    generator: [Layer; 4],
    discriminator: [Layer; 4],
    pieces: [usize; 3],
    noise: usize,
    updates: i32,
}

impl Plain {
    /// Networks of the sizes in `settings`, in the article's form.
    pub(crate) fn new(settings: &CganSettings, classes: usize, pixels: usize) -> Self {
        let device = Cpu::default();
        let layer = |inputs, outputs| Layer::new(&device, inputs, outputs);
        let (g, d) = (&settings.generator, &settings.discriminator);
        let label_units = match g.label {
            LabelInput::Dense { units } | LabelInput::Embedding { units } => units,
            _ => panic!("the label branch is a dense layer"),
        };
        let Some(LabelInput::Maxout { units, pieces }) = d.label else {
            panic!("D's label branch is a maxout layer")
        };
        Self {
            generator: [
                layer(settings.noise.dim, g.noise_units),
                layer(classes, label_units),
                layer(g.noise_units + label_units, g.hidden[0]),
                layer(g.hidden[0], pixels),
            ],
            discriminator: [
                layer(pixels, d.image_units * d.image_pieces),
                layer(classes, units * pieces),
                layer(d.image_units + units, d.joint_units * d.joint_pieces),
                layer(d.joint_units, 1),
            ],
            pieces: [d.image_pieces, pieces, d.joint_pieces],
            noise: settings.noise.dim,
            updates: 0,
            device,
        }
    }

    fn generate(&self, z: Mat<Traced>, y: Mat<Traced>) -> Mat<Traced> {
        let [noise, label, joint, output] = &self.generator;
        let h = (noise.forward(z).relu(), label.forward(y).relu()).concat_along(Axis::<1>);
        output.forward(joint.forward(h.realize()).relu()).tanh()
    }

    fn discriminate(&self, x: Mat<Traced>, y: Mat<Traced>) -> Mat<Traced> {
        let [image, label, joint, output] = &self.discriminator;
        let [p, q, r] = self.pieces;
        let h = (image.maxout(x, p), label.maxout(y, q)).concat_along(Axis::<1>);
        output.forward(joint.maxout(h.realize(), r))
    }

    /// One step on `[n, pixels]` images with one-hot labels; D's loss.
    pub(crate) fn step(&mut self, images: &[f32], one_hot: &[f32], n: usize) -> f32 {
        let x = matrix(&self.device, images, n, images.len() / n);
        let y = matrix(&self.device, one_hot, n, one_hot.len() / n);
        let z: Mat = self.device.sample_normal_like(&(n, self.noise));
        let fake = self.generate(z.leaky_trace(), y.leaky_trace());
        let (fake, tape) = fake.split_tape();
        let real = self.discriminate(x.leaky_trace(), y.leaky_trace());
        let on_real = softplus(-real).mean::<Rank0, _>();
        let on_fake = softplus(self.discriminate(fake.leaky_trace(), y.leaky_trace()));
        let loss = on_real + on_fake.mean::<Rank0, _>();
        let value = loss.array();
        let d_gradients = loss.backward();
        let fooled = self.discriminate(fake.put_tape(tape), y.leaky_trace());
        let g_gradients = softplus(-fooled).mean::<Rank0, _>().backward();
        self.updates += 1;
        for layer in &mut self.discriminator {
            layer.update(self.updates, &d_gradients);
        }
        for layer in &mut self.generator {
            layer.update(self.updates, &g_gradients);
        }
        value
    }
}

fn softplus(x: Mat<Traced>) -> Mat<Traced> {
    (x.exp() + 1.0).ln()
}
