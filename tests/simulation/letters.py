"""Letters that a machine can read: the reseller's own templates of the simulation say their facts in the subject."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from email import message_from_bytes, policy
from pathlib import Path

FIELDS = {
    "renewal-notice": "term_end closing_day items[0].seats",
    "service-start": "start_date items[0].term_end items[0].seats",
    "service-start-change": "new_start items[0].term_end items[0].seats",
    "service-start-correction": "told_on items[0].term_end items[0].seats",
    "extension-confirmation": "new_term.start items[0].term_end items[0].seats",
    "license-release": "term_end changes[0].released",
}


@dataclass(frozen=True, slots=True)
class Letter:
    """What a mail says: its kind, the day it speaks from, the lines and the date it is about, then its facts."""

    kind: str
    contract: str
    lines: tuple[str, ...]
    as_of: date
    about: date
    facts: tuple[str, ...]
    message_id: str

    def __str__(self) -> str:
        lines, facts = ",".join(self.lines), " ".join(self.facts)
        return f"{self.kind} {self.contract}/{lines} about {self.about} ({facts}) as of {self.as_of}"


def write_templates(folder: Path) -> None:
    """The templates, a file for each letter and language; preheader, title and calendar are the shipped ones."""
    for kind, fields in FIELDS.items():
        said = "|".join(f"{{{{ {name} }}}}" for name in ("as_of", *fields.split()))
        subject = f"{kind}|{{{{ contract }}}}|{{% for item in items %}}{{{{ item.line }}}},{{% endfor %}}|{said}"
        for language in ("ja", "en"):
            here = folder / language
            here.mkdir(parents=True, exist_ok=True)
            text = f"---\nsubject: {subject}\n---\n{{{{ as_of }}}}\n"
            (here / f"{kind}.txt").write_text(text, encoding="utf-8")


def read_letter(raw: bytes) -> Letter:
    """The letter that the bytes of a mail are."""
    mail = message_from_bytes(raw, policy=policy.default)
    kind, contract, lines, as_of, about, *facts = str(mail["Subject"]).split("|")
    return Letter(
        kind, contract, tuple(lines.rstrip(",").split(",")), date.fromisoformat(as_of), date.fromisoformat(about),
        tuple(facts), str(mail["Message-ID"]),
    )  # fmt: skip
