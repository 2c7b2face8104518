"""What is remembered, and what damage does to it."""

from __future__ import annotations

import functools
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from app.audio.devices import DeviceChoice
from app.avatar.corrections import RigCorrections
from app.avatar.liveliness import LivelinessSettings
from app.core.emotion import EmotionKey, EmotionSettings, EmotionTimeline
from app.core.tuning import ShapeTuning, Tuning
from app.keys.places import ServicePlaces
from app.settings import (
    FORMS,
    MAX_RECENT,
    VERSION,
    CompareSettings,
    ConversationSettings,
    CostSettings,
    PictureSettings,
    ReviewSettings,
    Settings,
    SoundSettings,
    SourceSettings,
    TuningSettings,
    WindowLayout,
)
from app.speech.delivery import Delivery

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.just(10**400) | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=4,
)


def everything() -> Settings:
    """Settings with something in every field."""
    tuning = Tuning(intensity=1.5, shapes={"jawOpen": ShapeTuning(gain=0.5)}, smoothing_ms={"lips": 20.0}, regions={"jaw": 1.2})
    corrections = RigCorrections(underbite=0.5, limits={"jawOpen": (0.0, 0.7)})
    return Settings(
        window=WindowLayout("AdnQywAD", (800, 400), (112, 40, 24), True, False, ["eye", "jaw"]),
        picture=PictureSettings("/a.glb", "software", "face", "White", LivelinessSettings(False, 0.5, 0.0), {"/a.glb": corrections}, True),
        sound=SoundSettings(
            0.25, DeviceChoice("Speakers", "ALSA"), DeviceChoice("Webcam", "ALSA"), False, {"Speakers": 80.0, "Headset": 210.0}
        ),
        sources=SourceSettings("a2f", {"nvidia:/m": "Mark"}, ["/emotion"], {"remote:http://h:1": "mock"}),
        emotion=EmotionSettings("auto", EmotionTimeline((EmotionKey(),), 1.25, 0.5), False, "/emotion"),
        tunings=TuningSettings(True, {"A": tuning, "B": Tuning(offset_ms=40.0)}),
        compare=CompareSettings(0.25, 0.75, False),
        services=ServicePlaces(
            "westeurope", "https://s.cognitiveservices.azure.com", True, "https://o.openai.azure.com", "mini", True, "https://l", "m", True
        ),
        costs=CostSettings(25.0, "RunPod T4", 12.0),
        conversation=ConversationSettings(
            "coach",
            "azure",
            "scripted",
            "heart",
            "en-GB",
            hands_free=False,
            interruption="calm",
            echo="headphones",
            face=False,
            keep=False,
            keep_mb=250,
            greet=False,
        ),
        review=ReviewSettings("Ana", False, "cyan", 0.01),
        voice="anna",
        line="Hällo",
        recent=["/b.wav", "/a.glb"],
        delivery=Delivery(1.25, -10.0, "cheerful", 0.5, False),
    )


def written(settings: Settings, path: Path) -> dict:
    """The file that settings make."""
    settings.save(path)
    return json.loads(path.read_text("utf-8"))


def loaded(data: object, path: Path) -> Settings:
    """What is read of a file that holds these values."""
    path.write_text(json.dumps(data), "utf-8")
    return Settings.load(path)


def test_what_is_saved_is_loaded(tmp_path):
    path = tmp_path / "deep" / "settings.json"
    everything().save(path)
    assert Settings.load(path) == everything() and not Settings.load(path).damaged
    assert [p.name for p in path.parent.iterdir()] == ["settings.json"]


def test_values_are_data_and_no_text_in_text(tmp_path):
    data = written(everything(), tmp_path / "settings.json")
    assert data["version"] == VERSION
    assert data["tunings"]["by_side"]["A"]["shapes"]["jawOpen"] == {"gain": 0.5}
    assert data["picture"]["corrections"]["/a.glb"]["limits"] == {"jawOpen": [0.0, 0.7]}

    def texts(value):
        inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        return [value] if isinstance(value, str) else [text for each in inner for text in texts(each)]

    assert not [text for text in texts(data) if text[:1] in ("{", "[")]


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '"x"', "\x00\xff", "[" * 100_000])
def test_a_broken_file_falls_back_to_the_defaults_and_is_told(tmp_path, text):
    path = tmp_path / "settings.json"
    path.write_text(text, "utf-8")
    assert Settings.load(path) == Settings()
    assert Settings.load(path).damaged == ("",)


