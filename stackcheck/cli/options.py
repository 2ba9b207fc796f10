"""Every command with its arguments and options, said once: `app` and `fast` are both made of it."""

from __future__ import annotations

from typing import Literal

from stackcheck.report import FLEET_FORMATS, FORMATS
from stackcheck.session.request import FAIL_ON
from stackcheck.values import dataclass

Kind = Literal["text", "texts", "path", "paths", "flag"]
"""What an option takes: nothing (a flag), one value or several; a path is completed as one."""
Completes = Literal["", "targets", "products", "ids"]


@dataclass(frozen=True)
class Option:
    """One option: its spellings, the name that the command knows it by, and its line of help.

    `choices` are the only words that it takes; `default` is the value where the option is not given, `stands_for` the
    one that help shows in its place.
    """

    names: tuple[str, ...]
    dest: str
    kind: Kind
    help: str
    metavar: str = ""
    choices: tuple[str, ...] = ()
    default: str | None = None
    stands_for: str = ""
    completes: Completes = ""

    @property
    def several(self) -> bool:
        """Whether it can be given more than once, each value counting."""
        return self.kind in ("texts", "paths")


@dataclass(frozen=True)
class Argument:
    """What a command takes without an option. `count` is how many: -1 is any number, -2 at least one."""

    dest: str
    metavar: str
    help: str
    count: int = 1
    default: str | None = None
    choices: tuple[str, ...] = ()
    completes: Completes = ""


@dataclass(frozen=True)
class Command:
    """One command: what `--help` says of it, and what it takes."""

    help: str
    arguments: tuple[Argument, ...] = ()
    options: tuple[Option, ...] = ()


ENV = Option(("--env",), "env", "text", "An environment document (JSON or TOML).", "DOC")
TARGET = Option(("--target",), "target", "text", "A shipped target.", "NAME", completes="targets")
TARGETS = Option(("--target",), "target", "texts", "A shipped target; repeatable.", "NAME", completes="targets")
PYTHON = Option(("--python",), "python", "text", "Judge this interpreter.", "EXE")
INSIDE = Option(("--python",), "python", "text", "Judge the Python environment in this folder of it.", "DIR")
ROOT = Option(("--root",), "root", "text", "The environment in this root file system or image.", "PATH")
PLATFORM = Option(("--platform",), "platform", "text", "Which image of a multi-platform one.", "OS/ARCH")
FACT = Option(("--fact",), "fact", "texts", "Override a fact: driver=580.95.05. Repeatable.", "SUBJECT=VALUE")
LABEL = Option(
    ("--label",),
    "label",
    "texts",
    "What the document calls the machine: site=lab, host=spark-07. Repeatable.",
    "NAME=VALUE",
)
WANT = Option(
    ("--want",), "want", "texts", "Also judge this as asked for. Repeatable.", "PRODUCT[SPEC]", completes="products"
)
FEATURE = Option(("--feature",), "feature", "texts", "A feature that is to be used. Repeatable.", "PRODUCT:FEATURE")
MATRIX = Option(("--matrix",), "matrix", "paths", "A folder with rows that add or override. Repeatable.", "DIR")
FORMAT = Option(("--format",), "format_", "text", "How to write the report.", choices=FORMATS, stands_for="text")
PLAIN = Option(("--format",), "format_", "text", "How to write it.", choices=("text", "json"), default="text")
PLAN_FORMAT = Option(("--format",), "form", "text", "How to write the plan.", choices=("text", "json"), default="text")
OPTIONAL = Option(
    ("--optional",),
    "optional",
    "texts",
    "Also this, where it holds back nothing else. Repeatable.",
    "WISH",
    completes="products",
)
WRITE = Option(
    ("--write",),
    "write",
    "paths",
    "Write the plan as this file too: requirements.txt, constraints.txt, pyproject.toml, pylock.toml, environment.yml, "
    "pixi.toml, Dockerfile, install.sh. Repeatable.",
    "FILE",
)
UPGRADE = Option(
    ("--upgrade",), "upgrade", "paths", "What this file asks for, in any release: what can move. Repeatable.", "FILE"
)
LOCK = Option(
    ("--lock",), "lock", "flag", "Let uv resolve all that the plan brings, judge it, and write it with hashes."
)
KEEP = Option(("--keep",), "keep", "flag", "Leave what is installed as it is, and plan around it.")
FORCE = Option(("--force",), "force", "flag", "Let --write replace files that are there.")
ENVIRONMENT = Option(("--python",), "python", "text", "The Python that the environment must have.", "X.Y")
OUTPUT = Option(("--output",), "output", "path", "Write the report to this file.", "FILE")
FAILS = Option(
    ("--fail-on",),
    "fail_on",
    "text",
    "The mildest severity that makes the exit code 1.",
    choices=FAIL_ON,
    stands_for="error",
)
SELECT = Option(
    ("--select",),
    "select",
    "texts",
    "Show this kind or id of findings alone. Repeatable.",
    "KIND-or-ID",
    completes="ids",
)
IGNORE = Option(
    ("--ignore",),
    "ignore",
    "texts",
    "Leave out findings of this kind or id. Repeatable.",
    "KIND-or-ID",
    completes="ids",
)
BASELINE = Option(("--baseline",), "baseline", "path", "Leave out the findings that this file holds.", "FILE")
WRITE_BASELINE = Option(
    ("--write-baseline",), "write_baseline", "path", "Write today's findings to this file, as a baseline.", "FILE"
)
STRICT = Option(("--strict",), "strict", "flag", "Exit 3 where something is not known.")
DEEP = Option(("--deep",), "deep", "flag", "Import torch in a child process, and ask it for its GPU code and devices.")
ONLINE = Option(
    ("--online",), "online", "flag", "Ask the package index that pip uses for what the matrix does not know."
)
RESOLVE = Option(
    ("--resolve",), "resolve", "flag", "Let uv resolve the files for the target, and judge everything they bring."
)
CACHE = Option(("--cache",), "cache", "path", "Keep what the network gives in this folder.", "DIR")
QUIET = Option(("--quiet", "-q"), "quiet", "flag", "Findings alone: no chains, sources and notes.")
VERBOSE = Option(("--verbose", "-v"), "verbose", "flag", "The sources too, which a terminal does not show otherwise.")
DIFF = Option(("--diff",), "diff", "flag", "Show what --fix would change, and change nothing.")
FIX = Option(("--fix",), "fix", "flag", "Repair the files where the matrix says how.")
UNSAFE_FIXES = Option(
    ("--unsafe-fixes",), "unsafe_fixes", "flag", "Also what changes releases, indexes or what is installed."
)
LIST_FILES = Option(("--list-files",), "list_files", "flag", "Print the files that would be read, then exit.")

