/* What the generated sqlite_cap.c gives the cap in wasm, for tests in a native process: resource handles, which are those of
 * caps/common/tests. */
#include "handles_native.h"
#include "sqlite_cap.h"

#define RESOURCE(name)                                                                                                         \
    exports_sqlite_wasm_database_own_##name##_t exports_sqlite_wasm_database_##name##_new(                                     \
        exports_sqlite_wasm_database_##name##_t *representation)                                                               \
    {                                                                                                                          \
        return (exports_sqlite_wasm_database_own_##name##_t){new_handle(representation)};                                      \
    }                                                                                                                          \
    void exports_sqlite_wasm_database_##name##_drop_own(exports_sqlite_wasm_database_own_##name##_t own)                       \
    {                                                                                                                          \
        exports_sqlite_wasm_database_##name##_destructor(drop_handle(own.__handle));                                           \
    }                                                                                                                          \
    exports_sqlite_wasm_database_##name##_t *exports_sqlite_wasm_database_##name##_rep(                                        \
        exports_sqlite_wasm_database_own_##name##_t own)                                                                       \
    {                                                                                                                          \
        return representation_of(own.__handle);                                                                                \
    }

RESOURCE(connection)
RESOURCE(statement)
RESOURCE(blob)
RESOURCE(backup)
RESOURCE(image)
