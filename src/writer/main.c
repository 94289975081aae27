/*
 * muster-writer: holds the database connection. Batches are taken in the
 * order in which musterd gave them to readers; each is one transaction. What
 * a reader sends is hostile until it has been checked. When the database
 * fails, the writer ends; musterd starts it again and nothing is lost.
 */
#include "config.h"

#include "writer/writer.h"

#include "jail/jail.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define CONTROL 3                  /* the descriptor musterd leaves us */

/* Telling musterd --------------------------------------------------------------- */

static int tell_receipt(struct writer *writer, uint64_t number,
			const struct store_receipt *receipt, struct err *err)
{
	struct ipc_reference reference = { number };
	struct ipc_receipt head = { .batch = number,
				    .outcome = receipt->outcome,
				    .length = (uint32_t)receipt->receipt.length };
	int sent = 0;

	if (receipt->rejects.length)
		sent = ipc_send(writer->daemon, IPC_WRITER_REJECTS,
				block_of(&reference, sizeof(reference)), receipt->rejects, -1, err);
	if (sent == 0)
		sent = ipc_send(writer->daemon, IPC_WRITER_RECEIPT, block_of(&head, sizeof(head)),
				receipt->receipt, -1, err);
	return sent;
}

static int tell_abandoned(struct writer *writer, uint64_t number, struct err *err)
{
	struct ipc_reference reference = { number };

	return ipc_send(writer->daemon, IPC_WRITER_ABANDONED,
			block_of(&reference, sizeof(reference)), TEXT_NONE, -1, err);
}

static int tell_standard(void *context, const struct store_standard *row, struct err *err)
{
	struct writer *writer = context;

	return ipc_send(writer->daemon, IPC_WRITER_STANDARD, row->bundle, TEXT_NONE, -1, err);
}

static int tell_system(void *context, const struct store_system *row, struct err *err)
{
	struct writer *writer = context;
	struct ipc_system system = { .contractor_id = row->contractor_id,
				     .system_id = row->id,
				     .is_unsigned = row->is_unsigned,
				     .zone_length = (uint32_t)row->zone.length };

	snprintf(system.contractor, sizeof(system.contractor), "%s", row->contractor);
	snprintf(system.system_name, sizeof(system.system_name), "%s", row->name);
	snprintf(system.format, sizeof(system.format), "%s", row->format ? row->format : "");
	return ipc_send(writer->daemon, IPC_WRITER_SYSTEM, block_of(&system, sizeof(system)),
			row->zone, -1, err);
}

static struct told_roster *told_roster(struct writer *writer, int32_t contractor_id)
{
	for (size_t i = 0; i < writer->roster_count; i++)
		if (writer->rosters[i].contractor_id == contractor_id)
			return &writer->rosters[i];
	struct told_roster *more = reallocarray(writer->rosters, writer->roster_count + 1,
						sizeof(*more));
	if (!more)
		return NULL;
	writer->rosters = more;
	more[writer->roster_count] = (struct told_roster){ contractor_id, 0 };
	return &more[writer->roster_count++];
}

static int tell_roster_pieces(struct writer *writer, struct ipc_roster *head, struct text blob,
			      struct err *err)
{
	int sent = 0;

	head->size = blob.length;
	do {
		struct text piece = text_head(text_skip(blob, head->offset), IPC_ROSTER_PIECE);
		sent = ipc_send(writer->daemon, IPC_WRITER_ROSTER, block_of(head, sizeof(*head)),
				piece, -1, err);
		head->offset += piece.length;
	} while (sent == 0 && head->offset < head->size);
	return sent;
}

_Static_assert(ROSTER_BLOB_LARGEST == IPC_ROSTER_LARGEST, "a roster can be told");

static int tell_roster(void *context, int32_t contractor_id, int64_t version, struct err *err)
{
	struct writer *writer = context;
	struct told_roster *told = told_roster(writer, contractor_id);
	struct ipc_roster head = { .contractor_id = contractor_id, .version = version };
	CLEAN(buffer) struct buffer blob;

	buffer_init(&blob, ROSTER_BLOB_LARGEST);
	if (!told)
		return err_set(err, ERR_MEMORY, "rosters");
	if (told->version == version)
		return 0;
	told->version = version;
	int done = store_roster_read(writer->pg, contractor_id, version, &blob, err);
	return done < 0 ? done : tell_roster_pieces(writer, &head, buffer_text(&blob), err);
}

