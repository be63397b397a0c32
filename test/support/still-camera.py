"""A fake rpicam-still in signal and keypress mode, with its real rules, and faults on request.

Signal handlers are installed only once the camera is open (an earlier SIGUSR1 ends the process), two signals before one is handled
are one picture, "-o -" goes through the C library's buffered stdout, files are written in place. Faults come from knobs.json in
--dir, read at the start and before each picture; events are appended to the file journal.
"""
import ctypes, fcntl, json, os, random, signal, struct, sys, time

args = sys.argv[1:]


def value(name, short, default):
    for key in (name, short):
        if key in args:
            return args[args.index(key) + 1]
    return default


folder = value("--dir", None, os.environ.get("STILL_DIR"))
output = value("--output", "-o", "")
keypress = "--keypress" in args or "-k" in args
signals = "--signal" in args or "-s" in args
with open(os.path.join(folder, "picture.jpg"), "rb") as file:
    PICTURE = file.read()
libc = ctypes.CDLL(None)
libc.fwrite.argtypes = [ctypes.c_char_p, ctypes.c_size_t, ctypes.c_size_t, ctypes.c_void_p]
stdout = ctypes.c_void_p.in_dll(libc, "stdout")


def knobs():
    try:
        with open(os.path.join(folder, "knobs.json")) as file:
            return json.load(file)
    except (FileNotFoundError, ValueError):
        return {}


def say(text):
    os.write(2, (text + "\n").encode())


journal = os.open(os.path.join(folder, "journal"), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)


def note(event, **facts):
    os.write(journal, (json.dumps({"event": event, "pid": os.getpid(), "time": time.time() * 1000, **facts}) + "\n").encode())


def pause(ms):
    end = time.monotonic() + ms / 1000
    while (left := end - time.monotonic()) > 0:
        time.sleep(left)


note("started", argv=args)
start = knobs()
if start.get("ignore_term"):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
pause(start.get("open_ms", 30))
if start.get("absent"):
    say("ERROR: *** no cameras available ***")
    sys.exit(255)
lock = os.open(os.path.join(folder, "camera.lock"), os.O_RDWR | os.O_CREAT, 0o644)
try:
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
except OSError:
    say("[0:00:01.1] [1] ERROR Camera camera.cpp:1012 Pipeline handler in use by another process")
    say("ERROR: *** failed to acquire camera /base/soc/i2c0mux/i2c@1/imx708@1a ***")
    sys.exit(255)

received = 0


def handler(number, _frame):
    global received
    received = number


if start.get("early_line"):
    say("[0:00:01.2] [1]  INFO Camera camera.cpp:1197 configuring streams: (0) too early")
    pause(start["early_line"])
signal.signal(signal.SIGUSR1, handler)
signal.signal(signal.SIGUSR2, handler)
note("ready")
if not start.get("mute"):
    say("[0:00:01.2] [1]  INFO Camera camera.cpp:1197 configuring streams: (0) 2304x1296-YUV420 (1) 2304x1296-SBGGR10_CSI2P")
for _ in range(start.get("stderr_lines", 0)):
    say("Mode selection for 2304:1296:12:P")


def poll_key():
    """rpicam_still.cpp, get_key_or_signal: the flag is cleared whether or not it was set."""
    global received
    key = ""
    if keypress:
        import select
        if select.select([0], [], [], 0)[0]:
            key = os.read(0, 1).decode() or "x"
    if signals:
        if received == signal.SIGUSR1:
            key = "\n"
        elif received == signal.SIGUSR2:
            key = "x"
        received = 0
    return key


def write(data, knob):
    slow = knob.get("slow_ms", 0)
    parts = knob.get("parts", 4) if slow else 1
    step = -(-len(data) // parts)
    if output == "-":
        for at in range(0, len(data), step):
            piece = data[at : at + step]
            libc.fwrite(piece, 1, len(piece), stdout)
            if slow:
                libc.fflush(stdout)
                pause(slow)
        return
    # In place: an old file is overwritten from its beginning and truncated to its new length at the end.
    flags = os.O_WRONLY | os.O_CREAT | (0 if knob.get("in_place") else os.O_TRUNC)
    file = os.open(output, flags, 0o644)
    for at in range(0, len(data), step):
        os.write(file, data[at : at + step])
        if slow:
            pause(slow)
    os.ftruncate(file, len(data))
    os.close(file)


chance = random.Random(start.get("seed", 1) * 1000003 + os.getpid())
shots = 0
while True:
    pause(start.get("frame_ms", 2))
    key = poll_key()
    if key in ("x", "X"):
        note("quit")
        break
    if key != "\n":
        continue
    knob = knobs()
    odds = knob.get("odds", {})
    draw = chance.random()
    fault = None
    for name in ("die", "hang", "half", "slow"):
        if draw < odds.get(name, 0):
            fault = name
            break
        draw -= odds.get(name, 0)
    if shots >= knob.get("hang_after", 1e9) or fault == "hang":
        note("hangs")
        while True:
            pause(1000)
    if knob.get("pulled"):
        note("pulled")
        while True:
            say("ERROR: Device timeout detected, attempting a restart!!!")
            pause(knob.get("restart_ms", 200))
    taken = time.time() * 1000
    shots += 1
    note("taken", shot=shots)
    pause(knob.get("shot_ms", 2))
    comment = json.dumps({"taken": taken, "pid": os.getpid(), "shot": shots}).encode()
    data = PICTURE[:2] + b"\xff\xfe" + struct.pack(">H", 2 + len(comment)) + comment + PICTURE[2:]
    if knob.get("half") or fault == "half":
        write(data[: len(data) // 2], knob)
        if output == "-":
            libc.fflush(stdout)
        note("half")
        say("ERROR: *** failed to write file - output probably corrupt ***")
        if fault == "half":
            os._exit(255)
        continue
    # In one write: a copy that arrives later would be taken for the next picture.
    write(data * 2 if knob.get("twice") else data, {**knob, "slow_ms": 3} if fault == "slow" else knob)
    if not knob.get("quiet", True):
        say("Still capture image received")
    if shots >= knob.get("die_after", 1e9) or fault == "die":
        note("dies")
        libc.fflush(stdout)
        os._exit(1)
libc.fflush(stdout)
