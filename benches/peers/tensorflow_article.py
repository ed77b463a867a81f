"""The article's networks and training step in TensorFlow and Keras."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import tensorflow as tf
from keras import layers

from measure import CLASSES, NOISE, check_parameters


def use_threads(threads):
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(threads)


def maxout(x, units, pieces):
    """ReLU and dropout on every piece, then the max over pieces, as in the article."""
    x = layers.Dense(pieces * units, activation="relu")(x)
    x = layers.Dropout(0.5)(x)
    return keras.ops.max(layers.Reshape((pieces, units))(x), axis=1)


def discriminator():
    images, labels = keras.Input([784]), keras.Input([CLASSES])
    joined = layers.Concatenate()([maxout(images, 240, 5), maxout(labels, 50, 5)])
    out = layers.Dense(1, activation="sigmoid")(maxout(joined, 240, 4))
    return keras.Model([images, labels], out)


def generator():
    noise, labels = keras.Input([NOISE]), keras.Input([CLASSES])
    branches = [layers.Dense(256, activation="relu")(x) for x in (noise, labels)]
    x = layers.Dense(512, activation="relu")(layers.Concatenate()(branches))
    return keras.Model([noise, labels], layers.Dense(784, activation="tanh")(x))


class Article:
    """Both networks, their optimizers, the four running means, and the step as one graph."""

    def __init__(self):
        self.g, self.d = generator(), discriminator()
        check_parameters(generator=self.g.count_params(), discriminator=self.d.count_params())
        self.optimizers = []
        for net in (self.g, self.d):
            optimizer = keras.optimizers.Adam(2e-4, beta_1=0.5)
            optimizer.build(net.trainable_variables)
            self.optimizers.append(optimizer)
        self.bce = keras.losses.BinaryCrossentropy()
        self.means = [keras.metrics.Mean() for _ in range(4)]

    @tf.function
    def step(self, images, labels):
        noise = tf.random.normal([tf.shape(images)[0], NOISE])
        with tf.GradientTape() as g_tape, tf.GradientTape() as d_tape:
            fakes = self.g([noise, labels], training=True)
            real = self.d([images, labels], training=True)
            fake = self.d([fakes, labels], training=True)
            g_loss = self.bce(tf.ones_like(fake), fake)
            d_loss = self.bce(tf.ones_like(real), real) + self.bce(tf.zeros_like(fake), fake)
        for mean, value in zip(self.means, (real, fake, g_loss, d_loss)):
            mean.update_state(value)
        for tape, loss, net, optimizer in zip((g_tape, d_tape), (g_loss, d_loss),
                                              (self.g, self.d), self.optimizers):
            variables = net.trainable_variables
            optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))

    def results(self):
        return [float(mean.result()) for mean in self.means]
