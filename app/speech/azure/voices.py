"""The voices of the service: those that VisemeSync offers, then all of the region; the list is kept, so that it is there offline."""

from __future__ import annotations

import hashlib
import http.client
import json
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from app.core.beside import write_whole
from app.core.errors import ServiceError
from app.core.places import where
from app.keys.access import SpeechAccess
from app.speech.azure.config import NEEDS_A_KEY, host_of, is_here, proxy_for, settled
from app.speech.azure.faults import sentence_of, sentence_of_status
from app.speech.azure.ssml import language_of
from app.speech.azure.utterance import Came
from app.speech.engine import Voice

#: before a voice's name in an id
PREFIX = "azure:"
_TIMEOUT_S = 15.0
#: a list is asked for anew after a week
_FRESH_S = 7 * 24 * 3600.0
_MAX_BYTES = 16 << 20
_PATH = "/cognitiveservices/voices/list"

#: VisemeSync's fourteen, in its order. Its source names the first two in full and the others by their first names; those are taken
#: for the English voice of that name
VISEMESYNC_VOICES: tuple[tuple[str, str], ...] = (
    ("en-US-AndrewMultilingualNeural", "male"),
    ("en-US-AvaMultilingualNeural", "female"),
    ("en-US-BrianNeural", "male"),
    ("en-US-GuyNeural", "male"),
    ("en-US-DavisNeural", "male"),
    ("en-US-JasonNeural", "male"),
    ("en-US-TonyNeural", "male"),
    ("en-US-EmmaNeural", "female"),
    ("en-US-JennyNeural", "female"),
    ("en-US-AriaNeural", "female"),
    ("en-US-SaraNeural", "female"),
    ("en-US-MichelleNeural", "female"),
    ("en-US-NancyNeural", "female"),
    ("en-US-JaneNeural", "female"),
)


@dataclass(frozen=True)
class ListedVoice:
    """A voice as the service lists it.

    Attributes:
        name: the service's (``en-US-JennyNeural``).
        display: as a person would call it.
        language: BCP 47 tag.
        language_name: in English.
        gender: ``female``, ``male`` or "".
        styles: that it can speak in.
        roles: that it can play.
    """

    name: str
    display: str
    language: str
    language_name: str = ""
    gender: str = ""
    styles: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()


