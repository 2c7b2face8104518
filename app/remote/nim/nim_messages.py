"""Compiles nim.proto when it is first needed: a reader for the part of the language that our own text uses."""

from __future__ import annotations

import re
import threading
from functools import lru_cache
from pathlib import Path
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory  # type: ignore[import-untyped]

_Field = descriptor_pb2.FieldDescriptorProto
_SCALARS = {
    "double": _Field.TYPE_DOUBLE, "float": _Field.TYPE_FLOAT, "int32": _Field.TYPE_INT32, "uint32": _Field.TYPE_UINT32,
    "bool": _Field.TYPE_BOOL, "string": _Field.TYPE_STRING, "bytes": _Field.TYPE_BYTES,
}  # fmt: skip
_TEXT = Path(__file__).with_name("nim.proto")
_LINE = re.compile(
    r"(?P<block>message|oneof) (?P<name>\w+) \{|(?P<end>\})"
    r"|(?:(?P<label>repeated|optional) )?(?:map<string, (?P<value>\w+)>|(?P<type>\w+)) (?P<field>\w+) = (?P<number>\d+);"
)


def _typed(field: Any, name: str, package: str) -> None:
    if name in _SCALARS:
        field.type = _SCALARS[name]
    else:
        field.type, field.type_name = _Field.TYPE_MESSAGE, f".{package}.{name}"


def _add_map(message: Any, field: Any, value: str, package: str) -> None:
    """A map is a repeated nested message with a key and a value."""
    entry = message.nested_type.add(name="".join(part.capitalize() for part in field.name.split("_")) + "Entry")
    entry.options.map_entry = True
    entry.field.add(name="key", number=1, type=_Field.TYPE_STRING, label=_Field.LABEL_OPTIONAL)
    _typed(entry.field.add(name="value", number=2, label=_Field.LABEL_OPTIONAL), value, package)
    field.label, field.type = _Field.LABEL_REPEATED, _Field.TYPE_MESSAGE
    field.type_name = f".{package}.{message.name}.{entry.name}"


def _add_field(message: Any, match: re.Match[str], package: str, in_oneof: bool) -> None:
    field = message.field.add(name=match["field"], number=int(match["number"]), label=_Field.LABEL_OPTIONAL)
    if match["value"]:
        _add_map(message, field, match["value"], package)
        return
    _typed(field, match["type"], package)
    if match["label"] == "repeated":
        field.label = _Field.LABEL_REPEATED
    elif in_oneof:
        field.oneof_index = 0
    elif match["label"] == "optional":
        # how protoc itself writes optional: a oneof of one field
        field.proto3_optional = True
        field.oneof_index = len(message.oneof_decl)
        message.oneof_decl.add(name=f"_{field.name}")


def read_proto(text: str) -> Any:
    """A FileDescriptorProto from text.

    Args:
        text: messages with scalar, message, map, repeated and optional fields, and one oneof at their beginning.
    """
    package = re.search(r"package ([\w.]+);", text)
    file = descriptor_pb2.FileDescriptorProto(name="visemesync/nim.proto", syntax="proto3", package=package[1] if package else "")
    message, in_oneof = None, False
    for match in _LINE.finditer(re.sub(r"//.*|syntax.*|package.*", "", text)):
        if match["block"] == "message":
            message = file.message_type.add(name=match["name"])
        elif match["block"] == "oneof" and message is not None:
            message.oneof_decl.add(name=match["name"])
            in_oneof = True
        elif match["end"]:
            in_oneof = False
        elif message is not None:
            _add_field(message, match, file.package, in_oneof)
    return file


_compiling = threading.Lock()


def messages() -> dict[str, Any]:
    """Name -> message class; the same classes for all threads."""
    with _compiling:  # lru_cache alone may compile twice, and messages of two pools do not go into each other
        return _compiled()


@lru_cache(maxsize=1)
def _compiled() -> dict[str, Any]:
    file = read_proto(_TEXT.read_text("utf-8"))
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {m.name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{file.package}.{m.name}")) for m in file.message_type}
