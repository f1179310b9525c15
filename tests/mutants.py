"""Mutants of an emitted package: one small fault each, in something that an example shows.

`mutants_of` finds them by reading emitted code and tests, whatever their format. What notices them
is in mutant_runs.py.
"""

import ast
import random
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_PLACEHOLDER = re.compile(r"\{(\w+)(?::path)?\}")
_IMPORT = re.compile(r"^from \.\.models\.([\w.]+) import (\w+)(?: as (\w+))?$", re.M)
_FUTURE = "from __future__ import annotations\n"
_VERBS = {"GET": "POST", "POST": "PUT", "PUT": "PATCH", "PATCH": "PUT", "DELETE": "GET"}
_SWAPS = {"one": "many", "many": "one", "value": "values", "values": "value"}
# A type that is easily taken for the other.
_NEAR = {
    "Boolean": "Int32",
    "Byte": "Int32",
    "Date": "DateTimeOffset",
    "DateTimeOffset": "String",
    "Decimal": "Double",
    "Double": "Int32",
    "Duration": "String",
    "Guid": "String",
    "Int16": "Int32",
    "Int32": "Int64",
    "Int64": "Int32",
    "Single": "Int32",
    "String": "Untyped",
    "TimeOfDay": "String",
}


@dataclass(frozen=True, slots=True)
class Mutant:
    """`file`, below the package, with `old` at `at` replaced by `new`; what may notice it.

    `is_shared`: the file is part of the runtime, which all tests have in common.
    """

    kind: str
    file: str
    at: int
    old: str
    new: str
    tests: tuple[str, ...]
    is_shared: bool = False

    def apply(self, text: str) -> str:
        assert text.startswith(self.old, self.at), self
        changed = text[: self.at] + self.new + text[self.at + len(self.old) :]
        # What the module did not need before.
        needed = f"{_FUTURE}from ..runtime import answers\n"
        return changed.replace(_FUTURE, needed) if "answers." in self.new else changed

    def __str__(self) -> str:
        return f"{self.kind}: {self.file}:{self.at}: {self.old!r} -> {self.new!r}"


class Source:
    """A module of emitted code: its tree, and mutants at places in it."""

    def __init__(self, package: Path, file: str, tests: Sequence[str]) -> None:
        self.file = file
        self.text = (package / file).read_text(encoding="utf-8")
        self.tree = ast.parse(self.text)
        self._tests = tuple(tests)
        self._lines = [line.encode() for line in self.text.split("\n")]
        self._offsets = [0]
        for line in self._lines:
            self._offsets.append(self._offsets[-1] + len(line.decode()) + 1)

    def code(self, node: ast.expr | ast.stmt) -> str:
        assert node.end_lineno is not None and node.end_col_offset is not None
        end = self._at(node.end_lineno, node.end_col_offset)
        return self.text[self._at(node.lineno, node.col_offset) : end]

    def mutant(self, kind: str, node: ast.expr | ast.stmt, new: str) -> Mutant:
        """The node's code replaced by `new`."""
        at = self._at(node.lineno, node.col_offset)
        return Mutant(kind, self.file, at, self.code(node), new, self._tests)

    def _at(self, line: int, column: int) -> int:
        """The place of a line and column in the text; Python counts columns in bytes."""
        return self._offsets[line - 1] + len(self._lines[line - 1][:column].decode())


def resources_of(package: Path) -> list[str]:
    """The resources that have tests, sorted."""
    return sorted(f.stem.removeprefix("test_") for f in (package / "tests").glob("test_*.py"))


def mutants_of(package: Path, resource: str, chosen: random.Random, most: int) -> list[Mutant]:
    """The mutants that touch what the examples of a resource show, at most so many of a kind."""
    tests = f"tests/test_{resource}.py"
    source = (package / tests).read_text(encoding="utf-8")
    made = [*_of_calls(package, resource, source, tests), *_of_models(package, source, tests)]
    kinds: dict[str, list[Mutant]] = {}
    for mutant in dict.fromkeys(made):
        if mutant.old != mutant.new:
            kinds.setdefault(mutant.kind, []).append(mutant)
    return [
        mutant
        for _, several in sorted(kinds.items())
        for mutant in (several if len(several) <= most else chosen.sample(several, most))
    ]


# --- endpoints


@dataclass(frozen=True, slots=True)
class _Shown:
    """One call in a test: the method, its keywords, the path it names, and its whole test."""

    method: str
    keywords: frozenset[str]
    path: str | None
    text: str


