/* What the process bounds: waiting, extensions, plans, answers, exceptions. */
#include "test-people.h"

#include <dirent.h>

/* Signatures ------------------------------------------------------------------------ */

static const char extension[] = "{\"until\":\"2026-12-30T00:00:00Z\"}";

/* More time was asked for before it was over: that is decided first, and soon. */
START_TEST(what_nobody_signs_expires)
{
	int64_t acts;

	for (int64_t id = 1; id <= 3; id++) {
		lead_to(CASEWORK_STATE_NOTICED, id);
		office_time("2026-12-10T12:00:00Z");
		ck_ok(office_act(people.anna, number_of(id), "extend", NULL, "flood", extension));
	}
	ck_ok(office_act(people.anna, number_of(3), "undo", NULL, NULL, NULL));
	/* Thursday and five business days. */
	ck_assert_int_eq(office_number(owner, "SELECT count(*) FROM violation"
		" WHERE pending_until = '2026-12-18T00:00:00Z'"), 2);
	office_time("2026-12-17T23:59:59Z");
	ck_ok(store_pass(people.daemon, &acts, &err));
	ck_assert_int_eq(acts, 1);
	ck_assert_str_eq(state_of(1), "noticed");
	ck_assert_str_eq(state_of(3), "unanswered");
	ck_refused(office_act(people.daemon, one, "expire", NULL, NULL, NULL), STORE_MU_STATE,
		   "can be signed until 2026-12-18");
	ck_ok(office_act(people.otto, one, "approve", NULL, NULL, NULL));
	ck_assert_int_eq(office_number(owner, "SELECT count(*) FROM violation WHERE id = 1"
		" AND due = '2026-12-30T00:00:00Z' AND pending_until IS NULL"), 1);
	office_time("2026-12-24T12:00:00Z");
	ck_refused(office_act(people.otto, two, "approve", NULL, NULL, NULL), STORE_MU_STATE,
		   "has expired");
	ck_ok(store_pass(people.daemon, &acts, &err));
	ck_assert_int_eq(acts, 2);
	/* Both are facts, each with its moment; the deadline is the one that it was. */
	ck_assert_int_eq(office_number(owner, "SELECT count(*) FROM act WHERE violation_id = 2"
		" AND action = 'expire' AND at = '2026-12-18T00:00:00Z'"
		" AND recorded_at = '2026-12-24T12:00:00Z'"), 1);
	ck_assert_int_eq(office_number(owner, "SELECT count(*) FROM act WHERE violation_id = 2"
		" AND action = 'lapse' AND at = '2026-12-11T00:00:00Z'"), 1);
	ck_assert_str_eq(state_of(2), "unanswered");
	ck_refused(office_act(people.otto, two, "approve", NULL, NULL, NULL), STORE_MU_STATE,
		   "nothing waits");
	ck_refused(office_act(people.daemon, two, "expire", NULL, NULL, NULL), STORE_MU_STATE,
		   "nothing waits");
}
END_TEST

static int take_sign(void *context, const struct store_clock *row, struct err *error UNUSED)
{
	if (strcmp(row->name, "sign") == 0 && row->ours)
		*(int64_t *)context = row->due - row->began;
	return 0;
}

/* Among the clocks of the office is the time to sign. */
START_TEST(what_waits_is_among_the_clocks)
{
	const struct store_clock_filter filter = { .until = MOMENT_NONE, .ours = true };
	CLEAN(pg_transaction) struct pg_transaction snapshot = { NULL };
	int64_t left = 0;

	office_open(1, 1, 5);
	ck_ok(office_act(people.anna, one, "dismiss", "FPL", NULL, NULL));
	ck_ok(store_snapshot(people.otto, &snapshot, &err));
	ck_ok(store_clocks(people.otto, &filter, 0, take_sign, &left, &err));
	/* From Friday 16:40 to the end of Tuesday. */
	ck_assert_int_eq(left / MICROSECONDS, 4 * 86400 + 26400);
}
END_TEST

