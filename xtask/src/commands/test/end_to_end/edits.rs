//! Random edits of a small tree: whatever is changed, the next build makes what a build from nothing makes.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};

use super::super::suite::Test;
use crate::compile::{Compile, Place};
use crate::graph::{Color, Context, Options, Report, Verbosity};
use crate::toolchain::{Target, Toolchain};

/// How many edits there are, and with which number they begin, unless a variable of the environment says otherwise. The same ones
/// in each run, so that chance decides over none.
const EDITS: (&str, u64) = ("PYLON_TEST_EDITS", 80);
const SEED: (&str, u64) = ("PYLON_TEST_SEED", 1);

pub fn test<'a>(cx: impl Fn() -> Result<&'a Context> + Send + Sync + 'a) -> Test<'a> {
    Test::simple("a build after any edit makes what a build from nothing makes", move || {
        let (count, seed) = (number(EDITS)?, number(SEED)?);
        edits(&Toolchain::ensure(cx()?)?, seed, count).with_context(|| format!("seed {seed}"))
    })
}

fn number((variable, default): (&str, u64)) -> Result<u64> {
    let text = std::env::var(variable).ok().filter(|text| !text.is_empty());
    text.map_or(Ok(default), |text| text.parse().with_context(|| variable.to_owned()))
}

fn edits(toolchain: &Toolchain, seed: u64, count: u64) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let tree = Tree { root: folder.path().join("checkout"), toolchain };
    for folder in FOLDERS {
        fs::create_dir_all(tree.root.join(folder))?;
    }
    // Numbers that are near to each other begin alike.
    let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    tree.write_source(&mut random)?;
    let (mut done, mut compiled) = (Vec::new(), 0);
    for _ in 0..count {
        done.push(tree.edit(&mut random)?);
        let kept = tree.build(&folder.path().join("cache"));
        let empty = tempfile::tempdir()?;
        let clean = tree.build(empty.path());
        compiled += u64::from(clean.is_ok());
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
