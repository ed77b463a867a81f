//! Whatever is done to a file, it gives a plan or a message, and never a panic.

use cgan_sweep::spec::Overrides;
use proptest::prelude::*;

use super::plan_with;

const RICH: &str = r#"
[experiment]
question = "what?"
expected = "that"
extends = ["preset:paper", "preset:article"]
seeds = "1..=3"
baseline = "n.dim=10,opt=sgd,g.lr=1e-4,d.lr=4e-4"
primary = "fake_p"

[data]
subset = 1000
[generator]
hidden = [64, 32]
[train]
epochs = 3

[axes]
noise.dim = [10, { name = "many", value = 20, generator.dropout = 0.1 }, 30]
[[axes.opt]]
name = "sgd"
optimizer.generator = { kind = "sgd", momentum = 0.5 }
[[axes.opt]]
name = "paper"
extends = "preset:paper"

[zip]
optimizer.generator.lr = [1e-4, 1e-3]
optimizer.discriminator.lr = [4e-4, 4e-3]

[[exclude]]
noise.dim = 20
optimizer.generator.lr = { min = 5e-4, max = 1.0 }
[[require]]
noise.dim = [10, 20]

[[block]]
name = "drawn"
set.loss.kind = "hinge"
[block.sample]
method = "sobol"
count = 3
seed = 7
discriminator.image_pieces = { uniform = [1, 8] }
discriminator.dropout = { log = [0.1, 0.6] }
generator.output = { choice = ["tanh", "sigmoid"] }

[variants.named]
update.order = "alternating"
"#;

const PIECES: &[&str] = &[
    "[",
    "]",
    "{",
    "}",
    "=",
    "\"",
    "'",
    "\n",
    ",",
    ".",
    "#",
    " ",
    "[[",
    "]]",
    "nan",
    "-inf",
    "-1",
    "0",
    "1e999",
    "99999999999999999999",
    "true",
    "[]",
    "{}",
    "\"\"",
    "é",
    "\u{202e}",
    "\0",
    "\u{1b}",
    "axes",
    "zip",
    "sample",
    "block",
    "variants",
    "experiment",
    "extends",
    "name",
    "value",
    "count",
    "noise.dim",
    "optimizer",
    "1979-05-27",
    "\"preset:\"",
    "\"x.toml\"",
    "choice",
    "[axes]\n",
    "[sample]\n",
    "min",
    "..=",
    "65536",
    "\r\n",
    "\t",
    "= [",
    "0x",
    "_",
];

#[derive(Clone, Debug)]
enum Edit {
    Insert(usize, usize),
    Delete(usize, usize),
    Copy(usize, usize, usize),
    DropLine(usize),
    CopyLine(usize, usize),
}

fn edit() -> impl Strategy<Value = Edit> {
    let at = 0usize..4_000;
    prop_oneof![
        (at.clone(), 0..PIECES.len()).prop_map(|(at, piece)| Edit::Insert(at, piece)),
        (at.clone(), 1usize..12).prop_map(|(at, length)| Edit::Delete(at, length)),
        (at.clone(), 1usize..40, at.clone())
            .prop_map(|(from, length, to)| Edit::Copy(from, length, to)),
        at.clone().prop_map(Edit::DropLine),
        (at.clone(), at).prop_map(|(from, to)| Edit::CopyLine(from, to)),
    ]
}

fn apply(text: &mut Vec<char>, edit: &Edit) {
    let length = text.len().max(1);
    let lines = |text: &[char]| -> Vec<String> {
        text.iter().collect::<String>().lines().map(str::to_owned).collect()
    };
    match *edit {
        Edit::Insert(at, piece) => {
            let at = at % length.min(text.len() + 1);
            text.splice(at..at, PIECES[piece].chars());
        }
        Edit::Delete(at, count) => {
            let at = at % length;
            text.drain(at.min(text.len())..(at + count).min(text.len()));
        }
        Edit::Copy(from, count, to) => {
            let from = (from % length).min(text.len());
            let part = text[from..(from + count).min(text.len())].to_vec();
            let to = (to % length).min(text.len());
            text.splice(to..to, part);
        }
        Edit::DropLine(at) => {
            let mut lines = lines(text);
            if !lines.is_empty() {
                let at = at % lines.len();
                lines.remove(at);
            }
            *text = lines.join("\n").chars().collect();
        }
        Edit::CopyLine(from, to) => {
            let mut lines = lines(text);
            if !lines.is_empty() {
                let line = lines[from % lines.len()].clone();
                let to = to % lines.len();
                lines.insert(to, line);
            }
            *text = lines.join("\n").chars().collect();
        }
    }
}

fn survives(text: &str) {
    if let Err(mistakes) = plan_with(text, &Overrides::default()) {
        let shown = mistakes.to_string();
        assert!(mistakes.count() > 0 && shown.contains("x.toml"), "{shown}");
        assert!(!shown.contains(['\u{1b}', '\0', '\u{202e}']), "{shown:?}");
    }
}

#[test]
fn the_file_to_mutate_is_right() {
    let plan = plan_with(RICH, &Overrides::default()).unwrap_or_else(|m| panic!("{m}"));
    // 2 × 2 × 2 less those of 20 elements and a high rate, 3 drawn, 1 named.
    assert_eq!(plan.variants.len(), 6 + 3 + 1);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn mutated_files_give_a_message(edits in proptest::collection::vec(edit(), 1..6)) {
        let mut text: Vec<char> = RICH.chars().collect();
        edits.iter().for_each(|edit| apply(&mut text, edit));
        survives(&text.into_iter().collect::<String>());
    }

    #[test]
    fn any_text_gives_a_message(text in "\\PC{0,200}") {
        survives(&text);
    }

    #[test]
    fn any_argument_gives_a_message(set in "\\PC{0,40}", key in "[a-z.]{0,20}", seeds in "[0-9.,=]{0,9}") {
        for set in [set.clone(), format!("{key}={set}"), format!("train.epochs={set}")] {
            let overrides = Overrides { set: vec![set], seeds: Some(seeds.clone()) };
            if let Err(mistakes) = plan_with(RICH, &overrides) {
                prop_assert!(!mistakes.to_string().is_empty());
            }
        }
    }
}
