"""Arguments that several verbs have, and how what people write is read."""

from __future__ import annotations

import argparse
from pathlib import Path

from app.core.acting.settings import SEEDS, ActingSettings, is_seed
from app.core.errors import LayerError
from app.core.layers import LAYER_REGIONS, Layer, layer_of_words

#: what a source can be, for help texts
SOURCES = (
    "a2f, visemes, visemes:visemesync, visemes:visemesync-early, azure-visemes, azure-blendshapes, nvidia:FOLDER, remote:URL, "
    "nim:HOST:PORT, file:TRACK or mock"
)
#: those of app.render.camera, which is not imported for a help text
FRAMINGS = ("portrait", "face", "bust", "body", "mouth", "three_quarter", "profile")


def size(text: str) -> tuple[int, int]:
    """Parse ``1280x720``."""
    width, _, height = text.lower().partition("x")
    if not (width.isdigit() and height.isdigit()) or not (64 <= int(width) <= 7680 and 64 <= int(height) <= 4320):
        raise argparse.ArgumentTypeError(f"give the size as WIDTHxHEIGHT between 64x64 and 7680x4320, not {text!r}")
    return int(width), int(height)


def rate(text: str) -> float:
    """Parse a frame rate."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 1 <= value <= 240:
        raise argparse.ArgumentTypeError(f"give a frame rate between 1 and 240, not {text!r}")
    return value


def milliseconds(text: str) -> float:
    """Parse an encoder's delay in ms; returns seconds."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1000:
        raise argparse.ArgumentTypeError(f"give the delay in milliseconds, 0 to 1000, not {text!r}")
    return value / 1000


def seconds(text: str) -> float:
    """Parse a moment of a sound."""
    try:
        value = float(text.removesuffix("s"))
    except ValueError:
        value = -1.0
    if not 0 <= value <= 3600:
        raise argparse.ArgumentTypeError(f"give a moment in seconds, not {text!r}")
    return value


def moments(text: str) -> tuple[float, ...]:
    """Parse moments with commas between them."""
    return tuple(seconds(part.strip()) for part in text.split(","))


def dollars(text: str) -> float:
    """Parse a sum of money."""
    try:
        value = float(text.removeprefix("$"))
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1e6:
        raise argparse.ArgumentTypeError(f"give a sum in US dollars, not {text!r}")
    return value


def hours(text: str) -> float:
    """Parse hours of a month."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 744:
        raise argparse.ArgumentTypeError(f"give hours of a month, 0 to 744, not {text!r}")
    return value


def share(text: str) -> float:
    """Parse an error that is allowed, in weights from 0 to 1."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"give the largest error as a weight from 0 to 1, such as 0.005, not {text!r}")
    return value


def add_speech(verb: argparse.ArgumentParser) -> None:
    """Who speaks, and how."""
    words = "an embedded voice, or one of Azure's as azure:NAME, which needs SPEECH_KEY and SPEECH_REGION (default: the first embedded one)"
    verb.add_argument("--voice", default=None, metavar="ID", help=words)
    verb.add_argument("--speed", type=float, default=1.0, help="speaking rate, 0.5 to 2 (default 1)")
    verb.add_argument("--pitch", type=float, default=0.0, metavar="PERCENT", help="of Azure's voices, -50 to 50 (default 0)")
    verb.add_argument("--style", default="", help="of Azure's voices that have some, like cheerful")
    verb.add_argument("--style-degree", type=float, default=1.0, metavar="X", help="of that style, 0.01 to 2 (default 1)")


def add_in_fps(verb: argparse.ArgumentParser) -> None:
    """The rate of a track file."""
    verb.add_argument("--in-fps", type=rate, metavar="N", help="frame rate of the track file that is read, where it says it wrongly or not")


def add_source(verb: argparse.ArgumentParser) -> None:
    """Who moves the face, and at which rate."""
    add_in_fps(verb)
    verb.add_argument("--source", "--source-a", metavar="S", help=f"{SOURCES} (default: a2f where its network can run, else visemes)")
    verb.add_argument("--fps", type=rate, default=60.0, metavar="N", help="frames per second (default 60)")


