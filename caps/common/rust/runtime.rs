//! What the generated bindings of a cap in Rust stand on, and its memory. They include this file as `bindings::runtime`.
//!
//! Memory is that of the C around it, one `malloc` for both sides: what a contract hands over is freed by whoever got it.
//! Rust ends the program where an allocation fails, so a cap asks first: `Vec::try_reserve_exact` for what grows with the
//! input, [`has_room_for`] before a resource is made (docs/add-a-cap.md, "A cap in Rust").

use std::alloc::{GlobalAlloc, Layout};
use std::ptr::NonNull;

unsafe extern "C" {
    fn malloc(size: usize) -> *mut u8;
    fn calloc(count: usize, size: usize) -> *mut u8;
    fn realloc(memory: *mut u8, size: usize) -> *mut u8;
    fn aligned_alloc(alignment: usize, size: usize) -> *mut u8;
    fn free(memory: *mut u8);
}

/// What `malloc` aligns to.
const ALIGNMENT: usize = 2 * size_of::<usize>();

/// The C library's `malloc`.
pub struct Malloc;

#[global_allocator]
static MALLOC: Malloc = Malloc;

// SAFETY: each function is the C library's own for what it does, and `free` takes what any of them returned.
unsafe impl GlobalAlloc for Malloc {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if layout.align() <= ALIGNMENT {
            return unsafe { malloc(layout.size()) };
        }
        unsafe { aligned_alloc(layout.align(), layout.pad_to_align().size()) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if layout.align() <= ALIGNMENT {
            return unsafe { calloc(layout.size(), 1) };
        }
        let memory = unsafe { self.alloc(layout) };
        if !memory.is_null() {
            unsafe { memory.write_bytes(0, layout.size()) };
        }
        memory
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if layout.align() <= ALIGNMENT {
            return unsafe { realloc(memory, size) };
        }
        let moved = unsafe { self.alloc(Layout::from_size_align_unchecked(size, layout.align())) };
        if !moved.is_null() {
            unsafe {
                moved.copy_from_nonoverlapping(memory, layout.size().min(size));
                free(memory);
            }
        }
        moved
    }

    unsafe fn dealloc(&self, memory: *mut u8, _: Layout) {
        unsafe { free(memory) };
    }
}

/// Whether there is memory for a resource that `T` implements: then the next one can be made.
#[allow(dead_code, reason = "a cap may have no resources")]
pub fn has_room_for<T: Resource>() -> bool {
    let mut room: Vec<T::Rep> = Vec::new();
    room.try_reserve_exact(1).is_ok()
}

/// Memory for what a call is passed or returns, up to 128 KiB in all even where there is none left: a reserve is kept for it.
/// `free` takes it. The size is not 0.
fn to_hand_over(layout: Layout) -> NonNull<u8> {
    #[cfg(target_arch = "wasm32")]
    let memory = {
        unsafe extern "C" {
            fn cabi_realloc(memory: *mut u8, old: usize, alignment: usize, size: usize) -> *mut u8;
        }
        // SAFETY: it returns memory of that size, or does not return.
        unsafe { cabi_realloc(std::ptr::null_mut(), 0, layout.align(), layout.size()) }
    };
    #[cfg(not(target_arch = "wasm32"))]
    // SAFETY: the size is not 0.
    let memory = unsafe { MALLOC.alloc(layout) };
    NonNull::new(memory).unwrap_or_else(|| std::alloc::handle_alloc_error(layout))
}

/// Room for the items of a list that arrives and is put together anew; from the reserve, likewise.
#[allow(dead_code, reason = "a cap may be passed no such lists")]
pub fn room_for_argument<T>(count: usize) -> Vec<T> {
    match Layout::array::<T>(count) {
        Ok(layout) if layout.size() > 0 => {
            let memory = to_hand_over(layout).as_ptr().cast();
            // SAFETY: it is that large, and `free` takes it.
            unsafe { Vec::from_raw_parts(memory, 0, count) }
        }
        _ => Vec::with_capacity(count),
    }
}

/// So many zeros for a result, which have memory even where there is none left, up to 128 KiB in a call.
#[allow(dead_code, reason = "a cap may return no bytes")]
pub fn bytes_to_return(length: usize) -> Vec<u8> {
    let Some(layout) = Layout::array::<u8>(length).ok().filter(|layout| layout.size() > 0) else {
        return vec![0; length];
    };
    let memory = to_hand_over(layout).as_ptr();
    // SAFETY: it is that large, and `free` takes it.
    unsafe {
        memory.write_bytes(0, length);
        Vec::from_raw_parts(memory, length, length)
    }
}

