"""docutils: reStructuredText to HTML, and its warnings.

with: docutils
"""

import io

from docutils.core import publish_parts

source = "Title\n=====\n\nA *word* and `a link <https://example.org>`_.\n\n.. note:: Look.\n"
parts = publish_parts(source, writer="html5", settings_overrides={"_disable_config": True})
assert parts["title"] == "Title" and "<em>word</em>" in parts["body"], parts["body"]
assert 'href="https://example.org"' in parts["body"] and "admonition note" in parts["body"]
said = io.StringIO()
publish_parts("A long title\n======\n", settings_overrides={"_disable_config": True, "warning_stream": said})
assert "Title underline too short" in said.getvalue()
