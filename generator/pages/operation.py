"""Operation pages: request lines, parameters, headers, permissions, body, response, examples."""

import re
from collections.abc import Sequence
from enum import StrEnum

from msgspec.structs import replace

from generator.diagnostics import Findings, Parsed, Span
from generator.markdown.document import (
    Block,
    CodeBlock,
    Document,
    Heading,
    Paragraph,
    Section,
    Table,
)
from generator.markdown.inline import code_spans, links, plain
from generator.pages.examples import Shown, pair_examples
from generator.pages.facts import (
    BodyFact,
    BodyKind,
    ErrorFact,
    HeaderFact,
    OperationFact,
    OptionFact,
    PermissionFact,
    PropertyFact,
    ResponseFact,
    StatusFact,
    TemplateFact,
    TypePhrase,
    TypeWord,
)
from generator.pages.headers import (
    is_permission_table,
    read_errors,
    read_headers,
    read_permissions,
)
from generator.pages.headings import heading_name, original_title, page_title
from generator.pages.http import fence_kind, read_template_lines, split_fence
from generator.pages.hyperlinks import resolve_link
from generator.pages.languages import english
from generator.pages.primitives import primitive
from generator.pages.properties import is_property_table, read_properties, union_rows
from generator.pages.resource import title_span
from generator.pages.types import type_word
from generator.pages.vocabulary import (
    ALERT,
    BODY_SECTION,
    ERROR_SECTION,
    EXAMPLE_SECTION,
    HEADER_SECTION,
    NAME_TITLES,
    NAMESPACE_LINE,
    PARAMETER_SECTION,
    PERMISSION_SECTIONS,
    QUERY_SECTION,
    REQUEST_SECTION,
    RESPONSE_SECTION,
    column,
    normal,
)


class Area(StrEnum):
    """The part of an operation page that a section belongs to."""

    INTRO = "intro"
    PERMISSIONS = "permissions"
    REQUEST = "request"
    PARAMETERS = "parameters"
    QUERY = "query"
    HEADERS = "headers"
    BODY = "body"
    RESPONSE = "response"
    ERRORS = "errors"
    EXAMPLE = "example"
    OTHER = "other"


