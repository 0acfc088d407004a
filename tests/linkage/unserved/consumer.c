#include "consumer.h"
#include "check.h"

static void
show_error(const char *what, struct link_error *error)
{
    printf("%s: %s: %s in %s\n", what, error->code.text, error->message.text, error->context.text);
    link_error_free(error);
}

int
main(void)
{
    struct link_error error = {0};
    for (int attempt = 0; attempt < 2; attempt++) {
        if (!consumer_open(&error))
            show_error("open", &error);
    }
    SHOW("double, all the same", test_unserved_api_double(21));
    if (link_take_error(&error))
        show_error("double", &error);
    SHOW("failed now", link_failed());
    return finish();
}
