/*
 * The Linux audit log. The lines of one event share node, time and serial
 * number, stand among those of other events and may come out of order, so
 * an event stays open until 8 MiB of the log, 65536 lines or 16384 events
 * have begun after it, or the log ends. Its lines stay where they were read.
 */
#include "decode/auditd.h"

#define KEEP (8u << 20)
#define LINES 65536u
#define EVENTS 16384u
#define BUCKETS 32768u
#define CLOSED 65536u
#define SCRATCH_LIMIT (128u << 20)
#define JOINED_LIMIT (4u << 20)

struct audit_line {
	uint64_t place;            /* in the lines that are kept */
	uint64_t offset, number;
	uint64_t next;             /* sequence + 1 of the event's next line, 0: last */
	uint32_t length;
};

/* Lines and events are numbered as they come; a ring holds the last of them. */
struct audit_event {
	uint64_t hash;
	uint64_t first, last;      /* lines */
	uint64_t chain;            /* sequence + 1 of another event in the bucket */
	bool faulty;               /* one of its lines is not UTF-8 or holds NUL */
	struct line_fault fault;
	uint64_t fault_line;
};

struct auditd {
	struct audit_line *lines;
	struct audit_event *events;
	uint64_t *buckets;         /* sequence + 1 of the newest open event */
	struct recent *closed;     /* hashes of events closed lately */
	uint64_t line_next, event_first, event_next;
	struct hash_key key;
	struct arena *scratch;
	struct auditd_reader reader;
};

static struct audit_line *line_at(const struct auditd *auditd, uint64_t sequence)
{
	return &auditd->lines[sequence % LINES];
}

static struct audit_event *event_at(const struct auditd *auditd, uint64_t sequence)
{
	return &auditd->events[sequence % EVENTS];
}

static struct text line_text(const struct decoder *decoder, const struct audit_line *line)
{
	return (struct text){ lines_at(&decoder->lines, line->place), line->length };
}

static uint64_t hash_header(const struct auditd *auditd,
			    const struct auditd_header *header)
{
	uint64_t parts[2] = { hash_text(&auditd->key, header->node),
			      hash_text(&auditd->key, header->id) };

	return hash_bytes(&auditd->key, parts, sizeof(parts));
}

static bool same_event(const struct decoder *decoder, const struct audit_event *event,
		       const struct auditd_header *header)
{
	const struct auditd *auditd = decoder->state;
	struct auditd_header first;

	(void)auditd_header_read(line_text(decoder, line_at(auditd, event->first)),
				 &first);
	return text_equal(first.node, header->node) && text_equal(first.id, header->id);
}

static struct audit_event *find_open(const struct decoder *decoder, uint64_t hash,
				     const struct auditd_header *header)
{
	const struct auditd *auditd = decoder->state;

	for (uint64_t at = auditd->buckets[hash % BUCKETS]; at > auditd->event_first;) {
		struct audit_event *event = event_at(auditd, at - 1);
		if (event->hash == hash && same_event(decoder, event, header))
			return event;
		at = event->chain;
	}
	return NULL;
}

/* The event's lines as they stood, one after the other. */
static struct text raw_of(const struct decoder *decoder, const struct audit_event *event)
{
	const struct auditd *auditd = decoder->state;
	size_t length = 0;

	if (event->first == event->last)
		return line_text(decoder, line_at(auditd, event->first));
	for (uint64_t at = event->first + 1; at > 0; at = line_at(auditd, at - 1)->next)
		length += line_at(auditd, at - 1)->length + 1;
	char *to = arena_get(auditd->scratch, length), *end = to;
	if (!to)
		return TEXT_NONE;
	for (uint64_t at = event->first + 1; at > 0; at = line_at(auditd, at - 1)->next) {
		const struct audit_line *line = line_at(auditd, at - 1);
		memcpy(end, line_text(decoder, line).bytes, line->length);
		end += line->length;
		*end++ = '\n';
	}
	return text_between(to, end - 1);
}

/* EXECVE lines after the first carry its further arguments. */
static bool is_execve(const struct auditd_header *header)
{
	return text_equal(header->type, TEXT("EXECVE"));
}

static void continue_execve(const struct decoder *decoder, const struct audit_line *line)
{
	struct auditd *auditd = decoder->state;

	for (uint64_t at = line->next; at > 0; at = line_at(auditd, at - 1)->next) {
		struct auditd_header header;
		(void)auditd_header_read(line_text(decoder, line_at(auditd, at - 1)),
					 &header);
		if (is_execve(&header))
			auditd_record_continue(&auditd->reader, &header);
	}
}

