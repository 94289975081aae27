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
	ondemand::parser simdjson;
	/* Dotted name of the member at hand. */
	char path[JSON_NAME_LIMIT];
	/* A key without its escapes, each of which is up to six bytes. */
	uint8_t key[6 * JSON_NAME_LIMIT + SIMDJSON_PADDING];
};

namespace {

struct name {
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
	uint32_t *tops;
	struct json_fault *ret;
	bool escapes;              /* there is a backslash somewhere in the text */
	uint32_t previous = KNOWN_NONE;
	unsigned depth = 0;

    public:
	bool no_memory = false;

	taker(struct json_parser *p, struct text t, struct known *k, struct parts *a,
	      uint32_t *o, struct json_fault *r)
		: parser(p), text(t), known(k), parts(a), tops(o), ret(r),
		  escapes(memchr(t.bytes, '\\', t.length) != nullptr)
	{
	}
	bool take();

    private:
	bool object(ondemand::object object, const name &path);
	bool value(ondemand::value &value, const name &name, bool top);
	bool nested(ondemand::value &value, char first, const char *at, const name &name);
	bool list(ondemand::array array, const name &name);
	bool scalar(std::string_view token, ondemand::value &value, const name &name);
	bool string(std::string_view token, ondemand::value &value,
		    struct text *ret_text);
	bool key(ondemand::raw_json_string key, const name &path, name *ret_name);
	bool descend(const name &path, struct text key, name *ret_name);
	bool top_is_sound(const name &name, const char *token, uint32_t top);

	bool add(const name &name, struct text value, enum event_field_kind kind)
	{
		const struct known_name *known_name = known_at(known, name.index);

		if (LIKELY(parts_add(parts, known_name->text, known_name->number, value,
				     kind, name.literal)))
			return true;
		return fault(DECODE_JSON_SIZE, text.bytes, "too many values");
	}
	bool fault(enum decode_code code, const char *at, const char *what,
		   struct text of = TEXT_NONE)
	{
		size_t offset = at ? (size_t)(at - text.bytes) : 0;

