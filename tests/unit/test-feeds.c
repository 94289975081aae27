/*
 * Systems that fall silent and numbers that are missing, against what the plain
 * words say, for random deliveries and looks. MUSTER_SEED=N repeats a case.
 */
#include "test-server.h"

#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

#include "store/store.h"

#define CASES 40
#define HOUR (3600 * MICROSECONDS)
#define NUMBERS 60
#define STEPS 24
#define MIGRATIONS SOURCE_DIRECTORY "/migrations"

static struct err err;
static struct pg *owner, *daemon_pg;
static struct store_batch *batch;
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

static void load_rules(void)
{
	const struct standard standard = { .name = "house", .title = "House rules" };
	const struct store_correlation_rule silence = { .type = "silence", .rules = "",
		.group_by = "", .bounds = "\n\n\n\n\n", .finding = true, .explanation = "s",
		.intervals = 2 };
	const struct store_correlation_rule hole = { .type = "hole", .rules = "", .group_by = "",
		.bounds = "\n\n\n\n\n", .finding = true, .explanation = "h", .timespan = 24 * HOUR };
	const struct store_rule rules[] = {
		{ "SILENT", "Silent", "", "a.yml", 4, true, "", &silence },
		{ "MISSING", "Missing", "", "a.yml", 3, true, "", &hole },
	};
	char digest[STORE_DIGEST];
	bool is_new;

	ck_ok(store_standard_load(owner, TEXT("bundle"), &standard, rules, 2, "ann", digest, &is_new,
				  &err));
	ck_ok(store_standard_activate(owner, digest, "ann", digest, &err));
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
	owner = connect_as(STORE_OWNER);
	load_rules();
	pg_free(owner);
}

static void open_all(void)
{
	owner = connect_as(STORE_OWNER);
	daemon_pg = connect_as(STORE_DAEMON);
	ck_ok(store_batch_new(daemon_pg, 100, &batch, &err));
}

static void close_all(void)
{
	store_batch_free(batch);
	pg_free(daemon_pg);
	pg_free(owner);
}

static int contractor_seen(void *context, const struct store_contractor *row,
			   struct err *error UNUSED)
{
	*(int32_t *)context = row->id;
	return 0;
}

/* With systems 1, expected every hour, and 2, expected whenever; both enrolled at a moment. */
static int32_t enrol(const char *code, int64_t moment)
{
	struct store_system system = { .contractor = code, .name = "web", .format = "ndjson",
				       .timezone = "UTC", .every = 3600 };
	int32_t contractor;

	ck_ok(store_contractor_add(owner, code, "x", true, "ann", &err));
	ck_ok(store_system_add(owner, &system, "ann", &err));
	system.name = "whenever";
	system.every = 0;
	ck_ok(store_system_add(owner, &system, "ann", &err));
	ck_ok(store_contractors(owner, code, contractor_seen, &contractor, &err));
	ck_ok(pg_query(owner, "UPDATE system SET created_at = $2 WHERE contractor_id = $1",
		       PG_VALUES(PG_NUMBER(contractor), PG_MOMENT(moment)), NULL, &err));
	return contractor;
}

static void deliver(const char *code, int32_t contractor, int64_t received,
		    const struct ipc_sequence *ranges, size_t count)
{
	static uint64_t deliveries;
	struct ipc_writer_batch order = { .contractor_id = contractor, .system_id = 1,
					  .received = received };
	struct ipc_end end = { .first = MOMENT_NONE, .last = MOMENT_NONE };
	struct ipc_evidence evidence = { .bytes = 1 };
	struct store_receipt receipt;
	bool known;

	deliveries++;
	memcpy(evidence.sha256, &deliveries, sizeof(deliveries));
	snprintf(order.contractor, sizeof(order.contractor), "%s", code);
	snprintf(order.system_name, sizeof(order.system_name), "web");
	snprintf(order.delivery, sizeof(order.delivery), "d%" PRIu64, deliveries);
	snprintf(order.name, sizeof(order.name), "web.%" PRIu64, deliveries);
	ck_ok(store_batch_begin(batch, &order, &known, &err));
	ck_ok(store_batch_sequences(batch,
				    (struct text){ (const char *)ranges, count * sizeof(*ranges) },
				    &err));
	ck_ok(store_batch_commit(batch, &end, &evidence, &receipt, &err));
}

