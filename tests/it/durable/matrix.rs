//! Results do not depend on jobs, threads, order, isolation or shards.

use cgan_sweep::report;

use super::lab::{Lab, assert_same, assert_same_pages, digest, proof, results, said};

pub(super) const AXES: &str = "[axes]\ndiscriminator.image_pieces = [1, 3]\n";

/// Carries a sweep out in every `each`-th of all ways there are and compares all results; in how many
/// ways.
pub(super) fn matrix(lab: &mut Lab, each: u32) -> u32 {
    let wanted = lab.untouched();
    let (mut number, mut tried) = (0, 0);
    for jobs in ["1", "2", "4"] {
        for threads in ["1", "2"] {
            for shortest_first in [false, true] {
                lab.begin_with_the_shortest(shortest_first);
                for isolate in ["thread", "process"] {
                    for shards in [&["1/1"][..], &["1/2", "2/2"]] {
                        number += 1;
                        if number % each != 0 {
                            continue;
                        }
                        tried += 1;
                        let runs = format!("runs-{number}");
                        let mut arguments = vec!["--jobs", jobs, "--threads", threads];
                        arguments.extend(["--isolate", isolate, "--runs-dir", &runs, "--no-reuse"]);
                        let what =
                            format!("{arguments:?} {shards:?}, shortest first: {shortest_first}");
                        carry_out(lab, &arguments, shards, &runs, &what);
                        assert_same(&results(&lab.folder(&runs)), &wanted, &what);
                        assert_same_pages(lab, &runs, &what);
                        std::fs::remove_dir_all(lab.dir.join(&runs)).unwrap();
                    }
                }
            }
        }
    }
    tried
}

/// Starts all shards at once, as on machines that share the folder, and again where a sweep that goes by
/// rounds is not at its end: a shard that came to the end of its part left the next round to others.
fn carry_out(lab: &Lab, arguments: &[&str], shards: &[&str], runs: &str, what: &str) {
    let folder = lab.folder(runs);
    for _ in 0..20 {
        let parts: Vec<_> = shards
            .iter()
            .map(|shard| lab.start(&[arguments, &["--shard", shard]].concat()))
            .collect();
        for part in parts {
            let (text, code) = said(&part.wait_with_output().unwrap());
            assert_eq!(code, 0, "{what}: {text}");
        }
        // Whichever part ended last may have missed the other's last run.
        if shards.len() > 1 {
            let report = lab.run(&["report".as_ref(), folder.as_os_str()]);
            assert_eq!(said(&report).1, 0, "{what}");
        }
        if report::rounds(&folder).unwrap().is_none_or(|rounds| rounds.done) {
            return;
        }
        assert!(shards.len() > 1, "{what}: a whole sweep ends in one go");
    }
    panic!("{what}: it never comes to its end");
}

#[test]
fn one_result_however_it_is_carried_out() {
    assert_eq!(matrix(&mut Lab::new(3, AXES), 1), 48);
}

/// `just matrix`.
#[test]
#[ignore = "takes minutes"]
fn one_result_on_mnist_however_it_is_carried_out() {
    let mut lab = Lab::real(4);
    let ways = matrix(&mut lab, 1);
    let hashes = digest(&results(&lab.folder("untouched")));
    proof(&format!(
        "# One result in {ways} ways\n\nFour runs of preset `article` on 1,000 images of MNIST, 4 \
         epochs: jobs 1, 2, 4 × threads 1, 2 × longest or shortest run first × all runs in one \
         process or a process each × the whole plan or two shards at once. Every result file of \
         every way is the same, byte for byte, and so is the report.\n{hashes}"
    ));
}
