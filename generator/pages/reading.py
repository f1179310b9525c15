"""Document → PageFacts: what one page is, and all that it states."""

import re

from generator.diagnostics import Findings, Parsed, Span
from generator.markdown.document import Block, CodeBlock, Document, Paragraph, Table
from generator.markdown.inline import links, plain
from generator.markdown.tree import read_document
from generator.pages.enumeration import read_enums
from generator.pages.facts import LinkFact, PageFacts, PageKind
from generator.pages.headings import heading_name, original_title, page_title
from generator.pages.http import fence_kind
from generator.pages.hyperlinks import linked_page
from generator.pages.operation import read_operation
from generator.pages.resource import (
    read_methods,
    read_resource,
    read_side_types,
    resource_blocks,
)
from generator.pages.vocabulary import (
    ENUM_TITLE,
    NAMESPACE_LINE,
    PROPERTY_SECTIONS,
    REQUEST_SECTION,
    RESOURCE_TITLE,
    UNFINISHED,
)
from generator.textfile import AnyFile, Includes
from generator.values import Sealed

_NAMESPACE_NAME = re.compile(r"^[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*$")
_SPELLING = re.compile(r"\b[A-Za-z][A-Za-z0-9]*[A-Z][A-Za-z0-9]*\b|\b[A-Z][a-z0-9]+\b")
_TARGET = re.compile(r"\]\(\s*([^()\s]+\.md(?:#[^()\s]*)?)\s*\)", re.I)
_LABELS = {
    "apipagetype": PageKind.OPERATION,
    "resourcepagetype": PageKind.RESOURCE,
    "enumpagetype": PageKind.ENUMERATION,
    "enumtypes": PageKind.ENUMERATION,
    "conceptualpagetype": PageKind.ESSAY,
    "topicpagetype": PageKind.ESSAY,
}


def read_page(page: AnyFile, includes: Includes) -> Parsed[PageFacts]:
    """Everything one page states. A page that describes nothing gives facts without content."""
    found = Findings()
    document = found.take(read_document(page, includes))
    kind = page_kind(document)
    _check_label(document, kind, found)
    namespace = _namespace(document, found)
    for paragraph in _unfinished(document):
        found.say("page-unfinished", paragraph.span, text=plain(paragraph.text)[:80])
    operation = found.take(read_operation(document)) if kind is PageKind.OPERATION else None
    enums = found.take(read_enums(document, namespace))
    if kind is PageKind.RESOURCE:
        types = found.take(read_resource(document, namespace))
    elif kind is PageKind.OPERATION:
        types = found.take(read_side_types(document, namespace))
    else:
        types = ()
    if operation is None and not enums and not types and kind is not PageKind.ESSAY:
        found.say("page-without-facts", document.span)
    facts = PageFacts(
        page.path,
        kind,
        page_title(document),
        document.front_matter.get("description", ""),
        namespace,
        _spellings(document),
        types,
        enums,
        Sealed(operation) if operation is not None else None,
        _links(document),
        read_methods(document) if types and kind is PageKind.RESOURCE else (),
    )
    return Parsed(facts, found.as_said())


def page_kind(document: Document) -> PageKind:
    """What a page is, by its content; the label in its front matter is not believed.

    A page with an HTTP request section is an operation; one with a type's JSON, a Properties
    section or a title that ends in "resource type" describes a type; `# x enum type` and `enums…`
    are enumerations. A folder called `api` holds operations wherever a request line stands.
    """
    headings = [section.heading for section in document.sections if section.heading is not None]
    names = {heading_name(h) for h in headings if h.level > 1}
    title = original_title(document)
    file_name = document.path.rpartition("/")[2]
    in_api = "/api/" in f"/{document.path.lower()}"
    has_request = any(REQUEST_SECTION.search(name) for name in names)
    is_resource = (
        bool(resource_blocks(document))
        or bool(names & PROPERTY_SECTIONS)
        or bool(RESOURCE_TITLE.match(title))
    )
    if in_api and (has_request or _has_request_line(document)):
        return PageKind.OPERATION
    if ENUM_TITLE.match(title) or file_name.startswith("enums"):
        return PageKind.ENUMERATION
    if is_resource and not (has_request and not resource_blocks(document)):
        return PageKind.RESOURCE
    if has_request and (
        names & {"permissions", "prerequisites", "response", "request body", "request headers"}
    ):
        return PageKind.OPERATION
    return PageKind.ESSAY


