/*
 * The form in which a roster travels: the rows one after the other, each a
 * struct blob_row, then its values (a 16-bit length and the bytes, each),
 * padded to 8 bytes. Both ends run on one machine.
 */
#include "roster/blob.h"

void roster_blob_add(struct buffer *out, enum roster_kind kind, const struct text *fields,
		     int64_t valid_from, int64_t valid_until)
{
	const struct roster_kind_description *d = roster_kind_describe(kind);
	struct blob_row head = {
		.mark = BLOB_MARK,
		.kind = (uint16_t)kind,
		.columns = (uint16_t)d->column_count,
		.valid_from = valid_from,
		.valid_until = valid_until,
	};
	for (size_t i = 0; i < d->column_count; i++)
		head.size += (uint32_t)(sizeof(uint16_t) +
					text_head(fields[i], ROSTER_VALUE_LONGEST).length);
	buffer_add(out, &head, sizeof(head));
	for (size_t i = 0; i < d->column_count; i++) {
		struct text value = text_head(fields[i], ROSTER_VALUE_LONGEST);
		uint16_t length = (uint16_t)value.length;
		buffer_add(out, &length, sizeof(length));
		buffer_add_text(out, value);
	}
	while (out->length % 8 && !out->failed)
		buffer_add_byte(out, '\0');
}

static bool values_read(struct text bytes, size_t count, struct text *fields)
{
	for (size_t i = 0; i < count; i++) {
		uint16_t length;
		if (bytes.length < sizeof(length))
			return false;
		memcpy(&length, bytes.bytes, sizeof(length));
		bytes = text_skip(bytes, sizeof(length));
		if (length > bytes.length || length > ROSTER_VALUE_LONGEST)
			return false;
		fields[i] = text_head(bytes, length);
		bytes = text_skip(bytes, length);
	}
	return true;
}

int blob_next(struct text blob, size_t *at, struct blob_row *ret_head, struct text *fields)
{
	struct text rest = text_skip(blob, *at);
	if (rest.length == 0)
		return 0;
	if (rest.length < sizeof(*ret_head))
		return -1;
	memcpy(ret_head, rest.bytes, sizeof(*ret_head));
	rest = text_skip(rest, sizeof(*ret_head));
	if (ret_head->mark != BLOB_MARK || ret_head->kind >= ROSTER_KIND_COUNT ||
	    ret_head->size > rest.length)
		return -1;
	size_t columns = roster_kind_describe((enum roster_kind)ret_head->kind)->column_count;
	if (ret_head->columns != columns ||
	    !values_read(text_head(rest, ret_head->size), columns, fields))
		return -1;
	*at += sizeof(*ret_head) + ((ret_head->size + (size_t)7) & ~(size_t)7);
	return 1;
}
