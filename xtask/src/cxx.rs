//! What C++ is compiled and linked with: exceptions as the engine has them, and the library of `vendor/libcxx`, which is
//! not the SDK's, since that has neither exceptions nor mutexes.

use anyhow::{Result, ensure};

use crate::compile::{Compile, Library, Place};
use crate::graph::Context;
use crate::manifest::{BuildKind, VendorRecipe, Workspace};
use crate::toolchain::{Target, Toolchain};
use crate::vendored::vendored;

/// The recipe of the library.
pub const LIBRARY: &str = "libcxx";

/// Warnings for the C++ of this repository, and its version.
pub const OUR_WARNINGS: &[&str] = &["-std=c++17", "-Wall", "-Wextra", "-Werror"];

/// Of each file in C++. Without the third, clang would make the legacy encoding of exceptions, which few engines run.
const FLAGS: &[&str] = &["-nostdinc++", "-fwasm-exceptions", "-mllvm", "-wasm-use-legacy-eh=false"];

/// What each file in C++ is compiled with, besides what it is compiled with as any other.
#[derive(Clone, Debug)]
pub struct Cxx {
    flags: Vec<String>,
    include: Vec<Place>,
}

impl Cxx {
    /// For files that use the library, and the library.
    pub fn ensure(
        cx: &Context,
        toolchain: &Toolchain,
        workspace: &Workspace,
        target: Target,
    ) -> Result<(Cxx, Library)> {
        let recipe = workspace.vendor(LIBRARY)?;
        let vendored = vendored(cx, toolchain, workspace, recipe, target)?;
        let mut cxx = Cxx::without_library(vendored.include);
        cxx.flags.extend(prefix(recipe));
        Ok((cxx, vendored.library))
    }

    /// For the library's own files, with its headers.
    pub fn without_library(include: Vec<Place>) -> Cxx {
        Cxx { flags: FLAGS.iter().map(|flag| flag.to_string()).collect(), include }
    }

    /// What compiles the file in C++ that `compile` would take for one in C. `own` flags win.
    pub fn apply(&self, compile: Compile, own: &[String]) -> Compile {
        let flags = self.flags.iter().chain(&compile.flags).chain(own).cloned().collect();
        // Its headers wrap libc's of the same names, and so come before everything that is not ours.
        let include = self.include.iter().chain(&compile.include).cloned().collect();
        Compile { flags, include, ..compile }
    }
}

/// The flags that have the compiler read those headers first that the recipe says.
pub fn prefix(recipe: &VendorRecipe) -> Vec<String> {
    let BuildKind::Objects(objects) = &recipe.kind else { return Vec::new() };
    let paths = objects.prefix.iter().map(|header| recipe.dir.join(header).into_string());
    paths.flat_map(|path| ["-include".to_owned(), path]).collect()
}

/// Fails for a target without it.
pub fn check_target(name: &str, target: Target) -> Result<()> {
    let only = Target::Wasip2;
    ensure!(target == only, "{name} is C++, which is compiled for {} only", only.triple());
    Ok(())
}
