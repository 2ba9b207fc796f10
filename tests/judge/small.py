"""A small matrix and small stacks: every law of the judge can be seen on them without the shipped data."""

from __future__ import annotations

from stackcheck.judge.judge import judge
from stackcheck.matrix.store import MatrixFile, Store
from stackcheck.model import Absent, Ask, FeatureAsk, Gpu, Indexes, Known, Location, Origin, Report, Stack, Unknown

SOURCE = """
[source.page]
url = "https://example.org/page/1.0"
seen = 2026-11-22
confidence = "official"
"""

TORCH = (
    """
[product.torch]
title = "PyTorch"
found-as = { pip = ["torch"] }
releases = ["2.5.0", "2.8.0", "2.9.0", "2.9.1", "2.10.0", "2.11.0", "2.12.0"]
"""
    + SOURCE
    + """
[[requires]]
id = "python"
release = ">=2.9"
python = ">=3.10"
installer = true
source = "page"

[[builds]]
id = "pypi-cpu"
release = "<2.11"
where = { arch = "aarch64" }
index = "pypi"
variant = "cpu"
fix = "Take the cu130 index."
source = "page"

[[builds]]
id = "pypi-cu130"
release = ">=2.11"
where = { arch = "aarch64" }
index = ["pypi", "cu130"]
variant = "cu130"
cuda = "13.0"
cubins = ["8.0", "9.0", "10.0", "11.0", "12.0"]
ptx = []
source = "page"

[[builds]]
id = "cu130"
release = ">=2.9,<2.11"
where = { arch = "aarch64" }
index = "cu130"
variant = "cu130"
cuda = "13.0"
cubins = ["8.0", "9.0", "10.0", "11.0", "12.0"]
ptx = ["12.0"]
source = "page"

[[builds]]
id = "cu128"
release = ">=2.9,<2.12"
where = { arch = "aarch64" }
index = "cu128"
variant = "cu128"
cuda = "12.8"
cubins = ["8.0", "9.0", "10.0", "12.0"]
ptx = []
source = "page"

[[builds]]
id = "no-cu128"
release = "2.8.0"
where = { arch = "aarch64" }
index = "cu128"
none = true
source = "page"

[[builds]]
id = "ngc"
release = ">=2.9"
index = "ngc"
variant = "ngc"
cuda = "13.0"
runs = ["12.1"]
source = "page"

[[broken]]
id = "cublas-on-thor"
release = "2.10.0"
where = { variant = "cu130", compute-capability = "11.0" }
source = "page"
"""
)

VISION = (
    """
[product.torchvision]
title = "torchvision"
found-as = { pip = ["torchvision"] }
releases = ["0.23.0", "0.24.0", "0.26.0", "0.27.0"]
"""
    + SOURCE
    + "".join(
        f"""
[[requires]]
id = "{vision}-torch"
release = "{vision}"
torch = "=={torch}"
installer = true
source = "page"
"""
        for vision, torch in (("0.23.0", "2.8.0"), ("0.24.0", "2.9.0"), ("0.26.0", "2.11.0"), ("0.27.0", "2.12.0"))
    )
)

CUDA = (
    """
[product.cuda]
title = "CUDA"

[product.cuda-toolkit]
title = "the CUDA toolkit"
"""
    + SOURCE
    + """
[[requires]]
id = "13-driver"
product = "cuda"
release = "13"
driver = ">=580"
source = "page"

[[requires]]
id = "12-driver"
product = "cuda"
release = "12"
driver = ">=525.60.13"
source = "page"

[[compilers]]
id = "12.8"
product = "cuda"
release = "12.8"
knows = ["8.0", "9.0", "10.0", "10.1", "12.0"]
source = "page"

[[compilers]]
id = "13.0"
product = "cuda"
release = "13.0"
knows = ["8.0", "8.7", "9.0", "10.0", "11.0", "12.0", "12.1"]
source = "page"
"""
)

GPU = (
    """
[product.gpu]
title = "GPU"
"""
    + SOURCE
    + """
[[provides]]
id = "gb10"
where = { gpu = "GB10" }
gives = { compute-capability = "12.1", board = "dgx-spark", arch = "aarch64", rt-cores = "yes", gpu-vendor = "nvidia" }
source = "page"

[[provides]]
id = "a100"
where = { gpu = "A100" }
gives = { compute-capability = "8.0", rt-cores = "no", gpu-vendor = "nvidia" }
source = "page"
"""
)

