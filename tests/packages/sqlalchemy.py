"""sqlalchemy: the ORM's quick start over SQLite: tables, a session, joins, changes; Core; a file.

with: sqlalchemy
grants: a folder as /data
"""

import os
from typing import List, Optional

from sqlalchemy import ForeignKey, String, bindparam, create_engine, event, func, insert, inspect, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "user_account"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(30))
    fullname: Mapped[Optional[str]]
    addresses: Mapped[List["Address"]] = relationship(back_populates="user", cascade="all, delete-orphan")

    def __repr__(self):
        return f"User(id={self.id!r}, name={self.name!r}, fullname={self.fullname!r})"


class Address(Base):
    __tablename__ = "address"

    id: Mapped[int] = mapped_column(primary_key=True)
    email_address: Mapped[str]
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    user: Mapped["User"] = relationship(back_populates="addresses")


# The quick start, as its documentation has it.
engine = create_engine("sqlite://")
Base.metadata.create_all(engine)
with Session(engine) as session:
    spongebob = User(name="spongebob", fullname="Spongebob Squarepants", addresses=[Address(email_address="spongebob@sqlalchemy.org")])
    sandy = User(
        name="sandy",
        fullname="Sandy Cheeks",
        addresses=[Address(email_address="sandy@sqlalchemy.org"), Address(email_address="sandy@squirrelpower.org")],
    )
    patrick = User(name="patrick", fullname="Patrick Star")
    session.add_all([spongebob, sandy, patrick])
    session.commit()

session = Session(engine)
users = session.scalars(select(User).where(User.name.in_(["spongebob", "sandy"]))).all()
assert [repr(user) for user in users] == [
    "User(id=1, name='spongebob', fullname='Spongebob Squarepants')",
    "User(id=2, name='sandy', fullname='Sandy Cheeks')",
], users
joined = select(Address).join(Address.user).where(User.name == "sandy").where(Address.email_address == "sandy@sqlalchemy.org")
sandy_address = session.scalars(joined).one()
assert sandy_address.email_address == "sandy@sqlalchemy.org"
patrick = session.scalars(select(User).where(User.name == "patrick")).one()
patrick.addresses.append(Address(email_address="patrickstar@sqlalchemy.org"))
sandy_address.email_address = "sandy_cheeks@sqlalchemy.org"
session.commit()
sandy = session.get(User, 2)
sandy.addresses.remove(sandy_address)
session.flush()
session.delete(patrick)
session.commit()
assert session.scalar(select(func.count()).select_from(Address)) == 2
assert session.scalars(select(User.name).order_by(User.name)).all() == ["sandy", "spongebob"]
session.add(Address(email_address=None, user_id=1))
try:
    session.commit()
except IntegrityError as error:
    assert "NOT NULL constraint failed: address.email_address" in str(error), error
    session.rollback()
else:
    raise AssertionError("a constraint let NULL through")
session.close()

# Core, savepoints, and a database in a file, with functions of Python's.
engine = create_engine(f"sqlite:////data/notes.db")


@event.listens_for(engine, "connect")
def connected(connection, record):
    connection.create_function("shout", 1, lambda value: value.upper() + "!")
    connection.execute("pragma foreign_keys = on")


Base.metadata.create_all(engine)
with engine.begin() as connection:
    connection.execute(insert(User), [{"name": f"user {i}", "fullname": None} for i in range(1000)])
    with connection.begin_nested() as savepoint:
        connection.execute(insert(User), [{"name": "lost"}])
        savepoint.rollback()
with engine.connect() as connection:
    assert connection.scalar(select(func.count()).select_from(User)) == 1000
    shouted = connection.execute(select(func.shout(User.name)).where(User.id == bindparam("id")), {"id": 7})
    assert shouted.scalar_one() == "USER 6!"
    assert connection.execute(text("select max(id) from user_account")).scalar_one() == 1000
    assert connection.dialect.server_version_info >= (3, 54)
assert inspect(engine).get_table_names() == ["address", "user_account"]
engine.dispose()
assert os.listdir("/data") == ["notes.db"], os.listdir("/data")
