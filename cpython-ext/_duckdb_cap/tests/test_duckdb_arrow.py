"""duckdb's rows by the buffer protocol and by Arrow's C data interface: what one connection exports another reads, in every type."""

import array
import gc
import unittest
import uuid

import _duckdb_cap
import duckdb
from duckdb import columns

EXPRESSIONS = """true|tinyint '-1'|1::smallint|1|(-1)::bigint|(-1)::hugeint|1::uhugeint|1::utinyint|1::usmallint|1::uinteger|1::ubigint
1.5::float|0.1::double|(-1.5)::decimal(4,1)|1.5::decimal(9,2)|(-1.5)::decimal(18,2)|1.5::decimal(38,3)|'a é'|'a\\x00'::blob
'6ba7b810-9dad-11d1-80b4-00c04fd430c8'::uuid|date '2020-01-01'|time '10:00:00.5'|'10:00:00.123456'::time_ns
timestamp '2020-01-01'|'2020-01-01'::timestamp_s|'2020-01-01'::timestamp_ms|'2020-01-01'::timestamp_ns|'2020-01-01'::timestamptz
'infinity'::timestamp|interval '1 month 2 days -3 seconds'|'x'::enum('x','y')|'{"a":1}'::json|[1,null]|[[1],[]]|[1,2]::int[2]
{'a':1,'b':[2]}|map{'a':1,'b':null}|union_value(b:='x')::union(a int,b varchar)|['x'::enum('x','y'),null]|[{'a':['b']}]""".replace("\n", "|").split("|")
# What Arrow has no type of its own for.
CHANGED = {"'6ba7b810-9dad-11d1-80b4-00c04fd430c8'::uuid"}


class Exported:
    """What another library's table is to duckdb: an object that exports a stream, and nothing else."""

    def __init__(self, relation):
        self.relation = relation
        self.opened = 0

    def __arrow_c_stream__(self, requested_schema=None):
        self.opened += 1
        return self.relation.__arrow_c_stream__(requested_schema)