static int tell_enrolment(struct writer *writer, struct err *err)
{
	int told = store_standards_in_force(writer->pg, tell_standard, writer, err);

	if (told == 0)
		told = store_enrolment(writer->pg, tell_system, writer, err);
	if (told == 0)
		told = store_roster_versions(writer->pg, tell_roster, writer, err);
	if (told == 0)
		told = ipc_send(writer->daemon, IPC_WRITER_ENROLLED, TEXT_NONE, TEXT_NONE, -1, err);
	return told;
}

/* The first order ------------------------------------------------------------------ */

static struct order *first(const struct writer *writer)
{
	return writer->order_count ? writer->orders[0] : NULL;
}

static void order_remove(struct writer *writer, size_t at)
{
	free(writer->orders[at]);
	writer->order_count--;
	memmove(&writer->orders[at], &writer->orders[at + 1],
		(writer->order_count - at) * sizeof(writer->orders[0]));
	if (at == 0) {
		writer->stage = STAGE_WAITING;
		writer->ended = false;
	}
}

/*
 * Would the same statement succeed later? Then the writer ends and the batch
 * is tried again: connection, resources, an administrator's stop, locks,
 * and what a disk says.
 */
static bool passes(const struct err *err, const struct pg *pg)
{
	static const char *const classes[] = { "08", "40", "53", "55", "57", "58" };

	if (!pg_is_alive(pg) || err->code == ERR_MEMORY || err->sqlstate[0] == '\0')
		return err->code != ERR_PROTOCOL;
	for (size_t i = 0; i < ARRAY_LENGTH(classes); i++)
		if (strncmp(err->sqlstate, classes[i], 2) == 0)
			return true;
	return false;
}

/*
 * The batch cannot be stored, for a reason that will not pass: what else
 * comes of it is skipped, and it is refused. Returns negative where the
 * reason may pass.
 */
static int give_up(struct writer *writer, struct err *err)
{
	const struct order *order = first(writer);

	store_batch_rollback(writer->batch);
	if (passes(err, writer->pg))
		return -(int)err->code;
	log_error("%s of %s cannot be stored: %s", order->batch.name, order->batch.contractor,
		  err->text);
	writer->stage = STAGE_FAILED;
	ipc_fail_fill(&writer->fail, IPC_REFUSED_INTERNAL, "it could not be stored");
	return 0;
}

/* All of it is here and its evidence is durable: into the books. */
static int settle(struct writer *writer, struct err *err)
{
	struct order *order = first(writer);
	struct store_receipt receipt;
	int done = -1;

	if (!writer->ended || !(order->has_evidence || order->abandoned))
		return 0;
	if (order->abandoned) {
		store_batch_rollback(writer->batch);
		order_remove(writer, 0);
		return 0;
	}
	if (writer->stage == STAGE_ENDED) {
		done = order->batch.violation[0] ?
			       store_reply_commit(writer->batch, &order->evidence, &receipt, err) :
			       store_batch_commit(writer->batch, &writer->end, &order->evidence,
						  &receipt, err);
		if (done < 0 && give_up(writer, err) < 0)
			return done;
	}
	if (writer->stage == STAGE_KNOWN)
		done = store_batch_settle(writer->batch, &receipt, err);
	if (writer->stage == STAGE_FAILED)
		done = store_batch_refuse(writer->batch, &order->batch, &writer->fail,
					  &order->evidence, &receipt, err);
	if (done == 0)
		done = tell_receipt(writer, order->batch.batch, &receipt, err);
	if (done == 0)
		order_remove(writer, 0);
	return done;
}

static int begin(struct writer *writer, const struct ipc_frame *frame, struct err *err)
{
	const struct ipc_reference *reference = ipc_payload(frame, sizeof(*reference));
	struct order *order = first(writer);
	bool known = false;

	if (!reference || reference->batch != order->batch.batch ||
	    writer->stage != STAGE_WAITING || !writer->readers[order->batch.reader].told_rules)
		return err_set(err, ERR_PROTOCOL, "a batch begins that was not given");
	writer->ended = false;
	writer->stage = STAGE_FAILED;
	if (order->abandoned)
		return 0;
	int done = store_batch_begin(writer->batch, &order->batch, &known, err);
	if (done < 0)
		return done;
	const struct reader *reader = &writer->readers[order->batch.reader];
	store_batch_judged_by(writer->batch, reader->rules, reader->rule_count);
	writer->stage = known ? STAGE_KNOWN : STAGE_TAKING;
	return 0;
}

