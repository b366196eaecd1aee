#!/usr/bin/python3
"""The offer of third-party chats as a person reads and answers it: in a pipe, by options, and by
questions in a terminal. No service needs to run for it."""
import signal

import harness

SERVICES = """
[third_party.policy]
jurisdiction = "Iceland."
url = "https://hub.example/data"
[[provider]]
id = "nordlys"
display_name = "Nordlys"
jwks_url = "http://127.0.0.1:1/keys"
allow_private_addresses = true
features = ["reply", "image", "delivery_receipt"]
state = "live"
[provider.data_policy]
retention = "Thirty days."
url = "https://nordlys.example/data"
[[provider]]
id = "fjord"
display_name = "Fjord"
jwks_url = "http://127.0.0.1:1/keys"
allow_private_addresses = true
features = ["reply"]
state = "live"
"""

WARNINGS = ["may use different end-to-end encryption", "Spam and scams may be more common",
            "has its own data policy", "People you blocked here could write",
            "Some features may be missing"]


class Offer(harness.Scene):
    hub_config = SERVICES

    def offer(self, person):
        objects = person.must("third-party", "--json").objects
        return objects[0], {one["service"]: one for one in objects if one["type"] == "service"}

    def is_on(self, person):
        return self.offer(person)[0]["enabled"]

    def assert_warned(self, text):
        """Every warning, each with what Parley does about it."""
        for warning in WARNINGS:
            self.assertIn(warning, text)
        self.assertEqual(text.count("What Parley does:"), len(WARNINGS))

    def test_the_offer_and_the_warnings_can_be_read_at_any_time(self):
        alice = self.person("alice").sign_up()
        read = alice.must("third-party")
        self.assertIn("without an account there", read.out)
        self.assert_warned(read.out)
        self.assertIn("parley third-party --on", read.err)
        self.assertFalse(self.is_on(alice), "reading turns nothing on")
        self.assertIn("not there: reactions, editing", read.out)
        self.assertLess(read.out.index("https://nordlys.example/data"),
                        read.out.index("https://hub.example/data"))

        on = alice.must("third-party", "--on", "--services", "nordlys").out
        self.assert_warned(on)
        self.assertLess(on.index("What Parley does:"), on.index("They are on."),
                        "what there is to know comes first")
        self.assert_warned(alice.must("third-party").out)

    def test_scripts_get_the_policies_and_what_is_missing(self):
        alice = self.person("alice").sign_up()
        head, services = self.offer(alice)
        self.assertEqual((head["hub_policy"]["jurisdiction"], head["hub_policy"]["url"]),
                         ("Iceland.", "https://hub.example/data"))
        self.assertEqual((services["nordlys"]["retention"], services["nordlys"]["url"]),
                         ("Thirty days.", "https://nordlys.example/data"))
        self.assertIn("reaction", services["nordlys"]["lacks"])
        self.assertNotIn("image", services["nordlys"]["lacks"])
        self.assertIn("image", services["fjord"]["lacks"])

    def test_the_questions_turn_it_on(self):
        alice = self.person("alice").sign_up()
        screen = alice.terminal("third-party", rows=100)
        screen.wait_for("They are off")
        screen.wait_for("Before you turn them on")
        for warning in WARNINGS:
            screen.wait_for(warning)
            screen.wait_for("What Parley does:")
        for question, answer in (("Turn third-party chats on", "y"), ("people on Fjord", ""),
                                 ("people on Nordlys", "y"), ("among your others", "yes"),
                                 ("who know your exact name", "y")):
            screen.wait_for(question + r".*\[y/N\]: ")
            self.assertFalse(self.is_on(alice), "nothing is on before the last answer")
            screen.line(answer)
        screen.wait_for("They are on")
        screen.wait_for(r"\[ \] Fjord")
        screen.wait_for(r"\[x\] Nordlys")
        self.assertEqual(screen.status(), 0)
        head, services = self.offer(alice)
        self.assertEqual((head["enabled"], head["services"], head["inbox"], head["reachable"]),
                         (True, ["nordlys"], "combined", True))
        self.assertEqual((services["nordlys"]["chosen"], services["fjord"]["chosen"]), (True, False))
        # From now on it is only shown.
        again = alice.terminal("third-party", rows=100)
        again.wait_for("They are on")
        again.wait_for("What Parley does:")
        self.assertEqual(again.status(), 0)
        self.assertNotIn("[y/N]", again.text)

    def test_giving_up_in_the_middle_changes_nothing(self):
        alice = self.person("alice").sign_up()
        for answers, status in ((["n"], 130), ([""], 130), (["\x04"], 130), (["\x03"], 130),
                                (["y", "\x04"], 130), (["y", "\x03"], 130),
                                (["y", "y", "n", "\x03"], 130), (["y", "y", "n", "y", "\x04"], 130),
                                (["y", "n", "n"], 2)):
            with self.subTest(answers=answers):
                screen = alice.terminal("third-party", rows=100)
                for answer in answers:
                    screen.wait_for(r"\[y/N\]: ")
                    (screen.type if answer in ("\x03", "\x04") else screen.line)(answer)
                ended = screen.status()
                self.assertEqual(130 if ended == -signal.SIGINT else ended, status, screen.text)
                if status == 2:
                    self.assertIn("stay off", screen.text)
                self.assertFalse(self.is_on(alice))

    def test_outside_the_region_nothing_is_asked(self):
        carol = self.person("carol")
        carol.must("signup", "carol", "--country", "US")
        screen = carol.terminal("third-party")
        screen.wait_for(r"not offered in this account's country \(US\)")
        screen.wait_for("where the law asks for them")
        self.assertEqual(screen.status(), 0)
        self.assertNotIn("[y/N]", screen.text)
        carol.fails(4, "third-party", "--on", "--services", "nordlys", saying="(US)")
        self.assertEqual(self.offer(carol)[0]["availability"], "other_region")
        self.assertFalse(self.is_on(carol))

    def test_every_choice_can_be_changed_later(self):
        alice = self.person("alice").sign_up()
        alice.fails(2, "third-party", "--on", saying="--services")
        alice.fails(2, "third-party", "--services", "nordlys", saying="--on")
        alice.fails(7, "third-party", "--on", "--services", "nobody", saying="nordlys")
        alice.must("third-party", "--on", "--services", "nordlys", "--reachable", "yes")
        for change, expected in (
                (["--services", "nordlys,fjord"], (["fjord", "nordlys"], "separate", True)),
                (["--inbox", "combined"], (["fjord", "nordlys"], "combined", True)),
                (["--reachable", "no"], (["fjord", "nordlys"], "combined", False)),
                (["--services", "fjord"], (["fjord"], "combined", False)),
                (["--inbox", "separate"], (["fjord"], "separate", False))):
            alice.must("third-party", *change)
            head = self.offer(alice)[0]
            self.assertEqual((head["services"], head["inbox"], head["reachable"]), expected, change)
            self.assertTrue(head["enabled"])
        alice.fails(4, "send", "bob@nordlys", "hello", saying="parley third-party")
        off = alice.must("third-party", "--off").out
        self.assertIn("Your chats stay, readable and closed.", off)
        self.assertFalse(self.is_on(alice))


if __name__ == "__main__":
    harness.main()
