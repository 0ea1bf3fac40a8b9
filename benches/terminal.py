#!/usr/bin/env python3
"""Measures the whole program in a pseudo-terminal of 120 columns and 36 rows, beside htop.

    python3 benches/terminal.py [--hextop PATH] [--htop PATH] [--seconds N] [--keys N] [--json FILE] [--check]

It needs Linux, Python 3.9 and `cargo build --release`, and takes some five minutes.

hextop watches `hextop sim` on the loopback: 200 projects with 100 runs each. A first hextop reads them all
at 600 requests a minute and is ended; the one that is measured takes them from the store that the first has
left, and looks at 60 projects a minute. htop runs beside it, without settings, and is measured alike:

- Idle: nothing is pressed for `--seconds`. CPU is user and system time of all threads of the process (the
  simulator is another process and does not count), in % of one core. What comes without a silence of 100 ms
  is one burst of output. What a burst spends on one row of the screen, from where it goes to that row until
  it goes to another, is a one-row change (not told of htop, which goes to rows in many ways).
- Keys: blocks of 50 keys, one for hextop and one for htop in turn, each key 60 to 140 ms after the one
  before, at random, or as soon as that has been measured. They go down and up alternately, and each tenth
  to the end or to the beginning. Latency is the time from before a key is written until the last byte of
  its output has been read. Both programs also write what no key has caused: hextop when a reply comes or an
  age changes, htop every 1.5 s (where keys come as often as here, together with the next key). So the reader
  listens until nothing has come for 30 ms, and takes as the key's what comes before the first silence of
  5 ms. How many keys have more output behind that silence is told beside how many would by chance, at the
  rate seen while idle, and so is the p99 that there would be if it were the keys'. Output that is under way
  when a key is pressed does count, since a person waits for it. A key without output within 200 ms is in no
  latency, and is counted apart.
- Memory: the resident set at its peak and at the end, in MB of 1,000,000 bytes.

It ends with 0 when it has measured, whatever came out; with `--check` it ends with 1 where a target is
missed or could not be measured.
"""

import argparse
import contextlib
import fcntl
import json
import math
import os
import pty
import random
import re
import select
import shutil
import signal
import sqlite3
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Optional

COLUMNS, ROWS = 120, 36
PROJECTS, RUNS = 200, 100
# hextop keeps a sixth of its requests for persons: of 72 a minute, 60 are looks.
FAST, USUAL = 600, 72
SCENARIO = f"""limits = {{ per-minute = {FAST} }}
population = {{ count = {PROJECTS}, unpublished = 0.0, past = {RUNS} }}
"""
WINDOW, SILENCE, BURST, NO_OUTPUT = 0.030, 0.005, 0.100, 0.200  # in seconds
BLOCK = 50
DOWN, UP, LAST, FIRST = range(4)
KEYS = {"hextop": (b"j", b"k", b"G", b"gg"), "htop": (b"\x1bOB", b"\x1bOA", b"\x1bOF", b"\x1bOH")}
# Where the cursor is and what they are is what all terminals answer. At present neither program asks.
ANSWERS = {b"\x1b[6n": b"\x1b[1;1R", b"\x1b[c": b"\x1b[?62;22c"}
NO_HTOP = "htop is not there (apt-get install htop, or https://htop.dev): only hextop is measured"
TARGETS = {  # by name of a figure: at most how much, and whether of htop's figure
    "p50_ms": (0.35, True),
    "p99_ms": (1.0, True),
    "cpu_percent": (0.3, False),
    "rss_peak_mb": (40.0, False),
    "one_row_bytes_max": (400.0, False),
}


@dataclass
class Program:
    """A program in a terminal of its own, and what it has written while nothing was pressed, and when."""

    name: str
    pid: int
    terminal: int
    output: list[tuple[float, bytes]] = field(default_factory=list)


@dataclass
class Key:
    """What came of a key, in seconds and bytes; `later` is the last byte behind a silence."""

    kind: int
    latency: Optional[float] = None
    size: int = 0
    later: Optional[float] = None


def start(name: str, path: str, environment: dict[str, str], stack: contextlib.ExitStack) -> Program:
    """Starts a program; the stack ends it."""
    pid, terminal = pty.fork()
    if pid == 0:
        try:
            signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # Python ignores it, which is inherited.
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
            os.execve(path, [path], environment)
        finally:
            os._exit(127)
    program = Program(name, pid, terminal)
    stack.callback(end, program)
    return program


