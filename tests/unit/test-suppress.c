#include "test-people.h"

START_TEST(what_is_suppressed_is_not_written_home_about)
{
	int64_t before;

	lead_to_reopened(1);
	ck_ok(do_made(one, TEXT("triage")));
	before = office_number(owner, "SELECT count(*) FROM outbox");
	ck_ok(office_act(people.anna, one, "suppress", "FPD", "a clock",
			 "{\"until\":\"2027-01-01T00:00:00Z\"}"));
	ck_assert_int_eq(office_number(owner, "SELECT count(*) FROM outbox"), before);
	/* Nothing has left, so it can be taken back. */
	office_later("1 hour");
	ck_ok(office_act(people.anna, one, "undo", NULL, NULL, NULL));
}
END_TEST

#define WIDE "{\"until\":\"2026-12-20T00:00:00Z\",\"subject\":true}"
#define TICKET "ticket 417"

/* Asking ---------------------------------------------------------------------------------- */

static char token[STORE_BULK_TOKEN];

static int prepared(void *context, const struct store_bulk_prepared *row, struct err *e)
{
	(void)context;
	return row->why_not ? err_set(e, ERR_REFUSED, "%s", row->why_not) : 0;
}

static struct store_case case_of(struct pg *pg, const char *number)
{
	struct store_case is;

	ck_ok(store_case_find(pg, number, &is, &err));
	return is;
}

/* A preview of suppressing it, in token. */
static int look(struct pg *pg, const char *number, const char *data)
{
	const struct store_bulk_act act = { "suppress", "BEN", TICKET, data, "test" };
	const struct store_case is = case_of(pg, number);
	const struct store_bulk_violation one_of = { is.contractor_id, is.id };

	return store_bulk_prepare(pg, &act, &one_of, 1, token, prepared, NULL, &err);
}

static int ask_as_seen(struct pg *pg, const char *number)
{
	const struct store_case is = case_of(pg, number);
	struct store_acted acted;

	return store_suppression_do(pg, &is, token, &acted, &err);
}

static void ask(struct pg *pg, const char *number, const char *data)
{
	ck_ok(look(pg, number, data));
	ck_ok(ask_as_seen(pg, number));
}

/* What was shown, with texts of its own. */
struct shown {
	size_t count;
	struct store_suppression_preview row;
	char rule[40], subject[40], owner[40], note[40];
};

static int keep_preview(void *context, const struct store_suppression_preview *row,
			struct err *e UNUSED)
{
	struct shown *shown = context;

	shown->count++;
	shown->row = *row;
	snprintf(shown->rule, sizeof(shown->rule), "%s", row->rule ? row->rule : "any");
	snprintf(shown->subject, sizeof(shown->subject), "%s", row->subject ? row->subject : "any");
	snprintf(shown->owner, sizeof(shown->owner), "%s", row->owner);
	snprintf(shown->note, sizeof(shown->note), "%s", row->note ? row->note : "");
	return 0;
}

static struct shown preview_of(struct pg *pg, const char *number, const char *data)
{
	const struct store_act_asked asked = { "suppress", "BEN", TICKET, text_of(data) };
	const struct store_case is = case_of(pg, number);
	struct shown shown = { 0 };

	ck_ok(store_suppression_preview(pg, &is, &asked, keep_preview, &shown, &err));
	return shown;
}

static int64_t hidden_until(const char *subject, int severity)
{
	char sql[300];

	snprintf(sql, sizeof(sql), "SELECT count(*) FROM (SELECT suppressed_until(1, 'rule', '%s', %d,"
				   " moment()) AS t) x WHERE t IS NOT NULL", subject, severity);
	return office_number(owner, sql);
}

/* Opened by the daemon, as the writer does it. */
static void open_later(int64_t id, const char *subject, int severity)
{
	office_open(1, id, severity);
	office_script("UPDATE violation SET run = id, subject = '%s', suppressed_until ="
		      " suppressed_until(contractor_id, rule_key, '%s', severity, opened_at)"
		      " WHERE id = %lld", subject, subject, (long long)id);
	ck_ok(store_suppressed_record(people.daemon, 1, id, id, &err));
}

