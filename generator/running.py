"""One run from a docs folder to an output folder; nothing is worked out that has not changed.

Takes options, gives what the run made and what it changed. A run whose pages, settings and tool
are those of the last one, and whose output stands as it was left, ends after looking at them.
"""

import pickle
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

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
)
from generator.run import Run
from generator.sources import code_digest, templates_digest, templates_folder
from generator.textfile import Docs

Progress: TypeAlias = Callable[[str, int, int], None]

_PACKAGES = ("black", "Jinja2", "markdown-it-py", "PyYAML", "ruff")


@dataclass(frozen=True, slots=True)
class Options:
    """All that decides what a run does; `target` is the folder that becomes the package."""

    docs: Path
    target: Path
    choices: Choices = Choices()
    overlays: tuple[Path, ...] = ()
    jobs: int | None = None
    cache: Path | None = None  # the folder of the cache; none by default
    policy: Policy = "keep"
    writes: bool = True


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run made, and what it changed or would change."""

    run: Run
    changes: Changes
    beside: tuple[str, ...]  # the folders of included files, relative to the docs folder
    is_current: bool  # no page had changed since the last run, so nothing was done


@dataclass(frozen=True, slots=True)
class _Last:
    """What is kept of a run until the next one with the same output."""

    made_from: bytes  # the digest of pages, settings and tool
    said: bytes  # the digest of the facts that the pages state, of the rest, and of the tool
    state: State
    run: Run  # without its files and findings


def bring_up(options: Options, progress: Progress | None = None) -> Outcome:
    """Bring the output up to date, or with `writes` off find out what that would change.

    Raises `Trouble` for folders that cannot be read or written and for names that do not exist,
    `StyleFault` for a choice of style that fails.
    """
    clock = time.perf_counter
    began = clock()
    docs = read_docs(
        options.docs, options.choices.include, options.choices.exclude, options.overlays
    )
    included = docs.value.includes.files.values()
    beside = tuple(sorted({file.path.rpartition("/")[0] for file in included}))
    store = Store(options.cache) if options.cache is not None else None
    made_from = _made_from(docs, options) if store else b""
    reading = clock() - began

    if store and (last := _last(store, options, made_from=made_from)) is not None:
        seconds = {"disk": reading, "output": clock() - began - reading}
        return replace(_as_it_stands(last, seconds, beside), is_current=True)

    # Late: what has not changed need not wait for markdown-it, Jinja and black.
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
        if store is None or (last := _last(store, options, said=said[0])) is None:
            return None
        found_same.append(last)
        return last.run

    run = pipeline.generate_from(
        docs,
        options.choices,
        jobs=options.jobs,
        progress=progress,
        store=store,
        recall=recall,
        label=str(options.target),
    )
    if store and found_same:
        last = replace(found_same[0], made_from=made_from)
        _keep(store, options, last)
        return _as_it_stands(last, {"disk": reading, "pages": clock() - began - reading}, beside)
    comparing, moment = clock(), time.time_ns()
    changes = compare(options.target, run.files, __version__, options.policy, run.once)
    if options.writes:
        apply(options.target, changes)
        if store and not changes.edited and not changes.outgrown:
            state = read_state(options.target, changes.standing, moment)
            if state is not None:  # else somebody removes files as we write them
                _keep(store, options, _Last(made_from, said[0], state, run))
    seconds = {"disk": reading, **run.seconds, "output": clock() - comparing}
    return Outcome(replace(run, seconds=seconds), changes, beside, False)


def _as_it_stands(last: _Last, seconds: dict[str, float], beside: tuple[str, ...]) -> Outcome:
    """The outcome where nothing is to be done."""
    paths = tuple(sorted(set(last.state.marks) - {MANIFEST}))
    unchanged = Changes({}, {}, (), paths, b"", True)
    return Outcome(replace(last.run, seconds=seconds), unchanged, beside, False)


def _said(docs: Parsed[Docs], options: Options, facts: bytes) -> bytes:
    """The digest of all that a run depends on once its pages are read."""
    value = docs.value
    parts = [repr(value.source), repr(docs.diagnostics)]
    if value.overlays:  # which look at the pages' own lines
        parts.extend(part for file in sorted(value.pages) for part in (file.path, file.text))
    parts.extend(part for file in value.overlays for part in (file.path, file.text))
    return digest(b"said", _tool(options), repr(options.choices), facts, *parts)


def _tool(options: Options) -> bytes:
    own = options.choices.style.templates
    folders = [templates_folder(), *([Path(own)] if own else [])]
    return code_digest((), _PACKAGES) + templates_digest(folders)


def _made_from(docs: Parsed[Docs], options: Options) -> bytes:
    """The digest of everything that the files and findings of a run depend on."""
    value = docs.value
    parts = [repr(value.source), repr(docs.diagnostics)]
    for file in (*sorted(value.pages), *value.includes.files.values(), *value.overlays):
        parts.extend((file.path, file.text))
    return digest(b"run", _tool(options), repr(options.choices), str(len(value.pages)), *parts)


def _run_key(options: Options) -> bytes:
    return digest(b"last", code_digest((), _PACKAGES), str(options.target))


def _findings_key(run_key: bytes) -> bytes:
    return digest(b"findings", run_key)


def _last(
    store: Store, options: Options, *, made_from: bytes = b"", said: bytes = b""
) -> _Last | None:
    """The last run with its findings, if it was made from the same and its output still stands."""
    run_key = _run_key(options)
    findings_key = _findings_key(run_key)
    packed = store.get([run_key, findings_key])
    if len(packed) < 2:
        return None
    last: _Last = pickle.loads(packed[run_key])
    if last.made_from != made_from and last.said != said:
        return None
    state = still_stands(options.target, last.state)
    if state is None:
        return None
    if state is not last.state:  # some files had to be read; once is enough
        store.put({run_key: pickle.dumps(replace(last, state=state))})
    found: tuple[Diagnostic, ...] = pickle.loads(packed[findings_key])
    return replace(last, run=replace(last.run, diagnostics=found))


def _keep(store: Store, options: Options, last: _Last) -> None:
    """Keep what the next run needs to see that nothing has changed."""
    bare = replace(last.run, files=(), once=(), diagnostics=(), seconds={})
    store.put(
        {
            _findings_key(_run_key(options)): pickle.dumps(last.run.diagnostics),
            _run_key(options): pickle.dumps(replace(last, run=bare)),
        }
    )
