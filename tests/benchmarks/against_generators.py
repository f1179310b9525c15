"""Seconds that this tool takes beside two others, on our own description of the same API.

    gen-graph ../shared/corpus/graph-v1.0 -o /tmp/bench/graph
    python3.11 -m venv /tmp/others
    /tmp/others/bin/pip install openapi-python-client datamodel-code-generator
    python tests/benchmarks/against_generators.py DOCS /tmp/bench/graph/openapi.json /tmp/others/bin

Each run is cold and they take turns, so that a busy machine is busy for all. openapi-python-client
writes models and endpoints and no tests; datamodel-code-generator writes models alone.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path


def seconds(words: list[str], folder: Path) -> float:
    began = time.perf_counter()
    done = subprocess.run(words, cwd=folder, check=False, capture_output=True, text=True)
    taken = time.perf_counter() - began
    if done.returncode not in (0, 1):
        sys.exit(f"{' '.join(words)}\n{done.stderr[-2000:]}")
    return taken


def main(docs: str, description: str, others: str, rounds: str = "1") -> None:
    tool = [sys.executable, "-m", "generator", str(Path(docs).resolve()), "--no-cache", "--quiet"]
    tool += ["--formatter", "ruff", "-o", "ours"]
    file = str(Path(description).resolve())
    commands = {
        "gen-graph, everything": tool,
        "openapi-python-client": [
            *(f"{others}/openapi-python-client", "generate", "--path", file),
            *("--output-path", "theirs", "--overwrite"),
        ],
        "gen-graph, models": [*tool, "--emit", "models"],
        "datamodel-code-generator": [
            *(f"{others}/datamodel-codegen", "--input", file, "--input-file-type", "openapi"),
            *("--output-model-type", "pydantic_v2.BaseModel", "--output", "models"),
        ],
    }
    best: dict[str, float] = {}
    for _ in range(int(rounds)):
        for name, words in commands.items():
            with tempfile.TemporaryDirectory() as folder:
                taken = seconds(words, Path(folder))
            best[name] = min(taken, best.get(name, taken))
            print(f"{name:26} {taken:8.1f} s", flush=True)
    names = list(commands)
    for ours, theirs in ((names[0], names[1]), (names[2], names[3])):
        print(f"{ours} / {theirs}: {best[ours] / best[theirs]:.2f}")


if __name__ == "__main__":
    main(*sys.argv[1:])
