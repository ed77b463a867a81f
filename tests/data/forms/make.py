"""Small image sets in the forms people have, and what Pillow makes of them: python3 tests/data/forms/make.py

Needs numpy and Pillow. Writes beside itself: keras.npz, medmnist.npz, pictures/, wanted.npz.
"""

from pathlib import Path
from shutil import rmtree

import numpy as np
from PIL import Image

HERE = Path(__file__).parent
RNG = np.random.default_rng(7)


def smooth(height, width, channels=()):
    """A picture without sharp edges, which JPEG keeps nearly as it is."""
    y, x = np.mgrid[0:height, 0:width]
    phase = RNG.uniform(0, 6, size=channels + (1, 1))
    waves = 127.5 + 100 * np.sin(x / width * 3 + phase) * np.cos(y / height * 2 + phase)
    return np.moveaxis(waves, 0, -1).round().astype("uint8") if channels else waves.round().astype("uint8")


def arrays():
    """Labels of 3 classes, not in order."""
    labels = np.array([2, 0, 1, 1, 2, 0, 0, 1, 2, 2, 1, 0])
    grey = RNG.integers(0, 256, size=(12, 4, 5), dtype="uint8")
    np.savez_compressed(
        HERE / "keras.npz", x_train=grey, y_train=labels.astype("int64"), x_test=grey[:6, ::-1], y_test=labels[:6]
    )
    colour = RNG.integers(0, 256, size=(12, 4, 5, 3), dtype="uint8")
    np.savez(
        HERE / "medmnist.npz",
        train_images=colour,
        train_labels=labels[:, None].astype("uint8"),
        val_images=colour[:2],
        val_labels=labels[:2, None].astype("uint8"),
        test_images=colour[6:],
        test_labels=labels[6:, None].astype("uint8"),
    )
    turned = [np.asarray(Image.fromarray(image).convert("L")) for image in colour]
    return {"colour_as_grey": np.stack(turned), "grey": grey}


def pictures():
    """ImageFolder's layout: PNG and JPEG, grey and grey in three channels, with what else lies about."""
    root = HERE / "pictures"
    rmtree(root, ignore_errors=True)
    seen = []
    for part, count in [("train", 3), ("test", 1)]:
        for name in ["ankle boot", "bag"]:
            folder = root / part / name
            folder.mkdir(parents=True)
            for i in range(count):
                picture = Image.fromarray(smooth(16, 12))
                if i == 1:
                    picture = picture.convert("RGB")
                end = ["png", "png", "JPEG"][i]
                picture.save(folder / f"{i}.{end}", **({"quality": 95} if end == "JPEG" else {}))
                seen.append(np.asarray(Image.open(folder / f"{i}.{end}").convert("L")))
    (root / "train" / "bag" / "notes.txt").write_text("no picture\n")
    (root / "train" / ".cache").mkdir()
    (root / "train" / ".cache" / "x").write_text("hidden\n")
    small = [np.asarray(Image.fromarray(image).resize((6, 8), Image.Resampling.BILINEAR)) for image in seen]
    large = [np.asarray(Image.fromarray(image).resize((18, 20), Image.Resampling.BILINEAR)) for image in seen]
    return {"pictures": np.stack(seen), "small": np.stack(small), "large": np.stack(large)}


np.savez_compressed(HERE / "wanted.npz", **arrays(), **pictures())
