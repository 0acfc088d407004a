/* What is claimed of a file, for lend_files.h: among all who have it open through this interface, and among processes.
 *
 * To other processes a claim is SQLite's locks on SQLite's bytes, so that its programs on the host are kept out and keep out, too.
 * WASI has no locks. A host that has some answers readlinkat() on a file (composectl/src/locks.rs). Every other one says that a
 * file is no folder; there one process at a time has a lease (lend_lease.h), whatever it claims. */
/* What became of a lock that was asked for. */
typedef enum { LEND_GOT, LEND_HELD, LEND_FAILED } lend_lock_t;

#include "lend_lease.h"

enum {
    LEND_PENDING_BYTE = 0x40000000,
    LEND_RESERVED_BYTE = LEND_PENDING_BYTE + 1,
    LEND_SHARED_FIRST = LEND_PENDING_BYTE + 2,
    LEND_SHARED_SIZE = 510,
    LEND_LOCKED_SIZE = 512,
};

enum {
    LEND_NONE = EXPORTS_PYLON_LEND_FILES_CLAIM_NONE,
    LEND_SHARED = EXPORTS_PYLON_LEND_FILES_CLAIM_SHARED,
    LEND_RESERVED = EXPORTS_PYLON_LEND_FILES_CLAIM_RESERVED,
    LEND_PENDING = EXPORTS_PYLON_LEND_FILES_CLAIM_PENDING,
    LEND_EXCLUSIVE = EXPORTS_PYLON_LEND_FILES_CLAIM_EXCLUSIVE,
};

/* What is claimed of a file by all in this process who have it open. */
struct lend_inode {
    struct lend_inode *next;
    dev_t device;
    ino_t number;
    unsigned references;
    unsigned readers;                              /* that have claimed anything */
    const exports_pylon_lend_files_file_t *writer; /* who has claimed `reserved` or more */
    enum { LEND_UNKNOWN, LEND_BY_HOST, LEND_BY_LEASE } kept;
    struct lend_lease lease;
};

struct exports_pylon_lend_files_file_t {
    int descriptor;
    struct lend_inode *inode;
    struct lend_inode *guard; /* the one beside which this is, such as the database of a journal; or its own */
    lend_claim_t claim;
};

static struct lend_inode *lend_inodes;

/* The file of this descriptor, which was opened by this name. NULL, with errno: there is none. */
static struct lend_inode *
lend_inode_of(int descriptor, const char *name)
{
    struct stat status;
    struct lend_inode *inode;

    if (fstat(descriptor, &status) != 0)
        return NULL;
    if (S_ISDIR(status.st_mode)) {
        errno = EISDIR;
        return NULL;
    }
    for (inode = lend_inodes; inode != NULL; inode = inode->next) {
        if (inode->device == status.st_dev && inode->number == status.st_ino) {
            inode->references++;
            return inode;
        }
    }
    inode = malloc(sizeof *inode);
    if (inode == NULL)
        return NULL;
    *inode = (struct lend_inode){.next = lend_inodes, .device = status.st_dev, .number = status.st_ino, .references = 1};
    if (!lend_lease_make(&inode->lease, name)) {
        free(inode);
        return NULL;
    }
    lend_inodes = inode;
    return inode;
}

/* The file beside which something of this name is, and whose lease covers it. */
static struct lend_inode *
lend_guard_of(const char *name, struct lend_inode *otherwise)
{
    for (struct lend_inode *inode = lend_inodes; inode != NULL; inode = inode->next) {
        size_t length = strlen(inode->lease.name) - strlen(".lock");
        if (inode != otherwise && strncmp(name, inode->lease.name, length) == 0 && (name[length] == '-' || name[length] == '.'))
            return inode;
    }
    return otherwise;
}

static void
lend_inode_let_go(struct lend_inode *inode)
{
    struct lend_inode **link = &lend_inodes;

    if (--inode->references > 0)
        return;
    while (*link != inode)
        link = &(*link)->next;
    *link = inode->next;
    lend_lease_free(&inode->lease);
    free(inode);
}

