/* The end of a batch: repetitions, violations, the delivery and its receipt. */
#include "store/batch_int.h"
#include "roster/roster.h"
#include "store/suppression.h"

#include <stdio.h>

/* Repetitions ------------------------------------------------------------------ */

/*
 * The stretch of time in which the batch's system has delivered before, cut
 * to the batch's own. *ret_overlap: there is one.
 */
static int overlap(struct store_batch *batch, bool *ret_overlap, int64_t *ret_from,
		   int64_t *ret_to, struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	int done = pg_query_one(batch->pg,
		"SELECT min(first_event), max(last_event) FROM batch"
		" WHERE contractor_id = $1 AND system_id = $2"
		" AND last_event >= $3 AND first_event <= $4",
		PG_VALUES(PG_NUMBER(batch->delivery->contractor_id),
			  PG_NUMBER(batch->delivery->system_id), PG_MOMENT(batch->first),
			  PG_MOMENT(batch->last)), &result, err);

	if (done < 0 || pg_is_null(result, 0, 0))
		return done;
	*ret_overlap = true;
	if (pg_moment(result, 0, 0) > batch->first)
		*ret_from = pg_moment(result, 0, 0);
	if (pg_moment(result, 0, 1) < batch->last)
		*ret_to = pg_moment(result, 0, 1);
	return 0;
}

static int forget_repeats(struct store_batch *batch, bool in_batch, int64_t *ret_forgotten,
			  struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	int64_t from = batch->first, to = batch->last;
	bool overlaps = false;

	*ret_forgotten = 0;
	if (batch->events == 0)
		return 0;
	int done = overlap(batch, &overlaps, &from, &to, err);
	if (done < 0 || (!overlaps && !in_batch))
		return done;
	/* Two steps: what the function takes out must be gone before hits are cleaned. */
	done = pg_query(batch->pg,
		"SELECT event_forget_repeats($1, $2, $3, $4, $5, $6)",
		PG_VALUES(PG_NUMBER(batch->delivery->contractor_id),
			  PG_NUMBER(batch->delivery->system_id), PG_NUMBER(batch->id),
			  PG_MOMENT(from), PG_MOMENT(to), PG_BOOL(in_batch)), &result, err);
	if (done < 0)
		return done;
	*ret_forgotten = (int64_t)pg_rows(result);
	if (*ret_forgotten == 0)
		return 0;

	CLEAN(pg_copy) struct pg_copy copy = { 0 };
	done = pg_script(batch->pg,
		"CREATE TEMPORARY TABLE forgotten (byte_offset bigint) ON COMMIT DROP", err);
	if (done == 0)
		done = pg_copy_begin(batch->pg,
			"COPY pg_temp.forgotten (byte_offset) FROM STDIN (FORMAT binary)", &copy, err);
	if (done < 0)
		return done;
	for (size_t row = 0; row < pg_rows(result); row++) {
		pg_copy_row(&copy, 1);
		int64_t offset = pg_number(result, row, 0);
		pg_copy_bigint(&copy, offset);
		buffer_add(&batch->forgotten, &offset, sizeof(offset));
	}
	if (batch->forgotten.failed)
		return err_set(err, ERR_MEMORY, "repeated records");
	done = pg_copy_end(&copy, NULL, err);
	if (done == 0)
		done = pg_script(batch->pg,
			"DELETE FROM pg_temp.hit h USING pg_temp.forgotten f"
			" WHERE f.byte_offset = h.byte_offset", err);
	return done;
}

/* Violations ------------------------------------------------------------------- */

#define SAME_VIOLATION \
	" v.contractor_id = $1 AND v.rule_key = g.rule_key AND v.subject_kind = g.subject_kind" \
	" AND v.subject = g.subject AND v.day = g.day AND v.run = 0"

int store_hits_group(struct store_batch *batch, struct err *err)
{
	return pg_query(batch->pg,
		"INSERT INTO pg_temp.grouped"
		" SELECT r.rule_key, max(h.rule_id), k.kind, n.value,"
		"  (h.time AT TIME ZONE 'UTC')::date, max(r.severity), max(h.level), count(*),"
		"  min(h.time), max(h.time)"
		" FROM pg_temp.hit h JOIN rule r ON r.id = h.rule_id"
		" JOIN name n ON n.contractor_id = $1 AND n.id = h.subject"
		" CROSS JOIN LATERAL (SELECT (ARRAY['actor','object','host','address','session'])"
		"  [h.subject_kind + 1] AS kind) k"
		" GROUP BY 1, 3, 4, 5",
		PG_VALUES(PG_NUMBER(batch->delivery->contractor_id)), NULL, err);
}

