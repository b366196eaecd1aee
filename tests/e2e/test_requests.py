#!/usr/bin/python3
"""Requests of strangers: shown, accepted, declined, blocked, reported; what a chat is protected by."""
import unittest

import harness


class Requests(harness.Scene):
    def state_of(self, person, who, message_id):
        (one,) = [one for one in person.history(who) if one["id"] == message_id]
        return one["state"]

    def test_a_first_message_is_a_request_and_nothing_comes_back(self):
        alice, bob = self.two_strangers()
        sent = alice.must("send", "bob", "hello", "--json").objects[0]
        (got,) = bob.listen(1)
        self.assertEqual((got["type"], got["from"], got["text"], got["id"], got["state"]),
                         ("request", "alice", "hello", sent["id"], "open"))
        (listed,) = bob.must("requests", "--json").objects
        self.assertEqual((listed["from"], listed["text"], listed["messages"]), ("alice", "hello", 1))
        self.assertIn("Requests", bob.must("chats").out)
        bob.must("history", "alice", "--mark-read")
        self.assertEqual(self.state_of(alice, "bob", sent["id"]), "sent")
        bob.must("accept", "alice")
        self.assertEqual(bob.must("requests", "--json").objects, [])
        bob.must("send", "alice", "welcome")  # by now the receipts are out, in order
        objects = alice.listen(1)
        self.assertIn("receipt", [one["type"] for one in objects])
        self.assertIn(self.state_of(alice, "bob", sent["id"]), ("delivered", "read"))

    def test_looking_fetches_first(self):
        alice, bob = self.two_strangers()
        alice.must("send", "bob", "hello")
        (listed,) = bob.must("requests", "--json").objects
        self.assertEqual((listed["from"], listed["text"]), ("alice", "hello"))
        bob.must("send", "alice", "welcome")
        self.assertEqual(alice.history("bob")[-1]["text"], "welcome")
        bob.must("send", "alice", "well?")
        self.assertIn("well?", alice.must("chats").out)

    def test_looking_without_a_hub_says_that_it_is_old(self):
        alice, bob = self.two_strangers()
        alice.must("send", "bob", "hello")
        bob.must("requests")
        self.hub.stop()
        try:
            shown = bob.must("requests", "--json")
            self.assertIn("The hub does not answer", shown.err)
            self.assertEqual([one["text"] for one in shown.objects], ["hello"])
        finally:
            self.hub.start()

    def test_chats_too_say_that_they_are_old(self):
        alice, bob = self.two_people()
        alice.must("send", "bob", "hello")
        bob.must("chats")
        self.hub.stop()
        try:
            shown = bob.must("chats")
            self.assertIn("The hub does not answer", shown.err)
            self.assertIn("hello", shown.out)
        finally:
            self.hub.start()

    def test_a_strangers_links_cannot_be_clicked(self):
        alice, bob = self.two_strangers()
        text = "pay at https://bank.example.com/a or www.example.com"
        shown = "pay at https[:]//bank[.]example[.]com/a or www[.]example[.]com"
        explained = "cannot be clicked here"
        alice.must("profile", "alice.example.com")
        alice.must("send", "bob", text)
        for command in (["requests"], ["chats"], ["history", "alice"], ["listen", "--count", 1],
                        ["report", "alice", "--yes"]):
            with self.subTest(command=command):
                said = bob.must(*command)
                self.assertIn(shown, said.out)
                self.assertNotIn("example.com", said.out)
                self.assertEqual((said.out + said.err).count(explained), 1, said)
        # Scripts get what was written, and that it is a request.
        alice.must("send", "bob", text)
        self.assertEqual([(one["type"], one["text"]) for one in bob.listen(1)], [("request", text)])
        self.assertEqual(bob.must("requests", "--json").objects[0]["text"], text)
        (listed,) = bob.must("chats", "--json").objects
        self.assertEqual((listed["preview"], listed["request"]), (text, True))
        self.assertEqual({(one["text"], one["request"]) for one in bob.history("alice")},
                         {(text, True)})

        screen = bob.terminal("chat", "alice", columns=200)
        screen.wait_for("wants to write to you")
        alice.must("send", "bob", text)
        screen.wait_for(r"3 .*alice: pay at https\[:\]//bank")
        self.assertNotIn("example.com", screen.text)
        self.assertEqual(screen.text.count(explained), 1, screen.text)
        screen.line("/accept")
        screen.wait_for("alice can write to you")
        alice.must("send", "bob", "again https://example.org")
        screen.wait_for("again https://example.org")
        # Accepted, everything is shown as it was written.
        self.assertIn(text, bob.must("history", "alice").out)
        self.assertIn("again https://example.org", bob.must("chats").out)

    def test_the_answer_to_ones_first_word_is_no_request(self):
        alice, bob = self.two_strangers()
        screen = bob.terminal("chat", "alice", columns=200)
        screen.wait_for("bob> ")
        screen.line("hello, where is it?")
        alice.listen(1)
        alice.must("send", "bob", "at https://example.org")
        screen.wait_for("alice: at https://example.org")

    def test_an_answer_accepts(self):
        alice, bob = self.two_strangers()
        alice.must("send", "bob", "hello")
        bob.listen(1)
        bob.must("send", "alice", "hi")
        self.assertEqual(alice.texts(1), ["hi"])
        alice.must("send", "bob", "how are you?")
        self.assertEqual(bob.texts(1), ["how are you?"])

    def test_after_three_the_rest_waits_for_an_answer(self):
        alice, bob = self.two_strangers()
        for number in range(3):
            alice.must("send", "bob", number)
        alice.fails(4, "send", "bob", "one more", saying="not accepted your request")
        failed = alice.history("bob")[-1]
        self.assertEqual((failed["text"], failed["state"], failed["error"]),
                         ("one more", "failed", "request_pending"))
        bob.must("accept", "alice")
        alice.must("resend", "bob", failed["id"])
        self.assertEqual(bob.texts(4)[-1:], ["one more"])

    def test_a_long_text_is_no_request(self):
        alice, bob = self.two_strangers()
        alice.fails(4, "send", "bob", "-", input="x" * 20_000, saying="short text")
        self.assertEqual(bob.must("requests", "--json").objects, [])

    def test_declined_and_blocked_people_are_not_told(self):
        alice, bob = self.two_strangers()
        alice.must("send", "bob", "hello")
        bob.must("decline", "alice")
        alice.must("send", "bob", "are you there?")
        self.assertEqual(bob.must("requests", "--json").objects, [])
        self.assertEqual(bob.must("chats", "--json").objects, [])
        bob.must("decline", "alice", "--block")
        self.assertIn("blocked", bob.must("trust", "alice").out)
        bob.fails(4, "send", "alice", "no", saying="blocked")
        self.assertEqual({one["state"] for one in alice.history("bob")}, {"sent"})

    def test_a_block_counts_for_the_other_names_of_the_person(self):
        alice, bob = self.two_people()
        robert = self.person("robert").sign_up()
        bob.must("block", "alice", "--also", "Robert", "--also", "alice@nordlys")
        robert.must("send", "bob", "me again")
        self.assertEqual(bob.must("requests", "--json").objects, [])
        page = bob.must("trust", "alice", "--json").objects[0]
        self.assertEqual(page["also"], ["alice@nordlys", "robert"])
        bob.must("unblock", "alice", "--also", "robert")
        robert.must("send", "bob", "and now?")
        (request,) = bob.must("requests", "--json").objects
        self.assertEqual(request["from"], "robert")

    def test_other_names_are_blocked_at_the_hub_when_asked_for(self):
        _, bob = self.two_people()
        robert = self.person("robert").sign_up()
        bob.fails(7, "block", "alice", "--also", "nobody", "--at-hub", saying="Nothing was changed")
        self.assertFalse(bob.must("trust", "alice", "--json").objects[0]["blocked"])
        said = bob.must("block", "alice", "--also", "robert", "--at-hub").out
        self.assertIn("The hub may conclude", said)
        self.assertTrue(bob.must("trust", "robert", "--json").objects[0]["blocked"])
        robert.must("send", "bob", "me again")
        self.assertEqual(bob.must("requests", "--json").objects, [])
        bob.must("unblock", "alice", "--at-hub")
        self.assertFalse(bob.must("trust", "robert", "--json").objects[0]["blocked"])

    def test_a_report_shows_first_what_it_reveals(self):
        alice, bob = self.two_strangers()
        alice.must("send", "bob", "buy this")
        bob.listen(1)
        bob.fails(2, "report", "alice", saying="--yes")
        said = bob.must("report", "alice", "--reason", "spam", "--yes", "--block").out
        self.assertIn("buy this", said)
        self.assertIn("Reported and blocked", said)
        again = bob.must("report", "alice", "--reason", "spam", "--yes", "--json").objects[0]
        self.assertEqual((again["type"], again["messages"]), ("reported", 1))

    def test_the_card_in_a_chat(self):
        alice, bob = self.two_strangers()
        alice.must("send", "bob", "hello")
        screen = bob.terminal("chat", "alice")
        screen.wait_for("alice: hello")
        screen.wait_for("wants to write to you")
        screen.line("/trust")
        screen.wait_for("Checked by this device")
        screen.line("/accept")
        screen.wait_for("alice can write to you")
        alice.must("send", "bob", "thanks")
        screen.wait_for("alice: thanks")

    def test_the_card_comes_while_one_looks(self):
        alice, bob = self.two_strangers()
        screen = bob.terminal("chat", "alice")
        screen.wait_for("bob> ")
        alice.must("send", "bob", "hello")
        screen.wait_for("wants to write to you")
        screen.line("/decline block")
        screen.wait_for("Declined and blocked")

    def test_what_protects_a_chat(self):
        alice, bob = self.two_people()
        alice.must("send", "bob", "hello")
        bob.listen(1)
        page = alice.must("trust", "bob", "--json").objects[0]
        self.assertEqual((page["level"], page["line"]),
                         ("end_to_end", "end-to-end encrypted, not verified"))
        alice.must("verify", "bob", "--mark")
        self.assertIn("end-to-end encrypted, verified", alice.must("trust", "bob").out)
        other = bob.must("trust", "alice", "--json").objects[0]
        self.assertEqual(page["own_identity_key"], other["their_identity_key"])
        self.assertEqual(page["safety_number"], other["safety_number"])


class ThirdParty(harness.Scene):
    def test_a_hub_without_services_says_so(self):
        alice = self.person("alice").sign_up()
        offer = alice.must("third-party", "--json").objects
        self.assertEqual((offer[0]["type"], offer[0]["enabled"]), ("third_party", False))
        self.assertGreaterEqual(len([one for one in offer if one["type"] == "warning"]), 4)
        self.assertIn("No other service", alice.must("third-party").out)
        alice.fails(4, "third-party", "--on", "--services", "nordlys")
        alice.fails(2, "send", "bob@", "hello", saying="NAME@SERVICE")


if __name__ == "__main__":
    harness.main()
