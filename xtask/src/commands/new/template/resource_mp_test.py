
one, other = @IDENT@.@RESCLASS@(), @IDENT@.@RESCLASS@()
one.update(b"abc")
one.update(whole)
print(one.value, other.value, said(lambda: one.update(b"")), said(lambda: one.update("text")))
for _ in range(5000):
    @IDENT@.@RESCLASS@().update(b"abc")
