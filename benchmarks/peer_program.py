"""Run by the peer's own interpreter: stores mails in django-post_office, sends them, and prints what sending took.

    python peer_program.py DATABASE-URL PORT MAILS.sqlite PROCESSES

Its documented settings for speed: batches of 2,000, five threads for each process, no log of what succeeded. Bodies are
stored beforehand. The calendar file is left out: each would be a file on its disk.
"""

from __future__ import annotations

import json
import resource
import sqlite3
import sys
import time
from collections.abc import Iterator
from email import message_from_bytes, policy
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import django
from django.conf import settings
from django.core.management import call_command

AT_ONCE = 500
MAILS = "SELECT e.address, m.subject, m.raw FROM envelopes AS e JOIN messages AS m ON m.id = e.message_id"


def set_up(url: str, port: int) -> None:
    """Django, its tables and the peer's settings."""
    parts = urlsplit(url)
    database = {
        "ENGINE": "django.db.backends.postgresql", "NAME": parts.path.strip("/"), "USER": parts.username,
        "HOST": parse_qs(parts.query)["host"][0],
    }  # fmt: skip
    settings.configure(
        DATABASES={"default": database},
        INSTALLED_APPS=["django.contrib.contenttypes", "post_office"],
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        USE_TZ=True,
        EMAIL_BACKEND="post_office.EmailBackend",
        EMAIL_HOST="127.0.0.1",
        EMAIL_PORT=port,
        POST_OFFICE={
            "BACKENDS": {"default": "django.core.mail.backends.smtp.EmailBackend"},
            "BATCH_SIZE": 2000,
            "THREADS_PER_PROCESS": 5,
            "LOG_LEVEL": 0,
        },
    )
    django.setup()
    call_command("migrate", verbosity=0)


def mails(file: Path) -> Iterator[dict[str, str]]:
    """Those that wait in a SQLite database of kigen, as the peer takes them."""
    connection = sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)
    for address, subject, raw in connection.execute(MAILS):
        message = message_from_bytes(raw, policy=policy.default)
        bodies = {part.get_content_type(): part.get_content() for part in message.walk() if not part.is_multipart()}
        yield {
            "sender": "notices@example.co.jp", "recipients": address, "subject": subject,
            "message": bodies["text/plain"], "html_message": bodies["text/html"],
        }  # fmt: skip
    connection.close()


def main() -> None:
    """Stores, sends, says."""
    url, port, file, processes = sys.argv[1:]
    set_up(url, int(port))
    from post_office import mail  # it needs Django set up
    from post_office.models import STATUS, Email

    Email.objects.all().delete()
    waiting: list[dict[str, str]] = []
    for each in mails(Path(file)):
        waiting.append(each)
        if len(waiting) == AT_ONCE:
            mail.send_many(waiting)
            waiting.clear()
    mail.send_many(waiting)
    before, began = _cpu_seconds(), time.perf_counter()
    mail.send_queued_mail_until_done(lockfile=f"{file}.lock", processes=int(processes))
    seconds, cpu_seconds = time.perf_counter() - began, _cpu_seconds() - before
    sent = Email.objects.filter(status=STATUS.sent).count()
    print(json.dumps({"mails": sent, "seconds": seconds, "cpu_seconds": cpu_seconds}))


def _cpu_seconds() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


if __name__ == "__main__":
    main()
