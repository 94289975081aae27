#include "test-office.h"

#include "store/bulk.h"

#define DAY (24 * 3600 * MICROSECONDS)

static struct arena *arena;
static int64_t now;

static const char *const severities[] = { "informational", "low",      "medium",
					  "high",	   "critical", NULL };
static const char *const levels[] = { "unknown", "unclassified", "cui", "confidential",
				      "secret",	 "top secret",	 NULL };
static const char *const states[] = { "flagged", "triaged", "noticed", "dismissed", NULL };

static void begin(void)
{
	office_test_begin();
	arena = arena_new(1 << 24);
	ck_assert(calendar_from_rfc3339(TEXT(OFFICE_ZERO), &now));
	office_script("DELETE FROM bulk; DELETE FROM bulk_preview; DELETE FROM saved_filter");
}

static void end(void)
{
	arena_free(arena);
	office_test_end();
}

static struct store_queue_query query_of(const char *words)
{
	const struct filter_words meaning = { now, severities, levels, states, 30 * DAY };
	struct store_queue_query query = { .now = now };

	ck_ok(filter_parse(text_of(words), &meaning, arena, &query.filter, &err));
	query.ended = filter_names(query.filter, FILTER_STATE) ||
		      filter_names(query.filter, FILTER_ENDED);
	query.suppressed = filter_names(query.filter, FILTER_SUPPRESSED);
	return query;
}

/* Ids in the order in which they come: "3 1 2". */
static int add_id(void *context, const struct store_violation *row, struct err *e UNUSED)
{
	buffer_add_format(context, "%s%lld", ((struct buffer *)context)->length ? " " : "",
			  (long long)row->id);
	return 0;
}

static const char *ids(struct pg *pg, const char *words, const char *after, int64_t limit)
{
	CLEAN(pg_transaction) struct pg_transaction snapshot = { NULL };
	CLEAN(buffer) struct buffer out;
	struct store_queue_query query = query_of(words);
	struct store_queue_key key;
	static char text[65536];

	buffer_init(&out, sizeof(text));
	ck_ok(store_snapshot(pg, &snapshot, &err));
	if (after)
		ck_ok(store_queue_key(pg, after, &query, &key, &err));
	ck_ok(store_queue(pg, &query, after ? &key : NULL, limit, add_id, &out, &err));
	snprintf(text, sizeof(text), "%s", out.data ? out.data : "");
	return text;
}

/* Both ways of making the list have the same order. */
#define ck_ids(pg, words, expected)                                                      \
	do {                                                                              \
		ck_assert_str_eq(ids(pg, words, NULL, 100), expected);                    \
		ck_assert_str_eq(ids(pg, words, NULL, 0), expected);                      \
	} while (0)

/* due: from the office's now, in SQL's words; NULL: the clock stands still. */
static void put(int64_t id, int severity, int points, const char *due, const char *first)
{
	office_open(1, id, severity);
	office_script("UPDATE violation SET points = %d, first_event = first_event + interval '%s',"
		      " due = CASE WHEN '%s' = '' THEN NULL ELSE moment() + nullif('%s', '')::interval END,"
		      " clock_paused_at = CASE WHEN '%s' = '' THEN moment() END WHERE id = %lld",
		      points, first, due, due, due, (long long)id);
}

START_TEST(order_of_the_queue)
{
	put(1, 2, 0, "-1 hour", "0");
	put(2, 5, 5, "4 days", "0");
	put(3, 4, 1, "2 days", "0");
	put(4, 3, 1, "23 hours", "0");
	put(5, 5, 1, "", "0");
	put(6, 5, 5, "4 days", "-1 hour");
	put(7, 5, 9, "4 days", "0");
	put(8, 1, 0, "-3 days", "0");
	put(9, 3, 1, "24 hours", "0");
	put(10, 3, 1, "72 hours", "0");
	put(11, 3, 1, "0 hours", "0");
	office_script("UPDATE violation SET state = 'dismissed', clock_name = NULL, clock_party = NULL,"
		      " clock_started = NULL, due = NULL WHERE id = 8");
	ck_ids(owner, "", "1 4 11 3 9 7 6 2 10 5");
	ck_ids(owner, "ended or not ended", "1 4 11 3 9 7 6 2 10 5 8");
	ck_ids(owner, "state=dismissed", "8");
}
END_TEST

