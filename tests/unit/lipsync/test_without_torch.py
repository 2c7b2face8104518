"""Without torch the bundles of NVIDIA's say in one sentence what brings it, wherever they are asked for; all else runs."""

from __future__ import annotations

import importlib.metadata
import json
import subprocess
import sys

import pytest

from app.core import shipped
from app.core.installation import how_to_get_torch
from tests.nvidia_bundles import synthetic

#: run in a process where an import of torch is an error
SCRIPT = """
import json, sys, threading
sys.modules["torch"] = None
from pathlib import Path
import numpy as np
from app.core.errors import SourceError
from app.core.speech import AudioClip, Speech
from app.lipsync import audio2emotion, nvidia_bundle
from app.lipsync.registry import make_source
face, emotion = map(Path, sys.argv[1:])
clip = AudioClip(np.zeros(1600, np.float32), 16000)
asked = {
    "source": lambda: list(make_source(f"nvidia:{face}").generate(Speech(clip), threading.Event())),
    "window": lambda: nvidia_bundle.open_bundle(face),
    "examined": lambda: nvidia_bundle.examine_bundle(face),
    "offered": lambda: nvidia_bundle.emotion_offer(emotion),
    "listens": lambda: audio2emotion.heard_timeline(emotion, clip, {}, threading.Event()),
    "kind": lambda: nvidia_bundle.bundle_kind_of(emotion),
}
said = {}
for name, ask in asked.items():
    try:
        said[name] = str(ask())
    except SourceError as error:
        said[name] = str(error)
print(json.dumps(said))
"""
#: what a start of each kind imports before anything is asked of it; none of it may bring torch
MODULES = (
    "app.desktop", "app.commands.speak", "app.commands.batch", "app.commands.animate", "app.commands.doctor",
    "app.remote.server.application", "app.session.base.opening", "app.lipsync.a2f", "app.lipsync.nvidia", "models.runtime",
    "models.batching", "models.prosody", "models.feelings", "models.engines.engine", "models.engines.onnx_engine", "models.nvidia.bundle",
)  # fmt: skip


@pytest.fixture(scope="module")
def said(root, tmp_path_factory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("bundles")
    synthetic.write_regression(folder / "face")
    synthetic.write_audio2emotion(folder / "emotion")
    command = [sys.executable, "-c", SCRIPT, str(folder / "face"), str(folder / "emotion")]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("asked", ["source", "window", "examined", "offered", "listens"])
def test_a_sentence_says_what_brings_torch(said, asked):
    assert said[asked].count("needs PyTorch; ") + said[asked].count("need PyTorch; ") == 1
    assert said[asked].endswith("; start once with: python3 run.py --with-torch.")


def test_what_kind_a_bundle_is_can_be_seen_without_torch(said):
    assert said["kind"] == "emotion"


def test_no_start_imports_torch(root):
    code = f"import importlib, sys; [importlib.import_module(name) for name in {MODULES!r}]; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "False", done.stderr


def test_the_words_fit_the_installation(monkeypatch, tmp_path):
    monkeypatch.setattr(shipped, "_IN_WHEEL", tmp_path)
    monkeypatch.setattr(importlib.metadata, "requires", lambda name: ["torch==2.13.0; extra == 'a2f'"])
    assert how_to_get_torch() == f"install it with: {sys.executable} -m pip install torch==2.13.0"
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert how_to_get_torch().startswith("take the full package")
