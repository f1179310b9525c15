"""The API as all pages together describe it: what is true, with types resolved and order fixed.

No language lives here: names are OData's own. Every collection has a stated order; every value
remembers the place it came from.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum

from msgspec import field

from generator.choices import GivenName
from generator.diagnostics import Span
from generator.pages.facts import (
    ErrorFact,
    HeaderFact,
    JsonFact,
    MessageFact,
    Notes,
    PermissionFact,
)
from generator.pages.json_text import locate, strict_text
from generator.values import Sealed, Value

__all__ = [
    "Api",
    "Body",
    "BodyKind",
    "Enum",
    "EnumMember",
    "ErrorFact",
    "Example",
    "GivenName",
    "HeaderFact",
    "JsonFact",
    "MessageFact",
    "Notes",
    "Operation",
    "Parameter",
    "PermissionFact",
    "Placeholder",
    "Property",
    "Response",
    "ResponseKind",
    "StructuredType",
    "Template",
    "TypeKind",
    "TypeRef",
    "locate",
    "strict_text",
]


class TypeKind(StrEnum):
    """What a type reference points at."""

    PRIMITIVE = "primitive"  # Edm.String …
    ENUM = "enum"
    STRUCTURED = "structured"
    UNTYPED = "untyped"  # Edm.Untyped: any JSON


class TypeRef(Value):
    """A resolved type: `name` is `Edm.Int32`, `microsoft.graph.user` or `Edm.Untyped`."""

    name: str
    kind: TypeKind
    is_collection: bool = False

    @property
    def namespace(self) -> str:
        return self.name.rpartition(".")[0]

    @property
    def local(self) -> str:
        return self.name.rpartition(".")[2]

    def __str__(self) -> str:
        return f"Collection({self.name})" if self.is_collection else self.name


class Property(Value):
    """A structural or navigation property, declared by the type that holds it."""

    name: str
    type: TypeRef
    text: str
    notes: Notes
    is_navigation: bool
    span: Span


class StructuredType(Value):
    """An entity type or complex type (CSDL 6 and 9)."""

    name: str  # qualified
    text: str
    base: str | None  # qualified name of a type of the same Api
    is_entity: bool  # has a key, its own or a base's
    is_abstract: bool
    is_open: bool
    key: tuple[str, ...]
    properties: tuple[Property, ...]  # own ones, in page order
    derived: tuple[str, ...]  # direct ones, sorted
    sources: tuple[str, ...]  # pages, the main one first; () for a type that is only referred to
    span: Span
    deprecated: str | None = None
    shape: JsonFact | None = None
    annotations: tuple[
        Property, ...
    ] = ()  # instance annotations: `@microsoft.graph.conflictBehavior`

    @property
    def declared(self) -> tuple[Property, ...]:
        """What its objects carry: properties, then instance annotations (OData JSON format 4.01, 20)."""
        return (*self.properties, *self.annotations)

    @property
    def namespace(self) -> str:
        return self.name.rpartition(".")[0]

    @property
    def local(self) -> str:
        return self.name.rpartition(".")[2]


class EnumMember(Value):
    name: str
    number: int | None
    text: str
    is_hidden: bool = False  # sent only with `Prefer: include-unknown-enum-members`


class Enum(Value):
    """An enumeration type; open, since a service adds members."""

    name: str  # qualified
    text: str
    members: tuple[EnumMember, ...]  # in page order
    is_flags: bool
    sources: tuple[str, ...]
    span: Span
    is_inline: bool = False  # made from a list in a description of a String property

    @property
    def namespace(self) -> str:
        return self.name.rpartition(".")[0]

    @property
    def local(self) -> str:
        return self.name.rpartition(".")[2]


class Placeholder(Value):
    """A variable part of a path.

    `name` is lower-case words joined by `-`, unique in its template: `group-id`, named after the
    segment before it, or the argument's own name for a function's (kept as written: `startDate`).
    """

    name: str
    spelled: str  # as the page writes it, braces included
    is_argument: bool = False  # of a function: fn(name={…})
    is_quoted: bool = False  # an OData string literal: fn(name='{…}')
    is_path: bool = False  # may hold `/`: `root:/{item-path}:`
    type: TypeRef | None = None  # of a function's argument, where the page says it
    text: str = ""  # the page's description of it


class Template(Value):
    """A request line: texts and placeholders that, joined, make the path after the base URL."""

    method: str
    parts: tuple[str | Placeholder, ...]
    span: Span
    answer: "Response | None" = None  # where it is not the page's own: of `$count`, a cast …

    @property
    def path(self) -> str:
        """The canonical path: `/groups/{group-id}/members/{member-id}`."""
        return "".join(
            part if isinstance(part, str) else "{" + part.name + "}" for part in self.parts
        )

    @property
    def placeholders(self) -> tuple[Placeholder, ...]:
        return tuple(part for part in self.parts if isinstance(part, Placeholder))


class Parameter(Value):
    """An action's or function's parameter, or a query option of the page's own."""

    name: str
    type: TypeRef
    text: str
    notes: Notes
    span: Span
    values: tuple[str, ...] = ()  # of a String: those its description lists