/* One frame of data for a batch that is being stored. */
static int take(struct writer *writer, const struct reader *reader,
		const struct ipc_frame *frame, struct err *err)
{
	switch (frame->message) {
	case IPC_DATA_NAMES:
		return store_batch_names(writer->batch, frame->payload, err);
	case IPC_DATA_EVENTS:
		return store_batch_events(writer->batch, frame->payload, err);
	case IPC_DATA_HITS:
		return store_batch_hits(writer->batch, frame->payload, reader->rules,
					reader->rule_count, err);
	case IPC_DATA_CORRELATED:
		return store_batch_correlated(writer->batch, frame->payload, reader->rules,
					      reader->rule_count, err);
	case IPC_DATA_REPLY:
		return store_reply_take(writer->batch, frame->payload, err);
	case IPC_DATA_SEQUENCES:
		return store_batch_sequences(writer->batch, frame->payload, err);
	default:
		return store_batch_rejects(writer->batch, frame->payload, err);
	}
}

static bool is_refusal(struct text code)
{
	for (int i = 0; i < IPC_REFUSAL_COUNT; i++)
		if (text_equal(code, text_of(ipc_refusal_describe((enum ipc_refusal)i)->code)))
			return true;
	return false;
}

static int end(struct writer *writer, const struct ipc_frame *frame, struct err *err)
{
	bool failed = frame->message == IPC_DATA_FAIL;
	const void *payload = ipc_payload(frame, failed ? sizeof(writer->fail) : sizeof(writer->end));

	if (!payload || writer->ended)
		return err_set(err, ERR_PROTOCOL, "the end of a batch is cut short");
	writer->ended = true;
	if (failed && writer->stage == STAGE_TAKING) {
		memcpy(&writer->fail, payload, sizeof(writer->fail));
		struct text reason = ipc_member(writer->fail.reason);
		if (!is_refusal(ipc_member(writer->fail.code)) ||
		    text_utf8_valid(reason) != reason.length)
			return err_set(err, ERR_PROTOCOL, "the reason is no text");
		store_batch_rollback(writer->batch);
		writer->stage = STAGE_FAILED;
	} else if (!failed && writer->stage == STAGE_TAKING) {
		memcpy(&writer->end, payload, sizeof(writer->end));
		writer->stage = STAGE_ENDED;
	}
	return settle(writer, err);
}

static int take_rules(struct writer *writer, struct reader *reader,
		      const struct ipc_frame *frame, struct err *err)
{
	if (reader->told_rules)
		return err_set(err, ERR_PROTOCOL, "rules twice");
	reader->told_rules = true;
	return store_batch_rules(writer->batch, frame->payload, &reader->rules,
				 &reader->rule_count, err);
}

static int take_data(struct writer *writer, struct reader *reader,
		     const struct ipc_frame *frame, struct err *err)
{
	int done;

	switch (frame->message) {
	case IPC_DATA_RULES:
		return take_rules(writer, reader, frame, err);
	case IPC_DATA_BEGIN:
		return begin(writer, frame, err);
	case IPC_DATA_END:
	case IPC_DATA_FAIL:
		return end(writer, frame, err);
	default:
		break;
	}
	if (writer->stage == STAGE_KNOWN || writer->stage == STAGE_FAILED)
		return 0;
	if (writer->stage != STAGE_TAKING)
		return err_set(err, ERR_PROTOCOL, "data without a batch");
	done = first(writer)->abandoned ? 0 : take(writer, reader, frame, err);
	if (done > 0) {
		store_batch_rollback(writer->batch);
		writer->fail = *store_batch_refusal(writer->batch);
		writer->stage = STAGE_FAILED;
		done = 0;
	} else if (done < 0 && err->code == ERR_DATABASE) {
		done = give_up(writer, err);
	}
	return done;
}

static void reader_close(struct writer *writer, struct reader *reader)
{
	struct order *order = first(writer);

	if (order && reader == &writer->readers[order->batch.reader] &&
	    writer->stage != STAGE_WAITING && !writer->ended)
		store_batch_rollback(writer->batch);
	ipc_channel_free(reader->channel);
	free(reader->rules);
	*reader = (struct reader){ 0 };
}

/*
 * The rest of the first order will not come. musterd is told, since its
 * reader may have said already that it has sent everything.
 */
static int lose(struct writer *writer, struct err *err)
{
	struct order *order = first(writer);

	if (!order || order->abandoned)
		return 0;
	order->abandoned = true;
	return tell_abandoned(writer, order->batch.batch, err);
}