def _has_request_line(document: Document) -> bool:
    return any(
        isinstance(block, CodeBlock) and fence_kind(block) == "request"
        for section in document.sections
        for block in section.blocks
    )


def _check_label(document: Document, kind: PageKind, found: Findings) -> None:
    if not document.front_matter:
        return
    label = document.front_matter.get("doc_type", "")
    known = _LABELS.get(re.sub(r"[^a-z]", "", label.casefold()))
    for key in ("title", "description"):
        if key in document.front_matter and not document.front_matter[key].strip():
            found.say("front-matter-empty", document.span.at_line(1), key=key)
    for key, value in sorted(document.front_matter.items()):
        if UNFINISHED.search(value):
            found.say(
                "page-unfinished", document.span.at_line(1), text=f"{key}: {plain(value)}"[:80]
            )
    if known is None:
        if label:
            found.say("doc-type-unknown", document.span.at_line(1), doc_type=label)
    elif known is not kind:
        found.say("doc-type-differs", document.span.at_line(1), label=label, kind=kind)


def _namespace(document: Document, found: Findings) -> str:
    """The namespace that the page's own line states, "" without one."""
    for section in document.sections:
        for block in section.blocks:
            if isinstance(block, Paragraph) and (match := NAMESPACE_LINE.search(block.text)):
                written = plain(match[1])
                kept = ".".join(re.findall(r"[A-Za-z_]\w*", written))
                if not _NAMESPACE_NAME.match(written):
                    found.say("namespace-malformed", block.span, namespace=written, kept=kept)
                return kept
        if section.heading is not None and section.heading.level > 1:
            break
    return ""


def _unfinished(document: Document) -> list[Paragraph]:
    return [
        block
        for section in document.sections
        for block in section.blocks
        if isinstance(block, Paragraph) and UNFINISHED.search(block.text)
    ]


def _links(document: Document) -> tuple[LinkFact, ...]:
    """Links to pages of the same reference, outside of includes."""
    found: dict[str, LinkFact] = {}
    for section in document.sections:
        for block in section.blocks:
            if isinstance(block, CodeBlock) or block.span.path != document.path:
                continue
            texts = [(block.text, block.span)] if isinstance(block, Paragraph) else _cells(block)
            for text, span in texts:
                for target in _TARGET.findall(text) if "](" in text else ():
                    path = linked_page(document.path, target).partition("#")[0]
                    if path and path != document.path and path not in found:
                        found[path] = LinkFact(path, span)
    return tuple(found.values())


def _cells(block: Block) -> list[tuple[str, Span]]:
    rows = block.rows if isinstance(block, Table) else ()
    return [(cell, row.span) for row in rows for cell in row.cells]


def _spellings(document: Document) -> tuple[str, ...]:
    """Words with capitals in the page's titles, links, annotations and paths: how it writes names."""
    words: set[str] = set(_SPELLING.findall(document.front_matter.get("title", "")))
    for section in document.sections:
        if section.heading is not None and section.heading.level == 1:
            words.update(_SPELLING.findall(plain(section.heading.text)))
        for block in section.blocks:
            if isinstance(block, Paragraph):
                if "](" in block.text:
                    for link in links(block.text):
                        words.update(_SPELLING.findall(link.text))
            elif isinstance(block, CodeBlock):
                if block.annotation is not None:
                    for key in ("@odata.type", "@type", "name"):
                        words.update(_SPELLING.findall(str(block.annotation.values.get(key, ""))))
                if fence_kind(block) == "request":
                    words.update(_SPELLING.findall(block.text.split("\n\n")[0]))
    return tuple(sorted(words))
