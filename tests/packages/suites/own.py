"""A package's own tests, of its source distribution, under pytest as it is without flags.

What does not pass is in `expected.toml`, each with its reason; it is compared in both directions.
"""

import fnmatch
import os
import pathlib
import shutil
import sys
import tempfile
import tomllib

import pytest


class Outcomes:
    def __init__(self, serves):
        self.passed, self.failed, self.serves = 0, {}, serves

    def pytest_configure(self, config):
        # Marks of plugins that are not here.
        config.addinivalue_line("markers", "no_cover: of pytest-cov")
        config.addinivalue_line("markers", "timeout: of pytest-timeout")
        # A package can be older than this pytest, and take each warning for an error.
        config.addinivalue_line("filterwarnings", "ignore::pytest.PytestRemovedIn10Warning")

    def pytest_collection_modifyitems(self, config, items):
        """Those that need what is not there are no part of the run."""
        left_out = [item for item in items if not self.serves(item)]
        items[:] = [item for item in items if item not in left_out]
        config.hook.pytest_deselected(items=left_out)

    def pytest_runtest_logreport(self, report):
        # A subtest is no test of its own, but what fails in one is told.
        if report.passed and report.when == "call" and type(report) is pytest.TestReport:
            self.passed += 1
        elif report.failed:
            self.failed[report.nodeid] = report.longreprtext


def compare(package, failed):
    """What is not as the list says, a line each."""
    wrong, listed = [], set()
    text = pathlib.Path(__file__).with_name("expected.toml").read_text()
    for group in tomllib.loads(text).get(package, ()):
        for pattern in group["tests"]:
            # Parameters stand in brackets, which are no pattern.
            matching = fnmatch.filter(failed, pattern.replace("[", "[[]"))
            listed.update(matching)
            if not matching:
                wrong.append(f"{pattern} passes or is gone, but is listed: {group['reason']}")
            wrong += [f"{test}: it does not say {group['says']!r}" for test in matching if group["says"] not in failed[test]]
    return wrong + [f"{test}: it failed and is not listed" for test in failed if test not in listed]


def run(package, at_least, paths=(), serves=lambda item: True, at_most=0.02):
    """Fails unless so many pass, and those that do not are those listed, at most such a part of all. `serves` tells which tests are
    meant."""
    tempfile.tempdir = os.environ["TMPDIR"] = "/data"
    shutil.copytree("/source", "/data/source")
    os.chdir("/data/source")
    sys.dont_write_bytecode = True
    outcomes = Outcomes(serves)
    code = pytest.main([*paths], plugins=[outcomes])
    print(code, outcomes.passed, "passed;", len(outcomes.failed), "not")
    assert code in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED), code
    wrong = compare(package, outcomes.failed)
    assert not wrong, "\n" + "\n".join(wrong)
    assert outcomes.passed >= at_least, outcomes.passed
    assert len(outcomes.failed) <= at_most * (outcomes.passed + len(outcomes.failed)), len(outcomes.failed)
