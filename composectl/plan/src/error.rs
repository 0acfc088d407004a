//! The error of this crate: a code that programs decide on, and a text for people.

use std::fmt;

/// What went wrong, in the words of `compose:dynlink` (its `error.code`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
pub enum Code {
    PlanInvalidSchema,
    PlanMissingField,
    PlanInvalidGraph,
    PlanCycleDetected,
    EmitMissingBlob,
    EmitInvalidDigest,
    EmitLinkError,
    ExecTrap,
    ExecTimeout,
    ExecResourceExhausted,
    ExecCapabilityDenied,
    ExecMissingExport,
    ExecBusy,
    BlobNotFound,
    BlobDigestMismatch,
    BlobIoError,
    TrustVerificationFailed,
    TrustSignatureInvalid,
    TrustUntrustedSource,
    InvalidInput,
    InternalError,
    NotImplemented,
}

const CODES: [(Code, &str); 22] = [
    (Code::PlanInvalidSchema, "plan-invalid-schema"),
    (Code::PlanMissingField, "plan-missing-field"),
    (Code::PlanInvalidGraph, "plan-invalid-graph"),
    (Code::PlanCycleDetected, "plan-cycle-detected"),
    (Code::EmitMissingBlob, "emit-missing-blob"),
    (Code::EmitInvalidDigest, "emit-invalid-digest"),
    (Code::EmitLinkError, "emit-link-error"),
    (Code::ExecTrap, "exec-trap"),
    (Code::ExecTimeout, "exec-timeout"),
    (Code::ExecResourceExhausted, "exec-resource-exhausted"),
    (Code::ExecCapabilityDenied, "exec-capability-denied"),
    (Code::ExecMissingExport, "exec-missing-export"),
    (Code::ExecBusy, "exec-busy"),
    (Code::BlobNotFound, "blob-not-found"),
    (Code::BlobDigestMismatch, "blob-digest-mismatch"),
    (Code::BlobIoError, "blob-io-error"),
    (Code::TrustVerificationFailed, "trust-verification-failed"),
    (Code::TrustSignatureInvalid, "trust-signature-invalid"),
    (Code::TrustUntrustedSource, "trust-untrusted-source"),
    (Code::InvalidInput, "invalid-input"),
    (Code::InternalError, "internal-error"),
    (Code::NotImplemented, "not-implemented"),
];

impl Code {
    /// The code as WIT, plans and `--json` output write it, for example `blob-not-found`.
    pub fn as_str(self) -> &'static str {
        // The table lists the codes in the order of their declaration; a test holds it to that.
        CODES[self as usize].1
    }

    /// The code that is written `text`, if there is one.
    pub fn parse(text: &str) -> Option<Self> {
        CODES.iter().find(|(_, known)| *known == text).map(|(code, _)| *code)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// An error: the same three fields as the `error` record of `compose:dynlink`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    /// What kind of error it is.
    pub code: Code,
    /// What happened, naming the thing: a lower-case fragment without a full stop.
    pub message: String,
    /// What to do about it, or where it was found; shown as a `hint:` line.
    pub context: Option<String>,
}

impl Error {
    /// An error without context.
    pub fn new(code: Code, message: impl fmt::Display) -> Self {
        Self { code, message: message.to_string(), context: None }
    }

    /// The same error with a context.
    pub fn with_context(mut self, context: impl fmt::Display) -> Self {
        self.context = Some(context.to_string());
        self
    }
}

/// A result with this crate's error.
pub type Result<T, E = Error> = std::result::Result<T, E>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_reads_back() {
        for (index, (code, text)) in CODES.iter().enumerate() {
            assert_eq!(*code as usize, index);
            assert_eq!(code.as_str(), *text);
            assert_eq!(Code::parse(text), Some(*code));
        }
        assert_eq!(Code::parse("no-such-code"), None);
    }
}
