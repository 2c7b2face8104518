"""What a hand did, at its place in another sound of the same line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from app.core.curve_edits import SHORTEST_S, CurveEdit
from app.core.placing import Places
from app.core.timing.timed import Lasting, Timed
from app.core.timing.warp import Warp, of_pairs


def placed_edit(edit: CurveEdit, places: Places) -> CurveEdit | None:
    """An edit where the words lie now that it was made on, with its keys; None where these are gone.

    Args:
        edit: on the former time line.
        places: of the former moments.
    """
    if places.same:
        return edit
    stretch = places.stretch(edit.start_s, edit.end_s)
    if stretch is None:
        return None
    start_s, end_s = stretch
    if end_s - start_s < SHORTEST_S:
        if places.means != "dragged":
            return None
        # a phone that is drawn together takes nothing away for good
        end_s = start_s + SHORTEST_S
    return edit.placed(start_s, end_s, places.moment)


def shifted_edit(edit: CurveEdit, start_s: float) -> CurveEdit:
    """An edit that begins somewhere else, as long as it was.

    Args:
        edit: any.
        start_s: where it begins from now on.
    """
    by_s = start_s - edit.start_s
    return edit.placed(start_s, edit.end_s + by_s, lambda t: t + by_s)


def placed_warp(warp: Warp, places: Places) -> Warp:
    """How a hand moved words and phones of a line, done to another sound of it: as far as the new voice is slower, so far they go.

    Args:
        warp: from when things were heard in the former sound to when they are said by the hand.
        places: of moments as heard in the former sound, in the new one as heard. What is not said any more is not moved.
    """
    kept = [(heard_s, now_s) for heard_s, now_s in warp.knots if places.has(heard_s)]
    return of_pairs((places.moment(heard_s), places.moment(now_s)) for heard_s, now_s in kept)


def moved_by(timed: Timed, warp: Warp) -> Timed:
    """Words and phones whose edges a map of time has moved.

    Args:
        timed: as heard.
        warp: from there to where they are said.
    """

    def moved(row: Sequence[Lasting]) -> tuple[Lasting, ...]:
        starts_s = warp.at(np.array([each.start_s for each in row])).tolist()
        ends_s = warp.at(np.array([each.end_s for each in row])).tolist()
        return tuple(replace(each, start_s=max(a, 0.0), end_s=max(b, a, 0.0)) for each, a, b in zip(row, starts_s, ends_s, strict=True))

    return timed if warp.is_identity else Timed(moved(timed.words), moved(timed.phones))
