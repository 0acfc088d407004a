//! Random edits of a small tree: whatever is changed, the next build makes what a build from nothing makes.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, ensure};

use super::super::suite::Test;
use crate::compile::{Compile, Place};
use crate::graph::{Color, Context, Options, Report, Verbosity};
use crate::toolchain::{Target, Toolchain};

/// How many edits, in place of [`EDITS`].
const VARIABLE: &str = "PYLON_TEST_EDITS";
const EDITS: usize = 80;

pub fn test<'a>(cx: impl Fn() -> Result<&'a Context> + Send + Sync + 'a) -> Test<'a> {
    Test::simple("a build after any edit makes what a build from nothing makes", move || {
        let count = std::env::var(VARIABLE).ok().filter(|text| !text.is_empty());
        let count = count.map_or(Ok(EDITS), |text| text.parse().context(VARIABLE))?;
        let seed = SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos() as u64;
        edits(&Toolchain::ensure(cx()?)?, seed, count).with_context(|| format!("seed {seed}"))
    })
}

fn edits(toolchain: &Toolchain, seed: u64, count: usize) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let tree = Tree { root: folder.path().join("checkout"), toolchain };
    for folder in FOLDERS {
        fs::create_dir_all(tree.root.join(folder))?;
    }
    let mut random = Random(seed | 1);
    tree.write_source(&mut random)?;
    let (mut done, mut compiled) = (Vec::new(), 0);
    for _ in 0..count {
        done.push(tree.edit(&mut random)?);
        let kept = tree.build(&folder.path().join("cache"));
        let empty = tempfile::tempdir()?;
        let clean = tree.build(empty.path());
        compiled += usize::from(clean.is_ok());
        let said = |built: &Result<Vec<u8>>| match built {
            Ok(_) => "an object".to_owned(),
            Err(error) => format!("{error:#}"),
        };
        ensure!(
            kept.as_ref().ok() == clean.as_ref().ok(),
            "after these edits a build makes\n{}\nwhere one from nothing makes another:\n{}\n{}",
            said(&kept),
            said(&clean),
            done.join("\n"),
        );
    }
    ensure!(compiled * 4 > count, "only {compiled} of {count} trees could be compiled");
    Ok(())
}

const FOLDERS: &[&str] = &["src", "src/sub", "one", "one/sub", "two", "two/sub", "far", "far/deep"];
const FILES: &[&str] = &["a.h", "b.h", "data"];
const LINKS: &[&str] = &["src/link", "one/link", "two/a.h", "src/b.h"];
const TARGETS: &[&str] =
    &["../far/deep", "../one/sub", "../two", "../far/a.h", "../one/b.h", "../nowhere"];
/// How headers are asked for.
const NAMES: &[&str] = &[
    "\"a.h\"",
    "<a.h>",
    "\"b.h\"",
    "<b.h>",
    "\"sub/a.h\"",
    "<sub/b.h>",
    "\"../a.h\"",
    "\"../far/b.h\"",
    "<../a.h>",
    "\"link/a.h\"",
    "\"link/../a.h\"",
    "<link/../b.h>",
    "\"./a.h\"",
    "ANGLED(sub/a.h)",
    "QUOTED(../far/a.h)",
];

struct Tree<'a> {
    root: PathBuf,
    toolchain: &'a Toolchain,
}

impl Tree<'_> {
    fn build(&self, cache: &Path) -> Result<Vec<u8>> {
        let report = Report::new(Verbosity::Quiet, Color::Never);
        let cx =
            Context::new(&self.root, cache, Options { jobs: 1, ..Options::default() }, report)?;
        let step = Compile {
            toolchain: self.toolchain.clone(),
            target: Target::Wasip1,
            source: Place::checkout("src/x.c"),
            include: vec![Place::checkout("one"), Place::checkout("two")],
            flags: vec!["-std=gnu23".to_owned()],
        };
        let artifact = cx.ensure_files(&step)?;
        cx.finish();
        Ok(fs::read(artifact.path("x.o"))?)
    }

    /// Makes one change; says which.
    fn edit(&self, random: &mut Random) -> Result<String> {
        let file = format!("{}/{}", random.of(FOLDERS), random.of(FILES));
        let path = self.root.join(&file);
        match random.below(10) {
            0..4 => {
                let text = self.text(random, &file);
                remove(&path);
                fs::write(&path, &text)?;
                Ok(format!("{file} becomes {text:?}"))
            }
            4..7 => {
                remove(&path);
                Ok(format!("{file} goes"))
            }
            7..9 => {
                let (link, target) = (random.of(LINKS), random.of(TARGETS));
                remove(&self.root.join(link));
                symlink(target, self.root.join(link))?;
                Ok(format!("{link} leads to {target}"))
            }
            _ => self.write_source(random),
        }
    }

    /// Of a file. A header is included where statements stand.
    fn text(&self, random: &mut Random, file: &str) -> String {
        let number = random.below(200);
        match file.ends_with("data") {
            true => char::from(b'a' + (number % 26) as u8).to_string(),
            // `a.h` includes nothing, so that no header includes itself.
            false if file.ends_with("b.h") && number.is_multiple_of(3) => {
                "#include \"a.h\"\n".to_owned()
            }
            false => format!("x = x * 31 + {number};\n"),
        }
    }

    fn write_source(&self, random: &mut Random) -> Result<String> {
        let mut body = String::new();
        for _ in 0..4 {
            let name = random.of(NAMES);
            body += &format!(
                "#if __has_include({name})\n#include {name}\n#else\nx += {};\n#endif\n",
                random.below(9)
            );
        }
        if random.below(3) == 0 {
            body += &format!("#include {}\n", random.of(&NAMES[..6]));
        }
        let data = random.of(&["\"data\"", "\"sub/data\"", "\"../far/data\""]);
        body += &format!(
            "#if __has_embed({data})\nx += (const unsigned char[]){{\n#embed {data}\n}}[0];\n#endif\n"
        );
        let text = format!(
            "#define QUOTED_(x) #x\n#define QUOTED(x) QUOTED_(x)\n#define ANGLED(x) <x>\nint f(int x) {{\n{body}return x;\n}}\n"
        );
        fs::write(self.root.join("src/x.c"), &text)?;
        Ok(format!("src/x.c becomes\n{text}"))
    }
}

fn remove(path: &Path) {
    let _ = fs::remove_file(path);
}

/// xorshift64.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) as usize % bound
    }

    fn of<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices[self.below(choices.len())]
    }
}
