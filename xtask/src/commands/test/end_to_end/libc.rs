//! What of C's library a cap without WASI can have: printing into memory and ends that are traps; and that it is told what
//! needs more.

use super::{Bench, Ended, copied};
use crate::commands::test::subject::Subject;
use crate::commands::test::suite::Test;

const FILE: &str = "caps/crc32c/src/crc32c_cap.c";

/// Answers what a library might do, by the value that it is given.
const LIBRARY: &str = r#"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint32_t library(uint32_t value)
{
    char text[100];
    if (value == 1)
        exit(3);
    if (value == 2)
        abort();
    assert(value != 3);
    snprintf(text, sizeof text, "%05u %s %.3f %Lg %5.1e", value, "text", value / 8.0, 2.5L, 1e300);
    return strcmp(text, "00005 text 0.625 2.5 1.0e+300") == 0 ? 42 : (uint32_t)strlen(text);
}
"#;

const PRINTS: &str = "    fprintf(stderr, \"%u\\n\", value);\n";

pub fn test<'a>(subject: &'a Subject<'a>) -> Test<'a> {
    Test::simple("a cap without WASI prints into memory, asserts and exits", move || {
        let bench = Bench::new(subject)?;
        let copy = copied::checkout(subject)?;
        let caller = "exports_crc32c_checksum_crc32c_update";
        copy.edit(FILE.as_ref(), |text| {
            let (head, body) = text.split_at(text.find("uint32_t\nexports_").unwrap_or(0));
            let body = body.replacen(
                "{\n",
                "{\n    if (data->len == 4)\n        return library(value);\n",
                1,
            );
            format!("{head}{LIBRARY}{body}")
        })?;
        let output = bench.path("out.wasm").display().to_string();
        copy.compose(&["-o", &output])?;
        let python = |value: u32| {
            bench.python(&["-c", &format!("import crc32c; print(crc32c.crc32c(b'text', {value}))")])
        };
        python(5)?.refused(0, &["42"])?;
        for (value, name) in [(1, "exit"), (2, "abort"), (3, "__assert_fail")] {
            python(value)?.refused(134, &[name, caller])?;
        }

        copy.edit(FILE.as_ref(), |text| {
            text.replace("    assert(", &format!("{PRINTS}    assert("))
        })?;
        let compose = Ended::of(&mut copy.xtask(&["build", "crc32c"]))?;
        compose.refused(1, &["built without wasi = true", FILE, "stderr"])
    })
}
