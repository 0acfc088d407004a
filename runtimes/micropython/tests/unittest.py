# The part of `unittest` that MicroPython's own tests use, for those of them that need one: upstream's is in an archive
# of its own. Not part of any image.
import sys


class SkipTest(Exception):
    pass


class _Raises:
    def __init__(self, expected):
        self.expected = expected

    def __enter__(self):
        return self

    def __exit__(self, exc_type, exception, traceback):
        self.exception = exception
        if exc_type is None:
            raise AssertionError("%r was not raised" % self.expected)
        return issubclass(exc_type, self.expected)


class TestCase:
    @classmethod
    def setUpClass(cls):
        pass

    def setUp(self):
        pass

    def tearDown(self):
        pass

    def skipTest(self, reason):
        raise SkipTest(reason)

    def assertEqual(self, a, b):
        assert a == b, "%r is not %r" % (a, b)

    def assertIn(self, item, container):
        assert item in container, "%r is not in %r" % (item, container)

    def assertIsInstance(self, value, type):
        assert isinstance(value, type), "%r is no %r" % (value, type)

    def assertTrue(self, value):
        assert value, "%r is not true" % (value,)

    def assertFalse(self, value):
        assert not value, "%r is true" % (value,)

    def assertRaises(self, expected, function=None, *args):
        raises = _Raises(expected)
        if function is None:
            return raises
        with raises:
            function(*args)


def skip(reason):
    def decorator(test):
        def skipped(self):
            raise SkipTest(reason)

        return skipped

    return decorator


def skipIf(condition, reason):
    return skip(reason) if condition else lambda test: test


def skipUnless(condition, reason):
    return skipIf(not condition, reason)


def _run(case, name):
    result = _outcome(case, name)
    print(name, "...", result)
    return result


def _outcome(case, name):
    try:
        case.setUp()
        try:
            getattr(case, name)()
        finally:
            case.tearDown()
        return "ok"
    except SkipTest:
        return "skipped"
    except Exception as error:
        sys.print_exception(error)
        return "FAIL" if isinstance(error, AssertionError) else "ERROR"


def main(module="__main__"):
    results = []
    names = __import__(module).__dict__
    for value in [names[name] for name in sorted(names)]:
        if isinstance(value, type) and issubclass(value, TestCase) and value is not TestCase:
            value.setUpClass()
            results += [_run(value(), name) for name in sorted(dir(value)) if name.startswith("test")]
    # As the runner of the tests reads it.
    print("-" * 70)
    print("Ran %d tests\n" % len(results))
    failed, errors, skipped = [results.count(result) for result in ("FAIL", "ERROR", "skipped")]
    if failed or errors:
        print("FAILED (failures=%d, errors=%d)" % (failed, errors))
    else:
        print("OK" + (" (skipped=%d)" % skipped if skipped else ""))
