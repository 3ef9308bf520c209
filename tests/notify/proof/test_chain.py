"""The chain of hashes: whatever is changed, taken out or put in behind the ledger's back is found and named."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta, timezone

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from notify.bounces.values import Action, BounceClass, Finding, Report, Sort
from notify.delivery.gate import Gate
from notify.proof.chain import Head, sealing, touch
from notify.proof.findings import Wrong
from notify.proof.rows import SEALED, canonical
from notify.proof.verify import NoSuchEntry
from notify.record.tables import chain, chain_head, envelopes, messages, notices
from notify.record.values import Status
from notify.transports.transport import RecipientRefused
from tests.databases import on_each_database
from tests.notify.builders import (
    COPY,
    NOW,
    TO,
    ScriptedTransport,
    a_draft,
    a_key,
    a_ledger,
    claimed,
    deliver_now,
    queue,
    raising,
    the_notice,
    wanted,
)
from tests.notify.proof.chains import behind

pytestmark = pytest.mark.alters_the_ledger
LATER = NOW + timedelta(hours=1)


def a_full_ledger(folder):
    """With something in each table: mails that went out, were redirected, were refused; one came back."""
    ledger = a_ledger(folder)
    queue(ledger, 2)
    deliver_now(ledger, ScriptedTransport())
    ledger.reconcile([wanted(key=a_key("K-9"), draft=a_draft("copied", (TO, COPY), 9))], NOW)
    nobody = RecipientRefused("554 5.7.1 not for you")
    redirecting = Gate(only_to=("@example.com",), redirect_to="desk@example.com")
    deliver_now(ledger, ScriptedTransport({"desk@example.com": raising(nobody)}), redirecting)
    mail = ledger.story(the_notice(ledger, a_key("K-0001")).id).messages[0].message_id
    gone = Finding("owner1@example.co.jp", "", Action.FAILED, BounceClass.HARD, "5.1.1", "550 unknown")
    ledger.bounces.record(Report(Sort.BOUNCE, (gone,), "mx.example.jp", (mail,), (), NOW, "digest"), LATER)
    ledger.people.resend(the_notice(ledger, a_key("K-9")).id, LATER, by="a person")
    return ledger


@pytest.fixture
def ledger(tmp_path):
    return a_full_ledger(tmp_path)


def found(ledger, **how):
    """What is wrong, where, in which row."""
    return {(each.wrong, each.table, each.row) for each in ledger.verify(**how).findings}


def tamper(ledger, statement):
    with behind(ledger) as connection:
        assert connection.execute(statement if isinstance(statement, sa.Executable) else sa.text(statement)).rowcount


@on_each_database
def test_a_ledger_that_nobody_touched_agrees_with_its_chain(ledger):
    verified = ledger.verify()

    assert verified.findings == ()
    assert str(verified.head) == ledger.head()
    assert {table for table in SEALED if rows_of(ledger, table)} == set(SEALED)
    assert verified.rows == sum(rows_of(ledger, table) for table in SEALED)


def rows_of(ledger, table):
    with ledger.engine.connect() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(SEALED[table].table)).scalar_one()


def test_an_empty_ledger_has_nothing_to_find(each_database, tmp_path):
    verified = a_ledger(tmp_path).verify(anchor=str(Head()))

    assert (verified.findings, verified.entries, verified.head) == ((), 0, Head())


# Digests


@on_each_database
@pytest.mark.parametrize("table", SEALED)
def test_a_row_is_sealed_as_canonical_json_of_its_names_and_its_table(ledger, table):
    sealed = SEALED[table]

    for row in read_back(ledger, sealed.query):
        assert sealed.text_of(row) == canonical({"table": table, **row._asdict()})


@on_each_database
@pytest.mark.parametrize("table", SEALED)
def test_a_row_that_is_sealed_from_its_values_is_as_one_that_is_read_back(ledger, table):
    sealed = SEALED[table]
    key = sealed.table.primary_key
    whole = read_back(ledger, sa.select(sealed.table).order_by(*key))

    from_values = [sealed.new_row(row._asdict()) for row in whole]

    assert list(sealed.digests(from_values)) == list(sealed.digests(read_back(ledger, sealed.query.order_by(*key))))
    assert whole


def test_values_that_the_database_changes_are_sealed_as_it_keeps_them(each_database, tmp_path):
    """An instant of another zone, a text of any signs, a check that is not in order; columns with the table's own."""
    ledger = a_ledger(tmp_path)
    tokyo = NOW.astimezone(timezone(timedelta(hours=9))).replace(microsecond=123456)
    check = {"text": 'C:\\ "見本" \u2028 {0} %s', "rule": "N1", "passed": True}

    ledger.reconcile([replace(wanted(), checks=[check, {}], not_after=None)], tokyo)

    assert ledger.verify().findings == ()


