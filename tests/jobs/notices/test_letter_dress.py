"""What the configuration adds to a letter beside its words: the logo in it, and where readers can say no more."""

from __future__ import annotations

from datetime import UTC, date, datetime
from email import message_from_bytes, policy

import fast_mail_parser
import pytest
import sqlalchemy as sa

from jobs.app import App
from jobs.config.load import load_settings
from jobs.notices import renewal_notice
from jobs.notices.decision import Action
from jobs.pages.mail import mail_shown
from tests.contracts.values import a_line
from tests.end_to_end.installation import Installation, sold
from tests.jobs.builders import a_job, a_mailable_contract, on
from tests.notify.mail.logos import a_png

NOW = datetime(2021, 9, 1, 0, 0, tzinfo=UTC)
DAY = date(2021, 9, 1)
LOGO = '[sender.brand]\nlogo_file = "logo.png"\nlogo = "例示クラウド"\n'
WAY_OUT = '[mail.unsubscribe]\nkinds = ["renewal-notice"]\nmailto = "stop@example.co.jp"\none_click = true\n'
URL = 'url = "https://example.co.jp/stop?a={account}&k={kind}&m={message}"\n'


def runs_on_record(kigen):
    engine = sa.create_engine(f"sqlite:///{kigen.database}")
    with engine.connect() as connection:
        count = connection.scalar(sa.text("select count(*) from runs"))
    engine.dispose()
    return count


@pytest.fixture
def draft_of(tmp_path):
    """A renewal notice as this configuration makes it; logo.png lies beside it."""

    def draft(config, picture=b""):
        (tmp_path / "logo.png").write_bytes(picture or a_png())
        (tmp_path / "config.toml").write_text(config, "utf-8")
        contract = a_mailable_contract(a_line())
        job = a_job(renewal_notice.NOTICE)
        decisions = [decision for decision in job.decide(contract, on(DAY)) if decision.action is Action.SEND]
        return App(load_settings(tmp_path / "config.toml", {})).composer.draft(job, decisions, contract, DAY, NOW)

    return draft


def parsed(draft):
    return message_from_bytes(draft.raw, policy=policy.default)


def structure(part):
    if not part.is_multipart():
        return part.get_content_type()
    return part.get_content_type(), [structure(each) for each in part.iter_parts()]


def test_the_logo_lies_beside_the_html_that_shows_it_and_the_calendar_file_stays_a_file(draft_of):
    mail = parsed(draft_of(LOGO))

    assert structure(mail) == (
        "multipart/mixed",
        [
            ("multipart/alternative", ["text/plain", ("multipart/related", ["text/html", "image/png"])]),
            "text/calendar",
        ],
    )
    assert [each.get_content_type() for each in mail.iter_attachments()] == ["text/calendar"]


def test_the_html_shows_the_logo_in_its_measures_and_reads_the_name_where_it_is_not_shown(draft_of):
    mail = parsed(draft_of(LOGO, a_png(480, 192)))
    (image,) = (part for part in mail.walk() if part.get_content_maintype() == "image")
    html = mail.get_body(("html",)).get_content()

    content_id = image["Content-ID"].strip("<>")
    assert f'<img src="cid:{content_id}" alt="例示クラウド" width="120" height="48"' in html
    assert image.get_content_disposition() == "inline"
    assert image.get_content() == a_png(480, 192)


def test_a_logo_with_no_room_for_the_name_has_it_beside_itself(draft_of):
    html = parsed(draft_of(LOGO, a_png(64, 64))).get_body(("html",)).get_content()

    assert 'alt="" width="48" height="48"' in html
    assert ">&nbsp; 例示クラウド</td>" in html


def test_another_implementation_finds_the_same_parts(draft_of):
    mail = fast_mail_parser.parse_email(draft_of(LOGO).raw)

    assert {each.mimetype for each in mail.attachments} == {"image/png", "text/calendar"}
    assert "購入申込書" in mail.text_plain[0]
    assert "cid:logo-" in mail.text_html[0]


def test_another_picture_makes_another_letter_and_the_facts_to_approve_are_others_too(draft_of):
    one, same, other = draft_of(LOGO), draft_of(LOGO), draft_of(LOGO, a_png(colour=(1, 2, 3)))

    assert (one.words_hash, one.facts_hash) == (same.words_hash, same.facts_hash)
    assert other.words_hash != one.words_hash
    assert other.facts_hash != one.facts_hash


def test_a_theme_that_shows_no_logo_carries_none(draft_of, tmp_path):
    own = tmp_path / "own"
    own.mkdir()
    page = "{% macro page(subject, preheader, letter, small_print) %}<p>{{ letter }}{{ small_print }}</p>{% endmacro %}"
    (own / "theme.html").write_text(page, "utf-8")

    mail = parsed(draft_of(LOGO + '[templates]\ndirectories = ["own"]\n'))

    assert all(part.get_content_maintype() != "image" for part in mail.walk())


def test_the_gallery_has_the_picture_for_the_name_in_the_html(draft_of):
    shown = mail_shown(draft_of(LOGO).raw)

    (image,) = (part for part in shown["parts"] if part["image"])
    assert f"cid:{image['contentId']}" in shown["html"]


def test_without_configuration_there_is_no_picture_and_no_way_out(draft_of):
    mail = parsed(draft_of(""))

    assert "List-Unsubscribe" not in mail
    assert structure(mail) == (
        "multipart/mixed",
        [("multipart/alternative", ["text/plain", "text/html"]), "text/calendar"],
    )


def test_a_kind_that_offers_a_way_out_names_whose_letter_it_was(draft_of):
    draft = draft_of(WAY_OUT + URL)
    unguessable = draft.message_id.partition("@")[0]

    assert parsed(draft)["List-Unsubscribe"] == (
        f"<https://example.co.jp/stop?a=98765432&k=renewal-notice&m={unguessable}>,"
        " <mailto:stop@example.co.jp?subject=unsubscribe%20renewal-notice%2098765432>"
    )
    assert parsed(draft)["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_a_kind_that_is_not_configured_offers_none(draft_of):
    assert "List-Unsubscribe" not in parsed(draft_of((WAY_OUT + URL).replace("renewal-notice", "license-release")))


def test_another_way_out_does_not_make_a_queued_letter_untrue(draft_of):
    with_it, without = draft_of(WAY_OUT + URL), draft_of("")

    assert (with_it.words_hash, with_it.facts_hash) == (without.words_hash, without.facts_hash)


@pytest.mark.parametrize(
    ("picture", "told"),
    [
        (None, "No such file or directory"),
        (b"<svg/>", "expected a PNG, JPEG or GIF picture"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100_000), "at most 100,000 bytes"),
    ],
)
def test_a_logo_that_cannot_be_used_stops_a_run_before_it_begins(tmp_path, picture, told):
    kigen = Installation(tmp_path, LOGO)
    kigen.bring(sold("K-1", term_start="2021-02-01"))
    if picture is not None:
        (tmp_path / "logo.png").write_bytes(picture)

    for command in (("run-job", "all", "--date", DAY), ("templates", "check")):
        said = kigen.ask(*command)

        assert said.status == 2
        assert f"sender.brand.logo_file: {tmp_path / 'logo.png'}: " in said.err
        assert told in said.err
    assert runs_on_record(kigen) == 0
    assert kigen.ask("pause", "--reason", "no logo").status == 0
