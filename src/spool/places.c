#include "spool/places.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct {
	const char *name;
	mode_t mode;
} places[] = {
#define PLACE(identifier, name, mode, purpose) [SPOOL_##identifier] = { name, mode },
#include "spool/places.def"
#undef PLACE
};

enum { DIRECTORY = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC };

const char *place_name(enum spool_place place)
{
	return places[place].name;
}

/* mkdir that leaves an existing directory as it is, and opens it. */
static int make_and_open(int parent, const char *name, mode_t mode, struct err *err)
{
	bool made = mkdirat(parent, name, mode & 0777) == 0;

	if (!made && errno != EEXIST)
		return err_system(err, "%s", name);
	int fd = openat(parent, name, DIRECTORY);
	if (fd < 0)
		return err_system(err, "%s", name);
	/* The mode of mkdir() is cut by the umask and cannot be sticky. */
	if (made && (fchmod(fd, mode) < 0 || fsync(parent) < 0)) {
		int failed = err_system(err, "%s", name);
		close(fd);
		return failed;
	}
	return fd;
}

int spool_open(const char *directory, struct spool **ret_spool, struct err *err)
{
	CLEAN(spool) struct spool *spool = calloc(1, sizeof(*spool));
	CLEAN(fd) int instance = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (!spool)
		return err_set(err, ERR_MEMORY, "no memory for the spool");
	spool->root = spool->evidence = -1;
	if (instance < 0)
		return err_system(err, "%s", directory);
	spool->directory = realpath(directory, NULL);
	if (!spool->directory)
		return err_system(err, "%s", directory);
	spool->root = make_and_open(instance, "spool", 0755, err);
	if (spool->root < 0)
		return err_prefix(err, "%s", directory);
	spool->evidence = make_and_open(instance, "evidence", 0750, err);
	if (spool->evidence < 0)
		return err_prefix(err, "%s", directory);
	*ret_spool = spool;
	spool = NULL;
	return 0;
}

void spool_free(struct spool *spool)
{
	if (!spool)
		return;
	fd_clean(&spool->root);
	fd_clean(&spool->evidence);
	free(spool->directory);
	free(spool);
}

void spool_clean(struct spool **spool)
{
	spool_free(*spool);
	*spool = NULL;
}

bool spool_code_valid(struct text code)
{
	if (code.length < 1 || code.length > 32 || code.bytes[0] == '-')
		return false;
	for (size_t i = 0; i < code.length; i++)
		if (!is_upper(code.bytes[i]) && !is_digit(code.bytes[i]) && code.bytes[i] != '-')
			return false;
	return true;
}

int place_open(const struct spool *spool, const char *code, enum spool_place place,
	       struct err *err)
{
	if (!spool_code_valid(text_of(code)))
		return err_set(err, ERR_REFUSED, "\"%s\" is no contractor's code", code);
	CLEAN(fd) int contractor = openat(spool->root, code, DIRECTORY);
	if (contractor < 0)
		return err_system(err, "spool/%s", code);
	int fd = openat(contractor, places[place].name, DIRECTORY);
	return fd < 0 ? err_system(err, "spool/%s/%s", code, places[place].name) : fd;
}

int spool_contractor_create(struct spool *spool, const char *code, struct err *err)
{
	if (!spool_code_valid(text_of(code)))
		return err_set(err, ERR_REFUSED,
			       "\"%s\" cannot be a contractor's code: it has 1 to 32 capital letters, digits and hyphens, and does not begin with a hyphen",
			       code);
	CLEAN(fd) int contractor = make_and_open(spool->root, code, 0755, err);
	if (contractor < 0)
		return err_prefix(err, "spool");
	for (enum spool_place place = 0; place < SPOOL_PLACES; place++) {
		CLEAN(fd) int fd = make_and_open(contractor, places[place].name,
						 places[place].mode, err);
		if (fd < 0)
			return err_prefix(err, "spool/%s", code);
	}
	return 0;
}

bool spool_contractor_exists(struct spool *spool, const char *code)
{
	CLEAN(fd) int incoming = place_open(spool, code, SPOOL_INCOMING, NULL);
	CLEAN(fd) int claimed = place_open(spool, code, SPOOL_CLAIMED, NULL);

	return incoming >= 0 && claimed >= 0;
}

bool spool_path(const struct spool *spool, const char *code, enum spool_place place,
		char *ret_path, size_t size)
{
	int length = snprintf(ret_path, size, "%s/spool/%s/%s", spool->directory, code,
			      places[place].name);

	return length > 0 && (size_t)length < size;
}

static void dir_clean(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}

/* Reads a directory from its beginning; takes the descriptor. */
static DIR *dir_of(int fd, struct err *err)
{
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (fd >= 0 && !dir) {
		err_system(err, "reading a directory of the spool");
		close(fd);
	}
	return dir;
}

