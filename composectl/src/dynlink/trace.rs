//! `--trace`: a line on stderr for each resolve and each call, indented by how deep it is nested.

use std::time::{Duration, Instant};

use composectl_plan::Digest;

use super::error::LinkError;
use super::host::How;
use crate::report::Reporter;

/// A call or a question that is open.
pub struct Noted {
    method: String,
    payload: usize,
    begin: Instant,
}

impl Noted {
    /// One that begins now, with a payload of that many bytes.
    pub fn new(method: String, payload: usize) -> Self {
        Self { method, payload, begin: Instant::now() }
    }
}

/// Prints what happens.
#[derive(Clone, Copy)]
pub struct Trace {
    reporter: Reporter,
}

impl Trace {
    /// A trace to stderr.
    pub fn new(reporter: Reporter) -> Self {
        Self { reporter }
    }

    /// `resolve ID sha256:0123456789ab memory|cache|compiled: code 12.3µs, instance 45.6µs`
    pub fn resolved(
        self,
        depth: u32,
        id: &str,
        digest: &Digest,
        how: How,
        code: Duration,
        instance: Duration,
    ) {
        let hex = digest.hex();
        self.line(
            depth,
            &format!(
                "resolve {id} sha256:{} {}: code {code:.1?}, instance {instance:.1?}",
                &hex[..12],
                how.name()
            ),
        );
    }

    /// `resolve ID: CODE: MESSAGE, 12.3µs`
    pub fn refused(self, depth: u32, name: &str, error: &LinkError, begin: Instant) {
        self.line(
            depth,
            &format!("resolve {name}: {}: {}, {:.1?}", error.code, error.message, begin.elapsed()),
        );
    }

    /// `invoke ID METHOD: 64 -> 8 bytes, 1.2µs`, or with the error's code in place of the reply's size.
    pub fn invoked(self, depth: u32, id: &str, call: &Noted, reply: Result<usize, &LinkError>) {
        self.exchanged("invoke", depth, id, call, reply);
    }

    /// `ask ID METHOD: 64 -> 8 bytes, 1.2µs`: what the provider asked its consumer, and the answer.
    pub fn asked(self, depth: u32, id: &str, asked: &Noted, answer: Result<usize, &LinkError>) {
        self.exchanged("ask", depth, id, asked, answer);
    }

    fn exchanged(
        self,
        verb: &str,
        depth: u32,
        id: &str,
        noted: &Noted,
        outcome: Result<usize, &LinkError>,
    ) {
        let outcome = match outcome {
            Ok(length) => length.to_string(),
            Err(error) => error.code.clone(),
        };
        let Noted { method, payload, begin } = noted;
        let time = begin.elapsed();
        self.line(depth, &format!("{verb} {id} {method}: {payload} -> {outcome}, {time:.1?}"));
    }

    fn line(self, depth: u32, text: &str) {
        let indent = 2 * usize::try_from(depth).unwrap_or(0);
        self.reporter.say(&format!("trace: {:indent$}{text}", ""));
    }
}
