"""pypdf: pages made, merged, turned, read.

with: pypdf
"""

import io

from pypdf import PdfReader, PdfWriter

writer = PdfWriter()
writer.add_blank_page(width=200, height=100)
writer.add_blank_page(width=50, height=50).rotate(90)
writer.add_metadata({"/Title": "pylon"})
file = io.BytesIO()
writer.write(file)
reader = PdfReader(io.BytesIO(file.getvalue()))
assert len(reader.pages) == 2 and reader.metadata.title == "pylon"
assert reader.pages[0].mediabox.width == 200 and reader.pages[1].rotation == 90
assert reader.pages[0].extract_text() == ""
writer = PdfWriter()
writer.append(reader, pages=(0, 1))
writer.encrypt("secret", algorithm="RC4-128")
file = io.BytesIO()
writer.write(file)
locked = PdfReader(io.BytesIO(file.getvalue()))
assert locked.is_encrypted and locked.decrypt("secret") and len(locked.pages) == 1
