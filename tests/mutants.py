"""Mutants of an emitted package: one small fault each, in something that an example shows.

`mutants_of` finds them by reading emitted code and tests; `survivors` runs the emitted tests on
each. As a script (`python mutants.py FOLDER PACKAGE FILE`) it runs those listed in FILE.
"""

import ast
import json
import os
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import httpx2 as httpx2  # what every fork needs is loaded once, before it
import pydantic as pydantic
import pytest

_Make = Callable[[str, ast.expr, str], "Mutant"]

_PLACEHOLDER = re.compile(r"\{(\w+)(?::path)?\}")
_FIELD = re.compile(
    r"^    (\w+): Annotated\[\s*(.+?) \| None,\s*wire\(\s*\"([^\"]+)\"", re.M | re.S
)
_SWAPS = {"one": "many", "many": "one", "value": "values", "values": "value"}
_FUTURE = "from __future__ import annotations\n"
_IMPORT = re.compile(r"^from \.\.models\.([\w.]+) import (\w+)(?: as (\w+))?$", re.M)


@dataclass(frozen=True, slots=True)
class Mutant:
    """`file`, below the package, with `old` at `at` replaced by `new`; what may notice it."""

    kind: str
    file: str
    at: int
    old: str
    new: str
    tests: tuple[str, ...]

    def apply(self, text: str) -> str:
        assert text.startswith(self.old, self.at), self
        changed = text[: self.at] + self.new + text[self.at + len(self.old) :]
        # What the module did not need before.
        needed = f"{_FUTURE}from ..runtime import answers\n"
        return changed.replace(_FUTURE, needed) if "answers." in self.new else changed

    def __str__(self) -> str:
        return f"{self.kind}: {self.file}: {self.old!r} -> {self.new!r}"


def resources_of(package: Path) -> list[str]:
    """The resources that have tests, sorted."""
    return sorted(f.stem.removeprefix("test_") for f in (package / "tests").glob("test_*.py"))


def mutants_of(package: Path, resource: str, chosen: random.Random, most: int) -> list[Mutant]:
    """The mutants that touch what the examples of a resource show, at most so many of a kind."""
    tests = f"tests/test_{resource}.py"
    source = (package / tests).read_text(encoding="utf-8")
    made = [*_of_calls(package, resource, source, tests), *_of_models(package, source, tests)]
    kinds: dict[str, list[Mutant]] = {}
    for mutant in made:
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
    for function in ast.parse(source).body:
        text = ast.get_source_segment(source, function) or ""
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
    module = _module_of(package, resource)
    if module is None:
        return
    file = module.relative_to(package).as_posix()
    text = module.read_text(encoding="utf-8")
    offsets = _offsets(text)
    tree = ast.parse(text)
    calls = {
        node.target.id: node.value
        for node in tree.body
        if isinstance(node, ast.AnnAssign)
        and isinstance(node.target, ast.Name)
        and isinstance(node.value, ast.Call)
    }
    methods = {
        node.name: node
        for cls in tree.body
        if isinstance(cls, ast.ClassDef) and not cls.name.startswith("Async")
        for node in cls.body
        if isinstance(node, ast.FunctionDef)
    }

    def mutant(kind: str, node: ast.expr, new: str) -> Mutant:
        at = offsets[node.lineno - 1] + len(_line(text, node)[: node.col_offset].decode())
        old = ast.get_source_segment(text, node) or ""
        return Mutant(kind, file, at, old, new, (tests,))

    seen: set[str] = set()
    for shown in _shown_calls(source, resource):
        method = methods.get(shown.method)
        if method is None:
            continue
        used = {n.id for n in ast.walk(method) if isinstance(n, ast.Name)}
        own = next((calls[name] for name in sorted(used) if name in calls), None)
        if own is None:
            continue
        for made in _of_call(own, method, shown, mutant):
            if str(made) + str(made.at) not in seen:
                seen.add(str(made) + str(made.at))
                yield made


