"""The emitted package of Graph v1.0 beside msgraph-sdk: seconds and megabytes, by turns.

    gen-graph ../shared/corpus/graph-v1.0 -o /tmp/bench/graph
    python3.11 -m venv /tmp/msgraph && /tmp/msgraph/bin/pip install msgraph-sdk
    python tests/benchmarks/against_msgraph.py /tmp/bench /tmp/msgraph/bin/python

Every measurement is a process of its own (one_process.py), and the two take turns, so that a noisy
machine troubles both alike. Of several rounds the best one counts. Prints a table for the README.
"""

import compileall
import json
import subprocess
import sys
from pathlib import Path

TASKS = ("ours_one", "theirs_one", "ours_many", "eager_many", "theirs_many", "ours_import")
ROUNDS = 5
FEW_ROUNDS = 2  # of what takes half a minute


def measure(python: str, folder: str, task: str) -> dict[str, float]:
    command = [python, str(Path(__file__).with_name("one_process.py")), task, folder]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def least(runs: list[dict[str, float]]) -> dict[str, float]:
    return {name: min(run[name] for run in runs) for name in runs[0]}


def main(folder: str, theirs: str) -> None:
    compileall.compile_dir(folder, quiet=1)  # as pip has done for the other
    found: dict[str, list[dict[str, float]]] = {task: [] for task in TASKS}
    for number in range(ROUNDS):
        for task in TASKS:
            if task == "theirs_many" and number >= FEW_ROUNDS:
                continue
            python = theirs if task.startswith("theirs") else sys.executable
            found[task].append(measure(python, folder, task))
    one, other = least(found["ours_one"]), least(found["theirs_one"])
    many, others = least(found["ours_many"]), least(found["theirs_many"])
    eager = least(found["eager_many"])["parse"]
    package = least(found["ours_import"])["seconds"] * 1_000
    rows = [
        ("import and parse one user, s", one["seconds"], other["seconds"], "≤ 0.15"),
        ("… megabytes", one["megabytes"], other["megabytes"], "≤ 0.5"),
        ("… modules loaded", one["modules"], other["modules"], ""),
        ("parse 1,000 users, s", many["parse"], others["parse"], "≤ 0.05"),
        ("write 1,000 users, s", many["write"], others["write"], "≤ 0.83"),
    ]
    print("| | this package | msgraph-sdk | ratio | goal |\n|---|--:|--:|--:|--:|")
    for name, mine, foreign, goal in rows:
        print(f"| {name} | {mine:.3g} | {foreign:.4g} | {mine / foreign:.3f} | {goal} |")
    ratio = many["parse"] / eager
    print(f"\nParsing beside the same classes built eagerly: {ratio:.2f} (goal: ≤ 1.5).")
    print(f"`import graph` alone: {package:.1f} ms above a bare interpreter (goal: ≤ 30).")


if __name__ == "__main__":
    main(str(Path(sys.argv[1]).resolve()), sys.argv[2])
