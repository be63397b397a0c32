#!/usr/bin/python3 -IS
"""Fake v4l2-ctl 1.22: the same arguments, texts, exit codes and buffering, for a camera that the test describes.

A device is a link in the folder of this program; NAME.json next to it describes the camera's behaviour, and is read again for every picture.
"""
import json
import os
import sys
import time

HOME = os.path.dirname(os.path.abspath(sys.argv[0]))
BLOCK = 4096
args = sys.argv[1:]
options = {}
while args:
    word = args.pop(0)
    if word in ("-d", "-c", "-C"):
        options.setdefault(word, args.pop(0))
    else:
        name, _, value = word.partition("=")
        options[name] = value
device = options["-d"]
name = os.path.basename(device)


def camera():
    with open(os.path.join(HOME, name + ".json")) as file:
        return json.load(file)


def remember(**changes):
    path = os.path.join(HOME, name + ".state")
    state = {"width": 640, "height": 480, "pixels": "MJPG", "controls": {}}
    if os.path.exists(path):
        with open(path) as file:
            state = json.load(file)
    if changes:
        state.update(changes)
        with open(path + ".new", "w") as file:
            json.dump(state, file)
        os.rename(path + ".new", path)
    return state


def out(text):
    sys.stdout.write(text + "\n")


def err(text):
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def done(code):
    sys.stdout.flush()
    os._exit(code)


with open(os.path.join(HOME, name + ".calls"), "a") as file:
    file.write(json.dumps(sys.argv[1:]) + "\n")
me = camera()
if not os.path.lexists(device):
    err("Cannot open device %s, exiting." % device)
    done(1)
if me.get("denied"):
    err("Failed to open %s: Permission denied" % device)
    done(1)

code = 0
if "-c" in options:
    wanted = dict(one.split("=") for one in options["-c"].split(","))
    state = remember()
    known = me["controls"]
    unknown = [one for one in wanted if one not in known]
    if unknown:
        err("unknown control '%s'" % unknown[0])
        done(1)
    for one, value in wanted.items():
        low, high = known[one].get("min", 0), known[one].get("max", 1)
        if not known[one].get("stuck"):
            state["controls"][one] = max(low, min(high, int(value)))
    remember(controls=state["controls"])
if "--set-fmt-video" in options:
    wanted = dict(one.split("=") for one in options["--set-fmt-video"].split(","))
    state = remember()
    if me.get("busy"):
        out("VIDIOC_S_FMT: failed: Device or resource busy")
        code = 255
    else:
        pixels = wanted.get("pixelformat", state["pixels"])
        if pixels not in me["formats"]:
            err("The pixelformat '%s' is invalid" % pixels)
            pixels = next(iter(me["formats"]))
        sizes = [tuple(map(int, size.split("x"))) for size in me["formats"][pixels]]
        size = (int(wanted.get("width", state["width"])), int(wanted.get("height", state["height"])))
        near = min(sizes, key=lambda one: abs(one[0] - size[0]) + abs(one[1] - size[1]))
        remember(width=near[0], height=near[1], pixels=pixels)
if "--set-parm" in options:
    out("Frame rate set to %.3f fps" % float(options["--set-parm"]))
state = remember()
width, height, pixels = state["width"], state["height"], state["pixels"]
if "-C" in options:
    for one in options["-C"].split(","):
        out("%s: %d" % (one, state["controls"].get(one, me["controls"][one].get("default", 0))))
if "--get-fmt-video" in options:
    stride = {"MJPG": 0, "GREY": width, "NV12": width, "YU12": width, "RGB3": 3 * width, "BGR3": 3 * width}.get(pixels, 2 * width)
    out("Format Video Capture:\n\tWidth/Height      : %d/%d\n\tPixel Format      : '%s' (…)\n\tField             : None" % (width, height, pixels))
    out("\tBytes per Line    : %d\n\tSize Image        : 614400" % stride)
if "--info" in options:
    out("Driver Info:\n\tDriver name      : uvcvideo\n\tCard type        : %s" % name)
if "--list-formats-ext" in options:
    out("ioctl: VIDIOC_ENUM_FMT\n\tType: Video Capture\n")
    for index, (form, sizes) in enumerate(me["formats"].items()):
        out("\t[%d]: '%s' (%s%s)" % (index, form, form, ", compressed" if form == "MJPG" else ""))
        for size in sizes:
            out("\t\tSize: Discrete %s\n\t\t\tInterval: Discrete 0.033s (30.000 fps)" % size)
