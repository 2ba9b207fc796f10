"""Upper bounds that only later releases of a project state."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from stackcheck.judge import documented
from stackcheck.judge.judge import judge
from stackcheck.matrix import learn
from stackcheck.matrix.records import Records
from stackcheck.model import Finding, Stack
from stackcheck.values import replace
from tests.judge import small
from tests.judge.small import ask, known, store
from tests.matrix.test_learn import Contents, File

if TYPE_CHECKING:
    from pathlib import Path

    from stackcheck.model import Ask

SERVER = {"1.0": ["models>=4"], "1.1": ["models>=4.5"], "1.2": ["models<5,>=4.5"], "2.0": ["models<6,>=5"]}
MODELS = {"4.6": [], "5.1": [], "6.0rc1": []}
OTHER = {"1.0": ["models<5.0"]}
CAREFUL = {"1.0": ["models>=4"], "1.1.dev0": [], "1.2.1": ["models<5,>=4"], "1.3": ["models>=5"]}
DAYS = {"4.6": "2025-01-01", "5.1": "2026-01-01", "1.2.1": "2025-06-01"}
"""`careful` set a bound before there was anything beyond it, and took it away."""


@pytest.fixture
def records(tmp_path: Path) -> Records:
    folder = tmp_path / "records" / "pypi"
    folder.mkdir(parents=True)
    for project, releases in {"server": SERVER, "models": MODELS, "other": OTHER, "careful": CAREFUL}.items():
        names = {version: f"{project}-{version}-py3-none-any.whl" for version in releases}
        contents = {
            names[version]: Contents(
                f"Name: {project}\nVersion: {version}\n".encode()
                + "".join(f"Requires-Dist: {text}\n" for text in requires).encode()
            )
            for version, requires in releases.items()
        }
        files = [
            File(name, upload_time=f"{DAYS.get(version, '2026-06-01')}T00:00:00Z") for version, name in names.items()
        ]
        drafts = learn.drafts(project, files)
        (folder / f"{project}.jsonl").write_bytes(learn.record(project, "pypi", "2026-11-28", drafts, contents))
    return Records([str(tmp_path)])


def found(records: Records, *asks: Ask) -> list[Finding]:
    stack = Stack(facts=known({**small.SPARK, "python": "3.11"}), asks=asks)
    findings = judge(stack, store().with_records(records), subject="test", version="1").findings
    return [finding for finding in findings if finding.id.endswith("-later")]


def test_a_release_before_the_bound(records: Records) -> None:
    (finding,) = found(records, ask("server", "==1.0"))
    assert (finding.severity, finding.id) == ("warning", "requires/server-later")
    assert "server 1.0 lets in models 5.1 (1.2: models<5), which later releases of it shut out" in finding.message
    assert finding.involves == ("models", "server")


def test_what_a_line_pins_beside_it(records: Records) -> None:
    (finding,) = found(records, ask("server", "==1.1"), ask("models", "==5.1", 2))
    assert [reason.origin for reason in finding.because] == ["requirements.txt:1", "requirements.txt:2"]


@pytest.mark.parametrize(
    "asks",
    [
        (ask("server", "==1.1"), ask("models", "==4.6", 2)),
        (ask("server", "==1.1"), ask("models", "<5", 2)),
        (ask("server", "==1.1"), ask("other", "==1.0", 2)),  # which holds it below 5
        (ask("server", "==1.2"),),  # says so itself
        (ask("server", "==2.0"),),
        (ask("server"),),
        (ask("careful", "==1.0"),),
    ],
)
def test_what_is_bounded_or_new(records: Records, asks: tuple[Ask, ...]) -> None:
    assert found(records, *asks) == []


def test_what_a_document_says_is_installed(records: Records) -> None:
    packages = known({"server": "1.0", "models": "5.1", "other": "1.0"})
    stack = Stack(facts=known({"python": "3.11"}), packages=packages)
    found = [one.id for one in documented.findings(stack, store().with_records(records), ())]
    assert found == ["consistency/conflict-models", "consistency/server-later"]
    older = replace(stack, packages=known({"server": "1.0", "models": "4.6"}))
    assert list(documented.findings(older, store().with_records(records), ())) == []
