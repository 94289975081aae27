#include "spool/places.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/random.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { ID_DIGITS = 20, ID_RANDOM = 16, ID_LENGTH = ID_DIGITS + 1 + ID_RANDOM };

/* Letters, digits and . _ - + @ =, which are safe wherever a name may come to stand. */
static bool name_is_plain(struct text name)
{
	static const struct text marks = { "._-+@=", 6 };

	for (size_t i = 0; i < name.length; i++)
		if (!is_alnum(name.bytes[i]) && text_find_byte(marks, name.bytes[i]) == marks.length)
			return false;
	return name.length <= SPOOL_NAME_LONGEST;
}

/* "V-2026-000001" */
static bool is_violation(struct text name)
{
	size_t digits = 0;

	if (!text_starts_with(name, TEXT("V-")) || name.length < sizeof("V-2026-000001") - 1 ||
	    name.length >= IPC_VIOLATION || name.bytes[6] != '-')
		return false;
	for (size_t i = 2; i < name.length; i++)
		digits += is_digit(name.bytes[i]);
	return digits == name.length - 3;
}

static enum spool_kind kind_of(struct text name)
{
	size_t dot = text_find_byte(name, '.');
	struct text rest = text_skip(name, dot);

	if (!is_violation(text_head(name, dot)))
		return SPOOL_LOG;
	if (text_equal(rest, TEXT(".reply")) || text_starts_with(rest, TEXT(".reply.")))
		return SPOOL_REPLY;
	return text_starts_with(rest, TEXT(".attachment.")) ? SPOOL_ATTACHMENT : SPOOL_LOG;
}

/* What the name that the contractor gave shows. */
static void describe(struct spool_delivery *delivery, struct text name)
{
	CLEAN(buffer) struct buffer escaped;
	size_t dot = text_find_byte(name, '.');

	delivery->refusal = name_is_plain(name) ? SPOOL_NOT_REFUSED : IPC_REFUSED_NAME;
	delivery->kind = kind_of(name);
	if (delivery->refusal == SPOOL_NOT_REFUSED && delivery->kind == SPOOL_REPLY &&
	    !text_ends_with(name, TEXT(".reply")))
		delivery->refusal = IPC_REFUSED_REPLY_NAME;
	buffer_init(&escaped, 8 * SPOOL_NAME);
	buffer_add_escaped(&escaped, name, SPOOL_NAME_LONGEST);
	snprintf(delivery->name, sizeof(delivery->name), "%s", escaped.data);
	if (delivery->refusal != IPC_REFUSED_NAME && dot < name.length && dot < SPOOL_SYSTEM)
		snprintf(delivery->system, sizeof(delivery->system), "%.*s", (int)dot, name.bytes);
}

bool spool_resume(const char *file, struct spool_delivery *ret_delivery)
{
	struct text t = text_of(file);
	struct spool_delivery delivery = { 0 };
	uint64_t nanoseconds;

	if (t.length < ID_LENGTH + 2 || t.length >= SPOOL_NAME || file[ID_DIGITS] != '-' ||
	    file[ID_LENGTH] != '.' || !text_to_u64(text_head(t, ID_DIGITS), &nanoseconds))
		return false;
	for (size_t i = ID_DIGITS + 1; i < ID_LENGTH; i++)
		if (hex_digit(file[i]) < 0)
			return false;
	memcpy(delivery.id, file, ID_LENGTH);
	memcpy(delivery.file, file, t.length + 1);
	delivery.received = (int64_t)(nanoseconds / 1000);
	describe(&delivery, text_skip(t, ID_LENGTH + 1));
	*ret_delivery = delivery;
	return true;
}

int spool_claim(struct spool *spool, const char *code, const char *name,
		struct spool_delivery *ret_delivery, struct err *err)
{
	CLEAN(fd) int incoming = place_open(spool, code, SPOOL_INCOMING, err);
	if (incoming < 0)
		return incoming;
	CLEAN(fd) int claimed = place_open(spool, code, SPOOL_CLAIMED, err);
	if (claimed < 0)
		return claimed;
	struct timespec now;
	uint64_t random;
	char file[SPOOL_NAME];