def end(program: Program) -> None:
    """Asks a program to end, and kills it after three seconds; does nothing if it has been ended."""
    for number in (signal.SIGTERM, signal.SIGKILL) if program.pid else ():
        os.kill(program.pid, number)
        deadline = time.monotonic() + 3
        while time.monotonic() < deadline:
            if os.waitpid(program.pid, os.WNOHANG)[0]:
                os.close(program.terminal)
                program.pid = 0
                return
            with contextlib.suppress(OSError):
                if select.select([program.terminal], [], [], 0.02)[0]:
                    os.read(program.terminal, 65536)


def read(program: Program) -> bytes:
    """Reads what a program has written."""
    try:
        return os.read(program.terminal, 65536)
    except OSError:
        sys.exit(f"{program.name} has ended by itself: {b''.join(piece for _, piece in program.output)[-2000:]!r}")


def listen(programs: list[Program], until: float) -> None:
    """Keeps what the programs write until that time, and answers what they ask."""
    poll = select.poll()
    for program in programs:
        poll.register(program.terminal, select.POLLIN)
    while (left := until - time.perf_counter()) > 0:
        ready = [terminal for terminal, _ in poll.poll(left * 1000)]
        for program in (program for program in programs if program.terminal in ready):
            piece = read(program)
            program.output.append((time.perf_counter(), piece))
            for answer in (answer for question, answer in ANSWERS.items() if question in piece):
                os.write(program.terminal, answer)


def wait_for(what: str, holds: Callable[[], bool], program: Program, patience: float) -> None:
    """Listens until something holds."""
    print(f"waiting until {what}", file=sys.stderr)
    deadline = time.perf_counter() + patience
    while not holds():
        if time.perf_counter() > deadline:
            sys.exit(f"given up after {patience:.0f} s")
        listen([program], time.perf_counter() + 0.5)


def press(program: Program, kind: int) -> Key:
    """Presses a key and measures its output."""
    poll = select.poll()
    poll.register(program.terminal, select.POLLIN)
    key, reads, patience = Key(kind), [], NO_OUTPUT
    text = KEYS[program.name][kind]
    begin = time.perf_counter()
    os.write(program.terminal, text)
    while poll.poll(patience * 1000):
        piece = read(program)
        reads.append((time.perf_counter() - begin, len(piece)))
        patience = WINDOW
    for at, size in reads:
        if key.later is not None or (key.latency is not None and at - key.latency >= SILENCE):
            key.later = at
        else:
            key.latency, key.size = at, key.size + size
    return key


def press_all(programs: list[Program], count: int) -> dict[str, list[Key]]:
    """Presses so many keys in each program, a block in one and then in the other."""
    keys: dict[str, list[Key]] = {program.name: [] for program in programs}
    due = time.perf_counter() + 0.5
    for block in range(0, count, BLOCK):
        for program in programs:
            for number in range(block, min(block + BLOCK, count)):
                # Ten keys at the beginning, the last of which goes to the end, and ten there: all can move.
                step, is_there = number % 10, number // 10 % 2
                kind = LAST + is_there if step == 9 else (step + is_there) % 2
                listen(programs, due)
                due = time.perf_counter() + random.uniform(0.060, 0.140)
                keys[program.name].append(press(program, kind))
    return keys


def bursts(output: list[tuple[float, bytes]], silence: float) -> list[bytes]:
    """The output, parted where nothing came for so long."""
    parted: list[bytes] = []
    before = -math.inf
    for at, piece in output:
        if at - before >= silence:
            parted.append(b"")
        parted[-1] += piece
        before = at
    return parted


