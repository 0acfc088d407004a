#include "cap.h"

#include <stdlib.h>
#include <string.h>

typedef exports_test_resources_api_counter_t counter_t;
typedef exports_test_resources_api_log_t log_t;
typedef exports_test_resources_api_own_counter_t own_counter_t;
typedef exports_test_resources_api_borrow_counter_t borrow_counter_t;
typedef exports_test_resources_api_named_t named_t;

struct exports_test_resources_api_counter_t {
    cap_string_t name;
    int64_t value;
};

/* Lists grow by one; both are small here. */
struct exports_test_resources_api_log_t {
    cap_list_string_t lines;
    own_counter_t *kept;
    size_t kept_count;
};

static uint32_t live_counters;
static uint32_t live_logs;

/* Memory for `count` items of `size`, with what `old` has; never null. */
static void *
grow(void *old, size_t count, size_t size)
{
    void *grown = realloc(old, count * size);
    if (grown == NULL)
        abort();
    return grown;
}

static cap_string_t
copy(cap_string_t text)
{
    cap_string_t result;
    cap_string_dup_n(&result, (const char *)text.ptr, text.len);
    return result;
}

/* A counter that takes `name` over. */
static own_counter_t
new_counter(cap_string_t name, int64_t value)
{
    counter_t *counter = grow(NULL, 1, sizeof *counter);
    *counter = (counter_t){name, value};
    live_counters++;
    return exports_test_resources_api_counter_new(counter);
}

/* Ends a counter that is ours, and gives its value. */
static int64_t
end_counter(own_counter_t counter)
{
    int64_t value = exports_test_resources_api_counter_rep(counter)->value;
    exports_test_resources_api_counter_drop_own(counter);
    return value;
}

void
exports_test_resources_api_counter_destructor(counter_t *counter)
{
    live_counters--;
    cap_string_free(&counter->name);
    free(counter);
}

own_counter_t
exports_test_resources_api_constructor_counter(cap_string_t *name, int64_t start)
{
    return new_counter(*name, start);
}

void
exports_test_resources_api_method_counter_name(borrow_counter_t self, cap_string_t *ret)
{
    *ret = copy(self->name);
}

int64_t
exports_test_resources_api_method_counter_add(borrow_counter_t self, int64_t amount)
{
    return self->value += amount;
}

own_counter_t
exports_test_resources_api_method_counter_clone(borrow_counter_t self)
{
    return new_counter(copy(self->name), self->value);
}

bool
exports_test_resources_api_static_counter_create(cap_string_t *name, own_counter_t *ret, cap_string_t *err)
{
    if (name->len == 0) {
        cap_string_dup(err, "a counter needs a name");
        cap_string_free(name);
        return false;
    }
    *ret = new_counter(*name, 0);
    return true;
}

int64_t
exports_test_resources_api_static_counter_finish(own_counter_t counter)
{
    return end_counter(counter);
}

int64_t
exports_test_resources_api_method_counter_merge(borrow_counter_t self, borrow_counter_t other)
{
    return self->value += other->value;
}

exports_test_resources_api_own_log_t
exports_test_resources_api_constructor_log(void)
{
    log_t *log = grow(NULL, 1, sizeof *log);
    *log = (log_t){0};
    live_logs++;
    return exports_test_resources_api_log_new(log);
}

void
exports_test_resources_api_log_destructor(log_t *log)
{
    live_logs--;
    cap_list_string_free(&log->lines);
    for (size_t i = 0; i < log->kept_count; i++)
        exports_test_resources_api_counter_drop_own(log->kept[i]);
    free(log->kept);
    free(log);
}

void
exports_test_resources_api_method_log_write(log_t *self, cap_string_t *line)
{
    self->lines.ptr = grow(self->lines.ptr, self->lines.len + 1, sizeof *line);
    self->lines.ptr[self->lines.len++] = *line;
}

void
exports_test_resources_api_method_log_lines(log_t *self, cap_list_string_t *ret)
{
    *ret = (cap_list_string_t){grow(NULL, self->lines.len + 1, sizeof *ret->ptr), self->lines.len};
    for (size_t i = 0; i < ret->len; i++)
        ret->ptr[i] = copy(self->lines.ptr[i]);
    if (ret->len == 0)
        free(ret->ptr);
}

