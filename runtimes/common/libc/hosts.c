// Names of hosts as the functions before getaddrinfo tell them, by the linker's --wrap: libc has stubs beside getaddrinfo. WASI finds
// addresses by name only. The one address whose name is known everywhere is that of the host itself; all others are like those
// that no name server knows.
#include <arpa/inet.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

enum { LONGEST_NAME = 256, MOST_ADDRESSES = 64 };

struct hostent *__wrap_gethostbyname(const char *name);
struct hostent *__wrap_gethostbyaddr(const void *address, socklen_t length, int family);
const char *__wrap_hstrerror(int error);
int __wrap_getnameinfo(const struct sockaddr *restrict address, socklen_t length, char *restrict host, socklen_t host_size,
                       char *restrict service, socklen_t service_size, int flags);

static const char LOCALHOST[] = "localhost";

// What an answer points to, until the next one.
static struct {
    struct hostent entry;
    char name[LONGEST_NAME];
    char *aliases[1], *list[MOST_ADDRESSES + 1];
    union {
        struct in_addr v4;
        struct in6_addr v6;
    } addresses[MOST_ADDRESSES];
} answer;

static struct hostent *begin_answer(const char *name, int family)
{
    memset(&answer, 0, sizeof answer);
    strcpy(answer.name, name);
    answer.entry = (struct hostent){
        .h_name = answer.name,
        .h_aliases = answer.aliases,
        .h_addrtype = family,
        .h_length = family == AF_INET ? sizeof(struct in_addr) : sizeof(struct in6_addr),
        .h_addr_list = answer.list,
    };
    return &answer.entry;
}

static bool is_this_host(const void *address, int family)
{
    const struct in_addr v4 = {htonl(INADDR_LOOPBACK)};
    return family == AF_INET ? memcmp(address, &v4, sizeof v4) == 0
                             : memcmp(address, &in6addr_loopback, sizeof in6addr_loopback) == 0;
}

// The name of an address, or NULL.
static const char *name_of(const void *address, int family)
{
    return is_this_host(address, family) ? LOCALHOST : NULL;
}

struct hostent *__wrap_gethostbyname(const char *name)
{
    const struct addrinfo hint = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    if (strlen(name) >= LONGEST_NAME) {
        h_errno = HOST_NOT_FOUND;
        return NULL;
    }
    int error = getaddrinfo(name, NULL, &hint, &found);
    if (error) {
        h_errno = error == EAI_NONAME ? HOST_NOT_FOUND : error == EAI_AGAIN ? TRY_AGAIN : NO_RECOVERY;
        return NULL;
    }
    struct hostent *entry = begin_answer(name, AF_INET);
    size_t count = 0;
    for (const struct addrinfo *at = found; at && count < MOST_ADDRESSES; at = at->ai_next) {
        if (at->ai_family == AF_INET) {
            answer.addresses[count].v4 = ((const struct sockaddr_in *)at->ai_addr)->sin_addr;
            answer.list[count] = (char *)&answer.addresses[count];
            count++;
        }
    }
    freeaddrinfo(found);
    if (count == 0) {
        h_errno = NO_DATA;
        return NULL;
    }
    return entry;
}

struct hostent *__wrap_gethostbyaddr(const void *address, socklen_t length, int family)
{
    size_t size = family == AF_INET ? sizeof(struct in_addr) : family == AF_INET6 ? sizeof(struct in6_addr) : 0;
    const char *name = size != 0 && length == size ? name_of(address, family) : NULL;
    if (!name) {
        h_errno = size != 0 && length == size ? HOST_NOT_FOUND : NO_RECOVERY;
        return NULL;
    }
    struct hostent *entry = begin_answer(name, family);
    memcpy(&answer.addresses[0], address, size);
    answer.list[0] = (char *)&answer.addresses[0];
    return entry;
}

const char *__wrap_hstrerror(int error)
{
    static const char *const texts[] = {
        "Resolver Error 0 (no error)", "Unknown host", "Host name lookup failure", "Unknown server error",
        "No address associated with name",
    };
    return error >= 0 && error < (int)(sizeof texts / sizeof *texts) ? texts[error] : "Unknown resolver error";
}

// Copies a text to who wants it. EAI_OVERFLOW if there is no room for it.
static int give(const char *text, char *to, socklen_t size)
{
    if (!to || size == 0) {
        return 0;
    }
    if (strlen(text) >= size) {
        return EAI_OVERFLOW;
    }
    strcpy(to, text);
    return 0;
}

int __wrap_getnameinfo(const struct sockaddr *restrict address, socklen_t length, char *restrict host, socklen_t host_size,
                       char *restrict service, socklen_t service_size, int flags)
{
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)address;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)address;
    int family = address->sa_family;
    if (family == AF_INET ? length < sizeof *v4 : family != AF_INET6 || length < sizeof *v6) {
        return EAI_FAMILY;
    }
    const void *number = family == AF_INET ? (const void *)&v4->sin_addr : &v6->sin6_addr;
    in_port_t port = family == AF_INET ? v4->sin_port : v6->sin6_port;
    char text[INET6_ADDRSTRLEN], digits[8];
    const char *name = flags & NI_NUMERICHOST ? NULL : name_of(number, family);
    if (!name && (flags & NI_NAMEREQD)) {
        return EAI_NONAME;
    }
    int error = give(name ? name : inet_ntop(family, number, text, sizeof text), host, host_size);
    const struct servent *known =
        flags & NI_NUMERICSERV ? NULL : getservbyport(port, flags & NI_DGRAM ? "udp" : "tcp");
    snprintf(digits, sizeof digits, "%u", ntohs(port));
    return error ? error : give(known ? known->s_name : digits, service, service_size);
}
