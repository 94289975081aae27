/*
 * simdjson finds where everything begins; what follows what is read here, since
 * a record has the same members in the same order as the one before, and that
 * is worth more than any general way of reading.
 */
/* simdjson's own assertions cost more than the parsing. */
#ifndef NDEBUG
#define NDEBUG
#endif
#include <algorithm>
#include <cstdarg>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <simdjson.h>

/* After the headers of the system, which must not be read as C. */
extern "C" {
#include "decode/json.h"
#include "decode/lines.h"
}

using namespace simdjson;

static_assert(LINES_PADDING >= SIMDJSON_PADDING,
	      "lines end with the padding simdjson reads");

struct json_parser {
	std::unique_ptr<internal::dom_parser_implementation> simdjson;
	/* Dotted name of the member at hand. */
	char path[JSON_NAME_LIMIT];
	/* Texts of one object without their escapes, which are never longer. */
	char *plain;
	size_t plain_length;
};

namespace {

struct name {
	const struct known_name *is; /* until another name is looked for */
	uint32_t index;            /* in known */
	size_t length;             /* of the path */
	bool literal;              /* the last key of it holds a dot */
};

/* One object being taken. */
class taker {
	struct json_parser *parser;
	struct text text;
	struct known *known;
	struct parts *parts;
	struct json_tops *tops;
	struct json_fault *ret;
	/*
	 * Where brackets, colons and commas are, and where values and names
	 * begin: the next one, and what is behind the last. What is there is
	 * the end of the text, twice.
	 */
	const uint32_t *at = nullptr, *end = nullptr;
	bool escapes;              /* there is a backslash somewhere in the text */
	uint32_t previous = KNOWN_NONE;
	unsigned depth = 0;

    public:
	bool no_memory = false;

	taker(struct json_parser *p, struct text t, struct known *k, struct parts *a,
	      struct json_tops *o, struct json_fault *r)
		: parser(p), text(t), known(k), parts(a), tops(o), ret(r),
		  escapes(memchr(t.bytes, '\\', t.length) != nullptr)
	{
	}
	bool take();

    private:
	bool object(const name &path);
	bool value(const name &name, bool top);
	bool usual();
	bool nested(char first, const name &name);
	bool list(const name &name);
	bool scalar(struct text token, const name &name);
	bool string(struct text token, struct text *ret_text);
	bool unescaped(struct text t, struct text *ret_text);
	bool key(const name &path, name *ret_name);
	bool descend(const name &path, struct text key, name *ret_name);
	bool top_is_sound(const name &name, const char *token, uint32_t top);

	const char *place(uint32_t index) const
	{
		return text.bytes + index;
	}
	bool add(const name &name, struct text value, enum event_field_kind kind)
	{
		if (LIKELY(parts_add(parts, name.is->text, name.is->number, value, kind,
				     name.literal)))
			return true;
		return fault(DECODE_JSON_SIZE, text.bytes, "too many values");
	}
	bool fault(enum decode_code code, const char *where, const char *what,
		   struct text of = TEXT_NONE)
	{
		size_t offset = (size_t)(where - text.bytes);

