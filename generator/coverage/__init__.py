"""Pages, facts and the package's outline → what became of what stands on the pages, and why not.

Takes a docs folder, gives a `Coverage`, and shows one as text, as JSON or as a page of HTML.
Invariant: every row of every table, every request line and every message has an entry, and every
entry that is not tested has a reason.
"""

from collections.abc import Sequence
from pathlib import Path

from generator.choices import Choices
from generator.choosing import choose, correct_facts
from generator.coverage.as_html import as_html
from generator.coverage.as_json import as_json
from generator.coverage.as_text import text_lines
from generator.coverage.ledger import Scope, compare
from generator.coverage.report import Coverage
from generator.diagnostics import Findings
from generator.disk import Trouble, read_docs
from generator.memo import Memo
from generator.model import build_api
from generator.pages.outline import read_outline
from generator.pages.reading import read_page
from generator.targets import TARGETS, Wanted, outputs
from generator.targets.python.outline import outline_python
from generator.textfile import in_order

__all__ = ["Coverage", "as_html", "as_json", "cover", "text_lines"]


def cover(folder: Path, choices: Choices = Choices(), overlays: Sequence[Path] = ()) -> Coverage:
    """What a run with these choices makes of the pages in `folder`, as far as it uses them.

    Raises `Trouble` for a folder that cannot be read and for names that do not exist.
    """
    try:
        wanted = Wanted(outputs(choices.emit), choices.package)
    except ValueError as error:
        raise Trouble(f"{error} (--emit)") from error
    found = Findings()
    docs = found.take(read_docs(folder, choices.include, choices.exclude, overlays))
    pages = in_order(docs.pages)
    read = {page.path: found.take(read_page(page, docs.includes)) for page in pages}
    corrected = found.take(correct_facts(read, docs))
    chosen = found.take(choose(found.take(build_api(corrected.facts, docs.source)), choices))
    for target in dict.fromkeys(TARGETS[name] for name in TARGETS if name in wanted.outputs):
        found.take(target(chosen.api, wanted, Memo()))
    moved = {here: there for each in corrected.applied for here, there in each.moved.items()}
    pairs = [
        (read_outline(page, docs.includes), corrected.facts[page.path])
        for page in pages
        if chosen.pages is None or page.path in chosen.pages
    ]
    covered = {facts.path for _, facts in pairs}
    beside = {*docs.source.left_out, *(page.path for page in pages)} - covered
    scope = Scope(wanted.outputs, frozenset(path.lower() for path in beside), moved)
    package = outline_python(chosen.api)
    return compare(pairs, chosen.api, package, found.in_page_order(), scope)
