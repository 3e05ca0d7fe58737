"""What ends the program with a message instead of a traceback."""


class UserError(Exception):
    """What was asked for cannot be done; the message says what to do instead. Exit code 2."""


class RunFailed(Exception):
    """It was asked for rightly and did not work out. Exit code 1."""
