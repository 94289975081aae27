/*
 * Runs in the books are the runs of the whole, for random rules, records,
 * batches, orders, repetitions and batches given up half way, and when they
 * are judged again. MUSTER_SEED=N repeats a case; MUSTER_CASES=N asks for more
 * of them.
 */
#include "runs-case.h"

#define CASES 60

static void deliver(struct one_case *c, const size_t *which, size_t count, bool give_up)
{
	CLEAN(buffer) struct buffer events;
	CLEAN(buffer) struct buffer hits;
	static uint64_t deliveries;
	struct ipc_writer_batch order = { .contractor_id = c->contractor, .system_id = 1,
					  .received = START + 500 * 86400 * MICROSECONDS };
	struct ipc_end end = { .records = count, .events = count };
	struct ipc_evidence evidence = { .bytes = 1 };
	struct store_receipt receipt;
	bool known;

	buffer_init(&events, 1 << 20);
	buffer_init(&hits, 1 << 20);
	for (size_t i = 0; i < count; i++)
		add_record(c, &c->records[which[i]], &events, &hits);
	deliveries++;
	memcpy(evidence.sha256, &deliveries, sizeof(deliveries));
	snprintf(order.contractor, sizeof(order.contractor), "%s", c->code);
	snprintf(order.system_name, sizeof(order.system_name), "web");
	snprintf(order.delivery, sizeof(order.delivery), "d%" PRIu64, deliveries);
	snprintf(order.name, sizeof(order.name), "web.%" PRIu64, deliveries);
	ck_ok(store_batch_begin(c->batch, &order, &known, &err));
	store_batch_judged_by(c->batch, c->rules, c->rule_count);
	tell_names(c);
	ck_ok(store_batch_events(c->batch, buffer_text(&events), &err));
	ck_ok(store_batch_correlated(c->batch, buffer_text(&hits), c->rules, c->rule_count, &err));
	if (give_up) {
		store_batch_rollback(c->batch);
		return;
	}
	ck_ok(store_batch_commit(c->batch, &end, &evidence, &receipt, &err));
	for (size_t i = 0; i < count; i++)
		if (!c->delivered[which[i]])
			c->came_in[which[i]] = c->batch_count;
	memcpy(c->batches[c->batch_count].which, which, count * sizeof(*which));
	c->batches[c->batch_count++].count = count;
}

/* The runs that there should be of one group; became is of the lower one. */
static size_t expected(const struct one_case *c, uint64_t group, bool upper,
		       struct oracle_run *runs)
{
	struct correlate_hit hits[ORACLE_HITS];
	struct oracle_run below_runs[ORACLE_HITS];
	size_t count = 0, below_count = 0;
	struct correlate_rule rule = upper ? c->up : c->low;

	rule.reach_from = INT64_MAX;
	rule.reach_to = INT64_MIN;
	rule.known_from = INT64_MAX;
	for (size_t i = 0; i < c->count; i++) {
		const struct record *r = &c->records[i];
		if (c->reached[i] && r->time < rule.reach_from)
			rule.reach_from = r->time;
		if (c->reached[i] && r->time > rule.reach_to)
			rule.reach_to = r->time;
		if (c->delivered[i] && r->group && r->direct && r->position != 0 &&
		    r->time < rule.known_from)
			rule.known_from = r->time;
	}
	for (size_t i = 0; i < c->count; i++) {
		const struct record *r = &c->records[i];
		if (!c->delivered[i] || r->group != group || r->direct == upper)
			continue;
		hits[count++] = (struct correlate_hit){
			.time = r->time,
			.identity = { r->identity, 0 },
			.rule = upper ? 1 : r->position,
			.value = { (const char *)&r->value, sizeof(r->value) },
			.number = (double)r->value,
			.point = { 0, (int32_t)r->value * 1000000 },
		};
		if (c->low.type == CORRELATE_ABSENCE && !r->value)
			hits[count - 1].value = TEXT_NONE;
	}
	if (upper)
		below_count = expected(c, group, false, below_runs);
	for (size_t i = 0; i < below_count; i++)
		hits[count++] = (struct correlate_hit){ .time = below_runs[i].became,
							.identity = { below_runs[i].identity, 0 } };
	return oracle_runs(&rule, hits, count, runs);
}

