/* Events, names, hits and rejects on their way into the books. */
#include "store/batch_int.h"

#include <stdio.h>
#include <stdlib.h>

/* Bytes of names or hits kept back: few, so that they go while the reader reads on. */
#define FLUSH_AT ((size_t)512 << 10)
#define REJECTS_ROOM ((size_t)16 << 20)
/* So many rows are not passed over any more. */
#define SESSION_MANY 50000u

int store_batch_new(struct pg *pg, uint32_t reject_limit, struct store_batch **ret_batch,
		    struct err *err)
{
	struct store_batch *batch = calloc(1, sizeof(*batch));

	if (!batch)
		return err_set(err, ERR_MEMORY, "batch");
	batch->pg = pg;
	batch->reject_limit = reject_limit;
	buffer_init(&batch->names, 2 * IPC_LARGEST);
	buffer_init(&batch->hits, 2 * IPC_LARGEST);
	buffer_init(&batch->forgotten, (size_t)1 << 30);
	buffer_init(&batch->sequences, (size_t)16 << 20);
	buffer_init(&batch->rejects, REJECTS_ROOM);
	buffer_init(&batch->reply, sizeof(struct ipc_reply) + IPC_REPLY_TEXT + IPC_REPLY_ATTACHMENTS * 32);
	buffer_init(&batch->receipt, 1u << 20);
	buffer_init(&batch->reject_lines, IPC_LARGEST - sizeof(struct ipc_reference));
	int made = pg_script(pg,
		"CREATE TEMPORARY TABLE IF NOT EXISTS staged_name (id bigint, value text);"
		"CREATE TEMPORARY TABLE IF NOT EXISTS spilled_event (LIKE event) ON COMMIT DELETE ROWS;"
		"CREATE TEMPORARY TABLE IF NOT EXISTS hit (batch_id bigint, time timestamptz, byte_offset bigint, subject bigint,"
		" line integer, byte_length integer, rule_id integer, subject_kind smallint,"
		" level smallint);"
		"CREATE TEMPORARY TABLE IF NOT EXISTS grouped (rule_key text, rule_id integer,"
		" subject_kind text, subject text, day date, severity smallint, level smallint,"
		" count bigint, first_event timestamptz, last_event timestamptz, subject_id bigint,"
		" subject_number smallint)", err);
	if (made == 0)
		made = store_correlated_new(batch, err);
	if (made < 0) {
		store_batch_free(batch);
		return made;
	}
	*ret_batch = batch;
	return 0;
}

void store_batch_free(struct store_batch *batch)
{
	if (!batch)
		return;
	store_batch_rollback(batch);
	store_correlated_free(batch);
	buffer_done(&batch->forgotten);
	buffer_done(&batch->sequences);
	buffer_done(&batch->names);
	buffer_done(&batch->hits);
	buffer_done(&batch->rejects);
	buffer_done(&batch->reply);
	buffer_done(&batch->receipt);
	buffer_done(&batch->reject_lines);
	free(batch);
}

/* Tables of the session ------------------------------------------------------------ */

int store_session_copy_end(struct store_batch *batch, struct pg_copy *copy, struct err *err)
{
	batch->session_rows += (uint64_t)copy->rows;
	return pg_copy_end(copy, NULL, err);
}

int store_session_table_empty(struct store_batch *batch, const char *table, unsigned *turns,
			      struct err *err)
{
	char sql[64];

	snprintf(sql, sizeof(sql), "%s pg_temp.%s", ++*turns % 16 ? "DELETE FROM" : "TRUNCATE", table);
	return pg_script(batch->pg, sql, err);
}

