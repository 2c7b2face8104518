"""``doctor --azure``: what is wrong with keys, regions, deployments and the way to them; with ``--live``, what a real key proves."""

from __future__ import annotations

import json
import sys
import tempfile
from argparse import Namespace
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from app import __version__
from app.commands.services.metered import metered
from app.conversation.check.checked import TITLES, Checked
from app.conversation.check.checking import check_all
from app.core.beside import write_whole
from app.core.errors import ServiceError
from app.keys.found import SERVICES, address_of, chat_access, key_place, live_access, speech_access
from app.keys.secret import redacted

_WORDS = {"keyring": "the system's keyring", "session": "this run only", "environment": "the environment", "": "nowhere"}
REPORT = Path("azure-report.json")


def run(options: Namespace) -> int:
    """Print the findings; exit 3 when something that is configured does not work."""
    findings = check_all(told=None if options.json else _say)
    kept = {service: {"address": redacted(address_of(service)), "key": key_place(service)} for service in SERVICES}
    data: dict[str, Any] = {"version": __version__, "findings": [asdict(finding) for finding in findings], "kept": kept}
    if not options.json:
        for service, each in kept.items():
            if each["address"]:
                print(f"{'':<8} {TITLES[service]:<22} the key for {each['address']} is in {_WORDS[each['key']]}")
    if options.live:
        data["proofs"] = _prove(options.json)
        _report(data, options.report or REPORT)
    if options.json:
        print(redacted(json.dumps(data)))
    failed = [*data["findings"], *data.get("proofs", ())]
    return ServiceError.exit_code if any(each["state"] == "problem" for each in failed) else 0


def _say(finding: Checked) -> None:
    print(f"{finding.state:<8} {TITLES[finding.subject]:<22} {finding.sentence}", flush=True)


def _prove(quiet: bool) -> list[dict[str, Any]]:
    """Try everything once with the real services; counts what that costs."""
    from app.conversation.check.live import Trial

    proofs = []
    with tempfile.TemporaryDirectory() as scratch, metered() as count:
        for proof in Trial(speech_access(), chat_access(), live_access(), Path(scratch), count).proofs():
            proofs.append(asdict(proof))
            if not quiet:
                print(f"{proof.state:<8} {proof.step:<22} {proof.sentence}", flush=True)
                for name, value in proof.figures.items():
                    print(f"{'':<31} {name}: {value}", flush=True)
    return proofs


def _report(data: dict[str, Any], path: Path) -> None:
    """Write everything down for whoever looks after the program; no key is in it.

    Raises:
        ServiceError: the report cannot be written.
    """
    text = redacted(json.dumps({"written": datetime.now(UTC).isoformat(timespec="seconds"), **data}, indent=1))
    try:
        write_whole(path, text)
    except OSError as error:
        raise ServiceError(f"The report cannot be written to {path}; give another place with --report.") from error
    print(f"The report is in {path}; there is no key in it.", file=sys.stderr)
