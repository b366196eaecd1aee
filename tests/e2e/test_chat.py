#!/usr/bin/python3
"""`parley chat` as people use it: two terminals."""
import unittest

import harness


class Chat(harness.Scene):
    def test_two_people_talk(self):
        alice, bob = self.two_people()
        mine = alice.terminal("chat", "bob")
        mine.wait_for("Chat with bob.*/help")
        mine.wait_for("alice> ")
        yours = bob.terminal("chat", "alice")
        yours.wait_for("bob> ")
        mine.line("hello bob")
        mine.wait_for(r"alice: hello bob")
        yours.wait_for(r"alice: hello bob")
        mine.wait_for("✓✓ read")
        yours.line("hello alice 👋")
        mine.wait_for("bob: hello alice 👋")
        mine.type("\x04")
        self.assertEqual(mine.status(), 0)
        yours.line("/quit")
        self.assertEqual(yours.status(), 0)

    def test_an_incoming_message_does_not_disturb_the_line_being_written(self):
        alice, bob = self.two_people()
        mine = alice.terminal("chat", "bob")
        mine.wait_for("alice> ")
        mine.type("half a sen")
        mine.wait_for("half a sen")
        bob.must("send", "alice", "interrupting")
        mine.wait_for("bob: interrupting")
        mine.wait_for("alice> half a sen")
        mine.line("tence")
        self.assertEqual(bob.texts(1), ["half a sentence"])

    def test_typing_is_shown(self):
        alice, bob = self.two_people()
        alice.must("send", "bob", "first")
        bob.listen(1)
        mine = alice.terminal("chat", "bob")
        mine.wait_for("alice> ")
        yours = bob.terminal("chat", "alice")
        yours.wait_for("bob> ")
        yours.line("hello")
        mine.wait_for("bob: hello")
        yours.type("I am wri")
        mine.wait_for("bob is typing")
        yours.line("ting")
        mine.wait_for("bob: I am writing")

    def test_reply_react_edit_and_delete(self):
        alice, bob = self.two_people()
        bob.must("send", "alice", "question")
        mine = alice.terminal("chat", "bob")
        mine.wait_for("bob: question")
        mine.wait_for("alice> ")
        mine.line("/reply 1 answer")
        mine.wait_for("↩ answer")
        mine.line("/react 1 👍")
        mine.wait_for(r"\[👍\]")
        mine.line("/edit better answer")
        mine.wait_for(r"better answer \(edited\)")
        mine.line("/delete")
        mine.wait_for(r"\(deleted\)")
        mine.line("/nonsense")
        mine.wait_for("There is no command /nonsense")
        mine.line("//slash")
        mine.wait_for("alice: /slash")
        mine.line("/verify")
        mine.wait_for(r"\d{5} \d{5} \d{5} \d{5}")
        mine.line("/help")
        mine.wait_for("/quit")
        mine.type("\x03")
        self.assertEqual(mine.status(), 0)
        # The edit and the deletion come as changes, the reply as a message.
        messages = [one for one in bob.listen(2) if one["type"] == "message"]
        self.assertEqual([one["text"] for one in messages][-1], "/slash")

    def test_terminal_codes_of_others_do_nothing(self):
        alice, bob = self.two_people()
        mine = alice.terminal("chat", "bob")
        mine.wait_for("alice> ")
        bob.must("send", "alice", "-", input="\x1b]0;owned\x07\x1b[41mevil")
        mine.wait_for("evil")
        self.assertNotIn("\x1b]0;", mine.seen)
        self.assertNotIn("\x1b[41m", mine.seen)

    def test_the_link_is_visible_and_comes_back(self):
        alice, bob = self.two_people()
        alice.must("send", "bob", "first")
        mine = alice.terminal("chat", "bob")
        mine.wait_for("alice> ")
        self.hub.stop()
        mine.wait_for(r"\(offline\) alice> ")
        mine.line("written offline")
        mine.wait_for("written offline …")
        self.hub.start()
        mine.wait_for("written offline ✓")
        bob.texts(2)

    def test_a_second_command_of_the_same_account_works_meanwhile(self):
        alice, bob = self.two_people()
        mine = alice.terminal("chat", "bob")
        mine.wait_for("alice> ")
        alice.must("send", "bob", "from elsewhere")
        mine.wait_for("alice: from elsewhere")
        self.assertEqual(bob.texts(1), ["from elsewhere"])

    def test_a_pipe_sends_line_by_line(self):
        alice, bob = self.two_people()
        result = alice.must("chat", "bob", input="one\ntwo\n")
        self.assertEqual(bob.texts(2), ["one", "two"])
        self.assertNotIn("\x1b", result.out)

    def test_a_dumb_terminal_is_enough(self):
        alice, bob = self.two_people()
        mine = alice.terminal("chat", "bob", env={"TERM": "dumb"})
        mine.wait_for("Chat with bob")
        mine.type("hello\n")
        self.assertEqual(bob.texts(1), ["hello"])
        bob.must("send", "alice", "hi")
        mine.wait_for("bob: hi")
        self.assertNotIn("\x1b", mine.seen)

    def test_passwords_are_asked_for_twice_and_not_shown(self):
        carol = self.person("carol")
        screen = carol.terminal("signup", "carol", "--country", "DE", env={"PARLEY_PASSWORD": ""})
        # An empty variable counts as given; without it the terminal is asked.
        self.assertEqual(screen.status(), 2)
        asked = self.person("carol")
        environment = asked.environment
        asked.environment = lambda **more: {key: value for key, value in environment(**more).items()
                                            if key != "PARLEY_PASSWORD"}
        screen = asked.terminal("signup", "carol", "--country", "DE")
        screen.wait_for("Password for carol: ")
        screen.line("a secret of carol")
        screen.wait_for("Again: ")
        screen.line("another secret")
        screen.wait_for("These differ")
        screen.wait_for("Password for carol: ")
        screen.line("a secret of carol")
        screen.wait_for("Again: ")
        screen.line("a secret of carol")
        screen.wait_for("You are carol at")
        self.assertEqual(screen.status(), 0)
        self.assertNotIn("secret of carol", screen.seen)


if __name__ == "__main__":
    harness.main()
