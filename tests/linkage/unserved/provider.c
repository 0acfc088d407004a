#include "endpoint.h"

static const char *const interfaces[] = {"test:unserved/api@0.1.9", "test:unserved/api@0.3.0", NULL};

const struct endpoint_contract endpoint_contract = {
    .name = "provider",
    .version = "0.1.0",
    .interfaces = interfaces,
};
