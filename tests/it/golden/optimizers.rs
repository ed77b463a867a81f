use cgan_sweep::model::StepInfo;
use cgan_sweep::ops::{Param, matrix};
use cgan_sweep::optim::OptimizerSettings;
use cgan_sweep::optim::{Optimizer, learning_rate, momentum};
use dfdx::tensor::Cpu;
use serde_json::{Value, json};

use super::{Case, Golden, resolve};

const CASES: &str = include_str!("../../golden/optimizers.json");

fn settings(written: &Value) -> OptimizerSettings {
    resolve(&json!({ "optimizer": { "generator": written } })).optimizer.generator
}

fn param(name: &str, start: &Golden) -> Param {
    let [rows, columns] = start.size();
    Param::new(name, matrix(&Cpu::default(), &start.f32(), rows, columns))
}

fn cases(prefix: &str) -> Vec<Case> {
    let cases: Vec<Case> =
        Case::all(CASES).into_iter().filter(|c| c.name.starts_with(prefix)).collect();
    assert!(!cases.is_empty());
    cases
}

fn at(step: u64) -> StepInfo {
    StepInfo { step, steps: 20, steps_per_epoch: 1 }
}

#[test]
fn rules() {
    for case in &cases("rule: ") {
        let mut p = param("p", case.input("start"));
        let mut rule = Optimizer::new(settings(&case.settings), &[&p]);
        for i in 0..6 {
            p.gradient_mut().copy_from_slice(&case.input(&format!("gradient{i}")).f32());
            rule.update(&mut [&mut p], at(i)).unwrap();
            case.check(&format!("after{i}"), p.values(), 1e-6);
        }
    }
}

#[test]
fn clipping() {
    for case in &cases("clip: ") {
        let (mut a, mut b) = (param("a", case.input("a")), param("b", case.input("b")));
        let mut rule = Optimizer::new(settings(&case.settings), &[&a, &b]);
        a.gradient_mut().copy_from_slice(&case.input("a").f32());
        b.gradient_mut().copy_from_slice(&case.input("b").f32());
        let norm = rule.update(&mut [&mut a, &mut b], at(0)).unwrap();
        let squares = case.input("a").data.iter().chain(&case.input("b").data).map(|g| g * g);
        let want = squares.sum::<f64>().sqrt();
        assert!((norm / want - 1.0).abs() < 1e-6, "the norm before clipping: {norm}, {want}");
        case.check("a", &a.gradient(), 1e-6);
        case.check("b", &b.gradient(), 1e-6);
    }
}

#[test]
fn schedules() {
    for case in &cases("schedule: ") {
        let settings = settings(&case.settings);
        let rates: Vec<f64> = (0..20).map(|step| learning_rate(&settings, at(step))).collect();
        case.check_f64("rates", &rates, 1e-8);
    }
}

#[test]
fn momentum_ramp() {
    for case in &cases("momentum: ") {
        let settings = settings(&case.settings);
        for steps_per_epoch in [1, 3] {
            let momenta: Vec<f64> = (0..7)
                .map(|epoch| {
                    // The last step of the epoch: momentum changes between epochs only.
                    let step = (epoch + 1) * steps_per_epoch - 1;
                    momentum(&settings, StepInfo { step, steps: 21, steps_per_epoch })
                })
                .collect();
            case.check_f64("momenta", &momenta, 1e-8);
        }
    }
}
