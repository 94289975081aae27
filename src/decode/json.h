/*
 * JSON (RFC 8259) into fields, on simdjson. The only part of the program in
 * C++; what it offers is C.
 */
#ifndef DECODE_JSON_H
#define DECODE_JSON_H

#include "decode/decode.h"
#include "decode/known.h"
#include "decode/parts.h"

#define JSON_DEPTH_LIMIT 64
#define JSON_NAME_LIMIT 512
/* Where the members with a role are at the top of an object. */
#define JSON_ROLES_MOST 64
struct json_tops {
	uint64_t roles;            /* a bit for each that is there */
	uint32_t fields[JSON_ROLES_MOST]; /* by role: index in the part, or JSON_LIST */
};
#define JSON_LIST UINT32_MAX

struct json_fault {
	enum decode_code code;
	size_t offset;             /* in the text */
	const char *what;          /* in words */
	struct text name;          /* of the member, or empty */
};

struct json_parser;
struct json_parser *json_parser_new(void);
void json_parser_free(struct json_parser *parser);

/*
 * One object into the part opened last. text is at most DECODE_RECORD_LIMIT
 * bytes; LINES_PADDING bytes after it can be read and the first of them is
 * a line end. Roles are below JSON_ROLES_MOST. Values point into text, or into
 * the parser until the next call.
 * 1; 0 with *ret_fault; -1 when out of memory.
 */
int json_parser_take(struct json_parser *parser, struct text text, struct known *known,
		     struct parts *parts, struct json_tops *ret_tops, struct json_fault *ret_fault);

/* As text_utf8_valid(t) == t.length, with SIMD. */
bool json_utf8_valid(struct text t);

#endif
