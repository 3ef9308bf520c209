"""What the gallery shows of one mail, as data; and data as a script that a page can load."""

from __future__ import annotations

import base64
import json
from datetime import date
from email import message_from_bytes, policy
from email.errors import MessageError
from email.message import EmailMessage, MIMEPart

POLICY = policy.default
# All the ways in which the standard library's parser gives up on an odd header or part.
NOT_READABLE = (MessageError, ValueError, LookupError, AttributeError, TypeError)

# What could end a script or open a tag. U+2028 and U+2029 ended a line of script before ES2019.
ESCAPES = str.maketrans({"<": r"\u003c", ">": r"\u003e", "&": r"\u0026", "\u2028": r"\u2028", "\u2029": r"\u2029"})


def script_json(value: object) -> str:
    """JSON that is safe inside a script, of a page or a file; what UTF-8 cannot say becomes a question mark."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=date.isoformat).translate(ESCAPES)
    return text.encode("utf-8", "replace").decode("utf-8")


def mail_shown(raw: bytes) -> dict[str, object]:
    """Subject, headers, text, HTML, other parts and source of a mail; "" or None for what it does not have."""
    message = message_from_bytes(raw, _class=EmailMessage, policy=POLICY)
    headers = [(name, _header(name, value)) for name, value in message.raw_items()]
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    return {
        "subject": next((value for name, value in headers if name.lower() == "subject"), ""),
        "headers": headers,
        "text": None if text is None else _text(text),
        "html": None if html is None else _text(html),
        "parts": [_part(part) for part in message.walk() if part not in (text, html) and not part.is_multipart()],
        "source": raw.decode("utf-8", "replace"),
    }


def _header(name: str, value: str) -> str:
    try:
        return str(POLICY.header_fetch_parse(name, value))
    except NOT_READABLE:
        return str(value)  # shown as it stands, which tells more than nothing


def _bytes(part: MIMEPart) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _text(part: MIMEPart) -> str:
    try:
        return str(part.get_content())
    except NOT_READABLE:
        return _bytes(part).decode("utf-8", "replace")


def _part(part: MIMEPart) -> dict[str, object]:
    content, kind = _bytes(part), part.get_content_type()
    content_id = str(part["Content-ID"] or "").strip("<> ")
    is_inline_image = bool(content_id) and part.get_content_maintype() == "image"
    return {
        "name": part.get_filename("") or "",
        "type": kind,
        "size": len(content),
        "text": _text(part) if part.get_content_maintype() == "text" else None,
        "contentId": content_id if is_inline_image else None,
        "image": f"data:{kind};base64,{base64.b64encode(content).decode()}" if is_inline_image else None,
    }
