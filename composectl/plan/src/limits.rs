//! The limits of a provider: what the plan says, what is taken when it says nothing, and what a host's policy
//! narrows.

/// Declares the limits once: the optional form that files have, the full form that is enforced.
macro_rules! limits {
    ($(#[$about:meta])* $optional:ident, $full:ident { $($(#[$doc:meta])* $name:ident: $default:expr, $range:expr;)* }) => {
        $(#[$about])*
        #[derive(Clone, Debug, Default, PartialEq, Eq)]
        pub struct $optional {
            $($(#[$doc])* pub $name: Option<u64>,)*
        }

        impl $optional {
            /// The names of the limits and the values that each may have.
            pub const RANGES: &[(&str, std::ops::RangeInclusive<u64>)] = &[$((stringify!($name), $range),)*];

            /// The limits that are set, by name, in the order of their declaration.
            pub fn set(&self) -> impl Iterator<Item = (&'static str, u64)> {
                [$((stringify!($name), self.$name),)*]
                    .into_iter()
                    .filter_map(|(name, value)| Some((name, value?)))
            }

            /// The limit called `name`.
            pub fn get_mut(&mut self, name: &str) -> Option<&mut Option<u64>> {
                match name {
                    $(stringify!($name) => Some(&mut self.$name),)*
                    _ => None,
                }
            }
        }

        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $full {
            $($(#[$doc])* pub $name: u64,)*
        }

        impl Default for $full {
            fn default() -> Self {
                Self { $($name: $default,)* }
            }
        }

        impl $full {
            /// These limits where `over` says nothing, else what it says.
            pub fn overridden(self, over: &$optional) -> Self {
                Self { $($name: over.$name.unwrap_or(self.$name),)* }
            }

            /// These limits, none of them above what `most` says.
            pub fn at_most(self, most: &$optional) -> Self {
                Self { $($name: most.$name.map_or(self.$name, |most| most.min(self.$name)),)* }
            }
        }
    };
}

/// The longest time of a call that a plan can give: as long as it takes.
const LONGEST_MS: u64 = 24 * 3600 * 1000;

impl ProviderLimits {
    /// Whether its calls may take as long as they like. No clock stops them then.
    pub fn is_untimed(&self) -> bool {
        self.time_ms == LONGEST_MS
    }
}

const KIB: u64 = 1024;
const MIB: u64 = 1024 * KIB;
const GIB: u64 = 1024 * MIB;

limits! {
    /// The limits of one instance of a provider (`components[].limits` of a plan).
    Limits, ProviderLimits {
        /// All its linear memories together, in bytes. Beyond it `memory.grow` fails.
        memory_bytes: 256 * MIB, 64 * KIB..=64 * GIB;
        /// One call (`invoke`, or the instantiation), in milliseconds of wall-clock time.
        time_ms: 30_000, 1..=LONGEST_MS;
        /// The payload of a call and, on its own, of its reply, in bytes.
        payload_bytes: 64 * MIB, 0..=4 * GIB - 1;
        /// Core wasm instances in it.
        instances: 64, 1..=10_000;
        /// Linear memories in it.
        memories: 4, 0..=1000;
        /// Tables in it.
        tables: 64, 0..=10_000;
        /// Elements of each of its tables.
        table_elements: 1_000_000, 0..=100_000_000;
        /// Files, folders and sockets that it has open.
        descriptors: 256, 0..=4096;
    }
}

limits! {
    /// The limits of a whole run, over all its providers (part of `policy.limits` of a plan).
    RunLimits, FullRunLimits {
        /// How deep providers may resolve providers; 1: only the root resolves.
        depth: 8, 1..=64;
        /// Instances of providers that are alive at once.
        live_instances: 256, 1..=100_000;
        /// The memory of the program and of all providers together, tables included, in bytes.
        total_memory_bytes: 8 * GIB, 64 * KIB..=1024 * GIB;
    }
}
