#include "daemon/parts.h"

#include "cluster/cluster.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define ROLE "muster_daemon"           /* what the writer is in the database */
#define WRITER_QUEUE ((size_t)8 << 20)
#define READER_QUEUE ((size_t)256 << 20) /* every standard may wait in it */
#define ROSTERS_MOST ((size_t)128 << 20) /* bytes that one reader is told */
#define STEADY 60000                   /* ms after which a writer has proved itself */

void backoff_add(struct backoff *backoff)
{
	int64_t seconds = backoff->failures < 5 ? (int64_t)1 << backoff->failures : 30;

	backoff->failures++;
	backoff->until = daemon_now() + seconds * 1000;
}

/* Root's readers become an account that owns nothing. */
int supervisor_open(struct daemon *daemon, size_t readers, struct err *err)
{
	struct supervisor *supervisor = &daemon->supervisor;

	supervisor->readers = calloc(readers, sizeof(supervisor->readers[0]));
	if (!supervisor->readers)
		return err_set(err, ERR_MEMORY, "no memory for readers");
	supervisor->reader_count = readers;
	return child_reader_user(daemon->config.daemon_reader_user, &supervisor->reader_user, err);
}

static void standards_free(struct standards *standards)
{
	for (size_t i = 0; i < standards->count; i++)
		free((void *)(uintptr_t)standards->bundles[i].bytes);
	free(standards->bundles);
	*standards = (struct standards){ 0 };
}

static int standards_add(struct standards *standards, struct text bundle, struct err *err)
{
	struct text *bundles =
		realloc(standards->bundles, (standards->count + 1) * sizeof(*bundles));
	char *bytes = malloc(bundle.length + 1);

	if (bundles)
		standards->bundles = bundles;
	if (!bundles || !bytes) {
		free(bytes);
		return err_set(err, ERR_MEMORY, "no memory for a standard");
	}
	memcpy(bytes, bundle.bytes, bundle.length);
	bundles[standards->count++] = (struct text){ bytes, bundle.length };
	return 0;
}

static bool standards_equal(const struct standards *a, const struct standards *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (!text_equal(a->bundles[i], b->bundles[i]))
			return false;
	return true;
}

/* The writer ---------------------------------------------------------------------- */

bool supervisor_tell_writer(struct daemon *daemon, enum ipc_message message, struct text head,
			    struct text tail)
{
	struct supervisor *supervisor = &daemon->supervisor;
	struct err err = { 0 };

	if (!supervisor->writer.pid || supervisor->writer_failed)
		return false;
	if (ipc_send(supervisor->writer.control, message, head, tail, -1, &err) < 0) {
		log_error("muster-writer: %s", err.text);
		daemon->trouble = err;
		supervisor->writer_failed = true;
	}
	return !supervisor->writer_failed;
}

static void tell_office(struct daemon *daemon)
{
	supervisor_tell_writer(daemon, IPC_WRITER_OFFICE, TEXT_OF_STRUCT(daemon->office.told),
			       buffer_text(&daemon->office.words));
}

static int start_writer(struct daemon *daemon, struct err *err)
{
	struct supervisor *supervisor = &daemon->supervisor;
	CLEAN(buffer) struct buffer conninfo;
	int failed;

	buffer_init(&conninfo, 4096);
	if ((failed = cluster_ready(&daemon->config, ROLE, &conninfo, err)) < 0)
		return failed;
	struct ipc_writer_setup setup = {
		.reject_limit = (uint32_t)daemon->config.daemon_record_reject_limit,
		.connection_length = (uint32_t)conninfo.length,
		.drop_user = daemon->supervisor.reader_user,
	};
	failed = child_start(&supervisor->writer, daemon->options->libexec, "muster-writer",
			     IPC_WRITER, WRITER_QUEUE, err);
	if (failed)
		return failed;
	supervisor->writer_since = daemon_now();
	supervisor->writer_failed = supervisor->writer_ready = false;
	supervisor->enrolling = false;
	supervisor->refreshing = true; /* it begins with the enrolment, unasked */
	supervisor->refresh_again = false;
	daemon->feeds.asked = false;
	supervisor_tell_writer(daemon, IPC_WRITER_SETUP, TEXT_OF_STRUCT(setup),
			       buffer_text(&conninfo));
	tell_office(daemon);
	explicit_bzero(conninfo.data, conninfo.length);
	return 0;
}

