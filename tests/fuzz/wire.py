"""HTTP by hand: any bytes can be sent, and the connection is kept as long as the service keeps it."""

import socket
from collections.abc import Iterable, Mapping
from contextlib import suppress

from tests.web.site import Call

Headers = Mapping[str, str] | Iterable[tuple[str, str]]


def request(method: str, path: str, headers: Headers = (), body: bytes = b"") -> bytes:
    """A well-formed request, as far as the path and the headers are; headers may be repeated."""
    pairs = headers.items() if isinstance(headers, Mapping) else headers
    lines = [f"{method} {path} HTTP/1.1", "Host: sahut.example", *(f"{name}: {value}" for name, value in pairs)]
    if body or method not in ("GET", "HEAD"):
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode(errors="surrogateescape") + body


class Wire:
    def __init__(self, port: int) -> None:
        self._port = port
        self._socket: socket.socket | None = None
        self._read = b""

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        self._read = b""

    def asks(self, method: str, path: str, headers: Headers = (), body: bytes = b"") -> int:
        """The status of the answer."""
        return self.sends(request(method, path, headers, body), no_body=method == "HEAD")

    def calls(self, call: Call) -> int:
        return self.asks("POST", call.path, call.headers, call.body)

    def sends(self, data: bytes, *, no_body: bool = False) -> int:
        """The status of the answer to a whole request; 0 where the service hangs up without one."""
        for fresh in (self._socket is None, True):
            connection = self._connected()
            with suppress(ConnectionError):  # refused before all was sent: the answer is there
                connection.sendall(data)
            status, keep = self._answer(no_body)
            if not keep:
                self.close()
            if status or fresh:
                break
        return status

    def throws(self, data: bytes) -> int:
        """The same for bytes that may be no whole request: where more is waited for, there is no more."""
        self.close()
        connection = self._connected()
        try:
            connection.sendall(data)
            connection.settimeout(0.003)
            try:
                self._more()
            except TimeoutError:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_WR)
            connection.settimeout(10)
            while b"\r\n" not in self._read and self._more():
                pass
        except ConnectionError:
            pass
        line = self._read.partition(b"\r\n")[0].split()
        self.close()
        return int(line[1]) if len(line) > 1 else 0

    def _connected(self) -> socket.socket:
        if self._socket is None:
            self._socket = socket.create_connection(("127.0.0.1", self._port), timeout=10)
        return self._socket

    def _more(self) -> bool:
        assert self._socket is not None
        data = self._socket.recv(65536)
        self._read += data
        return bool(data)

    def _answer(self, no_body: bool) -> tuple[int, bool]:
        """The status, and whether the connection may be used again."""
        try:
            while b"\r\n\r\n" not in self._read:
                if not self._more():
                    return 0, False
            head, _, self._read = self._read.partition(b"\r\n\r\n")
            first, *lines = head.decode("latin-1").split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
            length = 0 if no_body else int(headers.get("content-length", 0))
            while len(self._read) < length:
                if not self._more():
                    return 0, False
        except ConnectionError:
            return 0, False
        self._read = self._read[length:]
        return int(first.split()[1]), headers.get("connection", "").lower() != "close"
