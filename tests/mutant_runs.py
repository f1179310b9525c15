"""Runs the emitted tests on mutants of their package.

As a script (`python mutant_runs.py FOLDER PACKAGE FILE`) it runs those listed in FILE and prints
the numbers of those that live. Each is tested in a fork of a process that has loaded all that no
mutant changes. The functions of the tests are called as pytest would call them: for some hundred
mutants the time that pytest takes to begin is most of the time there is.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from importlib import import_module
from inspect import signature
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx2 as httpx2  # what every fork needs is loaded once, before it
import pydantic as pydantic
import pytest as pytest

from mutants import Mutant

_LONGEST = 60  # seconds; a mutant may run in circles


def survivors(folder: Path, package: str, mutants: Sequence[Mutant]) -> list[Mutant]:
    """The mutants that no test notices; each process works on a copy of the package."""
    processes = max(1, min(len(os.sched_getaffinity(0)), 8))
    shares = [list(mutants[at::processes]) for at in range(processes)]
    with ThreadPoolExecutor(processes) as threads:
        jobs = enumerate(share for share in shares if share)
        done = threads.map(lambda job: _share(folder, package, *job), jobs)
        return sorted((mutant for alive in done for mutant in alive), key=str)


def _share(folder: Path, package: str, number: int, mutants: Sequence[Mutant]) -> list[Mutant]:
    copy = folder / f"mutants{number}"
    shutil.copytree(folder / package, copy / package, ignore=shutil.ignore_patterns("__pycache__"))
    listed = copy / "mutants.json"
    listed.write_text(json.dumps([asdict(mutant) for mutant in mutants]), encoding="utf-8")
    words = (sys.executable, __file__, str(copy), package, str(listed))
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    done = subprocess.run(words, capture_output=True, text=True, check=False, env=env)
    assert done.returncode == 0, done.stderr[-3000:]
    alive = set(json.loads(done.stdout))
    shutil.rmtree(copy)
    return [mutant for at, mutant in enumerate(mutants) if at in alive]


def _run(folder: Path, package: str, mutants: Sequence[Mutant]) -> list[int]:
    """The numbers of the mutants that live."""
    sys.path.insert(0, str(folder))
    os.chdir(folder)
    tests = sorted({test for mutant in mutants for test in mutant.tests})
    assert _pass(package, tests), "the tests fail without a mutant"  # compiles, too
    sys.dont_write_bytecode = True
    alive = []
    for number in sorted(range(len(mutants)), key=lambda at: not mutants[at].is_shared):
        mutant = mutants[number]
        if not mutant.is_shared:
            _preload(package)
        file = folder / package / mutant.file
        text = file.read_text(encoding="utf-8")
        times = file.stat()
        file.write_text(mutant.apply(text), encoding="utf-8")
        # Compiled code is told by seconds and size, and a mutant may differ in neither.
        os.utime(file, (number + 1, number + 1))
        if _pass(package, mutant.tests):
            alive.append(number)
        file.write_text(text, encoding="utf-8")
        os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
    return sorted(alive)


def _preload(package: str) -> None:
    """Load what these mutants leave alone: the runtime and what tests share, but no model."""
    import_module(f"{package}.tests._exchange")
    loaded = [name for name in sys.modules if name.startswith(f"{package}.")]
    assert not any(name.startswith((f"{package}.models", f"{package}.end")) for name in loaded)


def _pass(package: str, tests: Sequence[str]) -> bool:
    """Whether the tests pass, run in a fork."""
    child = os.fork()
    if child == 0:
        signal.alarm(_LONGEST)
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.dup2(null, 2)
        passed = False
        try:
            for test in tests:
                for function in _functions(package, test):
                    _call(package, function)
            passed = True
        finally:
            os._exit(0 if passed else 1)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status) == 0


def _functions(package: str, test: str) -> Iterator[Callable[..., None]]:
    """The function that `file::name` means, or all that pytest would collect in a file."""
    file, _, name = test.partition("::")
    module: ModuleType = import_module(f"{package}.{file.removesuffix('.py').replace('/', '.')}")
    functions = [name] if name else [n for n in vars(module) if n.startswith("test_")]
    for each in functions:
        function = getattr(module, each)
        marks = getattr(function, "pytestmark", ())
        if not any(mark.name == "skip" for mark in marks):
            yield function


def _call(package: str, function: Callable[..., None]) -> None:
    given: dict[str, Any] = {}
    if "exchange" in signature(function).parameters:
        make = import_module(f"{package}.tests._exchange").Exchange
        given["exchange"] = make(function.__doc__ or "", None)
    function(**given)


if __name__ == "__main__":
    listed = json.loads(Path(sys.argv[3]).read_text(encoding="utf-8"))
    given = [Mutant(**{**one, "tests": tuple(one["tests"])}) for one in listed]
    print(json.dumps(_run(Path(sys.argv[1]), sys.argv[2], given)))
