"""The model half of the emitted runtime, through a small hand-written package (`sample`)."""

import copy
import json
import logging
import pickle
import shutil
import subprocess
import sys
import warnings
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from pydantic import TypeAdapter, ValidationError

SAMPLE = Path(__file__).parent / "sample"
RUNTIME = Path(__file__).parents[2] / "templates" / "python" / "runtime"
PARTS = ("__init__", "edm", "enums", "model", "refs", "registry")


def write_package(at: Path) -> None:
    shutil.copytree(SAMPLE, at)
    (at / "runtime").mkdir()
    (at / "py.typed").touch()
    for part in PARTS:
        shutil.copy(RUNTIME / f"{part}.py.jinja", at / "runtime" / f"{part}.py")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder on `sys.path` that holds the package twice, once inside of another one."""
    folder = tmp_path_factory.mktemp("packages")
    write_package(folder / "alpha_models")
    (folder / "outer_models").mkdir()
    write_package(folder / "outer_models" / "beta")
    return folder


@pytest.fixture(scope="module")
def models(folder: Path) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        yield import_module("alpha_models.models")


def python(folder: Path, code: str) -> str:
    """What a fresh process prints, warnings being errors."""
    command = [sys.executable, "-W", "error", "-c", code]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    return run.stdout.strip()


# --- what was read is written back as it came


READ = [
    ("string", "", str, ""),
    ("boolean", False, bool, False),
    ("byte", 255, int, 255),
    ("sbyte", -128, int, -128),
    ("int16", -(2**15), int, -(2**15)),
    ("int32", 2**31 - 1, int, 2**31 - 1),
    ("int64", 2**63 - 1, int, 2**63 - 1),
    ("int64", "0042", int, 42),
    ("int64", "-9223372036854775808", int, -(2**63)),
    ("single", 1.5, float, 1.5),
    ("double", 5, float, 5.0),
    ("double", 5.0, float, 5.0),
    ("double", "INF", float, float("inf")),
    ("double", "-INF", float, float("-inf")),
    ("decimal", 5, Decimal, Decimal(5)),
    ("decimal", 5.0, Decimal, Decimal(5)),
    ("decimal", "12.50", Decimal, Decimal("12.5")),
    ("decimal", "1E+3", Decimal, Decimal(1000)),
    ("decimal", "-INF", Decimal, Decimal("-Infinity")),
    ("moment", "2024-02-29T10:00:00Z", datetime, datetime(2024, 2, 29, 10, tzinfo=UTC)),
    ("moment", "2024-02-29T10:00Z", datetime, datetime(2024, 2, 29, 10, tzinfo=UTC)),
    ("moment", "2024-02-29T10:00:00.000Z", datetime, datetime(2024, 2, 29, 10, tzinfo=UTC)),
    ("moment", "2024-02-29t10:00:00z", datetime, datetime(2024, 2, 29, 10, tzinfo=UTC)),
    (
        "moment",
        "2024-02-29T10:00:00.1234567-08:00",
        datetime,
        datetime(2024, 2, 29, 10, 0, 0, 123456, timezone(timedelta(hours=-8))),
    ),
    ("moment", "0001-01-01T00:00:00Z", datetime, datetime(1, 1, 1, tzinfo=UTC)),
    ("date", "2024-02-29", date, date(2024, 2, 29)),
    ("time", "08:00", time, time(8)),
    ("time", "08:00:00.0000000", time, time(8)),
    ("duration", "P1M", timedelta, timedelta(days=30)),
    ("duration", "P1Y2W", timedelta, timedelta(days=379)),
    ("duration", "PT24H", timedelta, timedelta(days=1)),
    ("duration", "-P1DT2H3M4.5S", timedelta, -timedelta(1, 4.5, 0, 0, 3, 2)),
    (
        "guid",
        "6EA91A8D-E32E-41a1-b7bd-D2D185EED0E0",
        UUID,
        UUID("6ea91a8d-e32e-41a1-b7bd-d2d185eed0e0"),
    ),
    ("binary", "-_8=", bytes, b"\xfb\xff"),
    ("binary", "+/8=", bytes, b"\xfb\xff"),
    ("binary", "+/8", bytes, b"\xfb\xff"),
    ("binary", "", bytes, b""),
    ("stream", {"a": 1}, dict, {"a": 1}),
    ("untyped", [1, {"a": None}], list, [1, {"a": None}]),
    ("moments", ["2024-02-29T10:00Z"], list, [datetime(2024, 2, 29, 10, tzinfo=UTC)]),
]


@pytest.mark.parametrize(("name", "wire", "kind", "value"), READ)
def test_read_values_are_python_values_and_written_as_they_came(
    models: Any, name: str, wire: Any, kind: type, value: Any
) -> None:
    source = json.dumps({name: wire})
    for read in (
        models.Measurements.model_validate({name: wire}),
        models.Measurements.model_validate_json(source),
        models.Measurements.model_validate({name: wire}, strict=True),
        models.Measurements.model_validate_json(source, strict=True),
    ):
        for kept in (
            read,
            read.model_copy(deep=True),
            pickle.loads(pickle.dumps(read)),
        ):
            assert isinstance(getattr(kept, name), kind)
            assert getattr(kept, name) == value
            assert json.dumps(kept.to_payload()) == source
            assert json.loads(kept.model_dump_json(exclude_unset=True)) == {name: wire}
        assert read.problems() == []
        assert read.changes() == {}


def test_nan_is_written_back(models: Any) -> None:
    for name in ("double", "decimal"):
        read = models.Measurements.model_validate({name: "NaN"})
        assert getattr(read, name) != getattr(read, name)
        assert read.to_payload() == {name: "NaN"}


@pytest.mark.parametrize(
    ("name", "value", "wire"),
    [
        ("moment", datetime(2024, 1, 1, tzinfo=UTC), "2024-01-01T00:00:00Z"),
        (
            "moment",
            datetime(2024, 1, 1, 1, 2, 3, 400, timezone(timedelta(hours=2))),
            "2024-01-01T01:02:03.000400+02:00",
        ),
        ("date", date(2024, 1, 1), "2024-01-01"),
        ("time", time(8), "08:00:00"),
        ("duration", timedelta(days=1, hours=2), "P1DT2H"),
        ("duration", timedelta(days=400), "P400D"),
        ("duration", timedelta(), "PT0S"),
        ("duration", -timedelta(minutes=1, milliseconds=500), "-PT1M0.5S"),
        ("guid", UUID("6ea91a8d-e32e-41a1-b7bd-d2d185eed0e0"), None),
        ("int64", 2**60, 2**60),
        ("double", float("-inf"), "-INF"),
        ("double", 5.0, 5.0),
        ("decimal", Decimal("12.50"), 12.5),
        ("decimal", Decimal("5"), 5),
        ("decimal", Decimal("0.12345678901234567890"), "0.12345678901234567890"),
        ("binary", b"\xfb\xff", "-_8="),
        ("moments", [datetime(2024, 1, 1, tzinfo=UTC)], ["2024-01-01T00:00:00Z"]),
    ],
)
def test_values_made_in_python_are_written_in_canonical_form(
    models: Any, name: str, value: Any, wire: Any
) -> None:
    made = models.Measurements(**{name: value})
    wire = str(value) if wire is None else wire
    assert json.dumps(made.to_payload()) == json.dumps({name: wire})
    assert json.loads(made.model_dump_json(exclude_unset=True)) == {name: wire}
    assert made.problems() == []


def test_a_time_without_an_offset_is_no_moment(models: Any) -> None:
    with pytest.raises(ValidationError):
        models.Measurements.model_validate({"moment": datetime(2024, 1, 1)}, strict=True)
    assert models.Measurements(moment=datetime(2024, 1, 1)).problems()


def test_a_python_dump_holds_python_values(models: Any) -> None:
    read = models.Measurements.model_validate({"date": "2024-01-01", "duration": "P1M"})
    assert read.model_dump(exclude_unset=True) == {
        "date": date(2024, 1, 1),
        "duration": timedelta(days=30),
    }


def test_what_is_computed_from_a_read_value_is_not_written_as_that_was(models: Any) -> None:
    read = models.Measurements.model_validate(
        {"moment": "2024-01-01T00:00:00.0000000Z", "duration": "PT24H", "int64": "5"}
    )
    read.moment = pickle.loads(pickle.dumps(read.moment + timedelta(hours=1)))
    read.duration += timedelta(hours=1)
    read.int64 += 1
    assert read.to_payload() == {
        "moment": "2024-01-01T01:00:00Z",
        "duration": "P1DT1H",
        "int64": 6,
    }


# --- what does not fit


MISFITS = [
    ("string", 5),
    ("boolean", "true"),
    ("boolean", 1),
    ("byte", 256),
    ("byte", -1),
    ("sbyte", 128),
    ("int16", 2**15),
    ("int32", "5"),
    ("int32", 5.0),
    ("int32", 2**31),
    ("int32", True),
    ("int64", 2**63),
    ("int64", "5.0"),
    ("int64", 5.0),
    ("double", "5"),
    ("double", True),
    ("double", 10**400),
    ("decimal", "1,5"),
    ("decimal", True),
    ("moment", "2024-02-30T00:00:00Z"),
    ("moment", "2024-01-01T00:00:00"),
    ("moment", "2024-W01-1T00:00:00Z"),
    ("moment", "12024-01-01T00:00:00Z"),
    ("moment", 1704067200),
    ("date", "2023-02-29"),
    ("date", "20240101"),
    ("date", "2024-01-01T00:00:00Z"),
    ("time", "24:00"),
    ("time", "08:00Z"),
    ("duration", "P"),
    ("duration", "P1DT"),
    ("duration", "PT" + "9" * 400 + "S"),
    ("duration", 60),
    ("guid", "6ea91a8de32e41a1b7bdd2d185eed0e0"),
    ("binary", "a"),
    ("binary", "a b="),
    ("moments", "2024-01-01T00:00:00Z"),
]


@pytest.mark.parametrize(("name", "wire"), MISFITS)
def test_a_value_that_does_not_fit_is_kept_and_recorded(models: Any, name: str, wire: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for read in (
            models.Measurements.model_validate({name: wire}),
            models.Measurements.model_validate_json(json.dumps({name: wire})),
            models.Measurements(**{name: wire}),
        ):
            assert type(getattr(read, name)) is type(wire)
            assert json.dumps(read.to_payload()) == json.dumps({name: wire})
            assert json.loads(read.model_dump_json(exclude_unset=True)) == {name: wire}
            [problem] = read.problems()
            assert (problem.location, problem.value) == ((name,), wire)
            assert problem.message
    with pytest.raises(ValidationError):
        models.Measurements.model_validate({name: wire}, strict=True)
    with pytest.raises(ValidationError):
        models.Measurements.model_validate_json(json.dumps({name: wire}), strict=True)
    with pytest.raises(ValidationError):
        TypeAdapter(list[models.Measurements]).validate_python([{name: wire}], strict=True)


ODD = {
    "directReports": [
        {"@odata.type": "#microsoft.graph.user", "id": 1, "displayName": "A"},
        7,
        {"id": "2"},
    ],
    "manager": {"manager": {"phones": ["1", 2, None, "3"]}},
    "workDays": ["monday", 3, "tuesday"],
}
WRONG = [
    ("directReports", 0, "id"),
    ("directReports", 1),
    ("manager", "manager", "phones", 1),
    ("manager", "manager", "phones", 2),
    ("workDays", 1),
]


def test_one_odd_element_leaves_the_others_typed(models: Any) -> None:
    user = models.User.model_validate(ODD)
    assert [type(report).__name__ for report in user.direct_reports] == [
        *("User", "int", "DirectoryObject")
    ]
    assert user.direct_reports[0].id == 1
    assert user.manager.manager.phones == ["1", 2, None, "3"]
    assert user.work_days[0] is models.DayOfWeek.MONDAY
    assert user.work_days[2] is models.DayOfWeek.TUESDAY
    assert [problem.location for problem in user.problems()] == WRONG
    assert user.to_payload(read_only=True) == ODD


def test_strict_names_the_whole_location(models: Any) -> None:
    reads: tuple[Callable[[], Any], ...] = (
        lambda: models.User.model_validate(ODD, strict=True),
        lambda: models.User.model_validate_json(json.dumps(ODD), strict=True),
        lambda: TypeAdapter(models.User).validate_python(ODD, strict=True),
    )
    for read in reads:
        with pytest.raises(ValidationError) as caught:
            read()
        assert [error["loc"] for error in caught.value.errors()] == WRONG


def test_strict_gives_the_same_values(models: Any) -> None:
    given = {"ageGroup": "minor", "workDays": ["monday", "x"], "directReports": [{"id": "1"}]}
    user = models.User.model_validate(given, strict=True)
    assert user.age_group is models.AgeGroup.MINOR
    assert user.work_days[0] is models.DayOfWeek.MONDAY
    assert type(user.direct_reports[0]) is models.DirectoryObject
    assert user == models.User.model_validate(given)


def test_what_is_kept_is_logged_without_its_value(
    models: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, logger="alpha_models"):
        models.User.model_validate({"displayName": ["secret"]})
    [record] = caplog.records
    assert (record.name, record.levelname) == ("alpha_models", "DEBUG")
    assert "displayName" in record.getMessage()
    assert "secret" not in record.getMessage()


# --- references and the choice of the class


def test_unknown_properties_and_annotations_are_kept(models: Any) -> None:
    given = {
        "@odata.etag": 'W/"1"',
        "manager@odata.bind": "https://x/users/1",
        "new": {"deep": [1, None]},
        "displayName": None,
    }
    user = models.User.model_validate(given)
    assert user.new == {"deep": [1, None]}
    assert user.to_payload() == given
    assert user.model_dump(by_alias=True, exclude_unset=True) == given


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("#microsoft.graph.user", "User"),
        ("microsoft.graph.USER", "User"),
        ("#Microsoft.Graph.device", "Device"),
        ("#microsoft.graph.directoryObject", "DirectoryObject"),
        ("#microsoft.graph.message", "DirectoryObject"),  # known, but not derived
        ("#microsoft.graph.entity", "DirectoryObject"),
        ("#microsoft.graph.ageGroup", "DirectoryObject"),
        ("#microsoft.graph.unheardOf", "DirectoryObject"),
        ("", "DirectoryObject"),
        (5, "DirectoryObject"),
        (None, "DirectoryObject"),
    ],
)
def test_the_type_annotation_picks_the_class(models: Any, name: Any, expected: str) -> None:
    given = {"@odata.type": name, "id": "1", "serialNumber": "s"}
    holder = {"directReports": [given], "owners": [given]}
    base: Any = models.DirectoryObject
    nullable: Any = base | None
    for read in (
        base.model_validate(given),
        base.model_validate(given, strict=True),
        base.model_validate_json(json.dumps(given)),
        TypeAdapter(list[base]).validate_python([given])[0],
        TypeAdapter(nullable).validate_json(json.dumps(given)),
        models.User.model_validate(holder).direct_reports[0],
        models.User.model_validate(holder).owners[0],
    ):
        assert type(read).__name__ == expected
        assert read.to_payload(read_only=True) == given
    if expected != "DirectoryObject":
        assert type(models.Entity.model_validate(given)).__name__ == expected


def test_a_constructor_makes_its_own_class(models: Any) -> None:
    kind = {"@odata.type": "#microsoft.graph.user"}
    made = models.DirectoryObject(**kind, owners=[kind])
    assert type(made) is models.DirectoryObject
    assert type(made.owners[0]) is models.User


def test_python_names_and_wire_names_both_make(models: Any) -> None:
    by_name = models.User(display_name="x", direct_reports=[models.Device(serial="1")])
    assert by_name == models.User(displayName="x", directReports=by_name.direct_reports)
    assert type(by_name.direct_reports[0]) is models.Device


def test_a_reference_passes_the_context_on(models: Any, folder: Path) -> None:
    code = """
