"""Operation pages → methods: which calls a page has, and what each of them takes and returns.

Both the endpoints and their tests are planned from these. Names of arguments are a function of
their page alone.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Final, TypeAlias
from urllib.parse import quote

from msgspec import field
from msgspec.structs import replace

from generator.diagnostics import Diagnostic, Findings, Parsed, Span, finding
from generator.model.api import (
    Api,
    Body,
    BodyKind,
    GivenName,
    Operation,
    Parameter,
    Placeholder,
    Response,
    ResponseKind,
    Template,
    TypeKind,
    TypeRef,
)
from generator.targets.python.names import argument_name, unique
from generator.targets.python.operation_names import (
    OperationName,
    in_words,
    operation_name,
    resource_name,
    safe_method,
)
from generator.values import Value

__all__ = ["Argument", "Ending", "Heading", "Method", "Resource", "Resources", "read_resource"]

STRING: Final = TypeRef("Edm.String", TypeKind.PRIMITIVE)
_STRINGS: Final = TypeRef("Edm.String", TypeKind.PRIMITIVE, is_collection=True)
_INTEGER: Final = TypeRef("Edm.Int32", TypeKind.PRIMITIVE)
_BOOLEAN: Final = TypeRef("Edm.Boolean", TypeKind.PRIMITIVE)
_UNTYPED: Final = TypeRef("Edm.Untyped", TypeKind.UNTYPED)

# OData's query options in the order in which methods take them. A collection always takes the
# first eight, one object the first two: services support them where pages do not say so.
OPTIONS: Final[Mapping[str, TypeRef]] = {
    "$select": _STRINGS,
    "$expand": _STRINGS,
    "$filter": STRING,
    "$orderby": _STRINGS,
    "$search": STRING,
    "$top": _INTEGER,
    "$skip": _INTEGER,
    "$count": _BOOLEAN,
    "$format": STRING,
    "$skiptoken": STRING,
    "$deltatoken": STRING,
    "$apply": STRING,
    "$compute": STRING,
}
OF_COLLECTIONS: Final = tuple(OPTIONS)[:8]
OF_OBJECTS: Final = tuple(OPTIONS)[:2]

# Headers that the client writes itself.
_OWN_HEADERS: Final = frozenset(
    {"authorization", "accept", "content-type", "content-length", "host", "connection", "expect"}
)
_HEADER: Final = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
# Arguments that methods have beside those of their pages.
RESERVED: Final = frozenset(
    {"headers", "query", "timeout", "path", "body", "extra_body", "content", "content_type"}
    | {"odata_id"}
)
_READING: Final = frozenset({"GET", "HEAD", "DELETE"})
# What stands for itself in a path; all else is percent-encoded.
_PATH_SAFE: Final = "/:@!$&'()*+,;=~-._"


class Ending(StrEnum):
    """How the paths of a method end, where that makes it a method of its own."""

    NONE = ""
    VALUE = "value"  # …/$value
    REF = "ref"  # …/$ref
    COUNT = "count"  # …/$count
    CAST = "as"  # …/microsoft.graph.user
    PART = "part"  # …/timeZone, a property of the answer


class Argument(Value):
    """One argument of a method: its name in Python, and what it is called on the wire.

    `is_required`: of those that are given by name, one that has to be given.
    """

    name: str
    wire: str
    type: TypeRef
    text: str = ""
    is_required: bool = False


class Method(Value):
    """One method: the request lines of one page that have a verb and an ending in common.

    `paths` are those of `templates`, with the names of arguments in braces: `/users/{user_id}`,
    `/root:/{item_path:path}:`. `choices` are the paths that the keyword `path` tells apart, as it
    names them. `are_positional`: all paths have the same ids.
    """

    operation: Operation
    resource: str
    name: str
    verb: str
    ending: Ending
    templates: tuple[Template, ...]
    paths: tuple[str, ...]
    ids: tuple[Argument, ...]
    are_positional: bool
    choices: tuple[str, ...]
    body: Body
    parameters: tuple[Argument, ...]  # of the body
    query: tuple[Argument, ...]  # the page's own, then OData's options
    headers: tuple[Argument, ...]
    response: Response


class Resource(Value):
    """What stands on one attribute of the client.

    Pages may spell a resource differently (`reportroot`, `report_root`): `name` is the best of
    these, and `aliases` are the others, which lead to the same methods.
    """

    name: str
    aliases: tuple[str, ...]
    methods: tuple[Method, ...]  # by name
    numbers: Mapping[str, str] = field(default_factory=dict)  # see `_numbers`


class PageName(Value):
    """What a page wants its method to be called, before it meets others."""

    page: str
    name: OperationName
    span: Span


class Heading(Value):
    """A resource by its names: see `Resource`; `pages` are its pages, each with its method."""

    name: str
    aliases: tuple[str, ...]
    pages: tuple[tuple[str, str], ...]


def name_page(api: Api, page: str) -> PageName:
    operation = api.operations[page]
    return PageName(page, operation_name(operation, api.names.get(page, "")), operation.span)


def head_resources(api: Api, names: Iterable[PageName]) -> Parsed[tuple[Heading, ...]]:
    """The resources that pages of these names make, by name; meetings of names are reported."""
    groups: dict[str, list[PageName]] = {}
    for named in names:
        groups.setdefault(named.name.stem.replace("-", ""), []).append(named)
    types = {name.rpartition(".")[2].lower(): name for name in sorted(api.types)}
    found: list[Diagnostic] = []
    headings: list[Heading] = []
    for stem, pages in sorted(groups.items()):
        spelled = {named.name.resource for named in pages}
        best = max(spelled, key=lambda name: (name.count("_"), name))
        if stem in types:
            best = resource_name(in_words(types[stem].rpartition(".")[2]))
        own = tuple(_told_apart(pages, best, found))
        headings.append(Heading(best, tuple(sorted(spelled - {best})), own))
    return Parsed(tuple(sorted(headings, key=lambda h: h.name)), tuple(found))


def read_resource(api: Api, heading: Heading) -> Parsed[Resource]:
    """The methods of a resource; meetings of names are reported."""
    found: list[Diagnostic] = []
    methods: dict[str, Method] = {}
    for page, name in heading.pages:
        read = _read_page(api, heading.name, page, name)
        methods.update((_key(page, at), method) for at, method in enumerate(read.value))
        found.extend(read.diagnostics)
    numbers = _numbers(methods, found)
    named = (replace(m, name=numbers[key]) if key in numbers else m for key, m in methods.items())
    ordered = tuple(sorted(named, key=lambda method: method.name))
    return Parsed(Resource(heading.name, heading.aliases, ordered, numbers), tuple(found))


def _read_page(api: Api, resource: str, page: str, name: str) -> Parsed[tuple[Method, ...]]:
    return read_methods(api.operations[page], resource, name, api.argument_names.get(page, {}))


def _key(page: str, at: int) -> str:
    """What sorts the `at`-th method of a page among those of its resource."""
    return f"{page} {at:03}"


class Resources(Mapping[str, Resource]):
    """The resources of an API by name, each read when it is looked up."""

    def __init__(self, api: Api, headings: Mapping[str, Heading]) -> None:
        self._api = api
        self._headings = headings
        self._numbers: Mapping[str, Mapping[str, str]] | None = None
        self._read: dict[str, Parsed[Resource]] = {}

    def with_numbers(self, numbers: Mapping[str, Mapping[str, str]]) -> "Resources":
        """The same, for those that know the numbers of all resources that have some.

        They can read a page without the others of its resource.
        """
        numbered = Resources(self._api, self._headings)
        numbered._numbers, numbered._read = numbers, self._read
        return numbered

    def read(self, name: str) -> Parsed[Resource]:
        """A resource, with what is to be said of its pages' names."""
        heading = self._headings[name]
        for page, _ in heading.pages:  # met by each who asks, who may be a unit of work
            self._api.operations[page], self._api.argument_names.get(page)
        if name not in self._read:
            self._read[name] = read_resource(self._api, heading)
        return self._read[name]

    def __getitem__(self, name: str) -> Resource:
        return self.read(name).value

    def of_page(self, name: str, page: str) -> Sequence[Method]:
        """The methods of one page of a resource, by name."""
        if self._numbers is None:
            self.read(name)
        else:  # looked up by each who asks, as above
            numbers = self._numbers.get(name, {})
            self._api.operations[page], self._api.argument_names.get(page)
        if name in self._read:
            return [m for m in self._read[name].value.methods if m.operation.page == page]
        read = _read_page(self._api, name, page, dict(self._headings[name].pages)[page])
        named = [
            replace(method, name=numbers.get(_key(page, at), method.name))
            for at, method in enumerate(read.value)
        ]
        return sorted(named, key=lambda method: method.name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._headings)

    def __len__(self) -> int:
        return len(self._headings)


