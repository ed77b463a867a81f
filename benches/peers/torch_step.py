#!/usr/bin/env python3
"""Times the article's training step in eager PyTorch: one shared D(fake) pass, or the usual loop."""

from measure import arguments, full_batches, time_steps
from torch_article import Article, torch, use_threads

if __name__ == "__main__":
    args = arguments(variants=("shared", "usual"))
    use_threads(args.threads)
    article = Article()
    batches = full_batches(args.batch, lambda x, y: (torch.tensor(x), torch.tensor(y)))
    step = {"shared": article.shared, "usual": article.usual}[args.variant]
    time_steps(args, f"torch {args.variant}", step, article.results, batches)
