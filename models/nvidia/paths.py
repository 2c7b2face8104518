"""Paths written in a bundle's files, kept inside the bundle's folder."""

from __future__ import annotations

from pathlib import Path, PurePosixPath, PureWindowsPath

from models.nvidia.errors import BundleError


def inside(folder: Path, written: str, what: str) -> Path:
    """The file that a bundle names, if it stays in the bundle.

    NVIDIA's SDK allows absolute paths; refusing them is this program's own rule, because a bundle is a download.
    The one exception are the links of a Hugging Face cache, whose ``snapshots/REV`` points into ``blobs``.

    Args:
        folder: the folder of the file that names the path.
        written: the path as written there, with either kind of slash.
        what: what it names, for the message.

    Returns:
        The path below ``folder``; it need not exist.

    Raises:
        BundleError: empty, absolute, or leading out of the folder (also by a link).
    """
    posix, windows = PurePosixPath(written.replace("\\", "/")), PureWindowsPath(written)
    outside = posix.is_absolute() or windows.is_absolute() or windows.drive or ".." in posix.parts
    if not written.strip() or "\0" in written or outside:
        raise BundleError(
            f"The path of {what} ({written!r}) leaves the bundle's folder; put the file into the folder and correct the path."
        )
    path = folder.joinpath(*posix.parts)
    if not any(_within(path, root) for root in _roots(folder)):
        raise BundleError(f"The file of {what} ({written!r}) is a link out of the bundle's folder; copy the file itself into the folder.")
    return path


def _roots(folder: Path) -> list[Path]:
    roots = [folder]
    if folder.parent.name == "snapshots":
        roots.append(folder.parent.parent / "blobs")
    return roots


def _within(path: Path, root: Path) -> bool:
    try:
        return path.resolve().is_relative_to(root.resolve())
    except (OSError, RuntimeError):
        return False
