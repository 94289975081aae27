/* A syslog line on its way to an event: private to syslog*.c. */
#ifndef DECODE_SYSLOG_H
#define DECODE_SYSLOG_H

#include "decode/decoder.h"

enum syslog_field {
	SYSLOG_NO_FIELD,
#define FIELD(identifier, name, meaning) SYSLOG_##identifier,
#include "decode/syslog.def"
#undef FIELD
	SYSLOG_FIELD_COUNT
};

/* What stands before the message. */
struct syslog_header {
	int priority;              /* -1: none */
	bool modern;               /* RFC 5424 */
	struct text time;          /* as written; "-" where RFC 5424 has none */
	struct text host, app, pid, message_id, message;
	struct text data;          /* structured data, with its brackets */
	size_t wrong;              /* where a header that is none goes wrong */
};

/* False, and ret->wrong set, when the line is no syslog. */
bool syslog_header_read(struct text line, struct syslog_header *ret);

/*
 * One element of structured data off *data: "[id name="value" ...]". Calls
 * back for each parameter, its value still escaped. False when malformed.
 */
typedef bool syslog_parameter_function(void *context, struct text id, struct text name,
				       struct text value);
bool syslog_data_read(struct text *data, syslog_parameter_function *parameter,
		      void *context);

/*
 * The moment of a header's time; false when there is none. zone NULL: UTC.
 * A time without a year gets the latest that makes it at most seven days
 * after delivery.
 */
bool syslog_time(struct text written, const struct zone *zone, int64_t delivered,
		 int64_t *ret_moment, enum event_time_quality *ret_quality);

/* The line being understood, and the event it becomes. */
struct syslog_line {
	struct decoder *decoder;
	struct event *event;
	struct syslog_header header;
};

static inline void syslog_add(struct syslog_line *line, enum syslog_field field,
			      struct text value)
{
	const struct known_name *name = known_at(&line->decoder->known, field);

	/* There are fewer such fields than a part can take. */
	if (value.bytes)
		(void)parts_add(&line->decoder->parts, name->text, name->number, value,
				EVENT_FIELD_TEXT, true);
}

/* What the message means, by the program that wrote it. */
void syslog_understand(struct syslog_line *line);
void syslog_understand_sshd(struct syslog_line *line, struct text message);

#endif
