"""Mouth cues: what each format writes, by which road, and that it is read again."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from app.core.arkit import ARKIT_INDEX, VISEME_CHANNELS, VISEME_INDEX
from app.core.errors import TrackError
from app.core.mouths import alphabets, seen_shapes
from app.core.speech import Phone
from app.core.track import BlendshapeTrack
from app.core.visemes import AZURE_OF_PHONE, PHONE_OF_AZURE, projection_matrix
from app.formats.cues.entries import DIALECTS
from app.formats.cues.spoken import spoken_cues
from app.formats.performance import Performance, WriteOptions
from app.formats.registry import decode_track, dialect_of
from app.formats.timings.alignment import read_alignment
from tests.trips.cues import kept_share, made_line, spoken

LINE = made_line()
PLAIN = WriteOptions()


def written(key: str, performance: Performance = LINE, options: WriteOptions = PLAIN) -> str:
    writer = dialect_of(key)
    assert writer.write is not None
    return writer.write(performance, options).data.decode()


@pytest.mark.parametrize("extended", [True, False], ids=["extended", "basic"])
@pytest.mark.parametrize("dialect", [d for d in DIALECTS if d.write and d.key != "exposure-sheet"], ids=lambda d: d.key)
def test_what_is_written_is_read_and_written_alike(dialect, extended):
    options = WriteOptions(extended=extended)
    one = dialect.write(LINE, options).data
    assert dialect.write(decode_track(one, f"a{dialect.ending}").performance, options).data == one


def test_rhubarbs_lines():
    lines = [line.split("\t") for line in written("rhubarb-tsv").splitlines()]
    assert lines[:5] == [["0.00", "X"], ["0.30", "D"], ["0.51", "B"], ["0.62", "X"], ["1.00", "A"]]  # h takes the vowel's mouth
    assert lines[-1] == ["2.80", "X"] and "H" in [shape for _, shape in lines] and "G" in [shape for _, shape in lines]
    basic = [line.split("\t")[1] for line in written("rhubarb-tsv", options=WriteOptions(extended=False)).splitlines()]
    assert set(basic) <= set("ABCDEF") and basic[0] == basic[-1] == "A"


def test_every_phone_and_every_shape_has_its_counterpart():
    for alphabet, phones in (
        (alphabets.RHUBARB, alphabets.RHUBARB_PHONES), (alphabets.PRESTON_BLAIR, alphabets.PRESTON_BLAIR_PHONES),
        (alphabets.OCULUS, alphabets.OCULUS_PHONES),
    ):  # fmt: skip
        for shape in {*alphabet.of_phone.values(), *alphabet.of_viseme} - {""}:
            back = phones.get(shape) or phones[shape.lower()]
            assert alphabet.of_phone[back.rstrip("012")] == shape
        assert set(alphabet.basic) <= {*alphabet.of_phone.values()}
    assert [AZURE_OF_PHONE[name] for name in PHONE_OF_AZURE] == list(range(22))


def test_moho_counts_from_one_and_asks_for_its_rate():
    text = written("moho", options=WriteOptions(fps=25))
    assert text.startswith("MohoSwitch1\n1 rest\n8 etc\n10 AI\n") and text.endswith(" rest\n")
    stated, assumed = decode_track(text.encode(), "a.dat", 25), decode_track(text.encode(), "a.dat")
    assert stated.phones[1].start_s == pytest.approx(7 / 25) and stated.fps_from == "stated" and stated.track.fps == 60
    assert assumed.phones[1].start_s == pytest.approx(7 / 24) and "--in-fps" in assumed.told[0]
    with pytest.raises(TrackError, match="rate from 1 to 1000"):
        written("moho", options=WriteOptions(fps=0.5))


def test_lips_that_close_win_their_frame():
    phones = tuple(Phone(s, a, b) for s, a, b in (("AA1", 0, 0.47), ("P", 0.47, 0.49), ("T", 0.49, 0.53), ("AA1", 0.53, 1.0)))
    performance = spoken(phones, 1.0)
    assert "6 MBP" in written("moho", performance, WriteOptions(fps=10)).replace("5 MBP", "6 MBP")
    assert any("shorter than a frame" in note for note in dialect_of("moho").write(performance, WriteOptions(fps=10)).notes)


def test_papagayo_keeps_words_and_counts_from_zero():
    text = written("papagayo")
    assert text.splitlines()[:6] == ["lipsync version 1", "line.wav", "24", "67", "1", "\tVoice 1"]
    file = decode_track(text.encode(), "a.pgo")
    assert [word.text for word in file.words] == [word.text for word in LINE.words] and file.sound == "line.wav"
    assert all(abs(a.start_s - b.start_s) < 0.5 / 24 + 1e-6 for a, b in zip(file.words, LINE.words, strict=True))
    assert {phone.word for phone in file.phones if not phone.is_silence} == {word.text for word in LINE.words}
    silent = written("papagayo", replace(LINE, words=(), phones=tuple(replace(p, word="") for p in LINE.phones)))
    assert "\t\t\tsound " in silent and not decode_track(silent.encode(), "a.pgo").words


def test_azures_events_are_ticks_and_come_back_exactly():
    ticks = [(10750000, 15), (11620000, 0), (12000000, 2), (12625000, 13), (33500000, 6), (36000000, 0)]
    data = json.dumps([{"AudioOffset": t, "VisemeId": i} for t, i in ticks]).encode()
    events = json.loads(written("azure-visemes", decode_track(data, "events").performance))
    assert [(each["audio_offset"], each["viseme_id"]) for each in events] == [(0, 0), *ticks]  # nothing is said before the first
    live = [json.loads(line) for line in written("voice-live").splitlines()]
    assert live[1] == {"type": "response.animation_viseme.delta", "audio_offset_ms": 300, "viseme_id": 12}
    assert [each["viseme_id"] for each in live][-1] == 0


def test_talking_head_has_milliseconds_and_words():
    document = json.loads(written("talkinghead"))
    assert document["visemes"][0] == "kk" and document["vtimes"][0] == 300 and document["words"][0] == "hi"
    assert document["wdurations"][0] == pytest.approx(320) and "sil" not in document["visemes"]


@pytest.mark.parametrize("document", [
    {"fps": 30, "frames": [{"visemes": {"sil": 0, "PP": 0, "aa": 0.5}}] * 30},
    [{"time": i / 30, "viseme_sil": 0, "viseme_PP": 0, "viseme_aa": 0.5} for i in range(30)],
    {"frames": [[0.0] * 10 + [0.5] + [0.0] * 4] * 30, "fps": 30, "names": ["sil", "PP", "FF", "TH", "DD", "kk", "CH", "SS", "nn", "RR",
                                                                         "aa", "E", "ih", "oh", "ou"]},
])  # fmt: skip
def test_viseme_weights_are_read_in_the_forms_they_have(document):
    file = decode_track(json.dumps(document).encode(), "frames")
    assert len(file.track) == 30 and file.track.fps == pytest.approx(30) and file.visemes is not None
    assert file.visemes.weights[:, VISEME_INDEX["aa"]] == pytest.approx(0.5)
    assert file.track.column("jawOpen") == pytest.approx(0.22, abs=1e-4)


def test_the_note_says_what_the_cues_were_made_from():
    lane, bare = replace(LINE, phones=()), replace(LINE, phones=(), visemes=None)
    for performance, road in ((LINE, "from 12 phones"), (lane, "strongest viseme"), (bare, "mouth of the 52 channels")):
        for dialect in DIALECTS:
            if dialect.key != "oculus" and dialect.write is not None:
                assert road in " ".join(dialect.write(performance, PLAIN).notes)


def test_each_of_the_programs_own_poses_is_seen_as_itself():
    poses = np.repeat(projection_matrix(), 30, axis=0)
    seen = seen_shapes.seen_visemes(BlendshapeTrack(poses, 60.0)).weights.argmax(axis=1)[15::30]
    told = [alphabets.RHUBARB.of_viseme[i] for i in seen]
    assert told == list(alphabets.RHUBARB.of_viseme)


def test_lips_shut_over_a_lowered_jaw_are_a_contact_in_speech_and_rest_otherwise():
    weights = np.zeros((120, 52), np.float32)
    weights[:, ARKIT_INDEX["jawOpen"]] = 0.4
    weights[:24, ARKIT_INDEX["mouthClose"]] = weights[60:68, ARKIT_INDEX["mouthClose"]] = 0.35
    cues = spoken_cues(Performance(BlendshapeTrack(weights, 60.0)), alphabets.RHUBARB).cues
    assert [cue.shape for cue in cues] == ["X", "D", "A", "D"]
    assert cues[2].start_s == pytest.approx(1.0, abs=0.01)


def test_two_equal_visemes_do_not_alternate():
    weights = np.zeros((60, 15), np.float32)
    weights[:, VISEME_INDEX["aa"]], weights[:, VISEME_INDEX["E"]] = 0.5, 0.49 + 0.02 * (np.arange(60) % 2)
    weights[30, VISEME_INDEX["PP"]] = 1.0  # one frame is too short to be seen
    lane = BlendshapeTrack(weights, 60.0, channels=VISEME_CHANNELS)
    names = [name for _, name, _, _ in seen_shapes.viseme_runs(lane)]
    assert len(names) <= 2 and "PP" not in names


@pytest.mark.parametrize(("data", "sentence"), [
    (b"MohoSwitch1\n1 rest\nx AI\n", "line 3"), (b"MohoSwitch1\n1 Smile\n5 rest\n", "no known set"),
    (b"lipsync version 1\na.wav\n24\n100\n1\n\tV\n\thi\n\t1\n", "ends early"), (b"lipsync version 1\na.wav\nfast\n", "'fast'"),
    (b"lipsync version 1\na.wav\n24\n9\n0\n", "nobody speaks"),
    (b"<rhubarbResult><mouthCue start=\"0.1\">A</mouthCue></rhubarbResult>", "no start or end"),
    (b'{"mouthCues": [{"start": "soon"}]}', "without start"), (b'{"visemes": ["aa"], "vtimes": []}', "one length"),
])  # fmt: skip
def test_broken_cues_are_refused_in_one_sentence(data, sentence):
    with pytest.raises(TrackError, match=sentence) as refused:
        decode_track(data, "cues")
    assert str(refused.value).endswith(".")


@pytest.mark.shared
def test_cues_of_real_speech_survive_the_motion_that_is_made_of_them(shared):
    """All that a track file tells keeps every cue; its viseme weights alone keep most, its 52 weights alone fewer."""
    kept, total = np.zeros(3), 0
    for path in sorted((shared / "data" / "alignments").glob("*.json")):
        phones = read_alignment(path).phones
        file = decode_track(written("rhubarb-json", spoken(phones, phones[-1].end_s)).encode(), path.name)
        before = [cue.shape for cue in spoken_cues(file.performance, alphabets.RHUBARB).cues]
        assert before == [cue["value"] for cue in json.loads(written("rhubarb-json", file.performance))["mouthCues"]]
        lane = replace(file.performance, phones=())
        roads = (spoken_cues(each, alphabets.RHUBARB).cues for each in (file.performance, lane, replace(lane, visemes=None)))
        kept += [len(before) * kept_share(before, [cue.shape for cue in cues]) for cues in roads]
        total += len(before)
    shares = kept / total
    assert shares[0] == 1 and shares[1] > 0.84 and shares[2] > 0.7, shares
