"""The command: arguments, printing, exit codes. No other room prints.

Takes the words of a command line; brings the output folder up to date, or says what would change.
Whatever stops a run is one sentence on stderr.
"""

import functools
import gc
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
from typing import Annotated, Literal, TypeAlias

from cyclopts import App, ArgumentCollection, CycloptsError, Parameter
from cyclopts.config import Dict
from msgspec.structs import replace

from generator import __version__
from generator.cache import default_folder
from generator.choices import Choices
from generator.console import (
    ProgressBar,
    change_lines,
    diff_lines,
    edit_lines,
    finding_lines,
    in_colour,
    seen,
    summary_lines,
    timing_lines,
    watch_line,
)
from generator.diagnostics import Diagnostic, Severity
from generator.disk import (
    SeveralVersions,
    Trouble,
    append_text,
    disk_trouble,
    write_new,
    write_report,
)
from generator.github import annotation_lines, summary_text
from generator.running import Options, Outcome, bring_up
from generator.settings import read_settings
from generator.starting import project_files, template_files
from generator.style import Formatter, Style, StyleFault
from generator.values import Desk, Value

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
Words: TypeAlias = Annotated[list[str] | None, Parameter(negative="")]


class Done(Value):
    """How `generate` ended: its exit code, and what to watch for the next time."""

    code: int
    watched: tuple[Path, ...] = ()


