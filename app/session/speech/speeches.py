"""Where the sound comes from: a line that a voice speaks, or a recording with or without its words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, Signal

from app.audio.clips import resample
from app.core.arriving import ArrivingSpeech
from app.core.marks.grammar import has_marks
from app.core.speech import MAX_CLIP_S, AudioClip, Speech, has_timings, joined, parted
from app.session.base import opening
from app.session.base.messages import Messages
from app.session.base.playback import Playback
from app.session.base.voices import Voices
from app.session.base.workers import Job, Workers
from app.session.speech import speaking
from app.session.speech.arrivals import Grown, Line, Receivers
from app.session.speech.held_sound import HeldSound
from app.session.state import SpeechPart, State
from app.speech.engine import ArrivingEngine
from app.speech.engines import is_cloud_voice

#: the job that asks a service for a line, which "speech" reads meanwhile
ASKING = "speech service"


class Speeches(QObject):
    """Makes or opens the speech, finds its phones, and says what of it can be animated.

    Args:
        state: whose speech is set here.
        workers: speak, read and listen.
        playback: is given the sound.
        voices: speak a line.
        messages: told what is missing.
        parent: the session.

    Attributes:
        file: where the sound was opened from, None for a spoken line or silence.
        film: the film that the sound is of, None for a sound without a picture.
    """

    #: the first sentence of a line, or its first sound, is there: it may play
    line_begun = Signal()
    #: a line that arrived piece by piece is there to its end
    line_ended = Signal()
    #: file, tuple of ClipNote: something was noticed in a recording that was opened
    noticed = Signal(object, object)
    #: the sound of this film was opened, and its picture can be shown beside the face
    film_opened = Signal(object)
    #: the phones of a recording without a transcript were recognised from its sound, so some are wrong
    phones_guessed = Signal()

    def __init__(
        self, state: State, workers: Workers, *, playback: Playback, voices: Voices, messages: Messages, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._state, self._workers, self._playback, self._voices, self._messages = state, workers, playback, voices, messages
        self.file: Path | None = None
        self.film: Path | None = None
        self._pending_line: str | None = None
        self._line: Line | None = None
        self._written = ""  # the line as it was typed, where it holds marks
        self._held = HeldSound(state, playback, self)
        voices.voices_changed.connect(self._voices_ready)
        workers.stopped.connect(self._stopped)
        workers.failed.connect(self._job_failed)

    # -- a line

    def _voices_ready(self) -> None:
        line, self._pending_line = self._pending_line, None
        if line is not None:
            self.say(line)

    def forget_line(self) -> None:
        """Do not speak the line that waits for its voice."""
        self._pending_line = None

    def say(self, line: str) -> None:
        """Speak a line: it plays from its first sentence while the next ones are made."""
        if not line.strip():
            self._messages.fail("There is nothing to say; type a line first.")
            return
        engine, voice = self._voices.engine, self._voices.current
        if engine is None:
            self._pending_line = line
            self._voices.load()
            return

        if is_cloud_voice(voice) and isinstance(engine, ArrivingEngine):
            self._say_arriving(engine, line, voice)
            return

        def work(job: Job) -> None:
            for note in engine.notes(line, voice):
                job.post(self._messages.tell, note)
            speaking.speak(job, engine, line, voice, (self._sentence_ready, self._playback.finish))
            for sentence in speaking.noticed(engine):
                job.post(self._messages.tell, sentence)

        self._leave_line()
        self._written = line if has_marks(line) else ""
        self._workers.cancel("phones")
        self._workers.start("speech", work)

    def _as_written(self, whole: Speech) -> Speech:
        return replace(whole, text=self._written) if self._written else whole

    def _sentence_ready(self, sentence: speaking.Made) -> None:
        made, part = replace(sentence, whole=self._as_written(sentence.whole)), (sentence.offset_s, sentence.part)
        if made.is_first:
            self._begin(made.whole, made.peaks, (part,), growing=True)
            self.line_begun.emit()
        else:
            self._playback.append(made.part.audio.samples)
            self._state.extend_speech(made.whole, made.peaks, part)

    def _stopped(self, tasks: Sequence[str]) -> None:
        self.forget_line()
        if "speech" in tasks:
            self.break_off()
            self._playback.finish()

    def _job_failed(self, task: str, _sentence: str) -> None:
        if task == "speech":
            self.break_off()
            self._playback.finish()

    # -- a line that arrives

    def arrive(self, arriving: ArrivingSpeech, first: bool = True) -> None:
        """Play a speech that is still arriving: sound, motion, words and waveform follow it, each as far as it has come.

        It is heard as far as the motion of the sides that follow it has come, but not held longer than ``held_sound.LONGEST_S``; where
        the sound is late, heard time waits for it, and where the motion is, the face rests and comes back eased. When a part has
        ended, what came takes its place among the parts of the state, an ordinary speech. What the caller finishes as incomplete is kept
        as far as it came. Call it in the GUI thread; the speech is fed by whoever makes it, in any thread.

        Args:
            arriving: at any sample rate; the first one's is that of the line.
            first: of its line, which takes the place of what plays now; the others begin where the part before them ends.
        """
        if first or self._line is None:
            self._begin_line()
        assert self._line is not None
        self._line.add(arriving)

    def _say_arriving(self, engine: ArrivingEngine, text: str, voice: str) -> None:
        """Let a voice of a service speak a text, which plays while it arrives."""
        self._begin_line()
        self._written = text if has_marks(text) else ""
        line = self._line
        assert line is not None

        def work(job: Job) -> None:
            try:
                for note in engine.notes(text, voice):
                    job.post(self._messages.tell, note)
                for arriving in engine.arrive(text, voice, cancel=job.cancel):
                    line.add(arriving)
                for sentence in speaking.noticed(engine):
                    job.post(self._messages.tell, sentence)
            finally:
                line.end()

        self._workers.start(ASKING, work)

    def no_more(self) -> None:
        """No other part of the line will arrive; ``line_ended`` tells when those that were announced are there."""
        if self._line is not None:
            self._line.end()

    def break_off(self) -> None:
        """Let the line end with the sound that has come; its parts are told to be over, and whoever makes them stops by itself."""
        parts, line = [(start_s, _ended(part)) for start_s, part in self._state.parts], self._line
        self._leave_line()
        if line is None or not self._state.arrived or not parts:
            return
        rate = parts[0][1].audio.rate
        whole = joined([replace(part, audio=resample(part.audio, rate)) for _, part in parts])
        self._playback.append(whole.audio.samples[round(self._playback.duration_s * rate) :])
        self._state.grow_speech(self._as_written(whole), opening.waveform(whole.audio), parts)
        self._line_read()

    @property
    def arriving(self) -> bool:
        """Whether a line is on its way, or may still get a part."""
        return self._line is not None

    def _begin_line(self) -> None:
        self._leave_line()
        self._written = ""
        self._workers.cancel("phones")
        line = self._line = Line()
        then = Receivers(self._line_grew, self._line_sounded, self._line_ended)

        def work(job: Job) -> None:
            line.read(job, then)
            job.post(self._line_read)

        self._workers.start("speech", work)

    def _line_grew(self, came: Grown) -> None:
        grown = replace(came, whole=self._as_written(came.whole))
        if grown.is_first:
            clip = grown.whole.audio
            self._load(replace(clip, samples=clip.samples[:0]), growing=True)
            self._held.begin(clip.rate)
            self._state.begin_speech(grown.whole, grown.peaks, grown.parts, arrived=True)
            self._held.take(clip.samples)
            self.line_begun.emit()
        else:
            self._state.grow_speech(grown.whole, grown.peaks, grown.parts)

    def _line_sounded(self, samples: np.ndarray) -> None:
        self._held.take(samples)

    def _line_ended(self, grown: Grown) -> None:
        self._line = None
        self._state.grow_speech(self._as_written(grown.whole), grown.peaks, grown.parts)
        self.prepare()

    def _line_read(self) -> None:
        self._line = None
        self._held.let_go()
        self._playback.finish()
        self.line_ended.emit()

    def _leave_line(self) -> None:
        """Nobody waits for more of a line that arrives."""
        if self._line is not None:
            self._line = None
            self._held.forget()
            self._workers.cancel("speech")
            self._workers.cancel(ASKING)

    # -- a recording

    def open(self, path: Path, transcript: str = "", channel: str = "", encoder_delay_s: float = 0.0) -> None:
        """Open a recording; its phones are found afterwards, exactly with a transcript, roughly without.

        Args:
            path: of its file.
            transcript: the words that are spoken, where they are known.
            channel: see app.audio.clips.read_clip.
            encoder_delay_s: silence that is taken off the start, in seconds.
        """

        def work(job: Job) -> None:
            clip, peaks = opening.read_audio(path, channel, encoder_delay_s, job.watch)
            film = path if opening.has_picture(path) else None
            job.post(partial(self.take, clip, peaks, transcript, path, film=film))

        self._workers.start("audio", work)

    def words_of(self, path: Path) -> str:
        """What is known to be spoken in a recording, while it is the one that plays."""
        return "" if self._state.speech is None or self.file != path else self._state.speech.text

    def take(self, clip: AudioClip, peaks: np.ndarray, transcript: str = "", file: Path | None = None, *, film: Path | None = None) -> None:
        """Play a clip from now on.

        Args:
            clip: the sound.
            peaks: (n, 2) float32 lowest and highest sample in n equal stretches of it.
            transcript: the words that are spoken, where they are known.
            file: where it comes from.
            film: the film that it is the sound of.
        """
        self._workers.cancel("speech")
        self._begin(Speech(clip, transcript), peaks, (), file, film=film)
        self.prepare()
        if film is not None:
            self.film_opened.emit(film)
        if file is not None and clip.notes:
            self.noticed.emit(file, clip.notes)

    def restore(
        self, speech: Speech, peaks: np.ndarray, parts: Sequence[SpeechPart], file: Path | None, *, film: Path | None = None
    ) -> None:
        """Play a speech whose phones are known, as a project does.

        Args:
            speech: sound, words and phones.
            peaks: (n, 2) float32 lowest and highest sample in n equal stretches of it.
            parts: start in seconds and speech of each part that is animated by itself.
            file: where the sound comes from, None for nowhere that lasts.
            film: the film that it is the sound of.
        """
        self._workers.cancel("speech")
        self._begin(speech, peaks, parts if has_timings(speech) else (), file, film=film)
        self.prepare()

    def reach(self, end_s: float) -> None:
        """Let silence follow the sound until a time, and take all of it as one part; what plays goes on.

        Args:
            end_s: where a track ends that moves a side; a sound that is as long stays as it is.
        """
        speech, playback = self._state.speech, self._playback
        if speech is None:
            return
        clip, now_s, playing, loop = speech.audio, playback.now(), playback.playing, playback.loop
        more = max(round(min(end_s, MAX_CLIP_S) * clip.rate) - len(clip.samples), 0)
        if more:
            clip = replace(clip, samples=np.concatenate([clip.samples, np.zeros(more, np.float32)]))
        self._begin(replace(speech, audio=clip), opening.waveform(clip), (), self.file, film=self.film)
        self.prepare()
        playback.set_loop(loop)
        playback.seek(now_s)
        if playing:
            playback.play()

    def keep(self, file: Path | None) -> None:
        """Note where the sound was written to; None for nowhere that lasts."""
        self.file = file

    def set_transcript(self, text: str) -> None:
        """Say what is spoken in the recording; its phones are aligned anew."""
        if self._state.speech is None:
            return
        if not text.strip():
            self._messages.fail("The transcript is empty; type the words that are spoken.")
            return
        self._find_phones(replace(self._state.speech, words=()), text.strip())

    def read_transcript(self, path: Path) -> None:
        """Take what is spoken from a file: a text, subtitles, or an alignment, whose phones are taken as they are."""
        speech = self._state.speech
        if speech is None:
            self._messages.fail("There is no recording yet; open one first, then give its transcript.")
            return

        def work(job: Job) -> None:
            said = opening.read_transcript(path)
            phones = said.exact_phones or opening.find_phones(job, speech.audio, said.text)
            if said.notes:
                job.post(self._messages.tell, " ".join(said.notes))
            job.post(self._phones_ready, replace(speech, text=said.text, phones=phones, words=said.words if said.exact_phones else ()))

        self._workers.start("phones", work)

    def prepare(self) -> None:
        """Say what can be animated, as soon as every source has what it needs of the speech."""
        speech = self._state.speech
        if speech is None or self._line is not None:
            return
        if not has_timings(speech) and any(side.needs_phones and not side.kept for side in self._state.sides.values()):
            if self._state.parts and not self._state.arrived:
                self._state.set_parts(())
            if not self._workers.running("phones"):
                self._find_phones(speech, speech.text)
        elif not self._state.parts:
            self._state.set_parts(((0.0, speech),))

    def _find_phones(self, speech: Speech, text: str) -> None:
        def work(job: Job) -> None:
            phones = opening.find_phones(job, speech.audio, text)
            job.post(self._phones_ready, replace(speech, text=text, phones=phones))

        self._workers.start("phones", work)

    def _phones_ready(self, speech: Speech) -> None:
        if not speech.text:
            self.phones_guessed.emit()
        if self._state.arrived and self._state.speech is not None and not has_timings(self._state.speech):
            # only those who waited for them begin; it may still be playing
            self._state.grow_speech(speech, self._state.peaks, parted(speech, [start_s for start_s, _ in self._state.parts]))
        else:
            self._state.replace_words(speech)

    def _begin(
        self, speech: Speech, peaks: np.ndarray, parts: Sequence[SpeechPart], file: Path | None = None, *, growing: bool = False,
        film: Path | None = None,
    ) -> None:  # fmt: skip
        """Play another sound; everything made of the former one is forgotten."""
        self._leave_line()
        self._load(speech.audio, growing, file, film)
        self._state.begin_speech(speech, peaks, parts)

    def _load(self, clip: AudioClip, growing: bool, file: Path | None = None, film: Path | None = None) -> None:
        self._workers.cancel("phones")
        self._playback.pause()
        self.file, self.film = file, film
        self._playback.load(clip, growing)


def _ended(part: Speech | ArrivingSpeech) -> Speech:
    """A part as far as it has come; more of it is not waited for."""
    if isinstance(part, Speech):
        return part
    part.finish(complete=False)
    return part.so_far()
