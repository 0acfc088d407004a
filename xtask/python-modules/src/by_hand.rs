//! Functions of a generated module whose C is written by hand.

use link_shims::text::Text;

use crate::surface::Surface;

/// A function of the module, or a method of a class of it, that C of the extension defines; or what calls back, whose functions
/// it defines as the bindings declare them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ByHand {
    /// What Python calls it: `crc32c`, `Hasher.update`; of what calls back, the interface: `demo:kit/order`.
    pub name: String,
    /// For a function that the contract does not have: its signature in the stub, from the bracket on.
    pub signature: Option<String>,
}

impl ByHand {
    /// Reads `NAME`, or `NAME(..) -> ..`.
    pub fn parse(text: &str) -> Self {
        match text.find('(') {
            Some(at) => Self {
                name: text[..at].trim().to_owned(),
                signature: Some(text[at..].trim().to_owned()),
            },
            None => Self { name: text.trim().to_owned(), signature: None },
        }
    }
}

impl ByHand {
    /// Whether it is the interface `wit`, with a version there, that C answers when it is called back.
    pub(crate) fn answers(&self, wit: &str) -> bool {
        wit.split_once('@').map_or(wit, |(name, _)| name) == self.name
    }

    /// The class of which it is a method, and what it is called in the class or the module.
    pub(crate) fn place(&self) -> (Option<&str>, &str) {
        match self.name.split_once('.') {
            Some((class, name)) => (Some(class), name),
            None => (None, &self.name),
        }
    }

    /// Whether it is an interface.
    pub(crate) fn is_interface(&self) -> bool {
        self.name.contains('/')
    }
}

/// What the C that is written by hand defines.
pub fn header(surface: &Surface) -> String {
    let world = &surface.header.world;
    let mut text = Text::default();
    text.comment(format!(
        "What the C beside {world}_module.c defines. Every function returns a new reference, or NULL with an exception."
    ));
    let guard = format!("PYLON_{}_MODULE_H", world.to_uppercase());
    text.line(format!("#ifndef {guard}"));
    text.line(format!("#define {guard}"));
    text.gap();
    text.line("#include \"arguments_python.h\"");
    text.line("#include \"link_python.h\"");
    text.line(format!("#include \"{world}.h\""));
    text.gap();
    for function in surface.all_functions().filter(|function| function.by_hand) {
        text.comment(&function.called);
        let parameters = function.convention().parameters();
        text.list(
            &format!("PyObject *{}", surface.by_hand_name(&function.called)),
            &parameters,
            ";",
        );
        text.gap();
    }
    for function in surface.additional() {
        let name = surface.by_hand_name(&function.name);
        text.comment(format!(
            "{}{}",
            function.name,
            function.signature.as_deref().unwrap_or_default()
        ));
        text.line(format!("extern const char {name}_doc[];"));
        text.list(
            &format!("PyObject *{name}"),
            &crate::function::Convention::Keywords.parameters(),
            ";",
        );
        text.gap();
    }
    text.line("#endif");
    text.finish()
}
