/*
 * A growing buffer with a cap. The first append over the cap, or out of
 * memory, marks it failed; it then stays as it is, and the caller asks once
 * at the end. data is always terminated by a NUL that length does not count.
 */
#ifndef BASE_BUFFER_H
#define BASE_BUFFER_H

#include <stdarg.h>
#include "base/text.h"

struct buffer {
	char *data;
	size_t length;
	size_t room;
	size_t cap;
	bool failed;
};

/* cap in bytes. Never fails: memory comes with the first append. */
void buffer_init(struct buffer *buffer, size_t cap);
void buffer_done(struct buffer *buffer);
void buffer_clean(struct buffer *buffer);      /* for CLEAN(buffer) */
static inline void buffer_reset(struct buffer *buffer)
{
	buffer->length = 0;
	buffer->failed = false;
}
/* Room for size more bytes at the end, or NULL; does not change length. */
char *buffer_reserve(struct buffer *buffer, size_t size) MUST_CHECK;
void buffer_add(struct buffer *buffer, const void *bytes, size_t length);
void buffer_add_text(struct buffer *buffer, struct text t);
void buffer_add_string(struct buffer *buffer, const char *string);
void buffer_add_byte(struct buffer *buffer, char byte);
void buffer_add_format(struct buffer *buffer, const char *format, ...)
	PRINTF_LIKE(2, 3);
void buffer_add_format_list(struct buffer *buffer, const char *format, va_list list)
	PRINTF_LIKE(2, 0);
static inline struct text buffer_text(const struct buffer *buffer)
{
	return (struct text){ buffer->data, buffer->length };
}

/*
 * Text from outside made safe for a terminal, a log or a report: control
 * characters, DEL, C1 controls, bidirectional controls and zero-width
 * characters, and invalid UTF-8 appear as \n \t \xHH \u{HHHH}; a backslash
 * as two. At most limit bytes of output, then "..." (0: no limit).
 */
void buffer_add_escaped(struct buffer *buffer, struct text t, size_t limit);

/* Big-endian and little-endian integers, for wire formats. */
void buffer_add_be16(struct buffer *buffer, uint16_t n);
void buffer_add_be32(struct buffer *buffer, uint32_t n);
void buffer_add_be64(struct buffer *buffer, uint64_t n);

#endif
