"""mistune: Markdown to HTML and to tokens.

with: mistune
"""

import mistune

assert mistune.html("# I am using **mistune**\n") == "<h1>I am using <strong>mistune</strong></h1>\n"
table = mistune.create_markdown(plugins=["table", "strikethrough"])
assert "<td>1</td>" in table("| a |\n|---|\n| 1 |\n") and table("~~x~~") == "<p><del>x</del></p>\n"
assert mistune.create_markdown(renderer="ast")("text")[0]["type"] == "paragraph"
assert mistune.html("<b>&") .strip() != ""
