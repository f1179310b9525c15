"""Which type a word on a page means: by link, by qualified name, by name within the namespace."""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache

from msgspec import field

from generator.memo import Memo
from generator.model.api import TypeKind, TypeRef
from generator.pages.facts import TypePhrase, TypeWord
from generator.pages.primitives import UNTYPED, primitive
from generator.values import Value

DEFAULT_NAMESPACE = "microsoft.graph"
UNTYPED_REF = TypeRef("Edm.Untyped", TypeKind.UNTYPED)


@cache
def plain_name(spelled: str) -> str:
    """A type's name with the characters that OData allows (CSDL 15.2), whatever a page writes."""
    return re.sub(r"[^\w.]+|(?<![^.])\.+", "", spelled).strip(".")


class Registry(Value):
    """Names and pages of every described type.

    `structured` and `enums` map lower-case qualified names to names as spelled; `pages` maps a
    lower-case page path to the names described on it; `anchors` maps `page#anchor` to an
    enumeration; `locals` maps a lower-case local name to the qualified names that end in it;
    `page_enums` maps (page, local name) to an enumeration that only that page means.
    """

    structured: Mapping[str, str]
    enums: Mapping[str, str]
    pages: Mapping[str, tuple[str, ...]]
    anchors: Mapping[str, str]
    locals: Mapping[str, tuple[str, ...]]
    page_enums: Mapping[tuple[str, str], str]
    bases: Mapping[str, str] = field(default_factory=dict)

    def noted(self, memo: Memo) -> "Registry":
        """The same, with notes of what is looked up for each unit of `memo`."""
        return Registry(
            memo.noted("structured", self.structured),
            memo.noted("enumerations", self.enums),
            memo.noted("pages", self.pages),
            memo.noted("anchors", self.anchors),
            memo.noted("locals", self.locals),
            memo.noted("page enums", self.page_enums),
            memo.noted("bases", self.bases),
        )

    def kind_of(self, name: str) -> TypeKind:
        return TypeKind.ENUM if name.lower() in self.enums else TypeKind.STRUCTURED

    def find(self, word: TypeWord, page: str, namespace: str) -> str | None:
        """The qualified name that `word` means on `page`, `Edm.…` included; `None` if unknown."""
        if word.target and (name := self._by_target(word)):
            return name
        if word.primitive and "." not in word.text.removeprefix("Edm."):
            return word.primitive  # `Timestamp` is no `microsoft.graph.timeStamp`
        if (name := self.by_name(word.text, page, namespace)) is not None:
            return name
        return primitive(word.text) or None

    def by_name(self, text: str, page: str, namespace: str) -> str | None:
        """The described type called `text`: qualified, or local to the namespace, or unique."""
        lowered = text.lower().strip(". ")
        if not lowered:
            return None
        if "." in lowered:
            for name in (
                lowered,
                (
                    lowered.replace("graph.", "microsoft.graph.", 1)
                    if lowered.startswith("graph.")
                    else lowered
                ),
            ):
                if (known := self.structured.get(name) or self.enums.get(name)) is not None:
                    return known
            # a namespace that no page has: the local name decides if it is the only one
            candidates = self.locals.get(lowered.rpartition(".")[2], ())
            return candidates[0] if len(candidates) == 1 else None
        if (own := self.page_enums.get((page.lower(), lowered))) is not None:
            return own
        for space in (namespace or DEFAULT_NAMESPACE, DEFAULT_NAMESPACE):
            qualified = f"{space.lower()}.{lowered}"
            if (known := self.structured.get(qualified) or self.enums.get(qualified)) is not None:
                return known
        candidates = self.locals.get(lowered, ())
        return candidates[0] if len(candidates) == 1 else None

    def _by_target(self, word: TypeWord) -> str | None:
        path, _, anchor = word.target.partition("#")
        if anchor:
            if (enum := self.anchors.get(word.target)) is not None:
                return enum
            local = anchor.removesuffix("-values").removesuffix("-enumeration")
            if (own := self.page_enums.get((path, local))) is not None:
                return own
        names = self.pages.get(path, ())
        if anchor.endswith("-values") and len(names) != 1:
            local = anchor.removesuffix("-values")
            return next((n for n in names if n.lower().endswith(f".{local}")), None)
        if len(names) == 1:
            return names[0]
        local = word.text.lower().rpartition(".")[2]
        return next((name for name in names if name.lower().rpartition(".")[2] == local), None)

    def resolve(self, phrase: TypePhrase, page: str, namespace: str) -> TypeRef | None:
        """The type of a phrase; alternatives give their nearest common base. `None`: unknown."""
        names = [self.find(word, page, namespace) for word in phrase.words]
        if len(phrase.words) == 1:
            name = names[0]
            if name is None:
                untyped = (
                    phrase.words[0].text.replace(" ", "").casefold() in UNTYPED
                    or "json" in phrase.words[0].text.lower().split()
                )
                return (
                    TypeRef(UNTYPED_REF.name, TypeKind.UNTYPED, phrase.is_collection)
                    if untyped
                    else None
                )
            return self.reference(name, phrase.is_collection)
        known = [name for name in names if name is not None]
        shared = self.common_base(known) if len(known) == len(names) else None
        return (
            self.reference(shared, phrase.is_collection)
            if shared
            else TypeRef(UNTYPED_REF.name, TypeKind.UNTYPED, phrase.is_collection)
        )

    def reference(self, name: str, is_collection: bool = False) -> TypeRef:
        """A reference to a described type, or to a primitive."""
        if name.startswith("Edm."):
            kind = TypeKind.UNTYPED if name == UNTYPED_REF.name else TypeKind.PRIMITIVE
            return TypeRef(name, kind, is_collection)
        return TypeRef(name, self.kind_of(name), is_collection)

    def common_base(self, names: Sequence[str]) -> str | None:
        """The nearest type that all of `names` are or derive from."""
        chains = [tuple(self.chain(name)) for name in names]
        if not chains:
            return None
        return next(
            (name for name in chains[0] if all(name in chain for chain in chains[1:])), None
        )

    def chain(self, name: str) -> Iterable[str]:
        """`name` and its bases, nearest first."""
        seen: set[str] = set()
        current: str | None = name
        while current is not None and current not in seen:
            seen.add(current)
            yield current
            current = self.bases.get(current)