class Arrow(unittest.TestCase):
    def setUp(self):
        self.con, self.other = duckdb.connect(), duckdb.connect()

    def crossed(self, sql):
        relation = self.con.sql(sql)
        return relation, self.other.from_arrow(Exported(relation))

    def test_every_type_crosses(self):
        for expression in EXPRESSIONS:
            with self.subTest(expression):
                # Before and behind NULL, and over more than a byte of bits.
                relation, found = self.crossed(f"select if(i % 3 = 1, null, {expression}) x, i from range(20) t(i)")
                rows = relation.fetchall()
                if expression in CHANGED:
                    rows = [(None if value is None else str(value), i) for value, i in rows]
                self.assertEqual(found.fetchall(), rows)
                if "enum" not in expression and not isinstance(rows[0][0], (int, str)):  # nor are HUGEINT, JSON and UUID types of Arrow
                    self.assertEqual(found.types, relation.types)

    def test_formats_of_newer_versions_cross(self):
        for version, views, large in (("1.4", True, False), ("1.4", True, True), ("1.5", True, False), ("1.5", False, False)):
            self.con.execute(f"set arrow_output_version = '{version}'; set produce_arrow_string_view = {views}; set arrow_output_list_view = {views}")
            self.con.execute(f"set arrow_large_buffer_size = {large}")
            relation, found = self.crossed(
                """select if(i % 7 = 3, null, repeat('é' || i, i % 9)) s, if(i % 5 = 1, null, repeat(chr(97 + i::int % 26), i % 20)::blob) b,
                   if(i % 4 = 0, null, range(i % 3)) l, [repeat('x', i % 15), null] t, (i - 50)::decimal(4, 1) d, (-i)::decimal(9, 2) e,
                   (i * 100000)::decimal(18, 1) f, i::decimal(38, 1) g, {'a': 'a text of more than twelve bytes ' || i} st from range(101) t(i)"""
            )
            fields = _duckdb_cap.arrow_tree(relation.__arrow_c_schema__())[4]
            decimals = ["d:4,1,32", "d:9,2,32", "d:18,1,64"] if version == "1.5" else ["d:4,1,128", "d:9,2,128", "d:18,1,128"]
            text, lists = ("vu", "+vL" if large else "+vl") if views else ("u", "+l")
            self.assertEqual([field[0] for field in fields], [text, "vz", lists, lists, *decimals, "d:38,1,128", "+s"])
            self.assertEqual(fields[8][4][0][0], text)
            self.assertEqual(found.fetchall(), relation.fetchall())
            self.assertEqual(found.types, relation.types)

    def test_formats(self):
        sql = "select 1::hugeint h, '101'::bit b, uuid() u, 'x'::enum('x') e, map{'a':1} m, [1] l, union_value(a:=1) n, null z"
        format, name, _, _, fields, _ = _duckdb_cap.arrow_tree(self.con.sql(sql).__arrow_c_schema__())
        self.assertEqual((format, name), ("+s", "duckdb_query_result"))
        self.assertEqual([(field[1], field[0]) for field in fields], [
            ("h", "d:38,0"), ("b", "z"), ("u", "u"), ("e", "C"), ("m", "+m"), ("l", "+l"), ("n", "+us:0"), ("z", "n")])
        self.assertEqual(fields[3][5][0], "u")
        self.assertEqual([child[1] for child in fields[4][4][0][4]], ["key", "value"])

    def test_many_rows_come_in_order(self):
        relation, found = self.crossed("select i, i::varchar s, nullif(i % 7, 6) n, [i, i] l from range(300000) t(i)")
        self.assertEqual(found.fetchall(), relation.fetchall())
        self.assertEqual(found.filter("i >= 299998").fetchall(), [(299998, "299998", None, [299998] * 2), (299999, "299999", 0, [299999] * 2)])

    def test_a_table_is_read_by_its_name_and_as_often_as_asked(self):
        source = Exported(self.con.sql("select i from range(5000) t(i)"))
        self.assertEqual(self.other.sql("select count(*), sum(a.i) from source a join source b using (i)").fetchall(), [(5000, 12497500)])
        self.other.register("kept", source)
        for _ in range(2):
            self.assertEqual(self.other.execute("select count(*) from kept").fetchall(), [(5000,)])
        self.assertGreater(source.opened, 2)

    def test_a_capsule_is_read_once(self):
        relation = self.other.from_arrow(self.con.sql("select 42 a").__arrow_c_stream__())
        self.assertEqual(relation.fetchall(), [(42,)])
        with self.assertRaisesRegex(duckdb.InvalidInputException, "already released"):
            relation.fetchall()

    def test_an_array_is_a_table(self):
        chunk = next(columns.chunks(self.con.sql("select i, 'x' || i s from range(3) t(i)")))
        self.assertEqual(self.other.from_arrow(chunk).fetchall(), [(0, "x0"), (1, "x1"), (2, "x2")])

    def test_what_is_no_table_is_refused(self):
        for value in (5, "a", None, [1]):
            with self.assertRaisesRegex(duckdb.InvalidInputException, "not an accepted Arrow Object"):
                self.other.from_arrow(value)

        class Broken:
            def __arrow_c_stream__(self, requested_schema=None):
                raise ValueError("no")

        class Other:
            def __arrow_c_stream__(self, requested_schema=None):
                return 5

        for source in (Broken(), Other()):
            with self.assertRaisesRegex(duckdb.InvalidInputException, "the Arrow source"):
                self.other.from_arrow(source)
        self.assertEqual(self.other.execute("select 42").fetchall(), [(42,)])

    def test_a_producer_that_fails_in_the_middle(self):
        tree = ("+s", "", 0, None, (("i", "a", 2, None, (), None),), None)
        arrays = iter([(1, 0, (None,), ((1, 0, (None, array.array("i", [7])), (), None),), None)])
        with self.assertRaisesRegex(duckdb.InvalidInputException, "StopIteration|reading the Arrow source failed"):
            self.other.from_arrow(_duckdb_cap.arrow_stream(tree, lambda: next(arrays))).fetchall()
        self.assertEqual(self.other.execute("select 42").fetchall(), [(42,)])

    def foreign(self, format, *buffers, length=2, nulls=0, children=(), dictionary=None):
        """The rows of a column that duckdb itself would not export."""
        dictionary_tree, dictionary_array = dictionary or (None, None)
        trees, arrays = tuple(child[0] for child in children), tuple(child[1] for child in children)
        tree = ("+s", "", 0, None, ((format, "a", 2, None, trees, dictionary_tree),), None)
        rows = iter([(length, 0, (None,), ((length, nulls, buffers, arrays, dictionary_array),), None), None])
        relation = self.other.from_arrow(_duckdb_cap.arrow_stream(tree, lambda: next(rows)))
        return str(relation.types[0]), [row[0] for row in relation.fetchall()]

    def test_what_others_export(self):
        ints, longs = (lambda *items: array.array("i", items)), (lambda *items: array.array("q", items))
        views = ints(1) + array.array("i", [ord("a"), 0, 0]) + ints(13) + array.array("i", [0, 0, 0])
        texts = (("u", None, 2, None, (), None), (2, 0, (None, ints(0, 1, 3), b"abc"), (), None))
        self.assertEqual(self.foreign("U", None, longs(0, 1, 3), b"abc"), ("VARCHAR", ["a", "bc"]))
        self.assertEqual(self.foreign("Z", b"\1", longs(0, 1, 3), b"abc", nulls=1), ("BLOB", [b"a", None]))
        self.assertEqual(self.foreign("vu", None, views, b"thirteen char"), ("VARCHAR", ["a", "thirteen char"]))
        self.assertEqual(self.foreign("w:2", None, b"abcd"), ("BLOB", [b"ab", b"cd"]))
        self.assertEqual(self.foreign("s", None, array.array("h", [1, 0]), dictionary=texts), ("VARCHAR", ["bc", "a"]))
        self.assertEqual(self.foreign("e", None, array.array("H", [0x3C00, 0xC000])), ("FLOAT", [1.0, -2.0]))
        self.assertEqual(list(map(str, self.foreign("tdm", None, longs(0, 86400_000))[1])), ["1970-01-01", "1970-01-02"])
        self.assertEqual(list(map(str, self.foreign("tts", None, ints(1, 60))[1])), ["00:00:01", "00:01:00"])
        self.assertEqual(list(map(str, self.foreign("tss:UTC", None, longs(0, 1))[1])), ["1970-01-01 00:00:00+00:00", "1970-01-01 00:00:01+00:00"])
        self.assertEqual(list(map(str, self.foreign("tDm", None, longs(1000, -1000))[1])), ["0:00:01", "-1 day, 23:59:59"])
        self.assertEqual([value.days for value in self.foreign("tiM", None, ints(1, 2))[1]], [30, 60])
        self.assertEqual(self.foreign("+L", None, longs(0, 0, 2), children=[(("i", "l", 2, None, (), None), (2, 0, (None, ints(4, 5)), (), None))]),
                         ("INTEGER[]", [[], [4, 5]]))
        for format, said in {"+ud:0": 'Type: "d" Union', "d:50,0,256": "for Decimal d:50,0,256", "x": 'Type: "x"'}.items():
            with self.assertRaisesRegex(duckdb.NotImplementedException, f"Unsupported Internal Arrow Type.*{said.removeprefix('Type')}"):
                self.foreign(format, None, b"")

    def test_what_is_said_once_or_in_another_order(self):
        def column(format, *buffers, length, nulls=0, children=(), dictionary=None, name="a"):
            trees, arrays = tuple(child[0] for child in children), tuple(child[1] for child in children)
            of_tree, of_array = dictionary or (None, None)
            return (format, name, 2, None, trees, of_tree), (length, nulls, buffers, arrays, of_array)

        def runs(kind, letter, ends, values, length):
            return column("+r", length=length, children=[column(kind, None, array.array(letter, ends), length=len(ends)), values])

        def read(made):
            tree, rows = made
            given = iter([(rows[0], 0, (None,), (rows,), None), None])
            relation = self.other.from_arrow(_duckdb_cap.arrow_stream(("+s", "", 0, None, (tree,), None), lambda: next(given)))
            return str(relation.types[0]), [row[0] for row in relation.fetchall()]

        ints = column("i", b"\5", array.array("i", [7, 0, 9]), length=3, nulls=1)
        texts = column("u", None, array.array("i", [0, 1, 3, 3]), b"abc", length=3)
        lists = column("+l", b"\5", array.array("i", [0, 1, 1, 3]), length=3, nulls=1, children=[ints])
        structs = column("+s", None, length=3, children=[ints, column("u", None, array.array("i", [0, 1, 3, 3]), b"abc", length=3, name="b")])
        fixed = column("+w:1", None, length=3, children=[texts])
        bits = column("b", None, b"\5", length=3)
        for values, type_, expected in [
            (ints, "INTEGER", [7, None, 9]), (texts, "VARCHAR", ["a", "bc", ""]), (lists, "INTEGER[]", [[7], None, [None, 9]]), (bits, "BOOLEAN", [True, False, True]),
            (structs, "STRUCT(a INTEGER, b VARCHAR)", [{"a": 7, "b": "a"}, {"a": None, "b": "bc"}, {"a": 9, "b": ""}]), (fixed, "VARCHAR[1]", [("a",), ("bc",), ("",)]),
        ]:
            for letter in "hiq":
                made = read(runs({"h": "s", "i": "i", "q": "l"}[letter], letter, [2, 3, 6], values, 6))
                self.assertEqual(made, (type_, [expected[place] for place in (0, 0, 1, 2, 2, 2)]))
            made = read(column("c", b"\7", array.array("b", [2, 0, 1, 5]), length=4, nulls=1, dictionary=values))
            self.assertEqual(made, (type_, [expected[2], expected[0], expected[1], None]))
            for format, letter in (("+vl", "i"), ("+vL", "q")):
                made = read(column(format, b"\5", array.array(letter, [1, 9, 0]), array.array(letter, [2, 9, 2]), length=3, nulls=1, children=[values]))
                self.assertEqual(made[1], [expected[1:], None, expected[:2]])
        within = column("+l", None, array.array("i", [0, 4, 5]), length=2, children=[runs("i", "i", [2, 3, 6], texts, 6)])
        self.assertEqual(read(within), ("VARCHAR[]", [["a", "a", "bc", ""], [""]]))
        nulls = column("u", b"\1", array.array("i", [0, 1, 1]), b"x", length=2, nulls=1)
        self.assertEqual(read(column("c", None, array.array("b", [0, 1]), length=2, dictionary=nulls)), ("VARCHAR", ["x", None]))
        nothing = column("i", None, array.array("i"), length=0)
        self.assertEqual(read(column("c", b"\0", array.array("b", [0, 0]), length=2, nulls=2, dictionary=nothing)), ("INTEGER", [None, None]))

    def test_nothing_is_kept(self):
        relation = self.con.sql("select i, i::varchar s, [i] l, map{'a': i} m, 'x'::enum('x') e from range(5000) t(i)")
        relation.__arrow_c_stream__()  # released by the capsule

        def one():
            source = Exported(relation)
            self.assertEqual(self.other.sql("select count(*), max(s) from source").fetchall(), [(5000, "999")])
            capsule = relation.__arrow_c_stream__()
            _duckdb_cap.arrow_next(capsule)  # and the rest is not read
            relation.__arrow_c_schema__()
            next(columns.chunks(relation)).__arrow_c_array__()

        freed = []

        class Buffer(bytearray):
            def __del__(self):
                freed.append(1)

        _duckdb_cap.arrow_array((1, 0, (None, Buffer(8)), (), None))
        self.assertEqual(freed, [1])
        with self.assertRaises(TypeError):
            _duckdb_cap.arrow_array((1, 0, (None, Buffer(8), 5), (), None))
        self.assertEqual(freed, [1, 1])
        for _ in range(3):
            one()
        gc.collect()
        objects = len(gc.get_objects())
        for _ in range(100):
            one()
        gc.collect()
        self.assertLess(len(gc.get_objects()), objects + 50)


