"""Work done in units, and none of it twice: each result is kept with what was looked at for it.

A unit is work with a name. It looks into mappings that `Memo.noted` made; which of their entries
it met is noted. The next run does a unit anew only if what it is made of has changed, or an entry
that it met: so a change on one page costs what depends on it. Without a store nothing is kept, and
each unit is done when it is asked for.

What is kept of a run is the outline of all its units, and each value. The outline is two entries:
that of a whole run, and what has become different since, which is all that a run with little to do
writes. A damaged or missing entry costs time alone.
"""

import pickle
from array import array
from collections.abc import (
    Callable,
    Hashable,
    ItemsView,
    Iterable,
    Iterator,
    KeysView,
    Mapping,
    ValuesView,
)
from typing import Any, Final, Generic, TypeAlias, TypeVar
from uuid import uuid4

from msgspec import Struct, field

from generator.cache import Store, digest
from generator.diagnostics import Diagnostic, Parsed
from generator.values import Desk

__all__ = ["Kept", "Memo"]

T = TypeVar("T")
K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

_Signs: TypeAlias = Mapping[Any, object]  # for each key something that changes with the entry
# What a unit met that looked at every entry of a mapping, or at every key.
_ALL: Final = "\0all"
_KEYS: Final = "\0keys"
_MANY: Final = 1 / 8  # of all units: so many new ones, and the whole outline is written anew


# What the outline tells of a unit: its number, the digest of what it was made of, its value's key,
# what of the value is to be known without reading it, whether that is all of it, and findings. A
# plain tuple, since there are tens of thousands, and a class of its own takes ten times as long.
_Unit: TypeAlias = tuple[int, bytes, bytes, Any, bool, tuple[Diagnostic, ...]]


class _Outline(Struct):
    """Everything that is kept of a run but the values.

    `readers` maps the name of a mapping and a key of it to the numbers of the units that met it,
    as bytes of an array. A number there may be out of date, which costs time alone.
    """

    units: dict[str, _Unit] = field(default_factory=dict)
    signs: dict[str, _Signs] = field(default_factory=dict)
    readers: dict[str, dict[Any, bytes]] = field(default_factory=dict)
    numbers: int = 1
    name: bytes = b""  # tells it apart from every other one


class _Since(Struct):
    """What has become different since the outline called `base`: new parts, and units that are gone.

    `name` tells apart the outlines that these make together.
    """

    base: bytes = b""
    name: bytes = b""
    units: dict[str, _Unit] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    signs: dict[str, _Signs] = field(default_factory=dict)
    readers: dict[str, dict[Any, bytes]] = field(default_factory=dict)
    numbers: int = 1


class Kept(Generic[T]):
    """The result of a unit: its value, read when somebody asks, and what is known without it."""

    __slots__ = ("_load", "_value", "brief", "diagnostics", "key")

    def __init__(
        self,
        key: bytes,
        brief: object,
        diagnostics: tuple[Diagnostic, ...],
        load: Callable[[], T],
    ) -> None:
        self.key = key  # changes with the value
        self.brief: Any = brief
        self.diagnostics = diagnostics
        self._load: Callable[[], T] | None = load
        self._value: T | None = None

    @property
    def value(self) -> T:
        if self._load is not None:
            self.hold(self._load())
        return self._value  # type: ignore[return-value]

    @property
    def is_open(self) -> bool:
        return self._load is None

    def hold(self, value: T) -> None:
        """Have this value from here on."""
        self._value, self._load = value, None


