#include "names.h"

#include "above.h"
#include "errors.h"
#include "modes.h"
#include "places.h"
#include "status.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <wasi/libc-find-relpath.h>

int place_locate(int fd, const char *path, place *at)
{
    if (!*path && fd != NO_GRANT) {
        errno = ENOENT;
        return -1;
    }
    const descriptor_table_entry_t *entry = fd == NO_GRANT ? NULL : descriptor_table_get_ref(fd);
    const char *folder = entry ? above_folder(entry) : NULL;
    if (folder) {
        const char *prefix, *relative;
        if (snprintf(at->joined, sizeof at->joined, "/%s/%s", folder, path) >= (int)sizeof at->joined) {
            errno = ENAMETOOLONG;
            return -1;
        }
        fd = __wasilibc_find_abspath(at->joined, &prefix, &relative);
        snprintf(at->joined, sizeof at->joined, "%s", relative);
        path = at->joined;
        entry = fd < 0 ? NULL : descriptor_table_get_ref(fd);
    }
    if (fd == NO_GRANT) {
        at->above = path;
        return 0;
    }
    at->above = NULL;
    if (!entry) {
        return -1;
    }
    if (!entry->vtable->get_file) {
        errno = ENOTDIR;
        return -1;
    }
    return entry->vtable->get_file(entry->data, &at->folder) < 0 ? -1 : wasi_string_from_c(path, &at->name);
}

int place_locate_existing(int fd, const char *path, place *at)
{
    int found = place_locate(fd, path, at);
    errno = found < 0 && errno == EILSEQ ? ENOENT : errno;
    return found;
}

int place_status(const place *at, bool follow, struct stat *status)
{
    if (at->above) {
        return above_status(at->above, status);
    }
    filesystem_metadata_hash_value_t identity;
    filesystem_descriptor_stat_t from;
    filesystem_error_code_t code;
    wasip2_string_t name = at->name;
    // The host is three times as fast with a single name that it need not follow, and most names are no links.
    bool single = !memchr(name.ptr, '/', name.len) && *name.ptr != '.';
    bool ok = filesystem_method_descriptor_stat_at(at->folder, following(follow && !single), &name, &from, &code);
    if (ok && follow && single && from.type == FILESYSTEM_DESCRIPTOR_TYPE_SYMBOLIC_LINK) {
        single = false;
        ok = filesystem_method_descriptor_stat_at(at->folder, following(true), &name, &from, &code);
    }
    if (!ok || !filesystem_method_descriptor_metadata_hash_at(at->folder, following(follow && !single), &name, &identity,
                                                              &code)) {
        return filesystem_failed(code);
    }
    status_of(&identity, &from, status);
    return 0;
}

bool place_owner_may(const place *at, bool follow, mode_t wanted)
{
    struct stat status;
    if (!modes_restrict() || at->above || place_status(at, follow, &status) < 0 || (status.st_mode & wanted) == wanted) {
        return true;
    }
    errno = EACCES;
    return false;
}

bool place_may_change_folder(const place *at)
{
    if (!modes_restrict() || at->above) {
        return true;
    }
    place folder = *at;
    while (folder.name.len > 0 && folder.name.ptr[folder.name.len - 1] == '/') {
        folder.name.len--;
    }
    while (folder.name.len > 0 && folder.name.ptr[folder.name.len - 1] != '/') {
        folder.name.len--;
    }
    if (folder.name.len == 0) {
        folder.name = (wasip2_string_t){(uint8_t *)".", 1};
    }
    return place_owner_may(&folder, true, S_IWUSR);
}
