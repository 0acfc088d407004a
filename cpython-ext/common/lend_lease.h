/* Claims among processes where the host has no locks, for lend_claims.h: one process at a time, by a file beside the other one.
 *
 * Who makes NAME.lock has the lease, until it removes it. It writes who it is, and a number that it raises at least each second in
 * which it touches the file. Who finds the same in it for LEASE_ENDS takes it for one of a process that was killed, and takes it
 * away. A process that was asleep as long notices before its next operation, each of which fails until nothing is claimed. */

enum { LEASE_ID = 16, LEASE_SIZE = LEASE_ID + sizeof(uint64_t) };

static const uint64_t LEASE_RENEWED = 1000000000, LEASE_ENDS = 3000000000;

struct lend_lease {
    char *name;
    int descriptor; /* of the lease's file, -1: it is not ours */
    bool is_lost;
    uint64_t renewed;
    uint8_t own[LEASE_SIZE], seen[LEASE_SIZE]; /* what is written in it: by us, and by who has it */
    uint64_t seen_since;
};

/* Nanoseconds of a clock that does not go back. */
static uint64_t
lend_clock(void)
{
    struct timespec time = {0};

    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

/* False, with errno: there is no lease for the file of this name. */
static bool
lend_lease_make(struct lend_lease *lease, const char *file)
{
    char *full = lend_full_name(file);
    size_t room = full == NULL ? 0 : strlen(full) + sizeof ".lock";

    *lease = (struct lend_lease){.name = full == NULL ? NULL : malloc(room), .descriptor = -1};
    if (lease->name != NULL)
        (void)snprintf(lease->name, room, "%s.lock", full);
    free(full);
    return lease->name != NULL;
}

/* What is written in the lease's file. False, with errno: there is none. */
static bool
lend_lease_read(const char *name, uint8_t text[LEASE_SIZE])
{
    int descriptor = open(name, O_RDONLY);
    ssize_t size;

    if (descriptor < 0)
        return false;
    memset(text, 0, LEASE_SIZE);
    size = pread(descriptor, text, LEASE_SIZE, 0);
    close(descriptor);
    return size >= 0;
}

/* Whether the lease could be written. */
static bool
lend_lease_write(struct lend_lease *lease)
{
    lease->renewed = lend_clock();
    return pwrite(lease->descriptor, lease->own, LEASE_SIZE, 0) == LEASE_SIZE;
}

static void
lend_lease_give_back(struct lend_lease *lease)
{
    uint8_t text[LEASE_SIZE];

    if (lease->descriptor >= 0) {
        if (!lease->is_lost && lend_lease_read(lease->name, text) && memcmp(text, lease->own, LEASE_ID) == 0)
            (void)unlink(lease->name);
        close(lease->descriptor);
    }
    lease->descriptor = -1;
    lease->is_lost = false;
}

/* Takes away what was in the lease's file for too long. What has come in its place meanwhile is put back. */
static void
lend_lease_end(struct lend_lease *lease)
{
    uint8_t text[LEASE_SIZE];
    uint32_t number = 0;
    size_t room = strlen(lease->name) + 16;
    char *aside = malloc(room);

    if (aside == NULL)
        return;
    (void)getentropy(&number, sizeof number);
    (void)snprintf(aside, room, "%s-%08x", lease->name, (unsigned)number);
    if (rename(lease->name, aside) == 0) {
        if (!lend_lease_read(aside, text) || memcmp(text, lease->seen, LEASE_SIZE) != 0)
            (void)link(aside, lease->name);
        (void)unlink(aside);
    }
    free(aside);
}

/* Makes the lease's file. */
static lend_lock_t
lend_lease_begin(struct lend_lease *lease)
{
    lease->descriptor = open(lease->name, O_RDWR | O_CREAT | O_EXCL, 0644);
    if (lease->descriptor < 0)
        return errno == EEXIST ? LEND_HELD : LEND_FAILED;
    if (getentropy(lease->own, LEASE_ID) == 0 && lend_lease_write(lease))
        return LEND_GOT;
    int error = errno;
    (void)unlink(lease->name);
    lend_lease_give_back(lease);
    errno = error;
    return LEND_FAILED;
}

/* Tries to get the lease, without waiting. */
static lend_lock_t
lend_lease_take(struct lend_lease *lease)
{
    uint8_t text[LEASE_SIZE];
    lend_lock_t got = lend_lease_begin(lease);

    if (got != LEND_HELD || !lend_lease_read(lease->name, text))
        return got;
    if (lease->seen_since == 0 || memcmp(text, lease->seen, LEASE_SIZE) != 0) {
        memcpy(lease->seen, text, LEASE_SIZE);
        lease->seen_since = lend_clock();
        return LEND_HELD;
    }
    if (lend_clock() - lease->seen_since < LEASE_ENDS)
        return LEND_HELD;
    lend_lease_end(lease);
    lease->seen_since = 0;
    return lend_lease_begin(lease);
}

/* Whether the lease, if it was got, still is ours; false comes with errno. The number is raised before the name is looked at again:
 * whoever takes the file away in between finds another number in it, and puts it back. */
static bool
lend_lease_holds(struct lend_lease *lease)
{
    uint8_t text[LEASE_SIZE];
    uint64_t number;

    if (lease->descriptor < 0)
        return true;
    if (!lease->is_lost && lend_clock() - lease->renewed >= LEASE_RENEWED) {
        memcpy(&number, lease->own + LEASE_ID, sizeof number);
        number++;
        memcpy(lease->own + LEASE_ID, &number, sizeof number);
        lease->is_lost = !lend_lease_write(lease) || !lend_lease_read(lease->name, text) ||
                         memcmp(text, lease->own, LEASE_SIZE) != 0;
    }
    errno = EIO;
    return !lease->is_lost;
}

static void
lend_lease_free(struct lend_lease *lease)
{
    lend_lease_give_back(lease);
    free(lease->name);
}
