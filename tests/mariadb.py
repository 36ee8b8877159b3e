"""A MariaDB server of the tests: started from the package, on a socket and a port of its own, with TLS."""

from __future__ import annotations

import contextlib
import datetime
import ipaddress
import os
import shutil
import socket
import subprocess
import time
from pathlib import Path
from typing import Any, Self

import pymysql
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def _program(name: str) -> str | None:
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


class MariaDb:
    """A running server: `host` is its socket, `port` the one on 127.0.0.1; `sql` runs statements as root.

    `ca`: the certificate of the server, good for 127.0.0.1.
    """

    user = "root"

    def __init__(self, home: Path) -> None:
        self.host = str(home / "socket")
        self.ca = home / "ca.pem"
        self._home = home
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])

    @staticmethod
    def installed() -> bool:
        """Say whether the server's programs are there."""
        return all(map(_program, ("mariadbd", "mariadb-install-db")))

    def __enter__(self) -> Self:
        data = f"--datadir={self._home / 'data'}"
        # As root the server wants to be told so; as anybody else the option says nothing.
        whose = f"--user={'root' if os.getuid() == 0 else os.environ.get('USER', '')}"
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "check": True}
        subprocess.run(
            [_program("mariadb-install-db"), "--no-defaults", data, whose, "--skip-test-db",
             "--auth-root-authentication-method=normal"],
            **quiet,  # type: ignore[call-overload]
        )  # fmt: skip
        key = write_certificate(self.ca)
        self._process = subprocess.Popen(
            [_program("mariadbd"), "--no-defaults", data, whose, f"--socket={self.host}", f"--port={self.port}",
             "--bind-address=127.0.0.1", f"--pid-file={self._home / 'pid'}", "--innodb-buffer-pool-size=32M",
             f"--ssl-cert={self.ca}", f"--ssl-key={key}"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        deadline = time.monotonic() + 120
        while True:
            try:
                self.sql()
            except pymysql.MySQLError:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    raise
                time.sleep(0.2)
            else:
                return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(30)
        self._process.kill()

    def connect(self, database: str | None = None) -> Any:
        """Return a connection as root; every statement is committed."""
        return pymysql.connect(
            unix_socket=self.host, user=self.user, database=database, charset="utf8mb4", autocommit=True,
            read_timeout=60,
        )  # fmt: skip

    def sql(self, *statements: str) -> list[tuple[Any, ...]]:
        """Run statements, each committed; return the rows of the last one."""
        rows: list[tuple[Any, ...]] = []
        with (
            contextlib.closing(self.connect()) as connection,
            connection.cursor() as cursor,
        ):
            for statement in statements:
                cursor.execute(statement)
                rows = list(cursor.fetchall())
        return rows


def write_certificate(path: Path) -> Path:
    """Write a certificate for 127.0.0.1 that vouches for itself; return where its key is."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    host = x509.DNSName("127.0.0.1"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName(host), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private = path.with_suffix(".key")
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return private
