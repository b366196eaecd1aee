#!/usr/bin/python3
"""The whole story of third-party chats: a hub, the sample service, people on both sides."""
import json
import os

import front
import harness
import nordlys
from nordlys import digest


class Story(nordlys.Scene):
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
        photo = self.photo("from-alice.jpg")
        alice.must("send", "bob@nordlys", "--file", photo, "--caption", "look")
        (got,) = [one for one in bob.listen(1) if one["event"] == "message"]
        self.assertEqual((got["text"], got["file"]["name"]), ("look", "from-alice.jpg"))
        self.assertEqual(digest(self.fetched(bob, got)), digest(photo))
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

        # Gone is gone. Who takes the name is somebody else: a stranger, who inherits nothing.
        bob.must("delete-account")
        alice.fails(7, "send", "bob@nordlys", "bob?")
        other = self.service.person("bob", home="nordlys-other-bob")
        other.must("signup", "bob")
        other.must("send", "alice", "hello, it is bob again")
        (heard,) = [one for one in alice.listen(1) if one["type"] in ("message", "request")]
        self.assertEqual((heard["type"], heard["from"], heard["text"]),
                         ("request", "bob@nordlys", "hello, it is bob again"))
        (request,) = alice.must("requests", "--json").objects
        self.assertEqual(request["messages"], 1, "nothing of the one before")
        self.assertNotEqual(other.run("send-file", "alice", photo).status, 0)
        self.assertEqual([one["text"] for one in alice.history("bob@nordlys")],
                         ["hello, it is bob again"])
        alice.must("accept", "bob@nordlys")
        alice.must("send", "bob@nordlys", "who are you?")
        self.assertIn("who are you?", [one.get("text") for one in other.listen(1)])

    def test_two_files_at_once(self):
        alice, bob = self.met(self.turn_on(self.person("alice").sign_up()),
                              self.service.person("bob"))
        one, other = self.photo("one.jpg"), self.photo("two.jpg")
        sent = alice.must("send", "bob@nordlys", "--file", one, "--file", other, "--json").objects
        self.assertEqual(sent[-1]["type"], "sent")
        mine = alice.history("bob@nordlys")[-1]
        self.assertEqual([it["name"] for it in mine["files"]], ["one.jpg", "two.jpg"])
        messages = [it for it in bob.listen(1) if it["event"] == "message"]
        self.assertEqual(messages[0]["file"]["name"], "one.jpg")
        self.assertEqual(digest(self.fetched(bob, messages[0])), digest(one))

    def test_a_file_from_there_goes_on_after_a_broken_connection(self):
        alice = self.person("alice")
        alice.hub = between = front.Front(self, self.hub)
        _, bob = self.met(self.turn_on(alice.sign_up()), self.service.person("bob"))
        film = self.folder / "film.mp4"
        film.write_bytes(os.urandom(8_000_000))
        bob.must("send-file", "alice", film)
        alice.listen(1)
        between.cut_download_after = 4_000_000
        self.assertEqual(digest(self.saved(alice, "bob@nordlys")), digest(film))
        self.assertEqual(between.cuts, 1)
        fetches = [one for one in between.requests if one.startswith("GET /v1/media/fetch?")]
        self.assertGreaterEqual(len(fetches), 2, between.requests)
        self.assertLess(between.downloaded, 10_500_000, "it began anew")

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
