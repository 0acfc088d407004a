//! The bounds of one provider instance, and whether it has run into one.

use std::sync::Arc;

use composectl_plan::ProviderLimits;
use wasmtime::ResourceLimiter;

use crate::limits::{ByteSize, MemoryLimit};
use crate::totals::Totals;

/// Enforces what [`ProviderLimits`] says about memories, tables and instances. Growth beyond a bound fails for the
/// guest, which may cope; what was refused is remembered, so that a trap that follows can be explained.
pub struct Limiter {
    limits: ProviderLimits,
    memory: MemoryLimit,
    refused: Option<Refused>,
}

/// What a guest wanted and did not get.
#[derive(Clone, Copy)]
enum Refused {
    Memory,
    /// Of the whole run.
    Total(usize),
    Table,
}

impl Limiter {
    /// A limiter for a fresh store.
    pub fn new(limits: ProviderLimits, totals: Arc<Totals>) -> Self {
        let bytes = usize::try_from(limits.memory_bytes).unwrap_or(usize::MAX);
        Self { limits, memory: MemoryLimit::new(ByteSize(bytes), totals), refused: None }
    }

    /// The bounds.
    pub fn limits(&self) -> &ProviderLimits {
        &self.limits
    }

    /// What was refused since [`Limiter::forget`], in words.
    pub fn refused(&self) -> Option<String> {
        Some(match self.refused? {
            Refused::Total(most) => format!(
                "more memory than is left of the {most} bytes of the whole run (total_memory_bytes, \
                 --max-total-memory)"
            ),
            Refused::Memory => {
                format!(
                    "more memory than its limit of {} bytes (memory_bytes)",
                    self.limits.memory_bytes
                )
            }
            Refused::Table => format!(
                "a table of more than {} elements (table_elements)",
                self.limits.table_elements
            ),
        })
    }

    /// What has just refused memory.
    fn memory_refused(&self) -> Refused {
        self.memory.refused_by_totals().map_or(Refused::Memory, Refused::Total)
    }

    /// Begins another call.
    pub fn forget(&mut self) {
        self.refused = None;
    }
}

impl ResourceLimiter for Limiter {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let granted = self.memory.memory_growing(current, desired, maximum)?;
        // Beyond the memory's own maximum it fails everywhere.
        if !granted && maximum.is_none_or(|maximum| desired <= maximum) {
            self.refused = Some(self.memory_refused());
        }
        Ok(granted)
    }

    fn memory_grow_failed(&mut self, error: wasmtime::Error) -> wasmtime::Result<()> {
        self.memory.memory_grow_failed(error)
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let within =
            u64::try_from(desired).is_ok_and(|desired| desired <= self.limits.table_elements);
        if !within {
            self.refused = Some(Refused::Table);
            return Ok(false);
        }
        let granted = self.memory.table_growing(current, desired, maximum)?;
        if !granted && maximum.is_none_or(|maximum| desired <= maximum) {
            self.refused = Some(self.memory_refused());
        }
        Ok(granted)
    }

    fn table_grow_failed(&mut self, error: wasmtime::Error) -> wasmtime::Result<()> {
        self.memory.table_grow_failed(error)
    }

    fn instances(&self) -> usize {
        usize::try_from(self.limits.instances).unwrap_or(usize::MAX)
    }

    fn tables(&self) -> usize {
        usize::try_from(self.limits.tables).unwrap_or(usize::MAX)
    }

    fn memories(&self) -> usize {
        usize::try_from(self.limits.memories).unwrap_or(usize::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_refused_is_remembered_until_the_next_call() {
        let limits =
            ProviderLimits { memory_bytes: 180, table_elements: 10, ..ProviderLimits::default() };
        let mut limiter = Limiter::new(limits, Totals::new(1 << 20));
        assert!(limiter.memory_growing(0, 100, None).expect("no failure"));
        assert!(limiter.table_growing(0, 10, None).expect("no failure"));
        assert_eq!(limiter.refused(), None);
        assert!(!limiter.memory_growing(100, 101, None).expect("no failure"));
        assert!(limiter.refused().expect("refused").contains("180 bytes (memory_bytes)"));
        assert!(!limiter.table_growing(10, 11, None).expect("no failure"));
        assert!(limiter.refused().expect("refused").contains("10 elements (table_elements)"));
        limiter.forget();
        assert_eq!(limiter.refused(), None);
    }
}
