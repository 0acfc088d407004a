//! What compiling may cost.

use std::time::Duration;

use wasmparser::{Parser, Payload};

/// Functions of a component, those of all its modules together. CPython with all caps has some thirty thousand.
pub const MOST_FUNCTIONS: u64 = 250_000;
/// Local variables of one function. The time that they take grows faster than their number.
pub const MOST_LOCALS: u64 = 10_000;
/// Bytes of one function.
pub const MOST_BODY_BYTES: u64 = 1 << 20;

/// How a refusal begins that is about one of these bounds.
pub const BEYOND: &str = "beyond a bound: ";

/// Fails if there is more to be compiled than may be. What is wrong with the bytes otherwise is for the compiler to say.
pub fn check(wasm: &[u8]) -> Result<(), String> {
    let mut functions: u64 = 0;
    for payload in Parser::new(0).parse_all(wasm).map_while(Result::ok) {
        let Payload::CodeSectionEntry(body) = payload else { continue };
        functions += 1;
        let bytes = body.range().end - body.range().start;
        let locals: u64 = body.get_locals_reader().map_or(0, |locals| {
            locals.into_iter().map_while(Result::ok).map(|(count, _)| u64::from(count)).sum()
        });
        for (what, found, most) in [
            ("functions", functions, MOST_FUNCTIONS),
            ("bytes in one function", bytes, MOST_BODY_BYTES),
            ("local variables in one function", locals, MOST_LOCALS),
        ] {
            if found > most {
                return Err(format!("{BEYOND}it has more than {most} {what}"));
            }
        }
    }
    Ok(())
}

/// What compiling may take of the machine; it grows with what is compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Bytes.
    pub memory: u64,
    /// Of processor time, over all threads.
    pub seconds: u64,
}

impl Budget {
    // CPython with its caps, 15 MB, takes some 200 MiB and five seconds; DuckDB, whose 30 MB are code, 1350 MiB. What a
    // hostile megabyte costs is this and as much as composectl itself: below 256 MiB together.
    const MEMORY: u64 = 136 << 20;
    const MEMORY_PER_BYTE: u64 = 48;
    const MOST_MEMORY: u64 = 2 << 30;
    const TIME: Duration = Duration::from_secs(10);
    const BYTES_PER_SECOND: u64 = 256 << 10;

    /// The budget for WebAssembly of this size.
    pub fn for_size(bytes: usize) -> Self {
        let bytes = bytes as u64;
        Self {
            memory: (Self::MEMORY + bytes.saturating_mul(Self::MEMORY_PER_BYTE))
                .min(Self::MOST_MEMORY),
            seconds: Self::TIME.as_secs() + bytes / Self::BYTES_PER_SECOND,
        }
    }

    /// What is said when the memory was used up.
    pub fn memory_spent(self) -> String {
        format!(
            "it takes more than {} MiB of memory, which is what its size allows",
            self.memory >> 20
        )
    }

    /// What is said when the time was used up.
    pub fn seconds_spent(self) -> String {
        format!(
            "it takes more than {} seconds of processor time, which is what its size allows",
            self.seconds
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(text: &str) -> Result<(), String> {
        check(&wat::parse_str(text).expect("well-formed"))
    }

    #[test]
    fn what_is_large_in_one_way_is_refused_before_it_is_compiled() {
        let function = |content: &str| format!("(component (core module (func {content})))");
        checked(&function(&"(local i32)".repeat(MOST_LOCALS as usize))).expect("at the bound");
        let said = checked(&function(&"(local i32)".repeat(MOST_LOCALS as usize + 1)));
        assert_eq!(
            said,
            Err(format!("{BEYOND}it has more than 10000 local variables in one function"))
        );
        let said = checked(&function(&"nop ".repeat(MOST_BODY_BYTES as usize)));
        assert_eq!(said, Err(format!("{BEYOND}it has more than 1048576 bytes in one function")));
        let many = "(func)".repeat(MOST_FUNCTIONS as usize / 2 + 1);
        let said = checked(&format!("(component (core module {many}) (core module {many}))"));
        assert_eq!(said, Err(format!("{BEYOND}it has more than 250000 functions")));
    }

    #[test]
    fn the_budget_follows_the_size() {
        assert_eq!(Budget::for_size(0), Budget { memory: 136 << 20, seconds: 10 });
        assert_eq!(Budget::for_size(1 << 20), Budget { memory: 184 << 20, seconds: 14 });
        assert_eq!(Budget::for_size(128 << 20), Budget { memory: 2 << 30, seconds: 522 });
    }
}
