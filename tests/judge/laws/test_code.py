"""What the libraries of installed packages hold decides, whatever their version and the matrix say."""

from __future__ import annotations

from stackcheck.model import Absent, Code, Gpu, Known, Origin, Stack
from stackcheck.values import replace
from tests.judge.small import known, report, said, spark

PLACE = "/site/lib/_C.so"


def code(*cubins: str, ptx: tuple[str, ...] = (), cuda: str | None = None, doubt: str | None = None) -> Code:
    found = Code(cubins, ptx, Origin("", PLACE), cuda, doubt)
    return replace(found, origin=Origin(f"its libraries hold {found}", PLACE))


def stack(packages: dict[str, str], found: dict[str, Code | Absent], **more: object) -> Stack:
    """A Spark with these packages and what their files hold."""
    return spark(packages=known(packages, "site-packages"), code=found, **more)


def test_an_extension_without_code_for_the_gpu() -> None:
    (finding,) = report(stack({"my-ext": "1.0"}, {"my-ext": code("8.0", "9.0a")})).findings
    assert (finding.severity, finding.kind, finding.id) == ("error", "gpu-code", "gpu-code/my-ext")
    assert finding.message == (
        "my-ext 1.0 has no code for compute capability 12.1 (NVIDIA GB10): its libraries hold compiled code for "
        "8.0, 9.0a and no PTX; none of its GPU kernels runs."
    )
    assert [reason.text for reason in finding.because] == [
        "my-ext is 1.0",
        "its libraries hold compiled code for 8.0, 9.0a and no PTX",
        "the GPU is NVIDIA GB10",
        "gpu NVIDIA GB10 comes with compute-capability 12.1",
    ]
    assert finding.because[1].origin == PLACE
    assert finding.fix is not None
    assert "TORCH_CUDA_ARCH_LIST=12.1" in finding.fix.text
    assert finding.sources[0].url.startswith("https://docs.nvidia.com/cuda/archive/")


def test_code_that_runs_is_held() -> None:
    for one in (code("12.0"), code("8.0", ptx=("9.0",)), code("12.0f"), code("12.1a")):
        found = report(stack({"my-ext": "1.0"}, {"my-ext": one}))
        assert found.findings == ()
        assert found.held == 1


def test_what_may_be_more_is_not_known() -> None:
    (finding,) = report(stack({"my-ext": "1.0"}, {"my-ext": code("8.0", doubt="a file was not read")})).findings
    assert finding.severity == "unknown"
    assert finding.message == (
        "Whether my-ext 1.0 runs on compute capability 12.1 (NVIDIA GB10) is not known: a file was not read."
    )


def test_generic_code_on_orin_depends_on_its_cuda() -> None:
    orin = (Gpu("Orin", "8.7", Origin("the GPU is Orin", "CUDA")),)
    for cuda, expected in ((None, ["unknown"]), ("12.6", ["error"]), ("13.2", [])):
        found = report(stack({"my-ext": "1"}, {"my-ext": code("8.0", cuda=cuda)}, gpus=orin))
        assert [finding.severity for finding in found.findings] == expected


def test_every_gpu_is_judged() -> None:
    gpus = (Gpu(None, "12.1", Origin("a GPU", "probe")), Gpu(None, "9.0", Origin("another GPU", "probe")))
    found = report(stack({"my-ext": "1"}, {"my-ext": code("9.0")}, gpus=gpus))
    assert [finding.message.partition(":")[0] for finding in found.findings] == [
        "my-ext 1 has no code for compute capability 12.1"
    ]


def test_a_gpu_of_which_only_the_name_is_known() -> None:
    gpus = (Gpu("NVIDIA Something New", None, Origin("a GPU", "probe")),)
    (finding,) = report(stack({"my-ext": "1"}, {"my-ext": code("9.0"), "other": code("8.0")}, gpus=gpus)).findings
    assert (finding.severity, finding.id) == ("unknown", "gpu-code/packages")
    assert finding.message.startswith("Whether the GPU code of my-ext, other runs here is not known: nothing says")


