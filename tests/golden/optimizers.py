"""Optimizers over given gradients, clipping, and schedules."""

import math

import torch

from common import Draws, case


class Adam:
    """Kingma & Ba (2015), section 2 (last paragraph): both corrections folded into the rate,
    so ε stands next to the uncorrected root, as in Keras. With weight_decay: decoupled
    (Loshchilov & Hutter 2019), taken from the parameter as it was, at the current rate."""

    def __init__(self, beta1=0.9, beta2=0.999, eps=1e-7, weight_decay=0.0):
        self.beta1, self.beta2, self.eps, self.decay = beta1, beta2, eps, weight_decay
        self.t, self.m, self.v = 0, {}, {}

    def step(self, params, grads, lr):
        self.t += 1
        rate = lr * math.sqrt(1 - self.beta2**self.t) / (1 - self.beta1**self.t)
        for name, g in grads.items():
            m = self.m[name] = self.beta1 * self.m.get(name, 0.0) + (1 - self.beta1) * g
            v = self.v[name] = self.beta2 * self.v.get(name, 0.0) + (1 - self.beta2) * g * g
            p = params[name]
            params[name] = p - lr * self.decay * p - rate * m / (v.sqrt() + self.eps)


class RmsProp:
    """ε inside the root; momentum on the scaled gradient."""

    def __init__(self, rho=0.9, eps=1e-7, momentum=0.0):
        self.rho, self.eps, self.momentum = rho, eps, momentum
        self.s, self.m = {}, {}

    def step(self, params, grads, lr):
        for name, g in grads.items():
            s = self.s[name] = self.rho * self.s.get(name, 0.0) + (1 - self.rho) * g * g
            m = self.m[name] = self.momentum * self.m.get(name, 0.0) + g / (s + self.eps).sqrt()
            params[name] = params[name] - lr * m


class Sgd:
    """v = g + μ·v; classic: p -= lr·v; Nesterov: p -= lr·(g + μ·v)."""

    def __init__(self, momentum=0.0, nesterov=False):
        self.momentum, self.nesterov = momentum, nesterov
        self.v = {}

    def step(self, params, grads, lr):
        for name, g in grads.items():
            v = self.v[name] = g + self.momentum * self.v.get(name, 0.0)
            params[name] = params[name] - lr * (g + self.momentum * v if self.nesterov else v)


def build(settings):
    """The rule of an optimizer's settings, in the keys of an experiment file."""
    rest = {k: v for k, v in settings.items()
            if k not in ("kind", "lr", "clip") and not k.startswith("schedule")}
    kinds = {"adam": Adam, "adamw": Adam, "rmsprop": RmsProp, "sgd": Sgd}
    return kinds[settings["kind"]](**rest)


def clipped(grads, limit):
    """All of one network's gradients scaled so that their joint L2 norm is at most `limit`."""
    norm = math.sqrt(sum((g * g).sum().item() for g in grads.values()))
    scale = limit / norm if limit and norm > limit else 1.0
    return {name: g * scale for name, g in grads.items()}


def schedule(settings, step, steps):
    """The rate of update number `step`, from 0, in a run of `steps`; the last has the floor."""
    kind, lr = settings.get("schedule", "constant"), settings["lr"]
    if kind == "constant":
        return lr
    floor = settings["schedule_floor"]
    if kind == "exponential":
        return max(lr / settings["schedule_factor"] ** step, floor)
    done = step / (steps - 1)
    if kind == "linear":
        return lr + (floor - lr) * done
    return floor + (lr - floor) * (1 + math.cos(math.pi * done)) / 2


def momentum_ramp(first, last, ramp, epoch):
    """Momentum of `epoch`, from 0: a straight line over `ramp` epochs; 0 means it never grows."""
    return first if ramp == 0 else first + (last - first) * min(1.0, epoch / ramp)


