"""config.toml: how fast mail leaves, when it is given up, what becomes of a doubt."""

from __future__ import annotations

import pytest

from jobs.app import App
from jobs.config.load import ConfigError, load_settings
from jobs.config.settings import DomainTable
from notify.record.values import InDoubt


@pytest.fixture
def settings_of(tmp_path):
    def read(text, **environment):
        file = tmp_path / "config.toml"
        file.write_text(text, "utf-8")
        return load_settings(file, environment)

    return read


def test_each_domain_has_its_limits(settings_of):
    found = settings_of("[delivery.domains.'docomo.ne.jp']\nconnections = 2\nper_minute = 60").delivery.domains

    assert found == {"docomo.ne.jp": DomainTable(connections=2, per_minute=60)}


def test_a_domain_is_known_by_the_form_that_addresses_have(settings_of):
    found = settings_of("[delivery.domains.'Bücher.Example.com']\nconnections = 2").delivery.domains

    assert list(found) == ["xn--bcher-kva.example.com"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[delivery.domains.localhost]", "delivery.domains: expected domains like"),
        ("[delivery.domains.'a@example.com']", "delivery.domains: expected domains like"),
        ("[delivery.domains.'A.example.com']\n[delivery.domains.'a.example.com']", "expected each domain once"),
        ("[delivery.domains.'a.example.com']\nspeed = 3", "delivery.domains.a.example.com.speed: no such key"),
        ("[delivery]\nunrecorded = -1", "delivery.unrecorded: "),
        ("[delivery]\nper_minute = -1", "delivery.per_minute: "),
        ("[jobs.license-release]\nin_doubt = 'guess'", "jobs.license-release.in_doubt: "),
        ("[installation]\nfile = ''", "installation.file: "),
        ("[mail]\nreturn_path = 'bounces'", "mail.return_path: expected one mail address"),
        (f"[mail]\nreturn_path = '{'x' * 28}@example.jp'", "mail.return_path: expected at most 27 characters"),
        ("[bounces]\nsoft_limit = -1", "bounces.soft_limit: "),
        ("[bounces]\nfor_people = ''", "bounces.for_people: "),
    ],
)
def test_what_cannot_be_is_an_error_that_names_the_key(settings_of, text, told):
    with pytest.raises(ConfigError) as caught:
        settings_of(text)

    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("text", "claims"),
    [
        ("[smtp]\nconnections = 8", 300),
        ("[smtp]\nconnections = 200", 600),  # three for each connection, as many as may be begun
        ("[smtp]\nconnections = 200\n[delivery]\nclaims = 50", 50),
        ("[delivery]\nunrecorded = 250", 250),
        ("[delivery]\nunrecorded = 5", 100),
    ],
)
def test_so_many_mails_are_taken_at_a_time_as_may_be_begun_unless_the_configuration_says_otherwise(
    settings_of, text, claims
):
    assert App(settings_of(f"[mail]\ntransport = 'smtp'\n{text}")).outgoing.pace.claims == claims


def test_the_doubt_of_a_changed_start_is_treated_like_that_of_the_start(settings_of):
    """N3 tells what N2 told before, so one table speaks for both."""
    app = App(settings_of("[jobs.service-start]\nin_doubt = 'wait'"))

    assert app.in_doubt["service-start-change"] == app.in_doubt["service-start"] == InDoubt.WAIT
    assert app.in_doubt["renewal-notice"] == InDoubt.RESEND