static int extend_violations(struct store_batch *batch, bool rejected, int64_t *ret_new,
			     struct err *err)
{
	const struct pg_value contractor = PG_NUMBER(batch->delivery->contractor_id);
	CLEAN(pg_result) struct pg_result *result = NULL;
	int done = pg_query(batch->pg,
		"UPDATE violation v SET count = v.count + g.count,"
		" first_event = least(v.first_event, g.first_event),"
		" last_event = greatest(v.last_event, g.last_event),"
		" level = greatest(v.level, g.level), severity = greatest(v.severity, g.severity),"
		" evidence_rejected = v.evidence_rejected OR $2::boolean"
		" FROM pg_temp.grouped g WHERE" SAME_VIOLATION,
		PG_VALUES(contractor, PG_BOOL(rejected)), NULL, err);

	if (done == 0)
		done = pg_query_one(batch->pg,
			"SELECT count(*) FROM pg_temp.grouped g"
			" WHERE NOT EXISTS (SELECT FROM violation v WHERE" SAME_VIOLATION ")",
			&contractor, 1, &result, err);
	if (done == 0)
		*ret_new = pg_number(result, 0, 0);
	return done;
}

static int open_violations(struct store_batch *batch, bool rejected, int64_t new,
			   struct err *err)
{
	struct civil received = calendar_civil(batch->delivery->received);
	char of_contractor[64], of_year[64];
	int64_t last_id, last_number;

	snprintf(of_contractor, sizeof(of_contractor), "violation of %s",
		 batch->delivery->contractor);
	snprintf(of_year, sizeof(of_year), "violation number of %04d", received.year);
	int done = store_counter_take(batch->pg, of_contractor, new, &last_id, err);
	if (done == 0)
		done = store_counter_take(batch->pg, of_year, new, &last_number, err);
	if (done < 0)
		return done;
	done = pg_query(batch->pg,
		"INSERT INTO violation (contractor_id, id, number, rule_key, rule_id,"
		" subject_kind, subject, day, severity, level, count, first_event, last_event,"
		" opened_at, clock_started, due, points, suppressed_until, evidence_rejected)"
		" SELECT $1, $2 + nth, 'V-' || lpad($4::text, 4, '0') || '-' ||"
		"  CASE WHEN $3 + nth < 1000000 THEN lpad(($3 + nth)::text, 6, '0')"
		"  ELSE ($3 + nth)::text END,"
		"  rule_key, rule_id, subject_kind, subject, day, severity, level, count,"
		"  first_event, last_event, $5, $5, CASE WHEN severity >= 4"
		"  THEN (SELECT opening_due($5, true)) ELSE (SELECT opening_due($5, false)) END, rule_points(rule_id),"
		" suppressed_until($1, rule_key, subject, severity, $5), $6::boolean"
		" FROM (SELECT g.*, row_number() OVER"
		"  (ORDER BY day, rule_key, subject_kind COLLATE \"C\", subject COLLATE \"C\") AS nth"
		"  FROM pg_temp.grouped g"
		"  WHERE NOT EXISTS (SELECT FROM violation v WHERE" SAME_VIOLATION ")) new",
		PG_VALUES(PG_NUMBER(batch->delivery->contractor_id), PG_NUMBER(last_id - new),
			  PG_NUMBER(last_number - new), PG_NUMBER(received.year),
			  PG_MOMENT(batch->delivery->received), PG_BOOL(rejected)), NULL, err);
	return done < 0 || batch->again ?
		       done :
		       store_suppressed_record(batch->pg, batch->delivery->contractor_id,
						  last_id - new + 1, last_id, err);
}