def test_bytes_that_are_no_text_fall_back(tmp_path):
    path = tmp_path / "settings.json"
    path.write_bytes(b"\xff\xfe\x00")
    assert Settings.load(path) == Settings()


def test_a_first_start_has_nothing_damaged(tmp_path):
    assert Settings.load(tmp_path / "none.json") == Settings() and not Settings.load(tmp_path / "none.json").damaged


def test_a_field_of_another_type_or_range_falls_back_alone(tmp_path):
    path = tmp_path / "settings.json"
    data = written(everything(), path)
    data["sound"] |= {"volume": 7, "late_ms": {"Speakers": 80.0, "Far": 9000.0, "Odd": "x"}}
    data["window"] |= {"widths": [800, "wide"], "paired": 1}
    data["picture"]["framing"] = "upside down"
    data["recent"] = ["/b.wav", 3, "/a.glb"]
    found, wanted = loaded(data, path), everything()
    wanted.sound.volume, wanted.sound.late_ms = 1.0, {"Speakers": 80.0}
    wanted.window.widths, wanted.window.paired, wanted.picture.framing = None, True, "portrait"
    assert found == wanted
    assert sorted(found.damaged) == [
        "picture.framing", "recent.1", "sound.late_ms.Far", "sound.late_ms.Odd", "sound.volume", "window.paired", "window.widths",
    ]  # fmt: skip


def test_of_a_damaged_tuning_or_correction_the_rest_is_kept(tmp_path):
    path = tmp_path / "settings.json"
    data = written(everything(), path)
    data["tunings"]["by_side"]["A"] |= {"intensity": "loud", "regions": {"jaw": 1.2, "wings": 1.0}}
    data["picture"]["corrections"]["/a.glb"]["underbite"] = 3
    data["emotion"]["strength"] = None
    found = loaded(data, path)
    kept = found.tunings.by_side["A"]
    assert kept.intensity == 1.0 and kept.regions == {"jaw": 1.2} and kept.shapes == {"jawOpen": ShapeTuning(gain=0.5)}
    assert found.tunings.by_side["B"] == Tuning(offset_ms=40.0) and found.tunings.together
    assert found.picture.corrections["/a.glb"] == RigCorrections(limits={"jawOpen": (0.0, 0.7)})
    assert found.emotion.mode == "auto" and found.emotion.timeline.transition_s == 1.25
    assert sorted(found.damaged) == ["emotion", "picture.corrections./a.glb", "tunings.by_side.A"]


def test_fields_of_a_later_version_survive(tmp_path):
    path = tmp_path / "settings.json"
    data = written(everything(), path)
    data["later"], data["sound"]["later"] = {"x": [1, 2]}, True
    again = written(loaded(data, path), path)
    assert (again["later"], again["sound"]["later"]) == ({"x": [1, 2]}, True)
    assert Settings.load(path) == everything()


def test_an_integer_volume_is_a_number(tmp_path):
    """JSON writes 1.0 as 1 in other hands."""
    found = loaded({"version": VERSION, "sound": {"volume": 1}}, tmp_path / "settings.json")
    assert found.sound.volume == 1.0 and isinstance(found.sound.volume, float)


def test_the_file_of_the_first_version_is_read(tmp_path):
    """It had no number, and held text in text in text."""
    tunings = json.dumps({"together": True, "slots": {"B": {"intensity": 0.5}, "A": {"offset_ms": 20}}})
    studio = {
        "late_ms": {"Speakers": 80.0}, "scrub_sound": False, "tunings": tunings, "tools": True,
        "compare": {"edge": 0.25, "ghost": 0.75, "linked": False},
    }  # fmt: skip
    first = {
        "geometry": "AdnQywAD", "splitter": [800, 400], "avatar": "/a.glb", "voice": "anna", "source": "a2f", "line": "Hällo",
        "volume": 0.5, "device": "Speakers", "view": "software", "framing": "face", "life": False, "life_strengths": [50, 100, 0, 150],
        "emotion": json.dumps({"version": 1, "mode": "auto", "blinks": False, "transition_s": 1.0, "strength": 0.5, "keys": []}),
        "studio": json.dumps(studio), "paired": False, "collapsed": ["eye"], "recent": ["/b.wav"], "background": "White",
        "corrections": {"/a.glb": json.dumps({"underbite": 0.5})}, "servers": {"remote:http://h:1": "mock"},
        "bundles": {"nvidia:/m": "Mark"}, "emotion_bundles": ["/emotion"],
    }  # fmt: skip
    assert loaded(first, tmp_path / "settings.json") == Settings(
        WindowLayout("AdnQywAD", (800, 400), None, True, False, ["eye"]),
        PictureSettings(
            "/a.glb", "software", "face", "White", LivelinessSettings(False, 0.5, 1.0, 0.0, 1.5), {"/a.glb": RigCorrections(underbite=0.5)}
        ),
        SoundSettings(0.5, DeviceChoice("Speakers"), None, False, {"Speakers": 80.0}),
        SourceSettings("a2f", {"nvidia:/m": "Mark"}, ["/emotion"], {"remote:http://h:1": "mock"}),
        EmotionSettings("auto", EmotionTimeline((), 1.0, 0.5), False),
        TuningSettings(True, {"A": Tuning(offset_ms=20.0), "B": Tuning(intensity=0.5)}),
        CompareSettings(0.25, 0.75, False),
        ServicePlaces(),
        CostSettings(),
        ConversationSettings(),
        voice="anna",
        line="Hällo",
        recent=["/b.wav"],
    )