/* What an index serves, and what has to be searched for. */
static const char *const page_filters[] = { "", "subject~S" };

START_TEST(page_by_page)
{
	const char *words = page_filters[_i];
	char walked[2048] = "", after[24] = "";
	CLEAN(buffer) struct buffer all;

	for (int i = 1; i <= 60; i++) {
		char due[32], first[32];

		snprintf(due, sizeof(due), "%d hours", i % 5 == 4 ? 0 : (i % 7) * 20 - 20);
		snprintf(first, sizeof(first), "%d hours", -(i % 4));
		put(i, i % 5 + 1, i % 3, i % 11 == 0 ? "" : due, first);
	}
	buffer_init(&all, 4096);
	buffer_add_string(&all, ids(owner, words, NULL, 0));
	ck_assert_str_eq(ids(owner, words, NULL, 100), all.data);
	for (;;) {
		const char *page = ids(owner, words, *after ? after : NULL, 7);
		const char *last = strrchr(page, ' ') ? strrchr(page, ' ') + 1 : page;

		if (!*page)
			break;
		ck_assert_str_eq(ids(owner, words, NULL, 0), all.data);
		page = ids(owner, words, *after ? after : NULL, 7);
		last = strrchr(page, ' ') ? strrchr(page, ' ') + 1 : page;
		snprintf(walked + strlen(walked), sizeof(walked) - strlen(walked), "%s%s",
			 *walked ? " " : "", page);
		snprintf(after, sizeof(after), "V-2026-1%05d", (int)strtol(last, NULL, 10));
	}
	ck_assert_str_eq(walked, all.data);
	snprintf(after, sizeof(after), "V-2026-100030");
	struct store_queue_query query = query_of(words);
	struct store_queue_key key;
	office_script("UPDATE violation SET state = 'dismissed', clock_name = NULL, clock_party = NULL,"
		      " clock_started = NULL, due = NULL, clock_paused_at = NULL WHERE id = 30");
	ck_assert_int_eq(store_queue_key(owner, after, &query, &key, &err), -ERR_NEGATIVE);
	ck_assert_int_eq(store_queue_key(owner, "V-2026-999999", &query, &key, &err), -ERR_NEGATIVE);
}
END_TEST

/* More than are sorted in one go: they come by the order, as all do. */
START_TEST(many_that_are_searched_for)
{
	CLEAN(buffer) struct buffer first;

	office_open(1, 1, 3);
	office_script("INSERT INTO violation (contractor_id, id, number, rule_key, rule_id, subject_kind,"
		      " subject, day, severity, level, count, first_event, last_event, opened_at,"
		      " clock_started, due, points) SELECT contractor_id, i, 'V-2026-2' || lpad(i::text, 5, '0'),"
		      " rule_key, rule_id, subject_kind, 'S' || i, day, i %% 5 + 1, level, 1,"
		      " first_event - i * interval '1 minute', last_event, opened_at, clock_started,"
		      " due + (i %% 7 - 3) * interval '1 day', 0"
		      " FROM violation, generate_series(2, 2500) i WHERE id = 1");
	buffer_init(&first, 4096);
	buffer_add_string(&first, ids(owner, "", NULL, 50));
	ck_assert_str_eq(ids(owner, "subject~s", NULL, 50), first.data);
	ck_assert_str_eq(ids(owner, "subject~S2499", NULL, 50), "2499");
}
END_TEST

