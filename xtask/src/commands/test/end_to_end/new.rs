//! Caps that `new` has made, in C and in Rust, in a copy of the checkout: they work in every mode as they stand, and the
//! tests of what was there before still pass beside them.

use anyhow::{Context as _, Result, ensure};

use super::copied::composectl;
use super::{Ended, copied};
use crate::commands::copy::Checkout;
use crate::commands::new::STANDARD_LIBRARY;
use crate::commands::test::micropython::engine::{Engine, Grants};
use crate::commands::test::subject::Subject;
use crate::commands::test::suite::{Counts, Test};

const MAKE: &[&str] =
    &["new", "my-sum", "--resource", "running-sum", "--resource", "part", "--static"];
const MAKE_IN_RUST: &[&str] =
    &["new", "my-rust-sum", "--language", "rust", "--resource", "running-sum", "--static"];
const MODES: &[&[&str]] = &[
    &[],
    &["--link", "my-sum=dynlink", "--link", "my-rust-sum=dynlink"],
    &["--link", "my-sum=static", "--link", "my-rust-sum=static"],
];

/// What counts caps, or lists them.
const BESIDE_IT: &[&str] = &["the linker is imported", "a switch", "a cap can be folded"];

pub fn test<'a>(subject: &'a Subject<'a>) -> Test<'a> {
    Test::new("a cap that new has made", move || {
        subject.built()?;
        let copy = copied::checkout(subject)?;
        refusals(&copy)?;
        for make in [MAKE, MAKE_IN_RUST] {
            let said = Ended::of(&mut copy.xtask(&[make, &["--json"]].concat()))?.json()?;
            for path in said["created"].as_array().context("no paths in the JSON")? {
                let path = copy.root().join(path.as_str().unwrap_or_default());
                ensure!(path.is_file(), "{} was not made", path.display());
            }
        }
        Ended::of(&mut copy.xtask(&["gen", "--check"]))?.succeeded()?;
        Ended::of(&mut copy.xtask(MAKE))?
            .refused(2, &["there is a cap or an extension `my-sum` already"])?;
        let mut counts = Counts::default();
        for flags in MODES {
            copy.compose(flags)?;
            for cap in ["my_sum", "my_rust_sum"] {
                let counted = its_tests(subject, &copy, cap);
                counts.add(&counted.with_context(|| format!("{cap}, {flags:?}"))?);
            }
        }
        micropython(subject, &copy)?;
        names_of_the_library(subject, &copy)?;
        let beside = Ended::of(&mut copy.xtask(&[&["test"], BESIDE_IT].concat()))?;
        ensure!(beside.succeeded()?.contains(" 0 failed"), "{}", beside.all());
        Ok(counts)
    })
}

/// Crates that nobody has pinned, with what the recipe of each is to say, a call of the library, and its header.
const CRATES: &[(&str, &[&str], &str, &str)] = &[
    (
        "brotlic-sys@0.2.2",
        &[
            "root = \"brotli/c\"",
            "sources = [\"common/*.c\", \"dec/*.c\", \"enc/*.c\"]",
            "include = [\"include\"]",
            "defines = [\"BROTLI_BUILD_ENC_EXTRA_API\", \"BROTLI_HAVE_LOG2=1\"]",
            "license = \"MIT OR Apache-2.0\"",
        ],
        "BrotliEncoderVersion() == BrotliDecoderVersion()",
        "#include <brotli/decode.h>\n#include <brotli/encode.h>",
    ),
    (
        "libdeflate-sys@1.26.1",
        &[
            "root = \"libdeflate\"",
            "numbers = [\"LIBDEFLATE_VERSION_MAJOR\", \"LIBDEFLATE_VERSION_MINOR\"]",
            "license = \"MIT\"",
        ],
        "libdeflate_crc32(0, \"123456789\", 9) == 0xCBF43926",
        "#include \"libdeflate.h\"",
    ),
];

