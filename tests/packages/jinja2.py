"""jinja2: templates with loops, filters, escaping, from a dict.

with: jinja2
always: it takes a second
"""

import markupsafe
from jinja2 import DictLoader, Environment, StrictUndefined, Template, UndefinedError, select_autoescape

assert Template("Hello {{ name }}!").render(name="John Doe") == "Hello John Doe!"

pages = {
    "base.html": "<title>{% block title %}{% endblock %}</title>",
    "list.html": "{% extends 'base.html' %}{% block title %}"
                 "{% for user in users if user.age > 1 %}{{ loop.index }}:{{ user.name|upper }} {% endfor %}{% endblock %}",
}
environment = Environment(loader=DictLoader(pages), autoescape=select_autoescape(), undefined=StrictUndefined)
page = environment.get_template("list.html")
users = [{"name": "a<b", "age": 2}, {"name": "c", "age": 1}, {"name": "d", "age": 3}]
assert page.render(users=users) == "<title>1:A&lt;B 2:D </title>"
try:
    page.render()
except UndefinedError as error:
    assert "'users' is undefined" in str(error)
else:
    raise AssertionError("what is undefined is rendered")
# Its native code is left out of the wheel; the same is there in Python.
assert markupsafe.escape("<&>'\"") == "&lt;&amp;&gt;&#39;&#34;"
assert markupsafe._escape_inner.__module__ == "markupsafe._native"
