//! What a report costs: a sweep of 1,000 runs of 150 epochs.
//!
//! `cargo bench --bench report`

#[path = "../tests/it/synthetic.rs"]
#[expect(dead_code, reason = "made for tests, which use more of it")]
mod synthetic;

use cgan_sweep::report;
use divan::Bencher;
use synthetic::Synthetic;

fn main() {
    divan::main();
}

/// Load, statistics and every page; 100 variants of 10 seeds.
#[divan::bench(sample_count = 3, sample_size = 1)]
fn thousand_runs(bencher: Bencher<'_, '_>) {
    let names: Vec<String> = (0..100).map(|i| format!("variant-{i:03}")).collect();
    let variants: Vec<(&str, &[(&str, &str)])> =
        names.iter().map(|name| (name.as_str(), &[][..])).collect();
    let dir = tempfile::tempdir().unwrap();
    let sweep =
        Synthetic { epochs: 150, lights: true, samples_every: 50, ..Synthetic::new(&variants, 10) };
    sweep.write(dir.path());
    bencher.bench_local(|| report::build(dir.path()).unwrap());
}
