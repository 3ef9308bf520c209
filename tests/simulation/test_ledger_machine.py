"""The ledger against a model of plain dicts: whatever runs, deliveries and people do, in any order, with crashes."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from jobs.database.engines import create_engine_for
from notify.ledger.ledger import Ledger
from notify.record.tables import attempts, envelopes, metadata, notices
from notify.record.values import NotPossible, Outcome, Result, Status
from tests.notify.builders import COPY, LEASE, NOW, TO, TODAY, a_draft, a_key, claimed, wanted
from tests.notify.ledger.approval_builders import seen

KEYS = [a_key(f"K-{number}") for number in range(3)]
DOUBTS = 3  # then a person decides
WAIT = timedelta(hours=1)
AFTER = {
    Outcome.ACCEPTED: Status.SENT,
    Outcome.REFUSED: Status.FAILED,
    Outcome.BARRED: Status.FAILED,
    Outcome.UNAVAILABLE: Status.QUEUED,
    Outcome.MISCONFIGURED: Status.QUEUED,
    Outcome.RELEASED: Status.QUEUED,
    Outcome.UNKNOWN: Status.IN_DOUBT,
}
OPEN = (Status.QUEUED, Status.HELD)
keys, words = st.sampled_from(KEYS), st.sampled_from(("one", "other"))


class LedgerMachine(RuleBasedStateMachine):
    """Each rule does the same to the ledger and to the model; the invariants compare them."""

    def __init__(self):
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="kigen-ledger-"))
        self.engine = create_engine_for(f"sqlite:///{self.folder / 'kigen.db'}")
        sa.event.listen(self.engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous = OFF"))
        metadata.create_all(self.engine)
        self.ledger = Ledger(self.engine, doubts=DOUBTS)
        self.now, self.model, self.claims, self.number = NOW, {}, [], 0

    def teardown(self):
        assert self.ledger.verify().findings == ()
        self.engine.dispose()
        shutil.rmtree(self.folder)

    # Runs

    @rule(key=keys, said=words, copied=st.booleans())
    def queue(self, key, said, copied):
        found = self.model.get(key)
        recipients = (TO, COPY) if copied else (TO,)
        draft = a_draft(said, recipients)
        self._reconcile(wanted("queue", key, draft, not_after=TODAY + timedelta(days=3)))
        if (
            found is None
            or found.status in (Status.HELD, Status.SKIPPED, Status.WITHDRAWN)
            or (found.status is Status.QUEUED and not found.resent and found.said != (said, recipients))
        ):
            self._tell(key, Status.QUEUED, draft)

    @rule(key=keys)
    def skip(self, key):
        found = self.model.get(key)
        self._reconcile(wanted("skip", key, reason="continued"))
        if found is None:
            self._stand(key, Status.SKIPPED)
        elif found.status in OPEN and not found.resent:
            found.status = Status.WITHDRAWN

    @rule(key=keys, said=words, approvable=st.booleans())
    def hold(self, key, said, approvable):
        found = self.model.get(key)
        draft = a_draft(said) if approvable else None
        self._reconcile(wanted("hold", key, draft, reason="awaiting-approval" if approvable else "owner-missing"))
        if found is not None and found.status not in (*OPEN, Status.SKIPPED, Status.WITHDRAWN):
            return
        if found is not None and found.status is Status.QUEUED:
            approved = found.approved and draft is not None and found.said == (said, (TO,))
            if found.resent or approved:
                return
        if draft is None:
            self._stand(key, Status.HELD, found)
        elif not (found and found.status is Status.HELD and found.said == (said, (TO,))):
            self._tell(key, Status.HELD, draft)

    @rule(key=keys)
    def withdraw(self, key):
        found = self.model.get(key)
        self._reconcile(wanted("withdraw", key, reason="moved"))
        if found is not None and found.status in OPEN and not found.resent:
            found.status = Status.WITHDRAWN

    # Deliveries

    @rule(limit=st.integers(1, 4))
    def claim(self, limit):
        self.number += 1
        taken = claimed(self.ledger, f"delivery {self.number}", self.now, limit, TODAY)
        for envelope in taken:
            if envelope.role == "to":
                found = self._told_by(envelope.message)
                assert found.status is Status.QUEUED
                assert found.again_at <= self.now
                found.status, found.holder, found.lease = Status.SENDING, envelope.owner, self.now + LEASE
                found.attempts += 1
        self.claims += taken

    @precondition(lambda self: self.claims)
    @rule(data=st.data(), outcome=st.sampled_from(list(AFTER)))
    def record(self, data, outcome):
        envelope = self.claims.pop(data.draw(st.integers(0, len(self.claims) - 1)))
        again_at = self.now + WAIT if outcome in (Outcome.UNAVAILABLE, Outcome.UNKNOWN) else None
        self.ledger.outbox.record([Result(envelope, outcome, "said", again_at)], self.now)
        found = self._told_by(envelope.message)
        if envelope.role == "to" and found and (found.holder, found.attempts) == (envelope.owner, envelope.attempt):
            self._end(found, outcome, again_at)

    @rule(data=st.data())
    def crash(self, data):
        """Whoever holds a claim is gone and never records it."""
        holders = sorted({envelope.owner for envelope in self.claims})
        if holders:
            gone = data.draw(st.sampled_from(holders))
            self.claims = [envelope for envelope in self.claims if envelope.owner != gone]

    @rule(data=st.data())
    def expire(self, data):
        holders = sorted(self.ledger.outbox.holders())
        gone = data.draw(st.sets(st.sampled_from(holders))) if holders else set()
        self.ledger.outbox.expire_claims(self.now, gone)
        for found in self.model.values():
            if found.status is Status.SENDING and (found.holder in gone or found.lease <= self.now):
                found.doubts += 1
                found.holder, found.again_at = None, self.now if found.doubts < DOUBTS else None
                found.status = Status.QUEUED if found.doubts < DOUBTS else Status.IN_DOUBT
            elif found.status is Status.IN_DOUBT and found.again_at and found.again_at <= self.now:
                found.status, found.again_at = Status.QUEUED, self.now

    @rule(minutes=st.sampled_from((1, 31, 70)))
    def time_passes(self, minutes):
        self.now += timedelta(minutes=minutes)

    # People

    @precondition(lambda self: self.model)
    @rule(data=st.data(), action=st.sampled_from(("resend", "cancel", "approve")))
    def a_person_acts(self, data, action):
        key = data.draw(st.sampled_from(sorted(self.model)))
        found = self.model[key]
        allowed = {
            "resend": found.said is not None and found.status not in (Status.QUEUED, Status.SENDING, Status.HELD),
            "cancel": found.status in (*OPEN, Status.FAILED, Status.IN_DOUBT),
            "approve": found.status is Status.HELD and found.said is not None,
        }[action]
        done = True
        try:
            if action == "approve":
                done = bool(self.ledger.releases.approve(seen(self.ledger, key), "a person", self.now).released)
            else:
                getattr(self.ledger.people, action)(self._row(key).id, self.now)
        except NotPossible:
            done = False
        assert done is allowed
        if done:
            self._acted(found, action)

    @precondition(lambda self: self.model)
    @rule(data=st.data(), sent=st.booleans())
    def a_person_settles(self, data, sent):
        key = data.draw(st.sampled_from(sorted(self.model)))
        found = self.model[key]
        with suppress(NotPossible):  # a copy may be in doubt although the owner's mail is not
            self.ledger.people.settle(self._row(key).id, sent=sent, now=self.now)
            if found.status is Status.IN_DOUBT:
                found.status = Status.SENT if sent else Status.QUEUED
                found.sent, found.again_at = found.sent or sent, self.now
        assert found.status is not Status.IN_DOUBT

    # What must hold at every moment

    @invariant()
    def every_notice_stands_where_the_model_says(self):
        on_record = self.ledger.on_record([key.contract for key in KEYS])

        assert {key: notice.status for key, notice in on_record.items()} == {
            key: found.status for key, found in self.model.items()
        }

    @invariant()
    def a_notice_stands_where_its_owners_envelope_does(self):
        query = sa.select(notices.c.status, envelopes.c.status).join(
            envelopes, envelopes.c.message_id == notices.c.message_id
        )
        with self.engine.connect() as connection:
            pairs = connection.execute(query.where(envelopes.c.role == "to")).all()

        assert all(stands == of_owner for stands, of_owner in pairs)

    @invariant()
    def each_key_is_on_record_once_and_each_claim_is_one_attempt(self):
        with self.engine.connect() as connection:
            rows = connection.execute(sa.select(notices.c.contract, notices.c.occasion)).all()
            of_envelopes = connection.execute(sa.select(envelopes.c.id, envelopes.c.attempt)).all()
            begun = connection.execute(sa.select(attempts.c.envelope_id, sa.func.count()).group_by(sa.text("1"))).all()

        assert len(rows) == len(set(rows))
        assert {row: attempt for row, attempt in of_envelopes if attempt} == dict(map(tuple, begun))

    # The model

    def _reconcile(self, change):
        self.ledger.reconcile([change], self.now)

    def _stand(self, key, status, found=None):
        self.model[key] = SimpleNamespace(
            status=status, said=None, message=None, holder=None, lease=None, again_at=None, attempts=0, doubts=0,
            sent=False, resent=bool(found and found.resent), approved=False,
        )  # fmt: skip

    def _tell(self, key, status, draft):
        before = self.model.get(key)
        self._stand(key, status, before)
        found = self.model[key]
        found.said, found.message, found.again_at = (
            (draft.subject, draft.recipients),
            self._row(key).message_id,
            self.now,
        )
        found.approved = bool(before and before.approved and status is Status.QUEUED)

    def _told_by(self, message):
        return next((found for found in self.model.values() if found.message == message), None)

    def _end(self, found, outcome, again_at):
        found.status, found.holder = AFTER[outcome], None
        found.sent |= outcome is Outcome.ACCEPTED
        if outcome is Outcome.UNKNOWN:
            found.doubts += 1
            found.again_at = again_at if found.doubts < DOUBTS else None
        elif outcome is Outcome.UNAVAILABLE:
            found.again_at = again_at
        elif outcome is Outcome.MISCONFIGURED:
            found.again_at = self.now

    def _acted(self, found, action):
        found.again_at = self.now
        if action == "resend":
            found.status, found.resent = Status.QUEUED, True
        elif action == "approve":
            found.status, found.approved = Status.QUEUED, True
        else:
            found.status = Status.SENT if found.sent else Status.CANCELLED

    def _row(self, key):
        return self.ledger.on_record([key.contract])[key]


TestLedgerMachine = LedgerMachine.TestCase
TestLedgerMachine.settings = settings(
    max_examples=40, stateful_step_count=25, deadline=None, derandomize=True, database=None,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