/// The text as a result, likewise.
#[allow(dead_code, reason = "a cap may return no text")]
pub fn text_to_return(text: &str) -> String {
    let mut bytes = bytes_to_return(text.len());
    bytes.copy_from_slice(text.as_bytes());
    // SAFETY: they are those of a text.
    unsafe { String::from_utf8_unchecked(bytes) }
}

/// The memory of a list that bindings lower for a result.
#[allow(dead_code, reason = "a cap may return no lists")]
pub struct Cleanup(NonNull<u8>);

#[allow(dead_code, reason = "a cap may return no lists")]
impl Cleanup {
    pub fn new(layout: Layout) -> (*mut u8, Option<Cleanup>) {
        if layout.size() == 0 {
            return (std::ptr::null_mut(), None);
        }
        let memory = to_hand_over(layout);
        (memory.as_ptr(), Some(Cleanup(memory)))
    }

    /// Leaves it to who gets the result.
    pub fn forget(self) {
        std::mem::forget(self);
    }
}

impl Drop for Cleanup {
    fn drop(&mut self) {
        // SAFETY: it is memory of `to_hand_over`, and nobody else's.
        unsafe { free(self.0.as_ptr()) };
    }
}

/// What implements a resource of a contract.
pub trait Resource: Sized + 'static {
    /// What its handle stands for.
    type Rep: ResourceRep<Self>;
}

impl<T: 'static> Resource for T {
    type Rep = Option<T>;
}

/// How the implementation of a resource is kept.
///
/// # Safety
///
/// What was taken is not dropped again.
pub unsafe trait ResourceRep<T> {
    /// Keeps it.
    fn rep_new(implementation: T) -> Self;
    /// # Safety
    ///
    /// It is kept there.
    unsafe fn rep_as_ref<'a>(kept: *const Self) -> &'a T;
    /// # Safety
    ///
    /// It is kept there, and nobody else refers to it.
    unsafe fn rep_as_mut<'a>(kept: *mut Self) -> &'a mut T;
    /// # Safety
    ///
    /// It is kept there, and not asked for again.
    unsafe fn rep_take(kept: *mut Self) -> T;
}

const KEPT: &str = "invariant: a handle that was given away is not used";

// SAFETY: what was taken leaves None.
unsafe impl<T> ResourceRep<T> for Option<T> {
    fn rep_new(implementation: T) -> Option<T> {
        Some(implementation)
    }

    unsafe fn rep_as_ref<'a>(kept: *const Option<T>) -> &'a T {
        unsafe { &*kept }.as_ref().expect(KEPT)
    }

    unsafe fn rep_as_mut<'a>(kept: *mut Option<T>) -> &'a mut T {
        unsafe { &mut *kept }.as_mut().expect(KEPT)
    }

    unsafe fn rep_take(kept: *mut Option<T>) -> T {
        unsafe { &mut *kept }.take().expect(KEPT)
    }
}

/// Flags of a contract: as much of the crate `bitflags` as bindings use.
pub mod bitflags {
    #[allow(unused_macros, reason = "a contract may have no flags")]
    macro_rules! bitflags {
        (
            $(#[$attribute:meta])*
            $visibility:vis struct $name:ident: $bits:ty {
                $($(#[$of_flag:meta])* const $flag:ident = $value:expr;)*
            }
        ) => {
            $(#[$attribute])*
            $visibility struct $name($bits);

            #[allow(dead_code, reason = "which flags a cap asks for is its own matter")]
            impl $name {
                $($(#[$of_flag])* pub const $flag: $name = $name($value);)*

                pub const fn empty() -> $name {
                    $name(0)
                }

                pub const fn from_bits_retain(bits: $bits) -> $name {
                    $name(bits)
                }

                pub const fn bits(&self) -> $bits {
                    self.0
                }

                pub const fn contains(&self, flags: $name) -> bool {
                    self.0 & flags.0 == flags.0
                }
            }

            impl ::core::ops::BitOr for $name {
                type Output = $name;

                fn bitor(self, other: $name) -> $name {
                    $name(self.0 | other.0)
                }
            }
        };
    }
    #[allow(unused_imports, reason = "a contract may have no flags")]
    pub(crate) use bitflags;
}
