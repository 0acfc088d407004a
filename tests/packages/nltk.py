"""nltk: words, stems, grammars, without data.

with: nltk
fails: regex
"""

from nltk import CFG, ChartParser, FreqDist, bigrams
from nltk.stem import PorterStemmer, SnowballStemmer
from nltk.tokenize import RegexpTokenizer, TreebankWordTokenizer

words = TreebankWordTokenizer().tokenize("They'll save and invest more.")
assert words == ["They", "'ll", "save", "and", "invest", "more", "."]
assert PorterStemmer().stem("running") == "run" and SnowballStemmer("german").stem("häuser") == "haus"
assert FreqDist(RegexpTokenizer(r"\w+").tokenize("a b a")).most_common(1) == [("a", 2)]
assert list(bigrams([1, 2, 3])) == [(1, 2), (2, 3)]
grammar = CFG.fromstring("S -> NP VP\nNP -> 'I' | 'fish'\nVP -> V NP\nV -> 'eat'")
assert [str(tree) for tree in ChartParser(grammar).parse(["I", "eat", "fish"])] == ["(S (NP I) (VP (V eat) (NP fish)))"]
