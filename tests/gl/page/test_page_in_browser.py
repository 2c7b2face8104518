"""The review page in real Chromium, opened from a ``file:`` address: it shows what the app shows, plays, and takes notes home."""

from __future__ import annotations

import base64
import io
import json
import threading
import time

import numpy as np
import pytest
from PIL import Image

from app.avatar.gltf import load_avatar
from app.avatar.rig import AvatarRig
from app.core.head import head_rotations, with_gaze_of_angles
from app.core.sampling import sampled
from app.formats.notes import Note, merged
from app.render.camera import OrbitCamera
from app.render.offscreen import OffscreenCanvas
from app.review.page.returning import read_notes
from tests.browsers.chromium import CHROMIUM
from tests.browsers.review_page import HOSTILE, wait_for

pytestmark = [pytest.mark.gl, pytest.mark.slow, pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")]

SIZE = (640, 480)
#: mean difference of two pictures in levels of 255, and share of channels that are further apart than a tenth of the range: two
#: programs draw them (llvmpipe and the browser's SwiftShader), and the page's pictures travelled as JPEG and WebP
MEAN_LEVELS, FAR_SHARE = 2.0, 0.01


@pytest.fixture(scope="module")
def rig(written) -> AvatarRig:
    """The app's own."""
    return AvatarRig(load_avatar(written.take.avatar.path))


@pytest.fixture
def app_side(written, rig):
    """The take, and the app's rig for it."""
    return written, rig


@pytest.fixture
def hands(press, drag):
    """Keyboard and mouse."""
    return press, drag


def posed(rig: AvatarRig, written, side: str, t: float) -> AvatarRig:
    """The app's rig as a side of the take moves it."""
    made = written.take.lanes[side].tuned
    turns = sampled(head_rotations(made.arkit), (t - made.arkit.start_s) * made.arkit.fps)
    rig.set_head_rotation(turns)
    rig.pose(with_gaze_of_angles(made.arkit).sample(t), None if made.visemes is None else made.visemes.sample(t))
    return rig


def picture_of(page, side: str, t: float) -> np.ndarray:
    """What the page draws, without what is marked on it."""
    data = page.run(f"reviewPage.stage.still({json.dumps(side)}, {t}, {SIZE[0]}, {SIZE[1]})").split(",")[1]
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(data))).convert("RGB"))


def save_shot(page, shots, name: str, width: int, height: int) -> None:
    """A picture of the whole page for a person to look at."""
    page.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
    wait_for(page, f"innerWidth === {width} && reviewPage.stage.canvas.width > 0")
    before = page.run("reviewPage.stage.drawn")
    page.run("reviewPage.stage.resize()")
    wait_for(page, f"reviewPage.stage.drawn > {before}")
    data = page.call("Page.captureScreenshot", format="png")["data"]
    (shots / f"review-page-{name}-{width}x{height}.png").write_bytes(base64.b64decode(data))


@pytest.mark.parametrize("shown", [("A", 1.5, "face"), ("A", 7.25, "mouth"), ("B", 3.0, "portrait"), ("B", 8.0, "three_quarter")])
def test_the_picture_is_the_apps(page, rig, written, shots, shown):
    side, t, framing = shown
    camera = OrbitCamera()
    camera.frame(rig.avatar, framing, SIZE[0] / SIZE[1])
    with OffscreenCanvas(*SIZE) as canvas:
        own = canvas.render(posed(rig, written, side, t), camera)
    page.run(f"reviewPage.stage.camera.frame(reviewPage.stage.firstBody.data, '{framing}', {SIZE[0] / SIZE[1]})")
    theirs = picture_of(page, side, t)
    apart = np.abs(own.astype(int) - theirs)
    Image.fromarray(np.concatenate([own, theirs, np.clip(8 * apart, 0, 255).astype(np.uint8)], 1)).save(
        shots / f"page-{side}-{framing}.png"
    )
    assert own.std() > 20 and apart.mean() < MEAN_LEVELS and (apart > 25).mean() < FAR_SHARE


@pytest.mark.parametrize("side", ["A", "B"])
def test_every_vertex_is_where_the_app_has_it(page, written, rig, side):
    for t in (0.0, 2.51, 9.9):
        read = f"(body.pose({t}), body.parts.map((part) => [...part.positions]))"
        theirs = page.run(f"{{ const body = reviewPage.stage.bodies.get('{side}'); {read} }}")
        for found, part in zip(theirs, posed(rig, written, side, t).parts, strict=True):
            # metres: a hair's breadth
            assert np.abs(np.reshape(found, (-1, 3)) - part.positions).max() < 1e-4, part.source.mesh


