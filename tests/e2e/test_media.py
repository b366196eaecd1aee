#!/usr/bin/python3
"""Files on a hub and through it, with the real program and a media server that may misbehave."""
import base64
import http.client
import http.server
import json
import os
import re
import socketserver
import subprocess
import threading
import time
import urllib.parse

import harness

MIB = 1 << 20
# The base point: a key like any other.
KEY = bytes([5, 9]) + bytes(31)


class Media(http.server.BaseHTTPRequestHandler):
    """A service's media server: the path says how it behaves."""
    protocol_version = "HTTP/1.1"
    seen = []

    def do_GET(self):
        Media.seen.append((self.path, dict(self.headers)))
        behave = {"/m/file": self.file, "/m/slow": self.slow, "/m/cut": self.cut,
                  "/m/giant": self.giant, "/m/garbage": self.garbage}
        if self.path.startswith("/m/to/"):
            self.send_response(302)
            self.send_header("Location", bytes.fromhex(self.path[6:]).decode())
            self.send_header("Content-Length", "0")
            return self.end_headers()
        if self.path in behave:
            return behave[self.path]()
        self.send_response(404)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def file(self):
        content = bytes(range(256)) * 4096
        first, last = 0, len(content) - 1
        asked = self.headers.get("Range")
        if asked:
            first, last = (int(x) for x in re.fullmatch(r"bytes=(\d+)-(\d+)", asked).groups())
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {first}-{last}/{len(content)}")
        else:
            self.send_response(200)
        self.send_header("Content-Length", str(last - first + 1))
        self.send_header("Set-Cookie", "who=you")
        self.end_headers()
        self.wfile.write(content[first:last + 1])

    def slow(self):
        time.sleep(13)

    def cut(self):
        self.send_response(200)
        self.send_header("Content-Length", "100000")
        self.end_headers()
        self.wfile.write(b"x" * 1000)
        self.close_connection = True

    def giant(self):
        self.send_response(200)
        self.send_header("Content-Length", str(3 << 30))
        self.end_headers()

    def garbage(self):
        self.wfile.write(b"\x00\xff garbage\r\n\r\n")
        self.close_connection = True

    def log_message(self, *_):
        pass


