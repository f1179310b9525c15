"""Each thing that an emitted test compares: a fault in it is noticed by the tests of the sample.

The faults lie in what all resources share; those of single resources are in mutants.py.
"""

import ast
from pathlib import Path

import pytest

import packages
from generator.choices import Choices
from generator.pipeline import generate
from generator.style import Style
from mutant_runs import survivors
from mutants import Mutant, resources_of

ROOT = Path(__file__).resolve().parents[1]

# What is compared, the file of the runtime, a part of it whose last occurrence is meant, and a fault.
FAULTS = {
    "what a redirect leads to": (
        "transport",
        "if (elsewhere := redirected(request, reply, hops)) is not None:",
        "if (elsewhere := None) is not None:",
    ),
    "the asynchronous client": (
        "transport",
        "return (await self._answered(request, is_anywhere=is_anywhere))[0]",
        "return Reply(204, {}, b'')",
    ),
    "the status of an error": (
        "answers",
        "        reply.status,\n        str(",
        "        400,\n        str(",
    ),
    "the code of an error": ("answers", 'str(stated.get("code") or "")', '""'),
    "an error, not an answer": ("answers", "if 200 <= reply.status < 300:", "if reply.status:"),
    "the location of what is accepted": (
        "answers",
        "self.location = location",
        "self.location = None",
    ),
    "content as it is": (
        "answers",
        "return Answer(lambda reply: reply.content, ",
        "return Answer(lambda reply: b'', ",
    ),
    "a number in plain text": ("answers", "return int(text)", "return int(text) + 1"),
    "no content": (
        "answers",
        "return Answer(lambda reply: None)",
        "return Answer(lambda reply: b'')",
    ),
    "each element of a list": (
        "answers",
        "return [read(name, element) for element in elements]",
        "return [read(name, element) for element in elements[:1]]",
    ),
    "what stands beside the elements": (
        "answers",
        'return PageData(_each(name, body.get("value")), beside)',
        'return PageData(_each(name, body.get("value")), {})',
    ),
    "what is written back": (
        "model",
        "payload[wire_name] = value",
        "payload[wire_name] = value or None",
    ),
    "what no table has": ("model", "for name, value in extra.items():", "for name, value in ():"),
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("promises")
    packages.write(
        generate(ROOT / "docs_in", Choices(style=Style("none")), jobs=1), folder / "made"
    )
    return folder


def test_each_fault_is_noticed(place: Path) -> None:
    tests = tuple(f"tests/test_{resource}.py" for resource in resources_of(place / "made"))
    mutants = {}
    for kind, (module, old, new) in FAULTS.items():
        file = f"runtime/{module}.py"
        text = (place / "made" / file).read_text(encoding="utf-8")
        assert old in text, f"{file} has no {old!r}"
        at = text.rindex(old)
        ast.parse(text[:at] + new + text[at + len(old) :])  # a fault, and no mere slip of ours
        mutants[kind] = Mutant(kind, file, at, old, new, tests, is_shared=True)
    assert [m.kind for m in survivors(place, "made", list(mutants.values()))] == []
