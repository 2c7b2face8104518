"""Minimal Debian systems in folders, made by debootstrap and thrown away after each proof; they need root, and nothing of the host's."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

#: the oldest and the newest Debian that the package is for
SUITES = {"bookworm": "Debian 12", "trixie": "Debian 13"}
MIRROR = "http://deb.debian.org/debian"
#: who uses the program there
USER, USER_ID = "tester", 1000
#: mounts a system's folders in a world of processes and mounts of its own, so that all of it is gone with the command
_ENTER = r"""
set -e
root=$1; user=$2; shift 2
mount --make-rprivate /
mount -t proc proc "$root/proc"
mount -t tmpfs -o mode=755 dev "$root/dev"
for node in null zero full random urandom tty; do touch "$root/dev/$node"; mount --bind "/dev/$node" "$root/dev/$node"; done
mkdir "$root/dev/shm" "$root/dev/pts"
mount -t tmpfs -o mode=1777 shm "$root/dev/shm"
ln -s /proc/self/fd "$root/dev/fd"
mkdir -p "$root/tmp/.X11-unix" "$root/var/cache/apt/archives"
[ -d /tmp/.X11-unix ] && mount --bind /tmp/.X11-unix "$root/tmp/.X11-unix"
[ -n "$ARCHIVES" ] && mount --bind "$ARCHIVES" "$root/var/cache/apt/archives"
[ -z "$OFFLINE" ] || ip link set lo up
unset ARCHIVES OFFLINE
# the shell stays the first process of this world: a program would ignore signals there, and take its children for orphans
chroot --userspec="$user:$user" "$root" "$@" &
wait $!
"""


@dataclass(frozen=True)
class System:
    """A minimal system in a folder.

    Attributes:
        suite: Debian's name of it.
        root: its folder.
        archives: packages that were fetched once, for the next system.
    """

    suite: str
    root: Path
    archives: Path

    def run(
        self,
        command: Sequence[str],
        *,
        user: str = "0",
        online: bool = False,
        environment: Mapping[str, str] | None = None,
        limit_s: float = 600.0,
    ) -> subprocess.CompletedProcess[str]:
        """Run a command in it, with nothing of this process's environment.

        Args:
            command: and its arguments.
            user: number of the user who runs it.
            online: whether it has the network; else it has the loopback alone.
            environment: on top of a plain one.
            limit_s: after which it is killed.
        """
        process = self.start(command, user=user, online=online, environment=environment)
        try:
            out, err = process.communicate(timeout=limit_s)
        except subprocess.TimeoutExpired:
            stop(process)
            out, err = process.communicate()
            err += f"\nnot done after {limit_s:.0f} s"
        except BaseException:
            stop(process)
            raise
        return subprocess.CompletedProcess(list(command), process.returncode, out, err)

    def start(
        self, command: Sequence[str], *, user: str = "0", online: bool = False, environment: Mapping[str, str] | None = None
    ) -> subprocess.Popen[str]:
        """Start a command in it; arguments as for :meth:`run`."""
        plain = {
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "LANG": "C.UTF-8",
            "DEBIAN_FRONTEND": "noninteractive",
        }
        home = "/root" if user == "0" else f"/home/{USER}"
        settings = {**plain, "HOME": home, "ARCHIVES": str(self.archives), "OFFLINE": "" if online else "1", **(environment or {})}
        wall = ["unshare", "--mount", "--pid", "--fork", *([] if online else ["--net"])]
        enter = [*wall, "sh", "-c", _ENTER, "enter", str(self.root), user, *command]
        pipe = subprocess.PIPE
        return subprocess.Popen(enter, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, text=True, env=settings, start_new_session=True)

    def put(self, file: Path, place: str) -> None:
        """Copy a file into it, at an absolute place."""
        out = self.root / place.lstrip("/")
        out.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(file, out)

    def remove(self) -> None:
        """Throw it away."""
        shutil.rmtree(self.root)


def stop(process: subprocess.Popen[str]) -> None:
    """End a command with its whole world: when the first process of it goes, the kernel ends the others."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def missing_tools() -> str:
    """One sentence where no system can be made here, else ""."""
    if not sys.platform.startswith("linux"):
        return "The smoke test makes minimal Debian systems, which only Linux can; run it there."
    if os.geteuid() != 0:
        return "The smoke test makes minimal Debian systems, which only root may; run it again with sudo."
    missing = [name for name in ("debootstrap", "unshare", "chroot", "ip", "Xvfb") if not shutil.which(name)]
    if missing:
        return f"{', '.join(missing)} is missing; install it with: sudo apt-get install -y debootstrap iproute2 xvfb util-linux"
    return ""


def make_system(suite: str, cache: Path, name: str) -> System:
    """A fresh system, copied from the one that debootstrap made once.

    Args:
        suite: one of :data:`SUITES`.
        cache: where systems are kept.
        name: of the copy.

    Raises:
        SystemExit: debootstrap failed.
    """
    base, copy, archives = cache / f"{suite}-base", cache / f"{suite}-{name}", cache / f"{suite}-archives"
    (archives / "partial").mkdir(parents=True, exist_ok=True)
    if not (base / ".whole").exists():
        shutil.rmtree(base, ignore_errors=True)
        command = ["debootstrap", "--variant=minbase", suite, str(base), os.environ.get("VISEMESYNC_MIRROR", MIRROR)]
        if subprocess.run(command, stdout=sys.stderr, check=False).returncode != 0:
            shutil.rmtree(base, ignore_errors=True)
            raise SystemExit(f"debootstrap could not make {SUITES[suite]}; check the network, or name a mirror in VISEMESYNC_MIRROR.")
        _prepare(System(suite, base, archives))
    shutil.rmtree(copy, ignore_errors=True)
    subprocess.run(["cp", "-a", "--reflink=auto", str(base), str(copy)], check=True)
    return System(suite, copy, archives)


def _prepare(system: System) -> None:
    """A user who is not root, and the lists of packages."""
    for command in (["apt-get", "update", "-qq"], ["useradd", "--create-home", "--uid", str(USER_ID), "--shell", "/bin/sh", USER]):
        done = system.run(command, online=True)
        if done.returncode != 0:
            raise SystemExit(f"{' '.join(command)} failed in the new system: {done.stderr.strip()}")
    (system.root / ".whole").write_text("made by debootstrap, with a user and lists of packages\n")
