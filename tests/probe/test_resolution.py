"""A resolution as asks, each with the way by which it came."""

from __future__ import annotations

from stackcheck.model import Ask, Indexes, Location, Origin
from stackcheck.probe import resolution
from stackcheck.probe.resolution import Left, Pin, Resolution
from stackcheck.probe.uv_text import parse_pins
from tests.probe.uv_output import PINS


def ask(name: str, line: int = 3, **more: object) -> Ask:
    place = Location("requirements.txt", line)
    return Ask(name, "==2.3", Origin(f"{name}==2.3", str(place), place), **more)  # type: ignore[arg-type]


def test_pins_become_asks_with_their_way() -> None:
    asks = resolution.asks(Resolution(parse_pins(PINS)), [ask("lab")])
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
    asks = resolution.asks(Resolution(pins), [])
    assert asks[0].origin.place == "resolved by uv, via b ← c ← -r other.txt"
    circle = (Pin("a", "1", via=("b",)), Pin("b", "1", via=("a",)))
    assert resolution.asks(Resolution(circle), [])[0].origin.place == "resolved by uv, via b"


def test_what_was_set_aside_becomes_an_ask() -> None:
    whole = Resolution(
        parse_pins(PINS),
        (Left("flatdict", "==4.0.0", "flatdict has no usable wheels", ("newton",)), Left("lab", "", "lab has none")),
    )
    flatdict, lab = resolution.left_asks(whole, [ask("lab")])
    assert str(flatdict) == "flatdict==4.0.0"
    assert flatdict.origin.text == "uv says that flatdict has no usable wheels"
    assert flatdict.origin.place == "resolved by uv, via newton ← lab ← requirements.txt:3"
    assert (lab.specifier, lab.origin.place) == ("==2.3", "requirements.txt:3")


def test_what_was_passed_over_becomes_an_ask() -> None:
    whole = Resolution(parse_pins(PINS), passed=(Left("newton", ">=1", "…", ("lab",)), Left("lab", "", "…")))
    (newton,) = resolution.passed_asks(whole, [ask("lab")])
    assert (newton.specifier, newton.origin.place) == (">=1", "resolved by uv, via lab ← requirements.txt:3")
