"""The README of the emitted package: how to use what it holds, shown with its own names."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, TypeAlias

from generator.diagnostics import Parsed
from generator.model.api import Api, BodyKind, ResponseKind, TypeKind, TypeRef
from generator.targets.plan import Plan, Templated
from generator.targets.python.layout import Place
from generator.targets.python.methods import Argument, Ending, Method, Resource
from generator.targets.python.names import argument_name, snake
from generator.targets.python.samples import Samples
from generator.values import Value

__all__ = ["Shelf", "plan_guide", "shelve"]

_TELLING: Final = ("displayName", "name", "subject", "title", "mail", "description", "id")
_SAMPLES: Final[Mapping[str, str]] = {
    "Edm.Boolean": "True",
    "Edm.Byte": "1",
    "Edm.Date": '"2024-05-01"',
    "Edm.DateTimeOffset": '"2024-05-01T08:00:00Z"',
    "Edm.Decimal": "1",
    "Edm.Double": "1.0",
    "Edm.Duration": '"PT1H"',
    "Edm.Int16": "1",
    "Edm.Int32": "1",
    "Edm.Int64": "1",
    "Edm.SByte": "1",
    "Edm.Single": "1.0",
    "Edm.TimeOfDay": '"08:00:00"',
}
_SHORT: Final = 2  # parameters that a call of an action shows


class CallView(Value):
    """A call as a user writes it: `client.user.get("user-id")`; every part is finished Python.

    `model` and `package` tell the class that it answers with or takes; `attribute` is one of its
    properties that reads well, `variable` a name for an object of it. Parts may be "".
    """

    method: str  # `user.get`
    arguments: str  # `"user-id"`
    variable: str
    model: str
    package: str
    attribute: str
    wire: str  # of the attribute, to be quoted


class Candidate(Value, order=True):
    """A call that may show what a reader wants to know; the least of all shows it best.

    That is the one with the fewest ids, whose object has words to read, and on the resource that
    has most methods.
    """

    ids: int
    has_no_words: bool
    lacking: int  # methods that the resource has, as a negative number
    resource: str
    name: str
    view: CallView


Shelf: TypeAlias = Mapping[str, Candidate]  # the best call of a resource, by what it shows


def plan_guide(api: Api, shelves: Sequence[Shelf], methods: int, has_tests: bool) -> Plan:
    """`README.md`: sections for what the package can do, each with a real method."""

    def find(kind: str, like: CallView | None = None) -> CallView | None:
        """The best call of a kind: of the same resource as `like`, where there is one."""
        wanted = like.method.partition(".")[0] if like else ""
        found = (shelf[kind] for shelf in shelves if kind in shelf)
        best = min(found, key=lambda each: (each.resource != wanted, each), default=None)
        return best.view if best is not None else None

    update = find("update of what is read") or find("update")
    read_first = find("get", like=update) if update else None
    if update and read_first and update.model != read_first.model:
        read_first = None
    upload, download = find("upload"), find("download")
    view: dict[str, object] = {
        "version": api.version,
        "base_url": api.service_root,
        "address": "" if api.service_root else '"https://service.example/v1.0", ',
        "types": len(api.types) + len(api.enums),
        "methods": methods,
        "has_tests": has_tests,
        "listing": find("list"),
        "get": find("get"),
        "update": update,
        "read_first": read_first,
        "create": find("create"),
        "delta": find("delta"),
        "action": find("action"),
        "function": find("function"),
        "download": download,
        "upload": upload,
        "has_content": upload is not None or download is not None,
        "session": find("session"),
        "later": find("later"),
        "example": find("example"),
    }
    return Templated("README.md", "python/README.md.jinja", view)


def shelve(
    api: Api,
    resource: Resource,
    places: Mapping[str, Place],
    attributes: Mapping[str, Mapping[str, str]],
    samples: Samples,
) -> Parsed[Shelf]:
    """What the methods of one resource can show."""
    reader = _Reader(api, resource, places, attributes)

    def shows_example(method: Method) -> bool:
        ref = method.response.type
        return _is_get(method) and ref is not None and ref.name in samples

    kinds: Mapping[str, Callable[[Method], bool]] = {
        **_KINDS,
        "update of what is read": reader.is_update_of_what_is_read,
        "example": shows_example,
    }
    plain = [method for method in resource.methods if _is_plain(method)]
    shelf: dict[str, Candidate] = {}
    for kind, fits in kinds.items():
        found = [reader.candidate(method) for method in plain if fits(method)]
        if found:
            shelf[kind] = min(found)
    return Parsed(shelf, ())


class _Reader:
    """Shows the methods of a resource as calls."""

    def __init__(
        self,
        api: Api,
        resource: Resource,
        places: Mapping[str, Place],
        attributes: Mapping[str, Mapping[str, str]],
    ) -> None:
        self._api = api
        self._places = places
        self._attributes = attributes
        self._size = len(resource.methods)
        plain = (m for m in resource.methods if _is_plain(m) and _is_get(m))
        self._read = {m.response.type for m in plain}

    def candidate(self, method: Method) -> Candidate:
        return Candidate(
            len(method.ids),
            self._has_no_words(method),
            -self._size,
            method.resource,
            method.name,
            self._view(method),
        )

    def is_update_of_what_is_read(self, method: Method) -> bool:
        """Whether the resource has a `get` as well, and something to change."""
        reads = method.body.type in self._read
        return _is_update(method) and reads and not self._has_no_words(method)

    def _has_no_words(self, method: Method) -> bool:
        ref = _subject(method)
        return ref is not None and self._telling(ref.name)[1] in ("", "id")

    def _view(self, method: Method) -> CallView:
        ref = _subject(method)
        place = self._places.get(ref.name) if ref is not None else None
        attribute, wire = self._telling(ref.name) if ref is not None else ("", "")
        return CallView(
            f"{method.resource}.{method.name}",
            ", ".join(_arguments(method)),
            argument_name(place.module) if place else "answer",
            place.name if place else "",
            _package(place) if place else "",
            attribute,
            wire,
        )

    def _telling(self, name: str) -> tuple[str, str]:
        """A property of text that reads well, as attribute and on the wire."""
        texts = {
            item.name: item
            for base in self._api.chain(name)
            for item in self._api.types[base].properties
            if item.type.name == "Edm.String" and not item.type.is_collection
        }
        wire = next((wire for wire in _TELLING if wire in texts), "")
        return (self._attributes[name][wire], wire) if wire else ("", "")


def _package(place: Place) -> str:
    return f"models.{place.package}" if place.package else "models"


def _subject(method: Method) -> TypeRef | None:
    """The structured type that a method is about."""
    refs = (method.response.type, method.body.type)
    return next((ref for ref in refs if ref and ref.kind is TypeKind.STRUCTURED), None)


def _arguments(method: Method) -> Iterable[str]:
    wanted = _longest(method)
    for argument in method.ids:
        if method.are_positional:
            yield _sample(argument)
        elif argument.name in wanted:
            yield f"{argument.name}={_sample(argument)}"
    if method.body.kind is BodyKind.PARAMETERS:
        simple = list(filter(_is_simple, method.parameters))
        required = [argument for argument in method.parameters if argument.is_required]
        for argument in required or simple[:_SHORT]:
            yield f"{argument.name}={_sample(argument)}"


def _is_simple(argument: Argument) -> bool:
    return argument.type.kind is TypeKind.PRIMITIVE and not argument.type.is_collection


def _longest(method: Method) -> set[str]:
    """The ids of the request that has most of them."""
    return max((set(re.findall(r"\{(\w+)", path)) for path in method.paths), key=len)


def _sample(argument: Argument) -> str:
    if argument.type.name in _SAMPLES:
        return _SAMPLES[argument.type.name]
    return f'"{snake(argument.name).replace("_", "-")}"'


# --- kinds of methods


def _is_plain(method: Method) -> bool:
    """Whether a call is written as one expects: nothing to choose, nothing deprecated."""
    return bool(
        method.paths
        and not method.choices
        and not method.operation.deprecated
        and method.ending in (Ending.NONE, Ending.VALUE)
    )


def _has_model(method: Method) -> bool:
    ref = method.response.type
    return ref is not None and ref.kind is TypeKind.STRUCTURED


def _is_get(method: Method) -> bool:
    is_one = method.response.kind is ResponseKind.TYPE and _has_model(method)
    is_plain = method.verb == "GET" and not method.operation.is_function
    return method.name == "get" and is_plain and is_one and len(method.ids) == 1


def _is_list(method: Method) -> bool:
    is_many = method.response.kind is ResponseKind.COLLECTION and _has_model(method)
    return method.name == "list" and method.verb == "GET" and is_many


def _is_delta(method: Method) -> bool:
    is_many = method.response.kind is ResponseKind.COLLECTION and _has_model(method)
    return method.name == "delta" and method.verb == "GET" and is_many


def _is_update(method: Method) -> bool:
    return method.verb == "PATCH" and method.name == "update" and _takes_model(method)


def _is_create(method: Method) -> bool:
    return method.verb == "POST" and _takes_model(method) and _has_model(method)


def _takes_model(method: Method) -> bool:
    ref = method.body.type
    is_model = ref is not None and ref.kind is TypeKind.STRUCTURED and not ref.is_collection
    return method.body.kind is BodyKind.TYPE and is_model


def _is_action(method: Method) -> bool:
    has_own = method.body.kind is BodyKind.PARAMETERS and method.are_positional
    has_own &= all(_is_simple(a) for a in method.parameters if a.is_required)
    return method.verb == "POST" and has_own and len([*_arguments(method)]) > len(method.ids)


def _is_function(method: Method) -> bool:
    is_value = method.response.kind in (ResponseKind.VALUE, ResponseKind.TYPE)
    return method.operation.is_function and method.verb == "GET" and is_value and bool(method.ids)


def _is_download(method: Method) -> bool:
    return method.verb == "GET" and method.response.kind is ResponseKind.MEDIA


def _is_upload(method: Method) -> bool:
    return method.verb in ("PUT", "POST") and method.body.kind is BodyKind.MEDIA


def _is_session(method: Method) -> bool:
    ref = method.response.type
    return method.verb == "POST" and ref is not None and ref.local.lower() == "uploadsession"


def _is_later(method: Method) -> bool:
    is_simple = method.body.kind in (BodyKind.NONE, BodyKind.PARAMETERS)
    return method.response.kind is ResponseKind.ACCEPTED and is_simple


_KINDS: Final[Mapping[str, Callable[[Method], bool]]] = {
    "list": _is_list,
    "get": _is_get,
    "update": _is_update,
    "create": _is_create,
    "delta": _is_delta,
    "action": _is_action,
    "function": _is_function,
    "download": _is_download,
    "upload": _is_upload,
    "session": _is_session,
    "later": _is_later,
}
