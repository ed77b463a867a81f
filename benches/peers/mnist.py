"""MNIST from the gzipped IDX files of `data/mnist/`, scaled to [-1, 1]."""

import gzip
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).resolve().parents[2] / "data" / "mnist"


def read(file):
    data = gzip.decompress((FOLDER / file).read_bytes())
    dimensions = data[3]
    shape = np.frombuffer(data, ">u4", dimensions, 4)
    return np.frombuffer(data, np.uint8, offset=4 + 4 * dimensions).reshape(shape)


def load():
    """(images [60000, 784] in [-1, 1], labels [60000]) of the training set."""
    images = read("train-images-idx3-ubyte.gz").reshape(60000, -1).astype(np.float32)
    return (images - 127.5) / 127.5, read("train-labels-idx1-ubyte.gz").astype(np.int64)


def batches(images, labels, size, seed):
    """Shuffled batches without end, the last and smaller one of each epoch included."""
    random = np.random.RandomState(seed)
    while True:
        order = random.permutation(len(images))
        for start in range(0, len(order), size):
            rows = order[start:start + size]
            yield images[rows], labels[rows]
