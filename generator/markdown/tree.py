"""Block tokens → sections."""

import json
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

from generator.diagnostics import Diagnostic, Parsed, Span, finding
from generator.markdown.document import (
    Annotation,
    Block,
    CodeBlock,
    Document,
    Heading,
    Paragraph,
    Section,
)
from generator.markdown.front_matter import read_front_matter
from generator.markdown.localized import originals, titled
from generator.markdown.tables import read_table, table_rule
from generator.textfile import AnyFile, Includes, TextFile, located
from generator.values import Value

_TAB = re.compile(r"\]\(#tab/")
_INCLUDE = re.compile(r"\[!include\s*\[[^\]]*\]\(\s*([^)]*?)\s*\)\s*\]", re.I)
_COMMENT = re.compile(r"<!--(.*?)(?:-->|\Z)", re.S)
_REFERENCE = re.compile(r"(?<!!)(\[(?:[^\[\]]|\\.)+\])(?:\[([^\[\]]*)\])?(?![\[(:])")
_TRAILING_COMMA = re.compile(r",(\s*[}\]])")
_PAIR = re.compile(r'"([\w@.]+)"\s*:\s*("(?:[^"\\]|\\.)*"|true|false|null|\[[^\]]*\]|-?\d+)')
_DEPTH = 3  # includes may name includes; a longer chain is a circle


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    """Blocks alone: inline parsing costs more than half, and cells and sentences are read by
    `inline` where they are needed; so are the rows of tables, by `tables`."""
    parser = MarkdownIt("commonmark").enable("table")
    parser.core.ruler.enableOnly(["normalize", "block"])
    parser.block.ruler.at("table", table_rule, {"alt": ["paragraph", "reference"]})
    return parser


class _Reading(Value):
    """What one text gives: blocks with headings among them, and what was left over."""

    blocks: list[Block]
    annotations: list[Annotation]
    found: list[Diagnostic]


def read_document(page: AnyFile, includes: Includes) -> Parsed[Document]:
    """Read a page into sections, with the blocks of its includes in their places.

    Language snippets are not read. Whatever the text is, there is a document.
    """
    front = read_front_matter(page.path, page.text)
    reading = _Reading([], [], list(front.diagnostics))
    body = originals(front.body)
    _read_blocks(TextFile(page.path, body), page.path, includes, 0, reading)
    span = Span(page.path, 1, 1, page.text.count("\n") + 1)
    document = Document(
        page.path, front.values, tuple(_sections(reading.blocks)), span, tuple(reading.annotations)
    )
    return Parsed(document, tuple(reading.found))


def _read_blocks(text: TextFile, page: str, includes: Includes, depth: int, into: _Reading) -> None:
    env: dict[str, Mapping[str, Mapping[str, str]]] = {}
    tokens = _parser().parse(text.text, env)
    lines = text.text.split("\n")
    references = {label: str(entry["href"]) for label, entry in env.get("references", {}).items()}
    pending: Annotation | None = None
    between = False  # something other than comments stood between annotation and fence
    quotes = 0  # block quotes around the token
    at = 0
    while at < len(tokens):
        token = tokens[at]
        at += 1
        if token.tag == "blockquote":
            quotes += token.nesting
        if token.map is None:
            continue
        span = Span(text.path, token.map[0] + 1, 1, token.map[1])
        if token.type == "html_block":
            annotation = _annotation(token, span, into)
            if annotation is not None:
                if pending is not None:
                    into.annotations.append(pending)
                pending, between = annotation, False
        elif token.type == "heading_open":
            content = tokens[at].content
            if not _TAB.search(content):
                written, anchor = titled(content)
                into.blocks.append(
                    Heading(int(token.tag[1]), _linked(written, references), span, anchor)
                )
                between = True
        elif token.type == "fence":
            if pending is not None and between:
                into.found.append(finding("annotation-displaced", pending.span))
            info = token.info.strip().casefold()
            if not _is_closed(lines, token):
                into.found.append(finding("fence-unclosed", span))
            into.blocks.append(CodeBlock(info, token.content, span, pending))
            pending, between = None, False
        elif token.type == "table":
            table = read_table(
                [_linked(line, references) for line in lines[token.map[0] : token.map[1]]],
                span.first,
                text.path,
            )
            into.found.extend(table.diagnostics)
            into.blocks.append(table.value)
            between = True
        elif token.type == "paragraph_open":
            content = tokens[at].content
            linked = _linked(content, references)
            between = (
                _read_paragraph(linked, span, quotes > 0, page, includes, depth, into) or between
            )
    if pending is not None:
        into.annotations.append(pending)


