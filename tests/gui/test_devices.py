"""The menus of sound devices: each device once per host API, found again after it was plugged in, remembered as it was chosen."""

from __future__ import annotations

import pytest

from app.audio.devices import AudioDevice, DeviceChoice
from app.settings import Settings
from app.ui.sound.device_menus import RESCAN

pytestmark = pytest.mark.gui
SLOW_MS = 60_000
#: as Windows lists one loudspeaker
TWICE = [
    AudioDevice(3, "Speakers (USB)", "MME", True, "Speakers (USB) (MME)"),
    AudioDevice(7, "Speakers (USB)", "Windows WASAPI", False, "Speakers (USB) (Windows WASAPI)"),
]


def entry(menu, text: str):
    return next(action for action in menu.actions() if action.text() == text)


def test_a_name_that_several_host_apis_have_is_chosen_by_both(window, monkeypatch, open_window):
    playback, menu = window.session.playback, window.widgets.output_menu
    chosen = []
    monkeypatch.setattr("app.audio.player.list_devices", lambda: TWICE)
    monkeypatch.setattr(playback, "set_device", chosen.append)
    window.controls.devices.fill_outputs()
    entry(menu, TWICE[1].label).trigger()
    assert chosen == [DeviceChoice("Speakers (USB)", "Windows WASAPI")]
    playback.device = chosen[0]
    window.controls.devices.fill_outputs()
    assert [action.text() for action in menu.actions() if action.isChecked()] == [TWICE[1].label]
    window.close()
    assert Settings.load().sound.output == chosen[0]
    assert open_window(ready=False).session.playback.device == chosen[0]


def test_a_device_known_by_its_name_alone_is_shown_as_chosen(window, monkeypatch):
    monkeypatch.setattr("app.audio.player.list_devices", lambda: TWICE)
    window.session.playback.device = DeviceChoice("Speakers (USB)")
    window.controls.devices.fill_outputs()
    assert [action.text() for action in window.widgets.output_menu.actions() if action.isChecked()] == [TWICE[0].label]


def test_a_device_that_was_connected_later_can_be_found(window, qtbot, monkeypatch):
    """The menu's entry lets the player look again, off the thread that draws; the sound is there again afterwards."""
    playback = window.session.playback
    window.controls.devices.fill_outputs()
    looking = entry(window.widgets.output_menu, RESCAN)
    assert looking.isEnabled()
    looking.trigger()
    qtbot.waitUntil(lambda: playback.player is not None, timeout=SLOW_MS)
    window.controls.devices.fill_outputs()
    assert len(window.widgets.output_menu.actions()) >= 3


def test_microphones_are_listed_with_a_way_to_look_again(window, monkeypatch):
    monkeypatch.setattr("app.audio.microphone.list_inputs", lambda: TWICE)
    menu = window.widgets.microphone_menu
    window.controls.devices.fill_microphones()
    assert [action.text() for action in menu.actions() if action.text()] == ["System default", TWICE[0].label, TWICE[1].label, RESCAN]
    entry(menu, TWICE[1].label).trigger()
    assert window.session.live.device == DeviceChoice("Speakers (USB)", "Windows WASAPI")
