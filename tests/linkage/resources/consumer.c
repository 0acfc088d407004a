#include "consumer.h"
#include "check.h"

typedef test_resources_api_own_counter_t own_counter_t;
typedef test_resources_api_borrow_counter_t borrow_counter_t;
typedef test_resources_api_own_log_t own_log_t;
typedef test_resources_api_named_t named_t;

static borrow_counter_t
borrow(own_counter_t counter)
{
    return test_resources_api_borrow_counter(counter);
}

static own_counter_t
new_counter(consumer_string_t name, int64_t start)
{
    return test_resources_api_constructor_counter(&name, start);
}

/* Shows a counter's name and value. */
static void
show(const char *what, own_counter_t counter)
{
    consumer_string_t name;
    test_resources_api_method_counter_name(borrow(counter), &name);
    printf("%s: ", what);
    PRINT_TEXT(name);
    printf(" %" PRId64 "\n", test_resources_api_method_counter_add(borrow(counter), 0));
    consumer_string_free(&name);
}

static void
show_live(void)
{
    printf("live: %" PRIu32 " counters, %" PRIu32 " logs\n", test_resources_api_live_counters(),
           test_resources_api_live_logs());
}

static void
counters(void)
{
    own_counter_t one = new_counter(TEXT("one"), 1);
    own_counter_t big = new_counter(TEXT("gro\xc3\x9f"), INT64_MAX);
    own_counter_t unnamed = new_counter(TEXT(""), INT64_MIN);
    show("constructor", one);
    show("constructor", big);
    show("constructor", unnamed);
    SHOW("add 41", test_resources_api_method_counter_add(borrow(one), 41));
    SHOW("add -43", test_resources_api_method_counter_add(borrow(one), -43));

    own_counter_t twin = test_resources_api_method_counter_clone(borrow(one));
    test_resources_api_method_counter_add(borrow(twin), 100);
    show("clone", twin);
    show("the first", one);
    SHOW("merge", test_resources_api_method_counter_merge(borrow(one), borrow(twin)));
    SHOW("merge with itself", test_resources_api_method_counter_merge(borrow(one), borrow(one)));
    show_live();

    /* Neither in the order in which they were made nor in the opposite one. */
    test_resources_api_counter_drop_own(big);
    test_resources_api_counter_drop_own(twin);
    show("left", one);
    show("left", unnamed);
    SHOW("finish", test_resources_api_static_counter_finish(unnamed));
    SHOW("finish", test_resources_api_static_counter_finish(one));
    show_live();
}

static void
create(consumer_string_t name)
{
    own_counter_t counter;
    consumer_string_t error;
    if (test_resources_api_static_counter_create(&name, &counter, &error)) {
        show("create", counter);
        test_resources_api_counter_drop_own(counter);
    } else {
        SHOW_TEXT("create: error", error);
        consumer_string_free(&error);
    }
}

static void
show_log(own_log_t log)
{
    test_resources_api_borrow_log_t borrowed = test_resources_api_borrow_log(log);
    consumer_list_string_t lines;
    test_resources_api_method_log_lines(borrowed, &lines);
    SHOW_LIST("lines", lines, PRINT_TEXT);
    consumer_list_string_free(&lines);
    consumer_list_s64_t kept;
    test_resources_api_method_log_kept(borrowed, &kept);
    SHOW_LIST("kept", kept, PRINT);
    consumer_list_s64_free(&kept);
}

static void
logs(void)
{
    own_log_t log = test_resources_api_constructor_log();
    own_log_t other = test_resources_api_constructor_log();
    show_log(log);
    test_resources_api_method_log_write(test_resources_api_borrow_log(log), &TEXT("first"));
    test_resources_api_method_log_write(test_resources_api_borrow_log(log), &TEXT(""));
    test_resources_api_method_log_write(test_resources_api_borrow_log(other), &TEXT("elsewhere"));
    test_resources_api_method_log_keep(test_resources_api_borrow_log(log), new_counter(TEXT("kept"), 7));
    test_resources_api_method_log_keep(test_resources_api_borrow_log(log), new_counter(TEXT("kept too"), -8));
    show_log(log);
    show_log(other);
    show_live();
    /* The log ends what it keeps. */
    test_resources_api_log_drop_own(log);
    show_live();
    test_resources_api_log_drop_own(other);
    show_live();
}

