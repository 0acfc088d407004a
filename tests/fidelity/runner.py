"""Runs one module of CPython's own tests inside pylon.wasm and writes what came of each test.

    runner.py --results FILE [--only FILE] [--never FILE] [--network] [--resources NAMES] MODULE

FILE gets JSON, a line as soon as it is known, so that the host loses nothing when the interpreter dies:

    {"tests": [ID, ...]}                                         once, what the module holds, as "test_x.Class.test_y"
    {"start": ID}                                                before each test
    {"id": ID, "outcome": OUTCOME, "text": ..., "seconds": ...}  after it
    {"end": true}                                                last

OUTCOME is "passed", "failed" or "skipped"; `text` is the traceback or the reason. A test that the module's authors
expect to fail has passed when it fails; one with a subtest that fails has failed. A skipped subtest is a line of its own,
`ID (i=1)`; so is what fails after a class or module, `tearDownClass (..)`. What fails or skips before one is the outcome
of all its tests. The second test of a name is `ID #2`. One whose class is from elsewhere is "test_x.other.Class.test_y".

--only names a file of IDs; no other test runs, and nothing is said about the others. --never names one of patterns of IDs, which fail
without being started: they would not end, or leave something behind that the next ones cannot run with. --network says that there
is one: what CPython skips because WASI once had none is run.
"""

import argparse
import collections
import fnmatch
import json
import os
import signal
import sys
import tempfile
import time
import traceback
import types
import unittest

# Modules whose servers are threads.
THREADED = {
    "test.test_docxmlrpc",
    "test.test_ftplib",
    "test.test_httplib",
    "test.test_httpservers",
    "test.test_imaplib",
    "test.test_poplib",
    "test.test_robotparser",
    "test.test_smtplib",
    "test.test_socket",
    "test.test_socketserver",
    "test.test_ssl",
    "test.test_urllib2_localnet",
}

# Modules that are about threads, and skip as a whole without. Most of what they test needs one or none, and what does not says so.
ABOUT_THREADS = {
    "test.test_queue",
    "test.test_thread",
    "test.test_threadedtempfile",
    "test.test_threading",
    "test.test_threading_local",
    "test.test_webbrowser",
}

# Modules that import a helper of test_importlib, which skips without a module that can only be a shared library.
WITHOUT_SHARED_LIBRARIES = {
    "test.test_compileall",
    "test.test_import",
    "test.test_importlib",
    "test.test_pkgutil",
    "test.test_pyclbr",
    "test.test_types",
    "test.test_unittest",
}

# Modules that take it for granted that a ctypes that can be imported can call Python's own functions.
WITHOUT_CTYPES = {"test.test_code"}


def tests_of(suite):
    """The test cases of a suite, in the order in which they run."""
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from tests_of(test)
        else:
            yield test


def only(suite, kept):
    """The same suite with none but the tests for which `kept` is true."""
    result = unittest.TestSuite()
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            result.addTest(only(test, kept))
        elif kept(test):
            result.addTest(test)
    return result


def plain(name):
    return name.removeprefix("unittest.loader.ModuleSkipped.").removeprefix("test.")


def id_of(test, module):
    """The ID of a test that `module` has."""
    name = plain(test.id())
    return name if name.startswith((f"{module}.", "setUp", "tearDown")) or name == module else f"{module}.{name}"


