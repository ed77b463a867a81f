//! The short form of `docs/parity.md`: one seed of preset `article` on all of MNIST for the first
//! two epochs, beside the curves of the article's own program.

mod curves;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use cgan_sweep::data::DataSet;
use cgan_sweep::error::Result;
use cgan_sweep::gan::Cgan;
use cgan_sweep::model::Model;
use cgan_sweep::plan::Run;
use cgan_sweep::run::OutcomeKind;
use cgan_sweep::run::{Event, Recorder};
use cgan_sweep::train::train;

use self::curves::{Curve, compare, curves, table};

/// Keeps the four columns of the article's `loss.csv`.
struct Columns(Curve);

impl Recorder for Columns {
    fn record(&mut self, event: &Event<'_>) -> Result<()> {
        if let Event::Epoch(metrics) = event {
            let names = ["real_p", "fake_p", "gen_loss", "dis_loss"];
            self.0.push(names.map(|name| metrics.get(name).expect("a metric of every epoch")));
        }
        Ok(())
    }
}

#[test]
fn follows_the_articles_program() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/article_curves.csv");
    let reference = curves(&path).unwrap();
    assert_eq!(reference.iter().map(Vec::len).collect::<Vec<_>>(), [8; 4]);

    let mut settings = cgan_sweep::gan::article();
    settings.train.epochs = 2;
    let data = DataSet::load(&settings.data).unwrap();
    let run = Run {
        model: &Cgan,
        variant: 0,
        variant_name: "article".to_owned(),
        seed: 1,
        key: String::new(),
        prefix_key: None,
        settings: Arc::new(settings),
        settings_toml: "".into(),
    };
    let mut ours = Columns(Curve::new());
    let outcome = train(
        &run,
        &data,
        Cgan.start(&run.settings, run.seed, &data).as_mut(),
        None,
        None,
        &mut ours,
        &AtomicBool::new(false),
    )
    .unwrap();
    assert_eq!(outcome.kind, OutcomeKind::Completed);
    let rows = compare(&reference, &[ours.0]).unwrap();
    assert_eq!(rows.len(), 2 * 4);
    assert!(rows.iter().all(|row| row.inside()), "\n{}", table(&rows));
}
