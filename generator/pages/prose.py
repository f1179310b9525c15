"""Facts that stand in descriptions (OData's annotations, in the words of page authors)."""

import re

from generator.markdown.inline import links, plain
from generator.pages.facts import Notes, TypeWord, ValuesFact
from generator.pages.hyperlinks import resolve_link
from generator.pages.languages import english
from generator.pages.types import type_word
from generator.values import Value

_SENTENCE = re.compile(
    r"(?<=[.;!?])\s+|(?<=[.!?][)\"'])\s+|\s*<br\s*/?>\s*|\s*<li>\s*|(?<=[.)])(?=[A-Z])"
    r"|\s+(?=(?-i:Read-only|Not nullable|Nullable|Required)(?:\.|$))",
    re.I,
)
_READ_ONLY = re.compile(r"\bread[- ]?only\b", re.I)
_WRITE_ONLY = re.compile(r"\bwrite[- ]?only\b", re.I)
_CONDITION = re.compile(
    r"\b(?:when|if|for|unless|whether|once|after|except|until|indicates|determines)\b", re.I
)
_NOT_NULLABLE = re.compile(
    r"\b(?:not|non)[- ]?nullable\b|\b(?:can|must)(?:not| not)(?: be)? null\b", re.I
)
_KEY = re.compile(r"^(?:the )?(?:primary )?key(?: of (?:the|this) (?:entity|resource))?$", re.I)
_DEFAULT = re.compile(
    r"\b(?:defaults\s+to|default(?: value| setting)?(?: for this property| of this property)?\s*(?:is|=|:)(?: of)?|default value of(?=.{1,30}\bwill be used)"
    r"|by default,? (?:this|the \w+|it) is(?=\s+(?:set to\s+)?(?:[`\"']|true\b|false\b|-?\d))|default value(?=\s+`))"
    r"\s*(?:set to\s+)?(`[^`]+`|\"[^\"]+\"|'[^']+'|\*\*[^*]+\*\*|_[^_]+_|-?\w[\w-]*(?:[.:]\w+)*)",
    re.I,
)
_NO_DEFAULT = frozenset(
    {
        "the",
        "a",
        "an",
        "not",
        "used",
        "to",
        "that",
        "this",
        "set",
        "based",
        "determined",
        "returned",
    }
)
_DEPRECATED = re.compile(
    r"^\W*(?:deprecated|obsolete)\b|^\W*do not use\b(?! (?:this|it) (?:if|when|for|with))"
    r"|\b(?:this|the|it|property|parameter|value|relationship|which|and)\b[^.`]{0,60}"
    r"\b(?:is|are|has been|have been|will be|was|being)\s+(?:now\s+|currently\s+)?(?:deprecated|obsolete)\b",
    re.I,
)
_RANGE = re.compile(
    r"\bvalid values?(?: range)?(?: are| is|:)?(?: from| between)?\s+(-?\d+)\s*(?:to|-|through|and)\s*(-?\d+)",
    re.I,
)
_BETWEEN = re.compile(
    r"\b(?:number |value |integer |must be |ranging |range )?(?:between|from)\s+(-?\d+)\s+(?:to|and|through)\s+(-?\d+)(?!\s*(?:char|[\w%]*/))\b"
    r"(?=\s*(?:[.,;)]|$|inclusive|seconds|minutes|hours|days))"
    r"|\bmin(?:imum)?(?: value)?\s*(?:is|=|:)\s*(-?\d+)\s*[,;]?\s*(?:and )?max(?:imum)?(?: value)?\s*(?:is|=|:)\s*(-?\d+)",
    re.I,
)
_MAX_LENGTH = re.compile(
    r"\b(?:max(?:imum|\.)?(?: allowed)?(?: string)? length(?: is| of|:)?|length limits?(?: is| of|:)?|limited to|maximum of|up to|at most"
    r"|(?:can ?not|must not|can't|should not|not) (?:be (?:longer|more) than|exceed)|maximum(?: allowed)? size(?: is)?|no more than"
    r"|length of the \w+ (?:property )?is|max(?:imum)?(?: limit)?(?: is)?)\s+(?:of\s+)?([\d,]{1,9})"
    r"[\s-]*(characters?|chars?)?",
    re.I,
)
_LENGTH_LIMIT = re.compile(r"\b([\d,]{1,9})[- ]character(?:s)? (?:limit|maximum)", re.I)
_LENGTH_RANGE = re.compile(
    r"\bbetween (\d+) and (\d+) characters|\b(\d+)\s*(?:-|–|to)\s*(\d+) characters", re.I
)
_MAX_ITEMS = re.compile(
    r"\b(?:(?:contain|have|be|hold|include|specify|add|list)s? (?:a maximum of|up to|at most|no more than)|limited to) ([\d,]{1,9})"
    r" (?:\w+ )?(?:elements|items|values|entries|members|tags|objects|owners|users|groups|ids|addresses|recipients|prompts|rows)"
    r"|\b(?:maximum )?(?:collection size|size of (?:this|the) collection)(?: is| of|:)? ([\d,]{1,9})",
    re.I,
)
_SUPPORTS = re.compile(r"(?<!not )(?<!n't )\bsupports?(?:ed)?\b(.*)", re.I | re.S)
_FILTER = re.compile(r"\$filter[`\s]*(?:\(([^()]*(?:\([^()]*\)[^()]*)*)\))?")
_OPERATOR = re.compile(
    r"\b(eq|ne|not|ge|gt|le|lt|in|has|startswith|endswith|contains|any|all|NOT)\b", re.I
)
_ON_SELECT = re.compile(
    r"\breturned only (?:on|with|when|by|if)\b.{0,40}\$select|\bonly (?:returned|available) (?:on|with|via)\b.{0,20}\$select"
    r"|\b(?:not|n't|n’t) returned by default\b.{0,120}\$select",
    re.I,
)
_BY_DEFAULT = re.compile(r"\breturned by default\b", re.I)
_NEGATED = re.compile(r"\b(?:not|never|n't|n’t)\b", re.I)
_INHERITED = re.compile(r"\binherited from\s+(?:the\s+)?", re.I)
_VALUES = re.compile(
    r"\b(?:(?:possible|supported|allowed|acceptable|permitted|available|accepted|known|potential)\s+(?:\w+\s+)?values?"
    r"(?:\s+(?:for|of)\s+[^:.]{1,60}?)?|values|either|(?:can|may|must|should)\s+be(?:\s+one\s+of)?(?:\s+the\s+following)?(?:\s+values)?|one of)\s*"
    r"(?:(?:are|is|include|includes|can be|may be)\b)?(?:\s+(?:as follows|one of|the following))*\s*[:=-]?\s*",
    re.I,
)
_FORBIDS = re.compile(
    r"\b(?:can ?not|can['’]t|must not|may not|should not|never)\b[^.;]{0,80}\bbe\b", re.I
)
_PLAIN_LIST = re.compile(
    r":\s*(`[A-Za-z]\w*`(?:\s*(?:,\s*(?:or\b|and\b)?|or\b|and\b)\s*`[A-Za-z]\w*`)+)\s*(?=[.;]|$|<br)"
)
_OTHER_LIST = re.compile(
    r"\bexamples?\b|\be\.g\b|\bsuch as\b|\bpropert(?:y|ies)\b|\bfields?\b|\bformats?\b|\bscopes?\b",
    re.I,
)
_FOR_EXAMPLE = re.compile(r"\bexamples?\s*$", re.I)
_HIDDEN = re.compile(
    r"include-unknown-enum-members.*?(?:values?|members?)[^:]*:\s*(.*)", re.I | re.S
)
_TICKED = re.compile(r"`([^`]+)`")
_LINE = re.compile(r"\s*(?:</?\s*(?:br|ul|li|p)\s*/?>\s*)+", re.I)
_MEMBER = re.compile(r"^-?[A-Za-z0-9_][\w.+/-]*$")
_LIST_END = re.compile(
    r"\.(?=\s|$|<)|<br|\s(?=(?:The default|Default|Use the|Supports|Read-only|For more|See)\b)|;(?=\s+[A-Z])"
)


