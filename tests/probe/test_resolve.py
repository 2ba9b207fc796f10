from __future__ import annotations

from pathlib import Path

import pytest

from stackcheck.model import Ask, Indexes, Location, Origin, Unknown
from stackcheck.probe import resolve
from stackcheck.probe.resolve import Job, Left, Pin, Resolution, parse_log, parse_pins, parse_refusal, plain

PINS = """\
hydra-core==1.3.8         # via lab
    # from https://user:secret@index.example/simple
lab[sim]==2.3             # via -r requirements.txt
    # from https://index.example/whl/cu130
newton[sim, x]==1.6.1     # via hydra-core, lab
-e ./proj                 # via -r requirements.txt
direct @ https://files.example/direct-1.0-py3-none-any.whl  # via -r requirements.txt
own==1.0+cu130
"""

NEW_STYLE = """\
error: No solution found when resolving dependencies
  cause: Because flatdict==4.0.0 has no usable wheels and lab==2.3 depends on flatdict==4.0.0, we can conclude that
         lab==2.3 cannot be used.
         And because you require lab==2.3, we can conclude that your requirements are unsatisfiable.

hint: Wheels are required for `other` because building from source is disabled (i.e., with `--no-build`)
"""

OLD_STYLE = """\
  \u00d7 No solution found when resolving dependencies:
  ╰─▶ Because usd-core<=23.11 has no wheels with a matching Python ABI tag (e.g., `cp311`) and only the following
      versions of usd-core are available:
          usd-core<=23.11
          usd-core>=24.3
      we can conclude that usd-core<24.3 cannot be used.
      And because usd-core>=24.3,<=24.11 has no wheels with a matching platform tag (e.g., `manylinux_2_39_aarch64`)
      and you require usd-core<25, we can conclude that your requirements are unsatisfiable.
"""

LOG = """\
DEBUG Adding direct dependency: lab>=2.3, <2.3+
DEBUG Searching for a compatible version of lab (>=2.3, <2.3+)
DEBUG Selecting: lab==2.3 [compatible] (lab-2.3-py3-none-any.whl)
DEBUG Adding transitive dependency for lab==2.3: hydra-core*
DEBUG Adding transitive dependency for lab==2.3: accelerate>=3.1.0
DEBUG Searching for a compatible version of hydra-core (*)
DEBUG Selecting: hydra-core==1.3.8 [compatible] (hydra_core-1.3.8-py3-none-any.whl)
DEBUG Adding transitive dependency for hydra-core==1.3.8: antlr4-python3-runtime>=4.9.dev0, <4.10.dev0
DEBUG Searching for a compatible version of antlr4-python3-runtime (>=4.9.dev0, <4.10.dev0)
DEBUG Searching for a compatible version of antlr4-python3-runtime (>=4.9.dev0, <=4.9.2)
DEBUG Searching for a compatible version of hydra-core (<=1.3.7 | >=1.4.0.dev1)
DEBUG Selecting: hydra-core==0.11.3 [compatible] (hydra_core-0.11.3-py3-none-any.whl)
DEBUG Searching for a compatible version of accelerate (>=3.1.0)
DEBUG Searching for a compatible version of accelerate (>=3.1.0, <=3.1.9 | >=4.0.0a1)
DEBUG Selecting: accelerate==4.0.0a8 [compatible] (accelerate-4.0.0a8-cp312-cp312-manylinux_2_28_aarch64.whl)
DEBUG something else
"""


def ask(name: str, line: int = 3, **more: object) -> Ask:
    place = Location("requirements.txt", line)
    return Ask(name, "==2.3", Origin(f"{name}==2.3", str(place), place), **more)  # type: ignore[arg-type]


def test_pins_with_what_asks_for_them() -> None:
    assert parse_pins(PINS) == (
        Pin("hydra-core", "1.3.8", (), ("lab",), "https://user:secret@index.example/simple"),
        Pin("lab", "2.3", ("sim",), ("-r requirements.txt",), "https://index.example/whl/cu130"),
        Pin("newton", "1.6.1", ("sim", "x"), ("hydra-core", "lab")),
        Pin("own", "1.0+cu130"),
    )


