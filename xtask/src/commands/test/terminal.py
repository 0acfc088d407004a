# Runs a command on a terminal of its own, types the lines of standard input, each when a prompt has come, then Ctrl-D,
# and prints what the terminal shows, without the sequences that move its cursor and colour it. Ends with the command's exit
# code, 128 and its number for a signal.
import os
import pty
import re
import signal
import sys

# A prompt may be followed by what the line is indented by.
PROMPT = re.compile(rb"(>>> |\.\.\. |=== |\? ) *\Z")
SEQUENCE = re.compile(rb"\x1b(\[[0-?]*[ -/]*[@-~]|[=>])")

# Ctrl-C ends a line as Return does.
lines = re.findall(rb"[^\n\x03]*[\n\x03]", sys.stdin.buffer.read())
child, terminal = pty.fork()
if child == 0:
    # A shell starts what runs in its background with Ctrl-C ignored, and that is inherited.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    os.execvp(sys.argv[1], sys.argv[1:])
shown = b""
answered = None
while True:
    try:
        part = os.read(terminal, 4096)
    except OSError:  # Linux: the command has closed its side.
        break
    if not part:
        break
    shown += part
    shown = SEQUENCE.sub(b"", shown)
    # A prompt that is drawn again in its line, as for Ctrl-C, is not another one.
    line = shown.count(b"\n")
    if line != answered and PROMPT.search(shown):
        answered = line
        os.write(terminal, lines.pop(0) if lines else b"\x04")
sys.stdout.buffer.write(shown.replace(b"\r", b""))
sys.stdout.flush()
code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
sys.exit(code if code >= 0 else 128 - code)
