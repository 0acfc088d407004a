#[rustfmt::skip]
#[path = "../gen/cap.rs"]
mod bindings;

use std::alloc::{Layout, alloc, dealloc};
use std::cell::{Cell, RefCell};

use bindings::exports::test::memory::api::{Entry, Guest, GuestItem, Item};
use bindings::runtime::text_to_return;

struct Cap;
bindings::export!(Cap);

/// What was got from malloc(), a list.
type Filled = *mut Filled_;
struct Filled_(Filled);

thread_local! {
    static FILLED: Cell<Filled> = const { Cell::new(std::ptr::null_mut()) };
    static POOL: RefCell<[Option<AnItem>; 4096]> = const { RefCell::new([const { None }; 4096]) };
}

/// Of a pool: that memory is full is no reason not to make one.
struct AnItem;

impl GuestItem for AnItem {
    unsafe fn resource_into_raw_(item: Option<AnItem>) -> *mut Option<AnItem> {
        POOL.with_borrow_mut(|pool| {
            let free = pool.iter_mut().find(|item| item.is_none()).expect("it was looked for");
            *free = item;
            &raw mut *free
        })
    }

    unsafe fn resource_from_raw_(place: *mut Option<AnItem>) -> Option<AnItem> {
        unsafe { (*place).take() }
    }

    fn create() -> Option<Item> {
        let room = POOL.with_borrow(|pool| pool.iter().any(Option::is_none));
        room.then(|| Item::new(AnItem))
    }

    fn text(&self) -> String {
        text_to_return("taken")
    }
}

fn sum(bytes: &[u8]) -> u64 {
    bytes.iter().map(|byte| u64::from(*byte)).sum()
}

impl Guest for Cap {
    type Item = AnItem;

    /// Takes all the memory that the module can have. Most of it is never touched, so that a test does not need gigabytes.
    fn fill() {
        for size in (0..=15).rev() {
            while core::arch::wasm32::memory_grow::<0>(1 << size) != usize::MAX {}
        }
        for size in (2..=20).rev() {
            let layout = Layout::from_size_align(1 << size, align_of::<Filled>());
            let layout = layout.expect("it is small");
            loop {
                let memory: Filled = unsafe { alloc(layout) }.cast();
                if memory.is_null() {
                    break;
                }
                unsafe { memory.write(Filled_(FILLED.get())) };
                FILLED.set(memory);
            }
        }
    }

    /// Gives back what malloc() gave.
    fn release() {
        while !FILLED.get().is_null() {
            let memory = FILLED.get();
            FILLED.set(unsafe { (*memory).0 });
            unsafe { dealloc(memory.cast(), Layout::new::<Filled>()) };
        }
    }

    fn sum(bytes: Vec<u8>) -> u64 {
        sum(&bytes)
    }

    fn sum_words(words: Vec<u64>) -> u64 {
        words.into_iter().fold(0, u64::wrapping_add)
    }

    fn sum_entries(entries: Vec<Entry>) -> u64 {
        let of = |entry: &Entry| sum(entry.name.as_bytes()) + sum(&entry.data);
        entries.iter().map(of).sum()
    }

    fn same(bytes: Vec<u8>) -> Vec<u8> {
        bytes
    }

    fn make(length: u32) -> Option<Vec<u8>> {
        let mut made = Vec::new();
        made.try_reserve_exact(length as usize).ok()?;
        made.resize(length as usize, 1);
        Some(made)
    }
}
