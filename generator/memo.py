"""Work done in units, and none of it twice: each result is kept with what was looked at for it.

Units of one kind are a batch, each with a key of its own. A unit looks into mappings that
`Memo.noted` made; which of their entries it met is noted. The next run does a unit anew only if
what it is made of has changed, or an entry that it met: so a change on one page costs what depends
on it. Without a store nothing is kept, and each unit is done.

What is kept of a run is the outline of all its batches, and each value. The outline is two entries:
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
    Set,
    ValuesView,
)
from functools import partial
from types import MappingProxyType
from typing import Any, Final, Generic, TypeAlias, TypeVar
from uuid import uuid4

from msgspec import Struct, field

from generator.cache import Store, digest
from generator.diagnostics import Diagnostic, Parsed
from generator.values import Desk, Sealed, leave

__all__ = ["Batch", "Kept", "Memo"]

T = TypeVar("T")
K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

_Signs: TypeAlias = Mapping[Any, object]  # for each key something that changes with the entry
# What a unit met that looked at every entry of a mapping, or at every key.
_ALL: Final = "\0all"
_KEYS: Final = "\0keys"
_MANY: Final = 1 / 8  # of all units: so many new ones, and the whole outline is written anew


class _Units(Struct):
    """A batch by columns, each by key: nothing is made for a unit that stays as it was.

    `owns` are digests of what each unit is made of, `signs` those of its value. `shown` is what is
    known of the value without reading it, where that is not `None`; `said` has the findings of
    those that have any.
    """

    owns: dict[str, bytes] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    signs: dict[str, bytes] = field(default_factory=dict)
    shown: dict[str, Any] = field(default_factory=dict)
    said: dict[str, tuple[Diagnostic, ...]] = field(default_factory=dict)

    def after(self, change: "_Change") -> "_Units":
        """These units once some are new, others done anew and others gone."""
        other = change.gone | change.new.owns.keys()
        columns: list[dict[str, Any]] = []
        for name in self.__struct_fields__:
            column, new = getattr(self, name), getattr(change.new, name)
            if any(column.get(key) != new.get(key) for key in other):
                column = {**column, **new}
                for key in other - new.keys():
                    column.pop(key, None)
            columns.append(column)
        return _Units(*columns)


class _Change(Struct):
    """What becomes of a batch: the units that were done, and the keys of those that were gone.

    One that was gone and is there again is among both.
    """

    new: _Units = field(default_factory=_Units)
    gone: Set[str] = frozenset()

    def then(self, later: "_Change") -> "_Change":
        return _Change(self.new.after(later), self.gone | later.gone)


class _Outline(Struct):
    """Everything that is kept of a run but the values; each part is opened where it is needed.

    `readers` maps the name of a mapping and a key of it to the numbers of the units that met it,
    as bytes of an array. A number there may be out of date, which costs time alone.
    """

    units: dict[str, Sealed[_Units]] = field(default_factory=dict)
    signs: dict[str, Sealed[_Signs]] = field(default_factory=dict)
    readers: dict[str, Sealed[dict[Any, bytes]]] = field(default_factory=dict)
    name: bytes = b""  # tells it apart from every other one


class _Since(Struct):
    """What has become different since the outline called `base`.

    `name` tells apart the outlines that these make together; `numbers` is the next free number.
    """

    base: bytes = b""
    name: bytes = b""
    units: dict[str, _Change] = field(default_factory=dict)
    signs: dict[str, _Signs] = field(default_factory=dict)
    readers: dict[str, dict[Any, bytes]] = field(default_factory=dict)
    numbers: int = 1


class _Last:
    """The last run: an outline, and what has become different since."""

    def __init__(
        self,
        whole: _Outline,
        since: _Since,
        units: Mapping[str, _Units] = MappingProxyType({}),
        at_hand: Mapping[bytes, Any] = MappingProxyType({}),
    ) -> None:
        self.whole = whole
        self.since = since
        self.at_hand = at_hand  # values by what they are kept under, in the same process alone
        self._units = dict(units)

    def names(self) -> Set[str]:
        return self.whole.units.keys() | self.since.units.keys()

    def units(self, name: str) -> _Units:
        if (known := self._units.get(name)) is not None:
            return known
        units = self.whole.units[name].value if name in self.whole.units else _Units()
        if (change := self.since.units.get(name)) is not None:
            units = units.after(change)
        self._units[name] = units
        return units

    def signs(self, name: str) -> _Signs:
        if (since := self.since.signs.get(name)) is not None:
            return since
        return self.whole.signs[name].value if name in self.whole.signs else {}

    def readers(self, name: str, keys: Iterable[Any]) -> set[int]:
        """The numbers of the units that met one of these entries."""
        since = self.since.readers.get(name, {})
        whole = self.whole.readers[name].value if name in self.whole.readers else {}
        return {n for key in keys for met in (whole, since) for n in array("I", met.get(key, b""))}


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


class Batch(Mapping[str, Kept[T]]):
    """The results of units of one kind, by key; what is known of all is there without any."""

    __slots__ = ("_kept", "_load", "_owns", "_units", "name")

    def __init__(
        self,
        name: str,
        owns: Mapping[str, bytes],
        units: _Units,
        load: Callable[[str], Callable[[], T]],
    ) -> None:
        self.name = name
        self._owns = owns  # in whose order they are
        self._units = units
        self._load = load
        self._kept: dict[str, Kept[T]] = {}

    @property
    def signs(self) -> Mapping[str, bytes]:
        """For each key what changes with the value; in no order."""
        return self._units.signs

    @property
    def briefs(self) -> Mapping[str, Any]:
        """What is known of each value without reading it, where that is not `None`; in no order."""
        return self._units.shown

    def sign(self) -> bytes:
        """What changes with any of the keys and values."""
        signs = self._units.signs
        return digest("\0".join(self._owns), *map(signs.__getitem__, self._owns))

    def diagnostics(self) -> Iterator[Diagnostic]:
        said = self._units.said
        return (found for key in self._owns if key in said for found in said[key])

    def __getitem__(self, key: str) -> Kept[T]:
        if (kept := self._kept.get(key)) is None:
            units = self._units
            kept = self._kept[key] = Kept(
                units.signs[key], units.shown.get(key), units.said.get(key, ()), self._load(key)
            )
        return kept

    def __contains__(self, key: object) -> bool:
        return key in self._owns

    def __iter__(self) -> Iterator[str]:
        return iter(self._owns)

    def __len__(self) -> int:
        return len(self._owns)


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
        self._last = self._read()
        self._units: dict[str, _Units] = {}
        self._signs: dict[str, _Signs] = {}
        # What is different from the last run, and what was met in this one.
        self._new = _Since(numbers=self._last.since.numbers)
        self._met: dict[str, dict[Any, list[int]]] = {}
        self._values: dict[bytes, bytes] = {}
        self._noted: dict[str, _Noted[Any, Any]] = {}
        self._stale: set[int] = set()
        self._at_hand: dict[bytes, Any] = {}

    def get_ready(self) -> None:
        """Open what is kept of the last run, while others are at work."""
        for name in self._last.names():
            self._last.units(name)

    def noted(
        self, name: str, values: Mapping[K, V], signs: Mapping[K, object] | None = None
    ) -> Mapping[K, V]:
        """The same mapping, which notes for each unit the entries that it meets.

        `signs` has for each key something that changes with the value and can be pickled, the value
        itself by default. Each name is used once in a run, by a mapping or by a batch.
        """
        if self._store is None:
            return values
        assert name not in self._signs and name not in self._units
        signs = dict(values) if signs is None else signs
        before = self._last.signs(name)
        self._signs[name] = signs
        if signs != before:
            self._new.signs[name] = signs
        return self._follow(name, before, signs, _Noted(values))

    def results(self, batch: Batch[V]) -> Mapping[str, V]:
        """The values of units by key, noted like other mappings; none is read before it is met."""
        opened = _Opened(batch)
        if self._store is None:
            return opened
        before = self._last.units(batch.name).signs
        return self._follow(batch.name, before, batch.signs, _Noted(opened))

    def batch(
        self,
        name: str,
        owns: Mapping[str, bytes],
        do: Callable[[str], Parsed[T]],
        brief: Callable[[T], object] | None = None,
    ) -> Batch[T]:
        """The results of the units `owns` has keys for; those are done now that are not known.

        `do` is a function of the key, of what has the digest in `owns`, and of what it meets in
        noted mappings; it must not rely on what another unit left behind. `brief` gives what of a
        value is to be known without reading it; without `brief` values are small, and known at
        once.
        """
        last = self._last.units(name)
        todo: list[str] = []
        gone: Set[str] = frozenset()
        # Most batches stay as they were, which is found out fastest of the whole.
        if last.owns != owns or not self._stale.isdisjoint(last.numbers.values()):
            known, numbers, stale = last.owns, last.numbers, self._stale
            todo = [k for k, own in owns.items() if known.get(k) != own or numbers[k] in stale]
            gone = known.keys() - owns.keys()
        values: dict[str, T] = {}
        new = _Units()
        for key in todo:
            values[key] = self._done(key, partial(do, key), brief, last.numbers.get(key), new)
            new.owns[key] = owns[key]
        units = self._become(name, last, _Change(new, gone))

        def load(key: str) -> Callable[[], T]:
            if key in values:
                return partial(values.__getitem__, key)
            if brief is None:
                shown: Callable[[], Any] = partial(units.shown.get, key)
                return shown
            return partial(self._stored, units.signs[key], partial(do, key))

        return Batch(name, owns, units, load)

    def work(
        self,
        name: str,
        own: bytes,
        do: Callable[[], Parsed[T]],
        brief: Callable[[T], object] | None = None,
    ) -> Kept[T]:
        """The result of a unit that is the only one of its kind."""
        return self.batch(name, {"": own}, lambda key: do(), brief)[""]

    def recall(self, name: str, owns: Mapping[str, bytes]) -> Mapping[str, Any]:
        """What `hold` put aside under this name, by key, of those whose `owns` are the same."""
        last = self._last.units(name)
        return {key: last.shown[key] for key, own in owns.items() if last.owns.get(key) == own}

    def hold(self, name: str, owns: Mapping[str, bytes], shown: Mapping[str, Any]) -> None:
        """Put aside what is to be known of work that was done elsewhere, and kept there.

        `owns` has all keys, `shown` those of the work that was not recalled.
        """
        if self._store is None:
            return
        last = self._last.units(name)
        new = _Units({key: owns[key] for key in shown}, shown=dict(shown))
        self._become(name, last, _Change(new, last.owns.keys() - owns.keys()))

    def later(self, work: Callable[[], object]) -> None:
        """Do what this run's results do not wait for: with a desk once they are told."""
        leave(self._desk, work)

    def content(self, key: bytes) -> bytes | None:
        """What lies in the same store under a key of others, if anything does."""
        return self._reader.get([key]).get(key) if self._reader is not None else None

    def join(
        self, parts: Iterable[Kept[Any]], own: bytes, do: Callable[[], T], brief: object
    ) -> Kept[T]:
        """A value that is made of these results and of what has the digest `own`.

        It is made when somebody asks, and not kept: it holds what its parts hold.
        """
        key = digest(own, *(part.key for part in parts))
        return Kept(key if self._store is not None else b"", brief, (), do)

    def fetch(self, kept: Iterable[Kept[Any]], at_hand: bool = False) -> None:
        """Read the values of these results, all at once, before somebody asks for each.

        `at_hand` lays them on the desk: the next run asks for most of them again.
        """
        closed = [each for each in kept if not each.is_open]
        for each in closed:
            if each.key in self._last.at_hand:
                each.hold(self._last.at_hand[each.key])
        closed = [each for each in closed if not each.is_open]
        if self._reader is not None and closed:
            contents = self._reader.get(each.key for each in closed)
            for each in closed:
                if (content := contents.get(each.key)) is not None:
                    each.hold(pickle.loads(content))
        if at_hand and self._desk is not None:
            self._at_hand.update((each.key, each.value) for each in kept)

    def _done(
        self,
        key: str,
        do: Callable[[], Parsed[T]],
        brief: Callable[[T], object] | None,
        number: int | None,
        new: _Units,
    ) -> T:
        """Do a unit, and put into `new` what is to be known of it."""
        for noted in self._noted.values():
            noted.met = set()
        done = do()
        shown = done.value if brief is None else brief(done.value)
        if self._store is None:
            new.signs[key] = b""
        else:
            if number is None:
                number, self._new.numbers = self._new.numbers, self._new.numbers + 1
            new.numbers[key] = number
            for mapping, noted in self._noted.items():
                if noted.met:
                    readers = self._met.setdefault(mapping, {})
                    for met in noted.met:
                        readers.setdefault(met, []).append(number)
            content = pickle.dumps(done.value, pickle.HIGHEST_PROTOCOL)
            new.signs[key] = digest(b"value", content)
            if brief is not None:
                self._values[new.signs[key]] = content
        if shown is not None:
            new.shown[key] = shown
        if done.diagnostics:
            new.said[key] = done.diagnostics
        return done.value

    def _become(self, name: str, last: _Units, change: _Change) -> _Units:
        """The batch `name` of this run: what is different from the last one is noted."""
        assert name not in self._signs and name not in self._units
        units = last
        if change.gone or change.new.owns:
            self._new.units[name] = change
            units = last.after(change)
        self._units[name] = units
        return units

    def _stored(self, key: bytes, do: Callable[[], Parsed[T]]) -> T:
        content = self.content(key)
        value: T = do().value if content is None else pickle.loads(content)
        return value

    def keep(self) -> None:
        """Keep this run for the next one."""
        if self._store is None or self._reader is None:
            return
        self._reader.close()
        for name in self._last.names() - self._units.keys():
            self._new.units[name] = _Change(gone=set(self._last.units(name).owns))
        last, since = self._last, self._joined()
        all_units = sum(len(units.owns) for units in self._units.values())
        whole, rest = self._keys
        parts: dict[bytes, object] = {}
        outline = last.whole
        if not since.base or _size(since) > all_units * _MANY:
            parts[whole] = outline = self._whole(since)
            since = _Since(outline.name, numbers=since.numbers)
        since.name = uuid4().bytes
        parts[rest] = since
        leave(self._desk, partial(_put, self._store, self._values, parts))
        if self._desk is not None:
            at_hand = self._at_hand or last.at_hand
            self._desk[rest] = _Last(outline, since, self._units, at_hand)

    def _joined(self) -> _Since:
        """What has become different since the last whole outline, this run included."""
        before, new = self._last.since, self._new
        units = dict(before.units)
        for name, change in new.units.items():
            units[name] = units[name].then(change) if name in units else change
        met = {
            name: {key: array("I", numbers).tobytes() for key, numbers in entries.items()}
            for name, entries in self._met.items()
        }
        readers = _united(before.readers, met)
        signs = {**before.signs, **new.signs}
        return _Since(before.base, b"", units, signs, readers, new.numbers)

    def _whole(self, since: _Since) -> _Outline:
        """All of this run in one."""
        known = {name: each.value for name, each in self._last.whole.readers.items()}
        readers = _united(known, since.readers)
        return _Outline(
            {name: Sealed(units) for name, units in self._units.items()},
            {name: Sealed(signs) for name, signs in self._signs.items()},
            {name: Sealed(each) for name, each in readers.items()},
            uuid4().bytes,
        )

    def _follow(
        self, name: str, before: _Signs, signs: _Signs, shown: "_Noted[K, V]"
    ) -> Mapping[K, V]:
        """Find out which units met what is different from the last run."""
        self._noted[name] = shown
        if signs != before:
            changed = [key for key in signs if key in before and signs[key] != before[key]]
            other = signs.keys() ^ before.keys()
            keys = (*changed, *other, *((_KEYS,) if other else ()), _ALL)
            self._stale |= self._last.readers(name, keys)
        return shown

    def _read(self) -> _Last:
        """The outline of the last run."""
        whole, rest = self._keys
        since = self._loaded(rest, _Since)
        if since is None:
            return _Last(_Outline(), _Since())
        known = self._desk.get(rest) if self._desk is not None else None
        if isinstance(known, _Last) and known.since.name == since.name:
            return known
        read = self._loaded(whole, _Outline)
        if read is None or since.base != read.name:
            return _Last(_Outline(), _Since())
        return _Last(read, since)

    def _loaded(self, key: bytes, kind: type[T]) -> T | None:
        content = self.content(key)
        found = pickle.loads(content) if content is not None else None
        return found if isinstance(found, kind) else None


