"""The one draw function: an avatar into any framebuffer, for the preview, the export and the golden images."""

from __future__ import annotations

import math
import time
from typing import Any, Literal

import numpy as np
from OpenGL import GL

from app.avatar.rig import AvatarRig
from app.render.backgrounds import BACKGROUNDS, DEFAULT_BACKGROUND
from app.render.blocks import FRAME_BINDING, SURFACE_BINDING, frame_block, surface_block
from app.render.camera import OrbitCamera
from app.render.changes import Changes
from app.render.culling import Culling, Runs, planes_of, window_of
from app.render.drawing_library import Mesh, Renderer, Scene
from app.render.lean import LEAN, TOLERANCE
from app.render.mirror import MirroredRig
from app.render.occlusion import OcclusionBake
from app.render.openness import BAKED
from app.render.parts import LivePart
from app.render.pictures import Picture
from app.render.programs import TEXTURE_UNITS, Programs
from app.render.shadow import KeyShadow
from app.render.steps import DrawStep, build_steps
from app.render.targets import Region, common

Quality = Literal["studio", "light"]
BACKGROUND = BACKGROUNDS[DEFAULT_BACKGROUND]
#: surfaces that the skin encloses
_INSIDE = frozenset({"teeth", "tongue", "eye"})
_LIT = frozenset({"HEAT", "LIT"})
#: pixels larger than this share of the avatar's height hide that triangles are few
_COARSE = 0.7 * TOLERANCE
#: share of the baked openness that comes in per step once it is there
_FADE_STEP = 0.1


