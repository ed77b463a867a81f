#!/usr/bin/env python3
"""Makes the golden numbers that the Rust tests compare with. See README.md."""

import layers
import losses
import networks
import optimizers
from common import write

if __name__ == "__main__":
    for module in [layers, losses, optimizers, networks]:
        write(f"{module.__name__}.json", module.cases())
