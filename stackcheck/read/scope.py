"""Functions of a shell text: the arguments of the one that is gone through, and the names that it keeps to itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from stackcheck.read.standins import StandIns
    from stackcheck.read.words import Variables, Word

_ARGUMENTS = ("@", *"123456789")
_UNSET = "\0"
"""What a name was outside of a function that had no value there."""

Outer = dict[str, tuple["str | None", "list[str] | None"]]
"""What names were before a function took them for its own: their values, and what they may have stood for."""


class Frame(NamedTuple):
    """A function that is gone through. `conditional` and `tests` are those of its call: what has the same runs
    whenever the function does."""

    name: str
    conditional: bool
    tests: int
    arguments: dict[str, tuple[Word, ...]]
    values: Variables


class Scope:
    """The functions that are gone through, the outer one first, below them the text itself."""

    def __init__(self, stand_ins: StandIns) -> None:
        self.stand_ins = stand_ins
        self.frames = [Frame("", False, 0, {}, {})]
        self.outer: list[Outer] = [{}]
        self.arguments: dict[str, tuple[Word, ...]] = {}

    def runs(self, name: str) -> bool:
        return any(frame.name == name for frame in self.frames)

    def enter(self, words: tuple[Word, ...], known: Variables, tests: int, *, conditional: bool) -> None:
        """A call of a function with its arguments."""
        values = {name: known.pop(name) for name in _ARGUMENTS if name in known}
        self.frames.append(Frame(words[0].text, conditional, tests, self.arguments, values))
        self.outer.append({})
        self._give(words[1:], known)

    def leave(self, known: Variables) -> None:
        """The end of the function: what it kept to itself is what it was."""
        frame = self.frames.pop()
        for name, (value, texts) in self.outer.pop().items():
            self.stand_ins.back(name, texts)
            known.pop(name, None)
            if value is not _UNSET:
                known[name] = value
        self.arguments = frame.arguments
        for name in _ARGUMENTS:
            known.pop(name, None)
        known |= frame.values

    def local(self, name: str, known: Variables) -> None:
        """A name that the function declares; in the text itself this is none of its own."""
        outer = self.outer[-1]
        for key in (name, f"{name}[@]") if len(self.frames) > 1 else ():
            if key not in outer:
                outer[key] = (known.pop(key, _UNSET), self.stand_ins.local(key))

    def shift(self, words: tuple[Word, ...], known: Variables, tests: int, *, conditional: bool) -> None:
        """`shift`, `shift 2`: the arguments without the first ones; unknown where it may not run."""
        given, frame = self.arguments.get("@"), self.frames[-1]
        count = words[1].text if len(words) > 1 else "1"
        for name in _ARGUMENTS:
            known.pop(name, None)
        self.arguments = {}
        if given is not None and count.isdecimal() and (conditional, tests) == (frame.conditional, frame.tests):
            self._give(given[int(count) :], known)
        else:
            known |= dict.fromkeys(_ARGUMENTS)

    def _give(self, given: tuple[Word, ...], known: Variables) -> None:
        texts = [word.value for word in given]
        known |= {str(number): text for number, text in enumerate(texts[:9], 1)}
        known["@"] = None if None in texts else "\0".join(text for text in texts if text)
        self.arguments = {"@": given, **{str(number): (word,) for number, word in enumerate(given[:9], 1)}}