START_TEST(every_field_of_a_filter)
{
	CLEAN(pg) struct pg *anna = office_person("anna");

	put(1, 4, 3, "-1 hour", "-1 day");
	put(2, 3, 1, "20 hours", "0");
	put(3, 2, 0, "5 days", "0");
	put(4, 1, 0, "", "0");
	office_script("UPDATE violation SET owner = 'anna', level = 4, count = 9 WHERE id = 1;"
		      "UPDATE violation SET owner = 'bert', disputed = true, subject = 'O''Neill 50%%_' WHERE id = 2;"
		      "UPDATE violation SET clock_party = 'them' WHERE id = 4;"
		      "UPDATE rule SET requirements = '{3.1.22}', title = 'Sent in the clear' WHERE id = 1");
	office_open(2, 5, 3);
	office_script("UPDATE violation SET suppressed_until = moment() + interval '1 day' WHERE id = 5;"
		      "UPDATE violation SET suppressed_until = moment() WHERE id = 4");
	ck_ids(anna, "severity>=high", "1");
	ck_ids(anna, "severity>medium", "1");
	ck_ids(anna, "severity=medium", "2");
	ck_ids(anna, "severity!=medium", "1 3 4");
	ck_ids(anna, "severity<medium", "3 4");
	ck_ids(anna, "severity<=low", "3 4");
	ck_ids(anna, "clock=late", "1");
	ck_ids(anna, "clock<24h", "1 2");
	ck_ids(anna, "clock>=24h", "3");
	ck_ids(anna, "not clock<24h", "3 4");
	ck_ids(anna, "paused", "4");
	ck_ids(anna, "paused=no", "1 2 3");
	ck_ids(anna, "party=them", "4");
	ck_ids(anna, "party!=them", "1 2 3");
	ck_ids(anna, "owner=me", "1");
	ck_ids(anna, "owner!=me", "2 3 4");
	ck_ids(anna, "owner=bert", "2");
	ck_ids(anna, "owner!=bert", "1 3 4");
	ck_ids(anna, "not owner=anna", "2 3 4");
	ck_ids(anna, "owner=nobody", "3 4");
	ck_ids(anna, "owner!=nobody", "1 2");
	ck_ids(anna, "owner~NN", "1");
	ck_ids(anna, "contractor=ACME", "1 2 3 4");
	ck_ids(anna, "contractor=NONE", "");
	ck_ids(anna, "contractor!=NONE", "1 2 3 4");
	ck_ids(anna, "contractor~acm", "1 2 3 4");
	ck_ids(anna, "rule=rule", "1 2 3 4");
	ck_ids(anna, "rule!=rule", "");
	ck_ids(anna, "rule~CLEAR", "1 2 3 4");
	ck_ids(anna, "subject=\"O'Neill 50%_\"", "2");
	ck_ids(anna, "subject~\"o'neill 50%_\"", "2");
	ck_ids(anna, "subject~%", "2");
	ck_ids(anna, "subject!=s1", "2 3 4");
	ck_ids(anna, "first<today", "1");
	ck_ids(anna, "first=today", "2 3 4");
	ck_ids(anna, "first!=today", "1");
	ck_ids(anna, "first>=2026-11-20", "2 3 4");
	ck_ids(anna, "last<=2026-11-20", "1 2 3 4");
	ck_ids(anna, "opened>today", "");
	ck_ids(anna, "count>1", "1");
	ck_ids(anna, "count!=9", "2 3 4");
	ck_ids(anna, "points>=1", "1 2");
	ck_ids(anna, "points=0", "3 4");
	ck_ids(anna, "requirement=3.1.22", "1 2 3 4");
	ck_ids(anna, "requirement!=3.1.22", "");
	ck_ids(anna, "requirement~1.22", "1 2 3 4");
	ck_ids(anna, "marking>=secret", "1");
	ck_ids(anna, "marking<secret", "2 3 4");
	ck_ids(anna, "disputed", "2");
	ck_ids(anna, "not disputed", "1 3 4");
	ck_ids(anna, "suppressed", "5");
	ck_ids(anna, "suppression-ended", "4");
	ck_ids(anna, "not suppression-ended", "1 2 3");
	ck_ids(anna, "(severity=high or disputed) and not owner=me", "2");
}
END_TEST

START_TEST(what_lacks_evidence)
{
	CLEAN(pg) struct pg *anna = office_person("anna"), *nora = office_person("nora");

	for (int i = 1; i <= 3; i++)
		office_open(1, i, 3);
	office_open(2, 4, 3);
	office_script("UPDATE violation SET evidence_rejected = true WHERE id = 1;"
		      "UPDATE violation SET evidence_missing = true WHERE id IN (2, 4)");
	ck_ids(anna, "evidence-gap", "1 2 4");
	ck_ids(anna, "evidence-gap=no", "3");
	ck_ids(anna, "not evidence-gap and contractor=ACME", "3");
	ck_ids(nora, "evidence-gap", "4");
}
END_TEST

