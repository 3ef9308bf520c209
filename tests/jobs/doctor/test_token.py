"""What the doctor says of access tokens."""

from __future__ import annotations

import pytest

from jobs.app import App
from jobs.doctor.examination import State
from jobs.doctor.mail import token as said_of_tokens
from jobs.language.messages import Messages
from tests.jobs.installation.token_endpoint import MAILBOX, SECRET, endpoint, refusal, settings, token, with_secret


def findings(found, language="en"):
    return list(said_of_tokens(App(found), Messages(language)))


def test_a_token_is_proved_by_where_it_comes_from_and_until_when_it_is_good(tmp_path):
    with endpoint(token(expires_in=3600)) as server:
        (found,) = findings(with_secret(tmp_path, server.url))

    assert found.state is State.GOOD
    assert found.said.startswith(f"{server.url} gave an access token for {MAILBOX}, good until 20")
    assert found.said.endswith(" UTC")
    assert "t0ken" not in found.said


@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_refusal_is_said_with_what_to_do_and_without_the_secret(tmp_path, language):
    with endpoint(refusal(said=f"wrong: {SECRET}")) as server:
        (found,) = findings(with_secret(tmp_path, server.url), language)

    assert found.state is State.BAD
    assert f"{server.url} " in found.said
    assert "HTTP 401" in found.said
    assert "smtp.oauth" in found.remedy
    assert SECRET not in found.said


def test_without_an_application_nothing_is_asked(tmp_path):
    assert findings(settings(tmp_path, "", 'provider = "ses"')) == []


def test_where_mail_is_written_to_a_folder_nothing_is_asked(tmp_path):
    found = with_secret(tmp_path, "http://127.0.0.1:9/")
    to_a_folder = found.model_copy(update={"mail": found.mail.model_copy(update={"transport": "maildir"})})

    assert findings(to_a_folder) == []
