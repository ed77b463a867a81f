//! Numbers of an independent implementation (`tests/golden/README.md`): outputs, gradients, updates
//! and whole training steps equal ours within f32 rounding.

mod layers;
mod losses;
mod networks;
mod optimizers;

use std::collections::BTreeMap;

use cgan_sweep::gan::{Cgan, CganSettings};
use cgan_sweep::model::Model;
use cgan_sweep::spec::parse_settings;
use serde::Deserialize;
use serde_json::Value;

/// One case of a golden file.
#[derive(Deserialize)]
struct Case {
    name: String,
    settings: Value,
    input: BTreeMap<String, Golden>,
    output: BTreeMap<String, Golden>,
}

/// A row-major tensor.
#[derive(Clone, Deserialize)]
struct Golden {
    shape: Vec<usize>,
    data: Vec<f64>,
}

impl Case {
    fn all(json: &str) -> Vec<Self> {
        let cases: Vec<Self> = serde_json::from_str(json).expect("a golden file");
        assert!(!cases.is_empty());
        cases
    }

    fn input(&self, name: &str) -> &Golden {
        self.input.get(name).unwrap_or_else(|| panic!("{}: no input {name}", self.name))
    }

    fn text(&self, key: &str) -> &str {
        self.settings[key].as_str().unwrap_or_else(|| panic!("{}: no text {key}", self.name))
    }

    fn number(&self, key: &str) -> f64 {
        self.settings[key].as_f64().unwrap_or_else(|| panic!("{}: no number {key}", self.name))
    }

    fn count(&self, key: &str) -> usize {
        self.settings[key].as_u64().unwrap_or_else(|| panic!("{}: no count {key}", self.name))
            as usize
    }

    /// Asserts that `ours` equals the output of this name, to `tolerance` of its largest value.
    fn check(&self, name: &str, ours: &[f32], tolerance: f64) {
        let ours: Vec<f64> = ours.iter().map(|v| f64::from(*v)).collect();
        self.check_f64(name, &ours, tolerance);
    }

    fn check_f64(&self, name: &str, ours: &[f64], tolerance: f64) {
        let golden = self.output.get(name);
        let golden = golden.unwrap_or_else(|| panic!("{}: no output {name}", self.name));
        assert_eq!(ours.len(), golden.data.len(), "{}: length of {name}", self.name);
        let largest = golden.data.iter().fold(0.0f64, |a, b| a.max(b.abs()));
        for (i, (a, b)) in ours.iter().zip(&golden.data).enumerate() {
            let error = (a - b).abs();
            assert!(
                error <= tolerance * largest,
                "{}: {name}[{i}] is {a}, golden {b}; off by {:.1e} of the largest, {largest}",
                self.name,
                error / largest,
            );
        }
    }
}

impl Golden {
    fn f32(&self) -> Vec<f32> {
        self.data.iter().map(|v| *v as f32).collect()
    }

    fn u8(&self) -> Vec<u8> {
        self.data.iter().map(|v| *v as u8).collect()
    }

    /// Rows and columns; a vector is one row.
    fn size(&self) -> [usize; 2] {
        match self.shape[..] {
            [columns] => [1, columns],
            [rows, columns] => [rows, columns],
            _ => panic!("neither vector nor matrix: {:?}", self.shape),
        }
    }

    /// A weight `[in, out]` as we keep it, `[out, in]`.
    fn transposed(&self) -> Self {
        let [rows, columns] = self.size();
        let turned = transpose(&self.data, rows, columns);
        Self { shape: vec![columns, rows], data: turned }
    }
}

fn transpose<T: Copy>(values: &[T], rows: usize, columns: usize) -> Vec<T> {
    (0..columns).flat_map(|c| (0..rows).map(move |r| values[r * columns + c])).collect()
}

/// What the settings of a golden case, in the keys of an experiment file, resolve to.
fn resolve(written: &Value) -> CganSettings {
    let text = toml::to_string(written).expect("settings as TOML");
    CganSettings::of(
        &parse_settings("golden", &text, Cgan.schema())
            .unwrap_or_else(|mistakes| panic!("{text}\n{mistakes}")),
    )
}
