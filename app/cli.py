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
from app.commands.live.arguments import add_live
from app.commands.options.arguments import (
    SOURCES,
    add_acting,
    add_avatar,
    add_in_fps,
    add_keys_and_cues,
    add_layers,
    add_picture,
    add_sound,
    add_source,
    add_speech,
    add_tls,
    add_tuning,
    add_writing,
    dollars,
    hours,
    moments,
    rate,
    seconds,
    size,
)
from app.commands.options.hand_off import add_hand_off
from app.commands.review.arguments import add_reviews, add_table
from app.commands.services.arguments import add_load
from app.core.errors import PreviewError
from app.core.installation import how_to_get_whole
from app.keys.found import hide_environment
from app.keys.secret import guard_logs, redacted
from app.remote.link.tls import CA_VARIABLE
from app.remote.link.trust import TRUSTED
from app.remote.sources import register as register_remote_sources

#: those that may ask a server of faces
ASKING_VERBS = ("preview", "speak", "animate", "render", "batch", "converse", "stream", "take", "load")
#: their modules are in app.commands.review
REVIEW_VERBS = ("take", "diff", "page", "notes", "study", "pack")
#: theirs are in app.commands.live
LIVE_VERBS = ("stream", "listen")
#: in app.commands.machine
MACHINE_VERBS = ("clean",)
#: in app.commands.services
SERVICE_VERBS = ("load",)
VERBS = (
    "preview", "speak", "animate", "render", "check", "convert", "formats", "inspect", "doctor", "bench", "serve", "batch", "cost",
    "converse", *MACHINE_VERBS, *SERVICE_VERBS, *LIVE_VERBS, *REVIEW_VERBS,
)  # fmt: skip


def _add_tools(add: Callable[[str, str], argparse.ArgumentParser]) -> None:
    """The verbs about files and this machine."""
    convert = add("convert", "between track formats, mapped by name and resampled by time")
    convert.add_argument("track", type=Path, metavar="IN", help="a track, a take (side A), or a project (its words and phones)")
    convert.add_argument("out", type=Path, metavar="OUT")
    convert.add_argument("--fps", type=rate, default=None, metavar="N", help="resample to this rate")
    add_in_fps(convert)
    convert.add_argument("--swap-sides", action="store_true", help="exchange left and right of jaw and mouth, where they are swapped in IN")
    add_avatar(convert, "put the motion on this avatar, or use its names, where the format has some (default: the bundled one)")
    add_writing(convert)
    add("formats", "every format of motion: its key, its ending, whether it is read and written")
    add_layers(convert)
    _add_serve(add("serve", "the server for VisemeSync, the browser and this program"))
    check = add("check", "lip-sync lint; exit 1 when something needs work")
    check.add_argument("track", type=Path, metavar="TRACK")
    check.add_argument("--audio", type=Path, metavar="A", help="the sound, to judge silence and sync")
    add_sound(check)
    check.add_argument("--phones", type=Path, metavar="P", help="timed phones (TextGrid, JSON, ...), to judge P, B and M")
    check.add_argument("--speaker", metavar="NAME", help="whose phones to take from a TextGrid with several speakers")
    check.add_argument("--fix", type=Path, metavar="OUT", help="write the track with all that can be mended, in the format of OUT's name")
    add_in_fps(check)
    add_writing(check)
    inspect = add("inspect", "meshes, targets, missing channels, problems of an avatar")
    inspect.add_argument("avatar", type=Path)
    inspect.add_argument("--mapping", type=Path, metavar="JSON", help="assign shapes to channels as this file says")
    inspect.add_argument("--mapping-out", type=Path, metavar="JSON", help="write the present assignment, to be edited")
    inspect.add_argument("--mapping-keep", action="store_true", help="keep --mapping for this file; without --mapping, forget it")
    doctor = add("doctor", "GL, audio devices, what runs the networks, voices and versions, with advice")
    doctor.add_argument("--bundle", type=Path, metavar="FOLDER", help="examine an Audio2Face-3D bundle instead, and print what differs")
    doctor.add_argument("--updates", action="store_true", help="ask once whether a newer version was published")
    doctor.add_argument("--azure", action="store_true", help="what is wrong with keys, regions, deployments and the way to them")
    doctor.add_argument("--live", action="store_true", help="with --azure: speak, hear and answer once with the real services, and report")
    doctor.add_argument("--report", type=Path, metavar="FILE", help="with --live: where the report goes (default: azure-report.json)")
    clean = add("clean", "remove what this program keeps: what can be made again, and logs; or all of it")
    clean.add_argument("--all", action="store_true", help="settings, recordings, answers, open sessions and kept keys too")
    clean.add_argument("--yes", action="store_true", help="do not ask")
    clean.add_argument("--list", action="store_true", help="say where everything is and how large, and remove nothing")
    _add_cost(add("cost", "what the month has cost, will cost, and what Audio2Face adds to it"))
    bench = add("bench", "the benchmarks, beside their budgets")
    bench.add_argument("names", nargs="*", metavar="NAME", help="which (default: all)")
    bench.add_argument("--list", action="store_true", help="say what there is and what it has to keep, and measure nothing")
    bench.add_argument(
        "--against",
        metavar="BASELINE",
        help="print ratios to what bench --json wrote (tests/bench/baseline.json), or to a revision of git that is measured here and now",
    )
    bench.add_argument("--into", type=Path, metavar="FILE", help="put the figures into this file, among those of other benchmarks")


