//! What a sweep costs besides training: `cargo bench --bench bookkeeping`.
//!
//! Empty runs through an executor that trains nothing, with all their records, on two slots; then the same sweep
//! started once more, when all of them are completed. Files go to `CGAN_BENCH_DIR`, or to a folder
//! beside the build. Nothing is deleted before the end: for minutes ext4 does not give an inode
//! away again that was freed, but looks at each of them whenever it makes a file.
#![expect(clippy::print_stdout, reason = "a benchmark shows its numbers")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use cgan_sweep::data::DataCache;
use cgan_sweep::exec::{Job, Rerun, Scheduler, run_state};
use cgan_sweep::gan::Cgan;
use cgan_sweep::model::Model;
use cgan_sweep::plan::{self, Plan, Run};
use cgan_sweep::record::lock::{Shard, SweepLock};
use cgan_sweep::record::{Clock, Environment, Manifest, SweepPaths, store};
use cgan_sweep::report;
use cgan_sweep::spec::{self, Overrides};
use rayon::prelude::*;

use self::empty::Empty;

#[path = "../tests/it/durable/empty.rs"]
mod empty;

fn main() -> anyhow::Result<()> {
    let place = std::env::var_os("CGAN_BENCH_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_TARGET_TMPDIR")), PathBuf::from);
    let dir = tempfile::tempdir_in(&place)?;
    println!("runs   all, s   a run, ms   started again, s");
    for runs in [1_000, 3_000, 10_000] {
        let dir = dir.path().join(runs.to_string());
        std::fs::create_dir(&dir)?;
        let (all, again) = measure(&dir, runs)?;
        println!("{runs:6} {all:7.2} {:10.3} {again:12.2}", 1e3 * all / runs as f64);
    }
    Ok(())
}

/// Seconds for a sweep of so many empty runs, and for starting it again.
fn measure(dir: &Path, runs: usize) -> anyhow::Result<(f64, f64)> {
    const SEEDS: usize = 10;
    let mut text = String::from("[experiment]\nquestion = \"?\"\nseeds = \"1..=10\"\n[variants]\n");
    for variant in 1..runs / SEEDS {
        let _ = writeln!(text, "v{variant} = {{ noise.dim = {} }}", variant + 100);
    }
    let file = dir.join("empty.toml");
    std::fs::write(&file, text)?;
    let first = Instant::now();
    let left = sweep(dir, &file)?;
    let all = first.elapsed().as_secs_f64();
    let second = Instant::now();
    anyhow::ensure!(left == runs && sweep(dir, &file)? == 0, "not all runs completed");
    Ok((all, second.elapsed().as_secs_f64()))
}

/// What the command does, but for the training and the report; how many runs were left to train.
fn sweep(dir: &Path, file: &Path) -> anyhow::Result<usize> {
    let library = DataCache::default();
    let experiment = spec::load(file, &Overrides::default(), Cgan.schema())?;
    let plan: Plan = plan::plan(&Cgan, &experiment, |settings| library.get(settings))?;
    let paths = SweepPaths::new(dir, &plan.experiment);
    let mut lock = SweepLock::take(&paths, Shard::WHOLE, false)?;
    let rerun = Rerun::default();
    let state = |run: &Run| run_state(&paths, run, &plan.variants[run.variant], false);
    let states: Vec<_> = plan.runs.par_iter().map(state).collect();
    let todo = plan.runs.iter().zip(&states).filter(|(_, state)| rerun.wants(state.status));
    let jobs: Vec<Job<'_>> =
        todo.map(|(run, _)| Job { run, steps: 1, work: 1.0, memory: 0 }).collect();
    let manifest = Manifest::from(&plan);
    if store::read_manifest(&paths).ok().as_ref() != Some(&manifest) {
        report::write_hparams(paths.root(), &manifest)?;
    }
    store::tidy(&paths);
    store::freeze(&paths, &plan)?;
    store::create_sweep(&paths, &manifest, &plan.text)?;
    lock.ready();
    let data = library.get(&plan.runs[0].settings.data)?;
    let executor = Empty {
        paths: paths.clone(),
        environment: Environment::gather(&data),
        clock: Clock::system(),
    };
    let scheduler = Scheduler { jobs: 2, threads: 1, memory: None };
    scheduler.execute(&jobs, &executor, &AtomicBool::new(false))?;
    Ok(jobs.len())
}
