#include "spool/places.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define COPY_SLICE ((size_t)64 << 20)
#define HASH_SLICE ((size_t)4 << 20)
#define HASH_READ ((size_t)256 << 10)

struct spool_snapshot {
	const struct spool *spool;
	int source, copy;
	bool taken;            /* copy is the delivered file itself, ours now */
	uint64_t max_bytes, bytes, hashed;
	struct stat before;    /* the source, when the copy began */
	struct crypto_sha256 *sha256;
	bool through_memory;   /* the file systems cannot copy by themselves */
	uint8_t *room;         /* HASH_READ bytes */
};

/*
 * Make a delivered file ours, so that it need not be copied: its owner, not
 * to be written, and open for writing nowhere. The last is what the kernel
 * asks before it grants a lease to read, and nobody can open it from now on:
 * the directory of claimed files is closed to others. false: copy it.
 */
static bool take_over(int source)
{
	if (fchown(source, geteuid(), (gid_t)-1) < 0 || fchmod(source, SPOOL_TAKEN_MODE) < 0 ||
	    fcntl(source, F_SETLEASE, F_RDLCK) < 0)
		return false;
	return fcntl(source, F_SETLEASE, F_UNLCK) == 0;
}

struct spool_snapshot *spool_snapshot_new(struct spool *spool, int source, uint64_t max_bytes,
					  struct err *err)
{
	CLEAN(spool_snapshot) struct spool_snapshot *snapshot = calloc(1, sizeof(*snapshot));

	if (!snapshot) {
		close(source);
		err_set(err, ERR_MEMORY, "no memory for a snapshot");
		return NULL;
	}
	*snapshot = (struct spool_snapshot){
		.spool = spool, .source = source, .copy = -1, .max_bytes = max_bytes
	};
	snapshot->room = malloc(HASH_READ);
	snapshot->sha256 = crypto_sha256_new(err);
	if (!snapshot->room)
		err_set(err, ERR_MEMORY, "no memory for a snapshot");
	if (!snapshot->room || !snapshot->sha256)
		return NULL;
	snapshot->taken = take_over(source);
	if (fstat(source, &snapshot->before) < 0) {
		err_system(err, "a claimed file");
		return NULL;
	}
	if (snapshot->taken) {
		snapshot->copy = fd_take(&snapshot->source);
		snapshot->bytes = (uint64_t)snapshot->before.st_size;
	} else {
		snapshot->copy =
			openat(spool->evidence, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0440);
		posix_fadvise(source, 0, 0, POSIX_FADV_SEQUENTIAL);
	}
	if (snapshot->copy < 0) {
		err_system(err, "a new file in evidence");
		return NULL;
	}
	struct spool_snapshot *made = snapshot;
	snapshot = NULL;
	return made;
}

void spool_snapshot_free(struct spool_snapshot *snapshot)
{
	if (!snapshot)
		return;
	fd_clean(&snapshot->source);
	fd_clean(&snapshot->copy);
	crypto_sha256_free(snapshot->sha256);
	free(snapshot->room);
	free(snapshot);
}

void spool_snapshot_clean(struct spool_snapshot **snapshot)
{
	spool_snapshot_free(*snapshot);
	*snapshot = NULL;
}

/* Copy on through our own memory. Bytes, 0 at the end, or -1 with errno. */
static ssize_t copy_through_memory(struct spool_snapshot *snapshot)
{
	ssize_t got = read(snapshot->source, snapshot->room, HASH_READ);

	if (got > 0 && file_write_fully(snapshot->copy, snapshot->room, (size_t)got) < 0)
		return -1;
	return got;
}

static ssize_t copy_some(struct spool_snapshot *snapshot)
{
	ssize_t got;

	if (!snapshot->through_memory) {
		got = copy_file_range(snapshot->source, NULL, snapshot->copy, NULL, COPY_SLICE, 0);
		if (got > 0 || (got == 0 && snapshot->bytes > 0))
			return got;
		/* Some file systems answer 0 for a file that has bytes. */
		if (got < 0 && errno != EXDEV && errno != EINVAL && errno != ENOSYS &&
		    errno != EOPNOTSUPP && errno != EPERM)
			return -1;
		snapshot->through_memory = true;
	}
	return copy_through_memory(snapshot);
}

static bool source_changed(const struct spool_snapshot *snapshot)
{
	const struct stat *before = &snapshot->before;
	struct stat now;

	return fstat(snapshot->source, &now) < 0 || now.st_size != before->st_size ||
	       (uint64_t)now.st_size != snapshot->bytes ||
	       now.st_mtim.tv_sec != before->st_mtim.tv_sec ||
	       now.st_mtim.tv_nsec != before->st_mtim.tv_nsec;
}

int spool_snapshot_copy(struct spool_snapshot *snapshot, enum ipc_refusal *ret_refusal,
			struct err *err)
{
	uint64_t slice = 0;

