"""A real server of S3 in a process of its own, asked over HTTP, and what stands between it and a scan."""

from __future__ import annotations

import http.client
import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import botocore.config
import botocore.session

from pipelines.source_config import ObjectsSource

#: Nothing is asked of the address where clouds hand out credentials.
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "AKIAFORTESTSONLY0000",
    "AWS_SECRET_ACCESS_KEY": "a secret of the tests only",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}
REGION = "us-east-1"

_REQUEST = re.compile(r'"(?:\x1b\[\d+m)*([A-Z]+) (\S*) HTTP')


#: What `Faulty` is told to refuse a key without an answer.
HUNG_UP = (0, "")


class Store:
    """A running server; `log` is where it writes every request."""

    def __init__(self, log: Path) -> None:
        self.log = log
        self.port = free_port()
        command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self.port)]
        with log.open("wb") as file:
            self._process = subprocess.Popen(command, stdout=file, stderr=subprocess.STDOUT)
        self._wait()
        self.client = client(self.endpoint)

    @property
    def endpoint(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    def stop(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait(20)

    def requests(self) -> list[tuple[str, str]]:
        """Return method and address of every request so far."""
        return _REQUEST.findall(self.log.read_text("utf-8", "replace"))

    @contextmanager
    def counted(self, bucket: str) -> Iterator[list[str]]:
        """Give a list that holds, at the end, what was asked of a bucket meanwhile: ``list`` or ``get KEY``."""
        met: list[str] = []
        before = len(self.requests())
        yield met
        for method, address in self.requests()[before:]:
            path, _, query = address.partition("?")
            if path.startswith(f"/{bucket}"):
                key = path.removeprefix(f"/{bucket}").removeprefix("/")
                met.append("list" if "list-type" in query else f"{method.lower()} {key}")

    def _wait(self) -> None:
        for _ in range(600):
            with closing(socket.socket()) as asked:
                if asked.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            assert self._process.poll() is None, "the server of S3 does not start"
            time.sleep(0.1)
        raise AssertionError("the server of S3 does not answer")


class Bucket:
    """An empty bucket of its own on a server."""

    def __init__(self, store: Store, name: str) -> None:
        self.store = store
        self.name = name
        store.client.create_bucket(Bucket=name)

    def put(self, key: str, content: bytes | str, **more: Any) -> str:
        """Write an object; return its tag."""
        data = content.encode() if isinstance(content, str) else content
        return str(self.store.client.put_object(Bucket=self.name, Key=key, Body=data, **more)["ETag"])

    def upload(self, directory: Path, prefix: str = "") -> None:
        """Write every file of a directory as an object called by its path."""
        for path in sorted(directory.rglob("*")):
            if path.is_file():
                self.put(prefix + path.relative_to(directory).as_posix(), path.read_bytes())

    def delete(self, key: str) -> None:
        """Delete an object."""
        self.store.client.delete_object(Bucket=self.name, Key=key)

    def config(self, prefix: str = "", name: str = "lake", **more: Any) -> ObjectsSource:
        """Return the source that reads it."""
        return ObjectsSource.model_validate(self.told(prefix, name, **more))

    def told(self, prefix: str = "", name: str = "lake", **more: Any) -> dict[str, Any]:
        """Return the source as an estate names it."""
        uri = f"s3://{self.name}/{prefix}" if prefix else f"s3://{self.name}"
        return {
            "name": name,
            "kind": "objects",
            "uri": uri,
            "endpoint": self.store.endpoint,
            "region": REGION,
            **more,
        }


def client(endpoint: str) -> Any:
    """Return a client that may do everything."""
    key, secret = (ENVIRONMENT[f"AWS_{name}"] for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY"))
    return botocore.session.Session().create_client(
        "s3",
        region_name=REGION,
        endpoint_url=endpoint,
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        config=botocore.config.Config(s3={"addressing_style": "path"}),
    )


def free_port() -> int:
    """Return a port nobody listens on."""
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


class Faulty:
    """Stands before a server and hands requests on, but for some answers.

    `breaks`: how many with a body of `longer_than` bytes break off `after` bytes of it, and `then` something is
    done. `refused`: status and code that are answered for keys, and for further pages of a listing (``…``).
    `sent`: bytes of all bodies.
    """

    def __init__(
        self,
        store: Store,
        *,
        breaks: int = 0,
        after: int = 0,
        longer_than: int = 0,
        then: Callable[[], object] = lambda: None,
        refused: dict[str, tuple[int, str]] | None = None,
    ) -> None:
        self.breaks, self.after, self.longer_than, self.then = breaks, after, longer_than, then
        self.refused = refused or {}
        self.store = store
        self.sent = 0
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"before": self}))
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def endpoint(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def stop(self) -> None:
        """End it."""
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    before: Faulty

    def do_GET(self) -> None:
        before = self.before
        path, _, query = self.path.partition("?")
        asked_for = "…" if "continuation-token" in query else path.rpartition("/")[2]
        refused = before.refused.get(asked_for)
        if refused == HUNG_UP:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        if refused:
            status, code = refused
            self._answer(
                status, {"Content-Type": "application/xml"}, f"<Error><Code>{code}</Code></Error>".encode()
            )
            return
        asked = http.client.HTTPConnection("127.0.0.1", before.store.port)
        asked.request("GET", self.path, headers=dict(self.headers))
        answer = asked.getresponse()
        body, headers = answer.read(), dict(answer.getheaders())
        asked.close()
        broken = before.breaks > 0 and len(body) > before.longer_than
        self._answer(answer.status, headers, body, before.after if broken else None)
        if broken:
            before.breaks -= 1
            before.then()
            self.wfile.flush()
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)

    def _answer(self, status: int, headers: dict[str, str], body: bytes, until: int | None = None) -> None:
        self.send_response_only(status)
        for name, value in headers.items():
            if name.lower() not in ("transfer-encoding", "connection", "content-length"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.before.sent += len(body[:until])
        self.wfile.write(body[:until])

    def log_message(self, *_: object) -> None:
        """Say nothing."""
