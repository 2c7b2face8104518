"""The parts of one window's session: built here, given what they name, and closed."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject
from PySide6.QtGui import QUndoStack

from app.conversation.cost.ledger import Ledger
from app.conversation.cost.meter import Meter
from app.core.places import where
from app.core.shipped import shipped
from app.formats.kept.conflicts import Conflict
from app.remote.link.addresses import is_far
from app.review.batch.stamp import open_conflicts, stamp_of
from app.session.adjust.acting import Acting
from app.session.adjust.conflicts import Conflicts
from app.session.adjust.edits import CurveEdits
from app.session.adjust.marks import TextMarks
from app.session.adjust.poses import Poses
from app.session.adjust.timing import Timing
from app.session.adjust.timing_files import TimingFiles
from app.session.adjust.tunings import Tunings
from app.session.base.emotion import Emotion
from app.session.base.messages import Messages
from app.session.base.playback import Playback
from app.session.base.shuttle import Shuttle
from app.session.base.spare import Spare
from app.session.base.voices import Voices
from app.session.base.workers import Workers
from app.session.carry.carrying import Carrying
from app.session.carry.holders import ConflictHolder, EditHolder, EmotionHolder, Holder, MarkHolder, NoteHolder, SpanHolder
from app.session.carry.replacing import Replacing
from app.session.carry.searching import Searching
from app.session.carry.timing_holder import TimingHolder
from app.session.compare.comparing import Comparing
from app.session.compare.dual import Dual
from app.session.conversation.answers import Answers
from app.session.conversation.cast import Cast
from app.session.conversation.conversation import Conversation
from app.session.conversation.costs import Costs
from app.session.conversation.hearing import Hearing
from app.session.conversation.kept import KeptAnswers
from app.session.conversation.recording import Recording
from app.session.conversation.services import Services
from app.session.conversation.weights import Weights
from app.session.keep.autosave import Autosave
from app.session.keep.export import ExportJobs
from app.session.keep.fixing import Fixing
from app.session.keep.linting import Linting
from app.session.keep.opener import Opener
from app.session.keep.pose_pictures import PosePictures
from app.session.keep.present_take import present_take
from app.session.keep.projects import Projects
from app.session.link.links import Links
from app.session.link.rest_easing import RestEasing
from app.session.live.incoming import Incoming
from app.session.live.live import Live
from app.session.live.taking import Taking
from app.session.motion.bundles import Bundles
from app.session.motion.layer_motions import LayerMotions
from app.session.motion.layers import Layers
from app.session.motion.motion import Motion
from app.session.motion.network import Network
from app.session.motion.retiming import Retiming
from app.session.motion.source_parameters import SourceParameters
from app.session.motion.sources import Sources
from app.session.pose.avatars import Avatars
from app.session.pose.hush import Hush
from app.session.pose.life import Life
from app.session.pose.posing import Posing
from app.session.review.counting import Counting
from app.session.review.hand_off import HandOff
from app.session.review.insets import Insets
from app.session.review.marks import Marks
from app.session.review.notes import ReviewNotes
from app.session.review.pages import Pages
from app.session.review.sound_film import SoundFilm
from app.session.review.stops import Stops
from app.session.review.voice_notes import VoiceNotes
from app.session.speech.speeches import ASKING, Speeches
from app.session.state import State
from app.session.streaming.live_out import LiveOut
from app.session.takes.board import Board
from app.session.takes.playlists import Playlists
from app.settings import ledger_folder

#: where the program's own avatars are
BUNDLED = shipped("assets")


class Session(QObject):
    """Everything of one window that is not on the screen.

    All of it happens in the GUI thread. Work runs in ``Workers`` and comes back by queued signals; a result that nobody waits
    for any more is dropped there. Loading something broken leaves everything as it was.

    Args:
        bundled: the folder of the program's own avatars.
        parent: Qt's.

    Attributes:
        messages: what is said to the user.
        workers: jobs in progress.
        state: avatar, speech, sides, and the side on show.
        undo: what can be taken back.
        playback: transport state and the player.
        services: the cloud's, where they are and whether they work.
        costs: what paid services cost this month.
        voices: the voice engine and the chosen voice.
        emotion: what the face feels.
        tunings: the user's adjustments.
        edits: stretches of the curves that were edited by hand.
        poses: faces that can be blended in.
        pose_pictures: what they look like on the avatar on show.
        timing: words and phones as the user moves them.
        timing_files: loads them from files.
        conflicts: work of a hand that has no place.
        carrying: brings such work along to another sound of the line.
        replacing: another recording in the place of the present sound.
        notes: what was remarked.
        marks: moments with a name and a colour.
        counting: how frames are counted.
        stops: what a reviewer jumps between.
        shuttle: playing as editors do.
        voice_notes: records and plays what was remarked aloud.
        insets: pictures and films beside the face.
        sound_film: the film that the sound is of.
        film_insets: its pictures.
        links: what is known of the way to servers.
        easing: how much of late motion is shown.
        retiming: lets the sides follow these.
        text_marks: marks of what is said, and what they do to the motion.
        acting: head, gaze, lids and breath that belong to the line.
        layers: parts of the faces that come from other motion.
        motion: what is animated, and how far that is.
        speeches: where the sound comes from: a line that is spoken, or a recording.
        sources: who moves a side.
        network: the app's own network, once it is loaded.
        bundles: NVIDIA's, as far as they were opened.
        parameters: of the sources' own, which motion follows.
        incoming: the face that a phone or a webcam tracker sends.
        taking: records the face that comes.
        live: the face that the microphone or that stream moves.
        comparing: the sides beside A, and how they differ.
        dual: visemes behind Audio2Face, on one face.
        avatars: bring the avatar on show.
        life: its blinks, gaze, sway and breath; never part of a track.
        hush: lets go of the tracks when somebody stopped to speak.
        posing: from a time to the bodies.
        live_out: sends what is shown to other programs.
        linting: what is wrong with the motion on show.
        fixing: what mends it.
        export: writing of tracks, sound and video.
        opener: files by what they are.
        projects: all of this in a file.
        pages: what is open as a page to review it with, and its notes back.
        hand_off: notes for other programs and back, and the package.
        autosave: all of this on the disk while it runs.
        playlists: takes that are gone through.
        board: lines of a batch, and how each stands.
        cast: who can be talked with.
        weights: of the embedded recogniser.
        conversation: talking with one of them.
    """

    def __init__(self, bundled: Path = BUNDLED, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.messages = messages = Messages(self)
        self.workers = workers = Workers(messages.fail_task, self)
        self.spare = Spare(workers, messages, self)
        self.state = state = State(self)
        self.undo = undo = QUndoStack(self)
        self.playback = playback = Playback(messages, self)
        self.services = Services(messages, self)
        self.costs = Costs(Meter(Ledger(ledger_folder())), messages, self)
        self.voices = Voices(workers, messages, self)
        self.emotion = emotion = Emotion(undo, self)
        self.tunings = tunings = Tunings(state, playback, undo, messages, self)
        self.timing = Timing(state, undo, messages, self)
        self.edits, self.conflicts = CurveEdits(state, tunings, undo, self), Conflicts(state, undo, self)
        self.poses = Poses(where("poses"), self.edits, undo, messages, self)
        self.pose_pictures = PosePictures(state, where("pose pictures"), messages, self)
        self.notes = ReviewNotes(state, undo, parent=self)
        self.marks, self.counting, self.shuttle = Marks(state, undo, self), Counting(state, self), Shuttle(playback)
        self.links = links = Links(state, workers, playback, messages, self)
        self.easing = RestEasing(state, playback, parent=self)
        layer_motions = LayerMotions(state, workers, emotion, self)
        self.layers = layers = Layers(state, layer_motions, tunings, undo=undo, messages=messages, parent=self)
        self.text_marks = TextMarks(state, emotion, undo=undo, messages=messages, parent=self)
        self.acting = Acting(state, playback, undo, messages, self)
        self.motion = motion = Motion(
            state, workers, playback=playback, emotion=emotion, tunings=tunings, layers=layers, links=links, parent=self
        )  # fmt: skip
        self._make_stages(layer_motions)
        self.speeches = speeches = Speeches(state, workers, playback=playback, voices=self.voices, messages=messages, parent=self)
        self.sources = sources = Sources(state, workers, speeches=speeches, motion=motion, messages=messages, parent=self)
        self.network = Network(state, workers, sources, messages, self)
        self.bundles = bundles = Bundles(state, workers, sources=sources, emotion=emotion, messages=messages, parent=self)
        self.parameters = SourceParameters(state, workers, tunings=tunings, motion=motion, bundles=bundles, parent=self)
        self.incoming = Incoming(messages, self)
        self.live = live = Live(
            state, workers, playback=playback, emotion=emotion, tunings=tunings, links=links, incoming=self.incoming, parent=self
        )
        self.taking = Taking(self.incoming, live, messages, self)
        self.comparing = Comparing(
            state, workers, sources=sources, motion=motion, tunings=tunings, live=live, undo=undo, messages=messages, parent=self
        )
        self._make_pictured()
        self._make_carried()
        self._make_kept(bundled)
        self._make_talk()
        self._connect()

    def _make_stages(self, layer_motions: LayerMotions) -> None:
        """What is done to the sources' motion before layers and tuning."""
        layers, messages = self.layers, self.messages
        self.retiming = Retiming(
            self.state, self.timing, motion=self.motion, layers=layers, layer_motions=layer_motions, workers=self.workers,
            messages=messages, parent=self,
        )  # fmt: skip
        layers.stages, self.acting.lay_over = (self.retiming, self.acting, self.text_marks), layers.lay_over
        layers.retimed = self.retiming.over_layer
        self.timing_files = TimingFiles(self.state, self.timing, self.workers, messages, self)

    def _make_pictured(self) -> None:
        """Bodies, what moves them besides the tracks, and what stands beside them."""
        state, workers, playback, live, comparing = self.state, self.workers, self.playback, self.live, self.comparing
        messages = self.messages
        self.voice_notes = VoiceNotes(playback, live, media=self.notes.media, messages=messages, parent=self)
        self.insets = Insets(self.notes.media, messages, self)
        self.sound_film = SoundFilm(state, self.speeches, workers, self)
        self.film_insets = Insets(self.sound_film, messages, self)
        self.avatars = Avatars(state, workers, messages, self)
        self.avatars.plays = lambda: playback.playing
        self.life = Life(state, live, self)
        self.hush = Hush(state, playback, parent=self)
        self.dual = Dual(
            state, playback, links=self.links, easing=self.easing, comparing=comparing, sources=self.sources, parent=self
        )  # fmt: skip
        self.posing = Posing(state, live, comparing, self.easing, self.life, hush=self.hush, dual=self.dual)
        self.posing.live_layers.incoming = self.incoming
        self.posing.tried = self.edits.previewed
        self.life.breath = self.acting.chest_at
        self.live_out = LiveOut(self.posing, playback, messages, self)

    def _make_carried(self) -> None:
        """What goes along to another sound of the line."""
        state, workers = self.state, self.workers
        holders: list[Holder[Any]] = [
            EditHolder(self.edits, state), NoteHolder(self.notes), MarkHolder(self.marks), EmotionHolder(self.emotion),
            SpanHolder(self.layers, state), ConflictHolder(self.conflicts),
        ]  # fmt: skip
        self.conflicts.placers = {holder.kind: holder.put_at for holder in holders[:-1]}
        timing = TimingHolder(self.timing, state)
        self.carrying = carrying = Carrying(
            state, timing, holders, self.undo, retime=self.edits.retime, searching=Searching(workers), parent=self
        )  # fmt: skip
        carrying.is_growing = lambda: workers.running("speech", ASKING) or self.speeches.arriving
        carrying.is_searching = lambda: workers.running("phones", "audio")
        workers.ended.connect(carrying.look_again)
        self.speeches.line_ended.connect(carrying.look_again)
        self.replacing = Replacing(
            state, workers, speeches=self.speeches, carrying=carrying, messages=self.messages, parent=self
        )  # fmt: skip
        carrying.recorded_anew.connect(self.replacing.find_words)

    def _make_kept(self, bundled: Path) -> None:
        """What is found, written, kept and reviewed."""
        state, workers, messages, playback = self.state, self.workers, self.messages, self.playback
        avatars, speeches, comparing = self.avatars, self.speeches, self.comparing
        self.linting = Linting(state, workers, messages, self)
        self.linting.shows_visemes = lambda side: (rig := comparing.side_rigs.of(side) or state.rig) is not None and rig.has_visemes
        self.fixing = Fixing(state, self.linting, edits=self.edits, tunings=self.tunings, undo=self.undo, messages=messages, parent=self)
        self.stops = Stops(
            lambda: (mark.time_s for mark in self.marks.all),
            lambda: (note.start_s for note in self.notes.all),
            lambda: (max(finding.time_s, 0.0) for finding in self.linting.findings if finding.severity != "note"),
        )
        self.export = ExportJobs(
            state, workers, side_rigs=comparing.side_rigs, posing=self.posing, counting=self.counting, messages=messages, parent=self
        )
        self.export.beside = lambda: self.sound_film.placed
        self.opener = Opener(avatars, speeches, self.sources)
        self.projects = Projects(
            state, workers, bundled, avatars=avatars, speeches=speeches, motion=self.motion, tunings=self.tunings, acting=self.acting,
            edits=self.edits, layers=self.layers, emotion=self.emotion, comparing=comparing, notes=self.notes, marks=self.marks,
            counting=self.counting, carrying=self.carrying, undo=self.undo, messages=messages, parent=self,
        )  # fmt: skip
        self._list_batch_conflicts()
        takes = partial(present_take, state, self.projects)
        self.pages = Pages(takes, workers, projects=self.projects, notes=self.notes, messages=messages, parent=self)
        self.hand_off = HandOff(workers, self.pages, bundled=self.projects.bundled, notes=self.notes, messages=messages, parent=self)
        self.autosave = Autosave(state, self.projects, speeches=speeches, messages=messages, parent=self)
        self.board = Board(self.projects, messages, bundled, self)
        self.playlists = Playlists(self.projects, self.notes, playback=playback, messages=messages, parent=self)

    def _list_batch_conflicts(self) -> None:
        """What a batch could not put in its place stands in the open take, and is settled with its note there."""
        projects, notes, conflicts = self.projects, self.notes, self.conflicts

        def listed() -> list[Conflict]:
            return [] if projects.take is None else open_conflicts(stamp_of(projects.take.unknown), notes.all)

        conflicts.others = listed
        conflicts.settle_other = lambda note_id: notes.change(note_id, "Settle conflict", status="done")
        notes.changed.connect(conflicts.changed)
        projects.opened.connect(conflicts.changed)

    def _make_talk(self) -> None:
        """Who can be talked with, and talking with them."""
        self.cast = Cast(self.voices, self.state, self.services, self.messages, parent=self)
        self.weights = Weights(self.workers, self)
        self.conversation = self._make_conversation()

    def _make_conversation(self) -> Conversation:
        """The microphone, what plays and keeps the answers, and the conversation that uses them."""
        state, playback, kept = self.state, self.playback, KeptAnswers(self.state, self.projects, self.messages, self)
        answers = Answers(state, speeches=self.speeches, playback=playback, hush=self.hush, parent=self)
        recording = Recording(answers, kept, playback=playback, posing=self.posing, parent=self)
        talk = Conversation(
            hearing=Hearing(playback, self), answers=answers, recording=recording, playback=playback, live=self.live, life=self.life,
            messages=self.messages, parent=self,
        )  # fmt: skip
        talk.maker = lambda: self.cast.maker(talk.minutes.said, talk.hands_free, talk.interruption, talk.is_first)
        self.cast.reader = self.weights.load
        self.weights.told.connect(talk.tell)
        return talk

    def _connect(self) -> None:
        """What one part says and another follows, where neither needs to know the other."""
        self.edits.failed.connect(self.messages.fail_task)
        self.state.avatar_changed.connect(lambda _: self.posing.pose(self.playback.now()))
        self.state.sound_changed.connect(self.emotion.forget_estimate)
        self.state.avatar_changed.connect(lambda _: self.linting.look_again())
        self.comparing.side_rigs.corrected.connect(self.linting.look_again)
        self.layers.changed.connect(self.speeches.prepare)
        self.speeches.line_begun.connect(self.links.play)
        self.motion.made.connect(self.easing.note_motion)
        self.live.toggled.connect(lambda _: self.links.set_live(self.live.hears_microphone))
        self.services.changed.connect(self.voices.reload)
        self.voices.counted = self.cast.count = self.costs.meter.count
        self.costs.rents = self._rents
        self._connect_marks()

    def _connect_marks(self) -> None:
        """The marks of the text: over the sides' motion, and complete when the line is."""
        marks, workers, speeches = self.text_marks, self.workers, self.speeches
        marks.growing = self.timing.is_growing = lambda: speeches.arriving or workers.running("speech")
        marks.lay_over, marks.make_again = self.layers.lay_over, self.motion.begin_again
        speeches.line_ended.connect(marks.refresh)
        workers.ended.connect(lambda task: marks.refresh() if task == "speech" else None)

    def _rents(self) -> bool:
        """Whether a server far away moves a side, which is then likely to be rented."""
        statuses = self.links.statuses
        return any(
            is_far(str(side.spec)) and (status := statuses.get(side.name)) is not None and status.healthy and not status.mock
            for side in self.links.remote_sides
        )

    def close(self) -> None:
        """End all threads and give the audio device back."""
        self.live_out.close()
        self.taking.close()
        self.incoming.close()
        self.pose_pictures.close()
        self.voice_notes.close()
        self.insets.close()
        self.film_insets.close()
        self.conversation.close()
        self.cast.close()
        self.avatars.close()
        self.autosave.close()
        self.playlists.close()
        self.board.close()
        self.projects.close()
        self.workers.close()
        self.spare.close()
        self.dual.close()
        self.links.close()
        self.acting.close()
        self.timing.close()
        self.layers.close()
        self.edits.close()
        self.tunings.close()
        self.comparing.close()
        self.fixing.close()
        self.linting.close()
        self.playback.close()
        self.voices.close()
        self.services.close()
        self.costs.close()
        self.notes.media.close()
        self.state.close()
        # the stack's destructor tells its listeners that it is empty, and they may be gone by then
        self.undo.blockSignals(True)