/* Nor does it hold back anything else: who asked may be away. */
START_TEST(what_expired_is_out_of_the_way)
{
	int64_t acts;

	office_open(1, 1, 5);
	ck_ok(office_act(people.anna, one, "dismiss", "FPL", NULL, NULL));
	ck_ok(office_act(people.bert, one, "note", NULL, "anna is away", NULL));
	ck_refused(office_act(people.bert, one, "triage", NULL, NULL, NULL), STORE_MU_STATE, "waits");
	/* Two business days, for it is critical. */
	office_time("2026-11-25T00:00:00Z");
	ck_ok(store_pass(people.daemon, &acts, &err));
	ck_assert_int_eq(acts, 1);
	ck_ok(office_act(people.bert, one, "triage", NULL, NULL, NULL));
	ck_assert_str_eq(state_of(1), "triaged");
}
END_TEST

/* What was signed and is taken back waits on in the time that it had. */
START_TEST(taking_a_signature_back_gives_no_time)
{
	int64_t acts;

	office_open(1, 1, 5);
	ck_ok(office_act(people.anna, one, "dismiss", "FPL", NULL, NULL));
	office_time("2026-11-24T12:00:00Z");
	ck_ok(office_act(people.otto, one, "approve", NULL, NULL, NULL));
	ck_ok(office_act(people.otto, one, "undo", NULL, NULL, NULL));
	ck_assert_int_eq(office_number(owner, "SELECT count(*) FROM violation"
		" WHERE pending_action = 1 AND pending_until = '2026-11-25T00:00:00Z'"), 1);
	office_time("2026-11-25T00:00:00Z");
	ck_ok(store_pass(people.daemon, &acts, &err));
	ck_assert_int_eq(acts, 1);
}
END_TEST

/* Who speaks for the contractor does not put a request in the place of another. */
START_TEST(one_request_waits_at_a_time)
{
	lead_to(CASEWORK_STATE_ESCALATED, 1);
	ck_ok(do_made(one, TEXT("sanction")));
	ck_refused(do_made(one, TEXT("plan")), STORE_MU_STATE, "an act waits for a second person");
	ck_assert_int_eq(office_number(owner, "SELECT count(*) FROM violation v JOIN act a"
		" ON a.violation_id = v.id AND a.number = v.pending_action WHERE a.action = 'sanction'"), 1);
	ck_ok(do_made(one, TEXT("approve")));
	ck_ok(do_made(one, TEXT("plan")));
}
END_TEST

/* Extensions and plans -------------------------------------------------------------- */

START_TEST(no_clock_is_extended_without_end)
{
	static const struct {
		enum casework_state state;
		const char *until, *too_late, *says;
	} clocks[] = {
		{ CASEWORK_STATE_NOTICED, "{\"until\":\"2026-12-31T00:00:00Z\"}",
		  "{\"until\":\"2026-12-31T00:00:01Z\"}",
		  "clock reply lasts 28 business days at most with all extensions: until 2026-12-31" },
		{ CASEWORK_STATE_SUSTAINED, "{\"until\":\"2027-01-02T00:00:00Z\"}",
		  "{\"until\":\"2027-01-02T00:00:01Z\"}",
		  "clock plan lasts 30 business days at most with all extensions: until 2027-01-02" },
		{ CASEWORK_STATE_CORRECTIVE_ACTION, NULL, "{\"until\":\"2027-05-20T00:00:00Z\"}",
		  "clock correct lasts 180 days at most with all extensions: until 2027-05-19" },
	};

	for (int64_t i = 0; i < (int64_t)ARRAY_LENGTH(clocks); i++) {
		lead_to(clocks[i].state, i + 1);
		ck_refused(office_act(people.anna, number_of(i + 1), "extend", NULL, "more",
				      clocks[i].too_late), STORE_MU_MISSING, clocks[i].says);
		if (!clocks[i].until)
			continue;
		ck_ok(office_act(people.anna, number_of(i + 1), "extend", NULL, "more",
				 clocks[i].until));
		ck_ok(office_act(people.otto, number_of(i + 1), "approve", NULL, NULL, NULL));
		/* What has been given already counts. */
		ck_refused(office_act(people.anna, number_of(i + 1), "extend", NULL, "more",
				      clocks[i].too_late), STORE_MU_MISSING, clocks[i].says);
	}
	/* More is asked for in time, not when it is over and nobody has looked. */
	lead_to(CASEWORK_STATE_NOTICED, 9);
	office_time("2026-12-11T00:00:00Z");
	ck_refused(office_act(people.anna, number_of(9), "extend", NULL, "more", extension),
		   STORE_MU_STATE, "ran out at 2026-12-11");
	/* The office may set another limit. */
	lead_to(CASEWORK_STATE_NOTICED, 10);
	ck_ok(pg_script(people.daemon,
			"SELECT clock_configure('{reply_longest,plan_longest}', '{14,30}')", &err));
	ck_refused(office_act(people.anna, number_of(10), "extend", NULL, "more", extension),
		   STORE_MU_MISSING, "lasts 14 business days");
	ck_ok(pg_script(people.daemon,
			"SELECT clock_configure('{reply_longest,plan_longest}', '{28,30}')", &err));
}
END_TEST

