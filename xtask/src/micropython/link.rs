//! Objects to one core module, which the passes make plain.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow};

use super::Glued;
use crate::compile::Compile;
use crate::fold::FoldedCap;
use crate::graph::{Artifact, Context, Inputs, Step, Work};
use crate::toolchain::{Target, Toolchain};
use crate::wasm::flat::leaves::NoLeaf;
use crate::wasm::flat::names::Names;
use crate::wasm::flat::{self, Declared, FunctionRef, Gate, linkmap};
use crate::wasm::link_map::{self, Entry};
use crate::wasm::{inspect, spill_roots};

/// Everything that is linked into one MicroPython.
#[derive(Clone, Debug)]
pub(super) struct Parts {
    pub toolchain: Toolchain,
    pub target: Target,
    /// See [`super::Settings`].
    pub spill_roots: bool,
    /// The interpreter, the port, frozen modules.
    pub objects: Vec<Compile>,
    /// Our part of libc: of an image with caps that call back, and of a component. Like libc's own, its functions are leaves.
    pub libc: Vec<Compile>,
    /// Flags of the linker that put that in libc's place.
    pub wraps: Vec<String>,
    pub caps: Vec<Glued>,
    /// Of a component: objects of the checkout that carry worlds.
    pub component_types: Vec<PathBuf>,
}

/// A core module without exceptions, in which the collector sees what the program holds.
pub(super) struct Linked {
    /// With names of functions.
    pub wasm: Vec<u8>,
    /// What the passes did.
    pub report: flat::Report,
    /// For each cap, bytes of code and data that are its own, before the passes.
    pub cap_sizes: BTreeMap<String, u64>,
}

/// Of the C stack, in bytes. Recursion is bounded by the port, at less than half of it, since engines have a stack of
/// their own.
const STACK_SIZE: u32 = 512 << 10;

const LINK_FLAGS: &[&str] =
    &["-m", "wasm32", "--gc-sections", "--strip-debug", "--stack-first", "-O2"];

const LIBRARIES: &[&str] =
    &["-lsetjmp", "-lwasi-emulated-process-clocks", "-lwasi-emulated-signal", "-lm", "-lc"];

/// The function of MicroPython's that scans the C stack, and the one that checks its depth with the least frame, in
/// bytes, of who calls it: about what such a function takes of an engine's own stack.
const ROOTS: spill_roots::Options =
    spill_roots::Options { collector: "gc_collect", stack_check: Some(("mp_cstack_check", 512)) };

/// The function through which caps call Python: `caps/common/mp/answers.c`. Not there, unless a generated module has answers.
const GATE: Gate = Gate { function: "glue_gate", depth: "glue_gate_depth" };

impl Parts {
    pub fn inputs(&self, cx: &Context, inputs: &mut Inputs) -> Result<()> {
        self.toolchain.input(inputs);
        inputs.text("target", self.target.triple());
        inputs.list("flag", LINK_FLAGS);
        inputs.list("library", LIBRARIES);
        inputs.list("wrap", &self.wraps);
        inputs.text("stack", STACK_SIZE.to_string());
        inputs.text("roots", format!("{:?}", self.roots()));
        for file in self.files(cx)? {
            inputs.text("of", file.cap.unwrap_or_default());
            inputs.artifact(&file.label, &file.artifact);
        }
        self.component_types.iter().try_for_each(|path| inputs.file(&cx.root().join(path)))
    }

