"""Whole networks: tiny G and D trained for a few steps with given weights, batches and masks."""

import copy

import torch

from common import Draws, case, drop, largest_piece, one_hot, relu
from layers import mask_width, maxout
from losses import discriminator_loss, generator_loss
from optimizers import build, clipped, schedule

BATCH, STEPS, CLASSES, PIXELS = 6, 3, 3, 16
ADAM = {"kind": "adam", "beta1": 0.5, "beta2": 0.999, "eps": 1e-7}

# Preset `article`, shrunk. Learning rates are raised so that three steps move the numbers.
ARTICLE = {
    "noise": {"dim": 5},
    "generator": {"noise_units": 7, "label": {"kind": "dense", "units": 4}, "hidden": [9],
                  "dropout": 0.0, "output": "tanh"},
    "discriminator": {"image_units": 6, "image_pieces": 3,
                      "label": {"kind": "maxout", "units": 4, "pieces": 3},
                      "joint_units": 5, "joint_pieces": 2,
                      "maxout": "article", "dropout": 0.5, "input_dropout": 0.0},
    "loss": {"kind": "non-saturating", "discriminator": "sum", "real_target": 1.0},
    "update": {"order": "simultaneous", "discriminator_steps": 1, "fake_batch": "shared",
               "fake_labels": "shared"},
    "optimizer": {
        "generator": {**ADAM, "lr": 0.01, "schedule": {"kind": "constant"}, "clip": 0.0},
        "discriminator": {**ADAM, "lr": 0.01, "schedule": {"kind": "constant"}, "clip": 0.0},
    },
}

EMBEDDING = {"kind": "embedding", "units": 4}


def variant(**changes):
    """ARTICLE with dotted settings changed; `__` stands for the dot."""
    settings = copy.deepcopy(ARTICLE)
    for key, value in changes.items():
        *path, last = key.split("__")
        place = settings
        for part in path:
            place = place[part]
        place[last] = value
    return settings


VARIANTS = {
    "article": ARTICLE,
    "article without dropout": variant(discriminator__dropout=0.0),
    "embedding, concat, drop-inputs, saturating": variant(
        generator__label=EMBEDDING, generator__dropout=0.3, generator__hidden=[9, 8],
        discriminator__label={"kind": "concat"}, discriminator__maxout="drop-inputs",
        discriminator__input_dropout=0.2, loss__kind="saturating"),
    "drop-inputs, maxout labels": variant(
        generator__label={"kind": "maxout", "units": 4, "pieces": 3},
        discriminator__maxout="drop-inputs", discriminator__dropout=0.4),
    "drop-outputs, hinge, embedding in D, no joint layer in G": variant(
        generator__hidden=[], generator__label={"kind": "concat"},
        discriminator__label=EMBEDDING, discriminator__maxout="drop-outputs", loss__kind="hinge"),
    "relu, least-squares, sigmoid": variant(
        generator__output="sigmoid", discriminator__maxout="relu",
        loss__kind="least-squares", loss__discriminator="mean"),
    "dense labels, smoothing, clipping": variant(
        discriminator__dropout=0.0, discriminator__label={"kind": "dense", "units": 4},
        loss__real_target=0.9,
        optimizer__generator__clip=0.05, optimizer__discriminator__clip=0.1),
    "simultaneous on fresh fakes": variant(update__fake_batch="fresh"),
    "alternating on shared fakes": variant(
        update__order="alternating", generator__dropout=0.3),
    "alternating on fresh fakes": variant(
        update__order="alternating", update__fake_batch="fresh", update__fake_labels="drawn",
        generator__dropout=0.3),
    "alternating, two D steps, no dropout, SGD and RMSProp": variant(
        update__order="alternating", update__discriminator_steps=2, update__fake_batch="fresh",
        discriminator__dropout=0.0,
        optimizer__generator={
            "kind": "sgd", "momentum": 0.5, "nesterov": True, "lr": 0.1, "clip": 0.0,
            "schedule": {"kind": "exponential", "factor": 1.5, "floor": 0.05}},
        optimizer__discriminator={
            "kind": "rmsprop", "rho": 0.9, "eps": 1e-3, "momentum": 0.0, "lr": 0.01, "clip": 0.0,
            "schedule": {"kind": "linear", "floor": 0.001}}),
}


