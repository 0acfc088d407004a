#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| composectl_foreign::check("wasm", bytes));
