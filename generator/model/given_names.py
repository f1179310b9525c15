"""Names that the user gives to types, properties, members, operations and arguments of the Api."""

from collections.abc import Iterable

from msgspec.structs import replace

from generator.choices import GivenName
from generator.diagnostics import Findings, Parsed
from generator.model.api import Api


def give_names(api: Api, names: Iterable[GivenName]) -> Parsed[Api]:
    """`api` with the user's names, each under the key that the Api itself spells.

    A key is found without regard to letter case; one that names nothing is reported, since it is
    misspelt or outlived what it named. Which arguments a method has is for a target to say.
    """
    keys = {key.lower(): key for key in _keys(api)} if names else {}
    found = Findings()
    given: dict[str, str] = {}
    arguments: dict[str, dict[str, GivenName]] = {}
    for name in names:
        page, _, argument = name.key.lower().partition("#")
        if (key := keys.get(name.key.lower())) is not None:
            given[key] = name.name
        elif argument and page in keys and keys[page] in api.operations:
            arguments.setdefault(keys[page], {})[argument] = name
        else:
            found.say("name-unused", name.span, key=name.key)
    return Parsed(replace(api, names=given, argument_names=arguments), found.as_said())


def _keys(api: Api) -> Iterable[str]:
    """Everything that can be named but arguments, as `GivenName` says."""
    for item in api.types.values():
        yield item.name
        yield from (f"{item.name}.{prop.name}" for prop in item.declared)
    for enum in api.enums.values():
        yield enum.name
        yield from (f"{enum.name}.{member.name}" for member in enum.members)
    yield from api.operations
