#!/usr/bin/env bash
# target dgx-spark, Python 3.12: stackcheck plan, matrix 2026.11.28
set -eu

# Make an environment.
uv venv --python 3.12
source .venv/bin/activate

# From PyPI.
uv pip install isaaclab==3.0.0 torch==2.11.0 torchvision==0.26.0