/* Every line into its part. False when they are too many. */
static bool read_records(struct decoder *decoder, const struct audit_event *event)
{
	struct auditd *auditd = decoder->state;
	bool execve = false;

	for (uint64_t at = event->first + 1; at > 0; at = line_at(auditd, at - 1)->next) {
		const struct audit_line *line = line_at(auditd, at - 1);
		struct auditd_header header;
		(void)auditd_header_read(line_text(decoder, line), &header);
		if (execve && is_execve(&header))
			continue;
		if (!auditd_record_begin(&auditd->reader, &header))
			return false;
		if (is_execve(&header)) {
			execve = true;
			continue_execve(decoder, line);
		}
		auditd_record_end(&auditd->reader);
	}
	return !auditd->reader.failed;
}

static struct text native_id(struct arena *scratch, const struct auditd_header *header)
{
	if (header->node.length == 0)
		return header->id;
	char *to = arena_get(scratch, header->node.length + 1 + header->id.length);
	if (!to)
		return TEXT_NONE;
	memcpy(to, header->node.bytes, header->node.length);
	to[header->node.length] = ':';
	memcpy(to + header->node.length + 1, header->id.bytes, header->id.length);
	return (struct text){ to, header->node.length + 1 + header->id.length };
}

static int emit(struct decoder *decoder, const struct audit_event *event, struct err *err)
{
	struct auditd *auditd = decoder->state;
	const struct audit_line *first = line_at(auditd, event->first);
	const struct audit_line *last = line_at(auditd, event->last);
	struct auditd_facts facts = { 0 };
	struct auditd_header header;

	if (event->faulty)
		return decoder_reject_line(decoder, event->fault_line, &event->fault,
					   err);
	arena_reset(auditd->scratch);
	parts_reset(&decoder->parts);
	if (!known_begin(&decoder->known))
		return err_set(err, ERR_MEMORY, "no memory for names");
	auditd->reader.facts = &facts;
	auditd->reader.failed = false;
	(void)auditd_header_read(line_text(decoder, first), &header);
	struct event out = {
		.time = header.time,
		.time_quality = EVENT_TIME_EXACT,
		.source = EVENT_FROM_AUDITD,
		.native_id = native_id(auditd->scratch, &header),
		.bytes = -1,
		.raw = raw_of(decoder, event),
		.line = first->number,
		.offset = first->offset,
		.length = last->offset + last->length - first->offset,
	};
	if (!read_records(decoder, event) || !out.raw.bytes || !out.native_id.bytes)
		return decoder_reject(decoder, first->number, first->offset,
				      DECODE_AUDITD_LINES, err,
				      "an event of too many lines or fields");
	auditd_event_understand(&out, &facts, auditd->scratch);
	out.parts = decoder->parts.list;
	out.part_count = decoder->parts.count;
	return decoder_event(decoder, &out, err);
}

/* Close the oldest event. */
static int close_one(struct decoder *decoder, struct err *err)
{
	struct auditd *auditd = decoder->state;
	const struct audit_event *event = event_at(auditd, auditd->event_first);
	int result = emit(decoder, event, err);
	bool replaced;

	recent_add(auditd->closed, event->hash, &replaced);
	auditd->event_first++;
	return result;
}

static bool is_open(const struct auditd *auditd)
{
	return auditd->event_first < auditd->event_next;
}

/* The first line of the oldest event. */
static const struct audit_line *oldest_line(const struct auditd *auditd)
{
	return line_at(auditd, event_at(auditd, auditd->event_first)->first);
}

static bool is_full(const struct auditd *auditd)
{
	return auditd->event_next - auditd->event_first == EVENTS ||
	       auditd->line_next - event_at(auditd, auditd->event_first)->first == LINES;
}

static int auditd_advance(struct decoder *decoder, uint64_t offset, struct err *err)
{
	struct auditd *auditd = decoder->state;
	int result = 0;

	while (result == 0 && is_open(auditd) &&
	       (is_full(auditd) || offset - oldest_line(auditd)->offset > KEEP))
		result = close_one(decoder, err);
	if (is_open(auditd))
		lines_keep(&decoder->lines, oldest_line(auditd)->place);
	else
		lines_release(&decoder->lines);
	return result;
}

static struct audit_event *begin_event(struct auditd *auditd, uint64_t hash)
{
	uint64_t sequence = auditd->event_next++;
	struct audit_event *event = event_at(auditd, sequence);
	uint64_t *bucket = &auditd->buckets[hash % BUCKETS];

