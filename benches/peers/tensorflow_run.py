#!/usr/bin/env python3
"""Trains the article's networks for some steps in TensorFlow and prints the means over them."""

import time

import keras
import numpy as np

import mnist
from measure import CLASSES, print_curve, run_arguments
from tensorflow_article import Article, tf, use_threads

if __name__ == "__main__":
    args = run_arguments()
    use_threads(args.threads)
    keras.utils.set_random_seed(args.seed)
    article = Article()
    images, labels = mnist.load()
    one_hot = np.eye(CLASSES, dtype=np.float32)[labels]
    batches = mnist.batches(images, one_hot, args.batch, args.seed)
    start = time.perf_counter()
    for _ in range(args.steps):
        x, y = next(batches)
        article.step(tf.constant(x), tf.constant(y))
    results = article.results()
    print_curve(args, "tensorflow", *results, time.perf_counter() - start)
