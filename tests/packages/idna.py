"""idna: domain names in both forms, what is no name.

with: idna
"""

import idna

assert idna.encode("ドメイン.テスト") == b"xn--eckwd4c7c.xn--zckzah"
assert idna.decode("xn--eckwd4c7c.xn--zckzah") == "ドメイン.テスト"
assert idna.encode("Königsgäßchen", uts46=True) == b"xn--knigsgchen-b4a3dun"
try:
    idna.encode("a_b")
except idna.IDNAError as error:
    assert "not allowed" in str(error), error
else:
    raise AssertionError("an underscore is allowed")
