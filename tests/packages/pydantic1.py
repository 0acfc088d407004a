"""pydantic1: models that validate, their errors, their schema.

with: pydantic<2
"""

from datetime import datetime

from pydantic import BaseModel, ValidationError, validator


class User(BaseModel):
    id: int
    name: str = "John Doe"
    signup_ts: datetime | None = None
    friends: list[int] = []

    @validator("name")
    def has_a_space(cls, value):
        if " " not in value:
            raise ValueError("must contain a space")
        return value.title()


user = User(id="123", signup_ts="2019-06-01 12:22", friends=[1, "2", b"3"])
assert user.id == 123 and user.friends == [1, 2, 3] and user.signup_ts == datetime(2019, 6, 1, 12, 22)
assert User.parse_raw('{"id": 1, "name": "ada l"}').name == "Ada L"
try:
    User(id="x", name="nospace", friends=[1, "no"])
except ValidationError as error:
    assert [each["loc"] for each in error.errors()] == [("id",), ("name",), ("friends", 1)]
else:
    raise AssertionError("what is wrong is taken")
assert User.schema()["properties"]["friends"]["items"] == {"type": "integer"}
