"""Documents as an editor has them: judged, repaired and completed by their texts, and given up when they change."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from stackcheck import read
from stackcheck.session.editor import Editor, StoppedError, explained

if TYPE_CHECKING:
    from pathlib import Path

NAME = "requirements.txt"
SPARK = {"target": ["dgx-spark"]}
TEXT = "torch==2.9.0\ntorchvision==0.23.0\nnumpy\n"


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def texts(text: str) -> dict[str, bytes]:
    return {os.path.realpath(NAME): text.encode()}


def go_on() -> None:
    """Nothing has changed."""


def give_up() -> None:
    raise StoppedError


def test_every_run_can_be_given_up() -> None:
    """No reader takes it for a mistake of its own."""
    editor = Editor(SPARK)
    for run in (
        lambda: editor.lint(NAME, texts(TEXT), give_up),
        lambda: editor.offers(NAME, range(1, 4), texts(TEXT), give_up),
        lambda: editor.mended(NAME, texts(TEXT), give_up),
        lambda: editor.releases(NAME, texts("torch=="), 7, give_up),
    ):
        with pytest.raises(StoppedError):
            run()


def test_a_repair_is_given_up_between_two_trials() -> None:
    editor = Editor(SPARK)
    whole: list[None] = []
    assert editor.mended(NAME, texts(TEXT), lambda: whole.append(None))
    loads: list[None] = []

    def stop() -> None:
        loads.append(None)
        if len(loads) > len(whole) // 2:
            raise StoppedError

    assert len(whole) > 4
    with pytest.raises(StoppedError):
        editor.mended(NAME, texts(TEXT), stop)


def test_what_a_report_rests_on(tmp_path: Path) -> None:
    """Files that are not there, too: they may come."""
    seen = Editor(SPARK).lint(NAME, texts("-c nowhere.txt\n"), go_on)
    assert [one.id for one in seen.report.findings] == ["reading/broken"]
    assert {os.path.realpath(name) for name in (NAME, "nowhere.txt", "pyproject.toml")} <= seen.looked


def test_a_crash_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("https://user:hunter2@pypi.example/")

    monkeypatch.setattr(read, "read_project", broken)
    (one,) = Editor(SPARK).lint(NAME, texts(TEXT), go_on).report.findings
    assert (one.id, one.severity) == ("reading/crashed", "error")
    assert one.message == "A check crashed (ZeroDivisionError: https://pypi.example/); please report it."


def test_offers_leave_the_text_alone() -> None:
    editor = Editor(SPARK)
    (offer,) = [one for one in editor.offers(NAME, range(2, 3), texts(TEXT), go_on) if one.safe]
    assert (offer.says, offer.finding.id) == (
        "torchvision==0.23.0 → torchvision==0.24.0",
        "torchvision/vision-0.23.0-torch",
    )
    assert offer.changed == ((NAME, TEXT.encode(), TEXT.replace("0.23.0", "0.24.0").encode()),)
    assert editor.offers(NAME, range(3, 4), texts(TEXT), go_on) == []
    assert editor.mended(NAME, texts("-r nowhere.txt\n"), go_on) == []


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("open3d==0.1|9.0\n", ("0.1", "9.0")),
        ("a\r\nopen3d >= |\r\nb\r\n", ("", "")),
        ("a\ropen3d[x] ~= 0.1|\rb", ("0.1", "")),
        ('"open3d==|"', ("", "")),
    ],
)
def test_the_version_that_is_replaced(text: str, place: tuple[str, str]) -> None:
    at = text.index("|")
    found = Editor(SPARK).releases(NAME, texts(text.replace("|", "")), at, go_on)
    assert (found.start, found.end) == (at - len(place[0]), at + len(place[1]))
    assert all(release.startswith(place[0]) for release in found.releases)


def test_releases_of_a_line() -> None:
    editor = Editor(SPARK)
    assert editor.releases(NAME, texts("open3d==\n"), 8, go_on).releases[:2] == ("0.20.0", "0.18.0")
    assert editor.releases(NAME, texts("open3d<0.19,==\n"), 14, go_on).releases[0] == "0.18.0"
    assert editor.releases(NAME, texts("open3d\n"), 6, go_on).releases == ()


def test_what_is_told_of_a_line() -> None:
    seen = Editor(SPARK).lint(NAME, texts(f"{TEXT}no-such-project-of-anybody\n"), go_on)
    assert explained(seen, 1).startswith("torch/pypi-aarch64-cpu, a row of the kind builds")
    assert explained(seen, 3).startswith("numpy: judged by ")
    assert explained(seen, 4) == (
        "no-such-project-of-anybody: not judged: nothing is known of no-such-project-of-anybody."
    )
    assert explained(seen, 9) == ""
    assert explained(Editor({"target": ["mars"]}).lint(NAME, texts(TEXT), go_on), 1) == ""
