"""django: a model, its migrations, queries of the ORM, and a request by the test client, over SQLite.

with: django
grants: a folder as /data
"""

import os
import sys
from pathlib import Path

# A project of one app, as startproject and startapp lay it out.
root = Path("/data")
app = root / "library"
app.mkdir()
(app / "__init__.py").touch()
(app / "models.py").write_text('''
from django.db import models


class Author(models.Model):
    name = models.CharField(max_length=100, unique=True)

    def __str__(self):
        return self.name


class Book(models.Model):
    title = models.CharField(max_length=200)
    author = models.ForeignKey(Author, on_delete=models.CASCADE, related_name="books")
    published = models.DateField(null=True)
    tags = models.JSONField(default=list)

    class Meta:
        ordering = ["title"]
''')
(app / "urls.py").write_text('''
from django.http import JsonResponse
from django.urls import path

from .models import Book


def books(request):
    return JsonResponse({"books": list(Book.objects.values_list("title", flat=True))})


urlpatterns = [path("books/", books)]
''')
sys.path.insert(0, str(root))

import django
from django.conf import settings

settings.configure(
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": root / "db.sqlite3"}},
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "library"],
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    ROOT_URLCONF="library.urls",
    SECRET_KEY="no secret",
    ALLOWED_HOSTS=["testserver"],
    USE_TZ=True,
)
django.setup()

from datetime import date

from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.db.models import Avg, Count, F, Q, Window
from django.db.models.functions import ExtractYear, Lower, RowNumber
from django.test import Client

call_command("makemigrations", "library", verbosity=0)
assert (app / "migrations/0001_initial.py").is_file()
call_command("migrate", verbosity=0)
with connection.cursor() as cursor:
    assert {"library_author", "library_book", "auth_user"} <= set(connection.introspection.table_names(cursor))

from library.models import Author, Book

le_guin, lem = Author.objects.create(name="Ursula K. Le Guin"), Author.objects.create(name="Stanisław Lem")
Book.objects.bulk_create([
    Book(title="The Dispossessed", author=le_guin, published=date(1974, 5, 1), tags=["sf", "utopia"]),
    Book(title="The Lathe of Heaven", author=le_guin, published=date(1971, 1, 1)),
    Book(title="Solaris", author=lem, published=date(1961, 1, 1), tags=["sf"]),
])
assert [str(book.author) for book in Book.objects.select_related("author")] == ["Stanisław Lem", *2 * ["Ursula K. Le Guin"]]
assert Book.objects.filter(author__name__icontains="le guin", published__year__gt=1972).get().title == "The Dispossessed"
assert Book.objects.filter(Q(title__regex=r"^S.l") | Q(title__istartswith="the l")).count() == 2
counted = Author.objects.annotate(count=Count("books"), year=Avg(ExtractYear("books__published"))).order_by("name")
assert list(counted.values_list("count", "year")) == [(1, 1961.0), (2, 1972.5)]
numbered = Book.objects.annotate(n=Window(RowNumber(), partition_by=F("author"), order_by="published"), low=Lower("title"))
assert {(book.low, book.n) for book in numbered} == {("solaris", 1), ("the dispossessed", 2), ("the lathe of heaven", 1)}
assert Book.objects.filter(tags__0="sf").count() == 2
assert Book.objects.update(title=F("title")) == 3
try:
    with transaction.atomic():
        Author.objects.create(name="lost")
        Author.objects.create(name="Stanisław Lem")
except IntegrityError as error:
    assert "UNIQUE constraint failed: library_author.name" in str(error), error
else:
    raise AssertionError("two of one name")
assert Author.objects.count() == 2

# A second migration alters the table, with the rows in it.
(app / "migrations/0002_pages.py").write_text('''
from django.db import migrations, models


def filled(apps, schema_editor):
    apps.get_model("library", "Book").objects.filter(title="Solaris").update(pages=204)


class Migration(migrations.Migration):
    dependencies = [("library", "0001_initial")]
    operations = [
        migrations.AddField("book", "pages", models.IntegerField(default=100)),
        migrations.AlterField("book", "title", models.CharField(max_length=300, db_index=True)),
        migrations.RunPython(filled, migrations.RunPython.noop),
    ]
''')
call_command("migrate", verbosity=0)
with connection.cursor() as cursor:
    cursor.execute("select title, pages from library_book order by title")
    assert cursor.fetchall() == [("Solaris", 204), ("The Dispossessed", 100), ("The Lathe of Heaven", 100)]
call_command("migrate", "library", "0001", verbosity=0)

response = Client().get("/books/")
assert response.status_code == 200 and response.json() == {"books": ["Solaris", "The Dispossessed", "The Lathe of Heaven"]}
assert le_guin.delete() == (3, {"library.Book": 2, "library.Author": 1})
assert Book.objects.count() == 1 and os.path.getsize(root / "db.sqlite3") > 0
call_command("migrate", "library", "zero", verbosity=0)
with connection.cursor() as cursor:
    assert "library_book" not in connection.introspection.table_names(cursor)
connection.close()