/* With others like it: two people, and only as long as the act stands. */
START_TEST(others_like_it_take_two_people)
{
	office_open(1, 1, 3);
	ask(people.anna, one, WIDE);
	ck_assert_int_eq(office_number(owner, "SELECT count(*) FROM suppression"), 0);
	ck_assert_int_eq(hidden_until("s1", 3), 0);
	ck_refused(office_act(people.anna, one, "approve", NULL, NULL, NULL), STORE_MU_PERSON,
		   "supervisor");
	ck_ok(office_act(people.otto, one, "approve", NULL, NULL, NULL));
	ck_assert_int_eq(office_number(owner, "SELECT count(*) FROM suppression"), 1);
	ck_assert_int_eq(hidden_until("s1", 3), 1);
	ck_assert_int_eq(hidden_until("s2", 3), 0);     /* another subject */
	ck_assert_int_eq(hidden_until("s1", 4), 0);     /* a more severe one */
	/* That what it began with grows worse makes it hide no more. */
	office_script("UPDATE violation SET severity = 5 WHERE id = 1");
	ck_assert_int_eq(hidden_until("s1", 4), 0);
	ck_ok(office_act(people.otto, one, "undo", NULL, NULL, NULL));
	ck_assert_int_eq(hidden_until("s1", 3), 0);
}
END_TEST

START_TEST(nothing_wide_is_done_without_a_look_at_that_very_thing)
{
	static const char later[] = "{\"until\":\"2026-12-21T00:00:00Z\",\"subject\":true}";
	static const char wider[] = "{\"until\":\"2026-12-20T00:00:00Z\",\"rule\":true}";
	static const char words[] = "there is no preview";

	office_open(1, 1, 3);
	office_open(1, 2, 3);
	ck_refused(office_act(people.anna, one, "suppress", "BEN", TICKET, WIDE), STORE_MU_MISSING,
		   words);
	ck_ok(look(people.anna, one, WIDE));
	ck_refused(office_act(people.anna, one, "suppress", "BEN", TICKET, later),
		   STORE_MU_MISSING, words);
	ck_refused(office_act(people.anna, one, "suppress", "BEN", TICKET, wider),
		   STORE_MU_MISSING, words);
	ck_refused(office_act(people.anna, one, "suppress", "BEN", "another", WIDE),
		   STORE_MU_MISSING, words);
	ck_refused(office_act(people.bert, one, "suppress", "BEN", TICKET, WIDE),
		   STORE_MU_MISSING, words);
	ck_refused(office_act(people.anna, two, "suppress", "BEN", TICKET, WIDE),
		   STORE_MU_MISSING, words);
	ck_assert_int_eq(office_number(owner, "SELECT count(*) FROM act"), 0);
	/* The case has changed since. */
	ck_ok(office_act(people.anna, one, "note", NULL, "news", NULL));
	ck_refused(office_act(people.anna, one, "suppress", "BEN", TICKET, WIDE), STORE_MU_MISSING,
		   words);
	ck_assert_int_eq(ask_as_seen(people.anna, one), -ERR_REFUSED);
	ck_assert_ptr_nonnull(strstr(err.text, "changed since"));
	ck_ok(look(people.anna, one, WIDE));
	ck_assert_int_eq(ask_as_seen(people.bert, one), -ERR_REFUSED);
	ck_assert_int_eq(ask_as_seen(people.anna, two), -ERR_REFUSED);
	ck_assert_ptr_nonnull(strstr(err.text, "no preview"));
	ck_ok(ask_as_seen(people.anna, one));
	ck_refused(ask_as_seen(people.anna, one), STORE_MU_CONFLICT, "has been done");
	/* About this one alone nothing has to be looked at. */
	ck_ok(office_act(people.anna, two, "suppress", "BEN", TICKET,
			 "{\"until\":\"2026-12-20T00:00:00Z\"}"));
}
END_TEST

static int count_skipped(void *context, const struct store_bulk_done *row, struct err *e UNUSED)
{
	*(int *)context += strcmp(row->outcome, "skipped") == 0;
	return 0;
}

START_TEST(scopes_are_not_made_in_bulk)
{
	const struct store_bulk_act act = { "suppress", "BEN", TICKET, WIDE, "test" };
	const struct store_bulk_violation list[] = { { 1, 1 }, { 1, 2 } };
	int skipped = 0;

	office_open(1, 1, 3);
	office_open(1, 2, 3);
	ck_ok(store_bulk_prepare(people.anna, &act, list, 2, token, prepared, NULL, &err));
	ck_ok(store_bulk_do(people.anna, token, 2, count_skipped, &skipped, &err));
	ck_assert_int_eq(skipped, 2);
}
END_TEST

