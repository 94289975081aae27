/*
 * Runs in the books are the runs of the whole, for random rules, records,
 * batches, orders, repetitions and batches given up half way. MUSTER_SEED=N
 * repeats a case; MUSTER_CASES=N asks for more of them.
 */
#include "test-server.h"

#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

#include "correlate-oracle.h"
#include "store/store.h"

#define CASES 60
#define RECORDS 48
#define START (1790000000LL * MICROSECONDS)
#define MIGRATIONS SOURCE_DIRECTORY "/migrations"

static struct err err;
static struct pg *owner;
static uint64_t state, seed;
#define ck_ok(expression)                                                                \
	ck_assert_msg((expression) == 0, "MUSTER_SEED=%" PRIu64 ": %s", seed, err.text)

static uint32_t below(uint32_t bound)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)((state >> 33) % bound);
}

static struct pg *connect_as(enum store_role role)
{
	CLEAN(buffer) struct buffer conninfo;
	struct pg *pg = NULL;

	server_conninfo(role == STORE_OWNER ? CLUSTER_SUPERUSER : store_role_name(role), "muster",
			&conninfo);
	ck_ok(store_open(conninfo.data, role, "test", &pg, &err));
	return pg;
}

static void books_begin(void)
{
	CLEAN(pg) struct pg *server = NULL, *database = NULL, *schema = NULL;
	CLEAN(buffer) struct buffer conninfo;

	server_begin();
	server = server_connect("postgres");
	ck_ok(store_database_create(server, "muster", &err));
	database = server_connect("muster");
	ck_ok(store_schema_create(database, &err));
	server_conninfo(CLUSTER_SUPERUSER, "muster", &conninfo);
	ck_ok(store_open_unchecked(conninfo.data, STORE_OWNER, "test", &schema, &err));
	ck_ok(store_migrate(schema, MIGRATIONS, "tester", NULL, NULL, &err));
}

struct record {
	int64_t time;
	uint64_t identity, value;
	uint32_t line;
	uint32_t position;         /* of its rule in the lower correlation */
	bool direct;               /* else it is a hit of the upper one */
	uint64_t group;            /* 1 or 2; 0: it has no such field */
};

/* Rules: 0 and 1 in the books are LOW and UP; UP is over LOW and an event rule. */
struct one_case {
	struct correlate_rule low, up;
	int64_t unit;              /* of times: buckets are no narrower than a minute */
	struct record records[RECORDS];
	size_t count;
	bool delivered[RECORDS];
	struct store_batch *batch;
	int32_t *rules;
	size_t rule_count;
	int32_t contractor;
	char code[16];
	uint64_t number;
	char keys[2 * STORE_DIGEST + 16];
	struct pg *own;            /* connection of a writer after the first */
};

static void bounds_of(const struct correlate_rule *rule, char *out, size_t size)
{
	*out = '\0';
	for (int i = 0; i < CORRELATE_COMPARISON_COUNT; i++) {
		size_t length = strlen(out);
		snprintf(out + length, size - length, "%s", i ? "\n" : "");
		if (rule->compares[i])
			snprintf(out + strlen(out), size - strlen(out), "%.17g", rule->bounds[i]);
	}
}

static void random_rules(struct one_case *c)
{
	static const int64_t seconds[] = { 1, 60, 3600, 86400 };
	c->unit = seconds[below(4)] * MICROSECONDS;
	c->low = (struct correlate_rule){ .type = (enum correlate_type)below(9),
					  .timespan = below(40) * c->unit,
					  .rule_count = 1 + below(3),
					  .distinct = below(2),
					  .where_known = below(2),
					  .open = below(2),
					  .speed = 10000 * (1 + below(12)) /
						   (c->unit / MICROSECONDS),
					  .distance = below(2) * 150 };
	c->low.before = below(3) ? below((uint32_t)(c->low.timespan / c->unit) + 1) * c->unit
				 : below(2) * c->low.timespan;
	unsigned which = below(3) ? below(2) : below(CORRELATE_COMPARISON_COUNT);
	if (c->low.type < CORRELATE_TEMPORAL || (c->low.type < CORRELATE_ABSENCE && below(2))) {
		c->low.compares[which] = true;
		c->low.bounds[which] = 1 + below(4);
	}
	c->up = (struct correlate_rule){ .type = below(2) ? CORRELATE_TEMPORAL_ORDERED
							  : CORRELATE_EVENT_COUNT,
					 .timespan = below(60) * c->unit,
					 .rule_count = 2 };
	if (c->up.type == CORRELATE_EVENT_COUNT) {
		c->up.compares[CORRELATE_GTE] = true;
		c->up.bounds[CORRELATE_GTE] = 2;
	}
}

static void learn_rules(struct one_case *c)
{
	ck_ok(store_batch_rules(c->batch, (struct text){ c->keys, 2 * (STORE_DIGEST - 1) + 9 },
				&c->rules, &c->rule_count, &err));
}