def test_defaults_of_the_first_version_are_no_damage(tmp_path):
    first = {
        "splitter": [],
        "emotion": "",
        "studio": "",
        "life_strengths": [],
        "corrections": {},
        "avatar": "",
        "device": "",
        "life": True,
        "line": "Hi",
    }
    found = loaded(first, tmp_path / "settings.json")
    assert found == Settings(line="Hi") and not found.damaged


def test_damage_in_the_first_version_falls_back_piece_by_piece(tmp_path):
    tunings = json.dumps({"slots": 7})
    first = {
        "studio": json.dumps({"tunings": tunings, "late_ms": {"Speakers": 80.0}}),
        "emotion": "{",
        "line": "Hi",
        "life_strengths": [1, "x"],
    }
    found = loaded(first, tmp_path / "settings.json")
    assert found == Settings(line="Hi", sound=SoundSettings(late_ms={"Speakers": 80.0}))
    assert sorted(found.damaged) == ["emotion", "tunings.by_side"]
    assert loaded({"studio": "no text of ours", "line": "Hi"}, tmp_path / "settings.json").damaged == ("tunings",)


@hypothesis_settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_damage_of_one_place_leaves_the_others_as_they_were(tmp_path, data):
    path = tmp_path / "settings.json"
    stored = written(everything(), path)
    place, route = stored, []
    while True:
        key = data.draw(st.sampled_from(sorted(set(place) - {"version"}) if isinstance(place, dict) else range(len(place))))
        route.append(key)
        if not isinstance(place[key], dict | list) or not place[key] or data.draw(st.booleans()):
            break
        place = place[key]
    place[key] = data.draw(JSON)
    again = written(loaded(stored, path), path)
    # a type that checks itself, and a list or pair, is one piece
    whole = {
        ("tunings", "by_side"): 3,
        ("picture", "corrections"): 3,
        ("picture", "life"): 2,
        ("emotion",): 1,
        ("delivery",): 1,
        ("window", "widths"): 2,
        ("sound", "output"): 2,
        ("sound", "microphone"): 2,
    }
    depth = next((n for start, n in whole.items() if tuple(route[: len(start)]) == start), len(route))
    expected = json.loads(json.dumps(plain_of_everything()))
    *groups, last = route[:depth] if not isinstance(route[-1], int) else route[: min(depth, len(route) - 1)]
    for tree in (again, expected):
        functools.reduce(lambda inner, group: inner[group], groups, tree).pop(last, None)
    assert again == expected


def plain_of_everything() -> dict:
    from app.formats.plain import plain

    return {"version": VERSION, **plain(everything(), FORMS)}


@hypothesis_settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.dictionaries(st.sampled_from(["version", "studio", "emotion", "life_strengths", "splitter", "corrections", "view"]), JSON))
def test_whatever_stands_in_the_file_it_is_read_and_can_be_written(tmp_path, data):
    path = tmp_path / "settings.json"
    read = loaded(data, path)
    read.save(path)
    assert Settings.load(path) == read


def test_recent_files_are_newest_first_and_few():
    """No file twice."""
    settings = Settings()
    for n in range(MAX_RECENT + 5):
        settings.remember(Path(f"{n}.wav"))
    settings.remember(Path("12.wav"))
    assert settings.recent[0] == "12.wav" and len(settings.recent) == MAX_RECENT
    assert len(set(settings.recent)) == MAX_RECENT
