#!/usr/bin/env python3
"""Times a sweep of short runs, two at a time: ours in one process, the peers with a process a run.

Needs Linux (for pinning and for memory in /proc).
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import record
from run import OURS, portable, python_of

SCORED = f"{OURS} scored"
PEERS = {"tensorflow": "tensorflow_run.py", "torch": "torch_run.py"}
EXPERIMENT = """\
[experiment]
question = "How long do short runs take?"
extends = "preset:article"
seeds = {seeds}

[train]
steps = {steps}
"""


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", default=sys.executable,
                        help="interpreter that has requirements.txt installed")
    parser.add_argument("--venv", type=Path,
                        help="make (or use) a virtual environment here and install them into it")
    parser.add_argument("--runs", type=int, default=8)
    parser.add_argument("--jobs", type=int, default=2, help="runs at once, a core each")
    parser.add_argument("--steps", type=int, default=235, help="steps a run; 235 are one epoch")
    parser.add_argument("--rounds", type=int, default=3, help="turns of each contender")
    parser.add_argument("--only", help="comma-separated contenders")
    parser.add_argument("--label", default=record.label(), help="the machine's name in the folder")
    parser.add_argument("--out", type=Path, default=record.ROOT / "benches" / "runs")
    return parser.parse_args()


def children(pid):
    """A process and all below it."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            found += children(int(child))
    return found


def memory(pids):
    """Proportional set size of these processes and all below them, bytes."""
    total = 0
    for pid in pids:
        try:
            for process in children(pid):
                for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
                    if line.startswith("Pss:"):
                        total += 1024 * int(line.split()[1])
        except OSError:
            continue  # it has ended
    return total


def carry_out(commands, cores, errors):
    """Runs the commands, as many at once as there are sets of cores; seconds and peak bytes."""
    waiting, running, free, peak = list(commands), {}, list(cores), 0
    start = time.perf_counter()
    try:
        while waiting or running:
            while waiting and free:
                on = free.pop(0)
                command = waiting.pop(0)
                process = subprocess.Popen(
                    command, cwd=record.ROOT, stdout=subprocess.DEVNULL, stderr=errors,
                    preexec_fn=lambda on=on: os.sched_setaffinity(0, on))
                running[process] = (on, command)
            time.sleep(0.05)
            peak = max(peak, memory(process.pid for process in running))
            for process in [p for p in running if p.poll() is not None]:
                on, command = running.pop(process)
                free.append(on)
                if process.returncode != 0:
                    errors.seek(0)
                    raise SystemExit(f"{' '.join(command)}: exit {process.returncode}\n"
                                     f"{errors.read().decode(errors='replace')[-2000:]}")
        return time.perf_counter() - start, peak
    finally:
        for process in running:
            process.kill()


def contenders(args, python, folder):
    """Contender -> the commands of one sweep; `{fresh}` in them is a new folder each time."""
    seeds = list(range(1, args.runs + 1))
    chosen = args.only.split(",") if args.only else [OURS, SCORED, *PEERS]
    unknown = [name for name in chosen if name not in (OURS, SCORED, *PEERS)]
    if unknown:
        raise SystemExit(f"--only: no contender {unknown[0]!r}; there are {OURS}, {SCORED!r}, "
                         f"{', '.join(PEERS)}")
    made = {}
    for name in chosen:
        if name in (OURS, SCORED):
            subprocess.run(["cargo", "build", "--release", "--bin", OURS], cwd=record.ROOT,
                           check=True)
            file = folder / "short.toml"
            file.write_text(EXPERIMENT.format(seeds=seeds, steps=args.steps))
            target = Path(os.environ.get("CARGO_TARGET_DIR", record.ROOT / "target"))
            made[name] = [[str(target / "release" / OURS), "sweep", str(file), "--quiet", "--jobs",
                           str(args.jobs), "--runs-dir", "{fresh}"]]
            if name == OURS:
                # As the peers, which score nothing.
                made[name][0] += ["--set", "score.fast=false", "--set", "score.full=false"]
        else:
            made[name] = [[python, str(record.HERE / PEERS[name]), "--threads", "1", "--steps",
                           str(args.steps), "--seed", str(seed)] for seed in seeds]
    return made


def summarise(raw, args):
    lines = [
        f"# {args.runs} runs of preset `article`, {args.steps} steps each, {args.jobs} at a time",
        "",
        f"Median (fastest to slowest) of {args.rounds} rounds; contenders in turn.",
        "",
        "| program | seconds | peak memory, MiB | ours takes |",
        "|---|---|---|---|",
    ]
    for name, rounds in raw.items():
        seconds = [s for s, _ in rounds]
        peak = max(p for _, p in rounds) / 2**20
        ratio = "—"
        if name != OURS and OURS in raw:
            ours = statistics.median(s for s, _ in raw[OURS])
            memory_share = max(p for _, p in raw[OURS]) / 2**20 / peak
            ratio = (f"{ours / statistics.median(seconds):.2f} of the time, "
                     f"{memory_share:.2f} of the memory")
        lines.append(f"| {name} | {statistics.median(seconds):.1f} ({min(seconds):.1f}–"
                     f"{max(seconds):.1f}) | {peak:.0f} | {ratio} |")
    return "\n".join(lines) + "\n"


def main():
    args = arguments()
    python = python_of(args)
    cores = sorted(os.sched_getaffinity(0))[:args.jobs]
    if len(cores) < args.jobs:
        raise SystemExit(f"{args.jobs} runs at once need as many cores; there are {len(cores)}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sweeps = contenders(args, python, folder)
        raw = {name: [] for name in sweeps}
        for number in range(args.rounds):
            for name, commands in sweeps.items():
                fresh = tempfile.mkdtemp(dir=folder)
                ready = [[part.replace("{fresh}", fresh) for part in c] for c in commands]
                # Ours keeps two runs in one process: it gets all the cores.
                on = [set(cores)] if name in (OURS, SCORED) else [{core} for core in cores]
                with tempfile.TemporaryFile() as errors:
                    seconds, peak = carry_out(ready, on, errors)
                raw[name].append([seconds, peak])
                print(f"round {number + 1}/{args.rounds} {name:18} {seconds:7.1f} s "
                      f"{peak / 2**20:7.0f} MiB", flush=True)
        lines = [portable(c).replace(f"{folder}/", "") for cs in sweeps.values() for c in cs]
    out = record.folder(args.out, f"{args.label}-sweep")
    summary = summarise(raw, args)
    (out / "machine.txt").write_text(record.machine())
    (out / "versions.txt").write_text(record.versions(python))
    (out / "commands.txt").write_text(
        "".join(f"{line}\n" for line in lines)
        + "\nshort.toml:\n"
        + EXPERIMENT.format(seeds=list(range(1, args.runs + 1)), steps=args.steps))
    (out / "raw.json").write_text(json.dumps(
        {"unit": "contender -> rounds -> [seconds, peak bytes]", **raw}, indent=1) + "\n")
    (out / "summary.md").write_text(summary)
    print(f"\n{summary}\nwritten to {out}")


if __name__ == "__main__":
    main()