		*ret = { code, offset < text.length ? offset : text.length, what, of };
		return false;
	}
	bool syntax(error_code error, const char *at)
	{
		return fault(error == DEPTH_ERROR ? DECODE_JSON_DEPTH : DECODE_JSON, at,
			     error_words(error));
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
	case INCORRECT_TYPE:
		return "not an object";
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
	const char *string = nullptr, *end = text.bytes + text.length;

	if (error == UTF8_ERROR)
		return fault(DECODE_UTF8, text.bytes + text_utf8_valid(text),
			     "not UTF-8");
	for (const char *at = text.bytes; at < end; at++) {
		if (*at == '"')
			string = string ? nullptr : at;
		else if (*at == '\\' && string)
			at++;
		else if (string && (unsigned char)*at < 0x20)
			return fault(DECODE_JSON, at, error_words(UNESCAPED_CHARS));
	}
	return fault(DECODE_JSON, string ? string : text.bytes, error_words(error));
}

bool is_json_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* A token of simdjson reaches to the next one. */
std::string_view trimmed(std::string_view token)
{
	while (!token.empty() && is_json_space(token.back()))
		token.remove_suffix(1);
	return token;
}

const char *digits(const char *at, const char *end)
{
	while (at < end && is_digit(*at))
		at++;
	return at;
}

/* RFC 8259, section 6. */
bool is_number(std::string_view token)
{
	const char *at = token.data(), *end = at + token.size(), *from;

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

bool taker::string(std::string_view token, ondemand::value &value, struct text *ret_text)
{
	if (token.size() < 2 || token.back() != '"')
		return fault(DECODE_JSON, token.data(), "a string is not closed");
	*ret_text = { token.data() + 1, token.size() - 2 };
	if (LIKELY(!escapes) || !memchr(ret_text->bytes, '\\', ret_text->length))
		return true;

	std::string_view plain;
	if (value.get_string().get(plain))
		return fault(DECODE_JSON, token.data(), error_words(STRING_ERROR));
	if (memchr(plain.data(), 0, plain.size()))
		return fault(DECODE_NUL, token.data(), "a string holds an escaped NUL");
	*ret_text = { plain.data(), plain.size() };
	return true;
}

bool taker::scalar(std::string_view token, ondemand::value &value, const name &name)
{
	struct text t = { token.data(), token.size() };

	switch (token.empty() ? 0 : token.front()) {
	case '"':
		return string(token, value, &t) && add(name, t, EVENT_FIELD_TEXT);
	case 't':
		if (token == "true")
			return add(name, t, EVENT_FIELD_BOOL);
		break;
	case 'f':
		if (token == "false")
			return add(name, t, EVENT_FIELD_BOOL);
		break;
	case 'n':
		if (token == "null")
			return add(name, TEXT_NONE, EVENT_FIELD_NULL);
		break;
	default:
		if (is_number(token))
			return add(name, t, EVENT_FIELD_NUMBER);
	}
	return fault(DECODE_JSON, token.data(),
		     "a value is missing, or is none that JSON knows");
}

/* A list: one field for each element; an empty one still exists. */
bool taker::list(ondemand::array array, const name &name)
{
	bool empty = true;

	for (auto result : array) {
		ondemand::value element;
		if (auto error = std::move(result).get(element))
			return syntax(error, nullptr);
		empty = false;
		if (!value(element, name, false))
			return false;
	}
	return !empty || add(name, TEXT_NONE, EVENT_FIELD_OBJECT);
}

/* A member at the top stands once, and its role learns where. */
bool taker::top_is_sound(const name &name, const char *token, uint32_t top)
{
	if (!known_mark(known, name.index))
		return fault(DECODE_DUPLICATE, token, "stands twice",
			     known_at(known, name.index)->text);
	if (name.index <= known->role_count)
		tops[name.index] = top;
	return true;
}

bool taker::nested(ondemand::value &value, char first, const char *at, const name &name)
{
	bool taken;

	if (++depth > JSON_DEPTH_LIMIT)
		return fault(DECODE_JSON_DEPTH, at, "nested more than 64 deep");
	if (first == '{') {
		ondemand::object inner;
		if (auto error = value.get_object().get(inner))
			return syntax(error, at);
		taken = add(name, TEXT_NONE, EVENT_FIELD_OBJECT) && object(inner, name);
	} else {
		ondemand::array inner;
		if (auto error = value.get_array().get(inner))
			return syntax(error, at);
		taken = list(inner, name);
	}
	depth--;
	return taken;
}

inline bool taker::value(ondemand::value &value, const name &name, bool top)
{
	std::string_view token = value.raw_json_token();
	char first = token.empty() ? '\0' : token.front();

	if (top &&
	    !top_is_sound(name, token.data(),
			  first == '[' ? JSON_LIST
				       : parts->list[parts->count - 1].field_count + 1))
		return false;
	if (first == '{' || first == '[')
		return nested(value, first, token.data(), name);
	/* simdjson would take a string before a colon for the key of an object. */
	char next = token.data()[token.size()];
	if (UNLIKELY(next != ',' && next != '}' && next != ']'))
		return fault(DECODE_JSON, token.data() + token.size(),
			     error_words(TAPE_ERROR));
	return scalar(trimmed(token), value, name);
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
		parser->path[path.length] = '.';
		memcpy(parser->path + dot, key.bytes, key.length);
		whole = { parser->path, length };
	}
	previous = known_find(known, previous, whole);
	*ret_name = { previous, length, memchr(key.bytes, '.', key.length) != nullptr };
	no_memory = previous == KNOWN_NONE;
	return !no_memory;
}

inline bool taker::key(ondemand::raw_json_string key, const name &path, name *ret_name)
{
	const char *raw = key.raw(), *end = text.bytes + text.length;
	const struct known_name *guess =
		known_at(known, known_at(known, previous)->following);
	size_t length = guess->text.length;

	/* The same member as in the record before, most of the time. */
	if (depth == 0 && guess->plain && length < (size_t)(end - raw) &&
	    raw[length] == '"' && memcmp(raw, guess->text.bytes, length) == 0) {
		previous = known_at(known, previous)->following;
		*ret_name = { previous, length, guess->dotted };
		return true;
	}
	const char *quote = raw;
	while (quote < end && *quote != '"')
		quote += *quote == '\\' ? 2 : 1;
	if (quote >= end)
		return fault(DECODE_JSON, raw, "a string is not closed");
	struct text whole = text_between(raw, quote);
	if (UNLIKELY(escapes) && memchr(raw, '\\', whole.length)) {
		std::string_view plain;
		uint8_t *to = parser->key;
		if (whole.length > 6 * JSON_NAME_LIMIT)
			return fault(DECODE_JSON_SIZE, raw,
				     "a name is longer than 512 bytes");
		if (parser->simdjson.unescape(key, to).get(plain))
			return fault(DECODE_JSON, raw, error_words(STRING_ERROR));
		if (memchr(plain.data(), 0, plain.size()))
			return fault(DECODE_NUL, raw, "a name holds an escaped NUL");
		whole = { plain.data(), plain.size() };
	}
	return descend(path, whole, ret_name);
}

bool taker::object(ondemand::object object, const name &path)
{
	/* A name that is a prefix of others must stand in the path whole. */
	if (path.length > 0)
		memcpy(parser->path, known_at(known, path.index)->text.bytes,
		       path.length);
	for (auto result : object) {
		name name;
		if (auto error = result.error())
			return syntax(error, nullptr);
		/* In place: what was just written in pieces is slow to copy as a whole. */
		ondemand::field &&field = std::move(result).value_unsafe();
		if (!key(field.key(), path, &name) || !value(field.value(), name, depth == 0))
			return false;
	}
	return true;
}

bool taker::take()
{
	ondemand::document document;
	ondemand::object root;
	const char *at = nullptr;

	*ret = { DECODE_JSON, 0, "", TEXT_NONE };
	if (auto error = parser->simdjson.iterate(text.bytes, text.length,
						  text.length + LINES_PADDING)
				 .get(document))
		return unreadable(error);
	if (auto error = document.get_object().get(root))
		return syntax(error, text.bytes);
	if (!object(root, { KNOWN_NONE, 0, false })) {
		if (ret->offset == 0 && !no_memory &&
		    !document.current_location().get(at))
			ret->offset = std::min((size_t)(at - text.bytes), text.length);
		return false;
	}
	if (!document.current_location().get(at))
		return fault(DECODE_JSON, at, "something stands after the object");
	return true;
}

} /* namespace */

extern "C" struct json_parser *json_parser_new(void)
{
	auto parser = new (std::nothrow) struct json_parser;

	if (parser && parser->simdjson.allocate(DECODE_RECORD_LIMIT + LINES_PADDING)) {
		delete parser;
		return nullptr;
	}
	return parser;
}

extern "C" void json_parser_free(struct json_parser *parser)
{
	delete parser;
}

extern "C" int json_parser_take(struct json_parser *parser, struct text text,
				struct known *known, struct parts *parts, uint32_t *tops,
				struct json_fault *ret_fault)
{
	taker taker(parser, text, known, parts, tops, ret_fault);

	memset(tops, 0, (known->role_count + 1) * sizeof(*tops));
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
