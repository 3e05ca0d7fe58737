"""Topics: templates such as `dc/{hall}/{zone}/{rack}/{sensor}`, where each name in braces stands for one level."""

import re
from collections.abc import Iterable
from typing import Final

MAX_LEVELS: Final = 8
"""Deeper topics match no template."""
_ID: Final = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_NAME: Final = re.compile(r"\{([a-z_]+)\}")


class TemplateError(ValueError):
    """The template itself is wrong: whoever wrote the site file must mend it."""

    def __init__(self, template: str, why: str) -> None:
        self.template = template
        msg = f"topic template {template!r}: {why}"
        super().__init__(msg)


class TagError(ValueError):
    """A tag is missing, is not in the template, or is no id (1 to 64 of `A-Z a-z 0-9 _ . -`)."""

    def __init__(self, template: str, why: str) -> None:
        self.template = template
        msg = f"cannot fill {template!r}: {why}"
        super().__init__(msg)


class Template:
    """One template. Two templates with one text are equal."""

    __slots__ = ("_pattern", "names", "text")

    def __init__(self, text: str, names: tuple[str, ...], pattern: "re.Pattern[str]") -> None:
        self.text = text
        self.names = names
        """In the order of the levels."""
        self._pattern = pattern

    @classmethod
    def parse(cls, text: str) -> "Template":
        """Read a template: at most 8 levels, each either an id as it stands or one name in braces, no name twice.

        Raises:
            TemplateError: it is none.
        """
        levels = text.split("/")
        if len(levels) > MAX_LEVELS:
            raise TemplateError(text, f"{len(levels)} levels, at most {MAX_LEVELS} are allowed")
        names: list[str] = []
        pattern: list[str] = []
        for level in levels:
            if (name := _NAME.fullmatch(level)) is not None:
                if name[1] in names:
                    raise TemplateError(text, f"{level} is there twice")
                names.append(name[1])
                pattern.append(f"({_ID.pattern})")
            elif _ID.fullmatch(level) is not None:
                pattern.append(re.escape(level))
            else:
                raise TemplateError(text, f"the level {level!r} is neither an id (1 to 64 of A-Z a-z 0-9 _ . -) nor one name in braces")
        return cls(text, tuple(names), re.compile("/".join(pattern)))

    def match(self, topic: str) -> dict[str, str] | None:
        """The tags that a topic carries, or None when it is no such topic. Nothing is normalised: `A1` is not `a1`."""
        match = self._pattern.fullmatch(topic)
        return None if match is None else dict(zip(self.names, match.groups(), strict=True))

    def format(self, **tags: str) -> str:
        """The topic of these tags; what it gives, `match` takes apart again.

        Raises:
            TagError: a tag is missing, unknown or no id.
        """
        if tags.keys() != set(self.names):
            raise TagError(self.text, f"it takes {_listed(self.names)}, got {_listed(tags)}")
        for name, tag in tags.items():
            if _ID.fullmatch(tag) is None:
                raise TagError(self.text, f"{name} {tag[:80]!r} is not 1 to 64 of A-Z a-z 0-9 _ . -")
        return self.text.format(**tags)

    def filter(self) -> str:
        """The MQTT subscription that brings every topic of the template, and some that `match` then refuses."""
        return _NAME.sub("+", self.text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Template) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)

    def __repr__(self) -> str:
        return f"Template.parse({self.text!r})"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "nothing"