static void load_rules(struct one_case *c)
{
	static const char *const types[] = { "event_count", "value_count", "value_sum", "value_avg",
					     "temporal", "temporal_ordered", "absence", "gap", "travel" };
	static const char *const events[] = { "E0", "E0\nE1", "E0\nE1\nE2" };
	char low_bounds[200], up_bounds[200], bundle[64], digest[STORE_DIGEST];
	const struct standard standard = { .name = "house", .title = "House rules" };
	bool is_new;

	bounds_of(&c->low, low_bounds, sizeof(low_bounds));
	bounds_of(&c->up, up_bounds, sizeof(up_bounds));
	const struct store_correlation_rule low = { types[c->low.type], c->low.timespan,
						    events[c->low.rule_count - 1], "user.name",
						    low_bounds, true, "low", c->low.before,
						    c->low.speed, c->low.distance, c->low.open,
						    c->low.distinct, c->low.where_known, 0 };
	const struct store_correlation_rule up = { types[c->up.type], c->up.timespan, "LOW\nEND",
						   "user.name", up_bounds, true, "up", 0, 0, 0,
						   false, false, false, 0 };
	const struct store_rule rules[] = {
		{ "LOW", "Low", "", "a.yml", 3, true, "", &low },
		{ "UP", "Up", "", "a.yml", 4, true, "", &up },
	};
	snprintf(bundle, sizeof(bundle), "bundle %" PRIu64, seed);
	ck_ok(store_standard_load(owner, text_of(bundle), &standard, rules, 2, "ann", digest,
				  &is_new, &err));
	ck_ok(store_standard_activate(owner, digest, "ann", digest, &err));
	snprintf(c->keys, sizeof(c->keys), "%s/LOW%c%s/UP", digest, '\0', digest);
	learn_rules(c);
}

/* The writer ends, and another goes on where it was. */
static void another_writer(struct one_case *c)
{
	if (c->own) {
		store_batch_free(c->batch);
		pg_free(c->own);
	}
	c->own = connect_as(STORE_DAEMON);
	free(c->rules);
	ck_ok(store_batch_new(c->own, 100, &c->batch, &err));
	learn_rules(c);
}

static int contractor_seen(void *context, const struct store_contractor *row,
			   struct err *error UNUSED)
{
	*(int32_t *)context = row->id;
	return 0;
}

static void enrol(struct one_case *c)
{
	struct store_system web = { .contractor = c->code, .name = "web", .format = "ndjson",
				    .timezone = "UTC" };
	snprintf(c->code, sizeof(c->code), "C%" PRIu64, c->number);
	ck_ok(store_contractor_add(owner, c->code, "x", true, "ann", &err));
	ck_ok(store_system_add(owner, &web, "ann", &err));
	ck_ok(store_contractors(owner, c->code, contractor_seen, &c->contractor, &err));
}

static void random_records(struct one_case *c)
{
	uint32_t spread = 1 + below(400);
	c->count = 1 + below(RECORDS - 1);
	for (size_t i = 0; i < c->count; i++)
		c->records[i] = (struct record){
			.time = START + below(spread) * c->unit + (below(4) ? 0 : below(90)),
			.identity = (((uint64_t)below(1u << 30) << 32) | ((uint64_t)i << 8)) | 1,
			.value = below(5),
			.line = (uint32_t)i + 1,
			.position = below(c->low.rule_count),
			.direct = below(5) > 0,
			.group = below(8) ? 1 + below(2) : 0,
		};
}

/* What the reader sends of one record. */
static void add_record(const struct one_case *c, const struct record *r, struct buffer *events,
		       struct buffer *hits)
{
	struct ipc_event event = { .time = r->time, .identity = r->identity,
				   .offset = r->line * 100, .bytes = -1, .line = r->line };
	struct ipc_correlated hit = { .time = r->time, .identity = r->identity,
				      .offset = r->line * 100, .line = r->line,
				      .length = 90, .level = 2, .group_count = 1, .size = 8 };
	struct ipc_chained chained = { .lower = 0, .upper = 1, .position = 0, .group_count = 1 };
	double number = (double)r->value;

	buffer_add(events, &event, sizeof(event));
	if (!r->group)
		return;
	hit.position = r->direct ? r->position : 1;
	hit.rule = r->direct ? 0 : 1;
	hit.size += r->direct ? sizeof(chained) + 8 : 0;
	if (r->direct && (c->low.type == CORRELATE_VALUE_COUNT || c->low.type == CORRELATE_ABSENCE))
		hit.value = r->value;
	if (r->direct && c->low.type == CORRELATE_TRAVEL)
		hit.value = r->value * 1000000; /* degrees along the equator */
	if (r->direct && (c->low.type == CORRELATE_VALUE_SUM || c->low.type == CORRELATE_VALUE_AVERAGE))
		memcpy(&hit.value, &number, sizeof(number));
	buffer_add(hits, &hit, sizeof(hit));
	buffer_add(hits, &r->group, 8);
	if (r->direct) {
		buffer_add(hits, &chained, sizeof(chained));
		buffer_add(hits, &r->group, 8);
	}
}

static void tell_names(struct one_case *c)
{
	struct {
		struct ipc_name head;
		char value[8];
	} names[] = { { { .id = 1, .length = 3 }, "ann" }, { { .id = 2, .length = 3 }, "bob" } };
	ck_ok(store_batch_names(c->batch, (struct text){ (const char *)names, sizeof(names) }, &err));
}

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
	if (give_up)
		store_batch_rollback(c->batch);
	else
		ck_ok(store_batch_commit(c->batch, &end, &evidence, &receipt, &err));
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
		if (c->delivered[i] && r->time < rule.reach_from)
			rule.reach_from = r->time;
		if (c->delivered[i] && r->time > rule.reach_to)
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

static void one_case(struct store_batch *batch)
{
	struct one_case c = { .batch = batch, .number = seed };
	size_t order[RECORDS];

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
			c.delivered[which[i]] = true;
		compare(&c, "after a batch");
	}
	nothing_is_left_over(&c);
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
		c->delivered[i] = true;
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
	}, bad[8];
	CLEAN(pg) struct pg *daemon = connect_as(STORE_DAEMON);
	struct one_case c = { .number = 0 };
	struct ipc_writer_batch order = { .received = START };
	struct text payload;
	bool known;

	owner = connect_as(STORE_OWNER);
	seed = state = 1;
	ck_ok(store_batch_new(daemon, 100, &c.batch, &err));
	random_rules(&c);
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
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
