//! Sweeps that go by rounds, looks or the rungs of a search: the same decisions and the same bytes however
//! they are carried out, and after any number of kills.

use std::fmt::Write as _;
use std::fs;
use std::time::Instant;

use cgan_sweep::report;

use super::chaos::{Chaos, chaos};
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

/// What it is called, and how it is set up.
type Kind = (&'static str, fn() -> Lab);

const KINDS: [Kind; 2] =
    [("Seeds that are added", || looked_at(12)), ("A search with runs stopped by rule", searched)];

const WHAT: &str = "Every result file is the same as in a sweep that nobody touched, byte for byte: which \
                    runs were trained, what was decided after each round, and the report. Small networks on \
                    small images ([tests/it/durable/rounds.rs](../../tests/it/durable/rounds.rs)).";

/// How far the sweep that nobody touched came, in words.
fn course(lab: &Lab) -> String {
    let rounds = report::rounds(&lab.folder("untouched")).unwrap().unwrap();
    let needed = rounds.needed.iter().filter(|needed| **needed).count();
    let (decided, all) = (rounds.decided, rounds.needed.len());
    format!("{decided} rounds, {needed} of the {all} runs of the plan")
}

/// `just rounds`.
#[test]
#[ignore = "takes minutes"]
fn rounds_in_48_ways() {
    let mut text = format!(
        "# Looks and rungs: one result in 48 ways\n\nJobs 1, 2, 4 × threads 1, 2 × longest or shortest run \
         first × all runs in one process or a process each × the whole plan or two shards at once, \
         started again until the last round (`just rounds`). {WHAT}\n"
    );
    for (what, lab) in KINDS {
        let start = Instant::now();
        let mut lab = lab();
        let ways = matrix(&mut lab, 1);
        let (course, seconds) = (course(&lab), start.elapsed().as_secs());
        write!(text, "\n## {what}\n\n{course}; {ways} ways, all equal ({seconds} s).\n").unwrap();
        text += &digest(&results(&lab.folder("untouched")));
    }
    proof(&text);
}

/// `just rounds-killed`.
#[test]
#[ignore = "takes minutes"]
fn rounds_killed_a_hundred_times() {
    let mut text = format!(
        "# Looks and rungs: killed a hundred times\n\n`kill -9` at random moments of `--jobs 2`, each time \
         resumed; whenever a sweep comes to its end it is compared, and begins anew (`just rounds-killed`). \
         {WHAT}\n"
    );
    for (what, lab) in KINDS {
        let start = Instant::now();
        let lab = lab();
        let Chaos { killed, completed, results, .. } = chaos(&lab, 100, 20.0, &["--jobs", "2"]);
        let (course, seconds) = (course(&lab), start.elapsed().as_secs());
        write!(
            text,
            "\n## {what}\n\n{course}; {killed} kills, {completed} sweeps came to their end, all equal \
             ({seconds} s).\n"
        )
        .unwrap();
        text += &digest(&results);
    }
    proof(&text);
}