	if (snapshot->taken) {
		*ret_refusal = SPOOL_NOT_REFUSED;
		return 0;
	}
	while (slice < COPY_SLICE) {
		ssize_t got = copy_some(snapshot);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_system(err, "copying into evidence");
		if (got == 0) {
			*ret_refusal = source_changed(snapshot) ? IPC_REFUSED_CHANGED :
								  SPOOL_NOT_REFUSED;
			fd_clean(&snapshot->source);
			return 0;
		}
		/* Let the disk begin now, so that fsync() has little to wait for. */
		(void)sync_file_range(snapshot->copy, (off_t)snapshot->bytes, got,
				      SYNC_FILE_RANGE_WRITE);
		snapshot->bytes += (uint64_t)got;
		slice += (uint64_t)got;
		if (snapshot->bytes > snapshot->max_bytes) {
			*ret_refusal = IPC_REFUSED_TOO_LARGE;
			return 0;
		}
	}
	return 1;
}

uint64_t spool_snapshot_bytes(const struct spool_snapshot *snapshot)
{
	return snapshot->bytes;
}

int spool_snapshot_open(const struct spool_snapshot *snapshot, struct err *err)
{
	char path[40];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", snapshot->copy);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? err_system(err, "opening a snapshot") : fd;
}

int spool_snapshot_hash(struct spool_snapshot *snapshot, struct err *err)
{
	for (size_t slice = 0; slice < HASH_SLICE;) {
		ssize_t got = pread(snapshot->copy, snapshot->room, HASH_READ,
				    (off_t)snapshot->hashed);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_system(err, "reading a snapshot");
		if (got == 0)
			return snapshot->hashed == snapshot->bytes ?
				       0 :
				       err_set(err, ERR_SYSTEM, "a snapshot lost bytes");
		int failed = crypto_sha256_add(snapshot->sha256, snapshot->room, (size_t)got, err);
		if (failed)
			return failed;
		snapshot->hashed += (uint64_t)got;
		slice += (size_t)got;
	}
	return 1;
}

/* Make and open evidence/aa. */
static int open_shelf(const struct spool *spool, const char *name, struct err *err)
{
	if (mkdirat(spool->evidence, name, 0750) < 0 && errno != EEXIST)
		return err_system(err, "evidence/%s", name);
	int fd = openat(spool->evidence, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? err_system(err, "evidence/%s", name) : fd;
}

/* The same content is there already: it must be whole, and durable too. */
static int check_existing(const struct spool_snapshot *snapshot, int shelf, const char *name,
			  struct err *err)
{
	CLEAN(fd) int fd = openat(shelf, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	struct stat status;

	if (fd < 0 || fstat(fd, &status) < 0 || fsync(fd) < 0)
		return err_system(err, "evidence %s", name);
	if ((uint64_t)status.st_size != snapshot->bytes)
		return err_set(err, ERR_SYSTEM,
			       "evidence %s is damaged: it has %lld bytes and should have %llu",
			       name, (long long)status.st_size,
			       (unsigned long long)snapshot->bytes);
	return 0;
}

int spool_snapshot_keep(struct spool_snapshot *snapshot, uint8_t ret_sha256[CRYPTO_SHA256],
			struct err *err)
{
	uint8_t sha256[CRYPTO_SHA256];
	char name[CRYPTO_SHA256_TEXT], shelf_name[3], path[40];
	int failed = crypto_sha256_finish(snapshot->sha256, sha256, err);

	if (failed)
		return failed;
	if (fsync(snapshot->copy) < 0)
		return err_system(err, "making a snapshot durable");
	crypto_sha256_text(sha256, name);
	snprintf(shelf_name, sizeof(shelf_name), "%.2s", name);
	CLEAN(fd) int shelf = open_shelf(snapshot->spool, shelf_name, err);
	if (shelf < 0)
		return shelf;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", snapshot->copy);
	if (linkat(AT_FDCWD, path, shelf, name, AT_SYMLINK_FOLLOW) < 0) {
		failed = errno == EEXIST ? check_existing(snapshot, shelf, name, err) :
					   err_system(err, "evidence %s", name);
		if (failed)
			return failed;
	}
	/* Whoever made the shelf may have been stopped before this. */
	if (fsync(shelf) < 0 || fsync(snapshot->spool->evidence) < 0)
		return err_system(err, "evidence/%s", shelf_name);
	memcpy(ret_sha256, sha256, sizeof(sha256));
	return 0;
}

const char *spool_evidence_path(const uint8_t sha256[CRYPTO_SHA256],
				char ret_path[SPOOL_EVIDENCE_PATH])
{
	char name[CRYPTO_SHA256_TEXT];

	crypto_sha256_text(sha256, name);
	snprintf(ret_path, SPOOL_EVIDENCE_PATH, "evidence/%.2s/%s", name, name);
	return ret_path;
}
