/* All of it is in evp.h. */
#include "openssl/evp.h"
