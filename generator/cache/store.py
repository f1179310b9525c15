"""Entries in one SQLite file: safe for many processes at once, and quick to read in bulk."""

import hashlib
import sqlite3
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from generator.values import Value

FILE: Final = "cache-2.sqlite"  # the number is that of the table's form
LIMIT: Final = 512 * 1024 * 1024  # bytes; v1.0 of Microsoft Graph takes 45 MB
_PATIENCE = 10.0  # seconds to wait while another process writes
_AT_ONCE = 500  # keys in one question
_WEEK = 7 * 24 * 3600  # seconds; an entry's date is renewed no more often
_CHECK = 4  # bytes of checksum before each content
_PAGE = 16_384  # bytes; most contents lie in a page or two
_TABLE = (
    "CREATE TABLE IF NOT EXISTS entries"
    " (key BLOB PRIMARY KEY, used INTEGER NOT NULL, content BLOB NOT NULL)"
)


def default_folder() -> Path:
    """The folder for caches of this user on this system."""
    import platformdirs  # late: not needed where --cache-dir or --no-cache is given

    return platformdirs.user_cache_path("gen-graph", appauthor=False)


def digest(*parts: bytes | str) -> bytes:
    """32 bytes that tell these parts from all others, the borders between them included."""
    told: list[bytes] = []
    for part in parts:
        data = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        told += len(data).to_bytes(8, "little"), data
    return hashlib.blake2b(b"".join(told), digest_size=32).digest()


class Store(Value):
    """Contents by key in `folder`, which is made when the first one is put there.

    It can be pickled: another process opens the file anew. No method raises for a cache that
    cannot be read or written; it then holds nothing.
    """

    folder: Path
    limit: int = LIMIT

    def get(self, keys: Iterable[bytes]) -> dict[bytes, bytes]:
        """The content of each of these keys that is held, and undamaged."""
        with closing(self.reader()) as reader:
            return reader.get(keys)

    def reader(self) -> "Reader":
        """Someone who asks this store several times."""
        return Reader(self)

    def put(self, entries: Mapping[bytes, bytes]) -> None:
        """Hold these entries; those unused for longest give way if there are too many."""
        if not entries or not self._makes_folder():
            return
        now = int(time.time())
        rows = [(key, now, _checksum(key, data) + data) for key, data in entries.items()]

        def write(database: sqlite3.Connection) -> None:
            database.execute("BEGIN IMMEDIATE")
            with database:
                database.execute(_TABLE)
                database.executemany("INSERT OR REPLACE INTO entries VALUES (?, ?, ?)", rows)
                self._evict(database)

        self._work(write)

    def _makes_folder(self) -> bool:
        try:
            # Nobody else may put things here: what is found is unpickled.
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError:
            return False
        return True

    def _evict(self, database: sqlite3.Connection) -> None:
        """Remove the oldest entries until a quarter is free; SQLite fills the room again."""
        if self._held(database) <= self.limit:
            return
        oldest = database.execute("SELECT key, length(content) FROM entries ORDER BY used, rowid")
        spare = self._held(database) - self.limit * 3 // 4
        going: list[tuple[bytes]] = []
        for key, length in oldest:
            if spare <= 0:
                break
            going.append((key,))
            spare -= length
        database.executemany("DELETE FROM entries WHERE key = ?", going)

    def _held(self, database: sqlite3.Connection) -> int:
        (pages,) = database.execute("PRAGMA page_count").fetchone()
        (free,) = database.execute("PRAGMA freelist_count").fetchone()
        (size,) = database.execute("PRAGMA page_size").fetchone()
        return int((pages - free) * size)

    def _work(self, work: Callable[[sqlite3.Connection], None]) -> None:
        with self.damage_removed(), closing(self.opened()) as database:
            work(database)

    def opened(self) -> sqlite3.Connection:
        database = sqlite3.connect(self.folder / FILE, timeout=_PATIENCE, isolation_level=None)
        # A power cut may spoil the file, which then counts as empty; speed is worth that.
        database.execute("PRAGMA synchronous = OFF")
        database.execute(f"PRAGMA page_size = {_PAGE}")  # for a file that is yet to be made
        return database

    @contextmanager
    def damage_removed(self) -> Iterator[None]:
        """What fails in work on the database ends that; a file that is none is removed."""
        file = self.folder / FILE
        try:
            yield
        except sqlite3.OperationalError:
            return  # locked for too long, no room, no rights: another run may do better
        except (sqlite3.DatabaseError, UnicodeDecodeError):
            # SQLite's words on a damaged table quote it, and Python cannot always read them.
            for name in (file, file.with_name(f"{FILE}-journal")):
                try:
                    name.unlink(missing_ok=True)
                except OSError:
                    return


class Reader:
    """Asks a store, whose file stays open from the first question to `close`."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._database: sqlite3.Connection | None = None

    def get(self, keys: Iterable[bytes]) -> dict[bytes, bytes]:
        """The content of each of these keys that is held, and undamaged."""
        wanted = list(dict.fromkeys(keys))
        found: dict[bytes, bytes] = {}
        if wanted and (self._store.folder / FILE).is_file():
            with self._store.damage_removed():
                self._database = self._database or self._store.opened()
                self._read(self._database, wanted, found)
        return found

    def close(self) -> None:
        if self._database is not None:
            self._database.close()
            self._database = None

    def _read(
        self, database: sqlite3.Connection, wanted: list[bytes], found: dict[bytes, bytes]
    ) -> None:
        ageing: list[bytes] = []
        now = int(time.time())
        for at in range(0, len(wanted), _AT_ONCE):
            part = wanted[at : at + _AT_ONCE]
            marks = ",".join("?" * len(part))
            query = f"SELECT key, used, content FROM entries WHERE key IN ({marks})"
            for key, used, checked in database.execute(query, part):
                if not isinstance(checked, bytes) or not isinstance(used, int):
                    continue  # SQLite holds any type in any column of a damaged file
                content = checked[_CHECK:]
                if checked[:_CHECK] == _checksum(key, content):
                    found[key] = content
                    if not now - _WEEK < used <= now:
                        ageing.append(key)
        if ageing:
            database.execute("BEGIN IMMEDIATE")
            with database:
                database.executemany(
                    "UPDATE entries SET used = ? WHERE key = ?", [(now, k) for k in ageing]
                )


def _checksum(key: bytes, content: bytes) -> bytes:
    """What tells a damaged content, or one under another key; nobody else may write here."""
    return zlib.crc32(content, zlib.crc32(key)).to_bytes(_CHECK, "little")
