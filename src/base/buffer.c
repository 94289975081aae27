#include "base/base.h"

#include <stdio.h>
#include <stdlib.h>

void buffer_init(struct buffer *buffer, size_t cap)
{
	*buffer = (struct buffer){ .cap = cap };
}

void buffer_done(struct buffer *buffer)
{
	free(buffer->data);
	*buffer = (struct buffer){ .cap = buffer->cap };
}

void buffer_clean(struct buffer *buffer)
{
	buffer_done(buffer);
}

char *buffer_reserve(struct buffer *buffer, size_t size)
{
	size_t need;

	if (buffer->failed)
		return NULL;
	if (__builtin_add_overflow(buffer->length, size, &need) || need > buffer->cap ||
	    need == SIZE_MAX) {
		buffer->failed = true;
		return NULL;
	}
	if (need + 1 > buffer->room) {
		size_t room = buffer->room ? buffer->room : 256;
		while (room < need + 1)
			room = room > SIZE_MAX / 2 ? need + 1 : room * 2;
		if (room > buffer->cap + 1)
			room = buffer->cap + 1;
		char *data = realloc(buffer->data, room);
		if (!data) {
			buffer->failed = true;
			return NULL;
		}
		buffer->data = data;
		buffer->room = room;
	}
	return buffer->data + buffer->length;
}

void buffer_add(struct buffer *buffer, const void *bytes, size_t length)
{
	char *place = buffer_reserve(buffer, length);

	if (!place)
		return;
	if (length)
		memcpy(place, bytes, length);
	buffer->length += length;
	buffer->data[buffer->length] = '\0';
}

void buffer_add_text(struct buffer *buffer, struct text t)
{
	buffer_add(buffer, t.bytes, t.length);
}

void buffer_add_string(struct buffer *buffer, const char *string)
{
	buffer_add_text(buffer, text_of(string));
}

void buffer_add_byte(struct buffer *buffer, char byte)
{
	buffer_add(buffer, &byte, 1);
}

void buffer_add_format_list(struct buffer *buffer, const char *format, va_list list)
{
	va_list again;

	va_copy(again, list);
	int length = vsnprintf(NULL, 0, format, list);
	char *place = length < 0 ? NULL : buffer_reserve(buffer, (size_t)length);
	if (place) {
		vsnprintf(place, (size_t)length + 1, format, again);
		buffer->length += (size_t)length;
	}
	va_end(again);
}

void buffer_add_format(struct buffer *buffer, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	buffer_add_format_list(buffer, format, list);
	va_end(list);
}

void buffer_add_be16(struct buffer *buffer, uint16_t n)
{
	n = __builtin_bswap16(n);
	buffer_add(buffer, &n, sizeof(n));
}

void buffer_add_be32(struct buffer *buffer, uint32_t n)
{
	n = __builtin_bswap32(n);
	buffer_add(buffer, &n, sizeof(n));
}

void buffer_add_be64(struct buffer *buffer, uint64_t n)
{
	n = __builtin_bswap64(n);
	buffer_add(buffer, &n, sizeof(n));
}

static uint32_t utf8_decode(const unsigned char *p, size_t length)
{
	switch (length) {
	case 2:
		return (p[0] & 0x1fu) << 6 | (p[1] & 0x3fu);
	case 3:
		return (p[0] & 0x0fu) << 12 | (p[1] & 0x3fu) << 6 | (p[2] & 0x3fu);
	default:
		return (p[0] & 0x07u) << 18 | (p[1] & 0x3fu) << 12 | (p[2] & 0x3fu) << 6 |
		       (p[3] & 0x3fu);
	}
}

/* Code points that change how their neighbours look, or cannot be seen. */
static bool deceives(uint32_t c)
{
	return (c >= 0x80 && c <= 0x9f) || c == 0xad || c == 0x061c ||
	       (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
	       (c >= 0x2060 && c <= 0x206f) || c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb) ||
	       (c >= 0xe0000 && c <= 0xe0fff);
}

void buffer_add_escaped(struct buffer *buffer, struct text t, size_t limit)
{
	size_t begin = buffer->length;

	for (size_t at = 0; at < t.length && !buffer->failed;) {
		const unsigned char *p = (const unsigned char *)t.bytes + at;
		size_t step = 1;

		if (limit && buffer->length - begin + 10 > limit + 3 &&
		    t.length - at + (buffer->length - begin) > limit) {
			buffer_add_string(buffer, "...");
			return;
		}
		if (p[0] == '\n') {
			buffer_add_string(buffer, "\\n");
		} else if (p[0] == '\t') {
			buffer_add_string(buffer, "\\t");
		} else if (p[0] == '\\') {
			buffer_add_string(buffer, "\\\\");
		} else if (p[0] < 0x20 || p[0] == 0x7f) {
			buffer_add_format(buffer, "\\x%02X", p[0]);
		} else if (p[0] < 0x80) {
			buffer_add_byte(buffer, (char)p[0]);
		} else {
			size_t left = t.length - at < 4 ? t.length - at : 4;
			for (step = left; step > 1; step--)
				if (text_utf8_valid((struct text){ t.bytes + at, step }) == step &&
				    (p[0] >= 0xf0 ? 4u : p[0] >= 0xe0 ? 3u : 2u) == step)
					break;
			if (step < 2) {
				step = 1;
				buffer_add_format(buffer, "\\x%02X", p[0]);
			} else if (deceives(utf8_decode(p, step))) {
				buffer_add_format(buffer, "\\u{%04X}", utf8_decode(p, step));
			} else {
				buffer_add(buffer, p, step);
			}
		}
		at += step;
	}
}
