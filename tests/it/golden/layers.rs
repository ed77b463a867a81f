use cgan_sweep::ops::dropout::{Dropout, dropout};
use cgan_sweep::ops::elementwise::Activation;
use cgan_sweep::ops::label::{self, Labels};
use cgan_sweep::ops::maxout::{Input, Maxout, PieceUsageCell, Pieces, maxout};
use cgan_sweep::ops::{Mat, Param, ParamGrad, dense, matrix, values};
use dfdx::prelude::{Backward, SumTo};
use dfdx::shapes::Rank0;
use dfdx::tensor::{Cpu, Gradients, OwnedTape, PutTape, SplitTape};

use super::{Case, Golden, transpose};

const CASES: &str = include_str!("../../golden/layers.json");
const TOLERANCE: f64 = 1e-5;

type Traced = Mat<OwnedTape<f32, Cpu>>;

fn mat(device: &Cpu, golden: &Golden) -> Mat {
    let [rows, columns] = golden.size();
    matrix(device, &golden.f32(), rows, columns)
}

/// A layer's parameters and labels or input.
struct Layer {
    x: Option<Mat>,
    labels: Labels,
    weight: Param,
    bias: Param,
}

impl Layer {
    fn new(device: &Cpu, case: &Case) -> Self {
        let weight = case.input("weight").transposed();
        Self {
            x: case.input.get("x").map(|x| mat(device, x)),
            labels: case.input.get("labels").map(Golden::u8).unwrap_or_default().into(),
            weight: Param::new("weight", mat(device, &weight)),
            bias: Param::new("bias", mat(device, case.input("bias"))),
        }
    }

    fn traced(&self) -> Option<Traced> {
        self.x.clone().map(|x| x.put_tape(OwnedTape::default()))
    }

    fn dense(&self, x: Option<Traced>, activation: Activation) -> Traced {
        let (weight, bias, plain) = (&self.weight, &self.bias, &ParamGrad::Plain);
        match x {
            Some(x) => dense::dense(x, self.all(), weight, bias, activation, plain),
            None => label::dense(&self.labels, weight, bias, activation, plain),
        }
    }

    fn maxout(&self, x: Option<Traced>, units: usize, pieces: Pieces) -> Traced {
        let (weight, bias, plain) = (&self.weight, &self.bias, &ParamGrad::Plain);
        let layer = Maxout { weight, bias, units, pieces, wins: &PieceUsageCell::default() };
        match x {
            Some(x) => maxout(Input::of(x, self.all()), &layer, plain),
            None => label::maxout(&self.labels, &layer, plain),
        }
    }

    fn all(&self) -> std::ops::Range<usize> {
        use dfdx::shapes::HasShape;
        0..self.x.as_ref().map_or(0, |x| x.shape().0)
    }

    /// Compares y and the gradient of everything.
    fn check(&self, device: &Cpu, case: &Case, y: Traced) {
        let gradients = check_output(device, case, y);
        let [outputs, inputs] = self.weight.shape();
        let dw = transpose(&self.weight.gradient(), outputs, inputs);
        case.check("dweight", &dw, TOLERANCE);
        case.check("dbias", &self.bias.gradient(), TOLERANCE);
        if let Some(x) = &self.x {
            case.check("dx", values(&gradients.get(x)), TOLERANCE);
        }
    }
}

/// Compares y and runs the tape backwards from the case's dy.
fn check_output(device: &Cpu, case: &Case, y: Traced) -> Gradients<f32, Cpu> {
    let (y, tape) = y.split_tape();
    case.check("y", values(&y), TOLERANCE);
    let weighted = y.put_tape(tape) * mat(device, case.input("dy"));
    weighted.sum::<Rank0, _>().backward()
}

#[test]
fn dense_layers() {
    let device = Cpu::default();
    for case in Case::all(CASES).iter().filter(|c| c.name.starts_with("dense")) {
        let activation = match case.text("activation") {
            "linear" => Activation::Linear,
            "relu" => Activation::Relu,
            "tanh" => Activation::Tanh,
            "sigmoid" => Activation::Sigmoid,
            other => panic!("{other}"),
        };
        let layer = Layer::new(&device, case);
        let y = layer.dense(layer.traced(), activation);
        layer.check(&device, case, y);
    }
}

/// The mask that the oracle used is ours; what the layer does with it, the golden numbers say.
fn drop_of(case: &Case) -> Option<Dropout> {
    let rate = case.number("rate");
    let drop = (rate > 0.0).then(|| Dropout::new(rate, case.count("key") as u64))?;
    for (i, keep) in case.input("keep").data.iter().enumerate() {
        assert_eq!(drop.keeps(i as u32), *keep == 1.0, "{}: keep[{i}]", case.name);
    }
    Some(drop)
}

fn maxout_cases(prefix: &str) -> usize {
    let device = Cpu::default();
    let cases = Case::all(CASES);
    let chosen = cases.iter().filter(|c| c.name.starts_with(prefix));
    chosen
        .map(|case| {
            let layer = Layer::new(&device, case);
            let (drop, units, x) = (drop_of(case), case.count("units"), layer.traced());
            let y = match case.text("mode") {
                "article" => layer.maxout(x, units, Pieces::ReluDropout(drop)),
                "drop-inputs" => layer.maxout(x.map(|x| dropout(x, drop)), units, Pieces::Linear),
                "drop-outputs" => dropout(layer.maxout(x, units, Pieces::Linear), drop),
                "relu" => dropout(layer.dense(x, Activation::Relu), drop),
                other => panic!("{other}"),
            };
            layer.check(&device, case, y);
        })
        .count()
}

#[test]
fn maxout_layers() {
    assert_eq!(maxout_cases("maxout "), 4 * 3 + 2);
}

#[test]
fn maxout_on_labels() {
    assert_eq!(maxout_cases("label maxout "), 3 * 2);
}

#[test]
fn dense_and_embedding_on_labels() {
    let device = Cpu::default();
    for case in &Case::all(CASES) {
        match case.name.as_str() {
            "label dense relu" => {
                let layer = Layer::new(&device, case);
                let y = layer.dense(None, Activation::Relu);
                layer.check(&device, case, y);
            }
            "label embedding" => {
                let table = Param::new("table", mat(&device, case.input("table")));
                let labels: Labels = case.input("labels").u8().into();
                let y = label::embedding(&labels, &table, &ParamGrad::Plain);
                check_output(&device, case, y);
                case.check("dtable", &table.gradient(), TOLERANCE);
            }
            _ => {}
        }
    }
}
