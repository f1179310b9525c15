"""What the file name of an operation's page says: the resource, and what is done to it."""

import re
from typing import Final

from generator.model.api import Operation

# Words that open a method's name. A page whose name begins with one is named verb first:
# `get-device-command-status.md` is `device.get_command_status`.
VERBS: Final = frozenset(
    {"get", "create", "update", "delete", "put", "patch", "add", "remove", "set", "send", "upsert"}
)
# Verbs that are resources as well (`list-create.md`, `post-forward.md`): the page's title tells.
NOUNS: Final = frozenset({"list", "post"})
# A section of the reference that is no part of the names: `intune-apps-iosvppapp-assign.md`.
SECTIONED: Final = "intune"


def split_page_name(operation: Operation) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """(section, words of the resource, words of the method), as the file name writes them.

    The section is "" where the name tells none, the words of the method are () where it ends before.
    """
    stem = operation.page.rpartition("/")[2].removesuffix(".md").lower()
    parts = tuple(filter(None, re.split(r"[^a-z0-9]+", stem))) or ("unnamed",)
    if parts[0] == SECTIONED and len(parts) >= 4:
        return parts[1], parts[2:3], parts[3:]
    if len(parts) >= 3 and parts[0] == operation.namespace.rpartition(".")[2].lower():
        # A namespace of its own may well repeat names: `callrecords-session-list.md`.
        return "", parts[:2], parts[2:]
    if _is_verb_first(parts, operation.title):
        return "", parts[1:2], (parts[0], *parts[2:])
    return "", parts[:1], parts[1:]


def _is_verb_first(parts: tuple[str, ...], title: str) -> bool:
    """Whether a name is `verb-resource`: `list-devices.md`, "List devices"."""
    if len(parts) < 2 or parts[1] in VERBS | NOUNS:
        return False
    if parts[0] in NOUNS:
        return title.lower().startswith(f"{parts[0]} ")
    return parts[0] in VERBS
