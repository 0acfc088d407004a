#include "cap.h"

#include <stdlib.h>
#include <string.h>

typedef exports_test_ownership_api_item_t item_t;
typedef exports_test_ownership_api_answer_t answer_t;
typedef exports_test_ownership_api_list_item_t list_item_t;

struct exports_test_ownership_api_holder_t {
    item_t item;
};

static uint32_t holders;

/* Memory for a list of `count` items of `size`; null only for none. */
static void *
room(size_t count, size_t size)
{
    void *list = count > 0 ? malloc(count * size) : NULL;
    if (count > 0 && list == NULL)
        abort();
    return list;
}

static cap_string_t
copy_text(const cap_string_t *text)
{
    cap_string_t copy;
    cap_string_dup_n(&copy, (const char *)text->ptr, text->len);
    return copy;
}

static item_t
copy_item(const item_t *item)
{
    item_t copy = {.key = copy_text(&item->key), .values = {room(item->values.len, 4), item->values.len}};
    if (copy.values.len > 0)
        memcpy(copy.values.ptr, item->values.ptr, copy.values.len * 4);
    copy.note.is_some = item->note.is_some;
    if (copy.note.is_some)
        copy.note.val = copy_text(&item->note.val);
    return copy;
}

exports_test_ownership_api_own_holder_t
exports_test_ownership_api_constructor_holder(item_t *item)
{
    exports_test_ownership_api_holder_t *holder = room(1, sizeof *holder);
    holder->item = *item;
    holders++;
    return exports_test_ownership_api_holder_new(holder);
}

void
exports_test_ownership_api_holder_destructor(exports_test_ownership_api_holder_t *holder)
{
    holders--;
    exports_test_ownership_api_item_free(&holder->item);
    free(holder);
}

/* Gives what it held so far. */
void
exports_test_ownership_api_method_holder_replace(exports_test_ownership_api_holder_t *self, item_t *item, item_t *ret)
{
    *ret = self->item;
    self->item = *item;
}

void
exports_test_ownership_api_method_holder_get(exports_test_ownership_api_holder_t *self, item_t *ret)
{
    *ret = copy_item(&self->item);
}

void
exports_test_ownership_api_pass(list_item_t *items, list_item_t *ret)
{
    *ret = *items;
}

/* The keys of the items. */
static cap_list_string_t
keys(const list_item_t *items)
{
    cap_list_string_t keys = {room(items->len, sizeof *keys.ptr), items->len};
    for (size_t i = 0; i < keys.len; i++)
        keys.ptr[i] = copy_text(&items->ptr[i].key);
    return keys;
}

bool
exports_test_ownership_api_ask(uint32_t kind, list_item_t *items, answer_t *ret, cap_string_t *err)
{
    switch (kind) {
    case 0:
        ret->tag = EXPORTS_TEST_OWNERSHIP_API_ANSWER_TEXT;
        cap_string_dup(&ret->val.text, "an answer that is a text");
        break;
    case 1:
        ret->tag = EXPORTS_TEST_OWNERSHIP_API_ANSWER_ITEMS;
        ret->val.items = *items;
        return true;
    case 2:
        ret->tag = EXPORTS_TEST_OWNERSHIP_API_ANSWER_FAILED;
        ret->val.failed.is_err = false;
        cap_string_dup(&ret->val.failed.val.ok, "failed, and yet fine");
        break;
    case 3:
        ret->tag = EXPORTS_TEST_OWNERSHIP_API_ANSWER_FAILED;
        ret->val.failed.is_err = true;
        ret->val.failed.val.err = keys(items);
        break;
    default:
        cap_string_dup(err, "there is no such kind of answer");
        exports_test_ownership_api_list_item_free(items);
        return false;
    }
    exports_test_ownership_api_list_item_free(items);
    return true;
}

void
exports_test_ownership_api_swallow(answer_t *answer, cap_list_u8_t *bytes)
{
    exports_test_ownership_api_answer_free(answer);
    cap_list_u8_free(bytes);
}

uint32_t
exports_test_ownership_api_holders(void)
{
    return holders;
}

uint32_t
exports_test_ownership_api_pages(void)
{
    return __builtin_wasm_memory_size(0);
}
