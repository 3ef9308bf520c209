"""As whom kigen asks for access tokens, and how it proves that: a secret, a certificate, or a service account's key."""

from __future__ import annotations

import json
import ssl
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from secrets import token_hex
from typing import Any

from jobs.config.settings import OAuthTable
from jobs.language.messages import Messages
from notify.transports.transport import RelayMisconfigured

BY_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"  # RFC 7523 2.2
BY_JWT = "urn:ietf:params:oauth:grant-type:jwt-bearer"  # RFC 7523 2.1
LEEWAY = timedelta(minutes=1)  # an assertion is dated back so far, for a clock that runs ahead
LIFE = timedelta(minutes=10)  # of an assertion, from when it is made


class NoToken(RelayMisconfigured):
    """No access token is to be had, so no mail can be: a code of the catalogue and its values."""

    def __init__(self, code: str, **values: Any) -> None:
        super().__init__(Messages("en").say(code, **values))
        self.code, self.values = code, values


@dataclass(frozen=True, slots=True)
class Application:
    """Who asks for tokens to send as a mailbox. Its files are read at each asking, so that a changed one is used."""

    table: OAuthTable
    endpoint: str
    scope: str
    mailbox: str
    path: Callable[[str], Path]

    def form(self, at: datetime) -> dict[str, str]:
        """What is posted to the endpoint (RFC 6749 4.4.2, RFC 7523 2).

        Raises:
            NoToken: a file cannot be read or does not hold what it should.
        """
        if self.table.way == "service_account_file":
            return {"grant_type": BY_JWT, "assertion": self._of_service_account(at)}
        client = {"grant_type": "client_credentials", "client_id": self.table.client, "scope": self.scope}
        if self.table.way == "secret_file":
            return client | {"client_secret": self._text("secret_file").strip()}
        return client | {"client_assertion_type": BY_ASSERTION, "client_assertion": self._of_client(at)}

    def _of_client(self, at: datetime) -> str:
        """An assertion that the certificate's owner asks (RFC 7523 3)."""
        own = {"iss": self.table.client, "sub": self.table.client, "jti": token_hex(16)}
        headers = {"alg": "PS256", "x5t#S256": self._thumbprint()}  # RFC 7515 4.1.8
        return self._signed("key_file", self._text("key_file"), headers, own, at)

    def _of_service_account(self, at: datetime) -> str:
        """An assertion of the service account, that speaks for the mailbox."""
        try:
            account = json.loads(self._text("service_account_file"))
            email, key_id, key = (account[name] for name in ("client_email", "private_key_id", "private_key"))
        except (ValueError, TypeError, LookupError):
            # No cause: what could not be understood may be a key.
            raise self._unusable("token.account", "service_account_file") from None
        own = {"iss": email, "sub": self.mailbox, "scope": self.scope}
        return self._signed("service_account_file", key, {"alg": "RS256", "kid": key_id}, own, at)

    def _signed(self, name: str, key: str, headers: dict[str, str], own: dict[str, str], at: datetime) -> str:
        try:
            import jwt  # noqa: PLC0415 — an extra; who has a secret or a password does without
        except ImportError:
            raise NoToken("token.package", key=name) from None
        begins, ends = int((at - LEEWAY).timestamp()), int((at + LIFE).timestamp())
        claims = own | {"aud": self.endpoint, "iat": begins, "nbf": begins, "exp": ends}
        try:
            return jwt.encode(claims, key, headers["alg"], headers)
        except (ValueError, TypeError, jwt.PyJWTError):
            raise self._unusable("token.key", name) from None  # as above

    def _thumbprint(self) -> str:
        try:
            certificate = ssl.PEM_cert_to_DER_cert(self._text("certificate_file"))
        except ValueError:
            raise self._unusable("token.certificate", "certificate_file") from None
        return urlsafe_b64encode(sha256(certificate).digest()).rstrip(b"=").decode()

    def _text(self, name: str) -> str:
        file = self.path(getattr(self.table, name))
        try:
            return file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            why = getattr(error, "strerror", None) or "not UTF-8"
            raise NoToken("token.file", key=name, file=file, why=why) from None

    def _unusable(self, code: str, name: str) -> NoToken:
        return NoToken(code, key=name, file=self.path(getattr(self.table, name)))
