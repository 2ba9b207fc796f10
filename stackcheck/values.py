"""`dataclass`, `field` and `replace` of the standard library, without what they cost at start-up.

The standard decorator compiles up to seven functions for each class (about 0.9 ms for a frozen one on CPython
3.11), and its module loads `inspect`. A run defines some fifty such classes and is over in less time than that took.
Here the methods are shared and the initialiser of a class is compiled only once it has made some instances. For type
checkers these are the standard ones; `dataclasses.replace`, `fields` and `asdict` take our classes too. A test
compares the two.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__all__ = ["FrozenError", "dataclass", "field", "replace"]


class FrozenError(AttributeError):
    """An attribute of a frozen value was to be set or deleted."""


if TYPE_CHECKING:
    from dataclasses import dataclass, field, replace
else:
    from operator import attrgetter

    _NONE = object()

    class _Factory:
        """A field whose default value is made anew for each instance."""

        __slots__ = ("make",)

        def __init__(self, make):
            self.make = make

    def field(*, default_factory):
        return _Factory(default_factory)

    def dataclass(cls=None, /, **options):
        if cls is None:
            return lambda cls: _made(cls, **options)
        return _made(cls)

    def replace(value, /, **changes):
        cls = type(value)
        for name in cls.__value_fields__:
            if name not in changes:
                changes[name] = getattr(value, name)
        return cls(**changes)

    def _made(cls, *, frozen=False, slots=False, kw_only=False, eq=True, repr=True):  # noqa: A002 - the option's name
        # Texts everywhere, since every module postpones its annotations; `inspect` would be slower to load.
        stated = cls.__dict__.get("__annotations__", {})  # noqa: RUF063
        own = [name for name, kind in stated.items() if not kind.startswith("ClassVar")]
        namespace = dict(cls.__dict__)
        fields = {}
        for base in reversed(cls.__mro__[1:]):
            fields |= base.__dict__.get("__value_fields__", {})
        fields |= {name: (namespace.get(name, _NONE), kw_only) for name in own}
        for name in own:
            if slots or isinstance(namespace.get(name), _Factory):
                namespace.pop(name, None)
        namespace |= {"__value_fields__": fields, "__dataclass_fields__": _FIELDS}
        namespace["__match_args__"] = tuple(name for name, (_, keyword) in fields.items() if not keyword)
        namespace["__value_key__"] = attrgetter(*fields) if fields else type
        if repr and "__repr__" not in namespace:
            namespace["__repr__"] = _repr
        if eq:
            namespace["__eq__"], namespace["__hash__"] = _equal, _hash if frozen else None
        if frozen:
            namespace["__setattr__"], namespace["__delattr__"] = _refuse_set, _refuse_delete
        for name in ("__dict__", "__weakref__"):
            namespace.pop(name, None)
        if slots:
            namespace["__slots__"] = tuple(own)
            namespace["__getstate__"], namespace["__setstate__"] = _state, _set_state
        made = type(cls)(cls.__name__, cls.__bases__, namespace)
        made.__qualname__ = cls.__qualname__
        _initialise_later(made, frozen)
        return made

    def _initialise_later(cls, frozen):
        left = _SLOW

        def __init__(self, *args, **kwargs):  # noqa: N807 - it is the method
            nonlocal left
            left -= 1
            if left and _initialised(self, cls.__value_fields__, args, kwargs):
                return
            cls.__init__ = _initialiser(cls, frozen)
            cls.__init__(self, *args, **kwargs)

        cls.__init__ = __init__

    _SLOW = 30
    """How many instances of a class are made the slow way before its initialiser is compiled."""

    def _initialised(self, fields, args, kwargs):
        """Whether the fields could be set from these arguments; where not, the compiled initialiser says why."""
        names = self.__match_args__[: len(args)]
        if len(names) < len(args) or not kwargs.keys().isdisjoint(names) or not kwargs.keys() <= fields.keys():
            return False
        given = dict(zip(names, args, strict=True)) | kwargs
        for name, (default, _) in fields.items():
            value = given.get(name, default)
            if value is _NONE:
                return False
            object.__setattr__(self, name, value.make() if type(value) is _Factory else value)
        return True

    def _initialiser(cls, frozen):
        """The initialiser of a class, compiled; its arguments are the fields, by position unless they are keywords."""
        scope = {"_set": object.__setattr__, "_none": _NONE}
        positional, keywords, body = ["self"], [], []
        for name, (default, keyword) in cls.__value_fields__.items():
            value = name
            if isinstance(default, _Factory):
                scope[f"_make_{name}"], scope[f"_{name}"] = default.make, _NONE
                value = f"_make_{name}() if {name} is _none else {name}"
            else:
                scope[f"_{name}"] = default
            stated = name if default is _NONE else f"{name}=_{name}"
            (keywords if keyword else positional).append(stated)
            body.append(f" _set(self, {name!r}, {value})" if frozen else f" self.{name} = {value}")
        keywords[:0] = ["*"] if keywords else []
        exec(f"def __init__({', '.join(positional + keywords)}):\n" + ("\n".join(body) or " pass"), scope)  # noqa: S102
        scope["__init__"].__qualname__ = f"{cls.__qualname__}.__init__"
        return scope["__init__"]

    def _repr(self):
        said = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__value_fields__)
        return f"{type(self).__qualname__}({said})"

    def _equal(self, other):
        if type(self) is not type(other):
            return NotImplemented
        key = type(self).__value_key__
        return key(self) == key(other)

    def _hash(self):
        return hash(type(self).__value_key__(self))

    def _refuse_set(self, name, value):
        raise FrozenError(f"cannot assign to field {name!r}")

    def _refuse_delete(self, name):
        raise FrozenError(f"cannot delete field {name!r}")

    def _state(self):
        return [getattr(self, name) for name in self.__value_fields__]

    def _set_state(self, state):
        for name, value in zip(self.__value_fields__, state, strict=True):
            object.__setattr__(self, name, value)

    class _StandardFields:
        """The fields as the standard library's functions know them, made when one of them asks."""

        def __get__(self, instance, owner):
            import dataclasses

            stated = []
            for name, (default, keyword) in owner.__value_fields__.items():
                if isinstance(default, _Factory):
                    made = dataclasses.field(default_factory=default.make, kw_only=keyword)
                elif default is _NONE:
                    made = dataclasses.field(kw_only=keyword)
                else:
                    made = dataclasses.field(default=default, kw_only=keyword)
                stated.append((name, object, made))
            return dataclasses.make_dataclass(owner.__name__, stated).__dataclass_fields__

    _FIELDS = _StandardFields()
