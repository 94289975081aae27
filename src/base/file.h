/* Files, opened and written so that neither a name nor a crash can hurt. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/error.h"

void fd_clean(int *fd);                        /* for CLEAN(fd) */
static inline int fd_take(int *fd) { int f = *fd; *fd = -1; return f; }

/*
 * Open for reading a regular file that somebody else may control: never
 * follows a link in the last component, never blocks on a FIFO, refuses
 * everything but a regular file with one link. directory may be AT_FDCWD.
 * Returns the descriptor or a negative error code.
 */
int file_open_untrusted(int directory, const char *name, struct err *err);
/* The whole of a trusted file, at most limit bytes, appended to ret. */
int file_read_all(const char *path, size_t limit, struct buffer *ret,
		  struct err *err) MUST_CHECK;
/* Write all bytes, through short writes and EINTR. 0 or -1 with errno. */
int file_write_fully(int fd, const void *bytes, size_t length) MUST_CHECK;
/* Read exactly length bytes. 1 done, 0 end of file at the start, -1 errno. */
int file_read_fully(int fd, void *bytes, size_t length) MUST_CHECK;
/*
 * Replace directory/name whole: a temporary dotfile, fsync, rename, fsync
 * of the directory. After a crash the name holds the old or the new bytes.
 */
int file_replace(int directory, const char *name, unsigned mode,
		 struct text content, struct err *err) MUST_CHECK;
/* mkdir that accepts an existing directory. */
int file_make_directory(const char *path, unsigned mode, struct err *err) MUST_CHECK;

#endif
