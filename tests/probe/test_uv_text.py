"""Reading what uv prints."""

from __future__ import annotations

import pytest

from stackcheck.probe.resolution import Left, Pin
from stackcheck.probe.uv_text import parse_log, parse_pins, parse_refusal, plain
from tests.probe.uv_output import LOG, NEW_STYLE, PINS

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


def test_pins_with_what_asks_for_them() -> None:
    assert parse_pins(PINS) == (
        Pin("hydra-core", "1.3.8", (), ("lab",), "https://user:secret@index.example/simple"),
        Pin("lab", "2.3", ("sim",), ("-r requirements.txt",), "https://index.example/whl/cu130"),
        Pin("newton", "1.6.1", ("sim", "x"), ("hydra-core", "lab")),
        Pin("own", "1.0+cu130"),
    )


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
