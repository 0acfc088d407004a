//! One file per target, compiled, linked and looked at, before an SDK is used for anything.

use std::fs;

use anyhow::{Result, bail};

use super::{FITTING_SDK, Target, Toolchain, libc_layout};
use crate::graph::{Context, Inputs, Step, Work};

/// Uses the C library, a compiler builtin (128-bit division) and `#embed`, all of which later steps need.
const SOURCE: &str = r#"
#include <stdio.h>
#include <stdlib.h>
static const unsigned char self[] = {
#embed __FILE__ limit(16)
};
__attribute__((export_name("probe"))) int probe(unsigned long long low)
{
    unsigned __int128 wide = ((unsigned __int128)low << 64) / (low | 3);
    char *text = malloc(64);
    if (!text) abort();
    snprintf(text, 64, "%llu %d", (unsigned long long)wide, self[0]);
    puts(text);
    free(text);
    return 0;
}
"#;

#[derive(Clone, Debug)]
pub struct Probe {
    pub toolchain: Toolchain,
}

impl Step for Probe {
    const KIND: &'static str = "probe";
    const VERSION: u32 = 2;

    fn label(&self) -> String {
        "SDK".to_owned()
    }

    fn inputs(&self, _: &Context, inputs: &mut Inputs) -> Result<()> {
        self.toolchain.input(inputs);
        inputs.bytes("source", SOURCE);
        Ok(())
    }

    fn run(&self, _: &Context, work: &Work) -> Result<()> {
        let dir = work.scratch()?;
        fs::write(dir.join("probe.c"), SOURCE)?;
        for target in [Target::Wasip1, Target::Wasip2] {
            let module = self.build(work, target)?;
            check(target, &module)?;
        }
        libc_layout::check(work, &self.toolchain)?;
        Ok(fs::write(work.out().join("ok"), "")?)
    }
}

impl Probe {
    fn build(&self, work: &Work, target: Target) -> Result<Vec<u8>> {
        let dir = work.scratch()?;
        let sdk = &self.toolchain;
        sdk.tool(work, "clang")
            .arg(format!("--target={}", target.triple()))
            .arg(format!("--sysroot={}", sdk.sysroot().display()))
            .args(["-std=c23", "-O2", "-c", "probe.c", "-o", "probe.o"])
            .current_dir(&dir)
            .run()?;
        sdk.tool(work, "wasm-ld")
            .args(["-m", "wasm32", "--no-entry", "probe.o", "-lc", "-o", "probe.wasm"])
            .arg(format!("-L{}", sdk.library_dir(target).display()))
            .arg(sdk.builtins()?)
            .current_dir(&dir)
            .run()?;
        Ok(fs::read(dir.join("probe.wasm"))?)
    }
}

/// A wasip1 module imports preview1; a wasip2 module must not, or CPython's snapshot would have to know the
/// adapter's state.
fn check(target: Target, module: &[u8]) -> Result<()> {
    let mut modules = Vec::new();
    for payload in wasmparser::Parser::new(0).parse_all(module) {
        if let wasmparser::Payload::ImportSection(section) = payload? {
            for import in section.into_imports() {
                modules.push(import?.module.to_owned());
            }
        }
    }
    let fits = |name: &String| match target {
        Target::Wasip1 => name == "wasi_snapshot_preview1",
        Target::Wasip2 => name.starts_with("wasi:"),
    };
    if modules.is_empty() || !modules.iter().all(fits) {
        modules.sort();
        modules.dedup();
        bail!(
            "this SDK's libc for {} imports {}, which does not serve\nhint: the SDK that serves is {FITTING_SDK}",
            target.triple(),
            if modules.is_empty() { "nothing".to_owned() } else { modules.join(", ") },
        );
    }
    Ok(())
}
