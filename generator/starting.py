"""What a user starts from: a configuration, a workflow, a set of templates.

Takes nothing but the tool itself, gives files as values. What stands there already stays.
"""

from typing import Final

from generator.sources import template_texts
from generator.textfile import TextFile

CONFIGURATION: Final = """\
[tool.gen-graph]
docs = "docs"          # the folder of the pages
output = "generated"   # the package to write; its name must be an identifier
# package = "identity"   # write output/identity instead
# emit = ["models", "endpoints", "tests", "openapi"]
# project joins these once: emit = ["project"] makes the output installable
# include = ["api/*", "resources/*"]   # globs of the pages to read
# exclude = ["*-draft.md"]             # globs of pages to leave out
# only = ["user"]    # a slice: types, resources, resource.method, with all that they need
# overlays = ["overlays.yaml"]         # corrections of what the pages say
# base-url = "https://service.example/v1.0"  # where the service stands, if not where the pages say
# header = "SPDX-License-Identifier: MIT"    # a comment on top of each Python file
# formatter = "ruff"     # the same result as black, faster; "none" leaves the code as it falls
# templates = "templates"  # templates of your own; start with: gen-graph templates --copy templates
# fail-on = "error"      # findings that make the exit code 1: never, error or warning
# cache-dir = ".cache"   # by default the system's place for caches
# jobs = 2               # processes; by default one a core

# [tool.gen-graph.names]   # names of your own for types, properties, members, methods and arguments
# "microsoft.graph.user" = "Person"
# "microsoft.graph.user.displayName" = "label"
# "api/user-list.md" = "find"   # or "people.find", for another resource too
# "api/user-get.md#user-id" = "who"
"""

_WORKFLOW: Final = """\
# Fails where the generated code is not what the pages say. Mend with: gen-graph
name: gen-graph
on: [push, pull_request]
permissions:
  contents: read
jobs:
  check:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with:
          python-version: "3.11"
      - run: pip install gen-graph
      - run: gen-graph --check
"""


def project_files(with_workflow: bool) -> tuple[TextFile, ...]:
    """A pyproject.toml with every setting explained, and a workflow that checks the output."""
    workflow = TextFile(".github/workflows/gen-graph.yml", _WORKFLOW)
    return (TextFile("pyproject.toml", CONFIGURATION), *([workflow] if with_workflow else []))


def template_files() -> tuple[TextFile, ...]:
    """Every template of the emitted package, by path, as `--templates` finds them."""
    texts = template_texts()
    return tuple(TextFile(path, texts[path]) for path in texts if path.startswith("python/"))
