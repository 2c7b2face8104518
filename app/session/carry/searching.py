"""Where moments of one sound lie in another one: looked for once, and of long sounds in a worker, for it takes a tenth of a second."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from app.core.outline import Outline, loudness, outline_of
from app.core.placing import Places
from app.core.speech import Speech
from app.session.base.workers import Job, Workers

#: sounds up to this are looked at when they are asked about, in a few milliseconds
LONG_S = 45.0
TASK = "places"
#: so many sounds' loudness is remembered
_MOST = 4


class Searching:
    """Outlines of sounds, and places of their moments in each other, as far as they are known.

    Args:
        workers: look at long sounds; when ``TASK`` has ended, what was asked for is known.
    """

    def __init__(self, workers: Workers) -> None:
        self._workers = workers
        self._loud: dict[str, np.ndarray] = {}
        self._outline: tuple[Speech, Outline] | None = None
        self._places: list[Places] = []
        self._request: tuple[Speech, tuple[Outline, ...], bool] | None = None

    def outline(self, speech: Speech) -> Outline:
        """Of a sound; looked at now where it was not before."""
        if self._outline is None or self._outline[0] is not speech:
            self._outline = speech, self.outlined(speech)
        return self._outline[1]

    def places(self, old: Outline, new: Outline, trusted: bool) -> Places:
        """Of one sound in another; looked for now where they were not before."""
        known = next((each for each in self._places if each.old is old and each.new is new and each.trusted == trusted), None)
        if known is None:
            known = Places(old, new, trusted=trusted)
            self._places = [*self._places[1 - 2 * _MOST :], known]
        return known

    def prepare(self, speech: Speech) -> None:
        """A sound is there: find out how loud it is, before somebody asks."""
        if speech.audio.duration_s > LONG_S and speech.audio.digest not in self._loud and not self._workers.running(TASK):
            self.look(speech, (), trusted=False)

    def is_known(self, speech: Speech, olds: Sequence[Outline], *, trusted: bool) -> bool:
        """Whether a sound's outline and the places of others in it can be had at once.

        Args:
            speech: the present sound.
            olds: outlines of former ones.
            trusted: see Places.
        """
        if speech.audio.duration_s <= LONG_S and all(old.duration_s <= LONG_S for old in olds):
            return True
        if self._asked(speech, olds, trusted) and not self._workers.running(TASK):
            return True  # it was looked for; whatever came of it
        if self._outline is None or self._outline[0] is not speech:
            return False
        known = {id(each.old) for each in self._places if each.new is self._outline[1] and each.trusted == trusted}
        return all(id(old) in known for old in olds)

    def look(self, speech: Speech, olds: Sequence[Outline], *, trusted: bool) -> None:
        """Look in a worker; see ``is_known``."""
        if self._asked(speech, olds, trusted) and self._workers.running(TASK):
            return
        self._request = speech, tuple(olds), trusted
        known = None if self._outline is None or self._outline[0] is not speech else self._outline[1]

        def work(job: Job) -> None:
            outline = self.outlined(speech) if known is None else known
            job.post(self._take, speech, outline, [Places(old, outline, trusted=trusted) for old in olds])

        self._workers.start(TASK, work)

    def _asked(self, speech: Speech, olds: Sequence[Outline], trusted: bool) -> bool:
        if self._request is None or self._request[0] is not speech or self._request[2] != trusted:
            return False
        return [*map(id, self._request[1])] == [*map(id, olds)]

    def outlined(self, speech: Speech) -> Outline:
        """An outline; of the same sound with other words the loudness is known."""
        digest = speech.audio.digest
        if digest not in self._loud:
            made = loudness(speech.audio)
            self._loud = {**dict(list(self._loud.items())[1 - _MOST :]), digest: made}
        return replace(outline_of(speech, with_loudness=False), loud=self._loud[digest])

    def _take(self, speech: Speech, outline: Outline, places: list[Places]) -> None:
        self._outline = speech, outline
        self._places = [*self._places[len(places) - 2 * _MOST :], *places]
