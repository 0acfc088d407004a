"""mako: templates with Python in them.

with: mako
"""

from mako.lookup import TemplateLookup
from mako.template import Template

text = "% for n in range(3):\n${n * n} \\\n% endfor\n${name | h}"
assert Template(text).render(name="<x>") == "0 1 4 &lt;x&gt;"
lookup = TemplateLookup()
lookup.put_string("base", "[${self.body()}]")
lookup.put_string("page", "<%inherit file='base'/>inner")
assert lookup.get_template("page").render() == "[inner]"
