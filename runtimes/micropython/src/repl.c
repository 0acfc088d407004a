// The prompt. WASI cannot make a terminal raw, so that lines come whole, edited by the host's terminal; there is no
// completion and no history but the terminal's own.
#include <string.h>

#include "execute.h"
#include "py/mphal.h"
#include "py/mpstate.h"
#include "py/repl.h"
#include "py/runtime.h"
#include "extmod/modplatform.h"
#include "genhdr/mpversion.h"

static bool is_ctrl_e(const char *line, size_t len) {
    return len == 1 && line[0] == CHAR_CTRL_E;
}

// Adds lines as they are, until one that is Ctrl-E alone or the end of the input. (Ctrl-D, as other ports have it, is
// such an end, after which some hosts read no more.)
static void read_paste(vstr_t *source) {
    mp_hal_stdout_tx_str("paste mode; Ctrl-E and Enter to finish\n");
    for (;;) {
        size_t start = source->len;
        int status = mp_hal_readline(source, "=== ");
        if (is_ctrl_e(source->buf + start, source->len - start)) {
            vstr_cut_tail_bytes(source, 1);
            return;
        }
        if (status == CHAR_CTRL_D) {
            return;
        }
        vstr_add_byte(source, '\n');
    }
}

// Adds lines until the end of a statement, or of the input. A line that is Ctrl-E alone starts paste mode. False at the
// end of the input.
static bool read_statement(vstr_t *source, mp_parse_input_kind_t *input) {
    *input = MP_PARSE_SINGLE_INPUT;
    if (mp_hal_readline(source, mp_repl_get_ps1()) == CHAR_CTRL_D) {
        return false;
    }
    if (is_ctrl_e(source->buf, source->len)) {
        *input = MP_PARSE_FILE_INPUT;
        vstr_reset(source);
        read_paste(source);
        return true;
    }
    while (mp_repl_continue_with_input(vstr_null_terminated_str(source))) {
        vstr_add_byte(source, '\n');
        if (mp_hal_readline(source, mp_repl_get_ps2()) == CHAR_CTRL_D) {
            break;
        }
    }
    return true;
}

// Reads and runs one statement. Its result, or -1 at the end of the input. Reading may raise as well: MemoryError.
static int read_and_run(vstr_t *text) {
    nlr_buf_t nlr;
    if (nlr_push(&nlr) == 0) {
        mp_parse_input_kind_t input;
        int result = -1;
        vstr_reset(text);
        if (read_statement(text, &input)) {
            struct execute_source source = { .kind = SOURCE_STRING, .text = text->buf, .len = text->len };
            result = execute_source(&source, input, false);
        }
        nlr_pop();
        return result;
    }
    return execute_uncaught(MP_OBJ_FROM_PTR(nlr.ret_val));
}

// Makes room for a line, which stays: with a full heap there would be none for the next, nor for what frees some.
static bool allocate(vstr_t *text) {
    nlr_buf_t nlr;
    if (nlr_push(&nlr) == 0) {
        vstr_init(text, 256);
        nlr_pop();
        return true;
    }
    execute_uncaught(MP_OBJ_FROM_PTR(nlr.ret_val));
    return false;
}

int repl_run(void) {
    vstr_t text;
    if (!allocate(&text)) {
        return 1;
    }
    mp_hal_stdout_tx_str(MICROPY_BANNER_NAME_AND_VERSION "; " MICROPY_BANNER_MACHINE "\n"
        "Use Ctrl-D to exit, Ctrl-E and Enter for paste mode\n");
    for (;;) {
        int result = read_and_run(&text);
        if (result < 0) {
            mp_hal_stdout_tx_str("\n");
            return 0;
        }
        if (result & EXECUTE_EXIT) {
            return result;
        }
    }
}
