//! The shims of small contracts, as text. `UPDATE_EXPECT=1` writes what is generated now.

mod support;

use anyhow::Result;
use expect_test::expect_file;
use support::Contract;

fn check(case: &str) -> Result<()> {
    let dir = support::tests().join("golden").join(case);
    let contract = Contract::parse(&dir.join("test.wit"))?;
    // A cap in Rust calls nobody back.
    let rust = contract.rust().ok();
    assert_eq!(rust.is_some(), case != "callbacks");
    for file in contract.shims()?.into_iter().chain(rust) {
        expect_file![dir.join(&file.name)].assert_eq(&file.text);
    }
    Ok(())
}

#[test]
fn bytes() -> Result<()> {
    check("bytes")
}

#[test]
fn records() -> Result<()> {
    check("records")
}

#[test]
fn resources() -> Result<()> {
    check("resources")
}

#[test]
fn callbacks() -> Result<()> {
    check("callbacks")
}

#[test]
fn results() -> Result<()> {
    check("results")
}

/// Nothing depends on addresses, hashes or the order of a hash map.
#[test]
fn the_same_contract_gives_the_same_text() -> Result<()> {
    let path = support::tests().join("everything/test.wit");
    let texts = || -> Result<Vec<String>> {
        let contract = Contract::parse(&path)?;
        let files = contract.shims()?.into_iter().chain(contract.rust().ok());
        Ok(files.map(|file| file.text).collect())
    };
    assert_eq!(texts()?, texts()?);
    Ok(())
}