def label_width(label):
    return CLASSES if label["kind"] == "concat" else label["units"]


def dense_parameters(draws, params, name, inputs, outputs):
    params[f"{name}.weight"] = draws.normal(inputs, outputs, scale=(1.5 / inputs) ** 0.5)
    params[f"{name}.bias"] = draws.normal(outputs, scale=0.2)


def label_parameters(draws, params, name, label, outputs):
    if label["kind"] == "embedding":
        params[f"{name}.table"] = draws.normal(CLASSES, label["units"])
    elif label["kind"] != "concat":
        dense_parameters(draws, params, name, CLASSES, outputs)


def generator_parameters(settings, draws):
    s, params = settings["generator"], {}
    label = s["label"]
    dense_parameters(draws, params, "generator.noise", settings["noise"]["dim"], s["noise_units"])
    label_parameters(draws, params, "generator.label", label,
                     label_width(label) * label.get("pieces", 1))
    width = s["noise_units"] + label_width(label)
    for i, units in enumerate(s["hidden"]):
        dense_parameters(draws, params, f"generator.joint{i}", width, units)
        width = units
    dense_parameters(draws, params, "generator.output", width, PIXELS)
    return params


def maxout_width(s, units, pieces):
    """What a maxout layer of D passes on: its units, or all it has in mode `relu`."""
    return units * pieces if s["maxout"] == "relu" else units


def discriminator_widths(s):
    label = s["label"]
    image = maxout_width(s, s["image_units"], s["image_pieces"])
    if label["kind"] == "maxout":
        return image, maxout_width(s, label["units"], label["pieces"])
    return image, label_width(label)


def discriminator_parameters(settings, draws):
    s, params = settings["discriminator"], {}
    label = s["label"]
    image, labels = discriminator_widths(s)
    dense_parameters(draws, params, "discriminator.image", PIXELS,
                     s["image_units"] * s["image_pieces"])
    label_parameters(draws, params, "discriminator.label", label,
                     label_width(label) * label.get("pieces", 1))
    dense_parameters(draws, params, "discriminator.joint", image + labels,
                     s["joint_units"] * s["joint_pieces"])
    dense_parameters(draws, params, "discriminator.output",
                     maxout_width(s, s["joint_units"], s["joint_pieces"]), 1)
    return params


def generator_masks(settings, draws, rows):
    """One mask a hidden layer: the noise layer, a dense or maxout label layer, the joint layers."""
    s = settings["generator"]
    rate = s["dropout"]
    if not rate:
        return {}
    masks = {"noise": draws.keep(rate, rows, s["noise_units"])}
    if s["label"]["kind"] in ("dense", "maxout"):
        masks["label"] = draws.keep(rate, rows, s["label"]["units"])
    for i, units in enumerate(s["hidden"]):
        masks[f"joint{i}"] = draws.keep(rate, rows, units)
    return masks


def discriminator_masks(settings, draws, rows):
    """`input` on the image itself; `image`, `label`, `joint` where the maxout mode drops."""
    s = settings["discriminator"]
    mode, rate, label, masks = s["maxout"], s["dropout"], s["label"], {}
    if s["input_dropout"]:
        masks["input"] = draws.keep(s["input_dropout"], rows, PIXELS)
    if not rate:
        return masks
    if mode != "drop-inputs":  # there the image's own rate is input_dropout
        masks["image"] = draws.keep(
            rate, rows, mask_width(mode, PIXELS, s["image_units"], s["image_pieces"]))
    if label["kind"] == "maxout":
        masks["label"] = draws.keep(
            rate, rows, mask_width(mode, CLASSES, label["units"], label["pieces"]))
    masks["joint"] = draws.keep(
        rate, rows,
        mask_width(mode, sum(discriminator_widths(s)), s["joint_units"], s["joint_pieces"]))
    return masks


