//! MicroPython's image with every cap that can be folded in: MicroPython's own tests and ours, on WAMR and on wasmtime.

pub mod caps;
pub mod engine;
mod frozen;
pub mod programs;
mod rebuild;
pub mod starts;
pub mod subject;
mod upstream;

use anyhow::Result;

use super::subject::Subject;
use super::suite::Suite;

/// Adds the tests of `image`. `pylon` is what caps are compared with.
pub fn add<'a>(
    suite: &mut Suite<'a>,
    image: &'a subject::Subject<'a>,
    pylon: &'a Subject<'a>,
) -> Result<()> {
    // It runs as many at once by itself.
    suite.chain("mp", upstream::tests(image)?);
    suite.group("mp", programs::tests(image)?);
    suite.group("mp", starts::tests(image)?);
    suite.group("mp", caps::tests(image, pylon)?);
    // One copy of the checkout after the other.
    let mut copies = frozen::tests(image);
    copies.push(rebuild::test(image));
    suite.chain("mp", copies);
    Ok(())
}