/* With the next batch, while its reader reads: to truncate with each commit is a wait for the disk. */
int store_session_empty(struct store_batch *batch, bool for_good, struct err *err)
{
	batch->session_deleted += batch->session_rows;
	for_good = for_good || batch->session_deleted > SESSION_MANY;
	if (!for_good && batch->session_rows == 0)
		return 0;
	batch->session_rows = 0;
	batch->session_deleted = for_good ? 0 : batch->session_deleted;
	return pg_script(batch->pg, for_good ?
		"TRUNCATE pg_temp.staged_name, pg_temp.hit, pg_temp.grouped, pg_temp.changed,"
		" pg_temp.waiting, pg_temp.run_event, pg_temp.new_run, pg_temp.new_run_hit" :
		"DELETE FROM pg_temp.staged_name; DELETE FROM pg_temp.hit; DELETE FROM pg_temp.grouped;"
		"DELETE FROM pg_temp.changed; DELETE FROM pg_temp.waiting; DELETE FROM pg_temp.run_event;"
		"DELETE FROM pg_temp.new_run; DELETE FROM pg_temp.new_run_hit", err);
}

/* Nothing has come of it yet. */
static void reset(struct store_batch *batch, const struct ipc_writer_batch *delivery)
{
	batch->delivery = delivery;
	batch->copying = batch->spilled = batch->names_staged = false;
	batch->month_count = batch->switches = 0;
	batch->copy_month = -1;
	batch->events = 0;
	batch->first = batch->last = MOMENT_NONE;
	buffer_reset(&batch->names);
	buffer_reset(&batch->hits);
	buffer_reset(&batch->forgotten);
	buffer_reset(&batch->sequences);
	store_correlated_begin(batch);
	buffer_reset(&batch->rejects);
	buffer_reset(&batch->reply);
	buffer_reset(&batch->receipt);
	buffer_reset(&batch->reject_lines);
	batch->reject_count = 0;
}

void store_batch_again(struct store_batch *batch, int64_t id,
		       const struct ipc_writer_batch *delivery)
{
	reset(batch, delivery);
	batch->again = true;
	batch->id = id;
}

static struct text word(struct text *rest)
{
	return text_split(rest, '\0');
}

int store_batch_rules(struct store_batch *batch, struct text keys, int32_t **ret_rules,
		      size_t *ret_count, struct err *err)
{
	size_t count = 0, at = 0;

	if (keys.length && keys.bytes[keys.length - 1] != '\0')
		return err_set(err, ERR_PROTOCOL, "rule keys have no end");
	for (size_t i = 0; i < keys.length; i++)
		count += keys.bytes[i] == '\0';

	CLEAN(pg_result) struct pg_result *result = NULL;
	int asked = pg_query(batch->pg,
		"SELECT encode(s.digest, 'hex') || '/' || r.rule_key, r.id FROM rule r"
		" JOIN standard s ON s.id = r.standard_id",
		PG_NO_VALUES, &result, err);
	if (asked < 0)
		return asked;
	CLEAN(map) struct map known;
	map_init(&known);
	for (size_t row = 0; row < pg_rows(result); row++) {
		bool new;
		union map_value *value = map_add(&known, pg_text(result, row, 0), &new);
		if (!value)
			return err_set(err, ERR_MEMORY, "rules");
		value->number = (uint64_t)pg_number(result, row, 1);
	}
	int32_t *rules = calloc(count + 1, sizeof(*rules));
	if (!rules)
		return err_set(err, ERR_MEMORY, "rules");
	for (struct text rest = keys; at < count; at++) {
		struct text key = word(&rest);
		union map_value *value = map_find(&known, key);
		if (!value) {
			free(rules);
			return err_set(err, ERR_PROTOCOL, "rule %.*s is of no standard in the books",
				       TEXT_PRINT(key));
		}
		rules[at] = (int32_t)value->number;
	}
	*ret_rules = rules;
	*ret_count = count;
	return store_correlated_definitions(batch, rules, count, err);
}

int store_batch_begin(struct store_batch *batch, const struct ipc_writer_batch *delivery,
		      bool *ret_known, struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	char counter[64];

	reset(batch, delivery);
	int done = pg_begin(batch->pg, &batch->transaction, err);
	if (done < 0)
		return done;
	batch->open = true;
	done = store_session_empty(batch, false, err);
	if (done < 0)
		return done;
	done = pg_query(batch->pg, "SELECT 1 FROM delivery WHERE contractor_id = $1 AND id = $2",
			PG_VALUES(PG_NUMBER(delivery->contractor_id), PG_STRING(delivery->delivery)),
			&result, err);
	if (done < 0)
		return done;
	*ret_known = pg_rows(result) > 0;
	if (*ret_known)
		return 0;
	snprintf(counter, sizeof(counter), "batch of %s", delivery->contractor);
	return store_counter_take(batch->pg, counter, 1, &batch->id, err);
}

