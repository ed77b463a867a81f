"""Dense, maxout and label layers: outputs, and all gradients for a given upstream gradient."""

import torch

from common import Draws, case, drop, largest_piece, leaf, one_hot, relu
from streams import keep_mask

ACTIVATIONS = {
    "linear": lambda x: x,
    "relu": relu,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
}


def maxout(x, weight, bias, mode, pieces, keep, rate):
    """One layer of the discriminator under `mode`; `keep` is the mask at the mode's own place."""
    if mode == "article":
        return largest_piece(drop(relu(x @ weight + bias), keep, rate), pieces)
    if mode == "drop-inputs":
        return largest_piece(drop(x, keep, rate) @ weight + bias, pieces)
    if mode == "drop-outputs":
        return drop(largest_piece(x @ weight + bias, pieces), keep, rate)
    if mode == "relu":
        return drop(relu(x @ weight + bias), keep, rate)
    raise ValueError(mode)


def mask_width(mode, inputs, units, pieces):
    return {
        "article": units * pieces,
        "drop-inputs": inputs,
        "drop-outputs": units,
        "relu": units * pieces,
    }[mode]


def with_gradients(name, settings, leaves, forward, draws, extra=None):
    """Runs `forward`, draws dy of its shape, and gathers y and d<leaf> for every leaf."""
    y = forward()
    dy = draws.normal(*y.shape)
    grads = torch.autograd.grad(y, list(leaves.values()), dy)
    inputs = {**leaves, **(extra or {}), "dy": dy}
    outputs = {"y": y, **{f"d{n}": g for n, g in zip(leaves, grads)}}
    return case(name, settings, inputs, outputs)


def dense_cases():
    for seed, (activation, function) in enumerate(ACTIVATIONS.items()):
        draws = Draws(100 + seed)
        p = {"x": leaf(draws.normal(5, 7)), "weight": leaf(draws.normal(7, 6)),
             "bias": leaf(draws.normal(6))}
        yield with_gradients(f"dense {activation}", {"activation": activation}, p,
                             lambda: function(p["x"] @ p["weight"] + p["bias"]), draws)


def maxout_cases():
    inputs, units, pieces = 7, 6, 3
    for index, mode in enumerate(["article", "drop-inputs", "drop-outputs", "relu"]):
        for rate in [0.0, 0.5, 0.3]:
            draws = Draws(200 + 10 * index + int(10 * rate))
            p = {"x": leaf(draws.normal(8, inputs)),
                 "weight": leaf(draws.normal(inputs, pieces * units)),
                 "bias": leaf(draws.normal(pieces * units))}
            key = 1_000_003 * (10 * index + int(10 * rate)) + 2**40
            width = mask_width(mode, inputs, units, pieces)
            keep = keep_mask(rate, key, 8, width) if rate else None
            yield with_gradients(
                f"maxout {mode} {rate}",
                {"mode": mode, "units": units, "pieces": pieces, "rate": rate,
                 "key": key}, p,
                lambda: maxout(p["x"], p["weight"], p["bias"], mode, pieces, keep, rate),
                draws, {"keep": keep})


def one_piece_and_ties():
    draws = Draws(300)
    p = {"x": leaf(draws.normal(4, 5)), "weight": leaf(draws.normal(5, 6)),
         "bias": leaf(draws.normal(6))}
    settings = {"mode": "article", "units": 6, "pieces": 1, "rate": 0.5, "key": 77}
    keep = keep_mask(0.5, 77, 4, 6)
    yield with_gradients("maxout one piece", settings, p,
                         lambda: maxout(p["x"], p["weight"], p["bias"], "article", 1, keep, 0.5),
                         draws, {"keep": keep})
    # Small integers, so that the equal pieces are equal in any order of summation.
    piece = torch.tensor([[1.0, -2.0], [2.0, 1.0], [-1.0, 3.0]])
    p = {"x": leaf(torch.tensor([[1.0, 2.0, 3.0], [-1.0, 2.0, 1.0], [2.0, -3.0, 1.0]])),
         "weight": leaf(torch.cat([piece - 5.0 * piece.abs(), piece, piece], dim=1)),
         "bias": leaf(torch.zeros(6))}
    settings = {"mode": "drop-outputs", "units": 2, "pieces": 3, "rate": 0.0, "key": 0}
    yield with_gradients("maxout ties", settings, p,
                         lambda: maxout(p["x"], p["weight"], p["bias"], "drop-outputs", 3, None, 0),
                         draws)


def label_cases():
    classes, units, pieces, batch = 4, 5, 3, 9
    draws = Draws(400)
    labels = draws.classes(batch, classes)
    labels[:4] = torch.tensor([2, 2, 0, 3])  # class 1 may be absent: its rows get no gradient
    hot = one_hot(labels, classes)
    p = {"weight": leaf(draws.normal(classes, units)), "bias": leaf(draws.normal(units))}
    yield with_gradients("label dense relu", {"classes": classes}, p,
                         lambda: relu(hot @ p["weight"] + p["bias"]), draws, {"labels": labels})
    for index, mode in enumerate(["article", "drop-outputs", "relu"]):
        for rate in [0.0, 0.5]:
            draws = Draws(410 + 2 * index + int(2 * rate))
            q = {"weight": leaf(draws.normal(classes, pieces * units)),
                 "bias": leaf(draws.normal(pieces * units))}
            width = mask_width(mode, classes, units, pieces)
            key = 2**45 + index
            keep = keep_mask(rate, key, batch, width) if rate else None
            yield with_gradients(
                f"label maxout {mode} {rate}",
                {"mode": mode, "classes": classes, "units": units, "pieces": pieces, "rate": rate,
                 "key": key}, q,
                lambda: maxout(hot, q["weight"], q["bias"], mode, pieces, keep, rate), draws,
                {"labels": labels, "keep": keep})
    draws = Draws(430)
    t = {"table": leaf(draws.normal(classes, units))}
    yield with_gradients("label embedding", {"classes": classes}, t,
                         lambda: hot @ t["table"], draws, {"labels": labels})


def cases():
    return [*dense_cases(), *maxout_cases(), *one_piece_and_ties(), *label_cases()]
