"""A source made of others: one for the face, and one for each part of it that comes from somewhere else (core.layers)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from app.core.cancel import CancelToken
from app.core.errors import LayerError
from app.core.layering import layered, layered_label
from app.core.layers import LIVE, TAKE, Layer
from app.core.regions import REGIONS
from app.core.source_spec import SourceSpec
from app.core.speech import Speech
from app.core.track import Animation, concatenate
from app.lipsync.recorded import RecordedSource
from app.lipsync.registry import abilities_of, make_source, title_of
from app.lipsync.source import Expression, HasFeelings, HasOwnParameters, LipSyncSource, chunk_ranges

_EYES = REGIONS["eyes"]


def is_kept_motion(source: SourceSpec) -> bool:
    """Whether a layer's source is a file of motion, which does not depend on what is spoken."""
    return source.kind == TAKE or abilities_of(source).takes == "file"


def kept_motion(source: SourceSpec) -> Animation:
    """The motion of a track file or a take as it is: at its own rate, and as long as it is.

    Args:
        source: ``file:PATH``, or ``take:PATH`` with ``#SIDE`` behind it for another side than A.

    Raises:
        PreviewError: the file is missing or damaged, or the take has no such side.
    """
    if source.kind == TAKE:
        return _motion_of_take(source.argument)
    track_source = RecordedSource(source.argument)
    file = track_source.file
    eyes = [file.track.index[name] for name in _EYES]
    return Animation(file.track, label=track_source.label, owns_eyes=bool(file.track.weights[:, eyes].any()), notes=file.told)


def taken_file(argument: str) -> tuple[Path, str]:
    """File and side of ``take:PATH#SIDE``; side A without one."""
    path, mark, side = argument.rpartition("#")
    return (Path(path), side) if mark and side in ("A", "B", "C") else (Path(argument), "A")


def layer_file(source: SourceSpec) -> Path | None:
    """The file of motion that a layer plays, None for one whose motion is made."""
    if not is_kept_motion(source):
        return None
    return taken_file(source.argument)[0] if source.kind == TAKE else Path(source.argument)


def _motion_of_take(argument: str) -> Animation:
    from app.formats.takes.reading import read_take

    path, side = taken_file(argument)
    lanes = read_take(path, path.parent, missing=[]).lanes
    if side not in lanes:
        there = ", ".join(sorted(lanes)) or "none"
        raise LayerError(f"{path.name} holds no motion of side {side} (there is {there}); choose another take or side.")
    return replace(lanes[side].tuned, label=layer_title(SourceSpec(TAKE, argument)))


def layer_title(source: SourceSpec) -> str:
    """The source of a layer in words."""
    if source == LIVE:
        return "Live face"
    if source.kind == TAKE:
        path, side = taken_file(source.argument)
        return path.name if side == "A" else f"{path.name}, side {side}"
    return Path(source.argument).name if is_kept_motion(source) else title_of(source)


class LayeredSource:
    """A source with layers of others over it, made over the same speech.

    Args:
        base: moves the rest of the face.
        layers: the lowest first; those that are off are left out.
        fps: frames per second of the layers that are made; files keep their own until they are laid over.

    Raises:
        LayerError: a layer wants the live face, which there is in the window only.
        PreviewError: a layer's source does not exist, or its file is missing or damaged.
    """

    def __init__(self, base: LipSyncSource, layers: Sequence[Layer], fps: float) -> None:
        self._base = base
        self._layers = [layer for layer in layers if layer.on]
        if any(layer.source == LIVE for layer in self._layers):
            raise LayerError("The live face is there in the window only; record it, and give its file as file:PATH.")
        self._kept = {layer.source: kept_motion(layer.source) for layer in self._layers if is_kept_motion(layer.source)}
        made = dict.fromkeys(layer.source for layer in self._layers if layer.source not in self._kept)
        self._sources = {spec: make_source(spec, fps) for spec in made}
        self._all = (base, *self._sources.values())
        labels = {spec: made.label for spec, made in self._kept.items()} | {spec: made.label for spec, made in self._sources.items()}
        self.name = base.name
        self.label = layered_label(base.label, [(layer, labels[layer.source]) for layer in self._layers])
        self.is_mock = base.is_mock or any(source.is_mock for source in self._sources.values())

    @property
    def needs_phones(self) -> bool:
        """Whether one of the layers works from timed phones."""
        return any(abilities_of(spec).needs_phones for spec in self._sources)

    @property
    def expression(self) -> Expression | None:
        """What the faces feel, of those of the sources that can."""
        return next((source.expression for source in self._all if isinstance(source, HasFeelings)), None)

    @expression.setter
    def expression(self, felt: Expression | None) -> None:
        for source in self._all:
            if isinstance(source, HasFeelings):
                source.expression = felt

    def set_native(self, native: Mapping[str, float]) -> None:
        """Parameters of a tuning for all sources that have such ones.

        Raises:
            PresetError: an unknown name, or a value out of range.
        """
        for source in self._all:
            if isinstance(source, HasOwnParameters):
                source.set_native(native)

    def generate(self, speech: Speech, cancel: CancelToken) -> Iterator[Animation]:
        """See LipSyncSource; the whole clip is made before the first chunk, for a contact may lie in any of them."""
        motions = dict(self._kept)
        for spec, source in self._sources.items():
            chunks = list(source.generate(speech, cancel))
            if chunks:
                motions[spec] = concatenate(chunks)
        chunks = list(self._base.generate(speech, cancel))
        if cancel.is_set() or not chunks:
            return
        made = layered(concatenate(chunks), [(layer, motions[layer.source]) for layer in self._layers if layer.source in motions])
        for first, end in chunk_ranges(len(made.arkit), made.arkit.fps):
            if cancel.is_set():
                return
            visemes = None if made.visemes is None else made.visemes.between(first, end)
            yield replace(made, arkit=made.arkit.between(first, end), visemes=visemes, label=self.label)


def with_layers(base: LipSyncSource, layers: Sequence[Layer], fps: float) -> LipSyncSource:
    """A source with layers over it; itself where none is on.

    Args:
        base: moves the rest of the face.
        layers: the lowest first.
        fps: see LayeredSource.

    Raises:
        PreviewError: see LayeredSource.
    """
    return LayeredSource(base, layers, fps) if any(layer.on for layer in layers) else base
