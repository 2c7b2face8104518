"""Acting: calm nods on accents, eyes that come back as phrases end, blinks and breaths in pauses, and one way for every seed."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from app.core.acting.acted import acted, laid_over
from app.core.acting.curves import Frames, carried_out
from app.core.acting.gestures import Plan
from app.core.acting.phrases import phrases_of
from app.core.acting.planning import heard_around, planned
from app.core.acting.settings import SEEDS, ActingSettings
from app.core.acting.voice import RATE, grown, hear
from app.core.arkit import ARKIT_INDEX, VISEME_CHANNELS, VISEME_INDEX
from app.core.contacts import contact_envelope
from app.core.curve_edits import CurveEdit, edited, edits_data, edits_of
from app.core.errors import PresetError
from app.core.head import ANGLES, LOOK_PER_RADIAN, angles_of
from app.core.lips import lip_opening
from app.core.side import SideChannels
from app.core.speech import AudioClip, Speech, joined
from app.core.track import Animation, BlendshapeTrack
from app.core.tuning import Tuning
from app.core.tuning_window import tuned_around
from app.speech.hibari import HibariEngine

LINE = "I never said that you should take the money, did I? Well, the weather is wonderful today, and everybody wants to go outside."
LIPS = "Bob put my map away. People believe him, but maybe both of them mumble. Paul may bring more."
ON = ActingSettings(on=True)
FPS = 60.0
BLINK, JAW = ARKIT_INDEX["eyeBlinkLeft"], ARKIT_INDEX["jawOpen"]
STRESSED = tuple(f"{vowel}{stress}" for vowel in "AA AE AH AO AW AY EH ER EY IH IY OW OY UH UW".split() for stress in "12")  # noqa: SIM905


@cache
def spoken(line: str = LINE) -> Speech:
    """A line of the embedded voice."""
    return joined(list(HibariEngine().synthesize(line)))


def still(speech: Speech, fps: float = FPS, jaw: float = 0.0) -> Animation:
    """A face at rest for as long as a speech lasts."""
    weights = np.zeros((round(speech.audio.duration_s * fps), 52), np.float32)
    weights[:, JAW] = jaw
    return Animation(BlendshapeTrack(weights, fps))


def plan_of(speech: Speech, settings: ActingSettings = ON) -> Plan:
    return planned(speech, settings, hear(speech.audio))


def pitch_of(animation: Animation) -> np.ndarray:
    """(n,) degrees; down is positive."""
    assert animation.arkit.side is not None
    column = animation.arkit.side.find("HeadPitch")
    assert column is not None
    return np.degrees(column.astype(np.float64))


def test_nothing_is_touched_while_nothing_acts():
    speech = spoken()
    face = still(speech)
    assert acted(face, speech, ActingSettings()) is face
    assert acted(face, speech, ActingSettings(on=True, head=0.0, eyes=0.0, breath=0.0)) is face


def test_one_seed_acts_one_way():
    speech = spoken()
    first, again, other = (acted(still(speech), speech, replace(ON, seed=seed)) for seed in (5, 5, 6))
    assert np.array_equal(first.arkit.weights, again.arkit.weights)
    assert np.array_equal(pitch_of(first), pitch_of(again)) and not np.array_equal(pitch_of(first), pitch_of(other))


@pytest.mark.parametrize("seed", [1, 7, 40])
def test_nods_lie_on_stressed_syllables_and_are_calm(seed):
    speech, settings = spoken(), replace(ON, seed=seed)
    plan = plan_of(speech, settings)
    face = acted(still(speech), speech, settings)
    frames = Frames(FPS, 0.0, len(face.arkit))
    unnodded = carried_out(replace(plan, nods=()), settings, frames, speech.phones)
    nods = pitch_of(face) - np.degrees(unnodded.angles[:, 1].astype(np.float64))
    tops = 1 + np.flatnonzero((nods[1:-1] > nods[:-2]) & (nods[1:-1] >= nods[2:]) & (nods[1:-1] > 1.0))
    stressed = [phone for phone in speech.phones if phone.symbol in STRESSED]
    assert 3 <= len(tops) == len(plan.nods)
    for top in tops:
        assert 1.5 <= nods[top] <= 6.0
        assert any(phone.start_s - 0.06 <= top / FPS <= phone.end_s + 0.06 for phone in stressed)
    head = np.degrees(np.stack([face.arkit.side.find(name) for name in ANGLES[:3]], axis=1).astype(np.float64))
    speed = np.diff(head, axis=0) * FPS
    assert np.abs(speed).max() < 75.0 and np.abs(head).max() < 12.0
    # a head that trembles turns round far more often than it nods
    turns = np.count_nonzero(np.diff(np.sign(speed[np.abs(speed[:, 0]) > 1.0, 0])))
    assert turns / speech.audio.duration_s < 6.0


def test_the_way_is_the_same_at_every_frame_rate():
    speech = spoken()
    at_60, at_30 = (acted(still(speech, fps), speech, ON) for fps in (60.0, 30.0))
    n = len(at_30.arkit) - 1
    assert np.abs(pitch_of(at_60)[: 2 * n : 2] - pitch_of(at_30)[:n]).max() < 1e-3


def test_eyes_are_back_before_a_sentence_ends():
    speech = joined([spoken(), spoken(LIPS)])
    voice = hear(speech.audio)
    plan = planned(speech, ON, voice)
    phrases = [phrase for phrase in phrases_of(speech, voice) if phrase.ends and phrase.end_s - phrase.start_s > 1.0]
    assert len(phrases) >= 3
    for phrase in phrases:
        last = [look for look in plan.looks if look.start_s <= phrase.end_s - 0.35][-1]
        assert abs(last.aside) < 2.0 and abs(last.up) < 2.0
    away = [look for look in plan.looks if np.hypot(look.aside, look.up) > 3.0]
    assert away and all(np.hypot(look.aside, look.up) < 14.0 for look in away)


def test_who_is_looked_at_stays_in_the_eye_while_the_head_nods():
    speech = spoken()
    plan = replace(plan_of(speech), looks=())
    curves = carried_out(plan, ON, Frames(FPS, 0.0, round(speech.audio.duration_s * FPS)))
    assert np.degrees(np.abs(curves.angles[:, 1])).max() > 3.0
    assert np.degrees(np.abs(curves.angles[:, 1] + curves.angles[:, 4])).max() < 0.01


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_people_who_talk_blink_now_and_then(seed):
    speech = joined([spoken(), spoken(LIPS)] * 4)
    plan = plan_of(speech, replace(ON, seed=seed))
    per_minute = 60 * len(plan.blinks) / speech.audio.duration_s
    gaps = np.diff([blink.start_s for blink in plan.blinks])
    assert 12 <= per_minute <= 40 and gaps.min() > 0.28 and gaps.max() < 8.0
    in_pause = [any(phone.is_silence and phone.start_s - 0.3 < b.start_s < phone.end_s for phone in speech.phones) for b in plan.blinks]
    assert np.mean(in_pause) > 0.4


def test_lids_close_faster_than_they_open():
    curves = carried_out(plan_of(spoken()), ON, Frames(240.0, 0.0, round(spoken().audio.duration_s * 240)))
    lids = curves.shapes[:, BLINK]
    first = int(np.flatnonzero(lids > 0.01)[0])
    shut = first + int(np.argmax(lids[first : first + 60]))
    opened = shut + int(np.flatnonzero(lids[shut:] < 0.01)[0])
    assert lids[shut] > 0.99 and 0.07 < (shut - first) / 240 < 0.13 < (opened - shut) / 240 < 0.3


def test_breath_never_opens_closed_lips():
    speech = joined([spoken(LIPS)] * 2)
    face = still(speech)
    made = acted(face, speech, replace(ON, breath=2.0))
    opened = made.arkit.weights[:, JAW]
    assert opened.max() > 0.05
    contact = contact_envelope(face.arkit, speech.phones) > 0.0
    assert contact.sum() > 100 and np.array_equal(lip_opening(made.arkit.weights)[contact], lip_opening(face.arkit.weights)[contact])
    said = [any(p.start_s <= t < p.end_s and not p.is_silence for p in speech.phones) for t in face.arkit.times_s]
    assert not opened[np.array(said)].any()
    # on the visemes silence gives way to an open vowel, never a P, B or M
    rows = np.zeros((len(face.arkit), len(VISEME_CHANNELS)), np.float32)
    rows[:, VISEME_INDEX["sil"]] = 1.0
    rows[contact] = np.eye(len(VISEME_CHANNELS), dtype=np.float32)[VISEME_INDEX["PP"]]
    lane = acted(replace(face, visemes=BlendshapeTrack(rows, FPS, channels=VISEME_CHANNELS)), speech, ON).visemes
    assert np.allclose(lane.weights.sum(axis=1), 1.0, atol=1e-6) and lane.column("viseme_aa").max() > 0.1
    assert np.array_equal(lane.weights[contact], rows[contact])
    # lips that the source itself holds together stay so, and a jaw that is open further is not opened on top of that
    held = face.arkit.weights.copy()
    held[:, [ARKIT_INDEX["mouthPressLeft"], ARKIT_INDEX["mouthPressRight"]]] = 0.5
    assert not acted(replace(face, arkit=face.arkit.with_weights(held)), speech, ON).arkit.weights[:, JAW].any()
    assert np.array_equal(acted(still(speech, jaw=0.3), speech, ON).arkit.weights[:, JAW], still(speech, jaw=0.3).arkit.weights[:, JAW])


def test_what_a_source_moves_itself_stays_its_own():
    speech = spoken()
    face = replace(still(speech), owns_eyes=True)
    made = acted(face, speech, ON)
    eyes = [i for name, i in ARKIT_INDEX.items() if name.startswith(("eye", "brow"))]
    assert made.owns_head and not made.arkit.weights[:, eyes].any() and np.abs(pitch_of(made)).max() > 2.0
    assert not any(made.arkit.side.find(name).any() for name in ANGLES[3:])
    turned = SideChannels(("headYaw", "Slate"), np.full((len(face.arkit), 2), 0.1, np.float32))
    captured = replace(still(speech), arkit=replace(still(speech).arkit, side=turned))
    made = acted(captured, speech, ON)
    assert not made.owns_head and made.owns_eyes
    assert np.array_equal(made.arkit.side.find("HeadYaw"), turned.values[:, 0]) and made.arkit.side.find("slate") is not None
    assert made.arkit.side.find("HeadPitch") is None and made.arkit.side.find("LeftEyeYaw").any()


def test_a_sound_without_phones_acts_as_well_and_silence_does_not():
    speech = spoken()
    plan = plan_of(Speech(speech.audio))
    spans = [(phone.start_s - 0.06, phone.end_s + 0.06) for phone in speech.phones if not phone.is_silence]
    assert len(plan.nods) >= 3 and all(any(a <= nod.time_s <= b for a, b in spans) for nod in plan.nods)
    hush = Speech(AudioClip(np.zeros(48000, np.float32), 16000))
    plan = plan_of(hush)
    assert not plan.nods and not plan.holds and not plan.breaths
    assert plan_of(Speech(AudioClip(np.zeros(0, np.float32), 16000))).blinks == ()


@pytest.mark.parametrize("rate", [8000, 22050, 44100])
def test_pitch_is_heard(rate):
    times = np.arange(2 * rate) / rate
    wanted = 120.0 * 2 ** (0.5 * np.sin(2 * np.pi * 0.5 * times))
    phase = 2 * np.pi * np.cumsum(wanted) / rate
    buzz = sum(np.sin(k * phase) / k for k in range(1, 12))
    voice = hear(AudioClip((0.2 * buzz).astype(np.float32), rate))
    inner = slice(10, -10)
    there = 12 * np.log2(wanted[np.minimum((voice.times_s * rate).astype(int), len(wanted) - 1)] / 100.0)
    assert np.isfinite(voice.pitch[inner]).mean() > 0.95
    assert np.nanmedian(np.abs(voice.pitch - there)[inner]) < 0.35


def test_what_is_acted_stays_while_a_line_grows():
    first, second = spoken(), spoken(LIPS)
    both = joined([first, second])
    early = planned(first, ON, hear(first.audio))
    voice = grown(hear(first.audio), both.audio)
    late = planned(both, ON, voice)
    assert len(voice) == len(hear(both.audio)) and len(late.nods) > len(early.nods)
    # of the phrase that had not ended accents may become a little weaker or stronger
    assert late.nods[:5] == early.nods[:5]
    for before, now in zip(early.nods, late.nods, strict=False):
        assert abs(before.time_s - now.time_s) < 0.03 and abs(before.turn[0] - now.turn[0]) < 2.0


def test_a_stretch_of_a_long_sound_is_acted_as_in_the_whole():
    speech = joined([spoken()] * 4)
    span_s = (12.0, 16.0)
    near, whole = planned(speech, ON, heard_around(speech.audio, span_s)), plan_of(speech)

    def within(plan: Plan) -> list[float]:
        return [round(nod.time_s, 3) for nod in plan.nods if span_s[0] < nod.time_s < span_s[1]]

    assert within(near) and np.allclose(within(near), within(whole), atol=0.03)
    assert len(near.nods) < len(whole.nods)


def test_curves_that_end_early_leave_the_rest():
    speech = spoken()
    face = still(speech)
    curves = carried_out(plan_of(speech), ON, Frames(FPS, 0.0, RATE))
    made = laid_over(face, curves, ON)
    assert len(made.arkit) == len(face.arkit) and not made.arkit.weights[RATE:].any() and not made.arkit.side.values[RATE:].any()


@pytest.mark.parametrize("data", [3, {"on": 1}, {"head": 2.5}, {"eyes": True}, {"breath": float("nan")}, {"seed": SEEDS}, {"seed": 0.5}])
def test_damaged_settings_are_refused(data):
    with pytest.raises(ValueError, match="acting"):
        ActingSettings.from_data(data)
    assert ActingSettings.from_data({"on": True, "later": 1}) == ON and ActingSettings.from_data(ON.to_data()) == ON


def test_angles_are_edited_like_any_curve_and_the_gaze_follows():
    speech = spoken()
    face = acted(still(speech), speech, ON)
    edits = (
        CurveEdit("scale", ("HeadPitch",), 1.0, 2.2, 0.0),
        CurveEdit("offset", ("LeftEyeYaw", "RightEyeYaw"), 4.0, 5.0, 0.5),
        CurveEdit("smooth", ("HeadYaw",), 0.0, 2.0, 60.0),
    )
    made = edited(face.arkit, edits)
    times, before, after = face.arkit.times_s, angles_of(face.arkit), angles_of(made)
    inside, aside = (times > 1.1) & (times < 2.1), (times > 4.1) & (times < 4.9)
    assert np.abs(before[inside, 1]).max() > 0.05 and not after[inside, 1].any()
    assert np.array_equal(before[times > 2.2, 1], after[times > 2.2, 1]) and np.array_equal(before[:, 2], after[:, 2])
    assert np.allclose(after[aside, 3] - before[aside, 3], np.radians(10.0), atol=1e-5)
    # ten degrees more to the own right is what the shapes say as well
    right = made.column("eyeLookOutRight") - made.column("eyeLookInRight")
    assert np.allclose(right[aside], LOOK_PER_RADIAN[0] * after[aside, 6], atol=1e-5)
    assert np.array_equal(made.weights[~((times > 4.0) & (times < 5.0))], face.arkit.weights[~((times > 4.0) & (times < 5.0))])
    rests = still(speech).arkit
    assert edited(rests, edits) is rests
    assert edits_of(edits_data(edits)) == edits
    with pytest.raises(PresetError):
        edits_of(edits_data([CurveEdit("limit", ("HeadPitch",), 0.0, 1.0, 5.0)]))
    # a stretch of a long animation is edited as if all of it were
    near = tuned_around(face, None, Tuning(), (), (1.2, 2.0), edits=edits)
    looked_at = (times >= 1.2) & (times <= 2.0)
    assert np.allclose(angles_of(near.arkit)[looked_at], after[looked_at], atol=1e-6)
    assert np.array_equal(angles_of(near.arkit)[times > 3.0], before[times > 3.0])
