"""All readers that are fuzzed, by name."""

from __future__ import annotations

from tests.fuzz.target import Target
from tests.fuzz.targets import avatars, documents, kept, projects, services, sounds, tracks, wires

TARGETS: dict[str, Target] = {
    each.name: each for room in (avatars, sounds, tracks, projects, documents, kept, wires, services) for each in room.targets()
}
