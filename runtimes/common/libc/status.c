#include "modes.h"
#include "status.h"

enum { BLOCK = 4096, SECTOR = 512 };

static mode_t mode_of(filesystem_descriptor_type_t type)
{
    switch (type) {
    case FILESYSTEM_DESCRIPTOR_TYPE_DIRECTORY:
        return S_IFDIR | FOLDER_MODE;
    case FILESYSTEM_DESCRIPTOR_TYPE_REGULAR_FILE:
        return S_IFREG | FILE_MODE;
    case FILESYSTEM_DESCRIPTOR_TYPE_SYMBOLIC_LINK:
        return S_IFLNK | 0777;
    case FILESYSTEM_DESCRIPTOR_TYPE_BLOCK_DEVICE:
        return S_IFBLK | 0644;
    case FILESYSTEM_DESCRIPTOR_TYPE_CHARACTER_DEVICE:
        return S_IFCHR | 0644;
    case FILESYSTEM_DESCRIPTOR_TYPE_FIFO:
        return S_IFIFO | 0644;
    case FILESYSTEM_DESCRIPTOR_TYPE_SOCKET:
        return S_IFSOCK | 0644;
    default:
        return 0644;
    }
}

static struct timespec time_of(const filesystem_option_datetime_t *time)
{
    return time->is_some ? (struct timespec){(time_t)time->val.seconds, (long)time->val.nanoseconds}
                         : (struct timespec){0, 0};
}

void status_of(const filesystem_metadata_hash_value_t *identity, const filesystem_descriptor_stat_t *from, struct stat *to)
{
    mode_t mode = mode_of(from->type);
    *to = (struct stat){
        .st_ino = identity->lower,  // a hash of device and number, so that one of both is enough
        .st_nlink = from->link_count,
        .st_mode = (mode & S_IFMT) | mode_given(identity->lower, mode & ~S_IFMT),
        .st_uid = USER,
        .st_gid = USER,
        .st_size = (off_t)from->size,
        .st_blksize = BLOCK,
        .st_blocks = (blkcnt_t)((from->size + SECTOR - 1) / SECTOR),
        .st_atim = time_of(&from->data_access_timestamp),
        .st_mtim = time_of(&from->data_modification_timestamp),
        .st_ctim = time_of(&from->status_change_timestamp),
    };
}
