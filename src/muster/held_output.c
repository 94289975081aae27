#include "muster/held_output.h"
#include "crypto/crypto.h"
#include "event/event.h"

#include <sys/mman.h>
#include <unistd.h>

struct held_output {
	int fd;
	struct crypto_sha256 *sha256;
};

void marking_add(struct marking *marking, int level)
{
	marking->any = true;
	if (level == EVENT_LEVEL_UNKNOWN)
		marking->unknown = true;
	else if (level > marking->highest)
		marking->highest = level;
}

const char *marking_of_level(int level)
{
	return level == EVENT_LEVEL_UNKNOWN ? "unknown" :
					      event_level_banner((enum event_level)level);
}

void marking_add_banner(const struct marking *marking, unsigned width, struct buffer *out)
{
	char banner[100];
	size_t length;

	if (!marking->any)
		return;
	if (marking->highest == EVENT_LEVEL_UNKNOWN)
		snprintf(banner, sizeof(banner), "MARKING UNKNOWN");
	else
		snprintf(banner, sizeof(banner), "%s%s", marking_of_level(marking->highest),
			 marking->unknown ? " (AND MARKINGS UNKNOWN)" : "");
	length = strlen(banner);
	width = width ? width : 80;
	buffer_add_format(out, "%*s%s\n", width > length ? (int)((width - length) / 2) : 0, "",
			  banner);
}

struct held_output *held_output_new(struct err *err)
{
	struct held_output *held = calloc(1, sizeof(*held));

	if (!held) {
		err_set(err, ERR_MEMORY, "out of memory");
		return NULL;
	}
	held->fd = memfd_create("muster-output", MFD_CLOEXEC);
	if (held->fd < 0)
		err_system(err, "cannot hold output in memory");
	else
		held->sha256 = crypto_sha256_new(err);
	if (!held->sha256) {
		held_output_free(held);
		return NULL;
	}
	return held;
}

void held_output_free(struct held_output *held)
{
	if (!held)
		return;
	fd_clean(&held->fd);
	crypto_sha256_free(held->sha256);
	free(held);
}

void held_output_clean(struct held_output **held)
{
	held_output_free(*held);
}

static int take(void *context, struct text piece, struct err *err)
{
	struct held_output *held = context;

	if (file_write_fully(held->fd, piece.bytes, piece.length) < 0)
		return err_system(err, "cannot hold output in memory");
	return crypto_sha256_add(held->sha256, piece.bytes, piece.length, err);
}

struct report_sink held_output_sink(struct held_output *held)
{
	return (struct report_sink){ take, held };
}

int held_output_digest(struct held_output *held, char ret_digest[HELD_OUTPUT_DIGEST],
		       struct err *err)
{
	uint8_t digest[CRYPTO_SHA256];
	int r = crypto_sha256_finish(held->sha256, digest, err);

	if (r == 0)
		crypto_sha256_text(digest, ret_digest);
	return r;
}

int held_output_write(struct held_output *held, struct command_run *run, struct err *err)
{
	char bytes[65536];
	ssize_t length;

	for (off_t at = 0; (length = pread(held->fd, bytes, sizeof(bytes), at)) > 0;
	     at += length) {
		int r = command_write(run, (struct text){ bytes, (size_t)length }, err);
		if (r < 0)
			return r;
	}
	return length < 0 ? err_system(err, "cannot read back output") : 0;
}
