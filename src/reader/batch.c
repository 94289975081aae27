#include "reader/reader.h"

#include <unistd.h>

#define EVENTS_AT_ONCE 2048u
#define BLOCK ((size_t)256 * 1024)
#define LINES_MOST 2000000000u

/* What is being gathered of one batch, and what is known of it at its end. */
struct batch {
	struct reader *reader;
	struct ipc_event events[EVENTS_AT_ONCE];
	size_t event_count;
	struct buffer names, hits, correlated, sequences, rejects;
	struct ipc_sequence sequence; /* that goes on; 0: none */
	struct ipc_end end;
	bool judge_only;           /* its events are in the books */
	bool failed;               /* fail says why the batch is refused */
	struct ipc_fail fail;
};

static int send_buffer(struct ipc_channel *writer, enum ipc_message message,
		       struct buffer *buffer, struct err *err)
{
	if (buffer->failed)
		return err_set(err, ERR_MEMORY, "frame");
	if (buffer->length == 0)
		return 0;
	int sent = ipc_send(writer, message, buffer_text(buffer), TEXT_NONE, -1, err);
	buffer_reset(buffer);
	return sent;
}

/* Names go before the events that name them, events before their hits. */
static int flush(struct batch *batch, struct err *err)
{
	struct ipc_channel *writer = batch->reader->writer;
	int sent = send_buffer(writer, IPC_DATA_NAMES, &batch->names, err);

	if (sent == 0 && batch->event_count) {
		struct text block = { (const char *)batch->events,
				      batch->event_count * sizeof(batch->events[0]) };
		sent = ipc_send(writer, IPC_DATA_EVENTS, block, TEXT_NONE, -1, err);
		batch->event_count = 0;
	}
	if (sent == 0)
		sent = send_buffer(writer, IPC_DATA_HITS, &batch->hits, err);
	if (sent == 0)
		sent = send_buffer(writer, IPC_DATA_CORRELATED, &batch->correlated, err);
	if (batch->sequence.last)
		buffer_add(&batch->sequences, &batch->sequence, sizeof(batch->sequence));
	batch->sequence = (struct ipc_sequence){ 0 };
	if (sent == 0)
		sent = send_buffer(writer, IPC_DATA_SEQUENCES, &batch->sequences, err);
	if (sent == 0)
		sent = send_buffer(writer, IPC_DATA_REJECTS, &batch->rejects, err);
	return sent;
}

/* At most IPC_NAME_LONGEST bytes, not cut inside a character. */
static struct text cut(struct text value)
{
	if (LIKELY(value.length <= IPC_NAME_LONGEST))
		return value;
	value.length = IPC_NAME_LONGEST;
	while (value.length && ((unsigned char)value.bytes[value.length] & 0xc0) == 0x80)
		value.length--;
	return value;
}

static void tell_name(struct batch *batch, uint64_t id, struct text value)
{
	struct ipc_name head = { .id = id, .length = (uint32_t)value.length };
	size_t padded = sizeof(head) + ((value.length + 7) & ~(size_t)7);
	char *place = buffer_reserve(&batch->names, padded);
	if (!place)
		return;
	memset(place + padded - 8, 0, 8);
	memcpy(place, &head, sizeof(head));
	memcpy(place + sizeof(head), value.bytes, value.length);
	batch->names.length += padded;
}

static uint64_t name_id(struct batch *batch, struct text value)
{
	value = cut(value);
	uint64_t id = names_id(batch->reader->told, value);
	if (UNLIKELY(names_tell(batch->reader->told, id)))
		tell_name(batch, id, value);
	return id;
}

static struct text subject_of(const struct event *event, enum sigma_subject *kind)
{
	const struct text values[] = {
		[SIGMA_SUBJECT_ACTOR] = event->actor,
		[SIGMA_SUBJECT_OBJECT] = event->object,
		[SIGMA_SUBJECT_HOST] = event->host,
		[SIGMA_SUBJECT_ADDRESS] = event->address,
		[SIGMA_SUBJECT_SESSION] = event->session,
	};
	const enum sigma_subject order[] = { *kind, SIGMA_SUBJECT_ACTOR, SIGMA_SUBJECT_ADDRESS,
					     SIGMA_SUBJECT_HOST, SIGMA_SUBJECT_OBJECT };

	for (size_t i = 0; i < ARRAY_LENGTH(order); i++) {
		*kind = order[i];
		if (values[order[i]].length)
			return values[order[i]];
	}
	return TEXT("unknown");
}

static uint64_t name_of_group(void *context, struct text value)
{
	return name_id(context, value);
}

