"""Khronos' own validator, in Node."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

WEB = Path(__file__).resolve().parents[2] / "app" / "remote" / "web"
NODE = shutil.which("node")
_SCRIPT = """
const { validateBytes } = require(process.argv[1]);
const { readFileSync } = require("fs");
(async () => {
  const found = {};
  for (const path of process.argv.slice(2)) {
    const { issues } = await validateBytes(new Uint8Array(readFileSync(path)), { maxIssues: 0 });
    found[path] = issues.messages.filter((issue) => issue.severity < 2).map((issue) => [issue.severity, issue.code, issue.pointer ?? ""]);
  }
  console.log(JSON.stringify(found));
})();
"""


def issues(paths: Iterable[Path]) -> dict[Path, list[tuple[int, str, str]]]:
    """Errors (0) and warnings (1) of files: severity, code and where, as the validator calls them."""
    assert NODE is not None
    words = [NODE, "-e", _SCRIPT, str(WEB / "node_modules" / "gltf-validator"), *map(str, paths)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=True)
    return {Path(path): [(found[0], found[1], found[2]) for found in own] for path, own in json.loads(done.stdout).items()}
