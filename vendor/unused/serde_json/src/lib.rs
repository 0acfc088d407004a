//! Empty: nothing here is ever compiled.
