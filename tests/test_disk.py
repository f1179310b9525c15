"""Pages off the disk and changes onto it, on folders made for the purpose."""

import json
import os
import signal
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

import pytest

from generator.diagnostics import Parsed
from generator.disk import (
    MANIFEST,
    Changes,
    SeveralVersions,
    Trouble,
    apply,
    compare,
    read_docs,
    reading,
    writing,
)
from generator.disk.marks import is_certain, mark_of
from generator.disk.reading import versions
from generator.textfile import Docs, Includes, TextFile, located


def put(folder: Path, **files: str | bytes) -> Path:
    """Write files; `__` stands for `/` and a name without a dot ends in `.md`."""
    for name, content in files.items():
        path = folder / (name.replace("__", "/") + ".md")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def paths(docs: Parsed[Docs]) -> list[str]:
    return [page.path for page in docs.value.pages]


def codes(docs: Parsed[Docs]) -> list[str]:
    return [diagnostic.code for diagnostic in docs.diagnostics]


# ---- reading


def test_pages_are_md_files_outside_includes_and_dot_folders(tmp_path: Path) -> None:
    docs = put(tmp_path / "docs", api__b="b", resources__a="a", includes__x="x", z="z")
    put(docs, **{".git__c": "c", ".hidden": "h", "api__Includes__y": "y"})
    (docs / "api" / "old.md.txt").write_text("no page")
    (docs / "toc.yml").write_text("no page")
    (docs / "LOUD.MD").write_text("a page")
    assert paths(read_docs(docs)) == ["LOUD.MD", "api/b.md", "resources/a.md", "z.md"]


def test_bytes_become_text(tmp_path: Path) -> None:
    docs = put(tmp_path / "docs", a=b"\xef\xbb\xbf# A\r\nb\rc\n", b=b"ok\ncaf\xe9\n")
    read = read_docs(docs)
    assert [page.text for page in read.value.pages] == ["# A\nb\nc\n", "ok\ncaf\ufffd\n"]
    assert [str(d).partition(": ")[0] for d in read.diagnostics] == ["b.md:2:1"]
    assert "first at byte 6" in read.diagnostics[0].message


def test_a_name_with_odd_bytes_becomes_printable(tmp_path: Path) -> None:
    docs = put(tmp_path / "docs", a="a")
    with open(os.fsencode(docs) + b"/caf\xe9\n\\.md", "w") as file:
        file.write("still a page")
    read = read_docs(docs)
    assert paths(read) == ["a.md", "caf%E9%0A%5C.md"]
    assert read.value.pages[1].text == "still a page"


@pytest.mark.parametrize("order", [lambda names: names, lambda names: names[::-1]])
def test_the_order_of_the_disk_does_not_matter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, order: Callable[[list[object]], list[object]]
) -> None:
    docs = put(tmp_path / "docs", b__c="c", a="a", b__B="B", B="b")
    scan = os.scandir

    class Shuffled:
        def __init__(self, path: str) -> None:
            with scan(path) as entries:
                self._entries = order(sorted(entries, key=lambda entry: entry.name))

        def __enter__(self) -> list[object]:
            return self._entries

        def __exit__(self, *_: object) -> None: ...

    monkeypatch.setattr("generator.disk.reading.os.scandir", Shuffled)
    assert paths(read_docs(docs)) == ["B.md", "a.md", "b/B.md", "b/c.md"]


def test_includes_are_found_beside_and_below_the_docs_in_any_case(tmp_path: Path) -> None:
    docs = put(
        tmp_path / "docs",
        api__a="[!INCLUDE [x](../../includes/Note.MD)] [!include[y](../includes/deep.md)]",
        includes__Deep="[!INCLUDE [z](inner.md)]",
        includes__inner="inner",
        includes__unnamed="nobody asks",
    )
    put(tmp_path / "includes", note="note")
    includes = read_docs(docs).value.includes
    assert sorted(includes.files) == [
        "../includes/note.md",
        "includes/deep.md",
        "includes/inner.md",
    ]
    assert includes("api/a.md", "../../INCLUDES/note.md") == TextFile("../includes/note.md", "note")
    assert includes("api/a.md", "../includes/deep.md#part") == TextFile(
        "includes/Deep.md", "[!INCLUDE [z](inner.md)]"
    )
    assert includes("api/a.md", "../includes/gone.md") is None