def cpu_seconds(program: Program) -> float:
    """User and system time of all threads of a program so far."""
    fields = Path(f"/proc/{program.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def megabytes(program: Program, name: str) -> float:
    """A field of a program's status."""
    status = Path(f"/proc/{program.pid}/status").read_text()
    return int(status.split(f"{name}:")[1].split()[0]) * 1024 / 1e6


def looks(log: Path) -> list[str]:
    """The projects at whose runs hextop has looked so far, one for each look."""
    return re.findall(r'/projects?/([^/"]+)/runs?\?[^}]*"status":200', log.read_text()) if log.exists() else []


def runs_stored(home: Path) -> int:
    """How many runs are in hextop's store."""
    for address in (f"file:{file}?mode=ro" for file in home.rglob("*.sqlite3")):
        with contextlib.suppress(sqlite3.Error), contextlib.closing(sqlite3.connect(address, uri=True)) as store:
            return store.execute("SELECT count(*) FROM fact WHERE key LIKE 'run/%'").fetchone()[0]
    return 0


def measure(hextop: str, htop: Optional[str], seconds: float, count: int, stack: contextlib.ExitStack) -> dict:
    """Everything, in one run."""
    home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hextop-terminal-")))
    environment = {"HOME": str(home), "PATH": os.environ.get("PATH", ""), "TERM": "xterm-256color", "LANG": "C.UTF-8"}
    for name in ("CONFIG_HOME", "DATA_HOME", "STATE_HOME", "CACHE_HOME", "RUNTIME_DIR"):
        (home / name).mkdir(mode=0o700)
        environment[f"XDG_{name}"] = str(home / name)
    scenario, log, settings = home / "scenario.toml", home / "requests.jsonl", home / "CONFIG_HOME/hextop/config.toml"
    scenario.write_text(SCENARIO)
    settings.parent.mkdir()

    command = [hextop, "sim", "--scenario", str(scenario), "--log", str(log)]
    simulator = stack.enter_context(subprocess.Popen(command, env=environment, stdout=subprocess.PIPE))
    stack.callback(simulator.kill)
    address = json.loads(simulator.stdout.readline() or sys.exit("the simulator has not started"))
    environment.update(HEX_API_BASE_URL=address["base_url"], HEX_API_TOKEN=address["token"])
    settings.write_text(f"requests_per_minute = {FAST}\n")
    first = start("hextop", hextop, environment, stack)
    wait_for("each project has been looked at", lambda: len(set(looks(log))) == PROJECTS, first, 180)
    wait_for("their runs are stored", lambda: runs_stored(home) >= PROJECTS * RUNS * 0.99, first, 60)
    end(first)

    settings.write_text(f"requests_per_minute = {USUAL}\n")
    programs = [start("hextop", hextop, environment, stack)]
    if htop:
        programs.append(start("htop", htop, environment, stack))
    print("75 s: the requests of the first hextop count for a minute", file=sys.stderr)
    listen(programs, time.perf_counter() + 75)

    print(f"{seconds:.0f} s: nothing is pressed", file=sys.stderr)
    load_before, seen = os.getloadavg(), len(looks(log))
    for program in programs:
        program.output.clear()
    before, begin = [cpu_seconds(program) for program in programs], time.perf_counter()
    listen(programs, begin + seconds)
    after, span = [cpu_seconds(program) for program in programs], time.perf_counter() - begin
    per_minute = (len(looks(log)) - seen) / span * 60
    idle = [list(program.output) for program in programs]

    print(f"{count * len(programs) * 0.1:.0f} s and more: {count} keys are pressed in each", file=sys.stderr)
    keys = press_all(programs, count)
    result = {"runs": runs_stored(home), "looks_per_minute": per_minute, "seconds": span}
    result["load"] = [load_before[0], os.getloadavg()[0]]
    for number, program in enumerate(programs):
        result[program.name] = {
            **figures_of_keys(keys[program.name], len(bursts(idle[number], SILENCE)) / span),
            "cpu_percent": (after[number] - before[number]) / span * 100,
            "rss_peak_mb": megabytes(program, "VmHWM"),
            "rss_mb": megabytes(program, "VmRSS"),
            **figures_of_output(program.name, idle[number]),
        }
    return result


def figures_of_keys(keys: list[Key], rate: float) -> dict:
    """What keys come to, beside so many bursts a second that no key has caused."""
    answered = [key for key in keys if key.latency is not None]
    latencies = sorted(key.latency * 1000 for key in answered)
    with_later = sorted((key.later or key.latency) * 1000 for key in answered)
    ninety_nine = math.ceil(0.99 * len(latencies)) - 1
    if not answered:
        sys.exit("no key had any output")
    return {
        "p50_ms": latencies[math.ceil(0.5 * len(latencies)) - 1],
        "p99_ms": latencies[ninety_nine],
        "max_ms": latencies[-1],
        "p99_ms_with_later": with_later[ninety_nine],
        "keys": len(keys),
        "keys_without_output": len(keys) - len(answered),
        "keys_with_later": sum(key.later is not None for key in answered),
        "keys_with_later_by_chance": len(answered) * (1 - math.exp(-rate * WINDOW)),
        "down_bytes_median": statistics.median(key.size for key in answered if key.kind == DOWN),
        "latencies_ms": [round(key.latency * 1000, 3) for key in answered],
    }


def figures_of_output(name: str, idle: list[tuple[float, bytes]]) -> dict:
    """What the output comes to that no key has caused."""
    one_row: list[int] = []
    for burst in bursts(idle, BURST) if name == "hextop" else ():
        moves = list(re.finditer(rb"\x1b\[(\d+);\d+H", burst))
        firsts = [move for before, move in zip([None, *moves], moves) if not before or before[1] != move[1]]
        places = [move.start() for move in firsts] + [len(burst)]
        one_row += [until - since for since, until in zip(places, places[1:])]
    figures: dict = {}
    for name, some in (("burst", [len(burst) for burst in bursts(idle, BURST)]), ("one_row", one_row)):
        figures[f"{name}_count"] = len(some)
        for of, function in (("min", min), ("median", statistics.median), ("max", max)):
            figures[f"{name}_bytes_{of}"] = function(some) if some else None
    return figures


def tell(result: dict) -> bool:
    """Prints the figures; tells whether each target is met."""
    print(f"{result['runs']} runs of {PROJECTS} projects, {result['looks_per_minute']:.0f} looks a minute, idle for "
          f"{result['seconds']:.0f} s; load at first {result['load'][0]:.2f}, at the end {result['load'][1]:.2f}")
    print(f"{'':<28}{'hextop':>10}{'htop':>10}{'ratio':>8}  target")
    is_met = True
    for name, ours in result["hextop"].items():
        if isinstance(ours, list):
            continue
        theirs = result.get("htop", {}).get(name)
        ratio = ours / theirs if ours is not None and theirs else None
        target = ""
        if name in TARGETS:
            most, is_ratio = TARGETS[name]
            value = ratio if is_ratio else ours
            said = "not measured" if value is None else "met" if value <= most else "MISSED"
            is_met &= said == "met"
            target = f"at most {most:g}{' of htop' if is_ratio else ''}: {said}"
        cells = ["-" if value is None else f"{value:.2f}".removesuffix(".00") for value in (ours, theirs, ratio)]
        print(f"{name:<28}{cells[0]:>10}{cells[1]:>10}{cells[2]:>8}  {target}".rstrip())
    return is_met


def main() -> int:
    """Reads the arguments, measures, and tells."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    built = Path(__file__).resolve().parent.parent / "target/release/hextop"
    parser.add_argument("--hextop", default=str(built), metavar="PATH")
    parser.add_argument("--htop", default="htop", metavar="PATH")
    parser.add_argument("--seconds", type=float, default=60, metavar="N", help="how long to be idle (60)")
    parser.add_argument("--keys", type=int, default=600, metavar="N", help="keys for each program (600)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every figure to this file")
    parser.add_argument("--check", action="store_true", help="end with 1 where a target is missed")
    arguments = parser.parse_args()
    hextop, htop = (path and os.path.abspath(path) for path in map(shutil.which, (arguments.hextop, arguments.htop)))
    if hextop is None or not sys.platform.startswith("linux"):
        parser.error(f"it needs Linux, and {arguments.hextop}: cargo build --release, or --hextop PATH")
    if arguments.seconds < 1 or arguments.keys < 1:
        parser.error("it measures for one second and with one key at least")
    if htop is None:
        print(NO_HTOP, file=sys.stderr)
    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    for number in signals:
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    with contextlib.ExitStack() as stack:
        try:
            result = measure(hextop, htop, arguments.seconds, arguments.keys, stack)
        finally:
            for number in signals:
                signal.signal(number, signal.SIG_IGN)  # Nothing interrupts the tidying up.
    if arguments.json:
        arguments.json.write_text(json.dumps(result, indent=1) + "\n")
    return 0 if tell(result) or not arguments.check else 1


if __name__ == "__main__":
    sys.exit(main())
