//! What made the linker take a member out of an archive: `wasm-ld --why-extract`, read backwards.

/// The member of wasi-libc that imports WASI 0.2: whoever takes it, takes all of it.
const WASI: &str = "(wasip2.c.obj)";

/// Archives whose members only pass a reference on.
const OF_LIBC: &[&str] = &["libc.a(", "libc-printscan-long-double.a(", "libm.a(", "crt1-reactor.o"];

/// How a program's own code came to need WASI.
#[derive(Debug, PartialEq, Eq)]
pub struct Way {
    /// An object, or an archive with a member: `lib/libz.a(gzlib.o)`.
    pub from: String,
    /// Names one after the other, the first of which `from` uses and each of which uses the next.
    pub symbols: Vec<String>,
}

/// The first way to WASI in a listing of lines `<who refers>\t<what was taken>\t<symbol>`.
pub fn way_to_wasi(listing: &str) -> Option<Way> {
    let rows: Vec<[&str; 3]> = listing
        .lines()
        .filter_map(|line| line.split('\t').collect::<Vec<_>>().try_into().ok())
        .collect();
    let mut taken = rows.iter().find(|row| row[1].ends_with(WASI))?[1];
    let mut symbols = Vec::new();
    // A member is taken once, so that a way is never longer than the listing.
    for _ in 0..rows.len() {
        let [from, _, symbol] = rows.iter().find(|row| row[1] == taken)?;
        symbols.insert(0, (*symbol).to_owned());
        let file = from.rsplit('/').next().unwrap_or(from);
        if !OF_LIBC.iter().any(|archive| file.starts_with(archive)) {
            return Some(Way { from: (*from).to_owned(), symbols });
        }
        taken = from;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const LISTING: &str = "reference\textracted\tsymbol\n\
        /sdk/crt1-reactor.o\t/sdk/libc.a(__init_tls.c.obj)\t__wasi_init_tp\n\
        /out/x.o\t/sdk/libc.a(fprintf.c.obj)\tfprintf\n\
        /sdk/libc.a(wasip2_stdio.c.obj)\t/sdk/libc.a(wasip2.c.obj)\tpoll_pollable_drop_own\n\
        /sdk/libc.a(close.c.obj)\t/sdk/libc.a(wasip2_stdio.c.obj)\t__wasilibc_init_stdio\n\
        /sdk/libc.a(stderr.c.obj)\t/sdk/libc.a(close.c.obj)\tclose\n\
        /lib/libz.a(gzlib.o)\t/sdk/libc.a(stderr.c.obj)\tstderr\n";

    #[test]
    fn the_way_begins_outside_of_libc() {
        let way = way_to_wasi(LISTING).unwrap();
        assert_eq!(way.from, "/lib/libz.a(gzlib.o)");
        assert_eq!(
            way.symbols,
            ["stderr", "close", "__wasilibc_init_stdio", "poll_pollable_drop_own"]
        );
    }

    #[test]
    fn there_is_none_without_wasi_or_in_a_listing_with_gaps_or_circles() {
        assert_eq!(way_to_wasi(""), None);
        assert_eq!(way_to_wasi(&LISTING.replace("wasip2.c", "other.c")), None);
        assert_eq!(
            way_to_wasi(&LISTING.replace("/lib/libz.a(gzlib.o)", "/sdk/libc.a(close.c.obj)")),
            None
        );
        assert_eq!(
            way_to_wasi(&LISTING.replace("/lib/libz.a(gzlib.o)", "/sdk/libc.a(gone.c.obj)")),
            None
        );
    }
}
