"""No secret in any output: canaries are planted, others are made to quote them, and everything that comes out is searched.

The webhook's receiver, Alertmanager and the mail server refuse and repeat what they were told; a program prints its environment and fails; a
broker refuses the password. That the canaries were really heard by them is asserted too.
"""

import asyncio
import re
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from support import canaries
from support.canaries import found, found_in_files
from support.commands import call, hotzone
from support.mail_server import MailServer
from support.mosquitto import MosquittoFactory
from support.raw_http import fetch

SITE = """
name = "t"
[quality]
period = "10s"
[http]
port = 0
[broker]
url = "{url}"
username = "somebody"
password = {{ env = "CANARY_BROKER" }}
[limits.warm]
on_delay = "0s"
[halls.h1]
cooling = {{ count = 2, control = "on", key = {{ file = "unit.key" }} }}
simulation = {{ margin = 0.8 }}
[halls.h1.zones]
A1 = {{ layout.count = 2 }}
[handlers.webhook]
retries = 0
options.url = {{ env = "CANARY_HOOK" }}
options.allow_http = true
options.allow_private = true
options.secrets = [{{ file = "signing.key" }}]
options.headers = {{ Authorization = {{ env = "CANARY_BEARER" }}, X-Trace = "1" }}
[handlers.alertmanager]
retries = 0
options.urls = ["http://127.0.0.1:{http}/am"]
options.authorization = {{ env = "CANARY_ALERTS" }}
[handlers.email]
retries = 0
options = {{ host = "127.0.0.1", port = {mail}, ca_file = "ca.pem", username = "hotzone", password = {{ env = "CANARY_MAIL" }}, sender = "h@example.org", recipients = ["o@example.org"] }}
[handlers.command]
retries = 0
options.command = ["/bin/sh", "-c", "env; env >&2; exit 1"]
options.environment = {{ CREDENTIAL = {{ env = "CANARY_PROGRAM" }} }}
"""