class Description(Value):
    """What a description says beside its own words."""

    text: str
    notes: Notes
    inherited_from: TypeWord | None
    values: ValuesFact | None


def read_description(cell: str, page: str, is_collection: bool = False) -> Description:
    """Read the description of a property or parameter."""
    text = plain(cell)
    if not text:
        return Description("", Notes(), None, None)
    said = english(cell)
    stated = text if said is cell else plain(said)
    return Description(text, read_notes(said, stated), _inherited(said, page), read_values(said))


def read_notes(cell: str, text: str) -> Notes:
    """The notes of a description: `cell` with markup, `text` without."""
    lowered = text.lower()
    # most descriptions say none of this: look for the words before looking at sentences
    if not any(word in lowered for word in _CLUES):
        return Notes()
    sentences = [s.strip() for s in _SENTENCE.split(text) if s.strip()]
    bare = [re.sub(r"^[\s(*\[]+|[\s.;:!)*\]]+$", "", s) for s in sentences]
    length = next(
        (
            m
            for s in sentences
            if (m := _MAX_LENGTH.search(s))
            and (m[2] or "length" in m[0].lower() or "size" in m[0].lower())
        ),
        None,
    )
    between = _LENGTH_RANGE.search(text)
    items = _MAX_ITEMS.search(text)
    span = _RANGE.search(text) or _BETWEEN.search(text)
    filterable, orderable, searchable, expandable = _supported(sentences)
    return Notes(
        read_only=any(_flag(s, _READ_ONLY) for s in bare),
        write_only=any(_flag(s, _WRITE_ONLY) for s in bare),
        required=any(s.casefold() == "required" for s in _clauses(bare)),
        nullable=_nullable(bare),
        key=any(_KEY.match(s) for s in bare),
        default=_default(cell),
        deprecated=next((s for s in sentences if _DEPRECATED.search(s)), None),
        minimum=int(_first(span)) if span and not between else None,
        maximum=int(_last(span)) if span and not between else None,
        min_length=int(_first(between)) if between else None,
        max_length=(
            int(_last(between))
            if between
            else _number(_first(length)) if length and not items else None
        ),
        max_items=_number(_first(items)) if items else None,
        filterable=filterable,
        orderable=orderable,
        searchable=searchable,
        expandable=expandable,
        on_select=bool(_ON_SELECT.search(text)),
        by_default=any(_BY_DEFAULT.search(s) and not _NEGATED.search(s) for s in sentences),
    )


