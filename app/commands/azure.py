"""``doctor --azure``: what is wrong with keys, regions, deployments and the way to them."""

from __future__ import annotations

import json
from argparse import Namespace
from dataclasses import asdict

from app.conversation.check.checked import TITLES, Checked
from app.conversation.check.checking import check_all
from app.core.errors import ServiceError
from app.keys.found import SERVICES, address_of, key_place

_WORDS = {"keyring": "the system's keyring", "session": "this run only", "environment": "the environment", "": "nowhere"}


def run(options: Namespace) -> int:
    """Print the findings; exit 3 when something that is configured does not work."""
    findings = check_all(told=None if options.json else _say)
    kept = {service: {"address": address_of(service), "key": key_place(service)} for service in SERVICES}
    if options.json:
        print(json.dumps({"findings": [asdict(finding) for finding in findings], "kept": kept}))
    else:
        for service, each in kept.items():
            if each["address"]:
                print(f"{'':<8} {TITLES[service]:<22} the key for {each['address']} is in {_WORDS[each['key']]}")
    return ServiceError.exit_code if any(finding.state == "problem" for finding in findings) else 0


def _say(finding: Checked) -> None:
    print(f"{finding.state:<8} {TITLES[finding.subject]:<22} {finding.sentence}", flush=True)
