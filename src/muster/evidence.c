#include "muster/evidence.h"

#include <fcntl.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

/* Takes uncompressed bytes and keeps those that were asked for. */
struct window {
	uint64_t skip, want;
	struct buffer *ret;
};

static bool is_full(const struct window *window)
{
	return window->want == 0;
}

static void take(struct window *window, const char *bytes, size_t length)
{
	struct text t = { bytes, length };
	size_t skipped = window->skip < length ? (size_t)window->skip : length;

	t = text_skip(t, skipped);
	window->skip -= skipped;
	t = text_head(t, window->want < t.length ? (size_t)window->want : t.length);
	window->want -= t.length;
	buffer_add_text(window->ret, t);
}

static int read_plain(int fd, struct window *window, const char *path, struct err *err)
{
	char bytes[65536];

	while (!is_full(window)) {
		size_t wanted = window->want < sizeof(bytes) ? (size_t)window->want :
							       sizeof(bytes);
		ssize_t length = pread(fd, bytes, wanted, (off_t)window->skip);
		if (length < 0)
			return err_system(err, "%s", path);
		if (length == 0)
			return 0;
		buffer_add(window->ret, bytes, (size_t)length);
		window->want -= (uint64_t)length;
		window->skip += (uint64_t)length;
	}
	return 0;
}

static int read_gzip(int fd, struct window *window, const char *path, struct err *err)
{
	int again = dup(fd);
	gzFile file = again < 0 ? NULL : gzdopen(again, "rb");
	char bytes[65536];
	int length = 0, code = Z_OK;

	if (!file) {
		if (again >= 0)
			close(again);
		return err_system(err, "%s", path);
	}
	while (!is_full(window) && (length = gzread(file, bytes, sizeof(bytes))) > 0)
		take(window, bytes, (size_t)length);
	if (length < 0)
		err_set(err, ERR_SYNTAX, "%s: damaged: %s", path, gzerror(file, &code));
	gzclose_r(file);
	return length < 0 ? -ERR_SYNTAX : 0;
}

static int read_zstd(int fd, struct window *window, const char *path, struct err *err)
{
	ZSTD_DStream *stream = ZSTD_createDStream();
	char in[65536], out[65536];
	ssize_t length;
	int r = 0;

	if (!stream)
		return err_set(err, ERR_MEMORY, "out of memory");
	while (r == 0 && !is_full(window) && (length = read(fd, in, sizeof(in))) != 0) {
		ZSTD_inBuffer input = { in, length < 0 ? 0 : (size_t)length, 0 };
		if (length < 0)
			r = err_system(err, "%s", path);
		while (r == 0 && !is_full(window) && input.pos < input.size) {
			ZSTD_outBuffer output = { out, sizeof(out), 0 };
			size_t code = ZSTD_decompressStream(stream, &output, &input);
			if (ZSTD_isError(code))
				r = err_set(err, ERR_SYNTAX, "%s: damaged: %s", path,
					    ZSTD_getErrorName(code));
			else
				take(window, out, output.pos);
		}
	}
	ZSTD_freeDStream(stream);
	return r;
}

int evidence_read(const char *directory, const char *digest, const char *encoding,
		  int64_t offset, int64_t length, struct buffer *ret, struct err *err)
{
	struct window window = { (uint64_t)offset, (uint64_t)length, ret };
	char path[4096];
	CLEAN(fd) int fd = -1;
	int r;

	if (offset < 0 || length < 0 || length > EVIDENCE_LIMIT)
		return err_set(err, ERR_LIMIT, "a record of %lld bytes is too long to show",
			       (long long)length);
	snprintf(path, sizeof(path), "%s/evidence/%.2s/%s", directory, digest, digest);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return err_system(err, "%s", path);
	if (strcmp(encoding, "gzip") == 0)
		r = read_gzip(fd, &window, path, err);
	else if (strcmp(encoding, "zstd") == 0)
		r = read_zstd(fd, &window, path, err);
	else
		r = read_plain(fd, &window, path, err);
	if (r == 0 && ret->failed)
		r = err_set(err, ERR_MEMORY, "out of memory");
	if (r == 0 && !is_full(&window))
		r = err_set(err, ERR_SYNTAX, "%s: ends before the record does", path);
	return r;
}