	if (clock_gettime(CLOCK_REALTIME, &now) < 0 ||
	    getrandom(&random, sizeof(random), 0) != sizeof(random))
		return err_system(err, "making an identity");
	/* One byte more than is accepted, so that a long name still shows. */
	snprintf(file, sizeof(file), "%020" PRId64 "-%016" PRIx64 ".%.*s",
		 (int64_t)now.tv_sec * 1000000000 + now.tv_nsec, random,
		 SPOOL_NAME_LONGEST + 1, name);
	if (renameat(incoming, name, claimed, file) < 0)
		return errno == ENOENT ? 0 : err_system(err, "claiming");
	if (fsync(claimed) < 0)
		return err_system(err, "claiming");
	if (!spool_resume(file, ret_delivery))
		return err_set(err, ERR_SYSTEM, "an identity cannot be read back");
	return 1;
}

struct telling {
	void (*tell)(void *context, const struct spool_delivery *delivery);
	void *context;
};

static void tell_incoming(void *context, int directory, const char *name)
{
	const struct telling *telling = context;
	struct spool_delivery delivery = { 0 };
	struct stat status;

	if (fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return; /* gone in the meantime */
	describe(&delivery, text_of(name));
	snprintf(delivery.file, sizeof(delivery.file), "%s", name);
	delivery.received = status.st_ctim.tv_sec * MICROSECONDS + status.st_ctim.tv_nsec / 1000;
	telling->tell(telling->context, &delivery);
}

int spool_incoming_each(struct spool *spool, const char *code,
			void (*tell)(void *context, const struct spool_delivery *delivery),
			void *context, struct err *err)
{
	struct telling telling = { tell, context };

	return place_each(spool, code, SPOOL_INCOMING, tell_incoming, &telling, err);
}

/* What an open() that failed says about the file, or SPOOL_NOT_REFUSED. */
static enum ipc_refusal refusal_of(int number)
{
	switch (number) {
	case ELOOP:
	case ENXIO:
	case ENODEV:
		return IPC_REFUSED_NOT_A_FILE;
	case EACCES:
	case EPERM:
		return IPC_REFUSED_UNREADABLE;
	default:
		return SPOOL_NOT_REFUSED;
	}
}

/*
 * Taken over before a crash: its second name, if it has one, is the evidence
 * that was made of it.
 */
static bool is_taken(const struct stat *status)
{
	return status->st_uid == geteuid() && status->st_nlink <= 2 &&
	       (status->st_mode & 07777) == SPOOL_TAKEN_MODE;
}

int spool_delivery_open(struct spool *spool, const char *code,
			const struct spool_delivery *delivery, uint64_t max_bytes,
			int *ret_fd, enum ipc_refusal *ret_refusal, struct err *err)
{
	CLEAN(fd) int claimed = place_open(spool, code, SPOOL_CLAIMED, err);
	struct stat status;
	enum ipc_refusal refusal = delivery->refusal;

	if (claimed < 0)
		return claimed;
	if (fstatat(claimed, delivery->file, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return err_system(err, "claimed file");
	if (!S_ISREG(status.st_mode))
		refusal = IPC_REFUSED_NOT_A_FILE;
	else if (status.st_nlink != 1 && !is_taken(&status))
		refusal = IPC_REFUSED_LINKED;
	else if (refusal == SPOOL_NOT_REFUSED && (uint64_t)status.st_size > max_bytes)
		refusal = IPC_REFUSED_TOO_LARGE;
	if (refusal == SPOOL_NOT_REFUSED) {
		struct err why = { 0 };
		CLEAN(fd) int fd = is_taken(&status) ?
					   openat(claimed, delivery->file,
						  O_RDONLY | O_NOFOLLOW | O_CLOEXEC) :
					   file_open_untrusted(claimed, delivery->file, &why);
		if (fd >= 0) {
			*ret_fd = fd_take(&fd);
			return 0;
		}
		refusal = why.code == ERR_REFUSED ? IPC_REFUSED_NOT_A_FILE : refusal_of(why.number);
		if (refusal == SPOOL_NOT_REFUSED) {
			if (err)
				*err = why;
			return fd;
		}
	}
	*ret_refusal = refusal;
	return 0;
}

int spool_encoding_of(int fd, const char *name, enum spool_encoding *ret_encoding,
		      struct err *err)
{
	struct text t = text_of(name);
	unsigned char magic[4] = { 0 };
	ssize_t got = pread(fd, magic, sizeof(magic), 0);

	if (got < 0)
		return err_system(err, "first bytes");
	/* RFC 1952, section 2.3.1; RFC 8878, section 3.1.1 */
	if (got >= 2 && magic[0] == 0x1f && magic[1] == 0x8b)
		*ret_encoding = SPOOL_GZIP;
	else if (got == 4 && magic[0] == 0x28 && magic[1] == 0xb5 && magic[2] == 0x2f &&
		 magic[3] == 0xfd)
		*ret_encoding = SPOOL_ZSTD;
	else if (text_ends_with(t, TEXT(".gz")))
		*ret_encoding = SPOOL_GZIP;
	else if (text_ends_with(t, TEXT(".zst")))
		*ret_encoding = SPOOL_ZSTD;
	else
		*ret_encoding = SPOOL_PLAIN;
	return 0;
}

/* Durably, in the place of one of that name; no content: there is none any more. */
static int write_answer(struct spool *spool, const char *code, enum spool_place place,
			const char *name, const char *end, struct text content, struct err *err)
{
	CLEAN(fd) int directory = place_open(spool, code, place, err);
	char file[SPOOL_NAME + 16];

	if (directory < 0)
		return directory;
	snprintf(file, sizeof(file), "%s%s", name, end);
	if (content.length)
		return file_replace(directory, file, 0644, content, err);
	if (unlinkat(directory, file, 0) < 0 && errno != ENOENT)
		return err_system(err, "%s", file);
	return 0;
}

int spool_receipt_write(struct spool *spool, const char *code, const char *name,
			struct text receipt, struct err *err)
{
	if (!receipt.length)
		return err_set(err, ERR_PROTOCOL, "an empty receipt");
	return write_answer(spool, code, SPOOL_RECEIPTS, name, ".receipt", receipt, err);
}

int spool_rejects_write(struct spool *spool, const char *code, const char *name,
			struct text rejects, struct err *err)
{
	return write_answer(spool, code, SPOOL_RECEIPTS, name, ".rejects", rejects, err);
}

int spool_notice_write(struct spool *spool, const char *code, const char *name,
		       struct text notice, struct err *err)
{
	return write_answer(spool, code, SPOOL_NOTICES, name, "", notice, err);
}

int spool_delivery_remove(struct spool *spool, const char *code,
			  const struct spool_delivery *delivery, struct err *err)
{
	CLEAN(fd) int claimed = place_open(spool, code, SPOOL_CLAIMED, err);

	if (claimed < 0)
		return claimed;
	if (unlinkat(claimed, delivery->file, 0) < 0 && errno != ENOENT)
		return err_system(err, "removing %s", delivery->name);
	return 0;
}

/*
 * What lies in refused is the contractor's to read and remove. Where the
 * claimed file has become evidence itself, a copy takes its place.
 */
static int keep_evidence_apart(int claimed, const char *file, struct err *err)
{
	static const char copy_name[] = ".copy";
	struct stat status;

	if (fstatat(claimed, file, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : err_system(err, "claimed file");
	if (!S_ISREG(status.st_mode) || !is_taken(&status))
		return 0;
	(void)unlinkat(claimed, copy_name, 0);
	CLEAN(fd) int from = openat(claimed, file, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	CLEAN(fd) int to = openat(claimed, copy_name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (from < 0 || to < 0)
		return err_system(err, "copy of a refused file");
	for (off_t left = status.st_size; left > 0;) {
		ssize_t got = sendfile(to, from, NULL, (size_t)left);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return err_system(err, "copy of a refused file");
		left -= got;
	}
	if (fsync(to) < 0 || renameat(claimed, copy_name, claimed, file) < 0)
		return err_system(err, "copy of a refused file");
	return 0;
}

int spool_delivery_refuse(struct spool *spool, const char *code,
			  const struct spool_delivery *delivery, struct err *err)
{
	CLEAN(fd) int claimed = place_open(spool, code, SPOOL_CLAIMED, err);
	if (claimed < 0)
		return claimed;
	CLEAN(fd) int refused = place_open(spool, code, SPOOL_REFUSED, err);
	if (refused < 0)
		return refused;

	int kept = keep_evidence_apart(claimed, delivery->file, err);
	if (kept < 0)
		return kept;
	if (renameat(claimed, delivery->file, refused, delivery->file) < 0 && errno != ENOENT)
		return err_system(err, "moving %s to refused", delivery->name);
	return fsync(refused) < 0 ? err_system(err, "refused") : 0;
}