/* rejected: some records of the batch were. */
static int violations(struct store_batch *batch, bool rejected, struct err *err)
{
	int64_t new = 0;
	int done = store_hits_group(batch, err);

	if (done == 0)
		done = extend_violations(batch, rejected, &new, err);
	if (done == 0 && new)
		done = open_violations(batch, rejected, new, err);
	if (done < 0)
		return done;
	return pg_query(batch->pg,
		"INSERT INTO violation_event (contractor_id, violation_id, batch_id, byte_offset,"
		" line, byte_length, time, rule_id)"
		" SELECT $1, v.id, $2, h.byte_offset, h.line, h.byte_length, h.time, h.rule_id"
		" FROM pg_temp.hit h JOIN rule r ON r.id = h.rule_id"
		" JOIN name n ON n.contractor_id = $1 AND n.id = h.subject"
		" JOIN violation v ON v.contractor_id = $1 AND v.rule_key = r.rule_key"
		"  AND v.subject_kind ="
		"   (ARRAY['actor','object','host','address','session'])[h.subject_kind + 1]"
		"  AND v.subject = n.value AND v.day = (h.time AT TIME ZONE 'UTC')::date AND v.run = 0"
		" ON CONFLICT DO NOTHING",
		PG_VALUES(PG_NUMBER(batch->delivery->contractor_id), PG_NUMBER(batch->id)), NULL,
		err);
}

/* Rejects ---------------------------------------------------------------------- */

static int copy_rejects(struct store_batch *batch, struct err *err)
{
	CLEAN(pg_copy) struct pg_copy copy = { 0 };

	if (batch->rejects.length == 0)
		return 0;
	/* Tables with policies take no COPY. */
	int done = pg_script(batch->pg,
		"CREATE TEMPORARY TABLE rejected (LIKE reject) ON COMMIT DROP", err);
	if (done == 0)
		done = pg_copy_begin(batch->pg,
		"COPY pg_temp.rejected FROM STDIN (FORMAT binary)", &copy, err);
	for (struct text rest = buffer_text(&batch->rejects); done == 0 && rest.length;) {
		struct ipc_reject head;
		memcpy(&head, rest.bytes, sizeof(head));
		pg_copy_row(&copy, 6);
		pg_copy_integer(&copy, batch->delivery->contractor_id);
		pg_copy_bigint(&copy, batch->id);
		pg_copy_bigint(&copy, (int64_t)head.line);
		pg_copy_bigint(&copy, (int64_t)head.offset);
		pg_copy_text(&copy, ipc_member(head.code));
		pg_copy_text(&copy, (struct text){ rest.bytes + sizeof(head), head.length });
		rest = text_skip(rest, sizeof(head) + (((size_t)head.length + 7) & ~(size_t)7));
	}
	if (done == 0)
		done = pg_copy_end(&copy, NULL, err);
	return done < 0 ? done : pg_script(batch->pg,
		"INSERT INTO reject (contractor_id, batch_id, line, byte_offset, code, reason)"
		" SELECT contractor_id, batch_id, line, byte_offset, code, reason"
		" FROM pg_temp.rejected", err);
}

/* NAME.rejects, as it is in the books: the same bytes every time. */
static int tell_rejects(struct store_batch *batch, int64_t batch_id, struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	struct json json = json_to(&batch->reject_lines);
	int done = pg_query(batch->pg,
		"SELECT line, byte_offset, code, reason FROM reject"
		" WHERE contractor_id = $1 AND batch_id = $2 ORDER BY byte_offset, line, code",
		PG_VALUES(PG_NUMBER(batch->delivery->contractor_id), PG_NUMBER(batch_id)),
		&result, err);

	if (done < 0)
		return done;
	buffer_reset(&batch->reject_lines);
	for (size_t row = 0; row < pg_rows(result); row++) {
		size_t before = batch->reject_lines.length;
		json.comma = false;
		json_begin_object(&json, NULL);
		json_number(&json, "line", pg_number(result, row, 0));
		json_number(&json, "offset", pg_number(result, row, 1));
		json_text(&json, "code", pg_text(result, row, 2));
		json_text(&json, "reason", pg_text(result, row, 3));
		json_end_object(&json);
		buffer_add_byte(&batch->reject_lines, '\n');
		if (batch->reject_lines.failed) {
			/* More than a frame holds: the file ends with the last whole line. */
			batch->reject_lines.failed = false;
			batch->reject_lines.length = before;
			break;
		}
	}
	return 0;
}

