"""Enumerations of all pages, merged, and which of them only their own page means."""

from collections import Counter
from collections.abc import Sequence

from msgspec.structs import replace

from generator.diagnostics import Findings
from generator.model.api import Enum, EnumMember
from generator.model.declarations import Declared
from generator.model.registry import DEFAULT_NAMESPACE, plain_name
from generator.pages.facts import EnumFact, PageKind
from generator.values import Value


class Gathered(Value):
    """Enumerations by lower-case qualified name, and the ways in which pages speak of them."""

    enums: dict[str, Enum]
    anchors: dict[str, str]  # page#anchor → qualified name
    page_enums: dict[tuple[str, str], str]  # (page, local name) → qualified name
    pages: dict[str, str]  # enum page → qualified name


def gather_enums(pages: Sequence[Declared], types: frozenset[str], found: Findings) -> Gathered:
    """Merge enumerations of one name.

    Pages and collective pages define an enumeration for everybody. A `### x values` table on a
    resource page joins it if the two share members; tables of one name on several pages that
    share no member (`### status values`) are different enumerations: each is named after its type.
    """
    groups: dict[str, list[tuple[Declared, EnumFact]]] = {}
    for page in pages:
        for fact in page.enums:
            if not plain_name(fact.name):
                continue
            groups.setdefault(_qualified(page, fact).lower(), []).append((page, fact))
    result = Gathered({}, {}, {}, {})
    for key, facts in sorted(groups.items()):
        clusters = _clusters(facts)
        for number, cluster in enumerate(clusters):
            alone = len(clusters) == 1 and key not in types
            is_global = alone or (
                number == 0
                and key not in types
                and any(p.kind is PageKind.ENUMERATION for p, _ in cluster)
            )
            name = _qualified(*cluster[0]) if is_global else _owned_name(*cluster[0])
            _add(name, cluster, result, found)
    return result


def _qualified(page: Declared, fact: EnumFact) -> str:
    name = plain_name(fact.name)
    if "." in name:
        return name
    namespace = (
        next((t.name.rpartition(".")[0] for t in page.types if "." in t.name), "") or fact.namespace
    )
    return f"{plain_name(namespace) or DEFAULT_NAMESPACE}.{name}"


def _owned_name(page: Declared, fact: EnumFact) -> str:
    """A name for an enumeration that only one page means: after the page's type."""
    owner = (
        plain_name(page.types[0].name).rpartition(".")[2]
        if page.types
        else page.path.rpartition("/")[2].removesuffix(".md")
    )
    namespace, _, local = _qualified(page, fact).rpartition(".")
    return f"{namespace}.{owner}{local[:1].upper()}{local[1:]}"


def _clusters(facts: list[tuple[Declared, EnumFact]]) -> list[list[tuple[Declared, EnumFact]]]:
    """Facts that share members, the enum pages' first, else the largest."""
    clusters: list[tuple[set[str], list[tuple[Declared, EnumFact]]]] = []
    for page, fact in sorted(
        facts,
        key=lambda pair: (pair[0].kind is not PageKind.ENUMERATION, pair[0].path, pair[1].span),
    ):
        members = {member.name.lower() for member in fact.members}
        for known, cluster in clusters:
            if (
                known & members - {"none", "unknown", "unknownfuturevalue", "other", "all"}
                or known == members
            ):
                known |= members
                cluster.append((page, fact))
                break
        else:
            clusters.append((members, [(page, fact)]))
    return [cluster for _, cluster in clusters]


def _add(
    name: str, cluster: list[tuple[Declared, EnumFact]], result: Gathered, found: Findings
) -> None:
    spellings = Counter(_qualified(page, fact) for page, fact in cluster)
    if name.lower() == _qualified(*cluster[0]).lower():
        name = min(spellings, key=lambda spelled: (-spellings[spelled], spelled))
    members: dict[str, EnumMember] = {}
    lowered: set[str] = set()  # the names of these, without regard to case
    first = cluster[0][1]
    for _, fact in cluster:
        added = []
        after_sentinel = False
        for member in fact.members:
            if member.name.lower() not in lowered or fact is first:
                if fact is not first:
                    added.append(member.name)
                lowered.add(member.name.lower())
                members.setdefault(
                    member.name, EnumMember(member.name, member.number, member.text, after_sentinel)
                )
            elif (known := members.get(member.name)) is not None:
                number = member.number if known.number is None else known.number
                members[member.name] = replace(known, number=number, text=known.text or member.text)
            after_sentinel = after_sentinel or member.name == "unknownFutureValue"
        if added:
            found.say(
                "enum-differs",
                fact.span,
                enum=name,
                members=", ".join(added),
                where=str(first.span),
            )
    text = next((fact.text for _, fact in cluster if fact.text), "")
    key = name.lower()
    result.enums[key] = Enum(
        name,
        text,
        tuple(members.values()),
        any(fact.is_flags for _, fact in cluster),
        tuple(sorted({page.path for page, _ in cluster})),
        first.span,
    )
    for page, fact in cluster:
        path = page.path.lower()
        if fact.anchor:
            result.anchors[f"{path}#{fact.anchor}"] = name
        else:
            result.pages[path] = name
        result.page_enums[(path, fact.name.lower().rpartition(".")[2])] = name
