"""The whole program on one page: read, build, plan, render.

Takes a docs folder, or pages as values; gives files and findings as values, and writes nothing.
Invariant: same pages, same bytes, whatever the number of processes and the order of the pages.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TypeAlias

from msgspec.structs import replace

from generator.cache import Store, digest
from generator.choices import Choices
from generator.choosing import choose, correct_facts
from generator.diagnostics import Findings, Parsed
from generator.disk import read_docs
from generator.gathering import gather_facts
from generator.memo import Memo
from generator.model import Api, build_api
from generator.processes import Assistant, processes
from generator.render import render
from generator.run import Run
from generator.sources import code_digest
from generator.style import Style
from generator.targets import TARGETS, Wanted, outputs
from generator.textfile import Docs
from generator.values import Desk, sign, uncollected

__all__ = ["OUTPUTS", "Progress", "Run", "generate", "generate_from"]

Progress: TypeAlias = Callable[[str, int, int], None]  # what is done, how many of it, of how many

OUTPUTS: Final = tuple(TARGETS)  # the names that `emit` takes


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
    assistant: Assistant | None = None,
) -> Run:
    """Pages in, files and findings out; the order of these lines is the order of the rooms.

    `recall` is asked with the digest of all facts whether they were met before: pages may change
    and say the same. `desk` holds what the last run in this process had at hand. A handful of pages
    and files is left to the `assistant`.
    """
    wanted = Wanted(outputs(choices.emit), choices.package)
    say = progress or (lambda room, done, total: None)
    clock = _Clock()
    found = Findings()
    read = found.take(docs)
    with processes(jobs, len(read.pages), assistant) as workers, uncollected():
        with clock.measuring("pages"):
            total = len(read.pages)
            memo = _memo(store, choices, read.source.name, desk)
            gathered = gather_facts(
                read,
                executor or workers,
                store,
                lambda done: say("reading", done, total),
                memo,
            )
            if recall is not None and (known := recall(gathered.digest())) is not None:
                return known
            found.add(gathered.diagnostics)
            facts, signs = gathered.pages, gathered.signs
            if read.overlays:
                corrected = found.take(correct_facts(facts, read))
                facts = corrected.facts
                signs = {**signs, **{path: sign(facts[path]) for path in corrected.changed}}
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
                workers,
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
        types=memo.noted("types of the part", part.types, _signs(part.types)),
        enums=memo.noted("enums of the part", part.enums, _signs(part.enums)),
        operations=memo.noted("operations of the part", part.operations, _signs(part.operations)),
    )


def _signs(values: Mapping[str, object]) -> Mapping[str, bytes]:
    return {key: sign(value) for key, value in values.items()}


def _memo(store: Store | None, choices: Choices, docs: str, desk: Desk | None) -> Memo:
    """What is remembered of the last run with these choices."""
    if store is None:
        return Memo()
    plain = replace(choices, style=Style())  # which nothing but the rendering depends on
    return Memo(store, digest(code_digest((), ()), repr(plain), docs), desk)


class _Clock:
    """Seconds per room."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def measuring(self, room: str) -> Iterator[None]:
        began = time.perf_counter()
        yield
        self.seconds[room] = time.perf_counter() - began
