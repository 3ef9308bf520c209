"""TXT records over DNS, asked of a server on this machine."""

from __future__ import annotations

import socket
import threading

import dns.message
import dns.rcode
import dns.rrset
import pytest
from dns.resolver import Resolver

from jobs.doctor.texts import DnsSilent, Texts

RECORDS = {
    "example.co.jp.": ['"v=spf1 " "a ~all"', '"another-service=1234"'],
    "empty.example.co.jp.": [],
}


class Server:
    """Answers on UDP with what RECORDS say; a name that begins with "silent" or "broken" is what it is called."""

    def __init__(self):
        self.asked = []
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    @property
    def resolver(self):
        resolver = Resolver(configure=False)
        resolver.nameservers = ["127.0.0.1"]
        resolver.port = self._socket.getsockname()[1]
        return resolver

    def close(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"", self._socket.getsockname())
        self._thread.join()
        self._socket.close()

    def _serve(self):
        while True:
            data, client = self._socket.recvfrom(4096)
            if not data:
                return
            question = dns.message.from_wire(data)
            name = question.question[0].name.to_text()
            self.asked.append(name)
            if not name.startswith("silent"):
                self._socket.sendto(answer_to(question, name).to_wire(), client)


def answer_to(question, name):
    answer = dns.message.make_response(question)
    if name.startswith("broken"):
        answer.set_rcode(dns.rcode.SERVFAIL)
    elif name not in RECORDS:
        answer.set_rcode(dns.rcode.NXDOMAIN)
    elif RECORDS[name]:
        answer.answer.append(dns.rrset.from_text(name, 60, "IN", "TXT", *RECORDS[name]))
    return answer


@pytest.fixture
def server():
    server = Server()
    yield server
    server.close()


def test_a_record_is_put_together_from_its_parts(server):
    assert sorted(Texts(server.resolver).of("example.co.jp")) == ["another-service=1234", "v=spf1 a ~all"]


@pytest.mark.parametrize("name", ["empty.example.co.jp", "nowhere.example.co.jp"])
def test_a_name_without_records_and_one_that_is_not_there_have_none(server, name):
    assert list(Texts(server.resolver).of(name)) == []


def test_a_name_is_asked_for_once(server):
    texts = Texts(server.resolver)

    assert texts.of("example.co.jp") == texts.of("example.co.jp")
    assert server.asked == ["example.co.jp."]


def test_a_server_that_fails_is_no_answer(server):
    with pytest.raises(DnsSilent, match=r"broken\.example\.co\.jp"):
        Texts(server.resolver).of("broken.example.co.jp")


def test_a_server_that_says_nothing_is_waited_for_so_long_and_no_longer(server):
    texts = Texts(server.resolver, patience=0.1)

    with pytest.raises(DnsSilent):
        texts.of("silent.example.co.jp")
    with pytest.raises(DnsSilent):
        texts.of("example.co.jp")
    assert "example.co.jp." not in server.asked


def test_a_name_that_cannot_be_one_is_no_answer(server):
    with pytest.raises(DnsSilent):
        Texts(server.resolver).of("a..b")