def test_nothing_leaves_the_page_and_hostile_words_stay_words(page, written):
    page.run("document.getElementById('tab-about').click(); reviewPage.notes.pick(reviewPage.notes.all[0])")
    assert page.run("document.querySelector('#list .text').textContent") == HOSTILE
    assert page.run("document.title") == page.run("document.getElementById('line').textContent") == written.take.line.replace("\n", " ")
    assert page.run("document.querySelectorAll('img').length") == 0 and page.run("window.hacked") is None
    assert page.run("fetch('http://127.0.0.1:9/').then(() => 'sent', () => 'refused')") == "refused"
    assert page.run("faults.filter((fault) => !fault.startsWith('connect-src'))") == []
    assert page.run("performance.getEntriesByType('resource').filter((each) => !each.name.startsWith('blob:')).length") == 0
    assert "MIT" in page.run("document.querySelector('#about pre').textContent")


def test_a_script_put_into_the_page_does_not_run(page):
    page.run("document.body.append(Object.assign(document.createElement('script'), {textContent: 'window.hacked = 1'}))")
    page.run("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"window.hacked = 2\">')")
    wait_for(page, "faults.length >= 2")
    assert page.run("window.hacked") is None


def test_it_plays_in_step_with_its_sound(page, press):
    press(" ")
    wait_for(page, "reviewPage.player.t > 0.5")
    apart = page.run(
        """new Promise((done) => { const seen = []; (function look() {
          seen.push(Math.abs(reviewPage.player.now() - reviewPage.player.sound.currentTime));
          seen.length < 20 ? requestAnimationFrame(look) : done(seen.sort()[10]); })(); })"""
    )
    assert page.run("!reviewPage.player.sound.paused && reviewPage.player.sound.preservesPitch") and apart < 0.05
    press("k")
    assert page.run("reviewPage.player.sound.paused && reviewPage.player.rate") == 0


def test_j_runs_backwards_l_faster_and_the_loop_repeats(page, press):
    page.run("reviewPage.player.seek(5)")
    press("j")
    wait_for(page, "reviewPage.player.t < 4.8")
    for _ in range(3):
        press("l")
    assert page.run("[reviewPage.player.rate, reviewPage.player.sound.playbackRate]") == [4, 4]
    page.run("reviewPage.player.setLoop(1, 1.4); reviewPage.player.looping = true; reviewPage.player.play(1)")
    wait_for(page, "reviewPage.player.t >= 1 && reviewPage.player.t < 1.3")
    wait_for(page, "reviewPage.player.t > 1.3")
    wait_for(page, "reviewPage.player.t < 1.2")
    assert page.run("reviewPage.player.t") < 1.45


def test_frames_are_stepped_and_counted_with_drop_frame(page, press):
    page.run("reviewPage.player.seek(0)")
    for _ in range(3):
        press("ArrowRight")
    wait_for(page, "document.getElementById('frame').textContent.startsWith('frame 3 ')")
    assert page.run("document.getElementById('timecode').textContent") == "01:00:00;03"
    # SMPTE 12M: two numbers are left out at every minute but each tenth
    assert [page.run(f"reviewPage.timecode({n})") for n in (1799, 1800, 17982)] == ["01:00:59;29", "01:01:00;02", "01:10:00;00"]


def test_sides_stand_beside_each_other_and_change_places(page, press, shots):
    page.run("document.querySelector('[data-layout=split]').click()")
    assert page.run("reviewPage.stage.regions().map((each) => each.name)") == ["A", "B"]
    press("s")
    assert page.run("reviewPage.stage.regions().map((each) => each.name)") == ["B", "A"]
    save_shot(page, shots, "split", 1280, 800)
    press("c")
    wait_for(page, "!document.getElementById('edge').hidden")
    assert page.run("reviewPage.stage.layout") == "wipe"
    save_shot(page, shots, "wipe", 1920, 1080)


def test_the_curves_say_what_every_side_is_at_the_cursor(page, written, shots):
    page.run("document.getElementById('tab-curves').click(); reviewPage.player.seek(2.5)")
    page.run("{ const field = document.getElementById('filter'); field.value = 'jaw open'; field.dispatchEvent(new Event('input')); }")
    shown = "[...document.querySelectorAll('.lane:not([hidden])')]"
    assert page.run(f"{shown}.map((row) => row.dataset.channel)") == ["jawOpen"]
    expected = [
        f"{written.take.lanes[side].tuned.arkit.sample(2.5)[written.take.lanes[side].tuned.arkit.index['jawOpen']]:.2f}" for side in "AB"
    ]
    wait_for(page, f"{shown}[0].querySelector('.name div').textContent === {json.dumps(''.join(expected))}")
    page.run("{ const field = document.getElementById('filter'); field.value = ''; field.dispatchEvent(new Event('input')); }")
    page.run("document.getElementById('moving').click()")
    assert page.run(f"{shown}.length") == 52
    save_shot(page, shots, "curves", 1280, 800)