def read_back(ledger, query):
    with ledger.engine.connect() as connection:
        return connection.execute(query).all()


# Rows


@on_each_database
def test_a_changed_byte_of_a_mail_is_found_and_named_with_its_notice(ledger):
    first = the_notice(ledger, a_key("K-0000"))
    with behind(ledger) as connection:
        raw = connection.execute(sa.select(messages.c.raw).where(messages.c.id == first.message_id)).scalar_one()
        changed = raw.replace(b"Subject", b"subject", 1)
        connection.execute(sa.update(messages).where(messages.c.id == first.message_id).values(raw=changed))

    (finding,) = ledger.verify().findings

    assert (finding.wrong, finding.table, finding.row) == (Wrong.BYTES, "messages", str(first.message_id))
    assert finding.notice == f"{first.id} renewal-notice K-0000/1 2022-01/4m"


def test_a_changed_reply_is_found_with_the_entry_and_the_time_that_told_of_it_last(ledger):
    tamper(ledger, "UPDATE attempts SET reply = '250 fine' WHERE envelope_id = 1")

    (finding,) = ledger.verify().findings

    assert (finding.wrong, finding.table, finding.row) == (Wrong.CHANGED, "attempts", "1/1")
    assert (finding.entry, finding.entry_at) == (2, NOW)


@on_each_database
def test_a_changed_time_is_found(ledger):
    with behind(ledger) as connection:
        later = NOW + timedelta(microseconds=1)
        connection.execute(sa.update(notices).where(notices.c.contract == "K-0000").values(sent_at=later))

    assert found(ledger) == {(Wrong.CHANGED, "notices", str(the_notice(ledger, a_key("K-0000")).id))}


@pytest.mark.parametrize("table", SEALED)
def test_a_row_that_is_gone_is_missed_in_each_table(ledger, table):
    sealed = SEALED[table]
    with ledger.engine.connect() as connection:
        key = connection.execute(sa.select(*sealed.table.primary_key)).first()
    this = [column == value for column, value in zip(sealed.table.primary_key, key, strict=True)]
    tamper(ledger, sa.delete(sealed.table).where(*this))

    assert (Wrong.MISSING, table, "/".join(map(str, key))) in found(ledger)


@pytest.mark.parametrize("table", SEALED)
def test_a_row_that_was_put_in_is_found_in_each_table(ledger, table):
    sealed = SEALED[table]
    with ledger.engine.connect() as connection:
        row = dict(connection.execute(sa.select(sealed.table)).mappings().first())
    unique = {"notices": "occasion", "envelopes": "address", "bounces": "report"}
    row |= {next(iter(sealed.table.primary_key)).name: 900} | ({unique[table]: "added"} if table in unique else {})
    tamper(ledger, sa.insert(sealed.table).values(row))

    assert table in {where for wrong, where, _ in found(ledger) if wrong is Wrong.ADDED}


def test_two_rows_that_were_swapped_are_both_found(ledger):
    tamper(ledger, "UPDATE notices SET id = id + 100 WHERE id IN (1, 2)")
    tamper(ledger, "UPDATE notices SET id = 103 - id WHERE id > 100")

    assert found(ledger) == {(Wrong.CHANGED, "notices", "1"), (Wrong.CHANGED, "notices", "2")}


def test_an_address_that_was_exchanged_is_found(ledger):
    tamper(ledger, "UPDATE envelopes SET address = 'another@example.co.jp' WHERE id = 1")

    assert found(ledger) == {(Wrong.TEXT, "envelopes", "1")}


def test_a_text_that_is_emptied_behind_the_chain_s_back_is_found(ledger):
    tamper(ledger, "UPDATE envelopes SET address = NULL, salt = NULL WHERE id = 1")

    assert found(ledger) == {(Wrong.CHANGED, "envelopes", "1")}


@on_each_database
def test_what_is_purged_through_the_ledger_stays_verifiable(ledger):
    with ledger.engine.begin() as connection, sealing(connection, "purge", LATER):
        connection.execute(sa.update(envelopes).values(address=None, salt=None))
        connection.execute(sa.update(messages).values(raw=None, subject="", salt=None))
        touch(connection, envelopes.c.id, range(10))
        touch(connection, messages.c.id, range(10))

    assert found(ledger) == set()


