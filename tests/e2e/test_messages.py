#!/usr/bin/python3
"""Messages between two people, as scripts send and read them."""
import re
import signal
import unittest

import harness


class Messages(harness.Scene):
    def test_both_ways_and_in_order(self):
        alice, bob = self.two_people()
        for text in ("one", "two", "three"):
            alice.must("send", "bob", text)
        self.assertEqual(bob.texts(3), ["one", "two", "three"])
        bob.must("send", "alice", "four")
        self.assertEqual(alice.texts(1), ["four"])

    def test_an_object_has_what_is_promised(self):
        alice, bob = self.two_people()
        sent = alice.must("send", "bob", "hello", "--json").objects[0]
        (got,) = [one for one in bob.listen() if one["type"] == "message"]
        self.assertEqual((got["from"], got["text"], got["id"]), ("alice", "hello", sent["id"]))
        self.assertRegex(got["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
        self.assertFalse(got["outgoing"])

    def test_a_listener_gets_what_comes_while_it_runs(self):
        alice, bob = self.two_people()
        listener = bob.start("listen", "--json", "--count", 2, "--timeout", harness.LIMIT_S)
        alice.must("send", "bob", "first")
        self.assertIn('"first"', listener.stdout.readline())  # flushed at once
        alice.must("send", "bob", "second")
        out, err = listener.communicate(timeout=harness.LIMIT_S)
        self.assertIn('"second"', out)
        self.assertEqual(listener.returncode, 0, err)

    def test_nothing_is_shown_twice_and_nothing_is_skipped(self):
        alice, bob = self.two_people()
        for number in range(5):
            alice.must("send", "bob", number)
        self.assertEqual(bob.texts(2), ["0", "1"])
        self.assertEqual(bob.texts(3), ["2", "3", "4"])
        nothing = bob.run("listen", "--json", "--timeout", 1)
        self.assertEqual(nothing.status, 5, nothing)
        self.assertEqual([one for one in nothing.objects if one["type"] == "message"], [])

    def test_what_another_command_receives_is_still_listened_to(self):
        alice, bob = self.two_people()
        alice.must("send", "bob", "before")
        bob.must("send", "alice", "meanwhile")  # this process receives "before"
        self.assertEqual(bob.texts(1), ["before"])

    def test_listen_and_send_at_the_same_time_share_one_home(self):
        alice, bob = self.two_people()
        listener = bob.start("listen", "--json", "--count", 1, "--timeout", harness.LIMIT_S)
        for number in range(3):
            bob.must("send", "alice", number)
        self.assertEqual(alice.texts(3), ["0", "1", "2"])
        self.assertIsNone(listener.poll())
        alice.must("send", "bob", "done")
        out, err = listener.communicate(timeout=harness.LIMIT_S)
        self.assertEqual(listener.returncode, 0, err)
        self.assertIn('"done"', out)

    def test_a_listener_goes_on_when_the_one_that_held_the_account_is_killed(self):
        alice, bob = self.two_people()
        carol = self.person("carol").sign_up()
        holder = bob.terminal("chat", "alice")
        holder.wait_for("bob> ")
        guest = bob.start("listen", "--json", "--count", 2, "--timeout", harness.LIMIT_S)
        carol.must("send", "bob", "one")
        self.assertIn('"one"', guest.stdout.readline())  # through the holder
        holder.process.kill()
        holder.process.wait()
        carol.must("send", "bob", "two")
        out, err = guest.communicate(timeout=harness.LIMIT_S)
        self.assertIn('"two"', out)
        self.assertEqual(guest.returncode, 0, err)

    def test_offline_delivery_over_a_restart_of_the_hub(self):
        alice, bob = self.two_people()
        alice.must("send", "bob", "kept")
        self.hub.restart(signal.SIGKILL)
        self.assertEqual(bob.texts(1), ["kept"])
        bob.must("send", "alice", "answer")
        self.hub.restart()
        self.assertEqual(alice.texts(1), ["answer"])

    def test_a_running_listener_survives_a_restart_of_the_hub(self):
        alice, bob = self.two_people()
        listener = bob.start("listen", "--json", "--count", 2, "--timeout", harness.LIMIT_S)
        alice.must("send", "bob", "before")
        self.assertIn('"before"', listener.stdout.readline())
        self.hub.restart()
        alice.must("send", "bob", "after")
        out, err = listener.communicate(timeout=harness.LIMIT_S)
        self.assertEqual(listener.returncode, 0, err)
        self.assertIn('"after"', out)

    def test_a_message_waits_for_the_hub_and_goes_out_later(self):
        alice, bob = self.two_people()
        alice.must("send", "bob", "first")
        self.assertEqual(bob.texts(1), ["first"])
        self.hub.stop()
        alice.fails(3, "send", "bob", "second", saying="stored")
        alice.must("send", "bob", "third", "--no-wait")
        self.hub.start()
        alice.must("send", "bob", "fourth")
        self.assertEqual(bob.texts(3), ["second", "third", "fourth"])

    def test_receipts_come_back(self):
        alice, bob = self.two_people()
        sent = alice.must("send", "bob", "hello", "--json").objects[0]
        bob.listen(1)
        bob.must("history", "alice", "--mark-read")
        bob.must("send", "alice", "seen")  # by now the receipts are out, in order
        objects = alice.listen(1)
        states = [one["state"] for one in objects
                  if one["type"] == "receipt" and one["id"] == sent["id"]]
        self.assertIn("read", states, objects)
        (own,) = [one for one in alice.history("bob") if one["id"] == sent["id"]]
        self.assertEqual(own["state"], "read")

    def test_reply_reaction_edit_and_deletion(self):
        alice, bob = self.two_people()
        alice.must("send", "bob", "question")
        question = bob.listen(1)[-1]["id"]
        bob.must("reply", "alice", question[:10], "answer")
        answer = next(one for one in alice.listen(1) if one["type"] == "message")
        self.assertEqual((answer["text"], answer["reply_to"]), ("answer", question))
        alice.must("react", "bob", answer["id"], "👍")
        alice.must("edit", "bob", question, "better question")
        alice.must("send", "bob", "end")
        bob.listen(1)
        by_id = {one["id"]: one for one in bob.history("alice")}
        self.assertEqual(by_id[question]["text"], "better question")
        self.assertTrue(by_id[question]["edited"])
        self.assertEqual(by_id[answer["id"]]["reactions"], ["👍"])
        alice.must("delete", "bob", question)
        alice.must("send", "bob", "end again")
        bob.listen(1)
        by_id = {one["id"]: one for one in bob.history("alice")}
        self.assertTrue(by_id[question]["deleted"])
        self.assertEqual(by_id[question]["text"], "")

    def test_text_from_standard_input_keeps_its_lines(self):
        alice, bob = self.two_people()
        alice.must("send", "bob", "-", input="one\ntwo – 日本\n")
        self.assertEqual(bob.texts(1), ["one\ntwo – 日本"])

    def test_chats_and_history(self):
        alice, bob = self.two_people()
        alice.must("send", "bob", "hello")
        alice.must("send", "bob", "there")
        bob.listen(2)
        (chat,) = bob.must("chats", "--json").objects
        self.assertEqual((chat["with"], chat["unread"], chat["preview"]), ("alice", 2, "there"))
        self.assertEqual([one["text"] for one in bob.history("alice")], ["hello", "there"])
        newest = bob.must("history", "alice", "--json", "--limit", 1).objects
        self.assertEqual([one["text"] for one in newest], ["there"])
        older = bob.must("history", "alice", "--json", "--before", newest[0]["id"]).objects
        self.assertEqual([one["text"] for one in older], ["hello"])
        self.assertRegex(bob.must("history", "alice").out, r"\d\d:\d\d alice: hello\n")

    def test_terminal_codes_in_a_message_do_nothing(self):
        alice, bob = self.two_people()
        alice.must("send", "bob", "-", input="\x1b[2J\x1b]0;owned\x07evil")
        shown = bob.must("listen", "--count", 1, "--timeout", harness.LIMIT_S).out
        self.assertIn("evil", shown)
        self.assertFalse(re.search(r"[\x00-\x09\x0b-\x1f\x7f]", shown), shown)

    def test_a_note_to_oneself(self):
        alice = self.person("alice").sign_up()
        alice.must("send", "alice", "milk")
        self.assertEqual([one["text"] for one in alice.history("alice")], ["milk"])

    def test_blocked_people_do_not_get_through(self):
        alice, bob = self.two_people()
        alice.must("send", "bob", "one")
        self.assertEqual(bob.texts(1), ["one"])
        bob.must("block", "alice")
        alice.must("send", "bob", "two")  # silent: alice is not told
        bob.must("unblock", "alice")
        alice.must("send", "bob", "three")
        self.assertEqual(bob.texts(1), ["three"])


if __name__ == "__main__":
    harness.main()
