#!/usr/bin/env python3
"""Trains the article's networks for some steps in eager PyTorch and prints the means over them."""

import time

import numpy as np

import mnist
from measure import CLASSES, print_curve, run_arguments
from torch_article import Article, torch, use_threads

if __name__ == "__main__":
    args = run_arguments()
    use_threads(args.threads)
    torch.manual_seed(args.seed)
    article = Article()
    images, labels = mnist.load()
    one_hot = np.eye(CLASSES, dtype=np.float32)[labels]
    batches = mnist.batches(images, one_hot, args.batch, args.seed)
    start = time.perf_counter()
    for _ in range(args.steps):
        x, y = next(batches)
        article.shared(torch.from_numpy(x), torch.from_numpy(y))
    results = article.results()
    print_curve(args, "torch", *results, time.perf_counter() - start)