    /// Links with `start` (flags of the linker, objects of the SDK) in front. What is exported under a name that
    /// `leaf_export` accepts is a leaf, see [`flat::leaves`], besides the functions of caps and of the SDK.
    pub fn link(
        &self,
        cx: &Context,
        work: &Work,
        start: &[PathBuf],
        leaf_export: impl Fn(&str) -> bool,
    ) -> Result<Linked> {
        let files = self.files(cx)?;
        let core = work.scratch()?.join("core.wasm");
        let map = work.scratch()?.join("core.map");
        let library_dir = self.toolchain.library_dir(self.target);
        let builtins = self.toolchain.builtins()?;
        self.toolchain
            .tool(work, "wasm-ld")
            .args(LINK_FLAGS)
            .args(["-z", &format!("stack-size={STACK_SIZE}")])
            .args(&self.wraps)
            .args(start)
            .args(files.iter().map(File::path))
            .args(self.component_types.iter().map(|path| cx.root().join(path)))
            .arg(format!("-L{}", library_dir.display()))
            .args(LIBRARIES)
            .arg(&builtins)
            .arg(format!("-Map={}", map.display()))
            .arg("-o")
            .arg(&core)
            .run()?;
        let (core, map) = (fs::read(core)?, fs::read_to_string(map)?);
        let map = link_map::entries(&map)?;
        let files: BTreeMap<_, _> = files.iter().map(|file| (file.path(), file)).collect();
        let is_leaf = |object: &str| {
            let (path, member) = archive_member(object);
            match files.get(path) {
                Some(file) => file.leaf,
                None => is_leaf_of_sdk(path, member, &library_dir, &builtins),
            }
        };
        let found = linkmap::functions_of(&core, &map, is_leaf)?;
        let exported = inspect::exported_functions(&core)?;
        let exported = exported.into_iter().filter(|(name, _)| leaf_export(name));
        let leaves = found.into_iter().chain(exported.map(|(_, index)| index));
        let leaves: Vec<_> = leaves.map(FunctionRef::Index).collect();
        let has_gate = Names::scan(&core).functions.values().any(|name| name == GATE.function);
        let asking =
            |object: &str| files.get(archive_member(object).0).is_some_and(|file| file.may_ask);
        let asking = match has_gate {
            true => linkmap::functions_of(&core, &map, asking)?,
            false => Vec::new(),
        };
        let asking: Vec<_> = asking.into_iter().map(FunctionRef::Index).collect();
        let declared =
            Declared { leaves: &leaves, gate: has_gate.then_some(GATE), asking: &asking };
        let options = flat::Options { declared, roots: self.roots() };
        let (wasm, report) = flat::prepare(&core, &options).map_err(name_callback)?;
        let cap_of =
            |entry: &Entry| files.get(archive_member(entry.object).0)?.cap.map(str::to_owned);
        Ok(Linked { wasm, report, cap_sizes: link_map::sums(&map, cap_of) })
    }

    fn roots(&self) -> Option<spill_roots::Options<'static>> {
        self.spill_roots.then_some(ROOTS)
    }

    /// What is linked, in the order of the linker's command line.
    fn files(&self, cx: &Context) -> Result<Vec<File<'_>>> {
        let mut objects: Vec<(&Compile, Option<&Glued>, bool)> =
            self.objects.iter().map(|object| (object, None, false)).collect();
        objects.extend(self.libc.iter().map(|object| (object, None, true)));
        let mut folded: Vec<&FoldedCap> = Vec::new();
        for cap in &self.caps {
            // Glue raises exceptions; the cap knows of none.
            objects.extend(cap.glue.iter().map(|object| (object, Some(cap), false)));
            objects.extend(cap.objects.iter().map(|object| (object, Some(cap), true)));
            folded.extend(&cap.folded);
        }
        let (made, caps) = cx.join(
            |cx| cx.parallel(&objects, |cx, (object, ..)| cx.ensure(*object)),
            |cx| cx.parallel(&folded, |cx, cap| cx.ensure(*cap)),
        )?;
        let objects = objects.iter().zip(made).map(|((object, cap, leaf), artifact)| File {
            label: object.label(),
            artifact,
            cap: cap.map(|cap| cap.name.as_str()),
            leaf: *leaf,
            may_ask: *leaf && cap.is_some_and(|cap| !cap.offers.is_empty()),
        });
        let folded = folded.iter().zip(caps).map(|(cap, artifact)| File {
            label: cap.label(),
            artifact,
            cap: Some(&cap.name),
            leaf: true,
            may_ask: false,
        });
        Ok(objects.chain(folded).collect())
    }
}

