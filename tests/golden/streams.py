"""The project's random numbers, written again: named streams, ChaCha8, and the dropout hash.

Whole training steps draw their noise, labels and masks themselves; to know what a step should give,
its draws must be known here.
"""

import hashlib
import struct

import numpy as np
import torch

from common import TooClose

U32 = 0xFFFFFFFF


def stream_id(seed, purpose, layer, epoch, step):
    """256 bits that name a stream: SHA-256 of purpose, layer (each after its length) and numbers."""
    digest = hashlib.sha256()
    for text in (purpose, layer):
        digest.update(struct.pack("<Q", len(text)) + text.encode())
    digest.update(struct.pack("<QQQ", seed, epoch, step))
    return digest.digest()


def hash32(key, counters):
    """32 bits of each counter under a 64-bit key."""
    low, high = np.uint64(key & U32), np.uint64(key >> 32)
    x = counters.astype(np.uint64) ^ low
    x ^= x >> np.uint64(16)
    x = x * np.uint64(0x21F0AAAD) & np.uint64(U32)
    x = x + high & np.uint64(U32)
    x ^= x >> np.uint64(15)
    x = x * np.uint64(0x735A2D97) & np.uint64(U32)
    return x ^ (x >> np.uint64(15))


def keep_mask(rate, key, rows, columns):
    """1 where element row·columns + column is kept by the dropout of this key."""
    threshold = round(rate * 2**32)
    kept = hash32(key, np.arange(rows * columns)) >= threshold
    return torch.tensor(kept.astype(np.float64).reshape(rows, columns))


def dropout_mask(seed, layer, step, number, rate, rows, columns):
    """The mask of a layer in pass `number` of a step."""
    key = struct.unpack_from("<Q", stream_id(seed, "dropout", layer, step, number))[0]
    return keep_mask(rate, key, rows, columns)


def chacha8(seed):
    """32-bit words of ChaCha with 8 rounds, nonce 0 (Bernstein 2008), without end."""
    start = [*struct.unpack("<4I", b"expand 32-byte k"), *struct.unpack("<8I", seed)]
    block = 0
    while True:
        state = [*start, block & U32, block >> 32, 0, 0]
        x = list(state)
        for _ in range(4):
            for a, b, c, d in [(0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15),
                               (0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14)]:
                for left, right, mixed, turn in [(a, b, d, 16), (c, d, b, 12),
                                                 (a, b, d, 8), (c, d, b, 7)]:
                    x[left] = x[left] + x[right] & U32
                    x[mixed] ^= x[left]
                    x[mixed] = (x[mixed] << turn | x[mixed] >> (32 - turn)) & U32
        yield from (p + q & U32 for p, q in zip(x, state))
        block += 1


def uniform_sqrt3(id, rows, columns):
    """U[-√3, √3) as f32 arithmetic gives it: the upper 24 bits of a word are a number in [0, 1)."""
    words = chacha8(id)
    bits = [next(words) >> 8 for _ in range(rows * columns)]
    unit = np.array(bits, np.float32) * np.float32(2.0**-24)
    values = (unit * np.float32(2) - np.float32(1)) * np.sqrt(np.float32(3))
    return torch.tensor(values.astype(np.float64).reshape(rows, columns))


def classes(id, count, number):
    """Classes below `number`: the upper half of word · number."""
    words, out = chacha8(id), []
    for _ in range(count):
        product = next(words) * number
        if product & U32 > 2**32 - number:
            raise TooClose("a draw that would need a second word")
        out.append(product >> 32)
    return torch.tensor(out)
