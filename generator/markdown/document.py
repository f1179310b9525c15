"""A page as blocks: the one type that leaves this room."""

from collections.abc import Mapping
from typing import TypeAlias

from msgspec import field

from generator.diagnostics import Span
from generator.values import Value


class Heading(Value):
    """An ATX heading; tab headings (`# [HTTP](#tab/http)`) are no headings and never come here."""

    level: int
    text: str  # as written, inline markup included
    span: Span
    anchor: str = ""  # the name that the page gives it: `<a name="request-body"></a>`


class Paragraph(Value):
    """Running text, list items and alerts included; `text` keeps its inline markup."""

    text: str
    span: Span
    is_quote: bool = False  # an alert or a note, in a block quote


class Row(Value):
    """One body row: exactly as many cells as the table has titles."""

    cells: tuple[str, ...]
    span: Span


class Table(Value):
    """A pipe table (GFM 4.10); cells keep their inline markup."""

    titles: tuple[str, ...]
    rows: tuple[Row, ...]
    span: Span


class CodeBlock(Value):
    """A fence: `info` trimmed and lower-cased; `span.first` is the line of the fence itself."""

    info: str
    text: str
    span: Span  # text line n (from 0) stands on line span.first + 1 + n
    annotation: "Annotation | None" = None


class Annotation(Value):
    """An HTML comment of JSON with a `blockType`; `values` is what could be read of it."""

    values: Mapping[str, object]
    span: Span

    @property
    def block_type(self) -> str:
        return str(self.values.get("blockType", ""))


Block: TypeAlias = Heading | Paragraph | Table | CodeBlock


class Section(Value):
    """A heading with all that stands before the next one.

    `trail` holds the headings above it, outermost first, without itself. The first section of a
    page has no heading if something stands above the H1.
    """

    heading: Heading | None
    trail: tuple[Heading, ...]
    blocks: tuple[Block, ...]  # without headings


class Document(Value):
    """One page: front matter as text values, and sections in page order."""

    path: str
    front_matter: Mapping[str, str]
    sections: tuple[Section, ...]
    span: Span
    spare_annotations: tuple[Annotation, ...] = field(default=())  # annotations that met no fence