/* Approved by otto from now on; until: days from now. */
static void except(struct pg *anna, const char *rule, const char *subject, int until,
		   const char *decision)
{
	CLEAN(pg) struct pg *otto = office_person("otto");
	const struct store_exception exception = {
		.contractor = "ACME", .kind = "enduring", .standard = "test",
		.requirement = "3.1.1", .rule = rule, .subject = subject, .reference = "plan",
		.reason = "old", .owner = "smith", .from = now, .until = now + until * DAY,
	};
	int64_t id;

	ck_ok(store_exception_propose(anna, &exception, &id, &err));
	if (decision)
		ck_ok(store_exception_decide(otto, "ACME", id, decision, "seen", &err));
	if (decision && strcmp(decision, "approved") == 0 && until == 9)
		ck_ok(store_exception_decide(otto, "ACME", id, "ended", "over", &err));
}

static int keep_end(void *context, const struct store_violation *row, struct err *e UNUSED)
{
	*(int64_t *)context = row->exception_until;
	return 0;
}

START_TEST(what_an_exception_covers_that_ends)
{
	CLEAN(pg) struct pg *anna = office_person("anna");
	int64_t end;

	office_script("DELETE FROM exception_decision; DELETE FROM exception;"
		      "INSERT INTO requirement VALUES (1, '3.1.1', 1, 't', 'f', 5, NULL, 'c', 'direct', 'yes');"
		      "UPDATE rule SET requirements = '{3.1.1}' WHERE id = 1");
	for (int i = 1; i <= 4; i++)
		office_open(1, i, 3);
	office_open(2, 5, 3);
	ck_ids(anna, "exception-ending", "");
	/* Not approved, refused, ended, of another rule, or not soon: none is ending. */
	except(anna, NULL, NULL, 5, NULL);
	except(anna, NULL, NULL, 5, "refused");
	except(anna, NULL, NULL, 9, "approved");
	except(anna, "another", NULL, 5, "approved");
	except(anna, NULL, "s4", 31, "approved");
	ck_ids(anna, "exception-ending", "");
	ck_ids(anna, "not exception-ending", "1 2 3 4 5");
	except(anna, "rule", "s3", 29, "approved");
	ck_ids(anna, "exception-ending", "3");
	except(anna, NULL, NULL, 10, "approved");
	ck_ids(anna, "exception-ending", "1 2 3 4");
	ck_ids(anna, "exception-ending=no", "5");
	ck_ok(store_violation(anna, "V-2026-100003", keep_end, &end, &err));
	ck_assert_int_eq(end, now + 10 * DAY);
	/* Over: it covers nothing, and ends no more. */
	office_later("11 days");
	ck_ids(anna, "exception-ending", "3");
	ck_ok(store_violation(anna, "V-2026-100001", keep_end, &end, &err));
	ck_assert_int_eq(end, MOMENT_NONE);
	office_script("DELETE FROM exception_decision; DELETE FROM exception;"
		      "UPDATE rule SET requirements = '{}' WHERE id = 1; DELETE FROM requirement");
}
END_TEST

START_TEST(what_waits_for_whom)
{
	CLEAN(pg) struct pg *anna = office_person("anna"), *otto = office_person("otto");

	office_open(1, 1, 5);
	office_open(1, 2, 5);
	ck_ok(office_act(anna, "V-2026-100001", "dismiss", "FPL", NULL, NULL));
	ck_ids(otto, "waits=me", "1");
	ck_ids(anna, "waits=me", "");
	ck_ids(anna, "waits", "1");
	ck_ids(anna, "not waits", "2");
}
END_TEST

/* Only what is in the portfolio is listed and counted. */
START_TEST(a_portfolio_is_kept)
{
	CLEAN(pg) struct pg *nora = office_person("nora");
	struct store_queue_query query = query_of("");
	int64_t count;

	office_open(1, 1, 5);
	office_open(2, 2, 3);
	ck_ids(nora, "", "2");
	ck_ok(store_queue_count(nora, &query, 10, &count, &err));
	ck_assert_int_eq(count, 1);
}
END_TEST

