#!/usr/bin/env bash
# target dgx-spark, Python 3.11: stackcheck plan, matrix 2026.11.28
set -eu

# Make an environment.
uv venv --python 3.11
source .venv/bin/activate

# Hold build tools back that became too new.
echo "setuptools<82" >> build-constraints.txt
export UV_BUILD_CONSTRAINT=build-constraints.txt

# From PyTorch's index cu130.
uv pip install torch==2.9.0 torchvision==0.24.0 --index-url https://download.pytorch.org/whl/cu130

# Isaac Sim with its extensions, from NVIDIA's index.
uv pip install "isaacsim[all,extscache]==5.1.0" --extra-index-url https://pypi.nvidia.com --index-strategy unsafe-best-match

# From PyPI.
uv pip install isaaclab==2.3.2.post1

# Preload the system's OpenMP library before you start Python.
unset LD_PRELOAD
export LD_PRELOAD=/lib/aarch64-linux-gnu/libgomp.so.1