def _told_apart(
    pages: Iterable[PageName], resource: str, found: list[Diagnostic]
) -> list[tuple[str, str]]:
    """Each page with the name of its method.

    Where pages meet, the one whose file name has no section keeps the name (else the first one by
    path), and the others get their section: `get_in_onboarding`.
    """
    by_name: dict[str, list[PageName]] = {}
    for named in pages:
        by_name.setdefault(named.name.method, []).append(named)
    told: list[tuple[str, str]] = []
    for method, meeting in sorted(by_name.items()):
        meeting.sort(key=lambda named: (bool(named.name.section), named.page))
        for at, named in enumerate(meeting):
            section = named.name.section
            own = f"{method.rstrip('_')}_in_{section}" if at and section else method
            told.append((named.page, own))
            if own != method:
                met = f"{resource}.{method}"
                found.append(
                    finding(
                        "name-collision",
                        named.span,
                        name=met,
                        others=meeting[0].page,
                        kept=f"{resource}.{own}",
                    )
                )
    return told


def _numbers(methods: Mapping[str, Method], found: list[Diagnostic]) -> dict[str, str]:
    """The names with a number of methods that still meet, by key, which sorts them by page."""
    given = unique((key, method.name) for key, method in methods.items())
    for key, method in methods.items():
        if given[key] != method.name:
            found.append(
                finding(
                    "name-collision",
                    method.operation.span,
                    name=f"{method.resource}.{method.name}",
                    others="another page",
                    kept=f"{method.resource}.{given[key]}",
                )
            )
    return {key: name for key, name in given.items() if name != methods[key].name}


