"""Debian's Chromium, without a window: what a person would see of a page.

Where it is missing a test is skipped, and says so; where CI is set it fails.
"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from PIL import Image

_SECONDS = 120
_WORDS = ("--headless", "--disable-gpu", "--hide-scrollbars", "--no-first-run")


class Browser:
    """Runs Chromium; `folder` takes its profile and the pictures."""

    def __init__(self, folder: Path) -> None:
        self._program = _program()
        self._folder = folder

    def picture(self, page: Path, *, dark: bool = False, size: tuple[int, int]) -> Image.Image:
        """The page as a window of this size in pixels shows it; stored as a file too."""
        file = self._folder / f"{page.stem}-{'dark' if dark else 'light'}-{size[0]}.png"
        words = [f"--screenshot={file}", f"--window-size={size[0]},{size[1]}"]
        self._run([*words, *(["--force-dark-mode"] if dark else [])], page)
        return Image.open(file).convert("RGB")

    def document(self, page: Path) -> str:
        """The page as it is after its script has run, as HTML."""
        return self._run(["--dump-dom"], page)

    def _run(self, words: list[str], page: Path) -> str:
        # A container has no sandbox for root, and little shared memory.
        own = [f"--user-data-dir={self._folder / 'profile'}", "--disable-dev-shm-usage"]
        own += ["--no-sandbox"] if os.geteuid() == 0 else []
        done = subprocess.run(
            [self._program, *_WORDS, *own, *words, page.resolve().as_uri()],
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout


def _program() -> str:
    program = shutil.which("chromium")
    if program is None:
        if os.environ.get("CI") == "true":
            pytest.fail("there is no chromium; apt-get install chromium", False)
        pytest.skip("there is no chromium to look at the page with")
    return program
