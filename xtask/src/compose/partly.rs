//! Fusing a part of a composition, where all of it cannot be fused.

use std::collections::BTreeSet;

use anyhow::Result;

use super::wiring::Wiring;
use super::{Part, fuse};

/// What comes of it.
pub struct Partly {
    /// The parts that stay apart, and in the socket's place what was fused.
    pub parts: Vec<Part>,
    /// Which stay apart, and why.
    pub notes: Vec<String>,
}

/// Fuses with the socket every part that can be. A part that cannot stays apart, and so do those that it imports from: what is
/// fused is one component, which exists after them. None: the socket itself cannot be fused.
///
/// `order`: indexes of `parts`, each after what it imports from, the socket last. `loops`: what is called back in the whole.
pub fn fuse_partly(
    parts: &[Part],
    order: &[usize],
    wiring: &Wiring,
    loops: &fuse::Loops,
) -> Result<Option<Partly>> {
    let Some((&socket, caps)) = order.split_last() else { return Ok(None) };
    let mut fused = BTreeSet::from([socket]);
    let Ok(mut bytes) = fused_of(parts, &fused, loops)? else { return Ok(None) };
    let mut apart = Vec::new();
    let mut notes = Vec::new();
    for &cap in caps.iter().rev() {
        let name = &parts[cap].name;
        if let Some(&user) = apart.iter().find(|&&user| wiring.imports_from(user, cap)) {
            let user: &Part = &parts[user];
            notes.push(format!(
                "`{name}` is composed and not fused: `{}` imports from it",
                user.name
            ));
            apart.push(cap);
            continue;
        }
        fused.insert(cap);
        match fused_of(parts, &fused, loops)? {
            Ok(more) => bytes = more,
            Err(error) => {
                notes.push(format!("`{name}` is composed and not fused: {error:#}"));
                fused.remove(&cap);
                apart.push(cap);
            }
        }
    }
    let mut parts: Vec<Part> = apart.iter().map(|&cap| parts[cap].clone()).collect();
    parts.push(Part { name: "what is fused".to_owned(), bytes, switch: None });
    Ok(Some(Partly { parts, notes }))
}

/// The composition of some parts, fused, or why it cannot be. What the others export stays an import.
fn fused_of(
    parts: &[Part],
    chosen: &BTreeSet<usize>,
    loops: &fuse::Loops,
) -> Result<Result<Vec<u8>>> {
    let parts: Vec<Part> = chosen.iter().map(|&index| parts[index].clone()).collect();
    let composed = super::encoded(&parts, false, &[])?;
    let imports = super::imports(&composed)?;
    let mut loops = loops.clone();
    loops.retain(|import, _| imports.contains(import));
    Ok(fuse(&composed, &loops, false))
}
