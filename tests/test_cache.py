"""What is taken from the cache: the same as without it, whatever happens to the file it lies in."""

import pickle
import random
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from msgspec.structs import replace
from pathlib import Path
from typing import Any

import black
import pytest

from generator import gathering, sources
from generator.cache import Store, digest, store
from generator.choices import Choices
from generator.diagnostics import Parsed
from generator.disk import read_docs
from generator.gathering import gather_facts
from generator.memo import Memo
from generator.pages import reading
from generator.pages.facts import PageFacts
from generator.pages.reading import read_page
from generator.pipeline import generate
from generator.render import formatting
from generator.run import Run
from generator.style import Style
from generator.textfile import Includes, LaterFile, TextFile
from test_pieces import is_same, modules_of

ROOT = Path(__file__).resolve().parents[1]
SAMPLE = ROOT / "docs_in"


def entries(count: int, size: int = 10, start: int = 0) -> dict[bytes, bytes]:
    return {digest(str(n)): str(n).encode() * size for n in range(start, start + count)}


# ---- the store


def test_what_is_put_is_got_and_nothing_else(tmp_path: Path) -> None:
    held = Store(tmp_path / "cache")
    assert held.get([b"a"]) == {}
    assert not (tmp_path / "cache").exists()
    many = entries(1200)  # more than one question can name
    held.put(many)
    assert held.get([*many, b"unknown"]) == many
    held.put({b"a": b"1"})
    held.put({b"a": b"2"})
    assert held.get([b"a", b"a"]) == {b"a": b"2"}


def test_borders_between_parts_count() -> None:
    assert digest("ab", "c") != digest("a", "bc") != digest("a", "b", "c")
    assert digest("\ud800") != digest("?")


def damage(file: Path, seed: int) -> None:
    data = bytearray(file.read_bytes())
    chance = random.Random(seed)
    if seed % 3 == 0:
        data = data[: chance.randrange(len(data))]
    else:
        for _ in range(chance.choice([1, 20, 2000])):
            data[chance.randrange(len(data))] = chance.randrange(256)
    file.write_bytes(data)


@pytest.mark.parametrize("seed", range(40))
def test_damage_is_nothing_found_and_mends_itself(tmp_path: Path, seed: int) -> None:
    held, many = Store(tmp_path), entries(300, 50)
    held.put(many)
    damage(tmp_path / store.FILE, seed)
    found = held.get(many)
    assert found.items() <= many.items()
    for _ in range(2):  # a file that is found to be none is put aside; the next run fills a new one
        held.put(many)
        found = held.get(many)
        assert found.items() <= many.items()
    (tmp_path / store.FILE).write_bytes(b"no database at all, but long enough to be read as one")
    held.put(many)
    held.put(many)
    assert held.get(many) == many


