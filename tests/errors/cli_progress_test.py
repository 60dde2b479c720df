"""Progress: a bar on a terminal that fits it and goes away, a line every ten seconds elsewhere."""
import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
import time

from cli import check, endless, expect, finish, folder, program


def on_terminal(columns, *arguments, seconds, **environment):
    """What stderr receives on a terminal of this width, and how long it took."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    begin = time.monotonic()
    environment = {**os.environ, "TERM": "xterm-256color", **environment}
    environment.pop("NO_COLOR", None) if not environment.get("NO_COLOR") else None
    run = subprocess.Popen([program, "run", "endless.toml", "--set", f"limits.max_wall={seconds}", *arguments],
                           stdout=subprocess.DEVNULL, stderr=slave, env=environment)
    os.close(slave)
    seen = b""
    while True:
        try:
            piece = os.read(master, 65536)
        except OSError:  # the other side is closed
            break
        if not piece:
            break
        seen += piece
    os.close(master)
    check(run.wait() == 6, f"exit code {run.returncode}: {seen}")
    return seen.decode(), time.monotonic() - begin


with folder() as here:
    (here / "endless.toml").write_text(endless)
    for columns in [120, 60, 20]:
        text, seconds = on_terminal(columns, "--out", f"w{columns}", seconds=2)
        bars = re.findall(r"\r([^\r\n\x1b]+)\x1b\[K", text)
        check(3 <= len(bars) <= 5 * seconds + 1, f"{len(bars)} bars in {seconds:.1f} s")
        for bar in bars:
            check(len(bar) < columns, f"a bar of {len(bar)} on a terminal of {columns}: {bar}")
            check(" %" in bar, f"no share in {bar!r}")
        if columns == 120:
            check(all(word in bars[-1] for word in ["[", "t ", "step ", "loss ", "rejected ", "left "]),
                  f"the bar is {bars[-1]!r}")
        # The last bar is wiped before anything else is said.
        after = text[text.rindex(bars[-1]) + len(bars[-1]):]
        check(after.startswith("\x1b[K\r\x1b[K") and "to go on" in after, f"after the bar: {after!r}")

    # Colours on a terminal, unless they are not wanted.
    color = re.compile(r"\x1b\[[0-9;]*m")
    text, _ = on_terminal(100, "--out", "color", seconds=0.1)
    check(color.search(text), f"no colour in {text!r}")
    text, _ = on_terminal(100, "--out", "no_color", "--no-color", seconds=0.1)
    check(not color.search(text), f"--no-color: {text!r}")
    text, _ = on_terminal(100, "--out", "NO_COLOR", seconds=0.1, NO_COLOR="1")
    check(not color.search(text), f"NO_COLOR: {text!r}")
    text, _ = on_terminal(100, "--out", "dumb", seconds=1, TERM="dumb")
    check("\r\x1b" not in text and "\x1b[K" not in text, f"TERM=dumb: {text!r}")
    text, _ = on_terminal(100, "--out", "quiet", "--quiet", seconds=1)
    check(text == "", f"--quiet: {text!r}")

    # Not a terminal: no bar, one line each ten seconds.
    done = expect(6, "run", "endless.toml", "--out", "plain", "--set", "limits.max_wall=11")
    check("\r" not in done.stderr and "\x1b" not in done.stderr, f"control characters in {done.stderr!r}")
    lines = [line for line in done.stderr.splitlines() if "% rejected" in line]
    check(len(lines) == 1, f"{len(lines)} lines in 11 s: {lines}")
    check(all(re.search(r"t = \S+ of 1e\+09 \(0 %\), step 0.001, 0 % rejected, loss \S+, about .* left$", line)
              for line in lines), f"progress lines: {lines}")
finish()
