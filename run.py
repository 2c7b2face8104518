#!/usr/bin/env python3
"""Set up what is missing, then start VisemeSync Preview (or run its tests).

    python3 run.py [VERB ...]        the same as `python -m app [VERB ...]`
    python3 run.py test [ARGS ...]   sets up, then runs all tests, or those that ARGS for pytest choose
    python3 run.py test --quick      the tests of the daily loop: rules, units and properties without the slow ones
    python3 run.py lock              writes assets/locks: what exactly is installed and packed, with hashes
    python3 run.py sbom [FOLDER]     the bill of materials (CycloneDX) of .venv or a packed program
    python3 run.py build [lite|full] the program as a folder that needs no Python, in dist/ (docs/packaging.md)

`serve` installs what the server needs alone, nothing of the window, and what its options need (Ray, HAProxy, OpenTelemetry).
--with-torch before the verb installs torch too, which is done unasked only where a driver of NVIDIA's is found (for CUDA), and for the
tests; --without-torch leaves it out there as well. --locked installs exactly what assets/locks/desktop.txt names, with its hashes.
All are remembered; --unlocked forgets the last.

Standard library only. The first start makes `.venv` and installs the project into it; later starts only compare
one stamp file, need no network and add a few milliseconds.
"""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import itertools
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
import venv
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
WINDOWS = os.name == "nt"
PYTHON = VENV / ("Scripts/python.exe" if WINDOWS else "bin/python")
OLDEST = (3, 11)

#: shared library -> Debian package that holds it; Qt's xcb plugin, GL, EGL and PortAudio need these to run
LIBRARIES = {
    "libGL.so.1": "libgl1", "libEGL.so.1": "libegl1", "libEGL_mesa.so.0": "libegl-mesa0", "libGLX_mesa.so.0": "libglx-mesa0",
    "libxkbcommon.so.0": "libxkbcommon0", "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1", "libglib-2.0.so.0": "libglib2.0-0", "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4", "libxcb-keysyms.so.1": "libxcb-keysyms1", "libxcb-image.so.0": "libxcb-image0",
    "libxcb-randr.so.0": "libxcb-randr0", "libxcb-render-util.so.0": "libxcb-render-util0", "libxcb-render.so.0": "libxcb-render0",
    "libxcb-shape.so.0": "libxcb-shape0", "libxcb-shm.so.0": "libxcb-shm0", "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0", "libxcb-xkb.so.1": "libxcb-xkb1", "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libX11-xcb.so.1": "libx11-xcb1", "libxcb-glx.so.0": "libxcb-glx0", "libportaudio.so.2": "libportaudio2",
}  # fmt: skip
#: program -> Debian package, to run the tests
TEST_PROGRAMS = {"Xvfb": "xvfb", "xauth": "xauth", "pulseaudio": "pulseaudio", "haproxy": "haproxy"}
#: of app/remote/web, as npm calls them
NODE_PACKAGES = ("three", "gltf-validator")
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
#: what may be said of torch; and all that may be said in front of the verb
TORCH_CHOICES = ("--with-torch", "--without-torch")
CHOICES = (*TORCH_CHOICES, "--locked", "--unlocked")
#: options of a verb -> what they need: an extra of pyproject.toml, a Debian package
OPTION_EXTRAS = {"--cluster": "cluster", "--trace": "trace"}
OPTION_PROGRAMS = {"--workers": "haproxy", "--cluster": "haproxy"}
#: with what the server needs
SERVER_ALONE = ROOT / "a2f-server"
#: on Windows PyPI's torch runs on the CPU only
CUDA_WHEELS = "https://download.pytorch.org/whl/cu130"
#: words for pytest that choose the tests of the daily loop
QUICK = ["-m", "not slow", "--hypothesis-profile=quick"]
FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", str(Path.home() / ".local/share/fonts"))


def say(text: str) -> None:
    """Print one line of progress to standard error, so that `--json` output stays clean."""
    print(f"[setup] {text}", file=sys.stderr, flush=True)


def fail(text: str) -> None:
    """End with one sentence and exit status 3 (a missing service or device)."""
    print(text, file=sys.stderr)
    raise SystemExit(3)