/* Silence ------------------------------------------------------------------------------- */

struct silence {
	int64_t since, until, count;
};

static void compare_silences(int32_t contractor, const struct silence *silences, size_t count)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	ck_ok(pg_query(owner,
		"SELECT first_event, last_event, count, subject FROM violation"
		" WHERE contractor_id = $1 AND rule_key = 'SILENT' AND state = 'flagged' ORDER BY 1",
		PG_VALUES(PG_NUMBER(contractor)), &result, &err));
	ck_assert_msg(pg_rows(result) == count, "MUSTER_SEED=%" PRIu64 ": %zu silences, not %zu",
		      seed, pg_rows(result), count);
	for (size_t i = 0; i < count; i++) {
		ck_assert_str_eq(pg_string(result, i, 3), "system=web");
		ck_assert_msg(pg_moment(result, i, 0) == silences[i].since &&
				      pg_moment(result, i, 1) == silences[i].until &&
				      pg_number(result, i, 2) == silences[i].count,
			      "MUSTER_SEED=%" PRIu64 ": silence %zu: %lld for %lld", seed, i,
			      (long long)pg_moment(result, i, 0), (long long)pg_number(result, i, 2));
	}
}

static void one_case_of_silence(int64_t now)
{
	struct silence silences[STEPS];
	size_t count = 0;
	int64_t heard = now;
	char code[16];

	snprintf(code, sizeof(code), "S%" PRIu64, seed % 1000000);
	int32_t contractor = enrol(code, now);
	for (int step = 0; step < STEPS; step++) {
		struct silence *open = count && silences[count - 1].since == heard
					       ? &silences[count - 1] : NULL;
		now += below(4) ? below(90) * 60 * MICROSECONDS : 2 * HOUR;
		if (below(3) == 0) {
			deliver(code, contractor, now, NULL, 0);
			if (open && now > heard)
				open->until = now;
			heard = now;
		} else if (now - heard > 2 * HOUR) {
			if (!open)
				silences[count++] = (struct silence){ heard, now, 0 };
			silences[count - 1].until = now;
			silences[count - 1].count = (now - heard) / HOUR;
		}
		ck_ok(store_feeds_check(daemon_pg, now, &err));
		if (below(3) == 0) /* again changes nothing */
			ck_ok(store_feeds_check(daemon_pg, now, &err));
		compare_silences(contractor, silences, count);
	}
	ck_ok(pg_query(owner, "UPDATE contractor SET active = false WHERE id = $1",
		       PG_VALUES(PG_NUMBER(contractor)), NULL, &err));
}

/* Holes ----------------------------------------------------------------------------------- */

struct numbers {
	bool there[NUMBERS + 2];
	int64_t since[NUMBERS + 2];    /* 0: nothing greater has come, or nothing less */
};

static void note(struct numbers *numbers, int64_t now)
{
	int low = 1, high = NUMBERS;
	while (low <= NUMBERS && !numbers->there[low])
		low++;
	while (high > 0 && !numbers->there[high])
		high--;
	for (int n = low; n <= high; n++)
		if (!numbers->there[n] && !numbers->since[n])
			numbers->since[n] = now;
}

/* Holes that are old enough, in order, as the subjects of their violations. */
static void expected_holes(const struct numbers *numbers, int64_t now, struct buffer *out)
{
	for (int first = 1, last; first <= NUMBERS; first = last + 1) {
		last = first;
		if (numbers->there[first] || !numbers->since[first])
			continue;
		while (!numbers->there[last + 1] && last < NUMBERS && numbers->since[last + 1])
			last++;
		if (numbers->since[first] > now - 24 * HOUR)
			continue;
		buffer_add_format(out, "system=web, sequence=%d", first);
		if (last > first)
			buffer_add_format(out, "-%d", last);
		buffer_add_format(out, " %d\n", last - first + 1);
	}
}

