"""A strip of curves for films: the liveliest channels around the present moment, with a cursor."""

from __future__ import annotations

import colorsys

import numpy as np

from app.core.arkit import GROUPS
from app.core.track import BlendshapeTrack
from app.render.labels import font

_BACKGROUND = np.array([20, 20, 22], np.uint8)
_GRID = np.array([38, 38, 42], np.uint8)
_CURSOR = np.array([235, 235, 235], np.uint8)
_WINDOW_S = 4.0
_CURSOR_AT = 0.5
#: room for the names at the left, in heights of their letters, where the strip is wide enough for it
_NAMES_EM = 14
_LEAST_PLOT_PX = 160
_N_NAMED = 6
_HUES = {"brow": 0.09, "eye": 0.55, "cheek": 0.86, "jaw": 0.02, "mouth": 0.36, "tongue": 0.78}


def channel_colors(channels: tuple[str, ...]) -> np.ndarray:
    """A colour per channel: hue by group, lightness by place in the group.

    Args:
        channels: names; those of no group are grey.

    Returns:
        (n, 3) uint8.
    """
    colors = np.full((len(channels), 3), 150, np.uint8)
    place = {name: (group, i / max(len(names) - 1, 1)) for group, names in GROUPS.items() for i, name in enumerate(names)}
    for row, name in zip(colors, channels, strict=True):
        if name in place:
            group, share = place[name]
            row[:] = [round(255 * v) for v in colorsys.hls_to_rgb((_HUES[group] + 0.10 * share) % 1.0, 0.52 + 0.16 * share, 0.75)]
    return colors


def draw_curves_strip(track: BlendshapeTrack, t: float, width: int, height: int) -> np.ndarray:
    """Draw all channels from two seconds before to two seconds after a moment; the strongest are named at the left, beside the curves.

    Args:
        track: what to draw.
        t: seconds, where the cursor stands.
        width: pixels.
        height: pixels.

    Returns:
        (height, width, 3) uint8.
    """
    strip = np.empty((height, width, 3), np.uint8)
    strip[:] = _BACKGROUND
    if height < 4 or width < 4:
        return strip
    colors = channel_colors(track.channels)
    names = _names_width(width, height)
    if names:
        _name_strongest(strip[:, :names], track, t, colors)
    _draw_plot(strip[:, names:], track, t, colors)
    return strip


def _names_width(width: int, height: int) -> int:
    """Pixels at the left for the names; 0 where the strip is too small for both."""
    room = _letters(height) * _NAMES_EM
    return room if width - room >= _LEAST_PLOT_PX and height >= 3 * _letters(height) else 0


def _letters(height: int) -> int:
    return max(9, min(16, height // (_N_NAMED + 2)))


def _draw_plot(strip: np.ndarray, track: BlendshapeTrack, t: float, colors: np.ndarray) -> None:
    """Grid, curves and cursor, into the whole of an area."""
    height, width = strip.shape[:2]
    times = t + (np.arange(width) / (width - 1) - _CURSOR_AT) * _WINDOW_S
    for share in (0.25, 0.5, 0.75):
        strip[round(share * (height - 1))] = _GRID
    whole = np.flatnonzero(np.diff(np.floor(times)) > 0)
    strip[:, whole] = _GRID
    if len(track):
        _draw_lines(strip, _values(track, times), colors)
    cursor = min(width - 1, round(_CURSOR_AT * (width - 1)))
    strip[:, cursor : cursor + max(1, width // 640)] = _CURSOR


def _values(track: BlendshapeTrack, times: np.ndarray) -> np.ndarray:
    """(n, n_channels) weights at some times, linear, NaN outside the track."""
    position = (times - track.start_s) * track.fps
    values = track.sample(times)
    values[(position < -0.5) | (position > len(track) - 0.5)] = np.nan
    return values


def _draw_lines(strip: np.ndarray, values: np.ndarray, colors: np.ndarray) -> None:
    """Plot each channel as a connected line, silent ones left out, the liveliest on top."""
    height = strip.shape[0]
    span = np.nan_to_num(np.nanmax(values, axis=0, initial=0.0))
    rows = np.nan_to_num((1.0 - np.clip(values, 0.0, 1.0)) * (height - 3) + 1.0, nan=-1.0).astype(np.int64)
    for channel in np.argsort(span):
        if span[channel] < 0.01:
            continue
        y = rows[:, channel]
        previous = np.concatenate([y[:1], y[:-1]])
        low, high = np.minimum(y, previous), np.maximum(y, previous)
        reach = int(np.max(high - low, where=(y >= 0) & (previous >= 0), initial=0))
        for step in range(min(reach, height) + 1):
            shown = (low + step <= high) & (y >= 0) & (previous >= 0)
            strip[(low + step)[shown], np.flatnonzero(shown)] = colors[channel]


def _name_strongest(strip: np.ndarray, track: BlendshapeTrack, t: float, colors: np.ndarray) -> None:
    """Write the names and values of the strongest channels into an area of their own, in their colours."""
    from PIL import Image, ImageDraw

    height, size = strip.shape[0], _letters(strip.shape[0])
    now = track.sample(t)
    strongest = [i for i in np.argsort(-now, kind="stable")[:_N_NAMED] if now[i] > 0.02]
    picture = Image.fromarray(strip)
    draw = ImageDraw.Draw(picture)
    for row, channel in enumerate(strongest):
        y = 4 + row * (size + 3)
        if y + size < height:
            red, green, blue = (int(c) for c in colors[channel])
            draw.text((6, y), f"{now[channel]:.2f}  {track.channels[channel]}", font=font(size), fill=(red, green, blue))
    strip[:] = np.asarray(picture)