/* The delivery and its receipt --------------------------------------------------- */

static const char *const outcome_names[] = { "accepted", "accepted-with-rejects", "refused" };

static void hex(struct json *json, const char *key, const uint8_t digest[32])
{
	char text[65];

	for (int i = 0; i < 32; i++)
		snprintf(text + 2 * i, 3, "%02x", digest[i]);
	json_string(json, key, text);
}

static void write_receipt(struct store_batch *batch, const struct ipc_writer_batch *delivery,
			  const struct delivery_facts *facts)
{
	struct json json = json_to(&batch->receipt);

	buffer_reset(&batch->receipt);
	json_begin_object(&json, NULL);
	json_text(&json, "batch", ipc_member(delivery->name));
	json_text(&json, "contractor", ipc_member(delivery->contractor));
	json_string(&json, "system", delivery->system_name[0] ? delivery->system_name : NULL);
	if (facts->evidence)
		hex(&json, "sha256", facts->evidence);
	else
		json_null(&json, "sha256");
	if (facts->content)
		hex(&json, "content_sha256", facts->content);
	json_string(&json, "outcome", outcome_names[facts->outcome]);
	json_number(&json, "records", facts->counts.records);
	json_number(&json, "accepted", facts->counts.accepted);
	json_number(&json, "rejected", facts->counts.rejected);
	json_number(&json, "duplicates", facts->counts.duplicates);
	json_string(&json, "reason", facts->code);
	json_string(&json, "explanation", facts->reason);
	if (facts->batch_id)
		json_number(&json, "batch_number", facts->batch_id);
	else
		json_null(&json, "batch_number");
	json_moment(&json, "first_event", facts->first);
	json_moment(&json, "last_event", facts->last);
	json_text(&json, "delivery", ipc_member(delivery->delivery));
	json_moment(&json, "received_at", delivery->received);
	json_end_object(&json);
	buffer_add_byte(&batch->receipt, '\n');
}

static struct pg_value digest_value(const uint8_t *digest)
{
	return digest ? PG_BYTES(((struct text){ (const char *)digest, 32 })) : PG_NULL;
}

static int insert_delivery(struct store_batch *batch, const struct ipc_writer_batch *delivery,
			   const struct delivery_facts *facts, struct err *err)
{
	write_receipt(batch, delivery, facts);
	if (batch->receipt.failed)
		return err_set(err, ERR_MEMORY, "receipt");
	return pg_query(batch->pg,
		"INSERT INTO delivery (contractor_id, id, name, system_id, batch_id,"
		" evidence_sha256, outcome, reason, records, accepted, rejected, duplicates,"
		" receipt, received_at)"
		" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
		PG_VALUES(PG_NUMBER(delivery->contractor_id), PG_STRING(delivery->delivery),
			  PG_STRING(delivery->name),
			  delivery->system_id ? PG_NUMBER(delivery->system_id) : PG_NULL,
			  facts->batch_id ? PG_NUMBER(facts->batch_id) : PG_NULL,
			  digest_value(facts->evidence), PG_STRING(outcome_names[facts->outcome]),
			  facts->code ? PG_STRING(facts->code) : PG_NULL,
			  PG_NUMBER(facts->counts.records), PG_NUMBER(facts->counts.accepted),
			  PG_NUMBER(facts->counts.rejected), PG_NUMBER(facts->counts.duplicates),
			  PG_TEXT(buffer_text(&batch->receipt)), PG_MOMENT(delivery->received)),
		NULL, err);
}

static int insert_batch(struct store_batch *batch, const struct ipc_end *end,
			const struct ipc_evidence *evidence, const uint8_t *content,
			const struct counts *counts, struct err *err)
{
	static const char *const encodings[] = { "plain", "gzip", "zstd" };
	const struct ipc_writer_batch *delivery = batch->delivery;

	return pg_query(batch->pg,
		"INSERT INTO batch (contractor_id, id, system_id, content_sha256,"
		" evidence_sha256, encoding, content_bytes, records, accepted, rejected,"
		" duplicates, first_event, last_event, received_at, roster)"
		" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
		PG_VALUES(PG_NUMBER(delivery->contractor_id), PG_NUMBER(batch->id),
			  PG_NUMBER(delivery->system_id), digest_value(content),
			  digest_value(evidence->sha256),
			  PG_STRING(encodings[delivery->encoding]),
			  PG_NUMBER((int64_t)end->content_bytes), PG_NUMBER(counts->records),
			  PG_NUMBER(counts->accepted), PG_NUMBER(counts->rejected),
			  PG_NUMBER(counts->duplicates), PG_MOMENT(batch->first),
			  PG_MOMENT(batch->last), PG_MOMENT(delivery->received),
			  PG_NUMBER(delivery->roster)),
		NULL, err);
}

