#!/usr/bin/env python3
"""Golden numbers of the scores: makes scores.json, which tests/it/score.rs compares with.

Each score is written out from its paper with numpy and scipy in float64, by other means than the
program uses (singular values of the samples instead of roots of covariances, whole
distance matrices, loops over samples):

    pip install numpy==2.4.6 scipy==1.17.1 && python tests/golden/scores.py
"""

import json
from pathlib import Path

import numpy as np
from scipy.spatial.distance import cdist, pdist
from scipy.special import log_softmax, logsumexp


def fid(x, y):
    """Heusel et al. 2017: |m1-m2|^2 + tr(S1 + S2 - 2 (S1 S2)^1/2).

    With S = A^T A, tr (S1 S2)^1/2 is the nuclear norm of A1 A2^T: exact for singular S too, where
    a root of the product would lose half the digits.
    """
    a1, a2 = [(s - s.mean(0)) / np.sqrt(len(s) - 1) for s in (x, y)]
    root = np.linalg.svd(a1 @ a2.T, compute_uv=False).sum()
    return np.sum((x.mean(0) - y.mean(0)) ** 2) + np.sum(a1**2) + np.sum(a2**2) - 2 * root


def fjd(x, x_labels, y, y_labels, classes):
    """DeVries et al. 2019, labels one-hot and scaled to the features' mean norm on x."""
    scale = np.linalg.norm(x, axis=1).mean()
    joined = [np.hstack([f, scale * np.eye(classes)[c]]) for f, c in [(x, x_labels), (y, y_labels)]]
    return fid(*joined)


def kid(x, y):
    """Binkowski et al. 2018: unbiased MMD^2 with the kernel (a.b/d + 1)^3."""
    k = lambda a, b: (np.dot(a, b) / len(a) + 1) ** 3
    within = lambda s: np.mean([k(a, b) for i, a in enumerate(s) for j, b in enumerate(s) if i != j])
    return within(x) + within(y) - 2 * np.mean([k(a, b) for a in x for b in y])


def kth(x, k):
    """Distance of each sample to its k-th nearest other sample."""
    return np.sort(cdist(x, x), axis=1)[:, k]  # column 0 is the sample itself


def precision(real, fake, k=3):
    """Kynkaanniemi et al. 2019: fakes within the k-NN radius of some real sample."""
    radius, d = kth(real, k), cdist(real, fake)
    return np.mean([any(d[i, j] <= radius[i] for i in range(len(real))) for j in range(len(fake))])


def density(real, fake, k=5):
    """Naeem et al. 2020."""
    radius, d = kth(real, k), cdist(real, fake)
    return sum(d[i, j] < radius[i] for i in range(len(real)) for j in range(len(fake))) / (k * len(fake))


def coverage(real, fake, k=5):
    radius, d = kth(real, k), cdist(real, fake)
    return np.mean([d[i].min() < radius[i] for i in range(len(real))])


def intra_class(real, real_labels, fake, fake_labels, classes):
    return [pdist(fake[fake_labels == c]).mean() / pdist(real[real_labels == c]).mean() for c in range(classes)]


def parzen(fake, images, sigma):
    """Goodfellow et al. 2014, section 5: log-likelihood of each image under a Parzen window."""
    d = images.shape[1]
    exponent = -cdist(images, fake, "sqeuclidean") / (2 * sigma**2)
    return logsumexp(exponent, axis=1) - np.log(len(fake)) - d * np.log(sigma * np.sqrt(2 * np.pi))


def parzen_scores(fake, validation, test):
    """sigma from logspace(-1, 0, 10) by validation; then 19 steps between its neighbours."""
    found = []
    pick = lambda sigmas: int(np.argmax([parzen(fake, validation, s).mean() for s in sigmas]))
    step = pick(np.logspace(-1, 0, 10))
    coarse = np.logspace(-1, 0, 10)[step]
    low, high = (-1 + (step - 1) / 9, -1 + (step + 1) / 9)
    fine = np.logspace(low, high, 21)[1:-1]
    for sigma in [coarse, fine[pick(fine)]]:
        ll = parzen(fake, test, sigma)
        found += [sigma, ll.mean(), ll.std() / np.sqrt(len(ll))]
    return found


