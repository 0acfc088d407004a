"""Local time by TZ, and the tz database that the program has inside.

Each has its own reader of the same files, zoneinfo and libc (runtimes/common/libc/zone.c): they agree.

grants: a folder as /data
"""

import datetime
import os
import random
import struct
import time
import unittest
import zoneinfo

FOLDER = '/usr/share/zoneinfo'
HOUR = 3600


class Zones(unittest.TestCase):
    def setUp(self):
        self.addCleanup(self.choose, os.environ.get('TZ'))

    def choose(self, zone):
        if zone is None:
            os.environ.pop('TZ', None)
        else:
            os.environ['TZ'] = zone
        time.tzset()

    def shows(self, seconds):
        local = time.localtime(seconds)
        return local.tm_zone, local.tm_gmtoff, local.tm_isdst, time.strftime('%Y-%m-%d %H:%M:%S', local)


class Database(Zones):
    def test_has_all_zones(self):
        names = zoneinfo.available_timezones()
        self.assertGreater(len(names), 590)
        self.assertLessEqual({'UTC', 'Europe/Berlin', 'America/Argentina/Buenos_Aires', 'Asia/Kolkata', 'US/Eastern'}, names)

    def test_is_files_that_can_be_read_and_not_changed(self):
        with open(f'{FOLDER}/Europe/Berlin', 'rb') as file:
            self.assertTrue(file.read().startswith(b'TZif'))
        self.assertIn('Berlin', os.listdir(f'{FOLDER}/Europe'))
        with self.assertRaises(OSError):
            open(f'{FOLDER}/Europe/Berlin', 'wb')

    def test_serves_programs_that_know_32_bits(self):
        """As dateutil reads a file: its first block alone."""
        for name in zoneinfo.available_timezones():
            with open(f'{FOLDER}/{name}', 'rb') as file:
                zone = file.read()
            times, = struct.unpack_from('>l', zone, 32)
            changes = struct.unpack_from(f'>{times}l', zone, 44)
            of = zone[44 + 4 * times:]
            for time_, kind in zip(changes, of):
                offset, _, _ = struct.unpack_from('>lBB', of, times + 6 * kind)
                told = datetime.datetime.fromtimestamp(time_, zoneinfo.ZoneInfo(name))
                self.assertEqual(told.utcoffset(), datetime.timedelta(seconds=offset), (name, time_))
        self.assertEqual(time.gmtime(self.last_change('Europe/Berlin'))[:3], (2037, 10, 25))

    def last_change(self, name):
        with open(f'{FOLDER}/{name}', 'rb') as file:
            zone = file.read()
        return struct.unpack_from('>l', zone, 44 + 4 * (struct.unpack_from('>l', zone, 32)[0] - 1))[0]

    def test_zoneinfo_and_localtime_agree(self):
        times = random.Random(7)
        some = [times.randrange(-3 * 10**9, 6 * 10**9) for _ in range(40)]
        for name in sorted(zoneinfo.available_timezones()):
            zone = zoneinfo.ZoneInfo(name)
            self.choose(name)
            for seconds in some:
                there = datetime.datetime.fromtimestamp(seconds, zone)
                wanted = there.tzname(), there.utcoffset().total_seconds(), there.strftime('%Y-%m-%d %H:%M:%S')
                local = self.shows(seconds)
                self.assertEqual((local[0], local[1], local[3]), wanted, f'{name} at {seconds}')

    def test_mktime_is_the_inverse_of_localtime(self):
        times = random.Random(8)
        for name in 'Europe/Berlin', 'America/St_Johns', 'Australia/Lord_Howe', 'Africa/Casablanca', 'Europe/Dublin', 'Asia/Kathmandu':
            self.choose(name)
            for _ in range(300):
                seconds = times.randrange(-2 * 10**9, 5 * 10**9)
                local = time.localtime(seconds)
                back = time.mktime(local)
                # A clock that is turned back without a change of isdst shows the same twice.
                self.assertEqual(self.shows(back)[3], self.shows(seconds)[3], f'{name} at {seconds}')
                if time.localtime(seconds - 3 * HOUR).tm_gmtoff == time.localtime(seconds + 3 * HOUR).tm_gmtoff:
                    self.assertEqual(back, seconds, f'{name} at {seconds}')

    def test_datetime_takes_it_for_local_time(self):
        self.choose('Europe/Berlin')
        summer = datetime.datetime(2026, 7, 1, 12, tzinfo=datetime.UTC).astimezone()
        self.assertEqual((summer.isoformat(), summer.tzname()), ('2026-07-01T14:00:00+02:00', 'CEST'))
        self.assertEqual(datetime.datetime(2026, 1, 1).timestamp(), 1767222000)
        # What is shown twice, the second time.
        twice = datetime.datetime(2026, 10, 25, 2, 30)
        self.assertEqual(twice.replace(fold=1).timestamp() - twice.timestamp(), HOUR)