def _put(store: Store, values: Mapping[bytes, bytes], parts: Mapping[bytes, object]) -> None:
    packed = {key: pickle.dumps(part, pickle.HIGHEST_PROTOCOL) for key, part in parts.items()}
    store.put({**values, **packed})


def _united(
    one: Mapping[str, Mapping[Any, bytes]], other: Mapping[str, Mapping[Any, bytes]]
) -> dict[str, dict[Any, bytes]]:
    """The readers in either of these, by mapping and key."""
    readers = {name: dict(entries) for name, entries in one.items()}
    for name, entries in other.items():
        known = readers.setdefault(name, {})
        for key, numbers in entries.items():
            both = {*array("I", numbers), *array("I", known.get(key, b""))}
            known[key] = array("I", sorted(both)).tobytes()
    return readers


def _size(since: _Since) -> int:
    return sum(len(change.new.owns) for change in since.units.values())


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


class _Opened(Mapping[str, V]):
    """The values of a batch by key, each opened when it is looked up."""

    __slots__ = ("_batch",)

    def __init__(self, batch: Batch[V]) -> None:
        self._batch = batch

    def __getitem__(self, key: str) -> V:
        return self._batch[key].value

    def __contains__(self, key: object) -> bool:
        return key in self._batch

    def __iter__(self) -> Iterator[str]:
        return iter(self._batch)

    def __len__(self) -> int:
        return len(self._batch)
