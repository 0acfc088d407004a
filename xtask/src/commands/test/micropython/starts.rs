//! `runtimes/micropython/tests/starts.toml`: how programs start and end, each a run of its own, on every engine.

use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;

use anyhow::Result;

use super::super::starts::{self, Start};
use super::super::suite::Test;
use super::engine::{Engine, Grants};
use super::programs::on_each;
use super::subject::Subject;

pub const FILE: &str = "runtimes/micropython/tests/starts.toml";

pub fn tests<'a>(subject: &'a Subject<'a>) -> Result<Vec<Test<'a>>> {
    let test = |start: Start| {
        Test::new(format!("start {}", start.name), move || {
            let built = subject.built()?;
            let untyped = Engine::untyped(&built.wamr);
            Ok(on_each(built.engines().chain([&untyped]), |engine| {
                start.check(|work| Ok(command(&built.image, engine, &start, work)))
            }))
        })
    };
    Ok(starts::load(subject.session.root(), FILE)?.into_iter().map(test).collect())
}

/// `start` of a MicroPython, in the folder `work`.
pub fn command(image: &Path, engine: &Engine, start: &Start, work: &Path) -> Command {
    let env: Vec<_> = start.env.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let env: Vec<_> = env.iter().map(String::as_str).collect();
    let folder = [OsStr::new(".")];
    let folders = if start.needs_a_folder() { &folder[..] } else { &[] };
    let grants = Grants { folders, env: &env, memory: None };
    let mut command = engine.command(image, &grants);
    command.args(&start.args).current_dir(work);
    command
}