def _add_cost(cost: argparse.ArgumentParser) -> None:
    cost.add_argument("--prices", type=Path, metavar="FILE", help="prices to go by (default: assets/prices.toml)")
    cost.add_argument("--budget", type=dollars, metavar="USD", help="a month; exit 1 when it is spent (default: the window's)")
    cost.add_argument("--gpu", default="", metavar="NAME", help="a rented GPU such as 'RunPod T4' (default: the guide's)")
    many = cost.add_argument_group("what many voices at once take, out of what one was measured to take")
    many.add_argument("--voices", type=int, metavar="N", help="reckon machines, network and money for N voices at once")
    many.add_argument("--source", default="a2f:light", metavar="S", help="of the voices (default a2f:light)")
    many.add_argument("--machine", default="", metavar="NAME", help="a rented machine of the prices (default: their first)")
    many.add_argument("--free", type=float, default=0.25, metavar="F", help="share of the places that stays free (default 0.25)")
    many.add_argument("--per-gpu", type=float, default=0.0, metavar="N", help="voices that --gpu was measured to carry, as `load` finds it")
    cost.add_argument("--gpu-hours", type=hours, metavar="H", help="of the month (default: as counted, else the guide's)")


def _add_makers(add: Callable[[str, str], argparse.ArgumentParser]) -> None:
    """The verbs that make an animation."""
    speak = add("speak", "text to speech to animation; the ending of OUT picks mp4, wav or a track format")
    speak.add_argument("text")
    speak.add_argument("-o", "--out", type=Path, required=True)
    add_speech(speak)
    add_tuning(speak)
    add_source(speak)
    add_layers(speak)
    add_picture(speak)
    add_writing(speak)

    animate = add("animate", "audio to a track file")
    animate.add_argument("audio", type=Path)
    add_sound(animate)
    animate.add_argument("-o", "--out", type=Path, required=True, metavar="TRACK")
    add_source(animate)
    add_layers(animate)
    add_tuning(animate)
    add_acting(animate)
    add_avatar(animate, "say what of the motion this avatar cannot show; 3D scenes hold it")
    add_writing(animate)
    animate.add_argument("--transcript", type=Path, metavar="TXT", help="what is said: a text, SRT, VTT, or a TextGrid with the phones")

    batch = add(
        "batch", "animate every recording of a folder, or every line of a table; the same command again goes on where it was stopped"
    )
    words = "recordings (NAME.txt beside NAME.wav is its text), or a dialogue table: a take, a track and a line of the report for each row"
    batch.add_argument("folder", type=Path, metavar="FOLDER|TABLE.csv", help=words)
    batch.add_argument("-o", "--out", type=Path, required=True, metavar="FOLDER", help="folder of the results, the journal and the report")
    batch.add_argument("--format", default="csv", metavar="F", help="of the tracks: an ending such as a2f.csv, or a key (default csv)")
    add_sound(batch)
    add_source(batch)
    add_tuning(batch)
    add_avatar(batch, "say what of the motion this avatar cannot show")
    add_keys_and_cues(batch)
    add_table(batch.add_argument_group("of a dialogue table"))
    where = batch.add_mutually_exclusive_group()
    where.add_argument("--jobs", type=int, default=1, metavar="N", help="processes on this machine (default 1)")
    where.add_argument("--cluster", metavar="ADDRESS", help="through Ray: auto, HOST:PORT, ray://HOST:PORT, or local")

    _add_render(add("render", "a video with sound, frames, a still or a sheet; one side, or two or three"))


