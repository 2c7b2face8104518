"""The one error of this package."""

from __future__ import annotations


class BundleError(ValueError):
    """A bundle, a network or a tuning file is wrong; ``str(error)`` is one sentence that says what to do."""
