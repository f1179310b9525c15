"""Values that travel between processes and into caches by the hundred thousand."""

import hashlib
import pickle
from collections.abc import Callable, Sequence
from dataclasses import fields
from operator import attrgetter
from typing import TypeVar, overload

T = TypeVar("T")


def sign(value: object) -> bytes:
    """16 bytes that change with a value that can be pickled.

    Equal values may have different ones, where one of them holds an object twice and the other
    two that are equal: who compares them does some work once more, and nothing wrong.
    """
    return hashlib.blake2b(pickle.dumps(value, pickle.HIGHEST_PROTOCOL), digest_size=16).digest()


class Packed(Sequence[T]):
    """A sequence that stays pickled until somebody looks into it: most of a run's are not."""

    __slots__ = ("_items", "_pickled")

    def __init__(self, items: Sequence[T]) -> None:
        self._pickled = pickle.dumps(tuple(items), pickle.HIGHEST_PROTOCOL)
        self._items: tuple[T, ...] | None = None

    def __getstate__(self) -> bytes:
        return self._pickled

    def __setstate__(self, pickled: bytes) -> None:
        self._pickled = pickled
        self._items = None

    def _opened(self) -> tuple[T, ...]:
        if self._items is None:
            self._items = pickle.loads(self._pickled)
        return self._items

    def __len__(self) -> int:
        return len(self._opened())

    @overload
    def __getitem__(self, at: int) -> T: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[T]: ...
    def __getitem__(self, at: int | slice) -> T | Sequence[T]:
        return self._opened()[at]


def quick_state(cls: type[T]) -> type[T]:
    """Let a frozen dataclass with slots be pickled by its slots.

    The methods that `dataclasses` gives such a class ask for its fields each time, and are three
    times as slow: reading the facts of v1.0 from the cache took most of a run's patience.
    """
    names = [field.name for field in fields(cls)]  # type: ignore[arg-type]
    setters = [getattr(cls, name).__set__ for name in names]
    state: Callable[[object], Sequence[object]] = (
        attrgetter(*names) if len(names) > 1 else lambda self: (getattr(self, names[0]),)
    )

    def getstate(self: object) -> Sequence[object]:
        return state(self)

    def setstate(self: object, values: Sequence[object]) -> None:
        for setter, value in zip(setters, values, strict=True):
            setter(self, value)

    cls.__getstate__ = getstate  # type: ignore[method-assign]
    cls.__setstate__ = setstate  # type: ignore[attr-defined]
    return cls
