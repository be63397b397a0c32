"""A USB camera in software, for the kernel's uvcvideo driver: USB Video Class 1.0 over USB/IP (vhci-hcd).

It offers MJPG (640x480, 1280x720, 320x240) and YUYV (320x240, 640x480) at 30, 15 and 5 pictures per second, brightness, contrast, exposure and
focus. Prints "plugged in" when it is on the bus. Signals: USR1 unplugs it, USR2 plugs it in again, HUP hangs it, CONT ends the hang.
"""
import argparse
import collections
import glob
import os
import signal
import socket
import struct
import threading
import time

options = argparse.ArgumentParser()
options.add_argument("--pictures", required=True, help="a folder with WIDTHxHEIGHT/*.jpg")
options.add_argument("--serial", default="", help="empty: two such cameras differ only by their path")
options.add_argument("--name", default="Bench Camera")
options.add_argument("--port", type=int, default=0, help="of the virtual hub, 0 to 7")
options.add_argument("--fps", type=float, default=30, help="upper limit")
options.add_argument("--no-tables", action="store_true", help="leave out the Huffman tables")
options.add_argument("--padding", type=int, default=0, help="zero bytes after each picture")
options.add_argument("--torn", type=int, default=0, help="the first N pictures of a stream are cut in half")
options.add_argument("--hang-after", type=int, default=0, help="pictures of a stream; 0: never")
options = options.parse_args()

MJPG, YUYV = 1, 2
SIZES = {MJPG: [(640, 480), (1280, 720), (320, 240)], YUYV: [(320, 240), (640, 480)]}
RATES = [30, 15, 5]
#: Bytes of one bulk transfer; the driver takes each as one payload (UVC 1.5 §2.4.3.2).
PAYLOAD = 16384
ATTACH = "/sys/devices/platform/vhci_hcd.0/attach"
DETACH = "/sys/devices/platform/vhci_hcd.0/detach"
STALL, CONNECTION_RESET = -32, -104


def descriptor(kind, layout, *values):
    body = struct.pack("<" + layout, *values)
    return bytes([len(body) + 2, kind]) + body


INTERFACE, CLASS_INTERFACE, ENDPOINT = 4, 0x24, 5


def interval(rate):
    """In units of 100 ns."""
    return int(1e7 / rate)


def frame_descriptors(form, subtype):
    result = b""
    for index, (width, height) in enumerate(SIZES[form], 1):
        size = width * height * 2
        layout = "BBBHHIIIIB" + "I" * len(RATES)
        result += descriptor(
            CLASS_INTERFACE, layout, subtype, index, 0, width, height, size * 40, size * 240, size,
            interval(RATES[0]), len(RATES), *map(interval, RATES))
    return result


def configuration():
    colours = descriptor(CLASS_INTERFACE, "BBBB", 13, 1, 1, 4)
    guid = b"YUY2" + bytes.fromhex("0000 1000 8000 00aa00389b71")
    formats = (
        descriptor(CLASS_INTERFACE, "BBBBBBBBB", 6, MJPG, len(SIZES[MJPG]), 1, 1, 0, 0, 0, 0)
        + frame_descriptors(MJPG, 7) + colours
        + descriptor(CLASS_INTERFACE, "BBB16sBBBBBB", 4, YUYV, len(SIZES[YUYV]), guid, 16, 1, 0, 0, 0, 0)
        + frame_descriptors(YUYV, 5) + colours)
    streaming = descriptor(CLASS_INTERFACE, "BBHBBBBBBBBB", 1, 2, 15 + len(formats), 0x81, 0, 3, 0, 0, 0, 1, 0, 0)
    units = (
        # The lens: automatic exposure, exposure time, focus, automatic focus (bits 1, 3, 5 and 17).
        descriptor(CLASS_INTERFACE, "BBHBBHHHB3s", 2, 1, 0x0201, 0, 0, 0, 0, 0, 3, b"\x2a\x00\x02")
        # The processing unit: brightness and contrast (bits 0 and 1).
        + descriptor(CLASS_INTERFACE, "BBBHBHB", 5, 2, 1, 0, 2, 3, 0)
        + descriptor(CLASS_INTERFACE, "BBHBBB", 3, 3, 0x0101, 0, 2, 0))
    control = descriptor(CLASS_INTERFACE, "BHHIBB", 1, 0x0100, 13 + len(units), 1_000_000, 1, 1)
    body = (
        descriptor(0x0B, "BBBBBB", 0, 2, 14, 3, 0, 0)
        + descriptor(INTERFACE, "BBBBBBB", 0, 0, 0, 14, 1, 0, 0) + control + units
        + descriptor(INTERFACE, "BBBBBBB", 1, 0, 1, 14, 2, 0, 0) + streaming + formats
        + descriptor(ENDPOINT, "BBHB", 0x81, 2, 512, 0))
    return descriptor(2, "HBBBBB", 9 + len(body), 2, 1, 0, 0x80, 50) + body


