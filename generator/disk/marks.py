"""Whether a file is the one that was read before, found out without reading it."""

import os
import stat
from typing import Final, TypeAlias

_GRAIN: Final = 50_000_000  # nanoseconds: two writes closer than this may carry one time
_SECOND: Final = 1_000_000_000
Mark: TypeAlias = tuple[int, int, int, int]  # size, inode, times of content and of the entry


def mark_of(path: str) -> Mark | None:
    """What changes with every write to a file; `None` for what is no plain file."""
    try:
        found = os.lstat(path)
    except OSError:
        return None
    if not stat.S_ISREG(found.st_mode):
        return None
    return found.st_size, found.st_ino, found.st_mtime_ns, found.st_ctime_ns


def is_certain(mark: Mark, moment: int) -> bool:
    """Whether what was read after `moment` (nanoseconds) is all that can have this mark.

    Never where the entry's time is a whole second: that is a file system which keeps no more of
    it, or an image that was made with one time for all files.
    """
    entry = mark[3]
    return max(mark[2:]) < moment - _GRAIN and entry % _SECOND != 0
