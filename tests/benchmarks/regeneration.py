"""How long a run takes when everything, one page or nothing has changed since the last one.

    python tests/benchmarks/regeneration.py ../shared/corpus/graph-v1.0 [black|ruff|none]

Seconds depend on the machine; the last column does not: it is the time in starts of
`python -c "import pydantic, jinja2, markdown_it"`, each the best of three measured beside it.
"""

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

START = [sys.executable, "-c", "import pydantic, jinja2, markdown_it"]


def seconds(command: list[str]) -> float:
    began = time.perf_counter()
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode not in (0, 1):
        sys.exit(done.stderr)
    return time.perf_counter() - began


def main(folder: str, formatter: str = "black") -> None:
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        docs = place / "docs"
        shutil.copytree(folder, docs)
        beside = Path(folder).resolve().parent / "includes"
        if beside.is_dir():
            shutil.copytree(beside, place / "includes")
        page = sorted((docs / "resources").glob("*.md"))[100]
        command = [sys.executable, "-m", "generator", str(docs), "-o", str(place / "out")]
        command += ["--cache-dir", str(place / "cache"), "--formatter", formatter, "--quiet"]

        def show(what: str, taken: float) -> None:
            start = min(seconds(START) for _ in range(3))
            print(f"{what:18} {taken:7.2f} s {taken / start:7.1f} starts", flush=True)

        show("everything", seconds(command))
        seconds(command)
        show("nothing changed", min(seconds(command) for _ in range(3)))
        taken = []
        for number in range(3):
            page.write_text(page.read_text() + f"\n## Note {number}\n\nA note.\n")
            taken.append(seconds(command))
        show("one page changed", min(taken))
        size = sum(file.stat().st_size for file in (place / "cache").iterdir())
        print(f"{'cache':18} {size / 1e6:7.0f} MB")


if __name__ == "__main__":
    main(*sys.argv[1:])