if "--list-ctrls-menus" in options:
    out("\nUser Controls\n")
    for index, (one, control) in enumerate(me["controls"].items()):
        kind = control.get("type", "int")
        low = "min=%d max=%d step=%d " % (control.get("min", 0), control.get("max", 1), control.get("step", 1)) if kind != "bool" else ""
        fallback = control.get("default", 0)
        out("%31s 0x%08x (%s)%s: %sdefault=%d value=%d" % (one, 0x980900 + index, kind, " " * (7 - len(kind)), low, fallback, state["controls"].get(one, fallback)))
        for value, text in control.get("menu", {}).items():
            out("\t\t\t\t%s: %s" % (value, text))
if "--stream-mmap" not in options:
    done(code)

end = me.get("end")
if "needs_free" in me:
    # One bus for both cameras: no stream while the other one streams.
    def streams(camera):
        try:
            with open(os.path.join(HOME, camera + ".calls")) as file:
                return file.read().count('"--stream-to=-"')
        except OSError:
            return 0
    # The first stream of this camera is started together with one of the other, whichever program is slower.
    if streams(name) == 1:
        until = time.monotonic() + 20
        while streams(me["needs_free"]) == 0 and time.monotonic() < until:
            time.sleep(0.01)
        end = "no-bandwidth"
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/cmdline" % pid) as file:
                words = file.read().split("\0")
        except OSError:
            continue
        if os.path.join(HOME, me["needs_free"]) in words and "--stream-to=-" in words:
            end = "no-bandwidth"
if end in ("busy", "empty"):
    done(0)
if end == "no-bandwidth":
    err("\t\tVIDIOC_STREAMON returned -1 (No space left on device)")
    done(0)
if end == "timeout":
    err("select timeout")
    done(0)
sys.stdout.flush()
unbuffered = os.environ.get("_STDBUF_O") == "0"
held = b""


def write(data, last):
    """The real tool buffers stdout in blocks, so the end of a picture waits for the next one."""
    global held
    held += data
    size = len(held) if unbuffered or last else len(held) // BLOCK * BLOCK
    view, held = memoryview(held[:size]), held[size:]
    while view:
        view = view[os.write(1, view):]


def without_tables(jpeg):
    while (at := jpeg.find(b"\xff\xc4")) > 0:
        jpeg = jpeg[:at] + jpeg[at + 2 + int.from_bytes(jpeg[at + 2:at + 4], "big"):]
    return jpeg


def picture(number, me):
    if pixels != "MJPG":
        size = {"GREY": 2, "NV12": 3, "YU12": 3, "RGB3": 6, "BGR3": 6}.get(pixels, 4) * width * height // 2
        data = bytes([me.get("value", 128)]) * size
        return data[: size // 2] if number <= me.get("torn", 0) else data
    with open(os.path.join(HOME, me.get("picture", "%dx%d.jpg" % (width, height))), "rb") as file:
        data = file.read()
    if number <= me.get("dark", 0):
        with open(os.path.join(HOME, "dark-%d.jpg" % number), "rb") as file:
            data = file.read()
    if me.get("tables") is False:
        data = without_tables(data)
    if number <= me.get("undecodable", 0):
        while (at := data.find(b"\xff\xdb")) > 0:
            data = data[:at] + data[at + 2 + int.from_bytes(data[at + 2:at + 4], "big"):]
    if number <= me.get("torn", 0):
        data = data[: len(data) // 2]
    return data + bytes(me.get("padding", 0))


skip, count = int(options.get("--stream-skip", 0)), int(options.get("--stream-count", 0))
if me.get("greeting"):
    write(me["greeting"].encode(), True)
number = 0
due = time.monotonic() + me.get("phase", 0)
while True:
    me = camera()
    if me.get("hang"):
        time.sleep(0.02)
        due = time.monotonic()
        continue
    time.sleep(max(0, due - time.monotonic()))
    due += 1 / me.get("fps", 30)
    number += 1
    if not os.path.lexists(device) or number > me.get("unplugged_after", 1 << 30):
        if os.path.lexists(device):
            os.unlink(device)
        err("VIDIOC_DQBUF: failed: No such device\n")
        done(0)
    data = picture(number, me)
    damaged = number in me.get("damaged", [])
    last = count == 1 and skip == 0 and not damaged
    if skip == 0 and not damaged:
        write(data, last)
    flags = "error, ts-monotonic, ts-src-soe" if damaged else "ts-monotonic, ts-src-soe"
    taken = time.monotonic() - me.get("age", 0)
    err("cap dqbuf: %d seq: %6d bytesused: %d ts: %.6f delta: 33.3 ms (%s)" % (number % 4, number - 1, len(data), taken, flags))
    if number % 30 == 0:
        err("<<<<<<<<<<<<<<<<<<<<<<<<<<<<<< 30.00 fps")
    if damaged:
        continue
    if skip > 0:
        skip -= 1
    elif count > 0:
        count -= 1
        if count == 0:
            err("")
            done(0)
