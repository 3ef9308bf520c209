"""Where mail goes: what a provider sets, what a person sets otherwise, and what cannot be."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from jobs.app import App
from jobs.config.load import ConfigError, load_settings
from jobs.config.secrets import secret_warnings

CHECKOUT = Path(__file__).parents[3]
SMTP = '[mail]\ntransport = "smtp"\n[smtp]\n'
LOGIN = f'{SMTP}username = "a@example.co.jp"\n'


@pytest.fixture
def settings_of(tmp_path):
    def read(text, **environment):
        file = tmp_path / "config.toml"
        file.write_text(text, "utf-8")
        return load_settings(file, environment)

    return read


def way(found):
    """Where mail goes, how many at once, and how many in a minute."""
    out = App(found).outgoing
    return out.smtp_settings.host, out.smtp_settings.port, out.smtp_settings.security, out.connections, out.per_minute


@pytest.mark.parametrize(
    ("provider", "expected"),
    [
        ("", ("localhost", 25, "starttls", 8, 0)),
        ("microsoft365", ("smtp.office365.com", 587, "starttls", 3, 30)),
        ("google", ("smtp.gmail.com", 587, "starttls", 8, 0)),
        ("ses", ("email-smtp.ap-northeast-1.amazonaws.com", 587, "starttls", 8, 0)),
    ],
)
def test_a_provider_says_where_mail_goes_and_how_much_it_takes(settings_of, provider, expected):
    assert way(settings_of(f'{SMTP}provider = "{provider}"')) == expected


def test_what_a_person_says_counts_before_the_provider(settings_of):
    own = 'host = "relay.example.co.jp"\nport = 465\nsecurity = "tls"\nconnections = 2\n[delivery]\nper_minute = 20'

    assert way(settings_of(f'{SMTP}provider = "microsoft365"\n{own}')) == (
        "relay.example.co.jp", 465, "tls", 2, 20,
    )  # fmt: skip


def test_the_shipped_file_with_a_provider_in_it_goes_to_that_provider(settings_of):
    shipped = (CHECKOUT / "config.toml").read_text("utf-8")
    found = settings_of(shipped, KIGEN_MAIL__TRANSPORT="smtp", KIGEN_SMTP__PROVIDER="microsoft365")

    assert way(found) == ("smtp.office365.com", 587, "starttls", 3, 30)


def test_a_folder_is_written_to_as_fast_as_it_takes(settings_of):
    assert way(settings_of('[smtp]\nprovider = "microsoft365"'))[-1] == 0


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[smtp]\nprovider = 'gmail'", "smtp.provider: "),
        ("[smtp.oauth]\ntenant = 'a/b'", "smtp.oauth.tenant: expected a tenant's id or domain"),
        ("[smtp.oauth]\nendpoint = 'http://login.example.com/token'", "smtp.oauth.endpoint: expected an https address"),
        ("[smtp.oauth]\nendpoint = 'login.example.com'", "smtp.oauth.endpoint: expected an https address"),
        ("[smtp.oauth]\nsecret_file = 's'", "smtp.oauth: secret_file proves who an application is"),
        ("[smtp.oauth]\nkey_file = 'k'", "smtp.oauth: expected certificate_file and key_file together"),
        (
            "[smtp.oauth]\nclient = 'c'\nsecret_file = 's'\nservice_account_file = 'a'",
            "smtp.oauth: expected one of secret_file, certificate_file, service_account_file, found secret_file and",
        ),
        ("[smtp.oauth]\nservice_account_file = 'a'", "smtp: oauth: expected the mailbox"),
        (f"{LOGIN}[smtp.oauth]\nservice_account_file = 'a'", "smtp: oauth: expected an endpoint and a scope"),
        (
            f"{LOGIN}provider = 'google'\ntoken_file = 't'\n[smtp.oauth]\nservice_account_file = 'a'",
            "smtp: oauth: tokens are fetched, so expected no token_file",
        ),
        (
            f"{LOGIN}provider = 'microsoft365'\n[smtp.oauth]\nclient = 'c'\nsecret_file = 's'",
            "smtp: oauth: expected the tenant",
        ),
    ],
)
def test_what_cannot_be_is_an_error_that_names_the_key(settings_of, text, told):
    with pytest.raises(ConfigError) as caught:
        settings_of(f"{text}\n")

    assert told in str(caught.value)


def test_no_error_shows_a_password_that_stands_beside_it(settings_of):
    with pytest.raises(ConfigError) as caught:
        settings_of("[smtp]\npassword = 's3cret'\n[smtp.oauth]\nservice_account_file = 'a'")

    assert "s3cret" not in str(caught.value)


def test_a_password_that_is_no_text_is_not_shown(settings_of):
    with pytest.raises(ConfigError, match=r"smtp\.password: input should be a valid string$"):
        settings_of("[smtp]\npassword = 20270129")


@pytest.mark.parametrize("key", ["secret_file", "key_file", "service_account_file"])
def test_a_file_of_the_application_that_others_can_read_is_said(settings_of, tmp_path, key):
    (tmp_path / key).write_text("secret")
    (tmp_path / key).chmod(0o644)
    more = {"key_file": "client = 'c'\ncertificate_file = 'c'", "secret_file": "client = 'c'"}.get(key, "")
    found = settings_of(
        f"{LOGIN}provider = 'microsoft365'\n[smtp.oauth]\ntenant = 'example.com'\n{key} = '{key}'\n{more}"
    )

    assert [warning.partition(" ")[0] for warning in secret_warnings(found)] == [str(tmp_path / key)]


def examples():
    """The pieces of config.toml in the page, by the provider they name."""
    page = (CHECKOUT / "docs" / "mail-providers.md").read_text("utf-8")
    return [piece.partition("```")[0] for piece in page.split("```toml\n")[1:]]


@pytest.mark.parametrize("piece", examples(), ids=lambda piece: tomllib.loads(piece)["smtp"]["provider"])
def test_each_example_of_the_page_is_a_configuration_without_a_fault(settings_of, piece):
    assert App(settings_of(piece)).outgoing.smtp_settings.problem == ""


def test_the_page_has_an_example_of_each_way():
    ways = {tomllib.loads(piece)["smtp"]["provider"] for piece in examples()}

    assert ways == {"microsoft365", "google", "ses"}
