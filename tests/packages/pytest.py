"""pytest: a file of tests, run by its defaults, with fixtures and parameters.

with: pytest
grants: a folder as /data
"""

import os
import sys

import pytest

os.makedirs("/data/tests", exist_ok=True)
with open("/data/tests/test_sample.py", "w") as file:
    file.write("""
import pytest

@pytest.fixture
def numbers(tmp_path):
    (tmp_path / "f").write_text("1")
    return [int((tmp_path / "f").read_text()), 2]

@pytest.mark.parametrize("n", [1, 2])
def test_in(numbers, n):
    assert n in numbers

def test_raises(capsys):
    print("said")
    assert capsys.readouterr().out == "said\\n"
    with pytest.raises(ZeroDivisionError):
        1 / 0

def test_fails():
    assert [1, 2] == [1, 3]
""")
os.environ["TMPDIR"] = "/data"
os.chdir("/data/tests")


class Seen:
    outcomes, text = [], ""

    def pytest_runtest_logreport(self, report):
        if report.when == "call":
            self.outcomes.append(report.outcome)
            self.text += str(report.longrepr or "")


assert pytest.main([], plugins=[Seen()]) == pytest.ExitCode.TESTS_FAILED
assert Seen.outcomes == ["passed"] * 3 + ["failed"], Seen.outcomes
