"""What is connected to what: the one place where the session, the widgets and the controllers of the window meet."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt, SignalInstance

from app.session import Session
from app.ui.window.controls import Controls
from app.ui.window.widgets import Widgets


def wire(session: Session, widgets: Widgets, controls: Controls) -> None:
    """Connect everything but the commands.

    Args:
        session: its parts tell what changed.
        widgets: tell what the user does.
        controls: do it, and show what changed.
    """
    for connect in (_wire_state, _wire_parts, _wire_comparison, _wire_sound, _wire_loop, _wire_links, _wire_picture, _wire_panels):
        connect(session, widgets, controls)
    _wire_review(session, widgets, controls)


def _told(signal: SignalInstance, *receivers: Callable[..., object]) -> None:
    """Connect several receivers, in the order in which they are told."""
    for receiver in receivers:
        signal.connect(receiver)


# -- the session changed


def _wire_state(session: Session, w: Widgets, c: Controls) -> None:
    """Avatar, speech, sides and motion."""
    state = session.state

    def show_speech(_speech: object) -> None:
        speech = state.speech
        duration_s = 0.0 if speech is None else speech.audio.duration_s
        w.timeline.set_speech(speech, state.peaks)
        file = session.speeches.file
        w.timeline.set_sound("" if file is None else file.name, "" if speech is None else speech.text)
        w.sound_strip.set_speech(speech, state.peaks)
        w.axis.set_duration(duration_s)
        w.emotion_lane.set_duration(duration_s)

    def tune(*_: object) -> None:
        w.tuning.set_side(state.shown, tuple(sorted(state.sides)), state.shown_side.fps)

    _told(state.avatar_changed, c.look.correct_avatar, c.avatars.show, c.shapes.avatar_changed, w.compare.refresh)
    _told(state.avatar_changed, c.content.mark_missing, c.editing.rig_changed, c.feelings.warn)
    _told(state.speech_changed, show_speech, w.compare.show_lanes)
    _told(state.source_changed, c.source.show, c.bundles.use, c.compare_view.refresh, w.compare.refresh, tune, c.editing.show)
    _told(state.source_changed, c.feelings.show_source, c.feelings.warn, c.listening.refresh, c.tag.show)
    _told(state.motion_changed, c.content.show_side, c.tag.show, c.compare_view.motion_changed, c.editing.motion_changed)
    _told(state.shown_changed, c.content.show, c.content.mark_missing, c.tag.show, c.tuned.show, c.source.show, tune)
    _told(state.shown_changed, c.editing.show, c.editing.remark, c.compare_view.motion_changed, w.compare.refresh)
    _told(state.shown_changed, c.feelings.show_source, c.listening.write)
    _told(state.sides_changed, c.source.show, c.compare_view.refresh, w.compare.refresh, tune, c.content.show, c.editing.show, c.tag.show)
    session.bundles.changed.connect(tune)
    tune()
    for changed in (state.avatar_changed, state.speech_changed, state.source_changed, state.motion_changed, state.shown_changed):
        changed.connect(c.loop.mark_dirty)


def _wire_parts(session: Session, w: Widgets, c: Controls) -> None:
    """What else the session tells, and who shows it."""
    messages, workers, undo = session.messages, session.workers, session.undo

    def fail(sentence: str) -> None:
        w.preview.loading_failed()
        w.preview.banner.show_error(sentence)
        c.avatars.refresh()

    messages.failed.connect(fail)
    messages.noticed.connect(w.preview.banner.show_notice)
    workers.progress_changed.connect(w.status.set_progress)
    workers.progress_changed.connect(c.speaking.show_busy)
    session.voices.voices_changed.connect(c.voice_choice.show)
    session.voices.voice_changed.connect(c.voice_choice.show)
    session.voices.delivery_changed.connect(c.voice_choice.show_delivery)
    session.speeches.phones_guessed.connect(c.files.offer_transcript)
    session.sources.track_opened.connect(c.rate.tell)
    session.avatars.motion_found.connect(c.files.offer_motion)
    session.speeches.noticed.connect(c.sound_notes.tell)
    session.export.written.connect(c.files.tell_written)
    session.pages.written.connect(c.files.tell_written)
    session.hand_off.written.connect(c.files.tell_written)
    c.files.notes_wanted.connect(c.hand_off.take_in)
    _told(session.life.changed, c.loop.mark_dirty)
    session.hush.changed.connect(c.loop.mark_dirty)
    _told(session.tunings.changed, c.loop.mark_dirty, c.tuned.show, c.compare_view.label)
    session.tunings.changed.connect(lambda: w.actions["bypass"].setChecked(session.tunings.latched))
    session.network.device_changed.connect(w.status.set_network)
    session.linting.found.connect(c.findings.count)
    _told(session.edits.changed, c.editing.show, c.tuned.show)
    for name, words, allowed, changed, text_changed in (
        ("undo", "Undo", undo.canUndo(), undo.canUndoChanged, undo.undoTextChanged),
        ("redo", "Redo", undo.canRedo(), undo.canRedoChanged, undo.redoTextChanged),
    ):
        action = w.actions[name]
        action.setEnabled(allowed)
        changed.connect(action.setEnabled)
        text_changed.connect(lambda text, action=action, words=words: action.setText(f"{words}: {text}" if text else words))
    projects = session.projects
    projects.allows = c.projects.allows_servers
    projects.opened.connect(c.projects.opened)
    projects.lacked.connect(c.projects.ask_where)
    projects.saved.connect(lambda path: w.preview.banner.show_success(f"Saved {path.name}."))
    for changed in (projects.dirty_changed, projects.saved, projects.opened):
        changed.connect(c.projects.write_title)


def _wire_comparison(session: Session, w: Widgets, c: Controls) -> None:
    comparing, rigs = session.comparing, session.comparing.side_rigs
    _told(session.dual.changed, c.compare_view.label, c.loop.mark_dirty)
    _told(comparing.changed, c.compare_view.refresh, w.compare.refresh, c.loop.mark_dirty)
    comparing.measured.connect(w.compare.show_numbers)
    rigs.changed.connect(c.content.mark_missing)
    rigs.made.connect(c.look.correct_side)
    _told(rigs.corrected, c.stages.forget_sent, c.content.show, c.editing.rig_changed, c.loop.mark_dirty)
    w.compare.source_chosen.connect(c.source.choose_for)
    w.compare.ghost_chosen.connect(c.compare_view.set_ghost)
    w.preview.framed.connect(c.compare_view.framed)
    w.preview.view_changed.connect(c.compare_view.view_changed)


def _wire_sound(session: Session, w: Widgets, c: Controls) -> None:
    """Playback, the microphone, and feelings."""
    playback, live, emotion, bundles = session.playback, session.live, session.emotion, session.bundles

    def show_loop(loop: tuple[float, float] | None) -> None:
        w.actions["loop"].setChecked(playback.looping)
        w.timeline.set_loop(loop, playback.looping)

    playback.playback_changed.connect(w.transport.set_playing)
    playback.moved.connect(c.loop.moved)
    _told(session.counting.changed, c.loop.forget_dropped, c.loop.mark_dirty)
    session.state.sound_changed.connect(c.loop.forget_dropped)
    playback.loop_changed.connect(show_loop)
    playback.output_changed.connect(lambda: w.transport.set_output(playback.speed, playback.volume))
    playback.output_changed.connect(c.figures.write)
    playback.output_changed.connect(c.sync.check)
    playback.sound_changed.connect(c.sync.tell_sound)
    live.face_changed.connect(c.loop.mark_dirty)
    _told(live.toggled, c.tag.show, c.feelings.show_live)
    live.named.connect(c.tag.show)
    session.incoming.changed.connect(c.tag.show)
    w.live_bar.stopped.connect(c.faces.stop_live)
    w.live_sign.clicked.connect(c.faces.open)
    emotion.changed.connect(c.feelings.show_source)
    emotion.changed.connect(c.listening.refresh)
    bundles.emotion_found.connect(c.listening.offer)
    bundles.emotion_opened.connect(c.listening.listen)
    bundles.opened.connect(c.bundles.opened)
    bundles.changed.connect(c.bundles.learn)


def _wire_loop(session: Session, w: Widgets, c: Controls) -> None:
    """Every picture, and twice a second."""
    loop = c.loop
    _told(loop.time_shown, w.emotion.set_time, w.emotion_lane.set_time, w.mark_lane.set_time, w.sound_strip.set_time)
    loop.time_shown.connect(lambda _: session.live.note_posed())
    loop.time_shown.connect(session.live_out.publish)
    loop.time_shown.connect(lambda _: c.compare_view.redraw())
    w.preview.frame_drawn.connect(lambda _: session.live.note_drawn())
    w.preview.frame_drawn.connect(lambda _: session.conversation.recording.note_drawn())
    loop.status_due.connect(c.figures.write)
    w.preview.view_changed.connect(c.figures.write)


def _wire_links(session: Session, w: Widgets, c: Controls) -> None:
    """Servers."""
    links, servers = session.links, session.links.servers

    def show_panel() -> None:
        c.tools.show_curves(True)
        c.links.show()

    links.changed.connect(c.links.place)
    links.changed.connect(c.servers.learn)
    links.lost.connect(c.links.offer)
    links.found.connect(c.links.withdraw)
    servers.changed.connect(c.servers.refresh)
    servers.key_kept.connect(c.servers.tell_key)
    w.link_dot.clicked.connect(show_panel)
    w.link_panel.change_wanted.connect(c.servers.ask)
    c.links.place()


# -- the user does something


def _wire_picture(session: Session, w: Widgets, c: Controls) -> None:
    """Preview, timeline, transport, the bar of the line, and files."""
    playback, bar = session.playback, w.speak_bar

    def ask_for(kind: str) -> None:
        """Ask for what an entry of a picker needs; the pickers go back to what is on until it is there."""
        {"nvidia": c.bundles.ask, "remote": c.servers.ask}.get(kind, partial(c.files.ask_open, kind))()
        c.avatars.refresh()
        c.source.show()

    def stop() -> None:
        """Stop an answer that is being given, else all work."""
        if not session.conversation.interrupt():
            session.workers.stop_all()

    w.timeline.scrub_started.connect(c.scrubbing.begin)
    w.timeline.scrubbed.connect(playback.scrub)
    w.timeline.scrub_ended.connect(c.scrubbing.end)
    w.timeline.loop_dragged.connect(playback.set_loop)
    w.curves.scrubbed.connect(c.scrubbing.scrub_to)
    w.sound_strip.scrubbed.connect(c.scrubbing.scrub_to)
    w.transport.rate_chosen.connect(playback.set_rate)
    w.transport.volume_chosen.connect(playback.set_volume)
    bar.spoken.connect(c.speaking.say)
    bar.stopped.connect(stop)
    session.text_marks.rewritten.connect(bar.rewrite)
    c.files.rewrites = session.text_marks.rewrite
    bar.avatar_chosen.connect(session.avatars.load)
    bar.avatar_wanted.connect(partial(ask_for, "avatar"))
    bar.source_wanted.connect(ask_for)
    bar.voice_chosen.connect(session.voices.choose)
    bar.voices_wanted.connect(c.voice_choice.open)
    bar.source_chosen.connect(c.source.choose)
    w.preview.failed.connect(session.messages.fail)
    w.preview.avatar_wanted.connect(partial(c.files.ask_open, "avatar"))
    w.status.cancelled.connect(stop)
    c.files.project_wanted.connect(c.projects.open)
    c.files.playlist_wanted.connect(session.playlists.open)
    c.files.playlist_wanted.connect(lambda _: c.tools.open(w.playlist, high=True))
    c.files.folder_wanted.connect(session.bundles.open)
    w.recent_menu.aboutToShow.connect(partial(c.files.fill_recent, w.recent_menu))
    w.preview.shapes_wanted.connect(c.shapes.open)
    w.corrections.triggered.connect(c.look.edit_corrections)


def _wire_panels(session: Session, w: Widgets, c: Controls) -> None:
    """Curves, edits, emotion, tuning and lint."""
    bar, presets = w.edit_bar, w.tuning.presets
    _told(w.layers.changed, c.content.show, c.editing.remark, c.loop.mark_dirty)
    c.stages.made.connect(c.content.show_side)
    c.stages.made.connect(c.editing.motion_changed)
    w.curves.lane_hovered.connect(c.light.light)
    w.curves.picks_changed.connect(c.editing.describe)
    w.curves.picks_changed.connect(c.editing.remark)
    w.curves.set_explanation(c.editing.why_still)
    bar.wanted.connect(c.editing.apply)
    bar.changed.connect(c.editing.change)
    bar.removed.connect(c.editing.remove)
    bar.cleared.connect(c.editing.clear)
    bar.chosen.connect(c.editing.choose)
    bar.dropped.connect(c.editing.unmark)
    c.editing.wanted.connect(partial(c.tools.open, bar))
    _wire_keys(session, w, c)
    c.editing.counted.connect(c.bringing.name_tab)
    c.bringing.wanted.connect(partial(c.tools.open, bar))
    c.bringing.jumped.connect(c.scrubbing.go_to)
    c.bringing.show()
    for panel in (w.emotion, w.emotion_lane, w.mark_lane):
        panel.time_wanted.connect(c.scrubbing.go_to)
    w.listeners.chosen.connect(c.listening.choose)
    _wire_layers(session, w, c)
    w.lint.jumped.connect(lambda t, _channels: c.scrubbing.go_to(t))
    w.lint.jumped.connect(c.findings.show)
    w.lint.list.tried.connect(c.findings.peek)
    _told(session.edits.tried, c.content.show, c.loop.mark_dirty)
    w.tuning.side_chosen.connect(session.state.show)
    presets.failed.connect(session.messages.fail)
    presets.notice.connect(w.preview.banner.show_success)
    presets.chosen.connect(c.tuned.note_preset)
    w.timeline.sound.clicked.connect(c.files.ask_transcript)
    c.editing.show()
    c.feelings.show_source()


def _wire_keys(session: Session, w: Widgets, c: Controls) -> None:
    """Keys on the enlarged curves."""
    for changed in (session.edits.changed, session.state.shown_changed, session.tunings.changed, w.curves.picks_changed, w.layers.changed):
        changed.connect(c.curve_keys.refresh)
    w.axis.changed.connect(c.curve_keys.marks.update)
    c.shuttle_keys.tapped.connect(c.curve_keys.tap)


def _wire_layers(session: Session, w: Widgets, c: Controls) -> None:
    """Parts of the face that come from elsewhere."""
    state, head = session.state, w.actions["head"]

    def turn_head() -> None:
        if not head.isChecked():
            head.trigger()

    _told(session.layers.changed, c.laying.show, c.loop.mark_dirty)
    for changed in (state.shown_changed, state.source_changed, state.sides_changed, state.speech_changed):
        changed.connect(c.laying.show)
    state.motion_changed.connect(c.laying.show_rest)
    c.laying.live_wanted.connect(session.live.listen_beside)
    session.incoming.changed.connect(c.laying.show)
    session.incoming.toggled.connect(c.laying.show)
    session.incoming.came.connect(c.loop.mark_dirty)
    c.laying.wanted.connect(partial(c.tools.open, w.face_layers))
    c.laying.head_wanted.connect(turn_head)
    _told(session.acting.changed, w.acting.show_settings, c.loop.mark_dirty)
    session.acting.switched.connect(lambda on: turn_head() if on else None)
    _told(session.acting.acted, w.acting.show_acted, c.loop.mark_dirty)
    state.shown_changed.connect(w.acting.show_acted)
    session.text_marks.head_wanted.connect(turn_head)
    w.lips_menu.aboutToShow.connect(partial(c.laying.fill_lips, w.lips_menu))
    for side, row in w.compare.rows.items():
        row.letter.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        row.letter.customContextMenuRequested.connect(partial(c.laying.offer_for, row.letter, side))
    c.laying.show()


def _wire_review(session: Session, w: Widgets, c: Controls) -> None:
    """Notes."""
    _told(c.loop.time_shown, c.note_picture.set_time, w.note_lane.set_time, c.film.set_time)
    session.speeches.film_opened.connect(c.film.offer)
    c.reference_drops.dropped.connect(c.noting.add_reference)

    def count() -> None:
        n = sum(note.status == "open" for note in session.notes.all)
        w.tools.setTabText(w.tools.indexOf(w.notes), f"Notes ({n})" if n else "Notes")

    session.notes.changed.connect(count)
