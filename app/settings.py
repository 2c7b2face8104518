"""What the desktop program remembers between starts: one small JSON file, written beside and renamed."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Literal

from app.audio.devices import DeviceChoice
from app.avatar.corrections import RigCorrections
from app.avatar.liveliness import LivelinessSettings
from app.core.acting.settings import ActingSettings
from app.core.beside import backup_of, write_whole
from app.core.emotion import EmotionSettings
from app.core.places import where
from app.core.presets import tuning_data, tuning_of
from app.core.tuning import Tuning
from app.formats.notes import NoteColour
from app.formats.plain import Between, Form, Remembered, plain, remembered
from app.formats.project_values import Corner, FilmShare
from app.former_settings import device_of, of_today
from app.keys.places import ServicePlaces
from app.render.camera import Framing
from app.speech.delivery import Delivery
from app.streaming.address import PORTS, Wire
from app.streaming.wires import NameStyle

#: of the file; files without a number are of the first version, whose nested parts were text
VERSION = 2
#: how many files the menu remembers
MAX_RECENT = 10

Share = Annotated[float, Between(0.0, 1.0)]
#: no output is later than half a second; Bluetooth reaches about 300 ms
DelayMs = Annotated[float, Between(-500.0, 500.0)]
Dollars = Annotated[float, Between(0.0, 1e6)]
#: no month has more
Hours = Annotated[float, Between(0.0, 744.0)]
#: no screen is wider
Pixels = Annotated[int, Between(0, 100_000)]


def settings_path() -> Path:
    """Where the settings live for this user."""
    return where("settings")


def ledger_folder() -> Path:
    """Where this user's counts of paid services live."""
    return where("costs")


@dataclass
class WindowLayout(Remembered):
    """How the window is arranged.

    Attributes:
        geometry: Qt's window geometry, base64.
        widths: of preview and curves in logical pixels, None for the usual ones.
        heights: of time line with transport, of the line's bar and of the status bar at a start, None before the first one.
        tools: whether the panels of tuning and comparison are open.
        paired: left and right share a lane in the curves.
        folded: groups of curves that are folded away.
        snaps: marks, handles and typed times snap to frames.
        spectrogram: it stands under words and phones in the time line.
    """

    geometry: str = ""
    widths: tuple[Pixels, Pixels] | None = None
    heights: tuple[Pixels, Pixels, Pixels] | None = None
    tools: bool = False
    paired: bool = True
    folded: list[str] = field(default_factory=list)
    snaps: bool = False
    spectrogram: bool = False


@dataclass
class PictureSettings(Remembered):
    """What is on the picture.

    Attributes:
        avatar: path of the avatar last shown, "" for the bundled one.
        renderer: who draws.
        framing: how near.
        background: name of what lies behind the avatar, "" for the default.
        life: whether and how strongly the avatar blinks and breathes.
        corrections: of rigs, by the avatar's path.
        head: angles of head and eyes beside a track turn the avatar's.
        lights: the face shows what the curve under the pointer moves.
        film: the film of an opened sound stands beside the face.
        film_corner: where it stands.
        film_share: how much of the picture's width it takes.
    """

    avatar: str = ""
    renderer: Literal["auto", "gpu", "software"] = "auto"
    framing: Framing = "portrait"
    background: str = ""
    life: LivelinessSettings = field(default_factory=LivelinessSettings)
    corrections: dict[str, RigCorrections] = field(default_factory=dict)
    head: bool = False
    lights: bool = True
    film: bool = False
    film_corner: Corner = "top right"
    film_share: FilmShare = 0.3


@dataclass
class SoundSettings(Remembered):
    """What is heard, and when.

    Attributes:
        volume: 0 to 1.
        output: the audio output, None for the system's default.
        microphone: the one that listens, None for the system's default.
        scrub_sound: whether the sound under the playhead is heard while it is dragged.
        late_ms: by how much the sound of an output is later than it says.
    """

    volume: Share = 1.0
    output: DeviceChoice | None = None
    microphone: DeviceChoice | None = None
    scrub_sound: bool = True
    late_ms: dict[str, DelayMs] = field(default_factory=dict)


