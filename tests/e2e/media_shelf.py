"""A place for uploads as docs/protocol/media.md#3 describes it, in memory: for hubs that have
none. It does not check who asks."""
import base64
import http.server
import os
import re
import threading


class Shelf(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.files = {}  # path: [bytearray, length]
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def port(self):
        return self.server_address[1]

    def handle_error(self, request, client_address):
        pass  # broken connections are the tests' business


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def answer(self, status, body=b"", **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), str(value))
        if status != 204:
            self.send_header("Content-Length", headers.pop("length", len(body)))
        self.end_headers()
        self.wfile.write(body)

    @property
    def entry(self):
        return self.server.files.get(self.path)

    def do_POST(self):
        path = "/v1/media/" + base64.b32encode(os.urandom(32)).decode().lower().rstrip("=")
        self.server.files[path] = [bytearray(), int(self.headers["Upload-Length"])]
        self.answer(201, Location=path, Upload_Offset=0)

    def do_PATCH(self):
        # Bytes are kept as they come, as they are when a connection breaks.
        if not self.entry:
            return self.answer(404)
        data, length = self.entry
        if int(self.headers["Upload-Offset"]) != len(data):
            self.rfile.read(int(self.headers["Content-Length"]))
            return self.answer(409, Upload_Offset=len(data))
        rest = int(self.headers["Content-Length"])
        while rest > 0:
            piece = self.rfile.read1(min(rest, 65536))
            if not piece:
                self.close_connection = True
                return
            data.extend(piece)
            rest -= len(piece)
        self.answer(204, Upload_Offset=len(data))

    def do_HEAD(self):
        if not self.entry:
            return self.answer(404)
        data, length = self.entry
        self.send_response(200)
        self.send_header("Upload-Offset", str(len(data)))
        self.send_header("Upload-Length", str(length))
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()

    def do_GET(self):
        if not self.entry or len(self.entry[0]) < self.entry[1]:
            return self.answer(404)
        data, length = self.entry
        wanted = re.match(r"bytes=(\d+)-", self.headers.get("Range", ""))
        start = int(wanted[1]) if wanted else 0
        if start >= length:
            return self.answer(416)
        self.send_response(206 if wanted else 200)
        if wanted:
            self.send_header("Content-Range", f"bytes {start}-{length - 1}/{length}")
        self.send_header("Content-Length", str(length - start))
        self.end_headers()
        view = memoryview(data)
        for at in range(start, length, 65536):
            self.wfile.write(view[at:at + 65536])

    def do_DELETE(self):
        self.answer(204 if self.server.files.pop(self.path, None) else 404)
