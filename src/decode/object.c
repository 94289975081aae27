/* One JSON object to fields, for whoever has an object and no log. */
#include "decode/json.h"
#include "decode/lines.h"

struct decode_json {
	struct json_parser *parser;
	struct known known;
	struct parts parts;
	char *copy;                /* of the object, with padding behind */
	char reason[128];
};

static int start(struct decode_json *json, const struct event_names *names,
		 struct err *err)
{
	json->parser = json_parser_new();
	json->copy = malloc(DECODE_RECORD_LIMIT + LINES_PADDING);
	if (!json->parser || !json->copy)
		return err_set(err, ERR_MEMORY, "no memory for reading JSON");
	if (known_init(&json->known, names, NULL, 0, err) < 0 ||
	    parts_init(&json->parts, names, err) < 0)
		return -1;
	return 0;
}

struct decode_json *decode_json_new(const struct event_names *names, struct err *err)
{
	struct decode_json *json = calloc(1, sizeof(*json));

	if (!json) {
		err_set(err, ERR_MEMORY, "no memory for reading JSON");
		return NULL;
	}
	if (start(json, names, err) < 0) {
		decode_json_free(json);
		return NULL;
	}
	return json;
}

void decode_json_free(struct decode_json *json)
{
	if (!json)
		return;
	json_parser_free(json->parser);
	known_done(&json->known);
	parts_done(&json->parts);
	free(json->copy);
	free(json);
}

static int refuse(struct decode_json *json, enum decode_code code, size_t offset,
		  const char *what, struct decode_reject *ret)
{
	snprintf(json->reason, sizeof(json->reason), "%s", what);
	*ret = (struct decode_reject){
		.offset = offset,
		.code = code,
		.reason = text_of(json->reason),
	};
	return 0;
}

int decode_json_object(struct decode_json *json, struct text object,
		       struct event_part *ret_part, struct decode_reject *ret_reject,
		       struct err *err)
{
	struct json_tops tops;
	struct json_fault fault;

	parts_reset(&json->parts);
	if (object.length > DECODE_RECORD_LIMIT)
		return refuse(json, DECODE_TOO_LONG, DECODE_RECORD_LIMIT,
			      "longer than 1 MiB", ret_reject);
	if (parts_open(&json->parts) != 1)
		return err_set(err, ERR_MEMORY, "no memory for an object");
	if (object.length > 0)
		memcpy(json->copy, object.bytes, object.length);
	memset(json->copy + object.length, '\n', LINES_PADDING);
	int taken =
		json_parser_take(json->parser, (struct text){ json->copy, object.length },
				 &json->known, &json->parts, &tops, &fault);
	if (taken < 0)
		return err_set(err, ERR_MEMORY, "no memory for the names of an object");
	if (taken == 0)
		return refuse(json, fault.code, fault.offset, fault.what, ret_reject);
	*ret_part = json->parts.list[0];
	return 1;
}
