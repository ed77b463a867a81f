//! What it costs to read, check, resolve and cost an experiment. Goal: 1,000 variants in 100 ms.
//!
//! `cargo bench --bench spec`

use std::sync::Arc;

use cgan_sweep::data::{DataError, DataInfo, DataSet, Images};
use cgan_sweep::gan::Cgan;
use cgan_sweep::model::Model;
use cgan_sweep::plan::{self, Limits};
use cgan_sweep::spec::{self, DataSettings, Overrides};
use divan::Bencher;
use divan::counter::ItemsCount;

fn main() {
    divan::main();
}

/// MNIST's shape without its pixels: decoding images is another matter.
fn shape(_: &DataSettings) -> Result<Arc<DataSet>, DataError> {
    Ok(Arc::new(DataSet {
        train: Images { pixels: Vec::new(), labels: vec![0; 60_000], height: 28, width: 28 },
        test: None,
        classes: 10,
        name: "MNIST".into(),
        hash: "hash".into(),
        info: DataInfo::default(),
    }))
}

fn list(step: usize, count: usize) -> String {
    format!("{:?}", (1..=count).map(|i| i * step).collect::<Vec<_>>())
}

fn bench(bencher: Bencher<'_, '_>, text: &str, variants: usize) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("bench.toml");
    std::fs::write(&path, text).unwrap();
    bencher.counter(ItemsCount::new(variants)).bench_local(|| {
        let experiment = spec::load(&path, &Overrides::default(), Cgan.schema()).unwrap();
        let plan =
            plan::plan_within(&Cgan, &experiment, shape, &Limits::of_this_machine()).unwrap();
        assert_eq!(plan.variants.len(), variants);
        plan
    });
}

/// A grid of 10 × 10 × 10 with three seeds.
#[divan::bench]
fn grid_of_1000_variants(bencher: Bencher<'_, '_>) {
    let text = format!(
        "[experiment]\nquestion = \"?\"\nseeds = [1, 2, 3]\nbaseline = \"n.dim=10,d.image_units=24,g.noise_units=16\"\n\
         [axes]\nnoise.dim = {}\ndiscriminator.image_units = {}\ngenerator.noise_units = {}\n",
        list(10, 10),
        list(24, 10),
        list(16, 10)
    );
    bench(bencher, &text, 1_000);
}

/// 1,000 variants written out one by one, which is the most text to read.
#[divan::bench]
fn named_1000_variants(bencher: Bencher<'_, '_>) {
    let mut text = "[experiment]\nquestion = \"?\"\nbaseline = \"v0\"\n".to_owned();
    for i in 0..1_000 {
        text += &format!("[variants.v{i}]\nnoise.dim = {}\ntrain.batch = 32\n", i + 1);
    }
    bench(bencher, &text, 1_000);
}

/// 1,000 Sobol points over six settings.
#[divan::bench]
fn sobol_1000_variants(bencher: Bencher<'_, '_>) {
    let text = "[experiment]\nquestion = \"?\"\n[sample]\nmethod = \"sobol\"\ncount = 999\nseed = 1\n\
        optimizer.generator.lr = { log = [1e-5, 1e-2] }\n\
        optimizer.discriminator.lr = { log = [1e-5, 1e-2] }\n\
        noise.dim = { uniform = [10, 200] }\n\
        discriminator.image_pieces = { uniform = [1, 8] }\n\
        discriminator.dropout = { uniform = [0.0, 0.8] }\n\
        generator.hidden = { choice = [[256], [512], [1024]] }\n";
    bench(bencher, text, 1_000);
}
