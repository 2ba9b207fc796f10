"""What is fetched, run or built on for another architecture."""

from __future__ import annotations

import pytest

from stackcheck.model import Known, Origin, Stack
from stackcheck.read.others import foreign_image
from tests.read.reading import read_text

HERE = Origin("stated", "a test")
MINICONDA = "https://repo.anaconda.com/miniconda/Miniconda3-latest-Linux-x86_64.sh"
ERROR, WARNING = ("error", "foreign/run"), ("warning", "foreign/download")


def machine(arch: str = "aarch64") -> Stack:
    return Stack(facts={"arch": Known(arch, HERE), "os": Known("linux", HERE)})


def of_script(text: str, arch: str = "aarch64") -> list[tuple[str, str]]:
    found = read_text("setup.sh", text, machine(arch))
    return [(one.severity, one.id) for one in found.unread if one.id.startswith("foreign/")]


def of_dockerfile(text: str) -> list[tuple[str, str]]:
    found = read_text("Dockerfile", text, machine())
    return [(one.severity, one.id) for one in found.unread if one.id.startswith("foreign/")]


@pytest.mark.parametrize(
    "text",
    [
        f"wget {MINICONDA}\nbash Miniconda3-latest-Linux-x86_64.sh -b -p /opt/conda\n",
        f"wget --quiet {MINICONDA} -O /tmp/conda.sh && sudo /bin/bash /tmp/conda.sh -b\n",
        "curl -LO https://example.org/tool-1.0.x86_64.rpm\nsudo rpm -ivh tool-1.0.x86_64.rpm\n",
        "curl -o tool.deb https://example.org/tool_1.0_amd64.deb\nsudo dpkg -i tool.deb\n",
        "curl -o tool.deb https://example.org/tool_1.0_amd64.deb\nsudo apt-get install -y ./tool.deb\n",
        "wget https://example.org/drv-x86_64.run\nchmod +x drv-x86_64.run\n./drv-x86_64.run\n",
    ],
)
def test_what_is_run_is_an_error(text: str) -> None:
    assert of_script(text) == [ERROR]
    assert of_script(text, "x86_64") == []


@pytest.mark.parametrize(
    "text",
    [
        f"wget {MINICONDA}\n",
        f"wget {MINICONDA}\necho bash Miniconda3-latest-Linux-x86_64.sh\n",
        f'wget {MINICONDA}\nif [ "$ARM" = no ]; then bash Miniconda3-latest-Linux-x86_64.sh; fi\n',
        "curl -O https://example.org/arm_amd64_install.sh\nbash arm_amd64_install.sh\n",
        f"wget {MINICONDA}\nrm Miniconda3-latest-Linux-x86_64.sh\nbash other.sh\n",
    ],
)
def test_what_is_only_fetched_is_a_warning(text: str) -> None:
    assert of_script(text) == [WARNING]


def test_a_package_is_told_by_its_name() -> None:
    assert of_script("sudo dpkg -i ~/Downloads/tool_1.0_amd64.deb\n") == [ERROR]
    assert of_script("sudo rpm -i https://example.org/tool.x86_64.rpm\n") == [ERROR]
    assert of_script("sudo dpkg -i tool_1.0_arm64.deb cuda-keyring_1.1-1_all.deb\n") == []
    assert of_script("sudo apt-get install -y libc6-amd64-cross\n") == []
    assert of_script("sudo dpkg -i binutils-x86-64-linux-gnu_2.42_arm64.deb libc6-amd64-cross_2.39_all.deb\n") == []


def test_a_repository_of_the_other_architecture() -> None:
    line = 'echo "deb [arch=ARCH signed-by=/etc/x.gpg] https://example.org/apt stable main" | sudo tee x.list\n'
    foreign = [("warning", "foreign/repository")]
    assert of_script(line.replace("ARCH", "amd64")) == foreign
    assert of_script(line.replace("ARCH", "amd64"), "x86_64") == []
    assert of_script("printf '# x\\ndeb [arch=amd64] https://example.org/apt stable main\\n' | tee x.list\n") == foreign
    assert of_script(line.replace("ARCH", "arm64"), "x86_64") == foreign
    assert of_script(line.replace("ARCH", "amd64,arm64")) == []
    assert of_script(line.replace("ARCH", "$(dpkg --print-architecture)")) == []
    assert of_script(f'if [ "$(id -u)" = 0 ]; then {line.strip()}; fi\n'.replace("ARCH", "amd64")) == []


