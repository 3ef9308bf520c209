"""Where mail goes: a relay of our own, or a provider with what it asks of who hands mail over there."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Provider:
    """What holds where config.toml leaves it open. `per_minute` 0 is no limit; an endpoint of "" gives no tokens."""

    host: str
    port: int = 587
    security: str = "starttls"
    connections: int = 8
    per_minute: int = 0
    endpoint: str = ""  # where access tokens are had (RFC 6749 3.2); {tenant} is smtp.oauth.tenant
    scope: str = ""


PROVIDERS = {
    "": Provider("localhost", 25),
    "microsoft365": Provider(
        "smtp.office365.com",
        connections=3,  # Exchange Online's limits for each mailbox
        per_minute=30,
        endpoint="https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token",
        scope="https://outlook.office365.com/.default",
    ),
    "google": Provider(
        "smtp.gmail.com",
        endpoint="https://oauth2.googleapis.com/token",
        scope="https://mail.google.com/",
    ),
    "ses": Provider("email-smtp.ap-northeast-1.amazonaws.com"),  # Tokyo; another region has another host
}
