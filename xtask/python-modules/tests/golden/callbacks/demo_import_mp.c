// The module `_demo_cap` of MicroPython: what demo_import.h declares. docs/reference/python-modules.md has the mapping.
#include <string.h>

#include "py/objlist.h"
#include "py/runtime.h"

#include "answers.h"
#include "arguments.h"
#include "glue.h"
#include "values.h"
#include "demo_import.h"

static const mp_obj_type_t type_order_item;
static const mp_obj_type_t type_order_trouble;
static const mp_obj_type_t type_of_error;

static const qstr names_order_item[] = {MP_QSTR_name, MP_QSTR_weight};
static const struct glue_record record_order_item = {2, names_order_item};
static GLUE_RECORD(type_order_item, MP_QSTR_Item, &record_order_item);

static const struct glue_case cases_order_trouble[] = {
    {{&type_order_trouble}, 0, MP_QSTR_UNKNOWN},
    {{&type_order_trouble}, 1, MP_QSTR_TIRED},
};
static const struct glue_cases enum_order_trouble = {cases_order_trouble, 2};
static const mp_rom_map_elem_t table_order_trouble[] = {
    {MP_ROM_QSTR(MP_QSTR_UNKNOWN), MP_ROM_PTR(&cases_order_trouble[0])},
    {MP_ROM_QSTR(MP_QSTR_TIRED), MP_ROM_PTR(&cases_order_trouble[1])},
};
static MP_DEFINE_CONST_DICT(dict_order_trouble, table_order_trouble);
static GLUE_ENUM(type_order_trouble, MP_QSTR_Trouble, &enum_order_trouble, &dict_order_trouble);

static GLUE_ERROR(type_of_error, MP_QSTR_DemoError);

static void
end_string(void *value)
{
    demo_import_string_t *it = value;

    demo_import_string_free(it);
}

// list<u32>
static mp_obj_t
to_list_u32(demo_import_list_u32_t *value)
{
    mp_obj_list_t *list = MP_OBJ_TO_PTR(mp_obj_new_list(value->len, NULL));

    for (size_t i = 0; i < value->len; i++)
        list->items[i] = mp_obj_new_int_from_uint(value->ptr[i]);
    return MP_OBJ_FROM_PTR(list);
}

static void
end_list_u32(void *value)
{
    demo_import_list_u32_t *it = value;

    demo_import_list_u32_free(it);
}

// item
static mp_obj_t
to_order_item(exports_demo_kit_order_item_t *value)
{
    mp_obj_t items[] = {
        glue_text(value->name.ptr, value->name.len),
        mp_obj_new_int_from_uint(value->weight),
    };
    return glue_record_new(&type_order_item, items);
}

// list<string>
static void
from_list_string(struct glue_held *held, mp_obj_t object, const char *name, demo_import_list_string_t *value)
{
    const mp_obj_t *items = glue_held_items(held, object, name, &value->len);

    value->ptr = glue_held_memory(held, value->len, sizeof *value->ptr);
    for (size_t i = 0; i < value->len; i++)
        glue_held_text(held, items[i], name, &value->ptr[i].ptr, &value->ptr[i].len);
}

// item
static void
from_order_item(struct glue_held *held, mp_obj_t object, const char *name, exports_demo_kit_order_item_t *value)
{
    const mp_obj_t *items = glue_read_tuple(object, name, "Item", 2);

    glue_held_text(held, items[0], "Item.name", &value->name.ptr, &value->name.len);
    glue_read_u32(items[1], "Item.weight", &value->weight);
}

// sorting.sort(count: u32) -> result<list<u32>, string>
static mp_obj_t
call_sorting_sort(mp_obj_t argument)
{
    uint32_t arg_count;

    glue_read_u32(argument, "count", &arg_count);
    struct glue_call call;
    glue_call_begin(&call);
    demo_import_list_u32_t returned;
    demo_import_string_t problem;
    bool good = demo_kit_sorting_sort(arg_count, &returned, &problem);
    if (!good) {
        struct glue_result result;
        glue_result_begin(&result, end_string, &problem);
        glue_call_end(&call);
        mp_obj_t object = glue_text(problem.ptr, problem.len);
        glue_result_end();
        glue_raise(&type_of_error, object);
    }
    struct glue_result result;
    glue_result_begin(&result, end_list_u32, &returned);
    glue_call_end(&call);
    mp_obj_t object = to_list_u32(&returned);
    glue_result_end();
    return object;
}
static MP_DEFINE_CONST_FUN_OBJ_1(object_sorting_sort, call_sorting_sort);

