"""The parts of the emitted package that no page makes: its root, its runtime, its notice."""

from collections.abc import Iterable

from generator.model.api import Api
from generator.targets.plan import Plan, Templated, Verbatim

MODEL_RUNTIME = ("__init__", "edm", "enums", "model", "refs", "registry")
ENDPOINT_RUNTIME = (
    *("answers", "batch", "calls", "errors", "pages", "pending", "resources", "streams"),
    *("transport", "uploads"),
)


def plan_runtime(modules: Iterable[str]) -> tuple[Plan, ...]:
    """The runtime modules of these names, which templates hold as they stand."""
    return tuple(
        Templated(f"runtime/{name}.py", f"python/runtime/{name}.py.jinja", {}) for name in modules
    )


def plan_extensions() -> Plan:
    """The folder for what users write beside the generated code."""
    return Templated("extensions/__init__.py", "python/extensions.py.jinja", {}, is_once=True)


def plan_root(api: Api, emit: frozenset[str]) -> tuple[Plan, ...]:
    """`__init__.py`, `py.typed`, and a notice where the docs carry a licence."""
    view = {
        "has_client": "endpoints" in emit,
        "title": "Typed access to an API, made from its reference pages.",
        "version": api.version,
    }
    plans: list[Plan] = [
        Templated("__init__.py", "python/__init__.py.jinja", view),
        Verbatim("py.typed", ""),
    ]
    if api.licence:
        head = "This package was made from documentation pages that carry this licence:\n\n"
        plans.append(Verbatim("NOTICE", head + api.licence.rstrip("\n") + "\n"))
    return tuple(plans)
