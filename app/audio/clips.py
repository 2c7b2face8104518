"""Audio files in and out: any recording, and the sound of any film, becomes one mono float32 clip."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import soundfile
import soxr

from app.audio.clips_channels import choose, index_of, survey
from app.audio.decoding.opening import open_sound
from app.audio.decoding.sound_file import SoundFile, Watch, too_long
from app.core.beside import written_beside
from app.core.errors import AudioError
from app.core.speech import MAX_CLIP_S, AudioClip, ClipNote

#: less than that is no speech, and leaves nothing to animate
SHORTEST_CLIP_S = 0.02
#: of all channels together, decoded once and kept while the channels are looked at; a longer sound is decoded twice
_KEPT_SAMPLES = 1 << 26
#: a recording whose loudest sample stays below this (-80 dB) is silent
_SILENT = 1e-4


def read_clip(path: Path | str, channel: str = "", encoder_delay_s: float = 0.0, *, watch: Watch = lambda _fraction: None) -> AudioClip:
    """Read the sound of an audio file or a film as one mono clip at its own sample rate.

    A film's sound begins with its picture: silence stands in front of a sound that begins later. An encoder's delay that the file
    states, or that every encoder of its kind has, is taken off.

    Args:
        path: wav, flac, ogg, mp3, m4a, mp4, mov, webm, opus, aac ... (recognised by content) of any channel count.
        channel: ``left``, ``right``, a number from 1, or ``mix`` for the mean of all. "" takes the mix too, but for channels
            that cancel each other, for a single one that holds sound, and for the centre channel of a film.
        encoder_delay_s: to take off the start, for a file whose note says that its encoder's delay is unknown.
        watch: told how far it is, 0 to 1 or below 0 for unknown; it raises Cancelled to end the reading.

    Returns:
        The sound to its true end, limited to [-1, 1]; named after the file; with notes about what was noticed.

    Raises:
        AudioError: the file is missing, broken, protected, empty, longer than MAX_CLIP_S (seen before decoding where the file
            tells), of an absurd rate, without such a channel, or holds samples that are not numbers.
    """
    path = Path(path)
    if not path.is_file():
        raise AudioError(f"There is no audio file at {path}; check the path.")
    if not 0 <= encoder_delay_s <= 1:
        raise AudioError(f"An encoder's delay is between 0 and 1000 ms, not {encoder_delay_s * 1000:g}.")
    file = open_sound(path)
    index, notes, blocks = _channel(file, channel, path.name, watch)
    samples = _one_channel(blocks, index, file, path)
    samples = samples[round(encoder_delay_s * file.rate) :]
    if len(samples) == 0:
        raise AudioError(f"{path.name} holds no sound; choose a file that is not empty.")
    if len(samples) < SHORTEST_CLIP_S * file.rate:
        raise AudioError(f"{path.name} lasts {1000 * len(samples) / file.rate:.2g} ms, too short to animate; choose a longer file.")
    if max(-float(samples.min()), float(samples.max())) < _SILENT:
        notes += (ClipNote("silent", f"{path.name} is silent from its start to its end, so the mouth will not move."),)
    heard = (note for note in file.notes if note.kind != "unknown_delay" or not encoder_delay_s)
    return AudioClip(samples, file.rate, path.name, (*notes, *heard))


def _channel(file: SoundFile, channel: str, name: str, watch: Watch) -> tuple[int | None, tuple[ClipNote, ...], Iterable[np.ndarray]]:
    """Index of the channel to take, None for the mix; what there is to say about it; and the sound, decoded once if it is short."""
    count = len(file.channels)
    if channel or count == 1:
        return index_of(channel or "left", count, name), (), file.blocks(watch)
    kept: list[np.ndarray] = []
    # what will not be kept is decoded twice
    share = 0.5 if file.frames * count > _KEPT_SAMPLES else 1.0
    first = file.blocks(lambda fraction: watch(share * fraction))
    index, notes = choose(survey(_passing(first, kept), file.rate, count), file.channels, name)
    return index, notes, kept or file.blocks(lambda fraction: watch(1 - share + share * fraction if fraction >= 0 else fraction))


def _passing(blocks: Iterable[np.ndarray], kept: list[np.ndarray]) -> Iterator[np.ndarray]:
    """Hand blocks on and keep them, unless they become too many: then none are kept."""
    total = 0
    for block in blocks:
        total += block.size
        if total <= _KEPT_SAMPLES:
            kept.append(block)
        else:
            kept.clear()
        yield block


def _one_channel(blocks: Iterable[np.ndarray], index: int | None, file: SoundFile, path: Path) -> np.ndarray:
    """Decode block by block into one array; the header's length is a claim, so the limit is checked on what arrives too.

    Raises:
        AudioError: it is too long, or a sample is no number.
    """
    limit = int(MAX_CLIP_S * file.rate)
    # room that is not written to costs nothing
    samples, total = np.empty(min(file.frames + file.rate, limit), np.float32), 0
    for block in blocks:
        if total + len(block) > limit:
            raise too_long(path)
        if total + len(block) > len(samples):
            samples = np.concatenate([samples[:total], np.empty(min(total // 2 + len(block), limit - total), np.float32)])
        here = samples[total : total + len(block)]
        here[:] = block.mean(axis=1, dtype=np.float32) if index is None else block[:, index]
        # an extreme is no number where any sample is none
        low, high = float(here.min(initial=0.0)), float(here.max(initial=0.0))
        if not (math.isfinite(low) and math.isfinite(high)):
            raise AudioError(f"{path.name} holds samples that are not numbers (NaN or infinite); export it again.")
        if low < -1.0 or high > 1.0:
            np.clip(here, -1.0, 1.0, out=here)
        total += len(block)
    return samples[:total] if 2 * total > len(samples) else samples[:total].copy()


def resample(clip: AudioClip, rate: int) -> AudioClip:
    """Convert a clip to another sample rate (soxr, high quality, no delay).

    Args:
        clip: any clip.
        rate: wanted samples per second, above 0.

    Returns:
        The same object if it has that rate already.
    """
    if rate == clip.rate:
        return clip
    if len(clip.samples) == 0:
        return replace(clip, rate=rate)
    samples = soxr.resample(clip.samples, clip.rate, rate, quality="HQ")
    return replace(clip, samples=np.clip(samples, -1.0, 1.0).astype(np.float32, copy=False), rate=rate)


def write_wav(path: Path | str, clip: AudioClip) -> None:
    """Write a 16-bit mono WAV; the file appears complete or not at all.

    Args:
        path: where to; its folder must exist.
        clip: what.

    Raises:
        AudioError: the file cannot be written.
    """
    path = Path(path)
    try:
        with written_beside(path) as beside:
            soundfile.write(str(beside), clip.samples, clip.rate, format="WAV", subtype="PCM_16")
    except (soundfile.SoundFileError, OSError) as error:
        raise AudioError(f"{path} cannot be written; choose a folder that exists and that you may write to.") from error


def peaks(sound: AudioClip | np.ndarray, n: int) -> np.ndarray:
    """Smallest and largest sample of n equal stretches, to draw a waveform.

    Args:
        sound: a clip, or (k,) samples.
        n: number of stretches (pixels), at least 1.

    Returns:
        (n, 2) float32: minimum, maximum. With fewer samples than stretches, neighbours share a sample;
        zeros for an empty sound.
    """
    samples = sound.samples if isinstance(sound, AudioClip) else np.asarray(sound, np.float32)
    if len(samples) == 0:
        return np.zeros((n, 2), np.float32)
    starts = (np.arange(n, dtype=np.int64) * len(samples)) // n
    return np.stack([np.minimum.reduceat(samples, starts), np.maximum.reduceat(samples, starts)], axis=1)
