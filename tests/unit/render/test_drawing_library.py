"""What a start does not import."""

from __future__ import annotations

import subprocess
import sys

import pytest

CODE = """
import sys
import app.render.renderer
print(*sorted({name.partition(".")[0] for name in sys.modules} & {"pyrender", "trimesh", "networkx", "pyglet", "scipy"}))
import scipy.linalg
import pyrender.viewer
import pyrender
print(pyrender.Node(translation=[1.0, 2.0, 3.0]).matrix[:3, 3].tolist(), len(pyrender.Scene().nodes))
print(scipy.linalg.norm([3.0, 4.0]), pyrender.viewer.__file__ is not None)
"""


def test_the_renderer_comes_without_windows_scipy_and_graphs_which_stay_importable():
    pytest.importorskip("scipy")
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["pyrender", "[1.0, 2.0, 3.0] 0", "5.0 True"]
