//! `--trace`: a line on stderr for each resolve and each call, indented by how deep it is nested.

use std::time::{Duration, Instant};

use composectl_plan::Digest;

use super::error::LinkError;
use super::host::How;
use crate::report::Reporter;

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
    pub fn invoked(
        self,
        depth: u32,
        id: &str,
        method: &str,
        payload: usize,
        reply: &Result<Vec<u8>, LinkError>,
        begin: Instant,
    ) {
        let outcome = match reply {
            Ok(bytes) => bytes.len().to_string(),
            Err(error) => error.code.clone(),
        };
        let time = begin.elapsed();
        self.line(depth, &format!("invoke {id} {method}: {payload} -> {outcome}, {time:.1?}"));
    }

    fn line(self, depth: u32, text: &str) {
        let indent = 2 * usize::try_from(depth).unwrap_or(0);
        self.reporter.say(&format!("trace: {:indent$}{text}", ""));
    }
}
