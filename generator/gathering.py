"""The facts of all pages: from the cache where a page was read before, else read now.

Takes `Docs`, gives facts by path of page. A page's facts depend on the page, the includes that it
names and the code that reads: the digest of these is the key.
"""

import pickle
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor
from hashlib import blake2b

from generator.cache import Store, digest
from generator.diagnostics import Parsed
from generator.pages.facts import PageFacts
from generator.sources import code_digest
from generator.textfile import AnyFile, Docs, Includes, TextFile, in_order
from generator.values import Desk, Value

_SIGN = 16  # bytes
_FACTS = b"facts"  # where they lie on a desk
_CHUNK = 32  # pages that travel to another process together
_ROOMS = ("diagnostics", "gathering", "markdown", "pages", "textfile", "values")
_PACKAGES = ("markdown-it-py", "PyYAML")


class PackedFacts:
    """The facts of one page, pickled until somebody asks; `sign` is 16 bytes that change with them."""

    __slots__ = ("_opened", "packed", "sign")

    def __init__(self, packed: bytes) -> None:
        self.packed = packed  # as they travel and are kept: the sign and the pickle
        self.sign = packed[:_SIGN]
        self._opened: Parsed[PageFacts] | None = None

    def opened(self) -> Parsed[PageFacts]:
        if self._opened is None:
            self._opened = pickle.loads(memoryview(self.packed)[_SIGN:])
        return self._opened

    def __eq__(self, other: object) -> bool:
        return self.packed == other.packed if isinstance(other, PackedFacts) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.sign)


class Gathered(Value):
    """The facts of every page, by path."""

    pages: tuple[PackedFacts, ...]

    def digest(self) -> bytes:
        """32 bytes that change with any fact of any page, and with nothing else on the pages."""
        return digest(b"gathered", *self.signs())

    def signs(self) -> tuple[bytes, ...]:
        return tuple(page.sign for page in self.pages)

    def facts(self) -> list[Parsed[PageFacts]]:
        return [page.opened() for page in self.pages]


def gather_facts(
    docs: Docs,
    executor: Executor | None = None,
    store: Store | None = None,
    progress: Callable[[int], None] = lambda done: None,
    desk: Desk | None = None,
    meanwhile: Callable[[], object] = lambda: None,
) -> Gathered:
    """The facts of every page. Pages that neither `desk` nor `store` know are read by `executor`.

    `progress` hears how many pages are done; `meanwhile` is called once others are at work.
    """
    pages = in_order(docs.pages)
    keys = _keys(pages, docs.includes) if store else []
    known: dict[bytes, PackedFacts] = dict(desk.get(_FACTS, {})) if desk is not None else {}
    if store:
        held = store.get(key for key in keys if key not in known)
        known.update((key, PackedFacts(packed)) for key, packed in held.items())
    found = {page.path: known[key] for page, key in zip(pages, keys, strict=False) if key in known}
    unread = [page for page in pages if page.path not in found]
    done = len(found)
    reading = _read(unread, docs.includes, executor)
    meanwhile()
    for packed, paths in reading:
        found.update(zip(paths, map(PackedFacts, packed), strict=True))
        done += len(paths)
        progress(done)
    if store:
        fresh = {page.path for page in unread}
        new = zip(pages, keys, strict=True)
        store.put({key: found[page.path].packed for page, key in new if page.path in fresh})
    gathered = tuple(found[page.path] for page in pages)
    if desk is not None:
        desk[_FACTS] = dict(zip(keys, gathered, strict=False))
    return Gathered(gathered)


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


def _keys(pages: Iterable[AnyFile], includes: Includes) -> list[bytes]:
    """For each page 32 bytes that change with all that its facts depend on."""
    code = digest(b"facts", code_digest(_ROOMS, _PACKAGES))

    def key(page: AnyFile) -> bytes:
        told = [page.path, page.sha256]
        for file in includes.named_by(page).files.values() if page.needs else ():
            told += file.path, file.sha256
        text = "\0".join(told).encode("utf-8", "surrogatepass")
        return blake2b(text, key=code, digest_size=32).digest()

    return [key(page) for page in pages]