void supervisor_refresh(struct daemon *daemon)
{
	struct supervisor *supervisor = &daemon->supervisor;

	/* What is on its way may have been read before the change. */
	if (supervisor->refreshing) {
		supervisor->refresh_again = true;
		return;
	}
	supervisor->refreshing =
		supervisor_tell_writer(daemon, IPC_WRITER_REFRESH, TEXT_NONE, TEXT_NONE);
}

static void enrolled(struct daemon *daemon)
{
	struct supervisor *supervisor = &daemon->supervisor;
	bool changed = supervisor->coming.count > 0 &&
		       !standards_equal(&supervisor->standards, &supervisor->coming);

	if (!supervisor->enrolling)
		intake_enrol_begin(daemon);
	supervisor->enrolling = false;
	intake_enrol_end(daemon);
	if (changed) {
		standards_free(&supervisor->standards);
		supervisor->standards = supervisor->coming;
		supervisor->coming = (struct standards){ 0 };
	}
	standards_free(&supervisor->coming);
	for (size_t i = 0; i < supervisor->reader_count; i++)
		supervisor->readers[i].outdated |= changed || supervisor->replace_readers;
	supervisor->replace_readers = false;
	supervisor->writer_ready = true;
	supervisor->refreshing = false;
	if (supervisor->refresh_again) {
		supervisor->refresh_again = false;
		supervisor_refresh(daemon);
	} else {
		work_enrolled(daemon);
	}
}

static int from_writer(struct daemon *daemon, const struct ipc_frame *frame, struct err *err)
{
	struct supervisor *supervisor = &daemon->supervisor;
	const struct ipc_instance *instance;

	switch ((int)frame->message) {
	case IPC_WRITER_INSTANCE:
		instance = ipc_payload(frame, sizeof(*instance));
		if (!instance)
			return err_set(err, ERR_PROTOCOL, "no key");
		supervisor->name_key = instance->name_key;
		return 0;
	case IPC_WRITER_STANDARD:
		return standards_add(&supervisor->coming, frame->payload, err);
	case IPC_WRITER_SYSTEM:
		if (!supervisor->enrolling)
			intake_enrol_begin(daemon);
		supervisor->enrolling = true;
		return intake_enrol(daemon, frame, err);
	case IPC_WRITER_ROSTER:
		return intake_roster(daemon, frame, err);
	case IPC_WRITER_ENROLLED:
		enrolled(daemon);
		return 0;
	case IPC_WRITER_REJECTS:
		return work_rejects(daemon, frame, err);
	case IPC_WRITER_RECEIPT:
		supervisor->writer_backoff = (struct backoff){ 0 };
		return work_receipt(daemon, frame, err);
	case IPC_WRITER_LETTER:
		return letter_write(daemon, frame, err);
	case IPC_WRITER_FEEDS_DONE:
		feeds_done(daemon);
		return 0;
	case IPC_WRITER_ABANDONED:
		return work_abandoned(daemon, frame, err);
	default:
		return err_set(err, ERR_PROTOCOL, "%s", ipc_message_name(frame->message));
	}
}

void supervisor_writer(struct daemon *daemon)
{
	struct supervisor *supervisor = &daemon->supervisor;
	struct ipc_frame frame;
	struct err err = { 0 };
	int result = 0;

	child_relay(&supervisor->writer, daemon_now());
	while (!supervisor->writer_failed &&
	       (result = ipc_receive(supervisor->writer.control, &frame, &err)) > 0) {
		result = from_writer(daemon, &frame, &err);
		if (result < 0)
			break;
	}
	if (result >= 0 && !supervisor->writer_failed)
		result = ipc_flush(supervisor->writer.control, &err);
	if (result >= 0)
		return;
	if (!(err.code == ERR_SYSTEM && err.number == EPIPE))
		log_error("muster-writer: %s", err.text);
	daemon->trouble = err;
	supervisor->writer_failed = true;
}

