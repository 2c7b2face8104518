"""``clean``: lists what the program keeps outside the user's own documents, and removes it."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from collections.abc import Sequence

from app.core.errors import PreviewError
from app.core.places import PLACES
from app.keys.kept import Keys, has_keyring
from app.startup.hand_over import runs_already
from app.upkeep import cleaning
from app.upkeep.cleaning import Found


def run(options: Namespace) -> int:
    """Remove what is asked for; exit 1 when something stays although it was to go.

    Raises:
        PreviewError: the window is open and would write its settings again, or nobody was there to agree.
    """
    everything = options.all or options.list
    there = cleaning.found(everything)
    keys = _kept_keys() if everything else []
    if options.list:
        _tell(there, keys, options.json, listed=True)
        return 0
    if options.all and runs_already():
        raise PreviewError("VisemeSync Preview is open and keeps its data in use; close its window first.")
    if not there and not keys:
        _tell(there, keys, options.json)
        return 0
    if not options.yes:
        _ask(there, keys)
    left = cleaning.remove(there)
    left_keys = [name for store, name in keys if not _forget(store, name)]
    _tell(there, keys, options.json)
    for path in left:
        print(f"{path} could not be removed, because it is in use or protected; close what uses it and try again.", file=sys.stderr)
    for name in left_keys:
        print(f"The key {name} is still in the system's keyring; unlock the keyring and try again.", file=sys.stderr)
    return 1 if left or left_keys else 0


def _ask(there: Sequence[Found], keys: Sequence[tuple[Keys, str]]) -> None:
    """Let a person agree.

    Raises:
        PreviewError: nobody agreed.
    """
    if sys.stdin is None or not sys.stdin.isatty():
        raise PreviewError("Nothing was removed, because nobody is here to agree; look with --list, then say --yes.")
    _tell(there, keys, as_json=False, listed=True)
    if input("Remove all of this? It cannot be taken back. [y/N] ").strip().lower() not in ("y", "yes"):
        raise PreviewError("Nothing was removed.")


def _tell(there: Sequence[Found], keys: Sequence[tuple[Keys, str]], as_json: bool, listed: bool = False) -> None:
    n_bytes = sum(each.n_bytes for each in there)
    if as_json:
        rows = [{"name": each.name, "what": each.place.what, "paths": list(map(str, each.paths)), "bytes": each.n_bytes} for each in there]
        print(json.dumps({"removed": not listed, "bytes": n_bytes, "places": rows, "keys": [name for _, name in keys]}))
        return
    if listed:
        for each in there:
            print(f"{each.size:>12}  {each.place.what}: {', '.join(map(str, each.paths))}")
        for _, name in keys:
            print(f"{'key':>12}  in the system's keyring: {name}")
    print(f"{'Kept' if listed else 'Removed'}: {len(there)} of {len(PLACES)} places, {cleaning.size_words(n_bytes)}, {len(keys)} keys.")


def _kept_keys() -> list[tuple[Keys, str]]:
    """Keys that the keyring keeps for this program; it cannot be listed, so those are asked for that the settings name."""
    from app.keys.found import CLOUD_KEYS, SERVICES, key_name
    from app.remote.link.addresses import server_name
    from app.remote.link.keys import KEYS
    from app.settings import Settings

    settings = Settings.load()
    names = [(CLOUD_KEYS, key_name(service, settings.services)) for service in SERVICES]
    names += [(KEYS, server_name(text)) for text in settings.sources.servers]
    return [(keys, name) for keys, name in dict.fromkeys(names) if keys.find(name) and keys.place(name) == "keyring"]


def _forget(keys: Keys, name: str) -> bool:
    """Take a key out of the keyring; whether it is gone."""
    keys.keep(name, "")
    return not has_keyring() or Keys(lambda _: ()).find(name) == ""
