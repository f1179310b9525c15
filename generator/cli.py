"""The command: arguments, printing, exit codes. No other room prints.

Takes the words of a command line; brings the output folder up to date, or says what would change.
Whatever stops a run is one sentence on stderr.
"""

import io
import keyword
import os
import re
import shlex
import sys
import time
import traceback
from collections.abc import Sequence
from concurrent.futures import BrokenExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import App, ArgumentCollection, CycloptsError, Parameter
from cyclopts.config import Dict

from generator import __version__
from generator.console import (
    ProgressBar,
    change_lines,
    finding_lines,
    seen,
    summary_lines,
    timing_lines,
)
from generator.diagnostics import Diagnostic, Severity
from generator.disk import SeveralVersions, Trouble, apply, compare, disk_trouble
from generator.settings import read_settings

if TYPE_CHECKING:
    from generator.pipeline import Run

WRITTEN, DIFFERS, TROUBLE, STOPPED = 0, 1, 2, 130

_COUNTING = {
    "never": frozenset[Severity](),
    "error": frozenset({Severity.ERROR}),
    "warning": frozenset({Severity.ERROR, Severity.WARNING}),
}


def _settings(app: App, commands: tuple[str, ...], arguments: ArgumentCollection) -> None:
    """Give the arguments that the command line leaves open the values of the settings file."""
    settings = read_settings(Path.cwd())
    values = Dict(dict(settings.values), source=str(settings.file))
    values.use_commands_as_keys = False
    values.allow_unknown = True  # the keys are known by now; a later subcommand may not need all
    values(app, commands, arguments)


app = App(
    name="gen-graph",
    version=__version__,
    version_format="plaintext",  # markdown would load all of rich to print one line
    suppress_keyboard_interrupt=False,
    config=_settings,
)

Switch = Parameter(negative="")


@app.default
def generate(
    docs: Path | None = None,
    *,
    output: Annotated[Path | None, Parameter(alias="-o")] = None,
    package: str | None = None,
    emit: Annotated[list[str] | None, Parameter(negative="")] = None,
    check: Annotated[bool, Switch] = False,
    jobs: int | None = None,
    fail_on: Literal["never", "error", "warning"] = "never",
    quiet: Annotated[bool, Switch] = False,
    verbose: Annotated[bool, Switch] = False,
    timings: Annotated[bool, Switch] = False,
) -> int:
    """Bring OUTPUT up to date with the pages in DOCS.

    Options may stand in [tool.gen-graph] of the nearest pyproject.toml; the command line wins.

    Exit code 0: written; 1: findings that --fail-on counts, or --check differs; 2: nothing could
    be done, for the reason given.

    Parameters
    ----------
    docs
        The folder of the pages.
    output
        The folder to write to; it becomes a Python package.
    package
        Write the package OUTPUT/PACKAGE instead.
    emit
        What to write, of models, endpoints, tests, openapi; comma between. Default: all.
    check
        Write nothing; list what would change, and exit with 1 if anything would.
    jobs
        Processes to use. Default: one a core.
    fail_on
        The findings that make the exit code 1.
    quiet
        Print nothing but what stops the run.
    verbose
        Print every finding.
    timings
        Print the seconds that each step took.
    """
    began = time.perf_counter()
    if docs is None:
        raise Trouble("no docs folder is named; write gen-graph DOCS -o OUTPUT")
    if output is None:
        raise Trouble("no output folder is named; add -o OUTPUT")
    if jobs is not None and jobs < 1:
        raise Trouble(f"--jobs is {jobs}; it takes 1 or more")
    target = _target(docs, output, package)
    run = _run(docs, target, output, package, _emitted(emit), jobs, quiet)

    comparing = time.perf_counter()
    changes = compare(target, run.files, __version__)
    if not check:
        apply(target, changes)  # a finding never stops the writing
    seconds = {**run.seconds, "output": time.perf_counter() - comparing}

    if not quiet:
        for line in finding_lines(run.diagnostics, verbose):
            print(line, file=sys.stderr)
        for line in change_lines(changes) if check else ():
            print(line)
        if not check:
            for line in summary_lines(run, changes, time.perf_counter() - began):
                print(line)
    for line in timing_lines(seconds) if timings else ():
        print(line)
    failed = _counts(run.diagnostics, fail_on)
    return DIFFERS if failed or (check and changes) else WRITTEN


