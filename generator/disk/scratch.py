"""Texts that a program of others reads and rewrites, in a folder that lives no longer than that."""

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from generator.disk.trouble import disk_trouble


def rewritten(texts: Sequence[tuple[str, str]], rewrite: Callable[[Path], None]) -> list[str]:
    """What `rewrite` makes of these texts, each with the suffix of its file, in their order.

    `rewrite` gets a folder that holds them all. Raises `Trouble` if the disk does not answer.
    """
    with tempfile.TemporaryDirectory(prefix="gen-graph-") as name:
        folder = Path(name)
        with disk_trouble("write", folder):
            files = [folder / f"{number}{suffix}" for number, (suffix, _) in enumerate(texts)]
            for file, (_, text) in zip(files, texts, strict=True):
                file.write_bytes(text.encode("utf-8", "backslashreplace"))
        rewrite(folder)
        with disk_trouble("read", folder):
            return [file.read_bytes().decode("utf-8") for file in files]