static void compare_holes(int32_t contractor, const struct numbers *numbers, int64_t now)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	CLEAN(buffer) struct buffer expected;
	CLEAN(buffer) struct buffer found;

	buffer_init(&expected, 1 << 16);
	buffer_init(&found, 1 << 16);
	expected_holes(numbers, now, &expected);
	ck_ok(pg_query(owner,
		"SELECT v.subject || ' ' || v.count FROM violation v JOIN hole_violation h"
		" ON h.contractor_id = $1 AND h.violation_id = v.id WHERE v.contractor_id = $1"
		" AND v.rule_key = 'MISSING' AND v.state = 'flagged' ORDER BY h.first",
		PG_VALUES(PG_NUMBER(contractor)), &result, &err));
	for (size_t i = 0; i < pg_rows(result); i++)
		buffer_add_format(&found, "%s\n", pg_string(result, i, 0));
	ck_assert_msg(text_equal(buffer_text(&found), buffer_text(&expected)),
		      "MUSTER_SEED=%" PRIu64 ": holes:\n%.*snot:\n%.*s", seed,
		      TEXT_PRINT(buffer_text(&found)), TEXT_PRINT(buffer_text(&expected)));
}

static void one_case_of_holes(int64_t now)
{
	struct numbers numbers = { 0 };
	char code[16];

	snprintf(code, sizeof(code), "H%" PRIu64, seed % 1000000);
	int32_t contractor = enrol(code, now);
	for (int step = 0; step < STEPS; step++) {
		struct ipc_sequence ranges[4];
		size_t count = below(4);
		now += below(12) * HOUR;
		for (size_t i = 0; i < count; i++) {
			ranges[i].first = 1 + below(NUMBERS);
			ranges[i].last = ranges[i].first + below(6);
			if (ranges[i].last > NUMBERS)
				ranges[i].last = NUMBERS;
			for (uint64_t n = ranges[i].first; n <= ranges[i].last; n++)
				numbers.there[n] = true;
		}
		deliver(code, contractor, now, ranges, count);
		note(&numbers, now);
		ck_ok(store_feeds_check(daemon_pg, now, &err));
		compare_holes(contractor, &numbers, now);
	}
	ck_ok(pg_query(owner, "UPDATE contractor SET active = false WHERE id = $1",
		       PG_VALUES(PG_NUMBER(contractor)), NULL, &err));
}

static void all_cases(void (*one_case)(int64_t now))
{
	const char *given = getenv("MUSTER_SEED");
	uint64_t first = given ? strtoull(given, NULL, 10) : (uint64_t)time(NULL) * CASES;

	open_all();
	printf("seeds from %" PRIu64 "\n", first);
	for (seed = first; seed < first + (given ? 1 : CASES); seed++) {
		state = seed * 0x9e3779b97f4a7c15u + 1;
		below(2);
		one_case(1790000000LL * MICROSECONDS);
	}
	close_all();
}

START_TEST(silences_are_found_once_and_end)
{
	all_cases(one_case_of_silence);
}
END_TEST

START_TEST(holes_are_found_until_they_are_filled)
{
	all_cases(one_case_of_holes);
}
END_TEST

START_TEST(sequences_are_checked)
{
	static const struct ipc_sequence bad[] = { { 0, 1 }, { 2, 1 }, { 1, INT64_MAX },
						   { UINT64_MAX, UINT64_MAX } };
	open_all();
	for (size_t i = 0; i < ARRAY_LENGTH(bad); i++)
		ck_assert_int_eq(store_batch_sequences(
					 batch, (struct text){ (const char *)&bad[i], sizeof(bad[i]) },
					 &err), -ERR_PROTOCOL);
	ck_assert_int_eq(store_batch_sequences(batch, TEXT("short"), &err), -ERR_PROTOCOL);
	close_all();
}
END_TEST

