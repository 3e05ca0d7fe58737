"""Who is interested leaves a callback; a loop waits for what happens, and calls them.

On a terminal + and - turn the fan of zone A1, and you see what comes of it; q ends it. Elsewhere a script presses the keys. The loop knows
of no fan, only of who wants to hear of keys and of ticks. They share its thread, so whoever is slow holds up the rest. A wrong key makes a
handler raise: the log, which comes after it, never hears of the key, and the loop ends. Mended, each is called by itself.
In hotzone: pipeline/styles/callbacks.py: Callbacks
"""

import curses
import sys
from collections.abc import Callable
from contextlib import nullcontext, suppress


class Emitter:
    def __init__(self, careful: bool) -> None:
        self.careful, self.handlers = careful, dict[str, list[Callable[[str], object]]]()

    def on(self, event: str, *handlers: Callable[[str], object]) -> None:
        self.handlers.setdefault(event, []).extend(handlers)

    def emit(self, event: str, what: str) -> None:
        for handler in self.handlers[event]:
            with suppress(KeyError) if self.careful else nullcontext():
                handler(what)


class Zone:
    fan, celsius = 40, 26.0

    def turn(self, key: str) -> None:
        self.fan = max(0, min(100, self.fan + {"+": 10, "-": -10}[key]))

    def warm(self, _: str) -> None:
        self.celsius += (60 - self.fan) / 50


def run(way: str, press: Callable[[], str], write: Callable[[str], object]) -> dict[str, object]:
    emitter, zone, log = Emitter(way == "careful"), Zone(), list[str]()
    emitter.on("key", zone.turn, log.append)
    emitter.on("tick", zone.warm, lambda _: write(f"{way:8} {zone.celsius:4.1f} °C fan {'#' * (zone.fan // 5):20} log {''.join(log[-9:])}"))
    with suppress(KeyError):
        for key in iter(press, "q"):
            emitter.emit("tick" if key == "." else "key", key)
    return {"log": "".join(log), "fan": zone.fan, "celsius": round(zone.celsius, 1)}


def live(screen: "curses.window") -> dict[str, object]:
    screen.timeout(100)
    return run("careful", lambda: chr(code) if (code := screen.getch()) > 0 else ".", lambda line: screen.addstr(0, 0, line))


def main() -> dict[str, object]:
    if sys.stdin.isatty() and sys.stdout.isatty():
        return {"careful": curses.wrapper(live)}
    return {way: run(way, iter("...+++.x...---..q").__next__, print) for way in ("careless", "careful")}


if __name__ == "__main__":
    main()
