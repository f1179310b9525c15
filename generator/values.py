"""Values that travel between processes and into caches by the hundred thousand."""

from collections.abc import Callable, Sequence
from dataclasses import fields
from operator import attrgetter
from typing import TypeVar

T = TypeVar("T")


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