def _of_call(
    own: ast.Call, method: ast.FunctionDef, shown: _Shown, mutant: _Make
) -> Iterator[Mutant]:
    verb, paths, answer = own.args[:3]
    yield mutant("method", verb, '"POST"' if ast.literal_eval(verb) == "GET" else '"GET"')
    written = list(ast.literal_eval(paths))
    every = {name for path in written for name in _PLACEHOLDER.findall(path)}
    assert isinstance(paths, ast.Tuple)
    for node, path in zip(paths.elts, written, strict=True):
        named = set(_PLACEHOLDER.findall(path))
        is_shown = named <= shown.keywords and (
            shown.path is None or path.replace(":path}", "}") == shown.path
        )
        if not is_shown or (every - named) & shown.keywords:
            continue
        segments = re.findall(r"(?<=/)[A-Za-z]\w+(?=/|$)", path)
        for segment in segments[:2]:
            yield mutant("path segment", node, repr(path.replace(f"/{segment}", f"/{segment}x", 1)))
        if "='{" in path:
            yield mutant("encoding", node, repr(path.replace("='{", "={").replace("}'", "}")))
    if "error(" not in shown.text and "unread()" not in shown.text:
        yield from _of_answer(answer, mutant)
    for inner in ast.walk(method):
        if isinstance(inner, ast.Dict):
            for key, value in zip(inner.keys, inner.values, strict=True):
                name = next((n.id for n in ast.walk(value) if isinstance(n, ast.Name)), "")
                if isinstance(key, ast.Constant) and name in shown.keywords:
                    yield mutant("argument name", key, repr(f"{key.value!s}x"))
        if isinstance(inner, ast.Call) and ast.unparse(inner.func) == "odata":
            for argument in inner.args:
                if isinstance(argument, ast.Name) and argument.id in shown.keywords:
                    yield mutant("query option", argument, "None")


def _of_answer(answer: ast.expr, mutant: _Make) -> Iterator[Mutant]:
    """Another type, one for many, something for nothing."""
    written = ast.unparse(answer)
    name, _, rest = written.partition("(")
    if name in _SWAPS and "microsoft" in rest:
        yield mutant("collection-ness", answer, f"answers.{_SWAPS[name]}({rest}")
        other = "microsoft.graph.entity" if "entity" not in rest else "microsoft.graph.user"
        yield mutant("return type", answer, f'{name}("{other}")')
    elif name == "nothing":
        yield mutant("return type", answer, "answers.content()")


def _module_of(package: Path, resource: str) -> Path | None:
    """The module of endpoints of a resource, whose file may have another name."""
    client = (package / "client.py").read_text(encoding="utf-8")
    found = re.search(rf'^ +"{resource}": "([\w.]+):', client, re.M)
    return package / "endpoints" / f"{found[1]}.py" if found else None


def _offsets(text: str) -> list[int]:
    offsets = [0]
    for line in text.split("\n"):
        offsets.append(offsets[-1] + len(line) + 1)
    return offsets


def _line(text: str, node: ast.expr) -> bytes:
    """The line of a node as bytes, in which Python counts columns."""
    return text.split("\n")[node.lineno - 1].encode()


# --- models


def _of_models(package: Path, source: str, tests: str) -> Iterator[Mutant]:
    registry = (package / "models" / "_registry.py").read_text(encoding="utf-8")
    places = dict(re.findall(r"^(\S+\.\S+) (\S+):\w+$", registry, re.M))
    for place, is_named in sorted(_reached(package, source, places).items()):
        file = f"models/{place.replace('.', '/')}.py"
        text = (package / file).read_text(encoding="utf-8")
        noticing = (tests, *_type_tests(package, place, text))
        if "(OpenEnum)" in text:
            yield from _of_enum(text, source, file, noticing)
            continue
        yield from _of_fields(text, source, file, noticing)
        derived = "    HAS_DERIVED: ClassVar[bool] = True\n"
        if derived in text and is_named:
            noticing = (*noticing, *_tests_below(package, text))
            yield Mutant("polymorphic lookup", file, text.index(derived), derived, "\n", noticing)


def _type_tests(package: Path, place: str, text: str) -> list[str]:
    """The test of the type that a module of models holds."""
    name = re.search(r"^class (\w+)", text, re.M)
    folder = place.rpartition(".")[0].replace(".", "_") or "root"
    file = f"tests/models/test_{folder}.py"
    tests = (package / file).read_text(encoding="utf-8")
    assert name is not None
    found = re.search(rf"^def (\w+)\(\)[^#]*?\bmodels\.{name[1]}\b", tests, re.M)
    before = re.findall(r"^def (\w+)", tests[: found.end()], re.M) if found else []
    return [f"{file}::{before[-1]}"] if before else []


def _tests_below(package: Path, text: str) -> Iterator[str]:
    """The tests of types that derive from the type of a module of models."""
    name = re.search(r"ODATA_TYPE: ClassVar\[str\] = (\S+)", text)
    assert name is not None
    for file in sorted((package / "tests" / "models").glob("test_*.py")):
        tests = file.read_text(encoding="utf-8")
        for function in re.split(r"^def ", tests, flags=re.M):
            if f"base={name[1]}," in function:
                yield f"tests/models/{file.name}::{function.partition('(')[0]}"


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
        references = dict(re.findall(r"^    (\w+) = ref\(\s*\"([^\"]+)\"", text, re.M))
        for _, annotation, wire in _FIELD.findall(text):
            if f'"{wire}"' in source:
                for word in re.findall(r"\w+", annotation):
                    if word in references:
                        waiting.append(places.get(references[word].lower(), ""))
        own = place.rpartition(".")[0]
        for dots, module in re.findall(r"^from (\.+)([\w.]+) import \w+", text, re.M):
            if not module.startswith("runtime"):
                parts = own.split(".") if own else []
                folder = parts[: len(parts) - (len(dots) - 1)]
                waiting.append(".".join([*folder, module]))
    return reached