@app.default
def generate(
    docs: Path | None = None,
    *,
    output: Annotated[Path | None, Parameter(alias="-o")] = None,
    package: str | None = None,
    emit: Words = None,
    include: Words = None,
    exclude: Words = None,
    only: Words = None,
    overlays: Words = None,
    base_url: str = "",
    header: str = "",
    check: Annotated[bool, Switch] = False,
    diff: Annotated[bool, Switch] = False,
    dry_run: Annotated[bool, Switch] = False,
    force: Annotated[bool, Switch] = False,
    adopt: Annotated[bool, Switch] = False,
    watch: Annotated[bool, Switch] = False,
    formatter: Formatter = "black",
    templates: Path | None = None,
    cache: bool = True,
    cache_dir: Path | None = None,
    jobs: int | None = None,
    fail_on: Literal["never", "error", "warning"] = "never",
    quiet: Annotated[bool, Switch] = False,
    verbose: Annotated[bool, Switch] = False,
    timings: Annotated[bool, Switch] = False,
    report: Literal["text", "github"] = "text",
) -> Done:
    """Bring OUTPUT up to date with the pages in DOCS.

    Options may stand in [tool.gen-graph] of the nearest pyproject.toml; the command line wins.

    Exit code 0: written; 1: findings that --fail-on counts, --check differs, or a file that
    somebody edited was kept; 2: nothing could be done, for the reason given.

    Parameters
    ----------
    docs
        The folder of the pages.
    output
        The folder to write to; it becomes a Python package.
    package
        Write the package OUTPUT/PACKAGE instead.
    emit
        What to write, of models, endpoints, tests, openapi; comma between. Default: these.
        With project, a pyproject.toml too, once.
    include
        Globs of the pages to read, by their paths below DOCS; comma between. Default: all.
    exclude
        Globs of pages to leave out.
    only
        The types, resources and methods to write, with what they need: user,group.list,drive*.
    overlays
        YAML files that correct facts of the pages, as long as these say what they said.
    base_url
        Where the service stands, if not where the pages say.
    header
        A text to stand on top of every Python file, as a comment.
    check
        Write nothing; list what would change, and exit with 1 if anything would.
    diff
        Write nothing; show what would change, line by line.
    dry_run
        Write nothing; list what would change.
    force
        Overwrite generated files that somebody edited; else these are kept and reported.
    adopt
        Leave generated files that somebody edited to them, in later runs too.
    watch
        Stay, and run again whenever pages, includes, settings or templates change.
    formatter
        black, ruff (much faster, the same result; needs ruff) or none.
    templates
        A folder whose templates replace those of the same name.
    cache
        Take from the cache what was worked out before.
    cache_dir
        The folder of the cache. Default: the system's place for caches.
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
    report
        github: findings as annotations of a workflow, and a summary of its job.
    """
    began = time.perf_counter()
    if docs is None:
        raise Trouble("no docs folder is named; write gen-graph DOCS -o OUTPUT")
    if output is None:
        raise Trouble("no output folder is named; add -o OUTPUT")
    if jobs is not None and jobs < 1:
        raise Trouble(f"--jobs is {jobs}; it takes 1 or more")
    if force and adopt:
        raise Trouble("--force and --adopt exclude each other; choose one")
    if templates is None and (folder := read_settings(Path.cwd()).values.get("templates")):
        # Cyclopts takes this key for the command of the same name.
        templates = Path(str(folder))
    if templates is not None and not templates.is_dir():
        raise Trouble(f"there is no folder {templates}; name the folder that holds your templates")
    if watch and (check or diff or dry_run):
        raise Trouble("--watch writes; leave out --check, --diff and --dry-run")
    if base_url and not re.fullmatch(r"https?://[^\s/?#]+[^\s?#]*", base_url):
        raise Trouble(f"--base-url is '{base_url}'; it takes https://HOST/PATH, without a query")
    target = _target(docs, output, package)
    choices = replace(
        _chosen(docs, include, exclude, only, emit),
        base_url=base_url,
        package=target.name,
        style=Style(formatter, str(templates.absolute()) if templates is not None else "", header),
    )
    options = Options(
        docs,
        target,
        choices,
        overlays=_overlays(overlays),
        jobs=jobs,
        cache=_cache_folder(cache, cache_dir),
        policy="force" if force else "adopt" if adopt else "keep",
        writes=not (check or diff or dry_run),
    )
    outcome = _run(options, output, package, quiet, _desk() if watch else None)
    run, changes = outcome.run, outcome.changes

    if watch:
        if not outcome.is_current:
            print(watch_line(run, changes, time.perf_counter() - began), flush=True)
    elif report == "github":
        for line in annotation_lines(run, changes, docs, target, verbose, check):
            print(line)
        if summary := os.environ.get("GITHUB_STEP_SUMMARY"):
            append_text(Path(summary), summary_text(run, changes, check))
    elif not quiet:
        for line in finding_lines(run.diagnostics, verbose):
            print(line, file=sys.stderr)
        for line in edit_lines(changes, in_colour(sys.stderr)):
            print(line, file=sys.stderr)
        for line in change_lines(changes) if check or dry_run else ():
            print(line)
        for line in diff_lines(changes, in_colour(sys.stdout)) if diff else ():
            print(line)
        if options.writes:
            for line in summary_lines(run, changes, time.perf_counter() - began):
                print(line)
    for line in timing_lines(run.seconds) if timings else ():
        print(line)
    differs = bool(changes.edited) or (check and bool(changes))
    failed = differs or _counts(run.diagnostics, fail_on)
    return Done(DIFFERS if failed else WRITTEN, _watched(options, outcome) if watch else ())


@app.command
def inspect(
    docs: Path,
    *,
    page: str = "",
    type_: Annotated[str, Parameter(name="--type")] = "",
    operation: str = "",
    include: Words = None,
    exclude: Words = None,
    only: Words = None,
    overlays: Words = None,
    format_: Annotated[Literal["text", "json"], Parameter(name="--format")] = "text",
) -> int:
    """Show what the pages in DOCS were read as, each fact with the line it came from.

    Settings count as for a run; a fact that an overlay corrects is shown with the reason for it.

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
    include
        Globs of the pages to read, by their paths below DOCS; comma between. Default: all.
    exclude
        Globs of pages to leave out.
    only
        The types, resources and methods to show, with what they need.
    overlays
        YAML files that correct facts of the pages.
    format_
        json is a documented, versioned form; see generator/inspection.py.
    """
    from json import dumps

    from generator import inspection  # late, as in `_run`

    shown = inspection.inspect(
        docs,
        _chosen(docs, include, exclude, only),
        _overlays(overlays),
        page=page,
        type_name=type_,
        operation=operation,
    )
    if format_ == "json":
        print(dumps(shown, indent=1, ensure_ascii=False))
    for line in inspection.text_lines(shown) if format_ == "text" else ():
        print(seen(line))
    return WRITTEN


