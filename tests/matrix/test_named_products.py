"""What the project is for: each of these is a target, a product with rows or a record, or a row by its id."""

from __future__ import annotations

import pytest

from stackcheck.judge.catalog import Catalog
from stackcheck.session.machine import target_of
from tests.judge.laws.shipped import store


@pytest.mark.parametrize(
    ("name", "target"),
    [
        ("dgx-spark", "dgx-spark"),
        ("spark", "dgx-spark"),
        ("gb10", "dgx-spark"),
        ("Thor", "jetson-thor"),
        ("orin", "jetson-orin"),
        ("gh200", "gh200"),
        ("gb200", "gb200"),
        ("h100", "x86_64-h100"),
        ("rtx5090", "x86_64-rtx50"),
    ],
)
def test_a_machine_by_its_usual_name(name: str, target: str) -> None:
    assert target_of(name) == target


@pytest.mark.parametrize(
    "row",
    [
        "dgx-spark-pair/board",  # two Sparks as one: which units
        "dgx-spark-pair/dgx-os",
        "dgx-os/7-ubuntu",
        "isaac-sim/aarch64-spark-only",
        "isaac-sim/5.1-driver-spark",
        "isaac-lab/spark-skillgen",
        "ros2/jazzy-ubuntu",
        "isaac-ros/4-ros2",
        "isaac-ros/spark-before-4.2",
        "llama-cpp/gb10-toolkit",
        "sglang/capability",
        "deepstream/8-jetpack",
    ],
)
def test_a_fact_by_its_id(row: str) -> None:
    product = row.partition("/")[0]
    assert row in {one.key for one in store().rows(product)}


@pytest.mark.parametrize(
    "product",
    [
        *(
            "torch",
            "vllm",
            "sglang",
            "tensorrt-llm",
            "llama-cpp",
            "llama-cpp-python",
            "llama-index",
            "lmcache",
            "newton",
        ),
        *(
            "isaac-sim",
            "isaac-lab",
            "isaac-ros",
            "ros2",
            "gr00t",
            "cosmos-predict",
            "rsl-rl-lib",
            "skrl",
            "deepstream",
            "dgx-os",
        ),
        *("flashinfer-python", "deepspeed", "sageattention", "cuda-python"),
    ],
)
def test_a_product_of_which_something_is_known(product: str) -> None:
    subject = store().by_distribution(product) or product
    catalog = Catalog(store(), {product: ("pypi",)})
    assert store().rows(subject) or catalog.record(product) is not None
