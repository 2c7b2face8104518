"""Network output that is kept, so that tuning what comes after the network need not run it again, nor a cancelled run start anew."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from models.nvidia.streams import RawFrames


class _Clip:
    """What a network made of one clip so far, and what makes the rest."""

    def __init__(self, rest: Iterator[RawFrames]) -> None:
        self.made: list[RawFrames] = []
        self._rest: Iterator[RawFrames] | None = rest
        self._busy = threading.Lock()

    def get(self, index: int) -> RawFrames | None:
        """A batch, made now if need be; None behind the last one. Only one thread at a time makes, the others wait for it."""
        if index < len(self.made):
            return self.made[index]
        with self._busy:
            while self._rest is not None and index >= len(self.made):
                raw = next(self._rest, None)
                if raw is None:
                    self._rest = None
                else:
                    self.made.append(raw)
        return self.made[index] if index < len(self.made) else None

    @property
    def ended(self) -> bool:
        """Whether all of it is there."""
        return self._rest is None

    @property
    def nbytes(self) -> int:
        """Memory that it takes."""
        return sum(raw.nbytes for raw in self.made)


class RawCache:
    """Network output by clip and settings, shared by all sources; the clips used longest ago are let go first.

    Args:
        most_bytes: memory that it may take; what is larger by itself is not kept.
    """

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._clips: OrderedDict[Hashable, _Clip] = OrderedDict()
        self._lock = threading.Lock()

    def frames(self, key: Hashable, begin: Callable[[], Iterator[RawFrames]], stop: Callable[[], bool]) -> Iterator[RawFrames]:
        """The frames of a clip in batches, always cut alike; what was not made before is made now.

        Args:
            key: everything that the network sees.
            begin: starts the network on the clip.
            stop: asked before each batch; what was made until then stays.
        """
        with self._lock:
            clip = self._clips.get(key)
            if clip is None:
                clip = self._clips[key] = _Clip(begin())
            self._clips.move_to_end(key)
        index = 0
        while not stop():
            try:
                raw = clip.get(index)
            except BaseException:
                self._drop(key)
                raise
            if raw is None:
                self._shrink()
                return
            yield raw
            index += 1

    def stretch(self, key: Hashable, first: int, last: int) -> RawFrames | None:
        """Frames first to last - 1 as one batch, or None when not all of them were made yet; frames behind the end are left out."""
        with self._lock:
            clip = self._clips.get(key)
        batches = [] if clip is None else [raw for raw in list(clip.made) if raw.start < last and raw.start + len(raw) > first]
        if not batches or batches[0].start > first:
            return None
        cut = [_cut(raw, first, last) for raw in batches]
        if clip is None or (batches[-1].start + len(batches[-1]) < last and not clip.ended):
            return None
        skin, tongue, jaw, eyes = (np.concatenate([getattr(raw, name) for raw in cut]) for name in ("skin", "tongue", "jaw", "eyes"))
        return replace(cut[0], skin=skin, tongue=tongue, jaw=jaw, eyes=eyes)

    def _drop(self, key: Hashable) -> None:
        with self._lock:
            self._clips.pop(key, None)

    def _shrink(self) -> None:
        with self._lock:
            while self._clips and sum(clip.nbytes for clip in self._clips.values()) > self._most:
                self._clips.popitem(last=False)


def _cut(raw: RawFrames, first: int, last: int) -> RawFrames:
    """The part of a batch that lies in the stretch."""
    rows = slice(max(first - raw.start, 0), last - raw.start)
    start = max(first, raw.start)
    return replace(raw, start=start, skin=raw.skin[rows], tongue=raw.tongue[rows], jaw=raw.jaw[rows], eyes=raw.eyes[rows])