@dataclass
class SourceSettings(Remembered):
    """Who moves the face.

    Attributes:
        chosen: source of side A as written on the command line.
        bundles: label by source of the NVIDIA bundles that were used, newest first.
        listeners: folders of Audio2Emotion whose licence condition was accepted.
        servers: ``mock`` or ``real`` by source of the servers that were used, newest first; never their keys.
        trusted: SHA-256 of the certificate that the user trusted, by server.
    """

    chosen: str = ""
    bundles: dict[str, str] = field(default_factory=dict)
    listeners: list[str] = field(default_factory=list)
    servers: dict[str, str] = field(default_factory=dict)
    trusted: dict[str, str] = field(default_factory=dict)


@dataclass
class TuningSettings(Remembered):
    """The user's adjustments.

    Attributes:
        together: all sides are tuned as one.
        by_side: side -> tuning.
    """

    together: bool = False
    by_side: dict[str, Tuning] = field(default_factory=dict)


@dataclass
class CompareSettings(Remembered):
    """How sides are compared.

    Attributes:
        edge: where the wipe's edge is, as a share of the width.
        ghost: how much of the ghost covers side A.
        linked: whether all sides are looked at through one camera.
    """

    edge: Share = 0.5
    ghost: Share = 0.5
    linked: bool = True


@dataclass
class CostSettings(Remembered):
    """What a month may cost.

    Attributes:
        budget_usd: a month in US dollars, 0 for none.
        gpu: name of the rented GPU that the table goes by, "" for the guide's.
        gpu_hours: of the month that it goes by, None for those that were counted.
    """

    budget_usd: Dollars = 0.0
    gpu: str = ""
    gpu_hours: Hours | None = None


@dataclass
class ConversationSettings(Remembered):
    """Talking with the avatar.

    Attributes:
        persona: id of who the avatar is, "" for the first.
        recogniser: id of who turns speech into text, "" for the first.
        answers: id of who answers, "" for the first.
        voice: id of the voice, "" for one that matches persona and avatar.
        language: BCP 47 tag of what is spoken, "" for the recogniser's own.
        hands_free: the microphone is listened to all the time.
        interruption: how easily the user's voice stops an answer.
        echo: how the avatar is kept from hearing itself.
        face: it shows that it listens and thinks.
        keep: every answer is kept as a project; the oldest give way where ``keep_mb`` megabytes are not enough.
        greet: a persona speaks first.
    """

    persona: str = ""
    recogniser: str = ""
    answers: str = ""
    voice: str = ""
    language: str = ""
    hands_free: bool = True
    interruption: Literal["off", "calm", "normal", "quick"] = "normal"
    echo: Literal["guard", "half-duplex", "headphones"] = "guard"
    face: bool = True
    keep: bool = True
    keep_mb: Annotated[int, Between(10, 1_000_000)] = 500
    greet: bool = True


@dataclass
class ExportSettings(Remembered):
    """How motion was written last.

    Attributes:
        format: key of the format.
        max_error: of keys that are left out, as a weight; 0 writes every frame.
        cue_fps: of formats that count frames of their own.
        extended_cues: mouth cues use the shapes G, H and X too.
    """

    format: str = "livelink"
    max_error: Share = 0.0
    cue_fps: Annotated[float, Between(1.0, 240.0)] = 24.0
    extended_cues: bool = True


@dataclass
class ReviewSettings(Remembered):
    """How notes are written.

    Attributes:
        author: who writes them, "" for the name of who is at this machine.
        ghosts: drawings of the neighbours shine through.
        ink: colour of the next line.
        line_width: of the next line, as a share of the picture's height.
    """

    author: str = ""
    ghosts: bool = True
    ink: NoteColour = "red"
    line_width: Share = 0.006


@dataclass
class ReceiverSettings(Remembered):
    """A program that faces are sent to.

    Attributes:
        address: as ``app.streaming.address`` writes it.
        on: whether it is sent to.
    """

    address: str = "livelink:127.0.0.1:11111"
    on: bool = True


