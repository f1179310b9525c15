"""Api → a pyproject.toml that makes the output installable; its user's from then on."""

from typing import Final

from generator.diagnostics import Parsed
from generator.memo import Kept, Memo
from generator.model.api import Api
from generator.targets.plan import Plan, Templated, Wanted, keep_plans

# The oldest release that the emitted code works with, by the output that needs it.
_NEEDS: Final = {"models": "pydantic>=2.12", "endpoints": "httpx2>=2"}


def plan_project(api: Api, wanted: Wanted, memo: Memo) -> Parsed[tuple[Kept[Plan], ...]]:
    """`pyproject.toml` inside the package, which it names after the folder of the output."""
    view = {
        "name": wanted.package.replace("_", "-").strip("-") or "generated",
        "package": wanted.package,
        "dependencies": [need for output, need in _NEEDS.items() if output in wanted.outputs],
        "has_readme": "endpoints" in wanted.outputs,
    }
    plan = Templated("pyproject.toml", "project/pyproject.toml.jinja", view, is_once=True)
    return Parsed(tuple(keep_plans(memo, "project", [plan])))