@app.command
def inspect(
    docs: Path,
    *,
    page: str = "",
    type_: Annotated[str, Parameter(name="--type")] = "",
    operation: str = "",
    format_: Annotated[Literal["text", "json"], Parameter(name="--format")] = "text",
) -> int:
    """Show what the pages in DOCS were read as, each fact with the line it came from.

    Parameters
    ----------
    docs
        The folder of the pages.
    page
        The facts of the page of this name.
    type_
        The type or enumeration of this name, from all pages that describe it.
    operation
        The operation of the page of this name.
    format_
        json is a documented, versioned form; see generator/inspection.py.
    """
    from json import dumps

    from generator import inspection  # late, as in `_run`

    shown = inspection.inspect(docs, page=page, type_name=type_, operation=operation)
    if format_ == "json":
        print(dumps(shown, indent=1, ensure_ascii=False))
    for line in inspection.text_lines(shown) if format_ == "text" else ():
        print(seen(line))
    return WRITTEN


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command `argv` (that of this process by default); gives the exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a path may not fit the terminal
    try:
        code = app(
            sys.argv[1:] if argv is None else list(argv),
            result_action="return_value",
            exit_on_error=False,
            print_error=False,
        )
        sys.stdout.flush()
        return code if isinstance(code, int) else WRITTEN
    except Trouble as trouble:
        return _stop(str(trouble))
    except CycloptsError as error:
        return _stop(f"{' '.join(str(error).split())} See gen-graph --help.")
    except KeyboardInterrupt:
        _stop("stopped; the output is as it was")
        return STOPPED
    except BrokenPipeError:
        # Who reads has gone (`| head`); Python would complain once more when it closes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return TROUBLE
    except OSError as error:
        place = f" {error.filename}" if error.filename else ""
        return _stop(f"the system refused:{place} {error.strerror or error}")
    except BrokenExecutor:
        return _stop("a process of the run died, perhaps for want of memory; try --jobs 1")
    except Exception:
        traceback.print_exc()
        return _stop(
            "this is a fault of gen-graph, not of the pages; please report the lines above"
        )


def _stop(sentence: str) -> int:
    print(f"gen-graph: {seen(sentence)}", file=sys.stderr)
    return TROUBLE


def _target(docs: Path, output: Path, package: str | None) -> Path:
    """The folder that becomes the package; raises `Trouble` if it cannot."""
    shown = output / package if package is not None else output
    target = Path(os.path.abspath(shown))
    if not target.name.isidentifier() or keyword.iskeyword(target.name):
        problem = "is a Python keyword" if keyword.iskeyword(target.name) else "is no Python name"
        hint = "choose another" if package is not None else "choose another or add --package NAME"
        raise Trouble(f"'{target.name}' {problem}, so {shown} cannot be a package; {hint}")
    with disk_trouble("look at", target):
        for folder in (target, *target.parents):
            if folder.exists() and not folder.is_dir():
                raise Trouble(f"the output {shown} needs a folder, but {folder} is a file")
    real_docs, real_target = Path(os.path.realpath(docs)), Path(os.path.realpath(target))
    if real_target == real_docs or real_docs in real_target.parents:
        raise Trouble(f"the output {shown} lies inside the docs {docs}; name a folder beside them")
    if real_target in real_docs.parents:
        raise Trouble(f"the docs {docs} lie inside the output {shown}; name another output folder")
    return target


def _emitted(emit: list[str] | None) -> list[str] | None:
    if emit is None:
        return None
    from generator.pipeline import OUTPUTS  # late, as in `_run`

    names = [name.strip() for part in emit for name in part.split(",")]
    for name in names:
        if name not in OUTPUTS:
            raise Trouble(f"--emit knows no '{name}'; it takes any of {', '.join(OUTPUTS)}")
    return names


def _run(
    docs: Path,
    target: Path,
    output: Path,
    package: str | None,
    emit: list[str] | None,
    jobs: int | None,
    quiet: bool,
) -> "Run":
    # Late: --version, --help and wrong arguments need not wait for markdown-it, Jinja and black.
    from generator import pipeline

    bar = ProgressBar(sys.stderr)
    try:
        return pipeline.generate(docs, emit=emit, jobs=jobs, progress=None if quiet else bar)
    except SeveralVersions as several:
        commands = " and ".join(
            _command(docs / folder, output, package) for folder in several.folders
        )
        raise Trouble(f"{str(several).partition(';')[0]}; run {commands}") from several
    finally:
        bar.close()


def _command(docs: Path, output: Path, package: str | None) -> str:
    """The command for one version: the folder's name joins that of the package."""
    version = re.sub(r"\W", "_", docs.name)
    if package is not None:
        return shlex.join(
            ["gen-graph", str(docs), "-o", str(output), "--package", f"{package}_{version}"]
        )
    return shlex.join(["gen-graph", str(docs), "-o", f"{output}_{version}"])


def _counts(diagnostics: Sequence[Diagnostic], fail_on: str) -> bool:
    return any(diagnostic.severity in _COUNTING[fail_on] for diagnostic in diagnostics)