from typing import Annotated
from pydantic import ValidationInfo, field_validator
from alpha_models.models import Message, User

class Seeing(User):
    @field_validator("display_name")
    @classmethod
    def see(cls, value: object, info: ValidationInfo) -> object:
        print(info.context)
        return value

import alpha_models.runtime.registry as registry
registry._found["microsoft.graph.user"] = Seeing
Message.model_validate({"from": {"displayName": "x"}}, context={"a": 1})
Message.model_validate({"from": {"displayName": "x"}})
Message(sender={"displayName": "x"})
"""
    assert python(folder, code).splitlines() == ["{'a': 1}", "None", "None"]


def test_two_packages_live_side_by_side(models: Any) -> None:
    other = import_module("outer_models.beta.models")
    given = {"directReports": [{"@odata.type": "#microsoft.graph.device"}], "manager": {}}
    here, there = models.User.model_validate(given), other.User.model_validate(given)
    assert type(here.direct_reports[0]) is models.Device
    assert type(there.direct_reports[0]) is other.Device
    assert type(there.manager) is other.User is not models.User


def test_a_namespace_below_has_a_package_of_its_own(models: Any) -> None:
    session = import_module("alpha_models.models.call_records").Session
    read = models.Entity.model_validate(
        {"@odata.type": "#microsoft.graph.callRecords.session", "caller": {"id": "1"}}
    )
    assert type(read) is session
    assert type(read.caller) is models.User
    assert not hasattr(models, "Session")
    assert "User" in dir(models)
    assert "Session" not in models.__all__ and "User" in models.__all__
    everything: dict[str, object] = {}
    exec(f"from {models.__name__} import *", everything)
    assert everything["User"] is models.User and "Session" not in everything


def test_a_name_from_the_service_is_only_looked_up(folder: Path) -> None:
    registry = import_module("alpha_models.runtime.registry")
    for name in (
        "",
        " ",
        "#",
        "microsoft.graph.user user:User",
        "\n",
        "user",
        "microsoft.graph.us",
    ):
        assert registry.find(name) is None, name
    assert registry.find("#Microsoft.Graph.USER").__name__ == "User"


def test_only_what_is_used_is_imported(folder: Path) -> None:
    code = """