static void compare(const struct one_case *c, const char *when)
{
	for (uint64_t group = 1; group <= 2; group++) {
		for (int upper = 0; upper < 2; upper++) {
			CLEAN(pg_result) struct pg_result *result = NULL;
			struct oracle_run runs[ORACLE_HITS];
			size_t count = expected(c, group, upper, runs);
			ck_ok(pg_query(owner,
				"SELECT v.first_event, v.last_event, v.count, r.count,"
				" (SELECT count(*) FROM violation_event e WHERE e.contractor_id = $1"
				"  AND e.violation_id = v.id AND e.time BETWEEN v.first_event"
				"  AND v.last_event) FROM run r JOIN violation v"
				" ON v.contractor_id = $1 AND v.id = r.violation_id"
				" AND v.first_event = r.first_hit AND (v.last_event = r.last_hit"
				"  OR (v.last_event = v.first_event AND r.last_hit > now() + '1000 years'))"
				" WHERE r.contractor_id = $1 AND v.rule_key = $2 AND v.subject = $3"
				" AND v.state = 'flagged' ORDER BY 1",
				PG_VALUES(PG_NUMBER(c->contractor), PG_STRING(upper ? "UP" : "LOW"),
					  PG_STRING(group == 1 ? "user.name=ann" : "user.name=bob")),
				&result, &err));
			bool same = count == pg_rows(result);
			for (size_t i = 0; i < count; i++)
				if (runs[i].last == CORRELATE_OPEN)
					runs[i].last = runs[i].first;
			for (size_t i = 0; same && i < count; i++)
				same = pg_moment(result, i, 0) == runs[i].first &&
				       pg_moment(result, i, 1) == runs[i].last &&
				       pg_number(result, i, 2) == (int64_t)runs[i].count &&
				       pg_number(result, i, 3) == (int64_t)runs[i].count &&
				       pg_number(result, i, 4) >= (int64_t)runs[i].count;
			for (size_t i = 0; !same && i < pg_rows(result); i++)
				printf("%d..%d %d (%d, evidence %d), not %d..%d %d\n",
				       (int)((pg_moment(result, i, 0) - START) / MICROSECONDS),
				       (int)((pg_moment(result, i, 1) - START) / MICROSECONDS),
				       (int)pg_number(result, i, 2), (int)pg_number(result, i, 3),
				       (int)pg_number(result, i, 4),
				       i < count ? (int)((runs[i].first - START) / MICROSECONDS) : 0,
				       i < count ? (int)((runs[i].last - START) / MICROSECONDS) : 0,
				       i < count ? (int)runs[i].count : 0);
			fflush(stdout);
			if (!same && getenv("MUSTER_SEED")) {
				printf("timespan %d before %d distinct %d known %d open %d rules %d\n", (int)(c->low.timespan / MICROSECONDS), (int)(c->low.before / MICROSECONDS), c->low.distinct, c->low.where_known, c->low.open, c->low.rule_count);
				for (size_t i = 0; i < c->count; i++)
					if (c->delivered[i])
						printf("%d group %d direct %d position %d value %d\n", (int)((c->records[i].time - START) / MICROSECONDS), (int)c->records[i].group, c->records[i].direct, c->records[i].position, (int)c->records[i].value);
			}
			fflush(stdout);
			ck_assert_msg(same, "MUSTER_SEED=%" PRIu64 ": %s: %s of type %d: %zu runs, not %zu",
				      seed, when, upper ? "UP" : "LOW", (int)(upper ? c->up.type : c->low.type),
				      pg_rows(result), count);
		}
	}
}

static void nothing_is_left_over(const struct one_case *c)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	ck_ok(pg_query_one(owner,
		"SELECT count(*) FROM violation v WHERE v.contractor_id = $1 AND CASE v.state"
		" WHEN 'flagged' THEN NOT EXISTS (SELECT FROM run r WHERE r.contractor_id = $1"
		"  AND r.violation_id = v.id)"
		" WHEN 'merged' THEN NOT EXISTS (SELECT FROM violation o WHERE o.contractor_id = $1"
		"  AND o.id = v.merged_into AND o.id < v.id AND o.rule_key = v.rule_key)"
		" ELSE v.state <> 'withdrawn' END",
		PG_VALUES(PG_NUMBER(c->contractor)), &result, &err));
	ck_assert_msg(pg_number(result, 0, 0) == 0, "MUSTER_SEED=%" PRIu64 ": violations without a run",
		      seed);
}

/* In any order, or the latest first. */
static void random_order(const struct one_case *c, size_t *order)
{
	bool backwards = below(3) == 0;
	for (size_t i = 0; i < c->count; i++)
		order[i] = i;
	for (size_t i = c->count; i > 1; i--) {
		size_t other = below((uint32_t)i), kept = order[i - 1];
		order[i - 1] = order[other];
		order[other] = kept;
	}
	for (size_t i = 1; backwards && i < c->count; i++)
		for (size_t k = i; k && c->records[order[k]].time > c->records[order[k - 1]].time; k--) {
			size_t kept = order[k];
			order[k] = order[k - 1];
			order[k - 1] = kept;
		}
}