static const char plan_until_may[] =
	"{\"milestones\":[{\"title\":\"locks\",\"due\":\"2027-05-19\"}]}";

/* 180 days from the first plan, whatever became of it; two people make another. */
START_TEST(no_plan_begins_its_days_anew)
{
	lead_to(CASEWORK_STATE_CORRECTIVE_ACTION, 1);
	office_time("2027-03-02T00:00:00Z");
	ck_ok(do_made(one, TEXT("lapse")));
	ck_refused(office_act(people.lena, one, "plan", NULL, NULL,
			      "{\"milestones\":[{\"title\":\"x\",\"due\":\"2027-05-20\"}]}"),
		   STORE_MU_MISSING, "a day from 2027-03-02 to 2027-05-19");
	ck_ok(office_act(people.lena, one, "plan", NULL, NULL, plan_until_may));
	ck_assert_str_eq(state_of(1), "overdue");
	/* As long as it waits, and if it is declined, the plan is the old one. */
	ck_assert_int_eq(office_number(owner, "SELECT number FROM plan"), 1);
	ck_ok(office_act(people.otto, one, "refuse", NULL, "too late", NULL));
	ck_assert_int_eq(office_number(owner, "SELECT number FROM plan"), 1);
	ck_ok(office_act(people.lena, one, "plan", NULL, NULL, plan_until_may));
	ck_ok(office_act(people.otto, one, "approve", NULL, NULL, NULL));
	ck_assert_int_eq(office_number(owner, "SELECT number FROM plan"), 2);
	ck_assert_int_eq(office_number(owner, "SELECT count(*) FROM violation"
		" WHERE state = 'corrective-action' AND clock_started = '2026-11-20T16:50:00Z'"
		" AND due = '2027-05-19T16:50:00Z'"), 1);
	office_time("2027-05-19T16:50:00Z");
	ck_ok(do_made(one, TEXT("lapse")));
	ck_refused(office_act(people.lena, one, "plan", NULL, NULL, plan_until_may), STORE_MU_STATE,
		   "ran out at 2027-05-19");
	/* What was promised is done all the same, and late. */
	ck_refused(office_act(people.bert, one, "verify", NULL, "seen", NULL), STORE_MU_STATE, "2");
	ck_ok(do_made(one, TEXT("escalate")));
	ck_ok(office_act(people.lena, one, "milestone", NULL, NULL, "{\"milestone\":2}"));
	ck_ok(office_act(people.bert, one, "verify", NULL, "seen", NULL));
}
END_TEST

