"""Plans → files: templates filled, Python formatted and proven to compile.

Takes plans, gives files as values, by path. Invariant: page text becomes code through the filters
`literal`, `docstring`, `block` and `comment` alone, HTML through `html`, and a file that does not compile does not
leave here.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from functools import partial
from itertools import repeat
from pathlib import Path

from generator.cache import Store, digest
from generator.memo import Kept, Memo
from generator.render.formatting import LONG, format_all, format_python
from generator.sources import (
    VIEWS,
    code_digest,
    templates_digest,
    templates_folder,
    views_version,
)
from generator.style import Style, StyleFault
from generator.targets.plan import Plan, Verbatim
from generator.textfile import AnyFile, LaterFile, TextFile

__all__ = ["Style", "StyleFault", "get_ready", "render"]

_PYTHON = (".py", ".pyi")
# Files that travel together: few enough that the last chunks keep all processes busy, and as many
# as make the start of another program pay.
_CHUNK = {"black": 16, "ruff": 128, "none": 16}
_ROOMS = ("disk", "render", "style")
_PACKAGES = {"black": ("black", "Jinja2"), "ruff": ("black", "Jinja2", "ruff"), "none": ("Jinja2",)}


def render(
    plans: Sequence[Kept[Plan]],
    memo: Memo,
    executor: Executor | None = None,
    progress: Callable[[int], None] = lambda done: None,
    store: Store | None = None,
    style: Style = Style(),
) -> tuple[AnyFile, ...]:
    """Render every plan, in the processes of `executor` or here without one.

    The result is sorted by path and does not depend on where the work was done, nor on what
    `memo` and `store` hold: the one knows for which plans there are texts, the other has these,
    and what each text without form gave with this formatter. `progress` hears how many files are
    done. Raises `ValueError` if two plans have one path, or if a template renders to something
    that is no Python: faults of ours, which no page can cause. Raises `StyleFault` where the
    user's templates or choices are the cause.
    """
    _check_views(style)
    ordered = sorted(plans, key=lambda kept: kept.brief.path)
    for before, after in zip(ordered, ordered[1:], strict=False):
        if before.brief.path == after.brief.path:
            raise ValueError(f"two plans write {before.brief.path}")
    base = _base(style)
    owns = {kept.brief.path: base + kept.key for kept in ordered}
    known = memo.recall("files", owns)
    files: dict[str, AnyFile] = {}
    work: list[Kept[Plan]] = []
    for path, kept in zip(owns, ordered, strict=True):
        if path in known:
            sha256, key = known[path]
            files[path] = LaterFile(path, sha256, partial(_text, kept, key, style, store))
        else:
            work.append(kept)
    progress(len(files))

    new: dict[bytes, bytes] = {}
    keys: dict[str, bytes] = {}

    def begin(plans: Sequence[Plan]) -> Iterator[list[tuple[TextFile, bytes]]]:
        size = _CHUNK[style.formatter]
        chunks = [plans[at : at + size] for at in range(0, len(plans), size)]
        more = (chunks, repeat(style), repeat(store))
        return executor.map(render_chunk, *more) if executor else map(render_chunk, *more)

    def finish(rendering: Iterator[list[tuple[TextFile, bytes]]]) -> None:
        for done in rendering:
            for file, key in done:
                files[file.path] = file
                keys[file.path] = key
                new[key] = _packed(file.text)
            progress(len(files))

    python = [kept for kept in work if kept.brief.path.endswith(_PYTHON)]
    memo.fetch(python)
    rendering = begin([kept.value for kept in python])
    # Meanwhile: a text that is known already and needs no formatting does not travel.
    others = [kept for kept in work if not kept.brief.path.endswith(_PYTHON)]
    memo.fetch(others)
    left: list[Plan] = []
    for plan in (kept.value for kept in others):
        if isinstance(plan, Verbatim):
            files[plan.path] = TextFile(plan.path, plan.text)
        else:
            left.append(plan)
    finish(rendering)
    finish(begin(left))
    if store:
        memo.later(partial(store.put, new))
    held: dict[str, tuple[str, bytes]] = {}
    for kept in work:
        path = kept.brief.path
        if isinstance(file := files[path], TextFile):
            files[path] = file.known()
        held[path] = files[path].sha256, keys.get(path, b"")
    memo.hold("files", owns, held)
    return tuple(files[path] for path in sorted(files))


def _text(kept: Kept[Plan], key: bytes, style: Style, store: Store | None) -> str:
    """The text of a plan that was rendered before; it lies in `store`, unless it had to give way."""
    if store and (packed := store.get([key]).get(key)) is not None:
        return _unpacked(packed)
    plan = kept.value
    if isinstance(plan, Verbatim) and not plan.path.endswith(_PYTHON):
        return plan.text
    ((file, _),) = render_chunk([plan], style, store)
    return file.text


def _check_views(style: Style) -> None:
    """Raise `StyleFault` for templates of the user's that were made for other views than ours."""
    given = views_version(templates_folder())
    wanted = views_version(Path(style.templates)) if style.templates else None
    if wanted not in (None, given):
        raise StyleFault(
            f"the templates in {style.templates} are for views of version {wanted}, and this "
            f"gen-graph gives version {given}; compare their {VIEWS} with that of "
            "gen-graph templates --copy, adapt the templates, and take over the new file"
        )


