"""Identifiers: the only door through which a page's name becomes a Python name.

Each rule looks at one name alone, so that a new page never renames what is there already.
"""

import builtins
import hashlib
import keyword
import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache

# Names that an emitted class body or module refers to, and that a property must not hide.
MODEL_SCOPE = frozenset(
    {"Annotated", "ClassVar", "TYPE_CHECKING", "TypeAlias", "Any", "edm", "wire", "ref"}
    | {
        "list",
        "str",
        "int",
        "float",
        "bool",
        "dict",
        "bytes",
        "property",
        "classmethod",
        "staticmethod",
    }
)
# Attributes of pydantic's BaseModel and of the emitted Model, which a property must not replace.
MODEL_ATTRIBUTES = frozenset(
    {
        "copy",
        "json",
        "dict",
        "schema",
        "schema_json",
        "construct",
        "validate",
        "from_orm",
        "parse_obj",
    }
    | {"parse_raw", "parse_file", "update_forward_refs", "fields", "mro", "register"}
    | {
        "model_computed_fields",
        "model_config",
        "model_construct",
        "model_copy",
        "model_dump",
        "model_dump_json",
    }
    | {
        "model_extra",
        "model_fields",
        "model_fields_set",
        "model_json_schema",
        "model_parametrized_name",
    }
    | {
        "model_post_init",
        "model_rebuild",
        "model_validate",
        "model_validate_json",
        "model_validate_strings",
    }
    | {"to_payload", "changes", "problems", "is_set", "example"}
)
CLASS_SCOPE = frozenset(
    {
        "Annotated",
        "ClassVar",
        "TypeAlias",
        "Any",
        "Model",
        "OpenEnum",
        "TYPE_CHECKING",
        "Mapping",
        "Iterable",
    }
    | {"Literal", "Sequence", "Client", "AsyncClient", "Page", "Call", "None_", "True_", "False_"}
    | {name for name in dir(builtins) if name[0].isupper()}
)
BUILTINS = frozenset(dir(builtins))

_EDGE = "\x1f"  # between two words that only a capital parts
# Behind a lone letter; `a` is a word, and x, y and z are coordinates.
_LONE = re.compile(rf"(?<=(?<![A-Za-z0-9])[B-Wb-w]){_EDGE}")
_KNOWN = 1 << 16  # names in words; most of an API's are met many times
_EDGES = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")


def words(name: str) -> list[str]:
    """The words of a name as written: `iosVppApp` → ios, Vpp, App; `v4_0` → v, 4, 0."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return _EDGES.findall(plain)


@lru_cache(_KNOWN)
def snake(name: str) -> str:
    """`iosVppApp` → `ios_vpp_app`; digits stay with the word before them: `windows10Apps` → `windows10_apps`.

    Runs of capitals are one word: `macOSLobApp` → `mac_os_lob_app`, `userIDs` → `user_i_ds` is avoided
    by reading a lone plural `s` as part of the capitals. A letter that is no word of its own belongs
    to the word after it: `iPv4Range` → `ipv4_range`, `iCalUId` → `ical_uid`, `isAGroup` → `is_a_group`.
    A name without any letter or digit is `unnamed`.
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    plain = re.sub(r"([A-Z]{2,})s(?![a-z])", lambda m: m[1].capitalize() + "s", plain)
    plain = re.sub(r"([a-z0-9])([A-Z])", rf"\1{_EDGE}\2", plain)
    plain = re.sub(r"([A-Z]+)([A-Z][a-z])", rf"\1{_EDGE}\2", plain)
    plain = _LONE.sub("", plain)
    return re.sub(r"[^a-z0-9]+", "_", plain.lower()).strip("_") or "unnamed"


def _safe(name: str, taken: frozenset[str]) -> str:
    if name[0].isdigit():
        name = f"n{name}"
    return f"{name}_" if keyword.iskeyword(name) or name in taken else name


def attribute_name(name: str) -> str:
    """The attribute of a property: `displayName` → `display_name`, `from` → `from_`."""
    return _safe(snake(name), MODEL_SCOPE | MODEL_ATTRIBUTES)


def argument_name(name: str) -> str:
    """The argument of a method: `startDateTime` → `start_date_time`, `filter` → `filter`."""
    return _safe(
        snake(name), frozenset({"self", "list", "str", "int", "float", "bool", "dict", "bytes"})
    )


def method_name(name: str) -> str:
    """The method of an endpoint class, from words joined by `_`."""
    return _safe(snake(name), frozenset({"list_", "close"}))


def module_name(name: str, longest: int = 80) -> str:
    """The module of a type or resource, safe on file systems that ignore letter case."""
    return shortened(_safe(snake(name), frozenset({"con", "prn", "aux", "nul"})), longest)


def shortened(name: str, longest: int) -> str:
    """`name`, or as much of it as fits with a digest of the whole: paths have an end."""
    if len(name) <= longest:
        return name
    digest = hashlib.blake2b(name.encode(), digest_size=4).hexdigest()
    return f"{name[: longest - 9].rstrip('_')}_{digest}"


def class_name(name: str) -> str:
    """The class of a type: its own name with the first letter raised, `iosVppApp` → `IosVppApp`."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    joined = "".join(
        part[:1].upper() + part[1:] for part in re.split(r"[^A-Za-z0-9]+", plain) if part
    )
    if joined[:1].isdigit():
        joined = f"N{joined}"  # a capital, since a class called like its module would hide in it
    return _safe(joined or "Unnamed", CLASS_SCOPE)


def member_name(name: str) -> str:
    """The member of an enumeration: `notStarted` → `NOT_STARTED`; `-1` → `MINUS_1`."""
    sign = "minus_" if re.match(r"-\d", name) else ""
    spelled = f"{sign}{snake(name)}".upper()
    if spelled == "UNNAMED":
        spelled = "SYMBOL_" + "_".join(f"{ord(c):X}" for c in name) if name else "EMPTY"
    return _safe(spelled, frozenset({"MRO"})) if not spelled[0].isdigit() else f"N{spelled}"


def unique(wanted: Iterable[tuple[str, str]]) -> Mapping[str, str]:
    """Give each key its name; where names meet, all but one key get a number.

    `wanted` holds (key, name). The key that sorts first keeps the name, so the order in which
    pages were read does not matter. Names that differ in letter case alone meet as well.
    """
    by_name: dict[str, list[tuple[str, str]]] = {}
    for key, name in sorted(set(wanted)):
        by_name.setdefault(name.lower(), []).append((key, name))
    taken = set(by_name)
    given: dict[str, str] = {}
    for name_key in sorted(by_name):
        for index, (key, name) in enumerate(by_name[name_key]):
            candidate, number = name, 2
            while index and candidate.lower() in taken:
                candidate, number = f"{name.rstrip('_')}_{number}", number + 1
            taken.add(candidate.lower())
            given[key] = candidate
    return given
