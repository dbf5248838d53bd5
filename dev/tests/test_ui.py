"""What happens to dev when nobody reads what it prints, or somebody stops it."""

import os
import signal
import subprocess
import sys
import unittest

from dev.cache import ROOT

_LONG_STEP = """
import sys, time
sys.path.insert(0, {root!r})
from dev import cli, ui

def command(options):
    with ui.Step("A step that takes long") as step:
        print("ready", file=sys.stderr, flush=True)
        for _ in range(200):
            time.sleep(0.05)
            {act}

cli.docs.main = command
ui._REMINDER = 0.2
sys.exit(cli.main(["docs"]))
"""

_DROPPING = """
import sys, time
sys.path.insert(0, {root!r})
from dev import cli

class Finalized:
    def __del__(self):
        print("ready", file=sys.stderr, flush=True)
        time.sleep(2)

def command(options):
    Finalized()
    time.sleep(10)

cli.docs.main = command
sys.exit(cli.main(["docs"]))
"""


class TestInterruptions(unittest.TestCase):
    def start(self, *command, **options):
        """Start a program whose output nobody reads from its start."""
        reader, writer = os.pipe()
        os.close(reader)
        self.addCleanup(os.close, writer)
        return self.popen(command, stdout=writer, **options)

    def popen(self, command, **options):
        options.setdefault("stderr", subprocess.PIPE)
        process = subprocess.Popen([sys.executable, *command], text=True, **options)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        if process.stderr:
            self.addCleanup(process.stderr.close)
        return process

    def program(self, act):
        return ["-c", _LONG_STEP.format(root=str(ROOT), act=act)]

    def test_help_and_errors_are_quiet(self):
        for arguments in (["-h"], ["run", "-h"], ["nonsense"], ["test", "--tags"]):
            for buffering in ("", "1"):
                process = self.start(
                    *(ROOT / "dev", *arguments),
                    env={**os.environ, "PYTHONUNBUFFERED": buffering},
                )
                said = process.communicate(timeout=20)[1]
                with self.subTest(arguments, buffering=buffering):
                    self.assertNotIn("Traceback", said)
                    self.assertNotIn("Exception ignored", said)

    def test_command_stops_quietly_with_the_status_of_a_broken_pipe(self):
        # The first line is printed by the command, others by the step's thread.
        for act in ("step.say('x')", "pass"):
            process = self.start(*self.program(act))
            said = process.communicate(timeout=20)[1]
            self.assertEqual(said.replace("ready\n", ""), "", act)
            self.assertEqual(process.returncode, 141, act)

    def test_errors_nobody_reads_are_quiet_too(self):
        process = self.start(*self.program("pass"), stderr=subprocess.STDOUT)
        self.assertEqual(process.wait(20), 141)

    def test_reader_that_leaves_later_is_noticed(self):
        for act in ("ui.check_reader()", "pass"):
            process = self.popen(self.program(act), stdout=subprocess.PIPE)
            self.assertEqual(process.stderr.readline(), "ready\n")
            process.stdout.close()
            self.assertEqual(process.wait(20), 141, act)
            self.assertEqual(process.stderr.read(), "", act)

    def test_ctrl_c_stops_it_with_a_sentence(self):
        process = self.popen(self.program("pass"), stdout=subprocess.PIPE)
        process.stderr.readline()
        process.send_signal(signal.SIGINT)
        output, said = process.communicate(timeout=20)
        self.assertIn("stop  A step that takes long", output)
        self.assertIn("dev: stopped", said)
        self.assertNotIn("Traceback", said)
        self.assertEqual(process.returncode, 130)

    def test_ctrl_c_counts_where_python_drops_exceptions(self):
        process = self.popen(
            ["-c", _DROPPING.format(root=str(ROOT))], stdout=subprocess.PIPE
        )
        process.stderr.readline()
        process.send_signal(signal.SIGINT)
        said = process.communicate(timeout=20)[1]
        self.assertIn("dev: stopped", said)
        self.assertNotIn("Traceback", said)
        self.assertEqual(process.returncode, 130)