class Threaded(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True


class Files(harness.Scene):
    @classmethod
    def setUpClass(cls):
        cls.media = Threaded(("127.0.0.1", 0), Media)
        cls.base = f"http://127.0.0.1:{cls.media.server_port}/m/"
        threading.Thread(target=cls.media.serve_forever, daemon=True).start()

    @classmethod
    def tearDownClass(cls):
        cls.media.shutdown()
        cls.media.server_close()

    @property
    def hub_config(self):
        return f"""
[media]
account_mib = 40
[[provider]]
id = "nordlys"
display_name = "Nordlys"
jwks_url = "http://127.0.0.1:1/keys"
media_base_url = "{self.base}"
allow_private_addresses = true
state = "live"
[[provider]]
id = "inside"
display_name = "Inside"
jwks_url = "https://inside.example/keys"
media_base_url = "https://127.0.0.1:{self.media.server_port}/m/"
state = "live"
"""

    def ask(self, method, path, body=None, token=None, **headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.hub.port, timeout=harness.LIMIT_S)
        headers = {name.replace("_", "-"): str(value) for name, value in headers.items()}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        answer.content = answer.read() if method != "HEAD" else b""
        connection.close()
        return answer

    def sign_up(self, name):
        body = json.dumps({
            "handle": name, "password": "correct horse", "country": "DE",
            "device": {"registrationId": 7, "identityKey": base64.b64encode(KEY).decode()}})
        answer = self.ask("POST", "/v1/accounts", body)
        self.assertEqual(answer.status, 200, answer.content)
        token = base64.b64decode(json.loads(answer.content)["sessionToken"])
        return base64.urlsafe_b64encode(token).decode().rstrip("=")

    def begin(self, token, size):
        answer = self.ask("POST", "/v1/media", token=token, Upload_Length=size)
        self.assertEqual(answer.status, 201, answer.content)
        return answer.headers["Location"]

    def patch(self, where, token, offset, content):
        return self.ask("PATCH", where, content, token=token, Upload_Offset=offset,
                        Content_Type="application/offset+octet-stream")

    def code(self, answer):
        return json.loads(answer.content)["code"]

    def test_a_file_goes_up_in_pieces_and_comes_down_whole_and_in_parts(self):
        alice = self.sign_up("alice")
        content = os.urandom(3 * MIB + 17)
        where = self.begin(alice, len(content))
        self.assertRegex(where, r"^/v1/media/[a-z2-7]{52}$")
        self.assertEqual(self.ask("GET", where).status, 404, "not before it is whole")
        half = self.patch(where, alice, 0, content[:MIB])
        self.assertEqual((half.status, half.headers["Upload-Offset"]), (204, str(MIB)))
        wrong = self.patch(where, alice, 5, b"x")
        self.assertEqual((wrong.status, wrong.headers["Upload-Offset"]), (409, str(MIB)))
        self.hub.restart(harness.signal.SIGKILL)
        state = self.ask("HEAD", where, token=alice)
        self.assertEqual((state.headers["Upload-Offset"], state.headers["Upload-Length"]),
                         (str(MIB), str(len(content))))
        self.assertEqual(self.patch(where, alice, MIB, content[MIB:]).status, 204)
        whole = self.ask("GET", where)
        self.assertEqual((whole.status, whole.content == content), (200, True))
        self.assertEqual(whole.headers["Content-Disposition"], "attachment")
        self.assertEqual(whole.headers["X-Content-Type-Options"], "nosniff")
        part = self.ask("GET", where, Range="bytes=100-199")
        self.assertEqual((part.status, part.content), (206, content[100:200]))
        self.assertEqual(part.headers["Content-Range"], f"bytes 100-199/{len(content)}")
        beyond = self.ask("GET", where, Range=f"bytes={len(content)}-")
        self.assertEqual(beyond.status, 416)
        head = self.ask("HEAD", where)
        self.assertEqual(head.headers["Content-Length"], str(len(content)))
        self.assertEqual(self.ask("DELETE", where, token=alice).status, 204)
        self.assertEqual(self.ask("GET", where).status, 404)

    def test_a_broken_upload_keeps_what_came(self):
        alice = self.sign_up("alice")
        where = self.begin(alice, 2 * MIB)
        connection = http.client.HTTPConnection("127.0.0.1", self.hub.port, timeout=30)
        connection.putrequest("PATCH", where)
        for name, value in (("Authorization", f"Bearer {alice}"), ("Upload-Offset", "0"),
                            ("Content-Type", "application/offset+octet-stream"),
                            ("Content-Length", str(2 * MIB))):
            connection.putheader(name, value)
        connection.endheaders()
        connection.send(b"y" * MIB)
        connection.close()
        end = time.monotonic() + harness.LIMIT_S
        offset = 0
        while offset == 0 and time.monotonic() < end:
            offset = int(self.ask("HEAD", where, token=alice).headers["Upload-Offset"])
            time.sleep(0.05)
        self.assertGreater(offset, 0)
        self.assertEqual(self.patch(where, alice, offset, b"y" * (2 * MIB - offset)).status, 204)
        self.assertEqual(self.ask("GET", where).content, b"y" * (2 * MIB))

    def test_uploads_are_ones_own_and_within_their_bounds(self):
        alice, bob = self.sign_up("alice"), self.sign_up("bobby")
        where = self.begin(alice, 10)
        self.assertEqual(self.patch(where, bob, 0, b"0123456789").status, 404)
        self.assertEqual(self.ask("DELETE", where, token=bob).status, 404)
        self.assertEqual(self.ask("POST", "/v1/media", Upload_Length=1).status, 401)
        self.assertEqual(self.ask("POST", "/v1/media", token="x" * 43, Upload_Length=1).status, 401)
        self.assertEqual(self.patch(where, alice, 0, b"x" * 11).status, 413)
        self.assertEqual(self.ask("POST", "/v1/media", token=alice).status, 400)
        self.assertEqual(self.ask("POST", "/v1/media", token=alice, Upload_Length=3 << 30).status, 413)
        full = self.ask("POST", "/v1/media", token=alice, Upload_Length=40 * MIB)
        self.assertEqual((full.status, self.code(full)), (429, "RATE_LIMITED"))
        for _ in range(3):
            self.begin(alice, 1)
        fifth = self.ask("POST", "/v1/media", token=alice, Upload_Length=1)
        self.assertEqual(fifth.status, 429)
        self.assertTrue(fifth.headers["Retry-After"])
        for path in ("/v1/media/../media.db", "/v1/media/%2e%2e/media.db", "/v1/media/x"):
            self.assertEqual(self.ask("GET", path).status, 404)

    def test_files_go_with_their_account(self):
        alice = self.sign_up("alice")
        where = self.begin(alice, 4)
        self.patch(where, alice, 0, b"data")
        folder = self.hub.folder / "data" / "media"
        self.assertEqual(len(list(folder.glob("??/*"))), 1)
        gone = self.ask("POST", "/v1/accounts/delete",
                        json.dumps({"handle": "alice", "password": "correct horse"}))
        self.assertEqual(gone.status, 200)
        end = time.monotonic() + harness.LIMIT_S
        while list(folder.glob("??/*")) and time.monotonic() < end:
            time.sleep(0.05)
        self.assertEqual(list(folder.glob("??/*")), [])
        self.assertEqual(self.ask("GET", where).status, 404)

    def fetch(self, url, token, **headers):
        return self.ask("GET", "/v1/media/fetch?url=" + urllib.parse.quote(url, safe=""),
                        token=token, **headers)

    def test_the_proxy_passes_on_a_services_file_and_nothing_of_the_user(self):
        alice = self.sign_up("alice")
        Media.seen.clear()
        whole = self.fetch(self.base + "file", alice)
        self.assertEqual((whole.status, len(whole.content)), (200, MIB))
        self.assertNotIn("Set-Cookie", whole.headers)
        part = self.fetch(self.base + "file", alice, Range="bytes=256-511", Cookie="a=b",
                          Referer="http://x/", X_Forwarded_For="192.0.2.7", User_Agent="secret")
        self.assertEqual((part.status, part.content), (206, bytes(range(256))))
        said = {name.lower(): value for name, value in Media.seen[-1][1].items()}
        self.assertEqual(set(said), {"host", "user-agent", "accept-encoding", "range",
                                     "authorization", "connection"})
        self.assertEqual(said["user-agent"], "parleyd")
        payload = said["authorization"].split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        self.assertEqual(claims["aud"], "nordlys")
        self.assertEqual(self.fetch(self.base + "file", None).status, 401)
        self.assertEqual(self.fetch(self.base + "missing", alice).status, 404)

    def test_the_proxy_goes_nowhere_else(self):
        alice = self.sign_up("alice")
        port = self.media.server_port
        for url in (f"http://127.0.0.1:{port}/private", f"http://localhost:{port}/m/file",
                    f"http://127.0.0.1:{port}/m/../private", f"http://127.0.0.1:{port}/m/%2e%2e/x",
                    f"http://u@127.0.0.1:{port}/m/file", f"http://127.0.0.1:{port}/m/file#x",
                    f"http://127.0.0.1:{self.hub.port}/m/file", f"http://2130706433:{port}/m/file",
                    f"http://[::ffff:127.0.0.1]:{port}/m/file", f"http://127.1:{port}/m/file",
                    "http://169.254.169.254/latest/meta-data", "file:///etc/passwd", ""):
            Media.seen.clear()
            answer = self.fetch(url, alice)
            self.assertEqual((url, answer.status, self.code(answer)), (url, 403, "NOT_ALLOWED"))
            self.assertEqual(Media.seen, [])
        # This service may not have private addresses, whatever it registered.
        inside = self.fetch(f"https://127.0.0.1:{port}/m/file", alice)
        self.assertEqual((inside.status, self.code(inside)), (503, "PROVIDER_UNREACHABLE"))
        for target in (f"http://127.0.0.1:{port}/private", f"http://127.0.0.1:{self.hub.port}/x",
                       "//evil.example/m/x", "/elsewhere", "file"):
            Media.seen.clear()
            answer = self.fetch(self.base + "to/" + target.encode().hex(), alice)
            self.assertEqual((target, answer.status), (target, 503))
            self.assertEqual(len(Media.seen), 1)
        good = self.fetch(self.base + "to/" + b"/m/file".hex(), alice)
        self.assertEqual(good.status, 200)
        once = "/m/file"
        for _ in range(4):
            once = "/m/to/" + once.encode().hex()
        deep = self.fetch(f"http://127.0.0.1:{port}{once}", alice)
        self.assertEqual(deep.status, 503, "at most three")

    def test_a_bad_media_server_costs_little(self):
        alice = self.sign_up("alice")
        began = time.monotonic()
        slow = self.fetch(self.base + "slow", alice)
        self.assertEqual(slow.status, 503)
        self.assertLess(time.monotonic() - began, 13)
        self.assertEqual(self.fetch(self.base + "giant", alice).status, 413)
        self.assertEqual(self.fetch(self.base + "garbage", alice).status, 503)
        with self.assertRaises(http.client.IncompleteRead):
            self.fetch(self.base + "cut", alice)

    def test_a_suspended_services_files_are_not_fetched(self):
        alice = self.sign_up("alice")
        subprocess.run([harness.BIN / "parleyd", "provider", "suspend", "nordlys", "--reason", "x",
                        "--data", self.hub.folder / "data"], check=True, capture_output=True)
        answer = self.fetch(self.base + "file", alice)
        self.assertEqual(self.code(answer), "PROVIDER_SUSPENDED")


if __name__ == "__main__":
    harness.main()
