"""flask: routes, templates, JSON, a session, by its test client.

with: flask
"""

from flask import Flask, jsonify, render_template_string, request, session

app = Flask(__name__)
app.secret_key = "dev"


@app.route("/hello/<name>")
def hello(name):
    return render_template_string("<p>Hello, {{ name }}!</p>", name=name)


@app.post("/add")
def add():
    session["sum"] = session.get("sum", 0) + request.get_json()["n"]
    return jsonify(sum=session["sum"])


client = app.test_client()
assert client.get("/hello/<b>").text == "<p>Hello, &lt;b&gt;!</p>"
assert client.post("/add", json={"n": 2}).json == {"sum": 2}
assert client.post("/add", json={"n": 3}).json == {"sum": 5}
assert client.get("/none").status_code == 404
