"""Resolving with uv, round after round."""

from __future__ import annotations

from pathlib import Path

import pytest

from stackcheck.model import Unknown
from stackcheck.probe import resolve
from stackcheck.probe.resolve import Job, Resolution
from stackcheck.values import replace
from tests.probe.uv_output import LOG, NEW_STYLE, PINS


@pytest.mark.parametrize(
    ("arch", "glibc", "name"),
    [
        ("aarch64", 39, "aarch64-manylinux_2_39"),
        ("aarch64", 30, "aarch64-manylinux_2_28"),
        ("x86_64", 99, "x86_64-manylinux_2_40"),
        ("x86_64", None, "x86_64-unknown-linux-gnu"),
        ("x86_64", 5, "x86_64-unknown-linux-gnu"),
        ("riscv64", 39, None),
    ],
)
def test_the_name_of_the_platform(arch: str, glibc: int | None, name: str | None) -> None:
    assert resolve.platform(arch, glibc) == name


# --- a uv that answers as it is told -----------------------------------------------------------------------------


def uv(folder: Path, *answers: tuple[int, str, str]) -> str:
    """A program that gives one answer a run (status, output, errors), and writes down how it was called."""
    for number, (status, output, errors) in enumerate(answers):
        (folder / f"{number}.out").write_text(output, encoding="utf-8")
        (folder / f"{number}.err").write_text(errors, encoding="utf-8")
        (folder / f"{number}.rc").write_text(str(status), encoding="utf-8")
    program = folder / "uv"
    program.write_text(
        f"""#!/bin/sh
cd '{folder}'
n=$(cat n 2>/dev/null || echo 0)
echo $((n + 1)) > n
printf '%s\\n' "$@" > $n.args
for last; do :; done
cp "$last" $n.aside
cat $n.out; cat $n.err >&2; exit $(cat $n.rc)
""",
        encoding="utf-8",
    )
    program.chmod(0o755)
    return str(program)


JOB = Job(("requirements.txt", "-odd.txt"), ("constraints.txt",), "aarch64-manylinux_2_39", "3.12")


def test_what_has_no_wheel_is_set_aside_and_the_rest_resolved(tmp_path: Path) -> None:
    told: list[str] = []
    program = uv(tmp_path, (1, "", NEW_STYLE), (0, PINS, LOG), (0, PINS, ""))
    found = resolve.resolve(program, JOB, told.append)
    assert isinstance(found, Resolution)
    assert [one.name for one in found.left] == ["flatdict", "antlr4-python3-runtime"]
    assert len(found.pins) == 4
    assert found.conflict is None
    aside = (tmp_path / "2.aside").read_text(encoding="utf-8")
    assert aside == "flatdict ; sys_platform == 'none'\nantlr4-python3-runtime ; sys_platform == 'none'\n"
    assert told[-1] == "resolving with uv without flatdict, antlr4-python3-runtime"


def test_a_project_that_could_be_used_is_not_set_aside_beside_one_that_never_could(tmp_path: Path) -> None:
    log = (
        "DEBUG Searching for a compatible version of usd-core (<25)\nDEBUG Selecting: usd-core==24.3 [compatible] (x)\n"
    )
    both = (
        f"{NEW_STYLE.partition(', we can')[0]}, because usd-core==24.11 has no usable wheels, we can conclude that …\n"
    )
    found = resolve.resolve(uv(tmp_path, (1, "", log + both), (0, PINS, "")), JOB)
    assert isinstance(found, Resolution)
    assert [one.name for one in found.left] == ["flatdict"]


def test_nothing_is_built_and_nothing_kept(tmp_path: Path) -> None:
    resolve.resolve(uv(tmp_path, (0, PINS, "")), JOB)
    args = (tmp_path / "0.args").read_text(encoding="utf-8").splitlines()
    assert args[:6] == ["pip", "compile", "requirements.txt", "./-odd.txt", "-c", "constraints.txt"]
    assert args[args.index("--only-binary") + 1] == ":all:"
    assert "--no-python-downloads" in args
    assert args[args.index("--python-platform") + 1] == "aarch64-manylinux_2_39"
    assert not Path(args[args.index("--cache-dir") + 1]).exists()