def test_a_note_is_pinned_drawn_saved_and_comes_home_once(page, hands, app_side, tmp_path, shots):
    (press, drag), (written, rig) = hands, app_side
    page.run("reviewPage.player.seek(3); document.getElementById('author').value = 'Cy'; reviewPage.stage.reset('mouth')")
    press("n")
    page.run("document.querySelector('#editor textarea').value = 'Lips part too early'; document.getElementById('pin').click()")
    left, top, width, height = page.run(
        "(({left, top, width, height}) => [left, top, width, height])(reviewPage.stage.box.getBoundingClientRect())"
    )
    middle = (left + width / 2, top + height / 2)
    drag(middle)
    point = page.run("reviewPage.notes.draft.point")
    page.run("document.getElementById('arrow').click()")
    drag((left + 40, top + 60), (middle[0] - 40, middle[1] - 30))
    save_shot(page, shots, "note", 1280, 800)
    page.run("document.getElementById('keep').click()")
    page.run(
        "document.querySelectorAll('.note .tools input')[0].value = 'seen'; document.querySelectorAll('.note .tools button')[0].click()"
    )
    page.call("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(tmp_path))
    page.run("document.getElementById('save').click()")
    file = arrived(tmp_path)
    returned = read_notes(file)
    new = next(note for note in returned.notes if note.author == "Cy")
    assert returned.take == written.take.id and returned.damaged == () and len(returned.notes) == 3
    assert (new.text, new.start_s, new.strokes[0].kind, len(new.strokes[0].points)) == (
        "Lips part too early",
        pytest.approx(3, abs=1 / 29),
        "arrow",
        2,
    )
    assert new.point is not None and new.point.mesh == point["mesh"] == "Head_Mesh" and sum(new.point.shares) == pytest.approx(1)
    assert [reply.text for reply in next(note for note in returned.notes if note.id == "n1").replies] == [HOSTILE, "seen"]
    once = merged(written.take.notes, returned.notes)
    assert len(once) == 3 and merged(once, returned.notes) == once
    assert follows(page, rig, written, new)


def test_what_a_note_brings_is_seen_and_heard(page, written):
    page.run("reviewPage.notes.pick(reviewPage.notes.all[1])")
    wait_for(page, "document.querySelector('#inset img')?.naturalWidth === 64 && document.querySelector('#pins .picked')")
    assert page.run("document.querySelector('.picked .about').textContent") == "side A, jaw open, on the face"
    assert page.run("[reviewPage.player.t, reviewPage.player.loop]") == [4, [4, 5]]
    page.run("document.querySelector('.picked audio').play()")
    wait_for(page, "document.querySelector('.picked audio').currentTime > 0.05")
    assert page.run("document.querySelector('.picked audio').duration") == pytest.approx(0.5, abs=0.01)
    assert page.run("faults") == []


def follows(page, rig: AvatarRig, written, note: Note) -> bool:
    """Whether the page has the note's point where the app has it, however the face moves and whoever looks."""
    page.run("reviewPage.stage.camera.orbit(0.1, 0.05)")
    place = page.run(
        f"(reviewPage.stage.bodies.get('A').pose(6), reviewPage.stage.bodies.get('A').place({json.dumps(note.point.__dict__)}).position)"
    )
    head = next(part for part in posed(rig, written, "A", 6.0).parts if part.source.mesh == note.point.mesh)
    own = np.array(note.point.shares) @ head.positions[list(note.point.corners)]
    return float(np.abs(own - place).max()) < 1e-4


def arrived(folder):
    """The file that was downloaded, whole."""
    give_up_s = time.monotonic() + 20
    while not (found := [path for path in folder.glob("*.json") if path.stat().st_size]):
        assert time.monotonic() < give_up_s
        threading.Event().wait(0.02)
    return found[0]


def test_notes_outlive_a_page_that_is_closed_unsaved(page, press, written):
    press("n")
    page.run("document.querySelector('#editor textarea').value = 'kept'; document.getElementById('keep').click()")
    # what came with the page is answered, not taken away
    assert page.run("[...document.querySelectorAll('.note')].map((card) => card.textContent.includes('Delete'))") == [True, False, False]
    # the browser asks nobody whether to leave
    page.run("reviewPage.notes.unsaved = false")
    page.open("about:blank")
    page.open(written.url)
    wait_for(page, "window.reviewPage?.firstPictureMs > 0")
    assert page.run("reviewPage.notes.all.map((note) => note.text).includes('kept') && reviewPage.notes.unsaved") is True


def test_it_fits_a_tablet_and_a_finger_turns_the_face(page, shots):
    page.call("Emulation.setTouchEmulationEnabled", enabled=True)
    save_shot(page, shots, "tablet", 820, 1180)
    x, y = page.run("(({left, top, width, height}) => [left + width / 2, top + height / 2])(reviewPage.stage.box.getBoundingClientRect())")
    page.call("Input.dispatchTouchEvent", type="touchStart", touchPoints=[{"x": x, "y": y}])
    page.call("Input.dispatchTouchEvent", type="touchMove", touchPoints=[{"x": x + 60, "y": y}])
    page.call("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])
    assert page.run("reviewPage.stage.camera.yaw") < -0.1
    assert page.run("document.documentElement.scrollWidth <= innerWidth && document.documentElement.scrollHeight <= innerHeight")


def test_first_picture_is_told(page, written):
    """The time is told, not judged: a test does not know the machine."""
    first_ms = page.run("reviewPage.firstPictureMs")
    print(f"first picture after {first_ms:.0f} ms, page of {written.report.size / 1e6:.2f} MB")
    assert first_ms > 0