def test_a_cache_that_cannot_be_used_is_none(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    Store(tmp_path / "file").put({b"a": b"1"})
    assert Store(tmp_path / "file").get([b"a"]) == {}
    (tmp_path / "cache" / store.FILE).mkdir(parents=True)
    Store(tmp_path / "cache").put({b"a": b"1"})
    assert Store(tmp_path / "cache").get([b"a"]) == {}


def test_the_oldest_give_way(tmp_path: Path) -> None:
    held = Store(tmp_path, limit=300_000)
    for start in range(0, 2000, 100):
        held.put(entries(100, 300, start))
    assert (tmp_path / store.FILE).stat().st_size < 600_000
    assert len(held.get(entries(100, 300, 1900))) == 100
    assert not held.get(entries(100, 300))


def test_what_is_used_is_renewed_once_a_week(tmp_path: Path) -> None:
    held = Store(tmp_path)
    held.put({b"a": b"1"})
    with sqlite3.connect(tmp_path / store.FILE) as database:
        database.execute("UPDATE entries SET used = 0")
    assert held.get([b"a"]) == {b"a": b"1"}
    with sqlite3.connect(tmp_path / store.FILE) as database:
        assert database.execute("SELECT used FROM entries").fetchone() > (0,)


def put_many(folder: Path, start: int) -> int:
    for at in range(start, start + 200, 20):
        Store(folder).put(entries(20, 10, at))
    return len(Store(folder).get(entries(200, 10, start)))


def test_many_processes_use_one_file(tmp_path: Path) -> None:
    with ProcessPoolExecutor(4) as executor:
        assert list(executor.map(put_many, [tmp_path] * 4, range(0, 800, 200))) == [200] * 4
    assert Store(tmp_path).get(entries(800)) == entries(800)


# ---- facts


def noted_reading(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths of the pages that are read from here on."""
    read: list[str] = []

    def noting(page: TextFile, includes: Includes) -> Parsed[PageFacts]:
        read.append(page.path)
        return read_page(page, includes)

    monkeypatch.setattr(reading, "read_page", noting)
    return read


def test_nobody_looks_at_the_facts_of_a_page_that_a_memo_knows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    docs, held = read_docs(SAMPLE).value, Store(tmp_path)
    fresh = gather_facts(docs)
    memo = Memo(held)
    gather_facts(docs, store=held, memo=memo)
    memo.keep()
    read = noted_reading(monkeypatch)
    with monkeypatch.context() as patched:
        patched.setattr(Store, "get", lambda *_: pytest.fail("the store is asked for facts"))
        known = gather_facts(docs, store=held, memo=Memo(held))
        assert known.signs == fresh.signs
        assert known.diagnostics == fresh.diagnostics
    assert known == fresh  # they are read from the store now
    assert read == []
    # What gave way in the store is read once more.
    with sqlite3.connect(tmp_path / store.FILE) as database:
        for key in gathering._keys(docs.pages, docs.includes).values():
            assert database.execute("DELETE FROM entries WHERE key = ?", (key,)).rowcount == 1
    assert gather_facts(docs, store=held, memo=Memo(held)) == fresh
    assert sorted(read) == sorted(fresh.pages)


def test_facts_are_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    docs, held = read_docs(SAMPLE).value, Store(tmp_path)
    fresh = gather_facts(docs)
    assert gather_facts(docs, store=held) == fresh
    read = noted_reading(monkeypatch)
    assert gather_facts(docs, store=held) == fresh
    assert read == []
    pages = [replace(docs.pages[0], text=docs.pages[0].text + "\nMore.\n"), *docs.pages[1:]]
    gather_facts(replace(docs, pages=tuple(pages)), store=held)
    assert read == [docs.pages[0].path]


def test_a_changed_include_or_other_code_is_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    docs, held = tmp_path / "docs", Store(tmp_path / "cache")
    (docs / "includes").mkdir(parents=True)
    (docs / "a.md").write_text("# a\n[!INCLUDE [x](includes/x.md)]\n")
    (docs / "includes/x.md").write_text("# One\n")
    one = gather_facts(read_docs(docs).value, store=held)
    (docs / "includes/x.md").write_text("[!INCLUDE [y](y.md)]\n")
    gather_facts(read_docs(docs).value, store=held)
    (docs / "includes/y.md").write_text("|Property|Type|\n|:--|:--|\n|a|String|\n")
    two = gather_facts(read_docs(docs).value, store=held)
    assert two == gather_facts(read_docs(docs).value) != one

    read = noted_reading(monkeypatch)
    monkeypatch.setattr(gathering, "code_digest", lambda *_: b"other code")
    gather_facts(read_docs(docs).value, store=held)
    assert read == ["a.md"]


class Elsewhere(Executor):
    """Works where there is no such folder as `docs`."""

    def __init__(self, docs: Path) -> None:
        self._docs = docs

    def map(self, fn: Callable[..., Any], *lists: Any, **_: object) -> Iterator[Any]:
        packed = pickle.dumps([list(each) for each in lists])
        self._docs.rename(self._docs.with_name("away"))
        return map(fn, *pickle.loads(packed))


def test_pages_known_by_their_marks_travel_to_any_executor(tmp_path: Path) -> None:
    shutil.copytree(SAMPLE, tmp_path / "docs")
    time.sleep(0.06)  # a younger file is read, not believed
    first = read_docs(tmp_path / "docs").value
    docs = read_docs(tmp_path / "docs", known=first.stamps).value
    files = (*docs.pages, *docs.includes.files.values())
    assert all(isinstance(file, LaterFile) for file in files) and docs.includes.files
    assert gather_facts(docs, Elsewhere(tmp_path / "docs")) == gather_facts(first)


def test_the_digest_of_code_follows_what_it_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "generator"
    (package / "pages").mkdir(parents=True)
    (package / "pages/a.py").write_text("1")
    (package / "run.py").write_text("1")
    monkeypatch.setattr(sources, "_PACKAGE", package)

    def seen() -> list[bytes]:
        sources.code_digest.cache_clear()
        sources._modules.cache_clear()
        calls = [("pages",), ("run",), ()]
        return [sources.code_digest(rooms, ("black",)) for rooms in calls]

    before = seen()
    (package / "pages/a.py").write_text("2")
    after = seen()
    assert [one == two for one, two in zip(before, after, strict=True)] == [False, True, False]
    (package / "pages/a.py").rename(package / "pages/b.py")
    assert seen()[0] != after[0]
    sources.code_digest.cache_clear()
    sources._modules.cache_clear()


def test_versions_are_read_off_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("first/some_tool-1.2.dist-info", "second/Some.Tool-9.dist-info"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "second/Old-3.1-py3.11.egg-info").write_text("")
    (tmp_path / "archive.zip").write_text("")
    places = ("archive.zip", "gone", "first", "second")
    monkeypatch.setattr("sys.path", [str(tmp_path / place) for place in places])
    sources._installed.cache_clear()
    found = [sources._version(name) for name in ("Some-Tool", "old", "neither")]
    sources._installed.cache_clear()
    assert found == ["1.2", "3.1", "absent"]


# ---- the whole


def test_a_run_from_the_cache_is_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = Choices(emit=("models", "openapi"))  # enough of each kind, and soon formatted
    plain, held = generate(SAMPLE, chosen), Store(tmp_path)
    first, second = (generate(SAMPLE, chosen, store=held, jobs=jobs) for jobs in (2, 1))
    for run in (first, second):
        assert run.files == plain.files
        assert run.diagnostics == plain.diagnostics
        assert run.counts == plain.counts
    monkeypatch.setattr(black, "format_str", None)  # nothing is left to format
    assert generate(SAMPLE, chosen, store=held, jobs=1).files == plain.files
    file = next(iter(tmp_path.glob("*.sqlite")))
    monkeypatch.undo()
    damage(file, 1)
    assert generate(SAMPLE, chosen, store=held).files == plain.files


def test_views_show_all_that_they_hold() -> None:
    """A view is known by its `repr`; what that hides would not be seen to change."""
    for path in sorted((ROOT / "generator/targets").rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        assert "repr=False" not in text and "__repr__" not in text, path


def test_ruff_leaves_nothing_to_black(sample_run: Run) -> None:
    assert generate(SAMPLE, choices=Choices(style=Style("ruff"))).files == sample_run.files


def test_without_a_formatter_the_code_is_the_same(sample_run: Run) -> None:
    plain = sample_run
    bare = generate(SAMPLE, choices=Choices(style=Style("none"))).files
    assert [file.path for file in bare] == [file.path for file in plain.files]
    assert bare != plain.files
    pairs = [pair for pair in zip(bare, plain.files, strict=True) if pair[0].path.endswith(".py")]
    for one, two in sorted(pairs, key=lambda pair: len(pair[1].text))[:30]:
        assert formatting.format_python(one.path, one.text) == two.text


def test_ruff_is_asked_for_before_it_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("generator.render.formatting.shutil.which", lambda *_, **__: None)
    with pytest.raises(formatting.StyleFault, match=r"pip install 'gen-graph\[ruff\]'"):
        formatting.format_all([("a.py", "")], "ruff", {})


@pytest.mark.corpus
def test_the_real_pages_give_the_same_by_ruff_by_pieces_and_from_the_cache(
    corpus: Path, tmp_path: Path
) -> None:
    docs, held = corpus / "graph-v1.0", Store(tmp_path)
    bare, quick = (generate(docs, choices=Choices(style=Style(f))) for f in ("none", "ruff"))
    plain = generate(docs, store=held)
    assert quick.files == plain.files
    paths, texts, wholes = zip(*modules_of(bare.files, plain.files), strict=True)
    with ProcessPoolExecutor() as executor:
        same = executor.map(is_same, texts, wholes, chunksize=16)
        assert [path for path, is_so in zip(paths, same, strict=True) if not is_so] == []
    again = generate(docs, store=held)
    assert (again.files, again.diagnostics) == (plain.files, plain.diagnostics)
