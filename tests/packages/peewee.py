"""peewee: the quick start over SQLite: models, queries, joins, transactions; FTS5 and functions of playhouse.

with: peewee
grants: a folder as /data
"""

from datetime import date

from peewee import JOIN, CharField, DateField, ForeignKeyField, IntegrityError, Model, SqliteDatabase, fn, prefetch
from playhouse.sqlite_ext import FTS5Model, JSONField, SearchField

db = SqliteDatabase("/data/people.db", pragmas={"foreign_keys": 1})


class Person(Model):
    name = CharField(unique=True)
    birthday = DateField()

    class Meta:
        database = db


class Pet(Model):
    owner = ForeignKeyField(Person, backref="pets")
    name = CharField()
    animal_type = CharField()

    class Meta:
        database = db


db.connect()
db.create_tables([Person, Pet])
uncle_bob = Person(name="Bob", birthday=date(1960, 1, 15))
assert uncle_bob.save() == 1
grandma = Person.create(name="Grandma", birthday=date(1935, 3, 1))
herb = Person.create(name="Herb", birthday=date(1950, 5, 5))
grandma.name = "Grandma L."
assert grandma.save() == 1
bob_kitty = Pet.create(owner=uncle_bob, name="Kitty", animal_type="cat")
herb_fido = Pet.create(owner=herb, name="Fido", animal_type="dog")
herb_mittens = Pet.create(owner=herb, name="Mittens", animal_type="cat")
herb_mittens_jr = Pet.create(owner=herb, name="Mittens Jr", animal_type="cat")
assert herb_mittens.delete_instance() == 1
herb_fido.owner = uncle_bob
herb_fido.save()

assert Person.select().where(Person.name == "Grandma L.").get().birthday == date(1935, 3, 1)
cats = Pet.select(Pet, Person).join(Person).where(Pet.animal_type == "cat")
assert [(pet.name, pet.owner.name) for pet in cats] == [("Kitty", "Bob"), ("Mittens Jr", "Herb")]
assert [pet.name for pet in uncle_bob.pets.order_by(Pet.name)] == ["Fido", "Kitty"]
sixties = Person.select().where((Person.birthday < date(1940, 1, 1)) | (Person.birthday >= date(1960, 1, 1)))
assert sorted(person.name for person in sixties) == ["Bob", "Grandma L."]
counted = Person.select(Person, fn.COUNT(Pet.id).alias("pet_count")).join(Pet, JOIN.LEFT_OUTER).group_by(Person).order_by(Person.name)
assert [(person.name, person.pet_count) for person in counted] == [("Bob", 2), ("Grandma L.", 0), ("Herb", 1)]
fetched = prefetch(Person.select().order_by(Person.name), Pet.select())
assert [[pet.name for pet in person.pets] for person in fetched] == [["Kitty", "Fido"], [], ["Mittens Jr"]]
expression = fn.Lower(fn.Substr(Person.name, 1, 1)) == "g"
assert [person.name for person in Person.select().where(expression)] == ["Grandma L."]
try:
    with db.atomic():
        Person.create(name="Lost", birthday=date(2000, 1, 1))
        Person.create(name="Bob", birthday=date(2000, 1, 1))
except IntegrityError as error:
    assert "UNIQUE constraint failed: person.name" in str(error), error
else:
    raise AssertionError("two of one name")
assert Person.select().count() == 3
with db.atomic():
    Pet.insert_many([{"owner": herb, "name": f"pet {i}", "animal_type": "fish"} for i in range(500)]).execute()
assert Pet.select().where(Pet.animal_type == "fish").count() == 500
db.close()


# What SQLite has beyond that: full text, JSON, functions and collations in Python.
extended = SqliteDatabase(":memory:")


@extended.func()
def shout(text):
    return text.upper()


class Note(FTS5Model):
    text = SearchField()

    class Meta:
        database = extended


class Event(Model):
    data = JSONField()

    class Meta:
        database = extended


extended.create_tables([Note, Event])
Note.insert_many([{"text": "to be or not to be"}, {"text": "caps are small"}]).execute()
assert [note.text for note in Note.search("caps")] == ["caps are small"]
Event.create(data={"kind": "x", "values": [1, 2, 3]})
assert Event.select(Event.data["values"][1]).scalar() == 2
assert extended.execute_sql("select shout('small')").fetchone() == ("SMALL",)