def text(value):
    return descriptor(3, f"{2 * len(value)}s", value.encode("utf-16-le"))


DESCRIPTORS = {
    1: descriptor(1, "HBBBBHHHBBBB", 0x0200, 0xEF, 2, 1, 64, 0x1D6B, 0x0104, 0x0100, 1, 2, 3 if options.serial else 0, 1),
    2: configuration(),
    6: descriptor(6, "HBBBBBB", 0x0200, 0xEF, 2, 1, 64, 1, 0),
}
STRINGS = {0: descriptor(3, "H", 0x0409), 1: text("Bench"), 2: text(options.name), 3: text(options.serial)}


class Control:
    def __init__(self, size, low, high, step, default):
        self.size, self.low, self.high, self.step, self.default, self.current = size, low, high, step, default, default

    def get(self, request):
        value = {0x81: self.current, 0x82: self.low, 0x83: self.high, 0x84: self.step, 0x87: self.default}[request]
        return value.to_bytes(self.size, "little", signed=value < 0)


#: (entity, selector): UVC 1.0 tables A-12 and A-13. The mode of exposure is a set of bits: 1 manual, 8 aperture priority.
CONTROLS = {
    (1, 2): Control(1, 1, 9, 9, 8), (1, 4): Control(4, 3, 2047, 1, 250),
    (1, 6): Control(2, 0, 250, 5, 0), (1, 8): Control(1, 0, 1, 1, 1),
    (2, 2): Control(2, -64, 64, 1, 0), (2, 3): Control(2, 0, 95, 1, 32),
}


def load(form, size):
    if form == YUYV:
        return []
    files = sorted(glob.glob(os.path.join(options.pictures, "%dx%d" % size, "*.jpg")))
    return [open(name, "rb").read() for name in files]


PICTURES = {size: load(MJPG, size) for size in SIZES[MJPG]}


def without_tables(jpeg):
    while (at := jpeg.find(b"\xff\xc4")) > 0:
        jpeg = jpeg[:at] + jpeg[at + 2 + struct.unpack(">H", jpeg[at + 2:at + 4])[0]:]
    return jpeg


