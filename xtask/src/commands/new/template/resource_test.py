

class Test@RESCLASS@(unittest.TestCase):
    def test_pieces(self):
        one, other = @IDENT@.@RESCLASS@(), @IDENT@.@RESCLASS@()
        one.update(b"a")
        one.update(b"bc")
        self.assertEqual((one.value, other.value), (294, 0))

    def test_errors(self):
        one = @IDENT@.@RESCLASS@()
        one.update(b"a")
        with self.assertRaises(@IDENT@.EmptyError):
            one.update(b"")
        with self.assertRaises(TypeError):
            one.update("text")
        with self.assertRaisesRegex(TypeError, "@RESCLASS@"):
            one.__reduce_ex__(4)
        self.assertEqual(one.value, 97)

    def test_nothing_is_kept(self):
        for _ in range(20_000):
            @IDENT@.@RESCLASS@().update(b"a" * 1000)
