"""Each fragment shows one habit of one author; beside it stands what it is read as.

`fragments/<folder>-<subject>/ok/` says nothing above info, `bad/` does. A fragment is read as the
page `<folder>/<name>.md`; the includes it may name stand in `fragments/includes/`.
"""

from pathlib import Path

import pytest

from generator.diagnostics import Severity
from generator.pages.reading import read_page
from generator.textfile import Includes, TextFile
from goldens import Golden, shown

FRAGMENTS = Path(__file__).parent / "fragments"
PAGES = sorted(FRAGMENTS.glob("*/*/*.md"))
INCLUDES = Includes(
    {
        f"includes/{file.name}": TextFile(f"includes/{file.name}", file.read_text(encoding="utf-8"))
        for file in sorted((FRAGMENTS / "includes").glob("*.md"))
    }
)


@pytest.mark.parametrize(
    "file", PAGES, ids=lambda file: str(file.relative_to(FRAGMENTS).with_suffix(""))
)
def test_fragment(file: Path, golden: Golden) -> None:
    """A fragment is read as the text beside it says."""
    subject, verdict, name = file.relative_to(FRAGMENTS).parts
    page = TextFile(f"{subject.partition('-')[0]}/{name}", file.read_text(encoding="utf-8"))
    facts, diagnostics = read_page(page, INCLUDES)
    golden.text(file.with_suffix(".txt"), shown(facts, diagnostics))
    loud = [str(found) for found in diagnostics if found.severity is not Severity.INFO]
    if verdict == "ok":
        assert loud == [], "a page in ok/ is one that nobody would correct"
    else:
        assert verdict == "bad" and loud != [], "a page in bad/ has a fault that is said"


def test_no_golden_is_left_over(golden: Golden) -> None:
    """Every stored text has its page."""
    for file in sorted(FRAGMENTS.glob("*/*/*.txt")):
        if not file.with_suffix(".md").exists():
            if not golden.update:
                pytest.fail(f"{file} has no page; remove it with: pytest --update-goldens", False)
            file.unlink()
