/*
 * One random case for test-runs: rules, records, a contractor of its own, and
 * what a reader sends of them.
 */
#ifndef TEST_RUNS_CASE_H
#define TEST_RUNS_CASE_H

#include "test-server.h"

#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

#include "correlate-oracle.h"
#include "store/store.h"

#define RECORDS 48
#define BATCHES 128
#define MIDNIGHT (1790035200LL * MICROSECONDS)
#define START (MIDNIGHT - 150 * MICROSECONDS)
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

#define KEYS_LENGTH (2 * (STORE_DIGEST - 1) + 9)

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
	/* Batches in the books: which records, and which records first came in which. */
	struct {
		size_t which[2 * RECORDS], count;
	} batches[BATCHES];
	size_t batch_count, came_in[RECORDS];
	bool reached[RECORDS];     /* delivered, ever */
	bool silent[RECORDS];      /* judged again, it is no hit */
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
	ck_ok(store_batch_rules(c->batch, (struct text){ c->keys, KEYS_LENGTH },
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

static const struct {
	struct ipc_name head;
	char value[8];
} names[] = { { { .id = 1, .length = 3 }, "ann" }, { { .id = 2, .length = 3 }, "bob" } };

static void tell_names(struct one_case *c)
{
	ck_ok(store_batch_names(c->batch, (struct text){ (const char *)names, sizeof(names) }, &err));
}

#endif
