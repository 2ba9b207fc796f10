"""The kinds of findings, each with what `stackcheck explain` says of it: the closed list behind `--select`."""

from __future__ import annotations

from stackcheck.values import dataclass


@dataclass(frozen=True, eq=False, repr=False)
class Kind:
    """One kind: what it says, why that matters, what to do about it; each a sentence or two."""

    name: str
    says: str
    matters: str
    do: str


KINDS: tuple[Kind, ...] = (
    # Rows of the matrix.
    Kind(
        "requires",
        "A product needs something of the machine or of another product, and what is there does not fit.",
        "The vendor demands it, or it was seen to fail without.",
        "Change the side that you can change: the release that is asked for, the environment, or the machine.",
    ),
    Kind(
        "pairs",
        "Two things are both there, or both asked for, and these releases of them do not fit.",
        "They were compiled for each other: beside another release, an import or the first call fails.",
        "Move one of the two to the release that the message names.",
    ),
    Kind(
        "conflicts",
        "Two things do not go together in one environment.",
        "They write the same files, or need two different CUDA majors in one process: what came last wins.",
        "Take out one of the two, or give each an environment of its own.",
    ),
    Kind(
        "broken",
        "This release, or this combination, is known to fail.",
        "Others have run into it; the source says how it shows.",
        "Take another release; the fix names one where one is known.",
    ),
    Kind(
        "unsupported",
        "A feature of a product is not supported here, or nobody validated it.",
        "It may be missing, or fail late. Where nobody asked for the feature, it is only listed as a limit.",
        "Do without it, or use what the fix names in its place.",
    ),
    Kind(
        "builds",
        "The build that the index gives on this machine is not there, or is a CPU-only one.",
        "Installing succeeds, and torch.cuda.is_available() is False afterwards.",
        "Name the index with the build for this machine.",
    ),
    Kind(
        "locks",
        "A lock file names no file of a package that this machine could take.",
        "The lock installs on the machines that it was made for, and stops here in the middle of an install.",
        "Lock for this machine too (uv: required-environments), or another release of the package.",
    ),
    Kind(
        "deep",
        "torch itself was asked (`--deep`): it cannot be imported, or cannot use the GPU.",
        "What it says of itself counts for more than what is known of its release.",
        "Read its own error, and reinstall the build for this machine.",
    ),
    Kind(
        "label",
        "A wheel's own label names the torch that it was compiled for, and that is not the torch that is here.",
        "Compiled code fits one release of torch: beside another, its import ends in an undefined symbol.",
        "Take the wheel for this torch, or build it here.",
    ),
    Kind(
        "compilers",
        "A compiler that the build brings along does not know this GPU.",
        "What is compiled while the program runs fails, often deep inside it.",
        "Take a build with a newer CUDA.",
    ),
    Kind(
        "wheels",
        "This release has no wheel for this machine or this Python.",
        "Installing fails, or builds from source, which needs a compiler and time and may fail too.",
        "Take a release that has one, or prepare what the build needs.",
    ),
    Kind(
        "symptom",
        "A log holds an error line that is known.",
        "The line is known to come from the cause that the finding states.",
        "Follow the fix; where the finding says that the line is harmless here, leave it.",
    ),
    Kind(
        "provides",
        "What comes with a release, a machine or a GPU. Rows of this kind fill in what is not known otherwise.",
        "Other rows are judged by it.",
        "Nothing. State the fact (--fact) where it differs on your machine.",
    ),
    Kind(
        "replaced-by",
        "What to take in place of a product. Findings about the product name it.",
        "The product itself does not come to this machine.",
        "Take what is named.",
    ),
    Kind(
        "install",
        "How a vendor has a product installed. A plan takes its steps from rows of this kind.",
        "Another way may leave out what the product needs.",
        "Run the commands of the plan in their order.",
    ),
    Kind(
        "source-build",
        "Something is compiled on this machine, and a compiler or a build tool here does not fit what it is made of. "
        "Which host compilers nvcc takes are rows of cuda-toolkit.",
        "The build stops, often after a long time, or its result fails at the first call.",
        "Install the toolkit, compiler or tool that the message names, or take a release with a wheel.",
    ),
    Kind(
        "conda-package",
        "An environment file of conda names packages, builds or a platform that this machine's channels do not have.",
        "conda ends in PackagesNotFoundError, or installs nothing.",
        "Take what the fix names in its place, leave build strings out, or lock for this platform too.",
    ),
    Kind(
        "numpy-abi",
        "Compiled code is made for NumPy 1, and NumPy 2 is here or would be installed beside it.",
        "The import fails with 'numpy.core.multiarray failed to import' or 'numpy.dtype size changed'.",
        "Hold NumPy below 2, or take a release that is made for NumPy 2.",
    ),
    Kind(
        "only-for",
        "A file asks for something by a name that this architecture does not have: Debian packages or images of x86 "
        "alone, or a label of a CI runner that GitHub does not have; or a package that this release no longer has.",
        "apt ends in 'Unable to locate package' or 'has no installation candidate'; a job waits for a runner that "
        "never comes, unless somebody has given that name to one of their own.",
        "Take what the fix names in its place. Labels of Arm runners end in -arm.",
    ),
    Kind(
        "ros-packages",
        "apt is asked for packages of a ROS distribution that is built for another release of Ubuntu, is past its end, "
        "or has not released them (ros/rosdistro). The releases are the `ubuntu` conditions of the `pairs` rows of "
        "ros2 and ros1.",
        "apt ends in 'Unable to locate package'.",
        "Take the distribution that is made for this Ubuntu, or run the other one in a container of its own.",
    ),
    Kind(
        "ros-python",
        "A Python is started behind a ROS that is sourced and that is made for another one. The distributions' Ubuntu "
        "are `pairs` rows of ros2 and ros1, its Python are `provides` rows; up to Melodic it is Python 2.7 (REP 3).",
        "The packages of ROS stand in front on PYTHONPATH; what is compiled in them, rclpy or tf2, does not import.",
        "Start the Python of that Ubuntu, take ROS from RoboStack, or do not source ROS in that shell.",
    ),
    Kind(
        "foreign",
        "A file that is fetched, or an image, is for another architecture by its own name.",
        "It cannot run here: 'exec format error', or 'package architecture does not match system'.",
        "Name the file or image of this architecture.",
    ),
    Kind(
        "system-python",
        "pip is told to install into the Python of a distribution that has marked it as its own (PEP 668).",
        "pip refuses: 'error: externally-managed-environment'. Debian marks its own from 12 on, Ubuntu from 23.04 on.",
        "Make a virtual environment and install into that.",
    ),
    # Laws.
    Kind(
        "gpu-code",
        "The build has no code for the compute capability of this GPU, and no PTX that could be compiled for it.",
        'Every kernel fails with "no kernel image is available".',
        "Take a build that has code for it.",
    ),
    Kind(
        "libraries",
        "A package's libraries with GPU code need another library, and that is nowhere on this machine.",
        'The import fails with "cannot open shared object file"; mostly it is a build for another CUDA.',
        "Take a build for the CUDA that is here, or install the library that is named.",
    ),
    Kind(
        "loads",
        "A build takes the libraries of a CUDA or cuDNN major from what is around it, and another one is around it.",
        "Libraries of another major have other names: it is not found, and the program stops or falls back to the CPU.",
        "Take the release that is built for what is here, or install the libraries that it loads.",
    ),
    Kind(
        "driver",
        "The driver is too old for the CUDA that a build brings, or that the toolkit builds for. From CUDA 11 on a "
        "driver runs every release of its family, before that those up to its own: `requires` rows of `cuda`.",
        "CUDA does not start, and the GPU is not used.",
        "Update the driver, or take a build with an older CUDA.",
    ),
    Kind(
        "ptx",
        "PTX of this CUDA is newer than what the driver reads. Rows: the `compilers` rows of the product cuda.",
        "A driver runs the compiled code of every release of its CUDA family, but compiles PTX only up to the version "
        "of its own CUDA: cudaErrorUnsupportedPtxVersion, or wrong results where nobody looks at errors.",
        "Update the driver, compile for the GPU itself, or use the driver's own CUDA.",
    ),
    Kind(
        "component-skew",
        "NVIDIA's component packages are of several CUDA releases, and the compiler is newer than the linker.",
        "What is compiled while a program runs cannot be linked: nvJitLink reads what its release and older ones make.",
        "Take the components of one CUDA release.",
    ),
    Kind(
        "kernel-module",
        "The driver package has kernel modules of the other kind: NVIDIA's open ones are needed from Blackwell on and "
        "on Grace, the proprietary ones before Turing.",
        "The modules do not drive the GPU: nvidia-smi finds no device.",
        "Install the driver package of the kind that the message names.",
    ),
    Kind(
        "index",
        "None of the releases asked for is on the index that is asked.",
        "Nothing can be installed.",
        "Ask for a release that the index has, or name another index.",
    ),
    Kind(
        "indexes",
        "Indexes of several accelerators are asked at once.",
        "pip takes the newest version of them all, whichever accelerator that is built for.",
        "Name one of them.",
    ),
    Kind(
        "asks",
        "Lines exclude each other, or what is installed does not fit what a file asks for.",
        "An installer refuses, or replaces what is installed.",
        "Keep one of the lines, or tell them apart with markers.",
    ),
    Kind(
        "wheel-tag",
        "A wheel that is named by its URL is not for this machine.",
        "The installer refuses it.",
        "Name a wheel for this machine, or keep the line to its own with a platform_machine marker.",
    ),
    Kind(
        "consistency",
        "What is installed contradicts its own metadata: something is missing, does not fit or is there twice.",
        "An import may take the wrong files, or fail.",
        "Install again what the finding names.",
    ),
    Kind(
        "coverage",
        "Nothing is known of a requirement, a release, an index or a feature.",
        "It was not judged, so it may or may not work: that is not the same as fine.",
        "Correct the name, ask the index (--online), update stackcheck, or add a row of your own (--matrix).",
    ),
    Kind(
        "feature",
        "Nothing says which release of a feature's product is meant.",
        "It was not judged.",
        "State the release (--want).",
    ),
    Kind(
        "markers",
        "Markers depend on facts that are not known.",
        "Whether these lines apply is not known, so they were not judged.",
        "State the facts, for example --fact python=3.12.",
    ),
    Kind(
        "scope",
        "A file that was found in a folder is not for this machine, or is no part of the project's own stack.",
        "What it asks for was not judged.",
        "Nothing, if that is so; name the file on the command line to have it judged.",
    ),
    Kind(
        "run-path",
        "Libraries of an older CUDA are found before those that packages bring along.",
        "The linker looks through LD_LIBRARY_PATH first, and what the packages link to lacks symbols there.",
        "Take the folder out of the variable.",
    ),
    Kind(
        "lockstep",
        "Packages that are one release in parts are there in two releases.",
        "They compare their versions and stop, or lack each other's symbols.",
        "Take all of them of one release.",
    ),
    Kind(
        "reading",
        "Something could not be read, or an installer drops it without a word.",
        "What is not read is not judged.",
        "Mend the line, or name the file that was meant.",
    ),
    Kind(
        "unknown",
        "A fact is not known, and rows depend on it.",
        "These rows were not judged; that is not the same as fine.",
        "Run on the machine itself, or state the fact (--fact).",
    ),
    Kind(
        "plan",
        "What is wanted together has no set of releases that works in one environment.",
        "Whichever release of one is taken, another of them excludes it.",
        "Give each an environment of its own, or relax one wish: `stackcheck plan` names the nearest sets.",
    ),
    Kind(
        "todo",
        "A step of a preflight: what is missing, in the order in which it is installed.",
        "The product does not run without it.",
        "Run the commands of the fix after reading them.",
    ),
    Kind(
        "online",
        "What the package index says of a requirement (--online).",
        "The matrix does not know the project, and the index may lack a wheel for the target.",
        "Ask for a release that has one.",
    ),
    Kind(
        "resolve",
        "What uv finds when it resolves the files for the target (--resolve).",
        "Something that is brought along may have no wheel, or there may be no set of releases at all.",
        "Loosen the line that the message names.",
    ),
    # The user's own words.
    Kind(
        "drift",
        "A machine is not what is expected of it, what a reference machine is, or what it was before.",
        "Machines that should be alike and are not fail one by one, and nobody knows since when.",
        "Bring the machine back, or change what is expected.",
    ),
    Kind(
        "ignore",
        "An ignore is not needed any more, has ended, or cannot be read; or a baseline holds what is mended.",
        "An ignore that stays behind hides the next mistake of its kind.",
        "Take it out, or give it a new end.",
    ),
)
NAMES: tuple[str, ...] = tuple(kind.name for kind in KINDS)
