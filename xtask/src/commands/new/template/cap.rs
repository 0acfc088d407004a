//! The contract wit/@NAME@.

#[allow(clippy::all, reason = "it is generated")]
#[rustfmt::skip]
#[path = "../gen/@IDENT@_cap.rs"]
mod bindings;
@USES@
struct Cap;
bindings::export!(Cap);

impl Guest for Cap {
@TYPES@
    fn checksum(value: u32, data: Vec<u8>) -> Result<u32, Problem> {
        if data.is_empty() {
            return Err(Problem::Empty);
        }
        Ok(added(value, &data))
    }
}

/// In place of the library.
fn added(sum: u32, data: &[u8]) -> u32 {
    data.iter().fold(sum, |sum, byte| sum.wrapping_add((*byte).into()))
}
