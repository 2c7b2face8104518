"""A source whose motion does what the marks of the text say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from app.core.cancel import CancelToken
from app.core.emotion import EmotionSettings
from app.core.marks.curves import with_marks
from app.core.marks.felt import felt_of, settings_with_felt
from app.core.marks.grammar import read_marks
from app.core.marks.placing import PlacedMark, placed
from app.core.source_spec import SourceSpec
from app.core.speech import Speech, spoken_words
from app.core.track import Animation, concatenate
from app.lipsync.feeling import expression_of
from app.lipsync.registry import abilities_of
from app.lipsync.source import Expression, HasFeelings, HasOwnParameters, LipSyncSource


def placed_marks(speech: Speech) -> tuple[PlacedMark, ...]:
    """The marks of a speech's text at its words; none where it has no words in time."""
    return placed(read_marks(speech.text), spoken_words(speech), speech.audio.duration_s)


class MarkedSource:
    """A source, with marks over what it makes of a whole speech.

    Args:
        base: makes the motion.
        spec: which source that is: one that feels is told what the text says is felt.
        settings: what is felt besides; None for the source's own expression.
    """

    def __init__(self, base: LipSyncSource, spec: SourceSpec, settings: EmotionSettings | None = None) -> None:
        self._base, self._settings = base, settings
        self._feels = abilities_of(spec).feels and isinstance(base, HasFeelings)
        self.name, self.label, self.is_mock = base.name, base.label, base.is_mock

    @property
    def expression(self) -> Expression | None:
        """What the face feels, where it can."""
        return self._base.expression if isinstance(self._base, HasFeelings) else None

    @expression.setter
    def expression(self, felt: Expression | None) -> None:
        if isinstance(self._base, HasFeelings):
            self._base.expression = felt

    def set_native(self, native: Mapping[str, float]) -> None:
        """Parameters of a tuning, for a source that has such ones.

        Raises:
            PresetError: an unknown name, or a value out of range.
        """
        if isinstance(self._base, HasOwnParameters):
            self._base.set_native(native)

    def generate(self, speech: Speech, cancel: CancelToken) -> Iterator[Animation]:
        """See LipSyncSource; the whole clip is one chunk where there are marks."""
        marks = placed_marks(speech)
        if not marks:
            yield from self._base.generate(speech, cancel)
            return
        felt = felt_of(marks)
        if felt and isinstance(self._base, HasFeelings):
            settings = settings_with_felt(self._settings or EmotionSettings(), felt)
            self._base.expression = expression_of(settings, settings.timeline, 0.0, speech.audio.duration_s)
        chunks = list(self._base.generate(speech, cancel))
        if chunks:
            yield with_marks(concatenate(chunks), marks, speech.phones or speech.words, feels=self._feels)
