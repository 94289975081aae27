#include "base/base.h"

void json_quote(struct buffer *out, struct text value)
{
	buffer_add_byte(out, '"');
	for (size_t at = 0; at < value.length;) {
		struct text rest = text_skip(value, at);
		size_t valid = text_utf8_valid(rest), i = 0;

		for (size_t from = 0; i <= valid; i++) {
			unsigned char c = i < valid ? (unsigned char)rest.bytes[i] : 0;
			if (i < valid && c >= 0x20 && c != '"' && c != '\\' && c != 0x7f)
				continue;
			buffer_add(out, rest.bytes + from, i - from);
			from = i + 1;
			if (i == valid)
				break;
			if (c == '"' || c == '\\')
				buffer_add_format(out, "\\%c", c);
			else if (c == '\n')
				buffer_add_string(out, "\\n");
			else if (c == '\t')
				buffer_add_string(out, "\\t");
			else
				buffer_add_format(out, "\\u%04x", c);
		}
		at += valid;
		if (at < value.length) {
			buffer_add_string(out, "\xef\xbf\xbd");
			at++;
		}
	}
	buffer_add_byte(out, '"');
}

static void begin_value(struct json *json, const char *key)
{
	if (json->comma)
		buffer_add_byte(json->out, ',');
	json->comma = true;
	if (key) {
		json_quote(json->out, text_of(key));
		buffer_add_byte(json->out, ':');
	}
}

static void begin_inner(struct json *json, const char *key, char bracket)
{
	begin_value(json, key);
	buffer_add_byte(json->out, bracket);
	json->comma = false;
}

static void end_inner(struct json *json, char bracket)
{
	buffer_add_byte(json->out, bracket);
	json->comma = true;
}

void json_begin_object(struct json *json, const char *key)
{
	begin_inner(json, key, '{');
}

void json_end_object(struct json *json)
{
	end_inner(json, '}');
}

void json_begin_array(struct json *json, const char *key)
{
	begin_inner(json, key, '[');
}

void json_end_array(struct json *json)
{
	end_inner(json, ']');
}

void json_text(struct json *json, const char *key, struct text value)
{
	begin_value(json, key);
	json_quote(json->out, value);
}

void json_string(struct json *json, const char *key, const char *value)
{
	if (value)
		json_text(json, key, text_of(value));
	else
		json_null(json, key);
}

void json_number(struct json *json, const char *key, int64_t value)
{
	begin_value(json, key);
	buffer_add_format(json->out, "%lld", (long long)value);
}

void json_bool(struct json *json, const char *key, bool value)
{
	begin_value(json, key);
	buffer_add_string(json->out, value ? "true" : "false");
}

void json_null(struct json *json, const char *key)
{
	begin_value(json, key);
	buffer_add_string(json->out, "null");
}

void json_moment(struct json *json, const char *key, int64_t moment)
{
	char text[CALENDAR_TEXT];

	if (moment == MOMENT_NONE)
		json_null(json, key);
	else
		json_string(json, key, calendar_to_rfc3339(moment, text));
}

void json_raw(struct json *json, const char *key, struct text value)
{
	begin_value(json, key);
	buffer_add_text(json->out, value);
}
