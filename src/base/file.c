#include "base/base.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

void fd_clean(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

int file_open_untrusted(int directory, const char *name, struct err *err)
{
	CLEAN(fd) int fd = openat(directory, name,
				  O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	struct stat status;

	if (fd < 0 && errno == ELOOP)
		return err_set(err, ERR_REFUSED, "%s: a symbolic link", name);
	if (fd < 0)
		return err_system(err, "%s", name);
	if (fstat(fd, &status) < 0)
		return err_system(err, "%s", name);
	if (!S_ISREG(status.st_mode))
		return err_set(err, ERR_REFUSED, "%s: not a regular file", name);
	if (status.st_nlink != 1)
		return err_set(err, ERR_REFUSED, "%s: has more than one name (hard link)", name);
	return fd_take(&fd);
}

int file_read_all(const char *path, size_t limit, struct buffer *ret, struct err *err)
{
	CLEAN(fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t begin = ret->length;

	if (fd < 0)
		return err_system(err, "%s", path);
	for (;;) {
		char *place = buffer_reserve(ret, 65536);
		if (!place)
			return err_set(err, ERR_LIMIT, "%s: larger than allowed", path);
		ssize_t got = read(fd, place, 65536);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_system(err, "%s", path);
		ret->length += (size_t)got;
		ret->data[ret->length] = '\0';
		if (ret->length - begin > limit)
			return err_set(err, ERR_LIMIT, "%s: larger than %zu bytes", path, limit);
		if (got == 0)
			return 0;
	}
}

int file_write_fully(int fd, const void *bytes, size_t length)
{
	const char *p = bytes;

	while (length) {
		ssize_t put = write(fd, p, length);
		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return -1;
		p += put;
		length -= (size_t)put;
	}
	return 0;
}

int file_read_fully(int fd, void *bytes, size_t length)
{
	char *p = bytes;
	size_t want = length;

	while (length) {
		ssize_t got = read(fd, p, length);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -1;
		if (got == 0) {
			errno = EPIPE;
			return length == want ? 0 : -1;
		}
		p += got;
		length -= (size_t)got;
	}
	return 1;
}

int file_replace(int directory, const char *name, unsigned mode, struct text content,
		 struct err *err)
{
	char temporary[300];

	if (snprintf(temporary, sizeof(temporary), ".%s.new", name) >= (int)sizeof(temporary))
		return err_set(err, ERR_LIMIT, "%s: name too long", name);
	if (unlinkat(directory, temporary, 0) < 0 && errno != ENOENT)
		return err_system(err, "%s", temporary);
	CLEAN(fd) int fd = openat(directory, temporary,
				  O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
	if (fd < 0)
		return err_system(err, "%s", temporary);
	if (fchmod(fd, mode) < 0 || file_write_fully(fd, content.bytes, content.length) < 0 ||
	    fsync(fd) < 0)
		return err_system(err, "%s", temporary);
	if (renameat(directory, temporary, directory, name) < 0)
		return err_system(err, "%s", name);
	if (directory != AT_FDCWD && fsync(directory) < 0)
		return err_system(err, "directory of %s", name);
	return 0;
}

int file_make_directory(const char *path, unsigned mode, struct err *err)
{
	struct stat status;

	if (mkdir(path, mode) == 0)
		return chmod(path, mode) < 0 ? err_system(err, "%s", path) : 0;
	if (errno != EEXIST)
		return err_system(err, "%s", path);
	if (stat(path, &status) < 0)
		return err_system(err, "%s", path);
	if (!S_ISDIR(status.st_mode))
		return err_set(err, ERR_SYSTEM, "%s: is not a directory", path);
	return 0;
}
