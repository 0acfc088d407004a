//! The last net below libraries that panic on what they do not know.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

thread_local! {
    /// Whether this thread is within [`contain`].
    static CONTAINED: Cell<bool> = const { Cell::new(false) };
}

/// What `work` returns, or what it panicked with; of the panic nothing is printed.
pub fn contain<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let others = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            if !CONTAINED.get() {
                others(panic);
            }
        }));
    });
    CONTAINED.set(true);
    let outcome = panic::catch_unwind(AssertUnwindSafe(work));
    CONTAINED.set(false);
    outcome.map_err(|payload| match payload.downcast::<String>() {
        Ok(text) => *text,
        Err(payload) => payload.downcast_ref::<&str>().copied().unwrap_or("a panic").to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_its_message() {
        assert_eq!(contain(|| 1), Ok(1));
        assert_eq!(contain(|| -> u8 { panic!("odd") }), Err("odd".to_owned()));
        assert_eq!(contain(|| -> u8 { panic!("{} odd", 2) }), Err("2 odd".to_owned()));
        let number = contain(|| "x".parse::<u8>().unwrap());
        assert!(number.unwrap_err().contains("InvalidDigit"));
    }
}