class Memo:
    """The units of one run; `key` tells apart what is kept for different runs in one store.

    With a `desk` the outline of the last run in this process need not be read.
    """

    def __init__(
        self, store: Store | None = None, key: bytes = b"", desk: Desk | None = None
    ) -> None:
        self._store = store
        self._desk = desk
        self._reader = store.reader() if store is not None else None
        self._keys = digest(b"outline", key), digest(b"since", key)
        self._since = _Since()
        self._last = self._read()
        self._now = _Outline(numbers=self._last.numbers)
        self._values: dict[bytes, bytes] = {}
        self._noted: dict[str, _Noted[Any, Any]] = {}
        self._met: dict[str, dict[Any, list[int]]] = {}
        self._stale: set[int] = set()

    def noted(
        self, name: str, values: Mapping[K, V], sign: Callable[[V], object] | None = None
    ) -> Mapping[K, V]:
        """The same mapping, which notes for each unit the entries that it meets.

        `sign` gives for a value something that changes with it and can be pickled, the value
        itself by default. Each name is used once in a run.
        """
        if self._store is None:
            return values
        signs: _Signs = (
            dict(values) if sign is None else {key: sign(each) for key, each in values.items()}
        )
        return self._follow(name, signs, _Noted(values))

    def results(self, name: str, kept: Mapping[K, Kept[V]]) -> Mapping[K, V]:
        """The values of units by key, noted like other mappings; none is read before it is met."""
        opened = _Opened(kept)
        if self._store is None:
            return opened
        return self._follow(name, {key: each.key for key, each in kept.items()}, _Noted(opened))

    def work(
        self,
        name: str,
        own: bytes,
        do: Callable[[], Parsed[T]],
        brief: Callable[[T], object] | None = None,
    ) -> Kept[T]:
        """The result of the unit `name`, done now unless it is known.

        `do` is a function of what has the digest `own`, and of what it meets in noted mappings;
        it must not rely on what another unit left behind. `brief` gives what of the value is to
        be known without reading it; without `brief` the value is small, and known at once.
        """
        if self._store is None:
            done = do()
            shown = done.value if brief is None else brief(done.value)
            return Kept(b"", shown, done.diagnostics, lambda: done.value)
        unit = self._last.units.get(name)
        if unit is None or unit[1] != own or unit[0] in self._stale:
            return self._done(name, own, do, brief)
        self._now.units[name] = unit
        _, _, key, shown, is_small, found = unit
        if is_small:
            return Kept(key, shown, found, lambda: shown)
        return Kept(key, shown, found, lambda: self._stored(key, do))

    def recall(self, name: str, own: bytes) -> Any:
        """What `hold` put aside under this name, if `own` is the same; `None` if not."""
        unit = self._last.units.get(name)
        if unit is None or unit[1] != own:
            return None
        self._now.units[name] = unit
        return unit[3]

    def hold(self, name: str, own: bytes, brief: object) -> None:
        """Put aside what is to be known of work that was done elsewhere, with `own`, and kept there."""
        if self._store is not None:
            self._add(name, (0, own, b"", brief, True, ()))

    def join(
        self, parts: Iterable[Kept[Any]], own: bytes, do: Callable[[], T], brief: object
    ) -> Kept[T]:
        """A value that is made of these results and of what has the digest `own`.

        It is made when somebody asks, and not kept: it holds what its parts hold.
        """
        key = digest(own, *(part.key for part in parts))
        return Kept(key if self._store is not None else b"", brief, (), do)

    def fetch(self, kept: Iterable[Kept[Any]]) -> None:
        """Read the values of these results, all at once, before somebody asks for each."""
        closed = [each for each in kept if not each.is_open]
        if self._reader is None or not closed:
            return
        contents = self._reader.get(each.key for each in closed)
        for each in closed:
            if (content := contents.get(each.key)) is not None:
                each.hold(pickle.loads(content))

    def _done(
        self,
        name: str,
        own: bytes,
        do: Callable[[], Parsed[T]],
        brief: Callable[[T], object] | None,
    ) -> Kept[T]:
        for noted in self._noted.values():
            noted.met = set()
        done = do()
        unit = self._last.units.get(name)
        number = unit[0] if unit is not None else self._now.numbers
        self._now.numbers = max(self._now.numbers, number + 1)
        for mapping, noted in self._noted.items():
            if noted.met:
                readers = self._met.setdefault(mapping, {})
                for met in noted.met:
                    readers.setdefault(met, []).append(number)
        content = pickle.dumps(done.value, pickle.HIGHEST_PROTOCOL)
        key = digest(b"value", content)
        if brief is not None:
            self._values[key] = content
        shown = done.value if brief is None else brief(done.value)
        self._add(name, (number, own, key, shown, brief is None, done.diagnostics))
        return Kept(key, shown, done.diagnostics, lambda: done.value)

    def _stored(self, key: bytes, do: Callable[[], Parsed[T]]) -> T:
        assert self._reader is not None
        content = self._reader.get([key]).get(key)
        value: T = do().value if content is None else pickle.loads(content)
        return value

    def keep(self) -> None:
        """Keep this run for the next one."""
        if self._store is None or self._reader is None:
            return
        self._reader.close()
        now, since = self._now, self._since
        now.readers = self._last.readers
        for mapping, met in self._met.items():
            known = now.readers.setdefault(mapping, {})
            new = since.readers.setdefault(mapping, {})
            for key, numbers in met.items():
                both = set(numbers).union(array("I", known.get(key, b"")))
                known[key] = new[key] = array("I", sorted(both)).tobytes()
        since.gone = {*since.gone, *self._last.units} - now.units.keys()
        since.units = {name: unit for name, unit in since.units.items() if name in now.units}
        since.numbers = now.numbers
        whole, rest = self._keys
        entries = dict(self._values)
        now.name = since.base
        if not since.base or len(since.units) > len(now.units) * _MANY:
            now.name = uuid4().bytes
            since = _Since(now.name, numbers=now.numbers)
            entries[whole] = pickle.dumps(now, pickle.HIGHEST_PROTOCOL)
        since.name = uuid4().bytes
        entries[rest] = pickle.dumps(since, pickle.HIGHEST_PROTOCOL)
        self._store.put(entries)
        if self._desk is not None:
            self._desk[rest] = since.name, now

    def _add(self, name: str, unit: _Unit) -> None:
        self._now.units[name] = self._since.units[name] = unit

    def _follow(self, name: str, signs: _Signs, shown: "_Noted[K, V]") -> Mapping[K, V]:
        """Find out which units met what is different from the last run."""
        before = self._last.signs.get(name, {})
        self._now.signs[name] = signs
        self._noted[name] = shown
        if signs != before:
            self._since.signs[name] = signs
            readers = self._last.readers.get(name, {})
            changed = [key for key in signs if key in before and signs[key] != before[key]]
            other = signs.keys() ^ before.keys()
            for key in (*changed, *other, *((_KEYS,) if other else ()), _ALL):
                self._stale.update(array("I", readers.get(key, b"")))
        return shown

    def _read(self) -> _Outline:
        """The outline of the last run; sets aside what is different in it from the whole one."""
        if self._reader is None:
            return _Outline()
        whole, rest = self._keys
        since = self._loaded(rest, _Since)
        if since is None:
            return _Outline()
        name, outline = (self._desk or {}).get(rest, (b"", None))
        if name == since.name and isinstance(outline, _Outline):
            self._since = since
            return outline
        read = self._loaded(whole, _Outline)
        if read is None or since.base != read.name:
            return _Outline()
        read.units.update(since.units)
        for gone in since.gone:
            read.units.pop(gone, None)
        read.signs.update(since.signs)
        for mapping, readers in since.readers.items():
            read.readers.setdefault(mapping, {}).update(readers)
        read.numbers = since.numbers
        self._since = since
        return read

    def _loaded(self, key: bytes, kind: type[T]) -> T | None:
        assert self._reader is not None
        content = self._reader.get([key]).get(key)
        found = pickle.loads(content) if content is not None else None
        return found if isinstance(found, kind) else None


