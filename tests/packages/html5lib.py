"""html5lib: a page that is no page, as a browser reads it.

with: html5lib
"""

import html5lib

document = html5lib.parse("<p>Hello World!<p>again<table><tr><td>x", namespaceHTMLElements=False)
assert [p.text for p in document.findall(".//p")] == ["Hello World!", "again"]
assert document.find(".//tbody/tr/td").text == "x"
assert html5lib.serialize(document, omit_optional_tags=False).startswith("<html><head></head><body><p>Hello")
