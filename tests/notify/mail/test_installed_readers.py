"""Mail programs themselves read what hostile names and subjects we write, where they are installed.

On Debian: golang-go, libemail-mime-perl with libemail-address-xs-perl, python3-gi with gir1.2-gmime-3.0.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from notify.mail.headers import clean_name
from tests.notify.mail.hostile import hostile_texts, mail_of

COUNT = 1000
# Each says as JSON, by Message-ID, the subject, the sender's name and the second recipient's.

GO = """
package main
import ("encoding/json"; "mime"; "net/mail"; "os")
func main() {
    read := map[string][]string{}
    for _, path := range os.Args[1:] {
        file, _ := os.Open(path)
        mail, err := mail.ReadMessage(file)
        if err != nil { panic(err) }
        subject, err := new(mime.WordDecoder).DecodeHeader(mail.Header.Get("Subject"))
        if err != nil { panic(err) }
        from, err := mail.Header.AddressList("From")
        if err != nil { panic(err) }
        to, err := mail.Header.AddressList("To")
        if err != nil { panic(err) }
        read[mail.Header.Get("Message-ID")] = []string{subject, from[0].Name, to[1].Name}
        file.Close()
    }
    json.NewEncoder(os.Stdout).Encode(read)
}
"""
PERL = """
use strict; use Email::MIME; use Email::Address::XS; use JSON::PP; my %read;
for my $path (@ARGV) {
    open my $file, '<:raw', $path; local $/; my $mail = Email::MIME->new(scalar <$file>);
    my ($from) = $mail->header_as_obj('From')->addresses;
    my (undef, $to) = $mail->header_as_obj('To')->addresses;
    $read{$mail->header('Message-ID')} = [$mail->header_str('Subject') // '', $from->phrase // '', $to->phrase // ''];
}
print encode_json(\\%read);
"""


GMIME = """
import gi, json, sys
gi.require_version("GMime", "3.0")
from gi.repository import GMime
GMime.init()
read = {}
for path in sys.argv[1:]:
    mail = GMime.Parser.new_with_stream(GMime.StreamFile.open(path, "r")).construct_message(None)
    sender, to = (mail.get_addresses(each) for each in (GMime.AddressType.FROM, GMime.AddressType.TO))
    names = sender.get_address(0).get_name(), to.get_address(1).get_name()
    read[f"<{mail.get_message_id()}>"] = [each or "" for each in (mail.get_subject(), *names)]
json.dump(read, sys.stdout)
"""


IS_THERE = {
    "Go": ["go", "version"],
    "Perl": ["perl", "-e", "use Email::MIME; use Email::Address::XS; use JSON::PP"],
    "GMime": ["/usr/bin/python3", "-c", "import gi; gi.require_version('GMime', '3.0')"],
}
READS = {"Go": ["go", "run", "read.go"], "Perl": ["perl", "-e", PERL], "GMime": ["/usr/bin/python3", "-c", GMIME]}


@pytest.fixture(scope="module")
def texts() -> list[tuple[str, str]]:
    """Subjects, each with a name."""
    return list(zip(hostile_texts(COUNT, seed=13), hostile_texts(COUNT, seed=31), strict=True))


@pytest.fixture(scope="module")
def folder(tmp_path_factory, texts) -> Path:
    folder = tmp_path_factory.mktemp("mails")
    (folder / "read.go").write_text(GO)
    for number, (subject, name) in enumerate(texts):
        (folder / f"{number}.eml").write_bytes(mail_of(subject, name, number).replace(b"\r\n", b"\n"))
    return folder


@pytest.mark.parametrize("reader", READS)
def test_the_program_itself_misreads_nothing(reader, folder, texts):
    if not runs(IS_THERE[reader]):
        # The suite needs Python, make and an index only; these readers' rules are tested in test_hostile_texts.py.
        pytest.skip(f"{reader} is not installed, or not with what reads mail")
    files = [f"{number}.eml" for number in range(COUNT)]

    read = json.loads(subprocess.run([*READS[reader], *files], cwd=folder, capture_output=True, check=True).stdout)

    written = {f"<{n}@example.com>": list(map(clean_name, (*text, text[1]))) for n, text in enumerate(texts)}
    assert {number: (text, read[number]) for number, text in written.items() if read[number] != text} == {}


def runs(command: list[str]) -> bool:
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False
