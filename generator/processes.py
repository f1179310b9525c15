"""Processes beside this one, for work that is done in parts.

Takes functions and their arguments, gives results in their order. What travels is pickled; where
the work is done changes no result.
"""

import gc
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

_FEW = 60  # pages; below, starting processes costs more than they save
_DONE = object()
_HANDFUL = 2  # parts that one process has done before others have started


def cores() -> int:
    """How many processes can work at once on this machine."""
    if hasattr(os, "sched_getaffinity"):  # fewer than the machine has, in a container
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Assistant:
    """One process that makes itself ready for work to come while this one does something else.

    `steps` is how: it takes the first step before it takes anything on, and the others when it has
    done that and has nothing else to do. It is a copy of this process, so make it early, and while
    there are no threads.
    """

    def __init__(self, steps: Iterator[None]) -> None:
        fork = multiprocessing.get_context("fork")
        self._ours, theirs = fork.Pipe()
        arguments = (self._ours, theirs, steps)
        self._process = fork.Process(target=_assist, args=arguments, daemon=True)
        with _interrupts_waiting():
            self._process.start()
        theirs.close()

    @staticmethod
    def can_be_had(jobs: int | None) -> bool:
        """Whether a copy of this process can be made, on Windows not and on macOS not safely, and
        would be one of `jobs` processes (one a core by default)."""
        return sys.platform == "linux" and (cores() if jobs is None else jobs) > 1

    def map(self, fn: Callable[..., T], parts: Sequence[tuple[Any, ...]]) -> Iterator[T]:
        """What `fn` gives for each of these arguments; it begins at once.

        Raises what `fn` raises, and `BrokenExecutor` if the process is gone.
        """
        if parts:
            self._ask(fn, parts[0])
        return self._answers(fn, parts)

    def _answers(self, fn: Callable[..., T], parts: Sequence[tuple[Any, ...]]) -> Iterator[T]:
        # One after the other: a pipe holds little, and both ends might wait for room in it.
        for after in (*parts[1:], None) if parts else ():
            try:
                is_done, result = self._ours.recv()
            except (EOFError, OSError) as error:
                raise BrokenExecutor("the assistant is gone") from error
            if not is_done:
                raise result
            if after is not None:
                self._ask(fn, after)
            yield result

    def _ask(self, fn: Callable[..., T], arguments: tuple[Any, ...]) -> None:
        try:
            self._ours.send((fn, arguments))
        except OSError as error:
            raise BrokenExecutor("the assistant is gone") from error

    def close(self) -> None:
        """End the process, whatever it does."""
        self._process.kill()
        self._process.join()
        self._ours.close()


def _assist(ours: Connection, theirs: Connection, steps: Iterator[None]) -> None:
    """The work of an assistant, which ends when the process it works for closes its end."""
    _begin_worker()
    ours.close()
    next(steps, None)
    try:
        while True:
            fn, arguments = theirs.recv()
            theirs.send(_done(fn, arguments))
            while not theirs.poll() and next(steps, _DONE) is not _DONE:
                pass
    except (EOFError, OSError):
        return


def _done(fn: Callable[..., object], arguments: tuple[Any, ...]) -> tuple[bool, object]:
    """Whether a call came to its end, and what it gave or raised."""
    try:
        return True, fn(*arguments)
    except Exception as error:  # it is raised where somebody waits for the result
        return False, error


@contextmanager
def processes(
    jobs: int | None, pages: int, assistant: Assistant | None = None
) -> Iterator[Executor | None]:
    """Processes for a run over `pages` pages; none where they would not pay."""
    wanted = cores() if jobs is None else jobs
    if assistant is None and (wanted <= 1 or pages < _FEW):
        yield None
        return
    pool = _Pool(wanted, assistant)
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


class _Pool(Executor):
    """Processes that start when there is work for more than one of them.

    A handful of parts goes to the assistant. Without one, a single part is worked on here: it
    travels no faster than it is done.
    """

    def __init__(self, processes: int, assistant: Assistant | None) -> None:
        self._processes = processes
        self._assistant = assistant
        self._pool: ProcessPoolExecutor | None = None

    def map(
        self,
        fn: Callable[..., T],
        *iterables: Iterable[object],
        timeout: float | None = None,
        chunksize: int = 1,
    ) -> Iterator[T]:
        parts = list(zip(*iterables, strict=False))
        if self._pool is None and self._assistant is not None and len(parts) <= _HANDFUL:
            return self._assistant.map(fn, parts)
        if self._pool is None and len(parts) < 2:
            return (fn(*part) for part in parts)
        pool = self._started()
        return pool.map(fn, *zip(*parts, strict=True), timeout=timeout, chunksize=chunksize)

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