_STATUS = re.compile(r"`+\s*(?:HTTP(?:/\d(?:\.\d)?)?\s+)?([1-5]\d\d)\b")
_STATUS_TOLD = re.compile(r"\b(2\d\d) (?:OK|Created|Accepted|No Content)\b")
_ABOUT_ERRORS = re.compile(
    r"\b(?:responses?|errors?|status(?:es)?|returns?|codes?)\b"
    r"|\b[45]\d\d (?:bad request|unauthorized|forbidden|not found|conflict|gone|too many|internal)",
    re.I,
)
_ERROR_STATUS = re.compile(r"(?<![\w.,$-])([45]\d\d)\b(?![\w-]*[.,]?\d)")
_BARE_STATUS = re.compile(
    r"\b([2-5]\d\d)\s+(?:OK|Created|Accepted|No Content|Found|Partial|response code)|\b(2)00-series",
    re.I,
)
_VALUES_OF_HEADER = re.compile(r"\bheader values?$")
_NO_BODY = re.compile(
    r"\b(?:do not|don['’]t|does not|no)\s+(?:supply|provide|have|include|need|require|specify|send|request body)|^\W*(?:none|empty|n/?a)\W*$|\bempty\b.{0,20}\bbody\b|\bis empty\b",
    re.I,
)
_PARAMETERS = re.compile(
    r"\b(?:with|has|of|supply) the following (?:action |input )?(?:parameters?|arguments?)\b|\bparameters? that can be used\b|\bJSON object with the following (?:properties|parameters|fields)\b",
    re.I,
)
_REPRESENTATION = re.compile(
    r"\bJSON (?:representation|object|description|version)\b|\brepresentation of\b|\bsupply (?:an?|the)\b|\bprovide (?:an?|the)\b",
    re.I,
)
_REPRESENTED = re.compile(
    r"\bJSON representation (?:of|for) (?:an? |the )?(?:new |updated )?([A-Za-z]\w+) (?:objects?|resources?|entit)",
    re.I,
)
_UPDATE = re.compile(
    r"\bvalues? (?:for|of) (?:the )?(?:relevant |one or more )?(?:fields?|properties)\b|\bproperties (?:to|that (?:can|should)) (?:be )?update|\bonly the (?:values|properties)",
    re.I,
)
_URL_PARAMETERS = re.compile(
    r"\bin the request url\b.{0,60}\b(?:query )?parameters\b|\bfollowing query parameters\b", re.I
)
_LINK = re.compile(r"@odata\.id|\breference to\b|\ba reference\b", re.I)
_MEDIA = re.compile(
    r"\b(?:binary|contents? of the file|the contents of|bytes|stream of|raw|octet-stream|mime content|base64-encoded|image data|html)\b",
    re.I,
)
_RESPONSE_MEDIA = re.compile(
    r"\bstream\b|\bbinary\b|\bbytes\b|\bpre-?authenticated\b|\bCSV\b|\bfile contents?\b|\bcontents? of the\b|\bredirect\b|\bdownload url\b|\bMIME content\b|\bimage\b|\bphoto data\b",
    re.I,
)
_HEADER_TOLD = re.compile(
    r"[`*]{1,2}((?:Operation-|Content-)?Location|ETag|Retry-After)[`*]{1,2}"
    r"|\b((?:Operation-|Content-)?Location|ETag|Retry-After)\s+(?:response\s+)?header\b"
)
_SAYS_NOTHING = re.compile(
    r"\b(?:does not|doesn['’]t|do not|will not|with no|no)\s+(?:return anything|return any|content\b.{0,20}response|content|response body|contain)|\bempty (?:response )?body\b|\bno response body\b|\bwithout a response body\b",
    re.I,
)
_COLLECTION_BEFORE = re.compile(
    r"\b(?:collections?|lists?|arrays?|set) of\s+(?:the |all |its |requested |\w+ ){0,3}\W*$", re.I
)
_COLLECTION_AFTER = re.compile(
    r"^\W*(?:\w+ ){0,2}?collections?\b|^\W*objects? collections?\b|^\s*(?:resources|objects)\b(?! collection)",
    re.I,
)
_PRIMITIVE_SAID = re.compile(
    r"\b(?:an?|the|of)\s+[`*]*(?:Edm\.)?(String|Boolean|Int32|Int64|Integer|Double|Guid|Date|DateTimeOffset|Stream)[`*]*\b(\s+(?:collection|values?|objects?\b))?",
    re.I,
)
_BOLD_TYPE = re.compile(
    r"\b(?:an?|the|new|updated|requested|of)\s+(?:\*\*|`)([a-z]\w*[A-Za-z])(?:\*\*|`)\s*(objects?|resources?|collections?|entit)",
    re.I,
)
_IN_PATH = re.compile(r"(?<=[{<])[\w-]+|[\w-]+(?==)")
_ALL_REQUIRED = re.compile(r"\bthe following required (?:properties|parameters|fields)\b", re.I)
_MAY_BE = re.compile(
    r"\byou can (?:specify|provide|include|supply)\b|\bmay (?:specify|provide|include)\b", re.I
)
_TOLD = re.compile(r"(?:`|\*\*)([A-Za-z]\w*)(?:`|\*\*)\s+parameter\b(?!s)")
_BODY_BELOW = re.compile(r"`([^`\n]+)`$")
_OPTION = re.compile(r"\$[a-zA-Z]+")
_OPTIONS = frozenset(
    {
        "$select",
        "$expand",
        "$filter",
        "$orderby",
        "$top",
        "$skip",
        "$search",
        "$count",
        "$format",
        "$skiptoken",
        "$levels",
    }
)
_ABOUT_OPTIONS = re.compile(r"\b(?:query (?:parameters?|options?)|odata)\b", re.I)
_NONE_OFFERED = re.compile(
    r"\b(?:not|n['’]t)\s+(?:currently\s+)?support(?:ed)?\s+(?:(?:the|any|optional)\s+)*(?:odata\s+)?query\s+(?:parameters|options)"
    r"|^\W*none\W*$",
    re.I,
)
_NOT_OFFERED = re.compile(
    r"\b(?:not|n['’]t)\s+(?:currently\s+)?(?:support|available|allow)|\bunsupported\b|\bexcept\b",
    re.I,
)
_DEPRECATED = re.compile(
    r"\b(?:this|the)\b.{0,60}\b(?:is|are|has been|will be)\b.{0,20}\bdeprecated\b", re.I
)
_SENTENCES = re.compile(r"(?<=[.!?])\s+")


