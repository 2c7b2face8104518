"""``stream``: live faces to other programs."""

from __future__ import annotations

import json
import sys
import time
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from app.audio.clips import read_clip
from app.commands.live.reports import Ticker, receiver_report, receiver_text
from app.commands.options.tuned import tuning_of_options, with_tuning
from app.commands.pipeline import animation_of, notes_of_text, source_or_default, speech_from_text
from app.commands.progress import Progress
from app.commands.sound import sound_options
from app.commands.speak import delivery_of
from app.commands.told import say
from app.core.errors import ServiceError, SourceError, StreamingError
from app.core.source_spec import SourceSpec
from app.core.speech import AudioClip
from app.core.track import Animation, BlendshapeTrack
from app.core.tuning import tuned_animation
from app.formats.registry import read_track_file
from app.lipsync.registry import make_source, title_of
from app.lipsync.source import ListensLive
from app.streaming.address import Address
from app.streaming.broadcast import Broadcast, StreamOptions
from app.streaming.supplies import NewestFace, PlayedTrack

#: the verb looks this often at the sound, the microphone and what has come of it
_LOOK_S = 0.01
_TICK_S = 0.5
#: of the sound that a face is made from
_HEARD_RATE = 16_000
#: after the end the last face is sent for so long, so that a lost packet leaves no mouth open
_TAIL_S = 0.1


def run(options: Namespace) -> int:
    """Send until the end, or Ctrl+C.

    Raises:
        StreamingError: a bad address, or nothing or too much to send.
        ServiceError: no receiver could be reached at all.
    """
    if (options.track is not None) + bool(options.text) + options.mic != 1:
        raise StreamingError("Say what to send: a track file, --text with a line, or --mic; one of them.")
    addresses = [Address.parse(text) for text in options.to]
    how = StreamOptions(options.rate, options.subject, options.names, not options.no_head, options.token)
    if options.mic:
        return _stream_microphone(options, addresses, how)
    track, sound = _of_text(options) if options.text else _of_file(options)
    played = PlayedTrack(track, options.loop)
    with _sounding(sound, played, options.loop) as tend, Broadcast(played.face, addresses, how) as broadcast:
        return _attend(options, broadcast, tend, lambda: played.is_over)


def _of_text(options: Namespace) -> tuple[BlendshapeTrack, AudioClip | None]:
    source = source_or_default(options.source)
    tuning = tuning_of_options(options, source)
    for note in notes_of_text(options.text, options.voice):
        print(note, file=sys.stderr)
    progress = Progress(options.progress)
    speech = speech_from_text(options.text, options.voice, options.speed, progress, delivery_of(options))
    animation = animation_of(source, speech, options.fps, progress, tuning.native, in_fps=options.in_fps)
    return with_tuning(animation, tuning, speech).arkit, speech.audio


def _of_file(options: Namespace) -> tuple[BlendshapeTrack, AudioClip | None]:
    file = read_track_file(options.track, options.in_fps)
    say(options.track.name, file.told)
    how = sound_options(options)
    clip = None if options.audio is None else read_clip(options.audio, how.channel, how.encoder_delay_s)
    return tuned_animation(Animation(file.track), tuning_of_options(options)).arkit, clip


@contextmanager
def _sounding(sound: AudioClip | None, played: PlayedTrack, is_looped: bool) -> Iterator[Callable[[], None]]:
    """Play a sound, or none; what is yielded keeps the track with it and is to be called often."""
    if sound is None:
        played.start()
        yield lambda: None
        return
    from app.audio.player import Player

    player = Player()
    try:
        player.load(sound)
        if is_looped:
            player.set_loop(0.0, sound.duration_s)
        status = player.open()
        if status.silent_reason:
            print(f"The line is sent without its sound: {status.silent_reason}", file=sys.stderr)
        player.play()
        has_ended = [False]

        def tend() -> None:
            if player.playing:
                played.follow(player.clock.now(), runs=True)
            elif not has_ended[0]:  # the track may be longer than its sound
                has_ended[0] = True
                played.start(sound.duration_s)

        yield tend
    finally:
        player.close()


def _stream_microphone(options: Namespace, addresses: list[Address], how: StreamOptions) -> int:
    from app.audio.microphone import Microphone

    spec = SourceSpec.parse(options.source or "a2f")
    source = make_source(spec, options.fps)
    if not isinstance(source, ListensLive):
        raise SourceError(f"The source {title_of(spec)} cannot listen to a microphone here; choose --source a2f.")
    ear, face = source.live(_HEARD_RATE), NewestFace()
    pushed = made = 0
    with Microphone(rate=_HEARD_RATE) as microphone, Broadcast(face.face, addresses, how) as broadcast:

        def tend() -> None:
            nonlocal pushed, made
            samples = microphone.read_new()
            read_s = time.perf_counter()
            if not len(samples):
                return
            frames = ear.push(samples)
            pushed, made = pushed + len(samples), made + len(frames)
            if len(frames):
                behind_s = pushed / _HEARD_RATE - (made - 1) / ear.fps
                face.put(frames[-1], read_s - microphone.latency_s - behind_s)

        return _attend(options, broadcast, tend, lambda: False)


def _attend(options: Namespace, broadcast: Broadcast, tend: Callable[[], None], is_over: Callable[[], bool]) -> int:
    """Wait for the end, and say what came of it."""
    ticker, began_s, told_s = Ticker(options.progress), time.perf_counter(), 0.0
    ends_s = began_s + options.seconds if options.seconds else float("inf")
    with suppress(KeyboardInterrupt):
        while not is_over() and (now_s := time.perf_counter()) < ends_s:
            tend()
            if now_s - told_s >= _TICK_S:
                told_s = now_s
                ticker.say("; ".join(f"{c.address} {c.rate_hz:.0f}/s {c.fault}".strip() for c in broadcast.counters()))
            time.sleep(_LOOK_S)
        time.sleep(_TAIL_S)
    ticker.end()
    broadcast.stop()
    seconds, counters = time.perf_counter() - began_s, broadcast.counters()
    if options.json:
        receivers = [receiver_report(one) for one in counters]
        print(json.dumps({"seconds": round(seconds, 3), "rate": options.rate, "skipped": broadcast.skipped, "receivers": receivers}))
    else:
        print(f"{seconds:.1f} s at {options.rate:g} faces a second, {broadcast.skipped} moments missed")
        for one in counters:
            print(f"  {receiver_text(one)}")
    if all(one.fault and not one.clients for one in counters):
        raise ServiceError(counters[0].fault)
    return 0
