"""Runs a command at a terminal of its own, types what is on standard input when it asks, and prints what it showed.

PROMPT is what it asks with (default: ":"); COLUMNS is how wide the terminal is (default: 80).
"""

import fcntl
import os
import pty
import struct
import sys
import termios

answer = sys.stdin.read()
prompt = os.environ.pop("PROMPT", ":").encode()
columns = int(os.environ.pop("COLUMNS", "80"))
pid, terminal = pty.fork()
if pid == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    os.execvp(sys.argv[1], sys.argv[1:])
shown = b""
typed = False
while True:
    try:
        data = os.read(terminal, 4096)
    except OSError:  # Linux says EIO when the other side is gone
        break
    if not data:
        break
    shown += data
    if not typed and prompt in shown:
        os.write(terminal, answer.encode() + b"\r")
        typed = True
_, status = os.waitpid(pid, 0)
sys.stdout.buffer.write(shown)
sys.stdout.flush()
sys.exit(os.waitstatus_to_exitcode(status))