		*ret = { code, offset < text.length ? offset : text.length, what, of };
		return false;
	}
	/* Something else is there. */
	bool misplaced(const uint32_t *index)
	{
		if (index >= end)
			return fault(DECODE_JSON, text.bytes, error_words(INCOMPLETE_ARRAY_OR_OBJECT));
		return fault(DECODE_JSON, place(*index), error_words(TAPE_ERROR));
	}
	bool unreadable(error_code error);
	static const char *error_words(error_code error);
};

const char *taker::error_words(error_code error)
{
	switch (error) {
	case UNCLOSED_STRING:
		return "a string is not closed";
	case UNESCAPED_CHARS:
		return "a control character in a string is not escaped";
	case INCOMPLETE_ARRAY_OR_OBJECT:
		return "an object or list is not closed";
	case STRING_ERROR:
		return "a string has a wrong escape";
	case EMPTY:
		return "nothing but white space";
	default:
		return "a comma, colon, value or bracket is not where it must be";
	}
}

/* simdjson's first pass only says that something is wrong: find where. */
bool taker::unreadable(error_code error)
{
	const char *string = nullptr;

	if (error == UTF8_ERROR)
		return fault(DECODE_UTF8, text.bytes + text_utf8_valid(text),
			     "not UTF-8");
	for (const char *c = text.bytes; c < text.bytes + text.length; c++) {
		if (*c == '"')
			string = string ? nullptr : c;
		else if (*c == '\\' && string)
			c++;
		else if (string && (unsigned char)*c < 0x20)
			return fault(DECODE_JSON, c, error_words(UNESCAPED_CHARS));
	}
	return fault(DECODE_JSON, string ? string : text.bytes, error_words(error));
}

bool is_json_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* A token reaches to the next one. */
struct text trimmed(const char *from, const char *to)
{
	while (to > from && is_json_space(to[-1]))
		to--;
	return text_between(from, to);
}

const char *digits(const char *at, const char *end)
{
	while (at < end && is_digit(*at))
		at++;
	return at;
}

/* RFC 8259, section 6. */
bool is_number(struct text token)
{
	const char *at = token.bytes, *end = at + token.length, *from;

	if (at < end && *at == '-')
		at++;
	from = at;
	at = digits(at, end);
	if (at == from || (*from == '0' && at - from > 1))
		return false;
	if (at < end && *at == '.') {
		from = ++at;
		at = digits(at, end);
		if (at == from)
			return false;
	}
	if (at < end && (*at == 'e' || *at == 'E')) {
		at++;
		if (at < end && (*at == '+' || *at == '-'))
			at++;
		from = at;
		at = digits(at, end);
		if (at == from)
			return false;
	}
	return at == end;
}

/* Four digits of a \\u; -1: they are none. */
int hexadecimal(const char *at, const char *end)
{
	int n = 0;
	if (end - at < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		char c = at[i];
		int digit = is_digit(c) ? c - '0' : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10 : -1;
		if (digit < 0)
			return -1;
		n = n << 4 | digit;
	}
	return n;
}

/* What a \\u at *at says, whole pairs of it; -1: it is none. */
int32_t code_point(const char **at, const char *end)
{
	int32_t high = hexadecimal(*at, end);
	*at += 4;
	if (high < 0xd800 || high > 0xdfff)
		return high;
	if (high > 0xdbff || end - *at < 6 || (*at)[0] != '\\' || (*at)[1] != 'u')
		return -1;
	int32_t low = hexadecimal(*at + 2, end);
	*at += 6;
	return low < 0xdc00 || low > 0xdfff ? -1 : 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
}

char *put_utf8(char *to, int32_t c)
{
	if (c < 0x80) {
		*to++ = (char)c;
		return to;
	}
	int more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
	static const int lead[] = { 0, 0xc0, 0xe0, 0xf0 };
	*to++ = (char)(lead[more] | c >> (6 * more));
	while (more--)
		*to++ = (char)(0x80 | (c >> (6 * more) & 0x3f));
	return to;
}

/* RFC 8259, section 7. */
bool taker::unescaped(struct text t, struct text *ret_text)
{
	static const char escape[] = "\"\\/bfnrt", meaning[] = "\"\\/\b\f\n\r\t";
	const char *from = t.bytes, *to_end = t.bytes + t.length;
	char *begin = parser->plain + parser->plain_length, *to = begin;

	while (from < to_end) {
		if (*from != '\\') {
			*to++ = *from++;
			continue;
		}
		char c = from + 1 < to_end ? from[1] : '\0';
		const char *found = c ? strchr(escape, c) : nullptr;
		from += 2;
		if (found) {
			*to++ = meaning[found - escape];
			continue;
		}
		int32_t point = c == 'u' ? code_point(&from, to_end) : -1;
		if (point < 0)
			return fault(DECODE_JSON, t.bytes - 1, error_words(STRING_ERROR));
		if (point == 0)
			return fault(DECODE_NUL, t.bytes - 1, "a text holds an escaped NUL");
		to = put_utf8(to, point);
	}
	*ret_text = text_between(begin, to);
	parser->plain_length += ret_text->length;
	return true;
}

inline bool taker::string(struct text token, struct text *ret_text)
{
	if (token.length < 2 || token.bytes[token.length - 1] != '"')
		return fault(DECODE_JSON, token.bytes, "a string is not closed");
	*ret_text = { token.bytes + 1, token.length - 2 };
	if (LIKELY(!escapes) || !memchr(ret_text->bytes, '\\', ret_text->length))
		return true;
	return unescaped(*ret_text, ret_text);
}

bool is_word(struct text token, const char *word, size_t length)
{
	return token.length == length && memcmp(token.bytes, word, length) == 0;
}

bool taker::scalar(struct text token, const name &name)
{
	struct text t = token;

	switch (token.length ? token.bytes[0] : '\0') {
	case '"':
		return string(token, &t) && add(name, t, EVENT_FIELD_TEXT);
	case 't':
		if (is_word(token, "true", 4))
			return add(name, t, EVENT_FIELD_BOOL);
		break;
	case 'f':
		if (is_word(token, "false", 5))
			return add(name, t, EVENT_FIELD_BOOL);
		break;
	case 'n':
		if (is_word(token, "null", 4))
			return add(name, TEXT_NONE, EVENT_FIELD_NULL);
		break;
	default:
		if (is_number(token))
			return add(name, t, EVENT_FIELD_NUMBER);
	}
	return fault(DECODE_JSON, token.bytes,
		     "a value is missing, or is none that JSON knows");
}

/* A list: one field for each element; an empty one still exists. */
bool taker::list(const name &name)
{
	struct name of_elements = name;

	if (*place(*at) == ']') {
		at++;
		return add(name, TEXT_NONE, EVENT_FIELD_OBJECT);
	}
	for (;;) {
		of_elements.is = known_at(known, name.index);
		if (!value(of_elements, false))
			return false;
		char next = *place(*at);
		if (next != ',' && next != ']')
			return misplaced(at);
		at++;
		if (next == ']')
			return true;
	}
}

/* A member at the top stands once, and its role learns where. */
bool taker::top_is_sound(const name &name, const char *token, uint32_t top)
{
	if (!known_mark(known, name.index))
		return fault(DECODE_DUPLICATE, token, "stands twice", name.is->text);
	if (name.index <= known->role_count) {
		tops->roles |= (uint64_t)1 << name.index;
		tops->fields[name.index] = top;
	}
	return true;
}

bool taker::nested(char first, const name &name)
{
	const char *from = place(*at++);
	bool taken;

	if (++depth > JSON_DEPTH_LIMIT)
		return fault(DECODE_JSON_DEPTH, from, "nested more than 64 deep");
	if (first == '{')
		taken = add(name, TEXT_NONE, EVENT_FIELD_OBJECT) && object(name);
	else
		taken = list(name);
	depth--;
	return taken;
}

inline bool taker::value(const name &name, bool top)
{
	const char *from = place(at[0]), *next = place(at[1]);
	char first = *from;

	if (top &&
	    !top_is_sound(name, from,
			  first == '[' ? JSON_LIST
				       : parts->list[parts->count - 1].field_count))
		return false;
	if (first == '{' || first == '[')
		return nested(first, name);
	if (UNLIKELY(*next != ',' && *next != '}' && *next != ']'))
		return misplaced(at + 1);
	at++;
	return scalar(trimmed(from, next), name);
}

/* The name of key inside path. */
bool taker::descend(const name &path, struct text key, name *ret_name)
{
	size_t dot = depth > 0 ? path.length + 1 : 0, length = dot + key.length;
	struct text whole = key;

	if (length > JSON_NAME_LIMIT)
		return fault(DECODE_JSON_SIZE, key.bytes,
			     "a name is longer than 512 bytes");
	if (depth > 0) {
		/* One that stood deeper may have overwritten it. */
		memcpy(parser->path, known_at(known, path.index)->text.bytes, path.length);
		parser->path[path.length] = '.';
		memcpy(parser->path + dot, key.bytes, key.length);
		whole = { parser->path, length };
	}
	previous = known_find(known, previous, whole);
	*ret_name = { known_at(known, previous), previous, length,
		      memchr(key.bytes, '.', key.length) != nullptr };
	no_memory = previous == KNOWN_NONE;
	return !no_memory;
}

/* A name and its colon. */
inline bool taker::key(const name &path, name *ret_name)
{
	const char *raw = place(at[0]), *colon = place(at[1]);
	const uint32_t following = known->list[previous].following;
	const struct known_name *guess = known_at(known, following);

	if (UNLIKELY(*raw != '"'))
		return misplaced(at);
	if (UNLIKELY(*colon != ':'))
		return misplaced(at + 1);
	/* The same member as in the record before, most of the time. */
	if (LIKELY(depth == 0 && known_is_next(guess, raw + 1))) {
		at += 2;
		previous = following;
		*ret_name = { guess, following, guess->text.length, guess->dotted };
		return true;
	}
	struct text whole;
	if (!string(trimmed(raw, colon), &whole))
		return false;
	at += 2;
	return descend(path, whole, ret_name);
}

/*
 * A member at the top, of the name that came next in the record before, that
 * is a text without escapes: as nearly all are. False: it is not, or something
 * is wrong with it, and nothing was done.
 */
inline bool taker::usual()
{
	const uint32_t following = known->list[previous].following;
	const struct known_name *guess = known_at(known, following);
	const char *raw = place(at[0]);

	if (*raw != '"' || *place(at[1]) != ':' || *place(at[2]) != '"')
		return false;
	const char *from = place(at[2]) + 1, *next = place(at[3]), *to = next - 1;
	if ((*next != ',' && *next != '}') || *to != '"' || to < from ||
	    parts->field_count >= PARTS_FIELD_LIMIT || !known_is_next(guess, raw + 1) ||
	    !known_mark(known, following))
		return false;
	if (following <= known->role_count) {
		tops->roles |= (uint64_t)1 << following;
		tops->fields[following] = parts->list[parts->count - 1].field_count;
	}
	at += 3;
	previous = following;
	return parts_add(parts, guess->text, guess->number, text_between(from, to),
			 EVENT_FIELD_TEXT, guess->dotted);
}

bool taker::object(const name &path)
{
	if (*place(*at) == '}') {
		at++;
		return true;
	}
	for (;;) {
		name name;
		if (!(depth == 0 && !escapes && usual()) &&
		    (!key(path, &name) || !value(name, depth == 0)))
			return false;
		char next = *place(*at);
		if (next != ',' && next != '}')
			return misplaced(at);
		at++;
		if (next == '}')
			return true;
	}
}

bool taker::take()
{
	*ret = { DECODE_JSON, 0, "", TEXT_NONE };
	parser->plain_length = 0;
	if (auto error = parser->simdjson->stage1((const uint8_t *)text.bytes, text.length,
						  stage1_mode::regular))
		return unreadable(error);
	at = parser->simdjson->structural_indexes.get();
	end = at + parser->simdjson->n_structural_indexes;
	if (*place(*at) != '{')
		return fault(DECODE_JSON, place(*at), "not an object");
	at++;
	if (!object({ nullptr, KNOWN_NONE, 0, false }))
		return false;
	if (at < end)
		return fault(DECODE_JSON, place(*at), "something stands after the object");
	return true;
}

} /* namespace */

extern "C" struct json_parser *json_parser_new(void)
{
	auto parser = new (std::nothrow) struct json_parser;

	if (!parser)
		return nullptr;
	parser->plain = (char *)malloc(DECODE_RECORD_LIMIT);
	if (!parser->plain ||
	    get_active_implementation()->create_dom_parser_implementation(
		    DECODE_RECORD_LIMIT + LINES_PADDING, JSON_DEPTH_LIMIT, parser->simdjson)) {
		json_parser_free(parser);
		return nullptr;
	}
	return parser;
}

extern "C" void json_parser_free(struct json_parser *parser)
{
	if (parser)
		free(parser->plain);
	delete parser;
}

extern "C" int json_parser_take(struct json_parser *parser, struct text text,
				struct known *known, struct parts *parts, struct json_tops *ret_tops,
				struct json_fault *ret_fault)
{
	taker taker(parser, text, known, parts, ret_tops, ret_fault);

	ret_tops->roles = 0;
	if (!known_begin(known))
		return -1;
	if (LIKELY(taker.take()))
		return 1;
	return taker.no_memory ? -1 : 0;
}

extern "C" bool json_utf8_valid(struct text t)
{
	return simdjson::validate_utf8(t.bytes, t.length);
}
