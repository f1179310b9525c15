"""What one page states, unresolved and in the page's own words.

Facts are plain values: picklable, small, and made from one page and the includes it names, so
that pages can be read in any order, in parallel, and cached by content.
"""

from enum import StrEnum

from generator.diagnostics import Span
from generator.values import Sealed, Value


class PageKind(StrEnum):
    """What a page is, decided by its content (FORMAT 1.2)."""

    OPERATION = "operation"
    RESOURCE = "resource"
    ENUMERATION = "enumeration"
    ESSAY = "essay"


class TypeWord(Value):
    """One name in a type cell or sentence.

    `text` is the name without decoration; `target` the page it links to, relative to the docs
    folder, lower-case, with `#anchor` where one stands; `primitive` the `Edm.…` name if it is one.
    """

    text: str
    target: str = ""
    primitive: str = ""


class TypePhrase(Value):
    """A type as written: one word, or several alternatives (`[A](a.md) or [B](b.md)`)."""

    words: tuple[TypeWord, ...]
    is_collection: bool = False


class Notes(Value):
    """Facts that stand in a description (FORMAT 2.6). `None` and empty: the page does not say."""

    read_only: bool = False
    write_only: bool = False
    required: bool = False
    nullable: bool | None = None
    key: bool = False
    default: str | None = None
    deprecated: str | None = None  # the sentence that says so
    minimum: int | None = None
    maximum: int | None = None
    min_length: int | None = None
    max_length: int | None = None
    max_items: int | None = None
    filterable: tuple[str, ...] | None = None  # operators; () where none is named
    orderable: bool = False
    searchable: bool = False
    expandable: bool = False
    on_select: bool = False  # returned only on `$select`
    by_default: bool = False  # returned by default


class ValuesFact(Value):
    """Values listed in a description: `` Possible values are: `a`, `b`. ``"""

    members: tuple[str, ...]
    hidden: tuple[str, ...] = ()  # those behind `Prefer: include-unknown-enum-members`


class PropertyFact(Value):
    """One row of a property or parameter table."""

    name: str
    type: TypePhrase | None
    text: str  # the description as plain text
    span: Span
    notes: Notes = Notes()
    is_relationship: bool = False
    inherited_from: TypeWord | None = None
    values: ValuesFact | None = None
    type_span: Span | None = None


class BaseFact(Value):
    """A base type that a page names, and where: `prose`, `annotation`, `rows` or `derived`."""

    word: TypeWord
    source: str
    span: Span


class TypeFact(Value):
    """What one page says of one structured type."""

    name: str  # qualified where the page qualifies it, else the local name
    namespace: str  # the page's own, from its Namespace line; "" if it has none
    title: str
    text: str
    span: Span
    bases: tuple[BaseFact, ...] = ()
    derived: tuple[TypeWord, ...] = ()
    is_abstract: bool = False
    is_open: bool = False
    key: tuple[str, ...] = ()
    key_span: Span | None = None
    properties: tuple[PropertyFact, ...] = ()
    shape: "JsonFact | None" = None  # the JSON representation
    is_annotated: bool = True
    deprecated: str | None = None
    is_api_page: bool = False


class MemberFact(Value):
    name: str
    number: int | None
    text: str
    span: Span


class EnumFact(Value):
    """An enumeration as one page or table shows it; `anchor` is the heading's own."""

    name: str
    namespace: str
    text: str
    members: tuple[MemberFact, ...]
    anchor: str
    span: Span
    is_flags: bool = False


class JsonFact(Value):
    """JSON on a page: the text as written, and the value it was read as."""

    text: str
    value: object
    span: Span  # text line n (from 0) stands on line span.first + n
    faults: tuple[str, ...] = ()


