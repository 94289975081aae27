/*
 * The framing of all line formats: LF or CR LF ends a line (another CR is
 * data), a byte order mark at the start of the log is skipped, lines of
 * white space are no lines, and the last line may lack its end.
 */
#ifndef DECODE_LINES_H
#define DECODE_LINES_H

#include "base/base.h"

/* Bytes after a line that may be read though they mean nothing (SIMD). */
#define LINES_PADDING 64

struct line {
	struct text text;          /* without its end */
	uint64_t number;           /* from 1 */
	uint64_t offset;           /* of its first byte in the log */
	bool valid;                /* known to be UTF-8 without NUL */
};

enum line_state {
	LINE_NONE,                 /* none is complete */
	LINE_READY,
	LINE_TOO_LONG,             /* its text is only the first bytes */
	LINE_UTF16,                /* the first line, and the log is in UTF-16 */
};

struct lines {
	char *buffer;
	size_t size;
	uint64_t base;             /* offset in the log of the buffer's first byte */
	size_t start;              /* first byte of the line that comes next */
	size_t scanned;            /* there is no line end between start and here */
	size_t end;
	size_t valid;              /* up to here it is UTF-8 without NUL */
	size_t kept;               /* bytes before this are not needed any more */
	uint64_t number;
	bool keeps;                /* the caller moves kept; else it follows start */
	bool check;                /* look for NUL and bad UTF-8, block by block */
	bool skipping;             /* the rest of a line that is too long */
};

/* keep: how many bytes before the current line the caller will want to keep. */
int lines_init(struct lines *lines, size_t keep, bool check, struct err *err) MUST_CHECK;
void lines_done(struct lines *lines);
/* As decoder_space(). */
char *lines_space(struct lines *lines, size_t *ret_room);
void lines_add(struct lines *lines, size_t length);
/* finishing: no more bytes come, so the last line needs no end. */
enum line_state lines_next(struct lines *lines, bool finishing, struct line *ret);

/* Bytes of the log that are still kept: from offset on. */
static inline const char *lines_at(const struct lines *lines, uint64_t offset)
{
	return lines->buffer + (offset - lines->base);
}
/* Nothing before this offset is needed any more. */
static inline void lines_keep(struct lines *lines, uint64_t offset)
{
	lines->kept = (size_t)(offset - lines->base);
}

#endif
