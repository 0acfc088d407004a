/* Names of files, for lend_files.h. What is returned is from malloc; NULL comes with errno. */

/* A name in a folder. */
static char *
lend_joined(const char *folder, const char *name)
{
    size_t length = strlen(folder), room = length + strlen(name) + 2;
    char *joined = malloc(room);

    if (joined != NULL)
        (void)snprintf(joined, room, "%s%s%s", folder, length > 0 && folder[length - 1] == '/' ? "" : "/", name);
    return joined;
}

/* The name from the root on. */
static char *
lend_full_name(const char *name)
{
    char *folder = name[0] == '/' ? NULL : getcwd(NULL, 0);
    char *full = name[0] == '/' ? strdup(name) : folder == NULL ? NULL : lend_joined(folder, name);

    free(folder);
    return full;
}

/* The same without links, of a file that may have to be made: by whichever name a database is opened, there is one journal and one
 * lock for it. */
static char *
lend_real_name(const char *name)
{
    char *real = realpath(name, NULL), *full, *folder, *end;

    if (real != NULL || errno != ENOENT)
        return real;
    full = lend_full_name(name);
    if (full == NULL)
        return NULL;
    end = strrchr(full, '/');
    *end = '\0';
    folder = realpath(end == full ? "/" : full, NULL);
    real = folder == NULL ? NULL : lend_joined(folder, end + 1);
    free(folder);
    free(full);
    return real;
}
