#!/usr/bin/env python3
"""Holds our scores against public implementations, on the same features of real images.

Sees MNIST's test images and train[50000:60000] through the weights of assets/scorer-mnist.safetensors
with PyTorch, hands the features to the packages below, and compares with the real-vs-real row of a
`scores.json` (any run of MNIST has it, and `cgan-sweep score ... --out scores.json`):

    pip install numpy==2.4.6 scipy==1.17.1 torch torchvision safetensors \\
        prdc==0.2 clean-fid==0.1.35 torch-fidelity==0.4.0 pytorch-fid==0.3.0
    python tests/golden/against_public.py scores.json
"""

import gzip
import json
import sys
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file

ROOT = Path(__file__).resolve().parents[2]


def idx(name):
    data = gzip.open(next((ROOT / "data" / "mnist").glob(f"{name}*.gz"))).read()
    shape = np.frombuffer(data[4 : 4 + 4 * data[3]], ">u4")
    return np.frombuffer(data[4 + 4 * data[3] :], np.uint8).reshape(shape)


def seen(images):
    """Features and logits: two 5x5 convolutions of stride 2, two dense layers."""
    w = {k: v.double() for k, v in load_file(ROOT / "assets" / "scorer-mnist.safetensors").items()}
    kernel = lambda m, channels: m.T.reshape(-1, 5, 5, channels).permute(0, 3, 1, 2)
    conv = torch.nn.functional.conv2d
    x = torch.tensor(images / 255.0, dtype=torch.float64)[:, None]
    x = conv(x, kernel(w["conv0.weight"], 1), w["conv0.bias"], stride=2, padding=2).relu()
    x = conv(x, kernel(w["conv1.weight"], 16), w["conv1.bias"], stride=2, padding=2).relu()
    x = x.permute(0, 2, 3, 1).reshape(len(images), -1)
    x = (x @ w["features.weight"] + w["features.bias"]).relu()
    return x.numpy(), (x @ w["output.weight"] + w["output.bias"]).numpy()


def main():
    real_images, real_labels = idx("t10k-images"), idx("t10k-labels")
    fake_images, fake_labels = idx("train-images")[50_000:], idx("train-labels")[50_000:]
    (real, _), (fake, logits) = seen(real_images), seen(fake_images)
    ours = {s["name"]: s.get("value") for s in json.loads(Path(sys.argv[1]).read_text())["real_vs_real"]}

    def compare(name, package, theirs):
        print(f"| {name} | {ours[name]:.8g} | {package} | {theirs:.8g} |")

    print("| score | ours | implementation | theirs |\n|---|---|---|---|")
    moments = [v for x in (real, fake) for v in (x.mean(0), np.cov(x, rowvar=False))]

    import cleanfid.fid
    import pytorch_fid.fid_score
    import torch_fidelity.metric_fid as tf_fid
    import torch_fidelity.metric_kid as tf_kid
    import torch_fidelity.metric_prc as tf_prc
    from prdc import compute_prdc
    from scipy.spatial.distance import pdist

    tensors = torch.tensor(real), torch.tensor(fake)
    compare("fid", "clean-fid 0.1.35", cleanfid.fid.frechet_distance(*moments))
    compare("fid", "pytorch-fid 0.3.0", pytorch_fid.fid_score.calculate_frechet_distance(*moments))
    statistics = [tf_fid.fid_features_to_statistics(t) for t in tensors]
    found = tf_fid.fid_statistics_to_metric(*statistics, verbose=False)
    compare("fid", "torch-fidelity 0.4.0", found["frechet_inception_distance"])
    scale = np.linalg.norm(real, axis=1).mean()
    joined = [np.hstack([x, scale * np.eye(10)[y]]) for x, y in [(real, real_labels), (fake, fake_labels)]]
    moments = [v for x in joined for v in (x.mean(0), np.cov(x, rowvar=False))]
    compare("fjd", "clean-fid 0.1.35, on joined features", cleanfid.fid.frechet_distance(*moments))

    np.random.seed(0)
    whole = cleanfid.fid.kernel_distance(real, fake, num_subsets=1, max_subset_size=len(real))
    compare("kid", "clean-fid 0.1.35, all pairs", whole)
    compare("kid", "clean-fid 0.1.35, its own subsets", cleanfid.fid.kernel_distance(real, fake))
    found = tf_kid.kid_features_to_metric(
        *tensors, kid_subsets=100, kid_subset_size=1000, kid_kernel="poly", verbose=False,
        kid_kernel_poly_degree=3, kid_kernel_poly_gamma=None, kid_kernel_poly_coef0=1, rng_seed=2020,
    )
    compare("kid", "torch-fidelity 0.4.0, its own subsets", found["kernel_inception_distance_mean"])

    found = compute_prdc(real, fake, nearest_k=5)
    compare("density", "prdc 0.2", found["density"])
    compare("coverage", "prdc 0.2", found["coverage"])
    found = compute_prdc(real, fake, nearest_k=3)
    compare("precision", "prdc 0.2", found["precision"])
    compare("recall", "prdc 0.2", found["recall"])
    found = tf_prc.prc_features_to_metric(
        *tensors[::-1], prc_neighborhood=3, prc_batch_size=10_000, save_cpu_ram=False, verbose=False
    )
    for name in ["precision", "recall"]:
        compare(name, "torch-fidelity 0.4.0", found[name])

    compare("conditional_accuracy", "numpy", (logits.argmax(1) == fake_labels).mean())
    spread = lambda x, y: np.array([pdist(x[y == c]).mean() for c in range(10)])
    compare("intra_class_ratio", "scipy 1.17.1 pdist", (spread(fake, fake_labels) / spread(real, real_labels)).mean())


if __name__ == "__main__":
    main()
