"""Test the compression of pages: it is undone by decoders, and the lengths vary at random."""

import gzip

import brotli
import pytest
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.test import Client, RequestFactory

from coder_portal.compression import MAX_PADDING, WholeResponseBrotliMiddleware, compress
from tests.portal import SimulatedCoder

PAGE = b"<p>One paragraph of many.</p>" * 100
OTHER_PAGE = bytes(range(256)) * 4  # hardly compressible


def respond(response: HttpResponseBase, accepted: str = "gzip, deflate, br, zstd") -> HttpResponseBase:
    """Pass the response through the middleware, for a browser that accepts these encodings."""
    request = RequestFactory().get("/", headers={"Accept-Encoding": accepted})
    return WholeResponseBrotliMiddleware(lambda _: response)(request)


@pytest.mark.parametrize("data", [b"", b"x", PAGE, OTHER_PAGE])
@pytest.mark.parametrize("padding", [0, 1, 2, 63, 64, 99, 255, 256])
def test_padding_lengthens_brotli_stream_and_is_skipped_by_decoder(data: bytes, padding: int) -> None:
    stream = compress(data, padding=padding)
    assert brotli.decompress(stream) == data
    assert len(stream) - len(compress(data, padding=0)) == (padding + 2 if padding else 0)


def test_length_of_same_page_varies_at_random() -> None:
    lengths = {len(respond(HttpResponse(PAGE)).content) for _ in range(200)}  # type: ignore[attr-defined]
    assert len(lengths) > MAX_PADDING / 2
    assert max(lengths) - min(lengths) <= MAX_PADDING + 1


def test_brotli_response_has_its_length_encoding_and_vary_headers() -> None:
    response = respond(HttpResponse(PAGE))
    assert isinstance(response, HttpResponse)
    assert brotli.decompress(response.content) == PAGE
    assert response.headers["Content-Length"] == str(len(response.content))
    assert response.headers["Content-Encoding"] == "br"
    assert response.headers["Vary"] == "Accept-Encoding"


@pytest.mark.parametrize("accepted", ["br", "br;q=1.0", "gzip;q=0.9,br; q=0.5", "BR", "br;q=0.01, *;q=0"])
def test_response_is_compressed_for_browser_that_accepts_brotli(accepted: str) -> None:
    assert respond(HttpResponse(PAGE), accepted).has_header("Content-Encoding")


@pytest.mark.parametrize("accepted", ["", "gzip", "br;q=0", "br; q=0.00, gzip", "brr", "x-br", "br-x"])
def test_response_is_not_compressed_for_browser_that_does_not_accept_brotli(accepted: str) -> None:
    response = respond(HttpResponse(PAGE), accepted)
    assert not response.has_header("Content-Encoding")
    assert response.headers["Vary"] == "Accept-Encoding"


@pytest.mark.parametrize(
    "response",
    [
        HttpResponse(b"short"),
        StreamingHttpResponse([PAGE]),
        HttpResponse(gzip.compress(PAGE * 9), headers={"Content-Encoding": "gzip"}),
        HttpResponse(bytes(range(256))),
    ],
    ids=["short", "streaming", "compressed already", "longer when compressed"],
)
def test_response_that_gains_nothing_is_left_as_it_is(response: HttpResponseBase) -> None:
    before = response.headers.get("Content-Encoding")
    assert respond(response).headers.get("Content-Encoding") == before


@pytest.mark.django_db
def test_page_is_compressed_with_brotli(alice: Client, coder: SimulatedCoder) -> None:
    coder.place("web")
    response = alice.get("/workspaces/", headers={"Accept-Encoding": "gzip, br"})
    assert response.headers["Content-Encoding"] == "br"
    assert b"<!doctype html>" in brotli.decompress(response.content)
