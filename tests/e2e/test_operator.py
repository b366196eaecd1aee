#!/usr/bin/python3
"""What an operator asks of a running hub, with the real program."""
import json
import subprocess
import urllib.request

import harness

PROVIDER = """
[[provider]]
id = "nordlys"
display_name = "Nordlys"
jwks_url = "https://nordlys.example/keys.json"
features = ["reply", "edit"]
state = "live"
[provider.data_policy]
retention = "Thirty days."
"""


class Operator(harness.Scene):
    hub_config = PROVIDER

    def parleyd(self, *arguments):
        return subprocess.run([harness.BIN / "parleyd", *arguments], capture_output=True,
                              text=True, timeout=harness.LIMIT_S)

    def ask(self, *arguments):
        return self.parleyd(*arguments, "--data", self.hub.folder / "data")

    def test_it_sees_the_services(self):
        listed = self.ask("provider", "list")
        self.assertEqual(listed.returncode, 0, listed.stderr)
        self.assertRegex(listed.stdout, r"ID +NAME +STATE")
        self.assertRegex(listed.stdout, r"nordlys +Nordlys +live")
        shown = self.ask("provider", "show", "nordlys")
        self.assertRegex(shown.stdout, r"data_policy.retention +Thirty days\.")
        found = json.loads(self.ask("provider", "list", "--json").stdout)["providers"]
        self.assertEqual(found[0]["features"], ["reply", "edit"])
        missing = self.ask("provider", "show", "nobody")
        self.assertNotEqual(missing.returncode, 0)
        self.assertIn("no service has this id", missing.stderr)

    def test_the_socket_is_the_hubs_own_and_goes_with_it(self):
        socket = self.hub.folder / "data" / "admin.sock"
        self.assertEqual(socket.stat().st_mode & 0o777, 0o600)
        self.hub.stop()
        self.assertFalse(socket.exists())
        gone = self.ask("provider", "list")
        self.assertEqual(gone.returncode, 1)
        self.assertIn("no hub runs with this data folder", gone.stderr)
        self.assertIn("parleyd serve", gone.stderr)

    def test_a_leftover_socket_of_a_killed_hub_is_no_hindrance(self):
        self.hub.restart(harness.signal.SIGKILL)
        self.assertEqual(self.ask("provider", "list").returncode, 0)

    def test_the_hubs_key_stays_over_a_restart(self):
        url = f"http://{self.hub.address}/v1/jwks"
        with urllib.request.urlopen(url) as answer:
            self.assertIn("max-age=3600", answer.headers["Cache-Control"])
            before = json.load(answer)
        self.assertEqual(before["keys"][0]["kty"], "OKP")
        self.hub.restart()
        with urllib.request.urlopen(url) as answer:
            self.assertEqual(json.load(answer), before)

    def test_check_config_names_field_and_line(self):
        path = self.folder / "bad.toml"
        path.write_text(PROVIDER.replace("live", "asleep"))
        checked = self.parleyd("check-config", path)
        self.assertEqual(checked.returncode, 3)
        self.assertIn("bad.toml:7: provider.state: expected one of applied", checked.stderr)


if __name__ == "__main__":
    harness.main()
