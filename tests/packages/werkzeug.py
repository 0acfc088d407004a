"""werkzeug: requests and responses, routes, hashed passwords.

with: werkzeug
"""

from werkzeug.exceptions import NotFound
from werkzeug.routing import Map, Rule
from werkzeug.security import check_password_hash, generate_password_hash
from werkzeug.test import Client
from werkzeug.wrappers import Request, Response

routes = Map([Rule("/hello/<int:number>", endpoint="hello")])


@Request.application
def application(request):
    try:
        _, values = routes.bind_to_environ(request.environ).match()
    except NotFound as error:
        return error
    return Response(f"Hello {values['number']} {request.args.get('name', 'World')}!")


client = Client(application)
assert client.get("/hello/3?name=Ada").text == "Hello 3 Ada!"
assert client.get("/nowhere").status_code == 404
hashed = generate_password_hash("secret", method="pbkdf2:sha256:1000")
assert check_password_hash(hashed, "secret") and not check_password_hash(hashed, "other")