class _Reader:
    """Gathers the facts of one operation page while its sections go by."""

    def __init__(self, page: str) -> None:
        self.page = page
        self.found = Findings()
        self.templates: list[TemplateFact] = []
        self.parameters: list[tuple[PropertyFact, ...]] = []
        self.query: list[tuple[PropertyFact, ...]] = []
        self.headers: list[HeaderFact] = []
        self.permissions: list[PermissionFact] = []
        self.errors: list[ErrorFact] = []
        self.options: dict[str, OptionFact] = {}
        self.body_rows: list[tuple[PropertyFact, ...]] = []
        self.body_texts: list[Paragraph] = []
        self.body_titles: list[str] = []
        self.body_at: Span | None = None  # the first block of the section
        self.response_texts: list[Paragraph] = []
        self.response_rows: list[tuple[PropertyFact, ...]] = []
        self.intro: list[Paragraph] = []
        self.shown: list[Shown] = []
        self.spare: list[CodeBlock] = []  # request lines that stand outside their section
        self.saw_permissions = False
        self.heading = ""  # of the section that is read

    def read(self, area: Area, section: Section, block: Block) -> None:
        self.heading = heading_name(section.heading) if section.heading else ""
        if area is Area.BODY and self.body_at is None:
            self.body_at = block.span
        if isinstance(block, CodeBlock):
            for piece in self.found.take(split_fence(block)):
                self._code(area, section, piece)
        elif isinstance(block, Table):
            self._table(area, block)
        elif isinstance(block, Paragraph):
            self._paragraph(area, block)

    def _code(self, area: Area, section: Section, block: CodeBlock) -> None:
        label = block.annotation.block_type if block.annotation else ""
        if label == "samples" and area is not Area.REQUEST:
            return
        kind = fence_kind(block)
        if (
            area is Area.REQUEST
            and kind in ("request", "other")
            and not (label == "request" and kind != "request")
        ):
            self.templates.extend(self.found.take(read_template_lines(block)))
            if label == "request":
                self.shown.append(Shown(block, section, kind))
            return
        if kind == "request" and area is not Area.EXAMPLE and label != "request":
            self.spare.append(block)
            if (
                area in (Area.QUERY, Area.BODY, Area.RESPONSE)
                and "://" in block.text.split("\n")[0]
            ):
                self.shown.append(Shown(block, section, kind))
            return
        if kind == "request" and area in (Area.OTHER, Area.INTRO):
            self.spare.append(block)
        if kind in ("request", "response", "json"):
            self.shown.append(Shown(block, section, kind))

    def _table(self, area: Area, table: Table) -> None:
        first = normal(table.titles[0]) if table.titles else ""
        if area is Area.PERMISSIONS or (is_permission_table(table) and area is not Area.EXAMPLE):
            if is_permission_table(table):
                self.saw_permissions = True
                self.permissions.extend(self.found.take(read_permissions(table)))
        elif area is Area.HEADERS:
            if not _VALUES_OF_HEADER.search(self.heading):
                self.headers.extend(read_headers(table))
        elif area is Area.ERRORS:
            self.errors.extend(read_errors(table))
        elif area is Area.QUERY and column(table.titles[:1], NAME_TITLES) == 0:
            self._query_table(table)
        elif area is Area.PARAMETERS and column(table.titles[:1], NAME_TITLES) == 0:
            self.parameters.append(self.found.take(read_properties(table, self.page)))
        elif area is Area.BODY and column(table.titles[:1], NAME_TITLES) == 0:
            self.body_titles.append(first)
            self.body_rows.append(self.found.take(read_properties(table, self.page)))
        elif area is Area.RESPONSE and is_property_table(table):
            self.response_rows.append(self.found.take(read_properties(table, self.page)))
        elif area is Area.REQUEST and is_property_table(table):
            self.parameters.append(self.found.take(read_properties(table, self.page)))

    def _query_table(self, table: Table) -> None:
        """A table of query options: OData's own go to the options, others are parameters."""
        rows = self.found.take(read_properties(_without_options(table), self.page))
        self.query.append(rows)
        for row in table.rows:
            for option in _OPTION.findall(plain(row.cells[0])):
                self._option(option, True, row.span)

    def _option(self, option: str, is_offered: bool, span: Span) -> None:
        name = option.lower() if option.startswith("$") else f"${option.lower()}"
        if name in _OPTIONS:
            self.options.setdefault(name, OptionFact(name, is_offered, span))

    def _options_told(self, block: Paragraph) -> None:
        """The options that sentences name, with or without `$`, and those they say are not offered."""
        for sentence in _SENTENCES.split(block.text):
            said = plain(sentence)
            if _NONE_OFFERED.search(said):
                self.options.setdefault("*", OptionFact("*", False, block.span))
                continue
            named = _OPTION.findall(sentence)
            if _ABOUT_OPTIONS.search(said):
                named += [*code_spans(sentence), *(link.text for link in links(sentence))]
            for option in named:
                self._option(option, not _NOT_OFFERED.search(said), block.span)

    def _paragraph(self, area: Area, block: Paragraph) -> None:
        if area is Area.INTRO:
            self.intro.append(block)
        elif area is Area.QUERY:
            self._options_told(block)
        elif area is Area.BODY:
            self.body_texts.append(block)
        elif area is Area.ERRORS:
            self._error_text(block)
        elif area is Area.RESPONSE:
            self.response_texts.append(block)
        elif area is Area.EXAMPLE and (body := _BODY_BELOW.match(block.text.strip())):
            self._body_below(body[1])

    def _error_text(self, block: Paragraph) -> None:
        """Errors that a section of errors tells in sentences or list items."""
        text = plain(block.text)
        for code in dict.fromkeys(_ERROR_STATUS.findall(text)):
            self.errors.append(ErrorFact(code, text, block.span))

    def _body_below(self, body: str) -> None:
        """A body that stands as a code span below its response: `` `893` ``."""
        if self.shown and self.shown[-1].kind == "response":
            block = self.shown[-1].block
            if "\n\n" not in block.text.strip():
                whole = replace(block, text=f"{block.text.rstrip()}\n\n{body}\n")
                self.shown[-1] = self.shown[-1]._replace(block=whole)


