"""``inspect AVATAR``."""

from __future__ import annotations

import json
from argparse import Namespace

from app.avatar.gltf import load_avatar
from app.avatar.inspection import describe_avatar, report_text
from app.avatar.names.mapping import AvatarMapping, digest, keep_mapping, mapping_of, read_mapping, targets_of, write_mapping


def run(options: Namespace) -> int:
    """Print what is in an avatar and what is missing; write or keep which shapes make which channels."""
    mapping = read_mapping(options.mapping) if options.mapping else None
    if options.mapping_keep and mapping is None:
        mapping = AvatarMapping()
    avatar = load_avatar(options.avatar, mapping=mapping)
    if options.mapping_keep and mapping is not None:
        keep_mapping(options.avatar, mapping)
    if options.mapping_out:
        free = [facts.name for facts in targets_of(avatar) if not facts.drives]
        write_mapping(options.mapping_out, mapping_of(avatar, digest(options.avatar)), free)
    report = describe_avatar(avatar)
    print(json.dumps(report) if options.json else report_text(report))
    return 0
