/* What the formats of this room share. */
#ifndef DECODE_DECODER_H
#define DECODE_DECODER_H

#include "decode/decode.h"
#include "decode/known.h"
#include "decode/lines.h"
#include "decode/parts.h"

/* How a format takes its lines. Functions return 0 or a negative error. */
struct decoder_kind {
	size_t keep;               /* bytes of earlier lines it refers to */
	/* It looks for NUL and bad UTF-8 in its lines by itself. */
	bool checks_itself;
	/* Blocks need not be checked ahead: the parser does it in passing. */
	bool checks_in_passing;
	const struct text *roles;  /* names with a meaning, see known.h */
	uint32_t role_count;
	int (*begin)(struct decoder *decoder, struct err *err);
	int (*line)(struct decoder *decoder, const struct line *line, struct err *err);
	/*
	 * The log has come to this offset: let go of lines more than keep
	 * bytes before it. Called before every line, and whenever bytes have
	 * come. Or NULL.
	 */
	int (*advance)(struct decoder *decoder, uint64_t offset, struct err *err);
	int (*finish)(struct decoder *decoder, struct err *err);  /* or NULL */
	void (*end)(struct decoder *decoder);  /* also after begin failed */
};
#define FORMAT(identifier, name, meaning)                                                \
	extern const struct decoder_kind decoder_##identifier;
#include "decode/formats.def"
#undef FORMAT

struct decoder {
	const struct decoder_kind *kind;
	struct decode_options options;
	struct decode_sink sink;
	struct lines lines;
	struct known known;
	struct parts parts;
	struct buffer reason;
	uint64_t records;
	int64_t latest;            /* moment of the last event, or MOMENT_NONE */
	int stopped;               /* what the sink or a failure stopped it with */
	void *state;               /* of the kind */
};

/* Fills in what the event is beside its log: ahead, back. */
int decoder_event(struct decoder *decoder, struct event *event,
		  struct err *err) MUST_CHECK;
/* offset: of the first byte at fault, in the log. */
int decoder_reject(struct decoder *decoder, uint64_t line, uint64_t offset,
		   enum decode_code code, struct err *err, const char *format, ...)
	PRINTF_LIKE(6, 7) MUST_CHECK;

/* A line that is not UTF-8 or holds NUL: where and why. */
struct line_fault {
	enum decode_code code;
	uint64_t offset;           /* in the log */
};
bool decoder_line_faulty(const struct line *line, struct line_fault *ret);
int decoder_reject_line(struct decoder *decoder, uint64_t line,
			const struct line_fault *fault, struct err *err) MUST_CHECK;

#endif
