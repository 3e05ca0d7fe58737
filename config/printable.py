"""Text from elsewhere, for logs and terminals: whatever a stranger wrote, nothing in it is obeyed."""


def printable(text: str, longest: int | None = None) -> str:
    """The text, cut to `longest` characters, with escapes for what cannot be printed: controls, marks of direction, halves of characters.

    A space that breaks no line is printable; a line break is not.
    """
    cut = text if longest is None or len(text) <= longest else f"{text[:longest]}..."
    return cut if cut.isprintable() else "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in cut)
