"""Avatars: whole files of glTF, what is packed in them, assignments of shapes, and what is kept of them ready to use."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from random import Random

import numpy as np
from PIL import Image

from app.avatar.basis import decode_ktx2, picture_size
from app.avatar.container import split_container
from app.avatar.cooked import _KINDS
from app.avatar.document import Document, read_document
from app.avatar.gltf import build_avatar
from app.avatar.inspection import describe_avatar, report_text
from app.avatar.meshopt import decode_view
from app.avatar.model import Avatar
from app.avatar.names.mapping import assign, read_mapping, write_mapping
from app.avatar.names.mapping import mapping_of as mapping_of_avatar
from app.avatar.rig import AvatarRig
from app.avatar.textures import admit_size, decode_picture
from app.core.array_file import ArrayFileError, read_arrays, write_arrays
from app.core.errors import AvatarError
from tests.fuzz import boxes, mutating
from tests.fuzz.target import Place, Target
from tests.fuzz.targets import real
from tests.fuzz.targets.small_avatar import small_avatar

_STREAMS = Path(__file__).resolve().parents[2] / "unit" / "avatar" / "meshopt_streams.npz"


def targets() -> Iterator[Target]:
    """All of them."""
    refusals = (AvatarError,)
    most_mb, most_s = 600, 6.0
    yield Target("avatar-glb", ".glb", _avatar, _glbs, (boxes.glb,) * 5 + (mutating.plain, huge_counts), refusals, most_s, most_mb)
    yield Target("avatar-gltf", ".gltf", _avatar, _gltfs, (mutating.values,) * 4 + (mutating.text,), refusals, most_s, most_mb)
    # 8 bytes for each of 100 million pixels
    yield Target("avatar-picture", ".png", _picture, _pictures, (boxes.picture, boxes.picture, mutating.plain), refusals, most_s, 850)
    yield Target("avatar-ktx2", ".ktx2", _ktx2, _ktx2s, (mutating.plain,), refusals, most_s)
    yield Target("avatar-meshopt", ".bin", _meshopt, _packed, (mutating.plain,), refusals)
    yield Target("avatar-draco", ".drc", _draco, _dracos, (mutating.plain,), refusals)
    yield Target("avatar-mapping", ".json", _mapping, _mappings, (mutating.values,) * 4 + (mutating.text,), refusals)
    yield Target("avatar-cooked", ".avatar", _cooked, _cookeds, (boxes.arrays,) * 3 + (mutating.plain,), (ArrayFileError,))


def _avatar(place: Place) -> None:
    avatar = build_avatar(read_document(place.file), "fuzz")
    rig = AvatarRig(avatar)
    rig.pose(np.ones(52, np.float32), np.ones(15, np.float32))
    for part in rig.parts:
        assert np.isfinite(part.positions).all(), "positions that are no numbers"
    report_text(describe_avatar(avatar))


def _glbs(folder: Path) -> Iterator[bytes]:
    root, blob = small_avatar()
    yield boxes.made_glb(json.dumps(root).encode(), blob)
    yield from real.files("cases/avatars/*.*", 40, 60_000)
    yield from real.files("data/avatars/facecap*.glb")


def _gltfs(folder: Path) -> Iterator[bytes]:
    root, blob = small_avatar()
    root["buffers"][0]["uri"] = "data:application/octet-stream;base64," + base64.b64encode(blob).decode()
    yield json.dumps(root).encode()
    root["buffers"][0]["uri"] = "input.gltf"
    root["images"] = [{"uri": "input.gltf"}]
    yield json.dumps(root).encode()


def huge_counts(data: bytes, random: Random) -> bytes:
    """Ask for arrays that no file holds: zeros, sparse, repeated."""
    root, blob = small_avatar()
    count = random.choice((10**4, 10**6, 2 * 10**7, 10**8, 2**31, 2**40))
    for accessor in root["accessors"]:
        if random.random() < 0.6:
            accessor["count"] = count
            if random.random() < 0.7:
                accessor.pop("bufferView", None)
    for primitive in root["meshes"][0]["primitives"]:
        primitive["targets"] = primitive["targets"] * random.choice((1, 1, 10, 400, 10_000))
    root["nodes"] = root["nodes"] * random.choice((1, 1, 5, 20_000))
    return boxes.made_glb(json.dumps(root).encode(), blob)


def _picture(place: Place) -> None:
    pixels = decode_picture(place.data, Document({}, None, None))
    assert pixels.ndim == 3 and pixels.shape[2] == 4


def _pictures(folder: Path) -> Iterator[bytes]:
    yield boxes.odd_png(9000, 9000)
    yield boxes.odd_png(200_000, 400)
    for kind, mode in (("PNG", "RGBA"), ("PNG", "P"), ("PNG", "I;16"), ("JPEG", "RGB"), ("JPEG", "L"), ("WEBP", "RGBA")):
        stream = io.BytesIO()
        Image.new(mode, (9, 7), 60).save(stream, kind)
        yield stream.getvalue()


def _ktx2(place: Place) -> None:
    data = place.data
    admit_size(*picture_size(data), Document({}, None, None))
    decode_ktx2(data)


def _ktx2s(folder: Path) -> Iterator[bytes]:
    for data in real.files("data/avatars/facecap*.glb"):
        document = Document(*split_container(data))
        for index in range(len(document.all("images"))):
            yield document.image_bytes(index)


_MODES = ("ATTRIBUTES", "TRIANGLES", "INDICES")
_FILTERS = ("NONE", "OCTAHEDRAL", "QUATERNION", "EXPONENTIAL", "COLOR")


def _meshopt(place: Place) -> None:
    """The first bytes say how the others are packed."""
    data = place.data.ljust(8, b"\0")
    count, stride = int.from_bytes(data[:3], "little") % 50_000 + 1, data[3] % 256 + 1
    decode_view(data[6:], count, stride, _MODES[data[4] % 3], _FILTERS[data[5] % 5])


def _packed(folder: Path) -> Iterator[bytes]:
    with np.load(_STREAMS, allow_pickle=False) as streams:
        for name in streams.files:
            for mode in range(3):
                yield bytes((40, 0, 0, 11, mode, 0)) + streams[name].tobytes()[:4000]


def _draco(place: Place) -> None:
    from app.avatar.draco import _decode

    _decode(place.data)


def _dracos(folder: Path) -> Iterator[bytes]:
    import DracoPy

    random = np.random.default_rng(1)
    vertices, triangles = random.random((30, 3)).astype(np.float32), np.arange(30, dtype=np.uint32).reshape(-1, 3)
    uvs = random.random((30, 2)).astype(np.float32)
    yield DracoPy.encode(vertices, triangles, preserve_order=True, quantization_bits=16, generic_attributes={7: uvs})
    yield DracoPy.encode(vertices, triangles, compression_level=7)


def _plain_avatar() -> Avatar:
    root, blob = small_avatar()
    return build_avatar(Document(root, blob), "small")


_ready: list[Avatar] = []


def _mapping(place: Place) -> None:
    if not _ready:
        _ready.append(_plain_avatar())
    AvatarRig(assign(_ready[0], read_mapping(place.file)))


def _mappings(folder: Path) -> Iterable[bytes]:
    write_mapping(folder / "mapping.json", mapping_of_avatar(_plain_avatar(), "0" * 64), ("spare",))
    return [(folder / "mapping.json").read_bytes()]


def _cooked(place: Place) -> None:
    read_arrays(place.file, _KINDS)


def _cookeds(folder: Path) -> Iterator[bytes]:
    write_arrays(folder / "a.avatar", _plain_avatar())
    yield (folder / "a.avatar").read_bytes()
