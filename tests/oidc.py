"""An organisation's OpenID provider, as small as the protocol allows: it says of its next visitor what it was told."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt

CLIENT = "kring"


class Answers(BaseHTTPRequestHandler):
    server: "Provider"

    def do_GET(self) -> None:
        here = f"http://127.0.0.1:{self.server.server_port}"
        pages = {
            "/.well-known/openid-configuration": {
                "issuer": here,
                **{f"{name}_endpoint": f"{here}/{name}" for name in ("authorization", "token", "userinfo")},
                "jwks_uri": f"{here}/jwks",
            },
            "/userinfo": self.server.claims,
        }
        self._say(pages[urlsplit(self.path).path])

    def do_POST(self) -> None:
        """/token: for whatever code."""
        sent = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        assert "code_verifier" in sent
        here, now = f"http://127.0.0.1:{self.server.server_port}", int(time.time())
        told = {"iss": here, "aud": CLIENT, "iat": now, "exp": now + 60, **self.server.claims}
        token = jwt.encode(told, "x" * 32, algorithm="HS256")
        self._say({"access_token": "x", "token_type": "Bearer", "expires_in": 60, "id_token": token})

    def _say(self, answer: Any) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())

    def log_message(self, *args: Any) -> None:
        pass


class Provider(ThreadingHTTPServer):
    claims: dict[str, Any]


@contextmanager
def provider() -> Iterator[Provider]:
    with Provider(("127.0.0.1", 0), Answers) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()