class Variable(Zones):
    def test_tells_names_and_offsets(self):
        self.choose('Europe/Berlin')
        self.assertEqual((time.tzname, time.timezone, time.altzone, time.daylight), (('CET', 'CEST'), -HOUR, -2 * HOUR, 1))
        self.choose('America/Argentina/Buenos_Aires')
        self.assertEqual((time.tzname, time.timezone, time.daylight), (('-03', '-03'), 3 * HOUR, 0))

    def test_may_be_a_rule(self):
        self.choose('EST5EDT,M3.2.0,M11.1.0')
        self.assertEqual(self.shows(1_772_953_199), ('EST', -5 * HOUR, 0, '2026-03-08 01:59:59'))
        self.assertEqual(self.shows(1_772_953_200), ('EDT', -4 * HOUR, 1, '2026-03-08 03:00:00'))
        self.choose('<+1030>-10:30<+11>-11,M10.1.0,M4.1.0')
        self.assertEqual(self.shows(1_767_225_600), ('+11', 11 * HOUR, 1, '2026-01-01 11:00:00'))
        self.assertEqual(self.shows(1_782_864_000), ('+1030', 37800, 0, '2026-07-01 10:30:00'))
        self.choose('WGT3WGST,M3.5.0/-2,M10.5.0/-1')  # the day before, as version 3 of the files may say it
        self.assertEqual(self.shows(1_774_745_999)[2:], (0, '2026-03-28 21:59:59'))
        self.assertEqual(self.shows(1_774_746_000)[2:], (1, '2026-03-28 23:00:00'))
        self.choose('AAA0BBB,J60/0,300/0')  # the first of March in every year; day 300 counts the 29th of February
        self.assertEqual(self.shows(1_709_251_199)[2:], (0, '2024-02-29 23:59:59'))
        self.assertEqual(self.shows(1_709_251_200)[2:], (1, '2024-03-01 01:00:00'))
        self.assertEqual(self.shows(1_729_983_599)[2:], (1, '2024-10-26 23:59:59'))
        self.assertEqual(self.shows(1_729_983_600)[2:], (0, '2024-10-26 23:00:00'))

    def test_that_is_neither_is_utc(self):
        for zone in ('', ':', 'Nonsense', 'Europe/Nowhere', 'CET', 'A1', 'EST5EDT,M3.2.0', 'EST5EDT,M13.2.0,M11.1.0', '../zoneinfo',
                     'EST168', '<A+>1', 'X' * 600, FOLDER, f'{FOLDER}/Europe'):
            with self.subTest(zone):
                self.choose(zone)
                known = zone == 'CET'
                self.assertEqual(time.localtime(0).tm_gmtoff, HOUR if known else 0)
                self.assertEqual(time.tzname, ('CET', 'CEST') if known else ('UTC', 'UTC'))

    def test_is_read_when_tzset_is_called(self):
        self.choose('Asia/Tokyo')
        os.environ['TZ'] = 'Europe/Berlin'
        self.assertEqual(time.localtime(0).tm_hour, 9)
        time.tzset()
        self.assertEqual(time.localtime(0).tm_hour, 1)

    def test_names_of_tuples_without_a_zone(self):
        self.choose('Europe/Berlin')
        shown = [time.strftime('%Z', (2026, 7, 1, 12, 0, 0, 0, 0, dst)) for dst in (0, 1, -1)]
        self.assertEqual(shown, ['CET', 'CEST', ''])


