"""The sample service beside a hub, and its people, for end-to-end tests."""
import hashlib
import json
import os
import shutil
import subprocess
import unittest

import harness

FOLDER = harness.ROOT / "partner" / "reference"
FEATURES = ["reply", "reaction", "edit", "delete", "expiry", "delivery_receipt", "read_receipt",
            "typing", "image", "voice", "video", "file", "retry_receipt"]


# Another service, which nobody needs to run.
FJORD = """
[[provider]]
id = "fjord"
display_name = "Fjord"
jwks_url = "http://127.0.0.1:1/keys"
allow_private_addresses = true
state = "live"
"""


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def node_path():
    """Where programs are looked for: the checkout's own Node.js first."""
    return f"{harness.ROOT / '.deps' / 'node' / 'bin'}:{os.environ['PATH']}"


def provider_block(port, more="", features=None):
    base = f"http://127.0.0.1:{port}"
    return f"""
[[provider]]
id = "nordlys"
display_name = "Nordlys"
jwks_url = "{base}/jwks.json"
push_url = "{base}/push"
media_base_url = "{base}/media/"
allow_private_addresses = true
features = {json.dumps(features or FEATURES)}
state = "live"
{more}
[provider.data_policy]
retention = "Thirty days."
url = "https://nordlys.example/data"
"""


class Service:
    """A running service; ends with the test."""

    def __init__(self, test, hub, port):
        self.test, self.url = test, f"http://127.0.0.1:{port}"
        if not shutil.which("node", path=node_path()) or not shutil.which("npm", path=node_path()):
            raise unittest.SkipTest("Node.js is not here: tools/bootstrap test")
        environment = {**os.environ, "PATH": node_path()}
        built = subprocess.run([FOLDER / "start", "--build-only"], env=environment, text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=600)
        test.assertEqual(built.returncode, 0, built.stdout)
        self.process = subprocess.Popen(
            [FOLDER / "start", "--hub", f"http://{hub.address}", "--port", str(port), "--data",
             str(test.folder / "nordlys")],
            env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        test.addCleanup(harness.end, self.process)
        line = self.process.stdout.readline()
        test.assertIn("ready", line)

    def person(self, name, home=None):
        return Member(self.test, self, name, home)

    def driver(self):
        return Driver(self.test, self)


class Member:
    """Somebody of the service, with a device."""

    def __init__(self, test, service, name, home=None):
        self.test, self.name = test, name
        self.home = test.folder / (home or f"nordlys-{name}")
        self.url = service.url

    def run(self, *arguments):
        return harness.Run(subprocess.run(
            [FOLDER / "nordlys", *map(str, arguments), "--home", self.home, "--server", self.url],
            env={**os.environ, "PATH": node_path(), "NORDLYS_PASSWORD": "correct horse battery"},
            text=True, stdin=subprocess.DEVNULL, capture_output=True, timeout=harness.LIMIT_S))

    def must(self, *arguments):
        result = self.run(*arguments)
        self.test.assertEqual(result.status, 0, f"nordlys {' '.join(map(str, arguments))}: {result}")
        return result

    def listen(self, count):
        return self.must("listen", "--json", "--count", count, "--timeout", 30).objects


class Driver:
    """People of the service who stay connected and do what no single command does."""

    def __init__(self, test, service):
        self.test, self.count = test, 0
        self.process = subprocess.Popen(
            [FOLDER / "nordlys", "driver", "--home", test.folder / "nordlys-driver", "--server",
             service.url], env={**os.environ, "PATH": node_path()}, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        test.addCleanup(harness.end, self.process)
        test.addCleanup(self.process.stdin.close)
        test.assertEqual(json.loads(self.process.stdout.readline())["event"], "ready")

    def do(self, client, what, **fields):
        """Asks a client to do something; gives the answer."""
        self.count += 1
        print(json.dumps({"id": self.count, "client": client, "do": what, **fields}),
              file=self.process.stdin, flush=True)
        while True:
            line = self.process.stdout.readline()
            self.test.assertTrue(line, f"the driver ended before {what} was done")
            answer = json.loads(line)
            if answer.get("id") == self.count and "ok" in answer:
                self.test.assertTrue(answer["ok"], answer)
                return answer


class Scene(harness.Scene):
    features = None

    @property
    def hub_config(self):
        if not hasattr(self, "port"):
            self.port = harness.free_port()
        return provider_block(self.port, features=self.features) + FJORD

    def setUp(self):
        super().setUp()
        self.service = Service(self, self.hub, self.port)

    def operator(self, *arguments):
        result = subprocess.run([harness.BIN / "parleyd", *arguments, "--data",
                                 self.hub.folder / "data"], capture_output=True, text=True,
                                timeout=harness.LIMIT_S)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout

    def turn_on(self, person):
        person.must("third-party", "--on", "--services", "nordlys", "--inbox", "separate",
                    "--reachable", "yes")
        return person

    def photo(self, name):
        path = self.folder / name
        path.write_bytes(os.urandom(1_500_000))
        return path

    def saved(self, person, whom):
        folder = self.folder / f"saved-{whom}"
        folder.mkdir()
        person.must("save", whom, "--to", folder)
        (path,) = folder.iterdir()
        return path

    def fetched(self, member, message):
        path = self.folder / f"fetched-{message['id'][:8]}"
        member.must("fetch", message["id"], path)
        return path

    def met(self, person, member):
        """A request of somebody there, accepted."""
        member.must("signup", member.name)
        member.must("send", person.name, "hello, may I?")
        person.listen(1)
        person.must("accept", f"{member.name}@nordlys")
        person.must("send", f"{member.name}@nordlys", "come in")
        member.listen(1)
        return person, member
