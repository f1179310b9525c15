"""Headings, column titles and phrases as page authors write them, each spelling once."""

import re
from collections.abc import Collection, Sequence
from functools import lru_cache

from generator.pages.languages import title

NAME_TITLES = frozenset(
    {
        "property",
        "property name",
        "name",
        "parameter",
        "parameter name",
        "relationship",
        "relationship name",
    }
    | {
        "relationships",
        "properties",
        "navigation property",
        "method",
        "attribute",
        "field",
        "query parameter",
    }
    | {"function parameter", "path parameter", "query option", "parameters", "argument", "column"}
)
TYPE_TITLES = frozenset({"type", "data type", "return type", "value type", "datatype"})
TEXT_TITLES = frozenset(
    {"description", "descriptions", "details", "notes", "remarks", "meaning", "value"}
)
REQUIRED_TITLES = frozenset({"required", "required?", "required (y/n)", "is required", "mandatory"})
MEMBER_TITLES = frozenset(
    {"member", "members", "value", "values", "name", "enum value", "flag", "option"}
)
NUMBER_TITLES = frozenset({"value", "int value", "number", "numeric value", "int", "enum value"})
HEADER_TITLES = frozenset(
    {"header", "header name", "name", "request header", "key", "optional header", "type"}
)
PERMISSION_TITLES = frozenset({"permission type", "permissions type", "permission"})
# Of a header table, the column with the value: the first of these that a table has.
VALUE_TITLES = (frozenset({"value", "values"}), TEXT_TITLES, frozenset({"type"}))
KNOWN_TITLES = (
    NAME_TITLES | TYPE_TITLES | TEXT_TITLES | REQUIRED_TITLES | MEMBER_TITLES | NUMBER_TITLES
    | HEADER_TITLES | PERMISSION_TITLES
)  # fmt: skip
METHOD_SECTIONS = frozenset({"methods", "method", "tasks"})
METHOD_TITLES = frozenset({"method", "methods"})

PROPERTY_SECTIONS = frozenset({"properties", "property", "attributes", "instance attributes"})
RELATIONSHIP_SECTIONS = frozenset(
    {"relationships", "relationship", "navigation properties", "navigation"}
)
# Tables under these headings are properties too, wherever they stand on a resource page.
LOOSE_PROPERTY_SECTION = re.compile(
    r"(?:\bproperties|\bcontent|\bmetadata|\battributes|\brelationships|^json representation)$"
)
# Tables under these describe the text inside a JSON string, or show an example.
NOT_PROPERTIES = re.compile(
    r"\bdefinition\b|\bexample|\bmaximum length\b|\bsupported property\b|\bderived types\b"
)

REQUEST_SECTION = re.compile(r"^http requests?\b")
PERMISSION_SECTIONS = frozenset({"permissions", "prerequisites", "permission", "scopes"})
HEADER_SECTION = re.compile(r"\brequest headers?$|^headers$|^optional headers$")
BODY_SECTION = re.compile(r"^request body\b|^body$|^request body parameters$")
RESPONSE_SECTION = re.compile(
    r"^(?:success )?responses?$|^return values?$|^returns$|^response body$"
)
ERROR_SECTION = re.compile(r"^error (?:responses?|codes?|conditions?)|^errors?$")
PARAMETER_SECTION = re.compile(
    r"^(?:function|path|uri|url|request|action|input|method)? ?parameters?\b"
)
QUERY_SECTION = re.compile(r"query (?:parameters?|options?|string)|^odata query")
EXAMPLE_SECTION = re.compile(r"\bexamples?\b")

NAMESPACE_LINE = re.compile(
    r"^[ \t*]*(?:Namespace|Espacio de nombres|Espace de noms|名前空間|Пространство имен|命名空间)\**[ \t]*[:：]\**[ \t]*(\S+)",
    re.M | re.I,
)
ENUM_TITLE = re.compile(r"^(.+?)\s+enum(?:eration)?(?:\s+type)?$", re.I)
ENUM_HEADING = re.compile(
    r"^(\S+)\s+(?:enum(?:eration)?(?:\s+(?:type|values|members))?|values|members|flags|options|type values)$",
    re.I,
)
RESOURCE_TITLE = re.compile(
    r"^(.+?)\s+(?:resource|complex|entity|open)(?:\s+type)?$|^(.+?)\s+type$", re.I
)
DEPRECATED_TITLE = re.compile(r"\s*\((?:deprecated|preview)\)\s*", re.I)