_CLUES = (
    (
        "read-only",
        "do not use",
        "obsolete",
        "between",
        "from",
        "read only",
        "readonly",
        "write-only",
        "write only",
        "writeonly",
        "required",
        "null",
        "key",
    )
    + (
        "default",
        "deprecated",
        "valid value",
        "max",
        "limit",
        "between",
        "up to",
        "at most",
        "exceed",
        "no more",
    )
    + ("longer", "more than", "support", "returned", "$select", "length")
)


def _clauses(sentences: list[str]) -> list[str]:
    """Sentences, and the parts that commas and semicolons cut off a short one: `Required, read-only`."""
    return [
        part.strip(" *()")
        for s in sentences
        for part in (re.split(r"[,;]", s) if len(s) < 60 else [s])
    ]


_SAID = re.compile(r"\b(?:is|are|property|value|be)\s*(?:a |always |currently |now )?$", re.I)


def _flag(sentence: str, pattern: re.Pattern[str]) -> bool:
    """Whether a sentence states the flag of the property itself, and without a condition."""
    match = pattern.search(sentence)
    if match is None:
        return False
    before, after = sentence[: match.start()], sentence[match.end() :]
    if before.strip() and match[0][:1].isupper() and match[0].endswith("Only"):
        return False  # a member's name: "one of ReadWrite and ReadOnly"
    if _CONDITION.search(before) or re.match(
        r"\s*(?:,\s*)?(?:when|if|for|unless|once|after|except|until)\b", after, re.I
    ):
        return False
    if re.search(r"\b(?:not|no longer|isn't)\s*$", before, re.I):
        return False
    stands_alone = not before.strip() or before.rstrip().endswith((",", ";", "and", "(", "-", ":"))
    is_said = _SAID.search(before) is not None
    return stands_alone or is_said


def _first(match: re.Match[str]) -> str:
    """The first group that matched: one a way of saying it."""
    return next(group for group in match.groups() if group is not None)


def _last(match: re.Match[str]) -> str:
    """The last number of a range."""
    return [group for group in match.groups() if group is not None][-1]


def _nullable(sentences: list[str]) -> bool | None:
    if any(_NOT_NULLABLE.search(s) and not _CONDITION.search(s) for s in sentences):
        return False
    return True if any(c.casefold() == "nullable" for c in _clauses(sentences)) else None


def _default(cell: str) -> str | None:
    match = _DEFAULT.search(cell)
    if match is None:
        return None
    value = match[1]
    if value[0] in "`\"'*_":
        return plain(value).strip("\"'*_ ") or None
    return None if value.casefold() in _NO_DEFAULT else value


def _number(text: str) -> int | None:
    digits = text.replace(",", "")
    return int(digits) if digits.isdigit() else None


