//! With a compiler that writes down what it is asked for, and a library of two files.

use std::os::unix::fs::PermissionsExt;

use super::*;
use crate::graph::{Options, Report};

struct Bench {
    dir: tempfile::TempDir,
}

impl Bench {
    /// `makefile` is what the script of the library writes; `@` in it stands for a folder that stays.
    fn new(makefile: &str) -> Bench {
        let dir = tempfile::tempdir().unwrap();
        let bench = Bench { dir };
        for folder in ["sdk/bin", "source/include", "checkout/vendor/tiny", "stays"] {
            fs::create_dir_all(bench.path(folder)).unwrap();
        }
        let stays = bench.path("stays").display().to_string();
        bench.program(
            "sdk/bin/clang",
            &format!(
                "while [ \"$1\" != -o ]; do shift; done; echo $3 >> {stays}/compiled; echo $3 > $2"
            ),
        );
        bench.program("sdk/bin/llvm-ar", "shift; out=$1; shift; cat \"$@\" > $out");
        fs::write(bench.path("source/Makefile.in"), makefile.replace('@', &stays)).unwrap();
        fs::write(
            bench.path("source/configure"),
            "test \"$1\" = --odd || exit 3\nmkdir -p include\ncat tiny.conf > include/tiny.h\ncp Makefile.in Makefile\n",
        )
        .unwrap();
        fs::write(bench.path("checkout/vendor/tiny/tiny.conf"), "odd\n").unwrap();
        bench
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn program(&self, name: &str, body: &str) {
        fs::write(self.path(name), format!("#!/bin/sh\n{body}\n")).unwrap();
        let mode = std::fs::Permissions::from_mode(0o755);
        fs::set_permissions(self.path(name), mode).unwrap();
    }

    fn library(&self) -> Configured {
        Configured {
            name: "tiny".into(),
            target: Target::Wasip2,
            include: vec!["include".into()],
            toolchain: Toolchain::at(&self.path("sdk")),
            source: Artifact {
                dir: self.path("source"),
                digest: Some(crate::graph::Digest::of("1")),
            },
            root: PathBuf::new(),
            dir: "vendor/tiny".into(),
            configure: Configure {
                interpreter: "sh",
                script: "configure".into(),
                arguments: vec!["--odd".into()],
                files: vec!["tiny.conf".into()],
                prepare: vec!["prepared".into()],
                targets: vec!["all".into()],
                archives: vec!["libone.a".into(), "libtwo.a".into()],
            },
            flags: vec!["-O2".into()],
        }
    }

    fn build(&self) -> Result<Artifact> {
        let options = Options { jobs: 2, ..Options::default() };
        let root = self.path("checkout");
        let cx = Context::new(&root, &self.path("cache"), options, Report::silent())?;
        let made = cx.ensure_files(&self.library());
        cx.finish();
        made
    }

    fn lines(&self, name: &str) -> Vec<String> {
        let text = fs::read_to_string(self.path("stays").join(name)).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }
}

const MAKEFILE: &str = "prepared:\n\techo once >> @/prepared\n\
.PHONY: all prepared\n\
all: libone.a libtwo.a\n\
lib%.a: %.o\n\tcp $< lib$*.a\n\
%.o:\n\t$(CC) $(CFLAGS) -c -o $*.o $*.c\n";

#[test]
fn a_library_is_made_by_its_own_build_system() {
    let bench = Bench::new(MAKEFILE);
    let made = bench.build().unwrap();
    assert_eq!(fs::read_to_string(made.path("libtiny.a")).unwrap(), "one.c\ntwo.c\n");
    assert_eq!(fs::read_to_string(made.path("include/tiny.h")).unwrap(), "odd\n");
    assert_eq!(bench.build().unwrap(), made);
    assert_eq!(bench.lines("prepared"), ["once"]);
}

#[test]
fn what_was_interrupted_goes_on_where_it_was() {
    let bench = Bench::new(
        &MAKEFILE.replace("%.o:", "two.o: one.o\n\ttest -e @/go\n\t$(CC) -c -o two.o two.c\n%.o:"),
    );
    let error = bench.build().unwrap_err().to_string();
    assert!(error.contains("make ended with") && error.contains("test -e"), "{error}");
    fs::write(bench.path("stays/go"), "").unwrap();
    let made = bench.build().unwrap();
    assert_eq!(fs::read_to_string(made.path("libtiny.a")).unwrap(), "one.c\ntwo.c\n");
    assert_eq!(bench.lines("prepared"), ["once"]);
    assert_eq!(bench.lines("compiled"), ["one.c", "two.c"]);
    assert_eq!(fs::read_dir(bench.path("cache/v1/resumed")).unwrap().count(), 0);
}

#[test]
fn a_long_log_is_cut_in_the_error_and_kept_whole() {
    let noisy = "prepared:\n\tseq 5000; echo the reason; false\n";
    let error = Bench::new(noisy).build().unwrap_err().to_string();
    assert!(error.contains("the reason") && error.contains("lines before these"), "{error}");
    assert!(error.lines().count() < 150, "{error}");
    let kept = error.lines().find_map(|line| line.strip_prefix("hint: this log is kept as "));
    assert!(kept.is_some_and(|path| path.ends_with(".log")), "{error}");
}

#[test]
fn a_folder_of_this_machine_in_what_was_made_is_refused() {
    let bench = Bench::new(&MAKEFILE.replace("cp $<", "pwd >> $<; cp $<"));
    let error = bench.build().unwrap_err().to_string();
    assert!(error.contains("libtiny.a has the name of a folder of this machine"), "{error}");
}
