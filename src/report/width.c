/* How wide a text is on a terminal, and texts in lines. */
#include "report/report.h"

struct range {
	uint32_t first, last;
};

/* Marks that combine with what stands before them (Unicode 15, the scripts
 * in which they are common). */
static const struct range narrow_none[] = {
	{ 0x0300, 0x036f }, { 0x0483, 0x0489 }, { 0x0591, 0x05bd }, { 0x05bf, 0x05c7 },
	{ 0x0610, 0x061a }, { 0x064b, 0x065f }, { 0x0670, 0x0670 }, { 0x06d6, 0x06dc },
	{ 0x0900, 0x0902 }, { 0x093c, 0x093c }, { 0x0941, 0x0948 }, { 0x094d, 0x094d },
	{ 0x0e31, 0x0e31 }, { 0x0e34, 0x0e3a }, { 0x0e47, 0x0e4e }, { 0x1ab0, 0x1aff },
	{ 0x1dc0, 0x1dff }, { 0x20d0, 0x20ff }, { 0xfe00, 0xfe0f }, { 0xfe20, 0xfe2f },
};

static const struct range wide[] = {
	{ 0x1100, 0x115f },   { 0x231a, 0x231b },   { 0x2329, 0x232a },	  { 0x23e9, 0x23ec },
	{ 0x2e80, 0x303e },   { 0x3041, 0x33ff },   { 0x3400, 0x4dbf },	  { 0x4e00, 0xa4cf },
	{ 0xa960, 0xa97c },   { 0xac00, 0xd7a3 },   { 0xf900, 0xfaff },	  { 0xfe30, 0xfe6f },
	{ 0xff00, 0xff60 },   { 0xffe0, 0xffe6 },   { 0x1f300, 0x1f64f }, { 0x1f680, 0x1f6ff },
	{ 0x1f900, 0x1f9ff }, { 0x20000, 0x3fffd },
};

static bool within(const struct range *ranges, size_t count, uint32_t c)
{
	for (size_t i = 0; i < count && ranges[i].first <= c; i++)
		if (c <= ranges[i].last)
			return true;
	return false;
}

/* One character of t, which is not empty: its length in bytes, its width. */
static size_t character(struct text t, size_t *ret_width)
{
	const unsigned char *p = (const unsigned char *)t.bytes;
	size_t length = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : p[0] >= 0xc0 ? 2 : 1;
	uint32_t c = p[0];

	*ret_width = 1;
	if (length == 1 || length > t.length ||
	    text_utf8_valid((struct text){ t.bytes, length }) != length)
		return 1;
	c &= 0x7fu >> length;
	for (size_t i = 1; i < length; i++)
		c = c << 6 | (p[i] & 0x3fu);
	if (within(narrow_none, ARRAY_LENGTH(narrow_none), c))
		*ret_width = 0;
	else if (within(wide, ARRAY_LENGTH(wide), c))
		*ret_width = 2;
	return length;
}

struct text report_head(struct text t, size_t width)
{
	size_t at = 0, taken = 0, step, wide_by;

	for (; at < t.length; at += step, taken += wide_by) {
		step = character(text_skip(t, at), &wide_by);
		if (taken + wide_by > width)
			break;
	}
	return text_head(t, at);
}

size_t report_width(struct text t)
{
	size_t taken = 0, wide_by;

	for (size_t at = 0; at < t.length; taken += wide_by)
		at += character(text_skip(t, at), &wide_by);
	return taken;
}

/* The part of t that goes into a line of that many columns; at least one
 * character, so that every line makes progress. */
static struct text line_of(struct text t, size_t columns)
{
	struct text head = report_head(t, columns);

	if (head.length == t.length || t.bytes[head.length] == ' ')
		return head;
	for (size_t end = head.length; end > 0; end--)
		if (t.bytes[end - 1] == ' ')
			return text_head(head, end - 1);
	size_t ignored;
	return head.length ? head : text_head(t, character(t, &ignored));
}

void report_wrap(struct buffer *out, struct text t, unsigned width, unsigned indent,
		 bool first_indented)
{
	size_t columns = width > indent + 20 ? width - indent : 20;
	bool indented = first_indented;

	do {
		struct text line = line_of(t, columns);
		if (indented)
			buffer_add_format(out, "%*s", (int)indent, "");
		buffer_add_text(out, line);
		buffer_add_byte(out, '\n');
		t = text_skip(t, line.length);
		while (t.length && t.bytes[0] == ' ')
			t = text_skip(t, 1);
		indented = true;
	} while (t.length);
}