void
exports_test_resources_api_method_log_keep(log_t *self, own_counter_t counter)
{
    self->kept = grow(self->kept, self->kept_count + 1, sizeof counter);
    self->kept[self->kept_count++] = counter;
}

void
exports_test_resources_api_method_log_kept(log_t *self, cap_list_s64_t *ret)
{
    *ret = (cap_list_s64_t){NULL, self->kept_count};
    if (ret->len > 0)
        ret->ptr = grow(NULL, ret->len, sizeof *ret->ptr);
    for (size_t i = 0; i < ret->len; i++)
        ret->ptr[i] = exports_test_resources_api_counter_rep(self->kept[i])->value;
}

/* Counters with the values 0, 1, .. */
void
exports_test_resources_api_several(cap_list_string_t *names, exports_test_resources_api_list_named_t *ret)
{
    *ret = (exports_test_resources_api_list_named_t){NULL, names->len};
    if (ret->len > 0)
        ret->ptr = grow(NULL, ret->len, sizeof *ret->ptr);
    for (size_t i = 0; i < ret->len; i++)
        ret->ptr[i] = (named_t){copy(names->ptr[i]), new_counter(copy(names->ptr[i]), (int64_t)i)};
    cap_list_string_free(names);
}

int64_t
exports_test_resources_api_sum(exports_test_resources_api_list_borrow_counter_t *counters)
{
    int64_t sum = 0;
    for (size_t i = 0; i < counters->len; i++)
        sum += counters->ptr[i]->value;
    exports_test_resources_api_list_borrow_counter_free(counters);
    return sum;
}

bool
exports_test_resources_api_maybe(bool make, own_counter_t *ret)
{
    if (make) {
        cap_string_t name;
        cap_string_dup(&name, "maybe");
        *ret = new_counter(name, 1);
    }
    return make;
}

own_counter_t
exports_test_resources_api_pass(own_counter_t counter)
{
    return counter;
}

/* Generated `*_free` functions leave own handles alone: they are to be dropped one by one. */
int64_t
exports_test_resources_api_absorb(exports_test_resources_api_list_named_t *named, own_counter_t *maybe_spare)
{
    int64_t sum = maybe_spare != NULL ? end_counter(*maybe_spare) : 0;
    for (size_t i = 0; i < named->len; i++)
        sum += end_counter(named->ptr[i].counter);
    exports_test_resources_api_list_named_free(named);
    return sum;
}

/* A counter for a name, and the name for a counter. */
void
exports_test_resources_api_choose(exports_test_resources_api_either_t *either, exports_test_resources_api_either_t *ret)
{
    if (either->tag == EXPORTS_TEST_RESOURCES_API_EITHER_NAME) {
        ret->tag = EXPORTS_TEST_RESOURCES_API_EITHER_COUNTER;
        ret->val.counter = new_counter(either->val.name, 0);
        return;
    }
    ret->tag = EXPORTS_TEST_RESOURCES_API_EITHER_NAME;
    ret->val.name = copy(exports_test_resources_api_counter_rep(either->val.counter)->name);
    exports_test_resources_api_counter_drop_own(either->val.counter);
}

bool
exports_test_resources_api_add_all(exports_test_resources_api_list_tuple2_borrow_counter_s64_t *amounts,
                                   borrow_counter_t *maybe_last, cap_string_t *ret)
{
    for (size_t i = 0; i < amounts->len; i++)
        amounts->ptr[i].f0->value += amounts->ptr[i].f1;
    exports_test_resources_api_list_tuple2_borrow_counter_s64_free(amounts);
    if (maybe_last != NULL)
        *ret = copy((*maybe_last)->name);
    return maybe_last != NULL;
}

uint32_t
exports_test_resources_api_live_counters(void)
{
    return live_counters;
}

uint32_t
exports_test_resources_api_live_logs(void)
{
    return live_logs;
}

uint32_t
exports_test_resources_api_pages(void)
{
    return __builtin_wasm_memory_size(0);
}
