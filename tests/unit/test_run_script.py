"""The set-up script, without touching this machine's packages or network."""

from __future__ import annotations

import contextlib
import importlib.util
import subprocess
import sys

import pytest


@pytest.fixture
def script(root, tmp_path, monkeypatch):
    """run.py as a module, with its virtual environment somewhere harmless."""
    spec = importlib.util.spec_from_file_location("run_script", root / "run.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "VENV", tmp_path)
    monkeypatch.setattr(module, "PYTHON", tmp_path / "python")
    return module


def test_it_uses_the_standard_library_only(root):
    code = "import sys; sys.path[:] = [p for p in sys.path if 'site-packages' not in p]; import runpy; runpy.run_path('run.py')"
    done = subprocess.run([sys.executable, "-I", "-S", "-c", code], cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_start_is_ready_only_with_a_matching_stamp(script, tmp_path):
    assert not script.is_ready([])
    (tmp_path / "python").write_text("")
    (tmp_path / "setup-stamp").write_text(script.stamp([]))
    assert script.is_ready([]) and not script.is_ready(["test", "torch"])
    (tmp_path / "setup-stamp").write_text(script.stamp(["test", "torch"]))
    assert script.is_ready([]) and script.is_ready(["test", "torch"])
    (tmp_path / "setup-stamp").write_text("of another version")
    assert not script.is_ready([])


def test_torch_is_wanted_for_a_card_for_tests_and_on_demand_only(script, monkeypatch):
    monkeypatch.setattr(script, "has_nvidia_driver", lambda: False)
    assert script.needed() == ["desktop"] and script.needed([], ["test"]) == ["desktop", "test", "torch"]
    assert script.needed(["--with-torch"]) == ["desktop", "torch", "--with-torch"]
    monkeypatch.setattr(script, "has_nvidia_driver", lambda: True)
    assert script.needed() == ["desktop", "torch"] and script.needed(["--without-torch"]) == ["desktop", "--without-torch"]


def test_a_locked_setup_is_remembered_until_it_is_forgotten(script, tmp_path, monkeypatch):
    monkeypatch.setattr(script, "has_nvidia_driver", lambda: False)
    assert script.needed(["--locked"]) == ["desktop", "--locked"]
    (tmp_path / "python").write_text("")
    (tmp_path / "setup-stamp").write_text(script.stamp(["--locked"]))
    assert script.needed() == ["desktop", "--locked"] and script.is_ready(["--locked"]) and script.needed(["--unlocked"]) == ["desktop"]
    assert script.needed(["--with-torch"]) == ["desktop", "torch", "--with-torch", "--locked"]


@pytest.mark.parametrize("word", ["--with-torch", "--without-torch"])
def test_what_was_said_of_torch_is_remembered_and_not_passed_on(script, tmp_path, monkeypatch, word):
    monkeypatch.setattr(script, "has_nvidia_driver", lambda: word == "--without-torch")
    installed, started = [], []
    monkeypatch.setattr(script, "missing_packages", lambda for_tests: [])
    monkeypatch.setattr(script, "make_venv", lambda: (tmp_path / "python").write_text(""))
    monkeypatch.setattr(script, "start", lambda words: started.append(words) or 0)
    monkeypatch.setattr(script.subprocess, "run", lambda words, **how: installed.append(words[-1]) or subprocess.CompletedProcess(words, 0))
    assert script.main([word, "doctor"]) == 0 and script.main(["speak"]) == 0
    assert started == [["doctor"], ["speak"]]
    assert [extras.endswith("[desktop,a2f]") for extras in installed] == [word == "--with-torch"]


@pytest.fixture
def setting_up(script, tmp_path, monkeypatch):
    """A machine without a card; what is installed and started is only noted: (commands of pip, Debian packages, starts)."""
    installed, packages, started = [], [], []
    monkeypatch.setattr(script, "has_nvidia_driver", lambda: False)
    monkeypatch.setattr(script, "missing_packages", lambda for_tests: ["libportaudio2"])
    monkeypatch.setattr(script, "install_packages", lambda names: packages.append(names) or True)
    monkeypatch.setattr(script, "make_venv", lambda: (tmp_path / "python").write_text(""))
    monkeypatch.setattr(script, "start", lambda words: started.append(words) or 0)
    monkeypatch.setattr(script.subprocess, "run", lambda words, **how: installed.append(words) or subprocess.CompletedProcess(words, 0))
    monkeypatch.setattr(script.shutil, "which", lambda name, path=None: None)
    return installed, packages, started


def test_serve_installs_what_the_server_needs_alone_and_the_window_comes_later(script, setting_up, root):
    installed, packages, started = setting_up
    assert script.main(["serve", "--source", "mock"]) == 0 and script.main(["serve"]) == 0
    assert [words[-2:] for words in installed] == [["-r", str(root / "a2f-server" / "requirements.txt")]] and packages == []
    assert script.main(["doctor"]) == 0 and installed[-1][-1].endswith("[desktop]") and packages == [["libportaudio2"]]
    assert script.main(["serve"]) == 0 and script.main(["speak"]) == 0 and len(installed) == 2 and len(started) == 5
    assert script.main(["--locked", "--with-torch", "serve"]) == 0
    assert installed[2][-1].endswith("server.txt") and "--require-hashes" in installed[2] and installed[3][-1].endswith("-cuda.txt")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Debian packages are a Linux matter")
def test_serve_brings_what_its_options_need(script, setting_up):
    installed, packages, _ = setting_up
    assert script.main(["serve", "--workers=2"]) == 0 and packages == [["haproxy"]]
    assert script.main(["serve", "--cluster"]) == 0 and installed[-1][-1].startswith("ray")
    assert script.main(["serve", "--trace", "http://me:4318"]) == 0 and installed[-1][-1].startswith("opentelemetry-exporter-otlp")
    assert script.main(["batch", "folder", "--cluster", "local"]) == 0 and installed[-1][-1].endswith("[desktop,cluster]")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Debian packages are a Linux matter")
def test_missing_libraries_become_debian_packages(script, monkeypatch):
    monkeypatch.setattr(script, "can_load", lambda library: library != "libportaudio.so.2")
    assert "libportaudio2" in script.missing_packages(False)
    assert "libgl1" not in script.missing_packages(False)


def test_without_rights_the_exact_command_is_printed(script, monkeypatch, capsys):
    monkeypatch.setattr(script, "apt_prefix", lambda: None)
    assert script.install_packages(["libportaudio2", "libegl1"]) is False
    assert "sudo apt-get install -y libportaudio2 libegl1" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="there the tests in a browser are skipped")
def test_three_is_installed_once_without_a_lock_file(script, monkeypatch, tmp_path):
    web = tmp_path / "app" / "remote" / "web"
    web.mkdir(parents=True)
    program = tmp_path / "npm"
    program.write_text('#!/bin/sh\necho "$@" >> calls\nmkdir -p node_modules/three node_modules/gltf-validator\n')
    program.chmod(0o755)
    monkeypatch.setattr(script, "ROOT", tmp_path)
    monkeypatch.setattr(script, "install_packages", lambda packages: pytest.fail("Chromium is there"))
    monkeypatch.setattr(script.shutil, "which", lambda name, path=None: str(program) if name in ("npm", "chromium") else None)
    script.prepare_browser_tests()
    script.prepare_browser_tests()
    assert "--no-package-lock" in (web / "calls").read_text() and (web / "calls").read_text().count("install") == 1


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Debian packages are a Linux matter")
def test_without_a_browser_the_setup_goes_on(script, monkeypatch, tmp_path, capsys):
    asked = []
    monkeypatch.setattr(script, "ROOT", tmp_path)
    monkeypatch.setattr(script.shutil, "which", lambda name, path=None: None)
    monkeypatch.setattr(script, "install_packages", asked.append)
    script.prepare_browser_tests()
    assert asked == [["chromium"]] and "skipped" in capsys.readouterr().err


def test_words_choose_tests_and_quick_leaves_out_the_slow_ones(script, monkeypatch):
    run = []
    monkeypatch.setattr(script, "private_screen_and_sound", lambda: contextlib.nullcontext({"DISPLAY": ":7"}))
    monkeypatch.setattr(
        script.subprocess, "run", lambda words, **how: run.append((words, how["env"]["DISPLAY"])) or subprocess.CompletedProcess(words, 5)
    )
    assert script.run_tests(["tests/unit", "--quick", "-x"]) == 5
    assert run == [
        ([str(script.PYTHON), "-m", "pytest", "-m", "not slow", "--hypothesis-profile=quick", "tests/unit", "-x"], ":7"),
    ]


def test_an_old_python_gets_a_sentence(script, monkeypatch, capsys):
    monkeypatch.setattr(script, "OLDEST", (9, 9))
    with pytest.raises(SystemExit) as stop:
        script.main([])
    assert stop.value.code == 3 and "needs Python 9.9 or newer" in capsys.readouterr().err
