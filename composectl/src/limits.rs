//! The bounds of a run: `--timeout`, `--max-memory` and `--max-wasm-stack`.
//!
//! **Time** is watched by the main thread while the guest runs on another (`run.rs`). Epoch checks in the
//! compiled code would cost every loop of every guest, need cache entries of their own, and could not end a
//! guest that waits inside the host (reading stdin, sleeping, accepting a connection); ending the process can.
//! Providers, whose time-out has to come back as an error value, pay for epochs (`dynlink/ticker.rs`).
//!
//! **Memory** is counted over all linear memories of a guest: a composed pylon.wasm has one for Python and one
//! for each cap. Its tables count, too. And the program and all providers together have a bound (`totals.rs`).
//!
//! **Handles** of resources are kept by the host, outside of those memories. A guest that has one too many traps, which
//! it cannot catch; so their bound follows that of memory, which a guest meets first.

use std::sync::Arc;
use std::time::Duration;

use wasmtime::ResourceLimiter;

use crate::totals::Totals;

/// `--timeout`: how long the guest may run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Timeout(pub Duration);

impl Timeout {
    /// Reads `30`, `30s`, `1.5s`, `500ms`, `2m`, `1h`; more than zero.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (number, unit) = split_unit(text);
        let number: f64 = number
            .parse()
            .map_err(|_| "expected a number and a unit, for example 30s".to_owned())?;
        let seconds_per_unit = match unit {
            "" | "s" => 1.0,
            "ms" => 1e-3,
            "m" | "min" => 60.0,
            "h" => 3600.0,
            _ => return Err(format!("unknown unit `{unit}`; known are ms, s, m, h")),
        };
        match Duration::try_from_secs_f64(number * seconds_per_unit) {
            Ok(duration) if !duration.is_zero() => Ok(Self(duration)),
            _ => Err("must be more than zero (and not astronomical)".to_owned()),
        }
    }
}

/// `--max-memory`: a number of bytes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ByteSize(pub usize);

impl ByteSize {
    /// Reads `1048576`, `64K`, `256M`, `1G`, `256MiB`, `256MB`. All units are powers of 1024, as in ulimit(1)
    /// and container runtimes.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (number, unit) = split_unit(text);
        let number: usize = number
            .parse()
            .map_err(|_| "expected a whole number and a unit, for example 256M".to_owned())?;
        let shift = match unit.to_ascii_lowercase().as_str() {
            "" | "b" => 0,
            "k" | "kb" | "kib" => 10,
            "m" | "mb" | "mib" => 20,
            "g" | "gb" | "gib" => 30,
            _ => return Err(format!("unknown unit `{unit}`; known are K, M, G")),
        };
        match number.checked_mul(1 << shift) {
            Some(bytes) if bytes > 0 => Ok(Self(bytes)),
            _ => Err("must be more than zero and fit in memory".to_owned()),
        }
    }
}

/// `--max-wasm-stack`: how deep the guest may recurse, in bytes of native stack.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StackSize(pub usize);

impl StackSize {
    /// Below, a program hardly starts.
    const SMALLEST: usize = 16 << 10;
    /// Above, the stack could meet other mappings: the kernel keeps 128 MiB of addresses free for it.
    const LARGEST: usize = 64 << 20;

    /// Reads what [`ByteSize`] reads, from 16K to 64M.
    pub fn parse(text: &str) -> Result<Self, String> {
        match ByteSize::parse(text)?.0 {
            size @ Self::SMALLEST..=Self::LARGEST => Ok(Self(size)),
            _ => Err("must be from 16K to 64M".to_owned()),
        }
    }
}

/// A number and the unit behind it.
fn split_unit(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    (&text[..end], text[end..].trim())
}

/// How many handles of resources a guest may hold that has `memory`.
///
/// Each takes some 24 bytes of the host's. What the guest itself keeps for one, a resource's representation on one side
/// and an object on the other, is more than [`LEAST_PER_HANDLE`].
pub fn most_handles(memory: ByteSize) -> usize {
    /// In bytes.
    const LEAST_PER_HANDLE: usize = 64;
    /// What a linear memory has at most.
    const ALL: usize = 4 << 30;
    /// wasmtime's default.
    const LEAST: usize = 100_000;
    (memory.0 / LEAST_PER_HANDLE).clamp(LEAST, ALL / LEAST_PER_HANDLE)
}

