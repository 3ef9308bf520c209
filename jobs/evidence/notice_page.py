"""A notice's story as a page that a salesperson can open, or attach to an answer to the customer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from contracts.store.book import Book
from jobs.evidence.archive import mail_of
from jobs.evidence.story import events, waits_for
from jobs.evidence.story_pages import rendered

if TYPE_CHECKING:
    from jobs.app import App
    from notify.record.values import Story


def notice_page(app: App, story: Story) -> str:
    """The page as HTML: what was decided and why, each letter with its tries and replies, and what it waits for."""
    mails = [mail_of(app, message) for message in story.messages]
    return rendered(
        "notice.html",
        app,
        story=story,
        company=_company(app, story.notice.key.contract),
        events=events(story),
        waits_for=waits_for(story),
        texts={mail.id: mail.text for mail in mails if mail.raw is not None},
        made_at=app.clock.now(),
    )


def _company(app: App, number: str) -> str:
    """Whose it is; "" for what is about no contract of the book."""
    with app.engine.connect().execution_options(sqlite_begin="DEFERRED") as connection:
        contract = Book(connection, app.catalogue).contract(number)
    return contract.account.company if contract is not None else ""
