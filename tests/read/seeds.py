"""One small file of each format, with every field that its reader knows."""

# ruff: noqa: E501

from __future__ import annotations

SEEDS: dict[str, tuple[str, str]] = {
    "pyproject.toml": (
        """
[build-system]
requires = ["setuptools>=64"]
[project]
name = "own"
version = "1.0"
requires-python = ">=3.10"
dependencies = ["torch==2.9.0 ; sys_platform == 'linux'", "open3d @ https://files.example/open3d-0.19.0-cp312-cp312-linux_x86_64.whl"]
dynamic = ["version"]
[project.optional-dependencies]
gpu = ["flash-attn>=2"]
[dependency-groups]
dev = ["pytest", {include-group = "lint"}]
lint = ["ruff"]
[tool.uv]
index-url = "https://index.example/simple"
extra-index-url = ["https://extra.example/simple"]
find-links = ["https://links.example/"]
no-index = false
index-strategy = "first-index"
constraint-dependencies = ["numpy<2"]
override-dependencies = ["numpy<3"]
dev-dependencies = ["mypy"]
environments = ["sys_platform == 'linux'"]
required-environments = ["platform_machine == 'aarch64'"]
conflicts = [[{extra = "gpu"}, {extra = "cpu"}]]
[[tool.uv.index]]
name = "pytorch"
url = "https://download.pytorch.org/whl/cu130"
explicit = true
[[tool.uv.index]]
url = "https://index.example/simple"
default = true
[tool.uv.sources]
torch = [{index = "pytorch", marker = "sys_platform == 'linux'", extra = "gpu"}]
own2 = {git = "https://git.example/own2", rev = "main"}
own3 = {url = "https://files.example/own3-1.0-py3-none-any.whl"}
own4 = {path = "../own4", editable = true}
own5 = {workspace = true}
[tool.poetry]
name = "own"
[tool.poetry.dependencies]
python = "^3.10"
torch = {version = "^2.9", source = "pytorch", extras = ["a"], markers = "sys_platform == 'linux'", optional = true}
numpy = "*"
own2 = {git = "https://git.example/own2", tag = "v1"}
own3 = [{version = "1.0", python = "<3.12"}, {version = "2.0", platform = "linux"}]
own4 = {url = "https://files.example/own4-1.0-py3-none-any.whl"}
[tool.poetry.extras]
gpu = ["torch"]
[tool.poetry.group.dev]
optional = true
[tool.poetry.group.dev.dependencies]
pytest = ">=8"
[[tool.poetry.source]]
name = "pytorch"
url = "https://download.pytorch.org/whl/cu130"
priority = "explicit"
[tool.pdm]
dev-dependencies = {test = ["pytest"]}
[[tool.pdm.source]]
name = "own"
url = "https://index.example/simple"
[tool.hatch.envs.default]
dependencies = ["rich"]
[tool.hatch.metadata]
allow-direct-references = true
[tool.setuptools.dynamic]
dependencies = {file = ["requirements.txt"]}
optional-dependencies = {gpu = {file = ["gpu.txt"]}}
[tool.pixi.workspace]
channels = ["conda-forge"]
platforms = ["linux-aarch64"]
[tool.pixi.dependencies]
python = "3.12.*"
[tool.pixi.pypi-dependencies]
torch = {version = ">=2.9", extras = ["a"], index = "https://download.pytorch.org/whl/cu130"}
[tool.stackcheck]
targets = ["dgx-spark"]
want = ["isaac-sim==5.1.0"]
features = ["torch:compile"]
[[tool.stackcheck.ignore]]
id = "torch/pairs"
reason = "known"
until = 2030-01-01
""",
        "toml",
    ),
    "uv.lock": (
        """
version = 1
revision = 3
requires-python = ">=3.12"
resolution-markers = ["sys_platform == 'linux'"]
conflicts = [[{ package = "own", extra = "cpu" }, { package = "own", extra = "gpu" }]]
[manifest]
members = ["own"]
[[package]]
name = "own"
version = "0.1.0"
source = { virtual = "." }
dependencies = [{ name = "torch", version = "2.9.0", source = { registry = "https://index.example/simple" }, marker = "sys_platform == 'linux'", extra = ["a"] }]
[package.optional-dependencies]
gpu = [{ name = "flash-attn" }]
[package.dev-dependencies]
dev = [{ name = "pytest" }]
[package.metadata]
requires-dist = [{ name = "torch", specifier = ">=2.9" }]
[[package]]
name = "torch"
version = "2.9.0"
source = { registry = "https://index.example/simple" }
resolution-markers = ["sys_platform == 'linux'"]
dependencies = [{ name = "numpy" }]
sdist = { url = "https://files.example/torch-2.9.0.tar.gz", hash = "sha256:00", size = 1 }
wheels = [{ url = "https://files.example/torch-2.9.0-cp312-cp312-manylinux_2_28_aarch64.whl", hash = "sha256:00", size = 1 }]
[[package]]
name = "flash-attn"
version = "2.8.3"
source = { git = "https://git.example/flash-attn?rev=1#abc" }
[[package]]
name = "numpy"
version = "2.0"
source = { url = "https://files.example/numpy-2.0-cp312-cp312-manylinux_2_28_aarch64.whl" }
wheels = [{ path = "numpy-2.0-cp312-cp312-manylinux_2_28_aarch64.whl" }]
[[package]]
name = "pytest"
version = "8.0"
source = { registry = "../wheels" }
""",
        "toml",
    ),
    "pylock.toml": (
        """
lock-version = "1.0"
created-by = "x"
requires-python = ">=3.12"
environments = ["sys_platform == 'linux'"]
extras = ["gpu"]
dependency-groups = ["dev"]
default-groups = ["dev"]
[[packages]]
name = "torch"
version = "2.9.0"
marker = "sys_platform == 'linux'"
requires-python = ">=3.10"
index = "https://index.example/simple"
wheels = [{ name = "torch-2.9.0-cp312-cp312-manylinux_2_28_aarch64.whl", url = "https://files.example/torch-2.9.0-cp312-cp312-manylinux_2_28_aarch64.whl", path = "a.whl", hashes = { sha256 = "00" }, size = 1 }]
sdist = { name = "torch-2.9.0.tar.gz", url = "https://files.example/torch-2.9.0.tar.gz", hashes = { sha256 = "00" } }
[[packages]]
name = "own"
vcs = { type = "git", url = "https://git.example/own", commit-id = "abc" }
[[packages]]
name = "own2"
directory = { path = ".", editable = true }
[[packages]]
name = "own3"
version = "1"
archive = { url = "https://files.example/own3-1.tar.gz", hashes = { sha256 = "00" } }
""",
        "toml",
    ),
    "poetry.lock": (
        """
[[package]]
name = "torch"
version = "2.9.0"
optional = true
python-versions = ">=3.10"
markers = "sys_platform == 'linux'"
groups = ["main"]
files = [{file = "torch-2.9.0-cp312-cp312-manylinux_2_28_aarch64.whl", hash = "sha256:00", url = "https://files.example/a.whl"}]
[package.dependencies]
numpy = {version = "*", markers = "extra == 'a'"}
[package.extras]
a = ["numpy"]
[package.source]
type = "legacy"
url = "https://index.example/simple"
reference = "own"
[[package]]
name = "own"
version = "1"
[package.source]
type = "git"
url = "https://git.example/own"
[metadata]
lock-version = "2.1"
python-versions = ">=3.10"
content-hash = "00"
[extras]
gpu = ["torch"]
[metadata.files]
torch = [{file = "torch-2.9.0-cp312-cp312-manylinux_2_28_aarch64.whl", hash = "sha256:00"}]
""",
        "toml",
    ),
    "Pipfile": (
        """
[[source]]
name = "pypi"
url = "https://index.example/simple"
verify_ssl = true
[requires]
python_version = "3.12"
[packages]
torch = {version = "==2.9.0", index = "pypi", markers = "sys_platform == 'linux'", extras = ["a"]}
numpy = "*"
own = {git = "https://git.example/own", ref = "main"}
own2 = {file = "https://files.example/own2-1-py3-none-any.whl"}
own3 = {path = "."}
[dev-packages]
pytest = ">=8"
""",
        "toml",
    ),
    "pixi.toml": (
        """
[workspace]
name = "own"
channels = ["conda-forge", {channel = "nvidia", priority = 1}, "https://conda.example/own"]
platforms = ["linux-aarch64", "linux-64"]
[system-requirements]
cuda = "12.8"
libc = {family = "glibc", version = "2.39"}
[dependencies]
python = "3.12.*"
pytorch = {version = ">=2.9", build = "cuda*", channel = "conda-forge"}
[pypi-dependencies]
torchvision = {version = "==0.24.0", extras = ["a"], index = "https://download.pytorch.org/whl/cu130"}
own = {git = "https://git.example/own", rev = "abc"}
own2 = {url = "https://files.example/own2-1-py3-none-any.whl"}
own3 = {path = ".", editable = true}
[pypi-options]
index-url = "https://index.example/simple"
extra-index-urls = ["https://extra.example/simple"]
find-links = [{url = "https://links.example/"}, {path = "x"}]
[target.linux-aarch64.dependencies]
numpy = "*"
[feature.gpu]
platforms = ["linux-aarch64"]
channels = ["nvidia"]
[feature.gpu.dependencies]
cuda-version = "12.8"
[feature.gpu.pypi-dependencies]
flash-attn = "*"
[feature.gpu.system-requirements]
cuda = "12"
[environments]
default = ["gpu"]
gpu = {features = ["gpu"], no-default-feature = true, solve-group = "x"}
[tasks]
run = {cmd = "python x.py", env = {A = "b"}}
[activation.env]
PIP_INDEX_URL = "https://index.example/simple"
""",
        "toml",
    ),
    "pip.toml": (
        """
[dependencies]
"omni.kit" = {}
[python.pipapi]
requirements = ["torch==2.9.0", "numpy"]
modules = ["torch"]
extra_args = ["--extra-index-url", "https://extra.example/simple"]
use_online_index = true
archiveDirs = ["x"]
[[dependency]]
packages = ["torch==2.9.0", "numpy"]
python = "../python"
link_path = "x"
filter = {platforms = ["linux-aarch64"]}
target = "x"
extra_args = ["-i", "https://index.example/simple"]
""",
        "toml",
    ),
    "extension.toml": (
        """
[package]
version = "1.0.0"
title = "Own"
[dependencies]
"omni.kit" = {version = "1"}
[python.pipapi]
requirements = ["torch==2.9.0", "numpy"]
modules = ["torch"]
extra_args = ["--extra-index-url", "https://extra.example/simple"]
use_online_index = true
[[python.module]]
name = "own"
""",
        "toml",
    ),
    "Pipfile.lock": (
        """{"_meta": {"hash": {"sha256": "00"}, "pipfile-spec": 6, "requires": {"python_version": "3.12"},
 "sources": [{"name": "pypi", "url": "https://index.example/simple", "verify_ssl": true}]},
 "default": {"torch": {"version": "==2.9.0", "hashes": ["sha256:00"], "index": "pypi", "markers": "sys_platform == 'linux'", "extras": ["a"]},
 "own": {"git": "https://git.example/own", "ref": "abc"}, "own2": {"file": "https://files.example/own2-1-py3-none-any.whl"}},
 "develop": {"pytest": {"version": "==8"}}}""",
        "json",
    ),
    "devcontainer.json": (
        """{"name": "own", "image": "nvcr.io/nvidia/pytorch:25.09-py3", "build": {"dockerfile": "Dockerfile", "args": {"A": "b"}},
 "features": {"ghcr.io/devcontainers/features/python:1": {"version": "3.12"}}, "containerEnv": {"PIP_INDEX_URL": "https://index.example/simple"},
 "remoteEnv": {"A": "b"}, "runArgs": ["--gpus", "all"], "postCreateCommand": "pip install torch==2.9.0",
 "onCreateCommand": ["pip", "install", "numpy"], "updateContentCommand": {"a": "pip install x", "b": ["pip", "install", "y"]}}""",
        "json",
    ),
    "docker-compose.yml": (
        """{"services": {"own": {"image": "nvcr.io/nvidia/pytorch:25.09-py3", "platform": "linux/arm64",
 "build": {"context": ".", "dockerfile": "Dockerfile", "args": {"A": "b"}}, "environment": {"PIP_INDEX_URL": "https://index.example/simple"},
 "command": ["pip", "install", "torch==2.9.0"], "entrypoint": "sh -c 'pip install numpy'", "runtime": "nvidia",
 "deploy": {"resources": {"reservations": {"devices": [{"driver": "nvidia", "count": 1, "capabilities": ["gpu"]}]}}}},
 "two": {"image": "x", "environment": ["A=b", "C"], "build": "."}}}""",
        "yaml",
    ),
    "workflow.yml": (
        """{"name": "x", "on": {"push": {}}, "env": {"PIP_INDEX_URL": "https://index.example/simple"}, "defaults": {"run": {"shell": "bash"}},
 "jobs": {"a": {"runs-on": ["self-hosted", "arm64"], "container": {"image": "nvcr.io/nvidia/pytorch:25.09-py3", "env": {"A": "b"}},
 "services": {"db": {"image": "x"}}, "strategy": {"matrix": {"python": ["3.12"], "os": ["ubuntu-24.04-arm"], "include": [{"python": "3.13"}]}},
 "env": {"A": "b"}, "steps": [{"uses": "actions/setup-python@v5", "with": {"python-version": "3.12"}},
 {"name": "x", "run": "pip install torch==2.9.0", "env": {"PIP_EXTRA_INDEX_URL": "https://extra.example/simple"}, "shell": "bash"}]},
 "b": {"runs-on": "ubuntu-24.04-arm", "container": "x", "steps": [{"run": "pip install numpy"}]}}}""",
        "yaml",
    ),
    "environment.yml": (
        """{"name": "own", "channels": ["conda-forge", "https://conda.example/own"], "platforms": ["linux-aarch64"],
 "dependencies": ["python=3.12", "pytorch>=2.9", "conda-forge::numpy=2.0=py312", "blas[build=mkl, channel=own]", {"pip": ["torch==2.9.0", "--extra-index-url https://extra.example/simple", "-r requirements.txt"]}],
 "variables": {"PIP_INDEX_URL": "https://index.example/simple"}, "prefix": "/x"}""",
        "yaml",
    ),
    "conda-lock.yml": (
        """{"version": 1, "metadata": {"platforms": ["linux-aarch64"], "channels": [{"url": "https://conda.example/own"}]},
"package": [{"name": "torch", "version": "2.9.0", "manager": "pip", "platform": "linux-aarch64", "category": "main",
  "url": "https://files.example/torch-2.9.0-cp312-cp312-manylinux_2_28_aarch64.whl"},
 {"name": "zlib", "version": "1.2", "manager": "conda", "platform": "linux-aarch64", "url": "https://conda.example/zlib-1.2-0.conda"}]}""",
        "yaml",
    ),
    "pixi.lock": (
        """{"version": 6, "environments": {"default": {"channels": [{"url": "https://conda.example/"}], "indexes": ["https://index.example/simple"],
 "packages": {"linux-aarch64": [{"conda": "https://conda.example/linux-aarch64/pytorch-2.9.0-cuda128_0.conda"},
 {"pypi": "https://files.example/torchvision-0.24.0-cp312-cp312-manylinux_2_28_aarch64.whl", "extra": ["a"]}]}}},
 "packages": [{"conda": "https://conda.example/linux-aarch64/pytorch-2.9.0-cuda128_0.conda", "sha256": "00", "depends": ["python >=3.12"]},
 {"pypi": "https://files.example/torchvision-0.24.0-cp312-cp312-manylinux_2_28_aarch64.whl", "name": "torchvision", "version": "0.24.0",
 "sha256": "00", "requires_dist": ["torch==2.9.0"], "requires_python": ">=3.10"}]}""",
        "yaml",
    ),
    "requirements.txt": (
        """--index-url https://index.example/simple
--extra-index-url https://extra.example/simple
--find-links https://links.example/
-r other.txt
torch==2.9.0 ; sys_platform == "linux"
open3d[a] @ https://files.example/open3d-0.19.0-cp312-cp312-linux_x86_64.whl
-e git+https://git.example/own@main#egg=own[a]
https://files.example/own2-1-py3-none-any.whl --hash=sha256:00
./local[a]
numpy>=1,<2 --config-settings=a=b  # stackcheck: ignore[torch/x] known until 2030-01-01
""",
        "text",
    ),
    "Dockerfile": (
        """# syntax=docker/dockerfile:1
ARG VERSION=25.09
FROM --platform=linux/arm64 nvcr.io/nvidia/pytorch:${VERSION}-py3 AS base
ENV PIP_INDEX_URL=https://index.example/simple A="b c"
LABEL a=b
ARG TORCH=2.9.0
RUN --mount=type=cache,target=/x pip install torch==$TORCH "numpy>=2" -r requirements.txt && apt-get install -y python3-numpy=1:1.26
RUN <<EOF
pip install scipy
EOF
ADD https://files.example/own-1-py3-none-any.whl /x/
COPY --from=base a b
SHELL ["bash", "-c"]
RUN ["pip", "install", "x"]
USER a:b
ENTRYPOINT ["python"]
""",
        "text",
    ),
    "setup.cfg": (
        """[metadata]
name = own
version = attr: own.__version__
[options]
python_requires = >=3.10
install_requires =
    torch==2.9.0 ; sys_platform == "linux"
    own @ https://files.example/own-1-py3-none-any.whl
setup_requires = numpy
[options.extras_require]
gpu = flash-attn>=2
""",
        "text",
    ),
    "setup.py": (
        """from setuptools import setup
EXTRA = ["numpy"]
setup(name="own", python_requires=">=3.10", install_requires=["torch==2.9.0", *EXTRA], extras_require={"gpu": ["x"]},
 dependency_links=["https://links.example/"], setup_requires=["x"])
""",
        "text",
    ),
    "script.py": (
        """# /// script
# requires-python = ">=3.12"
# dependencies = ["torch==2.9.0"]
# [tool.uv]
# index-url = "https://index.example/simple"
# ///
print(1)
""",
        "text",
    ),
    "install.sh": (
        """#!/bin/bash
export PIP_INDEX_URL=https://index.example/simple
VERSION=${1:-2.9.0}
pip install "torch==$VERSION" --extra-index-url https://extra.example/simple
uv pip install numpy; conda install -c conda-forge pytorch=2.9
sudo apt-get install -y ros-jazzy-desktop
cat <<EOF > x
pip install no
EOF
if [ -f x ]; then python -m pip install -r requirements.txt; fi
""",
        "text",
    ),
    "package.xml": (
        """<?xml version="1.0"?>
<package format="3">
  <name>own</name><version>1.0.0</version>
  <depend version_gte="1.0">rclcpp</depend>
  <exec_depend condition="$ROS_DISTRO == jazzy">python3-numpy</exec_depend>
  <exec_depend>python3-torch-pip</exec_depend>
  <export><build_type>ament_python</build_type></export>
</package>
""",
        "text",
    ),
    "pip.conf": (
        """[global]
index-url = https://index.example/simple
extra-index-url =
    https://extra.example/simple
find-links = https://links.example/
no-index = false
[install]
constraint = c.txt
""",
        "text",
    ),
}
"""By the name of the file: its text, and the form in which it is taken apart ("text": word by word)."""