START_TEST(a_filter_with_too_many_values_is_refused)
{
	CLEAN(pg_transaction) struct pg_transaction snapshot = { NULL };
	CLEAN(buffer) struct buffer words, out;
	struct store_queue_query query;

	buffer_init(&words, 65536);
	buffer_init(&out, 65536);
	for (int i = 0; i < 80; i++)
		buffer_add_string(&words, i ? " or count=1" : "count=1");
	query = query_of(words.data);
	ck_ok(store_snapshot(owner, &snapshot, &err));
	ck_assert_int_eq(store_queue(owner, &query, NULL, 10, add_id, &out, &err), -ERR_LIMIT);
}
END_TEST

/* The order comes from an index: nothing is sorted but what is shown. */
START_TEST(points_are_those_of_the_rule)
{
	office_script("INSERT INTO requirement VALUES (1, '3.1.1', 1, 't', 'f', 5, NULL, 'c', 'direct', 'yes'),"
		      " (1, '3.1.2', 2, 't', 'f', 3, NULL, 'c', 'direct', 'yes'), (1, '3.1.3', 3, 't', 'f', NULL, NULL, 'c', 'none', 'yes');"
		      "UPDATE rule SET requirements = '{3.1.1,3.1.2,3.1.3}' WHERE id = 1");
	ck_assert_int_eq(office_number(owner, "SELECT rule_points(1)"), 8);
	office_script("UPDATE rule SET direct = false WHERE id = 1");
	ck_assert_int_eq(office_number(owner, "SELECT rule_points(1)"), 0);
	office_script("UPDATE rule SET direct = true, requirements = '{}' WHERE id = 1; DELETE FROM requirement");
}
END_TEST

/* Saved filters ---------------------------------------------------------------------- */

static int add_filter(void *context, const struct store_saved_filter *row, struct err *e UNUSED)
{
	buffer_add_format(context, "%s: %s\n", row->name, row->filter);
	return 0;
}

static void ck_filters(struct pg *pg, const char *expected)
{
	CLEAN(buffer) struct buffer out;

	buffer_init(&out, 4096);
	ck_ok(store_saved_filters(pg, NULL, add_filter, &out, &err));
	ck_assert_str_eq(out.data ? out.data : "", expected);
}

START_TEST(filters_are_kept_by_person)
{
	CLEAN(pg) struct pg *anna = office_person("anna"), *bert = office_person("bert");

	ck_ok(store_saved_filter_save(anna, "mine", "owner=me", &err));
	ck_ok(store_saved_filter_save(anna, "late", "clock=late", &err));
	ck_ok(store_saved_filter_save(bert, "mine", "owner=bert", &err));
	ck_ok(store_saved_filter_save(anna, "late", "clock<1h", &err));
	ck_filters(anna, "late: clock<1h\nmine: owner=me\n");
	ck_filters(bert, "mine: owner=bert\n");
	ck_assert_int_eq(store_saved_filter_save(anna, "a b", "owner=me", &err), -ERR_USAGE);
	ck_assert_int_eq(store_saved_filter_remove(bert, "late", &err), -ERR_NEGATIVE);
	ck_ok(store_saved_filter_remove(anna, "late", &err));
	ck_filters(anna, "mine: owner=me\n");
	ck_assert_int_lt(pg_query(bert, "INSERT INTO saved_filter VALUES ('anna', 'x', 'y')",
				  PG_NO_VALUES, NULL, &err), 0);
	ck_assert_int_lt(pg_query(bert, "UPDATE saved_filter SET filter = ''", PG_NO_VALUES, NULL, &err), 0);
}
END_TEST

/* Many at once ------------------------------------------------------------------------- */

static struct {
	char token[STORE_BULK_TOKEN];
	int included, excluded, waits, leaves;
	char excluded_why[4096];
	int done, waiting, skipped;
	char skipped_why[4096];
} bulk;