/* Whoever has taken over the reader of one reply can say nothing else in its place. */
START_TEST(replies_are_checked)
{
	struct {
		struct ipc_reply head;
		char rest[3 + 32];
	} good = { .head = { "V-2026-000001", "FIXED", 3, 1 }, .rest = "abc" }, bad[9];
	struct ipc_writer_batch order = { .contractor_id = 1, .contractor = "REPLIES",
					  .delivery = "reply", .name = "V-2026-000001.reply",
					  .violation = "V-2026-000001" }, log = order;
	struct text payload = { (const char *)&good, sizeof(good.head) + sizeof(good.rest) };
	bool known;

	open_all();
	ck_ok(store_batch_begin(batch, &order, &known, &err));
	for (size_t i = 0; i < ARRAY_LENGTH(bad); i++)
		bad[i] = good;
	memset(bad[0].head.violation, 'x', sizeof(bad[0].head.violation));
	memset(bad[1].head.answer, 'x', sizeof(bad[1].head.answer));
	bad[2].head.answer[0] = '\0';
	bad[3].head.text_length = UINT32_MAX;
	bad[4].head.attachment_count = UINT32_MAX;
	bad[5].head.text_length = 2;
	bad[6].rest[1] = '\0';
	bad[7].rest[2] = '\xc3';
	bad[8].head.answer[2] = '\xff';
	for (size_t i = 0; i < ARRAY_LENGTH(bad); i++)
		ck_assert_msg(store_reply_take(batch,
					       (struct text){ (const char *)&bad[i], payload.length },
					       &err) == -ERR_PROTOCOL, "%zu", i);
	for (size_t length = 0; length < payload.length; length++)
		ck_assert_int_eq(store_reply_take(batch, text_head(payload, length), &err),
				 -ERR_PROTOCOL);
	ck_ok(store_reply_take(batch, payload, &err));
	ck_assert_int_eq(store_reply_take(batch, payload, &err), -ERR_PROTOCOL);
	/* Nor can that of a log. */
	store_batch_rollback(batch);
	log.violation[0] = '\0';
	ck_ok(store_batch_begin(batch, &log, &known, &err));
	ck_assert_int_eq(store_reply_take(batch, payload, &err), -ERR_PROTOCOL);
	close_all();
}
END_TEST

/* A system that counts backwards or at random cannot fill the books. */
START_TEST(many_holes_are_bounded)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	struct ipc_sequence *ranges = calloc(30000, sizeof(*ranges));

	open_all();
	int32_t contractor = enrol("MANY", 1790000000LL * MICROSECONDS);
	for (uint64_t i = 0; i < 30000; i++)
		ranges[i] = (struct ipc_sequence){ 60000 - 2 * i, 60000 - 2 * i };
	deliver("MANY", contractor, 1790000000LL * MICROSECONDS, ranges, 30000);
	ck_ok(pg_query_one(owner, "SELECT count(*), min(first), max(last) FROM hole"
			   " WHERE contractor_id = $1", PG_VALUES(PG_NUMBER(contractor)), &result,
			   &err));
	ck_assert_int_eq(pg_number(result, 0, 0), 10000);
	ck_assert_int_eq(pg_number(result, 0, 2), 59999);
	free(ranges);
	close_all();
}
END_TEST

/* What is missing is suppressed like what was found in logs. */
START_TEST(silences_are_suppressed)
{
	const int64_t begin = 1780000000LL * MICROSECONDS;
	CLEAN(pg_result) struct pg_result *result = NULL;

	open_all();
	int32_t contractor = enrol("QUIET", begin);
	ck_ok(store_feeds_check(daemon_pg, begin + 3 * HOUR, &err));
	ck_ok(pg_query(owner,
		"INSERT INTO suppression (contractor_id, violation_id, act_number, rule_key, since, until,"
		" severity) SELECT contractor_id, id, 1, rule_key, opened_at, opened_at + interval '9 days', 4"
		" FROM violation WHERE contractor_id = $1", PG_VALUES(PG_NUMBER(contractor)), NULL, &err));
	deliver("QUIET", contractor, begin + 4 * HOUR, NULL, 0);
	ck_ok(store_feeds_check(daemon_pg, begin + 8 * HOUR, &err));
	ck_ok(pg_query_one(owner,
		"SELECT count(*), count(v.suppressed_until), count(h.by_act) FROM violation v"
		" LEFT JOIN suppressed h ON h.contractor_id = v.contractor_id AND h.violation_id = v.id"
		" WHERE v.contractor_id = $1", PG_VALUES(PG_NUMBER(contractor)), &result, &err));
	ck_assert_int_eq(pg_number(result, 0, 0), 2);
	ck_assert_int_eq(pg_number(result, 0, 1), 1);
	ck_assert_int_eq(pg_number(result, 0, 2), 1);
	close_all();
}
END_TEST

/* Numbers of the violations that lack evidence as of a moment. */
static const char *lacking(int32_t contractor, int64_t now)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	static char found[256];

	ck_ok(store_feeds_check(daemon_pg, now, &err));
	ck_ok(pg_query_one(owner, "SELECT coalesce(string_agg(id::text, ' ' ORDER BY id), '')"
			   " FROM violation WHERE contractor_id = $1 AND evidence_missing",
			   PG_VALUES(PG_NUMBER(contractor)), &result, &err));
	snprintf(found, sizeof(found), "%s", pg_string(result, 0, 0));
	return found;
}

