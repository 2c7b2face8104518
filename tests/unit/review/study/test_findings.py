"""From files that raters sent to sentences: who counts, what is different, and whether they were enough."""

from __future__ import annotations

import json
import random

import pytest

from app.core.errors import ProjectError
from app.review.study.answers import key_of, read_key, read_raters
from app.review.study.design import SCALES, designed
from app.review.study.making import key_data
from app.review.study.results import findings_of
from app.review.study.words import as_json, sentences

CLIPS, SOURCES = ["one", "two", "three"], ["a2f", "visemes"]


@pytest.fixture(params=["scale", "abx"])
def study(request, tmp_path):
    design = designed(request.param, CLIPS, SOURCES, 0)
    (tmp_path / "key.json").write_text(json.dumps(key_data(design)))
    return design


def answers_of(design, number, better="a2f", honest=True):
    chance = random.Random(number)
    rows = []
    for name in design.orders[number % len(design.orders)]:
        trial = design.trials[name]
        if trial.check:
            wrong = ("B" if trial.check == "A" else "A") if trial.x else "4"
            told = trial.check if honest else wrong
            values = dict.fromkeys(SCALES, told) | ({"x": told} if trial.x else {})
        elif design.kind == "scale":
            base = 5 if trial.sources == (better,) else 3
            values = {scale: str(base + chance.choice((-1, 0, 1))) for scale in SCALES}
        else:
            letter = "AB"[trial.sources.index(better)] if better in trial.sources else "same"
            values = dict.fromkeys(SCALES, letter if chance.random() < 0.9 else "same") | {"x": trial.x}
        rows.append({"trial": name, "values": values, "seconds": 9.5, "plays": [1]})
    return rows


def write(folder, design, number, **changes):
    data = {"format": "visemesync-rating", "version": 1, "study": design.id, "rater": f"r{number}", "row": number}
    data |= {"order": list(design.orders[number % len(design.orders)]), "answers": answers_of(design, number)} | changes
    path = folder / f"rating-{number}.json"
    path.write_text(json.dumps(data))
    return path


def found_in(paths):
    key = key_of(paths, None)
    return findings_of(read_raters(paths, key), key)


def test_what_is_better_is_found(study, tmp_path):
    found = found_in([write(tmp_path, study, n) for n in range(16)])
    assert found.raters == 16 and not found.excluded
    assert len(found.comparisons) == 3 and all(
        c.significant and c.test.difference.mean > 0.5 and c.first == "a2f" for c in found.comparisons
    )
    means = {(m.scale, m.source): m.mean.mean for m in found.means}
    assert all(means[scale, "a2f"] > means[scale, "visemes"] for scale in SCALES)
    assert all(t.test.right == t.test.n == 48 and t.adjusted < 1e-6 for t in found.told_apart)
    assert bool(found.told_apart) == (study.kind == "abx")
    text = "\n".join(sentences(found, study.kind))
    assert "a2f - visemes" in text and ": different" in text and "no difference shown" not in text
    assert json.loads(json.dumps(as_json(found), allow_nan=False))["raters"] == 16


def test_too_few_raters_are_told_so(study, tmp_path):
    found = found_in([write(tmp_path, study, n) for n in range(3)])
    assert not found.enough and not any(c.significant for c in found.comparisons)
    last = sentences(found, study.kind)[-1]
    assert last.startswith("Too few raters: with 3 raters nothing could be significant") and f"ask {found.needed} raters" in last


def test_who_does_not_read_or_stops_early_does_not_count(study, tmp_path):
    half = answers_of(study, 1)
    paths = [
        write(tmp_path, study, 0),
        write(tmp_path, study, 1, answers=half[: len(half) // 2]),
        write(tmp_path, study, 2, answers=answers_of(study, 2, honest=False)),
    ]
    found = found_in(paths)
    assert found.raters == 1 and len(found.excluded) == 2
    assert any("not all questions" in line for line in found.excluded) and any("checks of attention" in line for line in found.excluded)


def test_who_sends_twice_counts_once(study, tmp_path):
    first = write(tmp_path, study, 0)
    twice = tmp_path / "again.json"
    twice.write_bytes(first.read_bytes())
    assert found_in([first, twice]).raters == 1


@pytest.mark.parametrize(
    ("content", "word"),
    [
        ("nonsense", "is not a rating"),
        ("[]", "is not a rating"),
        ('{"format": "other"}', "no rating"),
        ('{"format": "visemesync-rating", "version": 1, "study": "x"}', "another study"),
    ],
)
def test_a_wrong_file_is_one_sentence(study, tmp_path, content, word):
    (tmp_path / "bad.json").write_text(content)
    with pytest.raises(ProjectError, match=word) as caught:
        found_in([tmp_path / "bad.json"])
    assert str(caught.value).endswith(".")


def test_values_that_no_page_writes_are_no_answers(study, tmp_path):
    rows = [row | {"values": {**row["values"], "lip_sync": "9"}} for row in answers_of(study, 0)]
    with pytest.raises(ProjectError, match="No rater"):
        found_in([write(tmp_path, study, 0, answers=[*rows, None, {"trial": 5}])])


def test_a_lost_or_damaged_key_is_one_sentence(study, tmp_path):
    path = write(tmp_path, study, 0)
    (tmp_path / "key.json").rename(tmp_path / "elsewhere.json")
    with pytest.raises(ProjectError, match="--key"):
        key_of([path], None)
    assert key_of([path], tmp_path / "elsewhere.json").id == study.id
    (tmp_path / "broken.json").write_text('{"format": "visemesync-study", "version": 1, "id": "x"}')
    with pytest.raises(ProjectError, match="damaged"):
        read_key(tmp_path / "broken.json")
