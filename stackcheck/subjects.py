"""The closed vocabulary of platform subjects: name, how its values are compared, one line of help.

Products and packages are subjects too, but their names come from the matrices.
"""

from __future__ import annotations

from typing import Literal

from stackcheck.values import dataclass

Match = Literal["version", "word", "contains"]
"""How a value meets a condition: by its numeric head, as one word, or by holding the word (whole words only)."""


@dataclass(frozen=True, slots=True)
class Subject:
    """One platform subject. `derived` ones are worked out by the judge and never stated."""

    name: str
    match: Match
    title: str
    help: str
    derived: bool = False


SUBJECTS: tuple[Subject, ...] = (
    Subject("arch", "word", "the CPU architecture", "CPU architecture as `uname -m` prints it: aarch64, x86_64"),
    Subject("os", "word", "the operating system", "operating system: linux, windows, darwin"),
    Subject("distro", "word", "the distribution", "ID of /etc/os-release: ubuntu, debian, fedora"),
    Subject("distro-version", "version", "the distribution's version", "VERSION_ID of /etc/os-release: 24.04"),
    Subject("ubuntu", "version", "Ubuntu", "Ubuntu release; absent on any other distribution", derived=True),
    Subject("kernel", "version", "the kernel", "kernel release as `uname -r` prints it: 6.14.0-1015-nvidia"),
    Subject("kernel-flavor", "contains", "the kernel's flavour", "words in the kernel release: tegra", derived=True),
    Subject("libc", "word", "the C library", "C library that programs are linked against: glibc, musl"),
    Subject("glibc", "version", "glibc", "GNU C library: 2.39"),
    Subject("python", "version", "Python", "the Python of the judged environment: 3.11.14"),
    Subject("system-python", "version", "the system's Python", "the distribution's own python3: 3.12.3"),
    Subject("ros-python", "version", "ROS's Python", "Python of the ROS packages on PYTHONPATH", derived=True),
    Subject("path-cudnn", "version", "the cuDNN on LD_LIBRARY_PATH", "cuDNN named on LD_LIBRARY_PATH", derived=True),
    Subject("driver", "version", "the NVIDIA driver", "NVIDIA kernel driver: 580.95.05"),
    Subject("cuda-driver", "version", "the driver's CUDA version", "newest CUDA that the driver serves: 13.0"),
    Subject("cuda-toolkit", "version", "the CUDA toolkit", "CUDA toolkit (nvcc) installed on the system: 13.0.2"),
    Subject("gcc", "version", "gcc", "the C and C++ compiler that builds take: 13.3.0"),
    Subject("clang", "version", "clang", "clang, where builds take it: 18.1.3"),
    Subject("cmake", "version", "CMake", "the cmake that builds take: 3.28.3"),
    Subject("cuda", "version", "torch's CUDA", "CUDA version of the torch build: 13.0", derived=True),
    Subject("dgx-os", "version", "DGX OS", "DGX OS release: 7.3.1"),
    Subject("jetpack", "version", "JetPack", "JetPack release: 7.0"),
    Subject("l4t", "version", "L4T", "Jetson Linux (L4T) release: 38.2.0"),
    Subject("board", "word", "the machine", "kind of machine: dgx-spark (any GB10), jetson-thor, jetson-orin"),
    Subject("gpu", "contains", "the GPU", "GPU name as the driver prints it: NVIDIA GB10"),
    Subject("compute-capability", "version", "the compute capability", "of the GPU: 12.1"),
    Subject("rt-cores", "word", "RT cores", "whether the GPU has RT cores: yes, no"),
    Subject("gpu-vendor", "word", "the GPU's vendor", "nvidia, or another"),
    Subject("vgpu", "word", "a virtual GPU", "whether the GPU is a vGPU profile: yes, no"),
    Subject(
        "forward-compatibility",
        "word",
        "forward compatibility",
        "whether libcuda of a newer branch runs on this GPU's driver: yes, no",
    ),
    Subject("container", "word", "the container", "container engine around this environment: docker, podman, yes"),
)

BY_NAME: dict[str, Subject] = {subject.name: subject for subject in SUBJECTS}

GPU_SUBJECTS = ("gpu", "compute-capability", "rt-cores", "gpu-vendor", "vgpu", "forward-compatibility")
"""What differs from one GPU of a machine to the next."""

STATED = tuple(subject.name for subject in SUBJECTS if not subject.derived)
"""Subjects that an environment document may state under `facts`."""

MAIN_LIBRARY = {"torch": "torch/lib/libtorch_cuda.so"}
"""By distribution, the one library whose GPU code decides: beside it, torch bundles others (MAGMA, NVSHMEM) with longer
lists of their own. Paths below site-packages."""

_CODED = """
    autoawq-kernels bitsandbytes ctranslate2 cuequivariance-ops-torch-cu12 cuequivariance-ops-torch-cu13 cumm-cu126
    cupy-cuda12x cupy-cuda13x faiss-gpu-cu11 faiss-gpu-cu12 faiss-gpu fbgemm-gpu-genai fbgemm-gpu flashinfer-python
    jax-cuda12-pjrt jax-cuda12-plugin jax-cuda13-pjrt jax-cuda13-plugin lmcache nvidia-dali-cuda120
    nvidia-dali-cuda130 onnxruntime-gpu open3d paddlepaddle-gpu sgl-kernel sglang-kernel spconv-cu118 spconv-cu120
    spconv-cu121 spconv-cu124 spconv-cu126 tensorflow torch torchao torchaudio torchcodec torchvision
    transformer-engine-cu12 transformer-engine-cu13 vllm-flash-attn vllm xformers
"""
WITH_GPU_CODE = frozenset(_CODED.split())
"""The distributions of whose wheels a record that comes with stackcheck holds GPU code. Which of them are installed is
asked at every start, and to open the records of all that is installed would take too long."""
