"""What each command of the window does."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from app.core.errors import TimecodeError
from app.formats.project_review import STATUSES
from app.render.camera import FRAMINGS
from app.session import Session
from app.session.compare.comparing import SIDES
from app.ui.window.controls import Controls
from app.ui.window.widgets import Widgets

Does = dict[str, Callable[..., object]]


def commands(session: Session, widgets: Widgets, controls: Controls) -> Does:
    """What the commands do, but for those of the window itself.

    Args:
        session: is commanded.
        widgets: some commands only show or hide.
        controls: carry most of them out.
    """
    files, projects, preview = controls.files, controls.projects, widgets.preview
    return {
        "open": files.ask_open, "transcript": files.ask_transcript, "save_track": files.save_track, "save_video": files.save_video,
        "films": files.films.open_list,
        "save_sound": files.save_sound, "replace_sound": controls.bringing.ask_replace, "save": projects.save, "save_as": projects.save_as,
        "save_take": projects.save_take, "compare_take": controls.takes.ask_compare, "make_again": controls.takes.make_again,
        "takes": partial(controls.tools.open, widgets.playlist, high=True), "next_take": partial(session.playlists.step, 1),
        "previous_take": partial(session.playlists.step, -1),
        **{f"status_{status.replace(' ', '_')}": partial(session.playlists.set_status, status) for status in STATUSES},
        "save_page": controls.pages.write, "take_notes": controls.hand_off.ask_notes,
        "send_notes": controls.hand_off.send_notes, "pack": controls.hand_off.pack,
        "load_timings": lambda: files.ask_timings(session.timing_files.load), "timing_back": session.timing.reset,
        "undo": session.undo.undo, "redo": session.undo.redo, "add_key": controls.feelings.add_key, "mark": controls.editing.mark_loop,
        "set_key": controls.curve_keys.set_here, "copy_curves": controls.copying.copy, "paste_curves": controls.copying.paste,
        "mirror_curves": controls.copying.mirror, "poses": partial(controls.tools.open, widgets.poses, high=True),
        "live": session.live.toggle, "live_out": session.live_out.toggle, "live_in": session.incoming.toggle,
        "record_face": session.taking.toggle, "live_panel": controls.faces.open, "sync": controls.sync.show,
        **{framing: partial(preview.frame, framing) for framing in FRAMINGS},
        "reset": lambda: preview.frame(preview.framing), "swap": controls.source.show_next, "fit": widgets.axis.fit,
        "spectrogram": widgets.timeline.show_spectrogram,
        "curves": controls.tools.show_curves, "tools": controls.tools.show, "compare": controls.compare_key.press,
        "layers": partial(controls.tools.open, widgets.face_layers), "acting": controls.open_acting,
        "conversation": partial(controls.tools.open, widgets.conversation, high=True),
        "costs": widgets.conversation.cost.open, "board": controls.board.show,
        "note": controls.noting.add, "pin": controls.noting.pin, "draw": controls.noting.draw, "voice_note": controls.noting.record,
        **{f"solo_{side.lower()}": partial(session.comparing.solo, side) for side in SIDES},
        **controls.stretching.commands, "touch": controls.touching.set_on, "light": controls.light.set_on,
        "life": controls.life.set_enabled, "head": controls.turn_heads, "bypass": session.tunings.latch_bypass,
        "film": session.sound_film.show, "text_marks": widgets.mark_lane.ask, **_playback_commands(session, widgets, controls),
    }  # fmt: skip


def _playback_commands(session: Session, widgets: Widgets, controls: Controls) -> Does:
    playback = session.playback

    def step(frames: int) -> None:
        playback.step(frames, float(session.counting.clip.count.rate))

    def go_to(text: str) -> None:
        try:
            there_s = session.counting.clip.typed(text, playback.now())
        except TimecodeError as error:
            session.messages.fail(str(error))
        else:
            controls.scrubbing.scrub_to(there_s)
        widgets.preview.setFocus()

    shuttle, marking = session.shuttle, controls.marking
    widgets.transport.place_typed.connect(go_to)
    return {
        "forwards": partial(shuttle.run, 1), "backwards": partial(shuttle.run, -1), "halt": shuttle.stop,
        "go_to": widgets.transport.ask_place, "mark_here": marking.set_here, "edit_mark": marking.edit_here,
        "next_mark": partial(marking.jump_mark, 1), "previous_mark": partial(marking.jump_mark, -1),
        "next_stop": partial(marking.jump, 1), "previous_stop": partial(marking.jump, -1),
        "play": playback.toggle, "forward": partial(step, 1), "back": partial(step, -1), "forward10": partial(step, 10),
        "back10": partial(step, -10), "start": partial(playback.seek, 0.0), "end": lambda: playback.seek(playback.duration_s),
        "loop": playback.set_looping, "in": shuttle.set_in, "out": shuttle.set_out, "clear_loop": partial(playback.set_loop, None),
        "scrub_sound": playback.set_scrub_sound,
    }  # fmt: skip
