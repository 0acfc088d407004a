use std::path::Path;

/// A module of ours that is written as text.
fn assembled(name: &str, checked_in: &[u8]) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let bytes = wat::parse_file(folder.join(format!("{name}.wat"))).unwrap();
    if std::env::var("UPDATE_EXPECT").is_ok_and(|value| value == "1") {
        std::fs::write(folder.join(format!("{name}.wasm")), &bytes).unwrap();
        return;
    }
    assert!(
        bytes == checked_in,
        "{name}.wasm is not what {name}.wat says; UPDATE_EXPECT=1 cargo test -p fuse mends it"
    );
}

#[test]
fn the_modules_that_are_checked_in_are_what_their_texts_say() {
    assembled("handles", crate::jobs::HANDLES);
    assembled("buffer", crate::jobs::BUFFER);
    assembled("utf8", crate::adapter::UTF8_WASM);
}