/* Judging again --------------------------------------------------------------------------- */

static void send(struct store_replay *replay, size_t reader, enum ipc_message message,
		 const void *bytes, size_t size)
{
	const struct ipc_frame frame = { message, { bytes, size }, -1 };
	ck_ok(store_replay_frame(replay, reader, &frame, &err));
}

/* As a reader sends it, but nothing of the records that are silent. */
static void send_log(struct one_case *c, struct store_replay *replay, size_t reader,
		     const struct store_replay_log *log)
{
	CLEAN(buffer) struct buffer events;
	CLEAN(buffer) struct buffer hits;
	const struct ipc_reference reference = { (uint64_t)log->batch };
	size_t batch = (size_t)log->batch - 1, count = c->batches[batch].count;
	struct ipc_end end = { .records = count, .events = count };

	for (size_t i = 0; i < sizeof(end.content_sha256); i++)
		ck_assert_int_eq(sscanf(log->evidence + 2 * i, "%2hhx", &end.content_sha256[i]), 1);
	buffer_init(&events, 1 << 20);
	buffer_init(&hits, 1 << 20);
	for (size_t i = 0; i < count; i++)
		if (!c->silent[c->batches[batch].which[i]])
			add_record(c, &c->records[c->batches[batch].which[i]], &events, &hits);
	send(replay, reader, IPC_DATA_BEGIN, &reference, sizeof(reference));
	send(replay, reader, IPC_DATA_NAMES, names, sizeof(names));
	send(replay, reader, IPC_DATA_CORRELATED, hits.data, hits.length);
	send(replay, reader, IPC_DATA_END, &end, sizeof(end));
}

static int print_change(void *context UNUSED, const struct store_replay_change *row,
			struct err *error UNUSED)
{
	printf("%s %s %s %s: %d -> %d, %d..%d -> %d..%d, severity %d -> %d, +%d -%d\n", row->what,
	       row->number, row->rule, row->subject, (int)row->before.count, (int)row->after.count,
	       (int)((row->before.first - START) / MICROSECONDS),
	       (int)((row->before.last - START) / MICROSECONDS),
	       (int)((row->after.first - START) / MICROSECONDS),
	       (int)((row->after.last - START) / MICROSECONDS), row->before.severity,
	       row->after.severity, (int)row->added, (int)row->gone);
	return 0;
}

/* Returns how many violations differed. until: MOMENT_NONE: all of it. */
static int64_t judge_again(struct one_case *c, int64_t until, const char *when)
{
	CLEAN(pg) struct pg *daemon = connect_as(STORE_DAEMON);
	CLEAN(store_replay) struct store_replay *replay = NULL;
	const struct store_replay_scope scope = { c->contractor, c->code, MOMENT_NONE, until, false };
	struct store_replay_totals totals;
	struct store_replay_log log;
	bool judged[BATCHES] = { false };
	int more;

	ck_ok(store_replay_new(daemon, 2, &replay, &err));
	ck_ok(store_replay_standard(replay, NULL, &err));
	ck_ok(store_replay_must_be_in_force(replay, &err));
	for (size_t reader = 0; reader < 2; reader++)
		send(replay, reader, IPC_DATA_RULES, c->keys, KEYS_LENGTH);
	more = store_replay_begin(replay, &scope, &err);
	ck_assert_msg(more >= 0, "%s", err.text);
	if (more == 0)
		return 0;
	for (size_t reader; reader = below(2), (more = store_replay_next(replay, reader, &log, &err)) > 0;) {
		judged[log.batch - 1] = true;
		send_log(c, replay, reader, &log);
	}
	ck_ok(more);
	ck_ok(store_replay_lock(replay, &err));
	ck_ok(store_replay_compare(replay, &totals, &err));
	ck_ok(store_replay_write(replay, when, "ann", &err));
	if (getenv("MUSTER_SEED"))
		ck_ok(store_replay_changes(replay, print_change, NULL, &err));
	ck_ok(store_replay_end(replay, true, &err));
	for (size_t i = 0; i < c->count; i++)
		if (judged[c->came_in[i]])
			c->delivered[i] = !c->silent[i];
	compare(c, when);
	return totals.changes;
}

static void nothing_differs(struct one_case *c, int64_t until, const char *when)
{
	int64_t differ = judge_again(c, until, when);
	ck_assert_msg(differ == 0, "MUSTER_SEED=%" PRIu64 ": %s: %d differ", seed, when, (int)differ);
}

