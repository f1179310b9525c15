"""Words of the pages as Python's names and as docstrings."""

import pytest

from generator.targets.python.names import snake
from generator.targets.python.prose import with_summary


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("displayName", "display_name"),
        ("iosVppApp", "ios_vpp_app"),
        ("windows10Apps", "windows10_apps"),
        ("userIDs", "user_ids"),
        ("iPv4Range", "ipv4_range"),
        ("iCalUId", "ical_uid"),
        ("oAuth2PermissionGrant", "oauth2_permission_grant"),
        ("minimumCpuSpeedInMHz", "minimum_cpu_speed_in_mhz"),
        ("isAGroup", "is_a_group"),
        ("xAxis", "x_axis"),
        ("i_Pv4", "i_pv4"),  # the page's own edges stay
        ("v4_0", "v4_0"),
        ("planB", "plan_b"),
        ("\x1fiPv4", "ipv4"),
        ("", "unnamed"),
    ],
)
def test_words_of_a_name(name: str, expected: str) -> None:
    assert snake(name) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Get a user.", "Get a user."),
        ("Get a user. It must exist.", "Get a user.\n\nIt must exist."),
        ("Get it, e.g. The one. Or two.", "Get it, e.g. The one.\n\nOr two."),
        ("Version 1.0 is J. Doe's. Yes.", "Version 1.0 is J. Doe's.\n\nYes."),
        ("Without an end", "Without an end"),
        ("One\n\nTwo. Three.", "One\n\nTwo. Three."),
        ("Ends in a word. then goes on.", "Ends in a word. then goes on."),
        ("  ", ""),
    ],
)
def test_the_first_sentence_stands_alone(text: str, expected: str) -> None:
    assert with_summary(text) == expected