class _Noted(Mapping[K, V]):
    """A mapping that notes the keys which are looked up; `met` is renewed for each unit."""

    __slots__ = ("_values", "met")

    def __init__(self, values: Mapping[K, V]) -> None:
        self._values = values
        self.met: set[Any] = set()

    def __getitem__(self, key: K) -> V:
        self.met.add(key)
        return self._values[key]

    def get(self, key: K, default: Any = None) -> Any:
        self.met.add(key)
        return self._values.get(key, default)

    def __contains__(self, key: object) -> bool:
        self.met.add(key)
        return key in self._values

    def __iter__(self) -> Iterator[K]:
        self.met.add(_KEYS)
        return iter(self._values)

    def __len__(self) -> int:
        self.met.add(_KEYS)
        return len(self._values)

    def keys(self) -> KeysView[K]:
        self.met.add(_KEYS)
        return self._values.keys()

    def values(self) -> ValuesView[V]:
        self.met.add(_ALL)
        return self._values.values()

    def items(self) -> ItemsView[K, V]:
        self.met.add(_ALL)
        return self._values.items()


class _Opened(Mapping[K, V]):
    """The values of results by key, each opened when it is looked up."""

    __slots__ = ("_kept",)

    def __init__(self, kept: Mapping[K, Kept[V]]) -> None:
        self._kept = kept

    def __getitem__(self, key: K) -> V:
        return self._kept[key].value

    def __contains__(self, key: object) -> bool:
        return key in self._kept

    def __iter__(self) -> Iterator[K]:
        return iter(self._kept)

    def __len__(self) -> int:
        return len(self._kept)