static void judge_all_again(struct one_case *c)
{
	bool kept[RECORDS];

	memcpy(kept, c->delivered, sizeof(kept));
	nothing_differs(c, MOMENT_NONE, "judged again");
	nothing_differs(c, MIDNIGHT, "judged again until midnight");
	for (size_t i = 0; i < c->count; i++)
		c->silent[i] = below(3) == 0;
	judge_again(c, MIDNIGHT, "judged otherwise until midnight");
	judge_again(c, MOMENT_NONE, "judged otherwise");
	nothing_differs(c, MOMENT_NONE, "judged otherwise again");
	memset(c->silent, 0, sizeof(c->silent));
	judge_again(c, MOMENT_NONE, "judged as at first");
	for (size_t i = 0; i < c->count; i++)
		ck_assert(kept[i] == c->delivered[i]);
	nothing_is_left_over(c);
}

static void one_case(struct store_batch *batch)
{
	static struct one_case c;
	size_t order[RECORDS];

	c = (struct one_case){ .batch = batch, .number = seed };
	random_rules(&c);
	load_rules(&c);
	enrol(&c);
	random_records(&c);
	random_order(&c, order);
	for (size_t at = 0, size; at < c.count; at += size) {
		size_t which[2 * RECORDS], count = 0;
		size = 1 + below(below(5) ? 16 : RECORDS); /* large ones make several blocks */
		size = size > c.count - at ? c.count - at : size;
		for (size_t i = 0; i < size; i++)
			which[count++] = order[at + i];
		if (below(8) == 0)
			another_writer(&c);
		if (below(4) == 0) /* killed before the commit */
			deliver(&c, which, count, true);
		for (uint32_t n = at ? below(4) : 0; n; n--) { /* delivered before */
			size_t old = order[below((uint32_t)at)];
			bool twice = false;
			for (size_t i = 0; i < count; i++)
				twice = twice || which[i] == old;
			if (!twice)
				which[count++] = old;
		}
		deliver(&c, which, count, false);
		for (size_t i = 0; i < count; i++)
			c.delivered[which[i]] = c.reached[which[i]] = true;
		compare(&c, "after a batch");
	}
	nothing_is_left_over(&c);
	if (below(3) == 0 || getenv("MUSTER_SEED"))
		judge_all_again(&c);
	free(c.rules);
	if (c.own) {
		store_batch_free(c.batch);
		pg_free(c.own);
	}
}

#define CASES_AT_ONCE 200u

/* By one writer, with which the definitions of the standards that it saw stay. */
static void some_cases(uint64_t end)
{
	CLEAN(pg) struct pg *daemon = connect_as(STORE_DAEMON);
	struct store_batch *batch;

	ck_ok(store_batch_new(daemon, 100, &batch, &err));
	for (; seed < end; seed++) {
		state = seed * 0x9e3779b97f4a7c15u + 1;
		below(2);
		one_case(batch);
	}
	store_batch_free(batch);
}

START_TEST(runs_in_the_books_are_the_runs_of_the_whole)
{
	const char *given = getenv("MUSTER_SEED"), *asked = getenv("MUSTER_CASES");
	uint64_t first = given ? strtoull(given, NULL, 10) : (uint64_t)time(NULL) * CASES;
	uint64_t cases = asked ? strtoull(asked, NULL, 10) : given ? 1 : CASES;

	owner = connect_as(STORE_OWNER);
	printf("seeds from %" PRIu64 "\n", first);
	for (seed = first; seed < first + cases;) {
		uint64_t left = first + cases - seed;
		some_cases(seed + (left < CASES_AT_ONCE ? left : CASES_AT_ONCE));
	}
	pg_free(owner);
}
END_TEST

/* --- answers that are known ------------------------------------------------------- */

static void deliver_all(struct one_case *c, size_t from, size_t to)
{
	size_t which[RECORDS], count = 0;
	for (size_t i = from; i < to; i++) {
		which[count++] = i;
		c->delivered[i] = c->reached[i] = true;
	}
	deliver(c, which, count, false);
	compare(c, "where answers are known");
}

static int64_t number_of(const struct one_case *c, const char *sql)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	ck_ok(pg_query_one(owner, sql, PG_VALUES(PG_NUMBER(c->contractor)), &result, &err));
	return pg_number(result, 0, 0);
}
#define ACCUSED "SELECT count(*) FROM violation WHERE contractor_id = $1 AND state = 'flagged'"
#define WAITING                                                                               \
	"SELECT count(*) FROM undecided WHERE contractor_id = $1 AND waits_for = 'known'"

