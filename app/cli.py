"""The command line: verbs and their arguments. The work is done in app.commands; here is only the wording.

Exit status: 0 fine, 1 the thing asked for has findings, 2 bad input or usage, 3 a missing service or device.
An error is one sentence on standard error.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from app import __version__
from app.core.errors import PreviewError
from app.keys.found import hide_environment
from app.keys.secret import guard_logs, redacted
from app.remote.sources import register as register_remote_sources

#: their modules are in app.commands.review
REVIEW_VERBS = ("take", "diff", "page", "notes", "study", "pack")
VERBS = (
    "preview", "speak", "animate", "render", "check", "convert", "inspect", "doctor", "bench", "serve", "batch", "cost", "converse",
    *REVIEW_VERBS,
)  # fmt: skip
SOURCES = "a2f, visemes, visemes:visemesync, visemes:visemesync-early, nvidia:FOLDER, remote:URL, nim:HOST:PORT, file:TRACK or mock"
#: those of app.render.camera, which is not imported for a help text
_FRAMINGS = ("portrait", "face", "bust", "body", "mouth", "three_quarter", "profile")


def _size(text: str) -> tuple[int, int]:
    """Parse ``1280x720``."""
    width, _, height = text.lower().partition("x")
    if not (width.isdigit() and height.isdigit()) or not (64 <= int(width) <= 7680 and 64 <= int(height) <= 4320):
        raise argparse.ArgumentTypeError(f"give the size as WIDTHxHEIGHT between 64x64 and 7680x4320, not {text!r}")
    return int(width), int(height)


def _rate(text: str) -> float:
    """Parse a frame rate."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 1 <= value <= 240:
        raise argparse.ArgumentTypeError(f"give a frame rate between 1 and 240, not {text!r}")
    return value


def _add_speech(verb: argparse.ArgumentParser) -> None:
    words = "an embedded voice, or one of Azure's as azure:NAME, which needs SPEECH_KEY and SPEECH_REGION (default: the first embedded one)"
    verb.add_argument("--voice", default=None, metavar="ID", help=words)
    verb.add_argument("--speed", type=float, default=1.0, help="speaking rate, 0.5 to 2 (default 1)")
    verb.add_argument("--pitch", type=float, default=0.0, metavar="PERCENT", help="of Azure's voices, -50 to 50 (default 0)")
    verb.add_argument("--style", default="", help="of Azure's voices that have some, like cheerful")
    verb.add_argument("--style-degree", type=float, default=1.0, metavar="X", help="of that style, 0.01 to 2 (default 1)")


def _add_in_fps(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--in-fps", type=_rate, metavar="N", help="frame rate of the track file that is read, where it says it wrongly or not"
    )


def _add_source(verb: argparse.ArgumentParser) -> None:
    _add_in_fps(verb)
    verb.add_argument("--source", "--source-a", metavar="S", help=f"{SOURCES} (default: a2f where its network can run, else visemes)")
    verb.add_argument("--fps", type=_rate, default=60.0, metavar="N", help="frames per second (default 60)")


