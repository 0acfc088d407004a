//! How composectl is linked where it is a program of users: for Linux with glibc, in release builds. A start of 4 ms is spent
//! on pages and relocations as much as on instructions (docs/adr/0049).

use std::env;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=start.ld");
    let is = |name: &str, value: &str| env::var(name).is_ok_and(|found| found == value);
    let features = env::var("CARGO_CFG_TARGET_FEATURE").unwrap_or_default();
    if !is("PROFILE", "release")
        || !is("CARGO_CFG_TARGET_OS", "linux")
        || !is("CARGO_CFG_TARGET_ENV", "gnu")
        || !is("CARGO_CFG_TARGET_ARCH", "x86_64")
        || features.split(',').any(|feature| feature == "crt-static")
    {
        return;
    }
    // The unwinder from an archive, before the shared library that the standard library names: one file less to be found,
    // mapped and relocated, whose constructor asks the processor for its features. A linker that looks back only
    // takes the shared library all the same.
    println!("cargo:rustc-link-lib=static:-bundle=gcc_eh");
    // 43,000 relocations in 10 KB instead of 1 MB.
    println!("cargo:rustc-link-arg-bin=composectl=-Wl,-z,pack-relative-relocs");
    // The functions of a start, side by side. Other linkers have no scripts.
    if has_scripts() {
        let script = format!("{}/start.ld", env::var("CARGO_MANIFEST_DIR").expect("cargo sets it"));
        println!("cargo:rustc-link-arg-bin=composectl=-Wl,-T,{script}");
    }
}

/// Whether no other linker was chosen than those that rustc takes by itself.
fn has_scripts() -> bool {
    println!("cargo:rerun-if-env-changed=RUSTC_LINKER");
    let flags = env::var("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default();
    env::var_os("RUSTC_LINKER").is_none()
        && !["mold", "gold", "wild"].iter().any(|name| flags.contains(name))
}
