"""Sources as data: how they are written, what each can do, and that the objects keep to it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import SourceError
from app.core.native import NVIDIA, VISEMES, VISEMESYNC
from app.core.source_spec import SourceSpec
from app.lipsync.feeling import has_network
from app.lipsync.nvidia import NvidiaSource
from app.lipsync.registry import Abilities, abilities_of, choice_of, make_source, source_choices, title_of
from app.lipsync.source import Glimpses, HasFeelings, HasOwnParameters, ListensLive
from app.remote.link.addresses import is_remote
from app.remote.sources import register

register()
SPECS = (
    "a2f", "a2f:light", "visemes", "visemes:visemesync", "visemes:visemesync-early", "azure-visemes", "azure-visemes:visemesync",
    "azure-blendshapes", "nvidia:/some/folder", "nvidia:/some/folder#name",
    "file:take.csv", "mock", "remote:http://host:8000", "nim:host:52000",
)  # fmt: skip
KINDS = st.from_regex(r"[a-z][a-z0-9-]{0,31}", fullmatch=True)
ARGUMENTS = st.text(st.characters(exclude_categories=("Cc", "Cs")), max_size=60).map(str.strip)


@given(KINDS, ARGUMENTS)
def test_a_source_is_written_back_as_it_was_read(kind, argument):
    """Colons, marks and spaces of an argument are the argument's."""
    spec = SourceSpec(kind, argument)
    assert SourceSpec.parse(str(spec)) == spec == SourceSpec.parse(spec)
    assert SourceSpec.parse(f"  {spec}\n") == spec


@pytest.mark.parametrize(
    "text", ["", "  ", ":", ":x", "A2F", "a_b", "-a", "file:a\0b", "file:a\nb", "x" * 33, "file:" + "x" * 5000, None, 3, b"mock"]
)
def test_damage_is_one_sentence(text):
    """Whatever comes out of a settings file or a project."""
    with pytest.raises(SourceError, match=r"^A source is written like .*\.$") as refused:
        SourceSpec.parse(text)
    assert len(str(refused.value)) < 160
    assert abilities_of(text) == Abilities() and choice_of(text) is None


@given(st.text(max_size=40))
def test_any_text_is_a_source_or_a_sentence(text):
    try:
        spec = SourceSpec.parse(text)
    except SourceError:
        return
    assert SourceSpec.parse(str(spec)).kind == spec.kind


def test_a_source_is_a_value():
    """It can be a key, and nobody changes it."""
    assert len({SourceSpec("mock"), SourceSpec.parse("mock"), SourceSpec("a2f", "light")}) == 2
    with pytest.raises(AttributeError):
        SourceSpec("mock").kind = "a2f"


def test_what_each_source_can_do():
    """The table that everybody asks instead of the spelling."""

    def those(ability: str) -> set[str]:
        return {spec for spec in SPECS if getattr(abilities_of(spec), ability)}

    assert those("needs_phones") == {spec for spec in SPECS if spec.startswith("visemes")}
    assert {spec: abilities_of(spec).needs_service for spec in those("needs_service")} == {
        "azure-visemes": "visemes", "azure-visemes:visemesync": "visemes", "azure-blendshapes": "blendshapes",
    }  # fmt: skip
    assert those("feels") == {"a2f", "a2f:light", "nvidia:/some/folder", "nvidia:/some/folder#name"}
    assert those("listens_live") == {"a2f", "a2f:light", "remote:http://host:8000"}
    assert those("is_own_network") == {"a2f", "a2f:light"}
    assert those("is_mock") == {"mock"}
    assert those("is_linked") == {"remote:http://host:8000", "nim:host:52000"} == {spec for spec in SPECS if is_remote(spec)}
    assert {abilities_of(spec).takes for spec in those("takes")} == {"file", "folder", "address"}
    assert {spec: abilities_of(spec).family for spec in those("family")} == {
        "visemes": VISEMES, "azure-visemes": VISEMES,
        "visemes:visemesync": VISEMESYNC, "visemes:visemesync-early": VISEMESYNC, "azure-visemes:visemesync": VISEMESYNC,
        "nvidia:/some/folder": NVIDIA, "nvidia:/some/folder#name": NVIDIA,
    }  # fmt: skip


@pytest.mark.parametrize("text", ["a2f:heavy", "visemes:loud", "mock:3", "file", "nvidia:", "nonsense:x"])
def test_an_unknown_source_can_do_nothing(text):
    """Also a kind that lacks its argument, or has one too many."""
    assert abilities_of(text) == Abilities()
    with pytest.raises(SourceError, match=r"There is no source .* here; available are a2f, a2f:light, visemes, "):
        make_source(text)


def test_objects_keep_to_what_their_entries_say(tmp_path):
    """What can be asked before a source is made is what the made one can do."""
    (tmp_path / "model.json").write_text("{}")
    (tmp_path / "take.csv").write_text("time,jawOpen\n0,0\n1,1\n")
    given_arguments = {"file": str(tmp_path / "take.csv"), "folder": str(tmp_path), "address": "http://localhost:9"}
    for choice in source_choices():
        can = choice.abilities
        if choice.source.kind == "nim":
            continue
        made = make_source(SourceSpec(choice.source.kind, given_arguments.get(can.takes, choice.source.argument)))
        assert isinstance(made, HasFeelings) == can.feels, choice.label
        assert isinstance(made, HasOwnParameters) or not can.family, choice.label
        assert made.is_mock == can.is_mock, choice.label
        assert isinstance(made, ListensLive) >= (can.listens_live and not can.is_linked), choice.label
    assert issubclass(NvidiaSource, Glimpses)


def test_titles_say_what_is_meant():
    """Before a source has said itself what it is."""
    assert title_of("a2f:light") == "Audio2Face (light)" and title_of(SourceSpec("file", "/x/take.csv")) == "Track file: take.csv"
    assert title_of("remote:http://host:8000") == "remote:http://host:8000" and title_of("nonsense") == "nonsense"


def test_the_network_is_looked_for_without_loading_it():
    """By either spelling."""
    assert has_network("a2f:light") == has_network(SourceSpec("a2f", "light"))