def render_chunk(
    plans: Sequence[Plan], style: Style, store: Store | None
) -> list[tuple[TextFile, bytes]]:
    """Render these plans here, in their order; each file with the key of its unformatted text."""
    texts = [(plan.path, _filled(plan, style)) for plan in plans]
    base = code_digest(_ROOMS, _PACKAGES[style.formatter])
    keys = [
        digest(b"formatted", base, style.formatter, Path(path).suffix, text) for path, text in texts
    ]
    known = store.get(keys) if store else {}
    unknown = [at for at, key in enumerate(keys) if key not in known]
    left = [texts[at] for at in unknown]
    fresh = dict(zip(unknown, _formatted(left, plans, style, store, base), strict=True))
    return [
        (TextFile(path, fresh[at] if at in fresh else _unpacked(known[key])), key)
        for at, ((path, _), key) in enumerate(zip(texts, keys, strict=True))
    ]


def get_ready(style: Style) -> Iterator[None]:
    """Have at hand what the first files would wait for, step by step."""
    from generator.render.environment import RAW, environment

    yield
    if style.formatter != "none":  # ruff leaves some texts to black
        format_python("ready.py", "ready = 1\n")
        yield
    if style.templates:
        return  # the user's may be broken, which is said where they are filled
    ours = environment("", style.header)
    for name in ours.list_templates(["jinja"]):
        if name.startswith("python/") and not name.startswith(RAW):
            ours.get_template(name)
            yield


def _filled(plan: Plan, style: Style) -> str:
    if isinstance(plan, Verbatim):
        return plan.text
    # Late: where an assistant fills the templates, nobody here waits for Jinja.
    from generator.render.environment import fill

    try:
        return fill(plan.template, dict(plan.view), style)
    except StyleFault as fault:
        raise StyleFault(f"{fault} ({_made_from(plan)}); correct the template") from fault


def _formatted(
    texts: Sequence[tuple[str, str]],
    plans: Sequence[Plan],
    style: Style,
    store: Store | None,
    base: bytes,
) -> list[str]:
    """These texts in form, proven to compile; `store` learns the pieces of the long ones."""
    python = [(path, text) for path, text in texts if path.endswith(_PYTHON)]
    keys = {
        path: digest(b"pieces", base, path)
        for path, text in python
        if store and style.formatter != "none" and path.endswith(".py") and len(text) >= LONG
    }
    held = store.get(keys.values()) if store else {}
    known = {path: json.loads(held[key]) if key in held else {} for path, key in keys.items()}
    try:
        done = format_all(python, style.formatter, known)
    except ValueError as error:
        from generator.render.environment import is_own

        for plan in plans:
            if not isinstance(plan, Verbatim) and is_own(plan.template, style.templates):
                if str(error).startswith(f"{plan.path} "):
                    place = Path(style.templates) / plan.template
                    raise StyleFault(
                        f"{place}: {error} ({_made_from(plan)}); correct the template"
                    ) from error
        raise
    if store:
        pieces = {path: pieces for (path, _), (_, pieces) in zip(python, done, strict=True)}
        store.put({key: json.dumps(pieces[p]).encode() for p, key in keys.items() if pieces[p]})
    formed = {path: text for (path, _), (text, _) in zip(python, done, strict=True)}
    return [formed.get(path, text) for path, text in texts]


def _made_from(plan: Plan) -> str:
    """What a plan writes and the first of the pages behind it, for a person who looks for it."""
    pages = None if isinstance(plan, Verbatim) else plan.view.get("sources")
    page = pages[0] if isinstance(pages, (tuple, list)) and pages else ""
    return f"for {plan.path}{f' from {page}' if page else ''}"


def _base(style: Style) -> bytes:
    """The digest of all that a file is made from beside its plan."""
    code = code_digest(_ROOMS, _PACKAGES[style.formatter])
    return digest(code, templates_digest(style.templates), style.formatter, style.header)


def _packed(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _unpacked(data: bytes) -> str:
    return data.decode("utf-8", "surrogatepass")
