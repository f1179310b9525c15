"""One run from a docs folder to an output folder; nothing is worked out that has not changed.

Takes options, gives what the run made and what it changed. A run whose pages, settings and tool
are those of the last one, and whose output stands as it was left, ends after looking at them.
"""

import os
import pickle
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from msgspec.structs import replace

from generator import __version__
from generator.cache import Store, digest
from generator.choices import Choices
from generator.diagnostics import Diagnostic, Parsed
from generator.disk import (
    MANIFEST,
    Changes,
    Policy,
    State,
    Trouble,
    apply,
    compare,
    read_docs,
    read_state,
    still_stands,
    unwritten,
)
from generator.run import Run
from generator.sources import code_digest, templates_digest
from generator.style import Style
from generator.textfile import Docs, LaterFile, in_order
from generator.values import Desk, Value, leave, uncollected

if TYPE_CHECKING:
    from generator.processes import Assistant

Progress: TypeAlias = Callable[[str, int, int], None]

_LITTLE = 32  # pages that have changed
_READY = b"ready"  # on a desk
_PACKAGES = ("black", "Jinja2", "markdown-it-py", "PyYAML", "ruff")


class Options(Value):
    """All that decides what a run does; `target` is the folder that becomes the package."""

    docs: Path
    target: Path
    choices: Choices = Choices()
    overlays: tuple[Path, ...] = ()
    jobs: int | None = None
    cache: Path | None = None  # the folder of the cache; none by default
    policy: Policy = "keep"
    writes: bool = True


class Outcome(Value):
    """What a run made, and what it changed or would change."""

    run: Run
    changes: Changes
    beside: tuple[str, ...]  # the folders of included files, relative to the docs folder
    is_current: bool  # no page had changed since the last run, so nothing was done


class _Last(Value):
    """What is kept of a run until the next one with the same output."""

    made_from: bytes  # the digest of pages, settings and tool
    said: bytes  # the digest of the facts that the pages state, of the rest, and of the tool
    state: State
    run: Run  # without its files and findings


@uncollected()
def bring_up(
    options: Options, progress: Progress | None = None, desk: Desk | None = None
) -> Outcome:
    """Bring the output up to date, or with `writes` off find out what that would change.

    `desk` is kept by who runs several times in one process; the first of these runs lays on it what
    the next ones need, even where nothing has changed.
    Raises `Trouble` for folders that cannot be read or written and for names that do not exist,
    `StyleFault` for a choice of style that fails.
    """
    clock = time.perf_counter
    began = clock()
    if desk is not None:
        desk.clear_up()
    store = Store(options.cache) if options.cache is not None else None
    stamps = _stamps(store, options, desk) if store else {}
    docs = read_docs(
        options.docs, options.choices.include, options.choices.exclude, options.overlays, stamps
    )
    if store and docs.value.stamps != stamps:
        _hold(store, desk, {_stamps_key(options): docs.value.stamps})
    included = docs.value.includes.files.values()
    beside = tuple(sorted({file.path.rpartition("/")[0] for file in included}))
    made_from = _made_from(docs, options) if store else b""
    reading = clock() - began

    last = _last(store, options, desk) if store else None
    is_desk_empty = desk is not None and not desk
    if desk is not None and is_desk_empty:
        _lay_out(desk, options.choices.style)
    if store and last is not None and last.made_from == made_from and not is_desk_empty:
        if (stands := _as_it_stands(store, options, last, desk)) is not None:
            seconds = {"disk": reading, "output": clock() - began - reading}
            return _outcome(stands, seconds, beside, is_current=True)

    # One process after the other: an assistant is a copy of this one, so it comes first.
    with _assistant(docs.value, options, last, desk) as assistant:
        # Late: what has not changed need not wait for the rooms that make something.
        from generator import pipeline

        for name in options.choices.emit:
            if name not in pipeline.OUTPUTS:
                known = ", ".join(pipeline.OUTPUTS)
                raise Trouble(f"--emit knows no '{name}'; it takes any of {known}")
        said: list[bytes] = []
        found_same: list[_Last] = []

        def recall(facts: bytes) -> Run | None:
            """The last run, where pages have changed in nothing that they state."""
            said.append(_said(docs, options, facts))
            if store is None or last is None or last.said != said[0] or is_desk_empty:
                return None
            if (stands := _as_it_stands(store, options, last, desk)) is None:
                return None
            found_same.append(stands)
            return stands.run

        run = pipeline.generate_from(
            docs,
            options.choices,
            jobs=options.jobs,
            progress=progress,
            store=store,
            recall=recall,
            desk=desk,
            assistant=assistant,
        )
        if store and found_same:
            stands = replace(found_same[0], made_from=made_from)
            _keep(store, options, stands, desk)
            return _outcome(stands, {"disk": reading, "pages": clock() - began - reading}, beside)
        comparing, moment = clock(), time.time_ns()
        untouched = unwritten(options.target, last.state) if last is not None else {}
        hashes = {path: hashed for path, (_, hashed) in untouched.items()}
        changes = compare(options.target, run.files, __version__, options.policy, run.once, hashes)
        if options.writes:
            apply(options.target, changes)
            if store and not changes.edited and not changes.outgrown:
                state = read_state(options.target, changes.standing, moment, untouched)
                if state is not None:  # else somebody removes files as we write them
                    _keep(store, options, _Last(made_from, said[0], state, run), desk)
        seconds = {"disk": reading, **run.seconds, "output": clock() - comparing}
        return Outcome(replace(run, seconds=seconds), changes, beside, False)