class AvatarRenderer(Renderer):
    """Draws one rig in one GL context.

    It keeps pyrender's life cycle of meshes and textures, and replaces its forward pass: our shader set, uniform
    blocks instead of a uniform per number, buffers that follow the rig, and whatever framebuffer it is given.
    Create, draw and release with the same context current.

    Args:
        rig: whose parts are drawn; changed buffers are uploaded before each draw.
        quality: ``studio`` for GPUs and stills, ``light`` for moving pictures on software GL; may be changed any time.
        shadows: the key lamp casts shadows in ``studio`` quality; for graphics cards.

    Attributes:
        part_class: what it draws each part of the rig as.

    Raises:
        RenderError: the driver rejects a shader, at the first draw that needs it.
    """

    part_class: type[LivePart] = LivePart

    def __init__(self, rig: AvatarRig | MirroredRig, quality: Quality = "studio", shadows: bool = False) -> None:
        super().__init__(1, 1)
        self.dpscale = 1
        self.quality: Quality = quality
        self.shadows = shadows
        self.rig = rig
        self.parts = tuple(self.part_class(posed) for posed in rig.parts if len(posed.source.triangles))
        self._scene = Scene()
        self._programs = Programs()
        self._pictures: set[Picture] = set()
        self._steps: list[DrawStep] = []
        self._frame = frame_block()
        self._todo: list[int] = []
        self._culling = self._lean_culling = Culling(self.parts)
        self._changes = Changes(self.parts)
        self._runs: list[Runs] = []
        self._shadow: KeyShadow | None = None
        self._bake: OcclusionBake | None = None
        self._openness = 0.0
        self._coarse = math.inf
        self._buffers: list[int] = []
        self._stride = 0
        self._target = 0
        self._centers = np.array([p.center for p in self.parts]).reshape(-1, 3)

    def draw(
        self,
        framebuffer: int,
        width: int,
        height: int,
        camera: OrbitCamera,
        background: tuple[float, ...] = BACKGROUND,
        *,
        region: tuple[int, int, int, int] | None = None,
    ) -> None:
        """Draw the rig as it is posed now.

        Args:
            framebuffer: GL name; colour and depth attached.
            width: pixels.
            height: pixels.
            camera: where to look from.
            background: display RGB, 0 to 1; a fourth number is its opacity.
            region: (x, y, w, h) pixels from the lower left to restrict the drawing to, or None for all.
        """
        matrix = self._begin(framebuffer, width, height, camera)
        self._changes.forget()
        self._runs = self._culling.runs(planes_of(matrix), turn=self.rig.turn)
        self._draw_all(background, region)

    def redraw(
        self, framebuffer: int, width: int, height: int, camera: OrbitCamera, background: tuple[float, ...] = BACKGROUND,
        *, within: Region | None = None,
    ) -> Region:  # fmt: skip
        """Bring the picture up to date that the last call left in a framebuffer: only where something moved is it drawn again.

        Not a pixel differs from a picture that is drawn whole, but for movements of less than a twentieth of a pixel.

        Args:
            framebuffer: GL name; colour and depth attached, as it was left, without samples.
            width: pixels.
            height: pixels.
            camera: where to look from.
            background: display RGB, 0 to 1; a fourth number is its opacity.
            within: the part of the picture that is looked at, None for all of it.

        Returns:
            What was drawn, empty where nothing moved.
        """
        matrix = self._begin(framebuffer, width, height, camera)
        pixel = 2.0 * camera.distance / (max(height, 1) * float(np.linalg.norm(matrix[1, :3])))
        lean = self.quality == "light" and pixel > self._coarse
        key = (framebuffer, width, height, camera.state, background, self.quality, self._openness, within, lean)
        found = self._changes.region(key, self.rig.turn, matrix, (width, height), pixel)
        region = common(found or (0, 0, width, height), within or (0, 0, width, height))
        if region[2] and region[3]:
            culling = self._lean_culling if lean else self._culling
            self._runs = culling.runs(planes_of(matrix, window_of(region, width, height)), camera.position, self.rig.turn)
            self._draw_all(background, region)
        return region

    def forget_picture(self) -> None:
        """What ``redraw`` left in a framebuffer is not there any more."""
        self._changes.forget()

    def _begin(self, framebuffer: int, width: int, height: int, camera: OrbitCamera) -> np.ndarray:
        """Send what changed to GL; returns (4, 4) world to clip."""
        self._target = framebuffer
        self.viewport_width, self.viewport_height = width, height
        if not self._buffers:
            self._enter_context()
        if self._coarse == math.inf:
            self._take_lean()
        for part in self.parts:
            part.upload()
        if self.shadows and self.quality == "studio":
            self._draw_shadow()
        return self._send_frame(camera, width / max(height, 1))

    def _draw_all(self, background: tuple[float, ...], region: Region | None) -> None:
        """Clear, and draw all parts."""
        self._todo = self._order()
        self._start_picture(background, region)
        self._forward_pass(self._scene, 0)
        self._leave_clean()

    def _start_picture(self, background: tuple[float, ...] | None, region: Region | None = None) -> None:
        """Bind the framebuffer, restrict drawing to a region of it, and clear that unless ``background`` is None."""
        self._configure_forward_pass_viewport(0)
        if region is not None:
            GL.glEnable(GL.GL_SCISSOR_TEST)
            GL.glScissor(*region)
        if background is not None:
            GL.glClearColor(*(*background, 1.0)[:4])
            GL.glClear(GL.GL_COLOR_BUFFER_BIT | GL.GL_DEPTH_BUFFER_BIT)

    def release(self) -> None:
        """Free all GL objects; the renderer can draw again afterwards and makes new ones."""
        if self._buffers:
            GL.glDeleteBuffers(len(self._buffers), self._buffers)
        self._buffers = []
        self._changes.forget()
        for extra in (self._shadow, self._bake):
            if extra is not None:
                extra.release()
        self._shadow = self._bake = None
        self._openness = 0.0
        self._programs.release()
        self.delete()
        self._scene = Scene()
        self._pictures = set()
        self._steps.clear()

    def warm_up(self, budget_ms: float = 6.0) -> bool:
        """Do a piece of the work that makes the picture better but need not delay the first one.

        Bakes the openness of every vertex (``app.render.occlusion``), lets it fade in, then uploads the textures that
        only the studio shaders read.

        Args:
            budget_ms: stop after about this long; infinite finishes everything.

        Returns:
            Whether there is more to do.
        """
        began = time.perf_counter()
        while 1e3 * (time.perf_counter() - began) < budget_ms:
            if self._openness < 1.0:
                if self._fade_in(at_once=budget_ms == math.inf):
                    break
            elif waiting := [p for p in self._pictures if not p.is_there]:
                waiting[0].upload_piece()
            else:
                return False
        return True

    def _fade_in(self, at_once: bool) -> bool:
        """Do a step of the bake, or let a finished one come in a little more.

        Returns:
            Whether the picture changed, so that it should be drawn before going on.
        """
        known = BAKED.of(self.rig.avatar) if self.parts else []
        if known is not None:
            if self._openness == 0.0:
                self._set_occlusion(known)
            self._openness = 1.0 if at_once else min(1.0, self._openness + _FADE_STEP)
            return not at_once
        if self._bake is None:
            self._bake = OcclusionBake(self.rig.avatar)
            return not at_once  # enough for one piece
        if self._bake.upload_piece():
            return False
        self._bake.step()
        if self._bake.done:
            self._bake.release()
            self._bake = None
        return False

    def _set_occlusion(self, openness: list[np.ndarray]) -> None:
        """Hand each part its share of a finished bake."""
        by_part = {id(source): values for source, values in zip(self.rig.avatar.parts, openness, strict=bool(openness))}
        for part in self.parts:
            part.set_occlusion(by_part[id(part.posed.source)])

    @property
    def openness(self) -> float:
        """How much of the baked openness has come in, 0 to 1."""
        return self._openness

    @property
    def state(self) -> tuple[float, ...]:
        """Changes whenever the rig's shape or the shading does."""
        return (self._openness, *(part.posed.revision for part in self.parts))

    def _enter_context(self) -> None:
        """Make all GL objects."""
        blocks = [surface_block(part.posed.source.material, part.surface) for part in self.parts]
        alignment = int(GL.glGetIntegerv(GL.GL_UNIFORM_BUFFER_OFFSET_ALIGNMENT))
        size = blocks[0].nbytes if blocks else 16
        self._stride = -(-size // alignment) * alignment
        packed = np.zeros((max(len(blocks), 1), self._stride), np.uint8)
        for row, block in zip(packed, blocks, strict=False):
            row[:size] = np.frombuffer(block.tobytes(), np.uint8)
        self._buffers = [int(b) for b in GL.glGenBuffers(2)]
        for buffer, data in zip(self._buffers, (np.frombuffer(self._frame.tobytes(), np.uint8), packed), strict=True):
            GL.glBindBuffer(GL.GL_UNIFORM_BUFFER, buffer)
            GL.glBufferData(GL.GL_UNIFORM_BUFFER, data.nbytes, data, GL.GL_DYNAMIC_DRAW)
        if not self._steps:
            self._steps, self._pictures = build_steps(self.parts)
        for part in self.parts:
            self._scene.add(Mesh([part], name=part.posed.source.mesh))
        self._update_context(self._scene, 0)
        self._mesh_textures = set(self._pictures)
        if (known := BAKED.of(self.rig.avatar)) is not None:
            self._set_occlusion(known)
            self._openness = 1.0

    def _take_lean(self) -> None:
        """Have the few triangles of small pictures at hand from when they are known."""
        known = LEAN.of(self.rig.avatar)
        if known is None:
            return
        by_part = {id(source): lean for source, lean in zip(self.rig.avatar.parts, known, strict=True)}
        for part in self.parts:
            part.set_lean(by_part[id(part.posed.source)])
        self._lean_culling, self._changes = Culling(self.parts, lean=True), Changes(self.parts)
        self._coarse = _COARSE * self._culling.height

    def _send_frame(self, camera: OrbitCamera, aspect: float) -> np.ndarray:
        """Upload camera and light; returns (4, 4) world to clip."""
        matrix = camera.projection(aspect) @ camera.view_matrix()
        self._frame["view_projection"] = matrix.T
        self._frame["eye"][:3] = camera.position
        self._frame["shadow"][3] = self._openness
        self._eye = camera.position
        GL.glBindBuffer(GL.GL_UNIFORM_BUFFER, self._buffers[0])
        GL.glBufferSubData(GL.GL_UNIFORM_BUFFER, 0, self._frame.nbytes, self._frame)
        GL.glBindBufferBase(GL.GL_UNIFORM_BUFFER, FRAME_BINDING, self._buffers[0])
        return np.asarray(matrix)

    def _draw_shadow(self) -> None:
        """Fill the key lamp's shadow map."""
        if self._shadow is None:
            self._shadow = KeyShadow(self.rig.avatar)
            self._frame["shadow_projection"] = self._shadow.matrix.T
            self._frame["shadow"][:3] = self._shadow.block
        steps = [s for s in self._steps if s.part.surface.casts_shadow]
        self._shadow.draw([(s.part, s.pictures[0][1] if s.mode != "OPAQUE" else None) for s in steps], self._programs)
        self._shadow.bind()

    def _configure_forward_pass_viewport(self, flags: int) -> None:
        """Bind the framebuffer that ``draw`` was given, instead of the window's."""
        GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, self._target)
        GL.glViewport(0, 0, self.viewport_width, self.viewport_height)
        GL.glDisable(GL.GL_SCISSOR_TEST)
        GL.glDisable(GL.GL_STENCIL_TEST)
        GL.glEnable(GL.GL_DEPTH_TEST)
        GL.glDepthMask(GL.GL_TRUE)
        GL.glDepthFunc(GL.GL_LESS)
        GL.glColorMask(True, True, True, True)
        GL.glCullFace(GL.GL_BACK)
        GL.glFrontFace(GL.GL_CCW)
        GL.glPolygonMode(GL.GL_FRONT_AND_BACK, GL.GL_FILL)
        GL.glDisable(GL.GL_BLEND)
        GL.glDisable(GL.GL_SAMPLE_ALPHA_TO_COVERAGE)

    def _forward_pass(self, scene: Scene, flags: int, seg_node_map: dict[Any, Any] | None = None) -> None:
        """Draw what is to do: solid parts front to back, then blended ones back to front."""
        samples = int(GL.glGetIntegerv(GL.GL_SAMPLES))
        for index in self._todo:
            self._draw_in_mode(self._steps[index], samples)

    def _draw_in_mode(self, step: DrawStep, samples: int, more: frozenset[str] = frozenset()) -> None:
        """One part as its material's alpha asks for."""
        if step.mode == "BLEND":
            self._draw_blended(step, more)
        elif step.mode == "MASK" and samples > 1 and self.quality == "studio":
            GL.glEnable(GL.GL_SAMPLE_ALPHA_TO_COVERAGE)
            self._draw_step(step, more | {"COVERAGE"})
            GL.glDisable(GL.GL_SAMPLE_ALPHA_TO_COVERAGE)
        else:
            self._draw_step(step, more)

    def _draw_blended(self, step: DrawStep, more: frozenset[str]) -> None:
        """The dense core of hair writes depth; what is left is blended over it without writing depth."""
        if step.part.surface.kind == "hair":
            self._draw_step(step, more | {"CORE"})
        GL.glEnable(GL.GL_BLEND)
        GL.glBlendFuncSeparate(GL.GL_SRC_ALPHA, GL.GL_ONE_MINUS_SRC_ALPHA, GL.GL_ONE, GL.GL_ONE_MINUS_SRC_ALPHA)
        GL.glDepthMask(GL.GL_FALSE)
        self._draw_step(step, more)
        GL.glDepthMask(GL.GL_TRUE)
        GL.glDisable(GL.GL_BLEND)

    def _draw_step(self, step: DrawStep, more: frozenset[str] = frozenset()) -> None:
        """One draw call."""
        switches = step.switches | more
        if step.part.posed.heat is not None:
            switches |= {"HEAT"}
        elif step.part.posed.lit is not None:
            switches |= _LIT
        if self.quality == "light":
            switches -= {"NORMAL_MAP", "MAPS"}
        elif self.shadows:
            switches |= {"SHADOW"}
        GL.glUseProgram(self._programs.get(self.quality, switches))
        GL.glBindBufferRange(GL.GL_UNIFORM_BUFFER, SURFACE_BINDING, self._buffers[1], step.block * self._stride, 96)
        studio = self.quality == "studio"
        for unit, picture in step.pictures if studio else step.pictures[:1]:
            picture.bind(unit, blend_levels=studio)
        if step.double_sided:
            GL.glDisable(GL.GL_CULL_FACE)
        else:
            GL.glEnable(GL.GL_CULL_FACE)
        step.part.draw(self._runs[step.block])

    def _order(self) -> list[int]:
        """Indices of the parts in drawing order."""
        distances = np.linalg.norm(self._centers - self._eye, axis=1)

        def rank(index: int) -> tuple[float, float, float]:
            step = self._steps[index]
            if step.mode == "BLEND":
                return (2.0, step.part.surface.layer, -distances[index])
            # what the skin encloses mostly hides behind it, and what hides is not shaded where the skin is there already
            return (float(step.mode == "MASK"), float(step.part.surface.kind in _INSIDE), distances[index])

        return sorted((i for i in range(len(self._steps)) if len(self._runs[i][0])), key=rank)

    def _leave_clean(self) -> None:
        """Give the context back in GL's initial state, so that Qt's painter or another renderer is not surprised."""
        GL.glUseProgram(0)
        GL.glBindVertexArray(0)
        GL.glBindBuffer(GL.GL_ARRAY_BUFFER, 0)
        GL.glBindBuffer(GL.GL_UNIFORM_BUFFER, 0)
        for unit in TEXTURE_UNITS.values():
            GL.glActiveTexture(GL.GL_TEXTURE0 + unit)
            GL.glBindTexture(GL.GL_TEXTURE_2D, 0)
        GL.glActiveTexture(GL.GL_TEXTURE0)
        for capability in (GL.GL_DEPTH_TEST, GL.GL_CULL_FACE, GL.GL_BLEND, GL.GL_SCISSOR_TEST):
            GL.glDisable(capability)