/* One that rests on a record of each of these batches. */
static void rest_on(int32_t contractor, int64_t id, const char *batches)
{
	char sql[2048];

	snprintf(sql, sizeof(sql),
		 "INSERT INTO violation (contractor_id, id, number, rule_key, rule_id, subject_kind,"
		 " subject, day, severity, level, count, first_event, last_event, opened_at,"
		 " clock_started, due, points) SELECT %d, %d, 'V-2020-%06d', 'X', 1, 'actor', 's%d',"
		 " '2026-10-01', 3, 1, 1, m, m, m, m, m, 0 FROM moment() m;"
		 "INSERT INTO violation_event SELECT %d, %d, b, 0, 1, 1, now(), 1"
		 " FROM unnest('%s'::bigint[]) b", contractor, (int)id, (int)id, (int)id, contractor,
		 (int)id, batches);
	ck_ok(pg_script(owner, sql, &err));
}

static int count_gap(void *context, const struct store_gap *gap, struct err *error UNUSED)
{
	buffer_add_format(context, "%s%d %lld-%lld of %lld", ((struct buffer *)context)->length ? ", " : "",
			  gap->kind, (long long)gap->first, (long long)gap->last,
			  (long long)gap->batch);
	ck_assert_str_eq(gap->system, "web");
	return 0;
}

START_TEST(evidence_next_to_a_gap_is_lacking)
{
	static const struct ipc_sequence numbers[] = { { 1, 5 }, { 6, 9 }, { 12, 14 }, { 17, 19 },
						       { 10, 11 }, { 15, 16 }, { 20, 20 } };
	int64_t now = 1790000000LL * MICROSECONDS;
	CLEAN(buffer) struct buffer gaps;

	open_all();
	buffer_init(&gaps, 4096);
	int32_t contractor = enrol("GAPS", now);
	for (int i = 0; i < 4; i++)
		deliver("GAPS", contractor, now + i * HOUR, &numbers[i], 1);
	for (int i = 1; i <= 4; i++) {
		char one[16];
		snprintf(one, sizeof(one), "{%d}", i);
		rest_on(contractor, 100 + i, one);
	}
	rest_on(contractor, 105, "{1,2,4}");
	ck_assert_str_eq(lacking(contractor, now + 3 * HOUR), "102 103 104 105");
	const struct store_violation five = { .contractor_id = contractor, .id = 105 };
	ck_ok(store_evidence_gaps(owner, &five, count_gap, &gaps, &err));
	ck_assert_str_eq(gaps.data, "1 10-11 of 2, 1 15-16 of 4");
	/* One is filled, then the other. */
	deliver("GAPS", contractor, now + 4 * HOUR, &numbers[4], 1);
	ck_assert_str_eq(lacking(contractor, now + 4 * HOUR), "103 104 105");
	deliver("GAPS", contractor, now + 5 * HOUR, &numbers[5], 1);
	ck_assert_str_eq(lacking(contractor, now + 5 * HOUR), "");
	/* Silence is next to the last delivery, as long as it lasts. */
	rest_on(contractor, 106, "{5,6}");
	ck_assert_str_eq(lacking(contractor, now + 7 * HOUR), "");
	ck_assert_str_eq(lacking(contractor, now + 8 * HOUR), "106");
	deliver("GAPS", contractor, now + 9 * HOUR, &numbers[6], 1);
	ck_assert_str_eq(lacking(contractor, now + 9 * HOUR), "");
	close_all();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("feeds");
	TCase *tests = tcase_create("feeds");

	tcase_add_unchecked_fixture(tests, books_begin, server_end);
	tcase_set_timeout(tests, 300);
	tcase_add_test(tests, silences_are_found_once_and_end);
	tcase_add_test(tests, holes_are_found_until_they_are_filled);
	tcase_add_test(tests, sequences_are_checked);
	tcase_add_test(tests, replies_are_checked);
	tcase_add_test(tests, many_holes_are_bounded);
	tcase_add_test(tests, silences_are_suppressed);
	tcase_add_test(tests, evidence_next_to_a_gap_is_lacking);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