/* Ann acts each hour, 20 times; the answers there are, are bob's. */
START_TEST(who_never_has_an_answer_is_not_accused)
{
	CLEAN(pg) struct pg *daemon = connect_as(STORE_DAEMON);
	struct one_case c = { .number = 7400000, .count = 24, .unit = 3600 * MICROSECONDS };
	const uint32_t answers[] = { 25, 18, 16, 2 };

	owner = connect_as(STORE_OWNER);
	seed = c.number;
	ck_ok(store_batch_new(daemon, 100, &c.batch, &err));
	c.low = (struct correlate_rule){ .type = CORRELATE_ABSENCE, .timespan = c.unit,
					 .before = c.unit, .rule_count = 2, .where_known = true };
	c.up = (struct correlate_rule){ .type = CORRELATE_TEMPORAL, .timespan = c.unit,
					.rule_count = 2 };
	load_rules(&c);
	enrol(&c);
	for (uint32_t i = 0; i < c.count; i++)
		c.records[i] = (struct record){ .time = START + (i < 20 ? i : answers[i - 20]) * c.unit,
						.identity = (uint64_t)i << 8 | 1,
						.line = i + 1,
						.direct = true,
						.position = i >= 20,
						.group = i < 20 ? 1 : 2 };
	/* Two rows for each batch, however many its records. */
	deliver_all(&c, 0, 10);
	ck_assert_int_eq(number_of(&c, WAITING), 2);
	deliver_all(&c, 10, 20);
	ck_assert_int_eq(number_of(&c, WAITING), 4);
	ck_assert_int_eq(number_of(&c, ACCUSED), 0);
	/* An answer after it all; then one at 18: an hour later, at 19, she is held to it. */
	deliver_all(&c, 20, 21);
	ck_assert_int_eq(number_of(&c, ACCUSED), 0);
	deliver_all(&c, 21, 22);
	ck_assert_int_eq(number_of(&c, ACCUSED), 1);
	deliver_all(&c, 22, 23);
	ck_assert_int_eq(number_of(&c, ACCUSED), 3);
	deliver_all(&c, 23, 24);
	ck_assert_int_eq(number_of(&c, ACCUSED), 17);
	ck_assert_int_gt(number_of(&c, WAITING), 0);
	free(c.rules);
	store_batch_free(c.batch);
	pg_free(owner);
}
END_TEST

/* --- long histories --------------------------------------------------------------- */

#define STEP (10 * MICROSECONDS)
#define AT_ONCE 2000u

static struct record hit_number(uint32_t number, uint32_t values)
{
	return (struct record){ .time = START + number * STEP,
				.identity = ((uint64_t)number << 8) | 1,
				.value = 1 + number % values,
				.line = number + 1,
				.direct = true,
				.group = 1 };
}

/* Hits from … to, one each STEP, all of one group; late: the first comes last. */
static void deliver_hits(struct one_case *c, uint32_t from, uint32_t to, uint32_t values, bool late)
{
	static uint64_t deliveries = 1u << 30;
	struct ipc_writer_batch order = { .contractor_id = c->contractor, .system_id = 1,
					  .received = START };
	struct ipc_end end = { .records = to - from, .events = to - from };
	struct ipc_evidence evidence = { .bytes = 1 };
	struct store_receipt receipt;
	bool known;

	deliveries++;
	memcpy(evidence.sha256, &deliveries, sizeof(deliveries));
	snprintf(order.contractor, sizeof(order.contractor), "%s", c->code);
	snprintf(order.system_name, sizeof(order.system_name), "web");
	snprintf(order.delivery, sizeof(order.delivery), "d%" PRIu64, deliveries);
	snprintf(order.name, sizeof(order.name), "web.%" PRIu64, deliveries);
	ck_ok(store_batch_begin(c->batch, &order, &known, &err));
	tell_names(c);
	for (uint32_t at = from; at < to;) {
		CLEAN(buffer) struct buffer events;
		CLEAN(buffer) struct buffer hits;
		buffer_init(&events, 1 << 24);
		buffer_init(&hits, 1 << 24);
		for (uint32_t n = 0; n < AT_ONCE && at < to; n++, at++) {
			struct record r = hit_number(late ? from + (at + 1 - from) % (to - from) : at,
						     values);
			add_record(c, &r, &events, &hits);
		}
		ck_ok(store_batch_events(c->batch, buffer_text(&events), &err));
		ck_ok(store_batch_correlated(c->batch, buffer_text(&hits), c->rules, c->rule_count,
					     &err));
	}
	ck_ok(store_batch_commit(c->batch, &end, &evidence, &receipt, &err));
}

