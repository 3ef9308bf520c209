"""Delivery into a Maildir, read back by another implementation."""

from __future__ import annotations

import asyncio
import errno
import mailbox
import os
import stat
from dataclasses import replace

import pytest

from notify.record.values import Envelope
from notify.transports.maildir import MaildirTransport
from notify.transports.transport import NoLongerOurs, RecipientRefused, RelayMisconfigured
from tests.notify.builders import a_mail

RAW = a_mail()


def an_envelope(**changes):
    envelope = Envelope(
        id=7,
        message=3,
        message_id="1@example.com",
        kind="renewal-notice",
        role="to",
        sender="notices@example.com",
        address="owner@example.co.jp",
        raw=RAW,
        owner="a",
        attempt=1,
        tries=0,
        resends=0,
    )
    return replace(envelope, **changes)


def hand_over(path, *envelopes):
    async def all_of_them():
        transport = MaildirTransport(path)
        replies = [await transport.hand_over(envelope) for envelope in envelopes]
        await transport.close()
        return replies

    return asyncio.run(all_of_them())


def mails(path):
    return list(mailbox.Maildir(path, create=False))


def test_a_mail_that_has_become_anothers_leaves_no_file(tmp_path):
    with pytest.raises(NoLongerOurs):
        asyncio.run(MaildirTransport(tmp_path).hand_over(an_envelope(), may_go=lambda: False))

    assert [each for each in tmp_path.rglob("*") if each.is_file()] == []


def test_the_mail_is_in_the_maildir_with_where_it_came_from_and_who_it_was_delivered_to(tmp_path):
    hand_over(tmp_path / "box", an_envelope())

    (mail,) = mails(tmp_path / "box")
    assert (mail["Return-Path"], mail["Delivered-To"]) == ("<notices@example.com>", "owner@example.co.jp")
    (file,) = (tmp_path / "box" / "new").iterdir()
    assert file.read_bytes().endswith(b"Delivered-To: owner@example.co.jp\r\n" + RAW)
    assert not any((tmp_path / "box" / "tmp").iterdir())


def test_an_address_with_dots_in_odd_places_stands_there_in_quotes(tmp_path):
    hand_over(tmp_path / "box", an_envelope(sender="boun..ces@example.com", address="a.@docomo.example"))

    (mail,) = mails(tmp_path / "box")
    assert (mail["Return-Path"], mail["Delivered-To"]) == ('<"boun..ces"@example.com>', '"a."@docomo.example')


def test_a_maildir_that_is_not_there_is_made_for_its_owner_only(tmp_path):
    hand_over(tmp_path / "var" / "box", an_envelope())

    folders = [tmp_path / "var" / "box" / part for part in ("", "new", "cur", "tmp")]
    (file,) = folders[1].iterdir()
    assert {stat.S_IMODE(folder.stat().st_mode) for folder in folders} == {0o700}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_the_same_envelope_handed_over_again_after_a_crash_is_one_file(tmp_path):
    first, second = hand_over(tmp_path, an_envelope(), an_envelope(attempt=2, owner="b"))

    assert len(mails(tmp_path)) == 1
    assert first == second


def test_it_is_one_file_even_where_a_mail_reader_has_moved_it_meanwhile(tmp_path):
    hand_over(tmp_path, an_envelope())
    (file,) = (tmp_path / "new").iterdir()
    file.rename(tmp_path / "cur" / f"{file.name}:2,S")

    (reply,) = hand_over(tmp_path, an_envelope(attempt=2))

    assert len(mails(tmp_path)) == 1
    assert "read" in reply


@pytest.mark.parametrize(
    "changes",
    [
        {"resends": 1, "attempt": 2},
        {"id": 8},
        {"raw": a_mail(message_id="2@example.com")},
        {"address": "other@example.co.jp"},
    ],
)
def test_another_envelope_or_one_that_a_person_sends_again_is_another_file(tmp_path, changes):
    hand_over(tmp_path, an_envelope(), an_envelope(**changes))

    assert len(mails(tmp_path)) == 2


def test_what_is_there_is_never_overwritten(tmp_path):
    hand_over(tmp_path, an_envelope())
    (file,) = (tmp_path / "new").iterdir()
    file.write_bytes(b"kept")

    hand_over(tmp_path, an_envelope(attempt=2))

    assert file.read_bytes() == b"kept"


def test_what_a_crash_left_in_tmp_is_in_nobodys_way(tmp_path):
    hand_over(tmp_path, an_envelope(id=1))
    (file,) = (tmp_path / "new").iterdir()
    file.rename(tmp_path / "tmp" / f"{file.name}.{os.getpid()}")

    hand_over(tmp_path, an_envelope(id=1, attempt=2))

    assert len(mails(tmp_path)) == 1


@pytest.mark.parametrize("where", ["box", "box/new"])
def test_a_file_where_a_folder_must_be_is_a_misconfiguration(tmp_path, where):
    (tmp_path / where).parent.mkdir(exist_ok=True)
    (tmp_path / where).write_text("a file")

    with pytest.raises(RelayMisconfigured, match="box cannot be used: a file is where a folder must be"):
        hand_over(tmp_path / "box", an_envelope())


@pytest.mark.parametrize(("number", "words"), [(errno.ENOSPC, "No space left"), (errno.EROFS, "Read-only file system")])
def test_a_full_or_read_only_disk_is_a_misconfiguration_and_leaves_no_half_mail(tmp_path, monkeypatch, number, words):
    def failing(_handle):
        raise OSError(number, os.strerror(number))

    hand_over(tmp_path, an_envelope(id=1))
    monkeypatch.setattr(os, "fsync", failing)

    with pytest.raises(RelayMisconfigured, match=f"cannot be written to: {words}"):
        hand_over(tmp_path, an_envelope(id=2))
    assert len(mails(tmp_path)) == 1
    assert not any((tmp_path / "tmp").iterdir())


@pytest.mark.parametrize(
    "address", ["", "a b@example.co.jp", "a@example.co.jp\r\nX: y", "<a@b.jp>", "日本@example.co.jp"]
)
def test_an_address_that_would_break_a_header_is_refused(tmp_path, address):
    with pytest.raises(RecipientRefused, match="the address holds"):
        hand_over(tmp_path, an_envelope(address=address))
