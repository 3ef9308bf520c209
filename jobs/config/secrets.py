"""The relay's password or token: from a systemd credential, a file or the settings."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

from jobs.config.settings import Settings
from notify.transports.transport import RelayMisconfigured

CREDENTIAL = "smtp_password"  # LoadCredential=smtp_password:… in the unit
READABLE_BY_OTHERS = 0o077


def smtp_password(settings: Settings) -> Callable[[], str] | None:
    """What gives the password at each login, so that a changed file is used from the next one on; None for none.

    The first that is there: the systemd credential `smtp_password`, `smtp.password_file`, `smtp.password`.
    """
    smtp = settings.smtp
    credential = settings.credentials / CREDENTIAL if settings.credentials else None
    if credential is not None and credential.is_file():
        return lambda: _line_of(credential)
    if smtp.password_file:
        file = settings.path(smtp.password_file)
        return lambda: _line_of(file)
    password = smtp.password.get_secret_value()
    return (lambda: password) if password else None


def smtp_token(settings: Settings) -> Callable[[str], Awaitable[str]] | None:
    """What gives the XOAUTH2 access token at each login; another program renews the file. None for none."""
    if not settings.smtp.token_file:
        return None
    file = settings.path(settings.smtp.token_file)

    async def token(_refused: str) -> str:
        return _line_of(file)

    return token


def secret_warnings(settings: Settings) -> Iterator[str]:
    """What a person should know of how the secrets are kept."""
    smtp, oauth = settings.smtp, settings.smtp.oauth
    for text in (smtp.password_file, smtp.token_file, oauth.secret_file, oauth.key_file, oauth.service_account_file):
        file = settings.path(text) if text else None
        if file is not None and file.is_file() and file.stat().st_mode & READABLE_BY_OTHERS:
            yield f"{file} holds a secret and can be read by other users: chmod 600"
    if settings.password_in_file is not None and settings.password_in_file.stat().st_mode & READABLE_BY_OTHERS:
        yield f"{settings.password_in_file} holds smtp.password and can be read by other users: use smtp.password_file"


def _line_of(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise RelayMisconfigured(f"{file}: the secret cannot be read: {error}") from error