def test_a_purged_text_cannot_be_put_back_in_other_words(ledger):
    with ledger.engine.begin() as connection, sealing(connection, "purge", LATER):
        connection.execute(sa.update(envelopes).where(envelopes.c.id == 1).values(address=None, salt=None))
        touch(connection, envelopes.c.id, [1])
    tamper(ledger, "UPDATE envelopes SET address = 'another@example.co.jp' WHERE id = 1")

    assert found(ledger) == {(Wrong.TEXT, "envelopes", "1")}


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("notices", "UPDATE notices SET due_on = 'soon' WHERE id = 1"),
        ("notices", "UPDATE notices SET due_on = 7 WHERE id = 1"),
        ("notices", "UPDATE notices SET status = 'gone' WHERE id = 1"),
        ("notices", "UPDATE notices SET reason = x'64' WHERE id = 1"),
        ("notices", "UPDATE notices SET reason = CAST(x'ff' AS TEXT) WHERE id = 1"),
        ("notices", "UPDATE notices SET checks = 'no JSON' WHERE id = 1"),
        ("messages", "UPDATE messages SET raw = CAST(raw AS TEXT) WHERE id = 1"),
        ("messages", "UPDATE messages SET subject = x'64' WHERE id = 1"),
        ("envelopes", "UPDATE envelopes SET address = 5 WHERE id = 1"),
    ],
)
def test_a_row_that_holds_what_cannot_be_read_is_named_like_any_other(tmp_path, table, change):
    ledger = a_full_ledger(tmp_path)
    tamper(ledger, change)

    assert {(where, row) for _, where, row in found(ledger)} == {(table, "1")}


def test_who_holds_a_claim_is_nothing_that_lasts(ledger):
    before = ledger.head()

    claimed(ledger, "test", LATER, 5, NOW.date())

    assert ledger.head() == before
    assert found(ledger) == set()


COLUMNS = sorted(
    (name, column.name)
    for name, sealed in SEALED.items()
    for column in sealed.table.columns
    if column.name in sealed.columns
)


@given(data=st.data())
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_single_field_that_is_edited_is_found(ledger, data):
    table, name = data.draw(st.sampled_from(COLUMNS))
    sealed = SEALED[table]
    column, key = sealed.table.c[name], tuple(sealed.table.primary_key)
    with ledger.engine.connect() as connection:
        row = data.draw(st.sampled_from(connection.execute(sa.select(*key, column.label("was")).order_by(*key)).all()))
    this = [part == value for part, value in zip(key, row, strict=False)]
    edited = data.draw(another(column, row.was))
    with behind(ledger) as connection:
        connection.execute(sa.update(sealed.table).where(*this).values({name: edited}))
    try:
        assert table in {where for _, where, _ in found(ledger)}
    finally:
        where = [part == (edited if part is column else value) for part, value in zip(key, row, strict=False)]
        with behind(ledger) as connection:
            connection.execute(sa.update(sealed.table).where(*where).values({name: row.was}))


def another(column, was):
    """Another value that the column can hold."""
    if column.name in ("status", "outcome", "bounce_class"):
        words = {"status": ("failed", "sent"), "outcome": ("lost", "barred"), "bounce_class": ("soft", "policy")}
        kinds = column.type.vocabulary if hasattr(column.type, "vocabulary") else str
        return st.sampled_from(words[column.name]).map(kinds).filter(lambda value: value != was)
    of_kind = {
        sa.Integer: st.integers(1000, 2000),
        sa.Date: st.dates(),
        sa.JSON: st.lists(st.dictionaries(st.sampled_from(("rule", "passed")), st.booleans()), min_size=3),
        sa.String: st.text(st.characters(codec="ascii", exclude_characters="\0"), min_size=1, max_size=8),
    }
    fitting = [values for kind, values in of_kind.items() if isinstance(column.type, kind)]
    values = fitting[0] if fitting else st.datetimes().map(lambda at: at.replace(tzinfo=NOW.tzinfo))
    return values.filter(lambda value: value != was)


# Entries


def test_a_changed_entry_is_named(ledger):
    tamper(ledger, "UPDATE chain SET event = 'approve' WHERE seq = 2")

    assert found(ledger) == {(Wrong.ENTRY_CHANGED, "chain", "2")}


@on_each_database
def test_an_entry_with_another_time_is_named(ledger):
    with behind(ledger) as connection:
        connection.execute(sa.update(chain).where(chain.c.seq == 2).values(at=LATER))

    assert found(ledger) == {(Wrong.ENTRY_CHANGED, "chain", "2")}


def test_an_entry_written_anew_with_its_link_shows_in_the_next_one(ledger):
    tamper(ledger, sa.update(chain).where(chain.c.seq == 2).values(link="a" * 64))

    assert found(ledger) == {(Wrong.ENTRY_CHANGED, "chain", "2"), (Wrong.ENTRY_CHANGED, "chain", "3")}


def test_an_entry_that_is_gone_is_named(ledger):
    tamper(ledger, "DELETE FROM chain WHERE seq = 2")

    assert (Wrong.ENTRY_MISSING, "chain", "2") in found(ledger)


def test_the_last_entries_that_are_gone_are_named(ledger):
    last = Head.parse(ledger.head()).seq
    tamper(ledger, sa.delete(chain).where(chain.c.seq >= last - 1))

    assert (Wrong.ENTRY_MISSING, "chain", f"{last - 1}-{last}") in found(ledger)


