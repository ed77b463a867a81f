#!/usr/bin/env python3
"""Times the article's training step in TensorFlow: @tf.function, one D(fake) pass."""

from measure import arguments, full_batches, time_steps
from tensorflow_article import Article, tf, use_threads

if __name__ == "__main__":
    args = arguments()
    use_threads(args.threads)
    article = Article()
    batches = full_batches(args.batch, lambda x, y: (tf.constant(x), tf.constant(y)))
    time_steps(args, "tensorflow", article.step, article.results, batches)