def _supported(sentences: list[str]) -> tuple[tuple[str, ...] | None, bool, bool, bool]:
    """What `$filter` (with its operators), `$orderby`, `$search` and `$expand` do with the property."""
    filterable: tuple[str, ...] | None = None
    orderable = searchable = expandable = False
    for sentence in sentences:
        if "$" not in sentence or (match := _SUPPORTS.search(sentence)) is None:
            continue
        tail = match[1]
        if found := _FILTER.search(tail):
            operators = dict.fromkeys(op.lower() for op in _OPERATOR.findall(found[1] or ""))
            spelled = {"startswith": "startsWith", "endswith": "endsWith"}
            filterable = tuple(spelled.get(op, op) for op in operators)
        lowered = tail.lower()
        orderable |= "$orderby" in lowered
        searchable |= "$search" in lowered
        expandable |= "$expand" in lowered
    return filterable, orderable, searchable, expandable


def _inherited(cell: str, page: str) -> TypeWord | None:
    """The type of "Inherited from [x](x.md)"."""
    match = _INHERITED.search(cell)
    if match is None:
        return None
    for link in links(cell):
        if 0 <= link.start - match.end() <= 4:
            return type_word(link.text, resolve_link(page, link.target))
    word = re.match(r"[*`]*([A-Za-z][\w.]*)", cell[match.end() :])
    return type_word(word[1].rstrip(".")) if word else None


def read_values(cell: str) -> ValuesFact | None:
    """Values that a description lists as the possible ones; `None` where it lists fewer than two."""
    match = next(
        (m for m in _VALUES.finditer(cell) if _is_list(cell, m) and not _is_forbidden(cell, m)),
        None,
    )
    if match is None:
        return _read_plain_lists(cell)
    tail = cell[match.end() :]
    hidden_match = _HIDDEN.search(tail)
    hidden = _members(hidden_match[1]) if hidden_match else ()
    if hidden_match:
        tail = re.split(
            r"\bUse the\b|\bYou must use\b|\bNote that you must\b|\bUse\b|\bYou must\b", tail
        )[0]
    members = tuple(m for m in _members(tail) if m not in hidden)
    return ValuesFact(members, hidden) if len(members) + len(hidden) > 1 else None


def _read_plain_lists(cell: str) -> ValuesFact | None:
    """Values after a colon and to the end of the sentence: "The attendee type: `a`, `b`, `c`."."""
    members: dict[str, None] = {}
    for match in _PLAIN_LIST.finditer(cell) if ":" in cell and "`" in cell else ():
        before = re.split(r"[.;!?]\s", cell[: match.start()])[-1]
        if not _OTHER_LIST.search(before) and not _FORBIDS.search(before):
            members.update(dict.fromkeys(_TICKED.findall(match[1])))
    return ValuesFact(tuple(members)) if len(members) > 1 else None


def _is_forbidden(cell: str, match: re.Match[str]) -> bool:
    """Whether the sentence says what a value must not be, or gives a few of many.

    "cannot be one of the following values", "example values include".
    """
    before = re.split(r"[.;!?]\s", cell[: match.start()])[-1]
    return bool(_FORBIDS.search(before + match[0]) or _FOR_EXAMPLE.search(before))


def _is_list(cell: str, match: re.Match[str]) -> bool:
    """Whether a list follows: a backtick, or a colon or "are" and then words."""
    head = match[0].strip().lower()
    tail = cell[match.end() : match.end() + 2]
    if "possible" in head or "supported" in head or "allowed" in head or "acceptable" in head:
        return bool(tail.strip())
    return tail.startswith("`") or tail.startswith("[`")


def _members(text: str) -> tuple[str, ...]:
    """The values at the start of `text`: ticked ones, else bare words between commas.

    Values on lines of their own (`<br>`, `<li>`) stand first on them, before their explanation.
    """
    if _LINE.match(text):
        firsts = [_TICKED.match(line.strip(" -*•")) for line in _LINE.split(text)]
        values = [first[1].strip("\"'") for first in firsts if first is not None]
        if len(values) > 1:
            return tuple(dict.fromkeys(v for v in values if _MEMBER.match(v)))
    end = next(
        (m.start() for m in _LIST_END.finditer(text) if text.count("`", 0, m.start()) % 2 == 0),
        len(text),
    )
    listed = text[:end]
    ticked = _TICKED.findall(listed)
    if ticked:
        # words explain a value in prose after it; values that no longer look like members end the list
        parts = [part.strip() for tick in ticked for part in tick.split(",")]
        values = [part.strip("\"'") for part in parts]
        return tuple(dict.fromkeys(v for v in values if _MEMBER.match(v) and v != "null"))
    bare = [plain(part).strip(" .'\"*") for part in re.split(r",|\bor\b|\band\b|\|", listed)]
    bare = [part for part in bare if part]
    return tuple(dict.fromkeys(bare)) if bare and all(_MEMBER.match(part) for part in bare) else ()
