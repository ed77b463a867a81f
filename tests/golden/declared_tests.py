#!/usr/bin/env python3
"""Golden numbers for the tests that a question can declare, from scipy 1.17.1. Run:
python3 declared_tests.py > declared_tests.json"""

import itertools
import json

import numpy as np
from scipy import optimize, stats

rng = np.random.default_rng(1933)


def share(values, seen):
    """Share of values at least as large as the one seen, ties by a relative 1e-9."""
    values = np.asarray(values)
    return float(np.mean(values >= seen - 1e-9 * abs(seen)))


def bartholomew(levels):
    """Sum of n (mu - mean)^2, the larger of the rising and the falling fit."""
    n = np.array([len(x) for x in levels])
    means = np.array([np.mean(x) for x in levels])
    grand = np.sum(n * means) / np.sum(n)
    fits = [
        optimize.isotonic_regression(means, weights=n, increasing=up).x for up in (True, False)
    ]
    return max(float(np.sum(n * (fit - grand) ** 2)) for fit in fits)


def contrast(levels):
    """|sum of rank times value|, both centred."""
    ranks = np.arange(len(levels)) - (len(levels) - 1) / 2
    grand = np.mean(np.concatenate(levels))
    return abs(float(np.sum(ranks * np.array([np.sum(np.asarray(x) - grand) for x in levels]))))


def blocked(table, statistic):
    """p over all orders within each block; table is [block][level]."""
    orders = [list(itertools.permutations(row)) for row in table]
    seen = statistic(np.asarray(table).T)
    return share([statistic(np.array(rows).T) for rows in itertools.product(*orders)], seen)


def pooled(sizes, values, statistic):
    """p over all orders of all runs, by scipy: the level of each run is paired with its value."""
    ends = np.cumsum(sizes)[:-1]
    result = stats.permutation_test(
        (values,),
        lambda v: statistic(np.split(v, ends)),
        permutation_type="pairings",
        n_resamples=np.inf,
        alternative="greater",
        vectorized=False,
    )
    return float(result.pvalue)


two_sample = []
for n, m in [(2, 2), (3, 3), (2, 5), (5, 5), (6, 6), (4, 7), (8, 8)]:
    x, y = rng.normal(14, 2, n), rng.normal(16, 1, m)
    test = stats.permutation_test(
        (x, y),
        lambda a, b, axis: np.abs(np.mean(a, axis=axis) - np.mean(b, axis=axis)),
        permutation_type="independent",
        n_resamples=np.inf,
        alternative="greater",
        vectorized=True,
    )
    welch = stats.ttest_ind(x, y, equal_var=False).confidence_interval(0.95)
    student = stats.ttest_1samp(x, 0).confidence_interval(0.95)
    margin = 2.5
    shifted = [
        stats.permutation_test(
            (x + by, y),
            lambda a, b, axis: np.mean(a, axis=axis) - np.mean(b, axis=axis),
            permutation_type="independent",
            n_resamples=np.inf,
            alternative=way,
            vectorized=True,
        ).pvalue
        for by, way in [(margin, "greater"), (-margin, "less")]
    ]
    tost = [
        stats.ttest_ind(x + by, y, equal_var=False, alternative=way).pvalue
        for by, way in [(margin, "greater"), (-margin, "less")]
    ]
    case = {
        "x": x.tolist(),
        "y": y.tolist(),
        "p": float(test.pvalue),
        "student": [float(student.low), float(student.high)],
        "welch": [float(welch.low), float(welch.high)],
        "margin": margin,
        "equal": float(max(tost)),
        "equal_by_permutation": float(max(shifted)),
    }
    if n == m:
        paired = [
            stats.ttest_rel(x + by, y, alternative=way).pvalue
            for by, way in [(margin, "greater"), (-margin, "less")]
        ]
        flips = [
            stats.permutation_test(
                (x - y + by,), np.mean, permutation_type="samples", n_resamples=np.inf, alternative=way
            ).pvalue
            for by, way in [(margin, "greater"), (-margin, "less")]
        ]
        case["equal_pairs"] = float(max(paired))
        case["equal_pairs_by_permutation"] = float(max(flips))
    two_sample.append(case)

blocks = []
for b, k, slope in [(3, 3, 0.8), (2, 4, 0.5), (4, 3, 0.0), (3, 4, -0.6)]:
    table = rng.normal(size=(b, 1)) + rng.normal(size=(b, k)) + slope * np.arange(k)
    ranks = stats.rankdata(table, axis=1)
    order = np.arange(k) if slope >= 0 else np.arange(k)[::-1]
    page = stats.page_trend_test(ranks[:, order], ranked=True, method="exact")
    # The line's interval from a regression on blocks and levels.
    design = np.zeros((b, k, b + k - 1))
    for i in range(b):
        design[i, :, i] = 1
    for j in range(1, k):
        design[:, j, b + j - 1] = 1
    _, squares, _, _ = np.linalg.lstsq(design.reshape(b * k, -1), table.reshape(-1), rcond=None)
    freedom = (b - 1) * (k - 1)
    centred = np.arange(k) - (k - 1) / 2
    change = (k - 1) * np.sum(centred * table.mean(axis=0)) / np.sum(centred**2)
    error = (k - 1) * np.sqrt(squares[0] / freedom / (b * np.sum(centred**2)))
    half = stats.t.ppf(0.975, freedom) * error
    blocks.append(
        {
            "levels": table.T.tolist(),
            "contrast": blocked(table, contrast),
            "isotonic": blocked(table, bartholomew),
            "unordered": blocked(table, lambda t: float(np.var(np.mean(t, axis=1)))),
            "ranks": ranks.T.tolist(),
            "page_one_sided": float(page.pvalue),
            "line": [float(change), float(change - half), float(change + half)],
        }
    )

runs = []
for sizes, slope in [((2, 2, 2), 1.0), ((3, 2, 2), 0.7), ((2, 1, 2, 2), 0.4)]:
    values = np.concatenate([slope * i + rng.normal(size=n) for i, n in enumerate(sizes)])
    levels = np.split(values, np.cumsum(sizes)[:-1])
    runs.append(
        {
            "levels": [x.tolist() for x in levels],
            "contrast": pooled(sizes, values, contrast),
            "isotonic": pooled(sizes, values, bartholomew),
        }
    )

# Power of Student's two-sample t test, by the noncentral t.
power = []
for n, effect, level in [(3, 3.0, 0.05), (5, 2.0, 0.05), (8, 1.0, 0.05), (6, 2.0, 0.01)]:
    freedom, shift = 2 * n - 2, effect * np.sqrt(n / 2)
    t = stats.t.ppf(1 - level / 2, freedom)
    value = stats.nct.sf(t, freedom, shift) + stats.nct.cdf(-t, freedom, shift)
    power.append({"n": n, "effect": effect, "level": level, "power": float(value)})

print(
    json.dumps(
        {"two_sample": two_sample, "blocks": blocks, "runs": runs, "power": power}, indent=1
    )
)