static int add_prepared(void *context UNUSED, const struct store_bulk_prepared *row,
			struct err *e UNUSED)
{
	size_t length = strlen(bulk.excluded_why);

	bulk.included += !row->why_not;
	bulk.excluded += row->why_not != NULL;
	bulk.waits += row->waits;
	bulk.leaves += row->leaves;
	if (row->why_not)
		snprintf(bulk.excluded_why + length, sizeof(bulk.excluded_why) - length, "%s %s\n",
			 row->number, row->why_not);
	return 0;
}

static int add_done(void *context UNUSED, const struct store_bulk_done *row,
		    struct err *e UNUSED)
{
	size_t length = strlen(bulk.skipped_why);

	bulk.done += strcmp(row->outcome, "done") == 0;
	bulk.waiting += strcmp(row->outcome, "waits") == 0;
	if (strcmp(row->outcome, "skipped") == 0) {
		bulk.skipped++;
		snprintf(bulk.skipped_why + length, sizeof(bulk.skipped_why) - length, "%s %s\n",
			 row->number, row->why_not);
	}
	return 0;
}

static int prepare(struct pg *pg, const char *words, const char *action, const char *reason)
{
	const struct store_queue_query query = query_of(words);
	const struct store_bulk_act act = { action, reason, NULL, NULL, words };
	struct store_bulk_violation *list;
	size_t count;

	memset(&bulk, 0, sizeof(bulk));
	ck_ok(store_bulk_find(pg, &query, 0, arena, &list, &count, &err));
	return store_bulk_prepare(pg, &act, list, count, bulk.token, add_prepared, NULL, &err);
}

static int perform(struct pg *pg, int64_t expect)
{
	return store_bulk_do(pg, bulk.token, expect, add_done, NULL, &err);
}

static int64_t acts(void)
{
	return office_number(owner, "SELECT count(*) FROM act");
}

START_TEST(a_preview_changes_nothing)
{
	CLEAN(pg) struct pg *anna = office_person("anna");

	for (int i = 1; i <= 5; i++)
		office_open(1, i, 2);
	ck_ok(office_act(anna, "V-2026-100005", "triage", NULL, NULL, NULL));
	ck_ok(prepare(anna, "", "triage", NULL));
	ck_assert_int_eq(bulk.included, 4);
	ck_assert_int_eq(bulk.excluded, 1);
	ck_assert_msg(strstr(bulk.excluded_why, "V-2026-100005 it is triaged: triage is not possible"),
		      "%s", bulk.excluded_why);
	ck_assert_int_eq(acts(), 1);
	/* The same set has the same token. */
	char token[STORE_BULK_TOKEN];
	snprintf(token, sizeof(token), "%s", bulk.token);
	ck_ok(prepare(anna, "", "triage", NULL));
	ck_assert_str_eq(token, bulk.token);
	ck_ok(perform(anna, 0));
	ck_assert_int_eq(bulk.done, 4);
	ck_assert_int_eq(acts(), 5);
	ck_assert_int_eq(office_number(owner, "SELECT done FROM bulk"), 4);
	ck_refused(perform(anna, 0), STORE_MU_CONFLICT, "this has been done");
	ck_assert_int_eq(acts(), 5);
}
END_TEST

