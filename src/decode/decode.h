/*
 * decode: bytes of a log to events, one file per format. Floor 3: pure.
 *
 * The caller puts bytes of the uncompressed log into the decoder's own
 * buffer and is called back once for each record, in the order of their
 * first byte (auditd: of their last). A record that cannot be taken is
 * reported as a reject and costs nothing but itself. Memory is bounded
 * whatever comes in.
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
	uint64_t offset;           /* of the first byte at fault, in the uncompressed log */
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
	/* For logs that write no year: the moment of delivery. */
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

#endif