def can_load(library: str) -> bool:
    """Whether the dynamic loader finds a shared library."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def has_program(name: str) -> bool:
    """Whether a program is there, also where servers lie and plain users do not look."""
    return shutil.which(name, path=os.environ.get("PATH", os.defpath) + os.pathsep + "/usr/sbin") is not None


def missing_packages(for_tests: bool) -> list[str]:
    """Debian packages whose files this machine lacks; empty on Windows and macOS."""
    if not sys.platform.startswith("linux"):
        return []
    missing = [package for library, package in LIBRARIES.items() if not can_load(library)]
    if not any(path.suffix in (".ttf", ".otf") for folder in FONT_FOLDERS for path in Path(folder).rglob("*") if path.is_file()):
        missing += ["fontconfig", "fonts-dejavu-core"]
    if for_tests:
        missing += [package for program, package in TEST_PROGRAMS.items() if not has_program(program)]
        if not list(Path("/usr/lib").glob("**/alsa-lib/libasound_module_pcm_pulse.so")):
            missing.append("libasound2-plugins")
    return missing


def apt_prefix() -> list[str] | None:
    """How this user may call apt-get: [] as root, sudo when it asks no password, None when not at all."""
    if not shutil.which("apt-get"):
        return None
    if os.geteuid() == 0:
        return []
    sudo = shutil.which("sudo")
    if sudo and subprocess.run([sudo, "-n", "true"], capture_output=True, check=False).returncode == 0:
        return [sudo, "-n"]
    return None


def install_packages(packages: list[str]) -> bool:
    """Install Debian packages when allowed, else print the exact command.

    Returns:
        True when all are installed now.
    """
    prefix = apt_prefix()
    command = "sudo apt-get install -y " + " ".join(packages)
    if prefix is None:
        say(f"System libraries are missing. Install them with:  {command}")
        return False
    say("installing system libraries: " + " ".join(packages))
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    apt = [*prefix, "apt-get"]
    subprocess.run([*apt, "update", "-qq"], env=environment, stdout=sys.stderr, check=False)
    install = [*apt, "install", "-y", "-qq", "--no-install-recommends", *packages]
    done = subprocess.run(install, env=environment, stdout=sys.stderr, check=False)
    if done.returncode != 0:
        say(f"apt-get failed. Install the system libraries by hand with:  {command}")
    return done.returncode == 0


def prepare_browser_tests() -> None:
    """What the tests in a browser need: Chromium and three.js. Without one of them those tests are skipped, so nothing here is fatal."""
    if sys.platform.startswith("linux") and not any(shutil.which(name) for name in BROWSERS) and not install_packages(["chromium"]):
        say("without Chromium the tests in a browser are skipped")
    web, npm = ROOT / "app" / "remote" / "web", shutil.which("npm")
    if WINDOWS or npm is None or all((web / "node_modules" / package).is_dir() for package in NODE_PACKAGES):
        return
    say("installing three.js for the demo page, and the glTF validator")
    command = [npm, "install", "--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts", "--loglevel=error"]
    try:
        done = subprocess.run(command, cwd=web, stdout=sys.stderr, check=False, timeout=180).returncode == 0
    except subprocess.TimeoutExpired:
        done = False
    if not done:
        say("npm install failed in app/remote/web; the test of the demo page is skipped, those of the glTF validator fail")


def has_nvidia_driver() -> bool:
    """Whether a driver of NVIDIA's is installed; the same answer as ``models.engines.engine`` gives, before anything is installed."""
    if WINDOWS:
        return can_load("nvcuda.dll")
    return can_load("libcuda.so.1") or Path("/proc/driver/nvidia/version").exists()


def stamp(needs: list[str]) -> str:
    """What the installation depends on; a change means that setup must run again."""
    facts = (
        b"".join(path.read_bytes() for path in (ROOT / "pyproject.toml", *sorted(SERVER_ALONE.glob("*.txt")), Path(__file__)))
        + sys.version.encode()
    )
    return " ".join([hashlib.sha256(facts).hexdigest(), *needs])


def remembered() -> list[str]:
    """The words of the last setup's stamp; none where there was no setup."""
    path = VENV / "setup-stamp"
    return path.read_text().split() if path.exists() and PYTHON.exists() else []


def needed(said: Sequence[str] = (), command: Sequence[str] = ()) -> list[str]:
    """What this start needs.

    Args:
        said: some of CHOICES; what is not said is as it was said last.
        command: the verb and its arguments.

    Returns:
        Words for the stamp: ``desktop``, or ``server`` where that is enough, ``test``, ``torch``, ``cluster``, ``haproxy``, and the choices
        that are in force.
    """
    for_tests, serves = command[:1] == ["test"], command[:1] == ["serve"]
    known = remembered()
    choice = next((word for word in (*said, *known) if word in TORCH_CHOICES), "")
    torch = for_tests or choice == "--with-torch" or (not choice and ("torch" in known or has_nvidia_driver()))
    locked = "--locked" in (*said, *known) and "--unlocked" not in said
    words = {"server": serves, "desktop": not serves, "test": for_tests, "torch": torch, choice: bool(choice), "--locked": locked}
    options = {word.partition("=")[0] for word in command}
    asked = {each: None for table in (OPTION_EXTRAS, OPTION_PROGRAMS) for option, each in table.items() if option in options}
    return [*(word for word, counts in words.items() if counts), *asked]


