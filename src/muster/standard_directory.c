#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "muster/standard_directory.h"
#include "standard/standard.h"

#define FILES_LIMIT 10000

/* The names of a directory's files, in byte order. */
struct listing {
	struct arena *arena;
	const char **names;
	size_t count;
};

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void directory_clean(DIR **directory)
{
	if (*directory)
		closedir(*directory);
}

static bool is_passed_over(const char *name)
{
	return name[0] == '.' || name[strlen(name) - 1] == '~';
}

static int open_directory(int parent, const char *name, const char *shown,
			  struct err *err)
{
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 ? err_system(err, "%s", shown) : fd;
}

static int list_names(int fd, const char *shown, struct listing *listing, struct err *err)
{
	CLEAN(fd) int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	CLEAN(directory) DIR *directory = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *entry;

	if (!directory)
		return err_system(err, "%s", shown);
	fd_take(&copy);
	listing->names =
		arena_get_many(listing->arena, FILES_LIMIT, sizeof(*listing->names));
	if (!listing->names)
		return err_set(err, ERR_MEMORY, "out of memory");
	for (errno = 0; (entry = readdir(directory)); errno = 0) {
		if (is_passed_over(entry->d_name))
			continue;
		if (listing->count == FILES_LIMIT)
			return err_set(err, ERR_LIMIT, "%s: more than %d files", shown,
				       FILES_LIMIT);
		listing->names[listing->count] =
			arena_string(listing->arena, entry->d_name);
		if (!listing->names[listing->count++])
			return err_set(err, ERR_LIMIT, "%s: the names are too long",
				       shown);
	}
	if (errno)
		return err_system(err, "%s", shown);
	qsort(listing->names, listing->count, sizeof(*listing->names), compare_names);
	return 0;
}

static int read_content(int fd, const char *shown, struct buffer *content,
			struct err *err)
{
	for (;;) {
		char *space = buffer_reserve(content, 64 << 10);
		ssize_t length = space ? read(fd, space, 64 << 10) : 0;

		if (!space || content->length > STANDARD_FILE_LIMIT)
			return err_set(err, ERR_LIMIT, "%s: longer than %u bytes", shown,
				       STANDARD_FILE_LIMIT);
		if (length < 0 && errno != EINTR)
			return err_system(err, "%s", shown);
		if (length == 0)
			return 0;
		if (length > 0)
			content->length += (size_t)length;
		content->data[content->length] = '\0';
	}
}

/* name is relative to the standard's directory, as it stands in the bundle. */
static int add_file(int directory, const char *path, const char *prefix, const char *name,
		    struct buffer *bundle, struct err *err)
{
	CLEAN(buffer) struct buffer content;
	char inner[STANDARD_NAME_LIMIT + 16], shown[4096];
	CLEAN(fd) int fd = -1;
	int r;

	buffer_init(&content, STANDARD_FILE_LIMIT + (128u << 10));
	snprintf(inner, sizeof(inner), "%s%s", prefix, name);
	snprintf(shown, sizeof(shown), "%s/%s", path, inner);
	fd = file_open_untrusted(directory, name, err);
	if (fd < 0)
		return err_prefix(err, "%s%s%s", path, *prefix ? "/" : "",
				  *prefix ? "rules" : "");
	r = read_content(fd, shown, &content, err);
	if (r < 0)
		return r;
	r = standard_bundle_add(bundle, text_of(inner), buffer_text(&content), err);
	return r < 0 ? err_prefix(err, "%s", path) : 0;
}

static int add_rules(int parent, const char *path, struct buffer *bundle, struct err *err)
{
	CLEAN(arena) struct arena *arena = arena_new(8u << 20);
	struct listing listing = {.arena = arena};
	char shown[4096];
	CLEAN(fd) int fd = -1;
	int r;

	if (!arena)
		return err_set(err, ERR_MEMORY, "out of memory");
	snprintf(shown, sizeof(shown), "%s/rules", path);
	fd = open_directory(parent, "rules", shown, err);
	if (fd < 0)
		return fd;
	r = list_names(fd, shown, &listing, err);
	for (size_t i = 0; r == 0 && i < listing.count; i++) {
		if (!text_ends_with(text_of(listing.names[i]), TEXT(".yml")))
			return err_set(err, ERR_SYNTAX, "%s/%s: does not end in .yml",
				       shown, listing.names[i]);
		r = add_file(fd, path, "rules/", listing.names[i], bundle, err);
	}
	return r;
}

int standard_directory_read(const char *path, struct buffer *ret_bundle, struct err *err)
{
	CLEAN(arena) struct arena *arena = arena_new(8u << 20);
	struct listing listing = {.arena = arena};
	CLEAN(fd) int fd = -1;
	int r;

	if (!arena)
		return err_set(err, ERR_MEMORY, "out of memory");
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_system(err, "%s", path);
	r = list_names(fd, path, &listing, err);
	/* "rules" sorts before "standard.cfg", as the bundle wants its files. */
	for (size_t i = 0; r == 0 && i < listing.count; i++) {
		if (strcmp(listing.names[i], "rules") == 0)
			r = add_rules(fd, path, ret_bundle, err);
		else if (strcmp(listing.names[i], "standard.cfg") == 0)
			r = add_file(fd, path, "", listing.names[i], ret_bundle, err);
		else
			r = err_set(err, ERR_SYNTAX, "%s/%s: is no part of a standard",
				    path, listing.names[i]);
	}
	return r;
}
