"""The guarded delivery: a form posted to a public web server, and to nowhere else."""

import http.client
from collections.abc import Mapping
from urllib.parse import urlencode

from visage.errors import Reason, VisageError
from visage.media.connections import Deadline, Stream, connect
from visage.media.urls import Url


def push(address: str, fields: Mapping[str, str], seconds: float) -> int:
    """The status that a POST of a form to the URL `address` is answered with, within so many seconds.

    Connections are guarded (`connections.connect`). A redirect is an answer like any other, and of what is answered
    only the status is read.

    VisageError: IMAGE_ADDRESS, IMAGE_NOT_FOUND, IMAGE_TIMEOUT.
    """
    deadline, url, body = Deadline.after(seconds), Url.parse(address), urlencode(fields).encode()
    try:
        with connect(url, deadline) as connection:
            connection.settimeout(deadline.left())
            connection.sendall(
                f"POST {url.target} HTTP/1.1\r\n"
                f"Host: {url.authority}\r\n"
                "User-Agent: visage\r\n"
                "Content-Type: application/x-www-form-urlencoded; charset=utf-8\r\n"
                f"Content-Length: {len(body)}\r\n"
                "Connection: close\r\n\r\n".encode("ascii") + body
            )
            with http.client.HTTPResponse(Stream(connection, deadline), method="POST") as response:
                response.begin()
                return response.status
    except TimeoutError as error:
        raise VisageError(Reason.IMAGE_TIMEOUT, f"The server did not answer within {seconds:g} s.") from error
    except (OSError, http.client.HTTPException) as error:
        raise VisageError(Reason.IMAGE_NOT_FOUND, "The server could not be talked to.") from error
