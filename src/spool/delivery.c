#include "spool/places.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { ID_DIGITS = 20, ID_RANDOM = 16, ID_LENGTH = ID_DIGITS + 1 + ID_RANDOM };

static const struct {
	const char *code, *meaning;
} refusals[] = {
#define REFUSAL(identifier, code, meaning) [SPOOL_##identifier] = { code, meaning },
#include "spool/refusals.def"
#undef REFUSAL
};

const char *spool_refusal_code(enum spool_refusal refusal)
{
	return refusals[refusal].code;
}

const char *spool_refusal_meaning(enum spool_refusal refusal)
{
	return refusals[refusal].meaning;
}

/*
 * Whether a person could be deceived by the name as it stands. Escaping adds
 * exactly one byte for a backslash, and something for all that it has to hide.
 */
static bool name_deceives(struct text name, const struct buffer *escaped)
{
	size_t backslashes = 0;

	for (size_t i = 0; i < name.length; i++)
		backslashes += name.bytes[i] == '\\';
	return escaped->length != name.length + backslashes;
}

static bool system_of(struct text name, char ret_system[SPOOL_SYSTEM])
{
	size_t dot = text_find_byte(name, '.');

	if (dot == 0 || dot == name.length || dot >= SPOOL_SYSTEM || !is_alnum(name.bytes[0]))
		return false;
	for (size_t i = 1; i < dot; i++)
		if (!is_alnum(name.bytes[i]) && name.bytes[i] != '_' && name.bytes[i] != '-')
			return false;
	memcpy(ret_system, name.bytes, dot);
	ret_system[dot] = '\0';
	return true;
}

/* What the name that the contractor gave shows. */
static void describe(struct spool_delivery *delivery, struct text name)
{
	CLEAN(buffer) struct buffer escaped;

	buffer_init(&escaped, 8 * SPOOL_NAME);
	buffer_add_escaped(&escaped, name, 0);
	delivery->system[0] = '\0';
	if (name_deceives(name, &escaped)) {
		buffer_reset(&escaped);
		buffer_add_escaped(&escaped, name, SPOOL_NAME_LONGEST);
		delivery->refusal = SPOOL_BAD_NAME;
		snprintf(delivery->name, sizeof(delivery->name), "%s", escaped.data);
		return;
	}
	if (name.length > SPOOL_NAME_LONGEST) {
		delivery->refusal = SPOOL_NAME_TOO_LONG;
		name = text_head(name, SPOOL_NAME_LONGEST);
		name = text_head(name, text_utf8_valid(name));
	} else if (!system_of(name, delivery->system)) {
		delivery->refusal = SPOOL_BAD_NAME;
	}
	snprintf(delivery->name, sizeof(delivery->name), "%.*s", TEXT_PRINT(name));
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

/* What an open() that failed says about the file, or SPOOL_NOT_REFUSED. */
static enum spool_refusal refusal_of(int number)
{
	switch (number) {
	case ELOOP:
	case ENXIO:
	case ENODEV:
		return SPOOL_NOT_A_FILE;
	case EACCES:
	case EPERM:
		return SPOOL_UNREADABLE;
	default:
		return SPOOL_NOT_REFUSED;
	}
}

int spool_delivery_open(struct spool *spool, const char *code,
			const struct spool_delivery *delivery, uint64_t max_bytes,
			int *ret_fd, enum spool_refusal *ret_refusal, struct err *err)
{
	CLEAN(fd) int claimed = place_open(spool, code, SPOOL_CLAIMED, err);
	struct stat status;
	enum spool_refusal refusal = delivery->refusal;

	if (claimed < 0)
		return claimed;
	if (fstatat(claimed, delivery->file, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return err_system(err, "claimed file");
	if (!S_ISREG(status.st_mode))
		refusal = SPOOL_NOT_A_FILE;
	else if (status.st_nlink != 1)
		refusal = SPOOL_HARD_LINK;
	else if (!refusal && (uint64_t)status.st_size > max_bytes)
		refusal = SPOOL_TOO_LARGE;
	if (!refusal) {
		struct err why = { 0 };
		CLEAN(fd) int fd = file_open_untrusted(claimed, delivery->file, &why);
		if (fd >= 0) {
			*ret_fd = fd_take(&fd);
			return 0;
		}
		refusal = why.code == ERR_REFUSED ? SPOOL_NOT_A_FILE : refusal_of(why.number);
		if (!refusal) {
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

static int write_answer(struct spool *spool, const char *code, const char *name,
			const char *end, struct text content, struct err *err)
{
	CLEAN(fd) int receipts = place_open(spool, code, SPOOL_RECEIPTS, err);
	char file[SPOOL_NAME + 16];

	if (receipts < 0)
		return receipts;
	snprintf(file, sizeof(file), "%s%s", name, end);
	if (content.length)
		return file_replace(receipts, file, 0644, content, err);
	if (unlinkat(receipts, file, 0) < 0 && errno != ENOENT)
		return err_system(err, "%s", file);
	return 0;
}

int spool_receipt_write(struct spool *spool, const char *code, const char *name,
			struct text receipt, struct err *err)
{
	if (!receipt.length)
		return err_set(err, ERR_PROTOCOL, "an empty receipt");
	return write_answer(spool, code, name, ".receipt", receipt, err);
}

int spool_rejects_write(struct spool *spool, const char *code, const char *name,
			struct text rejects, struct err *err)
{
	return write_answer(spool, code, name, ".rejects", rejects, err);
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

int spool_delivery_refuse(struct spool *spool, const char *code,
			  const struct spool_delivery *delivery, struct err *err)
{
	CLEAN(fd) int claimed = place_open(spool, code, SPOOL_CLAIMED, err);
	if (claimed < 0)
		return claimed;
	CLEAN(fd) int refused = place_open(spool, code, SPOOL_REFUSED, err);
	if (refused < 0)
		return refused;

	if (renameat(claimed, delivery->file, refused, delivery->file) < 0 && errno != ENOENT)
		return err_system(err, "moving %s to refused", delivery->name);
	return fsync(refused) < 0 ? err_system(err, "refused") : 0;
}
