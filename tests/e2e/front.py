"""Stands between clients and a hub and makes trouble on purpose: cuts connections after so many
bytes, slows them down, changes bytes on their way, and counts what passes.

    front = Front(test, hub)
    person.hub = front          # it has an address, as a hub has
    front.cut_upload_after = 5_000_000
"""
import re
import socket
import threading
import time


class Front:
    def __init__(self, test, hub):
        self.hub = hub
        # Once: when so many bytes of uploads (downloads) have passed, their connection ends.
        self.cut_upload_after = None
        self.cut_download_after = None
        # Every connection: bytes a second in either direction; None: as fast as it goes.
        self.rate = None
        # Once: the byte at this place of a download is another one.
        self.change_download_at = None
        self.cuts = 0
        self.uploaded = 0
        self.downloaded = 0
        self.requests = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.lock = threading.Lock()
        threading.Thread(target=self._accept, daemon=True).start()
        test.addCleanup(self.close)

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def close(self):
        self.listener.close()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        try:
            hub = socket.create_connection(("127.0.0.1", self.hub.port), timeout=10)
        except OSError:
            client.close()
            return
        hub.settimeout(None)
        media = threading.Event()
        up = threading.Thread(target=self._pump, args=(client, hub, media, True), daemon=True)
        up.start()
        self._pump(hub, client, media, False)

    def _pump(self, source, sink, media, is_up):
        carried = 0
        try:
            while True:
                data = source.recv(65536)
                if not data:
                    break
                if is_up:
                    for line in re.findall(rb"(?:GET|HEAD|POST|PATCH|DELETE) /v1/media\S*", data):
                        media.set()
                        self.requests.append(line.decode())
                if media.is_set():
                    data, ends = self._meddle(data, carried, is_up)
                    carried += len(data)
                    sink.sendall(data)
                    if ends:
                        break
                    if self.rate:
                        time.sleep(len(data) / self.rate)
                else:
                    sink.sendall(data)
        except OSError:
            pass
        for one in (source, sink):
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            one.close()

    def _meddle(self, data, carried, is_up):
        """The data as it goes on, and whether the connection ends after it."""
        name = "cut_upload_after" if is_up else "cut_download_after"
        with self.lock:
            limit = getattr(self, name)
            before = self.uploaded if is_up else self.downloaded
            ends = limit is not None and before + len(data) >= limit
            if ends:
                data = data[:max(limit - before, 0)]
                setattr(self, name, None)
                self.cuts += 1
            place = self.change_download_at
            if not is_up and place is not None and carried <= place < carried + len(data):
                changed = bytearray(data)
                changed[place - carried] ^= 1
                data = bytes(changed)
                self.change_download_at = None
            if is_up:
                self.uploaded += len(data)
            else:
                self.downloaded += len(data)
        return data, ends
