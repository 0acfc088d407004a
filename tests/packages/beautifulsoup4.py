"""beautifulsoup4: a page taken apart, by tag, class and selector.

with: beautifulsoup4
"""

from bs4 import BeautifulSoup

page = """<html><head><title>The Dormouse's story</title></head><body>
<p class="title"><b>The Dormouse's story</b></p>
<p class="story">Once upon a time <a class="sister" href="/elsie" id="link1">Elsie</a>,
<a class="sister" href="/lacie" id="link2">Lacie</a></p>"""
soup = BeautifulSoup(page, "html.parser")
assert soup.title.string == "The Dormouse's story" and soup.p["class"] == ["title"]
assert [a["href"] for a in soup.find_all("a")] == ["/elsie", "/lacie"]
assert [a.text for a in soup.select("p.story > a.sister")] == ["Elsie", "Lacie"]
soup.b.replace_with("Tea")
assert "<p class=\"title\">Tea</p>" in str(soup)
