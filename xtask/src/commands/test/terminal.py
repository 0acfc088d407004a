# Runs a command on a terminal of its own, types the lines of standard input, each when a prompt has come, then Ctrl-D,
# and prints what the terminal shows. Ends with the command's exit code.
import os
import pty
import sys

PROMPTS = (b">>> ", b"... ", b"=== ", b"? ")

lines = sys.stdin.buffer.read().splitlines(keepends=True)
child, terminal = pty.fork()
if child == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
shown = b""
seen = 0
while True:
    try:
        part = os.read(terminal, 4096)
    except OSError:  # Linux: the command has closed its side.
        break
    if not part:
        break
    shown += part
    if shown[seen:].endswith(PROMPTS):
        seen = len(shown)
        os.write(terminal, lines.pop(0) if lines else b"\x04")
sys.stdout.buffer.write(shown.replace(b"\r\n", b"\n"))
sys.stdout.flush()
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
