"""The parts of pyrender that we build on, imported without what we never use of it.

pyrender's package imports its own window (pyglet), and trimesh imports SciPy where that is installed: 0.4 s of a start
for nothing, because our views and cameras are our own. Both can be left out: the window is one module of pyrender, and
trimesh does without SciPy by itself.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

_VIEWER = "pyrender.viewer"


class _Without(MetaPathFinder):
    """Refuses packages to one thread; the other threads import what they like meanwhile.

    Args:
        names: top-level packages that are refused.
    """

    def __init__(self, *names: str) -> None:
        self._names = frozenset(names)
        self._thread = threading.get_ident()

    def find_spec(self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> ModuleSpec | None:
        """Nothing for other packages and threads; Raises ModuleNotFoundError for the refused ones."""
        if threading.get_ident() == self._thread and name.partition(".")[0] in self._names:
            raise ModuleNotFoundError(f"{name} is not needed for drawing", name=name)
        return None


@contextmanager
def _lean_imports() -> Iterator[None]:
    """Import pyrender without its window, and trimesh without SciPy; what is imported already stays as it is."""
    if _VIEWER in sys.modules:
        yield
        return
    without = _Without("scipy")
    stand_in = ModuleType(_VIEWER)
    stand_in.Viewer = None  # type: ignore[attr-defined]
    sys.meta_path.insert(0, without)
    sys.modules[_VIEWER] = stand_in
    try:
        yield
    finally:
        sys.meta_path.remove(without)
        del sys.modules[_VIEWER]


with _lean_imports():
    from pyrender import Mesh, MetallicRoughnessMaterial, Primitive, Renderer, Scene, Texture

__all__ = ["Mesh", "MetallicRoughnessMaterial", "Primitive", "Renderer", "Scene", "Texture"]
