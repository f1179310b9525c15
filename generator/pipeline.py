"""The whole program on one page: read, build, plan, render.

Takes a docs folder, or pages as values; gives files and findings as values, and writes nothing.
Invariant: same pages, same bytes, whatever the number of processes and the order of the pages.
"""

import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from generator.diagnostics import Diagnostic, Findings, Parsed
from generator.disk import read_docs
from generator.model import build_api
from generator.pages import read_page
from generator.pages.facts import PageFacts
from generator.render import render
from generator.targets import TARGETS
from generator.textfile import Docs, Includes, TextFile

Progress: TypeAlias = Callable[[str, int, int], None]  # what is done, how many of it, of how many

OUTPUTS: Final = tuple(TARGETS)  # the names that `emit` takes
_FEW = 60  # pages; below, starting processes costs more than they save
_CHUNK = 32  # pages that travel to another process together


@dataclass(frozen=True, slots=True)
class Run:
    """What one run made of the pages; nothing of it is on disk yet."""

    files: tuple[TextFile, ...]  # by path
    diagnostics: tuple[Diagnostic, ...]  # in page order
    pages: Mapping[str, int]  # how many of each kind
    counts: Mapping[str, int]  # what else was counted, in the order to be shown
    seconds: Mapping[str, float]  # per room, in the order of work; no part of the output


def generate(
    folder: str | Path,
    *,
    emit: Collection[str] | None = None,
    jobs: int | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> Run:
    """Make everything that the pages in `folder` describe; for callers who are not a shell.

    `emit` names the outputs (all of `TARGETS` by default), `jobs` the number of processes (one a
    core by default; 1 works in this process). With an `executor`, of whatever kind, the pages are
    read there: pages are independent, and all that travels can be pickled. Raises `Trouble` for a
    folder that cannot be read.
    """
    began = time.perf_counter()
    docs = read_docs(Path(folder))
    reading = time.perf_counter() - began
    run = generate_from(docs, emit=emit, jobs=jobs, executor=executor, progress=progress)
    return Run(run.files, run.diagnostics, run.pages, run.counts, {"disk": reading, **run.seconds})


def generate_from(
    docs: Parsed[Docs],
    *,
    emit: Collection[str] | None = None,
    jobs: int | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> Run:
    """Pages in, files and findings out; the order of these lines is the order of the rooms."""
    emitted = frozenset(TARGETS if emit is None else emit)
    if unknown := sorted(emitted - set(TARGETS)):
        raise ValueError(
            f"no output is called {', '.join(unknown)}; there are {', '.join(TARGETS)}"
        )
    say = progress or (lambda room, done, total: None)
    clock = _Clock()
    found = Findings()
    read = found.take(docs)
    with _processes(jobs, len(read.pages)) as processes:
        with clock.measuring("pages"):
            facts = [found.take(parsed) for parsed in _read(read, executor or processes, say)]
        with clock.measuring("model"):
            api = found.take(build_api(facts, read.source))
        with clock.measuring("targets"):
            targets = dict.fromkeys(target for name, target in TARGETS.items() if name in emitted)
            plans = [plan for target in targets for plan in found.take(target(api, emitted))]
        with clock.measuring("render"):
            files = render(plans, processes, lambda done: say("writing", done, len(plans)))
    counts: Counter[str] = Counter()
    for plan in plans:
        counts.update(plan.counts)
    size = {"types": len(api.types), "enums": len(api.enums), "operations": len(api.operations)}
    return Run(
        files,
        found.in_page_order(),
        api.pages,
        {**size, **{name: counts[name] for name in sorted(counts)}},
        clock.seconds,
    )


def read_chunk(pages: Sequence[TextFile], includes: Includes) -> list[Parsed[PageFacts]]:
    """Read these pages here, in their order; runs in other processes."""
    return [read_page(page, includes) for page in pages]


def cores() -> int:
    """How many processes can work at once on this machine."""
    if hasattr(os, "sched_getaffinity"):  # fewer than the machine has, in a container
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _read(docs: Docs, executor: Executor | None, say: Progress) -> Iterator[Parsed[PageFacts]]:
    """The facts of every page, by path; each chunk travels with the includes it needs."""
    pages = sorted(docs.pages)
    chunks = [pages[at : at + _CHUNK] for at in range(0, len(pages), _CHUNK)]
    needed = (docs.includes.named_by(*chunk) for chunk in chunks)
    read = executor.map(read_chunk, chunks, needed) if executor else map(read_chunk, chunks, needed)
    done = 0
    for chunk in read:
        done += len(chunk)
        say("reading", done, len(pages))
        yield from chunk


@contextmanager
def _processes(jobs: int | None, pages: int) -> Iterator[Executor | None]:
    """Processes for a run over `pages` pages; none where they would not pay."""
    wanted = cores() if jobs is None else jobs
    if wanted <= 1 or pages < _FEW:
        yield None
        return
    pool = ProcessPoolExecutor(wanted, initializer=_leave_interrupts)
    try:
        with _interrupts_waiting():
            pool.submit(_leave_interrupts)  # the first call starts the processes
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _leave_interrupts() -> None:
    """Ctrl-C reaches every process of a terminal; the first one alone decides what to do."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@contextmanager
def _interrupts_waiting() -> Iterator[None]:
    """Ctrl-C takes effect afterwards, and never in a process that is started here.

    A process that is interrupted as it starts leaves the others waiting for ever, and Python
    drops an interruption that comes while it forks.
    """
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class _Clock:
    """Seconds per room."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def measuring(self, room: str) -> Iterator[None]:
        began = time.perf_counter()
        yield
        self.seconds[room] = time.perf_counter() - began
