"""How layers are named and coloured, and what they can show."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from app.core.layers import LAYER_REGIONS, LIVE, TAKE, Layer
from app.core.source_spec import KEPT, SourceSpec
from app.lipsync.azure import blendshapes_missing, visemes_missing
from app.lipsync.layered import is_kept_motion, layer_title
from app.lipsync.registry import source_choices
from app.session.base.opening import track_endings
from app.session.state import State

#: of the layers of a side from below; apart from each other and from the curves' groups and the sides
COLOURS = ("#58d0c4", "#f0cf5b", "#f08fce", "#a7e06a", "#ff9d76", "#9db4ff")
#: what stands in the data of an entry that asks for a file
ASK_FILE = "ask file"


def motion_endings() -> tuple[str, ...]:
    """What a file dialog and a drop take, each with its dot."""
    return (*track_endings(), ".vstake")


def colour_of(index: int) -> str:
    """The colour of a layer by its place from below."""
    return COLOURS[index % len(COLOURS)]


@dataclass(frozen=True)
class LayerOffer:
    """A source that a layer can have.

    Attributes:
        spec: which.
        label: as written in menus.
        hint: one sentence.
    """

    spec: SourceSpec
    label: str
    hint: str


class LayerOffers:
    """What layers can show, here and now.

    Args:
        state: its other sides are offered by who moves them.
        known: spec, label and hint of sources with an argument that were used before.
    """

    def __init__(self, state: State, known: Callable[[], tuple[tuple[str, str, str], ...]]) -> None:
        self._state, self._known = state, known
        #: files that were chosen for layers in this session, the newest first
        self._files: list[SourceSpec] = []

    def remember(self, source: SourceSpec) -> None:
        """A file was chosen: it is offered again."""
        if is_kept_motion(source):
            self._files = [source, *(each for each in self._files if each != source)][:6]

    def of(self, side: str) -> list[LayerOffer]:
        """Everything for a layer of a side, each once: other sides, sources, files, the live face."""
        state, found = self._state, []
        for name, other in sorted(state.sides.items()):
            if name != side and other.spec.kind != KEPT:
                found.append(
                    LayerOffer(other.spec, f"As side {name}: {layer_title(other.spec)}", f"What moves side {name}, as it makes it")
                )
        for choice in source_choices():
            if not choice.takes_argument and self._is_there(choice.abilities.needs_service):
                found.append(LayerOffer(choice.source, choice.label, choice.about))
        for words, label, hint in self._known():
            found.append(LayerOffer(SourceSpec.parse(words), label, hint))
        found += [LayerOffer(source, layer_title(source), source.argument) for source in self._files]
        found.append(LayerOffer(LIVE, layer_title(LIVE), "The newest face that comes in from a phone or a tracker, while the sound plays"))
        return list({offer.spec: offer for offer in reversed(found)}.values())[::-1]

    def _is_there(self, needed: str) -> bool:
        """Whether the sound came with what a service has to send."""
        speech = self._state.speech
        if not needed or speech is None:
            return not needed
        return not (visemes_missing(speech) if needed == "visemes" else blendshapes_missing(speech))


def source_of_file(path: Path) -> SourceSpec:
    """A file of motion as a layer's source."""
    return SourceSpec(TAKE if path.suffix.lower() == ".vstake" else "file", str(path))


def region_choices(layer: Layer | None = None) -> list[tuple[tuple[str, ...], str]]:
    """Parts of the face to choose from, with their titles; a layer's own part first where it is another."""
    choices: list[tuple[tuple[str, ...], str]] = [((region,), each.title) for region, each in LAYER_REGIONS.items()]
    choices.insert(2, (("upper", "head"), "Upper face and head"))
    if layer is not None and all(where != layer.where for where, _ in choices):
        choices.insert(0, (layer.where, layer.title))
    return choices