def _add_render(render: argparse.ArgumentParser) -> None:
    render.add_argument("audio", type=Path)
    add_sound(render)
    words = ".mp4, .mov for ProRes, face.%%04d.png for frames, .png with --still or --sheet"
    render.add_argument("-o", "--out", type=Path, required=True, metavar="OUT", help=words)
    render.add_argument("--codec", choices=("h264", "prores"), help="of the video; OUT's ending says it, too")
    render.add_argument("--frames", action="store_true", help="numbered PNGs instead of a video")
    render.add_argument("--still", type=seconds, metavar="T", help="one picture, T seconds into the sound")
    render.add_argument("--sheet", choices=("phones", "visemes", "before-after"), default="", help="one picture of many faces")
    render.add_argument("--at", type=moments, default=(), metavar="T,T", help="of --sheet before-after (default: where they differ)")
    render.add_argument("--start-timecode", metavar="TC", help="of the first frame: 01:00:00:00, or 01:00:00;00 for drop frame")
    render.add_argument("--track", type=Path, metavar="FILE", help="animate with this track instead of a source")
    render.add_argument("--compare", action="append", default=[], metavar="S2", help="another source, shown to the right; twice for three")
    render.add_argument("--transcript", type=Path, metavar="TXT")
    add_tuning(render)
    add_acting(render)
    render.add_argument("--head", action="store_true", help="head and eye angles of the track turn the avatar's head and eyes")
    render.add_argument("--curves", action="store_true", help="a strip of curves under the picture")
    add_source(render)
    add_layers(render)
    add_picture(render)


def _add_serve(serve: argparse.ArgumentParser) -> None:
    serve.add_argument("--host", default="127.0.0.1", help="address to listen on (default: this machine only)")
    serve.add_argument("--port", type=int, default=8000, help="port (default 8000; 0 takes a free one)")
    add_avatar(serve, "say what of the served motion this avatar cannot show")
    serve.add_argument("--source", default="a2f", metavar="S", help="a2f, a2f:light, nvidia:FOLDER or mock (default a2f)")
    serve.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto", help="where the network runs")
    serve.add_argument("--token", default="", help="asked of every caller; needed beyond this machine (or set VISEMESYNC_TOKEN)")
    serve.add_argument("--token-file", type=Path, metavar="FILE", help="tokens, one a line; read again when it changes")
    serve.add_argument(
        "--cors", action="append", metavar="ORIGIN", help="web origin that may call, repeatable, * for all (default: this machine's pages)"
    )
    serve.add_argument("--allow-host", action="append", metavar="NAME", help="name that the server goes by, repeatable, * for any")
    serve.add_argument("--per-address", type=int, default=64, metavar="N", help="connections of one address (default 64)")
    serve.add_argument("--tls-cert", type=Path, metavar="PEM", help="certificate, for https and wss")
    serve.add_argument("--tls-key", type=Path, metavar="PEM", help="its key")
    serve.add_argument("--max-streams", type=int, default=None, metavar="N", help="never more voices (default: as many as measured)")
    words = "take so many voices however late their frames are: nothing is measured, and nobody is refused for what else runs here"
    serve.add_argument("--fixed-streams", type=int, default=None, metavar="N", help=words)
    serve.add_argument("--trace", default="", metavar="URL", help="of an OpenTelemetry collector, which gets traces of voices")
    serve.add_argument("--as-worker", action="store_true", help=argparse.SUPPRESS)
    words = "a proxy in front whose X-Forwarded-For is believed: an address or network, repeatable"
    serve.add_argument("--behind-proxy", action="append", metavar="ADDRESS", help=words)
    words = "start nothing: ask the server that these options start whether it serves voices; exit 3 when it does not"
    serve.add_argument("--check", action="store_true", help=words)
    cluster = serve.add_argument_group("beyond one process")
    cluster.add_argument("--workers", type=int, metavar="N", help="as N processes of this machine behind HAProxy")
    cluster.add_argument(
        "--cluster", nargs="?", const="local", metavar="ADDRESS",
        help="workers placed by Ray at auto or HOST:PORT, behind HAProxy here; local: as --workers",
    )  # fmt: skip
    cluster.add_argument("--replicas", type=int, default=2, metavar="N", help="workers of a cluster (default 2)")
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
    parser.add_argument("--smoke-test", action="store_true", help="prove that the program works on this machine, step by step")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB")

    def add(name: str, text: str) -> argparse.ArgumentParser:
        verb = verbs.add_parser(name, help=text, description=text)
        verb.add_argument("--json", action="store_true", help="print one JSON document on standard output")
        verb.add_argument("--progress", choices=("auto", "json", "none"), default="auto", help="progress on standard error")
        if name in ASKING_VERBS:
            add_tls(verb)
        return verb

    preview = add("preview", "open the window (without a display: render a demo video)")
    preview.add_argument("files", nargs="*", metavar="FILE", help="projects, takes, avatars, recordings or tracks to open")
    preview.add_argument("--new-window", action="store_true", help="a window of its own, also where one is open that would take the files")
    preview.add_argument("--text", help="a line to have ready in the window")
    preview.add_argument("--avatar", type=Path, metavar="GLB")
    preview.add_argument("--a", "--source-a", dest="a", metavar="SOURCE", help="source of slot A")
    preview.add_argument("--b", "--source-b", dest="b", metavar="SOURCE", help="source of slot B")
    _add_makers(add)
    _add_tools(add)
    add_load(add)
    add_live(add)
    add_reviews(add)
    add_hand_off(add, add_avatar, size)
    _add_converse(add("converse", "the conversation without a window: spoken or typed questions in, answers out"))
    return parser