/* Where no plan was handed in they run from when there should have been one. */
START_TEST(no_plan_at_all_gains_no_days)
{
	lead_to(CASEWORK_STATE_ESCALATED, 1);
	ck_assert_int_eq(office_number(owner, "SELECT count(*) FROM violation"
		" WHERE correct_since = '2026-12-12T00:00:00Z'"), 1);
	office_time("2027-06-09T12:00:00Z");
	ck_ok(office_act(people.lena, one, "plan", NULL, NULL,
			 "{\"milestones\":[{\"title\":\"x\",\"due\":\"2027-06-10\"}]}"));
	ck_ok(office_act(people.otto, one, "approve", NULL, NULL, NULL));
	ck_assert_int_eq(office_number(owner, "SELECT count(*) FROM violation"
		" WHERE due = '2027-06-10T00:00:00Z'"), 1);
	/* A decision that is made anew is another matter. */
	lead_to(CASEWORK_STATE_CORRECTIVE_ACTION, 2);
	office_later("20 days");
	ck_ok(do_made(two, TEXT("appeal")));
	ck_ok(do_made(two, TEXT("remand")));
	ck_ok(do_made(two, TEXT("sustain")));
	ck_ok(office_act(people.lena, two, "plan", NULL, NULL,
			 "{\"milestones\":[{\"title\":\"x\",\"due\":\"2027-06-08\"}]}"));
	ck_assert_int_eq(office_number(owner, "SELECT count(*) FROM violation"
		" WHERE due = '2027-06-08T16:50:00Z'"), 1);
}
END_TEST

/* Answers and exceptions ------------------------------------------------------------ */

/* Of many answers those of which an officer has to know are acts; none is lost. */
START_TEST(answers_without_end_change_no_version)
{
	lead_to(CASEWORK_STATE_REPLIED, 1);
	for (int i = 0; i < 3; i++)
		ck_assert_str_eq(reply_to(one, "NOT-OURS"), "");
	int64_t version = office_number(owner, "SELECT version FROM violation");
	ck_assert_msg(strstr(reply_to(one, "NOT-OURS"), "further answer 1") != NULL, "not kept");
	ck_assert_msg(strstr(reply_to(one, "NEED-TIME"), "further answer 2") != NULL, "not kept");
	ck_assert_int_eq(office_number(owner, "SELECT version FROM violation"), version);
	ck_assert_str_eq(office_string(owner, "SELECT string_agg(answer || ' ' || words || ' ' || delivery, ','"
		" ORDER BY number) FROM further_answer"), "NOT-OURS words d,NEED-TIME words d");
	/* That it disputes what it had not is said in the queue, and so is an act. */
	ck_assert_str_eq(reply_to(one, "DISPUTE-FACT"), "");
	ck_assert_int_eq(office_number(owner, "SELECT count(*) FROM violation WHERE disputed"), 1);
	ck_assert_msg(strstr(reply_to(one, "DISPUTE-RULE"), "further answer 3") != NULL, "not kept");
	ck_assert_int_eq(office_number(owner, "SELECT version FROM violation"), version + 1);
	/* The next day, and where an answer leads on, they are acts again. */
	office_later("24 hours");
	ck_assert_str_eq(reply_to(one, "FIXED"), "");
	lead_to(CASEWORK_STATE_UNANSWERED, 2);
	ck_assert_str_eq(reply_to(two, "FIXED"), "");
	/* There is room for a thousand. */
	office_script("INSERT INTO further_answer SELECT 1, 1, n, now(), 'FIXED', NULL, 'd', '[]'"
		      " FROM generate_series(4, 1000) n");
	office_later("-24 hours");
	for (int i = 0; i < 4; i++)
		reply_to(one, "FIXED");
	ck_assert_str_eq(reply_to(one, "FIXED"),
			 "not-awaited: a case takes 1,000 further answers at most");
}
END_TEST

