"""Images beside the documents of a fleet: each is a machine for each target, judged as `image` judges it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from stackcheck.report import FLEET_FORMATS
from stackcheck.session import fleet as work
from stackcheck.session.check import check
from stackcheck.session.errors import CannotWorkError
from stackcheck.session.files import Loader
from stackcheck.session.filters import by_cause
from stackcheck.session.request import Filters, Request
from stackcheck.session.workers import Workers
from tests import images
from tests.fleets import write, write_images
from tests.report.test_fleet import rendered

if TYPE_CHECKING:
    from pathlib import Path

    from stackcheck.report.fleet import Fleet

TARGETS = ("dgx-spark", "jetson-orin")


def judged(
    folder: Path, *targets: str, jobs: int = 1, against: str | None = None, request: Request | None = None
) -> Fleet:
    args = (request or Request(), Filters(), Workers(jobs), lambda _: None)
    return work.fleet([str(folder)], *args, against=against, targets=targets)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("fleet")
    write(made / "documents", 3, 3)
    write_images(made / "images")
    return made


def test_every_form_is_found_and_judged_as_by_itself(folder: Path) -> None:
    found = judged(folder, *TARGETS)
    assert not found.unread
    those = [machine for machine in found.machines if "images" in machine.document]
    assert len(those) == 2 * 2 * 4
    assert len(found.machines) == 3 + len(those)
    for machine in those:
        assert machine.name == f"{machine.document} on {machine.board}"
        report = by_cause(check(Request(root=machine.document, target=machine.board), Loader(), lambda _: None))
        assert [(one.id, one.message) for one in found.findings(machine)] == [
            (one.id, one.message) for one in (*report.findings, *report.coverage.not_judged)
        ]
    assert {found.findings(machine)[0].id for machine in those if "2.8.0" in machine.document} == {
        "torchvision/vision-0.24.0-torch"
    }


def test_several_processes_give_the_same_bytes(folder: Path) -> None:
    alone, together = judged(folder, *TARGETS[:1], jobs=1), judged(folder, *TARGETS[:1], jobs=2)
    for form in FLEET_FORMATS:
        assert rendered(form, together) == rendered(form, alone)


def test_an_image_makes_as_much_of_a_batch_as_many_documents() -> None:
    from stackcheck.session.tasks import batches

    tasks = [work.Task(b"%d" % number, image="x" if number < 3 else None) for number in range(6)]
    assert [len(batch) for batch in batches(iter(tasks), 2 * work.HEAVY)] == [2, 4]


def test_an_image_that_cannot_be_judged_is_a_line(tmp_path: Path) -> None:
    write(tmp_path, 1, 1)
    (tmp_path / "damaged.tar").write_bytes(b"x" * 2_000)
    (other := tmp_path / "other").mkdir()
    images.folder(other, images.oci([images.tar({"etc/x": "y"})]))
    (other / "index.json").write_text("{", encoding="utf-8")
    reasons = {machine.document.rpartition("/")[2]: text for machine, text in judged(tmp_path, "dgx-spark").unread}
    assert reasons["damaged.tar"] == "a header has a size that is no size"
    assert set(reasons) == {"damaged.tar", "other"}
    assert judged(tmp_path, "dgx-spark").judged == 1


def test_without_a_target_or_with_what_machines_are_compared_with(folder: Path) -> None:
    assert {text for _, text in judged(folder).unread} == {"is an image: name the --target that it is to run on"}
    compared = judged(folder, "dgx-spark", against="dgx-spark")
    assert {text for _, text in compared.unread} == {"is an image, and --against compares machines"}
    with pytest.raises(CannotWorkError, match="images run on it, and there is none"):
        judged(folder / "documents", "dgx-spark")
    with pytest.raises(CannotWorkError, match="there is no target 'nowhere'"):
        judged(folder, "nowhere")


def test_a_platform_is_for_images_alone(folder: Path) -> None:
    found = judged(folder, "dgx-spark", request=Request(platform="linux/arm64"))
    assert not found.unread
    missing = judged(folder / "images", "dgx-spark", request=Request(platform="linux/s390x"))
    assert {machine.document.rpartition("/")[2][:4] for machine, _ in missing.unread} == {"layo", "save", "pack"}
