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
    /// A wheel of PyPI that bundles them.
    Wheel(Wheel),
}

/// A wheel, and what of it is unpacked.
#[derive(Clone, Debug)]
pub struct Wheel {
    pub name: String,
    pub version: String,
    /// As pip names it: what is fetched is the same whatever machine it is fetched on.
    pub platform: String,
    /// 64 hex digits.
    pub sha256: String,
    /// An environment variable that may name a local copy of it.
    pub local: String,
    pub folders: Vec<Utf8PathBuf>,
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
    if source.has("wheel") {
        source.forbid("archive", "`archive` is of a crate", "a wheel has `folders`");
        return (wheel(source).map(Source::Wheel), root);
    }
    for key in ["version", "platform", "sha256", "local", "folders"] {
        let message = format!("`{key}` is of a wheel");
        source.forbid(key, &message, "a crate is pinned in vendor/Cargo.toml");
    }
    let name = source.required_str("crate");
    let archive = source.optional_shaped("archive", names::tar_gz);
    let archive = archive.map(|archive| archive.value.into());
    (name.map(|name| Source::Crate { name, archive }), root)
}

fn wheel(source: &Table<'_>) -> Option<Wheel> {
    source.forbid("crate", "sources come from one place", "remove `crate` or `wheel`");
    let name = source.required_shaped("wheel", names::python_package);
    let version = source.required_shaped("version", names::one_line);
    let platform = source.required_shaped("platform", names::identifier);
    let sha256 = source.required_shaped("sha256", names::sha256);
    let local = source.required_shaped("local", names::identifier);
    let folders = paths(source.required_shaped_list("folders", names::relative_path));
    Some(Wheel {
        name: name?.value,
        version: version?.value,
        platform: platform?.value,
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