def _shown_calls(source: str, resource: str) -> Iterator[_Shown]:
    lines = source.split("\n")
    for function in ast.parse(source).body:
        text = "\n".join(lines[function.lineno - 1 : function.end_lineno])
        for node in ast.walk(function):
            if not isinstance(node, ast.Lambda) or not isinstance(node.body, ast.Call):
                continue
            place = ast.unparse(node.body.func).split(".")
            if place[:2] == ["client", resource]:
                keywords = {k.arg: k.value for k in node.body.keywords if k.arg}
                path = keywords.get("path")
                named = str(path.value) if isinstance(path, ast.Constant) else None
                yield _Shown(place[2], frozenset(keywords), named, text)


def _of_calls(package: Path, resource: str, source: str, tests: str) -> Iterator[Mutant]:
    file = _module_of(package, resource)
    if file is None:
        return
    module = Source(package, file, (tests,))
    calls = {
        node.target.id: node.value
        for node in module.tree.body
        if isinstance(node, ast.AnnAssign)
        and isinstance(node.target, ast.Name)
        and isinstance(node.value, ast.Call)
    }
    methods = {
        node.name: node
        for cls in module.tree.body
        if isinstance(cls, ast.ClassDef) and not cls.name.startswith("Async")
        for node in cls.body
        if isinstance(node, ast.FunctionDef)
    }
    for shown in _shown_calls(source, resource):
        method = methods.get(shown.method)
        if method is None:
            continue
        used = {n.id for n in ast.walk(method) if isinstance(n, ast.Name)}
        own = next((calls[name] for name in sorted(used) if name in calls), None)
        if own is not None:
            yield from _of_call(own, shown, module)
            yield from _of_method(method, shown, module)


def _of_call(own: ast.Call, shown: _Shown, module: Source) -> Iterator[Mutant]:
    verb, paths, answer = own.args[:3]
    yield module.mutant("method", verb, f'"{_VERBS[ast.literal_eval(verb)]}"')
    assert isinstance(paths, ast.Tuple)
    written = list(ast.literal_eval(paths))
    every = {name for path in written for name in _PLACEHOLDER.findall(path)}
    for node, path in zip(paths.elts, written, strict=True):
        named = set(_PLACEHOLDER.findall(path))
        is_shown = named <= shown.keywords and (
            shown.path is None or path.replace(":path}", "}") == shown.path
        )
        if not is_shown or (every - named) & shown.keywords:
            continue
        for kind, new in _of_path(path, "ignores_case=True" in shown.text):
            yield module.mutant(kind, node, repr(new))
    if "error(" not in shown.text and "unread()" not in shown.text:
        yield from _of_answer(answer, module)
    if len(own.args) > 4 and "exchange.body(" in shown.text:
        # A body that names a derived type would name it anyway; one that names none would not.
        request = shown.text.partition("exchange.response(")[0]
        named = re.search(r'"@odata\.type": *"#?([\w.]+)"', request)
        is_derived = named and named[1].lower() != ast.literal_eval(own.args[4]).lower()
        other = "microsoft.graph.none" if is_derived else "microsoft.graph.entity"
        yield module.mutant("body type", own.args[4], f'"{other}"')


def _of_path(path: str, ignores_case: bool) -> Iterator[tuple[str, str]]:
    """Other paths: a segment renamed, dropped, in other case, out of order; other quotes."""
    segments = path.split("/")
    words = [at for at, segment in enumerate(segments) if re.fullmatch(r"[A-Za-z]\w*", segment)]
    for at in words[:2]:
        yield "path segment", "/".join([*segments[:at], f"{segments[at]}x", *segments[at + 1 :]])
    for at in words[-1:]:
        yield "path segment", "/".join([*segments[:at], *segments[at + 1 :]]) or "/"
        if not ignores_case:
            yield "path segment", "/".join(
                [*segments[:at], segments[at].swapcase(), *segments[at + 1 :]]
            )
        if at > 1:
            swapped = [*segments[: at - 1], segments[at], segments[at - 1], *segments[at + 1 :]]
            yield "path segment", "/".join(swapped)
    if "='{" in path:
        yield "encoding", path.replace("='{", "={").replace("}'", "}")
    elif "={" in path:
        yield "encoding", re.sub(r"=(\{\w+\})", r"='\1'", path)


