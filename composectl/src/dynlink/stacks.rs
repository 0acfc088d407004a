//! The native stacks of providers that ask their consumer: a call that waits for an answer keeps its own.
//!
//! wasmtime would make and unmake one for each instance; here some of them wait for the next one. Besides, theirs lie in
//! huge pages where the system has those for everything, and then each instance costs two megabytes.

use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use wasmtime::{StackCreator, StackMemory};

/// A multiple of every size of pages.
const PAGES: usize = 64 << 10;
/// What lies below a stack and cannot be touched. Frames of the host's are smaller.
const GUARD: usize = PAGES;
/// What a stack that waits for its next use may keep of its memory.
const KEPT: usize = PAGES;
/// Stacks that wait.
const MOST_WAITING: usize = 16;

/// Makes stacks, all of one size, and keeps some that are not used.
#[derive(Default)]
pub struct Stacks {
    waiting: Arc<Mutex<Vec<Mapping>>>,
}

// SAFETY: `top`, `range` and `guard_range` of a stack are those of a mapping that lives as long as the stack, its guard
// can be neither read nor written, and all are aligned to pages.
unsafe impl StackCreator for Stacks {
    fn new_stack(&self, size: usize, zeroed: bool) -> wasmtime::Result<Box<dyn StackMemory>> {
        let length = size.next_multiple_of(PAGES);
        let waiting = if zeroed { None } else { lock(&self.waiting).pop() };
        let mapping = match waiting {
            Some(mapping) if mapping.stack_length() == length => mapping,
            _ => Mapping::new(length)?,
        };
        Ok(Box::new(Stack { mapping: Some(mapping), waiting: Arc::clone(&self.waiting) }))
    }
}

fn lock(waiting: &Mutex<Vec<Mapping>>) -> MutexGuard<'_, Vec<Mapping>> {
    waiting.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A guard and, above it, the memory of a stack.
struct Mapping {
    base: usize,
    length: usize,
}

impl Mapping {
    fn new(stack: usize) -> wasmtime::Result<Self> {
        let length = stack + GUARD;
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE | libc::MAP_STACK;
        // SAFETY: a new mapping, where the kernel has room for it.
        let base =
            unsafe { libc::mmap(std::ptr::null_mut(), length, libc::PROT_NONE, flags, -1, 0) };
        if base == libc::MAP_FAILED {
            return Err(std::io::Error::last_os_error().into());
        }
        let mapping = Self { base: base as usize, length };
        // SAFETY: both are about the mapping that was just made, which nobody else knows.
        let failed = unsafe {
            // A kernel without huge pages refuses, and needs no telling.
            libc::madvise(base, length, libc::MADV_NOHUGEPAGE);
            libc::mprotect(
                mapping.range().start as *mut libc::c_void,
                stack,
                libc::PROT_READ | libc::PROT_WRITE,
            ) != 0
        };
        if failed {
            return Err(std::io::Error::last_os_error().into());
        }
        Ok(mapping)
    }

    fn range(&self) -> Range<usize> {
        self.base + GUARD..self.base + self.length
    }

    fn stack_length(&self) -> usize {
        self.length - GUARD
    }

    /// Gives the memory back that lies deeper than most calls go. The kernel is asked for it only if some is there.
    fn give_back(&self) {
        let deep = self.range().start..self.range().end.saturating_sub(KEPT);
        if deep.len() < PAGES {
            return;
        }
        let mut there = [0; PAGES / 4096];
        let upper = (deep.end - PAGES) as *mut libc::c_void;
        // SAFETY: the range is a part of this mapping, and nobody runs on it; `there` has a byte for each page of `PAGES`,
        // of which there are no more than of the smallest size.
        unsafe {
            libc::mincore(upper, PAGES, there.as_mut_ptr());
            if there.iter().any(|page| page & 1 != 0) {
                libc::madvise(deep.start as *mut libc::c_void, deep.len(), libc::MADV_DONTNEED);
            }
        }
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: the mapping is this value's, and nobody runs on it any more.
        unsafe { libc::munmap(self.base as *mut libc::c_void, self.length) };
    }
}

/// A stack in use.
struct Stack {
    /// There until it is dropped.
    mapping: Option<Mapping>,
    waiting: Arc<Mutex<Vec<Mapping>>>,
}

impl Stack {
    fn mapping(&self) -> &Mapping {
        self.mapping.as_ref().expect("invariant: taken only when it is dropped")
    }
}

// SAFETY: see `Stacks`.
unsafe impl StackMemory for Stack {
    fn top(&self) -> *mut u8 {
        self.mapping().range().end as *mut u8
    }

    fn range(&self) -> Range<usize> {
        self.mapping().range()
    }

    fn guard_range(&self) -> Range<*mut u8> {
        let start = self.mapping().base;
        start as *mut u8..(start + GUARD) as *mut u8
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        let Some(mapping) = self.mapping.take() else { return };
        let mut waiting = lock(&self.waiting);
        if waiting.len() < MOST_WAITING {
            mapping.give_back();
            waiting.push(mapping);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn touch(stack: &dyn StackMemory) {
        for page in stack.range().step_by(4096) {
            // SAFETY: within the stack, on which nobody runs.
            unsafe { (page as *mut u8).write_volatile(1) };
        }
    }

    fn resident(range: Range<usize>) -> usize {
        let mut there = vec![0; range.len() / 4096];
        // SAFETY: a part of a mapping, and a byte for each page of it.
        unsafe { libc::mincore(range.start as *mut libc::c_void, range.len(), there.as_mut_ptr()) };
        there.iter().filter(|page| **page & 1 != 0).count() * 4096
    }

    #[test]
    fn a_stack_waits_for_its_next_use_and_keeps_little() {
        let stacks = Stacks::default();
        let stack = stacks.new_stack(1 << 20, false).expect("memory");
        let range = stack.range();
        assert_eq!((stack.top() as usize, range.len()), (range.end, 1 << 20));
        touch(&*stack);
        assert_eq!(resident(range.clone()), 1 << 20);
        drop(stack);
        assert!(resident(range.clone()) <= KEPT);
        let again = stacks.new_stack(1 << 20, false).expect("memory");
        assert_eq!(again.range(), range);
    }

    #[test]
    fn few_stacks_wait_and_none_is_taken_for_one_of_another_size() {
        let stacks = Stacks::default();
        let many: Vec<_> =
            (0..40).map(|_| stacks.new_stack(1 << 20, false).expect("memory")).collect();
        drop(many);
        assert_eq!(lock(&stacks.waiting).len(), MOST_WAITING);
        let large = stacks.new_stack(2 << 20, false).expect("memory");
        assert_eq!(large.range().len(), 2 << 20);
    }
}
