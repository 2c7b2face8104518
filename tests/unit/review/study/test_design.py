"""Orders of a study: balanced, shuffled, the same for the same seed, and nothing that names a source."""

from __future__ import annotations

import itertools
import json
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.review.study.design import designed, williams
from app.review.study.making import key_data, page_text

CLIPS, SOURCES = [f"clip{n}" for n in range(5)], ["a2f", "visemes", "nvidia"]


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 6, 7])
def test_in_a_williams_square_everything_follows_everything_equally_often(n):
    rows = williams(n)
    assert all(sorted(row) == list(range(n)) for row in rows)
    assert all(len(set(Counter(row[place] for row in rows).values())) == 1 for place in range(n))
    after = Counter(pair for row in rows for pair in itertools.pairwise(row))
    assert len(after) == n * (n - 1) and len(set(after.values())) <= 1


@given(st.integers(2, 5), st.integers(1, 6), st.integers(0, 5))
def test_scales_ask_for_every_film_once_and_every_source_equally_often_at_every_place(n, clips, seed):
    design = designed("scale", CLIPS[:clips] if clips < 6 else CLIPS, [f"s{i}" for i in range(n)], seed)
    wanted = {(clip, (source,)) for clip in design.clips for source in design.sources}
    assert len(design.orders) >= 24
    for order in design.orders:
        trials = [design.trials[name] for name in order]
        real = [t for t in trials if not t.check]
        assert len(real) == len(wanted) == len({(t.clip, t.sources) for t in real})
        assert trials[0].check == "" and any(t.check for t in trials)
    blocks = Counter()
    for order in design.orders[: len(williams(n))]:
        real = [design.trials[name] for name in order if not design.trials[name].check]
        for place, trial in enumerate(real):
            blocks[trial.clip, place // len(design.clips), trial.sources] += 1
    assert len(set(blocks.values())) == 1


def test_no_clip_comes_twice_in_a_row():
    design = designed("scale", CLIPS, SOURCES, 3)
    for order in design.orders:
        real = [design.trials[name] for name in order if not design.trials[name].check]
        assert all(a.clip != b.clip for a, b in itertools.pairwise(real))


def test_over_four_raters_every_pair_stands_both_ways_with_x_as_either():
    design = designed("abx", CLIPS, SOURCES, 1)
    seen = Counter()
    for order in design.orders[:4]:
        trials = [t for t in map(design.trials.get, order) if not t.check]
        assert len({(t.clip, frozenset(t.sources)) for t in trials}) == len(trials) == 15
        seen.update((t.clip, t.sources, t.x) for t in trials)
    assert len(seen) == 5 * 6 * 2 and set(seen.values()) == {1}


def test_the_same_seed_gives_the_same_study_and_another_one_another():
    study = designed("scale", CLIPS, SOURCES, 7)
    assert designed("scale", CLIPS, SOURCES, 7) == study
    assert study.id != designed("scale", CLIPS, SOURCES, 8).id


@pytest.mark.parametrize("kind", ["scale", "abx"])
def test_the_page_names_no_source_and_the_key_every_film(kind):
    sources = ["Zebra source", "Giraffe source"]
    design = designed(kind, CLIPS, sources, 0)
    page = page_text(design, {film: b"film" for film in design.films.values()})
    assert not [word for word in (*sources, *CLIPS) if word in page]
    key = json.loads(json.dumps(key_data(design)))
    assert {(f["clip"], f["source"]) for f in key["films"].values()} == set(design.films)
