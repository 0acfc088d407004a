
struct exports_@IDENT@_@IDENT@_api_@RES@_t {
    uint32_t sum;
};

bool
exports_@IDENT@_@IDENT@_api_static_@RES@_create(exports_@IDENT@_@IDENT@_api_own_@RES@_t *ret, problem_t *err)
{
    exports_@IDENT@_@IDENT@_api_@RES@_t *self = calloc(1, sizeof *self);
    if (self == NULL) {
        *err = EXPORTS_@UPPER@_@UPPER@_API_PROBLEM_NO_MEMORY;
        return false;
    }
    *ret = exports_@IDENT@_@IDENT@_api_@RES@_new(self);
    return true;
}

bool
exports_@IDENT@_@IDENT@_api_method_@RES@_update(exports_@IDENT@_@IDENT@_api_borrow_@RES@_t self,
                                                @IDENT@_cap_list_u8_t *data, problem_t *err)
{
    bool is_empty = data->len == 0;
    if (is_empty)
        *err = EXPORTS_@UPPER@_@UPPER@_API_PROBLEM_EMPTY;
    else
        self->sum = added(self->sum, data->ptr, data->len);
    @IDENT@_cap_list_u8_free(data);
    return !is_empty;
}

uint32_t
exports_@IDENT@_@IDENT@_api_method_@RES@_value(exports_@IDENT@_@IDENT@_api_borrow_@RES@_t self)
{
    return self->sum;
}

void
exports_@IDENT@_@IDENT@_api_@RES@_destructor(exports_@IDENT@_@IDENT@_api_@RES@_t *rep)
{
    free(rep);
}
