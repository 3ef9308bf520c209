"""docs/a-new-notice.md is true: the fifth kind of notice that it adds is decided, explained, shown, sent and kept.

It is put into the list at run time, with the files as the page has them. No other file of the product knows of it.
"""

from __future__ import annotations

import asyncio
import re
from datetime import date, timedelta
from email import message_from_bytes, policy
from functools import partial
from importlib import import_module
from pathlib import Path

import pytest

import jobs.notices
from jobs.app import App
from jobs.config.load import ConfigError, load_settings
from jobs.day import RunRequest
from jobs.notices.listing import NOTICES
from jobs.notices.notice import letters_of
from jobs.pages.preview import write_gallery
from jobs.runs.explain import explanations
from jobs.runs.forecast import planned
from jobs.runs.search import Search
from jobs.runs.stopping import Stopping
from jobs.views.decisions import gallery_entry
from jobs.views.explanation import as_text
from jobs.views.samples import samples
from jobs.views.wording import page_wording
from notify.letters.examination import Examination
from tests.contracts.values import a_line
from tests.end_to_end.installation import Installation, sold
from tests.jobs.builders import a_job, a_mailable_contract, on

GUIDE = (Path(__file__).parents[3] / "docs" / "a-new-notice.md").read_text("utf-8")
FILES = dict(re.findall(r"^`([^`]+)`\n\n```\w+\n(.*?)^```", GUIDE, re.DOTALL | re.MULTILINE))
(TABLES,) = re.findall(r"^```toml\n(.*?)^```", GUIDE, re.DOTALL | re.MULTILINE)
DUE = date(2021, 11, 2)  # 90 days before 2022-01-31
NAME = "seat-review"


@pytest.fixture(scope="module")
def the_fifth(tmp_path_factory):
    """The page's Python file, in the folder of notices and imported from there as the listing imports its own."""
    folder = tmp_path_factory.mktemp("page")
    (folder / "seat_review.py").write_text(FILES["jobs/notices/seat_review.py"], "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jobs.notices, "__path__", [*jobs.notices.__path__, str(folder)])
        yield import_module("jobs.notices.seat_review").NOTICE


@pytest.fixture
def app_with(tmp_path, the_fifth):
    """An installation with five notices, the page's letter and this configuration, and one line in its book."""

    def installed(more=TABLES):
        for name, text in FILES.items():
            file = tmp_path / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, "utf-8")
        kigen = Installation(tmp_path)
        kigen.bring(sold("K-1", language="en", term_start=date(2021, 2, 1), term_end=date(2022, 1, 31)))
        kigen.configure('[templates]\ndirectories = ["templates"]\n' + more)
        return App(load_settings(kigen.config, {}, (*NOTICES, the_fifth)))

    return installed


def run(app, *look, **request):
    async def day():
        return await app.day.run(RunRequest(NAME, (NAME,), DUE, **request), Stopping(), *look)

    return asyncio.run(day())


def letters(app):
    files = (app.settings.folder / "maildir" / "new").iterdir()
    return [message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]


def test_it_is_one_more_in_the_list_with_its_defaults_as_the_page_shows_them(app_with):
    app = app_with()

    assert [job.name for job in app.jobs] == [*(notice.name for notice in NOTICES), NAME]
    assert app.settings.model_dump() == app_with("").settings.model_dump()


def test_a_mistake_in_its_table_is_refused_with_key_value_and_what_is_allowed(app_with):
    with pytest.raises(ConfigError, match=r"jobs\.seat-review\.days_before: .*greater than or equal to 1, found 0"):
        app_with("[jobs.seat-review]\ndays_before = 0")


def test_its_key_can_come_from_the_environment(app_with, the_fifth):
    file = app_with().settings.folder / "config.toml"

    settings = load_settings(file, {"KIGEN_JOBS__SEAT_REVIEW__DAYS_BEFORE": "30"}, (*NOTICES, the_fifth))

    assert settings.jobs.rules(NAME).days_before == 30


def test_it_is_decided_on_its_day_and_not_before(the_fifth):
    job, contract = a_job(the_fifth), a_mailable_contract(a_line())

    assert [
        (decision.action, decision.reason)
        for day in (DUE - timedelta(days=1), DUE)
        for decision in job.decide(contract, on(day))
    ] == [("none", "not-due"), ("send", "due")]


def test_it_is_sent_once_with_its_day_for_the_calendar(app_with):
    app = app_with()

    run(app, deliver=True)
    run(app, deliver=True)

    (mail,) = letters(app)
    assert mail["Subject"].startswith("Do you need all of your licences?")
    assert [part.get_filename() for part in mail.iter_attachments()] == ["seat-review-2022-01-31.ics"]


def test_it_is_explained_with_what_was_checked(app_with):
    app = app_with()

    (explanation,) = explanations(app.jobs, app.decider, "K-1/1", DUE, app.clock.now())

    said = list(as_text(explanation, app.english))
    assert "  seat-review 2022-01-31: send, due" in said
    assert "    ✓ 90 days before the term end 2022-01-31" in said


def test_it_is_shown_before_it_goes(app_with, tmp_path):
    app = app_with()

    def page_of(decided):
        entries = (gallery_entry(one, DUE, app.messages) for one in decided)
        write_gallery(tmp_path / "page", entries, title=NAME, made_for=f"{DUE}", wording=page_wording(app.messages))

    run(app, page_of, dry_run=True)

    shown = "".join(file.read_text("utf-8") for file in (tmp_path / "page").rglob("*.js"))
    assert "Do you need all of your licences?" in shown
    assert not (tmp_path / "maildir").exists()


def test_it_is_foretold(app_with):
    app = app_with()
    job = app.jobs[-1]

    found = planned(app.records, Search(job, DUE - timedelta(days=100), DUE))

    assert [(one.day, one.decision.occasion) for one in found] == [(DUE, "2022-01-31")]


def test_its_text_is_kept_for_as_long_as_it_says(app_with):
    app = app_with()
    run(app, deliver=True)
    sent_on = app.clock.today()

    due = {months: app.purge.due(sent_on + timedelta(days=months * 31)) for months in (23, 25)}

    assert not due[23]
    assert {(each.kind, each.count) for each in due[25]} == {(NAME, 1)}


def test_its_letter_is_checked_like_the_others(app_with, the_fifth):
    app = app_with()
    known = letters_of(app.settings.notices)

    assert (
        Examination(app.renderer).problems({"en": {NAME: the_fifth.letters[0].must_say}}, partial(samples, known)) == []
    )