int store_counter_take(struct pg *pg, const char *name, int64_t count, int64_t *ret_last,
		       struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	int done = pg_query_one(pg,
		"INSERT INTO counter AS c (name, value) VALUES ($1, $2)"
		" ON CONFLICT (name) DO UPDATE SET value = c.value + excluded.value"
		" RETURNING value",
		PG_VALUES(PG_STRING(name), PG_NUMBER(count)), &result, err);

	if (done == 0)
		*ret_last = pg_number(result, 0, 0);
	return done;
}

void store_batch_rollback(struct store_batch *batch)
{
	if (batch->copying)
		pg_copy_abort(&batch->copy);
	batch->copying = false;
	if (batch->open)
		pg_rollback(&batch->transaction);
	batch->open = false;
}

/* Names ------------------------------------------------------------------------ */

int store_batch_names(struct store_batch *batch, struct text payload, struct err *err)
{
	for (struct text rest = payload; rest.length;) {
		struct ipc_name head;
		if (rest.length < sizeof(head))
			return err_set(err, ERR_PROTOCOL, "name is cut short");
		memcpy(&head, rest.bytes, sizeof(head));
		size_t whole = sizeof(head) + (((size_t)head.length + 7) & ~(size_t)7);
		if (head.id == 0 || head.length > IPC_NAME_LONGEST || whole > rest.length)
			return err_set(err, ERR_PROTOCOL, "name is too long");
		struct text value = { rest.bytes + sizeof(head), head.length };
		if (text_utf8_valid(value) != value.length ||
		    text_find_byte(value, '\0') != value.length)
			return err_set(err, ERR_PROTOCOL, "name is no text");
		rest = text_skip(rest, whole);
	}
	buffer_add_text(&batch->names, payload);
	if (batch->names.failed)
		return err_set(err, ERR_MEMORY, "names");
	return batch->names.length > FLUSH_AT ? store_batch_flush(batch, err) : 0;
}

static int copy_names(struct store_batch *batch, struct err *err)
{
	CLEAN(pg_copy) struct pg_copy copy = { 0 };
	int done = pg_copy_begin(batch->pg,
				 "COPY pg_temp.staged_name (id, value) FROM STDIN (FORMAT binary)",
				 &copy, err);

	for (struct text rest = buffer_text(&batch->names); done == 0 && rest.length;) {
		struct ipc_name head;
		memcpy(&head, rest.bytes, sizeof(head));
		pg_copy_row(&copy, 2);
		pg_copy_bigint(&copy, (int64_t)head.id);
		pg_copy_text(&copy, (struct text){ rest.bytes + sizeof(head), head.length });
		rest = text_skip(rest, sizeof(head) + (((size_t)head.length + 7) & ~(size_t)7));
	}
	return done < 0 ? done : store_session_copy_end(batch, &copy, err);
}

/* Those that are not known are added; *ret_all: each of them was. */
static int add_names(struct store_batch *batch, const struct pg_value *contractor, bool *ret_all,
		     struct pg_result **ret_collision, struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	int done = pg_query_one(batch->pg,
		"WITH told AS MATERIALIZED ("
		"  SELECT s.id, s.value, n.value AS known FROM pg_temp.staged_name s"
		"  LEFT JOIN LATERAL (SELECT n.value FROM name n"
		"   WHERE n.contractor_id = $1 AND n.id = s.id OFFSET 0) n ON true),"
		" fresh AS MATERIALIZED (SELECT DISTINCT id, value FROM told WHERE known IS NULL),"
		" added AS (INSERT INTO name (contractor_id, id, value)"
		"  SELECT $1::integer, id, value FROM fresh ON CONFLICT DO NOTHING RETURNING id)"
		" SELECT (SELECT id FROM told WHERE known <> value LIMIT 1),"
		" (SELECT count(*) FROM fresh) = (SELECT count(*) FROM added)",
		contractor, 1, &result, err);

	if (done < 0)
		return done;
	*ret_all = pg_bool(result, 0, 1);
	if (!pg_is_null(result, 0, 0)) {
		*ret_collision = result;
		result = NULL;
	}
	return 0;
}