/* What happened is authorised by what was in force when it happened. */
START_TEST(an_exception_covers_what_happened_in_its_time)
{
	static const struct {
		const char *from, *until, *signed_at, *ended;
		const char *says;      /* NULL: it covers; "2": for two people */
	} exceptions[] = {
		{ "2026-11-01", "2026-11-20", "2026-11-01", NULL, NULL },
		{ "2026-11-03", "2027-11-01", "2026-11-01", NULL, "not in force" },
		{ "2026-11-01", "2026-11-09", "2026-11-01", NULL, "not in force" },
		{ "2026-11-01", "2027-11-01", "2026-11-01", "2026-11-08", "not in force" },
		{ "2026-11-01", "2027-11-01", "2026-11-01", "2026-11-15", NULL },
		{ "2026-11-01", "2027-11-01", "2026-11-15", NULL, "2" },
		{ "2026-11-01", "2027-11-01", NULL, NULL, "not in force" },
	};

	office_script("UPDATE rule SET requirements = '{1.1}' WHERE id = 1");
	for (int i = 0; i < (int)ARRAY_LENGTH(exceptions); i++) {
		char data[40];
		office_open(1, i + 1, 3);
		office_script("UPDATE violation SET first_event = '2026-11-02', last_event = '2026-11-10'"
			      " WHERE id = %d", i + 1);
		office_script("INSERT INTO exception VALUES (1, %d, 'enduring', 'test', '1.1', NULL, NULL,"
			      " 'plan 3', 'so', 'H. B.', '%s', '%s', '2026-10-01', 'bert')", i + 1,
			      exceptions[i].from, exceptions[i].until);
		if (exceptions[i].signed_at)
			office_script("INSERT INTO exception_decision VALUES (1, %d, 'approved', '%s', 'otto', '')",
				      i + 1, exceptions[i].signed_at);
		if (exceptions[i].ended)
			office_script("INSERT INTO exception_decision VALUES (1, %d, 'ended', '%s', 'otto', '')",
				      i + 1, exceptions[i].ended);
		snprintf(data, sizeof(data), "{\"exception\":%d}", i + 1);
		if (exceptions[i].says && *exceptions[i].says != '2') {
			ck_refused(office_act(people.anna, number_of(i + 1), "dismiss", "AUT", "it may", data),
				   STORE_MU_MISSING, exceptions[i].says);
			continue;
		}
		ck_ok(office_act(people.anna, number_of(i + 1), "dismiss", "AUT", "it may", data));
		ck_assert_str_eq(state_of(i + 1), exceptions[i].says ? "flagged" : "dismissed");
	}
	office_script("DELETE FROM exception_decision; DELETE FROM exception;"
		      "UPDATE rule SET requirements = '{}' WHERE id = 1");
}
END_TEST

/* Books from before ----------------------------------------------------------------- */

static int is_migration(const struct dirent *entry)
{
	return strstr(entry->d_name, ".sql") != NULL;
}

static void migrate_one(struct pg *pg, const char *name)
{
	CLEAN(buffer) struct buffer sql;
	char path[400];

	snprintf(path, sizeof(path), SOURCE_DIRECTORY "/migrations/%s", name);
	buffer_init(&sql, (size_t)4 << 20);
	ck_ok(file_read_all(path, (size_t)4 << 20, &sql, &err));
	ck_assert_msg(pg_script(pg, sql.data, &err) == 0, "%s: %s", name, err.text);
}

