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
/* In tops: the member is a list. */
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
 * a line end. tops[role] becomes the index + 1 of the field that a member
 * with a role gives at the top of the object, JSON_LIST, or 0. Values point
 * into text, or into the parser until the next call.
 * 1; 0 with *ret_fault; -1 when out of memory.
 */
int json_parser_take(struct json_parser *parser, struct text text, struct known *known,
		     struct parts *parts, uint32_t *tops, struct json_fault *ret_fault);

/* As text_utf8_valid(t) == t.length, with SIMD. */
bool json_utf8_valid(struct text t);

#endif
