//! The command line.
use std::path::PathBuf;
fn main() -> anyhow::Result<()> {
    let file = PathBuf::from(std::env::args().nth(1).expect("file"));
    let options = cgan_sweep::commands::sweep::Options {
        jobs: 2,
        threads: 1,
        runs_dir: "runs".into(),
        quiet: false,
    };
    cgan_sweep::commands::sweep::run(&file, &Default::default(), &options, &mut std::io::stdout())?;
    Ok(())
}
