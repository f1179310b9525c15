"""What the method of an operation page is called, and on which attribute of the client it stands.

A name is a function of its page alone: of the file name, and of the capitals with which the page
itself writes the words of it. So a page that is added never renames what is there.
"""

import re
from collections.abc import Iterable
from typing import Final

from msgspec.structs import replace

from generator.model.api import Operation
from generator.model.page_names import split_page_name
from generator.targets.python.names import method_name, module_name, snake
from generator.values import Value

# Attributes of the emitted clients, which a resource must not replace.
CLIENT_ATTRIBUTES: Final = frozenset(
    {"base_url", "close", "aclose", "send", "send_page", "send_pending", "send_batch"}
    | {"follow", "request", "recorded", "prepare", "stream", "upload"}
)
# Names that the annotations in a class of endpoints use, and a method must not hide.
ANNOTATION_NAMES: Final = frozenset(
    {"str", "int", "float", "bool", "bytes", "datetime", "decimal", "uuid"}
)

_WORD = re.compile(r"[A-Za-z0-9]+")
_LONGEST_PHRASE = 6  # words


class OperationName(Value):
    """`client.<resource>.<method>`.

    `stem` is what the file name says of the resource, without capitals, and so the same on all of
    its pages; `section` the part of the reference that the file name tells, "" for none.
    """

    stem: str
    resource: str
    method: str
    section: str


def operation_name(operation: Operation, given: str = "") -> OperationName:
    """The name of the method of one page, before it meets others.

    A name that the user gives (`method`, or `resource.method`) is taken as it is spelled.
    """
    own = _own_name(operation)
    resource, _, method = given.rpartition(".")
    if resource:
        own = replace(
            own, stem=snake(resource).replace("_", ""), resource=resource_name(snake(resource))
        )
    return replace(own, method=safe_method(method)) if given else own


def _own_name(operation: Operation) -> OperationName:
    section, resource, action = split_page_name(operation)
    spelled = [spell(part, operation) for part in resource]
    words = [spell(part, operation) for part in action] or [_default_method(operation)]
    return OperationName(
        "-".join(resource),
        resource_name("_".join(spelled)),
        safe_method("_".join(words)),
        spell(section, operation) if section else "",
    )


def resource_name(name: str) -> str:
    """A resource as an attribute of the client and as a module: `drive_item`."""
    safe = module_name(name)
    return f"{safe}_" if safe in CLIENT_ATTRIBUTES else safe


def safe_method(name: str) -> str:
    safe = method_name(name)
    return f"{safe}_" if safe in ANNOTATION_NAMES else safe


def _default_method(operation: Operation) -> str:
    return operation.templates[0].method.lower() if operation.templates else "call"


def spell(part: str, operation: Operation) -> str:
    """`part` in snake case: `memberof` → `member_of`, where the page writes `memberOf`.

    Without such a word, a longer one that begins with it (`memberOfGroups`, `memberOfs`), or the
    words of the page's title and first sentence (`member of`); else `part` as it is.
    """
    written = (*operation.spellings, *operation.namespace.split("."))
    exact = [word for word in written if word.lower() == part]
    if exact:
        return _most_telling(in_words(word) for word in exact)
    longer = [
        word[: len(part)]
        for word in operation.spellings
        if word.lower().startswith(part) and _ends_word(word, len(part))
    ]
    if longer:
        return _most_telling(in_words(word) for word in longer)
    return _phrase(part, f"{operation.title} {operation.text}") or snake(part)


def _ends_word(word: str, at: int) -> bool:
    rest = word[at:]
    return rest[0].isupper() or rest in ("s", "es") or (rest[0] == "s" and rest[1:2].isupper())


def _most_telling(spelled: Iterable[str]) -> str:
    """Of several ways to part the words, the one with most of them."""
    return max(spelled, key=lambda name: (name.count("_"), name))


def in_words(name: str) -> str:
    """`name` in snake case, without letters that stand alone: `oAuth2Grant` → `oauth2_grant`."""
    words: list[str] = []
    for word in snake(name).split("_"):
        joins = bool(words) and len(words[-1]) == 1 and words[-1].isalpha()
        if joins or (words and len(word) == 1 and word.isalpha() and name.endswith(word.upper())):
            words[-1] += word
        else:
            words.append(word)
    return "_".join(words)


def _phrase(part: str, text: str) -> str | None:
    """The words of `text` that, written together, are `part` or its plural."""
    words = [word.lower() for word in _WORD.findall(text)]
    for first in range(len(words)):
        joined = words[first]
        for last in range(first + 1, min(first + _LONGEST_PHRASE, len(words))):
            if not part.startswith(joined):
                break
            joined += words[last]
            if joined in (part, f"{part}s", f"{part}es"):
                found = "_".join(words[first : last + 1])
                return found[: len(found) - len(joined) + len(part)]
    return None
