"""The session as it stands, as a take that is handed on: nothing is saved, and nothing of the open one is lost."""

from __future__ import annotations

from pathlib import Path

from app.core.errors import ProjectError
from app.formats.project import ProjectView
from app.formats.takes.take import SavedTake
from app.session.keep.projects import Projects
from app.session.keep.take_content import lanes_of, take_of
from app.session.state import State


def present_take(state: State, projects: Projects, view: ProjectView) -> SavedTake:
    """What is open, as a take.

    Args:
        state: has the sound and the motion.
        projects: know the rest, and the take that is open.
        view: how it is looked at.

    Raises:
        ProjectError: nothing moves yet.
    """
    former = projects.take
    lanes = lanes_of(state.sides, {} if former is None else former.lanes)
    if state.speech is None or not lanes:
        raise ProjectError("There is nothing to review yet; speak a line or open a recording first.")
    return take_of(projects.content(Path(), view), state.speech, lanes, former)
