"""A browser for tests: one that is installed, or Debian's, which CI installs."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

NAMES = (
    *("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"),
    *("chrome", "microsoft-edge", "msedge"),
)

PATHS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
)

INSTALL = "apt-get install -y --no-install-recommends chromium"

SECONDS_TO_INSTALL = 600


def find_browser():
    """Return the path of an installed browser of the Chromium family, or None."""
    found = [path for name in NAMES if (path := shutil.which(name))]
    found += [path for path in PATHS if Path(path).exists()]
    return found[0] if found else None


def browser_path():
    """Return the path of a browser. Without one, skip; in CI, install one or fail."""
    path = find_browser()
    if path is None and not os.environ.get("CI"):
        pytest.skip(
            "No browser was found. Install Chromium, Chrome or Edge to run these tests."
        )
    return path or _install()


def _install():
    if shutil.which("apt-get") is None:
        pytest.fail("CI needs a browser: install Chromium, Chrome or Edge before.")
    import fcntl

    # The tests run in several processes, and apt-get in one at a time.
    with Path(tempfile.gettempdir(), "browser-of-tests.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if find_browser() is None:
            _run_apt_get()
    path = find_browser()
    if path is None:
        pytest.fail(f"CI needs a browser, and {INSTALL!r} has installed none.")
    return path


def _run_apt_get():
    sudo = [] if os.geteuid() == 0 else ["sudo", "-n"]
    for command in ("apt-get update", INSTALL):
        done = subprocess.run(
            [*sudo, *command.split()],
            capture_output=True,
            encoding="utf-8",
            env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"},
            timeout=SECONDS_TO_INSTALL,
            check=False,
        )
        if done.returncode != 0:
            pytest.fail(
                f"CI needs a browser, and {command!r} failed: {done.stderr.strip()}"
            )


def arguments():
    """Return arguments for a browser in a container, whose user is often root."""
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    return ["--no-sandbox"] if is_root else []
