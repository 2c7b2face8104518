"""Poses of the face as a file: JSON, whose schema is in docs/keys.md."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from app.core.beside import write_whole
from app.core.errors import PoseError
from app.core.foreign import parsed_json
from app.core.poses import FacePose, document, from_document

MOST_BYTES = 8_000_000


def read_poses(path: Path) -> tuple[FacePose, ...]:
    """Read a file of poses.

    Raises:
        PoseError: it is missing, broken, or holds something else.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise PoseError(f"{path.name} is too large for poses; choose a file that this program exported.")
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise PoseError(f"The poses in {path.name} cannot be read; check the path.") from error
    try:
        data = parsed_json(text)
    except (ValueError, RecursionError) as error:
        raise PoseError(f"{path.name} is not valid JSON; choose poses that this program exported.") from error
    try:
        return from_document(data)
    except PoseError as error:
        raise PoseError(f"{path.name}: {error}") from error


def write_poses(path: Path, poses: Iterable[FacePose], backup: Path | None = None) -> None:
    """Write a file of poses, complete or not at all.

    Args:
        path: of the file; its folder is made.
        poses: in this order.
        backup: where the file that is replaced goes, None for nowhere.

    Raises:
        PoseError: the folder cannot be written to.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, json.dumps(document(poses), indent=1, ensure_ascii=False) + "\n", backup)
    except OSError as error:
        raise PoseError(f"The poses cannot be written to {path}; check the folder's permissions and the disk space.") from error