def _milliseconds(text: str) -> float:
    """Parse an encoder's delay in ms; returns seconds."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1000:
        raise argparse.ArgumentTypeError(f"give the delay in milliseconds, 0 to 1000, not {text!r}")
    return value / 1000


def _seconds(text: str) -> float:
    """Parse a moment of a sound."""
    try:
        value = float(text.removesuffix("s"))
    except ValueError:
        value = -1.0
    if not 0 <= value <= 3600:
        raise argparse.ArgumentTypeError(f"give a moment in seconds, not {text!r}")
    return value


def _moments(text: str) -> tuple[float, ...]:
    """Parse moments with commas between them."""
    return tuple(_seconds(part.strip()) for part in text.split(","))


def _add_sound(verb: argparse.ArgumentParser) -> None:
    words = "of the sound: left, right, mix or a number from 1 (default: mix, unless one alone speaks)"
    verb.add_argument("--channel", default="", metavar="C", help=words)
    words = "to take off the sound's start, where the file does not say it"
    verb.add_argument("--encoder-delay", type=_milliseconds, default=0.0, metavar="MS", help=words)


def _add_tuning(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--tuning", metavar="PRESET", help="a preset's name, or a .json or .yaml file")


def _add_avatar(verb: argparse.ArgumentParser, text: str) -> None:
    verb.add_argument("--avatar", type=Path, metavar="GLB", help=text)
    verb.add_argument("--mapping", type=Path, metavar="JSON", help="which of the avatar's shapes make which channels (inspect writes it)")


def _add_picture(verb: argparse.ArgumentParser) -> None:
    _add_avatar(verb, "avatar (default: the bundled one)")
    verb.add_argument("--size", type=_size, default=(1280, 720), metavar="WxH", help="picture size (default 1280x720)")
    verb.add_argument("--framing", choices=_FRAMINGS, help="default: portrait, or face when comparing")
    verb.add_argument("--burn-in", action="store_true", help="write frame number, timecode, source and settings into the picture")


def _add_tools(add: Callable[[str, str], argparse.ArgumentParser]) -> None:
    """The verbs about files and this machine."""
    convert = add("convert", "between track formats, mapped by name and resampled by time")
    convert.add_argument("track", type=Path, metavar="IN")
    convert.add_argument("out", type=Path, metavar="OUT")
    convert.add_argument("--fps", type=_rate, default=None, metavar="N", help="resample to this rate")
    _add_in_fps(convert)
    _add_serve(add("serve", "the server for VisemeSync, the browser and this program"))
    check = add("check", "lip-sync lint; exit 1 when something needs work")
    check.add_argument("track", type=Path, metavar="TRACK")
    check.add_argument("--audio", type=Path, metavar="A", help="the sound, to judge silence and sync")
    _add_sound(check)
    check.add_argument("--phones", type=Path, metavar="P", help="timed phones (JSON or TextGrid), to judge P, B and M")
    check.add_argument("--speaker", metavar="NAME", help="whose phones to take from a TextGrid with several speakers")
    _add_in_fps(check)
    inspect = add("inspect", "meshes, targets, missing channels, problems of an avatar")
    inspect.add_argument("avatar", type=Path)
    inspect.add_argument("--mapping", type=Path, metavar="JSON", help="assign shapes to channels as this file says")
    inspect.add_argument("--mapping-out", type=Path, metavar="JSON", help="write the present assignment, to be edited")
    inspect.add_argument("--mapping-keep", action="store_true", help="keep --mapping for this file; without --mapping, forget it")
    doctor = add("doctor", "GL, audio devices, torch devices, voices and versions, with advice")
    doctor.add_argument("--bundle", type=Path, metavar="FOLDER", help="examine an Audio2Face-3D bundle instead, and print what differs")
    doctor.add_argument("--azure", action="store_true", help="what is wrong with keys, regions, deployments and the way to them")
    doctor.add_argument("--live", action="store_true", help="with --azure: speak, hear and answer once with the real services, and report")
    doctor.add_argument("--report", type=Path, metavar="FILE", help="with --live: where the report goes (default: azure-report.json)")
    _add_cost(add("cost", "what the month has cost, will cost, and what Audio2Face adds to it"))
    add("bench", "the benchmarks").add_argument("names", nargs="*", metavar="NAME", help="which (default: all)")


def _dollars(text: str) -> float:
    """Parse a sum of money."""
    try:
        value = float(text.removeprefix("$"))
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1e6:
        raise argparse.ArgumentTypeError(f"give a sum in US dollars, not {text!r}")
    return value


def _hours(text: str) -> float:
    """Parse hours of a month."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 744:
        raise argparse.ArgumentTypeError(f"give hours of a month, 0 to 744, not {text!r}")
    return value


def _add_cost(cost: argparse.ArgumentParser) -> None:
    cost.add_argument("--prices", type=Path, metavar="FILE", help="prices to go by (default: assets/prices.toml)")
    cost.add_argument("--budget", type=_dollars, metavar="USD", help="a month; exit 1 when it is spent (default: the window's)")
    cost.add_argument("--gpu", default="", metavar="NAME", help="a rented GPU such as 'RunPod T4' (default: the guide's)")
    cost.add_argument("--gpu-hours", type=_hours, metavar="H", help="of the month (default: as counted, else the guide's)")


