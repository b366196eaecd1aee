#!/usr/bin/python3
"""A hub with TLS: the certificate is checked, and so is whose it is."""
import json
import ssl
import subprocess
import unittest
import urllib.request

import harness


def make_certificate(folder, name, host):
    """A self-signed certificate for a host: its own authority."""
    certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                    "-nodes", "-days", "2", "-subj", f"/CN={name}", "-addext",
                    f"subjectAltName={host}", "-keyout", key, "-out", certificate],
                   check=True, capture_output=True)
    return certificate, key


class TlsHub(harness.Hub):
    def __init__(self, folder, certificate, key):
        self.trust = ssl.create_default_context()
        self.trust.check_hostname = False
        self.trust.verify_mode = ssl.CERT_NONE
        super().__init__(folder, f'[tls]\ncertificate = "{certificate}"\nkey = "{key}"\n')

    def is_ready(self):
        with urllib.request.urlopen(f"https://{self.address}/health/ready", timeout=5,
                                    context=self.trust) as answer:
            return answer.status == 200


class Tls(unittest.TestCase):
    def setUp(self):
        self.folder = harness.new_folder(self)

    def hub(self, host):
        self.certificate, key = make_certificate(self.folder, "hub", host)
        hub = TlsHub(self.folder / "hub", self.certificate, key)
        self.addCleanup(hub.stop)
        return hub

    def person(self, hub, name):
        person = harness.Person(self, hub, name)
        plain = person.command
        person.command = lambda *arguments: plain(
            "--hub", f"https://{hub.address}", "--ca", self.certificate, *arguments)
        return person

    def test_two_people_talk_over_tls(self):
        hub = self.hub("IP:127.0.0.1")
        alice, bob = harness.talking(
            *(self.person(hub, name).sign_up() for name in ("alice", "bob")))
        alice.must("send", "bob", "x" * 30_000)
        self.assertEqual(bob.texts(1), ["x" * 30_000])

    def test_an_authority_that_is_not_trusted_is_refused(self):
        hub = self.hub("IP:127.0.0.1")
        alice = self.person(hub, "alice")
        alice.fails(3, "--ca", "/etc/ssl/certs/ca-certificates.crt", "signup", "alice",
                    saying="TLS")
        self.assertEqual(alice.run("chats").status, 7)

    def test_a_certificate_of_another_host_is_refused(self):
        hub = self.hub("DNS:another.example")
        self.person(hub, "alice").fails(3, "signup", "alice", saying="TLS")

    def test_a_file_that_holds_no_certificate_is_said(self):
        hub = self.hub("IP:127.0.0.1")
        alice = self.person(hub, "alice")
        error = json.loads(alice.run("--ca", "/nowhere.pem", "login", "alice", "--link",
                                     "--json").err)
        self.assertEqual(error["error"], "invalid_argument")


if __name__ == "__main__":
    harness.main()
