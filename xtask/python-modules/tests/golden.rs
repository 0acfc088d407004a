//! The modules of small contracts, as text: a folder for each feature of WIT. `UPDATE_EXPECT=1` writes what is generated now.

mod support;

use anyhow::Result;
use expect_test::expect_file;
use python_modules::ByHand;

fn check(case: &str, by_hand: &[&str]) -> Result<()> {
    let dir = support::tests().join("golden").join(case);
    let by_hand: Vec<_> = by_hand.iter().map(|text| ByHand::parse(text)).collect();
    for file in support::module(&dir.join("test.wit"), &by_hand)? {
        expect_file![dir.join(&file.name)].assert_eq(&file.text);
    }
    Ok(())
}

/// The same for MicroPython.
fn check_micropython(case: &str, by_hand: &[&str]) -> Result<()> {
    let dir = support::tests().join("golden").join(case);
    let by_hand: Vec<_> = by_hand.iter().map(|text| ByHand::parse(text)).collect();
    let text = std::fs::read_to_string(dir.join("test.wit"))?;
    for file in support::micropython_of(&text, &by_hand, &[])? {
        expect_file![dir.join(&file.name)].assert_eq(&file.text);
    }
    Ok(())
}

#[test]
fn functions() -> Result<()> {
    check("functions", &[])?;
    check_micropython("functions", &[])
}

#[test]
fn values() -> Result<()> {
    check("values", &[])?;
    check_micropython("values", &[])
}

#[test]
fn choices() -> Result<()> {
    check("choices", &[])?;
    check_micropython("choices", &[])
}

#[test]
fn resources() -> Result<()> {
    check("resources", &[])?;
    check_micropython("resources", &[])
}

#[test]
fn callbacks() -> Result<()> {
    check("callbacks", &[])?;
    check_micropython("callbacks", &[])
}

#[test]
fn answered_by_hand() -> Result<()> {
    check("answered-by-hand", &["demo:kit/files"])
}

#[test]
fn by_hand() -> Result<()> {
    let by_hand = [
        "total",
        "Adder.add",
        "fast(data: Buffer, value: int = 0) -> int",
        "Adder.halve(by: int = 2) -> None",
        "Adder.shown() -> str",
    ];
    check("by-hand", &by_hand)?;
    check_micropython("by-hand", &by_hand)
}
