"""The parts of pyrender that we build on, imported without what we never use of it.

pyrender's package imports its own window (pyglet), trimesh and networkx (and with them SciPy, where that is installed): up to half a
second of a start for nothing, because our views, cameras, meshes and scenes are our own. While it is imported, modules stand in
for them that read the real one when something is asked of it.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

_VIEWER = "pyrender.viewer"
_LATER = ("networkx", "trimesh", "trimesh.transformations")


class _Later(ModuleType):
    """Stands in for a module until something is asked of it."""

    def __getattr__(self, name: str) -> Any:
        """The real one's."""
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(importlib.import_module(self.__name__), name)


@contextmanager
def _lean_imports() -> Iterator[None]:
    """Import pyrender without its window, and without those that can come later; what is imported already stays as it is."""
    if "pyrender" in sys.modules:
        yield
        return
    stand_ins: dict[str, Any] = {name: _Later(name) for name in (_VIEWER, *_LATER)}
    stand_ins[_VIEWER].Viewer = None
    stand_ins["trimesh"].transformations = stand_ins["trimesh.transformations"]
    stand_ins = {name: stand_in for name, stand_in in stand_ins.items() if name.partition(".")[0] not in sys.modules}
    sys.modules.update(stand_ins)
    try:
        yield
    finally:
        for name in stand_ins:
            del sys.modules[name]


with _lean_imports():
    from pyrender import Mesh, MetallicRoughnessMaterial, Primitive, Renderer, Texture


class Scene:
    """What a renderer of pyrender's draws; pyrender's own scene is a graph, and we have no use for one.

    Attributes:
        meshes: that are drawn.
        lights: of pyrender's own shaders, none.
    """

    def __init__(self) -> None:
        self.meshes: set[Mesh] = set()
        self.lights: frozenset[Any] = frozenset()

    def add(self, mesh: Mesh) -> None:
        """Draw one more mesh."""
        self.meshes.add(mesh)


__all__ = ["Mesh", "MetallicRoughnessMaterial", "Primitive", "Renderer", "Scene", "Texture"]
