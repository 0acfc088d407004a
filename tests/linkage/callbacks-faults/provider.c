#include "cap.h"

#include <stdlib.h>

typedef test_callbacks_faults_cb_own_visitor_t own_visitor_t;
typedef test_callbacks_faults_cb_borrow_visitor_t borrow_visitor_t;
typedef exports_test_callbacks_faults_api_farewell_t farewell_t;

struct exports_test_callbacks_faults_api_farewell_t {
    own_visitor_t visitor;
};

static own_visitor_t kept;
static borrow_visitor_t lent;

static bool
visit(borrow_visitor_t visitor, uint32_t *ret, cap_string_t *err)
{
    return test_callbacks_faults_cb_method_visitor_visit(visitor, ret, err);
}

void
exports_test_callbacks_faults_api_keep(own_visitor_t visitor)
{
    kept = visitor;
}

bool
exports_test_callbacks_faults_api_visit_kept(uint32_t *ret, cap_string_t *err)
{
    return visit(test_callbacks_faults_cb_borrow_visitor(kept), ret, err);
}

bool
exports_test_callbacks_faults_api_visit_lent(borrow_visitor_t visitor, uint32_t *ret, cap_string_t *err)
{
    lent = visitor;
    return visit(visitor, ret, err);
}

bool
exports_test_callbacks_faults_api_visit_what_was_lent(uint32_t *ret, cap_string_t *err)
{
    return visit(lent, ret, err);
}

void
exports_test_callbacks_faults_api_crash(void)
{
    __builtin_trap();
}

void
exports_test_callbacks_faults_api_keep_and_crash(own_visitor_t visitor)
{
    kept = visitor;
    __builtin_trap();
}

uint32_t
exports_test_callbacks_faults_api_plain(borrow_visitor_t visitor)
{
    return test_callbacks_faults_cb_plain(visitor);
}

exports_test_callbacks_faults_api_own_farewell_t
exports_test_callbacks_faults_api_constructor_farewell(own_visitor_t visitor)
{
    farewell_t *farewell = malloc(sizeof *farewell);
    if (farewell == NULL)
        abort();
    farewell->visitor = visitor;
    return exports_test_callbacks_faults_api_farewell_new(farewell);
}

void
exports_test_callbacks_faults_api_farewell_destructor(farewell_t *farewell)
{
    uint32_t answer;
    cap_string_t error;

    if (!visit(test_callbacks_faults_cb_borrow_visitor(farewell->visitor), &answer, &error))
        cap_string_free(&error);
    test_callbacks_faults_cb_visitor_drop_own(farewell->visitor);
    free(farewell);
}
