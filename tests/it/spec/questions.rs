//! What is asked of the numbers: declared, or by the shape of the axes.

use std::fmt::Write as _;

use cgan_sweep::record::{Manifest, format};
use cgan_sweep::spec::Ask;

use super::{good, wrong};

const PIECES: &str = "[experiment]\nbaseline = \"d.image_pieces=5\"\n\
                      [axes]\ndiscriminator.image_pieces = [1, 2, 3, 5, 8]\n";
const GRID: &str = "[experiment]\nbaseline = \"n.dim=10,n.distribution=normal\"\n\
                    [axes]\nnoise.dim = [10, 50]\nnoise.distribution = [\"normal\", \"uniform\"]\n";

/// Test and axes of each question.
fn asked(text: &str) -> Vec<(Ask, String)> {
    good(text).questions.iter().map(|q| (q.test, q.axes.join(" "))).collect()
}

#[test]
fn the_shape_of_the_axes_gives_the_default() {
    let pieces = "discriminator.image_pieces".to_owned();
    assert_eq!(asked(PIECES), [(Ask::Trend, pieces.clone())]);
    // Two levels have no trend, words have no order, named variants no axis.
    let compare = [(Ask::Compare, String::new())];
    assert_eq!(asked("[axes]\ngenerator.output = [\"sigmoid\"]"), compare);
    assert_eq!(asked("[axes]\nnoise.distribution = [\"uniform\", \"uniform-sqrt3\"]"), compare);
    assert_eq!(asked("[variants.a]\nnoise.dim = 5\n[variants.b]\ntrain.batch = 9"), compare);
    assert_eq!(asked(GRID), [(Ask::Factors, "noise.dim noise.distribution".to_owned())]);
    // The base, which no baseline names, stands beside the grid.
    let beside = GRID.replace("baseline = \"n.dim=10,n.distribution=normal\"\n", "");
    assert_eq!(asked(&beside), [(Ask::Factors, "noise.dim noise.distribution".to_owned())]);
    let zip = "[zip]\ndiscriminator.image_units = [600, 120, 60]\n\
               discriminator.image_pieces = [2, 10, 20]";
    assert_eq!(asked(zip), [(Ask::Trend, pieces)]);
}

#[test]
fn a_declared_question_is_frozen_and_changes_no_key() {
    let text = format!(
        "{PIECES}[[question]]\ntest = \"compare\"\nmetric = \"fid\"\n\
         [[question]]\naxis = \"discriminator.image_pieces\"\nmargin = 5\npaired = false\n\
         primary = true\n"
    );
    let plan = good(&text);
    let manifest = Manifest::from(&plan);
    let bytes = format::to_json(&manifest).unwrap();
    let read: Manifest = format::from_json("plan.json", &bytes).unwrap();
    assert_eq!(read, manifest);
    let [compare, trend] = &read.questions()[..] else { panic!("two questions") };
    assert_eq!((compare.test, compare.paired, compare.primary), (Ask::Compare, false, false));
    assert_eq!((trend.test, trend.paired, trend.primary), (Ask::Trend, false, true));
    assert_eq!((trend.margin, compare.metric.as_deref()), (Some(5.0), Some("fid")));
    let keys = |text| good(text).runs.into_iter().map(|run| run.key).collect::<Vec<_>>();
    assert_eq!(keys(&text), keys(PIECES));
    // A plan that was frozen before there were questions has the default of its shape.
    for text in [PIECES, GRID, "[variants.a]\nnoise.dim = 5"] {
        let mut old = Manifest::from(&good(text));
        let now = std::mem::take(&mut old.questions);
        assert_eq!(old.questions(), now, "{text}");
    }
}

#[test]
fn mistakes() {
    let cases = [
        ("unknown test", "test = \"trent\""),
        ("unknown key", "tset = \"trend\""),
        ("unknown axis", "axis = \"discriminator.image_peices\""),
        ("a margin of nothing", "margin = 0"),
        ("a margin in words", "margin = \"5\""),
        ("paired in words", "paired = \"yes\""),
        ("unknown metric", "metric = \"fit\""),
        ("an axis to compare", "test = \"compare\"\naxis = \"discriminator.image_pieces\""),
        ("factors without blocks", "test = \"factors\"\npaired = false"),
    ];
    let mut shown = String::new();
    for (name, text) in cases {
        write!(shown, "### {name}\n{}\n\n", wrong(&format!("{PIECES}[question]\n{text}"))).unwrap();
    }
    let more = [
        ("two are primary", format!("{PIECES}{}", "[[question]]\nprimary = true\n".repeat(2))),
        ("a text", "question = \"trend\"".to_owned()),
        ("which axis", format!("{GRID}[question]\ntest = \"trend\"")),
        ("no axis", "[question]\ntest = \"trend\"".to_owned()),
        (
            "an axis that never varies alone",
            "[variants.a]\nnoise.dim = 5\ntrain.batch = 9\n[variants.b]\nnoise.dim = 7\n\
             [question]\naxis = \"noise.dim\""
                .to_owned(),
        ),
    ];
    for (name, text) in more {
        write!(shown, "### {name}\n{}\n\n", wrong(&text)).unwrap();
    }
    insta::assert_snapshot!(shown);
}