int store_unknown_insert(struct store_batch *batch, const struct ipc_end *end, struct err *err)
{
	int done = 0;

	for (int i = 0; i < ROSTER_KIND_COUNT && done == 0; i++) {
		if (end->unknown[i] == 0)
			continue;
		done = pg_query(
			batch->pg,
			"INSERT INTO batch_unknown (contractor_id, batch_id, kind, events)"
			" VALUES ($1, $2, $3, $4)",
			PG_VALUES(PG_NUMBER(batch->delivery->contractor_id), PG_NUMBER(batch->id),
				  PG_STRING(roster_kind_describe((enum roster_kind)i)->name),
				  PG_NUMBER((int64_t)end->unknown[i])),
			NULL, err);
	}
	return done;
}

bool store_unknown_agree(const struct ipc_end *end)
{
	for (size_t i = 0; i < IPC_REFERENCE_KINDS; i++)
		if (end->unknown[i] > end->events ||
		    (i >= ROSTER_KIND_COUNT && end->unknown[i] > 0))
			return false;
	return true;
}

/* The batch that holds this content already. 1: there is one; 0: none. */
static int find_content(struct store_batch *batch, const uint8_t *content,
			struct delivery_facts *ret_facts, struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	int done = pg_query(batch->pg,
		"SELECT id, records, first_event, last_event FROM batch"
		" WHERE contractor_id = $1 AND system_id = $2 AND content_sha256 = $3",
		PG_VALUES(PG_NUMBER(batch->delivery->contractor_id),
			  PG_NUMBER(batch->delivery->system_id), digest_value(content)),
		&result, err);

	if (done < 0 || pg_rows(result) == 0)
		return done;
	ret_facts->batch_id = pg_number(result, 0, 0);
	ret_facts->counts.records = ret_facts->counts.duplicates = pg_number(result, 0, 1);
	ret_facts->first = pg_moment(result, 0, 2);
	ret_facts->last = pg_moment(result, 0, 3);
	return 1;
}

int store_batch_finish(struct store_batch *batch, const struct delivery_facts *facts,
		       struct store_receipt *ret_receipt, struct err *err)
{
	int done = insert_delivery(batch, batch->delivery, facts, err);

	crash_point("before-commit");
	if (done == 0)
		done = pg_commit(&batch->transaction, err);
	if (done < 0)
		return done;
	batch->open = false;
	crash_point("after-commit");
	*ret_receipt = (struct store_receipt){ facts->outcome, buffer_text(&batch->receipt),
					       buffer_text(&batch->reject_lines) };
	return 0;
}

int store_batch_begin_again(struct store_batch *batch, struct err *err)
{
	store_batch_rollback(batch);
	int done = pg_begin(batch->pg, &batch->transaction, err);
	batch->open = done == 0;
	return done;
}

static int settle_known_content(struct store_batch *batch, struct delivery_facts *facts,
				struct store_receipt *ret_receipt, struct err *err)
{
	int done = store_batch_begin_again(batch, err);

	facts->outcome = IPC_ACCEPTED;
	facts->code = "already-received";
	facts->reason = "this content was delivered before; nothing was added";
	buffer_reset(&batch->reject_lines);
	return done < 0 ? done : store_batch_finish(batch, facts, ret_receipt, err);
}

int store_batch_commit(struct store_batch *batch, const struct ipc_end *end,
		       const struct ipc_evidence *evidence, struct store_receipt *ret_receipt,
		       struct err *err)
{
	struct delivery_facts facts = { .evidence = evidence->sha256,
					.content = batch->delivery->encoding == IPC_PLAIN
							   ? evidence->sha256 : end->content_sha256 };
	uint64_t told = batch->reject_limit < end->rejects ? batch->reject_limit : end->rejects;

