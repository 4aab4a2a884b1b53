"""The examples are those of README.md, and run as they stand."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import httpx

from .server import LIMIT, Server

FOLDER = Path(__file__).parent.parent


def environment(server: Server) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join(sys.path),
        "PYTHONDONTWRITEBYTECODE": "1",
        "LATCHKEY_URL": server.url,
        "LATCHKEY_SERVICE_TOKEN": server.token,
    }


def test_the_examples_are_those_of_the_readme() -> None:
    blocks = re.findall(r"```python\n(.*?)```", (FOLDER / "README.md").read_text(), re.DOTALL)
    assert blocks == [(FOLDER / "examples" / name).read_text() for name in ("sign_up.py", "service.py")]


def test_the_first_example_hands_out_a_key(server: Server) -> None:
    example = [sys.executable, str(FOLDER / "examples/sign_up.py")]
    done = subprocess.run(example, env=environment(server), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(r"Give this token to Mara Ott.*: sk_live_\w{36}\nMara Ott may chat\n", done.stdout)


def test_the_service_of_the_other_example_checks_keys_behind_a_real_server(server: Server) -> None:
    _, token = server.key(endpoints=["chat"])
    command = [sys.executable, "-m", "uvicorn", "--app-dir", str(FOLDER / "examples"), "--port", "0", "service:app"]
    process = subprocess.Popen(command, env=environment(server), stderr=subprocess.PIPE, text=True)
    try:
        url = _url_of(process)
        with httpx.Client(base_url=url) as client:
            path = "/api/v1/chat/completions"
            assert client.post(path).json()["code"] == "ERR_API_KEY_MISSING"
            allowed = client.post(path, headers={"authorization": f"Bearer {token}"})
            assert (allowed.status_code, allowed.json()) == (200, {"hello": "Shop", "environment": "default"})
            decoded = client.post("/api/v1/chat%2Fcompletions", headers={"x-api-key": token})
            assert (decoded.status_code, decoded.json()["code"]) == (403, "ERR_NO_PERMISSION")
    finally:
        process.terminate()
        process.communicate()


def _url_of(process: subprocess.Popen[str]) -> str:
    assert process.stderr
    limit = time.monotonic() + LIMIT
    for line in process.stderr:
        if found := re.search(r"running on (http://[\d.:]+)", line):
            return found[1]
        assert time.monotonic() < limit
    raise AssertionError("uvicorn ended")