/* The next name that is no dotfile. 1, 0 at the end, or negative. */
static int next_name(DIR *dir, const char **ret_name, struct err *err)
{
	struct dirent *entry;

	do {
		errno = 0;
		entry = readdir(dir);
	} while (entry && entry->d_name[0] == '.');
	if (!entry)
		return errno ? err_system(err, "reading a directory of the spool") : 0;
	*ret_name = entry->d_name;
	return 1;
}

int spool_contractor_each(struct spool *spool, void (*tell)(void *context, const char *code),
			  void *context, struct err *err)
{
	CLEAN(dir) DIR *dir = dir_of(openat(spool->root, ".", DIRECTORY), err);
	const char *name;
	int result;

	if (!dir)
		return err_prefix(err, "spool");
	while ((result = next_name(dir, &name, err)) > 0)
		if (spool_code_valid(text_of(name)))
			tell(context, name);
	return result;
}

int place_each(const struct spool *spool, const char *code, enum spool_place place,
	       void (*tell)(void *context, int directory, const char *name), void *context,
	       struct err *err)
{
	CLEAN(dir) DIR *dir = dir_of(place_open(spool, code, place, err), err);
	const char *name;
	int result;

	if (!dir)
		return err_prefix(err, "listing");
	while ((result = next_name(dir, &name, err)) > 0)
		tell(context, dirfd(dir), name);
	return result;
}

static int compare_names(const void *a, const void *b)
{
	const struct spool_name *left = a, *right = b;

	if (left->since != right->since)
		return left->since < right->since ? -1 : 1;
	return strcmp(left->name, right->name);
}

/* Put a name into the heap of the oldest, whose root is the youngest of them. */
static void keep_oldest(struct spool_list *list, size_t most, const struct spool_name *name)
{
	struct spool_name *heap = list->names;
	size_t at;

	if (list->count < most) {
		for (at = list->count++; at > 0; at = (at - 1) / 2) {
			if (compare_names(name, &heap[(at - 1) / 2]) <= 0)
				break;
			heap[at] = heap[(at - 1) / 2];
		}
		heap[at] = *name;
		return;
	}
	if (compare_names(name, &heap[0]) >= 0)
		return;
	for (at = 0; 2 * at + 1 < most;) {
		size_t child = 2 * at + 1;
		if (child + 1 < most && compare_names(&heap[child], &heap[child + 1]) < 0)
			child++;
		if (compare_names(name, &heap[child]) >= 0)
			break;
		heap[at] = heap[child];
		at = child;
	}
	heap[at] = *name;
}

static bool list_grow(struct spool_list *list, size_t *room, size_t most)
{
	size_t larger = *room ? *room * 2 : 64;

	if (list->count < *room || *room == most)
		return true;
	if (larger > most)
		larger = most;
	struct spool_name *names = realloc(list->names, larger * sizeof(*names));
	if (!names)
		return false;
	list->names = names;
	*room = larger;
	return true;
}

int spool_list(struct spool *spool, const char *code, enum spool_place place, size_t most,
	       struct spool_list *ret_list, struct err *err)
{
	int fd = place_open(spool, code, place, err);
	CLEAN(dir) DIR *dir = dir_of(fd, err);
	struct spool_list list = { 0 };
	size_t room = 0;
	const char *name;
	int result;

	if (!dir)
		return err_prefix(err, "listing");
	while ((result = next_name(dir, &name, err)) > 0) {
		struct stat status;
		struct spool_name one;
		if (fstatat(dirfd(dir), name, &status, AT_SYMLINK_NOFOLLOW) < 0)
			continue; /* gone in the meantime */
		snprintf(one.name, sizeof(one.name), "%s", name);
		one.since = (int64_t)status.st_ctim.tv_sec * 1000000000 + status.st_ctim.tv_nsec;
		list.waiting++;
		if (!list_grow(&list, &room, most)) {
			spool_list_done(&list);
			return err_set(err, ERR_MEMORY, "no memory for a list of files");
		}
		keep_oldest(&list, most, &one);
	}
	if (result < 0) {
		spool_list_done(&list);
		return result;
	}
	if (list.count)
		qsort(list.names, list.count, sizeof(*list.names), compare_names);
	*ret_list = list;
	return 0;
}

void spool_list_done(struct spool_list *list)
{
	free(list->names);
	*list = (struct spool_list){ 0 };
}

int spool_count(struct spool *spool, const char *code, enum spool_place place,
		uint64_t *ret_count, struct err *err)
{
	CLEAN(dir) DIR *dir = dir_of(place_open(spool, code, place, err), err);
	uint64_t count = 0;
	const char *name;
	int result;

	if (!dir)
		return err_prefix(err, "counting");
	while ((result = next_name(dir, &name, err)) > 0)
		count++;
	if (result == 0)
		*ret_count = count;
	return result;
}
