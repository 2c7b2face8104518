"""The one mutable state of the desktop program: QtCore only, no widgets."""

from app.session.session import Session

__all__ = ["Session"]