def generate(params, settings, z, labels, masks):
    """G: (z, labels) -> images."""
    s = settings["generator"]
    rate, label = s["dropout"], s["label"]

    def dense(name, x):
        return x @ params[f"generator.{name}.weight"] + params[f"generator.{name}.bias"]

    x = drop(relu(dense("noise", z)), masks.get("noise"), rate)
    hot = one_hot(labels, CLASSES)
    if label["kind"] == "dense":
        y = relu(dense("label", hot))
    elif label["kind"] == "maxout":
        y = largest_piece(dense("label", hot), label["pieces"])  # linear pieces
    elif label["kind"] == "embedding":
        y = params["generator.label.table"][labels]
    else:
        y = hot
    x = torch.cat([x, drop(y, masks.get("label"), rate)], dim=1)
    for i in range(len(s["hidden"])):
        x = drop(relu(dense(f"joint{i}", x)), masks.get(f"joint{i}"), rate)
    return {"tanh": torch.tanh, "sigmoid": torch.sigmoid}[s["output"]](dense("output", x))


def discriminate(params, settings, images, labels, masks):
    """D: (images, labels) -> logits [batch]."""
    s = settings["discriminator"]
    mode, rate, label = s["maxout"], s["dropout"], s["label"]

    def layer(name, x, pieces):
        return maxout(x, params[f"discriminator.{name}.weight"],
                      params[f"discriminator.{name}.bias"], mode, pieces, masks.get(name), rate)

    x = layer("image", drop(images, masks.get("input"), s["input_dropout"]), s["image_pieces"])
    hot = one_hot(labels, CLASSES)
    if label["kind"] == "dense":
        y = relu(hot @ params["discriminator.label.weight"] + params["discriminator.label.bias"])
    elif label["kind"] == "maxout":
        y = layer("label", hot, label["pieces"])
    elif label["kind"] == "embedding":
        y = params["discriminator.label.table"][labels]
    else:
        y = hot
    x = layer("joint", torch.cat([x, y], dim=1), s["joint_pieces"])
    out = x @ params["discriminator.output.weight"] + params["discriminator.output.bias"]
    return out.squeeze(1)


