#!/usr/bin/env python3
"""Browser displays that follow over server-sent events: what each costs the server in memory, and how fast all hear.

Usage: events.py PHOTOSERVER [COUNT]. Starts a server of its own in a temporary folder, on loopback, and stops it.
"""

import http.client
import json
import os
import select
import socket
import subprocess
import sys
import tempfile
import time


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def resident_kib(pid):
    with open(f"/proc/{pid}/status") as status:
        return int(next(line for line in status if line.startswith("VmRSS")).split()[1])


class Server:
    def __init__(self, program, folder):
        self.folder = folder
        self.port = free_port()
        self.process = subprocess.Popen(
            [program, "serve", "--data", folder, "--listen", f"127.0.0.1:{self.port}",
             "--etcd-listen", f"127.0.0.1:{free_port()}"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.connection = None
        for _ in range(600):
            try:
                if self.call("GET", "/health")[0] == 200:
                    return
            except OSError:
                time.sleep(0.1)
        raise SystemExit("the server did not start")

    def call(self, method, path, body=None, headers=None):
        """One call over a connection that is kept, and made anew where the server has closed it."""
        if self.connection is None:
            self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        data = None if body is None else json.dumps(body)
        try:
            self.connection.request(method, path, data, {"Content-Type": "application/json", **(headers or {})})
            answer = self.connection.getresponse()
            return answer.status, answer.read(), answer.headers
        except (BrokenPipeError, ConnectionResetError, http.client.RemoteDisconnected):
            self.connection = None
            return self.call(method, path, body, headers)
        except OSError:
            self.connection = None
            raise

    def read(self, name):
        with open(os.path.join(self.folder, name)) as file:
            return file.read().strip()

    def sign_in(self):
        form = f"token={self.read('setup-token')}&name=ada&password=four+words+in+a+row"
        self.connection.request("POST", "/setup", form, {"Content-Type": "application/x-www-form-urlencoded"})
        answer = self.connection.getresponse()
        answer.read()
        cookie = answer.headers["set-cookie"].split(";")[0]
        _, body, _ = self.call("GET", "/api/v1/session", headers={"Cookie": cookie})
        return {"Cookie": cookie, "X-CSRF-Token": json.loads(body)["csrfToken"]}

    def admit(self, number):
        body = {"id": f"d{number}", "secret": f"a secret of display {number}", "kind": "browser", "width": 1280,
                "height": 720, "token": self.read("display-token")}
        status, answer, _ = self.call("POST", "/api/v1/display/registrations", body)
        if status != 200:
            raise SystemExit(f"display {number} was not admitted: {status} {answer}")
        return json.loads(answer)["token"]


def follow(port, token):
    stream = socket.create_connection(("127.0.0.1", port))
    stream.sendall(
        f"GET /api/v1/display/events HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n\r\n".encode())
    return stream


def wait_for(streams, text, seconds=60):
    """When each stream has sent `text`; counted from now, in seconds."""
    start = time.monotonic()
    times = []
    poll = select.poll()
    left = {stream.fileno(): (stream, b"") for stream in streams}
    for number in left:
        poll.register(number, select.POLLIN)
    while left and time.monotonic() - start < seconds:
        for number, _ in poll.poll(1000):
            stream, seen = left[number]
            chunk = stream.recv(65536)
            if not chunk:
                raise SystemExit("the server closed a stream")
            if text in seen + chunk:
                times.append(time.monotonic() - start)
                poll.unregister(number)
                del left[number]
            else:
                left[number] = (stream, (seen + chunk)[-256:])
    if left:
        raise SystemExit(f"{len(left)} of {len(streams)} streams did not send {text!r}")
    return times


def main():
    program = sys.argv[1]
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 1000
    with tempfile.TemporaryDirectory() as folder:
        server = Server(program, folder)
        try:
            session = server.sign_in()
            tokens = [server.admit(number) for number in range(count)]
            # Once before it counts, so that nothing of the first use is taken for a connection's.
            warm = [follow(server.port, token) for token in tokens[:50]]
            wait_for(warm, b"event: snapshot")
            for stream in warm:
                stream.close()
            time.sleep(3)
            before = resident_kib(server.process.pid)
            streams = [follow(server.port, token) for token in tokens]
            opened = wait_for(streams, b"event: snapshot")
            time.sleep(12)
            after = resident_kib(server.process.pid)
            print(f"{count} displays follow: {(after - before) / count:.1f} KiB each "
                  f"({before / 1024:.0f} to {after / 1024:.0f} MiB), all told what is there in {max(opened):.1f} s")
            for stream in streams:
                stream.setblocking(False)
                try:
                    while stream.recv(65536):
                        pass
                except BlockingIOError:
                    stream.setblocking(True)
            samples = []
            for number in range(0, count, max(1, count // 200)):
                start = time.monotonic()
                server.call("PATCH", f"/api/v1/displays/d{number}", {"power": "off"}, session)
                wait_for([streams[number]], b"power_state")
                samples.append((time.monotonic() - start) * 1000)
            samples.sort()
            print(f"a change on the page is in the stream after {samples[len(samples) // 2]:.1f} ms (p50), "
                  f"{samples[int(len(samples) * 0.99) - 1]:.1f} ms (p99), {len(samples)} changes")
        finally:
            server.process.terminate()
            server.process.wait(30)


if __name__ == "__main__":
    main()
