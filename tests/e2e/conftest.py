"""What the verbs share when they run in the process of the tests."""

from __future__ import annotations

import pytest

from app.avatar.gltf import load_avatar
from app.avatar.model import Avatar
from app.desktop import DEFAULT_AVATAR


@pytest.fixture(scope="session")
def decoded() -> Avatar:
    """The default avatar, kept alive so that it is decoded and its openness baked once."""
    return load_avatar(DEFAULT_AVATAR)
