//! Results do not depend on jobs, threads, order, isolation or shards.

use super::lab::{Lab, assert_same, results};

const AXES: &str = "[axes]\ndiscriminator.image_pieces = [1, 3]\n";

#[test]
fn one_result_however_it_is_carried_out() {
    let lab = Lab::new(3, AXES);
    let wanted = lab.untouched();
    let mut number = 0;
    for jobs in ["1", "2", "4"] {
        for threads in ["1", "2"] {
            for order in [&[][..], &["--shortest-first"]] {
                for isolate in ["thread", "process"] {
                    for shards in [&[][..], &["1/2", "2/2"]] {
                        number += 1;
                        let runs = format!("runs-{number}");
                        let mut arguments = vec!["--jobs", jobs, "--threads", threads];
                        arguments.extend(["--isolate", isolate, "--runs-dir", &runs, "--no-reuse"]);
                        arguments.extend(order);
                        let what = format!("{arguments:?} {shards:?}");
                        if shards.is_empty() {
                            let (said, code) = lab.sweep(&arguments);
                            assert_eq!(code, 0, "{what}: {said}");
                        }
                        // At once, as on two machines that share the folder.
                        let parts: Vec<_> = shards
                            .iter()
                            .map(|shard| lab.start(&[&arguments[..], &["--shard", shard]].concat()))
                            .collect();
                        for part in parts {
                            let output = part.wait_with_output().unwrap();
                            assert!(output.status.success(), "{what}: {output:?}");
                        }
                        if !shards.is_empty() {
                            // Whichever part ended last may have missed the other's last run.
                            let folder = lab.folder(&runs);
                            assert!(
                                lab.run(&["report".as_ref(), folder.as_os_str()]).status.success()
                            );
                        }
                        assert_same(&results(&lab.folder(&runs)), &wanted, &what);
                        std::fs::remove_dir_all(lab.dir.join(&runs)).unwrap();
                    }
                }
            }
        }
    }
    assert_eq!(number, 48);
}
