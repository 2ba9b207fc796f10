"""The limits of DESIGN §6, as ratios within one run: `pytest -m benchmark -s`.

The environment of 300 distributions is installed by uv from the configured index, so this needs one.
"""

from __future__ import annotations

import gc
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from stackcheck.judge.judge import judge
from stackcheck.matrix.store import MatrixFile, Store, shipped_folder
from stackcheck.model import Stack
from stackcheck.read import read_project
from tests.benchmarks import timing
from tests.fatbins import sparse_library

pytestmark = pytest.mark.benchmark

PYTHON = sys.executable
BIN = Path(PYTHON).parent
SHORT = 30
"""Turns for runs of less than a tenth of a second, of which a busy moment spoils many."""
MANY = [
    *("jupyterlab", "pandas", "scikit-learn", "boto3", "flask", "django", "sphinx", "black", "pytest-cov", "celery"),
    *("pytest-xdist", "fastapi[standard]", "sqlalchemy", "alembic", "scrapy", "ansible-core", "httpie", "streamlit"),
    *("mkdocs-material", "great-expectations", "dask[complete]", "bokeh", "plotly", "twine", "tox", "nox", "datasets"),
    *("poetry-core", "pre-commit", "transformers"),
]
TYPER_APP = """
import typer


def main(name: str = "x") -> None:
    print(name)


typer.run(main)
"""


