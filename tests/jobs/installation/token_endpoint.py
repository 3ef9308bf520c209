"""A token endpoint on 127.0.0.1 that plays a script, and applications that ask there."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from jobs.config.load import load_settings
from jobs.config.settings import Settings
from jobs.installation.tokens import Tokens, tokens_of

NOW = datetime(2027, 1, 29, 0, 0, tzinfo=UTC)
SECRET = "Zz8Q~c1ient+secret/="
CLIENT = 'tenant = "example.co.jp"\nclient = "app"'
MAILBOX = "notices@example.co.jp"

Answer = tuple[int, bytes]
EXPIRED = "AADSTS7000222: the secret is expired"


def token(text: str = "t0ken-1", **more: object) -> Answer:
    answer = {"access_token": text, "token_type": "Bearer", "expires_in": 3600} | more
    return 200, json.dumps(answer).encode()


def refusal(
    error: str = "invalid_client", said: str = "AADSTS7000222: the secret is expired", status: int = 401
) -> Answer:
    return status, json.dumps({"error": error, "error_description": said}).encode()


def echo(body: str) -> Answer:
    """Refuses with all that it was told, as it came and as it was meant."""
    return refusal(said=f"{body} {' '.join(form_of(body).values())}")


def form_of(body: str) -> dict[str, str]:
    return {name: value for name, (value,) in parse_qs(body, strict_parsing=True).items()}


class Endpoint(ThreadingHTTPServer):
    """Gives the answers one after the other, the last one from then on; `asked` holds the forms."""

    daemon_threads = True

    def __init__(self, *answers: Answer | Callable[[str], Answer], date: datetime = NOW) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers = list(answers) or [token()]
        self.date = date
        self.asked: list[dict[str, str]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/token"


class _Handler(BaseHTTPRequestHandler):
    server: Endpoint

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.asked.append(form_of(body))
        answers = self.server.answers
        chosen = answers.pop(0) if len(answers) > 1 else answers[0]
        status, answer = chosen(body) if callable(chosen) else chosen
        self.send_response_only(status)
        self.send_header("Date", format_datetime(self.server.date))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@contextmanager
def endpoint(*answers: Answer | Callable[[str], Answer], date: datetime = NOW) -> Iterator[Endpoint]:
    with Endpoint(*answers, date=date) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


class Clock:
    """Time that passes when it is told to."""

    def __init__(self) -> None:
        self.at = NOW

    def __call__(self) -> datetime:
        return self.at

    def passes(self, **time: float) -> None:
        self.at += timedelta(**time)


def settings(folder: Path, oauth: str, smtp: str = 'provider = "microsoft365"') -> Settings:
    """Of an installation whose mailbox is logged in to with tokens."""
    config = folder / "config.toml"
    table = f'[mail]\ntransport = "smtp"\n[smtp]\nusername = "{MAILBOX}"\n{smtp}\n[smtp.oauth]\n{oauth}\n'
    config.write_text(table, "utf-8")
    return load_settings(config, {})


def with_secret(folder: Path, url: str, smtp: str = 'provider = "microsoft365"') -> Settings:
    (folder / "secret").write_text(f"{SECRET}\n")
    return settings(folder, f'{CLIENT}\nsecret_file = "secret"\nendpoint = "{url}"', smtp)


def with_certificate(folder: Path, url: str) -> Settings:
    (folder / "app.pem").write_bytes(a_certificate())
    (folder / "app.key").write_bytes(pem(a_key()))
    files = 'certificate_file = "app.pem"\nkey_file = "app.key"'
    return settings(folder, f'{CLIENT}\n{files}\nendpoint = "{url}"')


def with_service_account(folder: Path, url: str) -> Settings:
    account = {"client_email": "kigen@p.example.com", "private_key_id": "k1", "private_key": pem(a_key()).decode()}
    (folder / "account.json").write_text(json.dumps(account))
    return settings(folder, f'service_account_file = "account.json"\nendpoint = "{url}"', 'provider = "google"')


def tokens(found: Settings, now: Callable[[], datetime] = lambda: NOW) -> Tokens:
    made = tokens_of(found, now)
    assert made is not None
    return made


@cache
def a_key() -> RSAPrivateKey:
    return generate_private_key(65537, 2048)


def pem(key: RSAPrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@cache
def a_certificate() -> bytes:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "kigen")])
    builder = x509.CertificateBuilder(name, name, a_key().public_key(), 1, NOW, NOW + timedelta(days=365))
    return builder.sign(a_key(), SHA256()).public_bytes(Encoding.PEM)
