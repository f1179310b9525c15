"""What a cold run costs beside what nobody could spare it: black, and reading the pages once.

    python tests/benchmarks/cold.py ../shared/corpus/graph-v1.0 [rounds]

Black's share is what a run takes longer with black than without any formatter; beside it stands
the time that black needs for the same texts in one process, divided by the cores. All the rest, a
run without a formatter, stands beside what one process needs to parse the same pages in full with
markdown-it-py. The four take turns; of each the best round counts.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import black
from markdown_it import MarkdownIt

from generator.disk import read_docs
from generator.processes import cores

_MODE = black.Mode(target_versions={black.TargetVersion.PY311})


def run(docs: str, out: Path, formatter: str) -> float:
    words = [sys.executable, "-m", "generator", docs, "-o", str(out), "--formatter", formatter]
    began = time.perf_counter()
    done = subprocess.run([*words, "--no-cache", "--quiet"], check=False, capture_output=True)
    taken = time.perf_counter() - began
    if done.returncode not in (0, 1):
        sys.exit(done.stderr.decode())
    return taken


def by_black(out: Path) -> float:
    texts = [file.read_text(encoding="utf-8") for file in sorted(out.rglob("*.py"))]
    began = time.perf_counter()
    for text in texts:
        black.format_str(text, mode=_MODE)
    return time.perf_counter() - began


def by_markdown_it(docs: str) -> float:
    texts = [page.text for page in read_docs(Path(docs)).value.pages]
    parser = MarkdownIt("commonmark").enable("table")
    began = time.perf_counter()
    for text in texts:
        parser.parse(text)
    return time.perf_counter() - began


def main(docs: str, rounds: str = "1") -> None:
    best: dict[str, float] = {}
    for _ in range(int(rounds)):
        with tempfile.TemporaryDirectory() as place:
            bare = Path(place) / "bare"
            measured = {
                "no formatter": run(docs, bare, "none"),
                "markdown-it-py": by_markdown_it(docs),
                "with black": run(docs, Path(place) / "formatted", "black"),
                "black alone": by_black(bare),
            }
        for name, taken in measured.items():
            best[name] = min(taken, best.get(name, taken))
            print(f"{name:16} {taken:7.1f} s", flush=True)
    share = best["with black"] - best["no formatter"]
    print(f"black's share / (black alone / {cores()}): {share / best['black alone'] * cores():.2f}")
    print(f"rest / markdown-it-py: {best['no formatter'] / best['markdown-it-py']:.2f}")


if __name__ == "__main__":
    main(*sys.argv[1:])
