"""bottle: routes and templates, called as WSGI does.

with: bottle
"""

from bottle import Bottle, template
from wsgiref.util import setup_testing_defaults

app = Bottle()


@app.route("/hello/<name>")
def hello(name):
    return template("<b>Hello {{name}}</b>!", name=name)


def get(path):
    environ, status = {"PATH_INFO": path}, []
    setup_testing_defaults(environ)
    body = b"".join(app(environ, lambda line, headers, error=None: status.append(line)))
    return status[0], body.decode()


assert get("/hello/World") == ("200 OK", "<b>Hello World</b>!")
assert get("/none")[0] == "404 Not Found"
