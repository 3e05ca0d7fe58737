"""Secrets that sing: planted everywhere a secret may be, and looked for everywhere anything comes out."""

import asyncio
import base64
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import quote

BROKER = "canary-1-broker-Xw9pQ2vL"
UNIT = "canary-2-unit-key-Zr4tN8sK"
SIGNING = "whsec_" + base64.b64encode(b"canary-3-signing-Hq7mD3yB").decode()
TOKEN = "canary-4-token-Lp5kF1wC"  # noqa: S105  a canary
BEARER = f"Bearer {TOKEN}"
HOOK = "canary-5-hook-Vt6gJ0xR"
MAIL = "canary-6-mail-Ub8cS4nE"
PROGRAM = "canary-7-program-Qy2hM9dA"
ALERTS = "canary-8-alertmanager-Ke3zW7fG"
VISITOR = "canary-9-visitor-Jf5dY8rM"

ALL = {
    "the broker's password": BROKER,
    "the key of a unit": UNIT,
    "the key that webhooks are signed with": SIGNING,
    "a header's token": TOKEN,
    "the token in a webhook's URL": HOOK,
    "the mail server's password": MAIL,
    "a variable of a program": PROGRAM,
    "Alertmanager's credentials": ALERTS,
    "what a visitor of the API showed": VISITOR,
}


def forms(secret: str) -> Iterator[bytes]:
    """As it is, in a URL, in base64 wherever in the text it stands, in hexadecimal, and what its signature is made with."""
    raw = secret.encode()
    yield raw
    yield quote(secret, safe="").encode()
    yield raw.hex().encode()
    for offset in range(3):  # the characters of the middle do not depend on what stands around it
        whole = base64.b64encode(b"\0" * offset + raw)
        yield whole[4 if offset else 0 : len(whole) - 4]
    if secret.startswith("whsec_"):
        yield secret.removeprefix("whsec_").encode()
        yield base64.b64decode(secret.removeprefix("whsec_"))


def found(where: str, content: bytes) -> list[str]:
    """Which canaries sing in it."""
    return [f"{what} in {where}" for what, secret in ALL.items() if any(form in content for form in forms(secret))]


def found_in_files(folder: Path, but: Iterable[Path] = ()) -> list[str]:
    """The same for every file below a folder, names included."""
    spared = set(but)
    songs: list[str] = []
    for path in folder.rglob("*"):
        if path.is_file() and path not in spared:
            songs += found(str(path.relative_to(folder)), str(path).encode() + path.read_bytes())
    return songs


def command_lines(folder: Path) -> bytes:
    """The command lines of every process that works in or below a folder."""
    lines: list[bytes] = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").resolve().is_relative_to(folder):
                lines.append((process / "cmdline").read_bytes())
        except OSError:
            continue
    return b"\n".join(lines)


class Echo:
    """An HTTP server that refuses every request and quotes it whole, as servers under development do."""

    def __init__(self) -> None:
        self.port = 0
        self.heard: list[bytes] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        self.heard.append(head)
        said = b"no good: " + head
        writer.write(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s" % (len(said), said))
        await writer.drain()
        writer.close()


@asynccontextmanager
async def echo() -> AsyncIterator[Echo]:
    """Serve while the block runs."""
    served = Echo()
    server = await asyncio.start_server(served.serve, "127.0.0.1", 0)
    served.port = server.sockets[0].getsockname()[1]
    async with server:
        yield served
