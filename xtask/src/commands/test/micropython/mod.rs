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

/// Runs the groups of MicroPython. `pylon` is what caps are compared with.
pub fn run(suite: &mut Suite, pylon: &Subject) -> Result<()> {
    let session = pylon.session;
    let jobs = session.global.jobs;
    let image = subject::Subject::new(session);
    // It runs as many at once by itself.
    suite.group("mp", 1, upstream::tests(&image)?);
    suite.group("mp", jobs, programs::tests(&image)?);
    suite.group("mp", jobs, starts::tests(&image)?);
    suite.group("mp", jobs, caps::tests(&image, pylon)?);
    // One copy of the checkout after the other.
    suite.group("mp", 1, frozen::tests(&image));
    suite.group("mp", 1, vec![rebuild::test(&image)]);
    Ok(())
}
