from __future__ import annotations

import pytest

from stackcheck.model import Absent, Ask, FeatureAsk, Known, Origin, Unknown
from stackcheck.read import ReadError
from stackcheck.read.want import parse_fact, parse_feature, parse_want


def test_a_want_in_full() -> None:
    assert parse_want(" Isaac_Lab >= 2.2, <3 ") == Ask(
        "isaac-lab", ">=2.2,<3", Origin("Isaac_Lab >= 2.2, <3", "command line"), indexes=None, transitive=None
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("isaac-lab", "isaac-lab"),
        ("isaac-lab==2.3.*", "isaac-lab==2.3.*"),
        ("isaac-lab=2.3", "isaac-lab==2.3"),
        ("ros2=jazzy", "ros2==jazzy"),
        ("ros2 == jazzy", "ros2==jazzy"),
        ("gr00t==N1.5", "gr00t==N1.5"),
        ("isaac-lab===2.3.0", "isaac-lab===2.3.0"),
    ],
)
def test_want(text: str, expected: str) -> None:
    assert str(parse_want(text)) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "`` is not a product; write isaac-lab, isaac-lab==2.3.* or ros2=jazzy"),
        ("==2", "`==2` is not a product; write isaac-lab, isaac-lab==2.3.* or ros2=jazzy"),
        (
            "isaac-lab 2.3",
            "`isaac-lab 2.3` does not say which releases; write ==2.3.*, >=2.2,<3 or a name such as =jazzy",
        ),
        ("ros2>=jazzy", "`ros2>=jazzy` does not say which releases; write ==2.3.*, >=2.2,<3 or a name such as =jazzy"),
        ("a=", "`a=` does not say which releases; write ==2.3.*, >=2.2,<3 or a name such as =jazzy"),
    ],
)
def test_no_want(text: str, message: str) -> None:
    with pytest.raises(ReadError) as caught:
        parse_want(text)
    assert str(caught.value) == message


def test_feature() -> None:
    assert parse_feature("Isaac-Lab:skillgen") == FeatureAsk(
        "isaac-lab:skillgen", Origin("Isaac-Lab:skillgen", "--feature")
    )


@pytest.mark.parametrize("text", ["", "isaac-lab", ":x", "a:", "a:b:c", "a b:c"])
def test_no_feature(text: str) -> None:
    with pytest.raises(ReadError, match="is not a feature; write PRODUCT:FEATURE, such as isaac-lab:skillgen"):
        parse_feature(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("driver=580.95.05", ("driver", Known("580.95.05", Origin("driver is stated as 580.95.05", "--fact")))),
        ("gpu = NVIDIA GB10", ("gpu", Known("NVIDIA GB10", Origin("gpu is stated as NVIDIA GB10", "--fact")))),
        ("driver=*", ("driver", Known("*", Origin("driver is stated as *", "--fact")))),
        ("cuda-toolkit=absent", ("cuda-toolkit", Absent(Origin("cuda-toolkit is stated as absent", "--fact")))),
        ("driver=unknown", ("driver", Unknown("driver is stated as unknown"))),
    ],
)
def test_fact(text: str, expected: object) -> None:
    assert parse_fact(text) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("cuda_driver=13.0", "`cuda_driver` is no fact that can be stated; did you mean cuda-driver or driver?"),
        ("driver", "`driver` states no fact; write NAME=VALUE, such as driver=580.95.05"),
        ("driver=", "`driver=` states no fact; write NAME=VALUE, such as driver=580.95.05"),
        ("driver=new", "`new` is no value for driver; NVIDIA kernel driver: 580.95.05"),
    ],
)
def test_no_fact(text: str, message: str) -> None:
    with pytest.raises(ReadError) as caught:
        parse_fact(text)
    assert str(caught.value) == message


def test_a_name_like_no_fact_gets_the_list() -> None:
    with pytest.raises(ReadError, match="`zzz` is no fact that can be stated; the names are arch, os, distro,"):
        parse_fact("zzz=1")
