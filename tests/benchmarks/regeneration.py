"""How long a run takes when everything, one page or nothing has changed since the last one.

    python tests/benchmarks/regeneration.py ../shared/corpus/graph-v1.0 [black|ruff|none] [doubled]

Seconds depend on the machine; the next column does not: it is the time in starts of
`python -c "import pydantic, jinja2, markdown_it"`, each the best of three measured beside it. Runs
after the first one are the best of five, timed while nobody looks at them; the last column is the
most memory that all processes of one more such run held together (proportional set sizes, Linux).
`--watch` is timed from the save to the line that it prints. `doubled` adds the same pages once more
with every type renamed, and their ratio. The tool's modules are compiled beforehand, as pip does
when it installs them: where Python may not keep what it compiles, each run from a checkout would do
that anew.
"""

import compileall
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

GENERATOR = Path(__file__).resolve().parents[2] / "generator"
START = [sys.executable, "-c", "import pydantic, jinja2, markdown_it"]


def alone(command: list[str]) -> float:
    """Seconds of a run that nobody looks at: who does takes time from one that is short."""
    began = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode not in (0, 1):
        sys.exit(done.stderr)
    return time.perf_counter() - began


def seconds(command: list[str]) -> tuple[float, float]:
    """Seconds, and the most megabytes that the command's processes held at one time."""
    began = time.perf_counter()
    most = 0.0
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as run:
        while run.poll() is None:
            most = max(most, sum(megabytes(pid) for pid in family(run.pid)))
            time.sleep(0.02 if time.perf_counter() - began < 5 else 0.25)
        taken = time.perf_counter() - began
        if run.returncode not in (0, 1) and run.stderr is not None:
            sys.exit(run.stderr.read().decode())
    return taken, most


def family(pid: int) -> Iterable[int]:
    """A process and those that it started, as far as they still live."""
    yield pid
    try:
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                yield from family(int(child))
    except OSError:
        return


def megabytes(pid: int) -> float:
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0.0
    found = re.search(r"^Pss:\s+(\d+) kB", rollup, re.M)
    return int(found[1]) / 1024 if found else 0.0


def show(what: str, taken: float, most: float) -> None:
    start = min(alone(START) for _ in range(3))
    print(f"{what:28} {taken:7.2f} s {taken / start:7.1f} starts {most:6.0f} MB", flush=True)


def renamed(docs: Path, to: Path) -> None:
    """The pages once more, below other names and with every type and path renamed."""
    names = {path.stem.lower() for path in (docs / "resources").glob("*.md")}
    word = re.compile(r"[A-Za-z][A-Za-z0-9]*")

    def other(match: re.Match[str]) -> str:
        return f"{match[0]}Twin" if match[0].lower() in names else match[0]

    for path in sorted(docs.rglob("*.md")):
        if "includes" not in path.parts:
            place = to / path.relative_to(docs).with_name(word.sub(other, path.stem) + ".md")
            place = place.with_name(f"twin{place.name}") if place.exists() else place
            place.write_text(word.sub(other, path.read_text(encoding="utf-8", errors="replace")))


def add_note(page: Path, number: int) -> None:
    """Say something on a page that states nothing of the API."""
    page.write_text(page.read_text() + f"\n## Note {number}\n\nA note.\n")


def add_row(page: Path, number: int) -> None:
    """Describe one more property on a page."""
    row = rf"\1|label{number}|String|A label of the group.|\n"
    text = page.read_text()
    at = text.index("\n## Properties")
    page.write_text(text[:at] + re.sub(r"(?m)^(\|\s*:?-+.*\n)", row, text[at:], count=1))


def watched(command: list[str], page: Path) -> float:
    """Seconds from a save to the line that says what was written; the best of five."""
    words = [word for word in command if word != "--quiet"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen([*words, "--watch"], **pipes, text=True) as run:
        assert run.stdout is not None
        until(run.stdout, "watching")
        taken = []
        for number in range(5):
            time.sleep(1)
            add_row(page, 100 + number)
            began = time.perf_counter()
            until(run.stdout, " written")
            taken.append(time.perf_counter() - began)
        run.terminate()  # Ctrl-C would do, but not for who runs this in the background
    return min(taken)


def until(lines: Iterable[str], word: str) -> None:
    next(line for line in lines if word in line)


def main(folder: str, formatter: str = "black", *more: str) -> None:
    compileall.compile_dir(GENERATOR, quiet=2)
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        docs = place / "docs"
        shutil.copytree(folder, docs)
        beside = Path(folder).resolve().parent / "includes"
        if beside.is_dir():
            shutil.copytree(beside, place / "includes")
        page = docs / "resources" / "group.md"
        command = [sys.executable, "-m", "generator", str(docs), "-o", str(place / "out")]
        command += ["--cache-dir", str(place / "cache"), "--formatter", formatter, "--quiet"]

        once = seconds(command)
        show("everything", *once)
        seconds(command)
        for what, edit in (
            ("nothing changed", lambda page, number: None),
            ("one page says the same", add_note),
            ("one page changed", add_row),
        ):
            taken = []
            for number in range(5):
                edit(page, number)
                taken.append(alone(command))
            edit(page, 5)
            show(what, min(taken), seconds(command)[1])
        show("--watch, after the save", watched(command, page), 0)
        size = sum(file.stat().st_size for file in (place / "cache").iterdir())
        print(f"{'cache':28} {size / 1e6:7.0f} MB", flush=True)
        if "doubled" in more:
            twice = place / "twice" / "docs"
            for fresh in (docs, twice):
                shutil.rmtree(fresh, ignore_errors=True)
                shutil.copytree(folder, fresh)
            if beside.is_dir():
                shutil.copytree(beside, place / "twice" / "includes")
            renamed(Path(folder), twice)
            # By turns, since a machine may change its pace meanwhile.
            turns = [
                (seconds(bare(command, docs)), seconds(bare(command, twice))) for _ in range(2)
            ]
            one, two = min(one for one, _ in turns), min(two for _, two in turns)
            show("once, without a cache", *one)
            show("doubled", *two)
            print(f"{'doubled / once':28} {two[0] / one[0]:7.2f}")


def bare(command: list[str], docs: Path) -> list[str]:
    """The command for other docs, without a cache."""
    words = [str(docs) if at == 3 else word for at, word in enumerate(command)]
    return [*words, "--no-cache"]


if __name__ == "__main__":
    main(*sys.argv[1:])
