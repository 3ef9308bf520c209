"""Checks what lies beside this file: `python3 check.py`, with Python 3.8 or newer and nothing else.

Every file is as the manifest says; every mail is the one whose SHA-256 its row tells, and so is every address and
subject, with its salt; every row is as the last entry of the chain that tells of it left it; every entry's link is the
hash of the entry and of the link before it.
"""

import hashlib
import json
import pathlib
import sys

folder = pathlib.Path(__file__).resolve().parent
wrong = []


def sha256(data: bytes) -> str:
    """The digest in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
for name, digest in manifest["files"].items():
    if not (folder / name).is_file() or sha256((folder / name).read_bytes()) != digest:
        wrong.append(f"{name}: not the file that the manifest names")

told = {}
lines = (folder / "chain.jsonl").read_text(encoding="utf-8").splitlines()
for entry in map(json.loads, lines):
    said = "\n".join((entry["before"], str(entry["seq"]), entry["at"], entry["event"], entry["body"]))
    if sha256(said.encode()) != entry["link"]:
        wrong.append(f"chain.jsonl, entry {entry['seq']}: its link is not the hash of what it says")
    for table, rows in json.loads(entry["body"]).items():
        told.update({(table, key): digest for key, digest in rows.items()})

wrong += [
    f"{row['file']}: not as the last entry that tells of it left it"
    for row in manifest["rows"]
    if sha256((folder / row["file"]).read_bytes()) != told.get((row["table"], row["row"]))
]

for mail in manifest["mails"]:
    sealed = json.loads((folder / mail["row"]).read_text(encoding="utf-8"))["raw_hash"]
    if sha256((folder / mail["file"]).read_bytes()) != sealed:
        wrong.append(f"{mail['file']}: not the bytes that were sealed")

texts = json.loads((folder / "texts.json").read_text(encoding="utf-8"))
for text in texts:
    sealed = json.loads((folder / text["row"]).read_text(encoding="utf-8"))[text["hash"]]
    if sha256((text["salt"] + text["text"]).encode()) != sealed:
        wrong.append(f"texts.json: the text of {text['row']} is not the one that was sealed")

counts = (
    ", ".join(f"{len(manifest[part])} {part}" for part in ("files", "rows", "mails"))
    + f", {len(texts)} texts, {len(lines)} entries"
)
sys.stdout.write("\n".join(wrong or [f"{counts}: all is as it was sealed"]) + "\n")
sys.exit(bool(wrong))