def covered() -> list[str]:
    """What was installed of this very version of the program."""
    known = remembered()
    return known[1:] if known[:1] == [stamp([])] else []


def is_ready(needs: list[str]) -> bool:
    """Whether the last setup covers this start."""
    return remembered()[:1] == [stamp([])] and set(needs) <= set(covered())


def make_venv() -> None:
    """Create `.venv`; on Debian the venv module is a package of its own."""
    if PYTHON.exists():
        return
    say("making .venv")
    try:
        import ensurepip  # noqa: F401  (its absence is what Debian's split package looks like)
    except ImportError:
        package = f"python3.{sys.version_info.minor}-venv"
        if not install_packages([package]):
            fail(f"Python's venv module is missing; install it with: sudo apt-get install -y {package}")
    venv.EnvBuilder(with_pip=False, symlinks=not WINDOWS).create(VENV)
    subprocess.run([str(PYTHON), "-m", "ensurepip", "--upgrade", "--default-pip"], check=True, stdout=sys.stderr)


def pip_steps(needs: list[str]) -> list[list[str]]:
    """The commands that install, for the window the project itself, for the server alone only what it imports.

    Args:
        needs: see ``needed``.
    """
    extras = [extra for word, extra in {"torch": "a2f", "test": "test", "cluster": "cluster", "trace": "trace"}.items() if word in needs]
    megabytes, pip = "about 290 MB", [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "-q"]
    if "desktop" in needs:
        name, step = "desktop", [*pip, "-e", f"{ROOT}[{','.join(['desktop', *extras])}]"]
    else:
        asked = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
        chosen = [line for extra in OPTION_EXTRAS.values() if extra in extras for line in asked[extra]]
        more = [line for line in chosen if not line.startswith("visemesync-preview")]
        wanted = "requirements-cuda.txt" if "torch" in needs else "requirements.txt"
        name, step, megabytes = "server", [*pip, "-r", str(SERVER_ALONE / wanted), *more], "about 60 MB"
    say(f"installing for {', '.join([name, *extras])}; the first time this downloads {'up to a few GB' if 'torch' in needs else megabytes}")
    if WINDOWS and "torch" in needs and has_nvidia_driver():
        step += ["--extra-index-url", CUDA_WHEELS]
    locked = [*pip, "--require-hashes", "--only-binary", ":all:", "-r", str(ROOT / "assets" / "locks" / f"{name}.txt")]
    return [locked, step] if "--locked" in needs else [step]


def set_up(needs: list[str]) -> None:
    """Install system libraries, the virtual environment and the project with its dependencies.

    Args:
        needs: see ``needed``.
    """
    for_tests = "test" in needs
    packages = missing_packages(for_tests) if "desktop" in needs else []
    if sys.platform.startswith("linux"):
        packages += [program for program in set(OPTION_PROGRAMS.values()) if program in needs and not has_program(program)]
    complete = not packages or install_packages(packages)
    make_venv()
    steps = pip_steps(needs)
    if any(subprocess.run(step, stdout=sys.stderr, check=False).returncode != 0 for step in steps):
        without = ", or leave torch out with --without-torch" if "torch" in needs and not for_tests else ""
        fail(f"The installation failed; check the network connection and the lines above, then run the same command again{without}.")
    if for_tests:
        prepare_browser_tests()
    if complete:
        (VENV / "setup-stamp").write_text(stamp(list(dict.fromkeys([*needs, *(word for word in covered() if word not in CHOICES)]))))
    say("ready")


@contextlib.contextmanager
def virtual_display() -> Iterator[dict[str, str]]:
    """An Xvfb with real GL for the tests; yields the environment that points at it."""
    read, write = os.pipe()
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", "1920x1080x24", "-nolisten", "tcp", "+extension", "GLX"]
    server = subprocess.Popen(command, pass_fds=(write,), stderr=subprocess.DEVNULL)
    os.close(write)
    try:
        with os.fdopen(read) as answer:
            number = answer.readline().strip()
        if not number:
            fail("Xvfb did not start; install it with: sudo apt-get install -y xvfb")
        yield {"DISPLAY": f":{number}", "QT_QPA_PLATFORM": "xcb"}
    finally:
        server.terminate()
        server.wait()


