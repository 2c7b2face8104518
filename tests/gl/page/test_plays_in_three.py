"""An exported avatar plays in three.js as the app shows it: the same influences, and the same face."""

from __future__ import annotations

import base64
import io
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import numpy as np
import pytest
from PIL import Image
from websockets.sync.client import connect

from app.avatar.gltf import load_avatar
from app.avatar.rig import AvatarRig
from app.core.arkit import ARKIT_INDEX
from app.core.head import head_rotations
from app.core.side import SideChannels
from app.core.track import BlendshapeTrack
from app.formats.performance import Performance, WriteOptions
from app.formats.scenes.gltf.writing import write
from app.render.camera import OrbitCamera
from app.render.offscreen import OffscreenCanvas
from tests.browsers.chromium import Page
from tests.browsers.review_page import wait_for

SIZE = 256
#: rows of a picture of the face in which there is nothing but the head
HEAD = SIZE * 3 // 4
#: a background that no face has
KEY = (0.0, 1.0, 0.0)
THREE = Path("app", "remote", "web", "node_modules", "three")
#: seconds, on frames and between them
TIMES_S = (0.0, 0.2, 0.5083, 0.9)
PICTURED_S = 0.5083
PAGE = """<!doctype html><script type="importmap">
{"imports": {"three": "/three/build/three.module.js", "three/addons/": "/three/examples/jsm/"}}
</script><script type="module">
import * as THREE from "three";
import { GLTFLoader } from "three/addons/loaders/GLTFLoader.js";
const renderer = new THREE.WebGLRenderer({ alpha: true, preserveDrawingBuffer: true, antialias: true });
renderer.setSize(SIZE, SIZE, false);
const scene = new THREE.Scene();
scene.add(new THREE.HemisphereLight(0xffffff, 0x888888, 3));
const { scene: model, animations } = await new GLTFLoader().loadAsync("/line.glb");
scene.add(model);
const mixer = new THREE.AnimationMixer(model);
mixer.clipAction(animations.at(-1)).setLoop(THREE.LoopOnce).play();
const morphed = [], joints = {};
model.traverse((object) => {
  if (object.morphTargetInfluences) morphed.push(object);
  if (["Neck", "Head"].includes(object.name)) joints[object.name] = object;
});
window.player = {
  clips: animations.map((clip) => [clip.name, clip.duration]),
  play(time) {
    mixer.setTime(time);
    return {
      weights: Object.fromEntries(morphed.map((mesh) => [mesh.name,
        Object.fromEntries(Object.entries(mesh.morphTargetDictionary).map(([name, i]) => [name, mesh.morphTargetInfluences[i]]))])),
      joints: Object.fromEntries(Object.entries(joints).map(([name, joint]) => [name, joint.quaternion.toArray()])),
    };
  },
  set(weights) {
    for (const mesh of morphed)
      for (const [name, i] of Object.entries(mesh.morphTargetDictionary)) mesh.morphTargetInfluences[i] = weights[name] ?? 0;
  },
  picture({ fov, position, target }) {
    const camera = new THREE.PerspectiveCamera(fov, 1, 0.05, 20);
    camera.position.set(...position);
    camera.lookAt(...target);
    renderer.render(scene, camera);
    return renderer.domElement.toDataURL().split(",")[1];
  },
};
</script>""".replace("SIZE", str(SIZE))


@dataclass(frozen=True)
class Played:
    """What is played, and the app's own body to compare it with."""

    track: BlendshapeTrack
    rig: AvatarRig
    page: Page


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


def spoken() -> BlendshapeTrack:
    """A second in which the mouth opens wide and rounds, the lids fall, and the head turns."""
    t = np.arange(61) / 60
    weights = np.zeros((61, 52), np.float32)
    for name, phase in (("jawOpen", 0.0), ("mouthFunnel", 1.0), ("mouthSmileLeft", 2.0), ("eyeBlinkLeft", 0.4), ("browInnerUp", 1.5)):
        weights[:, ARKIT_INDEX[name]] = 0.4 - 0.4 * np.cos(2 * np.pi * t + phase)
    return BlendshapeTrack(weights, 60.0, side=SideChannels(("HeadYaw", "HeadPitch"), np.stack([0.3 * t, 0.1 * np.sin(5 * t)], axis=1)))