def conditional(logits, labels, classes):
    p = log_softmax(logits, axis=1)
    called = logits.argmax(1)
    confusion = np.zeros((classes, classes))
    for asked, said in zip(labels, called):
        confusion[asked, said] += 1
    share = np.bincount(called, minlength=classes) / len(called)
    asked = np.bincount(labels, minlength=classes) / len(labels)
    return {
        "accuracy": [np.mean(called == labels)],
        "per_class": [np.mean(called[labels == c] == c) for c in range(classes)],
        "confusion": confusion,
        "mean_log_p": [np.mean(p[np.arange(len(labels)), labels])],
        "predicted_entropy": [-np.sum(share[share > 0] * np.log(share[share > 0]))],
        "total_variation": [np.abs(share - asked).sum() / 2],
    }


def tensor(value):
    value = np.asarray(value, dtype=np.float64)
    data = [float(f"{v:.13g}") for v in value.reshape(-1)]
    return {"shape": list(value.shape), "data": [int(v) if v == int(v) else v for v in data]}


def case(name, inputs, outputs):
    form = lambda values: {k: tensor(v) for k, v in values.items()}
    return {"name": name, "input": form(inputs), "output": form(outputs)}


def feature_case(name, seed, n_real, n_fake, dim, classes, spread, shift):
    random = np.random.RandomState(seed)
    exact = lambda x: x.astype(np.float32).astype(np.float64)
    centres = random.standard_normal((classes, dim)) * 2
    labels = [np.arange(n) % classes for n in (n_real, n_fake)]
    real = exact(np.abs(centres[labels[0]] + random.standard_normal((n_real, dim))))
    fake = exact(np.abs(centres[labels[1]] + spread * random.standard_normal((n_fake, dim)) + shift))
    ratios = intra_class(real, labels[0], fake, labels[1], classes)
    return case(
        name,
        {"real": real, "real_labels": labels[0], "fake": fake, "fake_labels": labels[1]},
        {
            "fid": [fid(real, fake)],
            "kid": [kid(real, fake)],
            "fjd": [fjd(real, labels[0], fake, labels[1], classes)],
            "precision": [precision(real, fake)],
            "recall": [precision(fake, real)],
            "density": [density(real, fake)],
            "coverage": [coverage(real, fake)],
            "intra_class": ratios,
        },
    )


def parzen_case(name, seed, n, dim, noise):
    random = np.random.RandomState(seed)
    centres = random.uniform(0, 1, (4, dim))
    draw = lambda count: centres[random.randint(0, 4, count)] + noise * random.standard_normal((count, dim))
    as_bytes = lambda x: np.clip(np.round(x * 255), 0, 255)
    fake = np.clip(np.round(draw(n) * 1024) / 1024, 0, 1)  # exact in f32
    validation, test = as_bytes(draw(n // 2)), as_bytes(draw(n // 2))
    found = parzen_scores(fake, validation / 255, test / 255)
    return case(name, {"fake": fake, "validation": validation, "test": test}, {"coarse": found[:3], "refined": found[3:]})


def conditional_case(name, seed, n, classes):
    random = np.random.RandomState(seed)
    labels = random.randint(0, classes, n)
    logits = random.standard_normal((n, classes)) * 2 + 3 * np.eye(classes)[labels]
    logits = logits.astype(np.float32).astype(np.float64)
    return case(name, {"logits": logits, "labels": labels}, conditional(logits, labels, classes))


if __name__ == "__main__":
    cases = [
        feature_case("near", 1, 60, 50, 5, 3, 1.0, 0.1),
        feature_case("narrow", 2, 60, 60, 5, 3, 0.3, 0.0),
        feature_case("far", 3, 45, 60, 8, 3, 1.5, 1.0),
        parzen_case("parzen", 4, 60, 12, 0.15),
        parzen_case("parzen narrow", 5, 60, 6, 0.02),
        conditional_case("conditional", 6, 80, 4),
    ]
    lines = ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases)
    Path(__file__).with_name("scores.json").write_text(f"[\n{lines}\n]\n")
