//! MicroPython with caps folded in to the image: linked, checked, stripped of names.

use std::fs;

use anyhow::{Context as _, Result};

use super::link::{Linked, Parts};
use super::{Engine, Glued, check};
use crate::graph::{Artifact, Context, Inputs, Step, Work};
use crate::wasm::strip;

/// MicroPython for an engine: `image.wasm`; `named.wasm`, the same with names of functions; `caps.txt`, a line for each
/// cap with its name and size; `report.txt`, what the passes did.
#[derive(Clone, Debug)]
pub struct Image {
    engine: Engine,
    parts: Parts,
}

/// How much of an image is one cap's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CapSize {
    pub name: String,
    /// Of code and data, before the passes.
    pub bytes: u64,
}

impl Image {
    pub(super) fn new(engine: Engine, parts: Parts) -> Image {
        Image { engine, parts }
    }

    /// What each cap takes of an image that was made.
    pub fn cap_sizes(image: &Artifact) -> Result<Vec<CapSize>> {
        let text = fs::read_to_string(image.path("caps.txt"))?;
        let size = |line: &str| {
            let (name, bytes) = line.split_once(' ')?;
            Some(CapSize { name: name.to_owned(), bytes: bytes.parse().ok()? })
        };
        text.lines()
            .map(|line| size(line).with_context(|| format!("caps.txt has {line:?}")))
            .collect()
    }
}

impl Step for Image {
    const KIND: &'static str = "link";
    const VERSION: u32 = 1;

    fn label(&self) -> String {
        format!("micropython-{}.wasm", self.engine.name())
    }

    fn inputs(&self, cx: &Context, inputs: &mut Inputs) -> Result<()> {
        inputs.text("engine", self.engine.name());
        self.parts.inputs(cx, inputs)
    }

    fn run(&self, cx: &Context, work: &Work) -> Result<()> {
        let start = self.parts.toolchain.library_dir(self.parts.target).join("crt1-command.o");
        let Linked { wasm: named, report, cap_sizes } =
            self.parts.link(cx, work, &[start], |_| false)?;
        let image = strip::strip(&named, strip::Keep::Nothing)?;
        check::image(&image, self.engine)?;
        fs::write(work.out().join("image.wasm"), image)?;
        fs::write(work.out().join("named.wasm"), named)?;
        fs::write(work.out().join("report.txt"), format!("{report:#?}\n"))?;
        let size = |cap: &Glued| cap_sizes.get(&cap.name).copied().unwrap_or_default();
        let lines = self.parts.caps.iter().map(|cap| format!("{} {}\n", cap.name, size(cap)));
        Ok(fs::write(work.out().join("caps.txt"), lines.collect::<String>())?)
    }
}
