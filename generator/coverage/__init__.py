"""Pages, facts and the package's outline → what became of what stands on the pages, and why not.

Takes a docs folder, gives a `Coverage`, and shows one as text, as JSON or as a page of HTML.
Invariant: every row of every table, every request line and every message has an entry, and every
entry that is not tested has a reason.
"""

from pathlib import Path

from generator.coverage.as_html import as_html
from generator.coverage.as_json import as_json
from generator.coverage.as_text import text_lines
from generator.coverage.ledger import compare
from generator.coverage.report import Coverage
from generator.diagnostics import Findings
from generator.disk import read_docs
from generator.memo import Memo
from generator.model import build_api
from generator.pages import read_page
from generator.pages.outline import read_outline
from generator.targets import TARGETS, Wanted
from generator.targets.python.outline import outline_python
from generator.textfile import in_order

__all__ = ["Coverage", "as_html", "as_json", "cover", "text_lines"]


def cover(folder: Path) -> Coverage:
    """What became of the pages in `folder`. Raises `Trouble` for a folder that cannot be read."""
    found = Findings()
    docs = found.take(read_docs(folder))
    pages = in_order(docs.pages)
    facts = [found.take(read_page(page, docs.includes)) for page in pages]
    api = found.take(build_api(facts, docs.source))
    for target in dict.fromkeys(TARGETS.values()):
        found.take(target(api, Wanted(frozenset(TARGETS)), Memo()))
    outlines = (read_outline(page, docs.includes) for page in pages)
    pairs = zip(outlines, facts, strict=True)
    return compare(pairs, api, outline_python(api), found.in_page_order())