def _add_makers(add: Callable[[str, str], argparse.ArgumentParser]) -> None:
    """The verbs that make an animation."""
    speak = add("speak", "text to speech to animation; the ending of OUT picks mp4, wav or a track format")
    speak.add_argument("text")
    speak.add_argument("-o", "--out", type=Path, required=True)
    _add_speech(speak)
    _add_tuning(speak)
    _add_source(speak)
    _add_picture(speak)

    animate = add("animate", "audio to a track file")
    animate.add_argument("audio", type=Path)
    _add_sound(animate)
    animate.add_argument("-o", "--out", type=Path, required=True, metavar="TRACK")
    _add_source(animate)
    _add_tuning(animate)
    _add_avatar(animate, "say what of the motion this avatar cannot show")
    animate.add_argument("--transcript", type=Path, metavar="TXT", help="what is said, for exact phone times")

    batch = add(
        "batch", "animate every recording of a folder, or every line of a table; the same command again goes on where it was stopped"
    )
    words = "recordings (NAME.txt beside NAME.wav is its text), or a dialogue table: a take, a track and a line of the report for each row"
    batch.add_argument("folder", type=Path, metavar="FOLDER|TABLE.csv", help=words)
    batch.add_argument("-o", "--out", type=Path, required=True, metavar="FOLDER", help="folder of the results, the journal and the report")
    batch.add_argument("--format", default="csv", metavar="ENDING", help="of the tracks: csv, a2f.csv, json, ... (default csv)")
    _add_sound(batch)
    _add_source(batch)
    _add_tuning(batch)
    _add_avatar(batch, "say what of the motion this avatar cannot show")
    _add_table(batch.add_argument_group("of a dialogue table"))
    where = batch.add_mutually_exclusive_group()
    where.add_argument("--jobs", type=int, default=1, metavar="N", help="processes on this machine (default 1)")
    where.add_argument("--cluster", metavar="ADDRESS", help="through Ray: auto, HOST:PORT, ray://HOST:PORT, or local")

    render = add("render", "a video with sound, frames, a still or a sheet; one side, or two or three")
    render.add_argument("audio", type=Path)
    _add_sound(render)
    words = ".mp4, .mov for ProRes, face.%%04d.png for frames, .png with --still or --sheet"
    render.add_argument("-o", "--out", type=Path, required=True, metavar="OUT", help=words)
    render.add_argument("--codec", choices=("h264", "prores"), help="of the video; OUT's ending says it, too")
    render.add_argument("--frames", action="store_true", help="numbered PNGs instead of a video")
    render.add_argument("--still", type=_seconds, metavar="T", help="one picture, T seconds into the sound")
    render.add_argument("--sheet", choices=("phones", "visemes", "before-after"), default="", help="one picture of many faces")
    render.add_argument("--at", type=_moments, default=(), metavar="T,T", help="of --sheet before-after (default: where they differ)")
    render.add_argument("--start-timecode", metavar="TC", help="of the first frame: 01:00:00:00, or 01:00:00;00 for drop frame")
    render.add_argument("--track", type=Path, metavar="FILE", help="animate with this track instead of a source")
    render.add_argument("--compare", action="append", default=[], metavar="S2", help="another source, shown to the right; twice for three")
    render.add_argument("--transcript", type=Path, metavar="TXT")
    _add_tuning(render)
    render.add_argument("--head", action="store_true", help="head and eye angles of the track turn the avatar's head and eyes")
    render.add_argument("--curves", action="store_true", help="a strip of curves under the picture")
    _add_source(render)
    _add_picture(render)


def _add_reviews(add: Callable[[str, str], argparse.ArgumentParser]) -> None:
    """The verbs about takes."""
    take = add("take", "a take without a window: sound, words, the motion of its sides, all in one file")
    take.add_argument("line", metavar="AUDIO|TEXT", help="a recording, or what is to be spoken")
    take.add_argument("-o", "--out", type=Path, required=True, metavar="T.vstake")
    take.add_argument("--source-b", metavar="S", help="of a second side, which is set against the first")
    take.add_argument("--transcript", type=Path, metavar="TXT", help="what is said in AUDIO, for exact phone times")
    take.add_argument("--name", default="", metavar="LINE", help="what the line is called (default: its words, or the file's name)")
    take.add_argument("--embed-avatar", action="store_true", help="put the avatar into the take, so that it needs no other file")
    _add_sound(take)
    _add_speech(take)
    _add_source(take)
    _add_tuning(take)
    _add_avatar(take, "avatar (default: the bundled one)")
    page = add("page", "the review page of a take: one HTML file that opens from disk; or bring its notes back")
    page.add_argument("take", type=Path, metavar="T.vstake")
    page.add_argument("-o", "--out", type=Path, metavar="R.html", help="write the page there")
    page.add_argument("--notes", type=Path, metavar="JSON", help="put the notes that a page saved into the take, each of them once")
    diff = add("diff", "what changed between two takes or tracks; exit 1 when something did")
    diff.add_argument("first", type=Path, metavar="A")
    diff.add_argument("second", type=Path, metavar="B")


