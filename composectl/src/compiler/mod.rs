//! Compiling, in a process of its own.
//!
//! WebAssembly of a megabyte can take the compiler minutes and gigabytes, and nothing stops it from within. So composectl
//! starts itself with the hidden command [`COMMAND`], hands over the bytes and takes the code back through pipes. The child
//! ([`child`]) first counts what is to be compiled (`bounds.rs`), has limits of the kernel's on memory and processor time
//! that follow from the size, and is killed when the time of whoever waits for the code is over.

pub mod bounds;
pub mod child;
mod exchange;

use std::fmt;
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, ExitStatus};
use std::thread;

use composectl_plan::Deadline;
use libc::{SIGABRT, SIGKILL, SIGXCPU};
use wasmparser::Parser;

use self::bounds::Budget;
use crate::engine::Role;

/// The word that makes a composectl the child.
pub const COMMAND: &str = "compile-in-child";
/// Threads that compile.
const MOST_THREADS: usize = 8;
/// How the child's answers begin: code follows, of which the length is told, or the reason why there is none.
const CODE: &str = "code ";
const REFUSAL: &str = "no code: ";

/// Why there is no code.
#[derive(Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is not valid: what it is not, and why.
    Invalid(String),
    /// Compiling it takes more than it may.
    TooCostly(String),
    /// The time of whoever waits was over first.
    Late,
    /// The child could not be started, or failed.
    Broken(String),
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid(why) => write!(formatter, "is not a valid {why}"),
            Self::TooCostly(why) => write!(formatter, "is too costly to compile: {why}"),
            Self::Late => formatter.write_str(
                "takes longer to compile than there is time for (`composectl precompile` compiles it beforehand)",
            ),
            Self::Broken(why) => write!(formatter, "cannot be compiled: {why}"),
        }
    }
}

/// The native code of a component, or of a core module, for guests with this role.
pub fn compile(wasm: &[u8], role: Role, deadline: Deadline) -> Result<Vec<u8>, Fault> {
    let budget = Budget::for_size(wasm.len());
    let mut command = Command::new("/proc/self/exe");
    command.args(child::Order { role, budget }.words()).env_clear();
    // Each thread has functions of its own in the works, and memory is bounded.
    let threads = thread::available_parallelism().map_or(1, usize::from).min(MOST_THREADS);
    command.env("RAYON_NUM_THREADS", threads.to_string());
    let ended = exchange::run(&mut command, wasm, deadline).map_err(|error| {
        Fault::Broken(format!("composectl cannot start itself for it (/proc/self/exe): {error}"))
    })?;
    match ended {
        exchange::Ended::Killed => Err(Fault::Late),
        exchange::Ended::Answered { answer, status } => {
            understand(answer, status, budget).map_err(|fault| match fault {
                Fault::Invalid(why) => Fault::Invalid(format!("{}: {why}", kind(wasm))),
                fault => fault,
            })
        }
    }
}

fn kind(wasm: &[u8]) -> &'static str {
    if Parser::is_core_wasm(wasm) { "core module" } else { "component" }
}

/// What the child's answer means. Whatever it printed without having been asked is taken for the words of a crash.
fn understand(
    mut answer: Vec<u8>,
    status: io::Result<ExitStatus>,
    budget: Budget,
) -> Result<Vec<u8>, Fault> {
    if let Some(start) = code_start(&answer) {
        answer.drain(..start);
        return Ok(answer);
    }
    let text = String::from_utf8_lossy(&answer[..answer.len().min(4096)]);
    if let Some(why) = text.strip_prefix(REFUSAL) {
        return Err(match why.strip_prefix(bounds::BEYOND) {
            Some(why) => Fault::TooCostly(why.to_owned()),
            None => Fault::Invalid(why.to_owned()),
        });
    }
    let signal = status.as_ref().ok().and_then(ExitStatusExt::signal);
    match signal {
        Some(SIGXCPU) => Err(Fault::TooCostly(budget.seconds_spent())),
        Some(SIGKILL) => Err(Fault::TooCostly(
            "it was killed, as the kernel does when memory runs out".to_owned(),
        )),
        Some(SIGABRT) if text.contains("memory allocation") => {
            Err(Fault::TooCostly(budget.memory_spent()))
        }
        _ => {
            let status = status.map_or_else(|error| error.to_string(), |status| status.to_string());
            let last = text.trim().lines().last().unwrap_or_default();
            Err(Fault::Broken(format!("the compiler failed ({status}) {last}")))
        }
    }
}

/// Where the code begins in a whole answer.
fn code_start(answer: &[u8]) -> Option<usize> {
    let told = answer.strip_prefix(CODE.as_bytes())?;
    let digits = told.iter().take(20).position(|byte| *byte == b'\n')?;
    let length: usize = std::str::from_utf8(&told[..digits]).ok()?.parse().ok()?;
    let start = CODE.len() + digits + 1;
    (answer.len() == start + length).then_some(start)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn understood(answer: &[u8], status: i32) -> Result<Vec<u8>, Fault> {
        let budget = Budget::for_size(1 << 20);
        understand(answer.to_vec(), Ok(ExitStatus::from_raw(status)), budget)
    }

    #[test]
    fn only_a_whole_answer_is_code() {
        assert_eq!(understood(b"code 3\nabc", 0), Ok(b"abc".to_vec()));
        for broken in [&b"code 3\nab"[..], b"code 3\nabcd", b"code 3", b"code x\nabc", b"", b"abc"]
        {
            assert!(matches!(understood(broken, 0), Err(Fault::Broken(_))), "{broken:?}");
        }
    }

    #[test]
    fn what_ended_the_child_is_told_apart() {
        let text = |answer: &[u8], status| understood(answer, status).expect_err("no code");
        assert_eq!(text(b"no code: odd bytes", 256), Fault::Invalid("odd bytes".to_owned()));
        let many = format!("{REFUSAL}{}too many", bounds::BEYOND);
        assert_eq!(text(many.as_bytes(), 256), Fault::TooCostly("too many".to_owned()));
        let aborted = text(b"memory allocation of 5 bytes failed", SIGABRT);
        assert!(aborted.to_string().contains("MiB of memory"), "{aborted}");
        assert!(text(b"", SIGXCPU).to_string().contains("processor time"));
        assert!(matches!(text(b"thread panicked", 101 << 8), Fault::Broken(_)));
    }
}