/* ---- In this process ---- */

/* Whether `self` gets what it claims. Who waits for readers to go keeps `pending` meanwhile. */
static bool
lend_raise_here(exports_pylon_lend_files_file_t *self, lend_claim_t to)
{
    struct lend_inode *inode = self->inode;
    bool is_free = inode->writer == NULL || inode->writer == self;

    if (self->claim == LEND_NONE) {
        if (inode->writer != NULL && inode->writer->claim >= LEND_PENDING)
            return false;
        inode->readers++;
        self->claim = LEND_SHARED;
    }
    if (to == LEND_SHARED)
        return true;
    if (!is_free)
        return false;
    inode->writer = self;
    self->claim = to == LEND_EXCLUSIVE && inode->readers > 1 ? LEND_PENDING : to;
    return self->claim == to;
}

static void
lend_lower_here(exports_pylon_lend_files_file_t *self, lend_claim_t to)
{
    struct lend_inode *inode = self->inode;

    if (self->claim <= to)
        return;
    if (to < LEND_RESERVED && inode->writer == self)
        inode->writer = NULL;
    if (to == LEND_NONE)
        inode->readers--;
    self->claim = to;
}

/* ---- Among processes ---- */

/* Asks for `none`, `shared` or `exclusive` of these bytes, or whether another has `held` one of them. Nothing waits. LEND_FAILED
 * comes with errno. */
static lend_lock_t
lend_lock(int descriptor, const char *kind, unsigned start, unsigned length)
{
    char request[64], answer[8];

    (void)snprintf(request, sizeof request, "pylon:lock/%s/%u/%u", kind, start, length);
    ssize_t size = readlinkat(descriptor, request, answer, sizeof answer);
    if (size == 3 && memcmp(answer, "got", 3) == 0)
        return LEND_GOT;
    if (size == 4 && memcmp(answer, "held", 4) == 0)
        return LEND_HELD;
    if (size >= 0)
        errno = EPROTO;
    return LEND_FAILED;
}

/* A reader comes by the pending byte, which a writer has that waits for readers to go. */
static lend_lock_t
lend_lock_as_reader(int descriptor)
{
    lend_lock_t got = lend_lock(descriptor, "shared", LEND_PENDING_BYTE, 1);

    if (got != LEND_GOT)
        return got;
    got = lend_lock(descriptor, "shared", LEND_SHARED_FIRST, LEND_SHARED_SIZE);
    return lend_lock(descriptor, "none", LEND_PENDING_BYTE, 1) == LEND_GOT ? got : LEND_FAILED;
}

/* A process that has the lease may claim anything. Where the lease's file cannot be made nobody can write, either: who reads needs
 * none. */
static lend_lock_t
lend_raise_by_lease(struct lend_lease *lease, lend_claim_t *from, lend_claim_t to)
{
    lend_lock_t got = lease->descriptor < 0 ? lend_lease_take(lease) : lend_lease_holds(lease) ? LEND_GOT : LEND_FAILED;

    if (got == LEND_FAILED && to == LEND_SHARED && (errno == EROFS || errno == EACCES || errno == EPERM || errno == ENOTCAPABLE))
        got = LEND_GOT;
    if (got == LEND_GOT)
        *from = to;
    return got;
}

/* Claims more than `*from` by the host's locks; `*from` is what was reached. */
static lend_lock_t
lend_raise_by_host(int descriptor, lend_claim_t *from, lend_claim_t to)
{
    lend_lock_t got = LEND_GOT;

    if (*from == LEND_NONE && (got = lend_lock_as_reader(descriptor)) == LEND_GOT)
        *from = LEND_SHARED;
    if (got == LEND_GOT && to == LEND_RESERVED && *from < to &&
        (got = lend_lock(descriptor, "exclusive", LEND_RESERVED_BYTE, 1)) == LEND_GOT)
        *from = LEND_RESERVED;
    if (got == LEND_GOT && to >= LEND_PENDING && *from < LEND_PENDING &&
        (got = lend_lock(descriptor, "exclusive", LEND_PENDING_BYTE, 1)) == LEND_GOT)
        *from = LEND_PENDING;
    if (got == LEND_GOT && to == LEND_EXCLUSIVE && *from < to &&
        (got = lend_lock(descriptor, "exclusive", LEND_SHARED_FIRST, LEND_SHARED_SIZE)) == LEND_GOT)
        *from = LEND_EXCLUSIVE;
    return got;
}