def against_torch(settings, start, gradients, ours):
    """Where torch has the same rule, it must agree: SGD as it is, Adam's rules where ε is
    next to nothing."""
    p = start.clone().requires_grad_(True)
    kind, lr = settings["kind"], settings["lr"]
    if kind == "sgd":
        rule = torch.optim.SGD([p], lr, settings["momentum"], nesterov=settings["nesterov"])
    elif kind in ("adam", "adamw") and settings["eps"] < 1e-20:
        rule = torch.optim.AdamW([p], lr, (settings["beta1"], settings["beta2"]), 0.0,
                                 weight_decay=settings.get("weight_decay", 0.0))
    else:
        return
    for g in gradients:
        p.grad = g.clone()
        rule.step()
    assert torch.allclose(p.detach(), ours, rtol=1e-12, atol=1e-15), settings


RULES = {
    "adam article": {"kind": "adam", "lr": 2e-4, "beta1": 0.5, "beta2": 0.999, "eps": 1e-7},
    "adam large eps": {"kind": "adam", "lr": 0.01, "beta1": 0.9, "beta2": 0.99, "eps": 0.1},
    "adam no eps": {"kind": "adam", "lr": 0.01, "beta1": 0.9, "beta2": 0.99, "eps": 1e-30},
    "adamw": {"kind": "adamw", "lr": 0.01, "beta1": 0.9, "beta2": 0.999, "eps": 1e-7,
              "weight_decay": 0.5},
    "adamw no eps": {"kind": "adamw", "lr": 0.01, "beta1": 0.9, "beta2": 0.999, "eps": 1e-30,
                     "weight_decay": 0.5},
    "rmsprop": {"kind": "rmsprop", "lr": 0.01, "rho": 0.9, "eps": 1e-7, "momentum": 0.0},
    "rmsprop large eps": {"kind": "rmsprop", "lr": 0.01, "rho": 0.9, "eps": 0.1, "momentum": 0.0},
    "rmsprop momentum": {"kind": "rmsprop", "lr": 0.01, "rho": 0.8, "eps": 1e-3, "momentum": 0.7},
    "sgd plain": {"kind": "sgd", "lr": 0.1, "momentum": 0.0, "nesterov": False},
    "sgd classic": {"kind": "sgd", "lr": 0.1, "momentum": 0.7, "nesterov": False},
    "sgd nesterov": {"kind": "sgd", "lr": 0.1, "momentum": 0.7, "nesterov": True},
}
SCHEDULES = [
    {"schedule": "constant"},
    {"schedule": "exponential", "schedule_factor": 1.00004, "schedule_floor": 1e-6},
    {"schedule": "exponential", "schedule_factor": 1.5, "schedule_floor": 0.01},
    {"schedule": "linear", "schedule_floor": 0.02},
    {"schedule": "cosine", "schedule_floor": 0.02},
]


def rule_cases():
    draws = Draws(600)
    start = draws.normal(9)
    gradients = [draws.normal(9, scale=s) for s in [1.0, 0.1, 3.0, 1e-3, 0.5, 0.01]]
    given = {"start": start, **{f"gradient{i}": g for i, g in enumerate(gradients)}}
    for name, settings in RULES.items():
        rule, params, after = build(settings), {"p": start}, {}
        for i, g in enumerate(gradients):
            rule.step(params, {"p": g}, settings["lr"])
            after[f"after{i}"] = params["p"]
        against_torch(settings, start, gradients, params["p"])
        yield case(f"rule: {name}", settings, given, after)


def clip_cases():
    draws = Draws(610)
    pair = {"a": draws.normal(3, 2), "b": draws.normal(1, 4)}
    for limit in [0.5, 100.0, 0.0]:
        yield case(f"clip: {limit}", {"clip": limit}, pair, clipped(pair, limit))


def schedule_cases():
    steps = 20
    for settings in SCHEDULES:
        settings = {"lr": 0.1, **settings}
        rates = torch.tensor([schedule(settings, s, steps) for s in range(steps)])
        name = " ".join(str(v) for v in settings.values())
        yield case(f"schedule: {name}", settings, {}, {"rates": rates})
    for ramp in [0, 4]:
        momenta = torch.tensor([momentum_ramp(0.5, 0.7, ramp, e) for e in range(7)])
        settings = {"kind": "sgd", "momentum": 0.5, "momentum_final": 0.7, "momentum_ramp": ramp}
        yield case(f"momentum: ramp {ramp}", settings, {}, {"momenta": momenta})


def cases():
    return [*rule_cases(), *clip_cases(), *schedule_cases()]