/// The bytes of an element of a table.
const ELEMENT: usize = 8;

/// Counts the bytes of all linear memories and tables of a guest and refuses growth beyond a bound, its own or that of
/// all guests. The guest sees `memory.grow` fail, which Python turns into MemoryError.
#[derive(Debug)]
pub struct MemoryLimit {
    bound: usize,
    totals: Arc<Totals>,
    used: usize,
    last_growth: usize,
    refused_at_start: Option<String>,
    refused_by_totals: bool,
}

impl MemoryLimit {
    /// A limit of `bound`, which is part of `totals`.
    pub fn new(bound: ByteSize, totals: Arc<Totals>) -> Self {
        let (used, last_growth) = (0, 0);
        let (refused_at_start, refused_by_totals) = (None, false);
        Self { bound: bound.0, totals, used, last_growth, refused_at_start, refused_by_totals }
    }

    /// The bound of all guests, if it was what refused the last growth.
    pub fn refused_by_totals(&self) -> Option<usize> {
        self.refused_by_totals.then(|| self.totals.most())
    }

    /// Grows what has `current` bytes to `desired`, if it may.
    fn grow(&mut self, current: usize, desired: usize) -> bool {
        let growth = desired.saturating_sub(current);
        let total = self.used.saturating_add(growth);
        let within = total <= self.bound;
        self.refused_by_totals = within && !self.totals.take(growth);
        if !within || self.refused_by_totals {
            // What grows from nothing is being created.
            if current == 0 {
                self.refused_at_start = Some(if within {
                    let most = self.totals.most();
                    format!(
                        "{growth} bytes of memory to start; all guests may have {most} (--max-total-memory)"
                    )
                } else {
                    format!("{total} bytes of memory to start; --max-memory allows {}", self.bound)
                });
            }
            return false;
        }
        self.used = total;
        self.last_growth = growth;
        true
    }

    fn grow_failed(&mut self) {
        self.used -= self.last_growth;
        self.totals.give_back(self.last_growth);
        self.last_growth = 0;
    }

    /// How much the guest would have needed only to start, if that was refused, and what refused it.
    pub fn refused_at_start(&self) -> Option<String> {
        self.refused_at_start.clone()
    }
}

impl Drop for MemoryLimit {
    fn drop(&mut self) {
        self.totals.give_back(self.used);
    }
}

