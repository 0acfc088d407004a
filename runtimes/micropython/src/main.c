// Starts MicroPython as a WASI command, runs what the command line says, and ends with its status.
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "execute.h"
#include "heap.h"
#include "options.h"
#include "py/builtin.h"
#include "py/cstack.h"
#include "py/mphal.h"
#include "py/objstr.h"
#include "py/runtime.h"
#include "extmod/vfs.h"
#include "extmod/vfs_posix.h"

// Mounts the host's folders at the root, and makes that mount the current one. (chdir("/") would do so too, but change
// the C library's current folder.)
static void mount_host(void) {
    mp_obj_t args[] = {
        MP_OBJ_TYPE_GET_SLOT(&mp_type_vfs_posix, make_new)(&mp_type_vfs_posix, 0, 0, NULL),
        MP_OBJ_NEW_QSTR(MP_QSTR__slash_),
    };
    mp_vfs_mount(MP_ARRAY_SIZE(args), args, (mp_map_t *)&mp_const_empty_map);
    MP_STATE_VM(vfs_cur) = MP_STATE_VM(vfs_mount_table);
}

// Fills sys.path: "" for the current folder, then MICROPYPATH, in which ~/ stands for HOME.
static void set_path(void) {
    mp_sys_path = mp_obj_new_list(0, NULL);
    mp_obj_list_append(mp_sys_path, MP_OBJ_NEW_QSTR(MP_QSTR_));
    const char *home = getenv("HOME");
    const char *path = getenv("MICROPYPATH");
    if (path == NULL) {
        path = MICROPY_PY_SYS_PATH_DEFAULT;
    }
    while (*path != '\0') {
        size_t len = strcspn(path, ":");
        vstr_t entry;
        vstr_init(&entry, len);
        const char *rest = path;
        if (home != NULL && len >= 2 && memcmp(path, "~/", 2) == 0) {
            vstr_add_str(&entry, home);
            rest++;
        }
        vstr_add_strn(&entry, rest, len - (size_t)(rest - path));
        if (entry.len > 0) {
            mp_obj_list_append(mp_sys_path, mp_obj_new_str_from_vstr(&entry));
        }
        path += len + (path[len] == ':');
    }
}

// Fills sys.argv: for a command it starts with -c, as CPython's does.
static void set_argv(const struct options *options) {
    mp_obj_list_init(MP_OBJ_TO_PTR(mp_sys_argv), 0);
    if (options->program != PROGRAM_NONE) {
        const char *first = options->program == PROGRAM_COMMAND ? "-c" : options->source;
        mp_obj_list_append(mp_sys_argv, mp_obj_new_str_from_cstr(first));
    }
    for (const char *const *arg = options->argv; *arg != NULL; arg++) {
        mp_obj_list_append(mp_sys_argv, mp_obj_new_str_from_cstr(*arg));
    }
}

// Makes everything up to the point where Python can run. False if it does not fit into the heap.
static bool initialize(const struct options *options) {
    nlr_buf_t nlr;
    if (nlr_push(&nlr) == 0) {
        mp_init();
        MP_STATE_VM(mp_optimise_value) = options->optimise;
        mp_verbose_flag = options->verbose;
        mount_host();
        set_path();
        set_argv(options);
        nlr_pop();
        return true;
    }
    return false;
}

// Makes the folder of `file` the first of sys.path: its true name, or where realpath() cannot look, as the host may not
// grant all of the folders above, the one that follows from the current folder.
static void set_script_folder(const char *file) {
    char *path = realpath(file, NULL);
    char *cwd = path == NULL && *file != '/' ? getcwd(NULL, 0) : NULL;
    const char *name = path != NULL ? path : file;
    const char *slash = strrchr(name, '/');
    vstr_t folder;
    vstr_init(&folder, 64);
    if (cwd != NULL) {
        vstr_add_str(&folder, cwd);
        vstr_add_str(&folder, slash != NULL ? "/" : "");
    }
    vstr_add_strn(&folder, name, slash == NULL ? 0 : slash == name ? 1 : (size_t)(slash - name));
    free(path);
    free(cwd);
    mp_obj_list_store(mp_sys_path, MP_OBJ_NEW_SMALL_INT(0), mp_obj_new_str_from_vstr(&folder));
}

static int run_file(const char *file, bool compile_only) {
    if (access(file, F_OK) != 0) {
        mp_printf(&mp_stderr_print, "micropython: can't open file '%s': [Errno %d] %s\n", file, errno, strerror(errno));
        return 2;
    }
    set_script_folder(file);
    struct execute_source source = { .kind = SOURCE_FILE, .text = file };
    return execute_source(&source, MP_PARSE_FILE_INPUT, compile_only);
}

// Runs what the options say; the status in the low byte.
static int run(const struct options *options) {
    struct execute_source source = { .kind = SOURCE_STDIN };
    bool prompt = options->inspect;
    int result = 0;
    switch (options->program) {
        case PROGRAM_COMMAND:
            source.kind = SOURCE_STRING;
            source.text = options->source;
            source.len = strlen(options->source);
            result = execute_source(&source, MP_PARSE_FILE_INPUT, options->compile_only);
            break;
        case PROGRAM_MODULE:
            result = execute_module(options->source);
            break;
        case PROGRAM_FILE:
            result = run_file(options->source, options->compile_only);
            break;
        case PROGRAM_NONE:
            prompt = prompt || hal_stdin_is_terminal();
            if (prompt) {
                break;
            }
            MP_FALLTHROUGH
        case PROGRAM_STDIN:
            result = execute_source(&source, MP_PARSE_FILE_INPUT, options->compile_only);
            break;
    }
    if (prompt) {
        result = repl_run();
    }
    int at_exit = execute_atexit();
    return at_exit != 0 ? at_exit : result;
}

// All of the program but marking where the stack starts. Not inlined: what it holds must lie below that mark.
static MP_NOINLINE int start(char *const *argv) {
    struct options options;
    int status;
    if (!options_parse(&options, argv, &status)) {
        return status;
    }
    // wasi-libc starts in "/", wherever the host's own current folder is; the host can say where.
    const char *folder = getenv("PWD");
    if (folder != NULL && *folder == '/') {
        (void)chdir(folder);
    }
    mp_cstack_init_with_top(MP_STATE_THREAD(stack_top), options.stack);
    if (!heap_init(options.heap_size, options.heap_max)) {
        mp_printf(&mp_stderr_print, "micropython: no memory for a heap of %u bytes\n", (unsigned)options.heap_size);
        return 1;
    }
    if (options.gc_stress) {
        heap_stress();
    }
    if (!initialize(&options)) {
        mp_printf(&mp_stderr_print, "micropython: cannot start in a heap of %u bytes\n", (unsigned)options.heap_max);
        return 1;
    }
    status = run(&options);
    if (options.verbose > 0) {
        mp_micropython_mem_info(0, NULL);
    }
    mp_deinit();
    return status & 0xff;
}

int main(int argc, char **argv) {
    (void)argc;
    mp_cstack_init_with_top(__builtin_frame_address(0), OPTIONS_STACK);
    return start(argv);
}

// Called if an exception is raised where nothing can catch it, which none of our callers lets happen.
void nlr_jump_fail(void *exception) {
    (void)exception;
    mp_printf(&mp_stderr_print, "micropython: FATAL: an exception was raised outside of any handler\n");
    exit(1);
}
