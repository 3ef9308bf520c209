"""Where the relay's password comes from, and what is said of a secret that others can read."""

from __future__ import annotations

import asyncio

import pytest

from jobs.config.load import load_settings
from jobs.config.secrets import secret_warnings, smtp_password, smtp_token
from notify.transports.transport import RelayMisconfigured


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "password").write_text("from the file\n")
    (tmp_path / "password").chmod(0o600)
    return tmp_path


def settings(folder, smtp="", **environment):
    config = folder / "config.toml"
    config.write_text(f'[smtp]\nusername = "kigen"\n{smtp}\n')
    return load_settings(config, environment)


def test_without_any_secret_there_is_no_password(folder):
    assert smtp_password(settings(folder)) is None


def test_the_password_file_counts_before_the_setting(folder):
    found = settings(folder, 'password_file = "password"', KIGEN_SMTP__PASSWORD="from the environment")

    assert smtp_password(found)() == "from the file"


def test_a_systemd_credential_counts_before_the_password_file(folder):
    credentials = folder / "credentials"
    credentials.mkdir()
    (credentials / "smtp_password").write_text("from systemd")

    found = settings(folder, 'password_file = "password"', CREDENTIALS_DIRECTORY=str(credentials))

    assert smtp_password(found)() == "from systemd"


def test_the_environment_is_enough(folder):
    assert smtp_password(settings(folder, KIGEN_SMTP__PASSWORD="from the environment"))() == "from the environment"


def test_a_changed_password_file_is_used_from_the_next_login_on(folder):
    password = smtp_password(settings(folder, 'password_file = "password"'))
    (folder / "password").write_text("changed")

    assert password() == "changed"


def test_a_password_file_that_is_not_there_holds_the_batch_and_says_which(folder):
    password = smtp_password(settings(folder, 'password_file = "nowhere"'))

    with pytest.raises(RelayMisconfigured, match="nowhere"):
        password()


def test_a_token_is_read_anew_at_each_login(folder):
    token = smtp_token(settings(folder, 'token_file = "password"'))

    assert asyncio.run(token("")) == "from the file"


def test_a_password_never_shows_in_the_settings_text(folder):
    assert "secret word" not in repr(settings(folder, KIGEN_SMTP__PASSWORD="secret word"))


def test_a_secret_that_others_can_read_is_said(folder):
    (folder / "password").chmod(0o644)

    assert [
        warning.partition(" ")[2] for warning in secret_warnings(settings(folder, 'password_file = "password"'))
    ] == ["holds a secret and can be read by other users: chmod 600"]


def test_a_password_in_a_configuration_that_others_can_read_is_said(folder):
    found = settings(folder, 'password = "here"')

    assert any("config.toml" in warning for warning in secret_warnings(found))


def test_a_secret_kept_to_its_owner_is_not_mentioned(folder):
    assert list(secret_warnings(settings(folder, 'password_file = "password"'))) == []
