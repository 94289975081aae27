#include "reader/reader.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#define INPUT_ROOM ((size_t)128 * 1024)
/* A window of 8 MiB is what level 19 uses; more would break the memory limit. */
#define ZSTD_WINDOW_LOG 23

struct content {
	int fd;
	enum ipc_encoding encoding;
	struct content_limits limits;
	uint64_t in_bytes, out_bytes;
	z_stream gzip;
	ZSTD_DStream *zstd;
	bool open;                 /* inside a member or frame */
	bool ended;                /* no more input */
	const char *next;          /* input not yet used */
	size_t left;
	char *input;
};

struct content *content_open(int fd, enum ipc_encoding encoding,
			     const struct content_limits *limits, struct err *err)
{
	struct content *content = calloc(1, sizeof(*content));

	if (!content || (encoding != IPC_PLAIN && !(content->input = malloc(INPUT_ROOM))))
		goto failed;
	content->fd = fd;
	content->encoding = encoding;
	content->limits = *limits;
	if (encoding == IPC_GZIP && inflateInit2(&content->gzip, 15 + 16) != Z_OK)
		goto failed;
	if (encoding == IPC_ZSTD) {
		content->zstd = ZSTD_createDStream();
		if (!content->zstd || ZSTD_isError(ZSTD_DCtx_setParameter(
					      content->zstd, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG)))
			goto failed;
	}
	return content;
failed:
	err_set(err, ERR_MEMORY, "decompression");
	content_free(content);
	return NULL;
}

void content_free(struct content *content)
{
	if (!content)
		return;
	if (content->encoding == IPC_GZIP)
		inflateEnd(&content->gzip);
	ZSTD_freeDStream(content->zstd);
	free(content->input);
	free(content);
}

static ssize_t read_bytes(int fd, void *place, size_t room, struct ipc_fail *ret_fail)
{
	ssize_t got;

	do
		got = read(fd, place, room);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		ipc_fail_fill(ret_fail, IPC_REFUSED_UNREADABLE, "reading failed: %s",
			      strerror(errno));
	return got;
}

/* Make sure that there is input; false at its end or on failure (left 0). */
static bool input_fill(struct content *content, struct ipc_fail *ret_fail, bool *ret_failed)
{
	if (content->left || content->ended)
		return content->left > 0;
	ssize_t got = read_bytes(content->fd, content->input, INPUT_ROOM, ret_fail);
	*ret_failed = got < 0;
	content->ended = got <= 0;
	content->left = got > 0 ? (size_t)got : 0;
	content->next = content->input;
	content->in_bytes += content->left;
	return content->left > 0;
}

static ssize_t gzip_read(struct content *content, char *place, size_t room,
			 struct ipc_fail *ret_fail)
{
	z_stream *z = &content->gzip;
	bool failed = false;

	z->next_out = (Bytef *)place;
	z->avail_out = (uInt)(room < INT32_MAX ? room : INT32_MAX);
	while ((char *)z->next_out == place) {
		if (!input_fill(content, ret_fail, &failed)) {
			if (failed)
				return -1;
			if (!content->open && content->in_bytes)
				return 0;
			ipc_fail_fill(ret_fail, IPC_REFUSED_GZIP,
				      "the gzip stream ends after %llu bytes, in the middle",
				      (unsigned long long)content->in_bytes);
			return -1;
		}
		z->next_in = (z_const Bytef *)content->next;
		z->avail_in = (uInt)content->left;
		int result = inflate(z, Z_NO_FLUSH);
		content->next = (const char *)z->next_in;
		content->left = z->avail_in;
		content->open = true;
		if (result == Z_STREAM_END) {
			content->open = false;
			if (inflateReset(z) != Z_OK)
				result = Z_DATA_ERROR;
		}
		if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR) {
			ipc_fail_fill(ret_fail, IPC_REFUSED_GZIP, "at byte %llu of the file: %s",
				      (unsigned long long)(content->in_bytes - content->left),
				      z->msg ? z->msg : "not gzip data");
			return -1;
		}
	}
	return (char *)z->next_out - place;
}

static ssize_t zstd_read(struct content *content, char *place, size_t room,
			 struct ipc_fail *ret_fail)
{
	ZSTD_outBuffer out = { place, room, 0 };
	bool failed = false;

	while (out.pos == 0) {
		bool have = input_fill(content, ret_fail, &failed);
		if (failed)
			return -1;
		if (!have && !content->open && content->in_bytes)
			return 0;
		ZSTD_inBuffer in = { content->next, content->left, 0 };
		size_t result = ZSTD_decompressStream(content->zstd, &out, &in);
		content->next += in.pos;
		content->left -= in.pos;
		if (ZSTD_isError(result)) {
			ipc_fail_fill(ret_fail, IPC_REFUSED_ZSTD, "at byte %llu of the file: %s",
				      (unsigned long long)(content->in_bytes - content->left),
				      ZSTD_getErrorName(result));
			return -1;
		}
		content->open = result != 0;
		if (!have && out.pos == 0) {
			ipc_fail_fill(ret_fail, IPC_REFUSED_ZSTD,
				      "the zstd stream ends after %llu bytes, in the middle",
				      (unsigned long long)content->in_bytes);
			return -1;
		}
	}
	return (ssize_t)out.pos;
}

ssize_t content_read(struct content *content, void *place, size_t room,
		     struct ipc_fail *ret_fail)
{
	ssize_t got;

	if (content->encoding == IPC_PLAIN)
		got = read_bytes(content->fd, place, room, ret_fail);
	else if (content->encoding == IPC_GZIP)
		got = gzip_read(content, place, room, ret_fail);
	else
		got = zstd_read(content, place, room, ret_fail);
	if (got <= 0)
		return got;
	content->out_bytes += (uint64_t)got;
	if (content->out_bytes > content->limits.bytes) {
		ipc_fail_fill(ret_fail, IPC_REFUSED_EXPANDS,
			      "the log is larger than the limit of %llu bytes",
			      (unsigned long long)content->limits.bytes);
		return -1;
	}
	/* The first megabytes may be anything: small files compress well. */
	if (content->encoding != IPC_PLAIN && content->out_bytes > (64u << 20) &&
	    content->out_bytes / content->limits.ratio > content->in_bytes) {
		ipc_fail_fill(ret_fail, IPC_REFUSED_EXPANDS,
			      "%llu bytes became more than %llu times as many",
			      (unsigned long long)content->in_bytes,
			      (unsigned long long)content->limits.ratio);
		return -1;
	}
	return got;
}