@contextmanager
def _assistant(
    docs: Docs, options: Options, last: _Last | None, desk: Desk | None
) -> Iterator["Assistant | None"]:
    """A process that reads pages and fills templates, for a run that has little of both to do.

    Who has a desk has all that such a process would have to get ready.
    """
    from generator.processes import Assistant  # late, as above

    new = sum(not isinstance(page, LaterFile) for page in docs.pages)
    has_little_to_do = last is not None and new <= _LITTLE
    if not has_little_to_do or desk is not None or not Assistant.can_be_had(options.jobs):
        yield None
        return
    assistant = Assistant(_ready(options.choices.style))
    try:
        yield assistant
    finally:
        assistant.close()


def _lay_out(desk: Desk, style: Style) -> None:
    """Have at hand what the first run with something to do would wait for."""
    for _ in _ready(style):
        pass
    desk[_READY] = True


def _ready(style: Style) -> Iterator[None]:
    """What an assistant does before it reads a page, and before it fills a template."""
    import generator.pages.reading  # noqa: F401

    yield
    from generator.render import get_ready

    yield from get_ready(style)


def _stamps_key(options: Options) -> bytes:
    return digest(b"stamps", code_digest((), _PACKAGES), os.path.realpath(options.docs))


def _stamps(store: Store, options: Options, desk: Desk | None) -> Mapping[str, object]:
    """What is known of the files in the docs folder since they were read the last time."""
    known: Mapping[str, object] | None = _held(store, desk, _stamps_key(options))
    return known or {}


def _held(store: Store, desk: Desk | None, key: bytes) -> Any:
    """What `_hold` put there; `None` for nothing. It need not be true any more of any file."""
    if desk is not None and key in desk:
        return desk[key]
    packed = store.get([key]).get(key)
    return pickle.loads(packed) if packed is not None else None


def _hold(store: Store, desk: Desk | None, entries: Mapping[bytes, object]) -> None:
    if desk is not None:
        desk.update(entries)
    leave(desk, lambda: store.put({key: pickle.dumps(each) for key, each in entries.items()}))


def _outcome(
    last: _Last, seconds: Mapping[str, float], beside: tuple[str, ...], is_current: bool = False
) -> Outcome:
    """The outcome where nothing is to be done."""
    paths = tuple(sorted(set(last.state.marks) - {MANIFEST}))
    unchanged = Changes({}, {}, (), paths, b"", True)
    return Outcome(replace(last.run, seconds=seconds), unchanged, beside, is_current)


def _said(docs: Parsed[Docs], options: Options, facts: bytes) -> bytes:
    """The digest of all that a run depends on once its pages are read."""
    value = docs.value
    parts = [repr(value.source), repr(docs.diagnostics)]
    if value.overlays:  # which look at the pages' own lines
        for page in in_order(value.pages):
            parts.extend((page.path, page.sha256))
    parts.extend(part for file in value.overlays for part in (file.path, file.text))
    return digest(b"said", _tool(options), repr(options.choices), facts, *parts)


def _tool(options: Options) -> bytes:
    return code_digest((), _PACKAGES) + templates_digest(options.choices.style.templates)


def _made_from(docs: Parsed[Docs], options: Options) -> bytes:
    """The digest of everything that the files and findings of a run depend on."""
    value = docs.value
    parts = [repr(value.source), repr(docs.diagnostics), str(len(value.pages))]
    for file in (*in_order(value.pages), *value.includes.files.values(), *value.overlays):
        parts += file.path, file.sha256
    return digest(b"run", _tool(options), repr(options.choices), "\0".join(parts))


def _run_key(options: Options) -> bytes:
    return digest(b"last", code_digest((), _PACKAGES), str(options.target))


def _findings_key(run_key: bytes) -> bytes:
    return digest(b"findings", run_key)


def _last(store: Store, options: Options, desk: Desk | None) -> _Last | None:
    """The last run with the same output, without its findings."""
    last: _Last | None = _held(store, desk, _run_key(options))
    return last


def _as_it_stands(store: Store, options: Options, last: _Last, desk: Desk | None) -> _Last | None:
    """The last run with its findings, if its output still stands as it left it."""
    state = still_stands(options.target, last.state)
    if state is None:
        return None
    if state is not last.state:  # some files had to be read; once is enough
        _hold(store, desk, {_run_key(options): replace(last, state=state)})
    found: tuple[Diagnostic, ...] | None = _held(store, desk, _findings_key(_run_key(options)))
    if found is None:
        return None
    return replace(last, state=state, run=replace(last.run, diagnostics=found))


def _keep(store: Store, options: Options, last: _Last, desk: Desk | None) -> None:
    """Keep what the next run needs to see that nothing has changed."""
    bare = replace(last.run, files=(), once=(), diagnostics=(), seconds={})
    run_key = _run_key(options)
    found = {_findings_key(run_key): last.run.diagnostics}
    _hold(store, desk, {run_key: replace(last, run=bare), **found})
