#!/usr/bin/python3
"""The whole story of third-party chats: a hub, the sample service, people on both sides."""
import hashlib
import json
import os
import subprocess

import harness
import nordlys


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


class Story(harness.Scene):
    @property
    def hub_config(self):
        if not hasattr(self, "port"):
            self.port = harness.free_port()
        return nordlys.provider_block(self.port)

    def setUp(self):
        super().setUp()
        self.service = nordlys.Service(self, self.hub, self.port)

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

    def test_a_newcomer_finds_the_echo_bot(self):
        alice = self.person("alice").sign_up()
        alice.fails(4, "send", "echo@nordlys", "hello?", saying="parley third-party")
        self.turn_on(alice)
        alice.must("send", "echo@nordlys", "hello")
        texts = [one.get("text", "") for one in alice.listen(2)]
        self.assertIn("hello", texts)
        self.assertTrue(any("Echo" in text for text in texts), texts)
        photo = self.photo("photo.jpg")
        alice.must("send", "echo@nordlys", "--file", photo)
        alice.must("listen", "--json", "--count", 1, "--timeout", 30)
        self.assertEqual(digest(self.saved(alice, "echo@nordlys")), digest(photo))
        (chat,) = alice.must("chats", "--json").objects
        self.assertIn("nordlys", json.dumps(chat))

    def test_outside_the_region_it_is_not_offered(self):
        carol = self.person("carol")
        carol.must("signup", "carol", "--country", "US")
        said = carol.run("third-party")
        self.assertIn("US", said.out + said.err)
        carol.fails(4, "send", "echo@nordlys", "hello?")

    def test_from_the_first_request_to_the_last_word(self):
        alice = self.turn_on(self.person("alice").sign_up())
        bob = self.service.person("bob")
        bob.must("signup", "bob")
        bob.must("send", "alice", "hello alice, it is bob")

        # A request: shown apart, then accepted.
        alice.listen(1)
        (request,) = alice.must("requests", "--json").objects
        self.assertEqual(request["from"], "bob@nordlys")
        alice.must("accept", "bob@nordlys")
        alice.must("send", "bob@nordlys", "hello bob")
        self.assertIn("hello bob", [one.get("text") for one in bob.listen(1)])

        # Both see one safety number.
        mine = "".join(c for c in alice.must("verify", "bob@nordlys").out if c.isdigit())
        his = "".join(c for c in bob.must("safety-number", "alice").out if c.isdigit())
        self.assertIn(his[:60], mine)

        # A file each way, through the hub.
        photo = self.photo("from-bob.jpg")
        bob.must("send-file", "alice", photo)
        alice.must("listen", "--json", "--count", 1, "--timeout", 30)
        self.assertEqual(digest(self.saved(alice, "bob@nordlys")), digest(photo))

        # A report that proves itself; the operator reads it and acts.
        bob.must("send", "alice", "buy my coins")
        alice.must("listen", "--json", "--count", 1, "--timeout", 30)
        alice.must("report", "bob@nordlys", "--reason", "scam", "--yes", "--block")
        listed = self.operator("reports", "list")
        self.assertRegex(listed, r"bob@nordlys +alice +scam")
        number = listed.splitlines()[1].split()[0]
        self.assertIn("buy my coins", self.operator("reports", "show", number))
        self.operator("reports", "resolve", number, "--as", "upheld")
        self.assertIn("No reports", self.operator("reports", "list"))

        # The block is silent: bob's words go out and arrive nowhere.
        bob.must("send", "alice", "are you there?")
        self.assertNotIn("are you there?", [one.get("text") for one in alice.history("bob@nordlys")])
        alice.must("unblock", "bob@nordlys")

        # Turned off, the chat stays and is closed.
        alice.must("third-party", "--off")
        self.assertIn("hello bob", [one.get("text") for one in alice.history("bob@nordlys")])
        alice.fails(4, "send", "bob@nordlys", "and now?")
        self.assertNotEqual(bob.run("send", "alice", "and now?").status, 0)
        self.turn_on(alice)

        # Gone is gone, and the name belongs to somebody else then.
        bob.must("delete-account")
        alice.fails(7, "send", "bob@nordlys", "bob?")

    def test_a_suspended_service_is_closed_with_the_reason(self):
        alice = self.turn_on(self.person("alice").sign_up())
        alice.must("send", "echo@nordlys", "hello")
        alice.listen(2)
        self.operator("provider", "suspend", "nordlys", "--reason", "Its key was stolen.")
        alice.fails(4, "send", "echo@nordlys", "still there?", saying="Its key was stolen.")
        self.assertTrue(alice.history("echo@nordlys"))
        self.operator("provider", "resume", "nordlys")

    def test_the_service_that_is_down_harms_nobody(self):
        alice = self.turn_on(self.person("alice").sign_up())
        harness.end(self.service.process)
        alice.must("send", "echo@nordlys", "are you up?")
        bob = self.person("bob").sign_up()
        bob.must("send", "alice", "I am")
        alice.listen(1)
        self.assertEqual(alice.must("requests", "--json").objects[0]["from"], "bob")


if __name__ == "__main__":
    harness.main()