def read_operation(document: Document) -> Parsed[OperationFact]:
    """Read an operation page in document order; a section's heading tells what its blocks are."""
    reader = _Reader(document.path)
    area = Area.INTRO
    for section in document.sections:
        area = area_of(section.heading, area)
        for block in section.blocks:
            reader.read(area, section, block)
    found = reader.found
    if not reader.templates:
        for block in reader.spare:
            reader.templates.extend(found.take(read_template_lines(block)))
    if not reader.templates:
        found.say(
            "request-line-missing", document.span.at_line(_line_of(document, REQUEST_SECTION))
        )
    templates = _once(reader.templates, found)
    if not reader.permissions and not reader.saw_permissions:
        found.say(
            "permissions-missing",
            document.span.at_line(_line_of(document, re.compile("^permissions$|^prerequisites$"))),
        )
    body = _with_required(_read_body(reader, document, templates), reader.body_texts)
    parameters = list(reader.parameters)
    if body.kind in (BodyKind.NONE, BodyKind.UNSTATED) and not body.rows and _is_posted(templates):
        shown = {n.lower() for t in templates for n in _IN_PATH.findall(t.path)}
        placed = [tuple(r for r in rows if r.name.lower() in shown) for rows in parameters]
        sent = [r for rows in parameters for r in rows if r.name.lower() not in shown]
        if sent:  # an action's parameters under a heading of their own
            parameters, body = placed, replace(body, kind=BodyKind.PARAMETERS, rows=tuple(sent))
    if body.kind is BodyKind.NONE and body.rows:
        parameters.append(body.rows)
        body = BodyFact(BodyKind.NONE, None, (), body.span)
    title = page_title(document)
    intro = "\n\n".join(
        text
        for p in reader.intro
        if p.span.path == document.path  # an include holds a notice, which many pages share
        and not p.is_quote
        and (text := plain(NAMESPACE_LINE.sub("", p.text, count=1)))
    )
    fact = OperationFact(
        title,
        intro,
        title_span(document),
        templates,
        found.take(union_rows(parameters)),
        found.take(union_rows(reader.query)),
        tuple(reader.options.values()),
        tuple(reader.headers),
        tuple(reader.permissions),
        body,
        _read_response(reader, document),
        found.take(pair_examples(reader.shown)),
        _errors(reader),
        is_function=bool(re.search(r"\bfunction\b", original_title(document), re.I)),
        deprecated=_deprecated(document, reader.intro),
    )
    return Parsed(fact, found.as_said())


