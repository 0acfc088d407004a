//! What all guests of a run may have together: the program and every provider.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The memory of a run, in bytes.
#[derive(Debug)]
pub struct Totals {
    most: usize,
    used: AtomicUsize,
}

impl Totals {
    /// Totals of a run that may have `most` bytes.
    pub fn new(most: u64) -> Arc<Self> {
        Arc::new(Self {
            most: usize::try_from(most).unwrap_or(usize::MAX),
            used: AtomicUsize::new(0),
        })
    }

    /// The bound.
    pub fn most(&self) -> usize {
        self.most
    }

    /// Takes `bytes`, or nothing if there are not as many left.
    pub fn take(&self, bytes: usize) -> bool {
        let more = |used: usize| used.checked_add(bytes).filter(|used| *used <= self.most);
        self.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).is_ok()
    }

    /// Gives back what was taken.
    pub fn give_back(&self, bytes: usize) {
        self.used.fetch_sub(bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_given_back_can_be_taken_again() {
        let totals = Totals::new(100);
        assert!(totals.take(60));
        assert!(!totals.take(41) && !totals.take(usize::MAX));
        assert!(totals.take(40));
        totals.give_back(60);
        assert!(totals.take(60) && !totals.take(1));
    }
}
