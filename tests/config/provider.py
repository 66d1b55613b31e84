"""A small real OpenID Connect provider on loopback: discovery, consent, codes that work once, PKCE, signed tokens."""

import base64
import hashlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from people import clock

CLIENT, SECRET = "waypoint", "a secret of the client"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PAGE = (
    '<!DOCTYPE html><html lang="en"><link rel="icon" href="data:,"><title>Acme</title><h1>Acme</h1>'
    '<a href="{}">I am who I am</a></html>'
)


class Provider:
    """Says that whoever comes is ``person`` (claims); ``userinfo`` and ``token`` override what each answer says."""

    def __init__(self) -> None:
        self.person: dict[str, Any] = {}
        self.userinfo: dict[str, Any] = {}
        self.token: dict[str, Any] = {}
        self.codes: dict[str, dict[str, str]] = {}
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def settings(self) -> dict[str, Any]:
        """What Django's settings say of it."""
        app = {"provider_id": "sso", "name": "Acme", "client_id": CLIENT, "secret": SECRET}
        app["settings"] = {"server_url": self.address, "verified_email": []}  # type: ignore[assignment]
        return {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [app]}}

    def environment(self) -> dict[str, str]:
        """What the environment says of it."""
        said = {"NAME": "Acme", "SERVER": self.address, "CLIENT_ID": CLIENT, "CLIENT_SECRET": SECRET}
        return {f"OIDC_{name}": value for name, value in said.items()}

    def stop(self) -> None:
        """Close it."""
        self.server.shutdown()
        self.server.server_close()

    def consent(self, asked: dict[str, str]) -> str:
        """Where the person goes back to, with a code."""
        code = f"code-{len(self.codes)}"
        self.codes[code] = asked
        return asked["redirect_uri"] + "?" + urlencode({"code": code, "state": asked["state"]})

    def tokens(self, form: dict[str, str]) -> dict[str, Any] | None:
        """Tokens for a code that is used for the first time, by the client that asked for it; None for any other."""
        asked = self.codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if not asked or form.get("client_secret") != SECRET or asked.get("code_challenge") != challenge:
            return None
        now = int(clock.now().timestamp())
        claims = {"iss": self.address, "aud": CLIENT, "iat": now, "exp": now + 60, "nonce": asked.get("nonce")}
        said = {**claims, **self.person, **self.token}
        token = jwt.encode(said, KEY, algorithm="RS256", headers={"kid": "1"})
        return {"access_token": "access", "token_type": "Bearer", "expires_in": 60, "id_token": token}

    def answer(self, path: str, form: dict[str, str]) -> tuple[int, Any]:
        """The status and the body of each of its addresses."""
        if path == "/.well-known/openid-configuration":
            ways = {"authorization": "authorize", "token": "token", "userinfo": "userinfo"}
            found = {f"{name}_endpoint": f"{self.address}/{way}" for name, way in ways.items()}
            more = {"issuer": self.address, "jwks_uri": f"{self.address}/keys"}
            return 200, {**found, **more, "token_endpoint_auth_methods_supported": ["client_secret_post"]}
        if path == "/keys":
            return 200, {"keys": [{**RSAAlgorithm.to_jwk(KEY.public_key(), as_dict=True), "kid": "1", "use": "sig"}]}
        if path == "/authorize":
            return 200, PAGE.format(self.consent(form).replace("&", "&amp;"))
        if path == "/token":
            tokens = self.tokens(form)
            return (200, tokens) if tokens else (400, {"error": "invalid_grant"})
        return (200, {**self.person, **self.userinfo}) if path == "/userinfo" else (404, {})


def _handler(provider: Provider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            self._say(*provider.answer(parts.path, _first(parts.query)))

        def do_POST(self) -> None:
            form = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self._say(*provider.answer(self.path, _first(form)))

        def _say(self, status: int, body: Any) -> None:
            is_page = isinstance(body, str)
            content = (body if is_page else json.dumps(body)).encode()
            self.send_response(status)
            self.send_header("Content-Type", "text/html" if is_page else "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args: Any) -> None:
            """Say nothing."""

    return Handler


def _first(query: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(query).items()}
