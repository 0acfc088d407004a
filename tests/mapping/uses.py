"""Uses of probe_mapping and of pylon that a type checker accepts; each line with `wrong:` is one that it refuses, for that reason."""

import array

import probe_mapping as m
import pylon
from probe_mapping import Color, Mode, Point, ProbeMappingError, Shelf, Thing

place: Point = m.echo_place((1, 2))
x: int = m.echo_place(place).x
a, b = m.echo_place(place)
m.echo_place((1, 2, 3))  # wrong: [arg-type]
m.echo_place([1, 2])  # wrong: [arg-type]
place.z  # wrong: [attr-defined]

color: Color = m.echo_color(Color.RED)
m.echo_color(2)
m.echo_color("RED")  # wrong: [arg-type]
Color.PINK  # wrong: [attr-defined]
mode: int = m.echo_mode(Mode.READ | Mode.RUN_TWICE)

data: bytes = m.join(bytearray(b"l"), array.array("I", [1]), from_="-")
m.join("l", b"r", "-")  # wrong: [arg-type]
m.join(b"l", b"r")  # wrong: [call-arg]
said: str | None = m.perhaps(None, 1, fifth=(1, 2))
m.perhaps(1)  # wrong: [call-arg]

shape = m.echo_shape(("label", "text"))
if shape[0] == "label":
    text: str = shape[1]
elif shape[0] == "dot":
    y: int = shape[1].y
m.echo_shape(("label", 1))  # wrong: [arg-type]
m.echo_shape(("square", None))  # wrong: [arg-type]

thing: Thing = Thing("name", size=1)
Thing()  # wrong: [call-arg]
taken: Thing | None = Shelf.of(iter([thing])).take()
Shelf.of([thing, None])  # wrong: [list-item]
old: str = thing.rename("new")
total: int = thing.add(1, times=2)
thing.rename(name="new")  # wrong: [call-arg]
label, things, first = m.echo_parcel(("label", [thing], None))
name: str = things[0].name()

try:
    m.refuse(("none", None))
except ProbeMappingError as error:
    if isinstance(error.value, Color):
        number: int = error.value

with pylon.resolve("crc32c") as crc:
    reply: bytes = crc.invoke("compute", memoryview(b"123456789"))
    crc.invoke("compute", "text")  # wrong: [arg-type]
    crc.name = "other"  # wrong: [misc]
pylon.Instance("crc32c")  # wrong: [call-arg]
try:
    pylon.load("crc32c").update(0, b"")
except pylon.LinkError as failure:
    about: str | None = failure.context
