//! The same mutations on every machine and in every run.

/// Makes inputs of those of a corpus.
pub struct Mutator<'c> {
    corpus: &'c [Vec<u8>],
    state: u64,
}

/// What means something to one of the parsers.
const WORDS: &[&[u8]] = &[
    b"{",
    b"}",
    b"[",
    b"]",
    b"\"",
    b":",
    b",",
    b"null",
    b"-1",
    b"1e999",
    b"18446744073709551616",
    b"\\u0000",
    b"\\ud800",
    b"\n",
    b"\r",
    b"\0",
    b"\x1b[2J",
    b"\xe2\x80\xae",
    b"\xff",
    b"#",
    b"=",
    b"..",
    b"/",
    b"::",
    b":ro",
    b"oci:",
    b"@sha256:",
    b"http://",
    b"https://",
    b"\\\"",
    b"Bearer ",
    b"\xff\xff\xff\xff\x0f",
    b"\x00asm",
    b"version",
    b"digest",
    b"xdebugpy",
];

/// Inputs do not grow beyond this.
const LONGEST: usize = 64 << 10;

impl<'c> Mutator<'c> {
    pub fn new(corpus: &'c [Vec<u8>]) -> Self {
        assert!(!corpus.is_empty(), "the corpus is empty");
        Self { corpus, state: 0x2545_f491_4f6c_dd1d }
    }

    /// A number below `bound` (xorshift).
    fn below(&mut self, bound: usize) -> usize {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        (self.state % bound.max(1) as u64) as usize
    }

    fn range(&mut self, bytes: &[u8]) -> std::ops::Range<usize> {
        let start = self.below(bytes.len() + 1);
        let most = if self.below(4) == 0 { bytes.len() } else { 16 };
        let end = (start + self.below(most + 1)).min(bytes.len());
        start..end
    }

    /// The next input.
    pub fn next(&mut self) -> Vec<u8> {
        let corpus = self.corpus;
        let mut bytes = corpus[self.below(corpus.len())].clone();
        for _ in 0..=self.below(4) {
            self.change(&mut bytes);
        }
        bytes.truncate(LONGEST);
        bytes
    }

    fn change(&mut self, bytes: &mut Vec<u8>) {
        let range = self.range(bytes);
        let at = range.start;
        match self.below(8) {
            0 if at < bytes.len() => bytes[at] ^= 1 << self.below(8),
            1 if at < bytes.len() => bytes[at] = self.below(256) as u8,
            2 => drop(bytes.drain(range)),
            3 => {
                let word = WORDS[self.below(WORDS.len())];
                bytes.splice(at..at, word.iter().copied());
            }
            4 => {
                let word = WORDS[self.below(WORDS.len())];
                bytes.splice(range, word.iter().copied());
            }
            // Part of another input, or of the same once more.
            5 => {
                let corpus = self.corpus;
                let other = &corpus[self.below(corpus.len())];
                let part = self.range(other);
                bytes.splice(at..at, other[part].iter().copied());
            }
            // The same again and again: what is not linear shows.
            6 => {
                let part = bytes[range].to_vec();
                let times = 1 << self.below(12);
                let times = times.min(LONGEST / part.len().max(1));
                bytes.splice(at..at, part.repeat(times));
            }
            _ => bytes.truncate(at),
        }
    }
}

#[test]
fn inputs_are_the_same_in_every_run() {
    let corpus = [b"abc".to_vec(), b"{}".to_vec()];
    let inputs = || {
        let mut mutator = Mutator::new(&corpus);
        (0..100).map(|_| mutator.next()).collect::<Vec<_>>()
    };
    assert_eq!(inputs(), inputs());
    assert!(inputs().iter().collect::<std::collections::BTreeSet<_>>().len() > 50);
}
