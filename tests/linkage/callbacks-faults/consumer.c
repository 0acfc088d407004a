#include "consumer.h"
#include "check.h"

#include "link.h"

typedef exports_test_callbacks_faults_cb_visitor_t visitor_t;
typedef test_callbacks_faults_cb_own_visitor_t own_visitor_t;

struct exports_test_callbacks_faults_cb_visitor_t {
    uint32_t tag;
    bool ended;
};

static uint32_t live;
static void (*during_visit)(void);

exports_test_callbacks_faults_cb_own_visitor_t
exports_test_callbacks_faults_cb_make(uint32_t tag)
{
    visitor_t *visitor = malloc(sizeof *visitor);
    if (visitor == NULL)
        abort();
    *visitor = (visitor_t){tag, false};
    live++;
    return exports_test_callbacks_faults_cb_visitor_new(visitor);
}

/* Not freed, so that it is seen if it is used afterwards. */
void
exports_test_callbacks_faults_cb_visitor_destructor(visitor_t *visitor)
{
    printf("  visitor %" PRIu32 " ends\n", visitor->tag);
    visitor->ended = true;
    live--;
}

static void
show_pending(const char *what)
{
    struct link_error error;

    if (!link_take_error(&error)) {
        printf("%s: no error\n", what);
        return;
    }
    /* What a trap says names functions, as far as the compiler has left them. */
    printf("%s: %s: %s\n", what, error.code.text, link_error_is(&error, "exec-trap") ? "..." : error.message.text);
    link_error_free(&error);
}

bool
exports_test_callbacks_faults_cb_method_visitor_visit(visitor_t *self, uint32_t *ret, consumer_string_t *err)
{
    void (*during)(void) = during_visit;

    (void)err;
    printf("  visitor %" PRIu32 " is visited\n", self->tag);
    during_visit = NULL;
    if (during != NULL)
        during();
    printf("  and has%s ended\n", self->ended ? "" : " not");
    *ret = self->tag;
    return true;
}

uint32_t
exports_test_callbacks_faults_cb_plain(visitor_t *visitor)
{
    return visitor->tag;
}

static test_callbacks_faults_cb_borrow_visitor_t
borrow(own_visitor_t visitor)
{
    return test_callbacks_faults_cb_borrow_visitor(visitor);
}

static void
show_visit(const char *what, bool fine, uint32_t value, consumer_string_t error)
{
    if (fine)
        SHOW(what, value);
    else
        SHOW_TEXT(what, error);
    if (!fine)
        consumer_string_free(&error);
    show_pending("  pending");
}

static void
visit_kept(const char *what)
{
    uint32_t value = 0;
    consumer_string_t error = {NULL, 0};
    bool fine = test_callbacks_faults_api_visit_kept(&value, &error);

    show_visit(what, fine, value, error);
}

static void
keep(uint32_t tag)
{
    test_callbacks_faults_api_keep(test_callbacks_faults_cb_make(tag));
    show_pending("keep");
}

static void
crash(void)
{
    test_callbacks_faults_api_crash();
    show_pending("crash");
    SHOW("live", live);
}

/* The session ends; the next one knows nothing of this one's handles. */
static void
crash_and_call_again(void)
{
    crash();
    keep(90);
    SHOW("live", live);
}

static void
nest_too_deep(void)
{
    during_visit = nest_too_deep;
    visit_kept("deeper");
}

int
main(void)
{
    uint32_t value = 0;
    consumer_string_t error = {NULL, 0};

    begin();
    /* What a provider has of the consumer's ends with it, also what it has just been given. */
    keep(1);
    keep(2);
    crash();
    keep(3);
    test_callbacks_faults_api_keep_and_crash(test_callbacks_faults_cb_make(4));
    show_pending("keep and crash");
    SHOW("live", live);

    /* But not before the visit is over in which it ends. */
    keep(5);
    during_visit = crash_and_call_again;
    visit_kept("visit in which it crashes");
    SHOW("live", live);

    /* A loan ends with its call, whatever the cap remembers. */
    own_visitor_t lent = test_callbacks_faults_cb_make(6);
    bool fine = test_callbacks_faults_api_visit_lent(borrow(lent), &value, &error);
    show_visit("lent", fine, value, error);
    fine = test_callbacks_faults_api_visit_what_was_lent(&value, &error);
    show_visit("lent no more", fine, value, error);
    during_visit = crash;
    fine = test_callbacks_faults_api_visit_lent(borrow(lent), &value, &error);
    show_visit("lent to one that crashes", fine, value, error);
    SHOW("plain", test_callbacks_faults_api_plain(borrow(lent)));
    test_callbacks_faults_cb_visitor_drop_own(lent);

    /* A handle that is dead here is never sent. */
    SHOW("plain of a dead one", test_callbacks_faults_api_plain(borrow(lent)));
    show_pending("  pending");

    /* A destructor of the cap's that calls back. */
    test_callbacks_faults_api_own_farewell_t farewell =
        test_callbacks_faults_api_constructor_farewell(test_callbacks_faults_cb_make(7));
    test_callbacks_faults_api_farewell_drop_own(farewell);
    show_pending("farewell");

    keep(8);
    nest_too_deep();
    during_visit = NULL;
    visit_kept("afterwards");
    SHOW("live", live);
    return finish();
}
