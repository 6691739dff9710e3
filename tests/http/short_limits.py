"""The portal's HTTP protocol with short deadlines. A test names it in the start command and does not wait 10 s."""

from coder_portal import http_protocol, request_body
from coder_portal.http_protocol import LimitedProtocol

__all__ = ["LimitedProtocol"]

http_protocol.HEADER_TIMEOUT_S = 1.0
http_protocol.UNREAD_TIMEOUT_S = 1.0
http_protocol.MAX_SILENT = 50
request_body.BODY_TIMEOUT_S = 1.0