/*
 * Everything that the reader of the first order has sent. A reader that has
 * ended, or sends what it may not, is cut off.
 */
static int read_data(struct writer *writer, struct reader *reader, struct err *err)
{
	struct ipc_frame frame;

	do {
		int got = ipc_receive(reader->channel, &frame, err);
		if (got == 0)
			return 0;
		if (got > 0)
			got = take_data(writer, reader, &frame, err);
		if (got < 0 && (err->code == ERR_PROTOCOL || err->code == ERR_SYSTEM)) {
			if (err->code == ERR_PROTOCOL)
				log_error("reader cut off: %s", err->text);
			reader_close(writer, reader);
			return lose(writer, err);
		}
		if (got < 0)
			return got;
	} while (first(writer) && reader == &writer->readers[first(writer)->batch.reader] &&
		 !writer->ended && ipc_channel_ready(reader->channel));
	return 0;
}

/* What musterd asks ----------------------------------------------------------------- */

/* The connection is made with the rights that it needs; the rest needs none. */
static int enter_jail(uint32_t drop_user, struct err *err)
{
	const char *missing = NULL;
	int done = jail_prepare(drop_user, err);

	if (done == 0)
		done = jail_enter(JAIL_WRITER, JAIL_AS_KERNEL_ALLOWS, &missing, err);

	if (done == 0 && missing)
		log_warning("the jail lacks a layer: %s", missing);
	return done;
}

static int set_up(struct writer *writer, const struct ipc_frame *frame, struct err *err)
{
	const struct ipc_writer_setup *setup = ipc_payload(frame, sizeof(*setup));
	struct ipc_instance instance;

	if (!setup || writer->pg || setup->connection_length != frame->payload.length - sizeof(*setup))
		return err_set(err, ERR_PROTOCOL, "setup");
	writer->conninfo = strndup(frame->payload.bytes + sizeof(*setup), setup->connection_length);
	if (!writer->conninfo)
		return err_set(err, ERR_MEMORY, "setup");
	uint32_t reject_limit = setup->reject_limit, drop_user = setup->drop_user;
	int done = store_open(writer->conninfo, STORE_DAEMON, "muster-writer", &writer->pg, err);
	clock_prepare(writer);
	if (done == 0)
		done = store_batch_new(writer->pg, reject_limit, &writer->batch, err);
	if (done == 0)
		done = enter_jail(drop_user, err);
	if (done == 0)
		done = store_instance_read(writer->pg, &instance.name_key, err);
	if (done == 0)
		done = ipc_send(writer->daemon, IPC_WRITER_INSTANCE,
				block_of(&instance, sizeof(instance)), TEXT_NONE, -1, err);
	return done;
}

static int add_reader(struct writer *writer, const struct ipc_frame *frame, struct err *err)
{
	const struct ipc_reader_number *number = ipc_payload(frame, sizeof(*number));

	if (!number || number->reader >= READERS || fcntl(frame->descriptor, F_SETFL, O_NONBLOCK) < 0) {
		close(frame->descriptor);
		return err_set(err, ERR_PROTOCOL, "reader");
	}
	struct reader *reader = &writer->readers[number->reader];
	reader_close(writer, reader);
	/* What was abandoned with the last reader of this number is not for this one. */
	for (size_t i = writer->order_count; i-- > 0;)
		if (writer->orders[i]->abandoned &&
		    writer->orders[i]->batch.reader == number->reader)
			order_remove(writer, i);
	reader->channel = ipc_channel_new(frame->descriptor, IPC_WRITER, IPC_READER, 0, err);
	return reader->channel ? 0 : -1;
}

static bool batch_is_sound(const struct ipc_writer_batch *batch)
{
	return batch->reader < READERS && batch->encoding <= IPC_ZSTD &&
	       ipc_member(batch->contractor).length && ipc_member(batch->delivery).length &&
	       ipc_member(batch->name).length && ipc_member(batch->system_name).bytes &&
	       ipc_member(batch->violation).bytes;
}

static int add_order(struct writer *writer, const struct ipc_frame *frame, struct err *err)
{
	const struct ipc_writer_batch *batch = ipc_payload(frame, sizeof(*batch));
	struct order *order = calloc(1, sizeof(*order));

	if (!batch || !order || !batch_is_sound(batch) || writer->order_count == BATCHES) {
		free(order);
		return err_set(err, ERR_PROTOCOL, "batch");
	}
	order->batch = *batch;
	writer->orders[writer->order_count++] = order;
	return 0;
}