def add_tls(verb: argparse.ArgumentParser) -> None:
    """Who vouches for servers of faces, beside the authorities that this computer knows."""
    words = "certificates to trust of remote:https://… servers: of your authority, or of the server itself (also VISEMESYNC_TLS_CA)"
    verb.add_argument("--tls-ca", type=Path, metavar="PEM", help=words)


def add_sound(verb: argparse.ArgumentParser) -> None:
    """Which channel of a sound, and what an encoder put before it."""
    words = "of the sound: left, right, mix or a number from 1 (default: mix, unless one alone speaks)"
    verb.add_argument("--channel", default="", metavar="C", help=words)
    words = "to take off the sound's start, where the file does not say it"
    verb.add_argument("--encoder-delay", type=milliseconds, default=0.0, metavar="MS", help=words)


def layer(text: str) -> Layer:
    """Parse ``REGION=SOURCE,gain=…``."""
    try:
        return layer_of_words(text)
    except LayerError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def add_layers(verb: argparse.ArgumentParser) -> None:
    """Parts of the face that come from other motion."""
    words = (
        f"a part of the face from another source; REGION: {', '.join(LAYER_REGIONS)} or shapes, several with +; offset and fade in ms;"
        " also from= and to= in seconds; give it again for further layers, the last one on top"
    )
    metavar = "REGION=SOURCE[,gain=1][,offset=0][,fade=150]"
    verb.add_argument("--layer", dest="layers", type=layer, action="append", default=[], metavar=metavar, help=words)


def add_tuning(verb: argparse.ArgumentParser) -> None:
    """The tuning."""
    verb.add_argument("--tuning", metavar="PRESET", help="a preset's name, or a .json or .yaml file")


def seed(text: str) -> int:
    """Parse the seed of acting."""
    try:
        value = int(text)
    except ValueError:
        value = -1
    if not is_seed(value):
        raise argparse.ArgumentTypeError(f"the seed of acting is a whole number from 0 to {SEEDS - 1}, not {text[:40]!r}")
    return value


def add_acting(verb: argparse.ArgumentParser) -> None:
    """Head, eyes and breath that belong to the line."""
    words = "nods, looks, blinks and breaths of the line, where the source has none; another SEED acts it another way (default 1)"
    verb.add_argument("--acting", type=seed, nargs="?", const=ActingSettings().seed, metavar="SEED", help=words)


def add_avatar(verb: argparse.ArgumentParser, text: str) -> None:
    """The avatar, and which of its shapes make which channels."""
    verb.add_argument("--avatar", type=Path, metavar="GLB", help=text)
    verb.add_argument("--mapping", type=Path, metavar="JSON", help="which of the avatar's shapes make which channels (inspect writes it)")


def add_picture(verb: argparse.ArgumentParser) -> None:
    """What a picture shows, and how large it is."""
    add_avatar(verb, "avatar (default: the bundled one)")
    verb.add_argument("--size", type=size, default=(1280, 720), metavar="WxH", help="picture size (default 1280x720)")
    verb.add_argument("--framing", choices=FRAMINGS, help="default: portrait, or face when comparing")
    verb.add_argument("--burn-in", action="store_true", help="write frame number, timecode, source and settings into the picture")


def add_writing(verb: argparse.ArgumentParser) -> None:
    """The format of what is written, where its ending does not say it, and what some formats ask."""
    form = verb.add_argument_group("the format that is written (python -m app formats lists all)")
    form.add_argument("--as", dest="key", default="", metavar="KEY", help="which format, where the ending of the file shall not say it")
    _add_choices(form)


def add_keys_and_cues(verb: argparse.ArgumentParser) -> None:
    """What some formats ask, of a verb whose format is said otherwise."""
    _add_choices(verb.add_argument_group("of some formats (python -m app formats lists all)"))


def _add_choices(form: argparse._ArgumentGroup) -> None:
    form.add_argument(
        "--max-error",
        type=share,
        default=0.0,
        metavar="E",
        help="leave keys out that change no weight by more (3D scenes; default 0)",
    )
    form.add_argument("--cue-fps", type=rate, metavar="N", help="of formats that count frames of their own, such as Moho's (default 24)")
    form.add_argument("--basic-cues", action="store_true", help="mouth cues without the shapes G, H and X")
