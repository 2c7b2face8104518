"""What a hand did, at its place in another sound of the same line."""

from __future__ import annotations

from dataclasses import replace

from app.core.curve_edits import SHORTEST_S, CurveEdit
from app.core.placing import Places


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
    keys = tuple(replace(key, time_s=key.time_s + by_s) for key in edit.keys)
    return replace(edit, start_s=start_s, end_s=edit.end_s + by_s, keys=keys)