def _of_answer(answer: ast.expr, module: Source) -> Iterator[Mutant]:
    """Another type, one for many, something for nothing."""
    written = ast.unparse(answer)
    name, _, rest = written.partition("(")
    if name in _SWAPS and "microsoft" in rest:
        yield module.mutant("collection-ness", answer, f"answers.{_SWAPS[name]}({rest}")
        other = "microsoft.graph.entity" if "entity" not in rest else "microsoft.graph.user"
        yield module.mutant("return type", answer, f'{name}("{other}")')
        yield module.mutant("return type", answer, "answers.json()")
    elif name == "nothing":
        yield module.mutant("return type", answer, "answers.content()")
    elif name == "content":
        yield module.mutant("return type", answer, "answers.nothing()")
    elif name in ("value", "values") and "Edm." in rest and "Untyped" not in rest:
        yield module.mutant("collection-ness", answer, f"answers.{_SWAPS[name]}({rest}")
        if re.search(r"Edm\.(Date|Duration|Guid|Binary|Time)", rest):  # JSON has no such values
            yield module.mutant("return type", answer, f'{name}("Edm.String")')


def _of_method(method: ast.FunctionDef, shown: _Shown, module: Source) -> Iterator[Mutant]:
    for node in ast.walk(method):
        if isinstance(node, ast.Dict):
            yield from _of_names(node, shown, module)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "odata":
            given = [argument for argument in node.args if isinstance(argument, ast.Name)]
            for argument in given:
                if argument.id in shown.keywords:
                    yield module.mutant("query option", argument, "None")
            for one, other in zip(given, given[1:], strict=False):
                if one.id in shown.keywords or other.id in shown.keywords:
                    yield module.mutant("query option", one, other.id)
        if isinstance(node, ast.keyword) and node.arg in ("body", "content", "fields"):
            sent = {n.id for n in ast.walk(node.value) if isinstance(n, ast.Name)}
            if sent & shown.keywords:
                yield module.mutant("what is sent", node.value, "None")


def _of_names(pairs: ast.Dict, shown: _Shown, module: Source) -> Iterator[Mutant]:
    """Another name on the wire, another value, no value: of ids, options, parameters, headers."""
    entries = [
        (key, value)
        for key, value in zip(pairs.keys, pairs.values, strict=True)
        if isinstance(key, ast.Constant)
        and {n.id for n in ast.walk(value) if isinstance(n, ast.Name)} & shown.keywords
    ]
    for key, value in entries:
        yield module.mutant("argument name", key, repr(f"{key.value!s}x"))
        yield module.mutant("argument value", value, "None")
    for (_, one), (_, other) in zip(entries, entries[1:], strict=False):
        yield module.mutant("argument value", one, module.code(other))


def _module_of(package: Path, resource: str) -> str | None:
    """The module of endpoints of a resource, whose file may have another name."""
    client = (package / "client.py").read_text(encoding="utf-8")
    found = re.search(rf'"{resource}": "([\w.]+):', client)
    return f"endpoints/{found[1]}.py" if found else None


# --- models


def _of_models(package: Path, source: str, tests: str) -> Iterator[Mutant]:
    registry = Source(package, "models/_registry.py", (tests,))
    places = dict(re.findall(r"^(\S+\.\S+) (\S+):\w+$", registry.text, re.M))
    types = {place: name for name, place in places.items()}
    lowered = source.lower()
    for place, is_named in sorted(_reached(package, source, places).items()):
        file = f"models/{place.replace('.', '/')}.py"
        own = _type_tests(package, place, (package / file).read_text(encoding="utf-8"))
        model = Source(package, file, (tests, *own))
        if "(OpenEnum)" in model.text:
            yield from _of_enum(model, source)
            continue
        yield from _of_fields(model, source)
        if types[place] in lowered:
            yield from _of_registry(registry, types[place], (tests, *own))
        derived = re.search(r"^ +HAS_DERIVED: ClassVar\[bool\] = True\n", model.text, re.M)
        if derived and is_named:
            noticing = (tests, *own, *_tests_below(package, model.text))
            yield Mutant("polymorphic lookup", file, derived.start(), derived[0], "\n", noticing)


def _of_registry(registry: Source, name: str, tests: tuple[str, ...]) -> Iterator[Mutant]:
    """A type that an example names is not found, or found as another."""
    line = re.search(rf"^{re.escape(name)} (\S+)\n", registry.text, re.M)
    assert line is not None
    for new in ("", f"{name} entity:Entity\n" if "entity:Entity" not in line[0] else ""):
        yield Mutant("polymorphic lookup", registry.file, line.start(), line[0], new, tests)