/* A case that waits, one that was late with a second plan, and one decided anew since. */
static const char earlier[] =
	"INSERT INTO contractor (id, code, name) VALUES (1, 'ACME', 'Acme');"
	"INSERT INTO violation (contractor_id, id, number, rule_key, rule_id, subject_kind, subject,"
	" day, severity, level, count, first_event, last_event, opened_at, state, version, clock_name,"
	" clock_party, clock_started, due, points, pending_action)"
	" SELECT 1, n, 'V-2025-00000' || n, 'r', 1, 'actor', n::text, '2025-01-01', 3, 1, 1, m, m, m,"
	"  (ARRAY['flagged', 'corrective-action', 'overdue'])[n], (ARRAY[1, 5, 4])[n],"
	"  (ARRAY['triage', 'correct', 'escalate'])[n], (ARRAY['us', 'them', 'us'])[n], m,"
	"  m + interval '900 days', 0, CASE n WHEN 1 THEN 1 END"
	" FROM generate_series(1, 3) n, (SELECT timestamptz '2025-06-01') x (m);"
	"INSERT INTO act (contractor_id, violation_id, number, at, recorded_at, actor, role, action,"
	" from_state, to_state, outcome, data, clock_before, clock_after, before)"
	" SELECT 1, id, number, at::timestamptz, now(), 'anna', 'officer', action, before, after, done,"
	"  '{}', row(NULL, NULL, NULL, NULL)::clock_reading, row(NULL, NULL, NULL, NULL)::clock_reading, '{}'"
	" FROM (VALUES (1, 1, '2025-06-01', 'dismiss', 'flagged', 'flagged', 'waits'),"
	"  (2, 1, '2025-02-01', 'sustain', 'replied', 'sustained', 'done'),"
	"  (2, 2, '2025-02-03', 'plan', 'sustained', 'corrective-action', 'done'),"
	"  (2, 3, '2025-04-01', 'lapse', 'corrective-action', 'overdue', 'done'),"
	"  (2, 4, '2025-04-02', 'note', 'overdue', 'overdue', 'done'),"
	"  (2, 5, '2025-06-01', 'plan', 'overdue', 'corrective-action', 'done'),"
	"  (3, 1, '2025-02-01', 'sustain', 'replied', 'sustained', 'done'),"
	"  (3, 2, '2025-02-03', 'lapse', 'sustained', 'overdue', 'done'),"
	"  (3, 3, '2025-03-01', 'sustain', 'replied', 'sustained', 'done'),"
	"  (3, 4, '2025-03-20', 'lapse', 'sustained', 'overdue', 'done'))"
	"  x (id, number, at, action, before, after, done)";

START_TEST(books_without_limits_get_them)
{
	CLEAN(pg) struct pg *server = server_connect("postgres"), *pg = NULL;
	struct dirent **names;
	int count = scandir(SOURCE_DIRECTORY "/migrations", &names, is_migration, alphasort);
	bool before = true;

	ck_assert_int_gt(count, 10);
	ck_ok(store_database_create(server, "older", &err));
	pg = server_connect("older");
	ck_ok(store_schema_create(pg, &err));
	ck_ok(pg_script(pg, "SET ROLE muster_owner; SET search_path = muster, pg_temp;"
			    "CREATE TABLE schema_migration (version integer)", &err));
	for (int i = 0; i < count; i++) {
		if (strstr(names[i]->d_name, "_process_limits.sql")) {
			ck_ok(pg_script(pg, earlier, &err));
			before = false;
		}
		migrate_one(pg, names[i]->d_name);
		free(names[i]);
	}
	free(names);
	ck_assert(!before);
	/* What waits has its time from now on; the days run from the first plan, or the
	 * first time for one that ran out, after the last decision. */
	ck_assert_str_eq(office_string(pg, "SELECT string_agg(concat_ws(' ', id,"
		" to_char(correct_since AT TIME ZONE 'UTC', 'YYYY-MM-DD'),"
		" pending_until > now() + interval '4 days', due = '2025-06-01'::timestamptz + interval '900 days'),"
		" ', ' ORDER BY id) FROM violation"),
			 "1 t t, 2 2025-02-03 t, 3 2025-03-20 t");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("limits");
	TCase *tests = tcase_create("limits");
	SRunner *runner = srunner_create(suite);

	tcase_add_unchecked_fixture(tests, office_begin_with_letters, server_end);
	tcase_add_checked_fixture(tests, people_begin, people_end);
	tcase_set_timeout(tests, 300);
	tcase_add_test(tests, what_nobody_signs_expires);
	tcase_add_test(tests, what_waits_is_among_the_clocks);
	tcase_add_test(tests, what_expired_is_out_of_the_way);
	tcase_add_test(tests, taking_a_signature_back_gives_no_time);
	tcase_add_test(tests, one_request_waits_at_a_time);
	tcase_add_test(tests, no_clock_is_extended_without_end);
	tcase_add_test(tests, no_plan_begins_its_days_anew);
	tcase_add_test(tests, no_plan_at_all_gains_no_days);
	tcase_add_test(tests, answers_without_end_change_no_version);
	tcase_add_test(tests, an_exception_covers_what_happened_in_its_time);
	tcase_add_test(tests, books_without_limits_get_them);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
