"""Everything of one window that is not on the screen: its state, the parts that work on it, and their jobs. No widgets."""

from app.session.session import Session

__all__ = ["Session"]
