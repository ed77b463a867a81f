#!/usr/bin/env python3
"""Times the article's training step in JAX: one jitted step, one D(fake) pass under two cotangents."""

import os

from measure import CLASSES, NOISE, arguments, check_parameters, full_batches, time_steps

PIECES = {"images": 5, "labels": 5, "joint": 4}


def main():
    args = arguments()
    if args.threads == 1:  # read when jax starts
        os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"
    import jax
    import jax.numpy as jnp
    from jax.nn import relu, softplus

    def dense(params, name, x):
        weight, bias = params[name]
        return x @ weight + bias

    def maxout(params, name, x, key):
        """ReLU and dropout on every piece, then the max over pieces, as in the article."""
        x = relu(dense(params, name, x))
        x = jnp.where(jax.random.bernoulli(key, 0.5, x.shape), 2 * x, 0)
        return x.reshape(len(x), PIECES[name], -1).max(1)

    def discriminator(params, images, labels, key):
        keys = jax.random.split(key, 3)
        x = jnp.concatenate([maxout(params, "images", images, keys[0]),
                             maxout(params, "labels", labels, keys[1])], 1)
        return dense(params, "out", maxout(params, "joint", x, keys[2]))

    def generator(params, noise, labels):
        x = jnp.concatenate([relu(dense(params, "noise", noise)),
                             relu(dense(params, "labels", labels))], 1)
        return jnp.tanh(dense(params, "out", relu(dense(params, "joint", x))))

    def make(key, shapes):
        glorot = jax.nn.initializers.glorot_uniform()
        keys = jax.random.split(key, len(shapes))
        return {name: (glorot(k, shape), jnp.zeros(shape[1]))
                for k, (name, shape) in zip(keys, shapes.items())}

    def adam(params, grads, m, v, t):
        rate = 2e-4 * jnp.sqrt(1 - 0.999**t) / (1 - 0.5**t)
        m = jax.tree.map(lambda m, g: 0.5 * m + 0.5 * g, m, grads)
        v = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, v, grads)
        params = jax.tree.map(lambda p, m, v: p - rate * m / (jnp.sqrt(v) + 1e-7), params, m, v)
        return params, m, v

    def step(state, images, labels):
        (g, gm, gv), (d, dm, dv), key, t, sums = state
        key, *keys = jax.random.split(key, 4)
        t = t + 1
        noise = jax.random.normal(keys[0], (len(images), NOISE))
        fakes, to_g = jax.vjp(lambda p: generator(p, noise, labels), g)
        real, real_to_d = jax.vjp(lambda p: discriminator(p, images, labels, keys[1]), d)
        fake, fake_to = jax.vjp(lambda p, x: discriminator(p, x, labels, keys[2]), d, fakes)
        n = len(images)
        # d/dlogit of softplus(-l) is σ(l) - 1, of softplus(l) it is σ(l)
        d_grads = jax.tree.map(jnp.add, real_to_d((jax.nn.sigmoid(real) - 1) / n)[0],
                               fake_to(jax.nn.sigmoid(fake) / n)[0])
        g_grads = to_g(fake_to((jax.nn.sigmoid(fake) - 1) / n)[1])[0]
        sums += jnp.stack([jax.nn.sigmoid(real).mean(), jax.nn.sigmoid(fake).mean(),
                           softplus(-fake).mean(),
                           softplus(-real).mean() + softplus(fake).mean()])
        return adam(g, g_grads, gm, gv, t), adam(d, d_grads, dm, dv, t), key, t, sums

    keys = jax.random.split(jax.random.key(1, impl="rbg"), 3)
    g = make(keys[0], {"noise": (NOISE, 256), "labels": (CLASSES, 256), "joint": (512, 512),
                       "out": (512, 784)})
    d = make(keys[1], {"images": (784, 1200), "labels": (CLASSES, 250), "joint": (290, 960),
                       "out": (240, 1)})
    check_parameters(generator=sum(p.size for p in jax.tree.leaves(g)),
                     discriminator=sum(p.size for p in jax.tree.leaves(d)))
    def zero(tree):
        return jax.tree.map(jnp.zeros_like, tree)

    state = [(g, zero(g), zero(g)), (d, zero(d), zero(d)), keys[2], jnp.zeros(()), jnp.zeros(4)]
    jitted = jax.jit(step, donate_argnums=0)

    def advance(images, labels):
        state[:] = jitted(tuple(state), images, labels)

    batches = full_batches(args.batch, lambda x, y: (jnp.array(x), jnp.array(y)))
    time_steps(args, "jax", advance, lambda: jax.block_until_ready(state[4]), batches)


if __name__ == "__main__":
    main()
