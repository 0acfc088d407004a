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

#[test]
fn functions() -> Result<()> {
    check("functions", &[])
}

#[test]
fn values() -> Result<()> {
    check("values", &[])
}

#[test]
fn choices() -> Result<()> {
    check("choices", &[])
}

#[test]
fn resources() -> Result<()> {
    check("resources", &[])
}

#[test]
fn callbacks() -> Result<()> {
    check("callbacks", &[])
}

#[test]
fn answered_by_hand() -> Result<()> {
    check("answered-by-hand", &["demo:kit/files"])
}

#[test]
fn by_hand() -> Result<()> {
    check("by-hand", &["total", "Adder.add", "fast(data: Buffer, value: int = 0) -> int"])
}