SIM = (
    """
[product.sim]
title = "Sim"
found-as = { pip = ["simpkg"] }
releases = ["4.5.0", "5.0.0", "5.1.0", "6.0.0"]
features = ["walk"]
"""
    + SOURCE
    + """
[[requires]]
id = "5-python"
release = "5"
python = "3.11"
fix = "Create a Python 3.11 environment."
commands = ["uv venv --python 3.11"]
source = "page"

[[requires]]
id = "6-python"
release = "6"
python = "3.12"
source = "page"

[[requires]]
id = "4-python"
release = "4"
python = "3.10"
source = "page"

[[requires]]
id = "arm"
release = "<5.1"
arch = "x86_64"
source = "page"

[[requires]]
id = "rt"
rt-cores = "yes"
why = "It renders with ray tracing."
source = "page"

[[requires]]
id = "glibc"
release = ">=5"
glibc = ">=2.35"
source = "page"

[[requires]]
id = "tested-driver"
release = "5.1"
driver = ">=580.65.06"
level = "recommended"
source = "page"

[[broken]]
id = "too-new-driver"
release = "5.1"
where = { driver = ">=595,<600" }
level = "reported"
source = "page"

[[unsupported]]
id = "spark-stream"
release = "<6"
where = { board = "dgx-spark" }
feature = "stream"
source = "page"

[[unsupported]]
id = "spark-jax"
where = { board = "dgx-spark" }
feature = "jax"
level = "unvalidated"
signs = { pip = ["skrl", "jax"] }
source = "page"
"""
)

LAB = (
    """
[product.lab]
title = "Lab"
found-as = { pip = ["labpkg"] }
releases = ["2.2.0", "2.3.0", "2.3.1", "3.0.0"]
"""
    + SOURCE
    + """
[[requires]]
id = "2.3-python"
release = "2.3"
python = "3.11"
source = "page"

[[requires]]
id = "2.3-sim"
release = "2.3"
sim = ["4.5", "5.0", "5.1"]
fix = "Install Sim 5.1."
commands = ["pip install simpkg==5.1.0"]
source = "page"

[[requires]]
id = "2.3-torch"
release = "2.3"
torch = ">=2.8"
installer = true
source = "page"

[[requires]]
id = "2.3-torch-arm"
release = "2.3"
where = { arch = "aarch64" }
torch = "2.9.0"
level = "recommended"
fix = "Take torch 2.9.0 from the cu130 index."
commands = ["pip install torch==2.9.0 --index-url https://index.example/whl/cu130"]
source = "page"

[[requires]]
id = "3-python"
release = "3"
python = "3.12"
source = "page"
"""
)

FILES = {"torch": TORCH, "vision": VISION, "cuda": CUDA, "gpu": GPU, "sim": SIM, "lab": LAB}
SPARK = {
    "arch": "aarch64",
    "os": "linux",
    "driver": "580.95.05",
    "glibc": "2.39",
    "distro": "ubuntu",
    "distro-version": "24.04",
}
GB10 = (Gpu("NVIDIA GB10", None, Origin("the GPU is NVIDIA GB10", "nvidia-smi")),)


def store(**more: str) -> Store:
    """The small matrix, with files added or replaced."""
    return Store(MatrixFile(f"products/{name}.toml", text.encode()) for name, text in {**FILES, **more}.items())


def known(values: dict[str, str], place: str = "probe") -> dict[str, Known | Absent | Unknown]:
    """Facts with one origin."""
    return {name: Known(value, Origin(f"{name} is {value}", place)) for name, value in values.items()}


def ask(name: str, specifier: str = "", line: int = 1, *indexes: str, **more: object) -> Ask:
    """A requirement of one line of requirements.txt."""
    place = Location("requirements.txt", line, 1, 1 + len(name + specifier))
    names = Indexes(indexes or ("pypi",))
    origin = Origin(f"{name}{specifier} is asked for", str(place), place)
    return Ask(name, specifier, origin, indexes=names, transitive=names, **more)  # type: ignore[arg-type]


def spark(**more: object) -> Stack:
    """A DGX Spark with nothing else said."""
    facts = known(SPARK)
    facts.update(more.pop("facts", {}))  # type: ignore[call-overload]
    return Stack(**{"facts": facts, "gpus": GB10, **more})  # type: ignore[arg-type]


def want(name: str, specifier: str = "") -> Ask:
    """What the command line wants."""
    return Ask(name, specifier, Origin(f"{name}{specifier} is wanted", "command line"), indexes=None, transitive=None)


def feature(name: str) -> FeatureAsk:
    """A feature that the command line names."""
    return FeatureAsk(name, Origin(f"{name} is asked for", "command line"))


def report(stack: Stack, *, preflight: bool = False, **more: str) -> Report:
    """The judgement of the small matrix."""
    return judge(stack, store(**more), subject="test", version="1", preflight=preflight)


def said(report: Report) -> list[tuple[str, str, str]]:
    """Severity, subject and id of every finding, in order."""
    return [(finding.severity, finding.subject, finding.id) for finding in report.findings]
