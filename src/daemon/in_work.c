#include "daemon/parts.h"

#include <stdlib.h>
#include <unistd.h>

#define REJECTS_LARGEST ((size_t)256 << 20)
#define READER_DEATHS 2                /* of one log, then it is refused */
#define WRITER_DEATHS 2

_Static_assert((int)SPOOL_PLAIN == (int)IPC_PLAIN && (int)SPOOL_GZIP == (int)IPC_GZIP &&
		       (int)SPOOL_ZSTD == (int)IPC_ZSTD,
	       "the rooms spool and ipc count encodings alike");

static bool in_use(const struct work *work)
{
	return work->contractor != NULL;
}

size_t work_count(const struct daemon *daemon)
{
	size_t count = 0;

	for (size_t i = 0; i < daemon->work_room; i++)
		count += in_use(&daemon->work[i]);
	return count;
}

static struct work *find(struct daemon *daemon, uint64_t batch)
{
	for (size_t i = 0; i < daemon->work_room; i++)
		if (in_use(&daemon->work[i]) && daemon->work[i].batch == batch)
			return &daemon->work[i];
	return NULL;
}

/* Forget what this attempt has made; the claimed file and its identity stay. */
static void begin_again(struct work *work, enum work_state state)
{
	spool_snapshot_free(work->snapshot);
	work->snapshot = NULL;
	work->hashed = work->kept = false;
	buffer_done(&work->rejects);
	work->batch = 0;
	work->state = state;
}

static void done(struct work *work)
{
	begin_again(work, WORK_NEW);
	*work = (struct work){ 0 };
}

/* This machine failed; nothing is lost, and it is tried again later. */
static void hold(struct daemon *daemon, struct work *work, const struct err *err)
{
	daemon_progress_clear(daemon);
	log_error("contractor %s: %s: %s; it is tried again", work->contractor->code,
		  work->delivery.name, err->text);
	daemon->trouble = *err;
	begin_again(work, WORK_HELD);
	backoff_add(&work->backoff);
}

void work_take(struct daemon *daemon)
{
	for (size_t i = 0; i < daemon->work_room; i++) {
		struct work *work = &daemon->work[i];
		struct contractor *contractor;
		struct spool_delivery delivery;
		if (in_use(work))
			continue;
		if (!intake_next(daemon, &contractor, &delivery))
			return;
		crash_point("claim");
		*work = (struct work){ .state = WORK_NEW,
				       .contractor = contractor,
				       .delivery = delivery };
		buffer_init(&work->rejects, REJECTS_LARGEST);
		log_debug("contractor %s: %s is claimed as %s", contractor->code, delivery.name,
			  delivery.id);
	}
}

/* Telling the writer -------------------------------------------------------------- */

static struct ipc_writer_batch describe(const struct work *work, const struct system *system,
					uint32_t reader)
{
	struct ipc_writer_batch batch = {
		.batch = work->batch,
		.reader = reader,
		.contractor_id = work->contractor->id,
		.system_id = system ? system->id : 0,
		.encoding = (uint32_t)work->encoding,
		.received = work->delivery.received,
		.roster = work->contractor->roster.version,
	};

	snprintf(batch.contractor, sizeof(batch.contractor), "%s", work->contractor->code);
	if (work->delivery.kind == SPOOL_LOG)
		snprintf(batch.system_name, sizeof(batch.system_name), "%.*s",
			 (int)sizeof(batch.system_name) - 1, work->delivery.system);
	else
		snprintf(batch.violation, sizeof(batch.violation), "%.*s",
			 (int)sizeof(batch.violation) - 1, work->delivery.system);
	snprintf(batch.delivery, sizeof(batch.delivery), "%s", work->delivery.id);
	snprintf(batch.name, sizeof(batch.name), "%s", work->delivery.name);
	return batch;
}

static void refuse(struct daemon *daemon, struct work *work, enum ipc_refusal refusal)
{
	struct ipc_fail fail;

	begin_again(work, WORK_TOLD);
	work->batch = ++daemon->last_batch;
	struct ipc_writer_batch batch = describe(
		work, contractor_system(work->contractor, work->delivery.system), 0);
	ipc_fail_fill(&fail, refusal, "%s", ipc_refusal_describe(refusal)->meaning);
	supervisor_tell_writer(daemon, IPC_WRITER_REFUSE, TEXT_OF_STRUCT(batch),
			       TEXT_OF_STRUCT(fail));
}

