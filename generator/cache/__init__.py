"""What earlier runs worked out, by digest of all that it was made from.

Takes bytes, gives the same bytes or nothing. Invariant: a cache changes no result. An entry is
found by the digest of everything that its content depends on, is checked before it is handed out,
and whatever is wrong with the file it lies in counts as nothing found.
"""

from generator.cache.store import Store, default_folder, digest

__all__ = ["Store", "default_folder", "digest"]
