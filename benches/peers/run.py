#!/usr/bin/env python3
"""Times one training step of ours and of the peers in turn, and writes the table of ratios.

One run at one thread on one core, and two such runs at once on two cores; then the same as people
start them, with the threads each library chooses and on any core. The contenders take turns, so
that a machine that slows down slows all of them. Needs Linux (for pinning).
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path

import record

PEERS = {
    "tensorflow": ["tensorflow_step.py"],
    "tensorflow bf16": ["tensorflow_step.py", "--variant", "bf16"],
    "torch shared": ["torch_step.py", "--variant", "shared"],
    "torch shared bf16": ["torch_step.py", "--variant", "bf16"],
    "torch shared compiled": ["torch_step.py", "--variant", "compiled"],
    "torch usual": ["torch_step.py", "--variant", "usual"],
    "jax": ["jax_step.py"],
}
OURS = "cgan-sweep"
MEANING = {
    OURS: "this project",
    "tensorflow": "the article's program: `@tf.function`, one D(fake) pass",
    "tensorflow bf16": "the same under Keras' policy `mixed_bfloat16`",
    "torch shared": "eager PyTorch, one D(fake) pass for both losses",
    "torch shared bf16": "the same under `torch.autocast` to bfloat16",
    "torch shared compiled": "the same through `torch.compile`",
    "torch usual": "eager PyTorch, the usual loop: D on detached fakes, then G",
    "jax": "`jax.jit`, one D(fake) pass under two cotangents",
}


@dataclass
class Mode:
    """So many copies at once, pinned to a core each or not, and the threads of each."""

    title: str
    copies: int
    pinned: bool
    ours: int
    theirs: int  # 0: as many as the library chooses

    @property
    def cores(self):
        """The cores of each copy."""
        free = sorted(os.sched_getaffinity(0))
        return [{core} if self.pinned else set(free) for core in free[:self.copies]]


def modes(args):
    cores = len(os.sched_getaffinity(0))
    chosen = {"one": Mode("One run on one core", 1, True, 1, 1)}
    if not args.skip_two:
        if cores < 2:
            raise SystemExit("two runs at once need two cores; pass --skip-two")
        chosen["two"] = Mode("Two runs at once on two cores", 2, True, 1, 1)
    if not args.skip_started:
        # A sweep of ours lends the idle cores to a run where runs are fewer.
        chosen["one started"] = Mode("One run as people start it, its threads left to the library",
                                     1, False, cores, 0)
        if not args.skip_two:
            chosen["two started"] = Mode("Two runs at once as people start them",
                                         2, False, max(1, cores // 2), 0)
    return chosen


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", default=sys.executable,
                        help="interpreter that has requirements.txt installed")
    parser.add_argument("--venv", type=Path,
                        help="make (or use) a virtual environment here and install them into it")
    parser.add_argument("--batch", type=int, default=256)
    parser.add_argument("--steps", type=int, default=60, help="steps a repeat")
    parser.add_argument("--repeats", type=int, default=3, help="repeats a round")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each contender")
    parser.add_argument("--only", help="comma-separated contenders")
    parser.add_argument("--skip-two", action="store_true", help="leave out two runs at once")
    parser.add_argument("--skip-started", action="store_true",
                        help="leave out runs whose threads the library chooses")
    parser.add_argument("--real-time", action="store_true",
                        help="time steps at real-time priority, where others use the machine too"
                        " (needs root)")
    parser.add_argument("--label", default=record.label(), help="the machine's name in the folder")
    parser.add_argument("--out", type=Path, default=record.ROOT / "benches" / "runs")
    return parser.parse_args()


def python_of(args):
    if args.venv is None:
        return args.python
    python = args.venv / "bin" / "python"
    if not python.exists():
        venv.create(args.venv, with_pip=True)
    subprocess.run([str(python), "-m", "pip", "install", "--quiet", "-r",
                    str(record.HERE / "requirements.txt")], check=True)
    return str(python)


def commands(args, python):
    """Contender -> its command, but for the threads."""
    common = ["--batch", str(args.batch), "--steps", str(args.steps),
              "--repeats", str(args.repeats)]
    build = ["cargo", "build", "--release", "--example", "step"]
    chosen = args.only.split(",") if args.only else [OURS, *PEERS]
    unknown = [name for name in chosen if name not in MEANING]
    if unknown:
        raise SystemExit(f"--only: no contender {unknown[0]!r}; there are {', '.join(MEANING)}")
    if OURS in chosen:
        subprocess.run(build, cwd=record.ROOT, check=True)
    target = Path(os.environ.get("CARGO_TARGET_DIR", record.ROOT / "target"))
    ours = [str(target / "release" / "examples" / "step"), *common, "--json"]
    return {
        name: ours if name == OURS else
        [python, str(record.HERE / PEERS[name][0]), *PEERS[name][1:], *common, "--wait"]
        for name in chosen
    }


def measure(name, command, mode, real_time):
    """Runs the copies of a contender at once; milliseconds a step of every copy."""
    command = [*command, "--threads", str(mode.ours if name == OURS else mode.theirs)]
    if real_time and name == OURS:
        command = ["chrt", "--fifo", "1", *command]
    copies = []
    for on in mode.cores:
        copies.append(subprocess.Popen(
            command, cwd=record.ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True,
            preexec_fn=lambda on=on: os.sched_setaffinity(0, on)))
    try:
        if name != OURS:  # all are warm before any is timed
            for copy in copies:
                if copy.stdout.readline().strip() != "ready":
                    fail(command, copy)
            for copy in copies:
                if real_time:
                    subprocess.run(["chrt", "--all-tasks", "--fifo", "--pid", "1", str(copy.pid)],
                                   check=True)
                copy.stdin.write("\n")
                copy.stdin.flush()
        times = []
        for copy in copies:
            printed, errors = copy.communicate()
            if copy.returncode != 0:
                raise SystemExit(f"{' '.join(command)}: exit {copy.returncode}\n{errors}")
            times.append(json.loads(printed.strip().splitlines()[-1])["ms_per_step"])
        return times
    finally:
        for copy in copies:
            if copy.poll() is None:
                copy.kill()


def fail(command, copy):
    _, errors = copy.communicate()
    raise SystemExit(f"{' '.join(command)}: ended before it was warm\n{errors}")


def summarise(raw, chosen, args):
    """Markdown: milliseconds a step, steps a second of all copies, and ours over theirs."""
    lines = [
        f"# One training step of preset `article`, batch {args.batch}, f32 but where a name says bf16",
        "",
        f"Median (fastest to slowest) of {args.rounds} rounds × {args.repeats} repeats ×"
        f" {args.steps} steps; contenders in turn"
        f"{', at real-time priority' if args.real_time else ''}.",
    ]
    speeds = {}
    for mode, rounds in raw.items():
        lines += ["", f"## {chosen[mode].title}", "", threads(chosen[mode]), "",
                  "| program | ms a step | steps a second, all runs | ours is faster by |",
                  "|---|---|---|---|"]
        for name, copies in rounds.items():
            times = [t for run in copies for copy in run for t in copy]
            # The copies of one run side by side: their speeds add up.
            speeds[mode, name] = statistics.median(
                sum(1e3 / statistics.median(copy) for copy in run) for run in copies)
            ratio = "—"
            if name != OURS and (mode, OURS) in speeds:
                ratio = f"{speeds[mode, OURS] / speeds[mode, name]:.2f}"
            lines.append(f"| {name} | {statistics.median(times):.1f} ({min(times):.1f}–"
                         f"{max(times):.1f}) | {speeds[mode, name]:.1f} | {ratio} |")
    if ("two", OURS) in speeds and ("one", OURS) in speeds:
        share = speeds["two", OURS] / (2 * speeds["one", OURS])
        lines += ["", f"Two of ours at once do {share:.3f} of twice one run's work."]
    lines += ["", *(f"- `{name}`: {MEANING[name]}" for name in next(iter(raw.values())))]
    return "\n".join(lines) + "\n"


def threads(mode):
    theirs = "as many as its library chooses" if mode.theirs == 0 else mode.theirs
    threads = (f"{mode.ours} a run" if mode.theirs == mode.ours else
               f"{mode.ours} a run of ours, of the others {theirs}")
    return f"Threads: {threads}; {'pinned' if mode.pinned else 'not pinned'}."


def portable(command):
    """The command without this machine's paths."""
    return " ".join(
        "python" if i == 0 and "python" in Path(part).name
        else part.replace(f"{record.ROOT}/", "")
        for i, part in enumerate(command))


def main():
    args = arguments()
    chosen = modes(args)
    python = python_of(args)
    contenders = commands(args, python)
    raw = {mode: {name: [] for name in contenders} for mode in chosen}
    for number in range(args.rounds):
        for title, mode in chosen.items():
            for name, command in contenders.items():
                times = measure(name, command, mode, args.real_time)
                raw[title][name].append(times)
                shown = ", ".join(f"{statistics.median(t):.1f}" for t in times)
                print(f"round {number + 1}/{args.rounds} {title:11} {name:21} {shown} ms",
                      flush=True)
    out = record.folder(args.out, args.label)
    summary = summarise(raw, chosen, args)
    (out / "machine.txt").write_text(record.machine())
    (out / "versions.txt").write_text(record.versions(python))
    (out / "commands.txt").write_text(
        "".join(f"{portable(command)} --threads …\n" for command in contenders.values()))
    (out / "raw.json").write_text(json.dumps(
        {"unit": "ms a step; mode -> contender -> rounds -> copies -> repeats", **raw}, indent=1)
        + "\n")
    (out / "summary.md").write_text(summary)
    print(f"\n{summary}\nwritten to {out}")


if __name__ == "__main__":
    main()
