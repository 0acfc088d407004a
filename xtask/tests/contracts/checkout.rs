//! A checkout with one contract, an extension that imports all of it and a cap that exports all of it.

use std::fs;
use std::path::Path;

use camino::Utf8Path;
use tempfile::TempDir;

/// The folder of the contract, and its file.
pub const CONTRACT: &str = "wit/contract/contract.wit";
/// What the tests call both sides.
pub const NAME: &str = "demo";

const EXTENSION: &str = r#"
schema = "tegmentum:pylon-pyforge/pkg@0.2.0"
[package]
name = "demo-cap"
version = "0.1.0"
description = "An extension"
pattern = "A"
license = "MIT"
[extension]
srcdir = "_demo_cap"
module_name = "_demo_cap"
c_file = "demo.c"
gen_import_c = "demo_import.c"
gen_import_obj = "demo_import_component_type.o"
[[provides]]
module = "_demo_cap"
purpose = "The test"
version = "1.0"
[linkage]
default = "embed"
modes = ["embed", "dynlink"]
"#;

const CAP: &str = r#"
schema = "pylon:cap@0.1.0"
[cap]
name = "demo"
version = "0.1.0"
description = "A cap"
license = "MIT"
modes = ["embed", "dynlink", "static"]
[component]
world = "demo-cap"
sources = ["demo.c"]
[micropython]
modules = ["_demo_cap"]
extension = "_demo_cap"
sources = ["demo.c"]
"#;

pub struct Checkout {
    folder: TempDir,
}

impl Checkout {
    pub fn new() -> Checkout {
        let checkout = Checkout { folder: tempfile::tempdir().unwrap() };
        let of_all = [
            "runtimes/common/command/wit",
            "runtimes/common/attention/wit",
            "cpython-ext/common/wit",
            "caps/common/wit",
        ];
        for folder in of_all.into_iter().chain(["wit/compose-dynlink"]) {
            copy(&repository().join(folder), &checkout.root().join(folder));
        }
        let profiles = "schema = \"pylon:profiles@0.1.0\"\n[profile.full]\ndescription = \"all\"\ncaps = \"all\"\n";
        checkout.write("profiles.toml", profiles);
        checkout.write("Cargo.toml", "[workspace]\n");
        checkout.write("xtask/Cargo.toml", "[package]\n");
        checkout
    }

    pub fn root(&self) -> &Path {
        self.folder.path()
    }

    pub fn utf8_root(&self) -> &Utf8Path {
        Utf8Path::from_path(self.root()).unwrap()
    }

    /// Makes `contract` the checkout's only one, all of it between one extension and one cap.
    pub fn set_contract(&self, contract: &str) {
        self.write(CONTRACT, contract);
        self.add_sides(NAME, &interfaces(contract));
    }

    /// Writes an extension and a cap of this name, with `interfaces` of the contract between them.
    pub fn add_sides(&self, name: &str, interfaces: &[String]) {
        let (extension, cap) = (format!("cpython-ext/_{name}_cap"), format!("caps/{name}"));
        let worlds = [
            (&extension, "pylon-ext", format!("{name}-import"), "import"),
            (&cap, "pylon-cap", format!("{name}-cap"), "export"),
        ];
        for (folder, namespace, world, direction) in worlds {
            let items: String =
                interfaces.iter().map(|name| format!("    {direction} {name};\n")).collect();
            let text = format!("package {namespace}:{name};\n\nworld {world} {{\n{items}}}\n");
            self.write(&format!("{folder}/wit/world.wit"), &text);
            self.write(&format!("{folder}/{name}.c"), "");
        }
        let required = interfaces.iter().map(|interface| {
            let (name, version) = interface.split_once('@').unwrap();
            let name = name.replace('%', "");
            format!("[[capabilities.required]]\ninterface = \"{name}\"\nversion = \"{version}\"\n")
        });
        let required: String = required.collect();
        let named = |manifest: &str| manifest.replace(NAME, name);
        self.write(&format!("{extension}/pyforge-pkg.toml"), &(named(EXTENSION) + &required));
        self.write(&format!("{cap}/cap.toml"), &named(CAP));
    }

    pub fn write(&self, path: &str, text: &str) {
        let path = self.root().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

/// This repository.
pub fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// `ns:package/interface@version` of each interface, as WIT has to write it. Each begins a line.
pub fn interfaces(contract: &str) -> Vec<String> {
    let package = contract.lines().find_map(|line| line.strip_prefix("package "));
    let (package, version) =
        package.and_then(|name| name.trim_end_matches(';').split_once('@')).unwrap();
    let names = contract.lines().filter_map(|line| line.strip_prefix("interface "));
    let names = names.filter_map(|line| line.split([' ', '{']).next());
    names.map(|name| format!("{package}/{name}@{version}")).collect()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let (entry, to) = (entry.as_ref().unwrap(), to.join(entry.as_ref().unwrap().file_name()));
        if entry.path().is_dir() {
            copy(&entry.path(), &to)
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}
