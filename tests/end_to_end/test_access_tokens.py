"""A provider's access tokens from the command line: a delivery without one loses nothing and charges nobody a try."""

from __future__ import annotations

import asyncio

import pytest

from tests.end_to_end.installation import sold
from tests.jobs.installation.token_endpoint import MAILBOX, SECRET, endpoint, refusal, token
from tests.notify.transports.relays import HOST, Relay, Script, certificates_in, ehlo, log_in

AT = "2021-09-01T03:00:00"  # noon in Japan


@pytest.fixture
def certificates(tmp_path):
    return certificates_in(tmp_path)


def through(kigen, certificates, relay, server):
    """Configures Microsoft 365 as it is, but for where it is."""
    (kigen.folder / "secret").write_text(SECRET)
    smtp = f'provider = "microsoft365"\nhost = "{HOST}"\nport = {relay.port}\nsecurity = "tls"'
    login = f'username = "{MAILBOX}"\nca_file = "{certificates.ca_file}"'
    oauth = f'tenant = "t"\nclient = "c"\nsecret_file = "secret"\nendpoint = "{server.url}"'
    kigen.configure(f'transport = "smtp"\n[smtp]\n{smtp}\n{login}\n[smtp.oauth]\n{oauth}\n')


def tried(kigen):
    """Of each recipient, where its mail stands and how many tries are counted."""
    engine = kigen.engine()
    with engine.connect() as connection:
        found = connection.exec_driver_sql("SELECT status, tries FROM envelopes ORDER BY id").all()
    engine.dispose()
    return [tuple(row) for row in found]


def test_a_refused_secret_stops_the_delivery_and_all_of_it_goes_once_there_is_a_token(kigen, certificates):
    kigen.bring(sold("K-1"), sold("K-2"))

    async def story():
        script = Script(tls=certificates.right, ehlo=ehlo("AUTH XOAUTH2"), auth=log_in(MAILBOX, "t0ken-1"))
        with endpoint(refusal()) as server:
            async with Relay(script) as relay:
                through(kigen, certificates, relay, server)
                stopped = await asyncio.to_thread(kigen.ask, "run-job", "all", at=AT)
                left, asked = tried(kigen), relay.said("AUTH")
                server.answers = [token("t0ken-1")]
                await asyncio.to_thread(kigen.ask, "run-job", "deliver", "--now", at=AT)
                return stopped, left, asked, len(relay.inbox)

    stopped, left, asked, sent = asyncio.run(story())

    assert "delivery stopped: no access token: http://127.0.0.1:" in stopped.out
    assert (stopped.status, left, asked, sent) == (75, [("queued", 0)] * 2, 0, 2)
    assert SECRET not in stopped.out + stopped.err