RUN_ON = Option(
    ("--target",), "target", "texts", "A target that images are to run on; repeatable.", "NAME", completes="targets"
)
PROJECT = Option(
    ("--project",), "project", "paths", "Judge this project file on every machine, too. Repeatable.", "FILE"
)
AGAINST = Option(
    ("--against",),
    "against",
    "text",
    "Say what differs from this: expectations, a machine, or a folder with the documents from before.",
    "DOC|DIR",
)
JOBS = Option(("--jobs",), "jobs", "text", "So many processes work.", "N", stands_for="one for each core")
DASK = Option(("--dask",), "dask", "text", "Let the workers of this Dask scheduler work (extra: dask).", "ADDRESS")
FLEET_FORMAT = Option(
    ("--format",), "format_", "text", "How to write the report.", choices=FLEET_FORMATS, stands_for="text"
)

REPOS = Option(("--repos",), "repos", "path", "Lint the checkouts that this file lists, one in each line.", "FILE|-")
LINT_FORMAT = Option(
    ("--format",),
    "format_",
    "text",
    "How to write the report; jsonl, csv and prometheus with --repos.",
    choices=tuple(dict.fromkeys((*FORMATS, *FLEET_FORMATS))),
    stands_for="text",
)

_SHOWN = (SELECT, IGNORE, FORMAT, OUTPUT, FAILS)
_BASELINES = (BASELINE, WRITE_BASELINE, STRICT, QUIET, VERBOSE)
_NETWORK = (ONLINE, RESOLVE, CACHE)
_PRODUCT = Argument("product", "PRODUCT", "A product of the matrix.", completes="products")