/* Two strings under one id would make one person answer for another. */
int store_names_insert(struct store_batch *batch, struct err *err)
{
	CLEAN(pg_result) struct pg_result *collision = NULL;
	const struct pg_value contractor = PG_NUMBER(batch->delivery->contractor_id);
	bool all = false;
	int done = add_names(batch, &contractor, &all, &collision, err);

	if (done == 0 && !all && !collision)
		done = pg_query(batch->pg,
			"SELECT id FROM pg_temp.staged_name s WHERE s.value <>"
			" (SELECT n.value FROM name n WHERE n.contractor_id = $1 AND n.id = s.id)"
			" LIMIT 1", &contractor, 1, &collision, err);
	if (done < 0)
		return done;
	if (collision && pg_rows(collision))
		return err_set(err, ERR_PROTOCOL, "two names have the identity %llx",
			       (unsigned long long)pg_number(collision, 0, 0));
	return 0;
}

static int flush_names(struct store_batch *batch, struct err *err)
{
	int done = 0;

	if (batch->names.length == 0)
		return 0;
	if (batch->names_staged && !batch->again)
		done = pg_script(batch->pg, "TRUNCATE pg_temp.staged_name", err);
	batch->names_staged = true;
	if (done == 0)
		done = copy_names(batch, err);
	buffer_reset(&batch->names);
	return done < 0 || batch->again ? done : store_names_insert(batch, err);
}

/* Hits ------------------------------------------------------------------------- */

int store_batch_hits(struct store_batch *batch, struct text payload, const int32_t *rules,
		     size_t rule_count, struct err *err)
{
	struct ipc_hit hit;

	if (payload.length % sizeof(hit))
		return err_set(err, ERR_PROTOCOL, "hit is cut short");
	for (size_t at = 0; at < payload.length; at += sizeof(hit)) {
		memcpy(&hit, payload.bytes + at, sizeof(hit));
		if (hit.rule >= rule_count || hit.subject == 0 || hit.level > 5 ||
		    hit.subject_kind >= STORE_SUBJECT_KINDS || hit.line > INT32_MAX ||
		    hit.length > INT32_MAX || hit.offset > INT64_MAX)
			return err_set(err, ERR_PROTOCOL, "hit is out of range");
		hit.rule = (uint32_t)rules[hit.rule];
		buffer_add(&batch->hits, &hit, sizeof(hit));
	}
	if (batch->hits.failed)
		return err_set(err, ERR_MEMORY, "hits");
	return batch->hits.length > FLUSH_AT ? store_batch_flush(batch, err) : 0;
}

static int flush_hits(struct store_batch *batch, struct err *err)
{
	CLEAN(pg_copy) struct pg_copy copy = { 0 };

	if (batch->hits.length == 0)
		return 0;
	int done = pg_copy_begin(batch->pg,
		"COPY pg_temp.hit (batch_id, time, byte_offset, subject, line, byte_length, rule_id,"
		" subject_kind, level) FROM STDIN (FORMAT binary)", &copy, err);
	if (done < 0)
		return done;
	for (size_t at = 0; at < batch->hits.length; at += sizeof(struct ipc_hit)) {
		struct ipc_hit hit;
		memcpy(&hit, batch->hits.data + at, sizeof(hit));
		pg_copy_row(&copy, 9);
		pg_copy_bigint(&copy, batch->id);
		pg_copy_moment(&copy, hit.time);
		pg_copy_bigint(&copy, (int64_t)hit.offset);
		pg_copy_bigint(&copy, (int64_t)hit.subject);
		pg_copy_integer(&copy, (int32_t)hit.line);
		pg_copy_integer(&copy, (int32_t)hit.length);
		pg_copy_integer(&copy, (int32_t)hit.rule);
		pg_copy_smallint(&copy, hit.subject_kind);
		pg_copy_smallint(&copy, hit.level);
	}
	buffer_reset(&batch->hits);
	return store_session_copy_end(batch, &copy, err);
}

