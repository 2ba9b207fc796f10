"""One finding for each cause, in the order in which they are mended; nothing is lost on the way."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from stackcheck.judge import causes
from stackcheck.model import SEVERITIES, Finding, Fix, Location, Report
from stackcheck.values import replace

CPU = Finding(
    kind="builds",
    id="torch/pypi-aarch64-cpu",
    severity="error",
    subject="torch",
    message="PyTorch 2.9.0 from PyPI is a CPU-only build; this GPU (NVIDIA GB10) is not used.",
    involves=("torch", "gpu"),
    location=Location("requirements.txt", 2),
    target="dgx-spark",
)
LATER = Location("Dockerfile", 7)


def merged(*findings: Finding) -> tuple[Finding, ...]:
    return causes.merged(Report("x", "1", findings, 0)).findings


def test_the_same_on_several_targets_is_one_finding_that_names_each_gpu() -> None:
    others = [replace(CPU, target=name, message=CPU.message.replace("GB10", gpu)) for name, gpu in GPUS]
    (one,) = merged(CPU, *others)
    assert one.message == (
        "PyTorch 2.9.0 from PyPI is a CPU-only build; this GPU (NVIDIA GB10, GH200 480GB or Thor) is not used."
    )
    assert one.targets == ("dgx-spark", "gh200", "jetson-thor")
    assert one.places == (CPU.location,)


GPUS = (("gh200", "GH200 480GB"), ("jetson-thor", "Thor"))


def test_the_same_at_several_places_is_one_finding() -> None:
    (one,) = merged(replace(CPU, target=None), replace(CPU, target=None, location=LATER))
    assert one.places == (Location("requirements.txt", 2), LATER)
    assert one.targets == ()


def test_other_words_of_one_row_stay_under_it() -> None:
    other = replace(CPU, message="torch>=2 would install another release than the one that works.", location=LATER)
    (one,) = merged(CPU, other)
    assert one.message == CPU.message
    assert [member.message for member in one.also] == [other.message]


def test_what_is_wrong_with_the_file_of_one_line_is_one_finding_with_its_root_first() -> None:
    driver = replace(CPU, kind="driver", id="torch/driver", message="The driver is too old.", involves=("driver",))
    code = replace(CPU, kind="gpu-code", id="torch/code", message="No code for 12.1.", severity="warning")
    elsewhere = replace(driver, location=LATER)
    one, other = merged(driver, code, CPU, elsewhere)
    assert (one.id, [member.id for member in one.also]) == (CPU.id, ["torch/driver", "torch/code"])
    assert one.involves == ("driver", "gpu", "torch")
    assert other == elsewhere


def test_a_note_is_no_part_of_an_error() -> None:
    assert len(merged(CPU, replace(CPU, severity="note", kind="wheels", id="torch/files"))) == 2


def test_what_could_not_be_read_is_joined_by_its_words_alone() -> None:
    unread = Finding("reading", "reading/unread", "unknown", "file", "`a` names no project.", location=LATER)
    other = replace(unread, message="`b` names no project.", location=Location("Dockerfile", 8))
    assert len(merged(unread, other)) == 2
    (one,) = merged(unread, replace(unread, location=Location("a.sh", 1)))
    assert len(one.places) == 2


def test_messages_of_a_law_at_other_places_are_not_one_cause() -> None:
    conflict = Finding("conflicts", "conflicts/torch", "error", "torch", "a excludes b", location=LATER)
    assert len(merged(conflict, replace(conflict, message="c excludes d", location=Location("x", 1)))) == 2


def test_steps_keep_their_order_and_their_number() -> None:
    steps = [Finding("todo", "a/install", "todo", name, "Install it.") for name in ("torch", "torch", "python")]
    assert [finding.subject for finding in merged(CPU, *steps)] == ["torch", "torch", "torch", "python"]


def test_the_lines_of_a_log_keep_their_order() -> None:
    lines = [Finding("symptom", f"symptoms/{name}", "error", name, name) for name in ("torch", "driver", "python")]
    found = causes.merged(Report("x", "1", tuple(lines), 0, ordered=True))
    assert [finding.subject for finding in found.findings] == ["torch", "driver", "python"]


def test_first_what_is_to_be_done_first() -> None:
    def error(kind: str, subject: str, line: int, *involves: str) -> Finding:
        return Finding(kind, f"{subject}/{kind}", "error", subject, kind, involves, Location("a.txt", line))

    driver, pairs = error("driver", "driver", 1), error("pairs", "torchvision", 2, "torch")
    build, other = error("builds", "jax", 3), error("builds", "torch", 4, "torch")
    wheel, python = error("wheels", "usd-core", 5), error("requires", "python", 6)
    image = error("requires", "arch", 7)
    assert merged(driver, pairs, build, other, wheel, python, image) == (
        *(image, python, wheel),
        other,  # of two builds first the one that another error speaks of
        *(build, pairs, driver),
    )


def test_messages_that_differ_in_more_than_a_few_words_are_not_mixed() -> None:
    assert causes._either(["a 1 b 2", "a 3 b 4"]) == "a 1 b 2 or 3 b 4"
    assert causes._either(["a 1 2 3 4 5 6 7 b", "a 8 b"]) == ""
    assert causes._either(["a b", "a b c"]) == ""
    assert (
        causes._either(["for 12.1 (GB10): it has", "for 8.7 (Orin): it has"]) == "for 12.1 (GB10) or 8.7 (Orin): it has"
    )
    assert causes._either(["needs x, y.", "needs z, y."]) == "needs x or z, y."


FINDINGS = st.builds(
    Finding,
    kind=st.sampled_from(["builds", "gpu-code", "requires", "reading", "todo"]),
    id=st.sampled_from(["a/1", "a/2", "reading/unread"]),
    severity=st.sampled_from(SEVERITIES),
    subject=st.sampled_from(["a", "b", "file", "python"]),
    message=st.lists(st.sampled_from(["x", "y", "(z)", "z:"]), min_size=1, max_size=4).map(" ".join),
    involves=st.sampled_from([(), ("a",), ("a", "b")]),
    location=st.sampled_from([None, Location("f", 1), Location("f", 2)]),
    fix=st.sampled_from([None, Fix("do")]),
    target=st.sampled_from([None, "t", "u"]),
)


@given(st.lists(FINDINGS, max_size=12))
def test_nothing_is_lost_and_nothing_grows_louder(findings: list[Finding]) -> None:
    after = merged(*findings)
    every = [member for finding in after for member in (finding, *finding.also)]

    def places(found: list[Finding]) -> set[object]:
        return {(one.kind, one.id, one.severity, one.subject, one.location, one.target, one.fix) for one in found}

    assert places(every) == places(findings)
    assert {finding.severity for finding in after} <= {finding.severity for finding in findings}
    again = merged(*after)
    assert places([member for finding in again for member in (finding, *finding.also)]) == places(findings)
    assert len(again) == len(after)
    assert all(not member.also for finding in after for member in finding.also)
