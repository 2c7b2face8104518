"""Teaches the shipped networks a changed teacher: ``python -m models.train.readout CORPUS``; what they hear stays as it is.

Only the last product is fitted again, from what the network knows of a sound to the eight curves. The gates and the phones keep their rows,
with them everything that was measured of closures. The loss is that of ``fit``, L-BFGS goes down from the rows that shipped, and the seeds
are fixed: the same corpus gives the same weights.
"""

from __future__ import annotations

import argparse
import logging
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

from models.checkpoint import load_network, save_network
from models.features import MELS
from models.network import LightNet, QualityNet
from models.rig import SMOOTH
from models.train.dataset import Examples
from models.train.fit import WEIGHTS as IMPORTANCE
from models.train.fit import masked, mel_pairs, warped
from models.train.log_mel import TorchLogMel
from models.weights_file import WEIGHTS

#: rows that are fitted: the eight curves before the accent
_CURVES = SMOOTH - 1
_ROWS = list(range(_CURVES))
#: how much the loss counts place and speed (as in ``fit``), and how dear it is to leave the shipped rows
_PLACE, _SPEED, _STAY = 12.0, 20.0, 1e-3
#: steps at the beginning of an example that know too little of what was before
_EARLY = 10
log = logging.getLogger("readout")


def heard(network: LightNet | QualityNet, mels: torch.Tensor, start: int) -> torch.Tensor:
    """(b, 2 t, 80) -> (b, t, channels) of step s - delay."""
    pairs = mels.reshape(len(mels), -1, 2 * MELS)
    if isinstance(network, QualityNet):
        pairs = torch.cat([network.encoder(mels, None, start), pairs], 2)
    return network.temporal.heard(pairs, None, "t")


def gathered(networks: list[LightNet | QualityNet], corpus: Path, count: int) -> dict[str, tuple[torch.Tensor, torch.Tensor]]:
    """What the networks know at every step of spoiled examples, and what the teacher does there.

    Args:
        networks: in evaluation mode.
        corpus: see ``models.train.corpus``.
        count: of examples of 6 s.

    Returns:
        mode -> (count, t, channels) and (count, t, 8) curves.
    """
    examples, log_mel, rng = iter(Examples(corpus, seed=20)), TorchLogMel(), np.random.default_rng(21)
    known: dict[str, list[torch.Tensor]] = {n.mode: [] for n in networks}
    wanted: dict[str, list[torch.Tensor]] = {n.mode: [] for n in networks}
    for number in range(count):
        samples, curves, _ = next(examples)
        mels, start = masked(warped(mel_pairs(log_mel, samples[None]), rng), rng), int(rng.integers(0, 100000))
        for network in networks:
            with torch.no_grad():
                found = heard(network, mels, start)[0]
            end = min(len(found), len(curves))
            known[network.mode].append(found[network.delay + _EARLY : end])
            wanted[network.mode].append(curves[_EARLY : end - network.delay, _ROWS])
        if number % 100 == 99:
            log.info("%d examples", number + 1)
    return {mode: (torch.stack(known[mode]), torch.stack(wanted[mode])) for mode in known}


def fitted(network: LightNet | QualityNet, known: torch.Tensor, wanted: torch.Tensor, turns: int) -> float:
    """Fit the rows of a network in place; returns the loss.

    Args:
        network: whose last product changes.
        known: (n, t, channels).
        wanted: (n, t, 8).
        turns: of L-BFGS.
    """
    leave = network.temporal.leave
    assert leave.bias is not None
    shipped = torch.cat([leave.weight[_ROWS, :, 0], leave.bias[_ROWS, None]], 1).detach()
    rows = shipped.clone().requires_grad_()
    importance = IMPORTANCE[:_CURVES]
    optimiser = torch.optim.LBFGS([rows], max_iter=turns, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimiser.zero_grad()
        said = F.linear(known, rows[:, :-1], rows[:, -1])
        curves = said.sigmoid()
        place = ((curves - wanted) ** 2 * importance).mean()
        speed = ((curves.diff(dim=1) - wanted.diff(dim=1)) ** 2 * importance).mean()
        total = _PLACE * place + _SPEED * speed + _STAY * ((rows - shipped) ** 2).sum() / len(_ROWS)
        torch.autograd.backward(total)
        return total

    before = loss().item()
    optimiser.step(loss)  # type: ignore[no-untyped-call]
    after = loss().item()
    log.info("%s: loss %.4f, before %.4f", network.mode, after, before)
    with torch.no_grad():
        leave.weight[_ROWS, :, 0], leave.bias[_ROWS] = rows[:, :-1], rows[:, -1]
    return after


def main() -> None:
    """Command line: fit both networks and write them where they ship from."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--modes", choices=("light", "quality"), nargs="+", default=["quality", "light"])
    parser.add_argument("--examples", type=int, default=600, help="of 6 s each")
    parser.add_argument("--turns", type=int, default=80)
    parser.add_argument("--from", dest="shipped", type=Path, default=WEIGHTS, help="folder of the weights to begin with")
    parser.add_argument("--folder", type=Path, default=WEIGHTS, help="where to write")
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(args.threads)
    networks = [load_network(mode, args.shipped) for mode in args.modes]
    found = gathered(networks, args.corpus, args.examples)
    for network in networks:
        fitted(network, *found[network.mode], args.turns)
        log.info("wrote %s", save_network(network, args.folder, {"readout": str(args.examples)}).name)


if __name__ == "__main__":
    main()