/* Looking --------------------------------------------------------------------------------- */

START_TEST(the_preview_counts_what_would_have_been_hidden)
{
	struct shown shown;

	office_time("2026-10-01T00:00:00Z");
	office_open(1, 2, 3);                   /* too long ago */
	office_time(OFFICE_ZERO);
	for (int64_t id = 3; id <= 8; id++)
		office_open(1, id, 3);
	office_open(2, 9, 3);                   /* of another contractor */
	office_open(1, 1, 3);
	office_script("UPDATE violation SET run = id, subject = 's1' WHERE id <> 8;"
		      "UPDATE violation SET severity = 4 WHERE id = 7;"
		      "UPDATE violation SET state = 'sustained', clock_name = 'plan',"
		      " clock_party = 'them' WHERE id = 3;"
		      "UPDATE violation SET state = CASE id WHEN 4 THEN 'closed' ELSE 'dismissed' END,"
		      " clock_name = NULL, clock_party = NULL, clock_started = NULL, due = NULL"
		      " WHERE id IN (4, 5)");
	shown = preview_of(people.anna, one, WIDE);
	ck_assert_int_eq(shown.count, 1);
	ck_assert_int_eq(shown.row.hidden, 4);
	ck_assert_int_eq(shown.row.sustained, 2);       /* one of them corrected since */
	ck_assert_int_eq(shown.row.open, 1);
	ck_assert_int_eq(shown.row.dismissed, 1);
	ck_assert_int_eq(shown.row.more_severe, 1);
	ck_assert_int_eq(shown.row.severity, 3);
	ck_assert_str_eq(shown.rule, "any");
	ck_assert_str_eq(shown.subject, "s1");
	ck_assert_str_eq(shown.owner, "anna");
	/* About this one alone, there is nothing to count. */
	ck_assert_int_eq(preview_of(people.anna, one, "{\"until\":\"2026-12-20\"}").count, 0);
	/* Whoever signs sees the same. */
	memset(&shown, 0, sizeof(shown));
	ck_ok(store_suppression_waiting(people.otto, 1, 1, keep_preview, &shown, &err));
	ck_assert_int_eq(shown.count, 0);
	ask(people.anna, one, WIDE);
	ck_ok(store_suppression_waiting(people.otto, 1, 1, keep_preview, &shown, &err));
	ck_assert_int_eq(shown.count, 1);
	ck_assert_int_eq(shown.row.hidden, 4);
	ck_assert_int_eq(shown.row.more_severe, 1);
	ck_assert_int_eq(shown.row.act, 1);
	ck_assert_str_eq(shown.owner, "anna");
	ck_assert_str_eq(shown.note, TICKET);
}
END_TEST

/* Violations of 2 contractors, 3 rules, 3 subjects and 5 severities, 2 of each. */
static void open_all_kinds(void)
{
	office_script("INSERT INTO violation (contractor_id, id, number, rule_key, rule_id,"
		      " subject_kind, subject, day, severity, level, count, first_event, last_event,"
		      " opened_at, clock_started, due, points, run)"
		      " SELECT c, 10 + n, 'V-2026-' || (c * 100000 + 10 + n), 'rule' || n %% 3, 1,"
		      " 'actor', 's' || n / 3 %% 3, '2026-11-20', n / 9 %% 5 + 1, 1, 1, m, m, m, m,"
		      " opening_due(m, false), 0, 10 + n"
		      " FROM moment() m, generate_series(1, 2) c, generate_series(0, 89) n");
}

START_TEST(the_preview_and_what_hides_agree)
{
	static const char *const scopes[] = {
		"{\"until\":\"2026-12-20T00:00:00Z\",\"rule\":true}",
		"{\"until\":\"2026-12-20T00:00:00Z\",\"subject\":true}",
		"{\"until\":\"2026-12-20T00:00:00Z\",\"rule\":true,\"subject\":true}",
	};
	static const int64_t per_severity[] = { 6, 6, 2 };
	int base = _i / 5;                      /* scope; severity from 1 to 5: _i % 5 + 1 */
	int64_t severity = _i % 5 + 1;
	char number[40];

	open_all_kinds();
	office_script("UPDATE violation SET subject_kind = 'host' WHERE id = 12");
	snprintf(number, sizeof(number), "V-2026-%lld",
		 (long long)(100010 + 4 + 9 * (severity - 1)));
	struct shown shown = preview_of(people.anna, number, scopes[base]);
	ck_assert_int_eq(shown.row.severity, severity);
	ck_assert_int_eq(shown.row.hidden, per_severity[base] * severity - 1);
	ck_assert_int_eq(shown.row.more_severe, per_severity[base] * (5 - severity));
	ask(people.anna, number, scopes[base]);
	ck_ok(office_act(people.otto, number, "approve", NULL, NULL, NULL));
	ck_assert_int_eq(office_number(owner,
		"SELECT count(*) FROM violation v WHERE suppressed_until(v.contractor_id, v.rule_key,"
		" v.subject, v.severity, moment()) IS NOT NULL"), shown.row.hidden + 1);
}
END_TEST

