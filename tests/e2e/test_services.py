#!/usr/bin/python3
"""Chats with people of another service: where they are listed, who can begin, what they lack, what
protects them, and what happens in them."""
import harness
import nordlys


class Chats(nordlys.Scene):
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


class FewFeatures(nordlys.Scene):
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
