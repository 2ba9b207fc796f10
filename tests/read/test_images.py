"""What the names of base images say: the distribution, Python, the CUDA toolkit."""

from __future__ import annotations

import pytest

from stackcheck.model import Location
from stackcheck.read.images import image_states


@pytest.mark.parametrize(
    ("image", "facts"),
    [
        ("ubuntu:24.04", "distro=ubuntu distro-version=24.04"),
        ("ubuntu:jammy-20240111", "distro=ubuntu distro-version=22.04"),
        ("nvidia/cuda:13.0.1-devel-ubuntu24.04", "cuda-toolkit=13.0.1 distro=ubuntu distro-version=24.04"),
        ("nvidia/cuda:12.6.3-runtime-rockylinux9", "distro=rocky distro-version=9"),
        ("nvcr.io/nvidia/cuda:12.8.0-base-ubi8", "distro=rhel distro-version=8"),
        ("python:3.12", "distro=debian python=3.12"),
        ("python:3.11.9-slim-bookworm", "distro=debian distro-version=12 python=3.11.9"),
        ("python:3.12-alpine", "distro=alpine python=3.12"),
        ("docker.io/library/python:3.12-alpine3.20", "distro=alpine distro-version=3.20 python=3.12"),
        ("alpine:3.20", "distro=alpine distro-version=3.20"),
        ("alpine", "distro=alpine"),
        ("debian:12-slim", "distro=debian distro-version=12"),
        ("debian:trixie", "distro=debian distro-version=13"),
        ("debian:12.5", "distro=debian distro-version=12"),
        ("node:22-bookworm", "distro=debian distro-version=12"),
        ("python:3.12-windowsservercore", "python=3.12"),
        ("somebody/app:1.0", ""),
    ],
)
def test_facts(image: str, facts: str) -> None:
    states = [state for state in image_states(image, Location("Dockerfile", 1)) if state.table == "facts"]
    assert sorted(f"{state.name}={state.state.value}" for state in states) == sorted(facts.split())