def _read_paragraph(
    content: str,
    span: Span,
    is_quote: bool,
    page: str,
    includes: Includes,
    depth: int,
    into: _Reading,
) -> bool:
    """Add a paragraph, or the blocks of an include; whether anything was added."""
    if "[!" in content and (targets := _INCLUDE.findall(content)):
        for target in targets:
            if "/snippets/" in target.lower() or depth >= _DEPTH:
                continue
            included = includes(page, target)
            if included is None:
                code = "include-outside" if located(page, target) is None else "include-missing"
                into.found.append(finding(code, span, target=target))
                continue
            front = read_front_matter(included.path, included.text)
            body = originals(front.body)
            _read_blocks(TextFile(included.path, body), page, includes, depth + 1, into)
        content = _INCLUDE.sub("", content).strip()
        if not content:
            return False
    if "<!--" in content:
        content = _COMMENT.sub("", content).strip()
    if content:
        into.blocks.append(Paragraph(content, span, is_quote))
    return bool(content)


def _annotation(token: Token, span: Span, into: _Reading) -> Annotation | None:
    """The annotation in a comment: JSON with a `blockType`; other comments and HTML are dead text."""
    match = _COMMENT.search(token.content)
    if match is None:
        if not token.content.lstrip().startswith("<!"):
            into.blocks.append(Paragraph(token.content.strip(), span))
        return None
    rest = _COMMENT.sub("", token.content).strip()
    if rest and not rest.startswith("```"):
        into.blocks.append(Paragraph(rest, span))
    text = match[1].strip()
    if not text.startswith("{") or "blockType" not in text:
        return None
    try:
        values = json.loads(text)
        problem = "" if isinstance(values, dict) else "no object"
    except ValueError as error:
        values, problem = None, str(error)
    except RecursionError:
        values, problem = None, "nested too deeply"
    if not problem:
        return Annotation(values, span)
    into.found.append(finding("annotation-invalid", span, problem=problem))
    return Annotation(_repaired(text), span)


def _repaired(text: str) -> dict[str, object]:
    """What can be read of an annotation that is not JSON: without trailing commas, else key by key."""
    try:
        values = json.loads(_TRAILING_COMMA.sub(r"\1", text))
        if isinstance(values, dict):
            return values
    except (ValueError, RecursionError):
        pass
    pairs: dict[str, object] = {}
    for key, value in _PAIR.findall(text):
        try:
            pairs[key] = json.loads(value)
        except ValueError:
            pairs[key] = value.strip('"')
    return pairs


def _linked(text: str, references: Mapping[str, str]) -> str:
    """`text` with reference links (`[user][]`, `[user][label]`, `[user]`) written inline."""
    if not references or "[" not in text:
        return text

    def inline(match: re.Match[str]) -> str:
        label = (match[2] or match[1][1:-1]).strip()
        href = references.get(" ".join(label.split()).upper())
        return f"{match[1]}({href})" if href is not None else match[0]

    return _REFERENCE.sub(inline, text)


def _is_closed(lines: Sequence[str], token: Token) -> bool:
    """Whether the fence ends with its own marker (else it swallowed the rest of the page)."""
    assert token.map is not None
    last = lines[token.map[1] - 1].strip(" \t>") if token.map[1] - 1 < len(lines) else ""
    return token.map[1] - token.map[0] > 1 and last.startswith(token.markup)


def _sections(blocks: Sequence[Block]) -> list[Section]:
    """Blocks under their headings; each section knows the headings above it."""
    sections: list[Section] = []
    trail: list[Heading] = []
    heading: Heading | None = None
    gathered: list[Block] = []
    for block in blocks:
        if not isinstance(block, Heading):
            gathered.append(block)
            continue
        if heading is not None or gathered:
            sections.append(Section(heading, tuple(trail), tuple(gathered)))
        trail = [
            above
            for above in (*trail, *((heading,) if heading else ()))
            if above.level < block.level
        ]
        heading, gathered = block, []
    if heading is not None or gathered:
        sections.append(Section(heading, tuple(trail), tuple(gathered)))
    return sections
