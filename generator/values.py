"""Values by the hundred thousand: how they are made, and travel to other processes and caches."""

import gc
import hashlib
import pickle
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Generic, TypeVar, dataclass_transform

from msgspec import Struct

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Desk(dict[bytes, Any]):
    """What a process keeps between two runs, each room under keys of its own; it changes no result.

    Work may be left on it that nobody waits for.
    """

    def __init__(self) -> None:
        super().__init__()
        self._left: list[Callable[[], object]] = []

    def leave(self, work: Callable[[], object]) -> None:
        """Have this done by `clear_up`."""
        self._left.append(work)

    def clear_up(self) -> None:
        """Do what was left, in its order; before the next run at the latest."""
        while self._left:
            self._left.pop(0)()


def leave(desk: Desk | None, work: Callable[[], object]) -> None:
    """Do what a result need not wait for: later for who has a desk, now for anybody else."""
    if desk is None:
        work()
    else:
        desk.leave(work)


@dataclass_transform(frozen_default=True)
class Value(Struct, frozen=True, gc=False):
    """What does not change, is equal by its fields, and holds nothing that could hold it."""


class Sealed(Generic[T_co]):
    """A value that is pickled by itself, and opened when somebody looks at it.

    What a run looks at is a small part of what it has.
    """

    __slots__ = ("_content", "_is_open")

    def __init__(self, value: T_co) -> None:
        self._content: Any = value  # the value, or its pickle until it is opened
        self._is_open = True

    @property
    def value(self) -> T_co:
        if not self._is_open:
            self._content, self._is_open = pickle.loads(self._content), True
        value: T_co = self._content
        return value

    def __eq__(self, other: object) -> bool:
        return self.value == other.value if isinstance(other, Sealed) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.value)

    def __repr__(self) -> str:
        return repr(self.value)

    def __reduce__(self) -> tuple[Callable[[bytes], "Sealed[Any]"], tuple[bytes]]:
        is_open, content = self._is_open, self._content
        packed = pickle.dumps(content, pickle.HIGHEST_PROTOCOL) if is_open else content
        return _sealed, (packed,)


def _sealed(packed: bytes) -> Sealed[Any]:
    made: Sealed[Any] = Sealed(packed)
    made._is_open = False
    return made


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