# --- one page


def read_methods(
    operation: Operation, resource: str, name: str, given: Mapping[str, GivenName]
) -> Parsed[tuple[Method, ...]]:
    """The methods of one page; one without paths where the page has no request line.

    The first verb and the paths without a special ending keep the name of the page: `update`,
    `update_put`, `get_value`. Where all paths end alike, the ending is part of the page's name. Where
    the page is named after one of them, `list_manager`, that one keeps the name, and the paths without
    an ending, which answer with the whole that it is a part of, are `list_manager_whole`.
    `given` has the user's names of arguments, by their lower-case names on the wire; one that meets
    another, and one that names no argument, is reported.
    """
    names = _ArgumentNames(operation, given)
    groups: dict[tuple[str, str], list[Template]] = {}
    spelled: dict[str, str] = {}  # `contactFolders` and `contactfolders` are one ending
    endings = [
        spelled.setdefault(ending.replace("_", ""), ending)
        for ending in (_ending(template, operation) for template in operation.templates)
    ]
    for template, ending in zip(operation.templates, endings, strict=True):
        ending = ending if len(spelled) > 1 else ""
        groups.setdefault((template.method, ending), []).append(template)
    if not groups:
        bare = _method(operation, resource, name, "", Ending.NONE, (), names)
        return Parsed((bare,), names.findings())
    first_verb = operation.templates[0].method
    part = _part_of_the_name(name, groups)
    methods = []
    for (verb, ending), templates in groups.items():
        last = ending.removeprefix("part_")
        if part:
            last = "" if ending == part else last or "whole"
        words = [name.rstrip("_") if verb != first_verb or last else name]
        words += [verb.lower()] if verb != first_verb else []
        words += [last] if last else []
        kind = Ending(ending.partition("_")[0])
        own = safe_method("_".join(words)) if len(words) > 1 else name
        methods.append(_method(operation, resource, own, verb, kind, templates, names))
    return Parsed(tuple(methods), names.findings())


def _part_of_the_name(name: str, groups: Mapping[tuple[str, str], list[Template]]) -> str:
    """The ending that the page is named after, unless paths without an ending are; else ""."""
    ends = {
        in_words(t.path.rpartition("/")[2]) for (_, e), ts in groups.items() if not e for t in ts
    }
    named = (ending for _, ending in groups if ending.startswith("part_"))
    parts = (e for e in named if name.endswith(f"_{e.removeprefix('part_')}"))
    return next((e for e in parts if e.removeprefix("part_") not in ends), "")


