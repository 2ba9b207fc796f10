"""`fleet --against`: expectations with ranges, a reference machine, and the machines of last week."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import tomli
from jsonschema import Draft202012Validator

from stackcheck.matrix.store import shipped_folder
from stackcheck.read.environment import DocumentError
from stackcheck.session.against import against_of
from stackcheck.session.errors import CannotWorkError
from stackcheck.session.expectations import expectations_of
from stackcheck.session.fleet import fleet
from stackcheck.session.request import Filters, Request
from stackcheck.session.workers import Workers
from tests.cli.command import EXAMPLES, stackcheck

if TYPE_CHECKING:
    from pathlib import Path

DOCUMENTS = EXAMPLES / "fleet" / "documents"


def drifting(names: list[str], against: str, jobs: int = 1) -> dict[str, list[str]]:
    """What differs, by machine."""
    found = fleet(names, Request(), Filters(select=("drift",)), Workers(jobs), lambda _: None, against)
    said = {machine.name: [one.message for one in found.findings(machine)] for machine in found.machines}
    return {name: messages for name, messages in said.items() if messages}


def write(folder: Path, name: str, **changes: Any) -> Path:
    document = json.loads((DOCUMENTS / f"{name}.json").read_text(encoding="utf-8"))
    for table, values in changes.items():
        document[table] |= values
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def test_expectations_of_the_example() -> None:
    path = EXAMPLES / "fleet" / "expectations.toml"
    assert drifting([str(DOCUMENTS)], str(path)) == {
        **{f"spark-0{n}": ["torch is 2.9.0; 2.9.0+cu130 is expected."] for n in (5, 6)},
        **{f"orin-0{n}": ["jetpack is 5.1.2; >=6 is expected."] for n in (1, 2, 3)},
    }
    schema = json.loads((shipped_folder() / "expectation.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator(schema).validate(tomli.loads(path.read_text(encoding="utf-8")))


def test_equal_machines_of_other_groups_are_told_apart(tmp_path: Path) -> None:
    """What is expected may depend on a label, and then machines with equal facts are not one."""
    write(tmp_path, "orin-04", labels={"host": "a", "site": "lab"})
    (tmp_path / "orin-04.json").rename(tmp_path / "a.json")
    write(tmp_path, "orin-04", labels={"host": "b", "site": "field"})
    expected = tmp_path / "x.toml"
    expected.write_text(
        'schema = "stackcheck-expectation/1"\n'
        '[[expect]]\nwhere = { site = "field" }\npackages = { Torch = "2.11.*" }\n',
        encoding="utf-8",
    )
    names = [str(tmp_path / "a.json"), str(tmp_path / "orin-04.json")]
    assert drifting(names, str(expected)) == {"b": ["torch is 2.8.0; 2.11.* is expected."]}


def test_a_reference_machine_and_a_target(tmp_path: Path) -> None:
    other = write(tmp_path, "spark-01", facts={"driver": "580.142"})
    assert drifting([str(other)], str(DOCUMENTS / "spark-01.json")) == {
        "spark-01": [f"driver is 580.142; {DOCUMENTS / 'spark-01.json'} has 580.95.05."]
    }
    found = drifting([str(other)], "dgx-spark")
    assert "driver is 580.142; dgx-spark has 580.95.05." in found["spark-01"]


def test_last_week(tmp_path: Path) -> None:
    before, now = tmp_path / "before", tmp_path / "now"
    write(before, "spark-01")
    write(before, "spark-02")
    write(now, "spark-01")
    write(now, "spark-02", packages={"torch": "2.9.0"}).rename(now / "other-name.json")
    write(now, "thor-01")
    for jobs in (1, 2):
        found = drifting([str(now)], str(before), jobs)
        assert set(found) == {"spark-02", "thor-01"}
        assert found["spark-02"][0].startswith("New: PyTorch 2.9.0 from PyPI is a CPU-only build on aarch64")
        assert "torch was 2.9.0+cu130, and is 2.9.0 now." in found["spark-02"]
        assert found["thor-01"] == [f"It is not in {before}."]


def test_broken_documents_of_last_week_are_passed_over(tmp_path: Path) -> None:
    write(tmp_path / "before", "spark-01")
    (tmp_path / "before" / "x.json").write_text("{", encoding="utf-8")
    assert drifting([str(DOCUMENTS / "spark-01.json")], str(tmp_path / "before")) == {}


def test_what_cannot_be_compared_with(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("{", encoding="utf-8")
    for name, error in (
        (str(tmp_path), CannotWorkError),
        (str(tmp_path / "x.json"), DocumentError),
        ("no-such-thing", CannotWorkError),
    ):
        with pytest.raises(error):
            against_of(name)
    assert stackcheck("fleet", "dgx-spark", "--against", "no-such-thing").code == 2


@pytest.mark.parametrize(
    ("document", "error"),
    [
        ({}, "expect: must be a list of tables with one at least"),
        ({"expect": [4]}, "expect[0]: must be a table"),
        ({"expect": [{}], "facts": {}}, "facts: there is no such key; each expectation is a table [[expect]]"),
        ({"expect": [{"fact": {}}]}, "expect[0].fact: there is no such key"),
        ({"expect": [{"facts": {"colour": "red"}}]}, "expect[0].facts.colour: there is no such fact"),
        ({"expect": [{"facts": {"driver": 580}}]}, "expect[0].facts.driver: must be a range"),
        ({"expect": [{"packages": {"torch": []}}]}, "expect[0].packages.torch: must be a range"),
        ({"expect": [{"absent": "torch"}]}, "expect[0].absent: must be a list of names"),
    ],
)
def test_mistakes_in_expectations(document: dict[str, Any], error: str) -> None:
    with pytest.raises(DocumentError) as caught:
        expectations_of(document, "x.toml")
    assert caught.value.errors[0].startswith(error)