	*event = (struct audit_event){ .hash = hash, .chain = *bucket };
	*bucket = sequence + 1;
	return event;
}

static void add_line(struct auditd *auditd, struct audit_event *event, bool fresh,
		     const struct line *line)
{
	uint64_t sequence = auditd->line_next++;
	struct line_fault fault;

	*line_at(auditd, sequence) = (struct audit_line){
		.place = line->place,
		.offset = line->offset,
		.number = line->number,
		.length = (uint32_t)line->text.length,
	};
	if (fresh)
		event->first = sequence;
	else
		line_at(auditd, event->last)->next = sequence + 1;
	event->last = sequence;
	if (!event->faulty && decoder_line_faulty(line, &fault)) {
		event->faulty = true;
		event->fault = fault;
		event->fault_line = line->number;
	}
}

static int reject_header(struct decoder *decoder, const struct line *line,
			 enum auditd_header_state state, struct err *err)
{
	struct line_fault fault;

	if (decoder_line_faulty(line, &fault))
		return decoder_reject_line(decoder, line->number, &fault, err);
	if (state == AUDITD_HEADER_TIME)
		return decoder_reject(decoder, line->number, line->offset, DECODE_TIME,
				      err, "the event's time is beyond the year 9999");
	return decoder_reject(decoder, line->number, line->offset, DECODE_AUDITD_HEADER,
			      err, "no type= and msg=audit(seconds.milliseconds:serial)");
}

static int auditd_line(struct decoder *decoder, const struct line *line, struct err *err)
{
	struct auditd *auditd = decoder->state;
	struct auditd_header header;
	enum auditd_header_state state = auditd_header_read(line->text, &header);

	if (state == AUDITD_HEADER_EMPTY)
		return 0;
	if (state != AUDITD_HEADER_GOOD)
		return reject_header(decoder, line, state, err);
	uint64_t hash = hash_header(auditd, &header);
	struct audit_event *event = find_open(decoder, hash, &header);
	if (event)
		add_line(auditd, event, false, line);
	else if (recent_has(auditd->closed, hash))
		return decoder_reject(decoder, line->number, line->offset,
				      DECODE_AUDITD_LATE, err,
				      "its event was closed long before");
	else
		add_line(auditd, begin_event(auditd, hash), true, line);
	return 0;
}

static int auditd_finish(struct decoder *decoder, struct err *err)
{
	struct auditd *auditd = decoder->state;
	int result = 0;

	while (result == 0 && is_open(auditd))
		result = close_one(decoder, err);
	return result;
}

static int auditd_begin(struct decoder *decoder, struct err *err)
{
	struct auditd *auditd = decoder->state = calloc(1, sizeof(*auditd));

	if (!auditd)
		return err_set(err, ERR_MEMORY, "no memory for audit events");
	auditd->lines = calloc(LINES, sizeof(*auditd->lines));
	auditd->events = calloc(EVENTS, sizeof(*auditd->events));
	auditd->buckets = calloc(BUCKETS, sizeof(*auditd->buckets));
	auditd->closed = recent_new(CLOSED);
	auditd->scratch = arena_new(SCRATCH_LIMIT);
	auditd->key = decoder->known.map.key;
	auditd->reader = (struct auditd_reader){
		.parts = &decoder->parts,
		.known = &decoder->known,
		.scratch = auditd->scratch,
	};
	buffer_init(&auditd->reader.joined, JOINED_LIMIT);
	if (!auditd->lines || !auditd->events || !auditd->buckets || !auditd->closed ||
	    !auditd->scratch)
		return err_set(err, ERR_MEMORY, "no memory for audit events");
	return 0;
}

static void auditd_end(struct decoder *decoder)
{
	struct auditd *auditd = decoder->state;

	if (!auditd)
		return;
	free(auditd->lines);
	free(auditd->events);
	free(auditd->buckets);
	recent_free(auditd->closed);
	arena_free(auditd->scratch);
	buffer_done(&auditd->reader.joined);
	free(auditd);
}

const struct decoder_kind decoder_auditd = {
	.keep = KEEP,
	.checks_itself = true,
	.roles = auditd_field_names,
	.role_count = ARRAY_LENGTH(auditd_field_names),
	.begin = auditd_begin,
	.line = auditd_line,
	.advance = auditd_advance,
	.finish = auditd_finish,
	.end = auditd_end,
};
