"""Resource pages: what a page says of a structured type."""

import re
from collections.abc import Iterator

from msgspec.structs import replace

from generator.diagnostics import Findings, Parsed, Span
from generator.markdown.document import (
    Annotation,
    CodeBlock,
    Document,
    Paragraph,
    Row,
    Section,
    Table,
)
from generator.markdown.inline import links, plain
from generator.pages.facts import (
    BaseFact,
    JsonFact,
    MethodFact,
    PropertyFact,
    TypeFact,
    TypeWord,
)
from generator.pages.headings import (
    heading_name,
    original_title,
    page_title,
    top_heading,
)
from generator.pages.hyperlinks import resolve_link
from generator.pages.json_text import read_json
from generator.pages.languages import english
from generator.pages.properties import is_property_table, read_properties, union_rows
from generator.pages.types import read_type, type_word
from generator.pages.vocabulary import (
    ALERT,
    BASE_OF,
    INHERITS,
    IS_DERIVED,
    LOOSE_PROPERTY_SECTION,
    METHOD_SECTIONS,
    METHOD_TITLES,
    NAMES_OTHERS,
    NAMESPACE_LINE,
    NOT_PROPERTIES,
    PROPERTY_SECTIONS,
    RELATIONSHIP_SECTIONS,
    RESOURCE_TITLE,
    SAYS_OTHERS_DERIVE,
    TEXT_TITLES,
    TYPE_TITLES,
    column,
)

_BARE_WORD = re.compile(r"\s*[*`_]{0,3}([A-Za-z][\w.]*)")
_OPEN = re.compile(
    r"\bis an? (?:\[?open\b.{0,20}\btype|\w+ that supports dynamic)|\ban \[?open (?:complex |entity )?type\b",
    re.I,
)
_ABSTRACT = re.compile(r"\babstract\b", re.I)
_NOTHING = re.compile(
    r"^\W*none\W*$|\bno (?:properties|relationships)\b|\bopen type\b|\bdoes ?n[o']t have\b", re.I
)
_SENTENCES = re.compile(r"(?<=[.!?])\s+")


def read_resource(document: Document, namespace: str) -> Parsed[tuple[TypeFact, ...]]:
    """The type of a resource page, with every property table of the page.

    Several `resource` annotations: the first names the type (the others are its examples).
    """
    blocks = resource_blocks(document)
    title = page_title(document)
    found = Findings()
    annotation = blocks[0].annotation if blocks else _bare_annotation(document)
    if len(blocks) > 1:
        found.say("type-annotations-several", blocks[1].span, count=len(blocks))
    name = annotated_type(annotation)
    local = _local_name(original_title(document))
    if not name:
        if not blocks:
            found.say("type-annotation-missing", title_span(document))
        name = local
    elif name.rpartition(".")[2].casefold() != local.casefold() and local:
        place = annotation.span if annotation else title_span(document)
        found.say("type-name-differs", place, title=title, type=name)
    shape: JsonFact | None = None
    code = blocks[0] if blocks else _bare_json(document)
    if code is not None:
        shape = found.take(read_json(code.text, code.span.at_line(code.span.first + 1)))
    properties = found.take(_read_tables(document))
    intro = [paragraph for section in _introduction(document) for paragraph in _paragraphs(section)]
    values = annotation.values if annotation else {}
    key = str(values.get("keyProperty") or "")
    keyed = [p for p in properties if p.notes.key]
    fact = TypeFact(
        name,
        namespace,
        title,
        _description(document.path, intro),
        title_span(document),
        bases=tuple(_bases(document, intro, annotation, local)),
        derived=tuple(_derived(document, intro, local)),
        is_abstract=_is_true(values.get("abstract"))
        or _is_true(values.get("isAbstract"))
        or _says_abstract(intro),
        is_open=_is_true(values.get("openType"))
        or any(_OPEN.search(p.text) for p in _all_paragraphs(document)),
        key=(key,) if key else tuple(p.name for p in keyed),
        key_span=annotation.span if annotation and key else keyed[0].span if keyed else None,
        properties=properties,
        shape=shape,
        is_annotated=bool(blocks),
        deprecated=_deprecated(document, intro),
    )
    return Parsed((fact,), found.as_said())


def read_methods(document: Document) -> tuple[MethodFact, ...]:
    """The rows of the Methods tables; "None" and an empty cell state no type."""
    methods: list[MethodFact] = []
    for section in document.sections:
        names = [heading_name(h) for h in (*section.trail, section.heading) if h is not None]
        if not METHOD_SECTIONS & set(names):
            continue
        for table in section.blocks:
            if not isinstance(table, Table) or column(table.titles[:1], METHOD_TITLES) != 0:
                continue
            type_at = column(table.titles, TYPE_TITLES)
            text_at = column(table.titles, TEXT_TITLES)
            for row in table.rows:
                methods.append(_read_method(row, type_at, text_at, document.path))
    return tuple(method for method in methods if method.target or method.returns)


