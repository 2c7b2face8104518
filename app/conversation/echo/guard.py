"""The guard before a dialogue's ears: takes the avatar's own voice out of the microphone and notices who speaks over it."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from app.conversation.dialogue import HEARING_RATE
from app.conversation.echo.gate import BLOCK_S, VoiceGate
from app.conversation.echo.linear import BLOCK, LinearCanceller

Mode = Literal["guard", "half-duplex", "headphones"]
MODES: tuple[Mode, ...] = ("guard", "half-duplex", "headphones")
#: what the player has to do: stand still, play on because it was nothing, or give the turn to the user
Verdict = Literal["", "pause", "resume", "yield"]
#: sound from before a hit that is handed on with it, so that the first word is whole: at least so much, and at most as much as is kept,
#: as long as it is voiced without longer gaps than this
PRE_ROLL_S, KEPT_S, GAP_S = 0.5, 3.0, 0.6
#: after a pause somebody has to have spoken for so long within so long, else it was a false start
SPOKEN_S, WITHIN_S = 0.22, 0.8
#: and where nothing was voiced for so long it is one already
NOTHING_S = 0.4
#: a sample of the microphone as strong as this was cut off, which is the echo's fault where that is so strong
_CUT_OFF, _STRONG_ECHO = 0.98, 0.5
#: in half-duplex nothing is heard for so long after the avatar's voice: the room and the device still sound
TAIL_S = 0.35
#: after so much of the avatar's voice a leak worse than this means that it cannot be told from the user; it is trusted again below
LEAK_AFTER_S, WORST_LEAK_DB, TRUSTED_LEAK_DB = 3.0, -5.0, -8.0
#: an echo stronger than this is likely to be stronger than the user, who is then noticed late
LOUD_ECHO_DB = 9.0
#: what AEC3 is told of the delay at its start, in milliseconds; it finds the rest by itself
_DELAY_HINT_MS = 50
#: share of a new block in the figures: a second's mean
_BLEND = 0.01
#: references weaker than -50 dBFS tell nothing about the echo
_SOUNDING = 10**-5.0
#: an echo is heard when the microphone has so much more than the room's noise, and than -60 dBFS, while the avatar speaks
_ABOVE_NOISE, _UNHEARD = 10.0, 1e-6

HEADPHONES = "Use headphones to be able to speak over the avatar at any time; through loudspeakers it may take its own voice for yours."
LEAKING = "The avatar hears too much of itself, so it listens only while it is silent; turn the loudspeakers down, or use headphones."
TOO_LOUD = "The avatar is far louder at the microphone than you are; turn the loudspeakers down, or use headphones, to be noticed at once."
MISSING = "Without the package pywebrtc-audio the avatar listens only while it is silent; run `python3 run.py`, or use headphones."


@dataclass(frozen=True)
class EchoFigures:
    """How much the avatar hears of itself, measured while only the avatar speaks.

    Attributes:
        echo_db: its voice at the microphone, in dB of what the loudspeaker was given.
        leak_db: what is left of it behind the suppressor, in dB of the same.
        told_apart_db: what the linear canceller leaves, in dB of the echo: the basis for noticing who speaks over the avatar.
        measured_s: seconds of the avatar's voice that these figures rest on; 0 when nothing is known yet.
    """

    echo_db: float
    leak_db: float
    told_apart_db: float
    measured_s: float

    @property
    def removed_db(self) -> float:
        """How much of the echo is taken away."""
        return self.echo_db - self.leak_db


@dataclass(frozen=True)
class Guarded:
    """What comes out of a block of the microphone.

    Attributes:
        samples: (n,) float32 to hand to the dialogue: silence while only the avatar speaks, with the pre-roll at a hit.
        verdict: what the player has to do.
        voiced: somebody in the room speaks now.
    """

    samples: np.ndarray
    verdict: Verdict = ""
    voiced: bool = False


class EchoGuard:
    """Stands between the microphone and a dialogue that must not hear its own voice. Everything runs on the listening thread, never
    in the audio callback.

    Two cancellers listen. A linear one takes nothing of the user's voice: what it leaves is judged for barge-in and handed on. WebRTC's
    AEC3 suppresses more, but swallows the user too while both speak: it shows on the meter how well the echo can be taken away at all.

    Args:
        reference: gives what was played beside a block: (age in seconds, samples) -> samples; see PlayedReference.read.
        mode: what is wished for.
    """

    def __init__(self, reference: Callable[[float, int], np.ndarray], mode: Mode = "guard") -> None:
        self._reference = reference
        self._wished: Mode = mode
        self._suppressor = _suppressor()
        self._linear = LinearCanceller()
        self._gate = VoiceGate()
        self._near = self._far = np.zeros(0, np.float32)
        #: blocks before a hit, and which of them were voiced
        self._before: deque[tuple[np.ndarray, bool]] = deque(maxlen=round(KEPT_S / BLOCK_S))
        self._state: Literal["open", "closed", "held"] = "open"
        self._held_s = self._spoken_s = self._nothing_s = self._tail_s = self._measured_s = 0.0
        self._echo = self._leak = self._played = 0.0
        self._leaking = False
        #: the turn was given to the user; the guard closes again with the next answer
        self._given = False

    @property
    def mode(self) -> Mode:
        """What is done now: half-duplex in place of the guard where that cannot work."""
        if self._wished == "guard" and (self._suppressor is None or self._leaking):
            return "half-duplex"
        return self._wished

    def set_mode(self, mode: Mode) -> None:
        """Wish for another way."""
        self._wished = mode

    @property
    def sentence(self) -> str:
        """What the user should know now; "" for nothing."""
        if self._wished != "guard":
            return ""
        if self._suppressor is None:
            return MISSING
        if self._leaking:
            return LEAKING
        return TOO_LOUD if self._measured_s > LEAK_AFTER_S and self.figures.echo_db > LOUD_ECHO_DB else HEADPHONES

    @property
    def figures(self) -> EchoFigures:
        """The leak meter."""
        if not self._played:
            return EchoFigures(0.0, 0.0, 0.0, 0.0)
        echo, leak = (10 * math.log10(max(power, 1e-12) / self._played) for power in (self._echo, self._leak))
        return EchoFigures(echo, leak, self._gate.leak_db, self._measured_s)

    def listen_to(self, reference: Callable[[float, int], np.ndarray]) -> None:
        """Take what was played from somewhere else; what was learnt of the room stays."""
        self._reference = reference

    def push(self, samples: np.ndarray, age_s: float, speaking: bool) -> Guarded:
        """Hear the next samples.

        Args:
            samples: (n,) float32 at ``HEARING_RATE``; parts of a block are kept for the next time.
            age_s: how long ago the first of them was at the microphone.
            speaking: the avatar's answer is under way: it sounds, or was paused by this guard.
        """
        far = np.zeros(len(samples), np.float32) if self.mode == "headphones" else self._reference(age_s, len(samples))
        self._near, self._far = np.concatenate([self._near, samples]), np.concatenate([self._far, far])
        handed: list[np.ndarray] = [np.zeros(0, np.float32)]
        verdict: Verdict = ""
        n = len(self._near) // BLOCK * BLOCK
        for start in range(0, n, BLOCK):
            block, said = self._hear(self._near[start : start + BLOCK], self._far[start : start + BLOCK], speaking)
            handed.append(block)
            verdict = said or verdict
        self._near, self._far = self._near[n:], self._far[n:]
        return Guarded(np.concatenate(handed), verdict, self._gate.voiced)

    def _hear(self, near: np.ndarray, far: np.ndarray, speaking: bool) -> tuple[np.ndarray, Verdict]:
        """One block: what is handed on, and what the player has to do."""
        cancelled = self._linear.process(near, far)
        played = float(np.mean(far * far))
        cut_off = bool(np.any(np.abs(near) >= _CUT_OFF)) and float(np.abs(near - cancelled.samples).max()) > _STRONG_ECHO
        self._gate.judge(cancelled.left, cancelled.echo, played, overdriven=cut_off)
        self._measure(near, far, played)
        block = np.clip(cancelled.samples, -1.0, 1.0)
        self._tail_s = TAIL_S if speaking and self._state != "held" else max(self._tail_s - BLOCK_S, 0.0)
        if self.mode == "half-duplex":
            self._state = "open"
            return (np.zeros(BLOCK, np.float32) if self._tail_s else block), ""
        if not speaking:
            self._state = "open"
        elif self._state == "open" and not self._given:
            self._state = "closed"
            self._gate.forget_hit()
        self._given = self._given and speaking
        return self._by_state(block)

    def _by_state(self, block: np.ndarray) -> tuple[np.ndarray, Verdict]:
        if self._state == "open":
            return block, ""
        if self._state == "closed":
            self._before.append((block, self._gate.voiced))
            if not self._gate.hit:
                return np.zeros(BLOCK, np.float32), ""
            self._state, self._held_s, self._spoken_s, self._nothing_s = "held", 0.0, 0.0, 0.0
            return self._pre_roll(), "pause"
        self._held_s += BLOCK_S
        self._spoken_s += BLOCK_S * self._gate.voiced
        self._nothing_s = 0.0 if self._gate.voiced else self._nothing_s + BLOCK_S
        if self._spoken_s >= SPOKEN_S:
            self._state, self._given = "open", True
            return block, "yield"
        if self._held_s >= WITHIN_S or self._nothing_s >= NOTHING_S:
            self._state = "closed"
            self._gate.forget_hit()
            return block, "resume"
        return block, ""

    def _pre_roll(self) -> np.ndarray:
        """What was heard before a hit, from the first sign of a voice on and a little before."""
        kept = list(self._before)
        self._before.clear()
        first = len(kept)
        for k in range(len(kept) - 1, -1, -1):
            if kept[k][1]:
                first = k
            elif first - k > GAP_S / BLOCK_S:
                break
        first = min(first - round(PRE_ROLL_S / 2 / BLOCK_S), len(kept) - round(PRE_ROLL_S / BLOCK_S))
        return np.concatenate([block for block, _ in kept[max(first, 0) :]])

    def _measure(self, near: np.ndarray, far: np.ndarray, played: float) -> None:
        """Keep the meter, from blocks in which only the avatar speaks."""
        if self._suppressor is None:
            return
        left = self._suppressor.process(near, far)
        if played < _SOUNDING or self._gate.voiced:
            return
        self._measured_s += BLOCK_S
        pace = max(_BLEND, BLOCK_S / self._measured_s)
        self._played += pace * (played - self._played)
        self._echo += pace * (float(np.mean(near * near)) - self._echo)
        self._leak += pace * (float(np.mean(left * left)) - self._leak)
        if self._measured_s > LEAK_AFTER_S:
            # where nothing of the avatar is heard, in headphones or with the sound off, nothing can leak
            echoes = self._echo > max(_UNHEARD, _ABOVE_NOISE * self._gate.noise)
            self._leaking = echoes and self._gate.leak_db > (TRUSTED_LEAK_DB if self._leaking else WORST_LEAK_DB)


def _suppressor() -> Any | None:
    """WebRTC's AEC3, or None where its package is not installed."""
    try:
        from pywebrtc_audio import AudioProcessor
    except ImportError:
        return None
    return AudioProcessor(sample_rate=HEARING_RATE, echo_cancellation=True, stream_delay_ms=_DELAY_HINT_MS)
