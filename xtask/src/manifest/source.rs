//! `[source]` and `[build.list]` of `vendor/<lib>/vendor.toml`: where a library's files come from, and which they are.

use camino::Utf8PathBuf;

use super::diagnostics::Spanned;
use super::document::Table;
use super::names;
use super::vendor::{paths, strings};

/// Where the sources of a library come from.
#[derive(Clone, Debug)]
pub enum Source {
    /// A crate of `vendor/Cargo.lock` that bundles them.
    Crate {
        name: Spanned<String>,
        /// An archive (`.tar.gz`) in the crate, which has them.
        archive: Option<Utf8PathBuf>,
    },
    /// A package of PyPI that bundles them.
    Package(Package),
}

/// A package of PyPI, and what of it is unpacked.
#[derive(Clone, Debug)]
pub struct Package {
    pub name: String,
    pub version: String,
    pub form: PackageForm,
    /// 64 hex digits.
    pub sha256: String,
    /// An environment variable that may name a local copy of it.
    pub local: String,
    /// In a source distribution below its only folder.
    pub folders: Vec<Utf8PathBuf>,
}

/// What a package is fetched as.
#[derive(Clone, Debug)]
pub enum PackageForm {
    /// For this platform, as pip names it: what is fetched is the same whatever machine it is fetched on.
    Wheel { platform: String },
    /// `.tar.gz`. It is never built; the module by which it would be is stood in for, since pip asks that for metadata.
    Source { backend: String },
}

impl PackageForm {
    /// For messages.
    pub fn name(&self) -> &'static str {
        match self {
            PackageForm::Wheel { .. } => "wheel",
            PackageForm::Source { .. } => "source distribution",
        }
    }
}

/// A list of files that a library has in JSON.
#[derive(Clone, Debug)]
pub struct Listing {
    /// Below `root`, as all paths in it but for `include`.
    pub file: Utf8PathBuf,
    /// Where in it source files are: keys joined by dots, each of an array of strings.
    pub sources: Vec<String>,
    /// Likewise, of include folders.
    pub include: Vec<String>,
    /// The folder that the include folders are in, below `root`.
    pub include_root: Utf8PathBuf,
    /// Source files of the lists that are not compiled.
    pub except: Vec<Utf8PathBuf>,
}

/// What is in the table `[source]`, and `root`.
pub(super) fn read(source: &Table<'_>) -> (Option<Source>, Option<Spanned<String>>) {
    let root = source.optional_shaped("root", names::relative_folder);
    if source.has("wheel") || source.has("sdist") {
        source.forbid("archive", "`archive` is of a crate", "a package has `folders`");
        return (package(source).map(Source::Package), root);
    }
    for key in ["version", "platform", "backend", "sha256", "local", "folders"] {
        let message = format!("`{key}` is of a package");
        source.forbid(key, &message, "a crate is pinned in vendor/Cargo.toml");
    }
    let name = source.required_str("crate");
    let archive = source.optional_shaped("archive", names::tar_gz);
    let archive = archive.map(|archive| archive.value.into());
    (name.map(|name| Source::Crate { name, archive }), root)
}

fn package(source: &Table<'_>) -> Option<Package> {
    let once = "sources come from one place";
    source.forbid("crate", once, "remove `crate`, or `wheel` or `sdist`");
    let (key, form) = if source.has("wheel") {
        source.forbid("sdist", once, "remove `sdist` or `wheel`");
        source.forbid("backend", "`backend` is of an `sdist`", "a wheel has been built");
        let platform = source.required_shaped("platform", names::identifier);
        ("wheel", platform.map(|platform| PackageForm::Wheel { platform: platform.value }))
    } else {
        source.forbid("platform", "`platform` is of a `wheel`", "sources are for all");
        let backend = source.required_shaped("backend", names::dotted_identifier);
        ("sdist", backend.map(|backend| PackageForm::Source { backend: backend.value }))
    };
    let name = source.required_shaped(key, names::python_package);
    let version = source.required_shaped("version", names::one_line);
    let sha256 = source.required_shaped("sha256", names::sha256);
    let local = source.required_shaped("local", names::identifier);
    let folders = paths(source.required_shaped_list("folders", names::relative_path));
    Some(Package {
        name: name?.value,
        version: version?.value,
        form: form?,
        sha256: sha256?.value,
        local: local?.value,
        folders,
    })
}

/// `[build.list]`.
pub(super) fn listing(build: &Table<'_>) -> Option<Listing> {
    let list = build.optional_table("list")?;
    let file = list.required_shaped("file", names::relative_path);
    let include_root = list.optional_shaped("include_root", names::relative_path);
    Some(Listing {
        sources: strings(list.required_shaped_list("sources", names::one_line)),
        include: strings(list.optional_shaped_list("include", names::one_line)),
        include_root: include_root.map(|root| root.value.into()).unwrap_or_default(),
        except: paths(list.optional_shaped_list("except", names::source_file)),
        file: file?.value.into(),
    })
}