/* Previewed, then: one new, one closed, one given to another, one locked. */
START_TEST(only_what_was_looked_at_is_done)
{
	CLEAN(pg) struct pg *anna = office_person("anna"), *bert = office_person("bert");
	CLEAN(pg) struct pg *otto = office_person("otto");
	CLEAN(pg_transaction) struct pg_transaction lock = { NULL };

	for (int i = 1; i <= 6; i++)
		office_open(1, i, 2);
	ck_ok(prepare(anna, "", "dismiss", "FPL"));
	ck_assert_int_eq(bulk.included, 6);
	office_open(1, 7, 2);
	ck_ok(office_act(bert, "V-2026-100001", "dismiss", "BEN", "within", NULL));
	ck_ok(office_act(otto, "V-2026-100002", "assign", NULL, NULL, "{\"owner\":\"bert\"}"));
	ck_ok(pg_begin(owner, &lock, &err));
	ck_ok(pg_query(owner, "SELECT FROM violation WHERE id = 3 FOR UPDATE", PG_NO_VALUES, NULL, &err));
	ck_refused(perform(anna, 7), STORE_MU_MISSING, "6 violations and not 7; nothing was done");
	ck_ok(perform(anna, 6));
	pg_rollback(&lock);
	ck_assert_int_eq(bulk.done, 3);
	ck_assert_int_eq(bulk.skipped, 3);
	ck_assert_msg(strstr(bulk.skipped_why, "V-2026-100001 it has changed since: ") &&
			      strstr(bulk.skipped_why, "dismiss by bert"), "%s", bulk.skipped_why);
	ck_assert_ptr_nonnull(strstr(bulk.skipped_why, "assign by otto"));
	ck_assert_ptr_nonnull(strstr(bulk.skipped_why, "V-2026-100003 somebody is at work on it"));
	ck_assert_int_eq(office_number(owner, "SELECT count(*) FROM violation WHERE state = 'flagged'"), 3);
	/* One act each, and one record of all. */
	ck_assert_int_eq(office_number(owner, "SELECT count(*) FROM act WHERE actor = 'anna' AND action = 'dismiss'"), 3);
	ck_assert_int_eq(office_number(owner, "SELECT skipped FROM bulk WHERE account = 'anna'"), 3);
}
END_TEST

START_TEST(what_was_done_to_many_is_taken_back)
{
	CLEAN(pg) struct pg *anna = office_person("anna"), *bert = office_person("bert");

	for (int i = 1; i <= 5; i++)
		office_open(1, i, 2);
	ck_ok(prepare(anna, "", "triage", NULL));
	ck_ok(perform(anna, 0));
	ck_ok(office_act(bert, "V-2026-100005", "note", NULL, "seen", NULL));
	ck_ok(prepare(anna, "", "undo", NULL));
	ck_ok(perform(anna, 0));
	ck_assert_int_eq(bulk.done, 4);
	ck_assert_int_eq(bulk.skipped, 1);
	ck_assert_msg(strstr(bulk.skipped_why, "only your own last act"), "%s", bulk.skipped_why);
	ck_assert_int_eq(office_number(owner, "SELECT count(*) FROM violation WHERE state = 'flagged'"), 4);
}
END_TEST

START_TEST(many_or_grave_ones_take_their_count)
{
	CLEAN(pg) struct pg *anna = office_person("anna"), *bert = office_person("bert");

	for (int i = 1; i <= 51; i++)
		office_open(1, i, 2);
	ck_ok(prepare(anna, "", "triage", NULL));
	ck_refused(perform(anna, 0), STORE_MU_MISSING, "more than 50");
	ck_refused(perform(bert, 51), STORE_MU_MISSING, "no preview");
	ck_assert_int_eq(acts(), 0);
	ck_ok(perform(anna, 51));
	ck_assert_int_eq(bulk.done, 51);
	office_open(1, 60, 4);
	ck_ok(prepare(anna, "severity>=high", "dismiss", "FPL"));
	ck_assert_int_eq(bulk.waits, 1);
	ck_refused(perform(anna, 0), STORE_MU_MISSING, "severity high");
	ck_ok(perform(anna, 1));
	ck_assert_int_eq(bulk.waiting, 1);
}
END_TEST

START_TEST(notices_are_prepared_and_none_is_sent)
{
	CLEAN(pg) struct pg *anna = office_person("anna");

	office_open(1, 1, 2);
	ck_ok(office_act(anna, "V-2026-100001", "triage", NULL, NULL, NULL));
	ck_ok(prepare(anna, "", "notice", NULL));
	ck_assert_int_eq(bulk.leaves, 1);
	ck_ok(perform(anna, 0));
	ck_assert_int_eq(office_number(owner, "SELECT count(*) FROM violation WHERE state = 'noticed'"
					      " AND clock_paused_at IS NOT NULL"), 1);
	ck_assert_int_eq(office_number(owner, "SELECT count(*) FROM act WHERE action = 'deliver'"), 0);
}
END_TEST

