//! Providers from and to OCI registries.