START_TEST(nobody_looks_beyond_the_portfolio)
{
	office_open(1, 1, 3);
	CLEAN(pg) struct pg *nora = office_person("nora");

	ck_assert_int_eq(office_number(owner, "SELECT count(*) FROM suppression_preview(1, 1, '" WIDE "')"), 1);
	ck_assert_int_eq(office_number(nora, "SELECT count(*) FROM suppression_preview(1, 1, '" WIDE "')"), 0);
}
END_TEST

/* Afterwards ------------------------------------------------------------------------------ */

static int add_listed(void *context, const struct store_suppression *row, struct err *e UNUSED)
{
	buffer_add_format(context, "%s %lld %s %s %s %s %lld/%lld; ", row->number,
			  (long long)row->act, row->owner, row->signer ? row->signer : "-",
			  row->subject ? row->subject : "any", row->state, (long long)row->hides,
			  (long long)row->hid);
	return 0;
}

static int add_hidden(void *context, const struct store_suppressed *row, struct err *e UNUSED)
{
	buffer_add_format(context, "%s %s; ", row->number,
			  row->until == MOMENT_NONE ? "moved" : row->hidden ? "hidden" : "back");
	return 0;
}

static void ck_listed(const char *contractor, const char *expected)
{
	const struct store_suppression_query query = { .contractor = contractor };
	CLEAN(pg_transaction) struct pg_transaction snapshot = { NULL };
	CLEAN(buffer) struct buffer words;

	buffer_init(&words, 65536);
	buffer_add_string(&words, "");
	ck_ok(store_snapshot(people.anna, &snapshot, &err));
	ck_ok(store_suppressions(people.anna, &query, add_listed, &words, &err));
	ck_assert_str_eq(words.length ? words.data : "", expected);
}

static void ck_hidden(const char *number, const char *expected)
{
	CLEAN(pg_transaction) struct pg_transaction snapshot = { NULL };
	CLEAN(buffer) struct buffer words;

	buffer_init(&words, 65536);
	ck_ok(store_snapshot(people.anna, &snapshot, &err));
	ck_ok(store_suppressed(people.anna, number, add_hidden, &words, &err));
	ck_assert_str_eq(words.length ? words.data : "", expected);
}

static int64_t returned(void)
{
	return office_number(owner, "SELECT count(*) FROM violation WHERE suppressed_until <= moment()");
}

START_TEST(what_was_hidden_comes_back_as_such)
{
	office_open(1, 1, 3);
	ck_listed(NULL, "");
	ask(people.anna, one, WIDE);
	ck_listed(NULL, "V-2026-100001 1 anna - s1 waits 0/0; ");
	ck_hidden(one, "");
	ck_ok(office_act(people.otto, one, "approve", NULL, NULL, NULL));
	ck_listed(NULL, "V-2026-100001 1 anna otto s1 in force 1/1; ");
	ck_listed("BOREAL", "");
	office_later("1 day");
	open_later(2, "s1", 3);
	open_later(3, "s1", 4);                 /* stays in the queue */
	open_later(4, "s1", 2);
	ck_listed("ACME", "V-2026-100001 1 anna otto s1 in force 3/3; ");
	ck_ok(office_act(people.bert, "V-2026-100004", "triage", NULL, NULL, NULL));
	ck_listed(NULL, "V-2026-100001 1 anna otto s1 in force 2/3; ");
	ck_hidden(one, "V-2026-100001 hidden; V-2026-100002 hidden; V-2026-100004 moved; ");
	ck_assert_int_eq(returned(), 0);
	office_time("2026-12-20T00:00:00Z");
	ck_assert_int_eq(returned(), 2);
	ck_listed(NULL, "V-2026-100001 1 anna otto s1 ended 0/3; ");
	ck_hidden(one, "V-2026-100001 back; V-2026-100002 back; V-2026-100004 moved; ");
	open_later(5, "s1", 3);
	ck_assert_int_eq(returned(), 2);
	ck_hidden(two, "");
	/* The mark goes when the case moves on; the list stays. */
	ck_ok(office_act(people.bert, two, "triage", NULL, NULL, NULL));
	ck_assert_int_eq(returned(), 1);
	ck_hidden(one, "V-2026-100001 back; V-2026-100002 moved; V-2026-100004 moved; ");
}
END_TEST

