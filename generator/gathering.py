"""The facts of all pages: from the cache where a page was read before, else read now.

Takes `Docs`, gives facts by path of page. A page's facts depend on the page, the includes that it
names and the code that reads: the digest of these is the key.
"""

import pickle
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from functools import partial
from hashlib import blake2b

from msgspec.structs import replace

from generator.cache import Store, digest
from generator.diagnostics import Parsed
from generator.memo import Memo
from generator.pages.facts import OperationFact, PageFacts, PageKind
from generator.sources import code_digest
from generator.textfile import AnyFile, Docs, Includes, TextFile, in_order
from generator.values import Sealed, Value

_SIGN = 16  # bytes
_CHUNK = 32  # pages that travel to another process together
_ROOMS = ("diagnostics", "gathering", "markdown", "pages", "textfile", "values")
_PACKAGES = ("markdown-it-py", "PyYAML")


class Gathered(Value):
    """The facts of every page by path, and for each 16 bytes that change with them."""

    facts: tuple[Parsed[PageFacts], ...]
    signs: tuple[bytes, ...]

    def digest(self) -> bytes:
        """32 bytes that change with any fact of any page, and with nothing else on the pages."""
        return digest(b"gathered", *self.signs)


def gather_facts(
    docs: Docs,
    executor: Executor | None = None,
    store: Store | None = None,
    progress: Callable[[int], None] = lambda done: None,
    memo: Memo | None = None,
) -> Gathered:
    """The facts of every page.

    `memo` knows those of the pages that stand as they stood in the last run, but for their
    operations, which are read from `store` when somebody looks. Of the other pages `store` may know
    some; the rest is read by `executor`. `progress` hears how many pages are done.
    """
    memo = memo or Memo()
    pages = in_order(docs.pages)
    keys = _keys(pages, docs.includes) if store else {}
    known: Mapping[str, _Front] = memo.recall("facts", keys)
    new = [page for page in pages if page.path not in known]
    held = store.get(keys[page.path] for page in new) if store and new else {}
    found = {page.path: held[keys[page.path]] for page in new if keys.get(page.path) in held}
    unread = [page for page in new if page.path not in found]
    reading = _read(unread, docs.includes, executor)
    opened = {
        page.path: _whole(known[page.path], partial(_operation, page, docs.includes, keys, memo))
        for page in pages
        if page.path in known
    }
    done = len(opened) + len(found)
    for packed, paths in reading:
        found.update(zip(paths, packed, strict=True))
        done += len(paths)
        progress(done)
    if store:
        store.put({keys[page.path]: found[page.path] for page in unread})
    fronts = {path: _Front(packed[:_SIGN], _opened(packed)) for path, packed in found.items()}
    memo.hold("facts", keys, {path: _without_operation(front) for path, front in fronts.items()})
    opened.update(fronts)
    ordered = [opened[page.path] for page in pages]
    return Gathered(tuple(each.facts for each in ordered), tuple(each.sign for each in ordered))


class _Front(Value):
    """The facts of a page, and their sign."""

    sign: bytes
    facts: Parsed[PageFacts]


def _opened(packed: bytes) -> Parsed[PageFacts]:
    """Facts as they travel and are kept, behind their sign."""
    facts: Parsed[PageFacts] = pickle.loads(memoryview(packed)[_SIGN:])
    return facts


def _without_operation(front: _Front) -> _Front:
    """What is known of a page without a look: two thirds of all facts are those of operations."""
    page, said = front.facts
    return (
        front
        if page.operation is None
        else _Front(front.sign, Parsed(replace(page, operation=None), said))
    )


def _whole(front: _Front, load: Callable[[], OperationFact]) -> _Front:
    """The same with its operation, which is read when somebody looks."""
    page, said = front.facts
    if page.kind is not PageKind.OPERATION:
        return front
    return _Front(front.sign, Parsed(replace(page, operation=Sealed.later(load)), said))


def _operation(
    page: AnyFile, includes: Includes, keys: Mapping[str, bytes], memo: Memo
) -> OperationFact:
    """The operation of a page that was read before; it is kept, unless it had to give way."""
    packed = memo.content(keys[page.path])
    if packed is None:
        text = TextFile(page.path, page.text)
        (packed,) = read_chunk([text], includes.named_by(page).as_texts())
    operation = _opened(packed).value.operation
    assert operation is not None
    return operation.value


def read_chunk(pages: Sequence[TextFile], includes: Includes) -> list[bytes]:
    """Read these pages here, in their order; runs in other processes.

    The facts come pickled, behind a digest of that: so they travel, and so they are kept.
    """
    # Late: what others read needs no markdown-it here.
    from generator.pages.reading import read_page

    facts = (read_page(page, includes) for page in pages)
    pickled = (pickle.dumps(each, pickle.HIGHEST_PROTOCOL) for each in facts)
    return [blake2b(each, digest_size=_SIGN).digest() + each for each in pickled]


def _read(
    pages: Sequence[AnyFile], includes: Includes, executor: Executor | None
) -> Iterator[tuple[list[bytes], list[str]]]:
    """Pickled facts and paths of each chunk, which travels with the includes it needs."""
    texts = [TextFile(page.path, page.text) for page in pages]
    chunks = [texts[at : at + _CHUNK] for at in range(0, len(texts), _CHUNK)]
    # Dask's executor asks how many there are.
    needed = [includes.named_by(*chunk).as_texts() for chunk in chunks]
    read = executor.map(read_chunk, chunks, needed) if executor else map(read_chunk, chunks, needed)
    return zip(read, ([page.path for page in chunk] for chunk in chunks), strict=True)


def _keys(pages: Iterable[AnyFile], includes: Includes) -> dict[str, bytes]:
    """For each page, by path, 32 bytes that change with all that its facts depend on."""
    code = digest(b"facts", code_digest(_ROOMS, _PACKAGES))

    def key(page: AnyFile) -> bytes:
        told = [page.path, page.sha256]
        for file in includes.named_by(page).files.values() if page.needs else ():
            told += file.path, file.sha256
        text = "\0".join(told).encode("utf-8", "surrogatepass")
        return blake2b(text, key=code, digest_size=32).digest()

    return {page.path: key(page) for page in pages}
