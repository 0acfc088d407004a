//! A recipe of `vendor/` as steps: where its sources are, what of them is compiled, and how.

use std::collections::BTreeMap;
use std::fs;

use anyhow::Result;
use camino::Utf8PathBuf;

use crate::compile::{Compile, Content, Library, Place};
use crate::configured::Configured;
use crate::cxx::{self, Cxx};
use crate::graph::{Artifact, Context};
use crate::listing::{self, Listed};
use crate::manifest::{
    BuildFlags, BuildKind, Diagnostics, Language, MoreSources, Objects, Spanned, Stated,
    VendorRecipe, Workspace, is_cxx,
};
use crate::source_files;
use crate::sources;
use crate::toolchain::{Target, Toolchain};

/// A vendor library for a target: its archive step, and what its users need.
#[derive(Clone, Debug)]
pub struct Vendored {
    pub library: Library,
    pub include: Vec<Place>,
    pub defines: Vec<String>,
}

/// The steps of a vendor recipe.
///
/// Fails when the sources cannot be had, or when the library's own header tells another version than the recipe.
pub fn vendored(
    cx: &Context,
    toolchain: &Toolchain,
    workspace: &Workspace,
    recipe: &VendorRecipe,
    target: Target,
) -> Result<Vendored> {
    let source = match &recipe.kind {
        BuildKind::Objects(Objects { listing, files, .. })
            if listing.is_some() || source_files::has_patterns(files) =>
        {
            sources::files_of_recipe(cx, recipe)?
        }
        _ => sources::of_recipe(cx, recipe)?,
    };
    let per_target = recipe.targets.get(target.triple());
    let builds: Vec<&BuildFlags> = std::iter::once(&recipe.build).chain(per_target).collect();
    let objects = match &recipe.kind {
        BuildKind::Objects(objects) => objects,
        BuildKind::Configure(configure) => {
            let configured = Configured::of(toolchain, recipe, configure, &builds, target, &source);
            return configured_library(cx, recipe, configured);
        }
    };
    check_folders(recipe, &source)?;
    check_version(recipe, &source, recipe.source_root.as_str())?;
    let place = |path: &Utf8PathBuf| {
        Place::output(&recipe.name, &source, recipe.source_root.join(path).as_std_path())
    };
    let mut include: Vec<_> = all(&builds, |build| &build.include).map(place).collect();
    let files = source_files::files(&objects.files, &source, &recipe.source_root, &recipe.name)?;
    let mut theirs: Vec<Named> =
        files.into_iter().map(|file| (file.clone(), place(&file))).collect();
    for more in &objects.more {
        let (files, folders) = more_sources(cx, more)?;
        theirs.extend(files);
        include.extend(folders);
    }
    let cxx = match recipe.language {
        Language::C | Language::Rust => None,
        Language::Cxx => {
            cxx::check_target(&recipe.name, target)?;
            Some(match recipe.name == cxx::LIBRARY {
                true => Cxx::without_library(include.clone()),
                false => Cxx::ensure(cx, toolchain, workspace, target)?.0,
            })
        }
    };
    let listed = match &objects.listing {
        Some(listing) => listing::read(recipe, listing, &source)?,
        None => Listed::default(),
    };
    let whole = match &objects.part_of {
        Some(name) => {
            let whole = workspace.vendor(name)?;
            Some((whole, vendored(cx, toolchain, workspace, whole, target)?))
        }
        None => None,
    };
    let own_include = all(&builds, |build| &build.own_include);
    // Our own headers first: they may stand in for the library's.
    let own_include = own_include.map(|path| Place::checkout(recipe.dir.join(path).as_std_path()));
    let listed_include: Vec<_> = listed.include.iter().map(place).collect();
    let private = objects.private_include.iter().map(place);
    let defines: Vec<_> =
        all(&builds, |build| &build.defines).map(|define| format!("-D{define}")).collect();
    let of_whole = whole.iter().flat_map(|(_, whole)| &whole.defines);
    let flags = all(&builds, |build| &build.flags).chain(of_whole).chain(&defines);
    let cxx_flags: Vec<_> = all(&builds, |build| &build.cxx_flags).cloned().collect();
    let as_c = Compile {
        toolchain: toolchain.clone(),
        target,
        source: Place::checkout(""),
        include: own_include
            .chain(include.iter().cloned())
            .chain(private)
            .chain(listed_include.iter().cloned())
            .chain(whole.iter().flat_map(|(_, whole)| whole.include.iter().cloned()))
            .collect(),
        flags: std::iter::once("-w".to_owned()).chain(flags.cloned()).collect(),
    };
    let compile = |file: &Utf8PathBuf, source: Place| {
        let compile = Compile { source, ..as_c.clone() };
        match cxx.as_ref().filter(|_| is_cxx(file)) {
            Some(cxx) => cxx.apply(compile, &cxx_flags),
            None => compile,
        }
    };
    let prefix: Vec<_> = whole.iter().map(|(whole, _)| *whole).chain([recipe]).collect();
    let prefix: Vec<_> = prefix.into_iter().flat_map(cxx::prefix).collect();
    theirs.extend(listed.sources.iter().map(|file| (file.clone(), place(file))));
    let flagged = match source.digest {
        Some(_) => {
            let files: Vec<_> = theirs.iter().map(|(file, _)| file.clone()).collect();
            source_files::own_flags(&recipe.flagged, &files, &recipe.name)?
        }
        None => BTreeMap::new(),
    };
    let theirs = theirs.into_iter().map(|(file, place)| {
        let mut compile = compile(&file, place);
        compile.flags.extend(flagged.get(&file).into_iter().flatten().cloned());
        compile.flags.extend_from_slice(&prefix);
        compile
    });
    let ours = objects.own_sources.iter();
    let ours = ours.map(|file| compile(file, Place::checkout(recipe.dir.join(file).as_std_path())));
    let content = Content::Objects(theirs.chain(ours).collect());
    let library = Library { name: recipe.name.clone(), content };
    let include = [include, listed_include].concat();
    Ok(Vendored { library, include, defines })
}

