"""The table `[http]`: where the page and the API are served, and to whom."""

from collections.abc import Callable, Iterator
from ipaddress import ip_address

from .problems import join, show
from .reader import Raw, Reader, good, make
from .service import Http, Token
from .tables import HTTP, TOKEN


def make_http(reader: Reader, raw: Raw, path: Callable[[str], str]) -> Http:
    """The settings; `path` makes an absolute path of one in the file."""
    known = good(reader.values(raw, "http", HTTP, also=("tokens",)))
    files = {name: path(text) for name in ("cert_file", "key_file") if isinstance(text := known.get(name), str)}
    http = make(Http, {**known, **files, "tokens": tuple(_tokens(reader, raw))})
    if len(files) == 1:
        there = next(iter(files))
        missing = "key_file" if there == "cert_file" else "cert_file"
        reader.problem(join("http", there), f"{there} without {missing}", "both or none")
    if not loopback(http.host) and (http.cert_file is None or not http.tokens):
        reader.problem("http.host", show(http.host), "127.0.0.1, or beside it cert_file, key_file and a token, [http.tokens.NAME]")
    return http


def loopback(host: str) -> bool:
    """Whether nobody but this machine can reach it."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _tokens(reader: Reader, raw: Raw) -> Iterator[Token]:
    for name, content, key in reader.tables(raw, "tokens", "http"):
        known = good(reader.values(content, key, TOKEN))
        if "sha256" in known:
            yield make(Token, {**known, "name": name})
        elif "sha256" not in content:
            reader.problem(join(key, "sha256"), "no digest", "the SHA-256 of a token, as `hotzone token` prints it")