def picture(form, size, number):
    if form == YUYV:
        return bytes([(40 + 10 * number) & 255, 128]) * (size[0] * size[1])
    known = PICTURES[size]
    jpeg = known[number % len(known)]
    if options.no_tables:
        jpeg = without_tables(jpeg)
    if number <= options.torn:
        jpeg = jpeg[:len(jpeg) // 2]
    return jpeg + bytes(options.padding)


class Camera:
    """One connection to the bus at a time; unplugging ends it, but the settings of the controls stay."""

    def __init__(self):
        self.link = None
        self.changed = threading.Condition()
        self.urbs = collections.OrderedDict()
        self.probe = self.commit = self.settle(MJPG, 1, interval(RATES[0]))
        self.stream = 0
        self.hung = False

    def settle(self, form, frame, every):
        form = form if form in SIZES else MJPG
        frame = frame if 1 <= frame <= len(SIZES[form]) else 1
        width, height = SIZES[form][frame - 1]
        every = min(map(interval, RATES), key=lambda one: abs(one - every)) if every else interval(RATES[0])
        return struct.pack("<HBBIHHHHHII", 1, form, frame, every, 0, 0, 0, 0, 0, width * height * 2, PAYLOAD)

    def plug(self):
        ours, theirs = socket.socketpair()
        high_speed, device = 3, (1 << 16) + 2 + options.port
        with open(ATTACH, "w") as file:
            file.write("%d %d %d %d" % (options.port, theirs.fileno(), device, high_speed))
        theirs.close()
        self.link = ours
        self.urbs.clear()
        threading.Thread(target=self.listen, args=(ours,), daemon=True).start()
        threading.Thread(target=self.film, args=(ours,), daemon=True).start()

    def unplug(self):
        link, self.link = self.link, None
        if link:
            link.shutdown(socket.SHUT_RDWR)
            link.close()
        with self.changed:
            self.changed.notify_all()

    def reply(self, link, number, status, data=b"", length=None):
        head = struct.pack(">IIIIIiiiii8x", 3, number, 0, 0, 0, status, len(data) if length is None else length, 0, 0, 0)
        with self.changed:
            link.sendall(head + data)

    def listen(self, link):
        stream = link.makefile("rb")
        try:
            while head := stream.read(48):
                command, number, _, inward, endpoint = struct.unpack(">IIIII", head[:20])
                if command == 2:
                    victim, = struct.unpack(">I", head[20:24])
                    with self.changed:
                        status = CONNECTION_RESET if self.urbs.pop(victim, None) else 0
                        link.sendall(struct.pack(">IIIIIi24x", 4, number, 0, 0, 0, status))
                    continue
                length, = struct.unpack(">i", head[24:28])
                sent = b"" if inward or length <= 0 else stream.read(length)
                if endpoint:
                    with self.changed:
                        self.urbs[number] = length
                        self.changed.notify_all()
                    continue
                answer = self.setup(head[40:48], sent)
                if answer is None:
                    self.reply(link, number, STALL)
                elif inward:
                    self.reply(link, number, 0, answer[:length])
                else:
                    self.reply(link, number, 0, length=len(sent))
        except OSError:
            pass

    def setup(self, packet, data):
        kind, request, value, index, _ = struct.unpack("<BBHHH", packet)
        if kind == 0x80 and request == 6:
            what, number = value >> 8, value & 255
            return STRINGS.get(number) if what == 3 else DESCRIPTORS.get(what)
        if kind & 0x60 == 0:
            return {0: b"\0\0", 8: b"\1", 10: b"\0"}.get(request, b"")
        selector, entity, interface = value >> 8, index >> 8, index & 255
        if interface == 1:
            return self.negotiate(request, selector, data)
        if entity == 0:
            return b"\0"
        control = CONTROLS.get((entity, selector))
        if control is None:
            return None
        if request == 1:
            control.current = int.from_bytes(data[:control.size], "little", signed=control.low < 0)
            return b""
        if request in (0x85, 0x86):
            return struct.pack("<H", control.size) if request == 0x85 else b"\3"
        return control.get(request)

    def negotiate(self, request, selector, data):
        if request != 1:
            return {0x85: struct.pack("<H", 26), 0x86: b"\3"}.get(request, self.commit if selector == 2 else self.probe)
        _, form, frame, every = struct.unpack("<HBBI", data[:8])
        self.probe = self.settle(form, frame, every)
        if selector == 2:
            self.commit = self.probe
            self.stream += 1
        return b""

    def film(self, link):
        """Sends pictures while the driver has pending transfers."""
        stream, number, due, rest, flip = None, 0, 0.0, [], 0
        while self.link is link:
            with self.changed:
                if not self.urbs:
                    self.changed.wait(0.5)
                    continue
            if stream != self.stream:
                stream, number, due, rest = self.stream, 0, time.monotonic(), []
            if not rest:
                if self.hung or (options.hang_after and number >= options.hang_after) or time.monotonic() < due:
                    time.sleep(0.005)
                    continue
                _, form, frame, every = struct.unpack("<HBBI", self.commit[:8])
                due = max(due, time.monotonic() - 0.2) + max(every / 1e7, 1 / options.fps)
                number, flip = number + 1, flip ^ 1
                data = picture(form, SIZES[form][frame - 1], number)
                step = PAYLOAD - 2
                rest = [data[at:at + step] for at in range(0, len(data), step)]
            # Atomic for the driver: a transfer that it cancels in the meantime must be either answered or still pending.
            with self.changed:
                if not self.urbs:
                    continue
                urb, _ = self.urbs.popitem(last=False)
                piece = rest.pop(0)
                end = 0 if rest else 2
                try:
                    self.reply(link, urb, 0, bytes([2, 0x80 | flip | end]) + piece)
                except OSError:
                    return

    def hang(self, hung):
        self.hung = hung


camera = Camera()
signal.signal(signal.SIGUSR1, lambda *_: camera.unplug())
signal.signal(signal.SIGUSR2, lambda *_: camera.link or camera.plug())
signal.signal(signal.SIGHUP, lambda *_: camera.hang(True))
signal.signal(signal.SIGCONT, lambda *_: camera.hang(False))
camera.plug()
print("plugged in", flush=True)
while True:
    signal.pause()
