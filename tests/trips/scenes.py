"""Round trips of 3D scenes: motion put on an avatar and read from it again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from app.formats.dialect import Dialect
from app.formats.performance import Performance
from tests.trips import weights
from tests.trips.trip import Material, Trips


def material(shared: Path | None) -> tuple[Material, ...]:
    """The made take and the phone's capture on the default avatar, the capture on a real avatar too."""
    made, *real = weights.material(shared)
    # an avatar with visemes shows those in place of the mouth's shapes, which is no loss of the format's
    on_default = Material(f"{made.title}, no visemes", replace(made.performance, visemes=None))
    if shared is None:
        return (on_default,)
    phone = real[0]
    other = shared / "data" / "avatars" / "rpm_talkinghead_brunette-t.glb"
    return (on_default, phone, Material(f"{phone.title}, Ready Player Me", replace(phone.performance, avatar=other), is_real=True))


def loss(dialect: Dialect, performance: Performance) -> str:
    """What comes back, for formats that are read again."""
    return weights.loss(dialect, performance) if dialect.read is not None else "written only"


TRIPS = Trips("scene", material, loss)