/* own in lists, records, options and variants, both ways. */
static void
owned_in_others(void)
{
    consumer_list_string_t names =
        LIST(consumer_list_string_t, consumer_string_t, TEXT("a"), TEXT(""), TEXT("c"), TEXT("d"));
    test_resources_api_list_named_t several;
    test_resources_api_several(&names, &several);
    SHOW("several", several.len);
    for (size_t i = 0; i < several.len; i++) {
        SHOW_TEXT("  name", several.ptr[i].name);
        show("  counter", several.ptr[i].counter);
    }
    consumer_list_string_t no_names = {NULL, 0};
    test_resources_api_list_named_t none;
    test_resources_api_several(&no_names, &none);
    SHOW("several of none", none.len);
    test_resources_api_list_named_free(&none);

    own_counter_t spare;
    SHOW("maybe not", test_resources_api_maybe(false, &spare));
    SHOW("maybe", test_resources_api_maybe(true, &spare));
    show("  counter", spare);
    show_live();

    /* Two of the four are taken, then the spare one. */
    test_resources_api_list_named_t taken = {several.ptr + 2, 2};
    SHOW("absorb two", test_resources_api_absorb(&taken, NULL));
    show_live();
    taken.len = 0;
    SHOW("absorb the spare one", test_resources_api_absorb(&taken, &spare));
    show_live();
    /* The list and its texts are still ours. Generated `*_free` functions leave own handles alone. */
    test_resources_api_counter_drop_own(several.ptr[1].counter);
    test_resources_api_counter_drop_own(several.ptr[0].counter);
    test_resources_api_list_named_free(&several);
    show_live();

    test_resources_api_either_t either = {TEST_RESOURCES_API_EITHER_NAME, {.name = TEXT("chosen")}};
    test_resources_api_either_t back;
    test_resources_api_choose(&either, &back);
    SHOW("choose by name: case", back.tag);
    show("  counter", back.val.counter);
    test_resources_api_choose(&back, &either);
    SHOW("choose by counter: case", either.tag);
    SHOW_TEXT("  name", either.val.name);
    test_resources_api_either_free(&either);
    show_live();

    /* What comes back is the same counter; its handle here may be another. */
    own_counter_t passed = test_resources_api_pass(new_counter(TEXT("passed"), 5));
    passed = test_resources_api_pass(passed);
    show("pass", passed);
    test_resources_api_counter_drop_own(passed);
    show_live();
}

/* borrow in lists, tuples and options. */
static void
borrowed_in_others(void)
{
    own_counter_t one = new_counter(TEXT("one"), 1);
    own_counter_t ten = new_counter(TEXT("ten"), 10);
    borrow_counter_t last = borrow(ten);
    test_resources_api_list_borrow_counter_t counters =
        LIST(test_resources_api_list_borrow_counter_t, borrow_counter_t, borrow(one), borrow(ten), borrow(one));
    SHOW("sum", test_resources_api_sum(&counters));
    counters.len = 0;
    SHOW("sum of none", test_resources_api_sum(&counters));

    test_resources_api_list_tuple2_borrow_counter_s64_t amounts =
        LIST(test_resources_api_list_tuple2_borrow_counter_s64_t, test_resources_api_tuple2_borrow_counter_s64_t,
             {borrow(one), 5}, {borrow(ten), -6}, {borrow(one), 7});
    consumer_string_t name;
    if (test_resources_api_add_all(&amounts, &last, &name)) {
        SHOW_TEXT("add-all, last", name);
        consumer_string_free(&name);
    }
    SHOW("add-all without a last one", test_resources_api_add_all(&amounts, NULL, &name));
    show("after it", one);
    show("after it", ten);
    test_resources_api_counter_drop_own(one);
    test_resources_api_counter_drop_own(ten);
    show_live();
}

static void
make_and_absorb(void)
{
    consumer_list_string_t names =
        LIST(consumer_list_string_t, consumer_string_t, TEXT("a name that is some bytes long"), TEXT("b"));
    test_resources_api_list_named_t several;
    test_resources_api_several(&names, &several);
    own_counter_t spare;
    test_resources_api_maybe(true, &spare);
    test_resources_api_absorb(&several, &spare);
    test_resources_api_list_named_free(&several);
}

static void
choose_and_drop(void)
{
    test_resources_api_either_t either = {TEST_RESOURCES_API_EITHER_NAME, {.name = TEXT("chosen")}};
    test_resources_api_either_t counter, name;
    test_resources_api_choose(&either, &counter);
    counter.val.counter = test_resources_api_pass(counter.val.counter);
    test_resources_api_choose(&counter, &name);
    test_resources_api_either_free(&name);
}

static void
create_and_fail(void)
{
    own_counter_t counter;
    consumer_string_t error;
    if (test_resources_api_static_counter_create(&TEXT("created"), &counter, &error))
        test_resources_api_static_counter_finish(counter);
    if (!test_resources_api_static_counter_create(&TEXT(""), &counter, &error))
        consumer_string_free(&error);
}

static void
log_and_lend(void)
{
    own_log_t log = test_resources_api_constructor_log();
    own_counter_t counter = new_counter(TEXT("kept"), 1);
    borrow_counter_t lent = borrow(counter);
    test_resources_api_list_borrow_counter_t counters = {&lent, 1};
    test_resources_api_sum(&counters);
    test_resources_api_tuple2_borrow_counter_s64_t amount = {lent, 5};
    test_resources_api_list_tuple2_borrow_counter_s64_t amounts = {&amount, 1};
    consumer_string_t name;
    if (test_resources_api_add_all(&amounts, &lent, &name))
        consumer_string_free(&name);
    test_resources_api_method_log_write(test_resources_api_borrow_log(log), &TEXT("a line of the log"));
    test_resources_api_method_log_keep(test_resources_api_borrow_log(log), counter);
    consumer_list_string_t lines;
    test_resources_api_method_log_lines(test_resources_api_borrow_log(log), &lines);
    consumer_list_string_free(&lines);
    consumer_list_s64_t kept;
    test_resources_api_method_log_kept(test_resources_api_borrow_log(log), &kept);
    consumer_list_s64_free(&kept);
    test_resources_api_log_drop_own(log);
}

int
main(void)
{
    begin();
    counters();
    create(TEXT("created"));
    create(TEXT(""));
    logs();
    owned_in_others();
    borrowed_in_others();
    show_growth("make and absorb", make_and_absorb, test_resources_api_pages);
    show_growth("choose and drop", choose_and_drop, test_resources_api_pages);
    show_growth("create and fail", create_and_fail, test_resources_api_pages);
    show_growth("log and lend", log_and_lend, test_resources_api_pages);
    show_live();
    return finish();
}
