"""The pages' prose as docstrings: a summary on its own, then the rest."""

import re
from typing import Final

__all__ = ["summary", "with_summary"]

# A sentence ends before a capital, a digit or a quotation, but not after an abbreviation.
_END: Final = re.compile(
    r"(?<=[.!?])(?<!\be\.g\.)(?<!\bi\.e\.)(?<!\betc\.)(?<!\bvs\.)(?<!\bNo\.)(?<!\s[A-Za-z]\.)"
    r"\s+(?=[\"'“‘(\[]*[A-Z0-9])",
)


def summary(text: str) -> str:
    """The first sentence of a text."""
    paragraph = text.strip().partition("\n\n")[0]
    return _END.split(paragraph, maxsplit=1)[0]


def with_summary(text: str) -> str:
    """`text` with its first sentence as a paragraph of its own (PEP 257)."""
    first = summary(text)
    rest = text.strip()[len(first) :].strip()
    return f"{first}\n\n{rest}" if rest else first
