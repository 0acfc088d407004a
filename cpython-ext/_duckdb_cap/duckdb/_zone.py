"""The time zone of a session, which datetimes of TIMESTAMP WITH TIME ZONE have."""

import datetime
import functools

ZONED = ("TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ_NS")
_UTC = ("UTC", "Etc/UTC")


def needs_zone(nodes):
    """Whether a value of these types has the zone of the session."""
    return any(node.kind in ZONED or node.kind == "VARIANT" for node in nodes)


@functools.cache
def zone_of(name):
    """The zone of a name: of pytz, as in the package, where a program has that, else of the standard library."""
    try:
        import pytz
    except ModuleNotFoundError:
        pass
    else:
        return pytz.timezone(name)
    if name in _UTC:
        return datetime.timezone.utc
    import zoneinfo

    return zoneinfo.ZoneInfo(name)
