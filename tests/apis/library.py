"""The lending library of library.yaml as an upstream: it keeps its books in memory and writes down every request."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

KEY = "a-reader's-key"


FORMS = {
    "f-1": {
        "id": "f-1",
        "name": "Purchase",
        "open_to": ["readers", "staff"],
        "schema": {
            "type": "object",
            "required": ["title", "copies"],
            "properties": {
                "title": {"type": "string", "description": "The book's title"},
                "copies": {"type": "integer", "minimum": 1, "default": 1},
                "binding": {"type": "string", "enum": ["cloth", "paper"]},
            },
        },
    },
    "f-2": {"id": "f-2", "name": "Interlibrary loan", "open_to": ["staff"], "schema": {"type": "object", "properties": {}}},
    "f-3": {"id": "f-3", "name": "Purchase of a map", "schema": {"type": "object", "properties": {"map": {"type": "string"}}}},
}


class Library(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status, body=None):
        data = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        if body is not None:
            self.send_header("content-type", "application/json" if status < 400 else "application/problem+json")
        if status != 204:
            self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def handle_request(self):
        url = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        query = parse_qs(url.query, keep_blank_values=True)
        self.server.requests.append((self.command, url.path, query, dict(self.headers), body))
        if self.headers.get("x-library-key") != KEY:
            return self.answer(401, {"title": "no key", "status": 401})
        books = self.server.books
        match (self.command, [unquote(part) for part in url.path.split("/")[1:]]):
            case ("GET", ["v1", "books"]):
                start, size = int(query.get("offset", ["0"])[0]), int(query.get("limit", ["20"])[0])
                return self.answer(200, {"books": list(books.values())[start : start + size], "total": len(books)})
            case ("POST", ["v1", "books"]):
                book = json.loads(body)
                books[book["isbn"]] = book
                return self.answer(201, book)
            case ("GET", ["v1", "books", isbn]) if isbn in books:
                return self.answer(200, books[isbn])
            case ("DELETE", ["v1", "books", isbn]) if isbn in books:
                del books[isbn]
                return self.answer(204)
            case ("PUT", ["v1", "books", isbn, "cover"]) if isbn in books:
                return self.answer(204)
            case ("POST", ["v1", "loans"]):
                return self.answer(201, {"id": "loan-1"})
            case ("GET", ["v1", "book-fields"]):
                return self.answer(200, {"fields": [{"key": "shelf", "label": "Shelf"}, {"key": "donor", "label": "Donor"}]})
            case ("GET", ["v1", "request-forms"]):
                return self.answer(200, {"forms": list(FORMS.values())})
            case ("GET", ["v1", "request-forms", form]) if form in FORMS:
                return self.answer(200, FORMS[form])
            case ("POST", ["v1", "requests"]):
                return self.answer(201, {"id": "request-1"})
        return self.answer(404, {"title": "no such thing", "status": 404})

    do_GET = do_POST = do_PUT = do_DELETE = handle_request

    def log_message(self, *_):
        pass


def serve():
    """Starts the library on a free port; its `books` and `requests` can be read."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Library)
    server.books = {f"978{number:010}": {"isbn": f"978{number:010}", "title": f"Volume {number}"} for number in range(1, 13)}
    server.requests = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server
