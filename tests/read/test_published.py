"""Images that a workflow publishes, against the machine that would pull them."""

from __future__ import annotations

import pytest

from tests.read.reading import SPARK, read_text, stack

X86 = stack(arch="x86_64", os="linux")
ACTION = "      - uses: docker/build-push-action@v6\n        with:\n          push: true\n          tags: org/app:1\n"
PLATFORMS = "          platforms: {}\n"


def job(steps: str, runner: str = "ubuntu-latest", more: str = "") -> str:
    return f"jobs:\n  image:\n    runs-on: {runner}\n{more}    steps:\n{steps}"


def said(text: str, target: object = SPARK) -> list[str]:
    read = read_text(".github/workflows/publish.yml", text, target)  # type: ignore[arg-type]
    return [one.severity for one in read.unread if one.id == "foreign/published"]


@pytest.mark.parametrize(
    "text",
    [
        job(ACTION),
        job(ACTION + PLATFORMS.format("linux/amd64")),
        job(ACTION + PLATFORMS.format("linux/amd64,linux/arm/v7")),
        job("      - run: docker build -t org/app . && docker push org/app\n"),
        job("      - run: docker buildx build --platform linux/amd64 --push -t org/app .\n"),
        job(
            ACTION + PLATFORMS.format("${{ matrix.platform }}"),
            more="    strategy: {matrix: {platform: [linux/amd64]}}\n",
        ),
    ],
)
def test_images_for_amd64_alone(text: str) -> None:
    assert said(text) == ["warning"]
    assert said(text, X86) == []


@pytest.mark.parametrize(
    "text",
    [
        job(ACTION + PLATFORMS.format("linux/amd64,linux/arm64")),
        job(ACTION + PLATFORMS.format("${{ inputs.platforms }}")),
        job(ACTION, runner="ubuntu-24.04-arm"),
        job(ACTION, runner="self-hosted"),
        job(ACTION.replace("push: true", "push: false")),
        job("      - run: docker buildx imagetools create -t org/app:1 org/app:amd64 org/app:arm64\n"),
        job("      - run: docker build -t app .\n"),
        job(
            ACTION + PLATFORMS.format("${{ matrix.platform }}"),
            more="    strategy: {matrix: {platform: [linux/amd64, linux/arm64]}}\n",
        ),
        job(ACTION) + "  arm:\n    runs-on: ubuntu-24.04-arm\n    steps:\n" + ACTION,
        job(ACTION) + "  other:\n    uses: ./.github/workflows/arm.yml\n",
    ],
)
def test_images_for_this_machine_too_or_not_told(text: str) -> None:
    assert said(text) == []


def test_the_names_that_are_written_out() -> None:
    names = ("ghcr.io/org/app:latest", "docker.io/org/tool:1", "org/${{ github.run }}", "registry:5000/own/app")
    tags = "".join(f"            {name}\n" for name in names)
    text = job(ACTION.replace("tags: org/app:1\n", f"tags: |\n{tags}"))
    found = [one.name for one in read_text(".github/workflows/publish.yml", text).stated if one.table == "settings"]
    assert found == [
        "image published=ghcr.io/org/app",
        "image published=org/tool",
        "image published=registry:5000/own/app",
    ]
