"""Pages off the disk, changes onto it; with the settings file, all that gen-graph opens.

Takes a folder, gives `Docs`; takes files as values, brings a folder to hold them.
Invariant: we touch only our own. A file is replaced or removed only if the list left by the last
run names it, and nothing outside the output folder is written, not even through a link.
"""

from generator.disk.comparing import Changes, Edit, Policy, compare
from generator.disk.fresh import append_text, write_new, write_report
from generator.disk.manifest import MANIFEST
from generator.disk.reading import read_docs
from generator.disk.state import State, read_state, still_stands, unwritten
from generator.disk.trouble import SeveralVersions, Trouble, disk_trouble
from generator.disk.writing import apply

__all__ = [
    "MANIFEST",
    "Changes",
    "Edit",
    "Policy",
    "SeveralVersions",
    "State",
    "Trouble",
    "append_text",
    "apply",
    "compare",
    "disk_trouble",
    "read_docs",
    "read_state",
    "still_stands",
    "unwritten",
    "write_new",
    "write_report",
]
