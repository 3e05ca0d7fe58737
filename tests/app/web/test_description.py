"""The API does what its description says: asked with whatever the description allows, and with what it does not."""

import asyncio
import os
import sys
from pathlib import Path

from hotzone.app.health import Health
from hotzone.app.metrics import Metrics
from hotzone.app.web import WebServer
from hotzone.app.web.openapi import OPERATIONS
from hotzone.config.service import Http
from support.folded import FoldedRoom

CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,missing_required_header"


async def test_every_answer_to_generated_requests_is_one_that_the_description_has(tmp_path: Path) -> None:
    room = FoldedRoom(tmp_path)
    room.heat()
    async with WebServer(Http(port=0), Metrics("1"), Health(), room) as server:
        process = await asyncio.create_subprocess_exec(
            Path(sys.executable).parent / "schemathesis",
            *("run", f"{server.url}/api/v1/openapi.json", "--exclude-path", "/api/v1/stream"),
            *("--checks", CHECKS, "--max-examples", "15", "--seed", "1", "--no-color"),
            cwd=tmp_path,
            env={**os.environ, "HYPOTHESIS_STORAGE_DIRECTORY": str(tmp_path)},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said = (await process.communicate())[0].decode()
    assert process.returncode == 0, said
    assert f"Tested: {len(OPERATIONS) - 1}" in said
