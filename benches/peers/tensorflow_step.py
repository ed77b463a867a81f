#!/usr/bin/env python3
"""Times the article's training step in TensorFlow: @tf.function, one D(fake) pass; `bf16`: Keras' mixed precision."""

from measure import arguments, full_batches, time_steps
from tensorflow_article import Article, keras, tf, use_threads

if __name__ == "__main__":
    args = arguments(variants=("f32", "bf16"))
    use_threads(args.threads)
    if args.variant == "bf16":
        keras.mixed_precision.set_global_policy("mixed_bfloat16")
    article = Article()
    batches = full_batches(args.batch, lambda x, y: (tf.constant(x), tf.constant(y)))
    time_steps(args, f"tensorflow {args.variant}", article.step, article.results, batches)