COMMANDS: dict[str, Command] = {
    "check": Command(
        "Judge an environment together with project files: this machine, --env DOC, --target NAME or --python EXE.\n\n"
        "With --root an image's environment, for the machine that the other options name.",
        (Argument("files", "[FILE]...", "Project files; - is stdin.", -1),),
        (ENV, TARGET, PYTHON, ROOT, WANT, FEATURE, FACT, MATRIX, DEEP, *_NETWORK, *_SHOWN, *_BASELINES),
    ),
    "lint": Command(
        "Judge project files alone for one or more targets (default: this machine, without what is installed on it).",
        (Argument("paths", "[PATH]...", "Project files, or a folder with some; - is stdin.", -1),),
        (
            *(TARGETS, ENV, WANT, FEATURE, FACT, MATRIX, *_NETWORK, SELECT, IGNORE, LINT_FORMAT, OUTPUT, FAILS),
            *(*_BASELINES, DIFF, FIX, UNSAFE_FIXES, LIST_FILES, REPOS, JOBS, DASK),
        ),
    ),
    "preflight": Command(
        "Can it be installed and run here, what is missing, and in what order? "
        "Exit 3 where a required fact is unknown.",
        (
            Argument(
                "products",
                "PRODUCT[SPEC]...",
                'What to install: "isaac-lab==2.3.*". Several go into one environment.',
                -2,
                completes="products",
            ),
        ),
        (FEATURE, ENV, TARGET, PYTHON, FACT, MATRIX, *_SHOWN, QUIET, VERBOSE),
    ),
    "plan": Command(
        "A set of releases that works together on this machine, and the commands that install it. "
        "Exit 1 where there is none.",
        (
            Argument(
                "wishes", "[WISH]...", "What to have: vllm, torch>=2.9, isaac-lab==2.3.*.", -1, completes="products"
            ),
        ),
        (
            *(UPGRADE, OPTIONAL, FEATURE, TARGETS, ENV, ENVIRONMENT, FACT, MATRIX, ONLINE, CACHE),
            *(KEEP, LOCK, WRITE, FORCE, PLAN_FORMAT, OUTPUT, QUIET),
        ),
    ),
    "diagnose": Command(
        "What known error lines in a log mean on this machine: the cause, whether it is harmless here, and the fix.",
        (Argument("log", "[LOG|-]", "A log with the error lines; - is stdin.", default="-"),),
        (ENV, TARGET, PYTHON, FEATURE, FACT, MATRIX, *_SHOWN, QUIET, VERBOSE),
    ),
    "image": Command(
        "Judge a container image or root file system for a machine, from its files alone: nothing of it is run.",
        (Argument("path", "PATH", "An OCI layout, a docker-archive tar, or a root file system."),),
        (PLATFORM, TARGET, ENV, INSIDE, FEATURE, WANT, FACT, MATRIX, *_SHOWN, *_BASELINES),
    ),
    "fleet": Command(
        "Judge many machines by their environment documents, and images: one report by cause, group and machine.",
        (
            Argument(
                "documents",
                "DOC...",
                "Documents or images, folders with some, patterns, JSON lines (- is stdin); targets by name.",
                -2,
                completes="targets",
            ),
        ),
        (
            *(
                AGAINST,
                RUN_ON,
                PLATFORM,
                PROJECT,
                WANT,
                FEATURE,
                FACT,
                MATRIX,
                *_NETWORK,
                SELECT,
                IGNORE,
                FLEET_FORMAT,
                OUTPUT,
                FAILS,
            ),
            *(BASELINE, STRICT, QUIET, VERBOSE, JOBS, DASK),
        ),
    ),
    "env": Command(
        "What was found here, and what could not be read. As json or toml it is a document for --env.",
        (),
        (
            *(TARGET, PYTHON, ROOT, LABEL),
            Option(
                ("--format",), "format_", "text", "How to write it.", choices=("text", "toml", "json"), default="text"
            ),
            OUTPUT,
            Option(("--help-subjects",), "help_subjects", "flag", "List the platform subjects, then exit."),
        ),
    ),
    "inspect": Command(
        "What is inside: machine, wheel tags, GPU code, needed glibc and libraries; read in place, nothing is run.",
        (
            Argument(
                "files",
                "FILE...",
                "Libraries, wheels, folders; a URL or PROJECT==VERSION of an index.",
                -2,
            ),
        ),
        (PLAIN, OUTPUT),
    ),
    "explain": Command(
        "What a kind, a row or a finding says, why it matters, what to do, and the sources with their dates.",
        (Argument("row", "ID", "The id of a finding or a kind: isaac-sim/5.1-python, builds.", completes="ids"),),
        (MATRIX,),
    ),
    "init": Command(
        "Write a first tool.stackcheck table into pyproject.toml, from what the project and this machine say.",
        (Argument("folder", "[FOLDER]", "The project.", default="."),),
        (TARGETS,),
    ),
    "diff": Command(
        "What is new, gone or changed between two documents, two reports, two fleets or two matrix folders. "
        "Exit 1 if something is.",
        (
            Argument("old", "A", "A document, a report of one or many machines, a folder of documents or a matrix."),
            Argument("new", "B", "A newer one of the same sort."),
        ),
        (
            Option(
                ("--format",),
                "format_",
                "text",
                "How to write it.",
                choices=("text", "json", "markdown"),
                default="text",
            ),
            OUTPUT,
        ),
    ),
    "lsp": Command(
        "Serve an editor by the Language Server Protocol, over standard input and output (extra: lsp).",
        (),
        (TARGETS, ENV, WANT, FEATURE, FACT, MATRIX, SELECT, IGNORE, BASELINE),
    ),
    "mcp": Command(
        "Serve an agent by the Model Context Protocol, over standard input and output (extra: mcp). "
        "Without --root it is given texts alone.",
        (),
        (
            Option(("--root",), "root", "path", "Let it read project files in this folder, and nowhere else.", "DIR"),
            Option(("--allow-write",), "write", "flag", "Let it repair files and write plans there."),
            MATRIX,
        ),
    ),
    "targets": Command("The machines that come with stackcheck, for --target."),
    "matrix list": Command("Every product, with its file and how many facts there are.", (), (MATRIX,)),
    "matrix show": Command(
        "A product's releases on the shipped targets as a table, with the reason for each cell; or its facts (--rows).",
        (_PRODUCT,),
        (
            Option(("--rows",), "rows", "flag", "The facts themselves, each with its source."),
            Option(
                ("--format",), "format_", "text", "How to write the table.", choices=("text", "html"), default="text"
            ),
            OUTPUT,
            MATRIX,
        ),
    ),
    "matrix site": Command(
        "Write the matrix as static pages: products, machines, what changed; each with the same as JSON beside it.",
        (Argument("out", "OUT", "The folder to write to; it is made where it is not there."),),
        (
            Option(("--since",), "since", "path", "Also what changed since this older matrix folder.", "DIR"),
            Option(
                ("--product",), "product", "texts", "This product alone. Repeatable.", "PRODUCT", completes="products"
            ),
            MATRIX,
        ),
    ),
    "matrix stale": Command(
        "Sources that nobody has read again for a while, oldest first. Exit 1 where there are some.",
        (),
        (
            Option(("--older-than",), "older_than", "text", "An age in days: 180d.", "DAYS", default="180d"),
            MATRIX,
        ),
    ),
    "matrix lint": Command(
        "Check the matrix files themselves: every mistake with file, row and key. Exit 1 where there are some.",
        (),
        (MATRIX,),
    ),
    "matrix learn": Command(
        "Write records of what a package index publishes of projects: files, requirements, what they install.",
        (Argument("projects", "[PROJECT]...", "Projects of the index.", -1),),
        (
            Option(("--all",), "every", "flag", "Every project of the index that has a record there."),
            Option(("--index",), "index", "text", "The index to read.", "NAME[=URL]", stands_for="PyPI, as pip has it"),
            Option(
                ("--releases",),
                "releases",
                "text",
                "The releases whose metadata is read.",
                "newest:N|SPEC",
                stands_for="newest:20; with --all as many as there are",
            ),
            Option(
                ("--core",),
                "core",
                "text",
                "Further releases of which to keep what they require without an extra.",
                "newest:N|SPEC",
                stands_for="those that a record has",
            ),
            Option(("--native",), "native", "flag", "Read what the wheels' libraries hold, too: GPU code, needs."),
            Option(("--arch",), "arches", "texts", "Only wheels for this machine.", "ARCH", stands_for="all"),
            Option(("--whole",), "whole", "flag", "Read every library to its end, not until its list settles."),
            Option(("--into",), "into", "path", "The matrix folder to write to, as for --matrix.", "DIR"),
            CACHE,
        ),
    ),
    "matrix verify": Command(
        "Ask the package index that pip uses whether rows still hold. Exit 1 where one differs, 2 without network.",
        (Argument("products", "[PRODUCT]...", "Whose rows to verify.", -1, completes="products"),),
        (
            Option(("--all",), "every", "flag", "Ask for every product that pip installs."),
            Option(("--records",), "by_records", "flag", "Ask the records instead of the index: no network."),
            PLAIN,
            CACHE,
            Option(("--verbose", "-v"), "verbose", "flag", "A line for every row."),
            Option(
                ("--dates",), "dates", "path", "Move the dates of what was confirmed, in this folder's files.", "DIR"
            ),
            MATRIX,
        ),
    ),
    "matrix schema": Command(
        "The JSON Schema of a matrix file, for editors; or of a record's line, a report, a fleet's report, a plan, an "
        "environment, expectations or a baseline.",
        (
            Argument(
                "of",
                "[OF]",
                "Of what.",
                default="matrix",
                choices=("matrix", "record", "report", "fleet", "plan", "environment", "expectation", "baseline"),
            ),
        ),
    ),
}
GROUPS = {"matrix": "The compatibility matrix itself."}
"""Words that stand before other commands, and what help says of them."""