def _type_tests(package: Path, place: str, text: str) -> list[str]:
    """The test of the type that a module of models holds."""
    name = re.search(r"^class (\w+)", text, re.M)
    above, _, module = place.rpartition(".")
    file = f"tests/models/test_{above.replace('.', '_') or 'root'}_{module[0]}.py"
    assert name is not None
    return [f"{file}::{test}" for test in _tests_of_classes(package / file).get(name[1], ())[:1]]


@cache
def _tests_of_classes(file: Path) -> Mapping[str, list[str]]:
    """The functions of a module of type tests, by each class that they name as `models.X`."""
    found: dict[str, list[str]] = {}
    test = ""
    for line in re.finditer(r"^def (\w+)|\bmodels\.(\w+)", file.read_text("utf-8"), re.M):
        test = line[1] or test
        if line[2]:
            found.setdefault(line[2], []).append(test)
    return found


def _tests_below(package: Path, text: str) -> Iterator[str]:
    """The tests of types that derive from the type of a module of models."""
    name = re.search(r"ODATA_TYPE: ClassVar\[str\] = \"(\S+)\"", text)
    assert name is not None
    for file in sorted((package / "tests" / "models").glob("test_*.py")):
        for test in _tests_of_bases(file).get(name[1], ()):
            yield f"tests/models/{file.name}::{test}"


@cache
def _tests_of_bases(file: Path) -> Mapping[str, list[str]]:
    """The functions of a module of type tests, by the base that they state."""
    found: dict[str, list[str]] = {}
    test = ""
    for line in re.finditer(r"^def (\w+)|\bbase=\"([\w.]+)\"", file.read_text("utf-8"), re.M):
        test = line[1] or test
        if line[2]:
            found.setdefault(line[2], []).append(test)
    return found


def _reached(package: Path, source: str, places: dict[str, str]) -> dict[str, bool]:
    """The modules of models that the JSON of a module of tests leads to.

    With each, whether a derived type of it is named there. Properties are followed by name, so
    that what stands elsewhere under the same name is reached too.
    """
    names = {match.lower() for match in re.findall(r'"#?(microsoft\.graph[\w.]+)"', source)}
    waiting = [match[0] for match in _IMPORT.findall(source)]
    waiting += [places[name] for name in sorted(names) if name in places]
    reached: dict[str, bool] = {}
    while waiting:
        place = waiting.pop()
        file = package / "models" / f"{place.replace('.', '/')}.py"
        if place in reached or not file.is_file():
            continue
        text = file.read_text(encoding="utf-8")
        reached[place] = bool(names)
        references = dict(re.findall(r"^ +(\w+) = ref\(\s*\"([^\"]+)\"", text, re.M))
        for field in _fields(ast.parse(text)):
            if f'"{field.wire}"' in source:
                for word in re.findall(r"\w+", ast.unparse(field.type)):
                    if word in references:
                        waiting.append(places.get(references[word].lower(), ""))
        own = place.rpartition(".")[0]
        for dots, module in re.findall(r"^from (\.+)([\w.]+) import \w+", text, re.M):
            if not module.startswith("runtime"):
                parts = own.split(".") if own else []
                folder = parts[: len(parts) - (len(dots) - 1)]
                waiting.append(".".join([*folder, module]))
    return reached


@dataclass(frozen=True, slots=True)
class _Field:
    """`name: Annotated[type | None, wire("name", …)] = None` of a model."""

    statement: ast.AnnAssign
    name: ast.Name
    type: ast.expr
    alias: ast.Constant

    @property
    def wire(self) -> str:
        return str(self.alias.value)


def _fields(tree: ast.Module) -> Iterator[_Field]:
    for cls in tree.body:
        for node in cls.body if isinstance(cls, ast.ClassDef) else ():
            match node:
                case ast.AnnAssign(
                    target=ast.Name() as name,
                    annotation=ast.Subscript(
                        value=ast.Name(id="Annotated"),
                        slice=ast.Tuple(
                            elts=[
                                ast.BinOp(left=ast.expr() as kind),
                                ast.Call(args=[ast.Constant() as alias, *_]),
                                *_,
                            ]
                        ),
                    ),
                ):
                    yield _Field(node, name, kind, alias)


