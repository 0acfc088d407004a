//! Frozen modules that it takes a build to tell about: manifests, an image without any, modules that are refused.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, ensure};
use serde_json::Value;

use super::super::suite::Test;
use super::engine::{self, Grants};
use super::subject::Subject;
use crate::commands::copy::Checkout;

const TIMEOUT: Duration = Duration::from_secs(300);

/// A copy of the checkout to build in, for all of these tests: a build that fails ends those beside it.
struct Copy<'a> {
    subject: &'a Subject<'a>,
    checkout: OnceLock<Result<Checkout, String>>,
}

pub fn tests<'a>(subject: &'a Subject<'a>) -> Vec<Test<'a>> {
    let copy = std::sync::Arc::new(Copy { subject, checkout: OnceLock::new() });
    let test = |name: &str, work: fn(&Copy) -> Result<()>| {
        let copy = copy.clone();
        Test::simple(format!("frozen modules: {name}"), move || work(&copy))
    };
    vec![
        test("a manifest", manifest),
        test("the same bytes from another folder", same_bytes),
        test("refusals", refusals),
        // Last: it changes the copy.
        test("none at all", none_at_all),
    ]
}

impl Copy<'_> {
    fn checkout(&self) -> Result<&Checkout> {
        let copied = self.checkout.get_or_init(|| {
            // So that the copy finds the image's parts in the cache.
            self.subject.built().map_err(|error| format!("{error:#}"))?;
            let cx = self.subject.session.context().map_err(|error| format!("{error:#}"))?;
            let root = self.subject.session.root();
            Checkout::copy(root, Some(cx.cache_root())).map_err(|error| format!("{error:#}"))
        });
        copied.as_ref().map_err(|error| anyhow!("{error}"))
    }

    /// An empty folder for a test.
    fn folder(&self, name: &str) -> Result<PathBuf> {
        let folder = self.checkout()?.scratch().join(name);
        fs::create_dir_all(&folder)?;
        Ok(folder)
    }

    /// What `static-mp` says with these flags, as JSON, and the image.
    fn build(&self, flags: &[&str]) -> Result<(Value, PathBuf)> {
        let checkout = self.checkout()?;
        let image = checkout.scratch().join("image.wasm");
        let output = format!("--output={}", image.display());
        let all = [&["static-mp", "--json", "--quiet", &output], flags].concat();
        let output = checkout.xtask(&all).output()?;
        let said = String::from_utf8_lossy(&output.stdout);
        let said = serde_json::from_str(&said).with_context(|| format!("no JSON: {output:?}"))?;
        Ok((said, image))
    }

    /// What the image prints on WAMR that is built with these flags.
    fn prints(&self, flags: &[&str], code: &str) -> Result<String> {
        let (said, image) = self.build(flags)?;
        ensure!(said["error"].is_null(), "{said:#}");
        let wamr = &self.subject.built()?.wamr;
        let mut command: Command = wamr.command(&image, &Grants::default());
        let output = engine::output(command.args(["-c", code]), b"", TIMEOUT)?;
        ensure!(output.status.success(), "{output:?}");
        Ok(String::from_utf8(output.stdout)?)
    }
}

fn write(folder: &Path, files: &[(&str, &str)]) -> Result<()> {
    for (name, text) in files {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().context("it has a folder")?)?;
        fs::write(path, text)?;
    }
    Ok(())
}