@pytest.fixture(scope="module")
def big(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment with some 300 distributions, pip among them."""
    folder = tmp_path_factory.mktemp("big") / "venv"
    uv = shutil.which("uv", path=str(BIN)) or "uv"
    subprocess.run([uv, "venv", "-q", "--seed", "--python", PYTHON, str(folder)], check=True)
    python = folder / "bin" / "python"
    subprocess.run([uv, "pip", "install", "-q", "--python", str(python), *MANY], check=True)
    found = len(list(folder.glob("lib/python*/site-packages/*.dist-info")))
    assert found >= 280, f"only {found} distributions"
    return python


def test_check_of_a_large_environment(big: Path) -> None:
    uv = shutil.which("uv", path=str(BIN)) or "uv"
    middle = timing.medians(
        {
            "stackcheck check": [str(BIN / "stackcheck"), "check", "--python", str(big)],
            "pip check": [str(big), "-m", "pip", "check"],
            "uv pip check": [uv, "pip", "check", "--python", str(big)],
        },
        SHORT,
        # Where no project's settings are read, by any of them.
        big.parent,
    )
    sys.stdout.write("\n" + timing.shown(middle, "pip check") + "\n" + timing.shown(middle, "uv pip check") + "\n")
    assert middle["stackcheck check"] <= 0.18 * middle["pip check"]
    assert middle["stackcheck check"] <= 4 * middle["uv pip check"]


def test_check_where_a_gpu_is_to_run_large_libraries(big: Path) -> None:
    """The same environment with a torch of 2 GB in it: only the headers of its GPU code are read."""
    site = next(big.parent.parent.glob("lib/python*/site-packages"))
    folder, info = site / "torch" / "lib", site / "torch-2.11.0.dist-info"
    folder.mkdir(parents=True)
    info.mkdir()
    # In proportion to the x86_64 wheel of 2.9: 2,800 pieces in 1 GB.
    sparse_library(folder / "libtorch_cuda.so", 800, (75, 80, 86, 90, 100, 110, 120), 380_000)
    assert (folder / "libtorch_cuda.so").stat().st_size > 2e9
    (site / "torch" / "version.py").write_text("__version__ = '2.11.0+cu130'\ncuda = '13.0'\n", encoding="utf-8")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: torch\nVersion: 2.11.0\n\n", encoding="utf-8")
    (info / "WHEEL").write_text("Tag: cp311-cp311-manylinux_2_28_aarch64\n", encoding="utf-8")
    check = [str(BIN / "stackcheck"), "check", "--python", str(big), "--fact", "gpu=NVIDIA GB10"]
    try:
        best = timing.commands({"stackcheck check": check, "pip check": [str(big), "-m", "pip", "check"]})
    finally:
        shutil.rmtree(site / "torch")
        shutil.rmtree(info)
    sys.stdout.write("\n" + timing.shown(best, "pip check") + "\n")
    assert best["stackcheck check"] <= 0.5 * best["pip check"]


def test_lint_of_a_hundred_lines(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(TYPER_APP, encoding="utf-8")
    lines = ["torch==2.9.0", "torchvision==0.24.0", "numpy>=1.26", *(f"package-{n}=={n}.0" for n in range(97))]
    (tmp_path / "requirements.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    best = timing.commands(
        {
            "lint": [str(BIN / "stackcheck"), "lint", "--target", "dgx-spark", str(tmp_path / "requirements.txt")],
            "typer": [PYTHON, str(tmp_path / "app.py")],
        },
        SHORT,
    )
    sys.stdout.write("\n" + timing.shown(best, "typer") + "\n")
    assert best["lint"] <= 1.3 * best["typer"]


def lines(count: int) -> list[str]:
    return [f"some-package-{n}>=1.{n % 40},<{n % 7 + 2}" for n in range(count)]


def test_requirement_lines_are_linear() -> None:
    store = Store.from_folders([shipped_folder()])

    def ours(count: int) -> None:
        data = ("\n".join(lines(count)) + "\n").encode()
        found = read_project(["requirements.txt"], Stack(), lambda _: data)
        judge(Stack().with_asks(found.asks), store, subject="x", version="1")

    # As the command line runs, without the collector, whose passes over a growing heap are not linear.
    gc.disable()
    best = timing.functions(
        {
            "read and judge 10,000": lambda: ours(10_000),
            "Requirement 10,000": lambda: [Requirement(line) for line in lines(10_000)],
            "read and judge 100,000": lambda: ours(100_000),
            "Requirement 100,000": lambda: [Requirement(line) for line in lines(100_000)],
        },
        turns=3,
    )
    gc.enable()
    sys.stdout.write("\n" + timing.shown(best, "Requirement 10,000") + "\n")
    assert best["read and judge 10,000"] <= 2 * best["Requirement 10,000"]
    assert best["read and judge 100,000"] <= 2 * best["Requirement 100,000"]
    # Linear: ten times as many lines cost ten times as much; the rest is room for noise.
    assert best["read and judge 100,000"] <= 15 * best["read and judge 10,000"]


CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus"


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus of real files is not beside this checkout")
def test_the_whole_corpus_for_two_targets() -> None:
    run = [str(BIN / "stackcheck"), "lint", str(CORPUS), "--format", "json", "--fail-on", "error"]
    first, second = ["--target", "dgx-spark"], ["--target", "x86_64-h100"]
    best = timing.commands(
        {"dgx-spark": [*run, *first], "x86_64-h100": [*run, *second], "both": [*run, *first, *second]}, turns=4
    )
    sys.stdout.write("\n" + timing.shown(best, "dgx-spark") + "\n")
    assert best["both"] <= best["dgx-spark"] + best["x86_64-h100"]


def test_a_matrix_ten_times_as_large(tmp_path: Path) -> None:
    for path in (shipped_folder() / "products").glob("*.toml"):
        text = path.read_text(encoding="utf-8")
        for number in range(9):
            (tmp_path / f"{path.stem}-{number}.toml").write_text(renamed(text, number), encoding="utf-8")
    (tmp_path / "requirements.txt").write_text("torch==2.9.0\nnumpy\n", encoding="utf-8")
    run = [str(BIN / "stackcheck"), "lint", "--target", "dgx-spark", str(tmp_path / "requirements.txt")]
    best = timing.commands({"shipped": run, "ten times": [*run, "--matrix", str(tmp_path)]}, SHORT)
    sys.stdout.write("\n" + timing.shown(best, "shipped") + "\n")
    assert best["ten times"] <= 1.2 * best["shipped"]


def renamed(text: str, number: int) -> str:
    """The same file about other products, found as other distributions."""
    out = []
    for line in text.splitlines():
        if line.startswith("[product."):
            line = line.replace("]", f"-copy{number}]", 1)
        elif line.startswith("found-as"):
            line = (
                line.replace('"', f'"copy{number}-').replace(f'"copy{number}-]', '"]').replace(f'"copy{number}-,', '",')
            )
        out.append(line)
    return "\n".join(out)


def test_the_copies_are_other_products() -> None:
    text = '[product.torch]\ntitle = "x"\nfound-as = { pip = ["torch"] }\n'
    store = Store([MatrixFile("a.toml", text.encode()), MatrixFile("b.toml", renamed(text, 1).encode())])
    assert store.products == ("torch", "torch-copy1")
    assert store.by_distribution("torch") == "torch"