def _of_fields(model: Source, source: str) -> Iterator[Mutant]:
    shown = [field for field in _fields(model.tree) if f'"{field.wire}":' in source]
    for field in shown:
        for wire in (f"{field.wire}x", field.wire[0].swapcase() + field.wire[1:]):
            yield model.mutant("alias", field.alias, repr(wire))
        yield model.mutant("dropped field", field.name, f"_{field.name.id}")
        yield model.mutant("dropped field", field.statement, "pass")
        written = model.code(field.type)
        if written in ("edm.Stream", "edm.Untyped"):
            continue
        is_list = written.startswith("list[")
        inner = written[5:-1] if is_list else written
        new_list = inner if is_list else f"list[{written}]"
        yield model.mutant("field's collection-ness", field.type, new_list)
        for other in _others(inner):
            yield model.mutant("field type", field.type, f"list[{other}]" if is_list else other)
    for one, other in zip(shown, shown[1:], strict=False):
        yield model.mutant("alias", one.alias, repr(other.wire))


def _others(inner: str) -> Iterator[str]:
    """Types that are not `inner`: a plain one, one that is near, and anything at all."""
    yield "str" if inner == "edm.Int32" else "int"
    primitive = inner.removeprefix("edm.")
    if primitive in _NEAR:
        yield f"edm.{_NEAR[primitive]}"
    elif not inner.startswith("edm."):
        yield "edm.Untyped"


def _of_enum(model: Source, source: str) -> Iterator[Mutant]:
    """A value renamed, in other case, exchanged for its neighbour's, or gone."""
    values = [
        node.value
        for cls in model.tree.body
        for node in (cls.body if isinstance(cls, ast.ClassDef) else ())
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
    ]
    written = [str(value.value) for value in values]
    for at, (node, value) in enumerate(zip(values, written, strict=True)):
        if f'"{value}"' not in source or not value:
            continue
        yield model.mutant("enum value", node, repr(f"{value}x"))
        yield model.mutant("enum value", node, repr(value[0].swapcase() + value[1:]))
        if len(written) > 1:
            yield model.mutant("enum value", node, repr(written[at - 1]))


# --- what all packages share


# Faults in the encoding of parameters: kind, what a request must show for it to matter, module,
# a line that stands once in it, and what becomes of the line.
_SHARED: Sequence[tuple[str, str, str, str, str]] = (
    ("encoding", r"=\w*'[^']*''", "calls", """text.replace("'", "''")""", "text"),
    (
        "encoding",
        r"/root:/",
        "calls",
        'kind = "path" if match[2] else',
        'kind = "id" if match[2] else',
    ),
    (
        "encoding",
        r"^[A-Z]+ [^?\n]*%2",
        "calls",
        'return "/".join(quote(step) for',
        'return "/".join(step for',
    ),
    ("encoding", "=true", "calls", 'return "true" if value else "false"', "return str(value)"),
    ("encoding", r"\$select=\w+,", "calls", 'return ",".join(', 'return ";".join('),
    ("encoding", r"\?[^ \n]*%26", "calls", "_QUERY_SAFE = ", '_QUERY_SAFE = "&" + '),
    ("query option", r"\$filter=", "calls", '"$filter": filter', '"$filter": search'),
    ("query option", r"\$top=", "calls", '"$top": top', '"$top": skip'),
    ("query option", r"\?\$", "calls", 'url += f"?{asked}"', "pass"),
    ("header", r"If-Match:", "calls", "sent[name.lower()] = str(value)", "pass"),
    ("header", "json", "calls", 'content_type or "application/json"', '"text/plain"'),
    ("what is sent", r"POST", "calls", "{**body, **(extra or {})}", "{**(extra or {})}"),
)


def shared_mutants(package: Path) -> Iterable[Mutant]:
    """Faults of the runtime, which any test may notice."""
    tests = tuple(f"tests/test_{resource}.py" for resource in resources_of(package))
    shown = "\n".join((package / test).read_text(encoding="utf-8") for test in tests)
    urls = "\n".join(re.findall(r"^[A-Z]+ \S.*$(?:\n\S.*$)*", shown, re.M))
    for kind, needed, module, old, new in _SHARED:
        if not re.search(needed, urls, re.M):
            continue
        file = f"runtime/{module}.py"
        text = (package / file).read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{file} has {text.count(old)} of {old!r}"
        yield Mutant(kind, file, text.index(old), old, new, tests, is_shared=True)