class Gossip(MailServer):
    """Refuses every login, and says which password was wrong."""

    def _authenticate(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.log.append(data.password.decode())
        answer = super()._authenticate(server, session, envelope, mechanism, data)
        answer.message = f"535 the password {data.password.decode()} of {data.login.decode()} is wrong"
        return answer


def environment(http: int) -> dict[str, str]:
    return {
        "CANARY_BROKER": canaries.BROKER,
        "CANARY_HOOK": f"http://127.0.0.1:{http}/hooks/{canaries.HOOK}",
        "CANARY_BEARER": canaries.BEARER,
        "CANARY_ALERTS": f"Basic {canaries.ALERTS}",
        "CANARY_MAIL": canaries.MAIL,
        "CANARY_PROGRAM": canaries.PROGRAM,
    }


def write(folder: Path, name: str, content: str) -> Path:
    path = folder / name
    path.write_text(content)
    path.chmod(0o600)
    return path


async def run_through(folder: Path, broker: str, shut: str, http: int, mail: int, env: Mapping[str, str]) -> tuple[list[str], list[bytes]]:
    """Every command that reads the site; what sings, and what /metrics and the rest of the pages said."""
    (folder / "site.toml").write_text(SITE.format(url=broker, http=http, mail=mail))
    (folder / "shut.toml").write_text(SITE.format(url=shut, http=http, mail=mail))
    songs: list[str] = []
    pages: list[bytes] = []

    async def one(*words: str) -> None:
        done = await asyncio.to_thread(call, folder, *words, **env)
        songs.extend(found(f"the output of hotzone {' '.join(words)}", (done.stdout + done.stderr).encode()))

    with (
        hotzone(folder, "simulate", "--site", "site.toml", "--broker", broker, "--plain", env=env) as hall,
        hotzone(folder, "run", "--site", "site.toml", "--recording", "log", "--journal", "journal", "--plain", env=env) as run,
    ):
        failures = ("webhook", "alertmanager", "email", "command")
        await asyncio.to_thread(
            run.until,
            lambda: all(re.search(f'"handler": "{name}["/]', run.log) and "why" in run.log for name in failures),
            "every handler's failure",
        )
        url = run.log.partition('"http": "')[2].partition('"')[0]
        paths = (
            "/metrics",
            "/healthz",
            "/readyz",
            "/",
            "/api/v1/site",
            "/api/v1/events",
            "/api/v1/health",
            f"/nothing?token={canaries.VISITOR}",
        )
        pages += [await fetch(f"{url}{path}", Authorization=f"Bearer {canaries.VISITOR}") for path in paths]
        songs += found("a command line", canaries.command_lines(folder))
        assert b"hotzone.app.cli" in canaries.command_lines(folder)
        await asyncio.to_thread(run.signal, signal.SIGTERM)
        await asyncio.to_thread(hall.signal, signal.SIGTERM)
    commands = (
        ("check", "site.toml"),
        ("doctor", "--site", "site.toml"),
        ("doctor", "--site", "shut.toml"),
        ("handlers", "list", "--site", "site.toml"),
        *(("handlers", "test", name, "--site", "site.toml") for name in failures),
        ("outbox", "summary", "log"),
        ("outbox", "list", "log"),
        ("show", "log"),
        ("replay", "log", "--journal", "-"),
        ("record", "other", "--site", "shut.toml", "--duration", "1s"),
        ("run", "--site", "shut.toml", "--recording", "refused", "--duration", "2s", "--plain"),
        ("run", "--site", "site.toml", "--broker", f"mqtt://me:{canaries.BROKER}@localhost", "--recording", "x"),
        ("acl", "--site", "site.toml"),
    )
    await asyncio.gather(*(one(*words) for words in commands))
    return songs, pages


async def test_no_canary_is_in_any_output(tmp_path: Path, start_mosquitto: MosquittoFactory) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    broker = start_mosquitto("allow_anonymous true\n")
    shut = start_mosquitto("allow_anonymous false\n")
    planted = [write(folder, "unit.key", canaries.UNIT), write(folder, "signing.key", canaries.SIGNING)]
    async with canaries.echo() as http, Gossip(folder, login=True) as mail:
        songs, pages = await run_through(folder, broker.url, shut.url, http.port, mail.port, environment(http.port))
    said = b"".join(http.heard)
    assert all(canary.encode() in said for canary in (canaries.HOOK, canaries.TOKEN, canaries.ALERTS)), "nobody was told"
    assert canaries.MAIL in mail.log
    for page in pages:
        songs += found("a page", page)
    assert b"hotzone_" in pages[0]
    songs += found_in_files(folder, planted)
    assert (folder / "log").is_dir()
    assert (folder / "log.state.db").is_file()
    assert songs == []


@pytest.mark.parametrize(
    "wrong",
    [
        f'password = "{canaries.BROKER}"',
        f'password = {{ env = "{canaries.BROKER}" }}',
        f'password = {{ value = "{canaries.BROKER}" }}',
        f'password = ["{canaries.BROKER}"]',
        f'url = "mqtt://me:{canaries.BROKER}@localhost"',
        'password = { file = "loose" }',
    ],
)
def test_a_secret_at_the_wrong_place_is_refused_without_being_repeated(tmp_path: Path, wrong: str) -> None:
    (tmp_path / "loose").write_text(canaries.BROKER)
    (tmp_path / "site.toml").write_text(f'name = "t"\n[broker]\n{wrong}\n[halls.h1.zones]\nA1 = {{ layout.count = 1 }}\n')
    said = call(tmp_path, "check", "site.toml")
    assert said.returncode == 1
    assert "broker." in said.stderr
    assert found("what check says", (said.stdout + said.stderr).encode()) == []


def test_a_fault_of_ours_is_shown_without_the_secrets_in_it(tmp_path: Path) -> None:
    """A traceback repeats the text of its error."""
    program = (
        "import sys; from hotzone.app import cli; from hotzone.config.secret_source import read_secret;"
        f"read_secret({{'env': 'X'}}, {{'X': {canaries.BROKER!r}}}, None);"
        "cli.app = lambda: (_ for _ in ()).throw(RuntimeError('odd: ' + sys.stdin.read())); cli.main()"
    )
    done = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True, text=True, input=canaries.BROKER, cwd=tmp_path)
    assert done.returncode == 1
    assert "RuntimeError: odd: ***" in done.stderr
    # the program's own text is no line of a file, so no traceback quotes it
    assert found("a traceback", done.stderr.encode()) == []
