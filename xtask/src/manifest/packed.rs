//! A version that a header states as one number.

/// The macro, and how many bits each of its numbers has, the highest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packed {
    pub define: String,
    bits: Vec<u32>,
}

impl Packed {
    /// Reads `8.12.12`.
    ///
    /// None unless those are numbers of bits that a number of 64 has room for.
    pub fn new(define: &str, bits: &str) -> Option<Packed> {
        let bits: Option<Vec<u32>> = bits.split('.').map(|number| number.parse().ok()).collect();
        let bits = bits?;
        let fits =
            bits.iter().all(|bits| (1..=32).contains(bits)) && bits.iter().sum::<u32>() <= 64;
        (bits.len() > 1 && fits).then(|| Packed { define: define.to_owned(), bits })
    }

    /// The version in what the macro is defined as, `0x01001000u`. Of more numbers than the version is to have those that are 0 at
    /// the end are left out.
    pub fn version(&self, number: &str, wanted: usize) -> Option<String> {
        let number = number.trim_matches(['(', ')']).trim_end_matches(['u', 'U', 'l', 'L']);
        let mut rest = match number.strip_prefix("0x").or(number.strip_prefix("0X")) {
            Some(digits) => u64::from_str_radix(digits, 16).ok()?,
            None => number.parse().ok()?,
        };
        let mut numbers: Vec<u64> = Vec::new();
        for bits in self.bits.iter().rev() {
            numbers.insert(0, rest & ((1 << bits) - 1));
            rest >>= bits;
        }
        if rest != 0 {
            return None;
        }
        while numbers.len() > wanted && numbers.last() == Some(&0) {
            numbers.pop();
        }
        Some(numbers.iter().map(u64::to_string).collect::<Vec<_>>().join("."))
    }
}

/// What `bits` of a recipe may be.
pub fn bits(text: &str) -> Result<(), &'static str> {
    match Packed::new("", text) {
        Some(_) => Ok(()),
        None => Err("how many bits each number has, the highest first, like `8.12.12`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_unpacked() {
        let version = |bits, number| Packed::new("V", bits).unwrap().version(number, 3);
        assert_eq!(version("8.12.12", "0x1001002").as_deref(), Some("1.1.2"));
        assert_eq!(version("8.12.12", "(0x01001000UL)").as_deref(), Some("1.1.0"));
        assert_eq!(version("4.4.4.4", "0x1310").as_deref(), Some("1.3.1"));
        assert_eq!(version("4.4.4.4", "0x131f").as_deref(), Some("1.3.1.15"));
        assert_eq!(version("8.8", "515").as_deref(), Some("2.3"));
        assert_eq!(version("8.8", "0x10000"), None);
        assert_eq!(version("8.8", "MAJOR"), None);
        for wrong in ["8", "8.x", "0.8", "33.8", "32.32.1", ""] {
            assert_eq!(Packed::new("V", wrong), None, "{wrong}");
        }
    }
}