class MessageFact(Value):
    """A request or response of an example.

    `start` is `("GET", "https://…")` or `("200", "OK")`. `body` is the text after the headers as
    written; `json` its value, where it is JSON.
    """

    start: tuple[str, str]
    headers: tuple[tuple[str, str], ...]
    body: str
    json: JsonFact | None
    span: Span  # of the first line
    name: str = ""  # the annotation's
    names: tuple[str, ...] = ()  # requests that a response names
    type: str = ""  # the annotation's @odata.type, `Collection(…)` kept
    is_collection: bool | None = None
    text: str = ""  # the whole message as written


class ExampleFact(Value):
    """A request and every response to it, under the nearest heading that tells them apart."""

    title: str
    request: MessageFact
    responses: tuple[MessageFact, ...]


class TemplateFact(Value):
    """A request line: `path` is repaired, begins with `/`, and has no query."""

    method: str
    path: str
    query: str
    span: Span


class HeaderFact(Value):
    name: str
    value: str
    required: bool
    span: Span


class PermissionFact(Value):
    """One row of a permission table, least privileged first.

    Each of the scopes is an alternative; `A and B` are needed together.
    """

    kind: str  # the row's title as written
    scopes: tuple[str, ...]
    span: Span


class BodyKind(StrEnum):
    """What a request carries (FORMAT 3.5)."""

    NONE = "none"
    TYPE = "type"  # the JSON of a structured type
    PARAMETERS = "parameters"  # an action's parameters
    LINK = "link"  # {"@odata.id": …}
    MEDIA = "media"
    UNSTATED = "unstated"


class BodyFact(Value):
    kind: BodyKind
    word: TypeWord | None
    rows: tuple[PropertyFact, ...]
    span: Span
    is_collection: bool = False


class StatusFact(Value):
    """A success status that the prose promises; errors are `ErrorFact`s."""

    code: int
    span: Span


class ResponseFact(Value):
    """The prose of the Response section."""

    statuses: tuple[StatusFact, ...]
    type: TypePhrase | None
    says_nothing: bool  # "does not return anything"
    is_media: bool
    span: Span
    headers: tuple[str, ...] = ()  # those that it names: `Location`
    rows: tuple[PropertyFact, ...] = ()  # of a table that describes the answer's object


class ErrorFact(Value):
    """A documented error: a status or code, and what it means."""

    code: str
    text: str
    span: Span


class OptionFact(Value):
    """One of OData's query options that a page offers, or says that it does not.

    `name` begins with `$`; `*` stands for all that the page does not offer by name.
    """

    name: str
    is_offered: bool
    span: Span


class MethodFact(Value):
    """One row of a type's Methods table: where it leads, and what it says is returned."""

    title: str
    target: str  # the operation's page, as `TypeWord.target`; "" without a link
    returns: TypePhrase | None
    text: str
    span: Span


class OperationFact(Value):
    """An operation page."""

    title: str
    text: str
    span: Span
    templates: tuple[TemplateFact, ...]
    parameters: tuple[PropertyFact, ...]  # of functions and paths
    query: tuple[PropertyFact, ...]  # documented query options
    options: tuple[OptionFact, ...]  # `$select` … named in prose
    headers: tuple[HeaderFact, ...]
    permissions: tuple[PermissionFact, ...]
    body: BodyFact
    response: ResponseFact
    examples: tuple[ExampleFact, ...]
    errors: tuple[ErrorFact, ...]
    is_function: bool = False
    deprecated: str | None = None


class LinkFact(Value):
    """A link to another page: its path as written, resolved against the page's own."""

    path: str
    span: Span


class PageFacts(Value):
    """Everything one page states; `operation` is there on pages of that kind."""

    path: str
    kind: PageKind
    title: str
    text: str
    namespace: str
    spellings: tuple[str, ...]  # words with capitals of title, links and annotations, sorted
    types: tuple[TypeFact, ...] = ()
    enums: tuple[EnumFact, ...] = ()
    operation: Sealed[OperationFact] | None = None
    links: tuple[LinkFact, ...] = ()  # each page once, in page order
    methods: tuple[MethodFact, ...] = ()  # of a resource page