class Results(unittest.TestResult):
    """Writes each outcome as it comes."""

    def __init__(self, file, tests, module):
        super().__init__()
        self.file = file
        self.module = module
        # Of each test by identity; the suite lets go of tests as they run, so they are kept here.
        self.tests = tests
        self.names = {}
        seen = collections.Counter()
        for test in tests:
            name = id_of(test, module)
            seen[name] += 1
            self.names[id(test)] = name if seen[name] == 1 else f"{name} #{seen[name]}"
        self.current = None
        self.told = set()
        self.fixtures = {}
        self.write(tests=list(self.names.values()))

    def name_of(self, test):
        return self.names.get(id(test)) or id_of(test, self.module)

    def write(self, **line):
        self.file.write(json.dumps(line) + "\n")
        self.file.flush()

    def tell(self, name, outcome, text, seconds=0):
        self.told.add(name)
        self.write(id=name, outcome=outcome, text=text, seconds=seconds)

    def startTest(self, test):
        super().startTest(test)
        self.current, self.outcome, self.text = test, "passed", ""
        self.begun = time.perf_counter()
        self.write(start=self.name_of(test))

    def stopTest(self, test):
        super().stopTest(test)
        # A test that blocks a signal while it starts a thread leaves it blocked where none starts.
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        self.current = None
        self.tell(self.name_of(test), self.outcome, self.text, round(time.perf_counter() - self.begun, 3))

    def note(self, test, outcome, text):
        """An outcome of the running test, of one of its subtests, or of a fixture (then no test is running)."""
        name = self.name_of(test)
        if self.current is None and name.startswith("setUp"):
            self.fixtures[name] = (outcome, text)
        elif test is self.current or self.current is not None and outcome == "failed":
            # A test can skip or fail, and its tearDown fail too: a failure stays.
            if self.outcome != "failed":
                self.outcome = outcome
            self.text += text if test is self.current else f"{name}\n{text}"
        else:
            self.tell(name, outcome, text)

    def addError(self, test, err):
        self.note(test, "failed", "".join(traceback.format_exception(*err)))

    addFailure = addError

    def addSubTest(self, test, subtest, err):
        if err is not None:
            self.addError(subtest, err)

    def addSkip(self, test, reason):
        self.note(test, "skipped", reason)

    def addExpectedFailure(self, test, err):
        pass

    def addUnexpectedSuccess(self, test):
        self.note(test, "failed", "it is marked as an expected failure, and passes")

    def tell_of_those_kept_from_running(self):
        """A fixture that fails or skips is reported once; its tests are then not even started."""
        for test in self.tests:
            kind = type(test)
            for scope in f"setUpClass ({unittest.util.strclass(kind)})", f"setUpModule ({kind.__module__})":
                if scope in self.fixtures and self.name_of(test) not in self.told:
                    self.tell(self.name_of(test), *self.fixtures[scope])


def run(options, file):
    module = plain(options.module)
    try:
        suite = unittest.defaultTestLoader.loadTestsFromName(options.module)
    except unittest.SkipTest as skip:
        results = Results(file, [], module)
        results.write(tests=[module])
        results.tell(module, "skipped", str(skip))
        return
    results = Results(file, list(tests_of(suite)), module)
    if options.only:
        with open(options.only, encoding="utf-8") as names:
            wanted = set(names.read().splitlines())
        suite = only(suite, lambda test: results.name_of(test) in wanted)
        results.tests = [test for test in results.tests if results.name_of(test) in wanted]
    if options.never:
        with open(options.never, encoding="utf-8") as file:
            patterns = file.read().splitlines()
        never = {name for name in results.names.values() if any(fnmatch.fnmatchcase(name, each) for each in patterns)}
        for test in results.tests:
            if results.name_of(test) in never:
                results.tell(results.name_of(test), "failed", "it is not started")
        suite = only(suite, lambda test: results.name_of(test) not in never)
    suite.run(results)
    results.tell_of_those_kept_from_running()


def lift(support, module):
    """CPython says of WASI what was so of its first version: those skips are taken back."""
    from test.support import socket_helper, threading_helper

    support.is_wasi = False
    support.has_socket_support = socket_helper.has_gethostname = True
    # CPython's test modules are linked in.
    support.TEST_MODULES_ENABLED = True
    # Modules of tests that start no process import what this package has for others.
    before, support.has_subprocess_support = support.has_subprocess_support, True
    import test.test_tools

    support.has_subprocess_support = before
    if module in ABOUT_THREADS:
        threading_helper.can_start_thread = True
    if module in WITHOUT_SHARED_LIBRARIES:
        sys.modules["_testmultiphase"] = types.ModuleType("_testmultiphase")
        import test.test_importlib.util

        del sys.modules["_testmultiphase"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--results", required=True)
    parser.add_argument("--only")
    parser.add_argument("--never")
    parser.add_argument("--network", action="store_true")
    parser.add_argument("--resources", default="")
    parser.add_argument("module")
    options = parser.parse_args()
    # Many tests write where they stand.
    os.chdir(tempfile.gettempdir())
    from test import support
    if options.module in THREADED:
        import threads
        threads.install()
    if options.module in WITHOUT_CTYPES:
        sys.modules["ctypes"] = None
    if options.network:
        lift(support, options.module)
    support.use_resources = dict.fromkeys(filter(None, options.resources.split(",")))
    with open(options.results, "w", encoding="utf-8") as file:
        run(options, file)
        file.write('{"end": true}\n')


if __name__ == "__main__":
    main()