def _add_table(table: argparse._ArgumentGroup) -> None:
    words = "TOML or JSON with a section for each character: voice, preset, avatar, source, style, speed (default: beside the table)"
    table.add_argument("--characters", type=Path, metavar="FILE", help=words)
    table.add_argument("--voice", default="", metavar="ID", help="who speaks where neither row nor character says it")
    table.add_argument("--films", action="store_true", help="a film of every line, too")
    table.add_argument("--films-size", type=_size, default=(640, 360), metavar="WxH", help="of the films (default 640x360)")
    table.add_argument("--outside", action="store_true", help="let the table name files outside its folder")


def _add_hand_off(add: Callable[[str, str], argparse.ArgumentParser]) -> None:
    """The verbs that pass a review on."""
    notes = add("notes", "a take's notes for other programs, or back from them; OUT ends in .otio, .edl, .fcpxml, .csv or .md")
    notes.add_argument("file", type=Path, metavar="T.vstake|IN", help="the take, or with --into the .otio, .csv or .json that came back")
    notes.add_argument("-o", "--out", type=Path, metavar="OUT", help="write the take's notes there")
    notes.add_argument("--into", type=Path, metavar="T.vstake", help="take the notes into this take, each of them once")
    study = add("study", "a blind rating study: make its page, or read what raters sent back")
    study.add_argument("work", choices=("make", "read"))
    study.add_argument("files", type=Path, nargs="+", metavar="CLIP|RESULT.json", help="takes and recordings; or results")
    study.add_argument("-o", "--out", type=Path, metavar="FOLDER", help="make: a new folder for the page, its key and a read-me")
    study.add_argument("--sources", default="", metavar="S,S", help="make: what is compared, like a2f,visemes (takes: their own sides)")
    study.add_argument("--kind", choices=("scale", "abx"), default="scale", help="make: 7-point scales, or A and B and X (default scale)")
    study.add_argument("--seed", type=int, default=0, metavar="N", help="make: of names and orders (default 0)")
    study.add_argument("--key", type=Path, metavar="KEY.json", help="read: the study's key (default: beside the results)")
    _add_avatar(study, "make: whose face is shown (default: the bundled one)")
    pack = add("pack", "the hand-off package of a take: film, review page, sheet, notes, tracks, the take and a read-me")
    pack.add_argument("take", type=Path, metavar="T.vstake")
    pack.add_argument("-o", "--out", type=Path, required=True, metavar="FOLDER|ZIP")
    pack.add_argument(
        "--tracks", default="csv", metavar="ENDINGS", help="formats of the tracks: csv, a2f.csv, json with commas (default csv)"
    )
    pack.add_argument("--size", type=_size, default=(1280, 720), metavar="WxH", help="of the film (default 1280x720)")


def _add_serve(serve: argparse.ArgumentParser) -> None:
    serve.add_argument("--host", default="127.0.0.1", help="address to listen on (default: this machine only)")
    serve.add_argument("--port", type=int, default=8000, help="port (default 8000; 0 takes a free one)")
    _add_avatar(serve, "say what of the served motion this avatar cannot show")
    serve.add_argument("--source", default="a2f", metavar="S", help="a2f, a2f:light, nvidia:FOLDER or mock (default a2f)")
    serve.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto", help="where the network runs")
    serve.add_argument("--token", default="", help="asked of every caller; needed beyond this machine (or set VISEMESYNC_TOKEN)")
    serve.add_argument("--cors", action="append", metavar="ORIGIN", help="web origin that may call, repeatable (default: all)")
    serve.add_argument("--tls-cert", type=Path, metavar="PEM", help="certificate, for https and wss")
    serve.add_argument("--tls-key", type=Path, metavar="PEM", help="its key")
    serve.add_argument("--max-streams", type=int, default=256, metavar="N", help="voices at once, per replica (default 256)")
    cluster = serve.add_argument_group("beyond one process (needs Ray)")
    cluster.add_argument(
        "--cluster", nargs="?", const="local", metavar="ADDRESS", help="as Ray Serve replicas: here, or at auto or HOST:PORT"
    )
    cluster.add_argument("--replicas", type=int, default=2, metavar="N", help="that always run (default 2)")
    cluster.add_argument("--max-replicas", type=int, default=0, metavar="N", help="started while streams are many (default: --replicas)")
    cluster.add_argument("--gpu-share", type=float, default=0.0, metavar="F", help="GPU that each replica takes, such as 0.25 (default 0)")


