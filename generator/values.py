"""Values by the hundred thousand: how they are made, and travel to other processes and caches."""

import gc
import hashlib
import pickle
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields
from operator import attrgetter
from typing import Any, TypeAlias, TypeVar

T = TypeVar("T")
# What a process keeps between two runs, each room under keys of its own; it changes no result.
Desk: TypeAlias = dict[bytes, Any]


@contextmanager
def uncollected() -> Iterator[None]:
    """No search for unreachable circles meanwhile; for work that leaves none behind."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def sign(value: object) -> bytes:
    """16 bytes that change with a value that can be pickled.

    Equal values may have different ones, where one of them holds an object twice and the other
    two that are equal: who compares them does some work once more, and nothing wrong.
    """
    return hashlib.blake2b(pickle.dumps(value, pickle.HIGHEST_PROTOCOL), digest_size=16).digest()


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


def sealed(name: str) -> Callable[[type[T]], type[T]]:
    """The same, with the field `name` pickled by itself and opened when somebody looks at it.

    What a run looks at is a small part of what it has. The field holds no bytes otherwise.
    """

    def seal(cls: type[T]) -> type[T]:
        names = [field.name for field in fields(cls)]  # type: ignore[arg-type]
        slots = {each: cls.__dict__[each] for each in names}
        quick_state(cls)

        def getstate(self: object) -> Sequence[object]:
            state = {each: slot.__get__(self) for each, slot in slots.items()}
            if state[name] is not None and not isinstance(state[name], bytes):
                state[name] = pickle.dumps(state[name], pickle.HIGHEST_PROTOCOL)
            return tuple(state.values())

        cls.__getstate__ = getstate  # type: ignore[method-assign]
        setattr(cls, name, _Sealed(slots[name]))
        return cls

    return seal


class _Sealed:
    """A field whose slot holds the value, or its pickle until it is opened."""

    def __init__(self, slot: Any) -> None:
        self._slot = slot

    def __get__(self, instance: object, owner: type | None = None) -> object:
        value = self._slot.__get__(instance, owner)
        if isinstance(value, bytes):
            value = pickle.loads(value)
            self._slot.__set__(instance, value)
        return value

    def __set__(self, instance: object, value: object) -> None:
        self._slot.__set__(instance, value)
