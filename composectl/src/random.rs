//! Numbers that nobody can foresee.

use std::io;

/// Fills `bytes`, at most 256, from the system's generator.
pub fn fill(bytes: &mut [u8]) -> io::Result<()> {
    // SAFETY: pointer and length are those of `bytes`. Requests of up to 256 bytes are never cut short.
    let filled = unsafe { libc::getrandom(bytes.as_mut_ptr().cast(), bytes.len(), 0) };
    if usize::try_from(filled) == Ok(bytes.len()) {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}
