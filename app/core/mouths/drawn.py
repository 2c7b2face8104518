"""A face in the manner of drawn film: few mouths, held longer, and fewer pictures a second."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from app.core.arkit import ARKIT_INDEX, VISEME_CHANNELS, VISEME_INDEX
from app.core.coarticulation import MouthMotion, Style
from app.core.lips import lip_opening
from app.core.mouths.charts import MouthChart
from app.core.mouths.cues import MouthCue, contiguous, shapes_of_phones, shapes_of_visemes
from app.core.mouths.seen_shapes import seen_visemes
from app.core.regions import REGIONS
from app.core.speech import Phone
from app.core.track import BlendshapeTrack

#: drawn film has so many pictures a second, whatever the rate of the track
FILM_FPS = 24.0
#: what jumps is seen from its first picture on, so that it is drawn this much ahead of the sound: half a picture of film
_AHEAD_S = 0.5 / FILM_FPS
_LOWER = np.array([ARKIT_INDEX[name] for name in REGIONS["lower"]])
#: where a mouth is judged from weights, what lies farther off does not count
LOOKED_AT_S = 1.0
#: frames that are made at once
_PIECE = 240
#: lips that are closed by more than this share have met
_MET = 0.7


def chart_cues(
    track: BlendshapeTrack, chart: MouthChart, phones: Iterable[Phone] = (), visemes: BlendshapeTrack | None = None
) -> tuple[MouthCue, ...]:
    """Which mouth of a chart is drawn when.

    Args:
        track: (n, 52), looked at where nothing else is known.
        chart: the mouths.
        phones: on the track's time line; they go before all else.
        visemes: (n, 15) of the same motion, where there are any.

    Returns:
        Mouths from 0 s to the end, without gaps.
    """
    known = sorted(phones, key=lambda phone: phone.start_s)
    if known:
        shapes = shapes_of_phones(known, chart.alphabet, exact=False)
    else:
        shapes = shapes_of_visemes(visemes if visemes is not None else seen_visemes(track), chart.alphabet)
    end_s = max([track.end_s, *(phone.end_s for phone in known)])
    drawn = (MouthCue(chart.drawn(cue.shape), cue.start_s, cue.end_s, cue.phone) for cue in shapes)
    return tuple(contiguous(drawn, chart.drawn(chart.alphabet.rest), end_s))


def redrawn(
    track: BlendshapeTrack, chart: MouthChart, overlap: float, phones: Iterable[Phone] = (), visemes: BlendshapeTrack | None = None
) -> tuple[BlendshapeTrack, BlendshapeTrack]:
    """The motion with the mouths of a chart in the place of its own; brows, eyes and nose stay.

    Args:
        track: (n, 52).
        chart: the mouths.
        overlap: how far mouths run into each other, as of ``coarticulation.Style``; 0 jumps from one to the next.
        phones: see ``chart_cues``.
        visemes: see ``chart_cues``.

    Returns:
        (n, 52) and (n, 15) tracks of the same frames.
    """
    cues = chart_cues(track, chart, phones, visemes) if len(track) else ()
    early_s = _AHEAD_S * (1.0 - min(overlap, 1.0))
    stand_in = (Phone(chart.phone_of(cue.shape) if cue.phone else "sil", cue.start_s - early_s, cue.end_s - early_s) for cue in cues)
    motion = MouthMotion(stand_in, Style(overlap=overlap), 1.0 / track.fps)
    out, shown = track.weights.copy(), np.zeros((len(track), len(VISEME_CHANNELS)), np.float32)
    times_s = track.times_s
    for first in range(0, len(track), _PIECE):
        piece = slice(first, first + _PIECE)
        arkit, shown[piece] = motion.frames(times_s[piece])
        out[piece, _LOWER] = arkit[:, _LOWER]
    return track.with_weights(out), BlendshapeTrack(shown, track.fps, track.start_s, VISEME_CHANNELS)


def held(track: BlendshapeTrack, pictures: int, closed: np.ndarray | None = None) -> BlendshapeTrack:
    """The motion as film that shows every drawing for some pictures: on twos, on threes.

    Of the frames of a drawing the one in the middle is shown, or, where lips meet, the one in which they are closed most, so that no
    p, b or m falls between two drawings.

    Args:
        track: (n, 52) or (n, 15) of VISEME_CHANNELS.
        pictures: of film, 24 a second, per drawing; 0 leaves every frame as it is.
        closed: (n,) how far lips are closed, 0-1, where that is to be taken from another track of the same frames.

    Returns:
        A track of the same frames; the very same one for 0.
    """
    if pictures <= 0 or not len(track):
        return track
    shut = closed_lips(track) if closed is None else closed
    drawing = np.floor(track.times_s * FILM_FPS / pictures + 1e-6).astype(np.int64)
    starts = np.flatnonzero(np.diff(drawing, prepend=drawing[0] - 1))
    ends = np.append(starts[1:], len(track))
    shown = np.empty(len(track), np.int64)
    for first, end in zip(starts.tolist(), ends.tolist(), strict=True):
        tightest = first + int(shut[first:end].argmax())
        shown[first:end] = tightest if shut[tightest] > _MET else (first + end - 1) // 2
    return track.with_weights(track.weights[shown])


def closed_lips(track: BlendshapeTrack) -> np.ndarray:
    """(n,) how far the lips of (n, 52) weights or (n, 15) visemes are closed while somebody speaks, 0-1."""
    if track.channels == VISEME_CHANNELS:
        closed: np.ndarray = track.weights[:, VISEME_INDEX["PP"]]
        return closed
    pressed = track.weights[:, [ARKIT_INDEX["mouthPressLeft"], ARKIT_INDEX["mouthClose"]]].max(axis=1)
    apart = np.clip(lip_opening(track.weights) / 0.1, 0.0, 1.0)
    return np.where(pressed > 0.01, 1.0 - apart, 0.0)
