/*
 * decode: bytes of a log to events, one file per format. Floor 3: pure.
 *
 * The caller puts bytes of the uncompressed log into the decoder's own
 * buffer and is called back once for each record: for its event, or for the
 * reject that says why there is none. Events come in the order of their
 * first byte, and so do rejects; where a record is several lines (auditd) a
 * reject may overtake events that are still open. A bad record costs
 * nothing but itself. Memory is bounded whatever comes in, and neither
 * events nor rejects depend on how the bytes are divided among the calls.
 */
#ifndef DECODE_DECODE_H
#define DECODE_DECODE_H

#include "event/event.h"

/* Longest record taken, in bytes; a longer one is rejected as "too-long". */
#define DECODE_RECORD_LIMIT (1u << 20)

/* REJECT(identifier, code, meaning and what to do): reject codes of all formats. */
enum decode_code {
#define REJECT(identifier, code, meaning) DECODE_##identifier,
#include "decode/rejects.def"
#undef REJECT
	DECODE_CODE_COUNT
};
struct decode_code_description {
	const char *code, *meaning;
};
const struct decode_code_description *decode_code_describe(enum decode_code code);

struct decode_reject {
	uint64_t line;             /* from 1 */
	uint64_t offset; /* of the first byte at fault, in the uncompressed log */
	enum decode_code code;
	struct text reason;        /* in words, one line, valid UTF-8 */
};

/* A format: FORMAT(identifier, name, what it is) in formats.def. */
struct decode_format {
	const char *name, *meaning;
};
/* NULL for an unknown name; the table ends with a NULL name. */
const struct decode_format *decode_format_find(struct text name);
const struct decode_format *decode_formats(void);

struct decode_options {
	/* For logs that write no zone: a TZif file's bytes (RFC 8536), or
	 * empty for UTC. Must live as long as the decoder. */
	struct text zone;
	/* The moment of delivery, or 0: for logs that write no year, and for
	 * events later than that. */
	int64_t delivered;
};

/* Called back; a return value other than 0 stops the decoder with it. */
struct decode_sink {
	void *context;
	int (*event)(void *context, const struct event *event, struct err *err);
	int (*reject)(void *context, const struct decode_reject *reject,
		      struct err *err);
};

struct decoder;
/* names must be complete and live as long as the decoder. NULL on failure. */
struct decoder *decoder_new(const struct decode_format *format,
			    const struct decode_options *options,
			    const struct event_names *names,
			    const struct decode_sink *sink, struct err *err);
void decoder_free(struct decoder *decoder);
/* Where to put the next bytes, and how many fit (at least 64 KiB). */
char *decoder_space(struct decoder *decoder, size_t *ret_room);
/* length bytes were put there: take every record that is complete. */
int decoder_take(struct decoder *decoder, size_t length, struct err *err) MUST_CHECK;
/* No more bytes: take what is left. */
int decoder_finish(struct decoder *decoder, struct err *err) MUST_CHECK;
/* Records seen so far: events and rejects. */
uint64_t decoder_records(const struct decoder *decoder);

/*
 * Any JSON object, outside of a format: its members become the fields of
 * one event part as event.h says (nested objects under dotted names, lists
 * as several fields of one name).
 */
struct decode_json;
/* names must be complete and live as long. NULL when out of memory. */
struct decode_json *decode_json_new(const struct event_names *names, struct err *err);
void decode_json_free(struct decode_json *json);
/*
 * Take one object, which must be all of the text (white space around it is
 * allowed) and at most DECODE_RECORD_LIMIT bytes. 1: *ret_part lives until
 * the next call. 0: no such object; *ret_reject says why, its line is 0 and
 * its offset counts from the text's first byte. Negative: out of memory.
 */
int decode_json_object(struct decode_json *json, struct text object,
		       struct event_part *ret_part, struct decode_reject *ret_reject,
		       struct err *err) MUST_CHECK;

#endif
