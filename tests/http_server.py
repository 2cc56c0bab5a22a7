"""The HTTP server that fakes are made of."""

from http.server import ThreadingHTTPServer


class HttpServer(ThreadingHTTPServer):
    """Takes many connections at once: with the five that Python lets wait, a busy machine drops some, and that is no
    fault a test meant.
    """

    request_queue_size = 128
