"""Answers cut into sentences: early, whole, and the same however they come."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.conversation.chat.sentences import EARLY_CHARACTERS, SentenceCutter, sentences_of
from app.conversation.chat.spoken import spoken


def said(text: str) -> list[str]:
    """What is spoken of a text that comes character by character."""
    return [each.spoken for each in sentences_of(text) if each.spoken]


@pytest.mark.parametrize(("text", "sentences"), [
    ("Hello there. How are you? Fine!", ["Hello there.", "How are you?", "Fine!"]),
    ("Dr. Smith met Mrs. Jones at 5 p.m. She was late.", ["Dr. Smith met Mrs. Jones at 5 p.m.", "She was late."]),
    ("It costs 3.50 dollars, v2.0 of example.com.", ["It costs 3.50 dollars, v2.0 of example.com."]),
    ("Well... maybe. Wait... No.", ["Well... maybe.", "Wait...", "No."]),
    ("Hm… yes. So… Then go.", ["Hm… yes.", "So…", "Then go."]),
    ('She said "Stop!" and left. "Really?" He nodded.', ['She said "Stop!" and left.', '"Really?"', "He nodded."]),
    ("See e.g. the U.S. Army or J. R. R. Tolkien etc. and so. Bye.", ["See e.g. the U.S. Army or J. R. R. Tolkien etc. and so.", "Bye."]),
    ("He said no. Then art. See Fig. 3, no. 4.", ["He said no.", "Then art.", "See Fig. 3, no. 4."]),
    ("Bread, eggs etc. Then cook.", ["Bread, eggs etc.", "Then cook."]),
    ("1. Take two eggs.\n2. Beat them!\n- Serve. Now.", ["1. Take two eggs.", "2. Beat them!", "Serve.", "Now."]),
    ("No. 5 is alive. No! Yes.", ["No. 5 is alive.", "No!", "Yes."]),
    ("It was I. Then you. In 2024. Next.", ["It was I.", "Then you.", "In 2024.", "Next."]),
    ("你好。你好吗？“很好！”再见", ["你好。", "你好吗？", "“很好！”", "再见"]),
    ("**Bold one.** _Next one._ `code` here.", ["Bold one.", "Next one.", "code here."]),
    ("Great! 🎉 Let us go 👩‍🚀. 😀", ["Great!", "Let us go."]),
    ("Look:\n```python\nprint('a. B')\n```\nDone.", ["Look:", "Done."]),
    ("# Title\n\nText here.\n\n---\n\nMore.", ["Title", "Text here.", "More."]),
    ("What?! No way!!! Yes.", ["What?!", "No way!!!", "Yes."]),
    ("", []), ("...", []), ("🎉", []), ("no end", ["no end"]),
])  # fmt: skip
def test_sentences(text, sentences):
    assert said(text) == sentences


def test_a_first_clause_comes_before_its_sentence_ends_and_only_the_first():
    cutter = SentenceCutter()
    early = cutter.push("Lip sync is a wonderful thing, because ")
    assert [each.spoken for each in early] == ["Lip sync is a wonderful thing,"] and len(early[0].spoken) >= EARLY_CHARACTERS
    assert cutter.push("with sound and motion together, people believe, ") == []
    assert [each.spoken for each in cutter.push("you know. Next")] == ["because with sound and motion together, people believe, you know."]
    assert [each.spoken for each in cutter.rest()] == ["Next"]
    assert said("Well, that is so. Yes.") == ["Well, that is so.", "Yes."]
    assert said("A clause that holds a dash — and goes on 1,000 times.")[0] == "A clause that holds a dash —"


def test_the_first_sentence_does_not_wait_for_the_second():
    cutter = SentenceCutter()
    assert cutter.push("Hello there.") == []
    assert [each.spoken for each in cutter.push(" H")] == ["Hello there."]


def test_long_sentences_are_cut_at_a_clause_or_between_words():
    clauses = said("A first one. " + "and again the sea, " * 40)
    assert len(clauses) > 2 and max(map(len, clauses)) < 300
    words = said("word " * 400)
    assert len(words) > 3 and max(map(len, words)) < 500 and " ".join(words).split() == ["word"] * 400


PIECES = st.sampled_from([
    "Hello", " world", ".", "!", "?", "…", "...", " ", "\n", "\n\n", ",", ";", " — ", "Dr.", " etc.", "e.g.", "3.5", "1. ", "- ", "**", "_",
    "`", "```", "“", "”", '"', "(", ")", "。", "，", "好", "🎉", "👩‍🚀", " Then ", " and ", "A", "I", "# ", "|",
    "http://x.org/a.b", "p.m.", "\u00a0",
])  # fmt: skip


@settings(deadline=None)
@given(st.lists(PIECES, max_size=40).map("".join), st.data())
def test_nothing_is_lost_or_doubled_and_the_way_does_not_matter(text, data):
    whole = list(sentences_of([text]))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=8)))
    parts = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    assert "".join(each.text for each in whole) == text
    assert list(sentences_of(parts)) == whole == list(sentences_of(text))
    assert all(each.spoken for each in whole[:-1]) and all(each.spoken == spoken(each.text) for each in whole)


@settings(deadline=None)
@given(st.text(max_size=200))
def test_any_text_can_be_cut_and_cleaned(text):
    whole = list(sentences_of(text))
    assert "".join(each.text for each in whole) == text and "\n" not in "".join(each.spoken for each in whole)


@pytest.mark.parametrize(("text", "clean"), [
    ("See [the guide](https://a.b/c) and https://www.example.com/x?y=1 now", "See the guide and example.com now"),
    ("**Stress** *this*, ~~not~~ `that`, snake_case and 3 * 4 = 12", "Stress this, not that, snake_case and 3 * 4 = 12"),
    ("- [x] done\n> quote", "done quote"), ("20 °C & 5 % of €3", "20 °C & 5 % of €3"), ("| a | b |\n|---|---|\n| 1 | 2 |", "a, b, 1, 2,"),
    ("Yes <b>bold</b> 1 < 2", "Yes bold 1 < 2"), ("So it is[1].", "So it is."), ("Hi 👍🏽 !", "Hi!"), ("***", ""), ("👩‍🚀", ""),
    ("![a cat](x.png)", "a cat"), ("Don't _stop_ it.", "Don't stop it."), ("It is .5 wide", "It is .5 wide"),
])  # fmt: skip
def test_text_is_made_speakable(text, clean):
    assert spoken(text) == clean