def _of_fields(text: str, source: str, file: str, tests: tuple[str, ...]) -> Iterator[Mutant]:
    for match in _FIELD.finditer(text):
        attribute, annotation, wire = match.groups()
        if f'"{wire}":' not in source:
            continue
        yield Mutant("alias", file, match.start(3), wire, f"{wire}x", tests)
        yield Mutant("dropped field", file, match.start(1), attribute, f"_{attribute}", tests)
        is_list = annotation.startswith("list[")
        inner = annotation.removeprefix("list[").removesuffix("]") if is_list else annotation
        other = "str" if inner == "edm.Int32" else "int"
        for kind, new in (
            ("field type", f"list[{other}]" if is_list else other),
            ("field's collection-ness", inner if is_list else f"list[{annotation}]"),
        ):
            if annotation not in ("edm.Stream", "edm.Untyped"):
                yield Mutant(kind, file, match.start(2), annotation, new, tests)


def _of_enum(text: str, source: str, file: str, tests: tuple[str, ...]) -> Iterator[Mutant]:
    for match in re.finditer(r'^    [A-Z]\w* = "([^"\n]+)"$', text, re.M):
        if f'"{match[1]}"' in source:
            yield Mutant("enum value", file, match.start(1), match[1], f"{match[1]}x", tests)


# --- running


def survivors(folder: Path, package: str, mutants: Sequence[Mutant]) -> list[Mutant]:
    """The mutants that no test notices; each process works on a copy of the package."""
    processes = max(1, min(os.cpu_count() or 1, 8))
    shares = [list(mutants[at::processes]) for at in range(processes)]
    with ThreadPoolExecutor(processes) as threads:
        jobs = enumerate(share for share in shares if share)
        return sorted(
            (
                m
                for alive in threads.map(lambda job: _share(folder, package, *job), jobs)
                for m in alive
            ),
            key=str,
        )


def _share(folder: Path, package: str, number: int, mutants: Sequence[Mutant]) -> list[Mutant]:
    copy = folder / f"mutants{number}"
    shutil.copytree(folder / package, copy / package, ignore=shutil.ignore_patterns("__pycache__"))
    listed = copy / "mutants.json"
    listed.write_text(json.dumps([asdict(mutant) for mutant in mutants]), encoding="utf-8")
    words = (sys.executable, __file__, str(copy), package, str(listed))
    env = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = subprocess.run(words, capture_output=True, text=True, check=False, env=env)
    assert done.returncode == 0, done.stderr[-3000:]
    alive = set(json.loads(done.stdout))
    shutil.rmtree(copy)
    return [mutant for at, mutant in enumerate(mutants) if at in alive]


def _run(folder: Path, package: str, mutants: Iterable[Mutant]) -> list[int]:
    """The numbers of the mutants that live; each is tested in a fork of this warm process."""
    os.chdir(folder)
    alive = []
    _tested([f"{package}/tests"])  # compiles what no mutant changes
    sys.dont_write_bytecode = True
    for number, mutant in enumerate(mutants):
        file = folder / package / mutant.file
        text = file.read_text(encoding="utf-8")
        times = file.stat()
        file.write_text(mutant.apply(text), encoding="utf-8")
        # Compiled code is told by seconds and size, and a mutant may differ in neither.
        os.utime(file, (number + 1, number + 1))
        if all(_tested([f"{package}/{test}"]) for test in mutant.tests):
            alive.append(number)
        file.write_text(text, encoding="utf-8")
        os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
    return alive


def _tested(tests: Sequence[str]) -> bool:
    """Whether the tests pass, run in a fork."""
    child = os.fork()
    if child == 0:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.dup2(null, 2)
        os._exit(int(pytest.main(["-x", "-q", "-p", "no:cacheprovider", *tests])))
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status) == 0


if __name__ == "__main__":
    listed = json.loads(Path(sys.argv[3]).read_text(encoding="utf-8"))
    given = [replace(Mutant(**one), tests=tuple(one["tests"])) for one in listed]
    print(json.dumps(_run(Path(sys.argv[1]), sys.argv[2], given)))
