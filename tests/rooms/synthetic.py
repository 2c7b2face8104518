"""A room in which an avatar speaks through a loudspeaker and a person may speak over it, block by block, with a player that obeys."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from app.conversation.echo.guard import EchoGuard
from app.conversation.echo.reference import resampled_at

RATE = 16000
#: a block of the microphone: 10 ms, the time between two looks at it
BLOCK = 160
#: from the player's decision to the loudspeaker
OUTPUT_S = 0.08


@dataclass(frozen=True)
class Room:
    """How the loudspeaker is heard at the microphone.

    Attributes:
        delay_s: from the reference to the first sound.
        t60_s: reverberation time.
        echo_db: the echo's level, in dB of the loudspeaker's signal.
        clip: the loudspeaker's drive: a third of full scale, divided by this, is as far as it goes. 0 for a clean one.
        drift_ppm: by how much the microphone's clock runs faster.
        noise_db: of the room, in dB of full scale.
    """

    delay_s: float = 0.08
    t60_s: float = 0.25
    echo_db: float = -6.0
    clip: float = 0.0
    drift_ppm: float = 0.0
    noise_db: float = -66.0

    def response(self, rng: np.random.Generator) -> np.ndarray:
        """The room's impulse response: a direct sound and a tail that fades by 60 dB in ``t60_s``."""
        n = round(self.t60_s * RATE)
        tail = rng.normal(size=n) * 10 ** (-3 * np.arange(n) / n)
        tail[0] = 6.0
        tail *= 10 ** (self.echo_db / 20) / np.sqrt(np.sum(tail**2))
        return np.concatenate([np.zeros(round(self.delay_s * RATE)), tail])

    def driven(self, block: np.ndarray) -> np.ndarray:
        """What the loudspeaker makes of a block."""
        return np.clip(block, -0.33 / self.clip, 0.33 / self.clip) if self.clip else block


@dataclass
class Outcome:
    """What happened.

    Attributes:
        verdicts: (seconds, verdict) in order.
        handed: what the dialogue was given.
        microphone: what the microphone heard.
        near: what the person alone would have been at the microphone.
        seconds: that the guard took for each second of sound.
    """

    verdicts: list[tuple[float, str]] = field(default_factory=list)
    handed: np.ndarray = field(default_factory=lambda: np.zeros(0, np.float32))
    microphone: np.ndarray = field(default_factory=lambda: np.zeros(0, np.float32))
    near: np.ndarray = field(default_factory=lambda: np.zeros(0, np.float32))

    def at(self, verdict: str, from_s: float = 0.0) -> float:
        """When a verdict was first given from a time on; NaN for never."""
        return next((at_s for at_s, said in self.verdicts if said == verdict and at_s >= from_s), float("nan"))


class Loudspeaker:
    """The player: sounds the avatar's voice while it is not paused, always a little later than it was told.

    Args:
        voice: (n,) float32 of the avatar at 16 kHz.
        room: how it is heard.
        n: samples of the whole scene.
        rng: for the room.
    """

    def __init__(self, voice: np.ndarray, room: Room, n: int, rng: np.random.Generator) -> None:
        self._voice, self._room, self._response = voice, room, room.response(rng)
        late = round(OUTPUT_S * RATE)
        self._line = np.zeros(n + late + BLOCK, np.float32)
        self._echo = np.zeros(n + late + BLOCK + len(self._response), np.float64)
        self._at, self._late = 0, late
        self.playing = True

    @property
    def over(self) -> bool:
        """Whether all of the voice was played."""
        return self._at >= len(self._voice)

    def run(self, start: int) -> None:
        """Let the block be played whose first sample is decided now."""
        if not self.playing or self.over:
            return
        block = self._voice[self._at : self._at + BLOCK]
        self._at += BLOCK
        begin = start + self._late
        self._line[begin : begin + len(block)] = block
        sounded = np.convolve(self._room.driven(block), self._response)
        self._echo[begin : begin + len(sounded)] += sounded[: len(self._echo) - begin]

    def echo(self, start: int) -> np.ndarray:
        """A block of the microphone."""
        return self._echo[start : start + BLOCK]

    def reference(self, start: int, n: int) -> np.ndarray:
        """What was played beside it, by a clock that runs apart."""
        positions = start * (1 + 1e-6 * self._room.drift_ppm) + np.arange(n)
        return resampled_at(self._read, positions, 1.0)

    def _read(self, start: int, stop: int) -> np.ndarray:
        lead = max(0, -start)
        part = self._line[max(start, 0) : max(stop, 0)]
        return np.pad(part, (lead, max(0, stop - start - lead - len(part))))


