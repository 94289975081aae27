/* Lines of syslog, RFC 3164 and RFC 5424. */
#include "decode/syslog.h"

#define SCRATCH_LIMIT (8u << 20)

static const struct text roles[] = {
#define FIELD(identifier, name, meaning) { name, sizeof(name) - 1 },
#include "decode/syslog.def"
#undef FIELD
};

static const char *const facilities[] = {
	"kern",	 "user",     "mail",   "daemon", "auth",   "syslog", "lpr",    "news",
	"uucp",	 "cron",     "authpriv", "ftp",	 "ntp",	   "security", "console", "clock",
	"local0", "local1",  "local2", "local3", "local4", "local5", "local6", "local7",
};
static const char *const severities[] = {
	"emerg", "alert", "crit", "err", "warning", "notice", "info", "debug",
};

struct syslog {
	struct zone zone;
	bool zoned;
	struct arena *scratch;     /* values without their escapes */
	struct buffer name;        /* "id.parameter" */
	uint32_t previous;         /* last name of structured data */
};

/* \" \\ and \] are escapes; a backslash before anything else is itself. */
static struct text without_escapes(struct arena *scratch, struct text value)
{
	if (text_find_byte(value, '\\') == value.length)
		return value;
	char *to = arena_get(scratch, value.length);
	size_t length = 0;
	if (!to)
		return TEXT_NONE;
	for (size_t i = 0; i < value.length; i++) {
		char next = i + 1 < value.length ? value.bytes[i + 1] : 0;
		if (value.bytes[i] == '\\' &&
		    (next == '"' || next == '\\' || next == ']'))
			i++;
		to[length++] = value.bytes[i];
	}
	return (struct text){ to, length };
}

/* A parameter becomes the field "id.name". */
static bool add_parameter(void *context, struct text id, struct text name,
			  struct text value)
{
	struct decoder *decoder = context;
	struct syslog *syslog = decoder->state;

	buffer_reset(&syslog->name);
	buffer_add_text(&syslog->name, id);
	buffer_add_byte(&syslog->name, '.');
	buffer_add_text(&syslog->name, name);
	value = without_escapes(syslog->scratch, value);
	if (!value.bytes)
		return false;
	syslog->previous =
		known_find(&decoder->known, syslog->previous, buffer_text(&syslog->name));
	if (syslog->previous == KNOWN_NONE)
		return false;
	const struct known_name *known = known_at(&decoder->known, syslog->previous);
	return parts_add(&decoder->parts, known->text, known->number, value,
			 EVENT_FIELD_TEXT, false);
}

static bool add_data(struct decoder *decoder, struct text data)
{
	struct syslog *syslog = decoder->state;

	syslog->previous = KNOWN_NONE;
	while (data.length > 0)
		if (!syslog_data_read(&data, add_parameter, decoder))
			return false;
	return true;
}

static void add_header(struct syslog_line *line)
{
	const struct syslog_header *header = &line->header;

	syslog_add(line, SYSLOG_HOST, header->host);
	syslog_add(line, SYSLOG_APP, header->app);
	syslog_add(line, SYSLOG_PID, header->pid);
	syslog_add(line, SYSLOG_MESSAGE_ID, header->message_id);
	if (header->priority < 0)
		return;
	syslog_add(line, SYSLOG_FACILITY, text_of(facilities[header->priority / 8]));
	syslog_add(line, SYSLOG_SEVERITY, text_of(severities[header->priority % 8]));
}

static int reject_time(struct decoder *decoder, const struct line *line,
		       const struct syslog_header *header, struct err *err)
{
	uint64_t offset =
		line->offset + (uint64_t)(header->time.bytes - line->text.bytes);
	char shown[48];
	size_t length = 0;

	for (; length < header->time.length && length < sizeof(shown); length++) {
		char c = header->time.bytes[length];
		shown[length] = c > 31 && c < 127 ? c : '?';
	}
	return decoder_reject(decoder, line->number, offset, DECODE_TIME, err,
			      "the time is no moment: %.*s", (int)length, shown);
}

static int syslog_line(struct decoder *decoder, const struct line *line, struct err *err)
{
	struct syslog *syslog = decoder->state;
	struct event event = {
		.source = EVENT_FROM_SYSLOG,
		.bytes = -1,
		.raw = line->text,
		.line = line->number,
		.offset = line->offset,
		.length = line->text.length,
	};
	struct syslog_line understood = { .decoder = decoder, .event = &event };
	struct syslog_header *header = &understood.header;

	if (!syslog_header_read(line->text, header))
		return decoder_reject(decoder, line->number, line->offset + header->wrong,
				      DECODE_SYSLOG_HEADER, err,
				      "no header of RFC 3164 or RFC 5424 is here");
	if (!syslog_time(header->time, syslog->zoned ? &syslog->zone : NULL,
			 decoder->options.delivered, &event.time, &event.time_quality))
		return reject_time(decoder, line, header, err);

	arena_reset(syslog->scratch);
	parts_reset(&decoder->parts);
	if (parts_open(&decoder->parts) != 1 || !known_begin(&decoder->known))
		return err_set(err, ERR_MEMORY, "no memory for a line");
	event.host = header->host;
	add_header(&understood);
	syslog_understand(&understood);
	if (!add_data(decoder, header->data))
		return decoder_reject(decoder, line->number, line->offset,
				      DECODE_SYSLOG_HEADER, err,
				      "too much structured data");
	event.parts = decoder->parts.list;
	event.part_count = decoder->parts.count;
	return decoder_event(decoder, &event, err);
}

static int syslog_begin(struct decoder *decoder, struct err *err)
{
	struct syslog *syslog = decoder->state = calloc(1, sizeof(*syslog));

	if (!syslog)
		return err_set(err, ERR_MEMORY, "no memory for syslog");
	buffer_init(&syslog->name, 128);
	syslog->scratch = arena_new(SCRATCH_LIMIT);
	if (!syslog->scratch)
		return err_set(err, ERR_MEMORY, "no memory for syslog");
	if (decoder->options.zone.length > 0 &&
	    zone_read(decoder->options.zone, &syslog->zone, err) < 0)
		return err_prefix(err, "the system's time zone");
	syslog->zoned = decoder->options.zone.length > 0;
	return 0;
}

static void syslog_end(struct decoder *decoder)
{
	struct syslog *syslog = decoder->state;

	if (!syslog)
		return;
	buffer_done(&syslog->name);
	arena_free(syslog->scratch);
	free(syslog);
}

const struct decoder_kind decoder_syslog = {
	.roles = roles,
	.role_count = ARRAY_LENGTH(roles),
	.begin = syslog_begin,
	.line = syslog_line,
	.end = syslog_end,
};
