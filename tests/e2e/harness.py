"""Drives the real `parleyd` and `parley`: hubs, people, terminals.

Nothing here sleeps and hopes: everything waits for what it needs, with a limit that is only
reached when something is wrong. PARLEY_BIN_DIR names the folder of the two binaries.
"""
import fcntl
import json
import os
import pathlib
import pty
import re
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import time
import unittest
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("PARLEY_BIN_DIR", ROOT / "build" / "release" / "bin"))
PASSWORD = "correct horse battery"
# Generous: a slow machine under load must not fail a test.
LIMIT_S = 120


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Hub:
    """One hub process, restartable with its data."""

    def __init__(self, folder, config=""):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.config = config
        self.process = None
        self.start()

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def start(self):
        command = [BIN / "parleyd", "serve", "--data", self.folder / "data", "--listen", self.address]
        if self.config:
            path = self.folder / "parleyd.toml"
            path.write_text(self.config)
            command += ["--config", path]
        self.log = open(self.folder / "hub.log", "ab")
        self.process = subprocess.Popen(command, stdout=self.log, stderr=self.log)
        end = time.monotonic() + LIMIT_S
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise AssertionError(f"the hub ended: {self.said()}")
            try:
                if self.is_ready():
                    return
            except OSError:
                time.sleep(0.05)
        raise AssertionError(f"the hub does not start: {self.said()}")

    def is_ready(self):
        with urllib.request.urlopen(f"http://{self.address}/health/ready", timeout=5) as answer:
            return answer.status == 200

    def stop(self, how=signal.SIGTERM):
        if self.process and self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(LIMIT_S)
        self.log.close()

    def restart(self, how=signal.SIGTERM):
        self.stop(how)
        self.start()

    def said(self):
        return (self.folder / "hub.log").read_text(errors="replace")[-3000:]


class Run:
    """How a command ended."""

    def __init__(self, process):
        self.status = process.returncode
        self.out = process.stdout
        self.err = process.stderr

    @property
    def objects(self):
        return [json.loads(line) for line in self.out.splitlines()]

    def __repr__(self):
        return f"status {self.status}\nout: {self.out}\nerr: {self.err}"


class Person:
    """Somebody with a home folder of their own."""

    def __init__(self, test, hub, name, home=None):
        self.test, self.hub, self.name = test, hub, name
        self.home = pathlib.Path(home or test.folder / f"home-{name}")

    def environment(self, **more):
        kept = {key: os.environ[key] for key in ("PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS")
                if key in os.environ}
        return {**kept, "HOME": str(self.home), "LANG": "C.UTF-8", "TZ": "UTC",
                "PARLEY_PASSWORD": PASSWORD, **more}

    def command(self, *arguments):
        return [str(BIN / "parley"), "--home", str(self.home), "--hub", self.hub.address,
                *map(str, arguments)]

    def start(self, *arguments, env=None, **options):
        process = subprocess.Popen(
            self.command(*arguments), env=self.environment(**(env or {})), text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)
        self.test.addCleanup(end, process)
        return process

    def run(self, *arguments, input=None, env=None, limit_s=LIMIT_S):
        source = {"input": input} if input is not None else {"stdin": subprocess.DEVNULL}
        return Run(subprocess.run(
            self.command(*arguments), env=self.environment(**(env or {})), text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=limit_s, **source))

    def must(self, *arguments, **options):
        """Runs a command that has to succeed."""
        result = self.run(*arguments, **options)
        self.test.assertEqual(result.status, 0, f"parley {' '.join(map(str, arguments))}: {result}")
        return result

    def fails(self, status, *arguments, saying=None, **options):
        """Runs a command that has to fail like this, with two sentences on standard error."""
        result = self.run(*arguments, **options)
        self.test.assertEqual(result.status, status, f"parley {' '.join(map(str, arguments))}: {result}")
        lines = [line for line in result.err.splitlines() if not line.startswith("(as ")]
        self.test.assertGreaterEqual(len(lines), 2, result)
        self.test.assertTrue(lines[0].startswith("parley: "), result)
        if saying:
            self.test.assertIn(saying, result.err)
        return result

    def sign_up(self):
        self.must("signup", self.name, "--country", "DE")
        return self

    def listen(self, count=1, timeout_s=LIMIT_S):
        """The messages that arrive, and everything else, as objects."""
        result = self.must("listen", "--json", "--count", count, "--timeout", timeout_s)
        return result.objects

    def texts(self, count=1):
        return [one["text"] for one in self.listen(count) if one["type"] == "message"]

    def history(self, who):
        return self.must("history", who, "--json").objects

    def account_folder(self):
        return self.home / f"127.0.0.1_{self.hub.port}" / self.name

    def terminal(self, *arguments, env=None, rows=40, columns=100):
        return Terminal(self, arguments, env or {}, rows, columns)