def play_scene(
    guard_of: EchoGuard | None, voice: np.ndarray, room: Room, *, near: np.ndarray | None = None, near_s: float = 0.0, seed: int = 7
) -> Outcome:
    """Let the avatar speak in a room, and a person speak over it; the player obeys the guard.

    Args:
        guard_of: made by ``guarded``; its reference is set here.
        voice: of the avatar, (n,) float32 at 16 kHz.
        room: where.
        near: of the person, as loud as it is at the microphone.
        near_s: when the person begins.
        seed: of room and noise.
    """
    rng = np.random.default_rng(seed)
    n = (len(voice) + (0 if near is None else len(near)) + RATE) // BLOCK * BLOCK
    person = np.zeros(n, np.float32)
    if near is not None:
        at = round(near_s * RATE)
        person[at : at + len(near)] = near[: n - at]
    noise = rng.normal(size=n) * 10 ** (room.noise_db / 20)
    speaker = Loudspeaker(voice, room, n, rng)
    here = [0]
    guard = guard_of or EchoGuard(lambda _age_s, count: speaker.reference(here[0], count))
    if guard_of is not None:
        guard.listen_to(lambda _age_s, count: speaker.reference(here[0], count))
    outcome, handed, heard, given = Outcome(near=person), [], [], False
    for start in range(0, n - BLOCK + 1, BLOCK):
        here[0] = start
        speaker.run(start)
        block = (speaker.echo(start) + noise[start : start + BLOCK] + person[start : start + BLOCK]).astype(np.float32)
        done = guard.push(np.clip(block, -1, 1), 0.0, speaking=not given and not speaker.over)
        handed.append(done.samples)
        heard.append(block)
        if done.verdict:
            outcome.verdicts.append(((start + BLOCK) / RATE, done.verdict))
            speaker.playing = done.verdict == "resume"
            given = given or done.verdict == "yield"
    outcome.handed, outcome.microphone = np.concatenate(handed), np.concatenate(heard)
    return outcome


def babble(seconds: float, *, pitch_hz: float, seed: int) -> np.ndarray:
    """(n,) float32 at 16 kHz that is like a voice: harmonics under wandering formants, in syllables with pauses.

    Args:
        seconds: how long.
        pitch_hz: of the voice.
        seed: of its melody.
    """
    rng = np.random.default_rng(seed)
    n = round(seconds * RATE)
    syllables = round(seconds * 4) + 2
    along = np.linspace(0, syllables - 1, n)

    def wander(low: float, high: float) -> np.ndarray:
        return np.interp(along, np.arange(syllables), rng.uniform(low, high, syllables))

    phase = 2 * np.pi * np.cumsum(pitch_hz * wander(0.85, 1.2)) / RATE
    formants = [(wander(300, 800), 90.0, 1.0), (wander(900, 2200), 130.0, 0.6), (wander(2400, 3200), 200.0, 0.3)]
    sound = 0.05 * rng.normal(size=n)
    for k in range(1, int(3800 // pitch_hz)):
        gain = sum(weight / (1 + ((k * pitch_hz - centre) / width) ** 2) for centre, width, weight in formants)
        sound += gain * np.sin(k * phase)
    loud = np.clip(1.4 * np.abs(np.sin(np.pi * along * 0.97)) - 0.15, 0, 1) * (wander(0, 1) > 0.12)
    sound *= loud
    return (0.1 * sound / np.sqrt(np.mean(sound**2))).astype(np.float32)
