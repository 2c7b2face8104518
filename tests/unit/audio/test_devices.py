"""Choosing sound devices, on a Windows machine as PortAudio lists one, and looking for new ones."""

from __future__ import annotations

import gc
import threading
import types
import weakref

import pytest

from app.audio import devices, host_apis, microphone, outputs
from app.audio.devices import DeviceChoice, find_devices, index_of, opening_stream, rescan, stream_closed
from app.core.errors import DeviceError

APIS = ("MME", "Windows DirectSound", "Windows WASAPI", "Windows WDM-KS")
REALTEK, HEADSET = "Speakers (Realtek High Definition Audio)", "Headset (USB)"
#: name, host API, inputs, outputs: MME cuts names, and every other API has each device once more
TABLE = (
    ("Microsoft Sound Mapper - Output", 0, 0, 2),
    ("Microphone (USB)", 0, 1, 0),
    (REALTEK[:31], 0, 0, 2),
    (HEADSET, 0, 0, 2),
    (REALTEK, 1, 0, 2),
    (HEADSET, 1, 0, 2),
    ("Microphone (USB)", 2, 1, 0),
    (REALTEK, 2, 0, 2),
    (HEADSET, 2, 0, 2),
    ("Digital Output (HDMI)", 2, 0, 8),
    ("Speakers (Realtek HD Audio output)", 3, 0, 2),
    ("Speakers (Realtek HD Audio output)", 3, 0, 2),
)


class PortAudio(types.SimpleNamespace):
    """What is asked of sounddevice."""

    PortAudioError = RuntimeError

    def __init__(self, table=TABLE, default=2):
        super().__init__(table=table, starts=0, running=True, asked=[], refused=())
        self.default = types.SimpleNamespace(device={"output": default, "input": 1})

    def query_hostapis(self, index=None):
        defaults = ((2, 1), (4, -1), (7, 6), (10, -1))
        apis = tuple(
            {"name": name, "default_output_device": output, "default_input_device": source}
            for name, (output, source) in zip(APIS, defaults, strict=True)
        )
        return apis if index is None else apis[index]

    def query_devices(self, index=None, kind=None):
        assert self.running
        keys = ("name", "hostapi", "max_input_channels", "max_output_channels", "default_samplerate")
        known = [dict(zip(keys, (*row, 44100), strict=True)) for row in self.table]
        return known if index is kind is None else known[self.default.device[kind] if index is None else index]

    def WasapiSettings(self, **said):
        return said

    def OutputStream(self, device, extra_settings, **_named):
        self.asked.append((device, extra_settings))
        if device in self.refused:
            raise RuntimeError("another program holds it")
        return types.SimpleNamespace(latency=0.08, time=0.0, close=lambda ignore_errors: None)

    InputStream = OutputStream

    def _terminate(self):
        self.running = False

    def _initialize(self):
        self.running, self.starts = True, self.starts + 1


@pytest.fixture
def windows(monkeypatch):
    """A Windows machine."""
    sound = PortAudio()
    for module in (devices, outputs, microphone):
        monkeypatch.setattr(module, "load_portaudio", lambda: sound)
    return sound


@pytest.fixture
def none_open(monkeypatch):
    """As if no stream of another test were open."""
    monkeypatch.setattr(devices, "_open_streams", {})
    event = threading.Event()
    event.set()
    monkeypatch.setattr(devices, "_none_open", event)
    monkeypatch.setattr(devices, "_CLOSING_S", 0.05)


def test_menus_name_the_host_api_only_where_a_name_is_ambiguous(windows):
    """A name that MME has cut counts as the whole one; two entries that nobody can tell apart are one."""
    labels = [device.label for device in find_devices("output")]
    assert labels == [
        "Microsoft Sound Mapper - Output",
        f"{REALTEK} (MME)",
        f"{HEADSET} (MME)",
        f"{REALTEK} (Windows DirectSound)",
        f"{HEADSET} (Windows DirectSound)",
        f"{REALTEK} (Windows WASAPI)",
        f"{HEADSET} (Windows WASAPI)",
        "Digital Output (HDMI)",
        "Speakers (Realtek HD Audio output)",
    ]
    assert [device.label for device in find_devices("input")] == ["Microphone (USB) (MME)", "Microphone (USB) (Windows WASAPI)"]
    assert [device.index for device in find_devices("output") if device.is_default] == [7]


SHARED = {"exclusive": False, "auto_convert": True}


@pytest.mark.parametrize("kind, wasapi", [(outputs.DeviceOutput, 7), (microphone.Microphone, 6)])
def test_where_nobody_chose_wasapi_is_opened_before_portaudios_own_choice(windows, none_open, kind, wasapi):
    """Shared, and converting rates itself; a device that WASAPI refuses still sounds as it did before."""
    kind().close()
    windows.refused = (wasapi,)
    kind().close()
    assert windows.asked == [(wasapi, SHARED), (wasapi, SHARED), (None, None)]
    windows.refused = (wasapi, None)
    with pytest.raises(DeviceError):
        kind()


@pytest.mark.parametrize("kind", [outputs.DeviceOutput, microphone.Microphone])
def test_a_stream_that_is_forgotten_lives_until_it_is_closed(windows, none_open, kind):
    """PortAudio's thread calls into it; a stream without an owner would let it call freed memory."""
    stream = kind()
    watched, close = weakref.ref(stream), kind.close
    del stream
    gc.collect()
    assert watched() is not None
    close(watched())
    gc.collect()
    assert watched() is None