static struct ipc_evidence evidence_of(const struct work *work)
{
	struct ipc_evidence evidence = { .batch = work->batch,
					 .bytes = spool_snapshot_bytes(work->snapshot) };

	memcpy(evidence.sha256, work->sha256, sizeof(evidence.sha256));
	return evidence;
}

static void tell_evidence(struct daemon *daemon, struct work *work)
{
	struct ipc_evidence evidence = evidence_of(work);

	supervisor_tell_writer(daemon, IPC_WRITER_EVIDENCE, TEXT_OF_STRUCT(evidence),
			       TEXT_NONE);
}

/* Steps: each does a slice of its work; true where there is more at once ------------ */

static bool begin(struct daemon *daemon, struct work *work)
{
	uint64_t most = (uint64_t)daemon->config.spool_max_bytes;
	enum ipc_refusal refusal = SPOOL_NOT_REFUSED;
	struct err err = { 0 };
	CLEAN(fd) int fd = -1;

	if (work->writer_deaths >= WRITER_DEATHS) {
		refuse(daemon, work, IPC_REFUSED_INTERNAL);
		return false;
	}
	if (spool_delivery_open(daemon->spool, work->contractor->code, &work->delivery, most,
				&fd, &refusal, &err) < 0) {
		hold(daemon, work, &err);
		return false;
	}
	if (refusal != SPOOL_NOT_REFUSED) {
		refuse(daemon, work, refusal);
		return false;
	}
	if (spool_encoding_of(fd, work->delivery.name, &work->encoding, &err) < 0) {
		hold(daemon, work, &err);
		return false;
	}
	work->snapshot = spool_snapshot_new(daemon->spool, fd_take(&fd), most, &err);
	if (!work->snapshot) {
		hold(daemon, work, &err);
		return false;
	}
	work->state = WORK_COPYING;
	return true;
}

static bool copy(struct daemon *daemon, struct work *work)
{
	enum ipc_refusal refusal = SPOOL_NOT_REFUSED;
	struct err err = { 0 };
	int more = spool_snapshot_copy(work->snapshot, &refusal, &err);

	if (more < 0) {
		hold(daemon, work, &err);
	} else if (refusal != SPOOL_NOT_REFUSED) {
		refuse(daemon, work, refusal);
	} else if (more == 0) {
		crash_point("snapshot");
		work->state = WORK_READY;
	}
	return more >= 0 && refusal == SPOOL_NOT_REFUSED;
}

static bool hash(struct daemon *daemon, struct work *work)
{
	struct err err = { 0 };
	int more = spool_snapshot_hash(work->snapshot, &err);

	if (more < 0)
		hold(daemon, work, &err);
	else if (more == 0)
		work->hashed = true;
	return more >= 0;
}

static bool keep(struct daemon *daemon, struct work *work)
{
	struct err err = { 0 };

	/*
	 * After a failed fsync() nobody knows what is on the disk, and the next
	 * one may well say that all is good: begin from the claimed file.
	 */
	if (spool_snapshot_keep(work->snapshot, work->sha256, &err) < 0) {
		if (work->state != WORK_GIVEN) {
			hold(daemon, work, &err);
			return false;
		}
		log_error("contractor %s: %s: %s", work->contractor->code, work->delivery.name,
			  err.text);
		daemon->trouble = err;
		struct ipc_reference reference = { work->batch };
		backoff_add(&work->backoff);
		work->state = WORK_ABANDONED;
		supervisor_tell_writer(daemon, IPC_WRITER_ABANDON, TEXT_OF_STRUCT(reference),
				       TEXT_NONE);
		return false;
	}
	crash_point("evidence-linked");
	work->kept = true;
	if (work->state == WORK_GIVEN)
		tell_evidence(daemon, work);
	return true;
}