def _use_places(verb: str) -> None:
    """Let verbs that may ask a cloud service go by the places that the window remembers."""
    if verb in ("speak", "doctor", "batch", "converse", "take", "stream"):
        from app.keys.found import CHOSEN
        from app.settings import Settings

        CHOSEN.now = Settings.load().services


def _use_certificates(options: argparse.Namespace) -> None:
    """Let verbs that may ask a server trust the certificates that the user named or has trusted before."""
    if options.verb not in ASKING_VERBS:
        return
    if options.tls_ca is not None:
        os.environ[CA_VARIABLE] = str(options.tls_ca.absolute())  # for the processes of a batch as well
    if any("https:" in str(value) for value in vars(options).values()):
        from app.settings import Settings

        TRUSTED.restore(Settings.load().sources.trusted)


def main(arguments: Sequence[str]) -> int:
    """Run one verb.

    Args:
        arguments: the command line without the program's name, as ``app.begin`` took it from the process.

    Returns:
        The exit status.
    """
    words = list(arguments)
    if words[:1] == ["--smoke-test"]:
        from app.commands.proofs.proving import main as prove

        register_remote_sources()
        return prove(words[1:])
    if not words or (words[0] not in VERBS and words[0] not in ("-h", "--help", "--version")):
        words.insert(0, "preview")
    options = build_parser().parse_args(words)
    register_remote_sources()
    guard_logs()
    hide_environment()
    _use_places(options.verb)
    _use_certificates(options)
    rooms = {".review": REVIEW_VERBS, ".live": LIVE_VERBS, ".machine": MACHINE_VERBS, ".services": SERVICE_VERBS}
    room = next((room for room, verbs in rooms.items() if options.verb in verbs), "")
    try:
        command = importlib.import_module(f"app.commands{room}.{options.verb}")
        return int(command.run(options))
    except PreviewError as error:
        print(redacted(str(error)), file=sys.stderr)
        return error.exit_code
    except ModuleNotFoundError as error:
        if (error.name or "app").partition(".")[0] in ("app", "models"):
            raise
        print(f"{options.verb} needs the package {error.name}, which this installation has not; {how_to_get_whole()}.", file=sys.stderr)
        return 3
    except KeyboardInterrupt:
        print("Stopped; nothing was written.", file=sys.stderr)
        return 2
    except BrokenPipeError:  # the reader of our output went away, as `| head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
