"""The controllers of the window: each is given the widgets and the parts of the session that it names."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMainWindow

from app.core.speech import Phone
from app.session import Session
from app.settings import Settings, settings_path
from app.ui.carry.bringing import Bringing
from app.ui.compare.compare_key import CompareKey
from app.ui.compare.compare_view import CompareView
from app.ui.conversation.talking import Talking
from app.ui.curves.curve_content import CurveContent
from app.ui.curves.curve_editing import CurveEditing
from app.ui.curves.findings import Findings
from app.ui.curves.keying.copying import CurveCopying
from app.ui.curves.keying.curve_keys import CurveKeys
from app.ui.curves.stages import StageTracks
from app.ui.curves.stretching import Stretching
from app.ui.expression.feelings import Feelings
from app.ui.expression.listening import Listening
from app.ui.kit.field_keys import TYPING, FieldKeys
from app.ui.kit.held_keys import HeldKeys
from app.ui.layers.layer_words import LayerOffers
from app.ui.layers.laying import Laying
from app.ui.live.live_faces import LiveFaces
from app.ui.poses.asking import ask_pose_file, ask_pose_name
from app.ui.poses.posing_by_hand import PosingByHand
from app.ui.preview.frame_budget import FrameBudget
from app.ui.preview.life_menu import LifeMenu
from app.ui.preview.look_menus import LookMenus
from app.ui.preview.region_light import RegionLight
from app.ui.preview.renderer_menu import RendererMenu
from app.ui.preview.source_tag import SourceTag
from app.ui.preview.touching import Touching
from app.ui.review.board.boarding import Boarding
from app.ui.review.film.film_beside import FilmBeside
from app.ui.review.handing_off import HandOffCommands
from app.ui.review.notes.dropping import ReferenceDrops
from app.ui.review.notes.note_picture import NotePicture
from app.ui.review.notes.noting import Noting
from app.ui.review.notes.picture_overlay import PictureOverlay
from app.ui.review.notes.pictured import PicturedSides
from app.ui.review.pages import PageCommands
from app.ui.review.take_commands import TakeCommands
from app.ui.shapes.shape_mapping import ShapeMapping
from app.ui.sound.device_menus import DeviceMenus
from app.ui.sound.sync import Sync
from app.ui.sources.avatar_choice import AvatarChoice
from app.ui.sources.bundles import BundleOffers
from app.ui.sources.linking import LinkWatch, ServerOffers
from app.ui.sources.sound_notes import SoundNotes
from app.ui.sources.source_choice import SourceChoice
from app.ui.sources.speaking import Speaking
from app.ui.sources.track_rate import TrackRate
from app.ui.sources.voice_choice import VoiceChoice
from app.ui.timeline.count_menu import CountMenu
from app.ui.timeline.editing.lane_editing import LaneEditing
from app.ui.timeline.editing.lane_menu import LaneMenu
from app.ui.timeline.marking import Marking
from app.ui.timeline.scrubbing import Scrubbing
from app.ui.timeline.shuttle_keys import ShuttleKeys
from app.ui.tuning.tuning_tag import TuningTag
from app.ui.window.dialogs import ask_folder, ask_name, ask_open, ask_save
from app.ui.window.figures import Figures
from app.ui.window.files import FileCommands
from app.ui.window.frame_loop import FrameLoop
from app.ui.window.panel_view import PanelView
from app.ui.window.project_files import ProjectFiles
from app.ui.window.scene_view import SceneView
from app.ui.window.tools import Tools
from app.ui.window.widgets import Widgets


class Controls:
    """A plain container: everything that the window can do, by name; it is there once ``make`` was gone through.

    Args:
        window: parent of dialogs, and where keys are heard.
        widgets: what is seen.
        session: what is shown and changed.
        settings: what is remembered.
        default_avatar: the bundled one.
    """

    def __init__(self, window: QMainWindow, widgets: Widgets, session: Session, settings: Settings, default_avatar: Path) -> None:
        self._window, self._widgets, self._session, self._settings = window, widgets, session, settings
        self._default_avatar = default_avatar

    def make(self) -> Iterator[None]:
        """Make them, some in each step."""
        self._make_picture(self._default_avatar)
        yield
        self._make_curves()
        yield
        self._make_sources()
        yield
        self._make_sound()
        yield
        self._make_window(self._default_avatar)
        yield
        self._make_review()

    def _make_picture(self, default_avatar: Path) -> None:
        w, s, settings = self._widgets, self._session, self._settings
        rigs = s.comparing.side_rigs
        self.budget = FrameBudget()
        self.tuned = TuningTag(w.preview, s.state, s.tunings)
        self.compare_view = CompareView(
            w.preview, self.budget, state=s.state, comparing=s.comparing, live=s.live, avatars=w.speak_bar.offered_avatars,
            tuned=lambda side: ", ".join(filter(None, (s.dual.words(side), self.tuned.words(side)))),
        )  # fmt: skip
        self.renderers = RendererMenu(w.renderer_menu, w.preview)
        self.look = LookMenus(
            w.background_menu, w.preview, settings.picture, state=s.state, side_rigs=rigs, messages=s.messages, window=self._window
        )
        self.shapes = ShapeMapping(w.shapes, w.preview, state=s.state, posing=s.posing, messages=s.messages, window=self._window)
        self.life = LifeMenu(w.life_menu, s.life)
        self.tag = SourceTag(w.preview, s.state, s.live)
        self.avatars = AvatarChoice(w.speak_bar, w.preview, settings, s.state, default_avatar)

    def _make_curves(self) -> None:
        w, s = self._widgets, self._session
        state, rigs = s.state, s.comparing.side_rigs

        def phones() -> tuple[Phone, ...]:
            return () if state.speech is None else state.speech.phones

        self.stages = StageTracks(s.tunings.of, phones, lambda side: rigs.of(side) or state.rig, s.messages.fail_task, w.curves)
        self.content = CurveContent(
            w.curves, w.layers, self.stages, state=state, tunings=s.tunings, comparing=s.comparing, live=s.live, posing=s.posing
        )
        self.editing = CurveEditing(
            w.curves, w.edit_bar, w.layers, self.stages, state=state, edits=s.edits, tunings=s.tunings, playback=s.playback,
            side_rigs=rigs, messages=s.messages,
        )  # fmt: skip
        self.curve_keys = CurveKeys(w.curves, w.layers, self.editing, state=state, edits=s.edits, playback=s.playback, messages=s.messages)
        self.copying = CurveCopying(
            w.curves, self.editing, state=state, edits=s.edits, playback=s.playback, workers=s.workers, messages=s.messages
        )
        self.posing = PosingByHand(
            w.poses, w.curves, self.editing, state=state, poses=s.poses, pictures=s.pose_pictures, playback=s.playback, posing=s.posing,
            messages=s.messages, asks_name=partial(ask_pose_name, self._window), asks_file=partial(ask_pose_file, self._window),
        )  # fmt: skip
        self.posing.take_drops((w.curves.large.plot.viewport(), w.curves.all.plot.viewport(), w.timeline), w.axis)
        self.stretching = Stretching(
            self.editing, w.curves, w.edit_bar.numbers, state=state, edits=s.edits, counting=s.counting, playback=s.playback,
            messages=s.messages,
        )  # fmt: skip
        s.counting.snaps_changed.connect(w.actions["snap"].setChecked)
        self.offers = LayerOffers(state, w.speak_bar.offered_sources)
        self.laying = Laying(
            w.face_layers, w.tools, w.curves, self.offers, state=state, layers=s.layers, playback=s.playback, messages=s.messages,
            asks_file=lambda: ask_open(self._window, str(Path.home()), "motion"), incoming=s.incoming,
        )  # fmt: skip
        self.findings = Findings(s.linting, w.lint, w.tools, w.side, w.curves, playback=s.playback)
        self.bringing = Bringing(
            w.conflicts, w.edit_bar, w.tools, w.preview.banner, lambda: ask_open(self._window, self._sound_folder(), "audio"),
            state=state, carrying=s.carrying, replacing=s.replacing, conflicts=s.conflicts, playback=s.playback,
        )  # fmt: skip

    def _sound_folder(self) -> str:
        file = self._session.speeches.file
        return str(Path.home() if file is None else file.parent)

    def _make_sources(self) -> None:
        w, s, known, window = self._widgets, self._session, self._settings.sources, self._window
        self.source = SourceChoice(w.speak_bar, w.actions["swap"], known, state=s.state, sources=s.sources)
        self.speaking = Speaking(w.speak_bar, w.preview, self.source, state=s.state, speeches=s.speeches, workers=s.workers)
        self.voice_choice = VoiceChoice(w.speak_bar, s.voices, window)
        self.bundles = BundleOffers(w.speak_bar, self.source, known, state=s.state, bundles=s.bundles, messages=s.messages, window=window)
        self.rate = TrackRate(w.preview.banner, s.sources, w.actions["head"], window)
        self.sound_notes = SoundNotes(w.preview.banner, s.speeches, window)
        self.servers = ServerOffers(w.speak_bar, self.source, known, state=s.state, links=s.links, messages=s.messages, window=window)
        self.links = LinkWatch(
            w.link_panel, w.side, w.preview.banner, self.servers, state=s.state, links=s.links, live=s.live, motion=s.motion,
            sources=s.sources, dual=s.dual,
        )  # fmt: skip
        self.feelings = Feelings(
            w.emotion, w.emotion_lane, w.side, w.actions["live"], state=s.state, emotion=s.emotion, live=s.live, messages=s.messages
        )
        self.listening = Listening(
            w.listeners, w.emotion, w.emotion_lane, known, state=s.state, emotion=s.emotion, bundles=s.bundles, messages=s.messages,
            window=window,
        )  # fmt: skip

    def _make_sound(self) -> None:
        w, s = self._widgets, self._session
        self.devices = DeviceMenus(w.output_menu, w.microphone_menu, s.playback, s.live)
        self.sync = Sync(s.playback, s.live, s.messages, w.preview.banner, self._window)
        self.scrubbing = Scrubbing(s.playback)
        self.marking = Marking(
            w.timeline, s.marks, s.stops, counting=s.counting, playback=s.playback, scrubbing=self.scrubbing, window=self._window
        )
        self.lane_editing = LaneEditing(
            w.timeline, s.timing, state=s.state, playback=s.playback, workers=s.workers, back=w.actions["timing_back"]
        )  # fmt: skip
        self.lane_menu = LaneMenu(w.timeline.lanes, self.lane_editing, (w.actions["timing_back"], w.actions["spectrogram"]))
        self.count_menu = CountMenu(w.count_menu, s.counting, s.messages, self._window)

    def _make_window(self, default_avatar: Path) -> None:
        w, s, settings, window = self._widgets, self._session, self._settings, self._window
        self.loop = FrameLoop(
            w.preview, w.curves, w.timeline, w.transport, self.budget, values_at=self.content.values_at, state=s.state, playback=s.playback,
            posing=s.posing, life=s.life, live=s.live, hush=s.hush, counting=s.counting,
        )  # fmt: skip
        self.figures = Figures(w.status, w.preview, self.loop, s.playback, s.live)
        self.tools = Tools(
            window, w.splitter, w.right, side=w.side, tabs=w.tools, curves_action=w.actions["curves"], action=w.actions["tools"]
        )
        self.compare_key = CompareKey(w.compare, w.tools, self.tools.show, state=s.state, comparing=s.comparing)
        self.panels = PanelView(w.speak_bar.line, w.actions, self.tools, {"side": w.side, "tools": w.tools})
        self.fields = FieldKeys(window, w.preview, w.actions.values())
        self.files = FileCommands(
            w.preview, settings, window, state=s.state, opener=s.opener, speeches=s.speeches, export=s.export, playback=s.playback,
            counting=s.counting, marks=s.marks,
        )  # fmt: skip
        s.export.told = self.tuned.words
        self.scene = SceneView(
            w.preview, self.compare_view, w.compare, self.look, self.panels, settings=settings.picture, state=s.state,
            comparing=s.comparing, playback=s.playback, film=s.sound_film,
        )  # fmt: skip
        self.projects = ProjectFiles(
            window, self.scene, w.preview.banner, settings, projects=s.projects, autosave=s.autosave, speeches=s.speeches,
            messages=s.messages,
        )  # fmt: skip
        self.takes = TakeCommands(w.playlist, w.preview, w.preview.banner, s, window)
        s.playlists.view, s.projects.folders = self.scene.content, self.files.recent_folders
        self.pages = PageCommands(
            s.pages, s.state, w.preview.banner, window, view=self.scene.content,
            asks_where=lambda proposal: ask_save(window, "Write review page", proposal, "Web page"),
        )  # fmt: skip
        self.hand_off = HandOffCommands(
            s.hand_off, s.state, w.preview.banner, window, view=self.scene.content,
            asks_where=lambda title, proposal, kind, others: ask_save(window, title, proposal, kind, others),
        )  # fmt: skip
        self.talking = Talking(
            w.conversation, conversation=s.conversation, cast=s.cast, live=s.live, life=s.life, messages=s.messages,
            settings=settings.conversation, opens=self.projects.open,
            asks_where=lambda: ask_save(window, "Export the conversation", Path.home() / "conversation.md", "Conversation", (".json",)),
        )  # fmt: skip
        self.faces = LiveFaces(
            w.live_panel, w.preview.banner, w.actions, settings.live, live_out=s.live_out, incoming=s.incoming, taking=s.taking,
            live=s.live, state=s.state, sources=s.sources, speeches=s.speeches, opens=self._open_live,
        )  # fmt: skip
        held = {Qt.Key.Key_X: s.comparing.set_blinking, Qt.Key.Key_T: s.tunings.set_bypassed}
        self.keys = HeldKeys(window, held, {Qt.Key.Key_F8: self.talking.hold})
        self.shuttle_keys = ShuttleKeys(
            window, s.shuttle, lambda frames: s.playback.step(frames, float(s.counting.clip.count.rate)), TYPING
        )

    def _make_review(self) -> None:
        w, s, window = self._widgets, self._session, self._window
        pictures = PicturedSides(w.preview, self.compare_view, s.comparing, s.state)
        self.overlay = PictureOverlay(w.preview, pictures)
        self.note_picture = NotePicture(
            self.overlay, pictures, notes=s.notes, playback=s.playback, voice=s.voice_notes, insets=s.insets, picked=lambda: w.notes.picked
        )
        self.noting = Noting(
            w.notes, w.note_lane, self.overlay, w.pen_bar, self.note_picture, curves=w.curves, notes=s.notes, voice=s.voice_notes,
            state=s.state, playback=s.playback, messages=s.messages, settings=self._settings.review, opens=self.tools.open,
            home=self.fields.leave, asks_name=lambda name: ask_name(window, name),
            asks_file=lambda: ask_open(window, str(Path.home()), "reference"),
        )  # fmt: skip
        self.light = RegionLight(s.state, s.comparing, self.loop.mark_dirty, w.preview)
        self.touching = Touching(w.preview, pictures, self.light, picks=w.curves.pick_touched, messages=s.messages)
        self.touching.switched.connect(w.actions["touch"].setChecked)
        self.board = Boarding(
            s.board, window, settings_path().parent / "presets", opens=self.projects.open,
            asks=lambda: ask_folder(window, "Open a folder of takes", str(s.board.folder or Path.home())),
        )  # fmt: skip
        self.film = FilmBeside(w.preview, s.sound_film, s.film_insets, w.actions["film"])
        self.reference_drops = ReferenceDrops(w.preview, s.state, lambda: w.notes.isVisible() and bool(w.notes.picked))

    def open_acting(self) -> None:
        """Show the panel of acting."""
        self.tools.show_curves(True)
        self._widgets.side.open(self._widgets.acting)

    def _open_live(self) -> None:
        self.tools.show_curves(True)
        self._widgets.side.open(self._widgets.live_panel)

    def turn_heads(self, on: bool) -> None:
        """Let the head and eye angles beside the tracks turn the avatars', or not."""
        self._session.posing.follow_head(on)
        self.loop.mark_dirty()

    def close(self) -> None:
        """Let go of keys and views, and end the threads."""
        self.loop.stop()
        self.keys.close()
        self.board.close()
        self.shuttle_keys.close()
        self.fields.close()
        self.compare_view.drop_views()
        self.budget.set_views(())
        self.stages.close()
        self.lane_editing.naming.close()
        self._widgets.timeline.close_down()