import sys
def loaded(): return sorted(name for name in sys.modules if name.startswith("alpha_models.models."))
import alpha_models.models
assert "pydantic" not in sys.modules and "pydantic_core" not in sys.modules
assert loaded() == [], loaded()
from alpha_models.models import User
before = loaded()
assert "alpha_models.models.message" not in before, before
User.model_validate({"displayName": "x"})
assert loaded() == before
User.model_validate({"messages": [{}]})
assert "alpha_models.models.message" in loaded()
assert "httpx2" not in sys.modules
"""
    python(folder, code)


def test_sixteen_threads_at_first_use(folder: Path) -> None:
    code = """
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
import sys
sys.setswitchinterval(1e-6)
barrier = Barrier(16)
def read(n):
    barrier.wait()
    import alpha_models.models as models
    user = models.User.model_validate({"manager": {"messages": [{"from": {"id": "1"}}]},
        "directReports": [{"@odata.type": "#microsoft.graph.device"}]})
    return type(user.manager.messages[0].sender).__name__, type(user.direct_reports[0]).__name__
with ThreadPoolExecutor(16) as pool:
    print(set(pool.map(read, range(16))))
"""
    assert python(folder, code) == "{('User', 'Device')}"


# --- enums


def test_enums_are_open(models: Any) -> None:
    user = models.User.model_validate(
        {"ageGroup": "minor", "workDays": ["monday", "Monday", "someday"]}
    )
    assert user.age_group is models.AgeGroup.MINOR
    assert user.work_days == ["monday", "Monday", "someday"]
    assert [type(day) for day in user.work_days] == [models.DayOfWeek, str, str]
    unknown = models.User.model_validate({"ageGroup": "MINOR"})
    assert type(unknown.age_group) is str
    assert unknown.to_payload() == {"ageGroup": "MINOR"}
    assert unknown.problems() == []
    written = user.to_payload()["ageGroup"]
    assert type(written) is str
    assert type(models.User(age_group="adult").age_group) is models.AgeGroup


def test_flags_are_split_and_joined(models: Any) -> None:
    day = models.DayOfWeek
    assert day.read_flags("monday, someday,tuesday") == [day.MONDAY, "someday", day.TUESDAY]
    assert day.read_flags("") == []
    assert type(day.write_flags([day.MONDAY, "someday"])) is str
    assert day.write_flags([day.MONDAY, "someday"]) == "monday,someday"


# --- writing


def test_read_only_properties_are_left_out_unless_asked_for(models: Any) -> None:
    given = {
        "id": "1",
        "createdDateTime": "2024-01-01T00:00:00Z",
        "displayName": None,
        "address": {"city": "Oslo", "state": "0"},
        "messages": [{"id": "2", "subject": "s"}],
    }
    user = models.User.model_validate(given)
    assert user.to_payload(read_only=True) == given
    assert user.to_payload() == {
        "displayName": None,
        "address": {"city": "Oslo"},
        "messages": [{"subject": "s"}],
    }


def test_the_type_is_written_where_the_place_does_not_tell_it(models: Any) -> None:
    device = models.Device(serial="1")
    user = models.User(direct_reports=[device, models.DirectoryObject()], manager=models.User())
    assert user.to_payload() == {
        "directReports": [{"@odata.type": "#microsoft.graph.device", "serialNumber": "1"}, {}],
        "manager": {},
    }
    assert device.to_payload() == device.to_payload(declared=models.Device)
    written = device.to_payload(declared=models.DirectoryObject)
    assert list(written.items()) == [
        *(("@odata.type", "#microsoft.graph.device"), ("serialNumber", "1"))
    ]
    read = models.Device.model_validate({"@odata.type": "microsoft.graph.DEVICE"})
    assert read.to_payload(declared=models.Entity) == {"@odata.type": "microsoft.graph.DEVICE"}


def test_set_and_null_and_not_fetched(models: Any) -> None:
    user = models.User.model_validate({"displayName": None, "@odata.etag": "e"})
    assert user.is_set("display_name") and user.is_set("@odata.etag")
    assert not user.is_set("nickname")
    user.manager = None
    assert user.is_set("manager")
    assert user.to_payload() == {"displayName": None, "@odata.etag": "e", "manager": None}


def test_cycles_are_refused(models: Any) -> None:
    user = models.User()
    user.manager = models.User(direct_reports=[user])
    for write in (user.to_payload, user.changes, user.problems):
        with pytest.raises(ValueError, match="User holds itself"):
            write()
    shared = models.Device(serial="1")
    twice = models.User(direct_reports=[shared, shared]).to_payload()
    assert twice["directReports"][0] == twice["directReports"][1]


def test_nesting_too_deep_is_said_so(models: Any) -> None:
    deep: dict[str, Any] = {}
    for _ in range(2000):
        deep = {"manager": deep}
    with pytest.raises(ValueError, match="User: nested more deeply"):
        models.User.model_validate(deep)
    user = models.User()
    for _ in range(2000):
        user = models.User(manager=user)
    with pytest.raises(ValueError, match="User: nested more deeply"):
        user.to_payload()


# --- changes


@pytest.fixture
def user(models: Any) -> Any:
    return models.User.model_validate(
        {
            "@odata.etag": "e",
            "displayName": "x",
            "phones": ["1"],
            "address": {"city": "Oslo", "state": "0"},
            "manager": {"@odata.type": "#microsoft.graph.user", "displayName": "m"},
            "messages": [{"subject": "s"}],
        }
    )


def test_nothing_has_changed_at_first(models: Any, user: Any) -> None:
    assert user.changes() == {}
    assert models.User(display_name="x", phones=["1"]).changes() == {}
    user.display_name = "x"
    user.phones = user.phones
    assert user.changes() == {}


def test_assignments_are_changes(models: Any, user: Any) -> None:
    user.display_name = None
    user.nickname = None
    user.id = "2"
    user.address = models.PhysicalAddress(city="Bergen", region="r")
    setattr(user, "manager@odata.bind", "https://x/users/2")
    assert user.changes() == {
        "displayName": None,
        "nickname": None,
        "id": "2",
        "address": {"city": "Bergen"},
        "manager@odata.bind": "https://x/users/2",
    }
    user.display_name = "x"
    assert "displayName" not in user.changes()
    setattr(user, "@odata.etag", "f")
    assert user.changes()["@odata.etag"] == "f"
    setattr(user, "@odata.etag", "e")
    assert "@odata.etag" not in user.changes()


def test_equal_is_not_the_same(models: Any) -> None:
    read = models.Measurements.model_validate({"int32": 1, "moment": "2024-01-01T10:00:00+02:00"})
    read.int32 = True
    read.moment = read.moment.astimezone(UTC)
    assert read.changes() == {"int32": True, "moment": "2024-01-01T08:00:00Z"}


def test_changes_further_down(user: Any) -> None:
    user.address.city = "Bergen"
    user.manager.display_name = "n"
    user.messages[0].subject = "t"
    assert user.changes() == {
        "address": {"city": "Bergen"},
        "manager": {"@odata.type": "#microsoft.graph.user", "displayName": "n"},
        "messages": [{"subject": "t"}],
    }


@pytest.mark.parametrize(
    ("change", "phones"),
    [
        (lambda phones: phones.append("2"), ["1", "2"]),
        (lambda phones: phones.extend(["2"]), ["1", "2"]),
        (lambda phones: phones.insert(0, "2"), ["2", "1"]),
        (lambda phones: phones.clear(), []),
        (lambda phones: phones.pop(), []),
        (lambda phones: phones.remove("1"), []),
        (lambda phones: phones.__setitem__(0, "2"), ["2"]),
        (lambda phones: phones.__setitem__(slice(0, 1), ["2"]), ["2"]),
        (lambda phones: phones.__delitem__(0), []),
        (lambda phones: phones.__iadd__(["2"]), ["1", "2"]),
        (lambda phones: phones.__imul__(2), ["1", "1"]),
        (lambda phones: phones.sort(), ["1"]),
        (lambda phones: phones.reverse(), ["1"]),
    ],
)
def test_changes_inside_of_a_list(user: Any, change: Any, phones: list[str]) -> None:
    change(user.phones)
    assert user.phones == phones
    assert user.changes() == {"phones": phones}
    assert pickle.loads(pickle.dumps(user)).changes() == {"phones": phones}
    assert copy.deepcopy(user).changes() == {"phones": phones}


def test_copies_know_their_changes(user: Any) -> None:
    user.display_name = "y"
    for made in (
        copy.copy(user),
        copy.deepcopy(user),
        pickle.loads(pickle.dumps(user)),
        user.model_copy(deep=True),
    ):
        assert made == user and type(made) is type(user)
        assert made.changes() == {"displayName": "y"}
        made.nickname = "z"
    assert user.changes() == {"displayName": "y"}
    updated = user.model_copy(update={"display_name": "x", "nickname": "z"})
    assert updated.changes() == {"nickname": "z"}
    assert user.model_copy(update={"nickname": None}).changes() == {
        "displayName": "y",
        "nickname": None,
    }


# --- facts, deprecation, JSON schema, types


def test_facts_are_in_reach(models: Any) -> None:
    facts = import_module("alpha_models.runtime.model").properties(models.User)
    assert facts["display_name"].name == "displayName"
    assert facts["display_name"].filterable == ("eq", "ne")
    assert facts["display_name"].max_length == 256
    assert facts["display_name"].required and not facts["nickname"].required
    assert facts["id"].read_only
    assert facts["messages"].navigation
    assert facts["messages"].declared == "microsoft.graph.message"
    assert facts["nickname"].deprecated == "Use display_name."
    assert models.User.KEY == ("id",)
    assert models.Entity.ABSTRACT and not models.User.ABSTRACT
    assert models.DirectoryObject.HAS_DERIVED and not models.User.HAS_DERIVED


def test_the_example_is_an_object(models: Any) -> None:
    assert models.User.example().display_name == "Megan"
    with pytest.raises(LookupError, match="resources/device.md"):
        models.Device.example()


def test_only_use_warns_of_what_is_deprecated(models: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        user = models.User.model_validate({"nickname": "x"})
        models.User(nickname="y")
        user.to_payload(), user.changes(), user.problems(), user.model_dump_json()
        copy.deepcopy(user), repr(user), user == user, user.is_set("nickname")
    with pytest.warns(DeprecationWarning, match="Use display_name"):
        assert user.nickname == "x"


@pytest.mark.parametrize("mode", ["validation", "serialization"])
def test_json_schema_follows_each_class_once(models: Any, mode: Any) -> None:
    sender: Any = models.Message.model_fields["sender"].annotation
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        schema = models.User.model_json_schema(mode=mode)
        listed = TypeAdapter(list[models.DirectoryObject]).json_schema(mode=mode)
        one = TypeAdapter(sender).json_schema(mode=mode)
    assert set(schema["$defs"]) == {"DirectoryObject", "Message", "PhysicalAddress", "User"}
    assert set(schema["$defs"]) == set(one["$defs"])
    user = schema["$defs"]["User"]["properties"]
    assert user["manager"]["anyOf"][0] == {"$ref": "#/$defs/User"}
    assert user["createdDateTime"]["anyOf"][0] == {"type": "string", "format": "date-time"}
    assert user["createdDateTime"]["readOnly"] is True
    assert user["displayName"]["maxLength"] == 256
    assert user["nickname"]["deprecated"] is True
    assert user["ageGroup"]["anyOf"][0]["enum"] == ["minor", "adult"]
    assert "DirectoryObject" in listed["$defs"]


def test_a_class_of_the_users_own(models: Any) -> None:
    class Employee(models.User):  # type: ignore[misc]
        badge: int | None = None

    employee = Employee.model_validate({"badge": 5, "displayName": "x", "manager": {}})
    assert employee.to_payload() == {"badge": 5, "displayName": "x", "manager": {}}
    assert type(employee.manager) is models.User


CHECKED = """
from datetime import datetime

