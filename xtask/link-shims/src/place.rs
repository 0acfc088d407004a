//! A value in C: where it lies, and how to get at it and its members.

/// An lvalue, or a pointer to one.
#[derive(Clone)]
pub struct Place {
    text: String,
    pointer: bool,
}

impl Place {
    /// A variable, a member, an element: `value->items`.
    pub fn of(text: impl Into<String>) -> Self {
        Self { text: text.into(), pointer: false }
    }

    /// What a pointer points to.
    pub fn at(text: impl Into<String>) -> Self {
        Self { text: text.into(), pointer: true }
    }

    /// The value as an expression.
    pub fn value(&self) -> String {
        if self.pointer { format!("*{}", self.text) } else { self.text.clone() }
    }

    /// A pointer to it.
    pub fn address(&self) -> String {
        if self.pointer { self.text.clone() } else { format!("&{}", self.text) }
    }

    /// A member of it, which must be a struct.
    pub fn member(&self, name: &str) -> Self {
        let access = if self.pointer { "->" } else { "." };
        Self::of(format!("{}{access}{name}", self.text))
    }

    /// A member as an expression.
    pub fn get(&self, name: &str) -> String {
        self.member(name).text
    }
}
