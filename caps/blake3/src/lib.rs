//! The blake3 contract, over the crate of BLAKE3's authors.

#[allow(clippy::all, reason = "it is generated")]
#[rustfmt::skip]
#[path = "../gen/blake3_cap.rs"]
mod bindings;

use std::cell::RefCell;

use bindings::exports::blake3::hashing::hashing::{Failure, Guest, GuestHasher, Hasher, Purpose};
use bindings::runtime;

struct Cap;
bindings::export!(Cap);

impl Guest for Cap {
    type Hasher = State;
}

/// The most bytes that a call returns: what always has memory.
const MOST: u32 = 64 << 10;

struct State(RefCell<blake3::Hasher>);

impl State {
    fn handle(hasher: blake3::Hasher) -> Result<Hasher, Failure> {
        match runtime::has_room_for::<State>() {
            true => Ok(Hasher::new(State(RefCell::new(hasher)))),
            false => Err(Failure::Memory),
        }
    }
}

impl GuestHasher for State {
    fn create(purpose: Purpose) -> Result<Hasher, Failure> {
        State::handle(match purpose {
            Purpose::Hash => blake3::Hasher::new(),
            Purpose::Keyed(key) => {
                let key = key.as_slice().try_into().map_err(|_| Failure::KeyLength)?;
                blake3::Hasher::new_keyed(key)
            }
            Purpose::DeriveKey(context) => blake3::Hasher::new_derive_key(&context),
        })
    }

    fn update(&self, data: Vec<u8>) {
        self.0.borrow_mut().update(&data);
    }

    fn output(&self, seek: u64, length: u32) -> Vec<u8> {
        let mut output = runtime::bytes_to_return(length.min(MOST) as usize);
        let mut reader = self.0.borrow().finalize_xof();
        reader.set_position(seek);
        reader.fill(&mut output);
        output
    }

    fn copy(&self) -> Result<Hasher, Failure> {
        State::handle(self.0.borrow().clone())
    }

    fn reset(&self) {
        self.0.borrow_mut().reset();
    }
}
