#!/usr/bin/env python3
"""Trains the article's program in TensorFlow and keeps samples of its generator.

After each epoch named by --epochs it writes `seed-S-epoch-E.npy`, 10,000 images in [-1, 1] that ask for the labels
of the MNIST test images, and once `labels.npy`; `cgan-sweep score FILE --labels labels.npy --range signed`
scores them like a run of ours. `seed-S-loss.csv` has the article's table.
"""

import argparse
from pathlib import Path

import keras
import numpy as np

import mnist
from measure import CLASSES, NOISE
from tensorflow_article import Article, tf, use_threads


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--epochs", type=int, nargs="+", default=[20, 50])
    parser.add_argument("--batch", type=int, default=256)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    return parser.parse_args()


def sample(article, labels, seed):
    noise = np.random.RandomState(seed).standard_normal((len(labels), NOISE)).astype(np.float32)
    one_hot = np.eye(CLASSES, dtype=np.float32)[labels]
    parts = range(0, len(labels), 1000)
    return np.concatenate([
        article.g([noise[i:i + 1000], one_hot[i:i + 1000]], training=False).numpy() for i in parts
    ])


if __name__ == "__main__":
    args = parse()
    args.out.mkdir(parents=True, exist_ok=True)
    use_threads(args.threads)
    keras.utils.set_random_seed(args.seed)
    article = Article()
    images, labels = mnist.load()
    wanted = mnist.read("t10k-labels-idx1-ubyte.gz").astype(np.int64)
    np.save(args.out / "labels.npy", wanted)
    one_hot = np.eye(CLASSES, dtype=np.float32)[labels]
    batches = mnist.batches(images, one_hot, args.batch, args.seed)
    with (args.out / f"seed-{args.seed}-loss.csv").open("w") as table:
        table.write("epoch,Real_P,Fake_P,Gen_loss,Dis_loss\n")
        for epoch in range(max(args.epochs)):
            for _ in range(-(-len(images) // args.batch)):
                x, y = next(batches)
                article.step(tf.constant(x), tf.constant(y))
            table.write("{:5d},{:.6f},{:.6f},{:.6f},{:.6f}\n".format(epoch, *article.results()))
            table.flush()
            for mean in article.means:
                mean.reset_state()
            if epoch + 1 in args.epochs:
                file = args.out / f"seed-{args.seed}-epoch-{epoch + 1}.npy"
                np.save(file, sample(article, wanted, args.seed))
