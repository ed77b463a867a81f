#!/usr/bin/env python3
"""Checks the `article` case of networks.json against the article's own library (not part of make.py).

The step is written as the article's program writes it: Keras' binary cross-entropy on a sigmoid,
Keras' Adam, one D(fake) pass under two gradient tapes. Needs tensorflow, and what make.py needs.
"""

import json
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from streams import dropout_mask, stream_id, uniform_sqrt3

tf.keras.backend.set_floatx("float64")
case = json.loads(Path(__file__).with_name("networks.json").read_text())[0]
assert case["name"] == "article"
SEED = case["settings"]["seed"]


def numbers(side, name):
    t = case[side][name]
    return np.array(t["data"], dtype=np.float64).reshape(t["shape"])


weights = {
    name.removeprefix("initial."): tf.Variable(numbers("input", name))
    for name in case["input"] if name.startswith("initial.")
}


def dense(name, x):
    return x @ weights[f"{name}.weight"] + weights[f"{name}.bias"]


def maxout(name, x, pieces, keep):
    x = tf.nn.relu(dense(name, x)) * keep / 0.5
    return tf.reduce_max(tf.reshape(x, (x.shape[0], pieces, -1)), axis=1)


def generator(z, y):
    x = tf.concat([tf.nn.relu(dense("generator.noise", z)),
                   tf.nn.relu(dense("generator.label", y))], axis=1)
    return tf.tanh(dense("generator.output", tf.nn.relu(dense("generator.joint0", x))))


def discriminator(x, y, masks):
    x = tf.concat([maxout("discriminator.image", x, 3, masks["image"]),
                   maxout("discriminator.label", y, 3, masks["label"])], axis=1)
    x = maxout("discriminator.joint", x, 2, masks["joint"])
    return tf.sigmoid(dense("discriminator.output", x))


def close(name, ours):
    theirs = numbers("output", name)
    error = np.abs(np.asarray(ours).reshape(theirs.shape) - theirs).max() / np.abs(theirs).max()
    print(f"{name:45} {error:.1e}")
    assert error < 1e-5, name  # Keras clips probabilities and keeps Adam's constants in f32


groups = {n: [k for k in weights if k.startswith(n)] for n in ["generator", "discriminator"]}
rules = {n: keras.optimizers.Adam(0.01, beta_1=0.5) for n in groups}
bce = keras.losses.BinaryCrossentropy()
for i in range(3):
    images = tf.constant(numbers("input", f"step{i}.d0.images"))
    classes = numbers("input", f"step{i}.d0.labels").astype(int)
    labels = tf.one_hot(classes, 3, dtype=tf.float64)
    rows = len(classes)
    z = tf.constant(uniform_sqrt3(stream_id(SEED, "noise", "", i, 0), rows, 5).numpy())
    masks = {"real": {}, "fake": {}}
    for name, width in [("image", 18), ("label", 12), ("joint", 10)]:
        mask = dropout_mask(SEED, f"discriminator.{name}", i, 0, 0.5, 2 * rows, width).numpy()
        masks["real"][name], masks["fake"][name] = mask[:rows], mask[rows:]
    with tf.GradientTape(persistent=True) as tape:
        fakes = generator(z, labels)
        real = discriminator(images, labels, masks["real"])
        fake = discriminator(fakes, labels, masks["fake"])
        g_loss = bce(tf.ones_like(fake), fake)
        d_loss = bce(tf.ones_like(real), real) + bce(tf.zeros_like(fake), fake)
    close(f"step{i}.fakes", fakes)
    close(f"step{i}.generator_loss", g_loss)
    close(f"step{i}.discriminator_loss", d_loss)
    for network, loss in [("generator", g_loss), ("discriminator", d_loss)]:
        variables = [weights[name] for name in groups[network]]
        gradients = tape.gradient(loss, variables)
        if i == 0:
            for name, gradient in zip(groups[network], gradients):
                close(f"step0.gradient.{name}", gradient)
        rules[network].apply_gradients(zip(gradients, variables))
    if i in (0, 2):
        for name, value in weights.items():
            close(f"step{i}.after.{name}", value)
print("networks.json agrees with Keras")
