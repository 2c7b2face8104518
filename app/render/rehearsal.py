"""Having the driver make its programs before they are needed, where nobody waits for them.

Mesa's software driver makes a program only when it draws with it, which takes a tenth of a second and more, and then keeps it on disk.
So a stand-in of the avatar, one triangle of each kind of part, is drawn in another context by a thread of its own, with every set of
switches that the avatar may ask for: both qualities, lit up or not. The view's own programs are found on disk from then on.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from app.avatar.model import Avatar, MeshPart, Texture
from app.avatar.rig import AvatarRig
from app.core.errors import PreviewError
from app.render.alpha import effective_alpha
from app.render.camera import OrbitCamera
from app.render.egl import GL_TURN, EglContext

if TYPE_CHECKING:
    from app.render.renderer import Quality

_SIDE = 8
#: of both kinds of pictures: moving ones have no samples, stills have four
KINDS: tuple[tuple[Quality, int], ...] = (("light", 0), ("studio", 4))
#: a triangle in the unit square
_CORNERS = np.array([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]], np.float32)
_TEXTURES = ("base_color_texture", "metallic_roughness_texture", "normal_texture", "occlusion_texture", "emissive_texture")

#: what was rehearsed in this process
_known: set[tuple[object, ...]] = set()


def stand_in(avatar: Avatar) -> Avatar:
    """One triangle for each kind of part of an avatar, drawn with the same programs.

    Args:
        avatar: any.
    """
    kinds: dict[tuple[object, ...], MeshPart] = {}
    for part in avatar.parts:
        if len(part.triangles):
            small = _small(part)
            kinds.setdefault(_kind(small), small)
    return replace(avatar, parts=tuple(kinds.values()), joints=())


def _kind(part: MeshPart) -> tuple[object, ...]:
    """All of a stand-in part that decides about its programs."""
    material = part.material
    pictures = (getattr(material, name) for name in _TEXTURES)
    looks = tuple(None if t is None else (t.pixels.shape, t.linear, t.wrap) for t in pictures)
    flags = (effective_alpha(part), material.double_sided, material.unlit, material.transmission > 0.0, part.colors is not None)
    return (part.mesh, material.name, float(part.uvs.max()) > 1.0, *flags, *looks)


def _small(part: MeshPart) -> MeshPart:
    """One triangle with the part's material and small pictures."""
    edge = 1.5 if float(part.uvs.min(initial=0.0)) < -0.01 or float(part.uvs.max(initial=0.0)) > 1.01 else 1.0
    colors = None if part.colors is None else np.tile(part.colors[:, 3:].min(initial=1.0), (3, 4)).astype(np.float32)
    material = part.material
    transparent = effective_alpha(part) != "OPAQUE"
    small: dict[str, Any] = {name: _little(getattr(material, name), transparent and not i) for i, name in enumerate(_TEXTURES)}
    return replace(
        part,
        positions=_CORNERS,
        normals=np.tile(np.array([0.0, 0.0, 1.0], np.float32), (3, 1)),
        uvs=_CORNERS[:, :2] * np.float32(edge),
        triangles=np.array([[0, 1, 2]], np.uint32),
        targets=None if part.targets is None else replace(
            part.targets, positions=np.zeros((len(part.targets.names), 3, 3), np.float32),
            normals=np.zeros((len(part.targets.names), 3, 3), np.float32),
        ),
        colors=colors,
        skin=None,
        material=replace(material, **small),
    )  # fmt: skip


def _little(texture: Texture | None, with_hole: bool) -> Texture | None:
    """A picture of the same kind: sides that are powers of two or not, and a hole where alpha is used."""
    if texture is None:
        return None
    height, width = (_SIDE if side & (side - 1) == 0 else _SIDE - 2 for side in texture.pixels.shape[:2])
    pixels = np.full((height, width, 4), 255, np.uint8)
    if with_hole:
        pixels[0, 0, 3] = 0
    return replace(texture, pixels=pixels)


class Rehearsal:
    """Draws the stand-in of an avatar in a thread of its own, once for each kind of part in a process.

    Args:
        avatar: whose programs will be asked for.
        kinds: of pictures: quality and samples a pixel.
    """

    def __init__(self, avatar: Avatar, kinds: tuple[tuple[Quality, int], ...] = KINDS) -> None:
        self._avatar, self._kinds = avatar, kinds
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._run, name="rehearsal")
        self._thread.start()

    @property
    def done(self) -> bool:
        """Whether nothing is made any more."""
        return not self._thread.is_alive()

    def close(self) -> None:
        """Stop after the program that is being made, for which nobody waits."""
        self._ends.set()

    def _run(self) -> None:
        """Draw until all is known."""
        parts = [part for part in stand_in(self._avatar).parts if (self._kinds, _kind(part)) not in _known]
        if not parts or self._ends.is_set():
            return
        with contextlib.suppress(PreviewError), _own_context():
            for part in parts:
                if not self._ends.is_set():
                    self._draw(replace(self._avatar, parts=(part,), joints=()))
                    _known.add((self._kinds, _kind(part)))

    def _draw(self, avatar: Avatar) -> None:
        """One part in all ways."""
        from app.render.renderer import AvatarRenderer
        from app.render.targets import Target

        rig, camera = AvatarRig(avatar), OrbitCamera(target=np.array([0.4, 0.4, 0.0]))
        lit = np.ones(3, np.float32)
        for quality, samples in self._kinds:
            renderer = AvatarRenderer(rig, quality)
            with GL_TURN:
                target = Target(_SIDE, _SIDE, samples)
            for light in (None, lit):
                # a picture of the window may come between any two programs
                with GL_TURN:
                    if not self._ends.is_set():
                        rig.parts[0].set_lit(light)
                        renderer.draw(target.framebuffer, _SIDE, _SIDE, camera)
            with GL_TURN:
                renderer.release()
                target.release()


@contextlib.contextmanager
def _own_context() -> Iterator[None]:
    with GL_TURN:
        context = EglContext()
        context.make_current()
    try:
        yield
    finally:
        with GL_TURN:
            context.done()
            context.release()
