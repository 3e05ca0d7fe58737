"""A gateway and a damper controller to talk to, so that no test leaves the machine."""

import json
import socketserver
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Gateway(ThreadingHTTPServer):
    """Keeps the pages that it is sent, and answers as it is told to."""

    answer = 200

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), GatewayRequest)
        self.pages: list[dict[str, Any]] = []
        self.url = f"http://127.0.0.1:{self.server_port}/send"


class GatewayRequest(BaseHTTPRequestHandler):
    server: Gateway

    def do_POST(self) -> None:
        self.server.pages.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(self.server.answer)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


class Controller(socketserver.ThreadingTCPServer):
    """Keeps the lines that it is sent."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), ControllerRequest)
        self.lines: list[str] = []
        self.host, self.port = self.server_address[:2]


class ControllerRequest(socketserver.StreamRequestHandler):
    server: Controller

    def handle(self) -> None:
        self.server.lines.append(self.rfile.readline().decode().strip())
        self.wfile.write(b"ok\n")