class Times(Zones):
    def test_that_a_clock_never_shows_or_shows_twice(self):
        self.choose('Europe/Berlin')
        def made(*fields):
            return time.mktime((2026, *fields, 0, 0, 0, -1))
        self.assertEqual(made(3, 29, 2, 30), 1_774_747_800)  # goes on as before: it is shown as half past three
        self.assertEqual(made(10, 25, 2, 30), 1_792_888_200)  # the first
        self.assertEqual(time.mktime((2026, 10, 25, 2, 30, 0, 0, 0, 0)), 1_792_891_800)
        self.assertEqual(time.mktime((2026, 7, 1, 12, 0, 0, 0, 0, 0)), time.mktime((2026, 7, 1, 13, 0, 0, 0, 0, 1)))

    def test_far_away(self):
        for zone in 'UTC', 'Europe/Berlin', 'Australia/Sydney':
            self.choose(zone)
            for seconds in -10**14, -10**11, 10**11, 10**14:
                self.assertEqual(time.mktime(time.localtime(seconds)), seconds)
            with self.assertRaises(OSError):
                time.localtime(10**18)


class DamagedFiles(Zones):
    """TZ may name a file of the host's."""

    def header(self, *counts, version=b'\0'):
        return b'TZif' + version + bytes(15) + struct.pack('>6L', *counts)

    def choose_file(self, data):
        with open('/data/zone', 'wb') as file:
            file.write(data)
        self.choose(None)
        self.choose('/data/zone')

    def test_that_are_whole_are_read(self):
        one = struct.pack('>lBB', HOUR, 0, 0)
        self.choose_file(self.header(0, 0, 0, 0, 1, 4) + one + b'ONE\0')
        self.assertEqual(self.shows(0)[:2], ('ONE', HOUR))
        long = self.header(0, 0, 0, 0, 1, 4, version=b'2')
        self.choose_file(long + one + b'ONE\0' + long + one + b'ONE\0' + b'\nTWO-2\n')
        self.assertEqual(self.shows(0)[:2], ('TWO', 2 * HOUR))

    def test_that_are_not_are_utc(self):
        with open(f'{FOLDER}/Europe/Berlin', 'rb') as file:
            whole = file.read()
        one = struct.pack('>lBB', HOUR, 0, 0)
        damaged = [whole[:length] for length in range(0, len(whole), 7)]
        damaged += [
            self.header(0, 0, 0, 0, 0, 4) + b'ONE\0',                                   # no kind
            self.header(0, 0, 0, 0, 1, 4) + struct.pack('>lBB', HOUR, 0, 4) + b'ONE\0',  # a name behind the last
            self.header(0, 0, 0, 0, 1, 4) + one + b'ONES',                              # a name without an end
            self.header(0, 0, 0, 1, 1, 4) + bytes(4) + b'\1' + one + b'ONE\0',          # a kind behind the last
            self.header(0, 0, 0, 0, 1, 4) + struct.pack('>lBB', 2**31 - 1, 0, 0) + b'ONE\0',
            self.header(2**32 - 1, 2**32 - 1, 2**32 - 1, 2**32 - 1, 2**32 - 1, 2**32 - 1) + bytes(100),
            whole[:-2] + b'!\n',
        ]
        for data in damaged:
            self.choose_file(data)
            self.assertEqual(self.shows(0)[:2], ('UTC', 0))

    def test_with_any_byte_changed_do_no_harm(self):
        with open(f'{FOLDER}/America/New_York', 'rb') as file:
            whole = bytearray(file.read())
        changes = random.Random(9)
        for _ in range(300):
            data = bytearray(whole)
            data[changes.randrange(len(data))] = changes.randrange(256)
            self.choose_file(data)
            for seconds in -10**10, 0, 1_780_000_000, 10**11:
                time.mktime(time.localtime(seconds))
                time.strftime('%Z', time.localtime(seconds))


if __name__ == '__main__':
    unittest.main()