impl ResourceLimiter for MemoryLimit {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        // Beyond the memory's own maximum it fails everywhere.
        if maximum.is_some_and(|maximum| desired > maximum) {
            return Ok(false);
        }
        Ok(self.grow(current, desired))
    }

    fn memory_grow_failed(&mut self, _error: wasmtime::Error) -> wasmtime::Result<()> {
        self.grow_failed();
        Ok(())
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        if maximum.is_some_and(|maximum| desired > maximum) {
            return Ok(false);
        }
        Ok(self.grow(current.saturating_mul(ELEMENT), desired.saturating_mul(ELEMENT)))
    }

    fn table_grow_failed(&mut self, _error: wasmtime::Error) -> wasmtime::Result<()> {
        self.grow_failed();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read() {
        for (text, expected) in
            [("30", 30_000), ("1.5s", 1500), ("500ms", 500), ("2m", 120_000), ("1h", 3_600_000)]
        {
            assert_eq!(
                Timeout::parse(text),
                Ok(Timeout(Duration::from_millis(expected))),
                "{text}"
            );
        }
        for text in [
            "",
            "s",
            "0",
            "0s",
            "-1s",
            "1d",
            "1e400",
            "99999999999999999999h",
            "1.2.3s",
            "nan",
            "inf",
        ] {
            assert!(Timeout::parse(text).is_err(), "{text} must be refused");
        }
    }

    #[test]
    fn sizes_are_read() {
        for (text, expected) in [
            ("65536", 65536),
            ("64K", 65536),
            ("256M", 256 << 20),
            ("1GiB", 1 << 30),
            ("1gb", 1 << 30),
        ] {
            assert_eq!(ByteSize::parse(text), Ok(ByteSize(expected)), "{text}");
        }
        for text in ["", "M", "0", "1.5G", "-1", "1T", "99999999999999999999"] {
            assert!(ByteSize::parse(text).is_err(), "{text} must be refused");
        }
    }

    #[test]
    fn stacks_are_neither_tiny_nor_huge() {
        for text in ["16K", "512K", "1048576", "64M"] {
            assert!(StackSize::parse(text).is_ok(), "{text}");
        }
        for text in ["0", "16383", "65M", "1G", "x"] {
            assert!(StackSize::parse(text).is_err(), "{text} must be refused");
        }
    }

    #[test]
    fn handles_are_bounded_by_memory() {
        assert_eq!(most_handles(ByteSize(4 << 30)), 1 << 26);
        assert_eq!(most_handles(ByteSize(1 << 30)), 1 << 24);
        assert_eq!(most_handles(ByteSize(1 << 20)), 100_000);
        assert_eq!(most_handles(ByteSize(usize::MAX)), 1 << 26);
    }

    fn limit(bytes: usize) -> MemoryLimit {
        MemoryLimit::new(ByteSize(bytes), Totals::new(1000))
    }

    #[test]
    fn tables_count_as_memory() {
        let mut limit = limit(100);
        assert!(limit.table_growing(0, 10, None).expect("80 bytes"));
        assert!(!limit.table_growing(10, 13, None).expect("refused, not failed"));
        assert!(!limit.table_growing(10, usize::MAX, None).expect("refused, not failed"));
        assert!(!limit.memory_growing(0, 21, None).expect("refused, not failed"));
        assert!(limit.memory_growing(0, 20, None).expect("exactly the bound"));
    }

    #[test]
    fn all_guests_together_have_a_bound_and_give_back_what_they_had() {
        let totals = Totals::new(150);
        let mut one = MemoryLimit::new(ByteSize(100), Arc::clone(&totals));
        let mut other = MemoryLimit::new(ByteSize(100), Arc::clone(&totals));
        assert!(one.memory_growing(0, 100, None).expect("allowed"));
        assert!(!other.memory_growing(0, 60, None).expect("refused, not failed"));
        assert_eq!(other.refused_by_totals(), Some(150));
        drop(one);
        assert!(other.memory_growing(0, 60, None).expect("allowed"));
        assert_eq!(other.refused_by_totals(), None);
    }

    #[test]
    fn memories_are_counted_together() {
        let mut limit = limit(100);
        assert!(limit.memory_growing(0, 60, None).expect("first memory"));
        assert!(limit.memory_growing(0, 30, None).expect("second memory"));
        assert!(!limit.memory_growing(60, 71, None).expect("refused, not failed"));
        assert_eq!(limit.refused_at_start(), None);
        assert!(limit.memory_growing(60, 70, None).expect("exactly the bound"));
    }

    #[test]
    fn failed_growth_is_given_back() {
        let mut limit = limit(100);
        assert!(limit.memory_growing(0, 60, None).expect("allowed"));
        limit.memory_grow_failed(wasmtime::Error::msg("no memory")).expect("counted back");
        assert!(limit.memory_growing(0, 100, None).expect("allowed again"));
    }

    #[test]
    fn growth_beyond_the_modules_own_maximum_is_not_counted() {
        let mut limit = limit(100);
        assert!(!limit.memory_growing(0, 60, Some(50)).expect("refused"));
        assert!(limit.memory_growing(0, 100, None).expect("nothing was counted"));
    }

    #[test]
    fn a_guest_too_large_to_start_is_remembered() {
        let mut limit = limit(100);
        assert!(!limit.memory_growing(0, 160, None).expect("refused"));
        assert!(limit.refused_at_start().expect("refused").starts_with("160 bytes"));
    }
}