def test_a_container_does_not_see_the_hosts_packages() -> None:
    assert stack({"my-ext": "1"}, {"my-ext": code("9.0")}).in_container().code == {}


def test_without_a_gpu_nothing_is_said() -> None:
    nothing = Absent(Origin("there is no GPU", "probe"))
    assert report(stack({"my-ext": "1"}, {"my-ext": code("8.0")}, gpus=nothing)).findings == ()


class TestTorch:
    def test_files_win_over_a_label_that_lies(self) -> None:
        found = report(stack({"torch": "2.11.0+cu130"}, {"torch": code("8.0", "9.0", cuda="13.0")}))
        assert said(found) == [("error", "torch", "gpu-code/torch")]
        assert found.findings[0].message.startswith("PyTorch 2.11.0+cu130 has no code for compute capability 12.1")

    def test_files_win_over_what_the_index_is_thought_to_give(self) -> None:
        """2.9.0 without a label is most likely PyPI's, for the CPU; a build of one's own is not."""
        assert said(report(stack({"torch": "2.9.0"}, {})))[0][2] == "torch/pypi-cpu"
        assert said(report(stack({"torch": "2.9.0"}, {"torch": code("12.1", cuda="13.0")}))) == []

    def test_the_cuda_that_it_names_finds_its_compilers(self) -> None:
        found = report(stack({"torch": "2.9.0"}, {"torch": code("12.0", cuda="12.8")}))
        (finding,) = found.findings
        assert finding.id == "torch/cu128"
        assert "NVRTC 12.8" in finding.message
        assert "its own version.py gives the cu128 build here, with CUDA 12.8" in [r.text for r in finding.because]

    def test_a_label_that_fits_its_files_still_chooses(self) -> None:
        found = report(stack({"torch": "2.10.0a0+x.nv25.10"}, {"torch": code("12.1", cuda="13.0")}))
        assert [finding.id for finding in found.findings if finding.severity == "error"] == []

    def test_a_build_of_no_row(self) -> None:
        own = {"torch": "2.9.0a0+git1234"}
        assert said(report(stack(own, {"torch": code("8.0", cuda="12.9")}))) == [("error", "torch", "gpu-code/torch")]
        assert said(report(stack(own, {"torch": code("12.0", cuda="12.9")}))) == []

    def test_a_cpu_build_by_its_files(self) -> None:
        none = Absent(Origin("torch has no libtorch_cuda.so", "/site/torch/lib"))
        with_row = report(stack({"torch": "2.9.0"}, {"torch": none}))
        assert said(with_row)[0][2] == "torch/pypi-cpu"
        without = report(stack({"torch": "2.11.0+cu130"}, {"torch": none}))
        assert said(without) == [("error", "torch", "gpu-code/torch")]
        assert without.findings[0].message == (
            "PyTorch 2.11.0+cu130 is a build for the CPU alone, by its files; this GPU (NVIDIA GB10) is not used."
        )


def test_a_package_that_is_gone_from_the_list_is_named_all_the_same() -> None:
    found = report(spark(code={"my-ext": code("8.0")}, packages={"other": Known("1", Origin("x", "y"))}))
    assert found.findings[0].message.startswith("my-ext has no code for")


def test_a_library_that_is_nowhere() -> None:
    needing = replace(code("12.0"), missing=("libcudart.so.12", "libother.so"))
    (finding,) = report(stack({"my-ext": "1.0"}, {"my-ext": needing})).findings
    assert (finding.severity, finding.kind, finding.id) == ("error", "libraries", "libraries/my-ext")
    assert finding.message == (
        "my-ext 1.0 needs libcudart.so.12, libother.so, which is nowhere: its libraries with GPU code do not load. "
        "It is a build for CUDA 12."
    )
    assert finding.fix is not None
    wrong_too = replace(code("8.0"), missing=("libcudart.so.12",))
    assert said(report(stack({"my-ext": "1"}, {"my-ext": wrong_too}))) == [("error", "my-ext", "gpu-code/my-ext")]
