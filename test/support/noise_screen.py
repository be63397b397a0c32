"""Replaces grim: prints a screenshot, a PNG of 320 x 180 pixels that is different each time."""

import os
import struct
import sys
import zlib

WIDTH, HEIGHT = 320, 180


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


row = b"\0" + os.urandom(3 * 40) * (WIDTH // 40)
pixels = b"".join(row[:1] + row[index % 7 + 1 :] + row[1 : index % 7 + 1] for index in range(HEIGHT))
head = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)
sys.stdout.buffer.write(
    b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(pixels, 1)) + chunk(b"IEND", b"")
)
