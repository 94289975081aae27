#include "decode/lines.h"
#include "decode/decode.h"
#include "decode/json.h"

#define CHUNK (256u << 10)
#define SMALL (64u << 10)
/* The longest line, a byte order mark before it and CR LF after. */
#define LINE_ROOM (DECODE_RECORD_LIMIT + 5)

int lines_init(struct lines *lines, size_t keep, bool check, struct err *err)
{
	*lines = (struct lines){
		.size = 2 * keep + LINE_ROOM + CHUNK,
		.number = 1,
		.check = check,
	};
	lines->buffer = malloc(lines->size + LINES_PADDING);
	if (!lines->buffer)
		return err_set(err, ERR_MEMORY, "no memory for lines");
	memset(lines->buffer + lines->size, 0, LINES_PADDING);
	return 0;
}

void lines_done(struct lines *lines)
{
	free(lines->buffer);
	*lines = (struct lines){ 0 };
}

/* Move what is still needed to the front. */
static void move(struct lines *lines)
{
	size_t gone = lines->kept;

	memmove(lines->buffer, lines->buffer + gone, lines->end - gone);
	lines->base += gone;
	lines->start -= gone;
	lines->scanned -= gone;
	lines->end -= gone;
	lines->valid = lines->valid > gone ? lines->valid - gone : 0;
	lines->kept = 0;
}

char *lines_space(struct lines *lines, size_t *ret_room)
{
	if (!lines->holds)
		lines->kept = lines->start;
	/* Moving little keeps the same bytes of cache in use. */
	if (lines->kept > 0 &&
	    (lines->end - lines->kept <= SMALL || lines->size - lines->end < CHUNK))
		move(lines);
	*ret_room = lines->size - lines->end;
	if (*ret_room > CHUNK)
		*ret_room = CHUNK;
	return lines->buffer + lines->end;
}

void lines_add(struct lines *lines, size_t length)
{
	const char *from = lines->buffer + lines->end;

	lines->end += length;
	if (!lines->check)
		return;
	const char *newline = memrchr(from, '\n', length);
	if (!newline)
		return;
	struct text block = text_between(lines->buffer + lines->start, newline);
	if (!memchr(block.bytes, 0, block.length) && json_utf8_valid(block))
		lines->valid = (size_t)(newline - lines->buffer);
}

static bool is_blank(struct text t)
{
	for (size_t i = 0; i < t.length; i++)
		if (!is_space(t.bytes[i]))
			return false;
	return true;
}

static bool is_utf16(struct text t)
{
	return t.length >= 2 && (memcmp(t.bytes, "\xff\xfe", 2) == 0 ||
				 memcmp(t.bytes, "\xfe\xff", 2) == 0);
}

/*
 * The line from start to stop, without byte order mark and CR. In place: what
 * was just written in pieces is slow to copy as a whole.
 */
static void line_between(const struct lines *lines, size_t start, size_t stop, struct line *ret)
{
	const char *text = lines->buffer + start;
	size_t length = stop - start;

	ret->number = lines->number;
	ret->offset = lines->base + lines->dropped + start;
	ret->place = lines->base + start;
	ret->valid = stop <= lines->valid;
	if (ret->offset == 0 && length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
		text += 3;
		length -= 3;
		ret->offset += 3;
		ret->place += 3;
	}
	if (length > 0 && text[length - 1] == '\r')
		length--;
	ret->text = (struct text){ text, length };
}

static enum line_state state_of(const struct line *line)
{
	if (line->text.length > DECODE_RECORD_LIMIT)
		return LINE_TOO_LONG;
	if (line->offset == 0 && is_utf16(line->text))
		return LINE_UTF16;
	return is_blank(line->text) ? LINE_NONE : LINE_READY;
}

/* A line that goes on though it is too long already: its head is all we keep. */
static enum line_state cut(struct lines *lines, struct line *ret)
{
	line_between(lines, lines->start, lines->end, ret);
	if (ret->text.length <= DECODE_RECORD_LIMIT)
		return LINE_NONE;
	lines->skipping = true;
	return LINE_TOO_LONG;
}

/* Forget what has come of a line that is too long. */
static void drop(struct lines *lines)
{
	lines->dropped += lines->end - lines->start;
	lines->end = lines->scanned = lines->start;
	if (lines->valid > lines->end)
		lines->valid = lines->end;
}

enum line_state lines_next(struct lines *lines, bool finishing, struct line *ret)
{
	for (;;) {
		size_t left = lines->end - lines->scanned;
		const char *newline = left > 0 ? memchr(lines->buffer + lines->scanned,
							'\n', left) : NULL;
		size_t start = lines->start, stop = lines->end;

		if (newline) {
			stop = (size_t)(newline - lines->buffer);
			lines->start = lines->scanned = stop + 1;
		} else {
			lines->scanned = lines->end;
			if (lines->skipping)
				drop(lines);
			if (!finishing)
				return lines->skipping ? LINE_NONE : cut(lines, ret);
			stop = lines->end;
			if (start == stop)
				return LINE_NONE;
			/* What stands behind the last byte must not look like more. */
			memset(lines->buffer + stop, '\n', LINES_PADDING);
			lines->start = stop;
		}
		bool skipped = lines->skipping;
		lines->skipping = false;
		line_between(lines, start, stop, ret);
		enum line_state state = skipped ? LINE_NONE : state_of(ret);
		lines->number++;
		if (state != LINE_NONE)
			return state;
	}
}
