"""A stand-in for Blender's ``bpy``: as much of it as a script needs that keys shapes, refusing what Blender refuses."""

from __future__ import annotations

from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np


class Points:
    """The keys of a curve."""

    def __init__(self) -> None:
        self.co = np.zeros((0, 2))
        self.interpolation: list[int] = []

    def add(self, count: int) -> None:
        self.co = np.zeros((count, 2))

    def foreach_set(self, what: str, values: list[Any]) -> None:
        size = 2 * len(self.co) if what == "co" else len(self.co)
        assert len(values) == size, "Blender refuses another number of values"
        if what == "co":
            self.co = np.array(values, np.float32).reshape(-1, 2)
        else:
            assert what == "interpolation" and all(isinstance(value, int) for value in values)
            self.interpolation = list(values)


class FakeCurve:
    """A curve of an action."""

    def __init__(self, path: str, index: int) -> None:
        self.path, self.index, self.keyframe_points, self.updated = path, index, Points(), False

    def update(self) -> None:
        self.updated = True


class LegacyAction:
    """Up to Blender 4.3: the action owns its curves."""

    def __init__(self, name: str) -> None:
        self.name, self.use_fake_user, self.curves = name, False, {}
        self.fcurves = SimpleNamespace(new=self._new)

    def _new(self, path: str, index: int = 0) -> FakeCurve:
        if (path, index) in self.curves:
            raise RuntimeError("F-Curve already exists")
        self.curves[path, index] = FakeCurve(path, index)
        return self.curves[path, index]


class LayeredAction:
    """From Blender 5.0 on: there is no ``fcurves``; a curve belongs to a slot of what the action is assigned to."""

    def __init__(self, name: str) -> None:
        self.name, self.use_fake_user, self.curves = name, False, {}

    def fcurve_ensure_for_datablock(self, datablock: Any, data_path: str, *, index: int = 0) -> FakeCurve:
        assert datablock.animation_data is not None and datablock.animation_data.action is self, "assign the action first"
        return self.curves.setdefault((data_path, index), FakeCurve(data_path, index))


class Animated:
    """What can have an action."""

    def __init__(self, name: str) -> None:
        self.name, self.animation_data = name, None

    def animation_data_create(self) -> Any:
        self.animation_data = self.animation_data or SimpleNamespace(action=None)
        return self.animation_data


class Blocks(list):
    """Shape keys by number and by name."""

    def __getitem__(self, key: Any) -> Any:
        return next(block for block in self if block.name == key) if isinstance(key, str) else super().__getitem__(key)


class Strips(list):
    """Strips of the sequencer."""

    def new_sound(self, name: str, filepath: str, channel: int, frame_start: int) -> None:
        self.append(SimpleNamespace(type="SOUND", name=name, filepath=filepath, channel=channel, frame_start=frame_start))


def mesh(name: str, shapes: list[str], selected: bool = False) -> Any:
    """An object with shape keys."""
    keys = Animated(f"{name} keys")
    keys.key_blocks = Blocks(SimpleNamespace(name=shape, slider_min=0.0, slider_max=1.0) for shape in ("Basis", *shapes))
    return SimpleNamespace(name=name, type="MESH", data=SimpleNamespace(shape_keys=keys), select_get=lambda: selected)


def blender(objects: list[Any], layered: bool) -> ModuleType:
    """The module of one file.

    Args:
        objects: of its scene.
        layered: as from 5.0 on, else as up to 4.3.
    """
    bpy: Any = ModuleType("bpy")
    editor = SimpleNamespace(**{"strips" if layered else "sequences": Strips()})
    scene = SimpleNamespace(
        objects=objects, render=SimpleNamespace(fps=24, fps_base=1.0), frame_start=1, frame_end=250, sequence_editor=None,
        sequence_editor_create=lambda: editor, collection=SimpleNamespace(objects=SimpleNamespace(link=objects.append)),
    )  # fmt: skip
    empties: dict[str, Any] = {}

    def new_object(name: str, data: None) -> Any:
        empty = empties[name] = Animated(name)
        empty.type, empty.data, empty.select_get = "EMPTY", data, lambda: False
        return empty

    bpy.context = SimpleNamespace(scene=scene)
    bpy.data = SimpleNamespace(
        actions=SimpleNamespace(new=LayeredAction if layered else LegacyAction), texts=[],
        objects=SimpleNamespace(get=empties.get, new=new_object),
    )  # fmt: skip
    bpy.path = SimpleNamespace(abspath=lambda path: path)
    bpy.utils = SimpleNamespace(escape_identifier=lambda text: text.replace("\\", "\\\\").replace('"', '\\"'))
    bpy.editor = editor
    return bpy
