"""Draws, dropout, and the JSON form shared by the golden files."""

import json
from pathlib import Path

import numpy as np
import torch

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)

# A winner or a sign decided by less than this could come out the other way in f32.
MARGIN = 1e-4


class Draws:
    """Random inputs that f32 holds exactly, from numpy's frozen legacy stream."""

    def __init__(self, seed):
        self.random = np.random.RandomState(seed)

    def normal(self, *shape, scale=1.0):
        values = self.random.standard_normal(shape) * scale
        return torch.tensor(values.astype(np.float32).astype(np.float64))

    def uniform(self, low, high, *shape):
        values = self.random.uniform(low, high, shape)
        return torch.tensor(values.astype(np.float32).astype(np.float64))

    def classes(self, count, classes):
        return torch.tensor(self.random.randint(0, classes, count))


def drop(x, keep, rate):
    """Inverted dropout by a given 0/1 mask: x·keep/(1-rate). No mask, no dropout."""
    return x if keep is None else x * keep / (1.0 - rate)


def one_hot(labels, classes):
    return torch.eye(classes)[labels]


class TooClose(Exception):
    """A decision that f32 may take the other way: the case wants another seed."""


def check_margin(distances, what):
    nearest = distances.abs().min().item()
    if nearest < MARGIN:
        raise TooClose(f"{what}: {nearest:.2e}")


def relu(x, what="relu"):
    check_margin(x.detach(), what)
    return torch.relu(x)


def largest_piece(x, pieces, what="max"):
    """Max over piece-major pieces, [batch, pieces·units] -> [batch, units].

    The gradient goes to the winner alone; of equal pieces the first wins.
    """
    x = x.reshape(x.shape[0], pieces, -1)
    values = x.detach().numpy()
    first = torch.tensor(values.argmax(axis=1, keepdims=True))
    if pieces > 1:
        ordered = np.sort(values, axis=1)
        gap = ordered[:, -1] - ordered[:, -2]
        if (gap > 0).any():
            check_margin(torch.tensor(gap[gap > 0]), what)
    return torch.take_along_dim(x, first, dim=1).squeeze(1)


def leaf(x):
    return x.clone().requires_grad_(True)


def tensor(value):
    """{"shape", "data"} with 9 significant digits, which f32 survives unchanged."""
    value = torch.as_tensor(value, dtype=torch.float64).detach()
    data = [float(f"{v:.9g}") for v in value.reshape(-1).tolist()]
    if not np.isfinite(data).all():
        raise SystemExit("a golden number is not finite")
    return {"shape": list(value.shape), "data": [int(v) if v == int(v) else v for v in data]}


def case(name, settings, inputs, outputs):
    return {
        "name": name,
        "settings": settings,
        "input": {k: tensor(v) for k, v in inputs.items() if v is not None},
        "output": {k: tensor(v) for k, v in outputs.items()},
    }


def write(file, cases):
    """One case a line, so that a changed number shows as a changed case."""
    names = [c["name"] for c in cases]
    assert len(set(names)) == len(names), "two cases with one name"
    lines = ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases)
    Path(__file__).with_name(file).write_text(f"[\n{lines}\n]\n")