@app.command
def coverage(
    docs: Path,
    *,
    emit: Words = None,
    include: Words = None,
    exclude: Words = None,
    only: Words = None,
    overlays: Words = None,
    format_: Annotated[Literal["text", "json", "html"], Parameter(name="--format")] = "text",
    file: Annotated[Path | None, Parameter(alias="-o")] = None,
) -> int:
    """Tell what became of the pages in DOCS: of each table, row and example, and why not.

    Settings count as for a run.

    Parameters
    ----------
    docs
        The folder of the pages.
    emit
        What is written, of models, endpoints, tests, openapi; comma between. Default: these.
    include
        Globs of the pages to read, by their paths below DOCS; comma between. Default: all.
    exclude
        Globs of pages to leave out.
    only
        The types, resources and methods that are written, with what they need.
    overlays
        YAML files that correct facts of the pages.
    format_
        html is one page that needs nothing beside itself; json is a documented, versioned form,
        see generator/coverage/as_json.py.
    file
        The file to write; it is replaced. Default: print.
    """
    from json import dumps

    from generator.coverage import (  # late, as in `_run`
        as_html,
        as_json,
        cover,
        text_lines,
    )

    covered = cover(docs, _chosen(docs, include, exclude, only, emit), _overlays(overlays))
    if format_ == "json":
        text = dumps(as_json(covered), indent=1, ensure_ascii=False) + "\n"
    elif format_ == "html":
        text = as_html(covered, docs.resolve().name)
    else:
        text = "".join(f"{seen(line)}\n" for line in text_lines(covered))
    if file is None:
        print(text, end="")
    else:
        write_report(file, text)
        print(f"wrote {seen(str(file))}")
    return WRITTEN


@app.command
def init(*, ci: Annotated[bool, Switch] = False) -> int:
    """Write a pyproject.toml with every setting explained, to start from.

    Parameters
    ----------
    ci
        Write a GitHub workflow too, which checks that the output is current.
    """
    files = project_files(ci)
    write_new(Path.cwd(), files)
    for file in files:
        print(f"wrote {file.path}")
    return WRITTEN


@app.command
def templates(*, copy: Path) -> int:
    """Start a set of templates of your own, for --templates.

    Keep those that you change and delete the others, which then stay as the tool has them.

    Parameters
    ----------
    copy
        The folder to copy all templates to.
    """
    files = template_files()
    write_new(copy, files)
    print(f"copied {len(files)} templates to {seen(str(copy))}")
    return WRITTEN


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command `argv` (that of this process by default); gives the exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a path may not fit the terminal
    words = sys.argv[1:] if argv is None else list(argv)
    done = _attempt(words)
    return _watch(words, done.watched) if done.watched else done.code


def _attempt(words: list[str]) -> Done:
    """Run the command once; what stops it becomes a sentence on stderr and an exit code."""
    try:
        done = app(words, result_action="return_value", exit_on_error=False, print_error=False)
        sys.stdout.flush()
        if isinstance(done, Done):
            return done
        return Done(done if isinstance(done, int) else WRITTEN)
    except (Trouble, StyleFault) as trouble:
        return _stop(str(trouble))
    except CycloptsError as error:
        return _stop(f"{' '.join(str(error).split())} See gen-graph --help.")
    except KeyboardInterrupt:
        _stop("stopped; the output is as it was")
        return Done(STOPPED)
    except BrokenPipeError:
        # Who reads has gone (`| head`); Python would complain once more when it closes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Done(TROUBLE)
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


