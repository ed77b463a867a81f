"""Losses on logits: values, and gradients with respect to the logits (means over the batch)."""

import torch
from torch.nn.functional import softplus

from common import Draws, case, check_margin, leaf


def discriminator_loss(kind, total, real_target, real, fake, wrong=None, weight=0.0):
    """D's loss; `total` is "sum" or "mean" of the two parts, `real_target` smooths one side only.
    Logits of real images with wrong labels count as fakes, with this weight."""
    taken_for_fakes = [fake] if wrong is None else [fake, wrong]
    if kind in ("non-saturating", "saturating"):
        # -t·log σ(l) - (1-t)·log(1-σ(l)), log σ(l) = -softplus(-l)
        on_real = real_target * softplus(-real) + (1 - real_target) * softplus(real)
        on_fakes = [softplus(x) for x in taken_for_fakes]
    elif kind == "least-squares":
        on_real, on_fakes = (real - real_target) ** 2, [x**2 for x in taken_for_fakes]
    elif kind == "hinge":
        check_margin(torch.cat([1 - real, *(1 + x for x in taken_for_fakes)]).detach(), "hinge")
        on_real, on_fakes = torch.relu(1 - real), [torch.relu(1 + x) for x in taken_for_fakes]
    else:
        raise ValueError(kind)
    weights = [1.0, weight]
    loss = on_real.mean() + sum(w * part.mean() for w, part in zip(weights, on_fakes))
    return loss / 2 if total == "mean" else loss


def generator_loss(kind, fake):
    return {
        "non-saturating": lambda: softplus(-fake),
        "saturating": lambda: -softplus(fake),
        "least-squares": lambda: (fake - 1) ** 2,
        "hinge": lambda: -fake,
    }[kind]().mean()


def loss_case(name, kind, total, target, real, fake):
    real, fake = leaf(real), leaf(fake)
    d = discriminator_loss(kind, total, target, real, fake)
    g = generator_loss(kind, fake)
    d_real, d_fake = torch.autograd.grad(d, [real, fake])
    (g_fake,) = torch.autograd.grad(g, [fake])
    settings = {"kind": kind, "discriminator": total, "real_target": target}
    return case(name, settings, {"real": real, "fake": fake}, {
        "discriminator": d, "generator": g,
        "discriminator_dreal": d_real, "discriminator_dfake": d_fake, "generator_dfake": g_fake,
        "real_p": torch.sigmoid(real).mean(), "fake_p": torch.sigmoid(fake).mean(),
    })


def cases():
    draws = Draws(500)
    real, fake = draws.normal(7, scale=3.0), draws.normal(7, scale=3.0)
    out = []
    for kind in ["non-saturating", "saturating", "least-squares", "hinge"]:
        # real_target means nothing to the hinge.
        for target in [1.0] if kind == "hinge" else [1.0, 0.9]:
            for total in ["sum", "mean"]:
                name = f"{kind} {total} {target}"
                out.append(loss_case(name, kind, total, target, real, fake))
    # Where log σ and σ itself leave f32: the stable form keeps value and gradient.
    far = torch.tensor([90.0, -90.0, 40.0, -40.0, 0.0])
    for kind in ["non-saturating", "saturating"]:
        out.append(loss_case(f"{kind} far", kind, "sum", 1.0, far, -far))
    return out