def area_of(heading: Heading | None, before: Area) -> Area:
    """The part of the page that begins at `heading`; an unknown sub-heading stays in the part before.

    Below an example every heading belongs to it (`### Request`, `#### Response`), until an H2 of
    another part.
    """
    if heading is None or heading.level == 1:
        return Area.INTRO
    name = heading_name(heading)
    if before is Area.EXAMPLE and heading.level > 2:
        return Area.EXAMPLE
    for pattern, area in _AREAS:
        if pattern.search(name):
            return area
    return before if heading.level > 2 else Area.OTHER


_AREAS = (
    (REQUEST_SECTION, Area.REQUEST),
    (re.compile("^(?:" + "|".join(sorted(PERMISSION_SECTIONS)) + ")$"), Area.PERMISSIONS),
    (HEADER_SECTION, Area.HEADERS),
    (QUERY_SECTION, Area.QUERY),
    (PARAMETER_SECTION, Area.PARAMETERS),
    (BODY_SECTION, Area.BODY),
    (RESPONSE_SECTION, Area.RESPONSE),
    (ERROR_SECTION, Area.ERRORS),
    (EXAMPLE_SECTION, Area.EXAMPLE),
    (re.compile(r"^(?:sample )?request(?: \d+)?$"), Area.EXAMPLE),
)


def _without_options(table: Table) -> Table:
    rows = tuple(
        row
        for row in table.rows
        if "$" not in row.cells[0] or not _OPTION.search(plain(row.cells[0]))
    )
    return Table(table.titles, rows, table.span)


def _line_of(document: Document, pattern: re.Pattern[str]) -> int:
    for section in document.sections:
        if section.heading is not None and pattern.search(heading_name(section.heading)):
            return section.heading.span.first
    return 1


def _once(templates: Sequence[TemplateFact], found: Findings) -> tuple[TemplateFact, ...]:
    """Each request line once, in page order."""
    kept: dict[tuple[str, str], TemplateFact] = {}
    for template in templates:
        if (template.method, template.path) in kept:
            found.say("template-twice", template.span)
        kept.setdefault((template.method, template.path), template)
    return tuple(kept.values())