def test_a_chunk_travels_with_the_includes_it_names_and_theirs() -> None:
    files = {
        "i/a.md": TextFile("i/A.md", "[!INCLUDE [b](b.md)]"),
        "i/b.md": TextFile("i/b.md", "[!INCLUDE [a](a.md)]"),
        "i/c.md": TextFile("i/c.md", ""),
    }
    page = TextFile("p.md", "text [!INCLUDE [a](i/A.md)]")
    assert sorted(Includes(files).named_by(page).files) == ["i/a.md", "i/b.md"]


def test_nothing_is_read_outside_the_folder_that_holds_the_docs(tmp_path: Path) -> None:
    secret = put(tmp_path, secret="secret") / "secret.md"
    docs = put(
        tmp_path / "in" / "docs",
        a="[!INCLUDE [x](../../secret.md)] [!INCLUDE [x](/etc/hostname)] [!INCLUDE [x](../link.md)]",
    )
    (tmp_path / "in" / "link.md").symlink_to(secret)
    (docs / "way-out").symlink_to(tmp_path)
    (docs / "page.md").symlink_to(secret)
    read = read_docs(docs)
    assert paths(read) == ["a.md"]
    assert read.value.includes.files == {}
    assert codes(read) == ["page-outside", "page-outside"]


def test_links_inside_are_followed_but_not_in_circles(tmp_path: Path) -> None:
    docs = put(tmp_path / "docs", a="a")
    put(tmp_path / "more", b="b")
    (docs / "linked").symlink_to(tmp_path / "more")
    (docs / "circle").symlink_to(docs)
    (tmp_path / "more" / "back").symlink_to(tmp_path / "more")
    assert paths(read_docs(docs)) == ["a.md", "linked/b.md"]


@pytest.mark.parametrize(
    ("page", "target", "expected"),
    [
        ("api/a.md", "../includes/x.md", "includes/x.md"),
        ("api/a.md", "../../includes/X.md", "../includes/X.md"),
        ("api/a.md", r"..\resources\r.md#json", "resources/r.md"),
        ("api/a.md", "two%20words.md?view=1", "api/two words.md"),
        ("a.md", "../../x.md", None),
        ("a.md", "..", None),
        ("a.md", "/x.md", None),
        ("a.md", "https://example.com/x.md", None),
        ("a.md", "C:\\x.md", None),
        ("a.md", "%2e%2e/%2e%2e/x.md", None),
    ],
)
def test_a_target_is_located(page: str, target: str, expected: str | None) -> None:
    assert located(page, target) == expected


def test_snippets_are_found_empty_and_never_read(tmp_path: Path) -> None:
    docs = put(
        tmp_path / "docs",
        api__a="[!INCLUDE [s](../includes/snippets/go/x.md)]",
        includes__snippets__go__x="code",
    )
    includes = read_docs(docs).value.includes
    assert includes.files == {}
    found = includes("api/a.md", "../includes/snippets/go/x.md")
    assert found == TextFile("includes/snippets/go/x.md", "")


def test_the_licence_is_the_docs_own_and_no_page(tmp_path: Path) -> None:
    docs = put(tmp_path / "docs", a="a", LICENSE="CC BY")
    put(tmp_path, LICENSE="not theirs")
    read = read_docs(docs)
    assert read.value.source.licence == "CC BY"
    assert read.value.source.name == "docs"
    assert paths(read) == ["a.md"]


# ---- reading what was read before


def later(docs: Path, known: Mapping[str, object] = MappingProxyType({})) -> Parsed[Docs]:
    """The docs as they are read once no file is so young that it is not believed."""
    time.sleep(0.06)
    return read_docs(docs, known=known)