/* An attachment is kept as it is; nobody here looks into it. */
static void tell_attachment(struct daemon *daemon, struct work *work)
{
	work->batch = ++daemon->last_batch;
	struct ipc_writer_batch batch = describe(work, NULL, 0);
	struct ipc_evidence evidence = evidence_of(work);
	work->state = WORK_TOLD;
	supervisor_tell_writer(daemon, IPC_WRITER_ATTACHMENT, TEXT_OF_STRUCT(batch),
			       TEXT_OF_STRUCT(evidence));
}

/* Give a copied log or reply to a reader that has nothing to do. */
static bool give(struct daemon *daemon, struct work *work)
{
	static const struct system reply = { .format = IPC_FORMAT_REPLY };
	struct reader *reader = supervisor_idle_reader(daemon);
	const struct system *system =
		work->delivery.kind == SPOOL_REPLY ?
			&reply :
			contractor_system(work->contractor, work->delivery.system);
	struct ipc_reader_batch order = { .delivered = work->delivery.received,
					  .encoding = (uint32_t)work->encoding,
					  .contractor_id = work->contractor->id,
					  .roster = work->contractor->roster.version };
	struct err err = { 0 };

	if (!system && work->refreshed) {
		refuse(daemon, work, IPC_REFUSED_UNKNOWN_SYSTEM);
		return false;
	}
	if (!system) {
		work->state = WORK_UNKNOWN;
		supervisor_refresh(daemon);
		return false;
	}
	if (!reader)
		return false;
	CLEAN(fd) int copied = spool_snapshot_open(work->snapshot, &err);
	if (copied < 0) {
		hold(daemon, work, &err);
		return false;
	}
	work->batch = order.batch = ++daemon->last_batch;
	work->roster = order.roster;
	memcpy(order.format, system->format, sizeof(order.format));
	order.zone_length = (uint32_t)system->zone_length;
	struct ipc_writer_batch batch = describe(work, system, reader->number);
	work->reader = reader->number;
	work->state = WORK_GIVEN;
	/* First the writer, so that it knows what the reader's frames are about. */
	if (!supervisor_tell_writer(daemon, IPC_WRITER_BATCH, TEXT_OF_STRUCT(batch), TEXT_NONE))
		return false;
	if (!supervisor_give(daemon, reader, work->contractor, &order,
			     (struct text){ system->zone, system->zone_length }, copied))
		return false;
	if (work->kept)
		tell_evidence(daemon, work);
	return true;
}

static bool step(struct daemon *daemon, struct work *work)
{
	bool more = false;

	if (work->state == WORK_HELD && work->backoff.until <= daemon_now())
		work->state = WORK_NEW;
	if (work->state == WORK_NEW)
		return begin(daemon, work);
	if (work->state == WORK_COPYING)
		return copy(daemon, work);
	if (work->state == WORK_READY && work->delivery.kind != SPOOL_ATTACHMENT)
		more = give(daemon, work);
	/* What was given away is read at the same time as it is hashed. */
	if (work->state != WORK_READY && work->state != WORK_GIVEN)
		return more;
	if (!work->hashed)
		return hash(daemon, work);
	if (!work->kept)
		return keep(daemon, work);
	if (work->state == WORK_READY && work->delivery.kind == SPOOL_ATTACHMENT)
		tell_attachment(daemon, work);
	return more;
}

bool work_step(struct daemon *daemon)
{
	bool more = false;

	for (size_t i = 0; i < daemon->work_room && daemon->supervisor.writer_ready; i++)
		if (in_use(&daemon->work[i]))
			more |= step(daemon, &daemon->work[i]);
	return more;
}

int64_t work_next(const struct daemon *daemon)
{
	int64_t next = INT64_MAX;

	for (size_t i = 0; i < daemon->work_room; i++) {
		const struct work *work = &daemon->work[i];
		if (in_use(work) && work->state == WORK_HELD && work->backoff.until < next)
			next = work->backoff.until;
	}
	return next;
}

/* Answers ------------------------------------------------------------------------- */

static struct work *of_reference(struct daemon *daemon, const struct ipc_frame *frame,
				 struct err *err)
{
	const struct ipc_reference *reference = ipc_payload(frame, sizeof(*reference));