def test_no_temporary_folder_is_in_an_answer(tmp_path: Path) -> None:
    """uv names the file of what is set aside, and its cache, by their paths, which are other ones each time."""
    script = tmp_path / "uv"
    script.write_text(
        "#!/bin/sh\nwhile [ $# -gt 0 ]; do\n"
        "  case $1 in --override) aside=$2;; --cache-dir) cache=$2;; esac; shift\ndone\n"
        'if [ "$FAIL" ]; then echo "error: cannot write $cache/x and $aside" >&2; exit 2; fi\n'
        'echo "six==1.0  # via -r a.txt, --override $aside"\n',
        encoding="utf-8",
    )
    script.chmod(0o755)
    found = resolve.resolve(str(script), JOB)
    assert isinstance(found, Resolution)
    assert found.pins[0].via == ("-r a.txt", "--override set-aside.txt")
    failed = resolve.resolve(str(script), replace(JOB, variables={"FAIL": "1"}))
    assert failed == Unknown("uv cannot resolve the files: cannot write cache/x and set-aside.txt")


def test_a_conflict_of_releases_is_explained(tmp_path: Path) -> None:
    text = (
        "error: No solution found when resolving dependencies\n  cause: Because you require numpy<1 and numpy>2, no.\n"
    )
    found = resolve.resolve(uv(tmp_path, (1, "", text)), JOB)
    assert found == Resolution((), (), "Because you require numpy<1 and numpy>2, no.")


def test_a_conflict_after_a_closure_leaves_the_closure(tmp_path: Path) -> None:
    text = "error: No solution found\n  cause: Because you require numpy<1 and numpy>2, no.\n"
    found = resolve.resolve(uv(tmp_path, (0, PINS, LOG), (1, "", text)), JOB)
    assert isinstance(found, Resolution)
    assert len(found.pins) == 4


@pytest.mark.parametrize(
    ("status", "errors", "said"),
    [
        (1, "error: Request failed\n  cause: https://user:secret@index.example/x?token=1 refused", "index.example/x"),
        (2, "error: unexpected argument", "unexpected argument"),
        (-9, "", "uv cannot resolve the files"),
    ],
)
def test_a_uv_that_cannot_work(tmp_path: Path, status: int, errors: str, said: str) -> None:
    found = resolve.resolve(uv(tmp_path, (abs(status), "", errors)), JOB)
    assert isinstance(found, Unknown)
    assert said in found.reason
    assert "secret" not in found.reason
    assert "token" not in found.reason


def test_a_uv_that_hangs(tmp_path: Path) -> None:
    program = tmp_path / "uv"
    program.write_text("#!/bin/sh\nexec sleep 60\n", encoding="utf-8")
    program.chmod(0o755)
    found = resolve.resolve(str(program), JOB, limit_s=0.0)
    assert found == Unknown("uv did not answer in 1 s")


def test_a_search_with_too_long_a_log_is_done_without_it(tmp_path: Path) -> None:
    program = tmp_path / "uv"
    program.write_text(
        "#!/bin/sh\n"
        'if [ -n "$RUST_LOG" ]; then head -c 2000000 /dev/zero >&2; exit 0; fi\n'
        f"printf '{PINS.splitlines()[0]}\\n'\n",
        encoding="utf-8",
    )
    program.chmod(0o755)
    found = resolve.resolve(str(program), JOB)
    assert isinstance(found, Resolution)
    assert [pin.name for pin in found.pins] == ["hydra-core"]


@pytest.mark.network
def test_a_real_uv(tmp_path: Path) -> None:
    program = resolve.find_uv()
    assert program is not None
    (tmp_path / "requirements.txt").write_text("antlr4-python3-runtime==4.9.3\njinja2\n", encoding="utf-8")
    job = Job((str(tmp_path / "requirements.txt"),), (), "aarch64-manylinux_2_39", "3.12")
    found = resolve.resolve(program, job)
    assert isinstance(found, Resolution)
    assert {pin.name for pin in found.pins} == {"jinja2", "markupsafe"}
    assert [one.name for one in found.left] == ["antlr4-python3-runtime"]
