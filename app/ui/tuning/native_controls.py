"""Controls for the parameters of a source's own, under its makers' names, for the tuning panel."""

from __future__ import annotations

from dataclasses import replace

from app.core.native import NativeParameter
from app.core.presets import Range
from app.core.tuning import Tuning
from app.ui.tuning.tuning_controls import Control, Section

#: what is folded open at first; the other groups are long or rarely needed
OPEN_AT_FIRST = ("native NVIDIA face", "native VisemeSync", "native Visemes")
NAME_WIDTH = 166


def native_sections(parameters: tuple[NativeParameter, ...]) -> tuple[Section, ...]:
    """One section per group.

    Args:
        parameters: of the source on show; none give no section.
    """
    groups: dict[str, list[Control]] = {}
    for parameter in parameters:
        groups.setdefault(parameter.group, []).append(_control(parameter))
    return tuple(Section(f"native {title}", title, tuple(controls)) for title, controls in groups.items())


def _control(parameter: NativeParameter) -> Control:
    key, default = parameter.key, parameter.default
    low, high = min(parameter.low, default), max(parameter.high, default)

    def write(tuning: Tuning, value: float) -> Tuning:
        native = {name: number for name, number in tuning.native.items() if name != key}
        if abs(value - default) > 1e-9:
            native[key] = value
        return replace(tuning, native=native)

    step = 10.0 ** -(parameter.decimals - 1) * 0.5 if parameter.decimals else 1.0
    allowed = Range(low, high, default, parameter.unit)
    read = lambda tuning: float(tuning.native.get(key, default))  # noqa: E731
    return Control(
        f"native {key}", parameter.name, parameter.about, allowed, read, write,
        decimals=parameter.decimals, step=step, name_width=NAME_WIDTH,
    )  # fmt: skip