@dataclass
class LiveSettings(Remembered):
    """Faces that are sent to and come from other programs.

    Attributes:
        receivers: where to.
        subject: what receivers call the face.
        life: idle life of the avatar is sent too.
        names: how shapes are called, for VMC.
        wire: what is listened for.
        port: where.
        host: whose WebSocket is joined.
        follow: whose face is followed when several come, "" for the first.
        sound: the microphone is recorded along with the face.
    """

    receivers: list[ReceiverSettings] = field(default_factory=lambda: [ReceiverSettings()])
    subject: str = "VisemeSync"
    life: bool = False
    names: NameStyle = "PascalCase"
    wire: Wire = "livelink"
    port: Annotated[int, Between(1, 65535)] = PORTS["livelink"]
    host: str = "127.0.0.1"
    follow: str = ""
    sound: bool = False


@dataclass
class Settings(Remembered):
    """The remembered choices; every field has a default that works on a first start.

    Attributes:
        window: how it is arranged.
        picture: avatar, renderer, framing, background and life.
        sound: output, loudness and delays.
        sources: who moves the face.
        emotion: mode, strength, transition and blinks; keys over time belong to a clip and are not kept.
        tunings: adjustments by side.
        compare: how sides are compared.
        services: which cloud services are used, and where; never their keys.
        costs: what a month may cost.
        conversation: talking with the avatar.
        review: how notes are written.
        exports: how motion is written.
        live: faces that are sent to and come from other programs.
        voice: id of the voice, "" for the engine's first.
        line: the text in the line.
        recent: files opened, newest first.
        delivery: how a cloud's voice says things.
        updates: every start asks whether a newer version was published.
        acting: of head, eyes and breath.
        damaged: places of the file that could not be read and fell back; never written.
    """

    window: WindowLayout = field(default_factory=WindowLayout)
    picture: PictureSettings = field(default_factory=PictureSettings)
    sound: SoundSettings = field(default_factory=SoundSettings)
    sources: SourceSettings = field(default_factory=SourceSettings)
    emotion: EmotionSettings = field(default_factory=EmotionSettings)
    tunings: TuningSettings = field(default_factory=TuningSettings)
    compare: CompareSettings = field(default_factory=CompareSettings)
    services: ServicePlaces = field(default_factory=ServicePlaces)
    costs: CostSettings = field(default_factory=CostSettings)
    conversation: ConversationSettings = field(default_factory=ConversationSettings)
    review: ReviewSettings = field(default_factory=ReviewSettings)
    exports: ExportSettings = field(default_factory=ExportSettings)
    live: LiveSettings = field(default_factory=LiveSettings)
    voice: str = ""
    line: str = ""
    recent: list[str] = field(default_factory=list)
    delivery: Delivery = field(default_factory=Delivery)
    updates: bool = False
    acting: ActingSettings = field(default_factory=ActingSettings)

    def __post_init__(self) -> None:
        self.damaged: tuple[str, ...] = ()

    @classmethod
    def load(cls, path: Path | None = None) -> Settings:
        """Read the settings; whatever of the file is missing or damaged falls back to its default, piece by piece.

        Args:
            path: the file; None for this user's.
        """
        target = path or settings_path()
        try:
            data = json.loads(target.read_text("utf-8"))
        except OSError:
            return cls()
        except (ValueError, RecursionError):
            data = None
        made, damaged = remembered(cls, of_today(data), FORMS)
        made.damaged = damaged
        return made

    def save(self, path: Path | None = None) -> None:
        """Write the settings.

        Args:
            path: the file; None for this user's.

        Raises:
            OSError: the folder cannot be written.
        """
        target = path or settings_path()
        target.parent.mkdir(parents=True, exist_ok=True)
        write_whole(target, json.dumps({"version": VERSION, **plain(self, FORMS)}, indent=1), backup_of(target))

    def remember(self, path: Path) -> None:
        """Put a file on top of the recent ones."""
        text = str(path)
        self.recent = [text, *(other for other in self.recent if other != text)][:MAX_RECENT]


FORMS = MappingProxyType({  # types that check themselves
    Tuning: Form(tuning_data, tuning_of),
    RigCorrections: Form(RigCorrections.to_json, RigCorrections.from_json),
    EmotionSettings: Form(EmotionSettings.to_data, EmotionSettings.from_data),
    LivelinessSettings: Form(asdict, LivelinessSettings.from_data),
    ActingSettings: Form(asdict, ActingSettings.from_data),
    Delivery: Form(Delivery.to_data, Delivery.from_data),
    DeviceChoice: Form(DeviceChoice.to_settings, device_of),
})  # fmt: skip