/* The readers --------------------------------------------------------------------- */

static int instruct(struct daemon *daemon, struct reader *reader, struct err *err)
{
	struct supervisor *supervisor = &daemon->supervisor;
	const struct ipc_reader_number number = { reader->number };
	const struct ipc_reader_setup setup = {
		.name_key = supervisor->name_key,
		.content_limit = (uint64_t)daemon->config.spool_max_bytes,
		.ratio_limit = (uint64_t)daemon->config.spool_max_ratio,
		.reject_limit = (uint32_t)daemon->config.daemon_record_reject_limit,
		.drop_user = supervisor->reader_user,
	};
	int pair[2];
	int failed = ipc_pair(pair, err);

	if (failed)
		return failed;
	CLEAN(fd) int to_writer = pair[0], to_reader = pair[1];
	if (ipc_send(supervisor->writer.control, IPC_WRITER_READER, TEXT_OF_STRUCT(number),
		     TEXT_NONE, to_writer, err) < 0) {
		supervisor->writer_failed = true;
		return -(int)err->code;
	}
	failed = ipc_send(reader->child.control, IPC_READER_SETUP, TEXT_OF_STRUCT(setup),
			  TEXT_NONE, to_reader, err);
	for (size_t i = 0; i < supervisor->standards.count && !failed; i++)
		failed = child_tell_standard(reader->child.control,
					     supervisor->standards.bundles[i], err);
	if (!failed)
		failed = ipc_send(reader->child.control, IPC_READER_JAIL, TEXT_NONE, TEXT_NONE, -1,
				  err);
	return failed;
}

/* A number by which the writer expects nothing more from an earlier reader. */
static uint32_t free_number(const struct daemon *daemon)
{
	const struct supervisor *supervisor = &daemon->supervisor;
	uint32_t number = 0;

	for (size_t i = 0; i < supervisor->reader_count;) {
		const struct reader *reader = &supervisor->readers[i++];
		if ((reader->child.pid && reader->number == number) ||
		    work_is_with_reader(daemon, number)) {
			number++;
			i = 0;
		}
	}
	return number;
}

static void start_reader(struct daemon *daemon, struct reader *reader)
{
	struct supervisor *supervisor = &daemon->supervisor;
	struct err err = { 0 };

	*reader = (struct reader){ .number = free_number(daemon) };
	int failed = child_start(&reader->child, daemon->options->libexec, "muster-reader",
				 IPC_READER, READER_QUEUE, &err);
	if (!failed)
		failed = instruct(daemon, reader, &err);
	if (!failed)
		return;
	log_error("muster-reader: %s", err.text);
	daemon->trouble = err;
	if (reader->child.pid)
		reader->failed = true;
	else
		backoff_add(&supervisor->reader_backoff);
}

static int from_reader(struct daemon *daemon, struct reader *reader,
		       const struct ipc_frame *frame, struct err *err)
{
	const struct ipc_reference *reference;

	switch ((int)frame->message) {
	case IPC_READER_READY:
		if (reader->ready)
			return err_set(err, ERR_PROTOCOL, "ready twice");
		reader->ready = true;
		daemon->supervisor.reader_backoff = (struct backoff){ 0 };
		return 0;
	case IPC_READER_IDLE:
		reference = ipc_payload(frame, sizeof(*reference));
		if (!reference || !reader->batch || reference->batch != reader->batch)
			return err_set(err, ERR_PROTOCOL, "idle, but not from what it was given");
		reader->batch = 0;
		return 0;
	default:
		return err_set(err, ERR_PROTOCOL, "%s", ipc_message_name(frame->message));
	}
}

