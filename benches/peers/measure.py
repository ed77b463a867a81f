"""What the peers' scripts share: their arguments, the clock, and the JSON they print."""

import argparse
import itertools
import json
import statistics
import sys
import time

import numpy as np

import mnist

PARAMETERS = {"discriminator": 1_224_351, "generator": 693_520}
NOISE = 100
CLASSES = 10


def arguments(variants=()):
    parser = argparse.ArgumentParser(description=sys.modules["__main__"].__doc__)
    parser.add_argument("--threads", type=int, default=1,
                        help="0 leaves them to the library")
    parser.add_argument("--batch", type=int, default=256)
    parser.add_argument("--steps", type=int, default=50, help="steps a repeat")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--warmup", type=int, default=10, help="steps before the clock starts")
    parser.add_argument("--wait", action="store_true",
                        help="once warm, print 'ready' and wait for a line on stdin")
    if variants:
        parser.add_argument("--variant", choices=variants, default=variants[0])
    return parser.parse_args()


def run_arguments():
    parser = argparse.ArgumentParser(description=sys.modules["__main__"].__doc__)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--batch", type=int, default=256)
    parser.add_argument("--steps", type=int, default=235, help="235 are one epoch at batch 256")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def check_parameters(**counts):
    if counts != PARAMETERS:
        raise SystemExit(f"these are not the article's networks: {counts}, not {PARAMETERS}")


def full_batches(batch, convert):
    """16 full batches of MNIST in the library's own tensors, over and over."""
    images, labels = mnist.load()
    one_hot = np.eye(CLASSES, dtype=np.float32)[labels]
    made = [convert(images[i * batch:(i + 1) * batch], one_hot[i * batch:(i + 1) * batch])
            for i in range(min(16, len(images) // batch))]
    return itertools.cycle(made)


def time_steps(args, name, step, finish, batches):
    """Times `step(images, labels)`; `finish()` returns once all work asked for is done."""
    for _ in range(args.warmup):
        step(*next(batches))
    finish()
    if args.wait:
        print("ready", flush=True)
        sys.stdin.readline()
    times = []
    for _ in range(args.repeats):
        start = time.perf_counter()
        for _ in range(args.steps):
            step(*next(batches))
        finish()
        times.append((time.perf_counter() - start) / args.steps * 1e3)
    print(json.dumps({"name": name, "threads": args.threads, "batch": args.batch,
                      "steps": args.steps, "median_ms": statistics.median(times),
                      "ms_per_step": times}))


def print_curve(args, name, real_p, fake_p, gen_loss, dis_loss, seconds):
    """The means of one training, in the terms of the article's loss.csv."""
    print(json.dumps({"name": name, "seed": args.seed, "steps": args.steps, "seconds": seconds,
                      "Real_P": real_p, "Fake_P": fake_p, "Gen_loss": gen_loss,
                      "Dis_loss": dis_loss}))
