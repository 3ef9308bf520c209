"""Mail addresses as servers and headers take them: in quotes where dots stand in odd places (RFC 5321 4.1.2).

Carriers once gave out `a..b@` and `a.@`. Here they are kept and compared without quotes; what leaves has them, since
Go's mail parser, Exchange and others refuse the bare ones.
"""

from __future__ import annotations

import re

_DOT_STRING = re.compile(r"[^.]+(?:\.[^.]+)*")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)+)"@')
_QUOTED_SIGN = re.compile(r"\\(.)")


def quoted(address: str) -> str:
    """`"a..b"@example.com` for `a..b@example.com`; any other address as it is."""
    local, at, domain = address.rpartition("@")
    return address if not local or _DOT_STRING.fullmatch(local) else f'"{local}"{at}{domain}'


def unquoted(address: str) -> str:
    """`a..b@example.com` for `"a..b"@example.com`, as somebody else may have written it."""
    found = _QUOTED.match(address)
    return _QUOTED_SIGN.sub(r"\1", found[1]) + address[found.end() - 1 :] if found else address