@pytest.fixture
def played(devtools, root, tmp_path) -> Iterator[Played]:
    """The default avatar's copy in a page of three.js."""
    if not (root / THREE).is_dir():
        pytest.skip("npm install was not run in app/remote/web")
    track = spoken()
    (tmp_path / "line.glb").write_bytes(write(Performance(track), WriteOptions()).data)
    (tmp_path / "index.html").write_text(PAGE)
    (tmp_path / "three").symlink_to((root / THREE).resolve())
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(tmp_path)))
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    try:
        target = httpx.put(f"http://{devtools}/json/new").json()
        with connect(target["webSocketDebuggerUrl"], max_size=None) as socket:
            page = Page(socket)
            page.call("Page.enable")
            page.open(f"http://127.0.0.1:{server.server_port}/index.html")
            wait_for(page, "window.player")
            yield Played(track, AvatarRig(load_avatar(root / "assets" / "avatar.glb")), page)
            page.call("Page.close")
    finally:
        server.shutdown()
        serving.join()
        server.server_close()


def picture(page: Page, camera: OrbitCamera) -> np.ndarray:
    """(SIZE, SIZE, 4) uint8 of three.js from where the app's camera stands."""
    place = {"fov": camera.fov_deg, "position": camera.position.tolist(), "target": camera.target.tolist()}
    encoded = page.run(f"player.picture({json.dumps(place)})")
    return np.array(Image.open(io.BytesIO(base64.b64decode(encoded))).convert("RGBA"))


def edges(before: np.ndarray, after: np.ndarray) -> tuple[int, int, int]:
    """Left, right and lower edge of where two pictures differ plainly."""
    differs = np.abs(before[..., :3].astype(int) - after[..., :3]).max(axis=2) > 24
    rows, columns = np.flatnonzero(differs.any(axis=1)), np.flatnonzero(differs.any(axis=0))
    return int(columns[0]), int(columns[-1]), int(rows[-1])


def test_three_plays_what_the_app_shows(played: Played, shots):
    page, rig, track = played.page, played.rig, played.track
    camera = OrbitCamera()
    camera.frame(rig.avatar, "face", 1.0)
    assert page.run("player.clips") == [["VisemeSync", 1.0]]
    for time_s in TIMES_S:
        found = page.run(f"player.play({time_s})")
        by_clip = picture(page, camera) if time_s == PICTURED_S else None
        rig.pose(track.sample(time_s))
        wanted = rig.applied
        assert {"Head_Mesh", "Teeth_Mesh", "Tongue_Mesh", "Eye_Mesh", "EyeAO_Mesh", "Eyelash_Mesh"} <= set(found["weights"])
        for mesh, weights in found["weights"].items():
            assert weights == pytest.approx({name: wanted.get(name, 0.0) for name in weights}, abs=1e-4), mesh
        if by_clip is not None:
            page.run(f"player.set({json.dumps(wanted)})")
            # three.js was given 32 bit from the file and 64 bit directly: a step of one of 256 is allowed where it rounds
            assert by_clip[..., 3].any() and np.abs(by_clip.astype(int) - picture(page, camera)).max() <= 1
    angles = 2 * np.degrees(np.arccos([found["joints"][name][3] for name in ("Neck", "Head")]))
    assert angles.sum() == pytest.approx(np.degrees(np.linalg.norm(head_rotations(track)[54])), abs=2.0)

    with OffscreenCanvas(SIZE, SIZE) as canvas:
        pairs = []
        for weight in (0.0, 1.0):
            rig.reset()
            row = np.zeros(52, np.float32)
            row[ARKIT_INDEX["jawOpen"]] = weight
            rig.pose(row)
            page.run(f"player.play(0); player.set({json.dumps(rig.applied)}); 0")
            pairs.append((picture(page, camera), canvas.render(rig, camera, "light", KEY)))
    (shut, own_shut), (opened, own_opened) = pairs
    Image.fromarray(np.concatenate([np.concatenate([three[..., :3], own], axis=1) for three, own in pairs])).save(
        shots / "three-and-app.png"
    )
    # above the shoulders, which hang otherwise where the app lowers the arms
    by_three, by_app = opened[:HEAD, :, 3] > 127, (np.abs(own_opened[:HEAD].astype(int) - np.multiply(KEY, 255)).max(axis=2) > 24)
    assert (by_three & by_app).sum() / (by_three | by_app).sum() > 0.98
    # lamps and skin differ, but where jaw and lips go does not
    np.testing.assert_allclose(edges(shut, opened), edges(own_shut, own_opened), atol=SIZE // 20)
