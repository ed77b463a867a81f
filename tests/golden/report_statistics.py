#!/usr/bin/env python3
"""Golden numbers for the report's statistics, from scipy. Run:
python3 report_statistics.py > report_statistics.json"""

import itertools
import json

import numpy as np
from scipy import stats

rng = np.random.default_rng(20140)
cases = []
for n in [2, 3, 5, 6, 8, 10, 14]:
    baseline = rng.normal(15, 2, n)
    variant = baseline + rng.normal(-1, 1, n)
    d = variant - baseline
    flip = stats.permutation_test(
        (d,), np.mean, permutation_type="samples", n_resamples=np.inf, alternative="two-sided"
    )
    case = {
        "variant": variant.tolist(),
        "baseline": baseline.tolist(),
        "mean": float(np.mean(variant)),
        "std": float(np.std(variant, ddof=1)),
        "median": float(np.median(variant)),
        "iqm": float(stats.trim_mean(variant, 0.25)),
        "p": float(flip.pvalue),
        "cliffs_delta": float(np.mean(np.sign(variant[:, None] - baseline[None, :]))),
    }
    if n >= 3:
        case["correlation"] = float(stats.pearsonr(variant, baseline).statistic)
    def location(t, freedom, p):
        low, high = t - 3 * abs(t) - 10, t + 3 * abs(t) + 10
        for _ in range(200):
            middle = (low + high) / 2
            cdf = stats.nct.cdf(t, freedom, middle)
            # scipy has no value far out, where the probability is 0 or 1 to all digits.
            if np.isnan(cdf):
                cdf = 0.0 if middle > t else 1.0
            low, high = (middle, high) if cdf > p else (low, middle)
        return (low + high) / 2

    # Effect sizes with the interval that inverts the noncentral t distribution; of independent runs
    # one side may have fewer.
    few = baseline[: max(n - 1, 2)]
    paired, independent = stats.ttest_rel(variant, baseline), stats.ttest_ind(variant, few)
    for name, test, root in [
        ("d_z", paired, np.sqrt(n)),
        ("d", independent, np.sqrt(n * len(few) / (n + len(few)))),
    ]:
        t = float(test.statistic)
        case[name] = t / root
        if 3 <= n:
            case[f"{name}_interval"] = [location(t, test.df, p) / root for p in [0.975, 0.025]]
    # BCa over every resample there is: scipy's definition of bias and acceleration.
    if n <= 6:
        means = np.sort([np.mean(c) for c in itertools.product(d, repeat=n)])
        centre = np.mean(d)
        tied = np.isclose(means, centre, rtol=1e-12, atol=1e-12)
        share = (np.sum((means < centre) & ~tied) + 0.5 * np.sum(tied)) / len(means)
        z0 = stats.norm.ppf(share)
        jack = np.array([np.mean(np.delete(d, i)) for i in range(n)])
        u = jack.mean() - jack
        a = np.sum(u**3) / (6 * np.sum(u**2) ** 1.5)
        ends = []
        for p in [0.025, 0.975]:
            z = z0 + stats.norm.ppf(p)
            level = stats.norm.cdf(z0 + z / (1 - a * z))
            ends.append(float(np.quantile(means, level, method="inverted_cdf")))
        case["bca"] = ends
    cases.append(case)
print(json.dumps({"cases": cases}, indent=1))
