"""Hostile requests to every address of the portal: listed ones, and generated ones that are the same for a seed."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from urllib.parse import urlencode

from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RoutePattern

MARK = "<zq"  # begins each probe for HTML; it is in no response unless a probe was not escaped
PROBES = [
    f'{MARK}>"',
    f"'\">{MARK} onload=x>",
    f"{{{{ {MARK} }}}}{{% debug %}}",
    f"{MARK}\r\nX-Injected: yes",
    f"+ADw-zq+AD4-{MARK}",
    f"\x1b[31m{MARK}\u202e\u2028",
    f"javascript:{MARK}",
    f"//evil.example/{MARK}",
    f"http://[{MARK}",
    f"\ud83d{MARK}".encode("utf-16", "surrogatepass").decode("utf-16", "replace"),
    f"\0{MARK}",
    "../../../../etc/passwd",
    "9" * 5000,
    "-1",
    "1e309",
    "NaN",
    "null",
    "[]",
    "owner:" * 300,
    '"',
    "\\",
    "%",
    "\uffff\ufffe",
    "a" * 3000,
    "2026-13-45T99:99:99Z",
    "10:00",
    "00000000-0000-0000-0000-000000000000",
    "Europe/../../etc/passwd",
    "",
]
RAW_QUERIES = [
    b"%", b"%zz=%u0041", b"=&=&&&;", b"q=%ff%fe%c0%80", b"q=%00", b"a&" * 1500, b"q[]=1&q[a]=2", b"\xff\xfe=\x80",
    b"q=" + b"%3C" * 2000, b"q=a;page=2", b"?q=a?b=c", b"q=%ed%a0%80", b"page=1&page=2&page=x", b"+=+", b"%3d=%26",
]  # fmt: skip
RAW_SEGMENTS = [
    "%00", "..%2f..%2fetc%2fpasswd", "%ff%fe", "%0d%0aX-Injected:%20yes", "%3Czq%3E%22", "..", ".", "%2e%2e",
    "a" * 4000,
    "-1", "9" * 30, "9" * 5000, "%zz", "%", "null", "%7B%7B7*7%7D%7D", "%F0%9F%92%A9", "%ED%A0%80", "a--b",
    "A%20B", "~",
    "00000000-0000-0000-0000-000000000000", "00000000000000000000000000000000", "%E2%80%AE", ";x=1", "1.0", "@",
]  # fmt: skip
FIELDS = [
    "action", "after", "again", "agent", "app", "automatic_updates", "before", "csrfmiddlewaretoken", "days",
    "deadline",
    "draft", "email", "ended", "etag", "favorite", "from", "hours", "include_deleted", "key", "level", "name", "next",
    "owner", "page", "page_size", "param.pattern", "param.x", "password", "port", "preset", "protocol", "q", "resource",
    "schedule", "source", "template", "template_version_id", "theme", "time", "timezone", "token", "transition", "tz",
    "version", "workspace", "zone",
]  # fmt: skip
METHODS = [
    "GET",
    "POST",
    "HEAD",
    "PUT",
    "PATCH",
    "DELETE",
    "OPTIONS",
    "TRACE",
    "CONNECT",
    "PROPFIND",
    "QUERY",
    "M-SEARCH",
]
FORM = "application/x-www-form-urlencoded"
CONTENT_TYPES = [
    FORM, f"{FORM}; charset=utf-8", f"{FORM}; charset=UTF8", f"{FORM}; charset=utf-16", f"{FORM}; charset=utf-7",
    f"{FORM}; charset=hex", f"{FORM}; charset=idna", f"{FORM}; charset=rot13", f"{FORM}; charset=nonsense",
    f"{FORM}; charset=", f"{FORM}; charset*=utf-8''%ff", f"{FORM}; charset*=nonsense''x", f"{FORM}; charset*0*=x",
    "multipart/form-data", "multipart/form-data; boundary", "multipart/form-data; boundary=",
    "multipart/form-data; boundary=" + "b" * 300, "multipart/form-data; boundary=\xff",
    "multipart/form-data; boundary=b", "multipart/form-data; boundary=b; charset=utf-7",
    'multipart/form-data; boundary="b', "multipart/mixed; boundary=b", "application/json", "text/plain", "", ";;;",
    "\xff\xfe", "application/json; charset=utf-32",
]  # fmt: skip
BODIES = [
    b"", b"=&=&", b"a&" * 1500, b"%", b"%00=%00", b"\xff\xfe\x00a", "name=é".encode("utf-16"), b"name=%ff",
    b'{"a":' * 2000, b"null", b"--b", b"--b\r\n\r\n--b--",
    b"--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--\r\n",
    b'--b\r\nContent-Disposition: form-data; name="name"\r\nContent-Transfer-Encoding: base64\r\n\r\n!\r\n--b--\r\n',
    b'--b\r\nContent-Disposition: form-data; name=f; filename=x\r\nContent-Transfer-Encoding: base64\r\n\r\n!\r\n',
    b"--b\r\nContent-Disposition: form-data; name*=utf-9''%ff\r\n\r\nx\r\n--b--\r\n",
    b"--b\r\nX: " + b"y" * 5000 + b"\r\n\r\nx\r\n--b--\r\n",
    b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\nx\r\n' * 1200 + b"--b--\r\n",
    b'--b\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\nx\r\n' * 150 + b"--b--\r\n",
]  # fmt: skip
HEADERS: Mapping[str, Sequence[str]] = {
    "host": ["", "evil.example", "testserver:99999", "[::1", "test server", "\xff", "a, b", "a" * 300],
    "hx-request": ["true", "false", MARK],
    "hx-request-type": ["partial", "full", MARK],
    "hx-current-url": ["http://[", "http://testserver/workspaces/", "http://testserver:x/", "//", MARK, "http://a\xff.b/",
                       "http://testserver/%00", "http://\u2100.example".encode().decode("latin-1")],
    "hx-current-url-uri-autoencoded": ["true"],
    "hx-target": ["tr#w", "#set-dormant", MARK, "\xff" * 50],
    "hx-source": ["button#x", MARK],
    "accept-language": ["de", "en-" + "x" * 5000, "*;q=nan", "\xff", "en;q=1e999", ",,,;;;", MARK],
    "accept-encoding": ["br", "gzip;q=", "*", "identity;q=0", "\xff", "gzip, " * 500],
    "accept": ["*/*", "text/html;q=x", ";", MARK],
    "if-modified-since": ["x", "Thu, 99 Zzz 9999 99:99:99 GMT", "Mon, 01 Jan 0001 00:00:00 GMT", "9" * 5000],
    "if-none-match": ["*", '"', 'W/"x', MARK],
    "range": ["bytes=0-0", "bytes=-", "bytes=9999999999-", "bytes=5-1", "x=1", "bytes=" + "9" * 5000 + "-"],
    "origin": ["null", "http://[", "http://evil.example", "http://testserver", "\xff", MARK],
    "referer": ["http://[", "http://evil.example", MARK, "\xff", "http://testserver/"],
    "authorization": ["Bearer \xff", "Basic !!!!", "Bearer", "bearer " + MARK],
    "x-forwarded-for": ["x", "::1, 127.0.0.1", "\xff", "1.2.3.4:80", "," * 500, MARK],
    "x-forwarded-host": ["evil.example"],
    "x-forwarded-proto": ["https", "javascript"],
    "user-agent": ["\xff" * 300, MARK, ""],
    "x-request-id": [MARK],
    "x-csrftoken": ["x", "a" * 64, "\xff" * 64],
    "transfer-encoding": ["chunked"],
    "expect": ["100-continue", "x"],
    "x_forwarded_for": ["127.0.0.1"],
}  # fmt: skip
COOKIE_VALUES = [
    "", "x", "a" * 32, "a" * 64, "a" * 4000, '"\\000\\000\\000\\000\\000\\000\\000\\000"', '"\\777"', "\xff" * 40,
    "../../x",
    "%00", "%ff%fe", "Europe/Berlin", "Europe", "Europe%2F..%2FBerlin", MARK, '"', "a" * 31 + "'", "{}", "%F0%9F%92%A9",
]  # fmt: skip
COOKIES = ["coder_portal_session", "coder_portal_csrf", "tz", "messages", "sessionid", "csrftoken", "", "$Path"]


@dataclass(frozen=True, slots=True)
class HostileRequest:
    """A request as it leaves a client. `target`: the raw path."""

    method: str
    target: str
    query: bytes = b""
    headers: Sequence[tuple[str, str]] = ()
    body: bytes = b""
    declared: int | None = None  # the Content-Length; None for that of the body

    def describe(self) -> str:
        """Return the request in one line."""
        headers = ", ".join(f"{name}: {value[:60]!r}" for name, value in self.headers)
        return f"{self.method} {self.target[:120]}?{self.query[:120]!r} {{{headers}}} {self.body[:80]!r}"


def routes(patterns: Sequence[URLPattern | URLResolver] | None = None, prefix: str = "") -> Iterator[str]:
    """Yield the routes of the URL conf: "workspaces/<uuid:workspace_id>/"."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        assert isinstance(pattern.pattern, RoutePattern)
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, route)
        else:
            yield route