static struct order *order_find(struct writer *writer, uint64_t number, size_t *ret_at)
{
	for (size_t i = 0; i < writer->order_count; i++)
		if (writer->orders[i]->batch.batch == number) {
			*ret_at = i;
			return writer->orders[i];
		}
	return NULL;
}

static int add_evidence(struct writer *writer, const struct ipc_frame *frame, struct err *err)
{
	const struct ipc_evidence *evidence = ipc_payload(frame, sizeof(*evidence));
	size_t at;
	struct order *order = evidence ? order_find(writer, evidence->batch, &at) : NULL;

	if (!order)
		return evidence ? 0 : err_set(err, ERR_PROTOCOL, "evidence");
	order->evidence = *evidence;
	order->has_evidence = true;
	return at == 0 ? settle(writer, err) : 0;
}

/*
 * A reader that lives goes on sending the batch: its order stays, abandoned,
 * until the data has passed. A dead one's order goes at once.
 */
static int abandon(struct writer *writer, const struct ipc_frame *frame, struct err *err)
{
	const struct ipc_reference *reference = ipc_payload(frame, sizeof(*reference));
	size_t at;

	if (!reference)
		return err_set(err, ERR_PROTOCOL, "abandon");
	uint64_t number = reference->batch;
	struct order *order = order_find(writer, number, &at);
	if (order) {
		if (at == 0)
			store_batch_rollback(writer->batch);
		order->abandoned = true;
		if (at == 0 && writer->stage == STAGE_TAKING)
			writer->stage = STAGE_FAILED;
		if (!writer->readers[order->batch.reader].channel || (at == 0 && writer->ended))
			order_remove(writer, at);
	}
	return tell_abandoned(writer, number, err);
}

static int refuse(struct writer *writer, const struct ipc_frame *frame, struct err *err)
{
	struct {
		struct ipc_writer_batch batch;
		struct ipc_fail fail;
	} asked;
	struct store_receipt receipt;

	if (frame->payload.length != sizeof(asked))
		return err_set(err, ERR_PROTOCOL, "refusal");
	memcpy(&asked, frame->payload.bytes, sizeof(asked));
	if (!batch_is_sound(&asked.batch) || !ipc_member(asked.fail.code).length)
		return err_set(err, ERR_PROTOCOL, "refusal");
	int done = store_batch_refuse(writer->batch, &asked.batch, &asked.fail, NULL, &receipt, err);
	return done < 0 ? done : tell_receipt(writer, asked.batch.batch, &receipt, err);
}

static int attach(struct writer *writer, const struct ipc_frame *frame, struct err *err)
{
	struct {
		struct ipc_writer_batch batch;
		struct ipc_evidence evidence;
	} asked;
	struct store_receipt receipt;

	if (frame->payload.length != sizeof(asked))
		return err_set(err, ERR_PROTOCOL, "attachment");
	memcpy(&asked, frame->payload.bytes, sizeof(asked));
	if (!batch_is_sound(&asked.batch) || !asked.batch.violation[0])
		return err_set(err, ERR_PROTOCOL, "attachment");
	int done = store_attachment(writer->batch, &asked.batch, &asked.evidence, &receipt, err);
	return done < 0 ? done : tell_receipt(writer, asked.batch.batch, &receipt, err);
}

/* What needs statements of its own waits while a batch is being stored. */
static int defer(struct writer *writer, const struct ipc_frame *frame, struct err *err)
{
	struct deferred *deferred = malloc(sizeof(*deferred) + frame->payload.length);

	if (!deferred)
		return err_set(err, ERR_MEMORY, "frame");
	deferred->next = NULL;
	deferred->frame = *frame;
	memcpy(deferred->bytes, frame->payload.bytes, frame->payload.length);
	deferred->frame.payload.bytes = deferred->bytes;
	*writer->deferred_end = deferred;
	writer->deferred_end = &deferred->next;
	return 0;
}