static void judge(struct batch *batch, const struct event *event, const struct ipc_event *told)
{
	const uint32_t *rules;

	if (batch->reader->joins)
		roster_join_begin(batch->reader->join, event);
	size_t count = sigma_set_match(batch->reader->rules, event, &rules);

	for (size_t i = 0; i < count; i++) {
		const struct sigma_rule *rule = sigma_set_rule(batch->reader->rules, rules[i]);
		enum sigma_subject kind = rule->subject;
		if (correlated_is_asked(batch->reader->correlated, rules[i]))
			correlated_add(batch->reader->correlated, rules[i], event, told,
				       name_of_group, batch, &batch->correlated);
		if (rule->only_correlated)
			continue;
		struct text subject = subject_of(event, &kind);
		struct ipc_hit hit = {
			.time = event->time,
			.offset = event->offset,
			.subject = name_id(batch, subject),
			.line = (uint32_t)event->line,
			.length = (uint32_t)event->length,
			.rule = rules[i],
			.subject_kind = (uint8_t)kind,
			.level = (uint8_t)event->level,
		};
		buffer_add(&batch->hits, &hit, sizeof(hit));
	}
}

static uint64_t identity_of(struct batch *batch, const struct event *event)
{
	struct hash_key key = batch->reader->setup.name_key;

	/* Apart from names, so that neither tells anything of the other. */
	key.high = ~key.high;
	if (event->native_id.length == 0)
		return hash_text(&key, event->raw) & ~(uint64_t)1;
	uint64_t identity = hash_text(&key, event->native_id) | 1;
	if (!batch->judge_only && repeats_note(batch->reader->repeats, event->time, identity))
		batch->end.maybe_repeated = 1;
	return identity;
}

/* All are asked for before the first is looked at. */
static void add_names(struct batch *batch, const struct event *event, struct ipc_event *told)
{
	struct names *names = batch->reader->told;
	const struct text *const values[] = { &event->actor, &event->object, &event->host,
					      &event->address, &event->session };
	uint64_t *const ids[] = { &told->actor, &told->object, &told->host, &told->address,
				  &told->session };

	for (size_t i = 0; i < ARRAY_LENGTH(ids); i++)
		if (values[i]->length)
			*ids[i] = names_id(names, cut(*values[i]));
	for (size_t i = 0; i < ARRAY_LENGTH(ids); i++)
		if (*ids[i] && UNLIKELY(names_tell(names, *ids[i])))
			tell_name(batch, *ids[i], cut(*values[i]));
}

static void note_sequence(struct batch *batch, uint64_t number)
{
	struct ipc_sequence *sequence = &batch->sequence;

	if (sequence->last && number == sequence->last + 1) {
		sequence->last = number;
		return;
	}
	if (sequence->last)
		buffer_add(&batch->sequences, sequence, sizeof(*sequence));
	*sequence = (struct ipc_sequence){ number, number };
}

static int take_event(void *context, const struct event *event, struct err *err)
{
	struct batch *batch = context;

	if (UNLIKELY(event->line > LINES_MOST)) {
		batch->failed = true;
		ipc_fail_fill(&batch->fail, IPC_REFUSED_TOO_MANY, "more than %u lines",
			      LINES_MOST);
		return 1;
	}
	uint64_t identity = identity_of(batch, event);
	struct ipc_event *told = &batch->events[batch->event_count];
	*told = (struct ipc_event){
		.time = event->time,
		.identity = identity,
		.offset = event->offset,
		.bytes = event->bytes,
		.line = (uint32_t)event->line,
		.length = (uint32_t)event->length,
		.action = (uint8_t)event->action,
		.outcome = (uint8_t)event->outcome,
		.level = (uint8_t)event->level,
	};
	if (LIKELY(!batch->judge_only)) {
		add_names(batch, event, told);
		batch->event_count++;
	}
	judge(batch, event, told);
	if (event->sequence && !batch->judge_only)
		note_sequence(batch, event->sequence);
	if (batch->end.events++ == 0)
		batch->end.first = batch->end.last = event->time;
	if (event->time < batch->end.first)
		batch->end.first = event->time;
	if (event->time > batch->end.last)
		batch->end.last = event->time;
	if (batch->event_count == EVENTS_AT_ONCE || batch->names.length > BLOCK ||
	    batch->hits.length > BLOCK || batch->correlated.length > BLOCK ||
	    batch->sequences.length > BLOCK)
		return flush(batch, err);
	return 0;
}

static int take_reject(void *context, const struct decode_reject *reject, struct err *err)
{
	struct batch *batch = context;

	if (batch->end.rejects++ >= batch->reader->setup.reject_limit || batch->judge_only)
		return 0;
	struct ipc_reject head = { .line = reject->line, .offset = reject->offset };
	const char *code = decode_code_describe(reject->code)->code;
	memcpy(head.code, code, strnlen(code, sizeof(head.code) - 1));
	struct text reason = text_head(reject->reason, 1000);
	head.length = (uint32_t)reason.length;
	buffer_add(&batch->rejects, &head, sizeof(head));
	buffer_add_text(&batch->rejects, reason);
	while (batch->rejects.length % 8)
		buffer_add_byte(&batch->rejects, '\0');
	return batch->rejects.length > BLOCK ? flush(batch, err) : 0;
}