/* More than bound values within an hour, which is 361 hits. */
static void begin_history(struct one_case *c, struct store_batch *batch, enum correlate_type type,
			  double bound)
{
	seed++;
	*c = (struct one_case){ .batch = batch, .number = seed };
	c->low = (struct correlate_rule){ .type = type, .timespan = 360 * STEP, .rule_count = 1 };
	c->low.compares[CORRELATE_GT] = true;
	c->low.bounds[CORRELATE_GT] = bound;
	c->up = (struct correlate_rule){ .type = CORRELATE_TEMPORAL, .timespan = STEP, .rule_count = 2 };
	load_rules(c);
	enrol(c);
}

static struct store_effort effort_after(struct store_batch *batch, uint32_t history)
{
	struct one_case c;
	begin_history(&c, batch, CORRELATE_VALUE_COUNT, 100);
	for (uint32_t at = 0; at < history; at += 10000)
		deliver_hits(&c, at, at + 10000, 50, false);
	deliver_hits(&c, history, history + 10, 50, false);
	free(c.rules);
	return store_batch_effort(batch);
}

START_TEST(a_batch_costs_the_same_after_a_long_history)
{
	CLEAN(pg) struct pg *daemon = connect_as(STORE_DAEMON);
	struct store_batch *batch;

	owner = connect_as(STORE_OWNER);
	seed = 7000000;
	ck_ok(store_batch_new(daemon, 100, &batch, &err));
	struct store_effort little = effort_after(batch, 10000), much = effort_after(batch, 300000);
	printf("10,000 hits: %" PRIu64 " tallies, %" PRIu64 " blocks, %" PRIu64 " bytes; 300,000: %" PRIu64
	       ", %" PRIu64 ", %" PRIu64 "\n", little.tallies, little.blocks, little.bytes,
	       much.tallies, much.blocks, much.bytes);
	/* A window's hits are read, and a block more or less. */
	ck_assert_uint_ge(little.bytes, 361 * 20);
	ck_assert_uint_le(little.bytes, 500 * 90);
	ck_assert_uint_le(much.tallies, little.tallies + 2);
	ck_assert_uint_le(much.blocks, little.blocks + 2);
	ck_assert_uint_le(much.bytes, little.bytes + 2 * 2000);
	store_batch_free(batch);
	pg_free(owner);
}
END_TEST

START_TEST(nothing_is_read_where_too_few_lie_together)
{
	CLEAN(pg) struct pg *daemon = connect_as(STORE_DAEMON);
	struct store_batch *batch;
	struct one_case c;

	owner = connect_as(STORE_OWNER);
	seed = 7100000;
	ck_ok(store_batch_new(daemon, 100, &batch, &err));
	/* 361 hits in a window, 451 in the buckets that it can lie in */
	begin_history(&c, batch, CORRELATE_VALUE_COUNT, 460);
	deliver_hits(&c, 0, 10000, 5000, false);
	deliver_hits(&c, 10000, 10010, 5000, false);
	struct store_effort effort = store_batch_effort(batch);
	ck_assert_uint_gt(effort.tallies, 0);
	ck_assert_uint_eq(effort.blocks, 0);
	free(c.rules);
	store_batch_free(batch);
	pg_free(owner);
}
END_TEST

/* Blocks that went while the batch was read are made anew where a hit comes late. */
START_TEST(blocks_written_early_are_put_in_order)
{
	CLEAN(pg) struct pg *daemon = connect_as(STORE_DAEMON);
	struct store_batch *batch;
	const uint32_t hits = 60000;

	owner = connect_as(STORE_OWNER);
	seed = 7200000;
	ck_ok(store_batch_new(daemon, 100, &batch, &err));
	for (int late = 0; late < 2; late++) {
		CLEAN(pg_result) struct pg_result *result = NULL;
		struct one_case c;
		begin_history(&c, batch, CORRELATE_EVENT_COUNT, 300);
		deliver_hits(&c, 0, hits, 50, late);
		ck_ok(pg_query_one(owner,
			"SELECT (SELECT sum(count) FROM hit_block WHERE contractor_id = $1),"
			" (SELECT min(first_hit) FROM hit_block WHERE contractor_id = $1),"
			" (SELECT count(*) FROM run WHERE contractor_id = $1),"
			" (SELECT sum(count)::bigint FROM run WHERE contractor_id = $1)",
			PG_VALUES(PG_NUMBER(c.contractor)), &result, &err));
		ck_assert_int_eq(pg_number(result, 0, 0), hits);
		ck_assert_int_eq(pg_moment(result, 0, 1), START);
		ck_assert_int_eq(pg_number(result, 0, 2), 1);
		ck_assert_int_eq(pg_number(result, 0, 3), hits);
		/* Delivered again with others, they are known. */
		pg_result_free(result);
		result = NULL;
		deliver_hits(&c, hits - 40000, hits + 10, 50, late);
		ck_ok(pg_query_one(owner,
			"SELECT (SELECT sum(count) FROM hit_block WHERE contractor_id = $1),"
			" (SELECT sum(count)::bigint FROM run WHERE contractor_id = $1)",
			PG_VALUES(PG_NUMBER(c.contractor)), &result, &err));
		ck_assert_int_eq(pg_number(result, 0, 0), hits + 10);
		ck_assert_int_eq(pg_number(result, 0, 1), hits + 10);
		free(c.rules);
	}
	store_batch_free(batch);
	pg_free(owner);
}
END_TEST