/// Where a cap is no leaf because of what it calls back, says so: that is the last function on the way which is of a contract.
/// The cap's frames are of C, over which no exception may fly and in which the collector looks for nothing.
fn name_callback(error: anyhow::Error) -> anyhow::Error {
    let Some(NoLeaf { what, path }) = error.downcast_ref::<NoLeaf>() else { return error };
    let mut names = path.split([' ', '\n']).filter(|word| word.starts_with("exports_"));
    match names.next_back() {
        Some(callback) => anyhow!(
            "`{callback}`, which a cap calls back, {what}: {path}\n\
             hint: in MicroPython a callback may neither raise nor make objects, unless it goes through glue_ask() of \
             caps/common/mp/answers.h: let it answer with an error, or take \"static\" out of `modes` in the cap's cap.toml"
        ),
        None => error,
    }
}

/// What is linked, besides the SDK's own.
struct File<'a> {
    label: String,
    artifact: Artifact,
    /// Whose it is, unless it belongs to all.
    cap: Option<&'a str>,
    /// Whether its functions are leaves.
    leaf: bool,
    /// Whether they are what glue calls a cap by that calls back.
    may_ask: bool,
}

impl File<'_> {
    fn path(&self) -> PathBuf {
        self.artifact.path("x.o")
    }
}

/// The file and, of an archive, the member that a link map calls `object`: `libc.a(malloc.o)`.
fn archive_member(object: &str) -> (&Path, Option<&str>) {
    match object.strip_suffix(')').and_then(|object| object.rsplit_once('(')) {
        Some((path, member)) => (Path::new(path), Some(member)),
        None => (Path::new(object), None),
    }
}

/// Whether functions of the SDK's file `path` are leaves. libc calls back only those who call it, all of them leaves
/// but for its `__main_void`, which calls main; `libsetjmp.a` throws.
fn is_leaf_of_sdk(path: &Path, member: Option<&str>, library_dir: &Path, builtins: &Path) -> bool {
    let Some(member) = member else { return false };
    let libc = path.starts_with(library_dir) && path.file_name() != Some("libsetjmp.a".as_ref());
    (libc && !member.starts_with("__main_void.")) || path == builtins
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_callback_that_reaches_the_collector_is_named_with_the_mend() {
        let module = wat::parse_str(
            "(module
                (func $gc_collect)
                (func $mp_call_function (call $gc_collect))
                (func $exports_demo_order_less (call $mp_call_function))
                (func $exports_demo_sorting_sort (call $exports_demo_order_less)))",
        )
        .unwrap();
        let leaves = [FunctionRef::Name("exports_demo_sorting_sort")];
        let declared = Declared { leaves: &leaves, ..Declared::default() };
        let options = flat::Options { declared, roots: Some(ROOTS) };
        let error = name_callback(flat::prepare(&module, &options).unwrap_err());
        expect_test::expect![[r#"
            `exports_demo_order_less`, which a cap calls back, reaches the collector: exports_demo_sorting_sort (function 3) -> exports_demo_order_less (function 2) -> mp_call_function (function 1) -> gc_collect (function 0)
            hint: in MicroPython a callback may neither raise nor make objects, unless it goes through glue_ask() of caps/common/mp/answers.h: let it answer with an error, or take "static" out of `modes` in the cap's cap.toml"#]].assert_eq(&format!("{error:#}"));
    }

    #[test]
    fn leaves_of_the_sdk_are_libc_but_for_main_and_setjmp() {
        let leaf = |object: &str| {
            let (path, member) = archive_member(object);
            is_leaf_of_sdk(path, member, Path::new("/sdk/lib"), Path::new("/sdk/rt.a"))
        };
        assert!(leaf("/sdk/lib/libc.a(malloc.o)"));
        assert!(leaf("/sdk/rt.a(multi3.o)"));
        assert!(!leaf("/sdk/lib/libc.a(__main_void.o)"));
        assert!(!leaf("/sdk/lib/libsetjmp.a(rt.o)"));
        assert!(!leaf("/sdk/lib/crt1-command.o"));
        assert!(!leaf("/other/libc.a(malloc.o)"));
    }
}
