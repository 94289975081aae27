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
	uint64_t place;            /* of it among the bytes that were kept */
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
	uint64_t base;             /* place of the buffer's first byte */
	uint64_t dropped;          /* bytes of the log that never got a place */
	size_t start;              /* first byte of the line that comes next */
	size_t scanned;            /* there is no line end between start and here */
	size_t end;
	size_t valid;              /* up to here it is UTF-8 without NUL */
	size_t kept;               /* bytes before this are not needed any more */
	uint64_t number;
	bool holds;                /* kept is the caller's; else it follows start */
	bool check;                /* look for NUL and bad UTF-8, block by block */
	bool skipping;             /* the rest of a line that is too long */
};

/* keep: how many bytes before the next line the caller will keep at most. */
int lines_init(struct lines *lines, size_t keep, bool check, struct err *err) MUST_CHECK;
void lines_done(struct lines *lines);
/* As decoder_space(). */
char *lines_space(struct lines *lines, size_t *ret_room);
void lines_add(struct lines *lines, size_t length);
/* finishing: no more bytes come, so the last line needs no end. */
enum line_state lines_next(struct lines *lines, bool finishing, struct line *ret);

/* The bytes at a place that is still kept. */
static inline const char *lines_at(const struct lines *lines, uint64_t place)
{
	return lines->buffer + (place - lines->base);
}
/* Nothing before this place is needed any more. */
static inline void lines_keep(struct lines *lines, uint64_t place)
{
	lines->kept = (size_t)(place - lines->base);
	lines->holds = true;
}
/* Nothing before the line that comes next is needed. */
static inline void lines_release(struct lines *lines)
{
	lines->holds = false;
}
/* Where in the log the next line begins, or goes on being skipped. */
static inline uint64_t lines_offset(const struct lines *lines)
{
	return lines->base + lines->dropped + lines->start;
}

#endif