	if (!reference) {
		err_set(err, ERR_PROTOCOL, "%s is not whole", ipc_message_name(frame->message));
		return NULL;
	}
	struct work *work = find(daemon, reference->batch);
	if (!work || (work->state != WORK_GIVEN && work->state != WORK_ABANDONED &&
		      work->state != WORK_TOLD)) {
		err_set(err, ERR_PROTOCOL, "%s is about nothing that is in work",
			ipc_message_name(frame->message));
		return NULL;
	}
	return work;
}

int work_rejects(struct daemon *daemon, const struct ipc_frame *frame, struct err *err)
{
	struct work *work = of_reference(daemon, frame, err);

	if (!work)
		return -(int)ERR_PROTOCOL;
	buffer_add_text(&work->rejects, text_skip(frame->payload, sizeof(struct ipc_reference)));
	if (work->rejects.failed)
		log_warning("contractor %s: %s: not all rejected lines fit into its .rejects",
			    work->contractor->code, work->delivery.name);
	return 0;
}

/* The number that a receipt has under a key, for the log. */
static uint64_t number_in(struct text receipt, const char *key)
{
	char quoted[40];
	uint64_t number = 0;
	size_t digits = 0;

	snprintf(quoted, sizeof(quoted), "\"%s\":", key);
	struct text at = text_skip(receipt, text_find(receipt, text_of(quoted)));
	at = text_trim(text_skip(at, strlen(quoted)));
	while (digits < at.length && is_digit(at.bytes[digits]))
		digits++;
	return text_to_u64(text_head(at, digits), &number) ? number : 0;
}

static struct text reason_in(struct text receipt)
{
	static const struct text key = { "\"reason\":", 9 };
	struct text at = text_skip(receipt, text_find(receipt, key));

	at = text_trim(text_skip(at, key.length));
	if (!at.length || at.bytes[0] != '"')
		return TEXT("no reason given");
	at = text_skip(at, 1);
	return text_head(at, text_find_byte(at, '"'));
}

static void tell_outcome(const struct daemon *daemon, const struct work *work, uint32_t outcome,
			 struct text receipt)
{
	daemon_progress_clear(daemon);
	if (outcome == IPC_REFUSED)
		log_info("%s %s: refused: %.*s", work->contractor->code, work->delivery.name,
			 TEXT_PRINT(reason_in(receipt)));
	else if (!daemon->shows_progress)
		log_info("%s %s: %s, %llu records, %llu accepted, %llu rejected, %llu duplicates",
			 work->contractor->code, work->delivery.name,
			 outcome == IPC_ACCEPTED ? "accepted" : "accepted with rejects",
			 (unsigned long long)number_in(receipt, "records"),
			 (unsigned long long)number_in(receipt, "accepted"),
			 (unsigned long long)number_in(receipt, "rejected"),
			 (unsigned long long)number_in(receipt, "duplicates"));
}

/* Durable answers first; the claimed file goes last, so that a crash repeats this. */
static int answer(struct daemon *daemon, struct work *work, uint32_t outcome,
		  struct text receipt, struct err *err)
{
	const char *code = work->contractor->code;
	int failed = spool_rejects_write(daemon->spool, code, work->delivery.name,
					 buffer_text(&work->rejects), err);

	if (!failed)
		failed = spool_receipt_write(daemon->spool, code, work->delivery.name, receipt,
					     err);
	if (failed)
		return failed;
	crash_point("receipt-written");
	crash_point("before-unlink");
	return outcome == IPC_REFUSED ?
		       spool_delivery_refuse(daemon->spool, code, &work->delivery, err) :
		       spool_delivery_remove(daemon->spool, code, &work->delivery, err);
}

int work_receipt(struct daemon *daemon, const struct ipc_frame *frame, struct err *err)
{
	const struct ipc_receipt *receipt = ipc_payload(frame, sizeof(*receipt));
	struct err failure = { 0 };

	if (!receipt || receipt->length != frame->payload.length - sizeof(*receipt) ||
	    !receipt->length || receipt->outcome > IPC_REFUSED)
		return err_set(err, ERR_PROTOCOL, "a receipt is not whole");
	struct work *work = of_reference(daemon, frame, err);
	if (!work)
		return -(int)ERR_PROTOCOL;
	struct text text = text_skip(frame->payload, sizeof(*receipt));
	/* The books have it; given to the writer again, it gets the same receipt again. */
	if (answer(daemon, work, receipt->outcome, text, &failure) < 0) {
		hold(daemon, work, &failure);
		return 0;
	}
	tell_outcome(daemon, work, receipt->outcome, text);
	daemon->late.wanted |= receipt->outcome != IPC_REFUSED &&
			       work->roster < work->contractor->roster.version;
	daemon->done++;
	done(work);
	return 0;
}

