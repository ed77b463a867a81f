//! Sweeps that go by rounds, looks or the rungs of a search: the same decisions and the same bytes however
//! they are carried out, and after any number of kills.

use std::fmt::Write as _;
use std::fs;
use std::time::Instant;

use cgan_sweep::report;

use super::chaos::chaos;
use super::lab::{Lab, UNSCORED, digest, proof, results};
use super::matrix::matrix;

/// Seeds that are added until it is told whether a smaller generator is worse in D's loss.
fn looked_at(epochs: u64) -> Lab {
    let lab = Lab::new(1, "");
    lab.write(epochs, &format!("{UNSCORED}[axes]\ngenerator.hidden = [[4]]\n"));
    change(&lab, "seeds = [1, 2]", "seeds = { from = 3, to = 7, step = 2 }");
    lab
}

/// A search over rates, of which some let the discriminator win and are stopped for it.
fn searched() -> Lab {
    let lab = Lab::new(1, "");
    lab.write(
        1,
        "[score]\nfull = false\n[search]\nepochs = [2, 4, 14]\nkeep = 0.5\nmetric = \"kid\"\n\
         [axes]\noptimizer.discriminator.lr = [1e-3, 3e-2]\n\
         optimizer.generator.lr = [1e-3, 1e-9]\n",
    );
    change(&lab, "epochs = 1\n", "stop_on = [\"discriminator-wins\"]\n");
    lab
}

fn change(lab: &Lab, from: &str, to: &str) {
    let file = lab.dir.join("lab.toml");
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.contains(from), "{text}");
    fs::write(&file, text.replacen(from, to, 1)).unwrap();
}

#[test]
fn seeds_are_added_alike_in_ways_that_differ_and_after_kills() {
    assert_eq!(matrix(&mut looked_at(3), 8), 6);
    chaos(&looked_at(12), 4, 40.0, &["--jobs", "2"]);
}

#[test]
fn a_search_is_carried_out_alike_in_ways_that_differ_and_after_kills() {
    assert_eq!(matrix(&mut searched(), 8), 6);
    chaos(&searched(), 4, 40.0, &["--jobs", "2"]);
}

/// `just rounds`.
#[test]
#[ignore = "takes minutes"]
fn rounds_in_48_ways_and_after_a_hundred_kills() {
    let mut text = String::from(
        "# Looks and rungs: one result in 48 ways, and after a hundred kills\n\nSmall networks on small \
         images (`just rounds`; [tests/it/durable/rounds.rs](../../tests/it/durable/rounds.rs)). In 48 \
         ways: jobs 1, 2, 4 × threads 1, 2 × longest or shortest run first × all runs in one process or \
         a process each × the whole plan or two shards at once, started again until the last round. A \
         hundred times: `kill -9` at random moments of `--jobs 2`, each time resumed. Every result file \
         is the same as in a sweep that nobody touched, byte for byte: which runs were trained, what was \
         decided after each round, and the report.\n",
    );
    let looks = || looked_at(12);
    let kinds: [(&str, &dyn Fn() -> Lab); 2] =
        [("Seeds that are added", &looks), ("A search with runs stopped by rule", &searched)];
    for (what, lab) in kinds {
        let start = Instant::now();
        let mut one = lab();
        let ways = matrix(&mut one, 1);
        let untouched = one.folder("untouched");
        let rounds = report::rounds(&untouched).unwrap().unwrap();
        let needed = rounds.needed.iter().filter(|needed| **needed).count();
        let all = results(&untouched);
        let ways_took = start.elapsed().as_secs();
        let start = Instant::now();
        let killed = chaos(&lab(), 100, 20.0, &["--jobs", "2"]);
        write!(
            text,
            "\n## {what}\n\n{} rounds, {needed} of the {} runs of the plan. {ways} ways, all equal \
             ({ways_took} s). {} kills, {} sweeps came to their end, all equal ({} s).\n",
            rounds.decided,
            rounds.needed.len(),
            killed.killed,
            killed.completed,
            start.elapsed().as_secs(),
        )
        .unwrap();
        assert!(all == killed.results, "{what}: two sweeps that nobody touched differ");
        text += &digest(&all);
    }
    proof(&text);
}
