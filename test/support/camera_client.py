"""A camera and a viewer of a camera server, written from its protocol with only Python's standard library.

camera HOST PORT PATH ID TOKEN SECONDS FPS MODE   sends JPEGs; MODE "deaf" never reads, "read" prints the close frame
viewer HOST PORT PATH ID TOKEN COUNT              prints the SHA-256 of COUNT pictures, then exits
"""
import base64
import hashlib
import json
import os
import socket
import struct
import sys
import time


def connect(host, port, path):
    link = socket.create_connection((host, int(port)))
    key = base64.b64encode(os.urandom(16)).decode()
    link.sendall(
        f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
    )
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += link.recv(1)
    if b" 101 " not in head.split(b"\r\n")[0]:
        raise SystemExit(f"refused: {head.decode()}")
    return link


def send(link, payload):
    mask = os.urandom(4)
    size = len(payload)
    if size < 126:
        head = struct.pack("!BB", 0x82, 0x80 | size)
    elif size < 65536:
        head = struct.pack("!BBH", 0x82, 0x80 | 126, size)
    else:
        head = struct.pack("!BBQ", 0x82, 0x80 | 127, size)
    repeated = (mask * (size // 4 + 1))[:size]
    masked = (int.from_bytes(payload, "big") ^ int.from_bytes(repeated, "big")).to_bytes(size, "big")
    link.sendall(head + mask + masked)


def exactly(link, count):
    data = b""
    while len(data) < count:
        more = link.recv(count - len(data))
        if not more:
            raise SystemExit("ended")
        data += more
    return data


def receive(link):
    first, second = exactly(link, 2)
    size = second & 0x7F
    if size == 126:
        (size,) = struct.unpack("!H", exactly(link, 2))
    elif size == 127:
        (size,) = struct.unpack("!Q", exactly(link, 8))
    return first, exactly(link, size)


def message(link):
    data = b""
    while True:
        first, payload = receive(link)
        opcode = first & 0x0F
        if opcode == 8:
            print("closed", struct.unpack("!H", payload[:2])[0], payload[2:].decode(), flush=True)
            raise SystemExit(0)
        if opcode > 8:
            continue
        data += payload
        if first & 0x80:
            return data


def camera(host, port, path, number, token, seconds, fps, mode):
    link = connect(host, port, path)
    send(link, struct.pack("<i", int(number)))
    encoded = token.encode("utf-8")
    send(link, struct.pack("<i", len(encoded)) + encoded)
    if mode == "read":
        message(link)
    whole = sys.stdin.buffer.read()
    end = time.monotonic() + float(seconds)
    count = 0
    while time.monotonic() < end:
        # A separate comment segment makes every picture different.
        comment = b"%08d" % count
        picture = whole[:2] + b"\xff\xfe" + struct.pack("!H", 2 + len(comment)) + comment + whole[2:]
        send(link, struct.pack("<i", len(picture)) + picture)
        print(hashlib.sha256(picture).hexdigest(), flush=True)
        count += 1
        time.sleep(1 / float(fps))


def viewer(host, port, path, number, token, count):
    link = connect(host, port, path)
    hello = json.dumps({"cameraId": int(number), "token": token}).encode()
    send(link, struct.pack("<i", len(hello)) + hello)
    print("ready", flush=True)
    for _ in range(int(count)):
        print(hashlib.sha256(message(link)).hexdigest(), flush=True)


if __name__ == "__main__":
    {"camera": camera, "viewer": viewer}[sys.argv[1]](*sys.argv[2:])