fn manifest(copy: &Copy) -> Result<()> {
    let folder = copy.folder("manifest")?;
    write(
        &folder,
        &[
            (
                "manifest.py",
                "metadata(version='1.2')\n\
                 include('$(PORT_DIR)/manifest.py')\n\
                 package('pkg', files=['__init__.py', 'used.py'])\n\
                 module('optimized.py', opt=3)\n\
                 freeze('$(BOARD_DIR)/more')\n\
                 freeze_as_str('text')\n\
                 include('below', extra=True)\n",
            ),
            ("below/manifest.py", "if options.extra:\n    module('included.py')\n"),
            ("below/included.py", "NAME = __name__\n"),
            ("pkg/__init__.py", ""),
            ("pkg/used.py", "N = 123456789012345678901234567890\n"),
            ("pkg/unused.py", "N = 1\n"),
            (
                "optimized.py",
                "ASSERTS = True\ntry:\n    assert False\nexcept AssertionError:\n    ASSERTS = 'kept'\n",
            ),
            ("more/deep/module.py", "NAME = __name__\n"),
            ("text/text.py", "NAME = __name__\n"),
        ],
    )?;
    let code = "\
import asyncio, included, optimized, pkg.used, deep.module, text
print(included.NAME, optimized.ASSERTS, optimized.__version__, pkg.used.N, deep.module.NAME, text.NAME)
try:
    import pkg.unused
except ImportError:
    print('not there')";
    let flag = format!("--manifest={}", folder.join("manifest.py").display());
    let printed = copy.prints(&[&flag], code)?;
    let expected = "included True 1.2 123456789012345678901234567890 deep.module text\nnot there\n";
    ensure!(printed == expected, "it printed {printed}");
    // A file that the manifest lists is an input.
    write(&folder, &[("below/included.py", "NAME = 'changed'\n")])?;
    let printed = copy.prints(&[&flag], "import included; print(included.NAME)")?;
    ensure!(printed == "changed\n", "after a change it printed {printed}");
    Ok(())
}

fn same_bytes(copy: &Copy) -> Result<()> {
    let digest = |name: &str| -> Result<String> {
        let folder = copy.folder(name)?;
        write(
            &folder,
            &[("pkg/x.py", "def f(a={1, 2, 3}):\n    return a, 'text', b'bytes', 2.5\n")],
        )?;
        let (said, _) = copy.build(&[&format!("--freeze={}", folder.display())])?;
        let digest = said["sha256"].as_str().with_context(|| format!("{said:#}"))?;
        Ok(digest.to_owned())
    };
    let (one, other) = (digest("one")?, digest("another-folder")?);
    ensure!(one == other, "the images have the digests {one} and {other}");
    Ok(())
}

/// A module or manifest that is refused: its flag, name and text, and what the error has.
type Refusal = (&'static str, &'static str, &'static str, &'static [&'static str]);

const REFUSALS: &[Refusal] = &[
    (
        "freeze",
        "pkg/broken.py",
        "x = 1\ndef f(:\n",
        &["/pkg/broken.py:2: SyntaxError: invalid syntax"],
    ),
    (
        "freeze",
        "native.py",
        "import micropython\n@micropython.native\ndef f(): pass\n",
        &["/native.py:2: SyntaxError: invalid micropython decorator"],
    ),
    ("freeze", "zlib.py", "", &["the module zlib is built in", "WITH_<CAP>=0"]),
    (
        "freeze",
        "asyncio/core.py",
        "",
        &[
            "the module asyncio.core is frozen twice: from $(MPY_DIR)/extmod/asyncio/core.py and from",
        ],
    ),
    (
        "manifest",
        "manifest.py",
        "require('aioble')\n",
        &["'aioble' not found", "hint: require() looks"],
    ),
    (
        "manifest",
        "manifest.py",
        "module('gone.py')\n",
        &["Cannot stat", "/gone.py", "hint: a manifest sees"],
    ),
    (
        "manifest",
        "manifest.py",
        "include('../manifest.py')\n",
        &["No such file", "hint: a manifest sees"],
    ),
    ("manifest", "manifest.py", "module('manifest.py'\n", &["was never closed"]),
];

fn refusals(copy: &Copy) -> Result<()> {
    for (index, (flag, name, text, expected)) in REFUSALS.iter().enumerate() {
        let folder = copy.folder(&format!("refused{index}"))?;
        write(&folder, &[(name, text)])?;
        let path = if *flag == "manifest" { folder.join(name) } else { folder };
        let (said, _) = copy.build(&[&format!("--{flag}={}", path.display())])?;
        let error = said["error"].as_str().unwrap_or_default();
        let first = error.split("\n\n").next().unwrap_or_default();
        for part in *expected {
            ensure!(first.contains(part), "{name} {text:?}: no {part:?} in {said:#}");
        }
    }
    Ok(())
}

fn none_at_all(copy: &Copy) -> Result<()> {
    copy.checkout()?.edit(Path::new("runtimes/micropython/manifest.py"), |_| String::new())?;
    let code = "try:\n    import asyncio\nexcept ImportError as error:\n    print(error)";
    let printed = copy.prints(&[], code)?;
    ensure!(printed == "no module named 'asyncio'\n", "it printed {printed}");
    Ok(())
}
