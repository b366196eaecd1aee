#!/usr/bin/python3
"""Files between two people: whole, over broken connections and killed programs, and never
other than they were sent."""
import hashlib
import os
import pathlib
import re
import signal
import time
import unittest

import front
import harness

MEGABYTE = 1_000_000


def digest(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() if hasattr(hashlib, "file_digest") \
            else hashlib.sha256(file.read()).hexdigest()


class Files(harness.Scene):
    def setUp(self):
        super().setUp()
        self.front = front.Front(self, self.hub)

    def pair(self):
        """Two people who have heard of each other; what they do passes the front."""
        alice, bob = self.two_people()
        alice.must("send", "bob", "hello")
        bob.must("send", "alice", "hello")
        alice.must("listen", "--json", "--count", 1, "--timeout", 60)
        bob.must("listen", "--json", "--count", 1, "--timeout", 60)
        return alice, bob

    def person(self, name, **options):
        person = super().person(name, **options)
        person.hub = self.front
        return person

    def file(self, name, size):
        path = self.folder / name
        block = os.urandom(min(size, MEGABYTE))
        with open(path, "wb") as file:
            left = size
            while left > 0:
                left -= file.write(block[:left])
        return path

    def inbox(self, name):
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        return folder

    def saved(self, bob, folder, **options):
        return pathlib.Path(bob.must("save", "alice", "--to", folder, **options).out.strip())

    def test_a_file_with_a_caption(self):
        alice, bob = self.pair()
        cat = self.file("cat.png", 300_000)
        sent = alice.must("send", "bob", "--file", cat, "--caption", "look", "--json").objects
        self.assertEqual(sent[-1]["type"], "sent")
        got = bob.listen(1)[-1]
        self.assertEqual((got["text"], got["id"]), ("look", sent[-1]["id"]))
        self.assertEqual(got["files"], [{"number": 1, "kind": "image", "name": "cat.png",
                                         "content_type": "image/png", "size": 300_000}])
        folder = self.inbox("in")
        path = self.saved(bob, folder)
        self.assertEqual(path, folder / "cat.png")
        self.assertEqual(digest(path), digest(cat))
        self.assertEqual(oct(path.stat().st_mode & 0o777), "0o600")
        # Never over another file.
        self.assertEqual(self.saved(bob, folder), folder / "cat (1).png")
        self.assertEqual(sorted(os.listdir(folder)), ["cat (1).png", "cat.png"])
        self.assertEqual(bob.must("files").out.strip(), "No file is on its way.")

    def test_several_files_and_sizes_at_the_borders(self):
        alice, bob = self.pair()
        sizes = [0, 1, 1024, 1_048_576, 1_048_577]
        paths = [self.file(f"f{size}.bin", size) for size in sizes]
        arguments = [one for path in paths for one in ("--file", path)]
        alice.must("send", "bob", *arguments)
        got = bob.listen(1)[-1]
        self.assertEqual([one["size"] for one in got["files"]], sizes)
        folder = self.inbox("in")
        for number, path in enumerate(paths, 1):
            result = bob.must("save", "alice", got["id"][:8], "--number", number, "--to", folder)
            self.assertEqual(digest(result.out.strip()), digest(path))

    def test_an_upload_goes_on_after_a_broken_connection(self):
        alice, bob = self.pair()
        film = self.file("film.mp4", 20 * MEGABYTE)
        self.front.cut_upload_after = 9 * MEGABYTE
        alice.must("send", "bob", "--file", film)
        self.assertEqual(self.front.cuts, 1)
        self.assertLess(self.front.uploaded, 26 * MEGABYTE, "it began anew")
        bob.listen(1)
        self.front.cut_download_after = 9 * MEGABYTE
        path = self.saved(bob, self.inbox("in"))
        self.assertEqual(self.front.cuts, 2)
        self.assertLess(self.front.downloaded, 24 * MEGABYTE, "it began anew")
        self.assertEqual(digest(path), digest(film))

    def test_the_progress_is_a_line_that_is_written_again(self):
        alice, bob = self.pair()
        film = self.file("film.mp4", 30 * MEGABYTE)
        self.front.rate = 8 * MEGABYTE
        folder = self.inbox("in")
        for person, arguments, head in (
                (alice, ("send", "bob", "--file", film), "1 to bob"),
                (bob, ("save", "alice", "--to", folder), "1 from alice")):
            screen = person.terminal(*arguments)
            self.assertEqual(screen.status(), 0, screen.text)
            lines = re.findall(head + r": film\.mp4 (\d+) %, [\d.]+ k?M?B of 30\.0 MB", screen.text)
            percents = [int(one) for one in lines]
            self.assertEqual(percents, sorted(percents))
            self.assertGreaterEqual(len(set(percents)), 3, screen.text)
            self.assertIn("\r\x1b[K" + head, screen.seen, "in the place of the one before")
            if head == "1 to bob":
                bob.listen(1)
        self.assertIn(str(folder / "film.mp4"), screen.text)

    def test_the_progress_for_scripts(self):
        alice, bob = self.pair()
        film = self.file("film.mp4", 30 * MEGABYTE)
        self.front.rate = 8 * MEGABYTE
        steps = alice.must("send", "bob", "--file", film, "--json").objects
        self.assertEqual([one["type"] for one in steps[-2:]], ["transfer", "sent"])
        self.check_steps(steps[:-1], "out", "bob")
        self.assertEqual(steps[-2]["id"], steps[-1]["id"])
        bob.listen(1)
        folder = self.inbox("in")
        steps = bob.must("save", "alice", "--to", folder, "--json").objects
        self.check_steps(steps, "in", "alice")
        self.assertEqual(steps[-1]["path"], str(folder / "film.mp4"))

    def check_steps(self, steps, direction, chat):
        for one in steps:
            self.assertEqual((one["type"], one["number"], one["direction"], one["chat"],
                              one["names"]), ("transfer", 1, direction, chat, ["film.mp4"]))
            # It is known once the file was read.
            self.assertIn(one["size"], (0, 30 * MEGABYTE) if one["done"] == 0 else
                          (30 * MEGABYTE,))
        self.assertEqual({one["state"] for one in steps[:-1]}, {"running"})
        self.assertEqual((steps[-1]["state"], steps[-1]["done"]), ("completed", 30 * MEGABYTE))
        done = [one["done"] for one in steps]
        self.assertEqual(done, sorted(done))
        self.assertGreaterEqual(len(set(done)), 4, done)

    def wait_until_uploaded(self, size):
        end = time.monotonic() + harness.LIMIT_S
        while self.front.uploaded < size and time.monotonic() < end:
            time.sleep(0.02)
        self.assertGreaterEqual(self.front.uploaded, size)

    def test_a_killed_sender_goes_on_where_it_was(self):
        alice, bob = self.pair()
        film = self.file("film.mp4", 30 * MEGABYTE)
        self.front.rate = 8 * MEGABYTE
        sender = alice.start("send", "bob", "--file", film)
        self.wait_until_uploaded(10 * MEGABYTE)
        sender.send_signal(signal.SIGKILL)
        sender.wait(20)
        self.front.rate = None
        listed = alice.must("files", "--json").objects
        self.assertEqual([(one["names"], one["state"]) for one in listed],
                         [(["film.mp4"], "running")])
        number = listed[0]["number"]
        alice.must("files", "--resume", number)
        self.assertLess(self.front.uploaded, 38 * MEGABYTE, "it began anew")
        self.assertEqual(bob.listen(1)[-1]["files"][0]["name"], "film.mp4")
        self.assertEqual(digest(self.saved(bob, self.inbox("in"))), digest(film))

    def test_an_interrupted_sender_says_how_to_go_on(self):
        alice, bob = self.pair()
        film = self.file("film.mp4", 30 * MEGABYTE)
        self.front.rate = 8 * MEGABYTE
        sender = alice.start("send", "bob", "--file", film)
        self.wait_until_uploaded(5 * MEGABYTE)
        sender.send_signal(signal.SIGINT)
        out, err = sender.communicate(timeout=harness.LIMIT_S)
        self.assertEqual(sender.returncode, 130, err)
        self.assertIn("parley files --resume 1", err)
        alice.must("files", "--cancel", 1)
        self.assertEqual(alice.must("files", "--json").objects, [])
        self.assertTrue(any(one.startswith("DELETE") for one in self.front.requests),
                        "the hub is told to drop what it has")
        late = bob.run("listen", "--json", "--timeout", 1).objects
        self.assertEqual([one for one in late if one["type"] == "message"], [])

    def test_a_killed_receiver_goes_on_where_it_was(self):
        alice, bob = self.pair()
        film = self.file("film.mp4", 30 * MEGABYTE)
        alice.must("send", "bob", "--file", film)
        bob.listen(1)
        folder = self.inbox("in")
        self.front.rate = 8 * MEGABYTE
        receiver = bob.start("save", "alice", "--to", folder)
        end = time.monotonic() + harness.LIMIT_S
        while self.front.downloaded < 10 * MEGABYTE and time.monotonic() < end:
            time.sleep(0.02)
        receiver.send_signal(signal.SIGKILL)
        receiver.wait(20)
        self.assertEqual([name for name in os.listdir(folder) if not name.startswith(".")], [],
                         "nothing shows before all of it is right")
        self.front.rate = None
        bob.must("files", "--resume", 1)
        self.assertLess(self.front.downloaded, 38 * MEGABYTE, "it began anew")
        self.assertEqual(os.listdir(folder), ["film.mp4"])
        self.assertEqual(digest(folder / "film.mp4"), digest(film))

    def test_a_changed_byte_is_refused_and_nothing_is_kept(self):
        alice, bob = self.pair()
        alice.must("send", "bob", "--file", self.file("film.mp4", 5 * MEGABYTE))
        bob.listen(1)
        folder = self.inbox("in")
        self.front.change_download_at = 3 * MEGABYTE
        bob.fails(1, "save", "alice", "--to", folder, saying="damaged")
        self.assertEqual(os.listdir(folder), [])
        self.assertEqual(bob.must("files", "--json").objects[0]["state"], "stopped")
        bob.must("files", "--resume", 1)  # this time nobody changes it
        self.assertEqual(os.listdir(folder), ["film.mp4"])

    def test_a_file_that_changes_between_two_attempts_is_not_sent_under_the_same_key(self):
        alice, bob = self.pair()
        film = self.file("film.mp4", 30 * MEGABYTE)
        self.front.rate = 8 * MEGABYTE
        sender = alice.start("send", "bob", "--file", film)
        self.wait_until_uploaded(5 * MEGABYTE)
        sender.send_signal(signal.SIGKILL)
        sender.wait(20)
        self.front.rate = None
        self.file("film.mp4", 30 * MEGABYTE)  # others
        alice.fails(1, "files", "--resume", 1, saying="changed while it was being sent")
        alice.must("files", "--resume", 1)
        bob.listen(1)
        self.assertEqual(digest(self.saved(bob, self.inbox("in"))), digest(film))

    def test_a_large_file_in_little_memory(self):
        alice, bob = self.pair()
        film = self.file("film.mkv", 150 * MEGABYTE)
        sender = alice.start("send", "bob", "--file", film)
        self.assertLess(peak_kilobytes(sender), 80_000)
        self.assertEqual(sender.wait(harness.LIMIT_S), 0, sender.stderr.read())
        bob.listen(1)
        folder = self.inbox("in")
        receiver = bob.start("save", "alice", "--to", folder)
        self.assertLess(peak_kilobytes(receiver), 80_000)
        self.assertEqual(receiver.wait(harness.LIMIT_S), 0, receiver.stderr.read())
        self.assertEqual(digest(folder / "film.mkv"), digest(film))

    def test_what_is_refused_before_it_leaves(self):
        alice, bob = self.two_strangers()
        cat = self.file("cat.png", 1000)
        alice.fails(4, "send", "bob", "--file", cat, saying="once this person has accepted you")
        alice.fails(2, "send", "bob", "--file", self.folder / "none", saying="cannot be read")
        alice.fails(2, "send", "bob", "--file", "/dev/zero", saying="cannot be read")
        alice.fails(2, "send", "bob", saying="no text")
        refused = alice.fails(4, "send", "bob", "x" * 900, saying="900 bytes")
        self.assertIn("short text", refused.err)
        alice.must("send", "bob", "x" * 700)

    def test_a_file_in_a_chat(self):
        alice, bob = self.pair()
        cat = self.file("a cat.png", 2000)
        one = alice.terminal("chat", "bob")
        one.wait_for("alice> ")
        other = bob.terminal("chat", "alice")
        other.wait_for("bob> ")
        one.line(f'/file "{cat}" here she is')
        one.wait_for("a cat.png sent")
        other.wait_for(r"here she is")
        other.wait_for(r"\[image a cat.png, 2.0 kB\]")
        folder = self.inbox("in")
        other.line(f"/save {folder}")
        other.wait_for("saved as")
        self.assertEqual(digest(folder / "a cat.png"), digest(cat))


def peak_kilobytes(process):
    """The most memory it had, watched until it ends."""
    peak = 0
    while process.poll() is None:
        try:
            status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
        except OSError:
            break
        peak = max([peak] + [int(line.split()[1]) for line in status.splitlines()
                             if line.startswith("VmHWM")])
        time.sleep(0.05)
    return peak


if __name__ == "__main__":
    harness.main()