class Columns(unittest.TestCase):
    def test_memory_of_columns(self):
        relation = duckdb.sql("select i, nullif(i, 1) n, 'x' || i s, [i, i] l, i * 0.5::decimal(4,1) d from range(3) t(i)")
        (chunk,) = columns.chunks(relation)
        self.assertEqual((len(chunk), [column.name for column in chunk]), (3, ["i", "n", "s", "l", "d"]))
        view = memoryview(chunk["i"])
        self.assertEqual((view.format, view.readonly, view.tolist()), ("q", True, [0, 1, 2]))
        self.assertIs(chunk["i"].data.obj, chunk._chunk.vectors[0].data)
        self.assertEqual((chunk["i"].validity, chunk["n"].validity.tolist()), (None, [1, 0, 1]))
        self.assertEqual((chunk["s"].data.tolist(), bytes(chunk["s"].heap)), ([0, 2, 4, 6], b"x0x1x2"))
        self.assertEqual((chunk["l"].data.tolist(), chunk["l"].children[0].data.tolist()), ([0, 2, 4, 6], [0, 0, 1, 1, 2, 2]))
        self.assertEqual(array.array("q", view).tolist(), [0, 1, 2])
        with self.assertRaises(KeyError):
            chunk["z"]

    def test_chunks_of_a_connection(self):
        con = duckdb.connect()
        con.execute("select i from range(10000) t(i)")
        total = sum(sum(memoryview(chunk[0])) for chunk in columns.chunks(con))
        self.assertEqual((total, con.fetchall()), (49995000, []))

    def test_what_gives_no_chunks(self):
        with self.assertRaises(TypeError):
            columns.chunks(5)
        with self.assertRaises(ValueError):
            columns.chunks(duckdb.sql("select 1"), rows=0)
        con = duckdb.connect()
        con.execute("select * from range(5)").fetchone()
        with self.assertRaisesRegex(duckdb.InvalidInputException, "tuples already"):
            columns.chunks(con)

    def test_what_a_session_says_of_arrow(self):
        con, other = duckdb.connect(), duckdb.connect()
        con.execute("set arrow_lossless_conversion = true; set arrow_large_buffer_size = true")
        relation = con.sql(
            "from (values (-5::hugeint, uuid '00112233-4455-6677-8899-aabbccddeeff', true, 'é', ['x', 'yy'], '101'::bit), "
            "(null, null, null, null, null, null)) t(h, u, b, s, l, t)"
        )
        tree = _duckdb_cap.arrow_tree(relation.__arrow_c_stream__())
        self.assertEqual([child[0] for child in tree[4]], ["w:16", "w:16", "c", "U", "+L", "Z"])
        rows = other.from_arrow(relation.__arrow_c_stream__()).fetchall()
        identity = uuid.UUID("00112233-4455-6677-8899-aabbccddeeff").bytes
        expected = ((-5).to_bytes(16, "little", signed=True), identity, 1, "é", ["x", "yy"], b"\5\xfd")
        self.assertEqual(rows, [expected, (None,) * 6])


if __name__ == "__main__":
    unittest.main()
