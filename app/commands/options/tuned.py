"""``--tuning PRESET`` of the verbs that make an animation."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import replace
from pathlib import Path

from app.core.native import NVIDIA
from app.core.source_spec import SourceSpec
from app.core.speech import Speech
from app.core.track import Animation
from app.core.tuning import Tuning, tuned_animation
from app.formats.presets import YAML_ENDINGS, find_preset
from app.lipsync.nvidia_stylization import read_stylization
from app.lipsync.registry import abilities_of
from app.settings import settings_path


def tuning_of_options(options: Namespace, source: SourceSpec | None = None) -> Tuning:
    """The tuning that was asked for; none without the option.

    Args:
        options: of the command line.
        source: that will be tuned, if any; for an NVIDIA bundle, NVIDIA's stylization YAML counts in full.

    Raises:
        PresetError: there is no such preset, or it is broken.
    """
    is_nvidia = source is not None and abilities_of(source).family == NVIDIA
    if options.tuning and is_nvidia and Path(options.tuning).suffix.lower() in YAML_ENDINGS:
        return Tuning(native=read_stylization(Path(options.tuning))[0])
    return find_preset(options.tuning, settings_path().parent / "presets") if options.tuning else Tuning()


def with_tuning(animation: Animation, tuning: Tuning, speech: Speech) -> Animation:
    """A tuned animation on the sound's time line; what an offset moves before 0 s is left out.

    Args:
        animation: as made.
        tuning: the adjustments.
        speech: its phones are used for lip contacts.
    """
    made = tuned_animation(animation, tuning, speech.phones)
    return made if tuning == Tuning() else replace(made, label=f"{made.label}, tuned")