from alpha_models.models import AgeGroup, Device, DirectoryObject, User
from alpha_models.models.call_records import Session

user = User(display_name="x", age_group=AgeGroup.MINOR, direct_reports=[Device(serial="1")])
created: datetime | None = user.created
reports: list[DirectoryObject] | None = user.direct_reports
manager: User | None = user.manager
caller: User | None = Session().caller
copied: User = User.model_validate({}).model_copy(update={"a": 1})
example: User = User.example()
"""
REFUSED = {
    "User(displayname='x')": "call-arg",
    "User(display_name=5)": "arg-type",
    "User().displayname": "attr-defined",
    "User().manager.id": "union-attr",
    "from alpha_models.models import Nobody": "attr-defined",
}


def test_checkers_see_plain_types(folder: Path) -> None:
    (folder / "program.py").write_text(CHECKED, encoding="utf-8")
    (folder / "refused.py").write_text(
        "from alpha_models.models import User\n" + "\n".join(REFUSED), encoding="utf-8"
    )
    mypy = [sys.executable, "-m", "mypy", "--strict"]
    run = subprocess.run(
        [*mypy, "alpha_models", "program.py"], cwd=folder, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stdout
    run = subprocess.run([*mypy, "refused.py"], cwd=folder, capture_output=True, text=True)
    errors = [line for line in run.stdout.splitlines() if ": error: " in line]
    found = [line.rpartition("[")[2].rstrip("]") for line in errors]
    assert found == list(REFUSED.values()), run.stdout
