"""`inspect` of a wheel on an index of this machine: by its address, and by PROJECT==VERSION."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from stackcheck.cli import inspect
from stackcheck.probe.index import Places
from stackcheck.session import remote
from stackcheck.session.errors import CannotWorkError
from tests.probe.server import serving
from tests.session.test_libraries import ARM, GOOD

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.probe.server import Served


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    with serving(dict(GOOD)) as found:
        monkeypatch.setattr(remote, "configured", lambda: Places((found.url,)))
        yield found


def test_both_wheels_of_a_release(served: Served) -> None:
    assert inspect.text(remote.inspected("X_y==2.0", lambda _: None)) == (
        "x_y-2.0-cp312-cp312-manylinux_2_28_aarch64.whl: wheel, cp312-cp312-manylinux_2_28_aarch64\n"
        "  machine    aarch64 (1 files)\n"
        "             1 large ones were not looked into for that\n"
        "  GPU code   compiled for 8.0, 12.1; no PTX\n"
        "\n"
        "x_y-2.0-cp312-cp312-manylinux_2_28_x86_64.whl: wheel, cp312-cp312-manylinux_2_28_x86_64\n"
        "  machine    aarch64 (1 files)\n"
        "  ! aarch64  x_y/core.so\n"
        "             1 large ones were not looked into for that\n"
        "  GPU code   compiled for 7.5; no PTX\n"
    )


def test_one_wheel_by_its_address_takes_only_parts_of_it(served: Served) -> None:
    (found,) = inspect.inspected([f"{served.url.removesuffix('/simple')}/files/{ARM}"], lambda _: None)
    assert [item.path for item in found.items] == ["x_y/core.so"]
    assert all("Range" in headers for path, headers in served.requests if path.startswith("/files/"))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("x-y==3.0", "x-y==3.0: the index has no such release"),
        ("x-z==2.0", "x-z==2.0: no index that was asked knows x-z"),
        ("x-y==two", "x-y==two: is no release; write PROJECT==VERSION"),
        ("https://user:secret@x.example/a.tar.gz", "is no address of a wheel"),
    ],
)
def test_what_is_not_there_is_one_line(served: Served, text: str, line: str) -> None:
    with pytest.raises(CannotWorkError, match=line.replace(".", r"\.")) as caught:
        remote.inspected(text, lambda _: None)
    assert "secret" not in str(caught.value)
    assert served.url


def test_a_file_of_that_name_goes_first(tmp_path_factory: pytest.TempPathFactory) -> None:
    place = tmp_path_factory.mktemp("x") / "a==1"
    place.write_text("text", encoding="utf-8")
    with pytest.raises(CannotWorkError, match="holds no machine code"):
        inspect.inspected([str(place)], lambda _: None)