@dataclass
class HostileGenerator:
    """Makes requests. `known`: valid values of the parameters of routes; `cookies`: those of a signed-in person."""

    known: Mapping[str, Sequence[str]]
    cookies: Mapping[str, str]
    csrf_token: str
    seed: int
    pick: Random = field(init=False)
    routes: Sequence[str] = field(init=False)

    def __post_init__(self) -> None:
        self.pick = Random(self.seed)  # no secret
        self.routes = [*routes(), "static/css/portal.css", "healthz", "readyz", "favicon.ico", "nowhere/"]

    def requests(self, count: int, *, trusted: bool = False) -> Iterator[HostileRequest]:
        """Yield requests, to each route in turn. `trusted`: with the CSRF token of the person."""
        for number in range(count):
            yield self.request(self.routes[number % len(self.routes)], trusted=trusted)

    def request(self, route: str, *, trusted: bool) -> HostileRequest:
        """Return one request with a few hostile parts."""
        pick = self.pick
        method = "POST" if trusted else pick.choices(METHODS, [50, 25] + [2] * (len(METHODS) - 2))[0]
        headers = {"host": "testserver"}
        headers |= {
            name: pick.choice(HEADERS[name]) for name in pick.sample(sorted(HEADERS), pick.choice([0, 0, 1, 2]))
        }
        if trusted:
            headers["host"] = "testserver"
        if cookies := self.cookie_header(trusted=trusted):
            headers["cookie"] = cookies
        body = b""
        if method not in {"GET", "HEAD"} or pick.random() < 0.05:
            headers["content-type"] = FORM if trusted and pick.random() < 0.9 else pick.choice(CONTENT_TYPES)
            body = self.body(headers["content-type"], trusted=trusted)
        query = b"" if trusted and pick.random() < 0.7 else self.query()
        declared = pick.choice([0, 1, len(body) + 1, 2_000_000]) if pick.random() < 0.02 else None
        return HostileRequest(method, self.target(route), query, list(headers.items()), body, declared)

    def target(self, route: str) -> str:
        """Return a path of the route, with valid or hostile values of its parameters."""
        path = "/" + re.sub(r"<\w+:(\w+)>", lambda parameter: self.value(parameter[1]), route)
        return path + self.pick.choice(RAW_SEGMENTS) if self.pick.random() < 0.02 else path

    def value(self, name: str) -> str:
        """Return a valid or a hostile value of a parameter."""
        return self.pick.choice(self.known[name] if self.pick.random() < 0.7 else RAW_SEGMENTS)

    def query(self) -> bytes:
        """Return no query, one that is malformed, or one with hostile values of known parameters."""
        kind = self.pick.random()
        if kind < 0.4:
            return b""
        if kind < 0.55:
            return self.pick.choice(RAW_QUERIES)
        return urlencode(self.hostile_fields(), errors="replace").encode()

    def hostile_fields(self) -> list[tuple[str, str]]:
        """Return fields that the views know, with hostile values."""
        names = self.pick.choices(FIELDS, k=self.pick.choice([1, 2, 4]))
        return [(name, self.pick.choice(PROBES)) for name in names]

    def body(self, content_type: str, *, trusted: bool) -> bytes:
        """Return a form with hostile values, or a body that is malformed."""
        if not trusted and (content_type != FORM or self.pick.random() < 0.3):
            return self.pick.choice(BODIES)
        fields = [*self.hostile_fields(), *self.hostile_fields()]
        if trusted:
            fields = [(name, value) for name, value in fields if name != "csrfmiddlewaretoken"]
            fields.append(("csrfmiddlewaretoken", self.csrf_token))
        return urlencode(fields, errors="replace").encode()

    def cookie_header(self, *, trusted: bool) -> str:
        """Return the cookies of a person, of nobody, or hostile ones."""
        cookies = dict(self.cookies) if trusted or self.pick.random() < 0.15 else {}
        if self.pick.random() < (0.1 if trusted else 0.3):
            name = self.pick.choice(["tz", "messages"] if trusted else COOKIES)
            cookies[name] = self.pick.choice(COOKIE_VALUES)
        return "; ".join(f"{name}={value}" for name, value in cookies.items())
