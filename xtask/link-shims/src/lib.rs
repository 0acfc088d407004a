//! WIT to the C that links a contract's two sides.
