"""A good guest in any context: no state left behind, no state trusted, nothing leaked, no GL error."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from OpenGL import GL

from app.avatar.rig import AvatarRig
from app.core.arkit import weights_from
from app.render.clusters import cluster, grouped
from app.render.context import create_context, current
from app.render.lean import LEAN
from app.render.occlusion import OcclusionBake
from app.render.openness import BAKED
from app.render.parts import LivePart
from app.render.renderer import AvatarRenderer
from app.render.targets import Target

pytestmark = pytest.mark.gl


@pytest.fixture
def context():
    """A current context; the test must leave it without an error."""
    context = create_context()
    with current(context):
        yield context
        assert GL.glGetError() == GL.GL_NO_ERROR
    context.release()


def living(limit: int = 400) -> dict[str, int]:
    """How many GL objects of each kind exist, by trying the first names."""
    kinds = {
        "buffers": GL.glIsBuffer,
        "textures": GL.glIsTexture,
        "vertex arrays": GL.glIsVertexArray,
        "programs": GL.glIsProgram,
        "shaders": GL.glIsShader,
        "framebuffers": GL.glIsFramebuffer,
        "renderbuffers": GL.glIsRenderbuffer,
    }
    return {kind: sum(bool(ask(name)) for name in range(1, limit)) for kind, ask in kinds.items()}


@pytest.mark.parametrize("quality", ["studio", "light"])
def test_release_frees_everything_however_often(context, rig, camera, quality):
    before = living()
    for _ in range(3):
        target = Target(64, 64, 4)
        renderer = AvatarRenderer(rig, quality, shadows=True)
        while renderer.warm_up():
            pass
        renderer.draw(target.framebuffer, 64, 64, camera)
        assert sum(living().values()) > sum(before.values())
        renderer.release()
        target.release()
        assert living() == before


def test_releasing_in_the_middle_of_a_bake_frees_it_too(context, rig, camera):
    before = living()
    renderer = AvatarRenderer(AvatarRig(replace(rig.avatar)))
    assert renderer.warm_up(0.5)
    assert living() != before
    renderer.release()
    assert living() == before


def test_a_bake_goes_on_where_an_earlier_one_was_left_and_comes_to_the_same(context, rig):
    left, whole, looked = replace(rig.avatar), replace(rig.avatar), []
    for avatar, most in ((left, 5), (left, 1000), (whole, 1000)):
        bake, n = OcclusionBake(avatar), 0
        while n < most and not bake.done:
            bake.step()
            n += 1
        bake.release()
        looked.append(n)
    assert looked[0] == 5 and looked[1] + 5 == looked[2]
    assert all(np.array_equal(a, b) for a, b in zip(BAKED.of(left), BAKED.of(whole), strict=True))


def test_an_avatar_that_was_baked_is_shown_so_from_its_first_picture(context, rig, camera):
    target, avatar = Target(64, 64), replace(rig.avatar)
    pictures = []
    for _ in range(2):
        renderer = AvatarRenderer(AvatarRig(avatar))
        renderer.draw(target.framebuffer, 64, 64, camera)
        pictures.append(target.read_rgb())
        while renderer.warm_up():
            pass
        renderer.draw(target.framebuffer, 64, 64, camera)
        pictures.append(target.read_rgb())
        renderer.release()
    target.release()
    assert not np.array_equal(pictures[0], pictures[1]), "openness fades in"
    assert np.array_equal(pictures[1], pictures[2]) and np.array_equal(pictures[1], pictures[3])


def test_a_released_renderer_draws_again(context, rig, camera):
    target, renderer = Target(64, 64), AvatarRenderer(rig)
    renderer.draw(target.framebuffer, 64, 64, camera)
    first = target.read_rgb()
    renderer.release()
    renderer.draw(target.framebuffer, 64, 64, camera)
    np.testing.assert_array_equal(target.read_rgb(), first)
    renderer.release()
    target.release()


def test_drawing_leaves_the_initial_state(context, rig, camera):
    target, renderer = Target(64, 64), AvatarRenderer(rig, shadows=True)
    renderer.draw(target.framebuffer, 64, 64, camera, region=(0, 0, 64, 32))
    for capability in (GL.GL_DEPTH_TEST, GL.GL_BLEND, GL.GL_CULL_FACE, GL.GL_SCISSOR_TEST, GL.GL_STENCIL_TEST):
        assert not GL.glIsEnabled(capability)
    assert not GL.glIsEnabled(GL.GL_SAMPLE_ALPHA_TO_COVERAGE)
    assert GL.glGetIntegerv(GL.GL_CURRENT_PROGRAM) == 0
    assert GL.glGetIntegerv(GL.GL_VERTEX_ARRAY_BINDING) == 0
    assert GL.glGetIntegerv(GL.GL_ARRAY_BUFFER_BINDING) == 0
    assert GL.glGetBooleanv(GL.GL_DEPTH_WRITEMASK)
    assert GL.glGetIntegerv(GL.GL_ACTIVE_TEXTURE) == GL.GL_TEXTURE0
    for unit in range(6):
        GL.glActiveTexture(GL.GL_TEXTURE0 + unit)
        assert GL.glGetIntegerv(GL.GL_TEXTURE_BINDING_2D) == 0
    GL.glActiveTexture(GL.GL_TEXTURE0)
    renderer.release()
    target.release()


def test_drawing_trusts_no_state(context, rig, camera):
    target, renderer = Target(96, 96), AvatarRenderer(rig)
    renderer.draw(target.framebuffer, 96, 96, camera)
    clean = target.read_rgb()
    GL.glEnable(GL.GL_SCISSOR_TEST)
    GL.glScissor(0, 0, 10, 10)
    GL.glEnable(GL.GL_BLEND)
    GL.glBlendFunc(GL.GL_ZERO, GL.GL_ZERO)
    GL.glDepthMask(GL.GL_FALSE)
    GL.glDepthFunc(GL.GL_NEVER)
    GL.glColorMask(False, False, False, False)
    GL.glEnable(GL.GL_CULL_FACE)
    GL.glCullFace(GL.GL_FRONT)
    GL.glFrontFace(GL.GL_CW)
    GL.glEnable(GL.GL_STENCIL_TEST)
    GL.glViewport(5, 5, 7, 7)
    GL.glPolygonMode(GL.GL_FRONT_AND_BACK, GL.GL_LINE)
    renderer.draw(target.framebuffer, 96, 96, camera)
    np.testing.assert_array_equal(target.read_rgb(), clean)
    renderer.release()
    target.release()


def test_a_region_touches_nothing_outside_it(context, rig, camera):
    target, renderer = Target(96, 96), AvatarRenderer(rig)
    renderer.draw(target.framebuffer, 96, 96, camera)
    whole = target.read_rgb()
    renderer.draw(target.framebuffer, 96, 96, camera, background=(1.0, 1.0, 1.0), region=(0, 0, 96, 40))
    part = target.read_rgb()
    np.testing.assert_array_equal(part[:56], whole[:56])
    assert (part[90, 2] == 255).all()
    renderer.release()
    target.release()


def test_a_pose_reaches_the_next_picture_and_only_then(context, rig, camera):
    target, renderer = Target(96, 96), AvatarRenderer(rig)
    renderer.draw(target.framebuffer, 96, 96, camera)
    neutral, state = target.read_rgb(), renderer.state
    rig.pose(weights_from({"jawOpen": 1.0}))
    assert renderer.state != state
    renderer.draw(target.framebuffer, 96, 96, camera)
    assert (target.read_rgb() != neutral).any()
    rig.reset()
    renderer.draw(target.framebuffer, 96, 96, camera)
    np.testing.assert_array_equal(target.read_rgb(), neutral)
    renderer.release()
    target.release()


def test_drawing_only_what_moved_changes_no_pixel(context, rig, camera):
    rig = AvatarRig(replace(rig.avatar))  # not baked before
    own, other, kept, plain = Target(96, 96), Target(96, 96), AvatarRenderer(rig, "light"), AvatarRenderer(rig, "light")

    def both() -> tuple[np.ndarray, np.ndarray]:
        kept.redraw(own.framebuffer, 96, 96, camera)
        plain.draw(other.framebuffer, 96, 96, camera)
        return own.read_rgb(), other.read_rgb()

    for weight in (0.0, 0.3, 0.6, 1.0):
        rig.pose(weights_from({"jawOpen": weight}))
        np.testing.assert_array_equal(*both())
    camera.orbit(0.1, 0.0)
    for weight in (0.9, 0.5, 0.2):
        rig.set_head_rotation((0.1 * weight, 0.6 * weight - 0.3, 0.0), weight)
        rig.pose(weights_from({"jawOpen": weight}))
        np.testing.assert_array_equal(*both())
    alike = 0
    while any([kept.warm_up(), plain.warm_up()]):
        if kept.state == plain.state:  # how much is done within a few milliseconds is the machine's
            np.testing.assert_array_equal(*both())
            alike += 1
    assert alike and kept.state == plain.state
    np.testing.assert_array_equal(*both())
    for thing in (kept, plain, own, other):
        thing.release()


def test_small_moving_pictures_are_drawn_from_few_triangles_and_all_others_from_all(context, rig, camera, monkeypatch):
    rig = AvatarRig(replace(rig.avatar))
    drawn: list[int] = []
    draw = LivePart.draw
    monkeypatch.setattr(LivePart, "draw", lambda part, runs: (drawn.append(int(runs[1].sum())), draw(part, runs)))
    renderer, target = AvatarRenderer(rig, "light"), Target(96, 96)
    near = replace(camera, distance=camera.distance / 400)

    def indices(draw_it, camera) -> int:
        drawn.clear()
        draw_it(target.framebuffer, 96, 96, camera)
        return sum(drawn)

    every, every_near, every_drawn = indices(renderer.redraw, camera), indices(renderer.redraw, near), indices(renderer.draw, camera)
    LEAN.keep(rig.avatar, [grouped(part, cluster(part).triangles[::3]) for part in rig.avatar.parts])
    few = indices(renderer.redraw, camera)
    assert few < 0.6 * every
    assert indices(renderer.redraw, near) == every_near > 0 and indices(renderer.draw, camera) == every_drawn
    for weight in (0.5, 0.7):
        rig.pose(weights_from({"jawOpen": weight}))
        some = indices(renderer.redraw, camera)
    pieced = target.read_rgb()
    renderer.forget_picture()
    assert 0 < some < indices(renderer.redraw, camera) == few
    np.testing.assert_array_equal(target.read_rgb(), pieced)
    renderer.release()
    target.release()


def test_only_what_is_looked_at_is_drawn_again(context, rig, camera):
    target, renderer = Target(96, 96), AvatarRenderer(rig, "light")
    whole = []
    for weight in (0.1, 0.2, 0.3):
        rig.pose(weights_from({"jawOpen": weight}))
        renderer.redraw(target.framebuffer, 96, 96, camera)
        whole.append(target.read_rgb())
    rig.pose(weights_from({"jawOpen": 1.0}))
    assert renderer.redraw(target.framebuffer, 96, 96, camera, within=(0, 0, 50, 96)) == (0, 0, 50, 96)
    part = target.read_rgb()
    assert renderer.redraw(target.framebuffer, 96, 96, camera) == (0, 0, 96, 96)
    last = target.read_rgb()
    np.testing.assert_array_equal(part[:, :50], last[:, :50])
    np.testing.assert_array_equal(part[:, 50:], whole[-1][:, 50:])
    assert (last[:, 50:] != whole[-1][:, 50:]).any()
    renderer.release()
    target.release()


def test_what_rests_is_drawn_once_while_the_face_moves(context, rig, camera, monkeypatch):
    target, renderer = Target(96, 96), AvatarRenderer(rig, "light")
    drawn: list[str] = []
    draw = LivePart.draw
    monkeypatch.setattr(LivePart, "draw", lambda part, runs: (drawn.append(part.posed.source.mesh), draw(part, runs)))
    regions, counts = [], []
    for weight in (0.1, 0.2, 0.3, 0.3):
        drawn.clear()
        rig.pose(weights_from({"jawOpen": weight}))
        regions.append(renderer.redraw(target.framebuffer, 96, 96, camera))
        counts.append((drawn.count("hat"), drawn.count("Head_Mesh")))
    assert counts == [(1, 1), (0, 1), (0, 1), (0, 0)]
    assert regions[0] == (0, 0, 96, 96) and regions[3] == (0, 0, 0, 0)
    assert 0 < regions[1][2] * regions[1][3] < 0.5 * 96 * 96
    renderer.release()
    target.release()