void supervisor_reader(struct daemon *daemon, struct reader *reader)
{
	struct ipc_frame frame;
	struct err err = { 0 };
	int result = 0;

	child_relay(&reader->child, daemon_now());
	while (!reader->failed &&
	       (result = ipc_receive(reader->child.control, &frame, &err)) > 0) {
		result = from_reader(daemon, reader, &frame, &err);
		if (result < 0)
			break;
	}
	if (result >= 0 && !reader->failed)
		result = ipc_flush(reader->child.control, &err);
	if (result >= 0)
		return;
	if (!(err.code == ERR_SYSTEM && err.number == EPIPE))
		log_error("muster-reader[%d]: %s", (int)reader->child.pid, err.text);
	reader->failed = true;
}

struct reader *supervisor_idle_reader(struct daemon *daemon)
{
	struct supervisor *supervisor = &daemon->supervisor;

	for (size_t i = 0; i < supervisor->reader_count; i++) {
		struct reader *reader = &supervisor->readers[i];
		if (reader->ready && !reader->batch && !reader->outdated && !reader->failed)
			return reader;
	}
	return NULL;
}

static struct reader_roster *reader_roster(struct reader *reader, int32_t contractor_id)
{
	for (size_t i = 0; i < reader->roster_count; i++)
		if (reader->rosters[i].contractor_id == contractor_id)
			return &reader->rosters[i];
	struct reader_roster *more =
		reallocarray(reader->rosters, reader->roster_count + 1, sizeof(*more));
	if (!more)
		return NULL;
	reader->rosters = more;
	more[reader->roster_count] = (struct reader_roster){ contractor_id, 0 };
	return &more[reader->roster_count++];
}

static int give_roster(struct reader *reader, const struct contractor *contractor,
		       struct err *err)
{
	const struct roster *roster = &contractor->roster;
	struct reader_roster *has;
	struct ipc_roster head = { .contractor_id = contractor->id,
				   .version = roster->version,
				   .size = roster->size };
	int sent = 0;

	if (!roster->version)
		return 0;
	if (!(has = reader_roster(reader, contractor->id)))
		return err_set(err, ERR_MEMORY, "no memory for a roster");
	if (has->version == roster->version)
		return 0;
	do {
		struct text rest = { roster->bytes + head.offset, roster->size - head.offset };
		struct text piece = text_head(rest, IPC_ROSTER_PIECE);
		sent = ipc_send(reader->child.control, IPC_READER_ROSTER, TEXT_OF_STRUCT(head),
				piece, -1, err);
		head.offset += piece.length;
	} while (sent == 0 && head.offset < head.size);
	has->version = roster->version;
	/* It forgets none: one that was told many gives way to a new one. */
	reader->roster_bytes += roster->size;
	reader->outdated |= reader->roster_bytes > ROSTERS_MOST;
	return sent;
}

bool supervisor_give(struct daemon *daemon, struct reader *reader,
		     const struct contractor *contractor,
		     const struct ipc_reader_batch *batch, struct text zone, int snapshot)
{
	struct err err = { 0 };

	reader->batch = batch->batch;
	if (give_roster(reader, contractor, &err) < 0 ||
	    ipc_send(reader->child.control, IPC_READER_BATCH, TEXT_OF_STRUCT(*batch), zone,
		     snapshot, &err) < 0) {
		log_error("muster-reader[%d]: %s", (int)reader->child.pid, err.text);
		daemon->trouble = err;
		reader->failed = true;
	}
	return !reader->failed;
}

void supervisor_reader_failed(struct daemon *daemon, uint32_t reader)
{
	struct supervisor *supervisor = &daemon->supervisor;

	for (size_t i = 0; i < supervisor->reader_count; i++)
		if (supervisor->readers[i].child.pid && supervisor->readers[i].number == reader)
			supervisor->readers[i].failed = true;
}

/* Ends and starts ----------------------------------------------------------------- */

static void reader_clear(struct reader *reader)
{
	free(reader->rosters);
	*reader = (struct reader){ 0 };
}