/* False, with errno: the host keeps more than it should. */
static bool
lend_lower_by_host(int descriptor, lend_claim_t from, lend_claim_t to)
{
    if (to == LEND_NONE)
        return lend_lock(descriptor, "none", LEND_PENDING_BYTE, LEND_LOCKED_SIZE) == LEND_GOT;
    if (from == LEND_EXCLUSIVE && lend_lock(descriptor, "shared", LEND_SHARED_FIRST, LEND_SHARED_SIZE) != LEND_GOT)
        return false;
    return lend_lock(descriptor, "none", LEND_PENDING_BYTE, to == LEND_SHARED ? 2 : 1) == LEND_GOT;
}

/* Claims more than `*from` among processes; `*from` is what was reached. */
static lend_lock_t
lend_raise_among(exports_pylon_lend_files_file_t *self, lend_claim_t *from, lend_claim_t to)
{
    struct lend_inode *inode = self->inode;

    if (inode->kept == LEND_UNKNOWN) {
        bool has_locks = lend_lock(self->descriptor, "held", LEND_RESERVED_BYTE, 1) != LEND_FAILED;
        inode->kept = has_locks ? LEND_BY_HOST : LEND_BY_LEASE;
    }
    return inode->kept == LEND_BY_HOST ? lend_raise_by_host(self->descriptor, from, to)
                                       : lend_raise_by_lease(&inode->lease, from, to);
}

/* After it was lowered in this process. */
static bool
lend_lower_among(exports_pylon_lend_files_file_t *self, lend_claim_t from, lend_claim_t to)
{
    if (self->inode->kept == LEND_BY_HOST)
        return lend_lower_by_host(self->descriptor, from, to);
    if (self->inode->readers == 0)
        lend_lease_give_back(&self->inode->lease);
    return true;
}

/* Whether what is claimed of a file, or of the one beside which it is, still is ours. False, with errno. */
static bool
lend_is_ours(const exports_pylon_lend_files_file_t *self)
{
    return lend_lease_holds(&self->guard->lease);
}

/* The same of a file that is named. */
static bool
lend_is_name_ours(const char *name)
{
    struct lend_inode *guard = lend_guard_of(name, NULL);

    return guard == NULL || lend_lease_holds(&guard->lease);
}

/* ---- Both ---- */

/* Claims more: `*got` if nobody has claimed what is in the way. False, with errno: the host has failed. */
static bool
lend_raise(exports_pylon_lend_files_file_t *self, lend_claim_t to, bool *got)
{
    lend_claim_t reached = self->claim;
    lend_lock_t among = LEND_GOT;

    *got = self->claim >= to || lend_raise_here(self, to);
    if (self->claim > reached) {
        among = lend_raise_among(self, &reached, self->claim);
        lend_lower_here(self, reached);
        *got = *got && among == LEND_GOT;
    }
    return among != LEND_FAILED;
}

static bool
lend_lower(exports_pylon_lend_files_file_t *self, lend_claim_t to)
{
    lend_claim_t from = self->claim;

    lend_lower_here(self, to);
    return from <= to || lend_lower_among(self, from, to);
}

static bool
lend_is_reserved(const exports_pylon_lend_files_file_t *self, bool *is_reserved)
{
    lend_lock_t others = self->inode->writer != NULL ? LEND_HELD : LEND_GOT;

    if (others == LEND_GOT && self->inode->kept == LEND_BY_HOST)
        others = lend_lock(self->descriptor, "held", LEND_RESERVED_BYTE, 1);
    *is_reserved = others == LEND_HELD;
    return others != LEND_FAILED;
}