START_TEST(some_things_are_never_done_in_bulk)
{
	static const char *const never[] = { "approve", "refuse",   "deliver",	"sanction", "uphold",
					     "overturn", "remand",  "lapse",	"merge",    "withdraw",
					     "appeal",	"reply",    "extend",	"verify",   "plan",
					     "milestone" };
	CLEAN(pg) struct pg *otto = office_person("otto"), *paul = office_person("paul");

	office_open(1, 1, 2);
	for (size_t i = 0; i < ARRAY_LENGTH(never); i++) {
		ck_refused(prepare(otto, "", never[i], NULL), STORE_MU_PERSON, "never in bulk");
		ck_refused(prepare(paul, "", never[i], NULL), STORE_MU_PERSON, "never in bulk");
	}
	ck_refused(prepare(otto, "", "explode", NULL), STORE_MU_MISSING, "no action");
	ck_assert_int_eq(office_number(owner, "SELECT count(*) FROM bulk_preview"), 0);
}
END_TEST

START_TEST(who_may_not_alone_may_not_in_bulk)
{
	CLEAN(pg) struct pg *nora = office_person("nora"), *udo = office_person("udo");
	const struct store_bulk_act act = { "triage", NULL, NULL, NULL, "" };
	const struct store_bulk_violation list[] = { { 1, 1 }, { 2, 2 } };

	office_open(1, 1, 2);
	office_open(2, 2, 2);
	memset(&bulk, 0, sizeof(bulk));
	/* She names one that is not hers. */
	ck_ok(store_bulk_prepare(nora, &act, list, 2, bulk.token, add_prepared, NULL, &err));
	ck_assert_int_eq(bulk.included + bulk.excluded, 1);
	ck_ok(perform(nora, 1));
	ck_assert_int_eq(bulk.done, 1);
	ck_assert_int_lt(store_bulk_prepare(udo, &act, list, 2, bulk.token, add_prepared, NULL, &err), 0);
	ck_assert_int_lt(pg_query(nora, "UPDATE bulk_preview SET versions = '{5}'", PG_NO_VALUES, NULL, &err), 0);
	ck_assert_int_lt(pg_query(nora, "DELETE FROM bulk", PG_NO_VALUES, NULL, &err), 0);
}
END_TEST

START_TEST(what_is_missing_is_told_for_each)
{
	CLEAN(pg) struct pg *anna = office_person("anna");

	office_open(1, 1, 2);
	ck_ok(prepare(anna, "", "dismiss", NULL));
	ck_assert_int_eq(bulk.included, 0);
	ck_assert_str_eq(bulk.token, "");
	ck_assert_ptr_nonnull(strstr(bulk.excluded_why, "needs a reason"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("queue");
	TCase *tests = tcase_create("queue");
	SRunner *runner = srunner_create(suite);

	tcase_add_unchecked_fixture(tests, office_begin, server_end);
	tcase_add_checked_fixture(tests, begin, end);
	tcase_set_timeout(tests, 300);
	tcase_add_test(tests, order_of_the_queue);
	tcase_add_loop_test(tests, page_by_page, 0, ARRAY_LENGTH(page_filters));
	tcase_add_test(tests, many_that_are_searched_for);
	tcase_add_test(tests, every_field_of_a_filter);
	tcase_add_test(tests, what_lacks_evidence);
	tcase_add_test(tests, what_an_exception_covers_that_ends);
	tcase_add_test(tests, what_waits_for_whom);
	tcase_add_test(tests, a_portfolio_is_kept);
	tcase_add_test(tests, a_filter_with_too_many_values_is_refused);
	tcase_add_test(tests, points_are_those_of_the_rule);
	tcase_add_test(tests, filters_are_kept_by_person);
	tcase_add_test(tests, a_preview_changes_nothing);
	tcase_add_test(tests, only_what_was_looked_at_is_done);
	tcase_add_test(tests, what_was_done_to_many_is_taken_back);
	tcase_add_test(tests, many_or_grave_ones_take_their_count);
	tcase_add_test(tests, notices_are_prepared_and_none_is_sent);
	tcase_add_test(tests, some_things_are_never_done_in_bulk);
	tcase_add_test(tests, who_may_not_alone_may_not_in_bulk);
	tcase_add_test(tests, what_is_missing_is_told_for_each);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