def test_pins_become_asks_with_their_way() -> None:
    asks = resolve.asks(Resolution(parse_pins(PINS)), [ask("lab")])
    assert [(one.name, one.specifier, one.origin.place) for one in asks] == [
        ("hydra-core", "==1.3.8", "resolved by uv, via lab ← requirements.txt:3"),
        ("newton", "==1.6.1", "resolved by uv, via lab ← requirements.txt:3"),
        ("own", "==1.0+cu130", "resolved by uv"),
    ]
    assert asks[0].indexes == Indexes(("pypi",))
    assert asks[0].origin.location == Location("requirements.txt", 3)
    assert asks[2].indexes is None


def test_the_shortest_way_is_told_and_circles_end() -> None:
    pins = (Pin("a", "1", via=("b",)), Pin("b", "1", via=("a", "c")), Pin("c", "1", via=("-r other.txt",)))
    asks = resolve.asks(Resolution(pins), [])
    assert asks[0].origin.place == "resolved by uv, via b ← c ← -r other.txt"
    circle = (Pin("a", "1", via=("b",)), Pin("b", "1", via=("a",)))
    assert resolve.asks(Resolution(circle), [])[0].origin.place == "resolved by uv, via b"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (NEW_STYLE, (Left("flatdict", "==4.0.0", "flatdict==4.0.0 has no usable wheels", ("lab",)),)),
        (
            OLD_STYLE,
            (
                Left(
                    "usd-core",
                    "<25",
                    "usd-core<=23.11 has no wheels with a matching Python ABI tag (e.g., `cp311`); "
                    "usd-core>=24.3,<=24.11 has no wheels with a matching platform tag "
                    "(e.g., `manylinux_2_39_aarch64`)",
                ),
            ),
        ),
        (
            "Because gone was not found in the package registry and you require gone, we can conclude that …",
            (Left("gone", "", "gone was not found in the package registry"),),
        ),
        (
            "Because there is no version of torch==99 and you require torch==99, we can conclude …",
            (Left("torch", "==99", "there is no version of torch==99"),),
        ),
        (
            "Because all versions of some-name have no usable wheels and a depends on some-name, …",
            (Left("some-name", "", "some-name have no usable wheels", ("a",)),),
        ),
        ("Because you require numpy<1.20 and numpy>2, we can conclude that …", ()),
        ("", ()),
    ],
)
def test_what_a_refusal_names(text: str, left: tuple[Left, ...]) -> None:
    found = parse_refusal(plain(text))
    assert tuple((one.name, one.specifier, one.wanted_by) for one in found) == tuple(
        (one.name, one.specifier, one.wanted_by) for one in left
    )
    assert [one.reason.startswith(other.reason[:40]) for one, other in zip(found, left, strict=True)] == [True] * len(
        left
    )


def test_the_log_tells_who_asks_and_what_was_passed_over() -> None:
    search = parse_log(LOG.splitlines())
    pins = (Pin("lab", "2.3"), Pin("hydra-core", "0.11.3"), Pin("accelerate", "4.0.0a8"))
    (stuck,) = search.stuck(pins)
    assert (stuck.name, stuck.specifier, stuck.wanted_by) == ("antlr4-python3-runtime", "<4.10,>=4.9", ("hydra-core",))
    (passed,) = search.passed(pins)
    assert (passed.name, passed.specifier, passed.wanted_by) == ("accelerate", ">=3.1.0", ("lab",))


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


def test_what_was_set_aside_becomes_an_ask() -> None:
    resolution = Resolution(
        parse_pins(PINS),
        (Left("flatdict", "==4.0.0", "flatdict has no usable wheels", ("newton",)), Left("lab", "", "lab has none")),
    )
    flatdict, lab = resolve.left_asks(resolution, [ask("lab")])
    assert str(flatdict) == "flatdict==4.0.0"
    assert flatdict.origin.text == "uv says that flatdict has no usable wheels"
    assert flatdict.origin.place == "resolved by uv, via newton ← lab ← requirements.txt:3"
    assert (lab.specifier, lab.origin.place) == ("==2.3", "requirements.txt:3")


def test_what_was_passed_over_becomes_an_ask() -> None:
    resolution = Resolution(parse_pins(PINS), passed=(Left("newton", ">=1", "…", ("lab",)), Left("lab", "", "…")))
    (newton,) = resolve.passed_asks(resolution, [ask("lab")])
    assert (newton.specifier, newton.origin.place) == (">=1", "resolved by uv, via lab ← requirements.txt:3")


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
