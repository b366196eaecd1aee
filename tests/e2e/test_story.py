#!/usr/bin/python3
"""The whole story of third-party chats: a hub, the sample service, people on both sides."""
import hashlib
import json
import os
import subprocess

import front
import harness
import nordlys

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


class Scene(harness.Scene):
    features = None

    @property
    def hub_config(self):
        if not hasattr(self, "port"):
            self.port = harness.free_port()
        return nordlys.provider_block(self.port, features=self.features) + FJORD

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


class Story(Scene):
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

    def test_one_inbox_or_two(self):
        alice = self.turn_on(self.person("alice").sign_up())
        carol = self.person("carol").sign_up()
        alice.must("accept", "carol")
        carol.must("send", "alice", "hello from here")
        alice.listen(1)
        alice.must("send", "echo@nordlys", "hello")
        alice.listen(2)
        apart = alice.must("chats").out
        self.assertLess(apart.index("carol"), apart.index("Third-party chats"))
        self.assertLess(apart.index("Third-party chats"), apart.index("echo@nordlys on Nordlys"))
        alice.must("third-party", "--inbox", "combined")
        among = alice.must("chats").out
        self.assertNotIn("Third-party chats", among)
        self.assertLess(among.index("echo@nordlys on Nordlys"), among.index("carol"),
                        "the newest first, whatever its service")
        alice.must("third-party", "--inbox", "separate")
        self.assertEqual(alice.must("chats").out, apart)

    def test_another_choice_of_services_closes_and_opens_chats(self):
        alice = self.turn_on(self.person("alice").sign_up())
        alice.must("send", "echo@nordlys", "hello")
        alice.listen(2)
        alice.must("third-party", "--services", "fjord")
        alice.fails(4, "send", "echo@nordlys", "still there?", saying="parley third-party")
        self.assertIn("closed", alice.must("chats").out)
        self.assertIn("hello", [one["text"] for one in alice.history("echo@nordlys")])
        alice.must("third-party", "--services", "nordlys,fjord")
        alice.must("send", "echo@nordlys", "and now?")
        self.assertEqual(alice.texts(1), ["and now?"])

    def test_who_is_not_reachable_writes_first(self):
        alice, bob = self.person("alice").sign_up(), self.service.person("bob")
        alice.must("third-party", "--on", "--services", "nordlys", "--reachable", "no")
        bob.must("signup", "bob")
        self.assertNotEqual(bob.run("send", "alice", "can you hear me?").status, 0)
        alice.must("send", "bob@nordlys", "now you may answer")
        self.assertEqual([one["event"] for one in bob.listen(1)], ["request"])
        bob.must("accept", "alice")
        bob.must("send", "alice", "thank you")
        self.assertEqual(alice.texts(1), ["thank you"])
        self.assertEqual(alice.must("requests", "--json").objects, [])

    def test_what_a_chat_is_protected_by_with_both_policies(self):
        alice, _ = self.met(self.turn_on(self.person("alice").sign_up()), self.service.person("bob"))
        page = alice.must("trust", "bob@nordlys").out
        for text in ("end-to-end encrypted, as Nordlys declares", "Checked by this device:",
                     "Declared, and not checked from here:", "Who sees what:",
                     "Everything that Parley has works with them."):
            self.assertIn(text, page)
        self.assertLess(page.index("Nordlys says about its data:\n  kept: Thirty days.\n"
                                   "  more: https://nordlys.example/data"),
                        page.index("Your hub says about its data:\n  kept: "))
        (facts,) = alice.must("trust", "bob@nordlys", "--json").objects
        self.assertEqual((facts["level"], facts["lacks"]), ("end_to_end_as_declared", []))
        self.assertEqual((facts["provider_policy"]["retention"], facts["provider_policy"]["url"]),
                         ("Thirty days.", "https://nordlys.example/data"))
        self.assertIn("30 days", facts["hub_policy"]["retention"])

    def test_what_somebody_there_does_shows_in_the_chat(self):
        alice = self.turn_on(self.person("alice").sign_up())
        driver = self.service.driver()
        driver.do("bob", "enlist", name="bob")
        driver.do("bob", "start")
        driver.do("bob", "send", to="alice", text="hello")
        alice.listen(1)
        alice.must("accept", "bob@nordlys")
        alice.must("verify", "bob@nordlys", "--mark")
        screen = alice.terminal("chat", "bob@nordlys", columns=160)
        screen.wait_for("alice, send to Nordlys> ")
        screen.line("come in")
        screen.wait_for("come in ✓✓")
        driver.do("bob", "typing", to="alice")
        screen.wait_for(r"\(bob@nordlys is typing\) alice")
        driver.do("bob", "send", to="alice", text="gone in a moment", expires=[True, 1])
        screen.wait_for("bob@nordlys: gone in a moment")
        screen.wait_for(r"bob@nordlys: \(removed from this device\)")
        self.assertNotIn("gone in a moment", [one["text"] for one in alice.history("bob@nordlys")])
        # Another device of theirs has another key.
        driver.do("bob", "stop")
        driver.do("new", "enlist", name="bob", login=True, resetIdentity=True)
        driver.do("new", "start")
        driver.do("new", "send", to="alice", text="my new phone")
        screen.wait_for("bob@nordlys's safety number has changed")
        screen.wait_for("bob@nordlys: my new phone")
        alice.fails(4, "send", "bob@nordlys", "is it you?", saying="safety number")
        screen.line("/accept")
        screen.wait_for("You can write again")
        screen.line("it is you")
        screen.wait_for("it is you ✓✓")
        notices = [one["notice"] for one in alice.history("bob@nordlys") if one["type"] == "notice"]
        self.assertEqual(notices, ["identity_changed"])

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


class FewFeatures(Scene):
    features = ["reply", "delivery_receipt", "read_receipt", "retry_receipt"]

    def test_what_is_missing_there_is_known_before_anything_is_sent(self):
        alice = self.turn_on(self.person("alice").sign_up())
        missing = ("reactions, editing, deleting for both, disappearing messages, typing, pictures, "
                   "voice notes, videos, files")
        self.assertIn(f"not there: {missing}\n", alice.must("third-party").out)
        line = f"People on Nordlys cannot see: {missing}."
        self.assertIn(line, alice.must("trust", "echo@nordlys").out)
        (facts,) = alice.must("trust", "echo@nordlys", "--json").objects
        self.assertEqual(facts["lacks"], ["reaction", "edit", "delete", "expiry", "typing", "image",
                                          "voice", "video", "file"])
        screen = alice.terminal("chat", "echo@nordlys", columns=200)
        screen.wait_for(line)
        screen.line("hello")
        screen.wait_for("echo@nordlys: Hello! I am Echo")
        screen.line("/quit")
        self.assertEqual(screen.status(), 0)
        alice.fails(4, "send", "echo@nordlys", "--file", self.photo("cat.jpg"), saying="Nordlys")


if __name__ == "__main__":
    harness.main()
