#!/usr/bin/python3
"""`./run` as a newcomer uses it: start it, sign up, write to the bot of the other service, Ctrl-C."""
import os
import shlex
import signal
import socket
import subprocess
import threading
import time
import unittest

import harness
import nordlys


class Started:
    """`./run` in a session of its own, as in a terminal; what it says is read all the time."""

    def __init__(self, test, *options):
        self.port, self.nordlys_port = harness.free_port(), harness.free_port()
        self.address = f"127.0.0.1:{self.port}"
        self.said = ""
        self.process = subprocess.Popen(
            [harness.ROOT / "run", "--data", test.folder / "data", "--listen", self.address,
             "--nordlys-port", str(self.nordlys_port), "--without-web", *options],
            env={**os.environ, "PATH": nordlys.node_path()}, text=True, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)
        test.addCleanup(self.end)
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            self.said += line

    def wait_for(self, text):
        end = time.monotonic() + harness.LIMIT_S
        while text not in self.said:
            if self.process.poll() is not None or time.monotonic() > end:
                raise AssertionError(f"{text!r} did not come; ./run said:\n{self.said}")
            time.sleep(0.05)

    def interrupt(self):
        """Ctrl-C reaches everything in the terminal."""
        os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(harness.LIMIT_S)

    def end(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(harness.LIMIT_S)
        self.reader.join(20)
        self.process.stdout.close()


class Newcomer(harness.Person):
    """Types whole lines, in the checkout, with a home of their own."""

    def command(self, line):
        return ["bash", "-c", f"cd {shlex.quote(str(harness.ROOT))} && exec {line}"]

    def environment(self, **more):
        return super().environment(NORDLYS_PASSWORD=harness.PASSWORD, **more)


@unittest.skipUnless((harness.ROOT / "build" / "bin" / "parleyd").exists(),
                     "build/bin is not there: ./run --build-only")
class Run(unittest.TestCase):
    def setUp(self):
        self.folder = harness.new_folder(self)

    def test_what_it_says_to_type_works(self):
        started = Started(self)
        started.wait_for("alice requests\n")
        started.wait_for("Nordlys is ready")
        lines = [line.split("#")[0].strip() for line in started.said.splitlines()
                 if line.startswith("  ")]

        def said(ending):
            (line,) = [one for one in lines if one.endswith(ending)]
            return line

        newcomer = Newcomer(self, started, "newcomer")
        newcomer.home.mkdir()
        newcomer.must(said("signup alice --country DE"))
        newcomer.must(said("signup bob --country DE"))
        screen = newcomer.terminal(said("third-party"), rows=100)
        for question in ("Turn third-party chats on", "people on Nordlys", "among your others",
                         "who know your exact name"):
            screen.wait_for(question + r".*\[y/N\]: ")
            screen.line("y")
        screen.wait_for("They are on")
        self.assertEqual(screen.status(), 0)
        screen = newcomer.terminal(said("chat echo@nordlys"))
        screen.wait_for("alice, send to Nordlys> ")
        screen.line("is anybody there?")
        screen.wait_for("echo@nordlys: Hello! I am Echo")
        screen.wait_for("echo@nordlys: is anybody there")
        screen.line("/quit")
        self.assertEqual(screen.status(), 0)
        newcomer.must(said("signup carol"))
        newcomer.must(said("send alice hello"))
        self.assertIn("carol@nordlys", newcomer.must(said("alice requests")).out)

        self.assertEqual(started.interrupt(), 0, started.said)
        self.assertNotIn("stopped_at_once", started.said)
        for port in (started.port, started.nordlys_port):
            with self.assertRaises(OSError):
                socket.create_connection(("127.0.0.1", port), timeout=5).close()


if __name__ == "__main__":
    harness.main()