def _read_body(reader: _Reader, document: Document, templates: Sequence[TemplateFact]) -> BodyFact:
    """What the request carries, by the section's first sentences and the titles of its tables."""
    rows = reader.found.take(union_rows(reader.body_rows))
    raw = english(" ".join(p.text for p in reader.body_texts))
    text = plain(raw)
    span = reader.body_at or title_span(document)
    linked = [type_word(link.text, resolve_link(reader.page, link.target)) for link in links(raw)]
    word = next(
        (
            w
            for w in linked
            if "resources/" in w.target
            or (w.target.endswith(".md") and "/api/" not in f"/{w.target}")
        ),
        None,
    )
    word = word or _bold_word(raw)
    is_collection = (
        bool(re.search(r"\b(?:collection|array|list)\b", raw.partition("](")[0], re.I))
        and word is not None
    )
    if _URL_PARAMETERS.search(text) and rows:
        return BodyFact(BodyKind.NONE, None, rows, span)
    head = text[:400]
    if _LINK.search(head) and not rows:
        kind = BodyKind.LINK
    elif _PARAMETERS.search(head) or any("parameter" in title for title in reader.body_titles):
        kind = BodyKind.PARAMETERS
    elif word is not None and _REPRESENTATION.search(head):
        kind = BodyKind.TYPE
    elif _UPDATE.search(head):
        kind = BodyKind.TYPE
    elif _NO_BODY.search(head) and not rows and not _MAY_BE.search(head):
        kind = BodyKind.NONE
    elif _MEDIA.search(head) and not rows:
        kind = BodyKind.MEDIA
    elif rows:
        kind = BodyKind.TYPE if word is not None else BodyKind.PARAMETERS
    else:
        kind = BodyKind.UNSTATED
    if kind in (BodyKind.PARAMETERS, BodyKind.NONE, BodyKind.UNSTATED):
        told = _told_parameters(reader, rows) if _is_posted(templates) else ()
        if told:
            kind, rows = BodyKind.PARAMETERS, (*rows, *told)
    return BodyFact(kind, word, rows, span, is_collection)


def _with_required(body: BodyFact, texts: Sequence[Paragraph]) -> BodyFact:
    """The body with its rows required, where "the following required properties" are an action's.

    The same words above the table of an entity are boilerplate (FORMAT 3.5), and a row that says
    itself when it is required or optional knows better.
    """
    is_said = any(_ALL_REQUIRED.search(plain(p.text)) for p in texts)
    if not is_said or body.kind is not BodyKind.PARAMETERS:
        return body
    rows = tuple(
        (
            row
            if re.search(r"\b(?:required|optional)\b", row.text, re.I)
            else replace(row, notes=replace(row.notes, required=True))
        )
        for row in body.rows
    )
    return replace(body, rows=rows)


def _is_posted(templates: Sequence[TemplateFact]) -> bool:
    return bool(templates) and all(template.method == "POST" for template in templates)


def _told_parameters(reader: _Reader, rows: Sequence[PropertyFact]) -> tuple[PropertyFact, ...]:
    """Parameters that only sentences name: "the **body** property of the `message` parameter"."""
    known = {row.name.lower() for row in rows}
    known |= {row.name.lower() for table in reader.parameters for row in table}
    told: dict[str, PropertyFact] = {}
    for paragraph in (*reader.intro, *reader.body_texts):
        for name in _TOLD.findall(paragraph.text):
            if name.lower() not in known and name.lower() not in told:
                reader.found.say("parameter-from-prose", paragraph.span, name=name)
                phrase = TypePhrase((TypeWord(name),))
                told[name.lower()] = PropertyFact(name, phrase, "", paragraph.span)
    return tuple(told.values())


def _bold_word(raw: str) -> TypeWord | None:
    """A type that a sentence names without a link: in bold, or as "representation for the x object"."""
    match = _BOLD_TYPE.search(raw) or _REPRESENTED.search(plain(raw))
    return type_word(match[1]) if match else None


