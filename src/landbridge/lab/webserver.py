"""The Internet's web server: answers with the address that it sees, and logs it."""

import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class Echo(BaseHTTPRequestHandler):
    """`GET /` -> the peer's address."""

    log: Path

    def do_GET(self) -> None:
        """Tell the caller who it is."""
        peer = self.client_address[0]
        with self.log.open("a") as file:
            file.write(f"{peer} {self.path}\n")
        body = f"{peer}\n".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """The request log is ours."""


if __name__ == "__main__":
    Echo.log = Path(sys.argv[2])
    ThreadingHTTPServer((sys.argv[1], 80), Echo).serve_forever()