def _read_method(row: Row, type_at: int | None, text_at: int | None, page: str) -> MethodFact:
    linked = links(row.cells[0])[:1]
    target = resolve_link(page, linked[0].target) if linked else ""
    cell = row.cells[type_at] if type_at is not None else ""
    returns = None if _NOTHING.search(plain(cell)) else read_type(cell, page).phrase
    text = plain(row.cells[text_at]) if text_at is not None else ""
    return MethodFact(plain(row.cells[0]), target, returns, text, row.span)


def read_side_types(document: Document, namespace: str) -> Parsed[tuple[TypeFact, ...]]:
    """Types that an operation page annotates: the parameter types that no other page describes."""
    facts: list[TypeFact] = []
    found = Findings()
    for block in resource_blocks(document):
        name = annotated_type(block.annotation)
        if not name:
            continue
        shape = found.take(read_json(block.text, block.span.at_line(block.span.first + 1)))
        facts.append(TypeFact(name, namespace, name, "", block.span, shape=shape, is_api_page=True))
    return Parsed(tuple(facts), found.as_said())


def resource_blocks(document: Document) -> list[CodeBlock]:
    """The code blocks annotated as a resource, in page order."""
    return [
        block
        for section in document.sections
        for block in section.blocks
        if isinstance(block, CodeBlock)
        and block.annotation
        and block.annotation.block_type == "resource"
    ]


def annotated_type(annotation: Annotation | None) -> str:
    """The `@odata.type` or `@type` of an annotation, without `#`."""
    if annotation is None:
        return ""
    value = annotation.values.get("@odata.type") or annotation.values.get("@type") or ""
    return str(value).strip().lstrip("#").strip()


def title_span(document: Document) -> Span:
    """The place of the H1: where a page says what it is of."""
    top = top_heading(document)
    return top.span if top is not None else document.span.at_line(1)


def _bare_annotation(document: Document) -> Annotation | None:
    return next((a for a in document.spare_annotations if a.block_type == "resource"), None)


def _bare_json(document: Document) -> CodeBlock | None:
    """The JSON block of a page that does not annotate it."""
    for section in document.sections:
        if section.heading is None or heading_name(section.heading) != "json representation":
            continue
        for block in section.blocks:
            if isinstance(block, CodeBlock) and block.text.lstrip().startswith("{"):
                return block
    return None


def _local_name(title: str) -> str:
    match = RESOURCE_TITLE.match(title)
    spelled = (match[1] or match[2]) if match else title
    parts = [part for part in re.split(r"[^\w.]+", spelled) if part]
    if not parts:
        return ""
    return (
        parts[0]
        if len(parts) == 1
        else parts[0][0].lower() + parts[0][1:] + "".join(p[0].upper() + p[1:] for p in parts[1:])
    )


def _read_tables(document: Document) -> Parsed[tuple[PropertyFact, ...]]:
    """All property tables of the page: several sections, sub-tables, tables under the H1."""
    tables: list[tuple[PropertyFact, ...]] = []
    found = Findings()
    for section in document.sections:
        kind = _section_kind(section)
        if kind is None:
            continue
        seen = False
        for block in section.blocks:
            if isinstance(block, Table) and (is_property_table(block)):
                is_relationship = kind == "relationship"
                tables.append(found.take(read_properties(block, document.path, is_relationship)))
                seen = True
        if (
            not seen
            and kind != "loose"
            and section.heading is not None
            and section.heading.level == 2
        ):
            has_below = any(section.heading in other.trail for other in document.sections)
            says_none = any(_NOTHING.search(plain(p.text)) for p in _paragraphs(section))
            if not has_below and not says_none:
                found.say("properties-unreadable", section.heading.span)
    union = union_rows(tables)
    return Parsed(found.take(union), found.as_said())


def _section_kind(section: Section) -> str | None:
    """Whether the section's tables are `property`, `relationship` or `loose` ones, or none at all."""
    if section.heading is None:
        return "loose"
    own = heading_name(section.heading)
    names = [heading_name(h) for h in (*section.trail, section.heading) if h.level > 1]
    if any(NOT_PROPERTIES.search(name) for name in names):
        return None
    if any(name in RELATIONSHIP_SECTIONS for name in names):
        return "relationship"
    if any(name in PROPERTY_SECTIONS for name in names):
        return "property"
    if section.heading.level == 1 or LOOSE_PROPERTY_SECTION.search(own):
        return "loose"
    return None


def _introduction(document: Document) -> Iterator[Section]:
    """The sections up to the first H2."""
    for section in document.sections:
        if section.heading is not None and section.heading.level == 2:
            return
        yield section


def _paragraphs(section: Section) -> Iterator[Paragraph]:
    """Without the namespace's line, below which a description may begin at once."""
    for block in section.blocks:
        if not isinstance(block, Paragraph):
            continue
        text = NAMESPACE_LINE.sub("", block.text, count=1)
        if text.strip():
            yield block if text == block.text else replace(block, text=text.strip())


