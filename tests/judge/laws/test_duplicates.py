"""Distributions that are there twice, and files that two own."""

from __future__ import annotations

from stackcheck.judge.consistency import findings
from stackcheck.model import Stack, Unknown
from tests.judge.installed import dist, findings_of


def test_two_records_in_one_folder() -> None:
    one, other = dist("a", "1"), dist("a", "2")
    both = Stack(packages={"a": Unknown("two records")})
    (finding,) = findings(both, [one, other])
    assert (finding.severity, finding.id) == ("warning", "consistency/twice-a")
    assert "several records (1, 2)" in finding.message


def test_what_hides_another_is_one_note_and_is_judged_alone() -> None:
    first = dist("a", "2", folder="/ros/site-packages")
    hidden = dist("a", "1", "missing")
    (finding,) = findings_of(first, hidden, dist("b", "1", "a>=2"))
    assert (finding.severity, finding.id) == ("note", "consistency/hidden")
    assert "1 distribution is on the path in two versions; the first one counts: a 2 (not 1)." in finding.message
    assert findings_of(dist("a", "2"), dist("a", "2", folder="/other")) == []


def test_files_that_two_own() -> None:
    one = dist("onnxruntime", "1", files=(("ort/__init__.py", "x"), ("ort/same.py", "s"), ("../../bin/t", "x")))
    other = dist("onnxruntime-gpu", "1", files=(("ort/__init__.py", "y"), ("ort/same.py", "s"), ("../../bin/t", "y")))
    (finding,) = findings_of(one, other)
    assert (finding.severity, finding.id) == ("warning", "consistency/files-onnxruntime")
    assert finding.message == (
        "onnxruntime 1 and onnxruntime-gpu 1 own the same file (ort/__init__.py) with different content; "
        "what was installed last is there."
    )