class VoiceList:
    """The voices of one place, and what was noticed about them. Methods may be called from any thread.

    Args:
        path: the file of the list; None for one in the user's cache folder.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._kept: dict[str, Any] | None = None

    def voices(self, access: SpeechAccess) -> tuple[Voice, ...]:
        """VisemeSync's voices, then all others by language; asks no network.

        Args:
            access: of whose place; they can speak where it is usable.
        """
        listed = {voice.name: voice for voice in self._listed(access)}
        first = [listed.pop(name, _guessed(name, gender)) for name, gender in VISEMESYNC_VOICES]
        rest = sorted(listed.values(), key=lambda voice: (voice.language_name or voice.language, voice.language, voice.display))
        return tuple(self._voice(voice, access.usable) for voice in (*first, *rest))

    def refresh(self, access: SpeechAccess, even_if_fresh: bool = False) -> bool:
        """Ask the service for its list when the one that is kept is older than a week.

        Returns:
            Whether there is a new list.

        Raises:
            ServiceError: it cannot be had; one sentence says why.
        """
        if not access.usable:
            raise ServiceError(NEEDS_A_KEY)
        place = _place(access)
        kept = self._data()["places"].get(place)
        if kept is not None and not even_if_fresh and 0 <= time.time() - float(kept.get("at", 0)) < _FRESH_S:
            return False
        listed = fetch_voices(access)
        with self._lock:
            self._data()["places"][place] = {"at": time.time(), "voices": [asdict(voice) for voice in listed]}
            self._write()
        return True

    def noticed(self, name: str, came: Came) -> str:
        """Note what a voice sends beside its sound.

        Args:
            name: the service's name of it.
            came: with an utterance that asked for everything.

        Returns:
            One sentence when it sends no mouth shapes or no blendshapes and that was not known, "" otherwise.
        """
        before = self.seen(name)
        if before is not None:
            # a line of digits or foreign letters may bring none; what was there once can be had
            came = Came(came.visemes or before.visemes, came.facial or before.facial)
        if came == before:
            return ""
        with self._lock:
            self._data()["seen"][name] = {"visemes": came.visemes, "facial": came.facial}
            self._write()
        if not came.visemes and not came.facial:
            return f"The voice {name} sends no mouth shapes; Audio2Face moves the face from its sound."
        if not came.visemes:
            return f"The voice {name} sends blendshapes but no mouth shapes; the lane of Azure's visemes stays empty."
        return (
            "" if came.facial else f"The voice {name} sends mouth shapes but no blendshapes; the lane of Azure's blendshapes stays empty."
        )

    def seen(self, name: str) -> Came | None:
        """What a voice was seen to send, or None."""
        seen = self._data()["seen"].get(name)
        return Came(bool(seen.get("visemes")), bool(seen.get("facial"))) if isinstance(seen, dict) else None

    def _voice(self, listed: ListedVoice, usable: bool) -> Voice:
        seen = self.seen(listed.name)
        where = f", {listed.language_name or listed.language}"
        return Voice(
            PREFIX + listed.name,
            listed.display + where,
            listed.language,
            listed.gender,
            usable,
            cloud=True,
            language_name=listed.language_name or listed.language,
            styles=listed.styles,
            roles=listed.roles,
            visemes=None if seen is None else seen.visemes,
        )

    def _listed(self, access: SpeechAccess) -> tuple[ListedVoice, ...]:
        places = self._data()["places"]
        kept = places.get(_place(access)) if access.region or access.endpoint else next(iter(places.values()), None)
        if not isinstance(kept, dict):
            return ()
        with suppress(TypeError, KeyError):
            made = (ListedVoice(**voice) for voice in kept["voices"])
            return tuple(ListedVoice(**{**asdict(v), "styles": tuple(v.styles), "roles": tuple(v.roles)}) for v in made)
        return ()

    def _data(self) -> dict[str, Any]:
        if self._kept is None:
            kept: Any = None
            with suppress(OSError, ValueError):
                kept = json.loads(self._file().read_text("utf-8"))
            sound = isinstance(kept, dict) and all(isinstance(kept.get(part), dict) for part in ("places", "seen"))
            self._kept = kept if sound else {"places": {}, "seen": {}}
        return self._kept

    def _file(self) -> Path:
        if self._path is None:
            self._path = where("cloud voices")
        return self._path

    def _write(self) -> None:
        path = self._file()
        with suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, json.dumps(self._kept))


def fetch_voices(access: SpeechAccess) -> tuple[ListedVoice, ...]:
    """All voices of a place, by the service's own list (the SDK's asks only the cloud, and leaves out the roles).

    Raises:
        ServiceError: one sentence says why it cannot be had.
    """
    request = urllib.request.Request(list_address(access))
    if access.token is not None:
        request.add_unredirected_header("Authorization", f"Bearer {access.token()}")
    else:
        request.add_unredirected_header("Ocp-Apim-Subscription-Key", access.key)
    try:
        with _opener(access).open(request, timeout=_TIMEOUT_S) as answer:
            listed = json.loads(answer.read(_MAX_BYTES))
        return tuple(_of_list(entry) for entry in listed if isinstance(entry, dict) and entry.get("ShortName"))
    except urllib.error.HTTPError as error:
        with error:
            raise ServiceError(sentence_of_status(error.code)) from None
    except TimeoutError:
        raise ServiceError(sentence_of("ServiceTimeout")) from None
    except (OSError, http.client.HTTPException) as error:
        raise ServiceError(sentence_of("ConnectionFailure", str(error))) from None
    except (ValueError, AttributeError, TypeError):
        raise ServiceError(sentence_of_status(404)) from None


def _opener(access: SpeechAccess) -> urllib.request.OpenerDirector:
    """Follows no redirection: a key goes to the place that it was given for, and nowhere else."""
    made = urllib.request.OpenerDirector()
    proxies: dict[str, str] | None = {} if proxy_for(host_of(access)) is None else None
    for handler in (
        urllib.request.ProxyHandler(proxies), urllib.request.HTTPHandler(), urllib.request.HTTPSHandler(),
        urllib.request.HTTPDefaultErrorHandler(), urllib.request.HTTPErrorProcessor(),
    ):  # fmt: skip
        made.add_handler(handler)
    return made


def list_address(access: SpeechAccess) -> str:
    """Where a place lists its voices."""
    access = settled(access)
    if not access.endpoint:
        return f"https://{access.region}.tts.speech.microsoft.com{_PATH}"
    parts = urllib.parse.urlsplit(access.endpoint)
    scheme = {"ws": "http", "wss": "https"}.get(parts.scheme, parts.scheme)
    path = _PATH if is_here(parts.hostname or "") else "/tts" + _PATH
    return urllib.parse.urlunsplit((scheme, parts.netloc, path, "", ""))


def _place(access: SpeechAccess) -> str:
    return hashlib.blake2b(host_of(access).encode(), digest_size=8).hexdigest()


def _guessed(name: str, gender: str) -> ListedVoice:
    """A voice before the list was asked for."""
    display = name.rpartition("-")[2].removesuffix("Neural").replace("Multilingual", " Multilingual")
    return ListedVoice(name, display, language_of(name), "English (United States)", gender)


def _of_list(entry: dict[str, Any]) -> ListedVoice:
    name = str(entry["ShortName"])
    gender = str(entry.get("Gender", "")).lower()
    display, local = str(entry.get("DisplayName") or name), str(entry.get("LocalName") or "")
    return ListedVoice(
        name,
        display if local in ("", display) else f"{display} {local}",
        str(entry.get("Locale") or language_of(name)),
        str(entry.get("LocaleName") or ""),
        gender if gender in ("female", "male") else "",
        tuple(str(style) for style in entry.get("StyleList") or ()),
        tuple(str(role) for role in entry.get("RolePlayList") or ()),
    )
