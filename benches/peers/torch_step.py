#!/usr/bin/env python3
"""Times the article's training step in PyTorch: one shared D(fake) pass, eager, with products in bf16
or compiled; or the usual loop."""

from measure import arguments, full_batches, time_steps
from torch_article import Article, torch, use_threads

if __name__ == "__main__":
    args = arguments(variants=("shared", "bf16", "compiled", "usual"))
    use_threads(args.threads)
    article = Article(autocast=args.variant == "bf16", compiled=args.variant == "compiled")
    batches = full_batches(args.batch, lambda x, y: (torch.tensor(x), torch.tensor(y)))
    step = article.usual if args.variant == "usual" else article.shared
    time_steps(args, f"torch {args.variant}", step, article.results, batches)
