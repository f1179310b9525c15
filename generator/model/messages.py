"""What a message of an example says by its headers and annotation, and where requests go."""

import re
from collections import Counter
from collections.abc import Iterable
from urllib.parse import urlsplit

from generator.pages.facts import MessageFact, OperationFact

_WRAPPED = re.compile(r"^collection\((.*)\)$", re.I)


def unwrapped(spelled: str) -> tuple[str, bool]:
    """`Collection(microsoft.graph.user)` → the name, and whether it is a collection."""
    match = _WRAPPED.match(spelled.strip())
    return (match[1].strip().lstrip("#"), True) if match else (spelled.strip().lstrip("#"), False)


def media_type(message: MessageFact) -> str:
    for name, value in message.headers:
        if name.lower() == "content-type":
            kind = value.partition(";")[0].strip().lower().rstrip(",")
            return kind if re.fullmatch(r"[\w.+-]+/[\w.+*-]+", kind) else ""
    return ""


def services_in(fact: OperationFact) -> tuple[tuple[str, str], ...]:
    """The host and version ("" for none) of each absolute URL that an example requests."""
    urls = (example.request.start[1] for example in fact.examples)
    return tuple(
        (host_of(url), version_of(url))
        for url in urls
        if url.lower().startswith(("http://", "https://"))
    )


def service_of(services: Iterable[tuple[str, str]]) -> tuple[str, str]:
    """The host and version that most of these name; ("", "") where there are none."""
    counted = Counter(services)
    hosts: Counter[str] = Counter()
    for (host, _), count in counted.items():
        hosts[host] += count
    if not hosts:
        return "", ""
    host = min(hosts, key=lambda h: (-hosts[h], h))
    known = {version: count for (h, version), count in counted.items() if h == host and version}
    return host, min(known, key=lambda v: (-known[v], v)) if known else ""


def version_of(url: str) -> str:
    """The version in an absolute URL: `v1.0`, `beta`; "" where none stands."""
    match = re.match(r"https?://[^/]+/(v\d+(?:\.\d+)?|beta)(?=[/?#]|$)", url.strip(), re.I)
    return match[1] if match else ""


def host_of(url: str) -> str:
    """The host of an absolute URL, lower-case; "" where it has none or is malformed."""
    try:
        return (urlsplit(url.strip()).hostname or "").lower()
    except ValueError:
        return ""


def is_misspelt(one: str, other: str) -> bool:
    """Whether two hosts are one with a typo: `graph/microsoft.com` has the host `graph`."""
    return other.startswith(f"{one}.")