def taken(docs: Parsed[Docs]) -> object:
    """All that a run takes from docs."""
    value = docs.value
    files = (*value.pages, *value.includes.files.values())
    found = [(file.path, file.text, file.sha256, file.needs) for file in files]
    return found, list(value.includes.files), value.source, docs.diagnostics


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that have been read since."""
    names: list[str] = []
    read_bytes = Path.read_bytes

    def noting(path: Path) -> bytes:
        names.append(path.name)
        return read_bytes(path)

    monkeypatch.setattr(Path, "read_bytes", noting)
    return names


@pytest.fixture
def known_docs(tmp_path: Path) -> Path:
    """A folder with a file of every kind that `read_docs` reads."""
    docs = put(
        tmp_path / "docs",
        api__a="[!INCLUDE [x](../../includes/Note.MD)] [!INCLUDE [y](../includes/deep.md)]",
        api__b=b"two\ncaf\xe9\n",
        api__c="[!INCLUDE [z](../includes/gone.md)]",
        includes__deep="[!INCLUDE [z](inner.md)]",
        includes__inner="inner",
        resources__one="one",
        resources__two="two",
    )
    put(tmp_path / "includes", note="note")
    put(tmp_path / "more", d="d of more")
    put(tmp_path / "less", d="d of less")
    (docs / "linked").symlink_to(tmp_path / "more")
    (docs / "resources/link.md").symlink_to(tmp_path / "more/d.md")
    return docs


def test_what_nobody_has_written_to_is_not_read_again(known_docs: Path, opened: list[str]) -> None:
    first = later(known_docs)
    del opened[:]
    again = later(known_docs, first.value.stamps)
    assert opened == ["link.md"]  # what it leads to may change without it
    assert again.diagnostics == first.diagnostics and codes(again) == ["text-not-utf8"]
    assert again.value.pages == first.value.pages and hash(again.value.pages[0])
    assert again.value.stamps == first.value.stamps
    assert taken(again) == taken(first)
    assert len(opened) > 9  # their texts, now that they were asked for


def in_place(file: Path, text: str) -> None:
    """Write to a file what is as long, and give it back the time that it had."""
    before = file.stat()
    assert len(text.encode()) == before.st_size
    file.write_text(text)
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))


def replaced(file: Path, text: str) -> None:
    """Put another file as long and as old in its place."""
    before = file.stat()
    other = file.with_suffix(".new")
    other.write_text(text)
    assert other.stat().st_size == before.st_size
    os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))
    other.rename(file)


def swapped(one: Path, two: Path) -> None:
    one.rename(one.with_suffix(".third"))
    two.rename(one)
    one.with_suffix(".third").rename(two)


def led_elsewhere(link: Path, target: Path) -> None:
    link.unlink()
    link.symlink_to(target)


@pytest.mark.parametrize(
    "change",
    [
        lambda docs: put(docs, api__new="new"),
        lambda docs: (docs / "api/b.md").unlink(),
        lambda docs: (docs / "api/b.md").write_bytes(b"caf\xe9\ntwo\n"),
        lambda docs: (docs / "resources/one.md").rename(docs / "resources/three.md"),
        lambda docs: (docs / "resources/one.md").rename(docs / "resources/two.md"),
        lambda docs: swapped(docs / "resources/one.md", docs / "resources/two.md"),
        lambda docs: in_place(docs / "resources/one.md", "1st"),
        lambda docs: replaced(docs / "resources/one.md", "1st"),
        lambda docs: (docs / "resources/one.md").write_text("[!INCLUDE [x](../includes/new.md)]"),
        lambda docs: in_place(docs / "includes/inner.md", "INNER"),
        lambda docs: replaced(docs / "includes/deep.md", "[!INCLUDE [z](other.md)]"),
        lambda docs: (docs / "includes/inner.md").unlink(),
        lambda docs: put(docs, includes__gone="back again"),
        lambda docs: (docs / "includes/deep.md").rename(docs / "includes/Deep.MD"),
        lambda docs: (docs.parent / "includes/note.md").rename(docs.parent / "includes/NOTE.md"),
        lambda docs: (docs.parent / "includes/note.md").rename(docs / "includes/Inner.md"),
        lambda docs: in_place(docs.parent / "includes/note.md", "NOTE"),
        lambda docs: in_place(docs.parent / "more/d.md", "D of more"),
        lambda docs: led_elsewhere(docs / "linked", docs.parent / "less"),
        lambda docs: led_elsewhere(docs / "linked", docs.parent.parent),
        lambda docs: led_elsewhere(docs / "resources/link.md", docs.parent / "less/d.md"),
        lambda docs: led_elsewhere(docs / "api/b.md", docs / "resources/two.md"),
        lambda docs: led_elsewhere(docs / "includes/deep.md", Path("/etc/hostname")),
    ],
)
def test_every_change_to_what_is_known_is_seen(
    known_docs: Path, change: Callable[[Path], object]
) -> None:
    known = later(known_docs).value.stamps
    before = taken(read_docs(known_docs))
    change(known_docs)
    again = later(known_docs, known)
    assert taken(again) == taken(read_docs(known_docs)) != before
    assert taken(later(known_docs, again.value.stamps)) == taken(again)


def test_a_file_is_known_once_its_mark_cannot_be_that_of_another_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    docs = put(tmp_path / "docs", a="a")
    mark = mark_of(f"{docs}/a.md")
    assert mark is not None
    written = max(mark[2:])
    for age, known in ((-1, []), (0, []), (40_000_000, []), (60_000_000, ["a.md"])):
        monkeypatch.setattr(reading.time, "time_ns", lambda age=age: written + age)
        assert list(read_docs(docs).value.stamps) == known
    assert is_certain((1, 2, 5 * 10**9, 5 * 10**9 + 1), 6 * 10**9)
    # A coarse file system, or an image.
    assert not is_certain((1, 2, 5 * 10**9, 5 * 10**9), 60 * 10**9)


def test_a_text_that_changes_before_it_is_asked_for_is_no_text_of_that_run(tmp_path: Path) -> None:
    docs = put(tmp_path / "docs", a="a", b="b", c="c")
    known = later(docs).value.stamps
    one, two, three = read_docs(docs, known=known).value.pages
    put(docs, a="other")
    (docs / "b.md").unlink()
    os.utime(docs / "c.md")
    with pytest.raises(Trouble, match=r"a\.md was changed .* run again"):
        assert one.text
    with pytest.raises(Trouble, match=r"cannot read .*b\.md"):
        assert two.text
    assert three.text == "c"


def test_what_is_known_of_another_form_is_not_known(tmp_path: Path) -> None:
    docs = put(tmp_path / "docs", a="a")
    mark = mark_of(f"{docs}/a.md")
    again = later(docs, {"a.md": (mark, "0" * 64, (), ())})
    assert taken(again) == taken(read_docs(docs))


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["v1.0/api/a.md", "beta/api/a.md"], ("beta", "v1.0")),
        (["ref/v1.0/a.md", "ref/beta/resources/a.md"], ("ref/beta", "ref/v1.0")),
        (["x/y/v1.0/a.md", "x/y/beta/a.md"], ("x/y/beta", "x/y/v1.0")),
        (["v1.0/api/a.md", "concepts/beta/api/a.md"], ()),
        (["v1.0/api/a.md", "beta/concepts/a.md"], ()),
        (["v1.0/api/a.md"], ()),
        (["api/v1.md", "api/beta.md"], ()),
    ],
)
def test_versions_side_by_side(names: list[str], expected: tuple[str, ...]) -> None:
    assert versions(names) == expected


def test_trouble_with_the_docs_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "empty").mkdir()
    put(tmp_path / "two", **{"v1.0__api__a": "", "beta__api__a": ""})
    (tmp_path / "dangling").mkdir()
    (tmp_path / "dangling" / "a.md").symlink_to("nowhere")
    for name, words in {
        "missing": "there is no folder",
        "file": "is a file",
        "empty": "there is no .md file",
        "two": "several versions",
        "dangling": "cannot read",
    }.items():
        with pytest.raises(Trouble, match=words) as caught:
            read_docs(tmp_path / name)
        assert "\n" not in str(caught.value)
        assert str(tmp_path / name) in str(caught.value)
        assert isinstance(caught.value, SeveralVersions) == (name == "two")


def test_a_page_that_the_system_refuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    docs = put(tmp_path / "docs", a="a")

    def refuse(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(Trouble, match=r"cannot read .*a\.md: Permission denied"):
        read_docs(docs)


# ---- writing


def files(**texts: str) -> tuple[TextFile, ...]:
    """Files to be written; `__` stands for `/` and `_py` at the end for `.py`."""
    named = ((name.replace("__", "/").replace("_py", ".py"), text) for name, text in texts.items())
    return tuple(TextFile(path, text) for path, text in named)


def write(output: Path, **texts: str) -> Changes:
    changes = compare(output, files(**texts), "1")
    apply(output, changes)
    return changes


def content(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): path.read_text()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != MANIFEST
    }


def test_a_second_run_touches_nothing(tmp_path: Path) -> None:
    output = tmp_path / "out"
    assert sorted(write(output, a_py="1", b__c_py="2").added) == ["a.py", "b/c.py"]
    before = {path: path.stat().st_mtime_ns for path in output.rglob("*")}
    again = write(output, a_py="1", b__c_py="2")
    assert not again and again.unchanged == ("a.py", "b/c.py")
    assert {path: path.stat().st_mtime_ns for path in output.rglob("*")} == before


def test_only_what_differs_is_written(tmp_path: Path) -> None:
    output = tmp_path / "out"
    write(output, a_py="1", b_py="2", c_py="3")
    kept = (output / "a.py").stat()
    changes = write(output, a_py="1", b_py="new", d_py="4")
    assert (list(changes.changed), list(changes.added)) == (["b.py"], ["d.py"])
    assert changes.removed == ("c.py",)
    assert content(output) == {"a.py": "1", "b.py": "new", "d.py": "4"}
    after = (output / "a.py").stat()
    assert (after.st_mtime_ns, after.st_ino) == (kept.st_mtime_ns, kept.st_ino)


def test_a_file_that_is_known_is_replaced_unread_and_shown_when_asked_for(
    tmp_path: Path, opened: list[str]
) -> None:
    write(tmp_path, a_py="old", b_py="old")
    known = {path: TextFile(path, "old").sha256 for path in ("a.py", "b.py")}
    opened.clear()
    changes = compare(tmp_path, files(a_py="new"), "1", known=known)
    assert "a.py" not in opened
    assert (dict(changes.changed), changes.removed) == ({"a.py": b"new"}, ("b.py",))
    assert dict(changes.old) == {"a.py": b"old", "b.py": b"old"}
    # What is known is no word about whose it is.
    (tmp_path / "c.py").write_text("theirs")
    known["c.py"] = TextFile("c.py", "theirs").sha256
    with pytest.raises(Trouble, match="did not write"):
        compare(tmp_path, files(c_py="new"), "1", known=known)


def test_the_list_of_files_is_the_same_whenever_it_is_written(tmp_path: Path) -> None:
    write(tmp_path / "one", b_py="2", a_py="1")
    write(tmp_path / "two", a_py="x", c_py="3")
    write(tmp_path / "two", a_py="1", b_py="2")
    one, two = ((tmp_path / name / MANIFEST).read_bytes() for name in ("one", "two"))
    assert one == two
    listed = json.loads(one)
    assert list(listed["files"]) == ["a.py", "b.py"]
    assert listed["files"]["a.py"].startswith("6b86b273ff34fce1")  # sha256 of "1"
    assert listed["version"] == "1"


def test_removing_takes_the_folders_it_empties_and_no_others(tmp_path: Path) -> None:
    output = tmp_path / "out"
    write(output, a__b__c_py="1", a__d_py="2", e_py="3")
    (output / "a" / "b" / "__pycache__").mkdir()
    (output / "a" / "b" / "__pycache__" / "c.cpython-311.pyc").write_text("")
    (output / "a" / "mine.txt").write_text("mine")
    write(output, e_py="3")
    assert content(output) == {"a/mine.txt": "mine", "e.py": "3"}
    assert not (output / "a" / "b").exists()


def test_files_of_others_stop_the_run_before_it_writes(tmp_path: Path) -> None:
    output = tmp_path / "out"
    output.mkdir()
    (output / "a.py").write_text("mine")
    (output / "b.py").write_text("the same")
    (output / "d.py").mkdir()
    with pytest.raises(Trouble, match=r"did not write and would overwrite: a\.py, d\.py; "):
        compare(output, files(a_py="1", b_py="the same", c_py="3", d_py="4"), "1")
    assert content(output) == {"a.py": "mine", "b.py": "the same"}
    (output / "a.py").unlink()
    (output / "d.py").rmdir()
    write(output, a_py="1", b_py="the same")
    assert content(output) == {"a.py": "1", "b.py": "the same"}


def test_links_are_not_written_or_removed_through(tmp_path: Path) -> None:
    output, outside = tmp_path / "out", tmp_path / "outside"
    write(output, sub__a_py="1", b_py="2")
    outside.mkdir()
    (outside / "a.py").write_text("outside")
    (output / "sub" / "a.py").unlink()
    (output / "sub").rmdir()
    (output / "sub").symlink_to(outside)
    with pytest.raises(Trouble, match=r"sub/a\.py"):
        compare(output, files(sub__a_py="new", b_py="2"), "1")
    write(output, b_py="2")  # sub/a.py is gone from the pages
    assert content(outside) == {"a.py": "outside"}
    (output / "b.py").unlink()
    (output / "b.py").symlink_to(outside / "a.py")
    with pytest.raises(Trouble, match=r"b\.py"):
        compare(output, files(b_py="new"), "1")


@pytest.mark.parametrize(
    "path", ["../x.py", "/x.py", "a/../../x", "a//b", "a\\b", "", "a\nb", MANIFEST]
)
def test_a_path_that_leads_out_is_refused(tmp_path: Path, path: str) -> None:
    with pytest.raises(Trouble, match="no path below"):
        compare(tmp_path / "out", [TextFile(path, "")], "1")


def test_a_list_that_names_files_outside_is_refused(tmp_path: Path) -> None:
    output = tmp_path / "out"
    write(output, a_py="1")
    (tmp_path / "precious").write_text("precious")
    listed = {"files": {"../precious": "0"}, "tool": "gen-graph", "version": "1"}
    (output / MANIFEST).write_text(json.dumps(listed))
    with pytest.raises(Trouble, match="no path below"):
        write(output, a_py="1")
    assert (tmp_path / "precious").exists()


@pytest.mark.parametrize("text", ["", "[]", "{", '{"files": 3}', '{"files": {"a": 1}}', "[" * 9999])
def test_a_broken_list_is_reported(tmp_path: Path, text: str) -> None:
    output = tmp_path / "out"
    write(output, a_py="1")
    (output / MANIFEST).write_text(text)
    with pytest.raises(Trouble, match=r"does not read as gen-graph's list"):
        write(output, a_py="2")


def test_a_full_disk_leaves_the_output_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = tmp_path / "out"
    write(output, a_py="1")
    real = Path.write_bytes

    def full(path: Path, data: bytes) -> int:
        if data == b"3":
            raise OSError(28, "No space left on device", str(path))
        return real(path, data)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(Trouble, match="No space left on device"):
        write(output, a_py="2", b__c_py="3")
    assert content(output) == {"a.py": "1"}
    with pytest.raises(Trouble, match="No space left on device"):
        write(tmp_path / "fresh" / "out", a_py="3")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out"]


def test_a_run_killed_between_renames_is_repaired_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clean, killed = tmp_path / "clean", tmp_path / "killed"
    new = {"a_py": "new", "b__c_py": "2", "d_py": "4"}
    write(clean, **new)
    for moment in range(5):
        write(killed, a_py="1", old_py="0")
        left = [moment]
        replace = os.replace

        def dying(source: str, target: str) -> None:
            left[0] -= 1
            if left[0] < 0:
                raise SystemExit("killed")
            replace(source, target)

        with monkeypatch.context() as patch:
            patch.setattr(writing.os, "replace", dying)
            patch.setattr(writing.shutil, "rmtree", lambda *_, **__: None)  # nobody cleans up
            with pytest.raises(SystemExit):
                write(killed, **new)
        write(killed, **new)
        assert content(killed) == content(clean)
        assert (killed / MANIFEST).read_bytes() == (clean / MANIFEST).read_bytes()
        assert not (killed / writing.STAGE).exists()


def test_two_runs_at_once_do_not_mix(tmp_path: Path) -> None:
    output = tmp_path / "out"
    changes = compare(output, files(a_py="1"), "1")
    output.mkdir()
    with writing._stage(output):
        with pytest.raises(Trouble, match="another run is writing"):
            apply(output, changes)
    apply(output, changes)
    assert content(output) == {"a.py": "1"}


def test_ctrl_c_while_renaming_comes_too_late(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert threading.current_thread() is threading.main_thread()
    output = tmp_path / "out"
    replace = os.replace

    def interrupted(source: str, target: str) -> None:
        signal.raise_signal(signal.SIGINT)
        replace(source, target)

    monkeypatch.setattr(writing.os, "replace", interrupted)
    write(output, a_py="1", b_py="2")
    assert content(output) == {"a.py": "1", "b.py": "2"}


def test_text_that_utf8_cannot_hold_is_escaped(tmp_path: Path) -> None:
    write(tmp_path / "out", a_py="'\ud800 é'")
    assert (tmp_path / "out" / "a.py").read_bytes() == b"'\\ud800 \xc3\xa9'"
    for text in ("'\ud800 é'", "é"):
        file = TextFile("a.py", text)
        known = file.known()
        assert (known.text, known.data, known.sha256) == (text, file.data, file.sha256)
