"""From named curves of weights to the 52 channels, and what has to be said about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from app.avatar.names.dialects import recognise
from app.core.arkit import ARKIT_CHANNELS, ARKIT_INDEX, MOUTH_CHANNELS, VISEME_CHANNELS, canonical_name
from app.core.errors import TrackError
from app.core.visemes import projection_matrix
from app.formats.track_file import from_percent, lacking_sentence

#: weights below this are rest
STILL = 1e-5
#: nodes whose weights of one shape differ by more than this disagree
_AGREE = 0.02
_MOST_TOLD = 4
_MOUTH = np.array(sorted(ARKIT_INDEX[name] for name in MOUTH_CHANNELS))
VISEMES_TOLD = "Its mouth moves by visemes; avatars with ARKit's mouth show them by the shapes that make them."
BOTH_TOLD = "Its mouth moves by visemes and by ARKit's shapes at once; the visemes were added as the shapes that make them."


@dataclass
class NamedWeights:
    """What the curves of one file come to.

    Attributes:
        n: frames.
        values: name as written -> (n,).
        warnings: sentences for the user.
    """

    n: int
    values: dict[str, np.ndarray] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    def merge(self, nodes: Mapping[str, Mapping[str, np.ndarray]], sizes: Mapping[str, int], known_error: float = 0.0) -> None:
        """Take the curves of several nodes, which should agree; what the node with the most shapes says counts.

        Args:
            nodes: name of each node -> name of each target -> (n,) weights.
            sizes: name of each node -> its vertices, which decide between nodes with as many shapes.
            known_error: by which they may differ without a word.
        """
        order = sorted(nodes, key=lambda node: (-sum(canonical_name(name) is not None for name in nodes[node]), -sizes.get(node, 0)))
        owner: dict[str, str] = {}
        spelt: dict[str, str] = {}
        off: dict[str, tuple[float, str]] = {}
        for node in order:
            for name, column in nodes[node].items():
                key = canonical_name(name) or name
                if key not in spelt or (owner[spelt[key]] == node and _most(column) > _most(self.values[spelt[key]])):
                    self.values.pop(spelt.get(key, ""), None)
                    spelt[key], owner[name], self.values[name] = name, node, column
                    continue
                first = spelt[key]
                apart = float(np.abs(column - self.values[first]).max(initial=0.0))
                if owner[first] != node and apart > max(_AGREE, known_error, off.get(first, (0.0, ""))[0]):
                    off[first] = (apart, node)
        if off:
            worst = sorted(off, key=lambda name: -off[name][0])
            told = ", ".join(f"{name} by {off[name][0]:.2f} between {owner[name]} and {off[name][1]}" for name in worst[:_MOST_TOLD])
            more = f" and {len(off) - _MOST_TOLD} more" if len(off) > _MOST_TOLD else ""
            self.warnings.append(f"The file's meshes move differently ({told}{more}); {owner[worst[0]]} was read.")

    def channels(self, name: str) -> tuple[np.ndarray, np.ndarray | None, dict[str, np.ndarray]]:
        """The 52 channels, the 15 visemes where the mouth moves by them, and the moving shapes that are neither under their own names.

        Args:
            name: of the file, for messages.

        Raises:
            TrackError: none of the names is known.
        """
        weights = np.zeros((self.n, len(ARKIT_CHANNELS)))
        visemes = np.zeros((self.n, len(VISEME_CHANNELS)))
        mapped = self._mapped()
        for channel, column in mapped.items():
            if channel in ARKIT_INDEX:
                weights[:, ARKIT_INDEX[channel]] = column
            else:
                visemes[:, VISEME_CHANNELS.index(channel)] = column
        if not mapped:
            shown = ", ".join(list(self.values)[:_MOST_TOLD])
            raise TrackError(f"{name} animates shapes that are neither ARKit's nor visemes ({shown}); export it with ARKit names.")
        missing = [channel for channel in ARKIT_CHANNELS if channel not in mapped]
        by_visemes = bool(np.abs(visemes).max(initial=0.0) > STILL)
        alone = by_visemes and not np.abs(weights[:, _MOUTH]).max(initial=0.0) > STILL
        if by_visemes:
            weights += visemes @ projection_matrix().astype(np.float64)
            self.warnings.append(VISEMES_TOLD if alone else BOTH_TOLD)
        if missing and len(missing) < len(ARKIT_CHANNELS):
            self.warnings.append(lacking_sentence(missing))
        made, percent = from_percent(weights.astype(np.float32))
        self.warnings += [percent] if percent else []
        used = {target for targets in self._sources.values() for target in targets}
        others = {own: column for own, column in self.values.items() if own not in used and np.abs(column).max(initial=0.0) > STILL}
        return made, visemes if alone else None, others

    _sources: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def _mapped(self) -> dict[str, np.ndarray]:
        """Channel -> its weights: by its own name, else by what the names' dialect says."""
        self._sources = {}
        for name in self.values:
            channel = canonical_name(name)
            if channel is not None:
                self._sources[channel] = (name,)
        vocabulary = recognise(tuple(self.values))
        for channel, recipes in vocabulary.recipes.items():
            if channel in self._sources or not recipes:
                continue
            pulls = [pull for pull in recipes[0] if pull.target in self.values]
            if pulls and all(pull.weight == 1 for pull in pulls):
                self._sources[channel] = tuple(pull.target for pull in pulls)
        if vocabulary.found and any(canonical_name(targets[0]) is None for targets in self._sources.values()):
            self.warnings.append(f"The shapes are called as in {', '.join(found.name for found in vocabulary.found)}; they were read so.")
        return {channel: np.mean([self.values[target] for target in targets], axis=0) for channel, targets in self._sources.items()}


def _most(column: np.ndarray) -> float:
    return float(np.abs(column).max(initial=0.0))
