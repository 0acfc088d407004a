//! Which compiler flags a manifest may give: those that say what code to make of the text and what to warn of. A flag
//! that reads a file, writes one or runs a program would do so behind the build's back, so what is not known is refused.

/// A compiler flag of a manifest.
pub fn flag(text: &str) -> Result<(), &'static str> {
    if !text.starts_with('-') || text.len() < 2 {
        return Err("one compiler flag a string, starting with `-`");
    }
    if text.contains("=/")
        || text.strip_prefix("-I").is_some_and(|path| path.trim_start().starts_with('/'))
    {
        return Err("a flag without an absolute path, which is another one on another machine");
    }
    if let Some(folder) = text.strip_prefix("-I").filter(|folder| folder.trim() == *folder) {
        return super::names::relative_path(folder)
            .map_err(|_| "`-I` with a folder of the checkout, without `..`, in the same string");
    }
    if is_of_code(text) {
        return Ok(());
    }
    Err(
        "a flag about code or warnings: -O.., -D.., -U.., -W.., -f.., -m.., -std=.. (xtask says what is compiled and \
         where it goes; files are named by `sources` and `include`, and what else is known is in \
         xtask/src/manifest/flags.rs)",
    )
}

fn is_of_code(text: &str) -> bool {
    const WHOLE: &[&str] = &[
        "-O0",
        "-O1",
        "-O2",
        "-O3",
        "-Os",
        "-Oz",
        "-Og",
        "-O",
        "-Ofast",
        "-g",
        "-g0",
        "-g1",
        "-g2",
        "-g3",
        "-ansi",
        "-pedantic",
        "-pedantic-errors",
        "-pthread",
        "-nostdinc",
        "-nostdinc++",
        "-w",
        "-trigraphs",
        "-undef",
    ];
    if WHOLE.contains(&text) {
        return true;
    }
    let (kind, rest) = text.split_at(2);
    match kind {
        "-D" | "-U" => rest.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_'),
        // With a comma it is for another program: `-Wa,`, `-Wl,`, `-Wp,`.
        "-W" => !rest.is_empty() && !rest.contains(','),
        "-s" => rest.starts_with("td="),
        "-m" => is_of_machine(rest),
        "-f" => is_of_generation(rest),
        _ => false,
    }
}

/// What follows `-m`: a feature of the target, or a choice without a file.
fn is_of_machine(rest: &str) -> bool {
    let word = |text: &str| {
        !text.is_empty()
            && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
    };
    match rest.split_once('=') {
        Some((name, value)) => {
            ["cpu", "tune", "exec-model", "thread-model"].contains(&name) && word(value)
        }
        None => word(rest) && rest != "llvm",
    }
}

/// What follows `-f`.
fn is_of_generation(rest: &str) -> bool {
    match rest.split_once('=') {
        Some((name, value)) => VALUED.contains(&name) && !value.contains('/'),
        None => SWITCHES.contains(&rest.strip_prefix("no-").unwrap_or(rest)),
    }
}

/// Of `-f<name>` and `-fno-<name>`.
const SWITCHES: &[&str] = &[
    "PIC",
    "PIE",
    "approx-func",
    "associative-math",
    "asynchronous-unwind-tables",
    "blocks",
    "builtin",
    "char8_t",
    "common",
    "data-sections",
    "delete-null-pointer-checks",
    "exceptions",
    "fast-math",
    "finite-loops",
    "finite-math-only",
    "freestanding",
    "function-sections",
    "gnu-keywords",
    "gnu89-inline",
    "honor-infinities",
    "honor-nans",
    "hosted",
    "ident",
    "inline",
    "inline-functions",
    "jump-tables",
    "lax-vector-conversions",
    "math-errno",
    "merge-all-constants",
    "ms-extensions",
    "omit-frame-pointer",
    "optimize-sibling-calls",
    "pic",
    "pie",
    "reciprocal-math",
    "rounding-math",
    "rtti",
    "sanitize-trap",
    "short-enums",
    "short-wchar",
    "signaling-nans",
    "signed-char",
    "signed-zeros",
    "sized-deallocation",
    "slp-vectorize",
    "stack-protector",
    "stack-protector-all",
    "stack-protector-strong",
    "strict-aliasing",
    "strict-enums",
    "strict-overflow",
    "strict-return",
    "threadsafe-statics",
    "trapping-math",
    "trapv",
    "tree-slp-vectorize",
    "tree-vectorize",
    "unroll-loops",
    "unsafe-math-optimizations",
    "unsigned-char",
    "unwind-tables",
    "use-cxa-atexit",
    "vectorize",
    "visibility-inlines-hidden",
    "wasm-exceptions",
    "wrapv",
    "wrapv-pointer",
    "zero-initialized-in-bss",
];