class _Asked(argparse.Action):
    """Keeps the questions of ``converse`` in the order in which they are written, whatever their kind."""

    def __call__(self, parser: argparse.ArgumentParser, namespace: argparse.Namespace, values: Any, option: str | None = None) -> None:
        """Add one question."""
        namespace.questions = [*namespace.questions, (self.const, values)]


def _add_converse(converse: argparse.ArgumentParser) -> None:
    converse.set_defaults(questions=[])
    words = "a spoken question; repeatable, and mixed with --text in any order (neither: one typed turn per line of input)"
    converse.add_argument("--in", action=_Asked, const="in", metavar="WAV", help=words)
    converse.add_argument("--text", action=_Asked, const="text", metavar="T", help="a typed question")
    converse.add_argument("-o", "--out", type=Path, metavar="FOLDER", help="keep every answer there: sound, track, words, project")
    converse.add_argument("--persona", default="friend", metavar="P", help="who answers (default: friend)")
    converse.add_argument("--ears", choices=("embedded", "azure"), default="", help="who recognises (default: azure where there is a key)")
    converse.add_argument(
        "--answering",
        choices=("scripted", "chat", "voice-live", "realtime"),
        default="",
        help="who answers: the scripted persona, a chat model, or a service that hears and speaks too (default: chat where there is a key)",
    )
    converse.add_argument("--voice", metavar="ID", help="an embedded voice, or azure:NAME (default: the persona's)")
    converse.add_argument("--speed", type=float, default=1.0, help="speaking rate, 0.5 to 2 (default 1)")
    converse.add_argument("--language", default="", metavar="TAG", help="of the questions, such as en-US; up to four with commas")
    converse.add_argument("--fast", action="store_true", help="feed recordings as fast as they are taken, not in their own time")
    converse.add_argument(
        "--source", metavar="S", help=f"animates the answers: {SOURCES} (default: a2f where its network can run, else visemes)"
    )


def build_parser() -> argparse.ArgumentParser:
    """The whole command line."""
    parser = argparse.ArgumentParser(prog="visemesync-preview", description="Preview and tune audio-driven faces.")
    parser.add_argument("--version", action="version", version=f"VisemeSync Preview {__version__}")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB")

    def add(name: str, text: str) -> argparse.ArgumentParser:
        verb = verbs.add_parser(name, help=text, description=text)
        verb.add_argument("--json", action="store_true", help="print one JSON document on standard output")
        verb.add_argument("--progress", choices=("auto", "json", "none"), default="auto", help="progress on standard error")
        return verb

    preview = add("preview", "open the window (without a display: render a demo video)")
    preview.add_argument("audio", nargs="?", type=Path, help="audio file to open")
    preview.add_argument("--text", help="a line to have ready in the window")
    preview.add_argument("--avatar", type=Path, metavar="GLB")
    preview.add_argument("--a", "--source-a", dest="a", metavar="SOURCE", help="source of slot A")
    preview.add_argument("--b", "--source-b", dest="b", metavar="SOURCE", help="source of slot B")
    _add_makers(add)
    _add_tools(add)
    _add_reviews(add)
    _add_hand_off(add)
    _add_converse(add("converse", "the conversation without a window: spoken or typed questions in, answers out"))
    return parser


def _use_places(verb: str) -> None:
    """Let verbs that may ask a cloud service go by the places that the window remembers."""
    if verb in ("speak", "doctor", "batch", "converse", "take"):
        from app.keys.found import CHOSEN
        from app.settings import Settings

        CHOSEN.now = Settings.load().services


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb.

    Args:
        arguments: the command line without the program's name; None takes it from the process.

    Returns:
        The exit status.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    if not words or (words[0] not in VERBS and words[0] not in ("-h", "--help", "--version")):
        words.insert(0, "preview")
    options = build_parser().parse_args(words)
    register_remote_sources()
    guard_logs()
    hide_environment()
    _use_places(options.verb)
    room = "app.commands.review" if options.verb in REVIEW_VERBS else "app.commands"
    command = importlib.import_module(f"{room}.{options.verb}")
    try:
        return int(command.run(options))
    except PreviewError as error:
        print(redacted(str(error)), file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("Stopped; nothing was written.", file=sys.stderr)
        return 2
    except BrokenPipeError:  # the reader of our output went away, as `| head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