def _watch(words: list[str], watched: tuple[Path, ...]) -> int:
    """Run the command again after each change, until Ctrl-C; the settings are read anew too."""
    from generator.watching import Watcher  # late: it alone needs watchfiles

    watcher: Watcher | None = None
    watching: tuple[Path, ...] = ()
    try:
        while True:
            if watcher is None or watched != watching:
                if watcher is not None:
                    watcher.close()
                watcher, watching = Watcher(watched), watched
                places = ", ".join(seen(str(path)) for path in watching)
                print(f"watching {places}; Ctrl-C ends", flush=True)
                # What changed before the watch began is found by a run.
            else:
                gc.collect()  # nobody waits for it here
                watcher.wait()
            done = _attempt(words)
            _desk().clear_up()
            if done.code == STOPPED:
                return WRITTEN
            # After a bad save nothing new is known about what to watch.
            watched = done.watched or watched
    except KeyboardInterrupt:
        return WRITTEN
    except Trouble as trouble:
        return _stop(str(trouble)).code


def _stop(sentence: str) -> Done:
    print(f"gen-graph: {seen(sentence)}", file=sys.stderr, flush=True)
    return Done(TROUBLE)


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


def _names(words: list[str] | None) -> tuple[str, ...]:
    """The names in these words, each of which may hold several with commas between."""
    return tuple(name.strip() for word in words or () for name in word.split(",") if name.strip())


def _chosen(
    docs: Path,
    include: list[str] | None,
    exclude: list[str] | None,
    only: list[str] | None,
    emit: list[str] | None = None,
) -> Choices:
    """What decides which facts a run uses, and what it calls them.

    The place of a name is shown from the docs folder, as that of everything else.
    """
    settings = read_settings(Path.cwd())
    home = os.path.relpath(os.path.realpath(settings.file or "."), os.path.realpath(docs))
    file = Path(home).as_posix()
    return Choices(
        emit=_names(emit),
        include=_names(include),
        exclude=_names(exclude),
        only=_names(only),
        names=tuple(replace(name, span=replace(name.span, path=file)) for name in settings.names),
    )


def _overlays(words: list[str] | None) -> tuple[Path, ...]:
    return tuple(map(Path, _names(words)))


@functools.cache
def _desk() -> Desk:
    """What lies at hand for all runs of this process."""
    return Desk()


def _cache_folder(cache: bool, folder: Path | None) -> Path | None:
    if not cache:
        return None
    if folder is None:
        return default_folder()
    if folder.exists() and not folder.is_dir():
        raise Trouble(f"the cache folder {folder} is a file; name a folder or use --no-cache")
    return folder


def _run(
    options: Options, output: Path, package: str | None, quiet: bool, desk: Desk | None
) -> Outcome:
    bar = ProgressBar(sys.stderr)
    try:
        return bring_up(options, None if quiet else bar, desk)
    except SeveralVersions as several:
        commands = " and ".join(
            _command(options.docs / folder, output, package) for folder in several.folders
        )
        raise Trouble(f"{str(several).partition(';')[0]}; run {commands}") from several
    finally:
        bar.close()


def _watched(options: Options, outcome: Outcome) -> tuple[Path, ...]:
    """Everything whose change makes another run worth while."""
    docs = Path(os.path.realpath(options.docs))
    beside = (Path(os.path.realpath(docs / folder)) for folder in outcome.beside)
    found = [docs, *(folder for folder in beside if docs not in folder.parents)]
    found.extend(options.overlays)
    if options.choices.style.templates:
        found.append(Path(options.choices.style.templates))
    if (file := read_settings(Path.cwd()).file) is not None:
        found.append(file)
    return tuple(dict.fromkeys(Path(os.path.realpath(path)) for path in found))


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
