//! SHA-256 digests, written `sha256:<64 lower-case hex digits>`.

use std::fmt;
use std::str::FromStr;

use sha2::Digest as _;

use crate::error::{Code, Error};

/// A SHA-256.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// The digest of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self(sha2::Sha256::digest(bytes).into())
    }

    /// The digest that `bytes` are, for example the argument of `resolve-by-digest`; `emit-invalid-digest` unless
    /// they are 32.
    pub fn from_slice(bytes: &[u8]) -> Result<Self, Error> {
        bytes.try_into().map(Self).map_err(|_| {
            Error::new(
                Code::EmitInvalidDigest,
                format_args!("a digest has 32 bytes, this one {}", bytes.len()),
            )
        })
    }

    /// The 64 lower-case hex digits.
    pub fn hex(&self) -> String {
        hex::encode(self.0)
    }
}

impl FromStr for Digest {
    type Err = Error;

    /// Reads `sha256:<hex>` and nothing else: no other algorithm, no upper case, no bare hex.
    fn from_str(text: &str) -> Result<Self, Error> {
        let invalid = |reason: &str| {
            Error::new(Code::EmitInvalidDigest, format_args!("`{text}` is no digest: {reason}"))
                .with_context("a digest is written sha256:<64 lower-case hex digits>")
        };
        let digits = text
            .strip_prefix("sha256:")
            .ok_or_else(|| invalid("it does not begin with `sha256:`"))?;
        if digits.len() != 64 {
            return Err(invalid(&format!(
                "64 hex digits are expected, not {}",
                digits.chars().count()
            )));
        }
        if !digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
            return Err(invalid("only the digits 0-9 and a-f are expected"));
        }
        let mut digest = [0; 32];
        hex::decode_to_slice(digits, &mut digest).map_err(|error| invalid(&error.to_string()))?;
        Ok(Self(digest))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "sha256:{}", self.hex())
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_read_back() {
        let digest = Digest::of(b"");
        let text = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(digest.to_string(), text);
        assert_eq!(text.parse(), Ok(digest));
        assert_eq!(Digest::from_slice(&digest.0), Ok(digest));
    }

    #[test]
    fn anything_else_is_no_digest() {
        let good = Digest::of(b"").to_string();
        let bad = [
            String::new(),
            "sha256:".to_owned(),
            good[7..].to_owned(),
            good.to_uppercase(),
            format!("{good}0"),
            good[..70].to_owned(),
            good.replace('e', "g"),
            good.replace("sha256", "sha512"),
            format!("sha256:{}", "\u{e9}".repeat(32)),
            format!(" {good}"),
        ];
        for text in bad {
            let error = text.parse::<Digest>().expect_err(&text);
            assert_eq!(error.code, Code::EmitInvalidDigest, "{text}");
        }
        assert!(Digest::from_slice(&[0; 31]).is_err() && Digest::from_slice(&[]).is_err());
    }
}
