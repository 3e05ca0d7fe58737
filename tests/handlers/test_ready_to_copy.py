"""The pieces of site files that the documentation and the example of a site file show: each can be copied and is accepted."""

import re
from pathlib import Path

import pytest

from hotzone.config import load
from hotzone.handlers.discovery import discover
from support.house import ROOT

SITE = 'name = "d"\n[halls.h1.zones.A1]\nlayout.count = 4\n'
SECRETS = {
    "MAIL_PASSWORD": "x",
    "ONCALL_KEY": "whsec_" + "A" * 32,
    "PAGERDUTY_KEY": "x",
    "PAGER_TOKEN": "x",
    "SLACK_URL": "https://hooks.slack.com/services/x",
}


def _documented() -> list[str]:
    text = (ROOT / "docs/handlers.md").read_text("utf-8").partition("\n## Built in")[2].partition("\n## ")[0]
    return re.findall(r"```toml\n(\[handlers\..*?)```", text, re.DOTALL)


def _commented_out() -> str:
    text = (ROOT / "config/sites/site.example.toml").read_text("utf-8").partition("# --- who is told")[2].partition("\n# --- ")[0]
    return "\n".join(re.findall(r"^# (\S.*)$", text.partition("# [handlers.log.options]")[2], re.MULTILINE))


def _name(text: str) -> str:
    return text.partition("]")[0].strip("[")


def test_every_built_in_handler_with_options_has_a_piece() -> None:
    wanted = {"webhook", "alertmanager", "command", "email", "prometheus"}
    for text in ("\n".join(_documented()), _commented_out()):
        assert {name for name in wanted if f"[handlers.{name}]" not in text and f'use = "{name}"' not in text} == set()


@pytest.mark.parametrize("text", [*_documented(), _commented_out()], ids=_name)
def test_what_is_ready_to_copy_works(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    for program in (tmp_path / "page.sh", tmp_path / "page"):
        program.write_text("#!/bin/sh\n")
        program.chmod(0o755)
    path = tmp_path / "site.toml"
    path.write_text(SITE + text.replace("/usr/local/bin/page", str(tmp_path / "page")))
    found = [one for one in discover(load(path)) if one.used]
    assert found
    assert [(one.name, one.trouble) for one in found if one.trouble] == []