def test_in_an_image_of_the_other_architecture_it_is_right() -> None:
    run = f"RUN wget {MINICONDA} && bash Miniconda3-latest-Linux-x86_64.sh -b\n"
    assert of_dockerfile(f"FROM ubuntu:22.04\n{run}") == [ERROR]
    assert of_dockerfile(f"FROM --platform=linux/amd64 ubuntu:22.04\n{run}") == [("warning", "foreign/platform")]
    assert of_dockerfile(f"FROM amd64/ubuntu:22.04\n{run}") == [("error", "foreign/image")]


@pytest.mark.parametrize(
    ("image", "arm", "x86"),
    [
        ("arm64v8/ros:humble", None, "error"),
        ("amd64/ubuntu:22.04", "error", None),
        ("nvcr.io/nvidia/mlperf:v3.1-cuda12.2-x86_64-ubuntu20.04", "error", None),
        ("example/app:1.0-arm64", None, "error"),
        ("quay.io/pypa/manylinux2014_x86_64", "warning", None),
        ("dockcross/linux-arm64:latest", None, "warning"),  # runs on x86_64 and compiles for Arm
        ("multiarch/qemu-user-static:x86_64-aarch64", None, None),
        ("ubuntu:24.04", None, None),
    ],
)
def test_images(image: str, arm: str | None, x86: str | None) -> None:
    for arch, severity in (("aarch64", arm), ("x86_64", x86)):
        said = foreign_image(image, machine(arch))
        assert (said and said[1]) == severity
    chosen = foreign_image(image, machine(), chosen=True)
    assert chosen is None or chosen[1] == "warning"


def test_what_apt_is_asked_for_in_a_script() -> None:
    found = read_text("setup.sh", "sudo apt-get install -y ros-humble-desktop gcc-multilib=4:13.2\n", machine())
    assert [one.name for one in found.stated if one.table == "apt"] == ["ros-humble-desktop", "gcc-multilib"]


@pytest.mark.parametrize(
    ("label", "stated"),
    [
        ("ubuntu-24.04-arm64", ["ubuntu-24.04-arm64"]),
        ("gpu-box", ["gpu-box"]),
        ("ubuntu-20.04", []),  # not this machine's job
        ("macos-12", ["macos-12"]),  # no machine's that is judged
        ("[self-hosted, ubuntu-20.04-arm]", []),
        ("${{ inputs.runner }}", []),
    ],
)
def test_labels_of_jobs_for_this_machine(label: str, stated: list[str]) -> None:
    path = ".github/workflows/ci.yml"
    text = f"jobs:\n  build:\n    runs-on: {label}\n    steps:\n      - run: pip install numpy\n"
    found = read_text(path, text, machine())
    assert [one.name for one in found.stated if one.table == "runners"] == stated


@pytest.mark.parametrize(
    ("label", "packages", "said"),
    [
        ("ubuntu-24.04-arm", ["gcc-multilib"], [ERROR]),
        ("gpu-box", [], [WARNING[:1] + ERROR[1:]]),
        ("ubuntu-24.04", [], []),
    ],
)
def test_a_job_that_installs_for_x86(label: str, packages: list[str], said: list[tuple[str, str]]) -> None:
    run = "sudo apt-get install -y gcc-multilib && sudo dpkg -i tool_amd64.deb"
    text = f"jobs:\n  build:\n    runs-on: {label}\n    steps:\n      - run: {run}\n"
    found = read_text(".github/workflows/ci.yml", text, machine())
    assert [one.name for one in found.stated if one.table == "apt" and one.name != "deb ?"] == packages
    assert [(one.severity, one.id) for one in found.unread if one.id.startswith("foreign/")] == said


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("wget https://a.example/go.linux-amd64.tar.gz\ntar -C /usr/local -xzf go.linux-amd64.tar.gz\n", "foreign/run"),
        ("curl -L -o a.tgz https://a.example/go.linux-amd64.tar.gz\ntar xf a.tgz\n", "foreign/run"),
        ("wget https://a.example/kubo-amd64.tar.gz && tar xzf kubo*.tar.gz\n", "foreign/run"),
        ("wget https://a.example/go.linux-amd64.tar.gz\ntar xf other.tar.gz\n", "foreign/download"),
        ("dpkg -i ./docker-ce_17.12.1-0_armhf.deb\n", "foreign/run"),
    ],
)
def test_what_is_unpacked_or_for_a_third_machine(script: str, said: str) -> None:
    found = read_text("setup.sh", script, machine())
    assert [one.id for one in found.unread if one.id.startswith("foreign/")] == [said]


def test_a_package_for_any_machine_says_nothing() -> None:
    found = read_text(
        "setup.sh", "dpkg -i tool_1.0_all.deb\ndnf install -y tool-1.0.noarch.rpm own_1.0_arm64.deb\n", machine()
    )
    assert [one.id for one in found.unread if one.id.startswith("foreign/")] == []