static int run_deferred(struct writer *writer, struct err *err)
{
	int done = 0;

	while (done == 0 && writer->deferred && writer->stage == STAGE_WAITING) {
		struct deferred *deferred = writer->deferred;
		if (deferred->frame.message == IPC_WRITER_REFUSE)
			done = refuse(writer, &deferred->frame, err);
		else if (deferred->frame.message == IPC_WRITER_ATTACHMENT)
			done = attach(writer, &deferred->frame, err);
		else if (deferred->frame.message == IPC_WRITER_FEEDS)
			done = office_look(writer, &deferred->frame, err);
		else if (deferred->frame.message == IPC_WRITER_LETTER_WRITTEN)
			done = office_letter_written(writer, &deferred->frame, err);
		else
			done = tell_enrolment(writer, err);
		writer->deferred = deferred->next;
		if (!writer->deferred)
			writer->deferred_end = &writer->deferred;
		free(deferred);
	}
	return done;
}

static int obey(struct writer *writer, const struct ipc_frame *frame, struct err *err)
{
	int done;

	if (!writer->pg && frame->message != IPC_WRITER_SETUP)
		return err_set(err, ERR_PROTOCOL, "%s before setup", ipc_message_name(frame->message));
	switch (frame->message) {
	case IPC_WRITER_SETUP:
		return set_up(writer, frame, err);
	case IPC_WRITER_OFFICE:
		done = office_set(writer, frame, err);
		return done < 0 ? done : tell_enrolment(writer, err);
	case IPC_WRITER_READER:
		return add_reader(writer, frame, err);
	case IPC_WRITER_BATCH:
		return add_order(writer, frame, err);
	case IPC_WRITER_EVIDENCE:
		return add_evidence(writer, frame, err);
	case IPC_WRITER_ABANDON:
		return abandon(writer, frame, err);
	case IPC_WRITER_REFUSE:
	case IPC_WRITER_ATTACHMENT:
	case IPC_WRITER_REFRESH:
	case IPC_WRITER_FEEDS:
	case IPC_WRITER_LETTER_WRITTEN:
		return defer(writer, frame, err);
	default:
		return err_set(err, ERR_PROTOCOL, "%s", ipc_message_name(frame->message));
	}
}

/* An abandoned order whose reader is gone has nothing left to pass. */
static void drop_orphans(struct writer *writer)
{
	while (first(writer) && first(writer)->abandoned &&
	       !writer->readers[first(writer)->batch.reader].channel)
		order_remove(writer, 0);
}

/* Wait for work and do it. 0 to go on. */
static int serve(struct writer *writer, struct err *err)
{
	struct reader *reader = NULL;
	struct ipc_frame frame;

	drop_orphans(writer);
	int done = clock_turn(writer, err);
	if (done == 0)
		done = run_deferred(writer, err);
	if (done == 0 && office_wait(writer) == 0)
		done = office_pass(writer, err);
	if (done < 0)
		return done;
	if (first(writer) && !writer->ended)
		reader = &writer->readers[first(writer)->batch.reader];
	bool ready = reader && reader->channel && ipc_channel_ready(reader->channel);
	struct pollfd fds[] = {
		{ .fd = ipc_channel_fd(writer->daemon), .events = POLLIN },
		{ .fd = reader && reader->channel ? ipc_channel_fd(reader->channel) : -1,
		  .events = POLLIN },
	};
	bool asked = ipc_channel_ready(writer->daemon);
	if (poll(fds, ARRAY_LENGTH(fds), ready || asked ? 0 : office_wait(writer)) < 0)
		return errno == EINTR ? 0 : err_system(err, "poll");
	if (asked || fds[0].revents) {
		done = ipc_receive(writer->daemon, &frame, err);
		return done < 0 ? done : obey(writer, &frame, err);
	}
	if (ready || fds[1].revents)
		return read_data(writer, reader, err);
	return 0;
}

int main(int argc, char **argv)
{
	static struct writer writer;
	struct err err = { 0 };

	if (argc > 1 && strcmp(argv[1], "--version") == 0) {
		puts("muster-writer " PACKAGE_VERSION);
		return 0;
	}
	log_open("muster-writer", getenv("MUSTER_DEBUG") != NULL);
	writer.deferred_end = &writer.deferred;
	writer.daemon = ipc_channel_new(CONTROL, IPC_WRITER, IPC_DAEMON, 0, &err);
	if (!writer.daemon) {
		fputs("muster-writer: started by musterd, not by hand; see muster-writer(8)\n",
		      stderr);
		return 2;
	}
	if (jail_prepare(0, &err) < 0)
		log_fatal(&err, "jail");
	while (serve(&writer, &err) == 0)
		;
	/* What is open is rolled back by the end of the connection. */
	if (err.code == ERR_SYSTEM && err.number == EPIPE)
		return 0;
	log_error("%s", err.text);
	return err_exit_status(err.code);
}