def _method(
    operation: Operation,
    resource: str,
    name: str,
    verb: str,
    ending: Ending,
    templates: Iterable[Template],
    names: "_ArgumentNames",
) -> Method:
    by_path: dict[str, Template] = {}
    for template in templates:
        by_path.setdefault(_path(template, names.ids), template)
    sets = [tuple(names.ids[p.name] for p in t.placeholders) for t in by_path.values()]
    ids: dict[str, Argument] = {}
    for template in by_path.values():
        for placeholder in template.placeholders:
            argument = names.ids[placeholder.name]
            ids.setdefault(argument, Argument(argument, argument, placeholder.type or STRING))
    choices = tuple(
        path.replace(":path}", "}")
        for path, own in zip(by_path, sets, strict=True)
        if sum(set(other) == set(own) for other in sets) > 1
    )
    body = _body(operation, verb, ending)
    response = _response(operation, by_path.values())
    taken = {argument: p for p, argument in names.ids.items() if argument in ids}
    required = _required(operation, body)
    parameters = tuple(
        replace(argument, is_required=argument.wire in required)
        for argument in names.arguments(_rows(body.parameters), taken, "parameter")
    )
    query = names.arguments(_rows(operation.query), taken, "query")
    offered = _options(operation, verb, ending, response, {p.wire for p in query})
    options = names.arguments(offered, taken, "option")
    headers = names.arguments(_headers(operation), taken, "header")
    return Method(
        operation,
        resource,
        name,
        verb,
        ending,
        tuple(by_path.values()),
        tuple(by_path),
        tuple(ids.values()),
        all(set(own) == set(ids) for own in sets),
        choices,
        body,
        parameters,
        (*query, *options),
        headers,
        response,
    )


def _ending(template: Template, operation: Operation) -> str:
    """`value`, `ref`, `count`, `as_user`, `part_time_zone` or "", by the last segment of a path."""
    last = template.parts[-1] if template.parts else ""
    segment = last.rpartition("/")[2] if isinstance(last, str) else ""
    if segment in ("$value", "$ref", "$count"):
        return segment[1:]
    if _is_cast(segment, template, operation):
        return f"as_{in_words(segment.rpartition('.')[2])}"
    return f"part_{in_words(segment)}" if template.answer is not None and segment else ""


def _is_cast(segment: str, template: Template, operation: Operation) -> bool:
    """Whether a path ends in a type: read, and not called like a function."""
    return (
        template.method == "GET"
        and not operation.is_function
        and re.fullmatch(r"microsoft\.graph(\.\w+)+", segment) is not None
    )


def _safe_argument(name: str) -> str:
    safe = argument_name(name)
    return f"{safe}_" if safe in RESERVED else safe


def _path(template: Template, id_names: Mapping[str, str]) -> str:
    return "".join(
        quote(part, safe=_PATH_SAFE) if isinstance(part, str) else _braced(part, id_names)
        for part in template.parts
    )


def _braced(placeholder: Placeholder, id_names: Mapping[str, str]) -> str:
    kind = ":path" if placeholder.is_path else ""
    return f"{{{id_names[placeholder.name]}{kind}}}"


_Row: TypeAlias = tuple[str, TypeRef, str]  # name on the wire, type, description


def _rows(parameters: Iterable[Parameter]) -> Iterator[_Row]:
    return ((p.name, p.type, p.text) for p in parameters)


def _required(operation: Operation, body: Body) -> frozenset[str]:
    """The action's parameters that the page calls required and that all of its examples send."""
    if body.kind is not BodyKind.PARAMETERS:
        return frozenset()
    sent = [e.request.json.value if e.request.json else None for e in operation.examples.value]
    return frozenset(
        p.name
        for p in body.parameters
        if p.notes.required
        and all(isinstance(value, dict) and value.get(p.name) is not None for value in sent)
    )