def end(process):
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    for pipe in (process.stdout, process.stderr):
        if pipe:
            pipe.close()


class Terminal:
    """A program on a pseudo-terminal: type, and wait for what it shows."""

    def __init__(self, person, arguments, env, rows, columns):
        self.test = person.test
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        environment = person.environment(**{"TERM": "xterm-256color", **env})
        self.process = subprocess.Popen(
            person.command(*arguments), env=environment, stdin=slave, stdout=slave, stderr=slave,
            start_new_session=True, close_fds=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        os.close(slave)
        self.master = master
        self.raw = b""
        self.mark = 0
        self.test.addCleanup(self.close)

    def type(self, text):
        os.write(self.master, text.encode())

    def line(self, text):
        self.type(text + "\r")

    @property
    def seen(self):
        return self.raw.decode(errors="replace")

    @property
    def text(self):
        """Everything shown so far, without colours and cursor movements."""
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self.seen)

    def _read(self, wait_s):
        ready, _, _ = select.select([self.master], [], [], wait_s)
        if not ready:
            return True
        try:
            data = os.read(self.master, 65536)
        except OSError:
            return False
        self.raw += data
        return bool(data)

    def wait_for(self, pattern, limit_s=LIMIT_S):
        """Waits for the pattern in what is shown after the last match."""
        end_at = time.monotonic() + limit_s
        while True:
            found = re.search(pattern, self.text[self.mark:])
            if found:
                self.mark += found.end()
                return found
            if time.monotonic() > end_at or not self._read(0.2) and self.process.poll() is not None:
                # What was written last may still be there.
                if re.search(pattern, self.text[self.mark:]):
                    continue
                raise AssertionError(f"{pattern!r} did not come; the screen had:\n{self.text[-3000:]}")

    def status(self, limit_s=LIMIT_S):
        end_at = time.monotonic() + limit_s
        while self.process.poll() is None and time.monotonic() < end_at:
            self._read(0.1)
        end_at = time.monotonic() + 1
        while self._read(0.1) and time.monotonic() < end_at:  # what it wrote last
            pass
        return self.process.wait(1)

    def close(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        os.close(self.master)


def new_folder(test):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="parley-e2e-"))
    test.addCleanup(shutil.rmtree, folder, ignore_errors=True)
    return folder


def acquainted(one, other):
    one.must("accept", other.name)
    other.must("accept", one.name)
    return one, other


def talking(one, other):
    """Who have written to each other too: long texts and files go only then."""
    acquainted(one, other)
    for writer, reader in ((one, other), (other, one)):
        writer.must("send", reader.name, "hi")
        reader.texts(1)
    return one, other


class Scene(unittest.TestCase):
    """A hub and an empty folder for one test."""

    hub_config = ""

    def setUp(self):
        self.folder = new_folder(self)
        self.hub = Hub(self.folder / "hub", self.hub_config)
        self.addCleanup(self.hub.stop)

    def person(self, name, **options):
        return Person(self, self.hub, name, **options)

    def two_people(self):
        """Who have accepted each other."""
        return acquainted(*self.two_strangers())

    def two_strangers(self):
        """What either writes to the other is a request."""
        return self.person("alice").sign_up(), self.person("bob").sign_up()


def main():
    """Runs a file's tests; the last line counts them for ./test."""
    if not (BIN / "parley").exists() or not (BIN / "parleyd").exists():
        print(f"parley and parleyd are not in {BIN}: build them or set PARLEY_BIN_DIR")
        sys.exit(1)
    program = unittest.main(exit=False, verbosity=2)
    result = program.result
    failed = len(result.failures) + len(result.errors)
    print(f"{result.testsRun - failed - len(result.skipped)} passed, {failed} failed, "
          f"{len(result.skipped)} skipped")
    sys.exit(0 if failed == 0 and result.testsRun > 0 else 1)