/// A file as its recipe names it, and where it is.
type Named = (Utf8PathBuf, Place);

/// The files of another crate, and its include folders.
fn more_sources(cx: &Context, more: &MoreSources) -> Result<(Vec<Named>, Vec<Place>)> {
    let name = &more.name.value;
    let step = sources::Crate { name: name.clone() };
    let source = match source_files::has_patterns(&more.files) {
        true => cx.ensure_files(&step)?,
        false => cx.ensure(&step)?,
    };
    let place =
        |path: &Utf8PathBuf| Place::output(name, &source, more.root.join(path).as_std_path());
    let files = source_files::files(&more.files, &source, &more.root, name)?;
    let files = files.into_iter().map(|file| (file.clone(), place(&file))).collect();
    Ok((files, more.include.iter().map(place).collect()))
}

/// What all of `builds` have in one list.
fn all<'a, T: 'a>(
    builds: &[&'a BuildFlags],
    list: impl Fn(&'a BuildFlags) -> &'a Vec<T>,
) -> impl Iterator<Item = &'a T> {
    builds.iter().copied().flat_map(list)
}

/// Its headers are made, too, so that it is built before those who include them are looked at.
fn configured_library(
    cx: &Context,
    recipe: &VendorRecipe,
    configured: Configured,
) -> Result<Vendored> {
    let made = cx.ensure(&configured)?;
    check_version(recipe, &made, "")?;
    let include = configured.include.iter();
    let include = include.map(|path| Place::output(&recipe.name, &made, path)).collect();
    let content = Content::Configured(Box::new(configured));
    let library = Library { name: recipe.name.clone(), content };
    Ok(Vendored { library, include, defines: Vec::new() })
}

/// Fails with [`Diagnostics`] for a folder that the sources have not.
fn check_folders(recipe: &VendorRecipe, source: &Artifact) -> Result<()> {
    let mut wrong = Diagnostics::default();
    let is_missing = |folder: &&Spanned<Utf8PathBuf>| !source.dir.join(folder.as_str()).is_dir();
    if source.digest.is_some()
        && let Some(folder) = recipe.folders.iter().find(is_missing)
    {
        let message = format!("the sources of {} have no folder `{}`", recipe.name, folder.value);
        wrong.error(&folder.location, message, "");
    }
    Ok(wrong.into_result(Some(()))?)
}

fn check_version(recipe: &VendorRecipe, source: &Artifact, root: &str) -> Result<()> {
    let (Some(check), Some(_)) = (&recipe.check, source.digest) else { return Ok(()) };
    let mut wrong = Diagnostics::default();
    let header = &check.header;
    let Ok(text) = fs::read_to_string(source.dir.join(root).join(header.as_str())) else {
        let message = format!("the sources of {} have no file `{}`", recipe.name, header.value);
        wrong.error(&header.location, message, "the path is relative to `root` of the sources");
        return Ok(wrong.into_result(None)?);
    };
    let defined = |name: &str| {
        text.lines().find_map(|line| {
            let mut words = line.trim_start().strip_prefix('#')?.split_whitespace();
            (words.next() == Some("define") && words.next() == Some(name)).then(|| words.next())?
        })
    };
    let (names, stated) = match &check.stated {
        Stated::Text(name) => {
            let text = defined(name).map(|text| text.trim_matches('"').to_owned());
            (name.clone(), text)
        }
        Stated::Numbers(names) => {
            let numbers: Option<Vec<_>> = names.iter().map(|name| defined(name)).collect();
            (names.join(", "), numbers.map(|numbers| numbers.join(".")))
        }
        Stated::Packed(packed) => {
            let wanted = recipe.version.split('.').count();
            let version = defined(&packed.define).and_then(|number| packed.version(number, wanted));
            (packed.define.clone(), version)
        }
    };
    if stated.as_ref() == Some(&recipe.version) {
        return Ok(());
    }
    let message = format!(
        "the recipe says version {}, but {} of the sources defines {names} as {}",
        recipe.version,
        header.value,
        stated.as_deref().unwrap_or("nothing"),
    );
    wrong.error(&check.version, message, "");
    Ok(wrong.into_result(None)?)
}