START_TEST(what_grows_worse_comes_back)
{
	int64_t count;

	office_open(1, 1, 3);
	ask(people.anna, one, WIDE);
	ck_ok(office_act(people.otto, one, "approve", NULL, NULL, NULL));
	office_later("1 day");
	open_later(2, "s1", 3);
	open_later(3, "s1", 2);
	office_script("UPDATE violation SET severity = severity + 1 WHERE id IN (2, 3)");
	ck_ok(store_pass(people.daemon, &count, &err));
	ck_assert_int_eq(count, 1);
	ck_assert_int_eq(returned(), 1);
	ck_hidden(one, "V-2026-100001 hidden; V-2026-100002 back; V-2026-100003 hidden; ");
	office_script("UPDATE violation SET severity = 4 WHERE id = 1");
	ck_ok(store_pass(people.daemon, &count, &err));
	ck_ok(store_pass(people.daemon, &count, &err));
	ck_assert_int_eq(count, 0);
	ck_assert_int_eq(returned(), 2);
}
END_TEST

START_TEST(undone_it_comes_back_as_such_too)
{
	office_open(1, 1, 3);
	ask(people.anna, one, WIDE);
	ck_ok(office_act(people.otto, one, "approve", NULL, NULL, NULL));
	office_later("1 day");
	open_later(2, "s1", 3);
	ck_ok(office_act(people.anna, two, "note", NULL, "seen", NULL));
	ck_ok(office_act(people.otto, one, "undo", NULL, NULL, NULL));
	ck_listed(NULL, "V-2026-100001 1 anna otto s1 undone 0/2; ");
	ck_assert_int_eq(returned(), 1);
	ck_assert_int_eq(office_number(owner, "SELECT id FROM violation WHERE suppressed_until <= moment()"), 2);
	open_later(3, "s1", 3);
	ck_hidden(one, "V-2026-100001 moved; V-2026-100002 back; ");
}
END_TEST

/* What is about one alone is on the list too; what was declined is not. */
START_TEST(the_list_has_them_all)
{
	office_open(1, 1, 3);
	office_open(1, 2, 3);
	ck_ok(office_act(people.anna, two, "suppress", "BEN", TICKET,
			 "{\"until\":\"2026-12-01T00:00:00Z\"}"));
	ask(people.anna, one, WIDE);
	ck_ok(office_act(people.otto, one, "refuse", NULL, "no", NULL));
	ck_listed(NULL, "V-2026-100002 1 anna - s2 in force 1/1; ");
	office_time("2026-12-01T00:00:00Z");
	ck_listed(NULL, "V-2026-100002 1 anna - s2 ended 0/1; ");
	ck_assert_int_eq(returned(), 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("suppress");
	TCase *tests = tcase_create("suppress");
	SRunner *runner = srunner_create(suite);

	tcase_add_unchecked_fixture(tests, office_begin_with_letters, server_end);
	tcase_add_checked_fixture(tests, people_begin, people_end);
	tcase_set_timeout(tests, 300);
	tcase_add_test(tests, what_is_suppressed_is_not_written_home_about);
	tcase_add_test(tests, others_like_it_take_two_people);
	tcase_add_test(tests, nothing_wide_is_done_without_a_look_at_that_very_thing);
	tcase_add_test(tests, scopes_are_not_made_in_bulk);
	tcase_add_test(tests, the_preview_counts_what_would_have_been_hidden);
	tcase_add_loop_test(tests, the_preview_and_what_hides_agree, 0, 15);
	tcase_add_test(tests, nobody_looks_beyond_the_portfolio);
	tcase_add_test(tests, what_was_hidden_comes_back_as_such);
	tcase_add_test(tests, what_grows_worse_comes_back);
	tcase_add_test(tests, undone_it_comes_back_as_such_too);
	tcase_add_test(tests, the_list_has_them_all);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
