"""Turns a training run into the weights that ship: ``python -m models.train.export RUN``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import torch

from models.checkpoint import save_network
from models.network import make_network
from models.weights_file import WEIGHTS


def main() -> None:
    """Write the averaged weights of a run with checksums."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("--modes", choices=("light", "quality"), nargs="+", default=["quality", "light"])
    parser.add_argument("--folder", type=Path, default=WEIGHTS)
    args = parser.parse_args()
    for mode in args.modes:
        saved = torch.load(args.run / f"{mode}.pt", weights_only=True)
        network = make_network(mode)
        network.load_state_dict(saved["average"])
        path = save_network(network, args.folder, {"steps": str(saved["step"]), "minutes": f"{saved['spent_s'] / 60:.0f}"})
        sys.stdout.write(f"{path.name}: {saved['step']} steps, {path.stat().st_size / 1e6:.1f} MB\n")


if __name__ == "__main__":
    main()