@contextlib.contextmanager
def virtual_audio() -> Iterator[dict[str, str]]:
    """A PulseAudio null sink that runs in real time; yields the environment that makes it the default device."""
    with tempfile.TemporaryDirectory(prefix="visemesync-audio-") as name:
        folder = Path(name)
        (folder / "asound.conf").write_text("pcm.!default { type pulse }\nctl.!default { type pulse }\n")
        system = Path("/usr/share/alsa/alsa.conf")
        environment = {
            "XDG_RUNTIME_DIR": name,
            "HOME": name,
            "PULSE_SERVER": f"unix:{name}/pulse/native",
            "ALSA_CONFIG_PATH": f"{system}:{folder / 'asound.conf'}" if system.exists() else str(folder / "asound.conf"),
        }
        command = ["pulseaudio", "-n", "--exit-idle-time=-1", "--daemonize=no",
                   "-L", "module-null-sink sink_name=ci rate=48000 norewinds=1", "-L", "module-native-protocol-unix"]  # fmt: skip
        server = subprocess.Popen(command, env={**os.environ, **environment}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            yield {key: value for key, value in environment.items() if key != "HOME"}
        finally:
            server.terminate()
            server.wait()


def run_tests(arguments: list[str]) -> int:
    """Run the tests; on Linux inside private displays and audio sinks.

    Args:
        arguments: for pytest; none for all tests, ``--quick`` for those of the daily loop.

    Returns:
        0 when all tests passed, else the worst exit status.
    """
    # one thread of BLAS and of torch is quickest on two cores; few arenas keep a hundred opened windows from fragmenting the heap
    steady = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2", "MALLOC_TRIM_THRESHOLD_": "131072"}
    environment = {**os.environ, **steady, "PYTHONPYCACHEPREFIX": str(VENV / "compiled")}
    # hundreds of processes read the same modules: the first one compiles, and none beside the sources
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    quick = "--quick" in arguments
    chosen = [word for word in arguments if word != "--quick"]
    command = [str(PYTHON), "-m", "pytest", *(QUICK if quick else [])]
    if chosen:
        with private_screen_and_sound() as screen:
            return subprocess.run([*command, *chosen], cwd=ROOT, env={**environment, **screen}, check=False).returncode
    from tests.batches import Batches

    with contextlib.ExitStack() as stack:
        # windows of one display take the focus from each other
        screens = [stack.enter_context(private_screen_and_sound()) for _ in range(3 if sys.platform.startswith("linux") else 1)]
        private = [{**environment, **screen} for screen in screens]
        return Batches(ROOT, VENV / "test-seconds.json").run(command, private[:2], quick, beside=private[2] if private[2:] else None)


@contextlib.contextmanager
def private_screen_and_sound() -> Iterator[dict[str, str]]:
    """A display and an audio sink that nobody else uses; yields the environment that points at them, which is empty outside Linux."""
    if not sys.platform.startswith("linux"):
        yield {}
        return
    with virtual_display() as display, virtual_audio() as audio:
        yield {**display, **audio}


def start(arguments: list[str]) -> int:
    """Replace this process by the app (on Windows: wait for it)."""
    command = [str(PYTHON), "-m", "app", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    if WINDOWS:
        return subprocess.run(command, env=environment, check=False).returncode
    os.execve(command[0], command, environment)


def main(arguments: list[str]) -> int:
    """Set up if needed, then run the tests or the app.

    Args:
        arguments: the command line without the program's name.

    Returns:
        The exit status of what was run.
    """
    if sys.version_info < OLDEST:
        fail(f"VisemeSync Preview needs Python {OLDEST[0]}.{OLDEST[1]} or newer; this is {sys.version.split()[0]}.")
    said = list(itertools.takewhile(CHOICES.__contains__, arguments))
    arguments = arguments[len(said) :]
    if arguments[:1] == ["build"]:
        from assets.packaging.building import main as build

        return build(arguments[1:])
    if arguments[:1] == ["lock"]:
        from assets.packaging.locking import main as lock

        return lock()
    if arguments[:1] == ["sbom"]:
        from assets.packaging.bill import main as bill

        return bill(arguments[1:])
    needs = needed(said, arguments)
    if not is_ready(needs):
        set_up(needs)
    return run_tests(arguments[1:]) if arguments[:1] == ["test"] else start(arguments)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
