"""The facts of all pages: from the cache where a page was read before, else read now.

Takes `Docs`, gives facts by path of page. A page's facts depend on the page, the includes that it
names and the code that reads: the digest of these is the key.
"""

import pickle
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from functools import partial
from hashlib import blake2b

from generator.cache import Store, digest
from generator.diagnostics import Diagnostic, Parsed
from generator.memo import Memo
from generator.pages.facts import PageFacts
from generator.sources import code_digest
from generator.textfile import AnyFile, Docs, Includes, TextFile, in_order
from generator.values import Value

_SIGN = 16  # bytes
_CHUNK = 32  # pages that travel to another process together
_ROOMS = ("diagnostics", "gathering", "markdown", "pages", "textfile", "values")
_PACKAGES = ("markdown-it-py", "PyYAML")


class Pages(Mapping[str, PageFacts]):
    """The facts of pages by path, each opened when somebody looks.

    `packed` are facts as they travel; `load` gives those that are not among them.
    """

    def __init__(
        self, paths: Sequence[str], packed: Mapping[str, bytes], load: Callable[[str], bytes]
    ) -> None:
        self._paths = paths
        self._packed = packed
        self._load = load
        self._opened: dict[str, PageFacts] = {}

    def __getitem__(self, path: str) -> PageFacts:
        if path not in self._opened:
            packed = self._packed.get(path) or self._load(path)
            self._opened[path] = _opened(packed).value
        return self._opened[path]

    def __iter__(self) -> Iterator[str]:
        return iter(self._paths)

    def __len__(self) -> int:
        return len(self._paths)


class Gathered(Value):
    """The facts of every page, for each 16 bytes that change with them, and what is said of it."""

    pages: Mapping[str, PageFacts]
    signs: Mapping[str, bytes]
    diagnostics: tuple[Diagnostic, ...]

    def digest(self) -> bytes:
        """32 bytes that change with any fact of any page, and with nothing else on the pages."""
        return digest(b"gathered", *self.signs.values())


class _Known(Value):
    """What is known of a page without its facts."""

    sign: bytes
    said: tuple[Diagnostic, ...]


def gather_facts(
    docs: Docs,
    executor: Executor | None = None,
    store: Store | None = None,
    progress: Callable[[int], None] = lambda done: None,
    memo: Memo | None = None,
) -> Gathered:
    """The facts of every page.

    Those of a page that stands as it stood in the last run, which `memo` knows, are read from
    `store` when somebody looks. Of the other pages `store` may know some; the rest is read by
    `executor`. `progress` hears how many pages are done.
    """
    memo = memo or Memo()
    pages = {page.path: page for page in in_order(docs.pages)}
    keys = _keys(pages.values(), docs.includes) if store else {}
    known: Mapping[str, _Known] = memo.recall("facts", keys)
    new = [path for path in pages if path not in known]
    held = store.get(keys[path] for path in new) if store and new else {}
    found = {path: held[keys[path]] for path in new if keys.get(path) in held}
    unread = [page for path, page in pages.items() if path not in known and path not in found]
    done = len(pages) - len(unread)
    reading = _read(unread, docs.includes, executor)
    memo.get_ready()
    for packed, paths in reading:
        found.update(zip(paths, packed, strict=True))
        done += len(paths)
        progress(done)
    if store:
        memo.later(partial(store.put, {keys[page.path]: found[page.path] for page in unread}))
    met = {path: _Known(each[:_SIGN], _opened(each).diagnostics) for path, each in found.items()}
    memo.hold("facts", keys, met)
    told = {path: known[path] if path in known else met[path] for path in pages}

    def load(path: str) -> bytes:
        """The facts of a page that was read before; they are kept, unless they had to give way."""
        if (packed := memo.content(keys[path])) is None:
            text = TextFile(path, pages[path].text)
            (packed,) = read_chunk([text], docs.includes.named_by(pages[path]).as_texts())
        return packed

    said = tuple(each for page in told.values() for each in page.said)
    signs = {path: page.sign for path, page in told.items()}
    return Gathered(Pages(tuple(pages), found, load), signs, said)


def _opened(packed: bytes) -> Parsed[PageFacts]:
    """Facts as they travel and are kept, behind their sign."""
    facts: Parsed[PageFacts] = pickle.loads(memoryview(packed)[_SIGN:])
    return facts


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