/* Rejects ---------------------------------------------------------------------- */

int store_batch_rejects(struct store_batch *batch, struct text payload, struct err *err)
{
	for (struct text rest = payload; rest.length;) {
		struct ipc_reject head;
		if (rest.length < sizeof(head))
			return err_set(err, ERR_PROTOCOL, "reject is cut short");
		memcpy(&head, rest.bytes, sizeof(head));
		size_t whole = sizeof(head) + (((size_t)head.length + 7) & ~(size_t)7);
		if (whole > rest.length || head.line > INT64_MAX || head.offset > INT64_MAX ||
		    !ipc_member(head.code).length)
			return err_set(err, ERR_PROTOCOL, "reject is out of range");
		struct text reason = { rest.bytes + sizeof(head), head.length };
		if (text_utf8_valid(reason) != reason.length ||
		    text_find_byte(reason, '\0') != reason.length)
			return err_set(err, ERR_PROTOCOL, "reason is no text");
		rest = text_skip(rest, whole);
		if (batch->reject_count++ >= batch->reject_limit)
			return err_set(err, ERR_PROTOCOL, "more rejects than were asked for");
	}
	buffer_add_text(&batch->rejects, payload);
	return batch->rejects.failed ? err_set(err, ERR_LIMIT, "too many rejects") : 0;
}

/* Events ----------------------------------------------------------------------- */

/* Months since year 0; 0 for moments that go to the last partition. */
static int month_of(int64_t moment)
{
	struct civil c = calendar_civil(moment);

	return c.year >= 2000 && c.year < 2100 ? c.year * 12 + c.month - 1 : 0;
}

int store_batch_copy_end(struct store_batch *batch, struct err *err)
{
	if (!batch->copying)
		return 0;
	batch->copying = false;
	int done = pg_copy_end(&batch->copy, NULL, err);
	if (done < 0 || !batch->spilled)
		return done;
	return pg_script(batch->pg,
		"INSERT INTO event SELECT * FROM pg_temp.spilled_event;"
		"TRUNCATE pg_temp.spilled_event", err);
}

/* 0: it is there; 1: too many different months, refused. */
static int partition_ensure(struct store_batch *batch, int64_t moment, int month,
			    struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;

	for (size_t i = 0; i < batch->month_count; i++)
		if (batch->months[i] == month)
			return 0;
	if (batch->month_count == STORE_MONTHS_MOST) {
		ipc_fail_fill(&batch->refusal, IPC_REFUSED_SPREAD,
			      "events lie in more than %d months", STORE_MONTHS_MOST);
		return 1;
	}
	int done = store_batch_copy_end(batch, err);
	if (done == 0)
		done = pg_query_one(batch->pg, "SELECT event_partition($1)",
				    PG_VALUES(PG_MOMENT(moment)), &result, err);
	if (done < 0)
		return done;
	batch->months[batch->month_count++] = month;
	return 0;
}

/*
 * COPY straight into the partition of the event's month, which spares the
 * routing of each row; once a log jumps between months, by way of a table of
 * the session, since nothing can be copied into one with row-level security.
 */
static int copy_for(struct store_batch *batch, int64_t moment, struct err *err)
{
	int month = month_of(moment);
	char table[32] = "pg_temp.spilled_event", sql[512];
	int done = partition_ensure(batch, moment, month, err);

	if (done != 0)
		return done;
	if (batch->copying && (batch->spilled || batch->copy_month == month))
		return 0;
	done = store_batch_copy_end(batch, err);
	if (done < 0)
		return done;
	/* To go on where it was left off is no jump. */
	batch->switches += month != batch->copy_month;
	batch->spilled = batch->switches > STORE_SWITCHES_MOST;
	if (!batch->spilled && month)
		snprintf(table, sizeof(table), "event_%04d_%02d", month / 12, month % 12 + 1);
	else if (!batch->spilled)
		snprintf(table, sizeof(table), "event_other");
	snprintf(sql, sizeof(sql),
		 "COPY %s (contractor_id, batch_id, line, byte_length, byte_offset, time, identity,"
		 " actor, object, host, address, session, bytes, action, outcome, level)"
		 " FROM STDIN (FORMAT binary)", table);
	done = pg_copy_begin(batch->pg, sql, &batch->copy, err);
	batch->copying = done == 0;
	batch->copy_month = month;
	/* The month's bounds, so that the next events need no calendar. */
	struct civil c = calendar_civil(moment);
	batch->month_from = calendar_days(c.year, c.month, 1) * 86400 * MICROSECONDS;
	batch->month_to = (calendar_days(c.year + c.month / 12, c.month % 12 + 1, 1)) * 86400 *
			  MICROSECONDS;
	return done;
}

