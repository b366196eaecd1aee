#!/usr/bin/python3
"""What goes wrong: each case has its status, two sentences, and loses nothing."""
import json
import os
import pathlib
import re
import subprocess
import threading
import unittest

import harness


class Errors(harness.Scene):
    def test_a_wrong_password_and_an_unknown_name_are_not_told_apart(self):
        self.person("alice").sign_up()
        phone = self.person("alice", home=self.folder / "phone")
        wrong = phone.fails(4, "login", "alice", "--reset-identity",
                            env={"PARLEY_PASSWORD": "not the password"})
        unknown = phone.fails(4, "login", "nobody", "--reset-identity")
        self.assertEqual(wrong.err, unknown.err)

    def test_an_unknown_person(self):
        alice = self.person("alice").sign_up()
        alice.fails(7, "send", "nobody", "hello", saying="Check the spelling")
        self.assertEqual(alice.must("chats", "--json").objects, [])

    def test_a_taken_name(self):
        self.person("alice").sign_up()
        other = self.person("alice", home=self.folder / "other")
        other.fails(4, "signup", "alice", saying="already taken")
        other.fails(7, "chats")  # nothing was left behind
        again = self.person("alice").fails(4, "signup", "alice", saying="on this computer")
        self.assertNotIn("Traceback", again.err)

    def test_a_name_or_password_that_cannot_be(self):
        alice = self.person("alice")
        alice.fails(2, "signup", "a b", saying="3 to 32")
        alice.fails(2, "signup", "../alice")
        alice.fails(2, "signup", "alice", env={"PARLEY_PASSWORD": "short"})
        alice.fails(2, "signup", "alice", "--country", "Germany")

    def test_a_wrong_command_line(self):
        alice = self.person("alice")
        for arguments in (["dance"], ["send"], ["--nonsense"],
                          ["listen", "--count", "x"], ["history", "bob", "--limit", "0"]):
            alice.fails(2, *arguments, saying="parley --help")
        alice.fails(2, "send", "bob", saying="no text to send")
        nothing = alice.run()
        self.assertEqual(nothing.status, 2)
        self.assertIn("Example", nothing.err)

    def test_every_command_explains_itself_with_an_example(self):
        alice = self.person("alice")
        listed = alice.must("--help").out
        commands = re.findall(r"^  ([a-z-]+) +[A-Z]", listed.split("Subcommands:")[1], re.M)
        self.assertGreater(len(commands), 20)
        for command in commands:
            self.assertIn("Example", alice.must(command, "--help").out, command)
        self.assertIn("Exit status", listed)
        self.assertIn("parley 0", alice.must("version").out)

    def test_no_hub(self):
        alice = self.person("alice").sign_up()
        self.hub.stop()
        alice.fails(3, "send", "bob", "hello", saying="--hub")
        alice.fails(3, "devices")
        self.person("bob").fails(3, "signup", "bob")
        alice.must("chats")  # what is here can be read without a hub
        timed_out = alice.run("listen", "--json", "--timeout", 1)
        self.assertEqual(timed_out.status, 5, timed_out)
        self.hub.start()
        self.person("bob").sign_up()

    def test_what_answers_is_no_hub(self):
        import http.server
        server = http.server.ThreadingHTTPServer(
            ("127.0.0.1", 0), type("Quiet", (http.server.SimpleHTTPRequestHandler,),
                                   {"log_message": lambda *_: None}))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        alice = self.person("alice").sign_up()
        other = f"127.0.0.1:{server.server_port}"
        alice.fails(3, "--hub", other, "signup", "carol", saying="not a Parley hub")
        # An account moved to an address that is not a hub.
        folder = alice.home / f"127.0.0.1_{server.server_port}" / "alice"
        folder.parent.mkdir(mode=0o700, exist_ok=True)
        alice.account_folder().rename(folder)
        (folder / "hub").write_text(f"http://{other}\n")
        alice.fails(3, "--hub", other, "devices", saying="not a Parley hub")

    def test_an_address_that_cannot_be(self):
        alice = self.person("alice")
        alice.fails(2, "--hub", "http://example.org", "signup", "alice", saying="https")
        alice.fails(2, "--hub", "a b", "signup", "alice")
        alice.fails(3, "--hub", "https://hub.invalid", "signup", "alice")

    def test_an_account_that_another_program_does_not_share(self):
        alice = self.person("alice").sign_up()
        # Somebody holds the lock and does not answer: neither host nor gone.
        holder = subprocess.Popen(["flock", "--no-fork", alice.account_folder() / "lock", "sleep", "600"],
                                  stdout=subprocess.DEVNULL)
        self.addCleanup(harness.end, holder)
        while subprocess.run(["flock", "-n", alice.account_folder() / "lock", "true"]).returncode == 0:
            pass
        alice.fails(6, "chats", saying="Another Parley program")

    def test_a_damaged_database_is_said_and_left_as_it_is(self):
        alice = self.person("alice").sign_up()
        records = alice.account_folder() / "records.db"
        data = bytearray(records.read_bytes())
        data[4096 * 2:4096 * 6] = b"\x5a" * (4096 * 4)
        records.write_bytes(data)
        alice.fails(6, "chats", saying="damaged")
        self.assertEqual(records.read_bytes(), bytes(data))

    def test_a_database_of_a_newer_version(self):
        alice = self.person("alice").sign_up()
        records = alice.account_folder() / "records.db"
        data = bytearray(records.read_bytes())
        data[60:64] = (99).to_bytes(4, "big")  # user_version in SQLite's header
        records.write_bytes(data)
        alice.fails(6, "chats", saying="newer version")

    def test_a_full_disk_loses_nothing(self):
        alice, bob = harness.talking(*self.two_strangers())
        alice.must("send", "bob", "before")
        self.assertEqual(bob.texts(1), ["before"])
        for number in range(3):
            alice.must("send", "bob", f"{number} " + "x" * 20_000)
        # A limit on the size of files: every write beyond it fails like a full disk.
        size = (bob.account_folder() / "records.db").stat().st_size
        limited = ["prlimit", f"--fsize={size}", *bob.command("listen", "--json", "--timeout", 3)]
        full = subprocess.run(limited, env=bob.environment(), capture_output=True, text=True)
        self.assertIn(full.returncode, (5, 6), full)
        self.assertIn("written to disk", full.stderr)
        self.assertEqual([text[0] for text in bob.texts(3)], ["0", "1", "2"])

    def test_a_home_that_cannot_be_written(self):
        alice = self.person("alice", home="/proc/nowhere")
        alice.fails(6, "signup", "alice")

    def test_a_session_that_the_hub_has_forgotten(self):
        alice, bob = self.two_people()
        phone = self.person("alice", home=self.folder / "phone")
        phone.must("login", "alice", "--reset-identity")  # signs the other device out
        alice.fails(4, "send", "bob", "hello", saying="parley login")
        alice.fails(4, "listen", "--timeout", 60)
        alice.must("logout", "--yes")  # also without the hub's consent

    def test_a_message_that_is_too_long(self):
        alice, bob = harness.talking(*self.two_strangers())
        alice.fails(1, "send", "bob", "-", input="x" * 40_000, saying="larger")
        alice.must("send", "bob", "-", input="x" * 32_000)
        self.assertEqual(len(bob.texts(1)[0]), 32_000)

    def test_a_text_that_is_no_text(self):
        alice, bob = self.two_people()
        alice.fails(2, "send", "bob", "", saying="no text")
        result = subprocess.run(alice.command("send", "bob", "-"), input=b"\xff\xfe",
                                env=alice.environment(), capture_output=True)
        self.assertEqual(result.returncode, 2, result)

    def test_an_unknown_message(self):
        alice, bob = self.two_people()
        alice.must("send", "bob", "hello")
        alice.fails(7, "edit", "bob", "aaaaaaaa", "x")
        alice.fails(2, "edit", "bob", "a", "x")

    def test_errors_as_json(self):
        alice = self.person("alice").sign_up()
        result = alice.run("send", "nobody", "hello", "--json")
        error = json.loads(result.err)
        self.assertEqual((error["type"], error["error"], result.status),
                         ("error", "unknown_account", 7))
        self.assertTrue(error["text"] and error["advice"])

    def test_a_reader_that_goes_away_loses_nothing(self):
        alice, bob = self.two_people()
        alice.must("send", "bob", "kept")
        command = " ".join(bob.command("listen", "--json", "--count", "1", "--timeout", "60"))
        gone = subprocess.run(["bash", "-c", f"{command} >&-"], env=bob.environment(),
                              capture_output=True, text=True)
        self.assertEqual(gone.returncode, 1, gone)
        self.assertEqual(bob.texts(1), ["kept"])


if __name__ == "__main__":
    harness.main()