def _all_paragraphs(document: Document) -> Iterator[Paragraph]:
    for section in document.sections:
        yield from _paragraphs(section)


def _description(page: str, intro: list[Paragraph]) -> str:
    """The page's own description: its first paragraphs, without notices and includes."""
    own = [p for p in intro if p.span.path == page and not p.is_quote]
    texts = [plain(p.text) for p in own]
    return "\n\n".join(text for text in texts if text)


def _bases(
    document: Document, intro: list[Paragraph], annotation: Annotation | None, local: str
) -> Iterator[BaseFact]:
    """Every base type that the page names, the most trusted source first (prose, annotation, rows)."""
    own = document.path.lower()
    for paragraph in intro:
        yield from _bases_in(paragraph, own, local, "prose")
    for section in document.sections:
        if (
            section.heading is not None
            and section.heading.level == 2
            and heading_name(section.heading)
            in (
                "json representation",
                "properties",
                "relationships",
                "remarks",
            )
        ):
            for paragraph in _paragraphs(section):
                yield from _bases_in(paragraph, own, local, "derived")
    if (
        annotation is not None
        and isinstance(base := annotation.values.get("baseType"), str)
        and base.strip()
    ):
        yield BaseFact(TypeWord(base.strip().lstrip("#")), "annotation", annotation.span)


def _bases_in(paragraph: Paragraph, own: str, local: str, source: str) -> Iterator[BaseFact]:
    for sentence in _SENTENCES.split(english(paragraph.text)):
        match = INHERITS.search(sentence)
        if match is None or SAYS_OTHERS_DERIVE.search(sentence):
            continue
        rest = sentence[match.end() :]
        linked = links(rest)
        if linked and linked[0].start <= 4:
            word = type_word(linked[0].text, resolve_link(own, linked[0].target))
        elif bare := _BARE_WORD.match(rest):
            word = type_word(bare[1])
        else:
            continue
        if (
            word.target == own
            or word.text.casefold() == local.casefold()
            or word.primitive
            or not word.text
        ):
            continue
        yield BaseFact(word, source, paragraph.span)


def _derived(document: Document, intro: list[Paragraph], local: str) -> Iterator[TypeWord]:
    """Types that the page says derive from its own."""
    own = document.path.lower()
    for paragraph in intro:
        for sentence in _SENTENCES.split(paragraph.text):
            for link in links(sentence)[:1]:
                told = IS_DERIVED.match(sentence[link.end :])
                if told and told[1].casefold() == local.casefold():
                    yield type_word(link.text, resolve_link(own, link.target))
            says_others = SAYS_OTHERS_DERIVE.search(sentence)
            if match := BASE_OF.search(sentence) or (
                NAMES_OTHERS.search(sentence) if says_others else None
            ):
                rest = sentence[match.end() :]
                yield from (
                    type_word(link.text, resolve_link(own, link.target)) for link in links(rest)
                )
                unlinked = re.sub(r"\[[^\]]*\]\([^)]*\)", "", rest)
                yield from (
                    type_word(bold) for bold in re.findall(r"\*\*([A-Za-z][\w.]*)\*\*", unlinked)
                )
    for section in document.sections:
        if section.heading is None or heading_name(section.heading) != "derived types":
            continue
        for block in section.blocks:
            if isinstance(block, Table):
                for row in block.rows:
                    for link in links(row.cells[0])[:1]:
                        yield type_word(link.text, resolve_link(own, link.target))


def _says_abstract(intro: list[Paragraph]) -> bool:
    """Whether the page calls its own type abstract ("inherits from the abstract …" is of another)."""
    for paragraph in intro:
        for sentence in _SENTENCES.split(plain(paragraph.text)):
            match = _ABSTRACT.search(sentence)
            if (
                match
                and not INHERITS.search(sentence[: match.start() + 9])
                and re.search(
                    r"\babstract (?:\w+ ){0,2}(?:type|entity|class|resource|object)\b|\bis abstract\b",
                    sentence,
                    re.I,
                )
            ):
                return True
    return False


def _deprecated(document: Document, intro: list[Paragraph]) -> str | None:
    """The sentence that deprecates the type, or the mark in its title."""
    for section in document.sections:
        if (
            section.heading is not None
            and section.heading.level == 1
            and "(deprecated)" in section.heading.text.lower()
        ):
            return "Deprecated."
    for paragraph in intro:
        text = plain(paragraph.text)
        for sentence in _SENTENCES.split(text):
            if re.search(
                r"\b(?:this|the)\b.{0,60}\b(?:is|are|has been|will be)\b.{0,20}\bdeprecated\b",
                sentence,
                re.I,
            ):
                return ALERT.sub("", sentence)
    return None


def _is_true(value: object) -> bool:
    return value is True or (isinstance(value, str) and value.casefold() == "true")
