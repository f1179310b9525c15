"""Where a link leads: pages of the same reference, written in several ways."""

import posixpath
import re
from functools import lru_cache
from urllib.parse import unquote

_SITE = re.compile(
    r"^(?:https?://(?:learn|docs)\.microsoft\.com)?(?:/[a-z]{2}-[a-z]{2})?/graph/api/(.+)$", re.I
)


def resolve_link(page: str, target: str) -> str:
    """The page that `target` leads to, for comparison: `linked_page` in lower case."""
    return linked_page(page, target).lower()


@lru_cache(maxsize=1024)  # cells of one page link to the same few pages
def linked_page(page: str, target: str) -> str:
    """The page that `target` leads to, seen from `page`, relative to the docs folder.

    `../resources/User.md#x` on `api/user-get.md` is `resources/User.md#x`; an anchor alone is on
    the same page; `/graph/api/resources/user` is `resources/user.md`. "" for what leads elsewhere.
    A path may begin with `../` where it leaves the folder.
    """
    target = unquote(target.strip()).replace("\\", "/")
    if not target:
        return ""
    if site := _SITE.match(target):
        path, _, anchor = site[1].partition("#")
        path = path.partition("?")[0].rstrip("/")
        path = path if path.endswith(".md") else f"{path}.md"
        return f"{path}#{anchor}" if anchor else path
    if re.match(r"[a-z][a-z0-9+.-]*:", target, re.I) or target.startswith("//"):
        return ""
    path, _, anchor = target.partition("#")
    path = path.partition("?")[0]
    if path.startswith("/"):
        return ""
    full = posixpath.normpath(posixpath.join(posixpath.dirname(page), path)) if path else page
    return f"{full}#{anchor}" if anchor else full


def anchor_of(heading: str) -> str:
    """The anchor that a heading gets: lower-case, blanks to `-`, punctuation dropped."""
    bare = re.sub(r"[^\w\s-]", "", heading.strip().lower())
    return re.sub(r"\s", "-", bare)
