"""feedparser: a feed, its entries and dates.

with: feedparser
"""

import feedparser

feed = feedparser.parse("""<?xml version="1.0"?><rss version="2.0"><channel><title>Sample Feed</title>
<item><title>First &amp; only</title><link>http://example.org/1</link>
<pubDate>Thu, 05 Sep 2002 00:00:01 GMT</pubDate><description>&lt;b&gt;bold&lt;/b&gt;&lt;script&gt;x&lt;/script&gt;</description></item>
</channel></rss>""")
assert feed.version == "rss20" and feed.feed.title == "Sample Feed" and not feed.bozo
entry = feed.entries[0]
assert entry.title == "First & only" and entry.published_parsed[:3] == (2002, 9, 5)
assert entry.description == "<b>bold</b>", entry.description