int work_abandoned(struct daemon *daemon, const struct ipc_frame *frame, struct err *err)
{
	const struct ipc_reference *reference = ipc_payload(frame, sizeof(*reference));
	struct work *work = reference ? find(daemon, reference->batch) : NULL;

	if (!reference)
		return err_set(err, ERR_PROTOCOL, "%s is not whole",
			       ipc_message_name(frame->message));
	/* Its receipt may have been under way already. */
	if (!work || (work->state != WORK_ABANDONED && work->state != WORK_GIVEN))
		return 0;
	/* Unasked: the reader has sent what it may not, or has died. */
	if (work->state == WORK_GIVEN) {
		work->reader_deaths++;
		supervisor_reader_failed(daemon, work->reader);
	}
	if (work->reader_deaths >= READER_DEATHS) {
		daemon_progress_clear(daemon);
		log_error("contractor %s: %s has ended %u readers and is refused",
			  work->contractor->code, work->delivery.name, work->reader_deaths);
		refuse(daemon, work, IPC_REFUSED_KILLED_READER);
		return 0;
	}
	begin_again(work, work->backoff.failures ? WORK_HELD : WORK_NEW);
	return 0;
}

void work_reader_died(struct daemon *daemon, uint32_t reader, uint64_t batch)
{
	for (size_t i = 0; i < daemon->work_room; i++) {
		struct work *work = &daemon->work[i];
		struct ipc_reference reference = { work->batch };
		if (!in_use(work) || work->state != WORK_GIVEN || work->reader != reader)
			continue;
		work->reader_deaths += work->batch == batch;
		work->state = WORK_ABANDONED;
		supervisor_tell_writer(daemon, IPC_WRITER_ABANDON, TEXT_OF_STRUCT(reference),
				       TEXT_NONE);
	}
}

bool work_is_with_reader(const struct daemon *daemon, uint32_t reader)
{
	for (size_t i = 0; i < daemon->work_room; i++) {
		const struct work *work = &daemon->work[i];
		if ((work->state == WORK_GIVEN || work->state == WORK_ABANDONED) &&
		    work->reader == reader)
			return true;
	}
	return false;
}

/* What the writer had before it: it takes logs in the order they were given. */
static struct work *oldest_given(struct daemon *daemon)
{
	struct work *oldest = NULL;

	for (size_t i = 0; i < daemon->work_room; i++) {
		struct work *work = &daemon->work[i];
		if (in_use(work) && work->state == WORK_GIVEN &&
		    (!oldest || work->batch < oldest->batch))
			oldest = work;
	}
	return oldest;
}

void work_restart(struct daemon *daemon, bool fault)
{
	struct work *blamed = fault ? oldest_given(daemon) : NULL;

	if (blamed && ++blamed->writer_deaths == WRITER_DEATHS)
		log_error("contractor %s: %s has ended %u writers and is refused",
			  blamed->contractor->code, blamed->delivery.name,
			  blamed->writer_deaths);
	for (size_t i = 0; i < daemon->work_room; i++)
		if (in_use(&daemon->work[i]) && daemon->work[i].state != WORK_HELD)
			begin_again(&daemon->work[i], WORK_NEW);
}

void work_enrolled(struct daemon *daemon)
{
	for (size_t i = 0; i < daemon->work_room; i++) {
		struct work *work = &daemon->work[i];
		if (!in_use(work) || work->state != WORK_UNKNOWN)
			continue;
		work->refreshed = true;
		work->state = WORK_READY;
	}
}

void work_close(struct daemon *daemon)
{
	for (size_t i = 0; i < daemon->work_room; i++)
		done(&daemon->work[i]);
	free(daemon->work);
	daemon->work = NULL;
	daemon->work_room = 0;
}