static inline void copy_name(struct pg_copy *copy, uint64_t id)
{
	if (id)
		pg_copy_bigint(copy, (int64_t)id);
	else
		pg_copy_null(copy);
}

static void copy_event(struct store_batch *batch, const struct ipc_event *event)
{
	struct pg_copy *copy = &batch->copy;

	pg_copy_row(copy, 16);
	pg_copy_integer(copy, batch->delivery->contractor_id);
	pg_copy_bigint(copy, batch->id);
	pg_copy_integer(copy, (int32_t)event->line);
	pg_copy_integer(copy, (int32_t)event->length);
	pg_copy_bigint(copy, (int64_t)event->offset);
	pg_copy_bigint(copy, event->time - PG_EPOCH);
	pg_copy_bigint(copy, (int64_t)event->identity);
	copy_name(copy, event->actor);
	copy_name(copy, event->object);
	copy_name(copy, event->host);
	copy_name(copy, event->address);
	copy_name(copy, event->session);
	if (event->bytes >= 0)
		pg_copy_bigint(copy, event->bytes);
	else
		pg_copy_null(copy);
	pg_copy_smallint(copy, event->action);
	pg_copy_smallint(copy, event->outcome);
	pg_copy_smallint(copy, event->level);
}

static bool in_range(const struct ipc_event *event)
{
	return event->time >= MOMENT_LEAST && event->time < MOMENT_MOST &&
	       event->line <= INT32_MAX && event->length <= INT32_MAX &&
	       event->offset <= INT64_MAX && event->action <= 127 && event->outcome <= 2 &&
	       event->level <= 5 && event->bytes >= -1;
}

int store_batch_events(struct store_batch *batch, struct text payload, struct err *err)
{
	const size_t size = sizeof(struct ipc_event);

	if (payload.length % size)
		return err_set(err, ERR_PROTOCOL, "event is cut short");
	if (batch->first == MOMENT_NONE && payload.length) {
		batch->first = INT64_MAX;
		batch->last = INT64_MIN + 1;
	}
	for (const char *p = payload.bytes, *end = p + payload.length; p < end; p += size) {
		const struct ipc_event *event = (const void *)p;
		if (UNLIKELY(!in_range(event)))
			return err_set(err, ERR_PROTOCOL, "event is out of range");
		if (UNLIKELY(!batch->copying || event->time < batch->month_from ||
			     event->time >= batch->month_to)) {
			int done = copy_for(batch, event->time, err);
			if (done != 0)
				return done;
		}
		copy_event(batch, event);
		if (event->time < batch->first)
			batch->first = event->time;
		if (event->time > batch->last)
			batch->last = event->time;
	}
	batch->events += payload.length / size;
	return 0;
}

int store_batch_flush(struct store_batch *batch, struct err *err)
{
	int done = store_batch_copy_end(batch, err);

	/* A few names wait for more: each time costs more than they do. */
	if (done == 0 && batch->names.length > FLUSH_AT / 4)
		done = flush_names(batch, err);
	if (done == 0)
		done = flush_hits(batch, err);
	if (done == 0)
		done = store_correlated_flush(batch, err);
	return done;
}

int store_batch_flush_all(struct store_batch *batch, struct err *err)
{
	int done = store_batch_copy_end(batch, err);

	if (done == 0)
		done = flush_names(batch, err);
	return done < 0 ? done : store_batch_flush(batch, err);
}

const struct ipc_fail *store_batch_refusal(const struct store_batch *batch)
{
	return &batch->refusal;
}