/// Of `-f<name>=<value>`.
const VALUED: &[&str] = &[
    "bracket-depth",
    "constexpr-depth",
    "constexpr-steps",
    "denormal-fp-math",
    "fp-contract",
    "fp-model",
    "lax-vector-conversions",
    "no-builtin",
    "no-sanitize",
    "pack-struct",
    "sanitize",
    "sanitize-trap",
    "strict-flex-arrays",
    "template-depth",
    "trivial-auto-var-init",
    "visibility",
];

#[cfg(test)]
mod tests {
    use super::flag;

    #[test]
    fn flags_of_code_and_warnings_are_taken() {
        for good in [
            "-O3",
            "-Oz",
            "-w",
            "-Wno-unused",
            "-Werror=vla",
            "-Iinclude/deep",
            "-DX=1",
            "-D_X=\"a,b\"",
            "-UX",
            "-std=gnu11",
            "-fno-strict-aliasing",
            "-fvisibility=hidden",
            "-ffp-contract=off",
            "-msimd128",
            "-mno-bulk-memory",
            "-mexec-model=reactor",
            "-fno-builtin=memcpy",
            "-pedantic",
        ] {
            assert!(flag(good).is_ok(), "{good}");
        }
    }

    #[test]
    fn flags_that_read_or_write_files_or_run_programs_are_refused() {
        for bad in [
            "",
            "-",
            "O3",
            "@flags",
            "-o",
            "-ox.o",
            "-c",
            "-S",
            "-E",
            "-save-temps",
            "-save-temps=obj",
            "--save-temps",
            "-MD",
            "-MF",
            "-MFx.d",
            "-MT",
            "-MQ",
            "-MJx",
            "-include",
            "-includex.h",
            "-imacros",
            "-iquote.",
            "-isystem",
            "-isystemx",
            "-idirafterx",
            "-I",
            "-I/usr/include",
            "-I..",
            "-I../x",
            "-Ia/../../b",
            "-I ../x",
            "-L /lib",
            "-Bx",
            "--sysroot=/x",
            "--sysroot=x",
            "-dependency-file",
            "-dependency-dot",
            "-Xclang",
            "-Xlinker",
            "-mllvm",
            "-Wa,-I/x",
            "-Wl,-Map=x",
            "-Wp,-MD,x",
            "-xc++",
            "-x",
            "-fcrash-diagnostics-dir=x",
            "-ftime-trace",
            "-ftime-trace=x",
            "-fprofile-generate",
            "-fprofile-use=x",
            "-fprofile-instr-generate",
            "-fcoverage-mapping",
            "-ftest-coverage",
            "--coverage",
            "-fplugin=x.so",
            "-fpass-plugin=x",
            "-fmodules",
            "-fmodule-file=x",
            "-fno-integrated-as",
            "-gsplit-dwarf",
            "-fstack-usage",
            "-fsave-optimization-record",
            "-foptimization-record-file=x",
            "-fsanitize-ignorelist=x",
            "-fbasic-block-sections=list=x",
            "-fembed-offload-object=x",
            "-fproc-stat-report=x",
            "-frecord-command-line",
            "-ivfsoverlay",
            "--config=x",
            "-T",
            "-l",
            "-shared",
            "-###",
            "-ffile-prefix-map=a=b",
            "-fdebug-compilation-dir=x",
            "-flto",
            "-fthinlto-index=x",
            "-emit-llvm",
            "-###",
            "-v",
            "-print-search-dirs",
            "-serialize-diagnostics",
            "--serialize-diagnostics",
            "-pg",
            "-D",
            "-U",
            "-D/x",
            "-nostdlib",
        ] {
            assert!(flag(bad).is_err(), "{bad}");
        }
    }
}