static void end_reader(struct daemon *daemon, struct reader *reader)
{
	uint64_t batch = reader->batch;
	uint32_t number = reader->number;
	bool ready = reader->ready, failed = reader->failed;
	char how[CHILD_HOW];

	child_end(&reader->child, how);
	reader_clear(reader);
	if (!failed)
		return;
	daemon_progress_clear(daemon);
	log_error("%s%s", how, batch ? " while it read a log" : "");
	if (!ready) {
		err_set(&daemon->trouble, ERR_SYSTEM, "%s before it was ready", how);
		backoff_add(&daemon->supervisor.reader_backoff);
	}
	work_reader_died(daemon, number, batch);
}

static void end_writer(struct daemon *daemon)
{
	struct supervisor *supervisor = &daemon->supervisor;
	char how[CHILD_HOW];

	bool fault = child_end(&supervisor->writer, how);
	if (daemon_now() - supervisor->writer_since > STEADY)
		supervisor->writer_backoff = (struct backoff){ 0 };
	backoff_add(&supervisor->writer_backoff);
	daemon_progress_clear(daemon);
	log_error("%s; it and the readers are started again", how);
	err_set(&daemon->trouble, ERR_DATABASE, "%s", how);
	/* The readers' channels to it are broken, and none of them is to blame. */
	for (size_t i = 0; i < supervisor->reader_count; i++) {
		child_end(&supervisor->readers[i].child, how);
		reader_clear(&supervisor->readers[i]);
	}
	supervisor->writer_ready = supervisor->writer_failed = false;
	standards_free(&supervisor->coming);
	work_restart(daemon, fault);
}

void supervisor_turn(struct daemon *daemon)
{
	struct supervisor *supervisor = &daemon->supervisor;
	struct err err = { 0 };

	if (supervisor->writer_failed)
		end_writer(daemon);
	for (size_t i = 0; i < supervisor->reader_count; i++) {
		struct reader *reader = &supervisor->readers[i];
		if (reader->failed || (reader->outdated && reader->ready && !reader->batch))
			end_reader(daemon, reader);
	}
	if (!supervisor->writer.pid && supervisor->writer_backoff.until <= daemon_now() &&
	    start_writer(daemon, &err) < 0) {
		log_error("muster-writer: %s", err.text);
		daemon->trouble = err;
		backoff_add(&supervisor->writer_backoff);
	}
	for (size_t i = 0; i < supervisor->reader_count && supervisor->writer_ready; i++)
		if (!supervisor->readers[i].child.pid &&
		    supervisor->reader_backoff.until <= daemon_now())
			start_reader(daemon, &supervisor->readers[i]);
}

int64_t supervisor_next(const struct daemon *daemon)
{
	const struct supervisor *supervisor = &daemon->supervisor;
	int64_t next = INT64_MAX;

	if (!supervisor->writer.pid)
		return supervisor->writer_backoff.until;
	for (size_t i = 0; i < supervisor->reader_count && supervisor->writer_ready; i++)
		if (!supervisor->readers[i].child.pid)
			next = supervisor->reader_backoff.until;
	return next;
}

bool supervisor_ready(const struct daemon *daemon)
{
	const struct supervisor *supervisor = &daemon->supervisor;

	for (size_t i = 0; i < supervisor->reader_count; i++)
		if (!supervisor->readers[i].ready)
			return false;
	return supervisor->writer_ready;
}

void supervisor_close(struct daemon *daemon)
{
	struct supervisor *supervisor = &daemon->supervisor;
	char how[CHILD_HOW];

	for (size_t i = 0; i < supervisor->reader_count; i++) {
		child_end(&supervisor->readers[i].child, how);
		reader_clear(&supervisor->readers[i]);
	}
	child_end(&supervisor->writer, how);
	free(supervisor->readers);
	supervisor->readers = NULL;
	supervisor->reader_count = 0;
	standards_free(&supervisor->standards);
	standards_free(&supervisor->coming);
}
