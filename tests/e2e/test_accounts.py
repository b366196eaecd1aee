#!/usr/bin/python3
"""Accounts: one home for several, devices, linking, recovery, identity, backups."""
import os
import re
import stat
import unittest

import harness


class Accounts(harness.Scene):
    def test_several_accounts_in_one_home(self):
        alice = self.person("alice").sign_up()
        bob = self.person("bob", home=alice.home).sign_up()
        # The line of the README: no --as needed, since one of the two is the other person.
        alice.must("send", "bob", "from alice")
        result = alice.must("send", "alice", "from bob")
        self.assertIn("(as bob)", result.err)
        alice.fails(2, "listen", saying="--as")
        got = alice.must("--as", "bob", "listen", "--json", "--count", 1, "--timeout", 60).objects
        self.assertEqual([one["text"] for one in got if one["type"] == "message"], ["from alice"])
        bob.must("listen", "--count", 1, "--timeout", 60, env={"PARLEY_AS": "alice"})

    def test_an_account_is_private_to_its_user(self):
        alice = self.person("alice").sign_up()
        for folder, folders, files in os.walk(alice.home):
            for name in folders:
                mode = stat.S_IMODE(os.stat(os.path.join(folder, name)).st_mode)
                self.assertEqual(mode & 0o077, 0, name)
        records = alice.account_folder() / "records.db"
        self.assertEqual(stat.S_IMODE(records.stat().st_mode), 0o600)

    def test_safety_numbers_are_equal_on_both_sides(self):
        alice, bob = self.two_people()
        alice.must("send", "bob", "hello")
        bob.listen(1)
        theirs = bob.must("verify", "alice", "--json").objects[0]["safety_number"]
        mine = alice.must("verify", "bob", "--json").objects[0]["safety_number"]
        self.assertEqual(mine, theirs)
        self.assertRegex(mine, r"^\d{60}$")
        shown = alice.must("verify", "bob").out
        groups = re.findall(r"\b\d{5}\b", shown)
        self.assertEqual("".join(groups), mine)
        self.assertEqual(len(groups), 12)
        alice.must("verify", "bob", "--mark")
        self.assertTrue(alice.must("verify", "bob", "--json").objects[0]["verified"])
        alice.must("verify", "bob", "--unmark")
        self.assertFalse(alice.must("verify", "bob", "--json").objects[0]["verified"])

    def link(self, first, name="laptop"):
        """A second device of somebody, approved by the first."""
        second = self.person(first.name, home=self.folder / f"{name}-{first.name}")
        joining = second.start("login", first.name, "--link", "--json", "--device", name)
        code = harness.json.loads(joining.stdout.readline())
        first.must("link", code["code"], "--check", code["check"])
        out, err = joining.communicate(timeout=harness.LIMIT_S)
        self.assertEqual(joining.returncode, 0, out + err)
        return second

    def test_a_second_device_is_linked_and_gets_everything(self):
        alice, bob = self.two_people()
        laptop = self.link(alice)
        devices = alice.must("devices", "--json").objects
        self.assertEqual(len(devices), 2)
        self.assertIn("laptop", [one["name"] for one in devices])
        bob.must("send", "alice", "to both")
        self.assertEqual(alice.texts(1), ["to both"])
        self.assertEqual(laptop.texts(1), ["to both"])
        laptop.must("send", "bob", "from the laptop")
        self.assertEqual(bob.texts(1), ["from the laptop"])
        # The first device learns what the second has sent.
        bob.must("send", "alice", "end")
        self.assertEqual(alice.texts(1), ["end"])
        self.assertIn("from the laptop", [one["text"] for one in alice.history("bob")])
        safety = [one.must("verify", "bob", "--json").objects[0]["safety_number"]
                  for one in (alice, laptop)]
        self.assertEqual(safety[0], safety[1])

    def test_a_wrong_number_is_not_approved(self):
        alice = self.person("alice").sign_up()
        second = self.person("alice", home=self.folder / "laptop")
        joining = second.start("login", "alice", "--link", "--json")
        code = harness.json.loads(joining.stdout.readline())
        wrong = "000000" if code["check"] != "000000" else "111111"
        alice.fails(4, "link", code["code"], "--check", wrong)
        self.assertIsNone(joining.poll())

    def test_a_device_is_renamed_and_removed(self):
        alice = self.person("alice").sign_up()
        laptop = self.link(alice)
        (other,) = [one for one in alice.must("devices", "--json").objects
                    if not one["this_device"]]
        alice.must("devices", "rename", other["id"], "old laptop")
        names = [one["name"] for one in alice.must("devices", "--json").objects]
        self.assertIn("old laptop", names)
        alice.must("devices", "remove", other["id"], "--yes")
        self.assertEqual(len(alice.must("devices", "--json").objects), 1)
        laptop.fails(4, "send", "alice", "still here?")
        alice.fails(7, "devices", "rename", 77, "nobody")

    def test_the_recovery_key_brings_the_identity_back(self):
        alice, bob = self.two_people()
        alice.must("send", "bob", "before")
        bob.listen(1)
        before = bob.must("verify", "alice", "--json").objects[0]["safety_number"]
        key = alice.must("recovery-key").out.strip()
        phone = self.person("alice", home=self.folder / "phone")
        wrong = key[:-1] + ("a" if key[-1] != "a" else "b")
        self.assertNotEqual(0, phone.run("login", "alice", "--recovery-key",
                                         env={"PARLEY_RECOVERY_KEY": wrong}).status)
        phone.must("login", "alice", "--recovery-key", env={"PARLEY_RECOVERY_KEY": key})
        phone.must("send", "bob", "after")
        bob.listen(1)
        self.assertEqual(bob.must("verify", "alice", "--json").objects[0]["safety_number"], before)

    def test_a_reset_identity_is_noticed_and_stops_verified_chats(self):
        alice, bob = self.two_people()
        alice.must("send", "bob", "before")
        bob.listen(1)
        bob.must("verify", "alice", "--mark")
        phone = self.person("alice", home=self.folder / "phone")
        phone.must("login", "alice", "--reset-identity")
        phone.must("send", "bob", "it is me")
        objects = bob.listen(1)
        notices = [one for one in objects if one["type"] == "notice"]
        self.assertEqual([one["notice"] for one in notices], ["identity_changed"], objects)
        bob.fails(4, "send", "alice", "really?", saying="safety number")
        bob.must("accept", "alice")
        bob.must("send", "alice", "well")
        self.assertEqual(phone.texts(1), ["well"])
        alice.fails(4, "send", "bob", "the old device")

    def test_logout_leaves_nothing(self):
        alice = self.person("alice").sign_up()
        folder = alice.account_folder()
        self.assertTrue(folder.exists())
        alice.must("logout", "--yes")
        self.assertFalse(folder.exists())
        alice.fails(7, "chats", saying="no account")
        alice.must("login", "alice", "--reset-identity")

    def test_a_deleted_account_is_gone(self):
        alice, bob = self.two_people()
        alice.fails(4, "delete-account", "--yes", env={"PARLEY_PASSWORD": "not the password"})
        alice.must("delete-account", "--yes")
        self.assertFalse(alice.account_folder().exists())
        bob.fails(7, "send", "alice", "hello?")

    def test_the_password_is_changed(self):
        alice = self.person("alice").sign_up()
        alice.must("password", env={"PARLEY_NEW_PASSWORD": "another one entirely"})
        phone = self.person("alice", home=self.folder / "phone")
        phone.fails(4, "login", "alice", "--reset-identity")
        phone.must("login", "alice", "--reset-identity",
                   env={"PARLEY_PASSWORD": "another one entirely"})

    def test_export_and_import(self):
        alice, bob = self.two_people()
        for text in ("one", "two"):
            alice.must("send", "bob", text)
        bob.must("send", "alice", "three")
        alice.listen(1)
        secret = {"PARLEY_PASSPHRASE": "a long passphrase"}
        backup = self.folder / "history.parley"
        alice.must("export", backup, env=secret)
        self.assertEqual(stat.S_IMODE(backup.stat().st_mode), 0o600)
        self.assertNotIn(b"three", backup.read_bytes())
        alice.fails(2, "export", backup, env=secret)  # not overwritten
        phone = self.person("alice", home=self.folder / "phone")
        phone.must("login", "alice", "--reset-identity")
        phone.fails(1, "import", backup, env={"PARLEY_PASSPHRASE": "another passphrase"})
        phone.must("import", backup, env=secret)
        self.assertEqual([one["text"] for one in phone.history("bob")
                          if one["type"] == "message"], ["one", "two", "three"])
        phone.must("import", backup, env=secret)  # a second time changes nothing
        self.assertEqual(len([one for one in phone.history("bob") if one["type"] == "message"]), 3)

    def test_profile_settings_and_status(self):
        alice, bob = self.two_people()
        alice.must("profile", "Alice Example")
        bob.must("send", "alice", "hi")
        status = alice.must("status", "--json").objects[0]
        self.assertEqual((status["name"], status["online"]), ("alice", True))
        self.assertEqual(alice.must("settings", "--receipts", "off").out,
                         "receipts off\ntyping   on\n")
        self.assertEqual(alice.must("settings").out, "receipts off\ntyping   on\n")


if __name__ == "__main__":
    harness.main()
