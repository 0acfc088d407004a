//! What the engine promises, on steps that write small files.

mod rebuilding;
mod running;

use std::fs;
use std::path::PathBuf;

use anyhow::{Result, bail};

use super::*;

struct Checkout {
    dir: tempfile::TempDir,
}

impl Checkout {
    fn new() -> Checkout {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("src")).unwrap();
        Checkout { dir }
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.dir.path().join("src").join(name);
        fs::write(&path, text).unwrap();
        path
    }

    fn context_with(&self, options: Options) -> Context {
        let root = self.dir.path().join("src");
        Context::new(&root, &self.dir.path().join("cache"), options, Report::silent()).unwrap()
    }

    fn context(&self) -> Context {
        self.context_with(Options { jobs: 2, ..Options::default() })
    }

    /// Runs `step`; returns the labels of what had to be made.
    fn made(&self, step: &impl Step) -> Vec<String> {
        let cx = self.context();
        cx.ensure_files(step).unwrap();
        cx.finish();
        made(&cx)
    }
}

fn made(cx: &Context) -> Vec<String> {
    let mut labels: Vec<_> =
        cx.finished().into_iter().filter(|step| !step.cached).map(|step| step.label).collect();
    labels.sort();
    labels
}

/// Copies a file, and the file that its first line names with `include `.
#[derive(Clone, Debug)]
struct Compile {
    source: String,
    flag: String,
}

impl Step for Compile {
    const KIND: &'static str = "compile";
    const VERSION: u32 = 1;

    fn label(&self) -> String {
        self.source.clone()
    }

    fn inputs(&self, cx: &Context, inputs: &mut Inputs) -> Result<()> {
        inputs.text("flag", &self.flag);
        inputs.file(&cx.root().join(&self.source))
    }

    fn run(&self, cx: &Context, work: &Work) -> Result<()> {
        let mut text = fs::read_to_string(cx.root().join(&self.source))?;
        if let Some(header) = text.clone().strip_prefix("include ") {
            let header = cx.root().join(header.trim());
            work.discovered(&header)?;
            text += &fs::read_to_string(header)?;
        }
        if text.contains("error") {
            work.log("line one of the log\nline two of the log");
            bail!("the source says error");
        }
        Ok(fs::write(work.out().join("object"), text.to_uppercase())?)
    }
}

#[derive(Clone, Debug)]
struct Link(Vec<Compile>);

impl Step for Link {
    const KIND: &'static str = "link";
    const VERSION: u32 = 1;

    fn label(&self) -> String {
        "program".to_owned()
    }

    fn inputs(&self, cx: &Context, inputs: &mut Inputs) -> Result<()> {
        for (compile, object) in self.0.iter().zip(cx.ensure_all(&self.0)?) {
            inputs.artifact(&compile.source, &object);
        }
        Ok(())
    }

    fn run(&self, cx: &Context, work: &Work) -> Result<()> {
        let mut program = String::new();
        for object in cx.ensure_all(&self.0)? {
            program += &fs::read_to_string(object.path("object"))?;
        }
        Ok(fs::write(work.out().join("program"), program)?)
    }
}

fn compile(source: &str) -> Compile {
    Compile { source: source.to_owned(), flag: "-O2".to_owned() }
}

fn program() -> Link {
    Link(vec![compile("a.c"), compile("b.c")])
}
