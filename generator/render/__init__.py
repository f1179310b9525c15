"""Plans → files: templates filled, Python formatted and proven to compile.

Takes plans, gives files as values, by path. Invariant: page text becomes code through the filters
`literal`, `docstring` and `comment` alone, and a file that does not compile does not leave here.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import Executor

from generator.render.environment import fill
from generator.render.formatting import format_python
from generator.targets.plan import Plan, Verbatim
from generator.textfile import TextFile

__all__ = ["render"]

_PYTHON = (".py", ".pyi")
_CHUNK = 16  # files; small enough that the last chunks keep all processes busy


def render(
    plans: Sequence[Plan],
    executor: Executor | None = None,
    progress: Callable[[int], None] = lambda done: None,
) -> tuple[TextFile, ...]:
    """Render every plan, in the processes of `executor` or here without one.

    The result is sorted by path and does not depend on where the work was done. `progress` hears
    how many files are done. Raises `ValueError` if two plans have one path, or if a template
    renders to something that is no Python: faults of ours, which no page can cause.
    """
    ordered = sorted(plans, key=lambda plan: plan.path)
    for before, after in zip(ordered, ordered[1:], strict=False):
        if before.path == after.path:
            raise ValueError(f"two plans write {before.path}")
    # A text that is known already and needs no formatting does not travel.
    known = [
        TextFile(p.path, p.text) for p in ordered if not _is_work(p) and isinstance(p, Verbatim)
    ]
    work = [plan for plan in ordered if _is_work(plan)]
    chunks = [work[at : at + _CHUNK] for at in range(0, len(work), _CHUNK)]
    files = known
    rendered = executor.map(render_chunk, chunks) if executor else map(render_chunk, chunks)
    for done in rendered:
        files.extend(done)
        progress(len(files))
    return tuple(sorted(files))


def render_chunk(plans: Sequence[Plan]) -> list[TextFile]:
    """Render these plans here, in their order."""
    return [_render(plan) for plan in plans]


def _is_work(plan: Plan) -> bool:
    return not isinstance(plan, Verbatim) or plan.path.endswith(_PYTHON)


def _render(plan: Plan) -> TextFile:
    text = plan.text if isinstance(plan, Verbatim) else fill(plan.template, dict(plan.view))
    if plan.path.endswith(_PYTHON):
        return TextFile(plan.path, format_python(plan.path, text))
    return TextFile(plan.path, text)
