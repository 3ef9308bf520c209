"""`kigen templates render KIND --watch` as a person uses it: started, looked at, a file saved, ended by Ctrl-C."""

from __future__ import annotations

import re
import signal
import time
from contextlib import contextmanager
from urllib.request import urlopen

from tests.end_to_end.installation import Installation

NO_DISPLAY = {"DISPLAY": "", "WAYLAND_DISPLAY": "", "PYTHONUNBUFFERED": "1"}
CONFIG = '[templates]\ndirectories = ["letters"]\n'


@contextmanager
def watching(kigen, *options, **environment):
    """The process, and the address that it names."""
    with kigen.process(
        "templates", "render", "renewal-notice", "--watch", *options, **NO_DISPLAY, **environment
    ) as process:
        try:
            yield process, re.search(r"http://127\.0\.0\.1:\d+/", process.stdout.readline())[0]
        finally:
            process.kill()


def fetched(address):
    with urlopen(address, timeout=20) as answer:  # noqa: S310 — of this machine
        return answer.read().decode()


def changed(address, version):
    """The version that follows, within twenty seconds."""
    for _ in range(200):
        if (now := fetched(f"{address}version")) != version:
            return now
        time.sleep(0.1)
    raise AssertionError("the page never heard of the change")


def test_a_saved_file_shows_and_ctrl_c_ends_it_well(tmp_path):
    (tmp_path / "letters" / "ja").mkdir(parents=True)
    with watching(Installation(tmp_path, CONFIG)) as (process, address):
        version = fetched(f"{address}version")
        assert "【要手続・2021/12/2必着】" in fetched(address)

        (tmp_path / "letters" / "ja" / "renewal-notice.txt").write_text("---\nsubject: 新しい件名\n---\n", "utf-8")
        changed(address, version)

        assert '<dd class="subject">新しい件名</dd>' in fetched(address)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err) == (0, "The page has ended\n", "")


def test_a_wrong_configuration_is_told_on_the_page_until_it_is_mended(tmp_path):
    (tmp_path / "letters").mkdir()
    kigen = Installation(tmp_path, CONFIG)
    with watching(kigen) as (_, address):
        version = fetched(f"{address}version")

        kigen.configure('[templates]\ndirectory = "letters"\n')
        version = changed(address, version)
        assert "templates.directory: no such key" in fetched(address)

        kigen.configure(CONFIG)
        changed(address, version)
        assert "【要手続・2021/12/2必着】" in fetched(address)


def test_who_reads_japanese_is_spoken_to_in_japanese(tmp_path):
    (tmp_path / "letters").mkdir()
    with watching(Installation(tmp_path, CONFIG), LC_ALL="ja_JP.UTF-8") as (_, address):
        assert "<h1>手紙を見ながら書く</h1>" in fetched(address)


def test_a_port_that_is_taken_is_refused(tmp_path):
    (tmp_path / "letters").mkdir()
    kigen = Installation(tmp_path, CONFIG)
    with watching(kigen) as (_, address):
        port = address.rpartition(":")[2].rstrip("/")

        said = kigen.ask("templates", "render", "renewal-notice", "--watch", "--port", port)

    assert said.status == 2
    assert f"{port} cannot be listened at: Address already in use" in said.err
