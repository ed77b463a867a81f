//! What scoring costs, on MNIST and one core: `cargo bench --bench score`.
//!
//! The goals: the full set in at most 20 s, the fast set in at most 2 % of an epoch.

use std::sync::{Arc, LazyLock};

use cgan_sweep::data::DataSet;
use cgan_sweep::gan::{Cgan, CganTraining};
use cgan_sweep::plan::Run;
use cgan_sweep::run::Numbers;
use cgan_sweep::score::{
    FullOptions, NamedImages, PixelRange, Reference, ReferenceCache, RunEvaluator, Samples, Scorer,
    fast, full,
};
use cgan_sweep::spec::DataSettings;
use cgan_sweep::train::Evaluator;

fn main() {
    // As in a slot: one thread.
    rayon::ThreadPoolBuilder::new().num_threads(1).build_global().expect("the first pool");
    divan::main();
}

static DATA: LazyLock<Arc<DataSet>> =
    LazyLock::new(|| DataSet::load(&DataSettings::default()).expect("embedded MNIST"));

/// A reference whose parts are all computed.
static REFERENCE: LazyLock<Reference> = LazyLock::new(|| {
    let reference = new_reference();
    reference.real_vs_real();
    fast(&reference, &samples(1_000));
    reference
});

fn new_reference() -> Reference {
    let scorer = Scorer::load(&DATA, std::path::Path::new("unused")).expect("embedded scorer");
    Reference::new(Arc::new(scorer), DATA.clone()).expect("the scorer of this set")
}

/// Real images in the place of fakes: a fake costs the same.
fn samples(n: usize) -> Samples {
    let images = NamedImages::train(&DATA, &(0..n));
    let labels = images.labels.to_vec();
    Samples::new(images.unit(), PixelRange::Unit, labels, 784, 10).expect("good images")
}

/// Features and logits alone.
#[divan::bench(args = [1_000, 10_000], sample_count = 10)]
fn embed(bencher: divan::Bencher<'_, '_>, n: usize) {
    let samples = samples(n);
    LazyLock::force(&REFERENCE);
    bencher.bench(|| REFERENCE.scorer().embed(samples.pixels()));
}

/// All that judging adds to an epoch of preset `article`: making 1,000 fakes, their scores, and D's
/// logits on 2,000 real images.
#[divan::bench(sample_count = 10)]
fn epoch(bencher: divan::Bencher<'_, '_>) {
    let run = Run {
        model: &Cgan,
        variant: 0,
        variant_name: "base".into(),
        seed: 1,
        key: String::new(),
        prefix_key: None,
        settings: Arc::new(cgan_sweep::gan::article()),
        settings_toml: "".into(),
    };
    let network = CganTraining::new(&run.settings, run.seed, &DATA);
    let references = ReferenceCache::new("unused");
    let mut evaluator = RunEvaluator::new(&run, DATA.clone(), &references);
    bencher.bench_local(|| evaluator.epoch(&network, &mut Numbers::default()));
}

/// The scores alone.
#[divan::bench(sample_count = 10)]
fn fast_1000(bencher: divan::Bencher<'_, '_>) {
    let samples = samples(1_000);
    LazyLock::force(&REFERENCE);
    bencher.bench(|| fast(&REFERENCE, &samples));
}

/// The scores of a finished run, with and without the legacy Parzen likelihood.
#[divan::bench(args = [false, true], sample_count = 3, sample_size = 1)]
fn full_10000(bencher: divan::Bencher<'_, '_>, parzen: bool) {
    let samples = samples(10_000);
    LazyLock::force(&REFERENCE);
    let options = FullOptions { parzen, ..FullOptions::default() };
    bencher.with_inputs(|| samples.clone()).bench_values(|samples| {
        full(&REFERENCE, samples, &options).expect("no classifier to train")
    });
}

/// What the first scored run of a sweep pays, and no other: both real sets and the real-vs-real row.
#[divan::bench(sample_count = 3, sample_size = 1)]
fn reference(bencher: divan::Bencher<'_, '_>) {
    bencher.bench(|| {
        let reference = new_reference();
        reference.real_vs_real().len()
    });
}
