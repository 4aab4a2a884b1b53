"""The real binary, on a port that the system chooses, with its own data folder."""

from __future__ import annotations

import os
import re
import ssl
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from latchkey import Latchkey

LIMIT = 60.0
# To make one reads all certificates that the machine trusts, which takes longer than most tests.
TLS = ssl.create_default_context()


class Server:
    """A server with a service account that is an Admin."""

    def __init__(self, **environment: str) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="latchkey-python-")
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("LATCHKEY_")},
            "LATCHKEY_ADDR": "127.0.0.1:0",
            "LATCHKEY_DATA_DIR": self._folder.name,
            **environment,
        }
        self.token = self.run("service-account", "create", "--name", "tests", "--role", "admin").strip()
        self._log = Path(self._folder.name, "server.log")
        with self._log.open("w") as log:
            self._process = subprocess.Popen([binary(), "serve"], env=self._environment, stderr=log)
        self.url = self._wait()
        self._client = Latchkey(self.url, self.token)

    def run(self, *arguments: str) -> str:
        """Runs another command of the binary with the same data, and returns its standard output."""
        done = subprocess.run([binary(), *arguments], env=self._environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def key(self, **fields: Any) -> tuple[str, str]:
        """Creates a key and waits until it is active. Returns its ID and token."""
        key = self._client.create_key(**{"name": "Shop", "environment": "default", **fields}).data
        limit = time.monotonic() + LIMIT
        while self._client.request("GET", "/manage/v1/keys/{id}", values={"id": key["id"]}).data["status"] != "active":
            assert time.monotonic() < limit, "the key does not become active"
            time.sleep(0.05)
        return key["id"], key["token"]

    def remove(self) -> None:
        """Ends the server and deletes its data."""
        self._client.close()
        self._process.kill()
        self._process.wait()
        self._folder.cleanup()

    def _wait(self) -> str:
        limit = time.monotonic() + LIMIT
        while True:
            log = self._log.read_text()
            if ready := re.search(r"Latchkey is ready at (http://\S+)\n", log):
                return ready[1]
            assert self._process.poll() is None and time.monotonic() < limit, log
            time.sleep(0.02)


def binary() -> str:
    path = os.environ.get("LATCHKEY_BIN")
    assert path, "LATCHKEY_BIN does not say which binary to test: run `cargo xtask test --clients-only`"
    return path
