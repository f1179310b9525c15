"""The whole program on one page: read, build, plan, render.

Takes a docs folder, or pages as values; gives files and findings as values, and writes nothing.
Invariant: same pages, same bytes, whatever the number of processes and the order of the pages.
"""

import gc
import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final, ParamSpec, TypeAlias, TypeVar

from generator.cache import Store, digest
from generator.choices import Choices
from generator.choosing import choose, correct_facts
from generator.diagnostics import Findings, Parsed
from generator.disk import read_docs
from generator.gathering import gather_facts
from generator.memo import Memo
from generator.model import Api, build_api
from generator.render import render
from generator.run import Run
from generator.sources import code_digest
from generator.style import Style
from generator.targets import TARGETS, Wanted, outputs
from generator.textfile import Docs
from generator.values import Desk, sign, uncollected

__all__ = ["OUTPUTS", "Progress", "Run", "cores", "generate", "generate_from"]

P = ParamSpec("P")
T = TypeVar("T")
Progress: TypeAlias = Callable[[str, int, int], None]  # what is done, how many of it, of how many

OUTPUTS: Final = tuple(TARGETS)  # the names that `emit` takes
_FEW = 60  # pages; below, starting processes costs more than they save


def generate(
    folder: str | Path,
    choices: Choices = Choices(),
    *,
    overlays: Sequence[str | Path] = (),
    jobs: int | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
    store: Store | None = None,
) -> Run:
    """Make everything that the pages in `folder` describe; for callers who are not a shell.

    `overlays` are files of corrections, and `jobs` is the number of processes (one a core by default; 1 works in this process). With an
    `executor`, of whatever kind, the pages are read there: pages are independent, and all that
    travels can be pickled. What `store` holds is not worked out again. Raises `Trouble` for a
    folder that cannot be read, `ValueError` for a choice that does not exist.
    """
    began = time.perf_counter()
    docs = read_docs(Path(folder), choices.include, choices.exclude, [Path(o) for o in overlays])
    reading = time.perf_counter() - began
    run = generate_from(docs, choices, jobs=jobs, executor=executor, progress=progress, store=store)
    return replace(run, seconds={"disk": reading, **run.seconds})


def generate_from(
    docs: Parsed[Docs],
    choices: Choices = Choices(),
    *,
    jobs: int | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
    store: Store | None = None,
    recall: Callable[[bytes], Run | None] | None = None,
    desk: Desk | None = None,
) -> Run:
    """Pages in, files and findings out; the order of these lines is the order of the rooms.

    `recall` is asked with the digest of all facts whether they were met before: pages may change
    and say the same. `desk` holds what the last run in this process had at hand.
    """
    wanted = Wanted(outputs(choices.emit), choices.package)
    say = progress or (lambda room, done, total: None)
    clock = _Clock()
    found = Findings()
    read = found.take(docs)
    with _processes(jobs, len(read.pages)) as processes, uncollected():
        with clock.measuring("pages"):
            total = len(read.pages)
            gathered = gather_facts(
                read,
                executor or processes,
                store,
                lambda done: say("reading", done, total),
                desk,
            )
            if recall is not None and (known := recall(gathered.digest())) is not None:
                return known
            memo = _memo(store, choices, read.source.name, desk)
            facts = [found.take(parsed) for parsed in gathered.facts()]
            signs = dict(zip((page.path for page in facts), gathered.signs(), strict=True))
            if read.overlays:
                facts = found.take(correct_facts(facts, read)).facts
                signs = {page.path: sign(page) for page in facts}
        with clock.measuring("model"):
            built = found.take(build_api(facts, read.source, memo, signs))
            chosen = found.take(choose(built, choices))
            api = chosen.api
            if chosen.pages is not None:
                found.forget({page.path for page in read.pages} - chosen.pages)
                api = _noted(api, memo)
            api = replace(
                api,
                names=memo.noted("names", api.names),
                argument_names=memo.noted("argument names", api.argument_names),
            )
        with clock.measuring("targets"):
            targets = dict.fromkeys(TARGETS[name] for name in TARGETS if name in wanted.outputs)
            plans = [plan for target in targets for plan in found.take(target(api, wanted, memo))]
        with clock.measuring("render"):
            files = render(
                plans,
                memo,
                processes,
                lambda done: say("writing", done, len(plans)),
                store,
                choices.style,
            )
        with clock.measuring("memo"):
            memo.keep()
    counts: Counter[str] = Counter()
    for plan in plans:
        counts.update(plan.brief.counts)
    size = {"types": len(api.types), "enums": len(api.enums), "operations": len(api.operations)}
    once = {plan.brief.path for plan in plans if plan.brief.is_once}
    return Run(
        tuple(file for file in files if file.path not in once),
        found.in_page_order(),
        api.pages,
        {**size, **{name: counts[name] for name in sorted(counts)}},
        clock.seconds,
        tuple(file for file in files if file.path in once),
    )


def _noted(part: Api, memo: Memo) -> Api:
    """A part of an Api, with notes of what is looked up in it."""
    return replace(
        part,
        types=memo.noted("types of the part", part.types, sign),
        enums=memo.noted("enums of the part", part.enums, sign),
        operations=memo.noted("operations of the part", part.operations, sign),
    )


def _memo(store: Store | None, choices: Choices, docs: str, desk: Desk | None) -> Memo:
    """What is remembered of the last run with these choices."""
    if store is None:
        return Memo()
    plain = replace(choices, style=Style())  # which nothing but the rendering depends on
    return Memo(store, digest(code_digest((), ()), repr(plain), docs), desk)


def cores() -> int:
    """How many processes can work at once on this machine."""
    if hasattr(os, "sched_getaffinity"):  # fewer than the machine has, in a container
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def _processes(jobs: int | None, pages: int) -> Iterator[Executor | None]:
    """Processes for a run over `pages` pages; none where they would not pay."""
    wanted = cores() if jobs is None else jobs
    if wanted <= 1 or pages < _FEW:
        yield None
        return
    pool = _Pool(wanted)
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


class _Pool(Executor):
    """Processes that start when there is work for more than one of them.

    One chunk is worked on here: it travels no faster than it is done.
    """

    def __init__(self, processes: int) -> None:
        self._processes = processes
        self._pool: ProcessPoolExecutor | None = None

    def map(
        self,
        fn: Callable[..., T],
        *iterables: Iterable[object],
        timeout: float | None = None,
        chunksize: int = 1,
    ) -> Iterator[T]:
        first = list(iterables[0])
        if self._pool is None and len(first) < 2:
            return map(fn, first, *iterables[1:])
        return self._started().map(fn, first, *iterables[1:], timeout=timeout, chunksize=chunksize)

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        return self._started().submit(fn, *args, **kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait, cancel_futures=cancel_futures)

    def _started(self) -> ProcessPoolExecutor:
        if self._pool is None:
            self._pool = ProcessPoolExecutor(self._processes, initializer=_begin_worker)
            with _interrupts_waiting():
                self._pool.submit(_begin_worker)  # the first call starts the processes
        return self._pool


def _begin_worker() -> None:
    """Ctrl-C reaches every process of a terminal; the first one alone decides what to do.

    Whatever the first one does without, a worker collects what it leaves behind.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.enable()


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
