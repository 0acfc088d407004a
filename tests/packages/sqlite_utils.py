"""sqlite-utils: rows as dicts, tables that follow them, lookups, full text, transforms, functions in SQL; its command.

with: sqlite-utils
grants: a folder as /data
"""

import json

from click.testing import CliRunner
from sqlite_utils import Database
from sqlite_utils.cli import cli

db = Database("/data/dogs.db")
dogs = db["dogs"]
dogs.insert_all([{"id": 1, "name": "Cleo", "age": 4}, {"id": 2, "name": "Pancakes", "age": 3, "weight": 12.5}], pk="id", alter=True)
assert dogs.columns_dict == {"id": int, "name": str, "age": int, "weight": float}
assert list(dogs.rows_where("age > ?", [3])) == [{"id": 1, "name": "Cleo", "age": 4, "weight": None}]
dogs.upsert({"id": 1, "name": "Cleo", "age": 5}, pk="id")
dogs.update(2, {"breed": "corgi"}, alter=True)
assert dogs.get(2)["breed"] == "corgi" and dogs.count == 2
dogs.transform(rename={"age": "years"}, drop={"weight"})
assert dogs.schema.count("years") == 1 and "weight" not in dogs.columns_dict
dogs.enable_fts(["name", "breed"], create_triggers=True)
assert [dog["name"] for dog in dogs.search("corgi")] == ["Pancakes"]
dogs.insert({"id": 3, "name": "Corgi the second", "years": 1})
assert {dog["id"] for dog in dogs.search("corgi")} == {2, 3}


@db.register_function
def reverse_string(s):
    return "".join(reversed(s))


assert next(db.query("select reverse_string('hello') as it")) == {"it": "olleh"}
db["events"].insert({"data": {"a": [1, 2]}, "tags": ["x"]})
assert json.loads(next(db["events"].rows)["data"]) == {"a": [1, 2]}
assert db["species"].lookup({"name": "dog"}) == db["species"].lookup({"name": "dog"}) == 1
dogs.add_column("species_id", int)
dogs.add_foreign_key("species_id", "species", "id")
assert [key.other_table for key in dogs.foreign_keys] == ["species"]
db.close()

result = CliRunner().invoke(cli, ["query", "/data/dogs.db", "select name from dogs where id < :id order by id", "-p", "id", "3"])
assert result.exit_code == 0 and json.loads(result.output) == [{"name": "Cleo"}, {"name": "Pancakes"}], result
result = CliRunner().invoke(cli, ["insert", "/data/dogs.db", "cats", "-", "--csv"], input="name,lives\nTom,9\n")
assert result.exit_code == 0, result.output
result = CliRunner().invoke(cli, ["rows", "/data/dogs.db", "cats", "--fmt", "github"])
assert "| Tom    |       9 |" in result.output, result.output