class Trainer:
    """Two networks, their optimizers, and what goes into and comes out of their training."""

    def __init__(self, settings, seed):
        self.settings, self.draws = settings, Draws(seed)
        self.g = generator_parameters(settings, self.draws)
        self.d = discriminator_parameters(settings, self.draws)
        self.rules = {}
        for network in ["generator", "discriminator"]:
            o = settings["optimizer"][network]
            self.rules[network] = build(
                {k: v for k, v in o.items() if k not in ("lr", "schedule", "clip")})
        self.inputs = {f"initial.{k}": v for k, v in {**self.g, **self.d}.items()}
        self.outputs = {}

    def grads(self, loss, params):
        return dict(zip(params, torch.autograd.grad(loss, list(params.values()))))

    def apply(self, network, params, grads, step):
        o = self.settings["optimizer"][network]
        lr = schedule(o["schedule"], o["lr"], step, STEPS)
        self.rules[network].step(params, clipped(grads, o["clip"]), lr)

    def draw_real(self, place, rows):
        images = self.draws.uniform(-1, 1, rows, PIXELS)
        labels = self.draws.classes(rows, CLASSES)
        self.inputs[f"{place}.images"], self.inputs[f"{place}.labels"] = images, labels
        return images, labels

    def draw_fakes(self, place, labels):
        """What G needs for one batch of fakes; their labels are those of the real batch or drawn."""
        if self.settings["update"]["fake_labels"] == "drawn":
            labels = self.draws.classes(len(labels), CLASSES)
        z = self.draws.normal(len(labels), self.settings["noise"]["dim"])
        masks = generator_masks(self.settings, self.draws, len(labels))
        self.inputs[f"{place}.z"], self.inputs[f"{place}.fake_labels"] = z, labels
        self.keep(f"{place}.mask.generator", masks)
        return z, labels, masks

    def draw_masks(self, place, rows):
        masks = discriminator_masks(self.settings, self.draws, rows)
        self.keep(place, masks)
        return masks

    def keep(self, place, masks):
        self.inputs.update({f"{place}.{name}": mask for name, mask in masks.items()})

    def step(self, index, rows):
        s, loss = self.settings, self.settings["loss"]
        g = {k: v.detach().requires_grad_(True) for k, v in self.g.items()}
        order, sharing = s["update"]["order"], s["update"]["fake_batch"]

        for j in range(s["update"]["discriminator_steps"]):
            place = f"step{index}.d{j}"
            d = {k: v.detach().requires_grad_(True) for k, v in self.d.items()}
            images, labels = self.draw_real(place, rows)
            z, fake_labels, g_masks = self.draw_fakes(place, labels)
            fakes = generate(g, s, z, fake_labels, g_masks)
            real = discriminate(d, s, images, labels, self.draw_masks(f"{place}.mask.real", rows))
            fake = discriminate(d, s, fakes, fake_labels,
                                self.draw_masks(f"{place}.mask.fake", rows))
            d_loss = discriminator_loss(loss["kind"], loss["discriminator"], loss["real_target"],
                                        real, fake)
            if order == "alternating":
                d_grads = self.grads(d_loss, d)
                self.apply("discriminator", self.d, d_grads, index)

        place = f"step{index}.g"
        if sharing == "fresh":
            z, fake_labels, g_masks = self.draw_fakes(place, labels)
            fakes = generate(g, s, z, fake_labels, g_masks)
        if order == "alternating":
            # Through the updated D; the fakes stay as they are where they are shared.
            g_logits = discriminate(self.d, s, fakes, fake_labels,
                                    self.draw_masks(f"{place}.mask.fake", rows))
        elif sharing == "fresh":
            g_logits = discriminate(d, s, fakes, fake_labels,
                                    self.draw_masks(f"{place}.mask.fake", rows))
        else:
            g_logits = fake  # D(fake) is run once and serves both losses
        g_loss = generator_loss(loss["kind"], g_logits)
        if order == "simultaneous":
            d_grads = dict(zip(d, torch.autograd.grad(d_loss, list(d.values()), retain_graph=True)))
        g_grads = self.grads(g_loss, g)
        if order == "simultaneous":
            self.apply("discriminator", self.d, d_grads, index)
        self.apply("generator", self.g, g_grads, index)
        self.g = {k: v.detach() for k, v in self.g.items()}
        self.d = {k: v.detach() for k, v in self.d.items()}

        out = {"fakes": fakes, "real_logits": real, "fake_logits": fake,
               "generator_logits": g_logits, "discriminator_loss": d_loss,
               "generator_loss": g_loss}
        if index == 0:
            out |= {f"gradient.{k}": v for k, v in {**g_grads, **d_grads}.items()}
        out |= {f"after.{k}": v for k, v in {**self.g, **self.d}.items()}
        if index not in (0, STEPS - 1):
            out = {k: v for k, v in out.items() if not k.startswith("after.")}
        self.outputs.update({f"step{index}.{k}": v for k, v in out.items()})


def cases():
    out = []
    for index, (name, settings) in enumerate(VARIANTS.items()):
        trainer = Trainer(settings, 700 + index)
        for step in range(STEPS):
            # The last batch is smaller, as the last of an epoch is.
            trainer.step(step, BATCH if step < STEPS - 1 else BATCH - 2)
        settings = {**settings, "train": {"steps": STEPS},
                    "data": {"classes": CLASSES, "pixels": PIXELS}}
        out.append(case(name, settings, trainer.inputs, trainer.outputs))
    return out
