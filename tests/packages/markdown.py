"""markdown: Markdown with extensions.

with: markdown
"""

import markdown

assert markdown.markdown("#Hello\n\n*Hi*") == "<h1>Hello</h1>\n<p><em>Hi</em></p>"
text = "a | b\n--|--\n1 | 2\n\n[TOC]\n\n# One\n"
page = markdown.markdown(text, extensions=["tables", "toc", "fenced_code"])
assert "<td>1</td>" in page and '<a href="#one">One</a>' in page, page