/// Over a crate that was never seen: it is pinned, its C compiles by the recipe, and the cap calls it.
pub fn vendored<'a>(subject: &'a Subject<'a>) -> Test<'a> {
    Test::simple("a cap over a crate that new pins", move || {
        subject.built()?;
        for (number, (spec, recipe, call, header)) in CRATES.iter().enumerate() {
            let copy = copied::checkout(subject)?;
            let before = std::fs::read(copy.root().join("vendor/Cargo.toml"))?;
            let refused = ["new", "squeeze", "--vendor", "no-such-crate-of-c-sys"];
            Ended::of(&mut copy.xtask(&refused))?.refused(2, &["no-such-crate-of-c-sys"])?;
            let after = std::fs::read(copy.root().join("vendor/Cargo.toml"))?;
            ensure!(
                before == after && !copy.root().join("caps/squeeze").exists(),
                "it left something"
            );

            let made = ["new", "squeeze", "--vendor", spec, "--quiet"];
            Ended::of(&mut copy.xtask(&made))?.succeeded()?;
            let name = spec.split_once("-sys").context("a -sys crate")?.0;
            let text =
                std::fs::read_to_string(copy.root().join(format!("vendor/{name}/vendor.toml")))?;
            for line in *recipe {
                ensure!(text.contains(line), "{spec}: the recipe has no `{line}`:\n{text}");
            }
            let path = copy.root().join("caps/squeeze/src/squeeze_cap.c");
            let c = std::fs::read_to_string(&path)?;
            let first = "#include \"squeeze_cap.h\"\n";
            let c = c.replacen(first, &format!("{first}\n{header}\n"), 1);
            let c = c.replacen(
                "    return sum;",
                &format!("    return {call} ? sum + {number} : 0;"),
                1,
            );
            std::fs::write(&path, c)?;
            copy.compose(&["--profile", "lean", "WITH_SQUEEZE=1"])?;
            let run = ["-c", "import squeeze; print(squeeze.checksum(b'abc'))"];
            let ended = Ended::of(composectl(subject, &copy, &[])?.args(run))?;
            ensure!(ended.succeeded()? == format!("{}\n", 294 + number), "{spec}: {}", ended.all());
        }
        Ok(())
    })
}

fn its_tests(subject: &Subject, copy: &Checkout, cap: &str) -> Result<Counts> {
    let folder = copy.root().join(format!("cpython-ext/_{cap}_cap/tests"));
    let program = format!("test_{cap}_cap.py");
    copied::suite(subject, copy, &["--max-memory", "96M"], &folder, &[&program])
}

/// The one in C is a module of MicroPython, too: what its script prints is what CPython prints.
fn micropython(subject: &Subject, copy: &Checkout) -> Result<()> {
    let script = copy.root().join("caps/my-sum/mp/tests/test_values.py");
    let program = std::fs::read_to_string(script)?;
    let image = copied::small_image(copy)?;
    let engine = Engine::composectl(subject.session)?;
    let ended = Ended::of(engine.command(&image, &Grants::default()).args([
        "-X",
        "heapmax=1m",
        "-c",
        &program,
    ]))?;
    let printed = ended.succeeded()?;
    let expected = Ended::of(composectl(subject, copy, &[])?.args(["-c", &program]))?;
    ensure!(printed == expected.succeeded()?, "{}\nbut CPython: {}", ended.all(), expected.all());
    Ok(())
}

/// What `new` refuses since the library has it is what the library has.
fn names_of_the_library(subject: &Subject, copy: &Checkout) -> Result<()> {
    let code = "import sys; print(*sorted(n for n in sys.stdlib_module_names if n[0] != '_'))";
    let ended = Ended::of(composectl(subject, copy, &[])?.args(["-c", code]))?;
    let known: Vec<_> = STANDARD_LIBRARY.split_whitespace().collect();
    ensure!(ended.succeeded()?.trim() == known.join(" "), "{}", ended.all());
    Ok(())
}

/// Nothing is left of what was refused.
fn refusals(copy: &Checkout) -> Result<()> {
    let before = Ended::of(&mut copy.xtask(&["list"]))?.succeeded()?.to_owned();
    for (args, text) in [
        (&["My-Sum"][..], "`My-Sum` cannot be a cap's name"),
        (&["zlib"], "there is a cap or an extension `zlib` already"),
        (&["my-sum", "--resource", "a_b"], "`a_b` cannot be a resource's name"),
        (&["my-sum", "--resource", "a", "--resource", "a"], "the resource `a` is given twice"),
        (&["common"], "caps/common is there already"),
        (&["class"], "Python has a keyword of that name"),
        (&["list"], "WIT has a keyword of that name"),
        (&["json"], "the standard library has a module of that name"),
        (&["wasi"], "that is something else already"),
        (&["deflate", "--static"], "MicroPython has a module of that name"),
        (&["my-sum", "--resource", "problem"], "the contract that is written has that name"),
        (&["my-sum", "--language", "rust", "--resource", "vec"], "has a type `Vec` already"),
        (&["my-sum", "--vendor", "libz-sys@0.0.1"], "vendor/Cargo.toml has `libz-sys`"),
        (&["my-sum", "--vendor", "@1"], "`@1` names no crate"),
    ] {
        Ended::of(&mut copy.xtask(&[&["new"], args].concat()))?.refused(2, &[text])?;
    }
    // The exception of the module is called so: what is generated is refused, after files were written.
    let refused = Ended::of(&mut copy.xtask(&["new", "my-sum", "--resource", "my-sum-error"]))?;
    ensure!(refused.code == Some(3), "{}", refused.all());
    let left = [
        "wit/my-sum",
        "caps/my-sum",
        "cpython-ext/_my_sum_cap",
        "docs/reference/contract-my-sum.md",
    ];
    for path in left.map(|path| copy.root().join(path)) {
        ensure!(!path.exists(), "{} was left", path.display());
    }
    let after = Ended::of(&mut copy.xtask(&["list"]))?;
    ensure!(after.succeeded()? == before, "{}", after.all());
    Ok(())
}
