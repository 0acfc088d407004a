// What libc's network functions get wrong, by the linker's --wrap: they share their files with others.
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

int __real_getaddrinfo(const char *restrict host, const char *restrict service, const struct addrinfo *restrict hint,
                       struct addrinfo **restrict result);
int __wrap_getaddrinfo(const char *restrict host, const char *restrict service, const struct addrinfo *restrict hint,
                       struct addrinfo **restrict result);
int __real___wasilibc_map_socket_error(const unsigned char *code);
int __wrap___wasilibc_map_socket_error(const unsigned char *code);

// Maps wasi:sockets/network error-code to errno. libc aborts the process on the codes that it
// does not expect; Python meets them, for example in repr() of a socket that is connecting.
int __wrap___wasilibc_map_socket_error(const unsigned char *code)
{
    switch (*code) {
    case 7:  // not-in-progress
        return EINVAL;
    case 9:  // invalid-state
        return ENOTCONN;
    case 18:  // name-unresolvable, temporary- and permanent-resolver-failure
    case 19:
    case 20:
        return EIO;
    default:
        return __real___wasilibc_map_socket_error(code);
    }
}

typedef union {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
} address;

static socklen_t length_of(const address *address)
{
    return address->any.sa_family == AF_INET ? sizeof address->v4 : sizeof address->v6;
}

// An address of IPv6, which can end in the number of a scope: fe80::1%2.
static bool number_of_six(const char *host, struct sockaddr_in6 *to)
{
    char address[INET6_ADDRSTRLEN], *end;
    size_t length = strcspn(host, "%");
    if (length >= sizeof address) {
        return false;
    }
    memcpy(address, host, length);
    address[length] = 0;
    if (inet_pton(AF_INET6, address, &to->sin6_addr) != 1) {
        return false;
    }
    if (host[length]) {
        to->sin6_scope_id = (uint32_t)strtoul(host + length + 1, &end, 10);
        return host[length + 1] && !*end;
    }
    return true;
}

// The address that a host is without being looked up: a number, or none at all. False for a name.
static bool number(const char *host, const struct addrinfo *hint, address *to)
{
    *to = (address){0};
    if (!host) {
        bool passive = hint->ai_flags & AI_PASSIVE;
        if (hint->ai_family == AF_INET6) {
            to->v6.sin6_addr = passive ? (struct in6_addr)IN6ADDR_ANY_INIT : (struct in6_addr)IN6ADDR_LOOPBACK_INIT;
            to->any.sa_family = AF_INET6;
        } else {
            to->v4.sin_addr.s_addr = htonl(passive ? INADDR_ANY : INADDR_LOOPBACK);
            to->any.sa_family = AF_INET;
        }
    } else if (inet_aton(host, &to->v4.sin_addr)) {
        to->any.sa_family = AF_INET;
    } else if (number_of_six(host, &to->v6)) {
        to->any.sa_family = AF_INET6;
    } else {
        return false;
    }
    return true;
}

// The port that a service is, in the network's order. Returns 0 or an EAI_ code.
static int port_of(const char *service, int flags, in_port_t *port)
{
    *port = 0;
    if (!service || !*service) {
        return 0;
    }
    char *end;
    unsigned long value = strtoul(service, &end, 10);
    if (!*end) {
        *port = htons((in_port_t)value);
        return value > 65535 ? EAI_SERVICE : 0;
    }
    if (flags & AI_NUMERICSERV) {
        return EAI_NONAME;
    }
    const struct servent *known = getservbyname(service, NULL);
    if (!known) {
        return EAI_SERVICE;
    }
    *port = (in_port_t)known->s_port;
    return 0;
}

// freeaddrinfo frees the parts of an answer one by one, as libc makes them.
static struct addrinfo *answer(const address *of, int type, int protocol)
{
    struct addrinfo *one = calloc(1, sizeof *one);
    struct sockaddr *copy = malloc(sizeof *of);
    if (!one || !copy) {
        free(one);
        free(copy);
        return NULL;
    }
    memcpy(copy, of, sizeof *of);
    *one = (struct addrinfo){
        .ai_family = of->any.sa_family,
        .ai_socktype = type,
        .ai_protocol = protocol,
        .ai_addr = copy,
        .ai_addrlen = length_of(of),
    };
    return one;
}

// An address that is a number needs no permission to look names up; libc has the host look everything up.
int __wrap_getaddrinfo(const char *restrict host, const char *restrict service, const struct addrinfo *restrict hint,
                       struct addrinfo **restrict result)
{
    static const int kinds[][2] = {{SOCK_STREAM, IPPROTO_TCP}, {SOCK_DGRAM, IPPROTO_UDP}};
    static const struct addrinfo none = {.ai_family = AF_UNSPEC};
    const struct addrinfo *wanted = hint ? hint : &none;
    if (!host && !service) {
        return EAI_NONAME;
    }
    in_port_t port;
    int error = port_of(service, wanted->ai_flags, &port);
    if (error) {
        return error;
    }
    address found;
    if (!number(host, wanted, &found)) {
        return wanted->ai_flags & AI_NUMERICHOST ? EAI_NONAME : __real_getaddrinfo(host, service, hint, result);
    }
    if (wanted->ai_family != AF_UNSPEC && wanted->ai_family != found.any.sa_family) {
        return EAI_NONAME;
    }
    *(found.any.sa_family == AF_INET ? &found.v4.sin_port : &found.v6.sin6_port) = port;
    struct addrinfo *first = NULL, **next = &first;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if ((wanted->ai_socktype && wanted->ai_socktype != kinds[i][0])
            || (wanted->ai_protocol && wanted->ai_protocol != kinds[i][1])) {
            continue;
        }
        *next = answer(&found, kinds[i][0], kinds[i][1]);
        if (!*next) {
            freeaddrinfo(first);
            return EAI_MEMORY;
        }
        if (next == &first && (wanted->ai_flags & AI_CANONNAME) && host) {
            first->ai_canonname = strdup(host);
        }
        next = &(*next)->ai_next;
    }
    *result = first;
    return first ? 0 : EAI_SOCKTYPE;
}
