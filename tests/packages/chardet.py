"""chardet: what encoding bytes have.

with: chardet
"""

import chardet

assert chardet.detect("Привет, как дела? Это текст.".encode("koi8-r"))["encoding"].lower() == "koi8-r"
assert chardet.detect("Grüße aus München, schöne Tage".encode())["encoding"].lower().startswith("utf-8")
