/* What DuckDB's own build generates for an extension that is linked. */
#include "duckdb_static_extension.h"

void icu_duckdb_cpp_init(void *loader);

int32_t
duckdb_extension_icu_describe(duckdb_extension_descriptor *descriptor)
{
    descriptor->version = 1;
    descriptor->name = "icu";
    descriptor->extension_version = "";
    descriptor->api_version = "v2.0.0";
    descriptor->entry_cpp = (void (*)(void))icu_duckdb_cpp_init;
    return 0;
}