def _read_response(reader: _Reader, document: Document) -> ResponseFact:
    """Statuses and type of the Response section; the first type named is the answer's."""
    statuses: dict[int, StatusFact] = {}
    phrase: TypePhrase | None = None
    for paragraph in reader.response_texts:
        for match in _STATUS.finditer(paragraph.text):
            if match[1] < "4":
                statuses.setdefault(int(match[1]), StatusFact(int(match[1]), paragraph.span))
        if phrase is None:
            phrase = _response_type(english(paragraph.text), reader.page)
    if not statuses:
        for paragraph in reader.response_texts:
            bare = _BARE_STATUS.search(plain(paragraph.text))
            code = int(bare[1] or 200) if bare else 0
            if 0 < code < 400 and not statuses:
                statuses[code] = StatusFact(code, paragraph.span)
    for header in reader.headers:  # "with `return=minimal`, a `204 No Content` is returned"
        for code in _STATUS_TOLD.findall(header.value):
            statuses.setdefault(int(code), StatusFact(int(code), header.span))
    raw = english(" ".join(p.text for p in reader.response_texts))
    joined = plain(raw)
    span = reader.response_texts[0].span if reader.response_texts else title_span(document)
    return ResponseFact(
        tuple(statuses.values()),
        phrase,
        bool(_SAYS_NOTHING.search(joined)) and phrase is None,
        bool(_RESPONSE_MEDIA.search(joined)),
        span,
        tuple(dict.fromkeys(m[1] or m[2] for m in _HEADER_TOLD.finditer(raw))),
        reader.found.take(union_rows(reader.response_rows)),
    )


def _errors(reader: _Reader) -> tuple[ErrorFact, ...]:
    """The documented errors: those of their own sections, then those that the response's prose names."""
    errors = {error.code: error for error in reversed(reader.errors)}
    told: dict[str, ErrorFact] = {}
    for paragraph in reader.response_texts:
        if not _ERROR_STATUS.search(paragraph.text):
            continue
        for sentence in _SENTENCES.split(paragraph.text):
            text = plain(sentence)
            codes = [code for code in _STATUS.findall(sentence) if code >= "4"]
            codes += _ERROR_STATUS.findall(text) if _ABOUT_ERRORS.search(text) else []
            for code in codes:
                if code not in errors:
                    told.setdefault(code, ErrorFact(code, text, paragraph.span))
    return (*reader.errors, *told.values())


def _response_type(raw: str, page: str) -> TypePhrase | None:
    """The type of "returns … a collection of [user](…) objects", or of "a String collection"."""
    for sentence in _SENTENCES.split(raw):
        for link in links(sentence):
            target = resolve_link(page, link.target)
            if (
                not target
                or "/api/" in f"/{target}"
                or not target.partition("#")[0].endswith(".md")
            ):
                continue
            before, after = sentence[: link.start], sentence[link.end :]
            name = re.sub(r"(?i)\s+collections?$", "", link.text)
            is_collection = (
                name != link.text
                or bool(_COLLECTION_BEFORE.search(before))
                or bool(_COLLECTION_AFTER.search(after))
            )
            return TypePhrase((type_word(name, target),), is_collection)
    text = raw.replace("`", "")
    if said := _PRIMITIVE_SAID.search(text):
        around = text[max(0, said.start() - 30) : said.end() + 15]
        return TypePhrase(
            (TypeWord(said[1], "", primitive(said[1])),),
            "collection" in around.lower() or "list of" in around.lower(),
        )
    if bold := _BOLD_TYPE.search(raw):
        before = raw[: bold.start(1)].rstrip("*`")
        is_collection = (
            bold[2].lower() in ("collection", "collections", "objects", "resources")
            or bool(_COLLECTION_BEFORE.search(before))
            or bool(_COLLECTION_AFTER.search(raw[bold.end(1) :]))
        )
        return TypePhrase((type_word(bold[1]),), is_collection)
    return None


def _deprecated(document: Document, intro: Sequence[Paragraph]) -> str | None:
    for section in document.sections:
        if (
            section.heading is not None
            and section.heading.level == 1
            and "(deprecated)" in section.heading.text.lower()
        ):
            return "Deprecated."
    for paragraph in intro:
        for sentence in _SENTENCES.split(plain(paragraph.text)):
            if _DEPRECATED.search(sentence):
                return ALERT.sub("", sentence)
    return None