class _ArgumentNames:
    """What the arguments of a page are called, and what becomes of the user's names for them.

    `ids` has the argument of each placeholder of the page.
    """

    def __init__(self, operation: Operation, given: Mapping[str, GivenName]) -> None:
        self._operation = operation
        self._given = given
        self._unused = dict(given)
        self._found = Findings()
        placeholders = {p.name for t in operation.templates for p in t.placeholders}
        wanted = {name: self._wanted(name) for name in placeholders}
        self.ids = unique(wanted.items())
        for name in sorted(placeholders):
            if self.ids[name] != wanted[name]:
                other = next(o for o, argument in self.ids.items() if argument == wanted[name])
                self._meet(name, other, wanted[name], self.ids[name])

    def arguments(
        self, rows: Iterable[_Row], taken: dict[str, str], kind: str
    ) -> tuple[Argument, ...]:
        """An argument for each row; a name that is taken gets the kind of the row as suffix.

        `taken` has the names that the method has by now, and their names on the wire.
        """
        arguments: dict[str, Argument] = {}
        for wire, type_, text in rows:
            if wire in arguments:
                continue
            name = plain = self._wanted(wire)
            number = 2
            while name in taken:
                name = f"{plain.rstrip('_')}_{kind}" if number == 2 else f"{plain}_{kind}_{number}"
                number += 1
            if name != plain:
                self._meet(wire, taken[plain], plain, name)
            taken[name] = wire
            arguments[wire] = Argument(name, wire, type_, text)
        return tuple(arguments.values())

    def findings(self) -> tuple[Diagnostic, ...]:
        """What there is to say once all methods of the page have their arguments."""
        for name in self._unused.values():
            self._found.say("name-unused", name.span, key=name.key)
        return self._found.as_said()

    def _wanted(self, wire: str) -> str:
        self._unused.pop(wire.lower(), None)
        given = self._given.get(wire.lower())
        return _safe_argument(given.name if given is not None else wire)

    def _meet(self, wire: str, other: str, wanted: str, kept: str) -> None:
        if {wire.lower(), other.lower()} & self._given.keys():
            span = self._operation.span
            self._found.say("name-collision", span, name=wanted, others=other, kept=kept)


def _options(
    operation: Operation,
    verb: str,
    ending: Ending,
    response: Response,
    own: set[str],
) -> Iterator[_Row]:
    """OData's query options: those the page names, and on reading those of the answer's kind."""
    wanted = {option.lower() for option in operation.options}
    if ending is Ending.COUNT:
        wanted = {"$filter", "$search"}
    elif ending is Ending.REF or ending is Ending.VALUE:
        wanted = set()
    elif verb == "GET" and response.kind is ResponseKind.COLLECTION:
        wanted |= set(OF_COLLECTIONS)
    elif verb == "GET" and response.kind is ResponseKind.TYPE:
        wanted |= set(OF_OBJECTS)
    if "*" in operation.refused:
        wanted &= {option.lower() for option in operation.options}
    wanted -= set(operation.refused)
    order = [*OPTIONS, *sorted(wanted - set(OPTIONS))]
    # A page may list `$filter` or `filter` in a table of its own.
    known = {name.lower().removeprefix("$") for name in own}
    return (
        (option, OPTIONS.get(option, STRING), "")
        for option in order
        if option in wanted and option.removeprefix("$") not in known
    )


def _headers(operation: Operation) -> Iterable[_Row]:
    """The headers that the page documents, but for those the client writes itself."""
    rows: dict[str, _Row] = {}
    for header in operation.headers:
        match = _HEADER.match(header.name.strip())
        if match is None or match[0].lower() in _OWN_HEADERS:
            continue
        rows.setdefault(match[0].lower(), (match[0], STRING, header.value))
    return rows.values()


def _body(operation: Operation, verb: str, ending: Ending) -> Body:
    """What a method sends: the page's body, where its verb carries one."""
    verbs = {template.method for template in operation.templates}
    if ending is Ending.REF:
        return Body(BodyKind.NONE if verb in _READING else BodyKind.LINK)
    if ending is Ending.VALUE and verb not in _READING:
        return Body(BodyKind.MEDIA, media_types=operation.body.media_types)
    if ending in (Ending.COUNT, Ending.VALUE):
        return Body(BodyKind.NONE)
    if verb in _READING and not verbs <= _READING:
        return Body(BodyKind.NONE)
    return operation.body


def takes_content(body: Body) -> bool:
    """Whether bytes can be sent: the body is nothing else, or examples send them in its place."""
    return body.kind is BodyKind.MEDIA or bool(body.media_types)


def _response(operation: Operation, templates: Iterable[Template]) -> Response:
    """What a method returns: the answer of its request lines, else the page's."""
    answers = (template.answer for template in templates if template.answer is not None)
    return next(answers, operation.response)


def class_stem(resource: str) -> str:
    """The classes of a resource begin with it: `drive_item` → `DriveItem`."""
    return "".join(word[:1].upper() + word[1:] for word in resource.split("_"))


def module_of(resource: str) -> str:
    """The file of the methods of a resource."""
    return f"endpoints/{resource}.py"