START_TEST(a_log_may_jump_between_months)
{
	CLEAN(pg) struct pg *daemon = connect_as(STORE_DAEMON);
	CLEAN(pg_result) struct pg_result *result = NULL;
	struct one_case c = { .number = 7300000, .count = 40, .unit = MICROSECONDS };
	size_t which[40];

	owner = connect_as(STORE_OWNER);
	seed = c.number;
	state = 1;
	ck_ok(store_batch_new(daemon, 100, &c.batch, &err));
	random_rules(&c);
	load_rules(&c);
	enrol(&c);
	for (size_t i = 0; i < c.count; i++) {
		which[i] = i;
		c.records[i] = (struct record){ .time = START + (int64_t)(i % 2 * 40 * 86400 + i) * MICROSECONDS,
						.identity = i << 8 | 1,
						.line = (uint32_t)i + 1 };
	}
	deliver(&c, which, c.count, false);
	ck_ok(pg_query_one(owner,
		"SELECT count(*), count(*) FILTER (WHERE time > $2) FROM event WHERE contractor_id = $1",
		PG_VALUES(PG_NUMBER(c.contractor), PG_MOMENT(START + 86400 * MICROSECONDS)), &result,
		&err));
	ck_assert_int_eq(pg_number(result, 0, 0), 40);
	ck_assert_int_eq(pg_number(result, 0, 1), 20);
	store_batch_free(c.batch);
	free(c.rules);
	pg_free(owner);
}
END_TEST

/* What a reader cannot rightly send is told from what it can. */
START_TEST(frames_are_checked)
{
	struct {
		struct ipc_correlated head;
		uint64_t group;
		struct ipc_chained chained;
		uint64_t above;
	} good = {
		.head = { .time = START, .rule = 0, .group_count = 1, .level = 2,
			  .size = sizeof(good) - sizeof(good.head) },
		.group = 1,
		.chained = { .lower = 0, .upper = 1, .position = 0, .group_count = 1 },
		.above = 1,
	}, bad[10];
	CLEAN(pg) struct pg *daemon = connect_as(STORE_DAEMON);
	static struct one_case c;
	struct ipc_writer_batch order = { .received = START };
	struct text payload;
	bool known;

	owner = connect_as(STORE_OWNER);
	seed = state = 1;
	ck_ok(store_batch_new(daemon, 100, &c.batch, &err));
	do
		random_rules(&c);
	while (c.low.type != CORRELATE_TRAVEL);
	load_rules(&c);
	enrol(&c);
	order.contractor_id = c.contractor;
	order.system_id = 1;
	snprintf(order.contractor, sizeof(order.contractor), "%s", c.code);
	snprintf(order.delivery, sizeof(order.delivery), "frames");
	ck_ok(store_batch_begin(c.batch, &order, &known, &err));
	payload = (struct text){ (const char *)&good, sizeof(good) };
	ck_ok(store_batch_correlated(c.batch, payload, c.rules, c.rule_count, &err));
	for (size_t length = 1; length < sizeof(good); length++)
		ck_assert_int_eq(store_batch_correlated(c.batch, text_head(payload, length), c.rules,
							c.rule_count, &err),
				 -ERR_PROTOCOL);
	for (size_t i = 0; i < ARRAY_LENGTH(bad); i++)
		bad[i] = good;
	bad[0].head.rule = 2;
	bad[1].head.position = 99;
	bad[2].head.group_count = 2;
	bad[3].head.size = UINT32_MAX;
	bad[4].head.level = 6;
	bad[5].chained.upper = 0;
	bad[6].chained.group_count = UINT32_MAX;
	bad[7].head.time = INT64_MAX;
	bad[8].head.value = (uint64_t)90000001 << 32;
	bad[9].head.value = (uint32_t)-180000001;
	for (size_t i = 0; i < ARRAY_LENGTH(bad); i++) {
		payload.bytes = (const char *)&bad[i];
		ck_assert_msg(store_batch_correlated(c.batch, payload, c.rules, c.rule_count,
						     &err) == -ERR_PROTOCOL, "%zu", i);
	}
	/* A standard from before correlations were kept: its hits are let go. */
	int32_t nothing[] = { 1000000, 1000000 };
	payload.bytes = (const char *)&good;
	ck_ok(store_batch_correlated(c.batch, payload, nothing, 2, &err));
	store_batch_free(c.batch);
	free(c.rules);
	pg_free(owner);
}
END_TEST

