"""Examples of the pages → the one that stands for a type: `User.example()`."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Final, TypeAlias

from generator.diagnostics import Parsed
from generator.memo import Memo
from generator.model.api import (
    Api,
    JsonFact,
    Operation,
    ResponseKind,
    TypeKind,
    TypeRef,
    strict_text,
)
from generator.values import Value

__all__ = ["Samples"]

_INDENT: Final = re.compile(r"^\s+")
_LONGEST: Final = 2_000  # characters; what is longer is no example that one reads


class _Rank(Value, order=True):
    """Where an object of a type stands, on some page; the least of all is the best one.

    Whole answers come before elements of collections and those before requests; objects without
    properties that the type lacks first.
    """

    strangers: bool
    is_repaired: bool
    kind: int
    page: str
    order: int


_Shown: TypeAlias = Mapping[str, tuple[_Rank, str]]  # the best object of each type, and its JSON


class Samples:
    """The JSON of one example for each type that the pages show."""

    def __init__(self, api: Api, memo: Memo) -> None:
        spelled = memo.noted("spelled types", {name.lower(): name for name in api.types})
        owns = dict.fromkeys(api.operations, b"")
        shown = memo.batch("samples", owns, lambda page: _shown(api, page, spelled), _ranks)
        best: dict[str, _Rank] = {}
        for ranks in shown.briefs.values():
            for name, rank in ranks:
                if name not in best or rank < best[name]:
                    best[name] = rank
        self._shown = memo.results(shown)
        self._best = memo.noted("best samples", best)

    def __contains__(self, name: str) -> bool:
        return name in self._best

    def text(self, name: str) -> str:
        """The example of the type of this qualified name; "" for none."""
        best = self._best.get(name)
        return self._shown[best.page][name][1] if best is not None else ""


def _ranks(shown: _Shown) -> tuple[tuple[str, _Rank], ...]:
    return tuple((name, rank) for name, (rank, _) in shown.items())


def _shown(api: Api, page: str, spelled: Mapping[str, str]) -> Parsed[_Shown]:
    best: dict[str, tuple[_Rank, str]] = {}
    for order, (kind, declared, value, fact) in enumerate(_objects(api.operations[page])):
        name = _exact(value, declared.name, spelled)
        if name is None or api.types[name].is_abstract or not _says_anything(value):
            continue
        known = {p.name for base in api.chain(name) for p in api.types[base].properties}
        strangers = any("@" not in key and key not in known for key in value)
        text = _text(value, fact)
        rank = _Rank(strangers, bool(fact.faults), kind, page, order)
        if len(text) <= _LONGEST and (name not in best or rank < best[name][0]):
            best[name] = rank, text
    return Parsed(best, ())


def _objects(
    operation: Operation,
) -> Iterable[tuple[int, TypeRef, Mapping[str, object], JsonFact]]:
    """(rank, declared type, object, the JSON it stands in) for each object that the page shows."""
    answered, sent = operation.response, operation.body
    for example in operation.examples.value:
        messages = [
            (message.json, answered.type, answered.kind is ResponseKind.COLLECTION, 0)
            for message in example.responses
            if message.start[0].startswith("2")
            and answered.kind in (ResponseKind.TYPE, ResponseKind.COLLECTION)
        ]
        messages.append((example.request.json, sent.type, False, 2))
        for fact, declared, is_many, rank in messages:
            if fact is None or declared is None or declared.kind is not TypeKind.STRUCTURED:
                continue
            inside = fact.value.get("value") if isinstance(fact.value, dict) else None
            if is_many and isinstance(inside, list):
                yield from ((1, declared, part, fact) for part in inside if isinstance(part, dict))
            elif not is_many and isinstance(inside, dict):
                yield rank, declared, inside, fact
            elif not is_many and not isinstance(inside, list) and isinstance(fact.value, dict):
                yield rank, declared, fact.value, fact


def _exact(value: Mapping[str, object], declared: str, known: Mapping[str, str]) -> str | None:
    """The type of an object: what its `@odata.type` says, else what its place declares."""
    stated = value.get("@odata.type", declared)
    return known.get(stated.removeprefix("#").lower()) if isinstance(stated, str) else None


def _says_anything(value: Mapping[str, object]) -> bool:
    return any("@" not in key for key in value)


def _text(value: Mapping[str, object], fact: JsonFact) -> str:
    """The object as the page writes it, where it stands alone and is strict JSON.

    Without blanks at the end of lines; tabs indent by two.
    """
    if value is fact.value:
        lines = (line.rstrip() for line in strict_text(fact).strip().splitlines())
        return "\n".join(_INDENT.sub(lambda m: m[0].replace("\t", "  "), line) for line in lines)
    return json.dumps(value, indent=2, ensure_ascii=False)