def test_a_microphone_that_does_not_start_is_given_back(windows, none_open, monkeypatch):
    def refuse() -> None:
        raise RuntimeError("no rights")

    heard = microphone.Microphone()
    monkeypatch.setattr(heard._stream, "start", refuse, raising=False)
    with pytest.raises(DeviceError, match="does not start"), heard:
        pass
    assert not devices._open_streams


def test_what_a_person_chose_is_opened_and_nothing_else(windows, none_open):
    """Under the host API that was chosen, with its settings."""
    for choice, asked in ((DeviceChoice(HEADSET, "MME"), (3, None)), (DeviceChoice(HEADSET, "Windows WASAPI"), (8, SHARED))):
        outputs.DeviceOutput(choice).close()
        assert windows.asked[-1] == asked
    windows.refused = (3,)
    with pytest.raises(DeviceError, match="cannot be opened"):
        outputs.DeviceOutput(DeviceChoice(HEADSET, "MME"))


def test_a_thread_is_made_ready_for_wasapi_once(monkeypatch):
    """PortAudio does that only for the thread that loaded it."""
    calls = []
    ole32 = types.SimpleNamespace(CoInitializeEx=lambda *said: calls.append(said))
    monkeypatch.setattr("ctypes.windll", types.SimpleNamespace(ole32=ole32), raising=False)
    host_apis.enter_com()
    monkeypatch.setattr("sys.platform", "win32")
    for _ in range(2):
        thread = threading.Thread(target=lambda: (host_apis.enter_com(), host_apis.enter_com()))
        thread.start()
        thread.join()
    assert calls == [(None, 0), (None, 0)]


def test_every_listed_device_resolves_to_itself(windows):
    """Whatever the menu offers is what is opened."""
    for kind in ("output", "input"):
        for device in find_devices(kind):
            assert device.choice.resolve(kind) == device.index == index_of(device.choice, kind)
            assert DeviceChoice.remembered(device.choice.to_settings()) == device.choice


@pytest.mark.parametrize(
    "choice, index",
    [
        (DeviceChoice(HEADSET), 8),  # a name alone: the host API whose times can be trusted
        (DeviceChoice(REALTEK, "ASIO"), 7),  # its host API is gone
        (DeviceChoice(REALTEK[:31]), 2),  # from settings of an earlier version
        (DeviceChoice("digital output"), 9),  # as on a command line
    ],
)
def test_old_and_partial_choices_find_their_device(windows, choice, index):
    """Nobody has to choose anew because of an update."""
    assert choice.resolve("output") == index


def test_a_cut_name_finds_the_whole_device_and_the_other_way_round(windows):
    """MME's entry went away, or is the only one left."""
    windows.table = TABLE[4:]
    assert DeviceChoice(REALTEK[:31], "MME").resolve("output") == find_devices("output")[2].index
    windows.table = TABLE[:4]
    assert DeviceChoice(REALTEK, "Windows WASAPI").resolve("output") == 2


def test_a_device_that_is_not_there_is_one_sentence(windows):
    """And an output is no input."""
    for choice in (DeviceChoice("Loudspeakers", "MME"), DeviceChoice("Microphone (USB)", "MME")):
        with pytest.raises(DeviceError, match=rf"^The sound device “{choice.name[:4]}.*” is not there; connect it"):
            choice.resolve("output")
    assert index_of(None, "output") is None and index_of(3, "output") == 3


@pytest.mark.parametrize("value", [None, "", 7, 3.5, [], {}, {"name": ""}, {"name": 3}, {"name": "x", "host_api": 3}, ["a", "b"]])
def test_damaged_settings_mean_the_default(value):
    assert DeviceChoice.remembered(value) is None


def test_settings_of_an_earlier_version_hold_a_bare_name():
    assert DeviceChoice.remembered("Headset") == DeviceChoice("Headset") == DeviceChoice.remembered({"name": "Headset"})
    assert str(DeviceChoice("Headset", "MME")) == "Headset"


def test_looking_for_devices_waits_for_streams_that_are_being_closed(windows, none_open, monkeypatch):
    """PortAudio frees every stream when it starts anew: with one open it must not."""
    monkeypatch.setattr(devices, "_CLOSING_S", 5.0)
    stream = object()
    with opening_stream(stream):
        pass
    closing = threading.Timer(0.05, stream_closed, [stream])
    closing.start()
    rescan()
    closing.join()
    assert windows.starts == 1 and windows.running


def test_looking_for_devices_is_refused_while_one_is_in_use(windows, none_open):
    """The microphone of live goes on listening."""
    stream = object()
    with opening_stream(stream):
        pass
    with pytest.raises(DeviceError, match="stop listening to the microphone"):
        rescan()
    assert windows.starts == 0
    stream_closed(stream)
    rescan()
    assert windows.starts == 1


def test_a_stream_that_could_not_be_opened_is_not_in_use(windows, none_open):
    """Otherwise a device that failed once would hold up the search for its successor."""
    with pytest.raises(RuntimeError), opening_stream(object()):
        raise RuntimeError("no")
    rescan()
    assert windows.starts == 1
