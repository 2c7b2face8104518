"""Viseme tables: the mistakes that others made must not be made here."""

from __future__ import annotations

import numpy as np
import pytest

from app.core.arkit import ARKIT_INDEX, VISEME_INDEX, VISEMES
from app.core.speech import Phone, VisemeEvent
from app.core.visemes import (
    ARTICULATIONS,
    AZURE_IPA,
    AZURE_OF_PHONE,
    PHONE_OF_AZURE,
    RECOMMENDED_TABLE,
    VISEME_RECIPES,
    VISEMESYNC_TABLE,
    azure_events,
    phones_from_events,
    projection_matrix,
)

#: the 39 phones of CMUdict
ARPABET = {
    "AA", "AE", "AH", "AO", "AW", "AY", "B", "CH", "D", "DH", "EH", "ER", "EY", "F", "G", "HH", "IH", "IY", "JH", "K", "L", "M",
    "N", "NG", "OW", "OY", "P", "R", "S", "SH", "T", "TH", "UH", "UW", "V", "W", "Y", "Z", "ZH",
}  # fmt: skip


def test_every_table_covers_all_ids():
    assert len(AZURE_IPA) == len(PHONE_OF_AZURE) == len(RECOMMENDED_TABLE) == len(VISEMESYNC_TABLE) == 22
    assert set(RECOMMENDED_TABLE) | set(VISEMESYNC_TABLE) <= set(VISEMES)


def test_an_azure_id_is_not_an_index():
    assert (RECOMMENDED_TABLE[21], RECOMMENDED_TABLE[1]) == ("PP", "aa")
    assert (VISEMESYNC_TABLE[21], VISEMESYNC_TABLE[1]) == ("PP", "aa")


@pytest.mark.parametrize(
    ("phone", "viseme_id"),
    [("TH", 19), ("DH", 17), ("AW", 9), ("OY", 10), ("AY", 11), ("HH", 12), ("P", 21), ("NG", 20), ("ER", 5), ("UH", 4), ("ZH", 16)],
)
def test_phones_have_azures_ids(phone, viseme_id):
    assert AZURE_OF_PHONE[phone] == viseme_id


def test_all_english_phones_are_known():
    assert set(AZURE_OF_PHONE) >= ARPABET
    diphthongs = {"AW", "AY", "EY", "OW", "OY"}
    assert ARPABET - diphthongs <= set(ARTICULATIONS)


def test_a_stand_in_phone_has_its_own_id():
    for viseme_id, phone in enumerate(PHONE_OF_AZURE):
        assert AZURE_OF_PHONE[phone] == viseme_id


def test_the_two_tables_differ_where_documented():
    assert [i for i in range(22) if RECOMMENDED_TABLE[i] != VISEMESYNC_TABLE[i]] == [5, 12]


def test_phones_become_events():
    phones = (Phone("sil", 0.0, 0.2), Phone("M", 0.2, 0.3), Phone("AY1", 0.3, 0.5), Phone("T", 0.6, 0.7))
    assert azure_events(phones) == (
        VisemeEvent(0, 0.0), VisemeEvent(21, 0.2), VisemeEvent(11, 0.3), VisemeEvent(0, 0.5), VisemeEvent(19, 0.6), VisemeEvent(0, 0.7),
    )  # fmt: skip
    assert azure_events(()) == ()


def test_events_become_phones_in_order_and_end_with_the_audio():
    events = (VisemeEvent(21, 0.5), VisemeEvent(0, 0.0), VisemeEvent(99, 0.8))
    assert phones_from_events(events, 1.0) == (Phone("sil", 0.0, 0.5), Phone("P", 0.5, 0.8), Phone("sil", 0.8, 1.0))
    assert phones_from_events((), 1.0) == ()


def test_the_projection_writes_out_both_sides():
    matrix = projection_matrix()
    assert matrix.shape == (15, 52)
    press = matrix[VISEME_INDEX["PP"]]
    assert press[ARKIT_INDEX["mouthPressLeft"]] == press[ARKIT_INDEX["mouthPressRight"]] > 0
    assert not matrix[0].any()


def test_the_recipes_keep_what_is_known_about_faces():
    matrix = projection_matrix()
    assert matrix.min() >= 0
    assert matrix[:, ARKIT_INDEX["jawOpen"]].max() <= 0.6
    assert not any(channel.startswith("mouthUpperUp") for channel in VISEME_RECIPES["PP"]), "raising the upper lip opens P, B, M"


def test_a_recipe_with_a_wrong_name_is_refused():
    with pytest.raises(KeyError):
        projection_matrix({"PP": {"mouthPres": 1.0}})


def test_lip_distances_of_the_recipes_on_the_reference_head(shared):
    import json

    head = json.loads((shared / "bench" / "lip_features.json").read_text())
    moves = np.array([head["per_weight"][name] for name in ARKIT_INDEX])
    aperture, width, protrusion = (projection_matrix() @ moves)[:, :3].T
    at = VISEME_INDEX
    assert aperture[at["PP"]] < 0
    assert aperture[at["FF"]] < 0.25
    assert aperture[at["aa"]] == aperture.max()
    assert max(width[at[name]] for name in ("U", "O", "CH", "RR")) < -0.4 < 0 < min(width[at[name]] for name in ("I", "E", "SS"))
    assert min(protrusion[at["U"]], protrusion[at["CH"]]) > 0.3
