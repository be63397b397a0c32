# Runs a command on a separate terminal, prints its output, and closes the terminal when it reads a line from standard input.
import os, pty, select, sys

pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
print(f"pid {pid}", flush=True)
watched = [terminal, 0]
while terminal in watched:
    for ready in select.select(watched, [], [])[0]:
        try:
            data = os.read(ready, 65536)
        except OSError:
            data = b""
        if ready == 0 or not data:
            watched = []
        else:
            sys.stdout.buffer.write(data)
            sys.stdout.flush()
os.close(terminal)
_, status = os.waitpid(pid, 0)
print(f"\nended {os.waitstatus_to_exitcode(status)}", flush=True)