// sorting.first() -> option<u32>
static mp_obj_t
call_sorting_first(void)
{
    struct glue_call call;
    glue_call_begin(&call);
    uint32_t returned;
    bool some = demo_kit_sorting_first(&returned);
    if (!some) {
        glue_call_end(&call);
        return mp_const_none;
    }
    glue_call_end(&call);
    return mp_obj_new_int_from_uint(returned);
}
static MP_DEFINE_CONST_FUN_OBJ_0(object_sorting_first, call_sorting_first);

// sorting.reset()
static mp_obj_t
call_sorting_reset(void)
{
    struct glue_call call;
    glue_call_begin(&call);
    demo_kit_sorting_reset();
    glue_call_end(&call);
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_0(object_sorting_reset, call_sorting_reset);

// sorting.count() -> u32
static mp_obj_t
call_sorting_count(void)
{
    struct glue_call call;
    glue_call_begin(&call);
    uint32_t returned = demo_kit_sorting_count();
    glue_call_end(&call);
    return mp_obj_new_int_from_uint(returned);
}
static MP_DEFINE_CONST_FUN_OBJ_0(object_sorting_count, call_sorting_count);

// order.precedes(a: item, b: item) -> result<bool, trouble>
struct question_order_precedes {
    exports_demo_kit_order_item_t *arg_a;
    exports_demo_kit_order_item_t *arg_b;
    bool *ret;
    exports_demo_kit_order_trouble_t *err;
    mp_obj_t object; // for the collector, while it is read
};

static void
ask_order_precedes(void *question, mp_obj_t method)
{
    struct question_order_precedes *it = question;
    mp_obj_t given[2];

    given[0] = to_order_item(it->arg_a);
    given[1] = to_order_item(it->arg_b);
    it->object = glue_answer_of(method, "order.precedes", 2, given);
    glue_read_bool(it->object, "the answer of Order.precedes", it->ret);
}

static void
tell_order_precedes(void *question, mp_obj_t problem)
{
    struct question_order_precedes *it = question;

    it->object = problem;
    *it->err = (exports_demo_kit_order_trouble_t)glue_read_case(it->object, "the answer of Order.precedes", "Trouble",
                2);
}

bool
exports_demo_kit_order_precedes(exports_demo_kit_order_item_t *arg_a, exports_demo_kit_order_item_t *arg_b, bool *ret,
                                exports_demo_kit_order_trouble_t *err)
{
    struct question_order_precedes it = {arg_a, arg_b, ret, err, MP_OBJ_NULL};
    bool told;

    bool good = glue_ask_or_tell(ask_order_precedes, &it, MP_STATE_VM(demo_import_answers_order)[1], &type_of_error,
                                 tell_order_precedes, &told);
    exports_demo_kit_order_item_free(arg_a);
    exports_demo_kit_order_item_free(arg_b);
    if (!good && !told)
        memset(err, 0, sizeof *err);
    return good;
}

// order.labels(of: list<u32>, prefix: option<string>) -> list<string>
struct question_order_labels {
    demo_import_list_u32_t *arg_of;
    demo_import_string_t *arg_prefix;
    demo_import_list_string_t *ret;
    mp_obj_t object; // for the collector, while it is read
};

static void
ask_order_labels(void *question, mp_obj_t method)
{
    struct question_order_labels *it = question;
    mp_obj_t given[2];

    given[0] = to_list_u32(it->arg_of);
    given[1] = it->arg_prefix == NULL ? mp_const_none : glue_text(it->arg_prefix->ptr, it->arg_prefix->len);
    it->object = glue_answer_of(method, "order.labels", 2, given);
    struct glue_answer whole;
    struct glue_held held = {.answer = &whole};

    glue_answer_begin(&whole);
    from_list_string(&held, it->object, "the answer of Order.labels", it->ret);
    glue_answer_end();
}

void
exports_demo_kit_order_labels(demo_import_list_u32_t *arg_of, demo_import_string_t *arg_prefix,
                              demo_import_list_string_t *ret)
{
    struct question_order_labels it = {arg_of, arg_prefix, ret, MP_OBJ_NULL};

    bool good = glue_ask(ask_order_labels, &it, MP_STATE_VM(demo_import_answers_order)[2]);
    demo_import_list_u32_free(arg_of);
    if (arg_prefix != NULL)
        demo_import_string_free(arg_prefix);
    if (!good)
        memset(ret, 0, sizeof *ret);
}

// order.best() -> option<item>
struct question_order_best {
    exports_demo_kit_order_item_t *ret;
    bool some;
    mp_obj_t object; // for the collector, while it is read
};

static void
ask_order_best(void *question, mp_obj_t method)
{
    struct question_order_best *it = question;
    it->object = glue_answer_of(method, "order.best", 0, NULL);

    if (it->object == mp_const_none)
        return;
    struct glue_answer whole;
    struct glue_held held = {.answer = &whole};

    glue_answer_begin(&whole);
    from_order_item(&held, it->object, "the answer of Order.best", it->ret);
    glue_answer_end();
    it->some = true;
}

bool
exports_demo_kit_order_best(exports_demo_kit_order_item_t *ret)
{
    struct question_order_best it = {ret, false, MP_OBJ_NULL};

    bool good = glue_ask(ask_order_best, &it, MP_STATE_VM(demo_import_answers_order)[3]);
    return good && it.some;
}

// order.told(text: string)
struct question_order_told {
    demo_import_string_t *arg_text;
};

static void
ask_order_told(void *question, mp_obj_t method)
{
    struct question_order_told *it = question;
    mp_obj_t given[1];

    given[0] = glue_text(it->arg_text->ptr, it->arg_text->len);
    glue_answer_of(method, "order.told", 1, given);
}

void
exports_demo_kit_order_told(demo_import_string_t *arg_text)
{
    struct question_order_told it = {arg_text};

    glue_ask(ask_order_told, &it, MP_STATE_VM(demo_import_answers_order)[4]);
    demo_import_string_free(arg_text);
}

// order.weight(data: list<u8>) -> u32
struct question_order_weight {
    demo_import_list_u8_t *arg_data;
    uint32_t returned;
    mp_obj_t object; // for the collector, while it is read
};

static void
ask_order_weight(void *question, mp_obj_t method)
{
    struct question_order_weight *it = question;
    mp_obj_t given[1];

    given[0] = mp_obj_new_bytes(it->arg_data->ptr, it->arg_data->len);
    it->object = glue_answer_of(method, "order.weight", 1, given);
    glue_read_u32(it->object, "the answer of Order.weight", &it->returned);
}

uint32_t
exports_demo_kit_order_weight(demo_import_list_u8_t *arg_data)
{
    struct question_order_weight it = {arg_data, 0, MP_OBJ_NULL};

    bool good = glue_ask(ask_order_weight, &it, MP_STATE_VM(demo_import_answers_order)[5]);
    demo_import_list_u8_free(arg_data);
    return good ? it.returned : 0;
}

// order.give-up() -> result
struct question_order_give_up {
    char nothing;
};

static void
ask_order_give_up(void *question, mp_obj_t method)
{
    (void)question;
    glue_answer_of(method, "order.give_up", 0, NULL);
}

bool
exports_demo_kit_order_give_up(void)
{
    struct question_order_give_up it = {0};
    bool told;

    bool good = glue_ask_or_tell(ask_order_give_up, &it, MP_STATE_VM(demo_import_answers_order)[6], &type_of_error,
                                 NULL, &told);
    return good;
}

MP_REGISTER_ROOT_POINTER(mp_obj_t demo_import_answers_order[7]);

static mp_obj_t
answer_order(mp_obj_t answers)
{
    static const qstr names[] = {MP_QSTR_precedes, MP_QSTR_labels, MP_QSTR_best, MP_QSTR_told, MP_QSTR_weight,
                                 MP_QSTR_give_up};

    return glue_answers_set(MP_STATE_VM(demo_import_answers_order), answers, names, 6);
}

static MP_DEFINE_CONST_FUN_OBJ_1(answer_order_obj, answer_order);

static const mp_rom_map_elem_t table_of_module[] = {
    {MP_ROM_QSTR(MP_QSTR___name__), MP_ROM_QSTR(MP_QSTR__demo_cap)},
    {MP_ROM_QSTR(MP_QSTR_DemoError), MP_ROM_PTR(&type_of_error)},
    {MP_ROM_QSTR(MP_QSTR_Item), MP_ROM_PTR(&type_order_item)},
    {MP_ROM_QSTR(MP_QSTR_Trouble), MP_ROM_PTR(&type_order_trouble)},
    {MP_ROM_QSTR(MP_QSTR_sort), MP_ROM_PTR(&object_sorting_sort)},
    {MP_ROM_QSTR(MP_QSTR_first), MP_ROM_PTR(&object_sorting_first)},
    {MP_ROM_QSTR(MP_QSTR_reset), MP_ROM_PTR(&object_sorting_reset)},
    {MP_ROM_QSTR(MP_QSTR_count), MP_ROM_PTR(&object_sorting_count)},
    {MP_ROM_QSTR(MP_QSTR_answer_order), MP_ROM_PTR(&answer_order_obj)},
};
static MP_DEFINE_CONST_DICT(dict_of_module, table_of_module);

const mp_obj_module_t mp_module__demo_cap = {
    .base = {&mp_type_module},
    .globals = (mp_obj_dict_t *)&dict_of_module,
};
MP_REGISTER_MODULE(MP_QSTR__demo_cap, mp_module__demo_cap);
