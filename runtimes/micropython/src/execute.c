// Running Python source, and what becomes of its exceptions.
#include "execute.h"

#include <string.h>

#include "py/builtin.h"
#include "py/compile.h"
#include "py/runtime.h"

int execute_uncaught(mp_obj_t exception) {
    const mp_obj_type_t *type = mp_obj_get_type(exception);
    if (!mp_obj_is_subclass_fast(MP_OBJ_FROM_PTR(type), MP_OBJ_FROM_PTR(&mp_type_SystemExit))) {
        mp_obj_print_exception(&mp_stderr_print, exception);
        return 1;
    }
    // None is success, a number the status; anything else is printed and a failure, as CPython has it.
    mp_obj_t value = mp_obj_exception_get_value(exception);
    mp_int_t status = 0;
    if (value != mp_const_none && !mp_obj_get_int_maybe(value, &status)) {
        mp_obj_print_helper(&mp_stderr_print, value, PRINT_STR);
        mp_print_str(&mp_stderr_print, "\n");
        status = 1;
    }
    return EXECUTE_EXIT | (status & 0xff);
}

static mp_lexer_t *open_source(const struct execute_source *source) {
    switch (source->kind) {
        case SOURCE_FILE:
            return mp_lexer_new_from_file(qstr_from_str(source->text));
        case SOURCE_STDIN:
            return mp_lexer_new_from_fd(MP_QSTR__lt_stdin_gt_, STDIN_FILENO, false);
        default:
            return mp_lexer_new_from_str_len(MP_QSTR__lt_stdin_gt_, source->text, source->len, 0);
    }
}

int execute_source(const struct execute_source *source, mp_parse_input_kind_t input, bool compile_only) {
    nlr_buf_t nlr;
    if (nlr_push(&nlr) == 0) {
        mp_lexer_t *lexer = open_source(source);
        qstr name = lexer->source_name;
        if (input == MP_PARSE_FILE_INPUT) {
            mp_store_global(MP_QSTR___file__, MP_OBJ_NEW_QSTR(name));
        }
        mp_parse_tree_t tree = mp_parse(lexer, input);
        mp_obj_t program = mp_compile(&tree, name, input == MP_PARSE_SINGLE_INPUT);
        if (!compile_only) {
            mp_call_function_0(program);
        }
        mp_handle_pending(true);
        nlr_pop();
        return 0;
    }
    mp_handle_pending(false);
    return execute_uncaught(MP_OBJ_FROM_PTR(nlr.ret_val));
}

// Imports `name` with the name __main__, and returns the module itself rather than its outermost package.
static mp_obj_t import_main(mp_obj_t name) {
    mp_obj_t args[] = { name, mp_const_none, mp_const_none, mp_const_false };
    return mp_builtin___import__(MP_ARRAY_SIZE(args), args);
}

int execute_module(const char *name) {
    nlr_buf_t nlr;
    if (nlr_push(&nlr) == 0) {
        mp_obj_t module = import_main(mp_obj_new_str_from_cstr(name));
        mp_obj_t path[2];
        mp_load_method_maybe(module, MP_QSTR___path__, path);
        if (path[0] != MP_OBJ_NULL) {
            vstr_t main;
            vstr_init(&main, strlen(name) + sizeof(".__main__"));
            vstr_add_str(&main, name);
            vstr_add_str(&main, ".__main__");
            import_main(mp_obj_new_str_from_vstr(&main));
        }
        mp_handle_pending(true);
        nlr_pop();
        return 0;
    }
    mp_handle_pending(false);
    return execute_uncaught(MP_OBJ_FROM_PTR(nlr.ret_val));
}

int execute_atexit(void) {
    nlr_buf_t nlr;
    if (nlr_push(&nlr) == 0) {
        if (mp_obj_is_callable(MP_STATE_VM(sys_exitfunc))) {
            mp_call_function_0(MP_STATE_VM(sys_exitfunc));
        }
        nlr_pop();
        return 0;
    }
    return execute_uncaught(MP_OBJ_FROM_PTR(nlr.ret_val));
}
