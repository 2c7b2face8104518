"""All of the program's files are written through ``app.core.beside``; who writes past it is named here, with the reason."""

from __future__ import annotations

import ast
from collections.abc import Iterator

#: function -> why what it writes needs no safe way: nobody would miss it, or it is added to line by line
PAST_IT = {
    "app/core/beside.py:_keep": "it is the way",
    "app/core/beside.py:written_beside": "it is the way",
    "app/review/exchange/folders.py:folder_beside": "the same for whole folders",
    "app/commands/batches/book.py:Book.__init__": "a journal: one line after the other, a torn one is left out by who reads it",
    "app/review/batch/journal.py:LineJournal.__init__": "a journal: one line after the other, a torn one is left out by who reads it",
    "app/startup/hand_over.py:open_door": "a lock, empty",
    "app/upkeep/slots.py:Slot.claim": "a lock, empty",
    "app/upkeep/runs.py:Run.__init__": "what a crash says is written while the program dies",
    "app/conversation/cost/ledger.py:Ledger.read": "a damaged ledger gets another name, which is one step of the disk's",
    "app/conversation/recognition/moonshine_weights.py:_make": "in the folder that is made apart",
    "app/conversation/recognition/moonshine_weights.py:_convert": "in the folder that is made apart",
    "app/formats/takes/archive.py:TakeArchive.unpack": "a copy of what the take holds, in a folder of this session",
    "app/session/keep/pose_pictures.py:_collect": "a picture that is drawn again when it is missing",
    "app/remote/server/streams/neighbouring.py:LeftClips.leave": "from one worker of a server to another, gone with them",
    "app/remote/fleet/proxy.py:Proxy.start": "the configuration of a child, in the folder of this run",
    "app/remote/fleet/places.py:ChildProcess.publish": "a socket gets its name",
    "app/startup/hand_over.py:runs_already": "a lock, empty",
    "app/upkeep/cleaning.py:_deserted": "a lock, empty",
    "app/review/package/packing.py:_fill": "in a folder that gets its name when it is whole",
    "app/commands/batches/line_work.py:_place": "an avatar for this run's workers",
    "app/ui/proof/neighbours.py:ask_neighbour": "a proof's own folder, removed with it",
}
#: inside such a block it does not matter how something is written
SAFE_BLOCKS = ("written_beside", "folder_beside", "TemporaryDirectory")
#: what has such a verb, too
NOT_PATHS = ("does", "_replacing", "_poses", "engine", "draft")
#: module -> functions of it that write; "" for names that mean the same whoever has them
BY_NAME = {
    "shutil": ("move", "copyfile", "copy", "copy2", "copytree"),
    "os": ("rename", "replace", "link", "symlink"),
    "": ("mkstemp", "NamedTemporaryFile", "QSaveFile", "QFile", "QSettings", "savez_compressed", "tofile"),
}
_WRITING_MODES = frozenset("wax+")
#: a file without any of these needs no closer look
_WORDS = (
    "write",
    "open(",
    "ZipFile",
    "shutil.",
    ".replace(",
    ".rename(",
    "os.",
    "mkstemp",
    "Temporary",
    "QFile",
    "QSettings",
    "save",
    "tofile",
)
_VERBS = {"write_text", "write_bytes", "write", "open", "ZipFile", "replace", "rename", "save", "savez"}.union(*BY_NAME.values())


def _name_of(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else call.func.id if isinstance(call.func, ast.Name) else ""


def _mode_of(call: ast.Call) -> str:
    """The mode in which something is opened, "" for none that is said in place."""
    said = [each.value for each in call.keywords if each.arg == "mode"]
    is_builtin = isinstance(call.func, ast.Name)
    said += call.args[1:2] if is_builtin or len(call.args) > 1 else call.args[:1]
    return next((each.value for each in said if isinstance(each, ast.Constant) and isinstance(each.value, str)), "")


def _writes(call: ast.Call) -> bool:
    """Whether a call makes, changes or renames a file, as far as one can see."""
    name = _name_of(call)
    if name not in _VERBS:
        return False
    owner = ast.unparse(call.func.value) if isinstance(call.func, ast.Attribute) else ""
    if name in ("write_text", "write_bytes") and owner:
        return True
    if name in ("open", "ZipFile") and owner != "archive":
        mode = _mode_of(call)
        return 0 < len(mode) <= 3 and bool(set(mode) & _WRITING_MODES)
    if name in ("replace", "rename") and owner not in ("", "os") and not owner.endswith(NOT_PATHS):
        return len(call.args) == 1 and not call.keywords  # a path's have one argument, a text's have two
    if (owner, name) in (("np", "savez"), ("np", "save"), ("soundfile", "write")):
        return not _in_memory(call)
    return name in BY_NAME.get(owner, BY_NAME[""])


def _in_memory(call: ast.Call) -> bool:
    """Whether the first argument is no file: names for what is made in memory."""
    return bool(call.args) and ast.unparse(call.args[0]) in ("made", "buffer", "packed", "file", "out")


def _past_it(tree: ast.AST, where: str, is_safe: bool = False) -> Iterator[tuple[str, int]]:
    for node in ast.iter_child_nodes(tree):
        inner, place = is_safe, where
        if isinstance(node, ast.With):
            opened = [each.context_expr for each in node.items]
            inner = is_safe or any(isinstance(each, ast.Call) and _name_of(each) in SAFE_BLOCKS for each in opened)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            place = f"{where}.{node.name}" if not where.endswith(":") else where + node.name
        if isinstance(node, ast.Call) and not is_safe and _writes(node):
            yield place, node.lineno
        yield from _past_it(node, place, inner)


def test_files_are_written_in_one_way(root):
    found: dict[str, int] = {}
    for path in sorted((root / "app").rglob("*.py")):
        text = path.read_text("utf-8")
        if any(word in text for word in _WORDS):
            found |= dict(_past_it(ast.parse(text), f"{path.relative_to(root).as_posix()}:"))
    unknown = {place: line for place, line in found.items() if place not in PAST_IT}
    assert not unknown, f"write these through app.core.beside, or say here why not: {unknown}"
    assert set(PAST_IT) == set(found), f"these write past it no more: {set(PAST_IT) - set(found)}"


def test_the_rule_sees_what_goes_past():
    seen = ast.parse(
        "def keep(path, beside):\n"
        "    path.write_text('x')\n    open(path, 'w')\n    path.open('ab')\n    beside.replace(path)\n    shutil.move(beside, path)\n"
        "    soundfile.write(path, samples, 24000)\n"
        "    with written_beside(path) as beside:\n        beside.write_text('x')\n"
        "    path.read_text()\n    open(path)\n    words.replace('a', 'b')\n    replace(take, name='x')\n"
        "    soundfile.write(buffer, samples, 1)\n"
    )
    assert [line for _, line in _past_it(seen, "x.py:")] == [2, 3, 4, 5, 6, 7]
