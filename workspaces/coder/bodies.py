"""The bodies of Coder's responses, decoded in pieces and cut off at a limit.

httpx decodes each chunk as a whole, and a chunk of gzip can grow a thousandfold. So the portal asks for gzip alone and
decodes it here, PIECE_BYTES at a time: a body takes no more memory than the limit and one piece.
"""

import zlib
from collections.abc import AsyncGenerator, AsyncIterable, Iterable, Iterator

import httpx

ACCEPT_ENCODING = "gzip"
PIECE_BYTES = 65_536
# A list of 10,000 workspaces has 30 MB, and the portal asks for at most 100 of them. The rest is for logs of builds.
MAX_BODY_BYTES = 32 * 1024 * 1024
MAX_ERROR_BYTES = 1024 * 1024  # of a body outside 2xx: a message, a detail and messages for fields


class BodyTooLarge(Exception):
    """A body, or one event of a stream, exceeds its limit."""


class BodyDecoder:
    """Decode the chunks of one body. `limit` is in bytes after decoding; None for a stream of events without end.

    Raises httpx.DecodingError for an encoding that the portal did not ask for.
    """

    def __init__(self, encoding: str, limit: int | None) -> None:
        if encoding not in {"", "identity", "gzip"}:
            raise httpx.DecodingError("an encoding that was not asked for")
        self.limit = limit
        self.length = 0
        self._gzip = zlib.decompressobj(zlib.MAX_WBITS | 16) if encoding == "gzip" else None
        self._has_begun = False

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """Yield the pieces that this chunk completes. Raises BodyTooLarge and httpx.DecodingError."""
        self._has_begun = self._has_begun or bool(chunk)
        for piece in self._decode(chunk) if self._gzip else split(chunk):
            self.length += len(piece)
            if self.limit is not None and self.length > self.limit:
                raise BodyTooLarge
            yield piece

    def finish(self) -> None:
        """Check that the body is complete. Raises httpx.DecodingError if it is cut off."""
        if self._gzip and self._has_begun and not self._gzip.eof:
            raise httpx.DecodingError("a body that is cut off")

    def _decode(self, chunk: bytes) -> Iterator[bytes]:
        """Yield what gzip makes of a chunk, in pieces. Raises httpx.DecodingError."""
        if self._gzip is None:
            return
        while chunk or not self._gzip.eof:
            try:
                piece = self._gzip.decompress(chunk, PIECE_BYTES)
            except zlib.error:
                raise httpx.DecodingError("not gzip") from None
            if self._gzip.unused_data:
                raise httpx.DecodingError("data after the end")
            chunk = self._gzip.unconsumed_tail
            if piece:
                yield piece
            if not chunk and len(piece) < PIECE_BYTES:  # a full piece may have left more within the decoder
                return


def split(chunk: bytes) -> Iterator[bytes]:
    """Yield a chunk in pieces."""
    if len(chunk) <= PIECE_BYTES:
        yield chunk
        return
    for start in range(0, len(chunk), PIECE_BYTES):
        yield chunk[start : start + PIECE_BYTES]


def body_limit(response: httpx.Response) -> int:
    """Return the limit of the body of a response, in bytes."""
    return MAX_BODY_BYTES if response.is_success else MAX_ERROR_BYTES


def iter_body(response: httpx.Response, *, limit: int | None) -> Iterator[bytes]:
    """Yield the decoded body of an open response in pieces. Raises BodyTooLarge and what httpx raises."""
    stream = response.stream  # before httpx decodes it
    decoder = BodyDecoder(content_encoding(response), limit)
    if not isinstance(stream, Iterable):
        raise httpx.StreamError("an asynchronous response")
    for chunk in stream:
        yield from decoder.feed(chunk)
    decoder.finish()


async def aiter_body(response: httpx.Response, *, limit: int | None) -> AsyncGenerator[bytes]:
    """Yield the decoded body of an open asynchronous response in pieces; see `iter_body`."""
    stream = response.stream
    decoder = BodyDecoder(content_encoding(response), limit)
    if not isinstance(stream, AsyncIterable):
        raise httpx.StreamError("a synchronous response")
    async for chunk in stream:
        for piece in decoder.feed(chunk):
            yield piece
    decoder.finish()


def content_encoding(response: httpx.Response) -> str:
    """Return the encoding of the body, "" if it has none."""
    encoding: str = response.headers.get("Content-Encoding", "")
    return encoding.strip().lower()