/* 0: all of it was decoded; 1: refused, batch->fail says why; negative. */
static int decode_all(struct batch *batch, struct decoder *decoder, struct content *content,
		      bool digest, struct err *err)
{
	for (;;) {
		size_t room;
		char *place = decoder_space(decoder, &room);
		ssize_t got = content_read(content, place, room, &batch->fail);
		if (got < 0)
			return 1;
		if (got == 0)
			break;
		batch->end.content_bytes += (uint64_t)got;
		if (digest &&
		    crypto_sha256_add(batch->reader->sha256, place, (size_t)got, err) < 0)
			return -1;
		int taken = decoder_take(decoder, (size_t)got, err);
		if (taken != 0)
			return taken;
	}
	int finished = decoder_finish(decoder, err);
	if (finished != 0)
		return finished;
	batch->end.records = decoder_records(decoder);
	if (digest && crypto_sha256_finish(batch->reader->sha256, batch->end.content_sha256, err) < 0)
		return -1;
	return 0;
}

/* A digest half made is of no use to the next batch. */
static void digest_forget(struct crypto_sha256 *sha256)
{
	uint8_t unused[CRYPTO_SHA256];
	if (crypto_sha256_finish(sha256, unused, NULL) < 0)
		log_warning("digest could not be reset");
}

static int batch_run(struct batch *batch, const struct ipc_reader_batch *order, struct text zone,
		     int fd, struct err *err)
{
	struct reader *reader = batch->reader;
	const struct decode_format *format =
		decode_format_find(ipc_member(order->format));
	const struct decode_options options = { .zone = zone, .delivered = order->delivered };
	const struct decode_sink sink = { batch, take_event, take_reject };
	const struct content_limits limits = { reader->setup.content_limit,
					       reader->setup.ratio_limit };
	/* Of what comes as it is musterd makes the digest, but not when it is judged again. */
	bool digest = order->encoding != IPC_PLAIN || order->judge_only;

	if (!format)
		return err_set(err, ERR_PROTOCOL, "unknown format");
	struct content *content =
		content_open(fd, (enum ipc_encoding)order->encoding, &limits, err);
	struct decoder *decoder =
		content ? decoder_new(format, &options, reader->fields, &sink, err) : NULL;
	int result = decoder ? decode_all(batch, decoder, content, digest, err) : -1;
	if (result != 0 && digest)
		digest_forget(reader->sha256);
	decoder_free(decoder);
	content_free(content);
	return result;
}

int reader_batch(struct reader *reader, const struct ipc_reader_batch *order, struct text zone,
		 int fd, struct err *err)
{
	static struct batch batch;     /* large, and there is one at a time */
	const struct roster *roster;
	struct ipc_reference reference = { order->batch };
	struct text head = { (const char *)&reference, sizeof(reference) };

	if (rosters_find(reader, order->contractor_id, order->roster, &roster, err) < 0)
		return -(int)err->code;
	roster_join_use(reader->join, roster);
	sigma_set_join(reader->rules, roster ? roster_join_value : NULL, reader->join);
	buffer_clean(&batch.names);
	buffer_clean(&batch.hits);
	buffer_clean(&batch.correlated);
	buffer_clean(&batch.sequences);
	buffer_clean(&batch.rejects);
	batch.reader = reader;
	batch.event_count = 0;
	batch.judge_only = order->judge_only;
	batch.failed = false;
	batch.end = (struct ipc_end){ .first = MOMENT_NONE, .last = MOMENT_NONE };
	buffer_init(&batch.names, IPC_LARGEST);
	buffer_init(&batch.hits, IPC_LARGEST);
	buffer_init(&batch.correlated, IPC_LARGEST);
	buffer_init(&batch.sequences, IPC_LARGEST);
	batch.sequence = (struct ipc_sequence){ 0 };
	buffer_init(&batch.rejects, IPC_LARGEST);
	names_reset(reader->told);
	repeats_reset(reader->repeats);

	int result = ipc_send(reader->writer, IPC_DATA_BEGIN, head, TEXT_NONE, -1, err);
	if (result == 0)
		result = batch_run(&batch, order, zone, fd, err);
	if (result == 0)
		result = flush(&batch, err);
	if (result < 0)
		return result;
	_Static_assert(ROSTER_KIND_COUNT <= IPC_REFERENCE_KINDS, "kinds of reference data");
	memcpy(batch.end.unknown, roster_join_unknown(reader->join),
	       ROSTER_KIND_COUNT * sizeof(batch.end.unknown[0]));
	if (result > 0)
		result = ipc_send(reader->writer, IPC_DATA_FAIL,
				  (struct text){ (const char *)&batch.fail, sizeof(batch.fail) },
				  TEXT_NONE, -1, err);
	else
		result = ipc_send(reader->writer, IPC_DATA_END,
				  (struct text){ (const char *)&batch.end, sizeof(batch.end) },
				  TEXT_NONE, -1, err);
	if (result == 0)
		result = ipc_send(reader->daemon, IPC_READER_IDLE, head, TEXT_NONE, -1, err);
	return result;
}
