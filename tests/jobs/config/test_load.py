"""config.toml and the environment: an error names the file, the key, what was found and what is allowed."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path

import pytest

from contracts.calendar import YearlyClosure
from jobs.config.load import ConfigError, load_settings
from jobs.config.settings import settings_with
from jobs.config.values import closure
from jobs.notices.listing import NOTICES

CHECKOUT = Path(__file__).parents[3]
SETTINGS = settings_with(NOTICES)


@pytest.fixture
def settings_of(tmp_path):
    """Reads this text as config.toml, with these environment variables."""

    def read(text="", **environment):
        file = tmp_path / "config.toml"
        file.write_text(text, "utf-8")
        return load_settings(file, environment)

    return read


def refusal(read, *arguments, **environment):
    with pytest.raises(ConfigError) as caught:
        read(*arguments, **environment)
    return str(caught.value)


def test_the_shipped_file_says_what_the_defaults_are():
    shipped = load_settings(CHECKOUT / "config.toml", {})

    assert shipped.model_dump() == SETTINGS().model_dump()


def test_the_shipped_file_names_every_key_there_is():
    shipped = tomllib.loads((CHECKOUT / "config.toml").read_text("utf-8"))
    in_english = keys(shipped["sender"].pop("en"))
    there_are = SETTINGS().model_dump(by_alias=True, exclude={"folder": True, "sender": {"ja", "en"}})

    assert keys(shipped) == keys(there_are)
    assert in_english < keys(there_are["sender"])


def keys(table, prefix=""):
    """The dotted names of all values."""
    found = set()
    for name, value in table.items():
        found |= keys(value, f"{prefix}{name}.") if isinstance(value, dict) else {prefix + name}
    return found


def test_a_key_that_is_left_out_keeps_its_default(settings_of):
    assert settings_of("[jobs.renewal-notice]\nat = '08:15'").jobs.rules("renewal-notice").months_before == (5, 4)


def test_without_any_file_the_defaults_hold(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    assert load_settings(None, {}).model_dump() == SETTINGS().model_dump()


def test_the_file_in_kigen_config_is_read_before_the_one_in_this_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("config.toml").write_text("[sender]\ncompany = 'here'", "utf-8")
    Path("other.toml").write_text("[sender]\ncompany = 'there'", "utf-8")

    assert load_settings(None, {}).sender.company == "here"
    assert load_settings(None, {"KIGEN_CONFIG": "other.toml"}).sender.company == "there"
    assert load_settings(Path("config.toml"), {"KIGEN_CONFIG": "other.toml"}).sender.company == "here"


def test_relative_paths_start_from_the_folder_of_the_file(settings_of, tmp_path):
    assert settings_of().path("var/maildir") == tmp_path / "var" / "maildir"
    assert settings_of().path("/srv/maildir") == Path("/srv/maildir")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("timezone = 'Tokyo'", ["timezone: ", "'Tokyo'", "like 'Asia/Tokyo'"]),
        ("[mail]\ntransport = 'pigeon'", ["mail.transport: ", "'pigeon'", "'maildir' or 'smtp'"]),
        ("[mail]\nfrom = ''", ["mail.from: ", "''", "one mail address"]),
        ("[mail]\nfrom = 'a@example.com, b@example.com'", ["mail.from: ", "b@example.com", "one mail address"]),
        ("[mail]\nreply_to = 'desk'", ["mail.reply_to: ", "'desk'", "one mail address"]),
        (
            "[mail.unsubscribe]\nkinds = ['spam']",
            ["mail.unsubscribe.kinds.0: ", "'spam'", "'renewal-notice'"],
        ),
        (
            "[mail.unsubscribe]\nkinds = ['renewal-notice']",
            ["mail.unsubscribe: ", "renewal-notice", "a url or a mailto"],
        ),
        ("[mail.unsubscribe]\nurl = 'http://example.co.jp'", ["mail.unsubscribe.url: ", "'http:", "'https://"]),
        ("[mail.unsubscribe]\nurl = 'https:///stop'", ["mail.unsubscribe.url: ", "'https:///stop'", "'https://"]),
        ("[mail.unsubscribe]\nurl = 'https://a.jp/x y'", ["mail.unsubscribe.url: ", "'https://a.jp/x y'", "spaces"]),
        ("[mail.unsubscribe]\nurl = 'https://例示.jp'", ["mail.unsubscribe.url: ", "'https://例示.jp'", "ASCII"]),
        ("[mail.unsubscribe]\nurl = 'https://a.jp/{'", ["mail.unsubscribe.url: ", "'https://a.jp/{'", "{message}"]),
        (
            "[mail.unsubscribe]\nurl = 'https://a.jp/{owner}'",
            ["mail.unsubscribe.url: ", "'https://a.jp/{owner}'", "not {owner}", "{account}, {kind}, {message}"],
        ),
        (
            "[mail.unsubscribe]\nurl = 'https://a.jp/{kind:99999}'",
            ["mail.unsubscribe.url: ", "'https://a.jp/{kind:99999}'", "{account}, {kind}, {message}"],
        ),
        (
            "[mail.unsubscribe]\nmailto = 'Desk <stop@example.co.jp>'",
            ["mail.unsubscribe.mailto: ", "'Desk <stop@example.co.jp>'", "without a name"],
        ),
        (
            "[mail.unsubscribe]\none_click = true\nurl = 'https://a.jp/{account}'",
            ["mail.unsubscribe: one_click", "https://a.jp/{account}", "{message} in it", "takes a POST"],
        ),
        (
            "[mail.unsubscribe]\none_click = true\nmailto = 'stop@example.co.jp'",
            ["mail.unsubscribe: one_click: expected a url", "takes a POST", "docs/deliverability.md"],
        ),
        (
            "[mail]\ndkim_selector = 'a._domainkey.b.jp'",
            ["mail.dkim_selector: ", "'a._domainkey.b.jp'", "like 'mail2026'"],
        ),
        ("[smtp]\nport = 70000", ["smtp.port: ", "70000", "less than or equal to 65535"]),
        ("[smtp]\nport = 'smtp'", ["smtp.port: ", "'smtp'", "valid integer"]),
        ("[smtp]\nsecurity = 'ssl'", ["smtp.security: ", "'ssl'", "'starttls'"]),
        ("[log]\nformat = 'text'", ["log.format: ", "'text'", "'json'"]),
        ("[monitoring]\nlisten = '9464'", ["monitoring.listen: ", "'9464'", "like '127.0.0.1:9464'"]),
        ("[monitoring]\nlisten = '::1:9464'", ["monitoring.listen: ", "'::1:9464'", "'[::1]:9464'"]),
        ("[monitoring]\nlisten = 'host:99999'", ["monitoring.listen: ", "'host:99999'"]),
        ("[calendar]\nholidays = 'XX'", ["calendar.holidays: ", "'XX'", "two-letter code"]),
        ("[calendar]\nclosed = ['12-29..']", ["calendar.closed: ", "'12-29..'", "'12-29..01-03'"]),
        ("[calendar]\nclosed = ['New Year']", ["calendar.closed: ", "'New Year'", "'12-29..01-03'"]),
        ("[calendar]\nclosed = ['02-30']", ["calendar.closed: ", "'02-30'", "'12-29..01-03'"]),
        ("[calendar]\nclosed = '12-29'", ["calendar.closed: ", "'12-29'", "tuple"]),
        (
            "[jobs.renewal-notice]\nmonths_before = 'monthly'",
            ["jobs.renewal-notice.months_before: ", "'monthly'", "tuple"],
        ),
        (
            "[jobs.renewal-notice]\nmonths_before = [5, 1]",
            ["jobs.renewal-notice.months_before.1: ", "1", "or equal to 2"],
        ),
        (
            "[jobs.renewal-notice]\nmonths_before = [5, 5]",
            ["jobs.renewal-notice.months_before: ", "[5, 5]", "each number once"],
        ),
        ("[jobs.renewal-notice]\nday = 'last'", ["jobs.renewal-notice.day: ", "'last'", "'first-business-day'"]),
        ("[jobs.renewal-notice]\nday = 0", ["jobs.renewal-notice.day: ", "0", "from 1 to 31"]),
        ("[jobs.renewal-notice]\nday = true", ["jobs.renewal-notice.day: ", "True", "from 1 to 31"]),
        ("[jobs.renewal-notice]\nat = '9 o clock'", ["jobs.renewal-notice.at: ", "'9 o clock'", "like '09:00'"]),
        ("[jobs.renewal-notice]\nat = '24:00'", ["jobs.renewal-notice.at: ", "'24:00'", "like '09:00'"]),
        ("[jobs.service-start]\nlate_days = -1", ["jobs.service-start.late_days: ", "-1", "or equal to 0"]),
        (
            "[jobs.license-release]\ndays_before = [400]",
            ["jobs.license-release.days_before.0: ", "400", "or equal to 366"],
        ),
        (
            "[jobs.renewal-notice]\ncopy_to = ['boss']",
            ["jobs.renewal-notice.copy_to.0: ", "'boss'", "'administrators' or 'partner'"],
        ),
        ("[jobs.renewal-notice]\napproval = 'yes'", ["jobs.renewal-notice.approval: ", "'yes'", "'auto' or 'manual'"]),
        (
            "[jobs.renewal-notice]\ngroup_by = 'owner'",
            ["jobs.renewal-notice.group_by: ", "'owner'", "'line' or 'contract'"],
        ),
        ("[sender]\ncompany = ''", ["sender.company: ", "''", "at least 1 character"]),
        ("mail = 'maildir'", ["mail: ", "'maildir'", "valid dictionary"]),
    ],
)
def test_an_error_names_file_key_value_and_what_is_allowed(settings_of, tmp_path, text, told):
    said = refusal(settings_of, text)

    assert said.startswith(f"{tmp_path / 'config.toml'}: {told[0]}")
    assert all(part in said for part in told)
    assert "\n" not in said


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("[mial]", "mial"),
        ("[mail]\nform = 'x@example.com'", "mail.form"),
        ("[jobs.renewal_notices]", "jobs.renewal_notices"),
        ("[jobs.renewal-notice]\ndays_before = [30]", "jobs.renewal-notice.days_before"),
        ("folder = '/'", "folder"),
    ],
)
def test_a_key_that_there_is_not_is_an_error_not_silence(settings_of, text, key):
    assert refusal(settings_of, text).endswith(f"config.toml: {key}: no such key")


def test_every_error_is_said_not_only_the_first(settings_of):
    said = refusal(settings_of, "timezone = 'Tokyo'\n[smtp]\nport = 70000")

    assert [line.split(": ")[1] for line in said.splitlines()] == ["timezone", "smtp.port"]


def test_text_that_is_no_toml_is_named_with_its_line(settings_of):
    said = refusal(settings_of, "timezone = 'Asia/Tokyo'\n[mail]]")

    assert "not valid TOML" in said
    assert "line 2" in said


def test_a_file_in_another_encoding_is_refused(tmp_path):
    (tmp_path / "config.toml").write_bytes("[sender]\ncompany = '株式会社'".encode("cp932"))

    assert "expected UTF-8" in refusal(load_settings, tmp_path / "config.toml", {})


def test_a_file_saved_with_a_byte_order_mark_is_read(tmp_path):
    (tmp_path / "config.toml").write_text("[sender]\ncompany = '株式会社'", "utf-8-sig")

    assert load_settings(tmp_path / "config.toml", {}).sender.company == "株式会社"


def test_a_file_that_was_asked_for_and_is_not_there_is_an_error(tmp_path):
    said = refusal(load_settings, tmp_path / "none.toml", {})

    assert said.startswith(f"{tmp_path / 'none.toml'}: cannot be read")


# The environment


def test_the_environment_overrides_the_file(settings_of):
    found = settings_of(
        "[mail]\ntransport = 'smtp'\n[smtp]\nport = 25",
        KIGEN_MAIL__TRANSPORT="maildir",
        KIGEN_SMTP__PORT="2525",
        KIGEN_JOBS__RENEWAL_NOTICE__MONTHS_BEFORE="[6, 3]",
        KIGEN_JOBS__RENEWAL_NOTICE__DAY="10",
        KIGEN_MAIL__FROM="Desk <desk@example.com>",
        KIGEN_TIMEZONE="UTC",
        HOME="/nowhere",
    )

    assert (found.mail.transport, found.smtp.port, found.timezone) == ("maildir", 2525, "UTC")
    assert (found.jobs.renewal_notice.months_before, found.jobs.renewal_notice.day) == ((6, 3), 10)
    assert found.mail.from_ == "Desk <desk@example.com>"


@pytest.mark.parametrize(
    "name",
    ["KIGEN_MIAL__FROM", "KIGEN_MAIL__FORM", "KIGEN_MAIL__FROM__NAME", "KIGEN_FOLDER", "KIGEN_JOBS__ALL__AT", "KIGEN_"],
)
def test_an_unknown_variable_is_an_error_a_mistyped_one_would_be_silence(settings_of, name):
    assert refusal(settings_of, **{name: "x"}) == f"environment: {name}: no such key in config.toml"


def test_a_value_of_the_environment_is_checked_like_the_file_s(settings_of):
    said = refusal(settings_of, KIGEN_SMTP__PORT="many")

    assert "smtp.port" in said
    assert "'many'" in said


@pytest.mark.parametrize("text", ["20270129", "1e3", "true", "[1]"])
def test_what_is_text_may_look_like_anything_else(settings_of, text):
    found = settings_of(KIGEN_SMTP__PASSWORD=text, KIGEN_SMTP__OAUTH__CLIENT=text)

    assert (found.smtp.password.get_secret_value(), found.smtp.oauth.client) == (text, text)


def test_a_table_cannot_be_given_as_one_variable(settings_of):
    assert "mail" in refusal(settings_of, KIGEN_MAIL="maildir")


def test_a_variable_for_a_key_of_a_table_that_the_file_gives_as_text_is_an_error_of_the_file(settings_of):
    assert "not as a table" in refusal(settings_of, "mail = 'x'", KIGEN_MAIL__FROM="a@example.com")


# Closures


@pytest.mark.parametrize(
    ("text", "closed", "open_"),
    [
        ("12-29..01-03", ["2026-12-29", "2027-01-03", "2031-01-01"], ["2026-12-28", "2027-01-04"]),
        ("08-15", ["2026-08-15", "2027-08-15"], ["2026-08-14", "2026-08-16"]),
        ("02-29", ["2028-02-29"], ["2027-02-28", "2027-03-01"]),
        ("2027-08-13..2027-08-15", ["2027-08-13", "2027-08-15"], ["2027-08-12", "2027-08-16", "2028-08-14"]),
        ("2027-08-13", ["2027-08-13"], ["2027-08-14", "2028-08-13"]),
    ],
)
def test_a_closure_holds_its_days_and_no_other(text, closed, open_):
    days = closure(text)

    assert all(date.fromisoformat(day) in days for day in closed)
    assert not any(date.fromisoformat(day) in days for day in open_)


def test_a_yearly_closure_is_one_value():
    assert closure("12-29..01-03") == YearlyClosure((12, 29), (1, 3))


@pytest.mark.parametrize("text", ["2027-08-15..2027-08-13", "13-01", "08-15..", "..08-15", "12-29-01-03", ""])
def test_what_is_no_closure_is_refused_with_an_example(text):
    with pytest.raises(ValueError, match=r"12-29\.\.01-03"):
        closure(text)


@pytest.mark.parametrize("entry", ["example.co.jp", "a@b", "@", "", "a b@example.co.jp"])
def test_an_allow_list_entry_that_is_no_address_and_no_domain_is_an_error(settings_of, entry):
    said = refusal(settings_of, f'[mail]\nonly_to = ["{entry}"]')

    assert "mail.only_to: expected addresses like" in said
    assert repr(entry) in said


def test_an_allow_list_takes_addresses_and_domains_as_they_are_typed(settings_of):
    settings = settings_of('[mail]\nonly_to = [" a@Example.co.jp", "@例え.jp", "\\"a..b\\"@docomo.example"]')

    assert settings.mail.only_to == ("a@example.co.jp", "@xn--r8jz45g.jp", "a..b@docomo.example")


@pytest.mark.parametrize(
    "url", ["hc.example.com/s3cret", "file:///s3cret", "https:///s3cret", "https://h:p0rt/s3cret", "https://h/s3 cret"]
)
def test_an_address_that_is_none_is_refused_without_being_shown_for_it_may_be_a_secret(settings_of, url):
    said = refusal(settings_of, f"[monitoring]\nheartbeat_url = '{url}'")

    assert "monitoring.heartbeat_url: expected a web address like" in said
    assert "cret" not in said.replace("may hold a secret", "")


@pytest.mark.parametrize("listen", ["127.0.0.1:9464", "[::1]:9464", "localhost:0", ""])
def test_where_the_monitoring_answers_is_an_address_and_a_port(settings_of, listen):
    assert settings_of(f"[monitoring]\nlisten = '{listen}'").monitoring.listen == listen