	if (end->events != batch->events || end->records != end->events + end->rejects ||
	    batch->reject_count != told || end->content_bytes > INT64_MAX ||
	    end->records > INT64_MAX || end->maybe_repeated > 1 ||
	    !store_unknown_agree(end))
		return err_set(err, ERR_PROTOCOL, "the counts of the batch do not agree");
	int done = store_batch_flush_all(batch, err);
	if (done < 0)
		return done;
	int known = find_content(batch, facts.content, &facts, err);
	if (known != 0)
		return known < 0 ? known : settle_known_content(batch, &facts, ret_receipt, err);

	if (batch->events == 0)
		batch->first = batch->last = MOMENT_NONE;
	struct counts *counts = &facts.counts;
	done = forget_repeats(batch, end->maybe_repeated, &counts->duplicates, err);
	counts->records = (int64_t)end->records;
	counts->rejected = (int64_t)end->rejects;
	counts->accepted = (int64_t)end->events - counts->duplicates;
	facts.batch_id = batch->id;
	facts.first = batch->first;
	facts.last = batch->last;
	facts.outcome = counts->rejected ? IPC_ACCEPTED_WITH_REJECTS : IPC_ACCEPTED;
	if (counts->rejected) {
		facts.code = "records-rejected";
		facts.reason = "each rejected record stands in the .rejects file with line, offset and reason";
	}
	if (done == 0)
		done = insert_batch(batch, end, evidence, facts.content, counts, err);
	if (done == 0)
		done = store_unknown_insert(batch, end, err);
	if (done == 0)
		done = copy_rejects(batch, err);
	if (done == 0)
		done = violations(batch, counts->rejected > 0, err);
	if (done == 0)
		done = store_correlated_settle(batch, err);
	if (done == 0)
		done = store_sequences_settle(batch, counts->duplicates, err);
	if (done == 0)
		done = tell_rejects(batch, batch->id, err);
	return done < 0 ? done : store_batch_finish(batch, &facts, ret_receipt, err);
}

int store_batch_refuse(struct store_batch *batch, const struct ipc_writer_batch *delivery,
		       const struct ipc_fail *fail, const struct ipc_evidence *evidence,
		       struct store_receipt *ret_receipt, struct err *err)
{
	struct delivery_facts facts = { .outcome = IPC_REFUSED,
					.code = fail->code,
					.reason = fail->reason,
					.evidence = evidence ? evidence->sha256 : NULL,
					.first = MOMENT_NONE,
					.last = MOMENT_NONE };
	bool known;

	store_batch_rollback(batch);
	int done = store_batch_begin(batch, delivery, &known, err);
	if (done < 0)
		return done;
	if (known)
		return store_batch_settle(batch, ret_receipt, err);
	/* A refusal uses up no batch number. */
	done = store_batch_begin_again(batch, err);
	return done < 0 ? done : store_batch_finish(batch, &facts, ret_receipt, err);
}

int store_batch_settle(struct store_batch *batch, struct store_receipt *ret_receipt,
		       struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	int done = pg_query_one(batch->pg,
		"SELECT receipt, outcome, batch_id, reason FROM delivery"
		" WHERE contractor_id = $1 AND id = $2",
		PG_VALUES(PG_NUMBER(batch->delivery->contractor_id),
			  PG_STRING(batch->delivery->delivery)), &result, err);

	if (done < 0)
		return done;
	buffer_reset(&batch->receipt);
	buffer_add_text(&batch->receipt, pg_text(result, 0, 0));
	buffer_reset(&batch->reject_lines);
	ret_receipt->outcome = IPC_ACCEPTED;
	for (size_t i = 0; i < ARRAY_LENGTH(outcome_names); i++)
		if (text_equal(pg_text(result, 0, 1), text_of(outcome_names[i])))
			ret_receipt->outcome = (enum ipc_outcome)i;
	if (ret_receipt->outcome == IPC_ACCEPTED_WITH_REJECTS)
		done = tell_rejects(batch, pg_number(result, 0, 2), err);
	store_batch_rollback(batch);
	ret_receipt->receipt = buffer_text(&batch->receipt);
	ret_receipt->rejects = buffer_text(&batch->reject_lines);
	return done;
}