INHERITS = re.compile(
    r"\b(?:inherits?|inherited|inheriting|derives?|derived|derives directly)\s+from\s+(?:the\s+)?(?:base\s+)?"
    r"(?:abstract\s+)?(?:(?:type|class|entity|resource)\s+){0,2}(?=\W*\w)"
    r"|\b(?:is\s+)?a\s+(?:subclass|subtype|specialization)\s+(?:of|from)\s+(?:the\s+)?"
    r"|^\s*a\s+(?:type|kind)\s+of\s+(?=\[)|^\s*an?\s+(?=\[[^\[\]]+\]\([^()]*\)\s+that\b)"
    r"|\bis\s+based\s+on\s+(?:the\s+)?|\bextends\s+(?:the\s+)?",
    re.I,
)
SAYS_OTHERS_DERIVE = re.compile(
    r"\ball\s+(?:of\s+)?(?:the\s+)?(?:\w+\s+){1,4}(?:inherit|derive)\s+from\b|"
    r"\b(?:following|these|other)\s+(?:\w+\s+){0,3}(?:are\s+|is\s+)?(?:inherits?|derived?|derives?)\b"
    r"|\b(?:types|resources|objects|entities)\s+(?:\w+\s+){0,3}(?:inherit|derived?)\b"
    r"|\binherited by\b|\bderived from (?:this|it)\b|\bthat (?:are )?(?:derived?|derives?|inherits?) from\b",
    re.I,
)
# What stands before the names of derived types.
NAMES_OTHERS = re.compile(r"\binherited by\b|\b(?:derived?|inherit) from\b[^:\[]*:", re.I)
# "is the base type of [a](a.md), [b](b.md)": names of others; "for actions in the [a](a.md)" is none.
BASE_OF = re.compile(
    r"\bbase (?:type|class|entity|resource) (?:of|for)\s+(?:(?!(?:in|of|that|to|by)\b)[\w,:-]+\s+){0,8}"
    r"(?=\[|\*\*)",
    re.I,
)
# "[a](a.md) is a derived type of x": what follows the name of a type that derives from the page's.
IS_DERIVED = re.compile(
    r"^\W*(?:is|are)\s+(?:an?\s+)?(?:derived\s+(?:type|class|entity)|subtype|subclass)s?\s+(?:of|from)\s+(?:the\s+)?"
    r"[*`\[]*([A-Za-z][\w.]*)",
    re.I,
)
# The mark of a notice: `> [!CAUTION]`.
ALERT = re.compile(r"^[>\s]*(?:\[!\w+\]\s*)?")

# Words that stand beside a type's name and say nothing of it.
TYPE_REMARKS = re.compile(
    r"\s+(?:enum(?:eration)?|resource(?: type)?|object|objects|type|entity|value|values)\s*$", re.I
)

UNFINISHED = re.compile(
    r"\bTODO\b|\b(?:Collection|Entity) URI for .{1,200}? not found|\bUnknown Type\b"
)
LANGUAGE_TERMS = frozenset({"odata", "http", "json", "url", "api", "id"})


@lru_cache(maxsize=4096)
def normal(text: str) -> str:
    """A heading or title for comparison: lower-case, one blank, without decoration and last colon.

    That of a translated page is put into English.
    """
    bare = re.sub(r"[*_`]|&nbsp;", " ", text).replace("\u200b", "").casefold()
    return title(" ".join(bare.split()).rstrip(":：").strip())


def column(titles: Sequence[str], wanted: Collection[str]) -> int | None:
    """The first column whose title is one of `wanted`."""
    for index, title in enumerate(titles):
        if normal(title) in wanted:
            return index
    return None
