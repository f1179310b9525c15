"""The facts of all pages: from the cache where a page was read before, else read now.

Takes `Docs`, gives facts by path of page. A page's facts depend on the page, the includes that it
names and the code that reads: the digest of these is the key.
"""

import pickle
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from hashlib import blake2b

from generator.cache import Store, digest
from generator.diagnostics import Parsed
from generator.pages import read_page
from generator.pages.facts import PageFacts
from generator.sources import code_digest
from generator.textfile import AnyFile, Docs, Includes, TextFile, in_order

_SIGN = 16  # bytes
_CHUNK = 32  # pages that travel to another process together
_ROOMS = ("diagnostics", "gathering", "markdown", "pages", "textfile", "values")
_PACKAGES = ("markdown-it-py", "PyYAML")


@dataclass(frozen=True, slots=True)
class Gathered:
    """The facts of every page, by path, as they travel and are kept: signed and pickled."""

    packed: tuple[bytes, ...]

    def digest(self) -> bytes:
        """32 bytes that change with any fact of any page, and with nothing else on the pages."""
        return digest(b"gathered", *self.signs())

    def signs(self) -> tuple[bytes, ...]:
        """16 bytes for each page that change with any fact of it."""
        return tuple(packed[:_SIGN] for packed in self.packed)

    def facts(self) -> list[Parsed[PageFacts]]:
        return [pickle.loads(memoryview(packed)[_SIGN:]) for packed in self.packed]


def gather_facts(
    docs: Docs,
    executor: Executor | None = None,
    store: Store | None = None,
    progress: Callable[[int], None] = lambda done: None,
) -> Gathered:
    """The facts of every page. Pages that `store` does not know are read by `executor`.

    `progress` hears how many pages are done.
    """
    pages = in_order(docs.pages)
    keys = [_key(page, docs.includes) for page in pages] if store else [b""] * len(pages)
    known = store.get(keys) if store else {}
    packed = {page.path: known[key] for page, key in zip(pages, keys, strict=True) if key in known}
    unread = [page for page in pages if page.path not in packed]
    done = len(packed)
    for packed_chunk, paths in _read(unread, docs.includes, executor):
        packed.update(zip(paths, packed_chunk, strict=True))
        done += len(paths)
        progress(done)
    if store:
        fresh = {page.path for page in unread}
        new = zip(pages, keys, strict=True)
        store.put({key: packed[page.path] for page, key in new if page.path in fresh})
    return Gathered(tuple(packed[page.path] for page in pages))


def read_chunk(pages: Sequence[TextFile], includes: Includes) -> list[bytes]:
    """Read these pages here, in their order; runs in other processes.

    The facts come pickled, behind a digest of that: so they travel, and so they are kept.
    """
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
    for packed, chunk in zip(read, chunks, strict=True):
        yield packed, [page.path for page in chunk]


def _key(page: AnyFile, includes: Includes) -> bytes:
    parts = [page.path, page.sha256]
    for file in includes.named_by(page).files.values():
        parts.extend((file.path, file.sha256))
    return digest(b"facts", code_digest(_ROOMS, _PACKAGES), *parts)
