"""Runs commands inside the machine for the tests outside: lines of JSON over a virtio port, answers in any order.

Requests: {"id", "op": "run" | "start" | "signal", "argv", "env", "user", "cwd", "input", "timeout", "signal"}.
Answers:  {"id", "code", "out", "err"} for run; {"id", "pid"}, any number of {"id", "line"} and {"id", "code"} for start.
"""
import glob
import json
import os
import pwd
import signal
import subprocess
import sys
import threading
import time

port = None
writing = threading.Lock()
children = {}


def send(message):
    left = memoryview(json.dumps(message).encode() + b"\n")
    with writing:
        # The driver accepts 32 KiB at once.
        while left:
            left = left[port.write(left):]


def spawn(request, **pipes):
    env = dict(os.environ, HOME="/root", LANG="C.UTF-8")
    user = request.get("user")
    if user:
        account = pwd.getpwnam(user)
        env.update(HOME=account.pw_dir, USER=user, LOGNAME=user)
    env.update(request.get("env") or {})
    return subprocess.Popen(
        request["argv"],
        env=env,
        cwd=request.get("cwd") or "/",
        user=user,
        group=pwd.getpwnam(user).pw_gid if user else None,
        extra_groups=os.getgrouplist(user, pwd.getpwnam(user).pw_gid) if user else None,
        start_new_session=True,
        **pipes,
    )


def run(request):
    child = spawn(request, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        given = (request.get("input") or "").encode()
        out, err = child.communicate(given, timeout=request.get("timeout"))
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        out, err = child.communicate()
        err += b"\nkilled by the agent: it took too long"
    send({"id": request["id"], "code": child.returncode, "out": out.decode(errors="replace"), "err": err.decode(errors="replace")})


def start(request):
    child = spawn(request, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    children[request["id"]] = child
    send({"id": request["id"], "pid": child.pid})
    for line in child.stdout:
        send({"id": request["id"], "line": line.decode(errors="replace").rstrip("\n")})
    send({"id": request["id"], "code": child.wait()})


def handle(request):
    try:
        if request["op"] == "run":
            run(request)
        elif request["op"] == "start":
            start(request)
        else:
            children[request["of"]].send_signal(getattr(signal, request["signal"]))
            send({"id": request["id"], "code": 0})
    except Exception as error:
        send({"id": request["id"], "code": 127, "out": "", "err": f"{type(error).__name__}: {error}"})


while not (ports := glob.glob("/dev/vport*p1")):
    time.sleep(0.1)
port = open(os.open(ports[0], os.O_RDWR), "r+b", buffering=0)
send({"id": 0, "ready": True})
pending = b""
while True:
    chunk = os.read(port.fileno(), 65536)
    if not chunk:
        time.sleep(0.05)
        continue
    *lines, pending = (pending + chunk).split(b"\n")
    for line in lines:
        threading.Thread(target=handle, args=(json.loads(line),), daemon=True).start()