def test_a_head_that_cannot_be_read_is_named(tmp_path):
    ledger = a_full_ledger(tmp_path)  # SQLite: another database takes no such value
    tamper(ledger, "UPDATE chain_head SET seq = 'none'")

    assert [finding.wrong for finding in ledger.verify().findings] == ["head"]


def test_an_entry_that_was_added_at_the_end_is_not_the_head(ledger):
    last = Head.parse(ledger.head()).seq
    copy_entry(ledger, last, last + 1)

    assert found(ledger) == {(Wrong.ENTRY_CHANGED, "chain", str(last + 1)), (Wrong.HEAD, "chain", str(last))}


def test_an_entry_before_the_first_one_is_named(ledger):
    copy_entry(ledger, 1, 0)

    assert found(ledger) == {(Wrong.ENTRY_ADDED, "chain", "0")}


def copy_entry(ledger, seq, to):
    with behind(ledger) as connection:
        entry = connection.execute(sa.select(chain).where(chain.c.seq == seq)).mappings().one()
        connection.execute(sa.insert(chain).values({**entry, "seq": to}))


# From outside


def test_a_tail_that_was_cut_off_with_its_rows_is_seen_by_a_head_that_was_noted(each_database, tmp_path):
    ledger = a_ledger(tmp_path)
    queue(ledger, 1)
    shorter = Head.parse(ledger.head())
    ledger.people.cancel(the_notice(ledger, a_key("K-0000")).id, LATER)
    noted = ledger.head()
    cut_off(ledger, shorter)

    assert found(ledger) == set()
    assert found(ledger, anchor=noted) == {(Wrong.ANCHOR, "chain", "2")}


def cut_off(ledger, shorter):
    """As whoever restores an old state would leave it."""
    with behind(ledger) as connection:
        connection.execute(sa.delete(SEALED["actions"].table))
        connection.execute(sa.update(notices).values(status=Status.QUEUED, reason="due"))
        connection.execute(sa.update(envelopes).values(status=Status.QUEUED))
        connection.execute(sa.update(messages).values(withdrawn_at=None, withdrawn_reason=""))
        connection.execute(sa.delete(chain).where(chain.c.seq > shorter.seq))
        connection.execute(sa.update(chain_head).values(seq=shorter.seq, link=shorter.link))


def test_a_head_that_was_noted_stays_in_the_chain_when_it_grows(ledger):
    noted = ledger.head()
    queue(ledger, 3, kind="service-start")

    assert found(ledger, anchor=noted) == set()


@pytest.mark.parametrize(
    "text", ["", "12", "12:", f"x:{'0' * 64}", f"1:{'g' * 64}", f"-1:{'0' * 64}", f"{'9' * 23}:{'0' * 64}"]
)
def test_what_is_no_head_is_refused(tmp_path, text):
    with pytest.raises(ValueError, match="expected a number, a colon and 64 hexadecimal digits"):
        a_ledger(tmp_path).verify(anchor=text)


@on_each_database
def test_from_an_entry_on_only_what_came_since_is_looked_at(ledger):
    tamper(ledger, "UPDATE attempts SET reply = '250 fine' WHERE envelope_id = 1")
    start = Head.parse(ledger.head()).seq

    assert found(ledger, start=start) == set()
    assert found(ledger, start=2) == {(Wrong.CHANGED, "attempts", "1/1")}


def test_what_comes_after_the_last_entry_cannot_be_looked_at(ledger):
    with pytest.raises(NoSuchEntry, match="the chain ends with entry"):
        ledger.verify(start=100)


# Writers


@on_each_database
def test_a_writer_past_the_ledger_s_own_transactions_is_an_error(ledger):
    with ledger.engine.begin() as connection, pytest.raises(RuntimeError, match="the chain would lack it"):
        touch(connection, notices.c.id, [1])


def test_nothing_that_lasts_no_entry(ledger):
    before = ledger.head()

    deliver_now(ledger, ScriptedTransport(), now=NOW - timedelta(hours=1))
    ledger.outbox.withdraw_expired(NOW.date() - timedelta(days=9), NOW)
    ledger.outbox.expire_claims(NOW)

    assert ledger.head() == before


def test_writers_at_once_keep_one_chain_without_gaps(each_database, tmp_path):
    ledger = a_ledger(tmp_path)

    def write(number):
        for turn in range(5):
            ledger.reconcile([wanted(key=a_key(f"K-{number}-{turn}"), draft=a_draft(number=number * 100 + turn))], NOW)

    writers = [threading.Thread(target=write, args=(number,)) for number in range(6)]
    for each in writers:
        each.start()
    for each in writers:
        each.join()

    verified = ledger.verify()
    assert (verified.findings, verified.entries, verified.head.seq) == ((), 30, 30)
