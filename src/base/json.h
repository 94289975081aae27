/*
 * Writes JSON (RFC 8259) into a buffer: one object or array nested in
 * another, commas set by itself. Bytes that are not UTF-8 become U+FFFD.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "base/buffer.h"
#include "base/calendar.h"

struct json {
	struct buffer *out;
	bool comma;
};

static inline struct json json_to(struct buffer *out)
{
	return (struct json){ out, false };
}
/* key is NULL inside an array and at the top. */
void json_begin_object(struct json *json, const char *key);
void json_end_object(struct json *json);
void json_begin_array(struct json *json, const char *key);
void json_end_array(struct json *json);
void json_text(struct json *json, const char *key, struct text value);
/* NULL is written as null. */
void json_string(struct json *json, const char *key, const char *value);
void json_number(struct json *json, const char *key, int64_t value);
void json_bool(struct json *json, const char *key, bool value);
void json_null(struct json *json, const char *key);
/* RFC 3339 in UTC; MOMENT_NONE is written as null. */
void json_moment(struct json *json, const char *key, int64_t moment);
/* value is JSON already. */
void json_raw(struct json *json, const char *key, struct text value);
/* Only the quoted, escaped string. */
void json_quote(struct buffer *out, struct text value);

#endif