struct told_name {
	uint64_t id;
	const char *value; /* of at most 8 bytes */
};

/* What comes of a batch that tells these names. */
static int tell(struct one_case *c, const struct told_name *names_told, size_t count)
{
	static unsigned deliveries;
	struct ipc_writer_batch order = { .contractor_id = c->contractor, .system_id = 1, .received = START };
	struct ipc_end end = { .records = 0 };
	struct ipc_evidence evidence = { .bytes = 1 };
	struct store_receipt receipt;
	CLEAN(buffer) struct buffer payload;
	bool known;

	buffer_init(&payload, 1 << 16);
	for (size_t i = 0; i < count; i++) {
		struct ipc_name head = { .id = names_told[i].id,
					 .length = (uint32_t)strlen(names_told[i].value) };
		char value[8] = "";
		memcpy(value, names_told[i].value, head.length);
		buffer_add(&payload, &head, sizeof(head));
		buffer_add(&payload, value, sizeof(value));
	}
	evidence.sha256[0] = (uint8_t)++deliveries;
	snprintf(order.contractor, sizeof(order.contractor), "%s", c->code);
	snprintf(order.system_name, sizeof(order.system_name), "web");
	snprintf(order.delivery, sizeof(order.delivery), "names%u", deliveries);
	snprintf(order.name, sizeof(order.name), "names.%u", deliveries);
	ck_ok(store_batch_begin(c->batch, &order, &known, &err));
	store_batch_judged_by(c->batch, c->rules, c->rule_count);
	ck_ok(store_batch_names(c->batch, buffer_text(&payload), &err));
	int done = store_batch_commit(c->batch, &end, &evidence, &receipt, &err);
	if (done < 0)
		store_batch_rollback(c->batch);
	return done;
}
#define TELL(...)                                                                         \
	tell(&c, (const struct told_name[]){ __VA_ARGS__ },                               \
	     sizeof((const struct told_name[]){ __VA_ARGS__ }) / sizeof(struct told_name))

/* An id stands for one string, whichever batch tells it, and however often. */
START_TEST(no_two_names_have_one_id)
{
	CLEAN(pg) struct pg *daemon = connect_as(STORE_DAEMON);
	CLEAN(pg_result) struct pg_result *result = NULL;
	static struct one_case c = { .number = 7900000 };

	owner = connect_as(STORE_OWNER);
	seed = state = c.number;
	ck_ok(store_batch_new(daemon, 100, &c.batch, &err));
	random_rules(&c);
	load_rules(&c);
	enrol(&c);
	ck_ok(TELL({ 21, "anna" }, { 22, "ben" }, { 21, "anna" }));
	ck_ok(TELL({ 22, "ben" }, { 23, "carl" }));
	ck_ok(TELL({ 21, "anna" }, { 22, "ben" }, { 23, "carl" }));
	ck_assert_int_eq(TELL({ 24, "dora" }, { 22, "bob" }), -ERR_PROTOCOL);
	ck_assert_int_eq(TELL({ 25, "emil" }, { 26, "fred" }, { 25, "eve" }), -ERR_PROTOCOL);
	ck_ok(pg_query_one(owner,
		"SELECT string_agg(id || value, ' ' ORDER BY id) FROM name WHERE contractor_id = $1",
		PG_VALUES(PG_NUMBER(c.contractor)), &result, &err));
	ck_assert_str_eq(pg_string(result, 0, 0), "21anna 22ben 23carl");
	store_batch_free(c.batch);
	free(c.rules);
	pg_free(owner);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("runs");
	TCase *tests = tcase_create("runs");

	tcase_add_unchecked_fixture(tests, books_begin, server_end);
	tcase_set_timeout(tests, 3600);
	tcase_add_test(tests, runs_in_the_books_are_the_runs_of_the_whole);
	tcase_add_test(tests, who_never_has_an_answer_is_not_accused);
	tcase_add_test(tests, a_batch_costs_the_same_after_a_long_history);
	tcase_add_test(tests, nothing_is_read_where_too_few_lie_together);
	tcase_add_test(tests, blocks_written_early_are_put_in_order);
	tcase_add_test(tests, a_log_may_jump_between_months);
	tcase_add_test(tests, frames_are_checked);
	tcase_add_test(tests, no_two_names_have_one_id);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
