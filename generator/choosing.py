"""The user's choices at work: facts as the overlays correct them, an Api as it is named and cut.

Takes what was read and what was made of it, gives the same with the choices in effect. So whoever
tells of a run, or makes one, speaks of the same facts and the same Api.
"""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING

from msgspec.structs import replace

from generator.choices import Choices
from generator.diagnostics import Findings, Parsed
from generator.disk import Trouble
from generator.model import Api, give_names, slice_api
from generator.pages.facts import PageFacts
from generator.textfile import Docs
from generator.values import Value

if TYPE_CHECKING:
    from generator.overlays import Corrected


class Chosen(Value):
    """An Api with the user's address and names, and of it the part that was asked for.

    `pages` are those that the part was made from; `None` where it is the whole.
    """

    api: Api
    pages: frozenset[str] | None


def correct_facts(facts: Mapping[str, PageFacts], docs: Docs) -> "Parsed[Corrected]":
    """The facts as the overlays of these docs have them; what becomes of each is reported."""
    # Late: few docs have overlays, and these come with all that reads a page.
    from generator.overlays import correct, read_overlay

    found = Findings()
    corrections = [each for file in docs.overlays for each in found.take(read_overlay(file))]
    corrected = found.take(correct(facts, docs, corrections))
    return Parsed(corrected, found.as_said())


def choose(api: Api, choices: Choices) -> Parsed[Chosen]:
    """The Api as the user wants it. Raises `Trouble` for a part that nothing is called by."""
    found = Findings()
    api = replace(api, base_url=choices.base_url.rstrip("/"))
    api = found.take(give_names(api, choices.names))
    if not choices.only:
        return Parsed(Chosen(api, None), found.as_said())
    part = found.take(slice_api(api, choices.only))
    if part.unmatched:
        raise _unmatched(part.unmatched[0], api)
    return Parsed(Chosen(part.api, part.pages), found.as_said())


def _unmatched(pattern: str, api: Api) -> Trouble:
    """What to say of a pattern of `only` that names nothing."""
    names = {name.rpartition(".")[2] for name in (*api.types, *api.enums)}
    near = get_close_matches(pattern.rpartition(".")[2], sorted(names), 3)
    meant = f"did you mean {' or '.join(near)}?" if near else "name a type, or RESOURCE.METHOD"
    return Trouble(f"no type, resource or method is called '{pattern}' (--only); {meant}")