class BodyKind(StrEnum):
    """What a request carries."""

    NONE = "none"
    TYPE = "type"  # JSON of `type`
    PARAMETERS = "parameters"  # a JSON object of an action's parameters
    LINK = "link"  # {"@odata.id": …}
    MEDIA = "media"  # bytes
    JSON = "json"  # some JSON: the page shows it, and says no more


class Body(Value):
    kind: BodyKind
    type: TypeRef | None = None
    parameters: tuple[Parameter, ...] = ()
    media_types: tuple[str, ...] = ()  # of MEDIA; of JSON: what may be sent in its place
    listed: tuple[Parameter, ...] = ()  # of a TYPE body: the properties that the page lists for it
    is_bounded: bool = False  # whether nothing else may be sent: of updates, and of "parameters"


class ResponseKind(StrEnum):
    """What a success answer carries."""

    NONE = "none"
    TYPE = "type"  # one structured value
    COLLECTION = "collection"  # {"value": [...], "@odata.nextLink": …}
    VALUE = "value"  # {"value": …} with a primitive, an enumeration member or untyped JSON
    MEDIA = "media"  # bytes, CSV, text
    ACCEPTED = "accepted"  # 202 and a Location to watch


class Response(Value):
    """The success answer: statuses with the likeliest first, and what comes with it.

    For a COLLECTION `type` is the type of an element, with `is_collection` set.
    """

    kind: ResponseKind
    statuses: tuple[int, ...]
    type: TypeRef | None = None
    media_types: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()  # documented ones that say where to look: `Location`, `ETag` …


class Example(Value):
    """A documented call: its request, and every documented answer to it."""

    title: str
    request: MessageFact
    responses: tuple[MessageFact, ...]


class Operation(Value):
    """One operation page."""

    page: str
    title: str
    text: str
    namespace: str
    spellings: tuple[str, ...]  # words of the page with their capitals, sorted
    templates: tuple[Template, ...]  # in page order; () where the page has none
    query: tuple[Parameter, ...]  # query options of the page's own
    options: tuple[str, ...]  # OData's, with `$`: $select, $expand …
    headers: tuple[HeaderFact, ...]
    permissions: tuple[PermissionFact, ...]
    body: Body
    response: Response
    examples: Sealed[tuple[Example, ...]]
    errors: tuple[ErrorFact, ...]
    is_function: bool
    span: Span
    deprecated: str | None = None
    refused: tuple[str, ...] = ()  # OData's options that the page does not support; `*`: any other


def chain_of(types: Mapping[str, StructuredType], name: str) -> tuple[str, ...]:
    """A structured type and its bases, nearest first; () for a name that is none."""
    chain: dict[str, None] = {}
    current: str | None = name
    while current is not None and current in types and current not in chain:
        chain[current] = None
        current = types[current].base
    return tuple(chain)


class Api(Value):
    """Everything, sorted: types and enumerations by qualified name, operations by their page."""

    version: str  # "v1.0", "beta", or "" where no page tells
    host: str
    types: Mapping[str, StructuredType]
    enums: Mapping[str, Enum]
    operations: Mapping[str, Operation]
    pages: Mapping[str, int]  # how many pages of each kind
    licence: str = ""  # the text of the docs' own licence file
    title: str = ""
    base_url: str = ""  # where the user says that the service stands
    # The pages of each type and enumeration, known without a look at these.
    sources: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)  # the user's own, see `GivenName`
    # The user's own for arguments, by page and by lower-case name on the wire.
    argument_names: Mapping[str, Mapping[str, GivenName]] = field(default_factory=dict)

    @property
    def service_root(self) -> str:
        """The URL that all paths begin with (OData URL conventions 4.01, 2); "" if none is known."""
        if self.base_url:
            return self.base_url
        return f"https://{self.host}/{self.version}".rstrip("/") if self.host else ""

    def chain(self, name: str) -> tuple[str, ...]:
        """A structured type and its bases, nearest first; () for a name that is none."""
        return chain_of(self.types, name)

    def derived(self, name: str) -> tuple[str, ...]:
        """All types that derive from a structured type, directly or not; sorted."""
        found: set[str] = set()
        waiting = list(self.types[name].derived) if name in self.types else []
        while waiting:
            if (each := waiting.pop()) not in found:
                found.add(each)
                waiting.extend(self.types[each].derived)
        return tuple(sorted(found))

    def common_base(self, names: Sequence[str]) -> str | None:
        """The nearest type that all of `names` are or derive from."""
        chains = [self.chain(name) for name in names]
        if not chains:
            return None
        return next((n for n in chains[0] if all(n in other for other in chains[1:])), None)
