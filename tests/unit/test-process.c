#include "test-people.h"

#include <pthread.h>

#include "store/letter.h"

/* Lists ---------------------------------------------------------------------------- */

START_TEST(the_database_has_the_lists)
{
	static const char *const tables[] = { "role",	"clock_rule", "state",	   "action",
					      "reason", "sanction",   "transition", "duty_rule" };

	for (size_t i = 0; i < ARRAY_LENGTH(tables); i++) {
		CLEAN(buffer) struct buffer sql;
		char count[300];

		buffer_init(&sql, (size_t)1 << 20);
		buffer_add_format(&sql, "CREATE TABLE expected (LIKE %s); INSERT INTO expected VALUES\n",
				  tables[i]);
		ck_assert(casework_rows(tables[i], &sql));
		ck_ok(pg_script(owner, sql.data, &err));
		snprintf(count, sizeof(count),
			 "SELECT count(*) FROM ((TABLE expected EXCEPT TABLE %s)"
			 " UNION ALL (TABLE %s EXCEPT TABLE expected)) x", tables[i], tables[i]);
		ck_assert_msg(office_number(owner, count) == 0, "%s: list and table differ",
			      tables[i]);
		ck_ok(pg_script(owner, "DROP TABLE expected", &err));
	}
}
END_TEST

/* Violations that were there before there were cases get their clock. */
START_TEST(books_without_cases_are_taken_over)
{
	static const char *const before[] = { "0001_base", "0002_roster", "0003_correlation" };
	CLEAN(pg) struct pg *server = server_connect("postgres"), *pg = NULL;
	CLEAN(buffer) struct buffer sql;

	ck_ok(store_database_create(server, "older", &err));
	pg = server_connect("older");
	ck_ok(store_schema_create(pg, &err));
	ck_ok(pg_script(pg, "SET ROLE muster_owner; SET search_path = muster, pg_temp;"
			    "CREATE TABLE schema_migration (version integer)", &err));
	for (size_t i = 0; i < ARRAY_LENGTH(before) + 1; i++) {
		char path[400];
		snprintf(path, sizeof(path), SOURCE_DIRECTORY "/migrations/%s.sql",
			 i < ARRAY_LENGTH(before) ? before[i] : "0004_process");
		if (i == ARRAY_LENGTH(before))
			ck_ok(pg_script(pg,
				"INSERT INTO contractor (id, code, name) VALUES (1, 'ACME', 'Acme');"
				"INSERT INTO violation (contractor_id, id, number, rule_key, rule_id,"
				" subject_kind, subject, day, severity, level, count, first_event,"
				" last_event, opened_at, state) SELECT 1, n, 'V-2025-00000' || n, 'r', 1,"
				" 'actor', n::text, '2025-01-01', 3, 1, 1, now(), now(), now(),"
				" (ARRAY['flagged', 'merged', 'withdrawn'])[n]"
				" FROM generate_series(1, 3) n; SELECT event_partition(now())", &err));
		buffer_init(&sql, (size_t)4 << 20);
		ck_ok(file_read_all(path, (size_t)4 << 20, &sql, &err));
		ck_ok(pg_script(pg, sql.data, &err));
		buffer_done(&sql);
	}
	buffer_init(&sql, 16);
	ck_assert_int_eq(office_number(pg, "SELECT count(*) FROM violation WHERE clock_name = 'triage'"
		" AND state = 'flagged' AND due = opening_due(clock_started, false)"), 1);
	ck_assert_int_eq(office_number(pg, "SELECT count(*) FROM violation WHERE clock_name IS NULL"
		" AND due IS NULL AND state IN ('merged', 'withdrawn')"), 2);
	ck_assert_int_eq(office_number(pg, "SELECT count(*) FROM pg_class WHERE relname ~ '^event_2'"
		" AND has_table_privilege('muster_officer', oid, 'SELECT')"), 0);
}
END_TEST

/* Cases ---------------------------------------------------------------------------- */

START_TEST(a_case_goes_from_flag_to_closed)
{
	CLEAN(pg) struct pg *anna = office_person("anna"), *bert = office_person("bert");
	CLEAN(pg) struct pg *lena = office_person("lena");
	CLEAN(pg) struct pg *daemon = office_connect(STORE_DAEMON);
	int64_t acts = 0;

	office_open(1, 1, 3);
	ck_ok(office_act(anna, one, "take", NULL, NULL, NULL));
	ck_ok(office_act(anna, one, "triage", NULL, NULL, NULL));
	ck_ok(office_act(anna, one, "notice", NULL, NULL, NULL));
	ck_assert_int_eq(office_number(owner, "SELECT count(*) FROM violation WHERE due IS NULL"
					      " AND clock_name = 'reply' AND clock_paused_at IS NOT NULL"), 1);
	ck_ok(store_pass(daemon, &acts, &err));
	ck_assert_int_eq(acts, 0);
	office_later("10 minutes");
	ck_ok(store_pass(daemon, &acts, &err));
	ck_assert_int_eq(acts, 1);
	/* 14 business days after Friday the 20th. */
	ck_assert_int_eq(office_number(owner, "SELECT count(*) FROM violation WHERE state = 'noticed'"
					      " AND clock_paused_at IS NULL"
					      " AND due = '2026-12-11T00:00:00Z'"), 1);
	ck_ok(office_act(lena, one, "reply", "DISPUTE-FACT", "it was not so", NULL));
	ck_assert_int_eq(office_number(owner, "SELECT count(*) FROM violation WHERE disputed"), 1);
	ck_ok(office_act(anna, one, "sustain", "SUB", NULL, NULL));
	ck_assert_int_eq(office_number(owner, "SELECT count(*) FROM violation WHERE disputed"), 0);
	ck_ok(office_act(lena, one, "plan", NULL, NULL,
			 "{\"milestones\":[{\"title\":\"locks\",\"due\":\"2026-12-10\"}]}"));
	ck_refused(office_act(bert, one, "verify", NULL, "seen", NULL), STORE_MU_STATE, "1");
	ck_ok(office_act(lena, one, "milestone", NULL, NULL, "{\"milestone\":1}"));
	ck_refused(office_act(anna, one, "verify", NULL, "seen", NULL), STORE_MU_PERSON, "has decided");
	ck_ok(office_act(bert, one, "verify", NULL, "seen", NULL));
	ck_ok(office_act(anna, one, "close", NULL, NULL, NULL));
	ck_assert_str_eq(state_of(1), "closed");
	ck_assert_int_eq(office_number(owner, "SELECT version FROM violation"), 10);
}
END_TEST

START_TEST(what_is_grave_takes_two)
{
	CLEAN(pg) struct pg *anna = office_person("anna"), *otto = office_person("otto");

	office_open(1, 1, 5);
	office_open(1, 2, 3);
	ck_ok(office_act(anna, one, "dismiss", "FPL", NULL, NULL));
	ck_assert_str_eq(state_of(1), "flagged");
	ck_refused(office_act(anna, one, "triage", NULL, NULL, NULL), STORE_MU_STATE, "waits");
	ck_refused(office_act(anna, one, "approve", NULL, NULL, NULL), STORE_MU_PERSON, "supervisor");
	ck_ok(office_act(otto, one, "approve", NULL, NULL, NULL));
	ck_assert_str_eq(state_of(1), "dismissed");
	ck_ok(office_act(anna, two, "dismiss", "FPL", NULL, NULL));
	ck_assert_str_eq(state_of(2), "dismissed");
}
END_TEST

/* Every state and every action ------------------------------------------------------- */

/* What has to be so besides for the act to be possible. */
static void prepare(enum casework_action action, enum casework_state state, int64_t id)
{
	if (action == CASEWORK_ACTION_LAPSE)
		office_later("1 year");
	if (state == CASEWORK_STATE_NOTICED &&
	    (action == CASEWORK_ACTION_RECALL || action == CASEWORK_ACTION_DELIVER)) {
		office_script("UPDATE violation SET due = NULL, clock_paused_at = clock_started"
			      " WHERE contractor_id = 1 AND id = %lld", (long long)id);
		if (action == CASEWORK_ACTION_RECALL)
			office_script("UPDATE act SET leaves_at = moment() + interval '1 hour'"
				      " WHERE contractor_id = 1 AND violation_id = %lld"
				      " AND action = 'notice'", (long long)id);
		else
			office_time("2026-12-01T00:00:00Z");
	}
	if (state == CASEWORK_STATE_CORRECTIVE_ACTION && action == CASEWORK_ACTION_VERIFY)
		ck_ok(do_made(number_of(id), TEXT("milestone")));
}

/* Where something was planned, and the time for it has run out. */
static void lead_past_plan(enum casework_state state, int64_t id)
{
	lead_to(CASEWORK_STATE_CORRECTIVE_ACTION, id);
	office_time("2027-03-02T00:00:00Z");
	ck_ok(do_made(number_of(id), TEXT("lapse")));
	if (state == CASEWORK_STATE_ESCALATED)
		ck_ok(do_made(number_of(id), TEXT("escalate")));
}

static void make_transition(const struct casework_transition *is, int64_t id)
{
	const char *action = casework_action_describe(is->action)->name;

	if (is->action == CASEWORK_ACTION_MILESTONE && is->from != CASEWORK_STATE_CORRECTIVE_ACTION)
		lead_past_plan(is->from, id);
	else
		lead_to(is->from, id);
	prepare(is->action, is->from, id);
	if (is->from == CASEWORK_STATE_CORRECTIVE_ACTION && is->action == CASEWORK_ACTION_EXTEND) {
		/* Its clock is not extended, but what is planned within it. */
		ck_ok(office_act(people.anna, number_of(id), "extend", NULL, "late",
				 "{\"milestone\":1,\"until\":\"2027-04-01T00:00:00Z\"}"));
		return;
	}
	ck_assert_msg(do_made(number_of(id), text_of(action)) == 0, "%s from %s: %s", action,
		      casework_state_describe(is->from)->name, err.text);
	if (is->second == CASEWORK_SECOND_ALWAYS) {
		ck_assert_str_eq(state_of(id), casework_state_describe(is->from)->name);
		ck_ok(do_made(number_of(id), TEXT("approve")));
	}
	ck_assert_str_eq(state_of(id), casework_state_describe(is->to)->name);
}

/* Approve, refuse, expire and undo are of an act, not of a state: they have tests of their own. */
static bool is_of_an_act(enum casework_action action)
{
	return action == CASEWORK_ACTION_APPROVE || action == CASEWORK_ACTION_REFUSE ||
	       action == CASEWORK_ACTION_EXPIRE || action == CASEWORK_ACTION_UNDO;
}

START_TEST(what_the_list_allows_is_possible_and_nothing_else)
{
	enum casework_state from = (enum casework_state)_i;
	struct casework_transition is;
	int64_t id = 1;

	office_open(1, 1, 3);
	lead_to(from, ++id);
	int64_t still = id;
	for (int i = 0; i < CASEWORK_ACTION_COUNT; i++) {
		enum casework_action action = (enum casework_action)i;
		if (casework_transition(from, action, &is)) {
			if (!is_of_an_act(action))
				make_transition(&is, ++id);
			continue;
		}
		ck_refused(do_made(number_of(still), text_of(casework_action_describe(action)->name)),
			   STORE_MU_STATE, "is not possible");
		ck_assert_msg(strstr(err.text, "possible for you: ") != NULL, "%s", err.text);
	}
	ck_assert_str_eq(state_of(still), casework_state_describe(from)->name);
	/* One clock, running or paused, for each that is open; acts without a gap. */
	ck_assert_int_eq(office_number(owner,
		"SELECT count(*) FROM violation v JOIN state s ON s.name = v.state"
		" WHERE v.clock_name IS DISTINCT FROM s.clock"), 0);
	ck_assert_int_eq(office_number(owner,
		"SELECT count(*) FROM violation v WHERE version <> (SELECT count(*) FROM act a"
		" WHERE a.contractor_id = v.contractor_id AND a.violation_id = v.id)"), 0);
}
END_TEST

/* Two people ------------------------------------------------------------------------------- */

START_TEST(who_asks_does_not_sign)
{
	ck_ok(store_account_grant(owner, "anna", CASEWORK_ROLE_SUPERVISOR, "tester", &err));
	office_open(1, 1, 5);
	ck_refused(office_act(people.otto, one, "approve", NULL, NULL, NULL), STORE_MU_STATE,
		   "nothing waits");
	ck_ok(office_act(people.anna, one, "dismiss", "FPL", NULL, NULL));
	ck_refused(office_act(people.anna, one, "approve", NULL, NULL, NULL), STORE_MU_PERSON,
		   "anna asked for it");
	ck_refused(office_act(people.bert, one, "approve", NULL, NULL, NULL), STORE_MU_PERSON,
		   "supervisor");
	ck_refused(office_act(people.otto, one, "refuse", NULL, NULL, NULL), STORE_MU_MISSING,
		   "words");
	ck_ok(office_act(people.otto, one, "refuse", NULL, "look again", NULL));
	ck_assert_str_eq(state_of(1), "flagged");
	ck_ok(office_act(people.anna, one, "dismiss", "FPL", NULL, NULL));
	ck_ok(office_act(people.anna, one, "undo", NULL, NULL, NULL));
	ck_refused(office_act(people.otto, one, "approve", NULL, NULL, NULL), STORE_MU_STATE,
		   "nothing waits");
	ck_ok(store_account_revoke(owner, "anna", CASEWORK_ROLE_SUPERVISOR, "tester", &err));
}
END_TEST

START_TEST(who_decided_or_signed_does_not_hear_the_appeal)
{
	ck_ok(store_account_grant(owner, "otto", CASEWORK_ROLE_APPEALS, "tester", &err));
	ck_ok(store_account_grant(owner, "anna", CASEWORK_ROLE_APPEALS, "tester", &err));
	office_open(1, 1, 5);
	ck_ok(office_act(people.bert, one, "triage", NULL, NULL, NULL));
	ck_ok(office_act(people.bert, one, "notice", NULL, NULL, NULL));
	office_later("10 minutes");
	ck_ok(office_act(people.daemon, one, "deliver", NULL, NULL, NULL));
	ck_ok(office_act(people.lena, one, "reply", "DISPUTE-RULE", "allowed", NULL));
	ck_ok(office_act(people.anna, one, "sustain", "SUB", NULL, NULL));
	ck_assert_str_eq(state_of(1), "replied");
	ck_ok(office_act(people.otto, one, "approve", NULL, NULL, NULL));
	ck_assert_str_eq(state_of(1), "sustained");
	ck_ok(office_act(people.lena, one, "appeal", NULL, "we disagree", NULL));
	ck_refused(office_act(people.anna, one, "overturn", "OVERTURNED", "so", NULL),
		   STORE_MU_PERSON, "has decided");
	ck_refused(office_act(people.otto, one, "uphold", "UPHELD", "so", NULL), STORE_MU_PERSON,
		   "has decided");
	ck_ok(office_act(people.paul, one, "overturn", "OVERTURNED", "so", NULL));
	ck_assert_str_eq(state_of(1), "overturned");
	ck_ok(store_account_revoke(owner, "otto", CASEWORK_ROLE_APPEALS, "tester", &err));
	ck_ok(store_account_revoke(owner, "anna", CASEWORK_ROLE_APPEALS, "tester", &err));
}
END_TEST

struct rival {
	struct store_case is;
	struct err err;
	int result;
};

static void *rival_act(void *context)
{
	const struct store_act_asked asked = { "dismiss", "FPD", NULL, TEXT("{}") };
	struct rival *rival = context;
	struct store_acted acted;

	rival->result = store_act(people.bert, &rival->is, &asked, &acted, &rival->err);
	return NULL;
}

START_TEST(of_two_at_once_one_is_told_who_was_faster)
{
	CLEAN(pg_transaction) struct pg_transaction transaction = { NULL };
	struct rival rival = { 0 };
	pthread_t thread;

	office_open(1, 1, 3);
	ck_ok(store_case_find(people.bert, one, &rival.is, &err));
	ck_ok(pg_begin(people.anna, &transaction, &err));
	ck_ok(office_act(people.anna, one, "triage", NULL, NULL, NULL));
	ck_assert_int_eq(pthread_create(&thread, NULL, rival_act, &rival), 0);
	/* It waits for the lock that anna holds, and not for anything else. */
	while (office_number(owner, "SELECT count(*) FROM pg_locks WHERE NOT granted") == 0)
		usleep(1000);
	ck_ok(pg_commit(&transaction, &err));
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	ck_assert_int_eq(rival.result, -ERR_REFUSED);
	ck_assert_str_eq(rival.err.sqlstate, STORE_MU_CONFLICT);
	ck_assert_msg(strstr(rival.err.text, "2026-11-20T16:40:00Z: triage by anna") != NULL, "%s",
		      rival.err.text);
	ck_assert_str_eq(state_of(1), "triaged");
	ck_assert_int_eq(office_number(owner, "SELECT count(*) FROM act"), 1);
}
END_TEST

static void *rival_duplicate(void *context)
{
	const struct store_act_asked asked = { "dismiss", "DUP", NULL,
					       TEXT("{\"of\":\"V-2026-100001\"}") };
	struct rival *rival = context;
	struct store_acted acted;

	rival->result = store_act(people.bert, &rival->is, &asked, &acted, &rival->err);
	return NULL;
}

/* Of two that are the same, one remains. */
START_TEST(no_two_are_duplicates_of_each_other)
{
	CLEAN(pg_transaction) struct pg_transaction transaction = { NULL };
	struct rival rival = { 0 };
	pthread_t thread;

	office_open(1, 1, 3);
	office_open(1, 2, 3);
	ck_ok(store_case_find(people.bert, two, &rival.is, &err));
	ck_ok(pg_begin(people.anna, &transaction, &err));
	ck_ok(office_act(people.anna, one, "dismiss", "DUP", NULL, "{\"of\":\"V-2026-100002\"}"));
	ck_assert_int_eq(pthread_create(&thread, NULL, rival_duplicate, &rival), 0);
	/* It waits, or is done already, which is found below. */
	while (office_number(owner, "SELECT count(*) FROM pg_locks WHERE NOT granted") == 0 &&
	       office_number(owner, "SELECT count(*) FROM act") == 0)
		usleep(1000);
	ck_ok(pg_commit(&transaction, &err));
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	ck_assert_int_eq(rival.result, -ERR_REFUSED);
	ck_assert_str_eq(rival.err.sqlstate, STORE_MU_MISSING);
	ck_assert_str_eq(state_of(1), "dismissed");
	ck_assert_str_eq(state_of(2), "flagged");
}
END_TEST

/* Undoing ------------------------------------------------------------------------------------ */

START_TEST(undoing_brings_back_what_was)
{
	office_open(1, 1, 3);
	ck_refused(office_act(people.anna, one, "undo", NULL, NULL, NULL), STORE_MU_STATE, "nothing");
	ck_ok(office_act(people.anna, one, "take", NULL, NULL, NULL));
	office_later("1 hour");
	ck_ok(office_act(people.anna, one, "triage", NULL, NULL, NULL));
	ck_ok(office_act(people.anna, one, "undo", NULL, NULL, NULL));
	ck_assert_int_eq(office_number(owner, "SELECT count(*) FROM violation WHERE state = 'flagged'"
		" AND owner = 'anna' AND clock_name = 'triage' AND clock_started = opened_at"
		" AND due = opening_due(opened_at, false) AND version = 3"), 1);
	ck_refused(office_act(people.anna, one, "undo", NULL, NULL, NULL), STORE_MU_STATE, "undone");
	ck_ok(office_act(people.anna, one, "triage", NULL, NULL, NULL));
	ck_ok(office_act(people.bert, one, "note", NULL, "mine now", NULL));
	ck_refused(office_act(people.anna, one, "undo", NULL, NULL, NULL), STORE_MU_PERSON, "bert");
	ck_assert_int_eq(office_number(owner, "SELECT count(*) FROM act WHERE reverses = 2"), 1);
}
END_TEST

START_TEST(what_left_the_building_is_not_undone)
{
	int64_t acts;

	office_open(1, 1, 3);
	office_open(1, 2, 3);
	office_open(1, 3, 3);
	for (int id = 1; id <= 3; id++) {
		ck_ok(office_act(people.anna, number_of(id), "triage", NULL, NULL, NULL));
		ck_ok(office_act(people.anna, number_of(id), "notice", NULL, NULL, NULL));
	}
	office_later("9 minutes 59 seconds");
	ck_ok(store_pass(people.daemon, &acts, &err));
	ck_assert_int_eq(acts, 0);
	ck_ok(office_act(people.anna, one, "undo", NULL, NULL, NULL));
	ck_ok(office_act(people.bert, two, "recall", NULL, NULL, NULL));
	office_later("1 second");
	ck_refused(office_act(people.anna, number_of(3), "undo", NULL, NULL, NULL), STORE_MU_STATE,
		   "left the building");
	ck_ok(store_pass(people.daemon, &acts, &err));
	ck_assert_int_eq(acts, 1);
	ck_ok(store_pass(people.daemon, &acts, &err));
	ck_assert_int_eq(acts, 0);
	ck_refused(office_act(people.anna, number_of(3), "recall", NULL, NULL, NULL), STORE_MU_STATE,
		   "has left");
	ck_assert_int_eq(office_number(owner, "SELECT count(*) FROM act WHERE action = 'deliver'"), 1);
	/* One that was taken back is held anew when it is given again. */
	ck_ok(office_act(people.anna, two, "notice", NULL, NULL, NULL));
	ck_ok(store_pass(people.daemon, &acts, &err));
	ck_assert_int_eq(acts, 0);
}
END_TEST

/* Time ---------------------------------------------------------------------------------------- */

START_TEST(what_lapsed_did_so_when_it_was_due)
{
	int64_t acts;

	lead_to(CASEWORK_STATE_NOTICED, 1);
	lead_to(CASEWORK_STATE_CORRECTIVE_ACTION, 2);
	office_time("2027-04-01T12:00:00Z");
	ck_ok(store_pass(people.daemon, &acts, &err));
	ck_assert_int_eq(acts, 2);
	ck_assert_str_eq(state_of(1), "unanswered");
	ck_assert_int_eq(office_number(owner, "SELECT count(*) FROM act WHERE violation_id = 1"
		" AND action = 'lapse' AND at = '2026-12-11T00:00:00Z'"
		" AND recorded_at = '2027-04-01T12:00:00Z'"), 1);
	/* Its milestone was due on the first of March. */
	ck_assert_str_eq(state_of(2), "overdue");
	ck_assert_int_eq(office_number(owner, "SELECT count(*) FROM act WHERE violation_id = 2"
		" AND action = 'lapse' AND at = '2027-03-02T00:00:00Z'"), 1);
}
END_TEST

/* A case that cannot be handled does not keep the others waiting. */
START_TEST(what_fails_is_nobody_elses)
{
	int64_t acts;

	lead_to(CASEWORK_STATE_NOTICED, 1);
	lead_to(CASEWORK_STATE_NOTICED, 2);
	office_script("INSERT INTO act SELECT (a).* FROM (SELECT jsonb_populate_record(x,"
		      " jsonb_build_object('number', x.number + 1)) AS a FROM act x"
		      " WHERE violation_id = 1 AND number = 3) y");
	office_time("2027-04-01T12:00:00Z");
	ck_ok(store_pass(people.daemon, &acts, &err));
	ck_assert_int_eq(acts, 1);
	ck_assert_str_eq(state_of(1), "noticed");
	ck_assert_str_eq(state_of(2), "unanswered");
}
END_TEST

START_TEST(a_plan_keeps_its_first_dates)
{
	lead_to(CASEWORK_STATE_CORRECTIVE_ACTION, 1);
	ck_ok(office_act(people.anna, one, "extend", NULL, "parts are late",
			 "{\"milestone\":1,\"until\":\"2027-04-01T00:00:00Z\"}"));
	ck_ok(office_act(people.otto, one, "approve", NULL, NULL, NULL));
	/* Signed, taken back, and signed again. */
	ck_ok(office_act(people.otto, one, "undo", NULL, NULL, NULL));
	ck_assert_int_eq(office_number(owner, "SELECT count(*) FROM plan WHERE due = '2027-03-01'"
		" AND revision = 1"), 1);
	ck_ok(office_act(people.otto, one, "approve", NULL, NULL, NULL));
	ck_assert_int_eq(office_number(owner, "SELECT count(*) FROM plan WHERE due = '2027-04-01'"
		" AND first_due = '2027-03-01' AND revision = 3 AND met_at IS NULL"), 1);
	ck_assert_int_eq(office_number(owner, "SELECT count(*) FROM milestone WHERE revision = 1"
		" AND due = '2027-03-01'"), 1);
	ck_refused(office_act(people.bert, one, "verify", NULL, "seen", NULL), STORE_MU_STATE,
		   "not met: 1");
	ck_refused(office_act(people.lena, one, "plan", NULL, NULL, NULL), STORE_MU_STATE,
		   "not possible");
	office_time("2027-04-02T00:00:00Z");
	ck_ok(office_act(people.daemon, one, "lapse", NULL, NULL, NULL));
	ck_refused(office_act(people.lena, one, "plan", NULL, NULL,
			      "{\"milestones\":[{\"title\":\"x\",\"due\":\"2029-01-01\"}]}"),
		   STORE_MU_MISSING, "a day from");
	ck_ok(office_act(people.lena, one, "plan", NULL, NULL,
			 "{\"milestones\":[{\"title\":\"new locks\",\"due\":\"2027-05-10\"}]}"));
	ck_ok(office_act(people.otto, one, "approve", NULL, NULL, NULL));
	ck_assert_int_eq(office_number(owner, "SELECT count(*) FROM plan WHERE number = 2"), 1);
	ck_assert_int_eq(office_number(owner, "SELECT count(*) FROM plan"), 1);
}
END_TEST

START_TEST(an_appeal_has_thirty_days)
{
	lead_to(CASEWORK_STATE_CORRECTIVE_ACTION, 1);
	lead_to(CASEWORK_STATE_CORRECTIVE_ACTION, 2);
	office_later("30 days");
	ck_ok(office_act(people.lena, one, "appeal", NULL, "we disagree", NULL));
	office_later("1 second");
	ck_refused(office_act(people.lena, two, "appeal", NULL, "we disagree", NULL),
		   STORE_MU_STATE, "too late");
}
END_TEST

/* Also where the time for a plan is over, or the case before the supervisor; but once. */
START_TEST(an_appeal_is_heard_once)
{
	for (int64_t id = 1; id <= 2; id++) {
		lead_to(id == 1 ? CASEWORK_STATE_OVERDUE : CASEWORK_STATE_ESCALATED, id);
		ck_ok(do_made(number_of(id), TEXT("appeal")));
		ck_ok(do_made(number_of(id), TEXT("uphold")));
		ck_ok(office_act(people.lena, number_of(id), "plan", NULL, NULL,
				 "{\"milestones\":[{\"title\":\"locks\",\"due\":\"2027-03-01\"}]}"));
		ck_refused(do_made(number_of(id), TEXT("appeal")), STORE_MU_STATE, "has been heard");
	}
	/* A decision made anew can be appealed anew. */
	lead_to(CASEWORK_STATE_APPEALED, 3);
	ck_ok(do_made(number_of(3), TEXT("remand")));
	ck_ok(do_made(number_of(3), TEXT("sustain")));
	ck_ok(do_made(number_of(3), TEXT("appeal")));
}
END_TEST

START_TEST(who_appealed_does_not_hear_it)
{
	lead_to(CASEWORK_STATE_APPEALED, 1);
	/* Who spoke for the contractor has changed sides since. */
	office_script("INSERT INTO account_role (account, role, granted_at, granted_by)"
		      " VALUES ('lena', 'appeals-officer', '2020-01-01', 'tester'); RESET ROLE;"
		      " GRANT muster_appeals TO lena; SET ROLE muster_owner");
	ck_refused(office_act(people.lena, one, "overturn", "OVERTURNED", "so", NULL),
		   STORE_MU_PERSON, "has decided");
	office_script("DELETE FROM account_role WHERE account = 'lena' AND role = 'appeals-officer';"
		      " RESET ROLE; REVOKE muster_appeals FROM lena; SET ROLE muster_owner");
}
END_TEST

/* What contractors learn -------------------------------------------------------------------------- */

START_TEST(a_receipt_does_not_say_what_is_not_told)
{
	int64_t acts;

	lead_to_reopened(1);
	ck_ok(office_act(people.anna, one, "dismiss", "TRF", "theirs now", NULL));
	ck_ok(office_act(people.otto, one, "approve", NULL, NULL, NULL));
	ck_assert_str_eq(state_of(1), "dismissed");
	ck_assert_str_eq(reply_to(one, "FIXED"), "not-awaited: an answer is not possible now");
	ck_assert_str_eq(reply_to(one, "APPEAL"), "not-awaited: an appeal is not possible now");
	ck_assert_str_eq(reply_to("V-2026-100009", "FIXED"),
			 "unknown-violation: you have no notice of V-2026-100009");
	/* What is said of a case that can be appealed stays. */
	lead_to(CASEWORK_STATE_SUSTAINED, 2);
	office_later("31 days");
	ck_assert_str_eq(reply_to(two, "APPEAL"), "not-awaited: the appeal comes too late");
	ck_ok(store_pass(people.daemon, &acts, &err));
}
END_TEST

struct told {
	char state[40];
	int letters;
};

static int tell(void *context, const struct store_letter *row, struct err *error UNUSED)
{
	struct told *told = context;

	if (row->wanted && strcmp(row->action, "unsubstantiate") == 0) {
		snprintf(told->state, sizeof(told->state), "%s", row->state);
		told->letters++;
	}
	return 0;
}

/* A letter says where its act led, not what was done in silence since. */
START_TEST(a_letter_is_about_its_act)
{
	struct store_letter_place place = { .at = MOMENT_NONE };
	struct told told = { 0 };
	size_t count;

	lead_to(CASEWORK_STATE_UNSUBSTANTIATED, 1);
	ck_ok(do_made(one, TEXT("reopen")));
	ck_ok(office_act(people.anna, one, "dismiss", "FPA", NULL, NULL));
	ck_ok(office_act(people.otto, one, "approve", NULL, NULL, NULL));
	office_later("10 minutes");
	ck_ok(store_letters_due(people.daemon, &place, tell, &told, &count, &err));
	ck_assert_int_eq(told.letters, 1);
	ck_assert_str_eq(told.state, "unsubstantiated");
}
END_TEST

/* The notice was on its way when the logs showed that it is no violation. */
START_TEST(who_got_a_notice_learns_that_it_is_withdrawn)
{
	office_open(1, 1, 3);
	ck_ok(do_made(one, TEXT("triage")));
	ck_ok(do_made(one, TEXT("notice")));
	office_later("10 minutes");
	ck_ok(do_made(one, TEXT("withdraw")));
	ck_ok(pg_script(people.daemon, "SELECT letter_done(1, 1, 2, moment())", &err));
	office_later("10 minutes");
	ck_assert_int_eq(office_number(people.daemon, "SELECT count(*) FROM letters_due(9)"
		" WHERE wanted AND action = 'withdraw'"), 1);
	ck_assert_str_eq(reply_to(one, "FIXED"), "not-awaited: an answer is not possible now");
}
END_TEST

/* Time to answer does not begin before the notice may have left. */
START_TEST(no_clock_begins_before_its_notice)
{
	static const char *const sent[] = { "2020-01-01", "-infinity", "infinity" };

	for (int64_t id = 1; id <= 3; id++) {
		char sql[200];
		office_time(OFFICE_ZERO);
		office_open(1, id, 3);
		ck_ok(do_made(number_of(id), TEXT("triage")));
		ck_ok(do_made(number_of(id), TEXT("notice")));
		office_later("10 minutes");
		snprintf(sql, sizeof(sql), "SELECT letter_done(1, %d, 2, '%s')", (int)id, sent[id - 1]);
		ck_ok(pg_script(people.daemon, sql, &err));
	}
	ck_assert_int_eq(office_number(owner, "SELECT count(*) FROM violation"
		" WHERE clock_started = '2026-11-20T16:50:00Z' AND due = '2026-12-11T00:00:00Z'"), 3);
	/* No clock is counted for ever. */
	ck_assert_int_lt(pg_script(people.anna, "SELECT clock_due('infinity', 'business day', 1)",
				   &err), 0);
	ck_assert_int_lt(pg_script(people.anna,
				   "SELECT clock_due(moment(), 'business day', 2000000000)", &err), 0);
}
END_TEST

/* Arguments that are none --------------------------------------------------------------------------- */

START_TEST(arguments_are_what_they_say)
{
	static const char plan_twice[] =
		"{\"milestones\":[{\"title\":\"a\",\"due\":\"2027-05-01\",\"milestone\":\"1\"},"
		"{\"title\":\"b\",\"due\":\"2027-05-01\",\"milestone\":\"01\"}]}";

	office_open(1, 1, 3);
	ck_refused(office_act(people.anna, one, "triage", NULL, NULL, "[\"owner\"]"),
		   STORE_MU_MISSING, "object");
	ck_refused(office_act(people.anna, one, "triage", NULL, NULL, "null"), STORE_MU_MISSING,
		   "object");
	ck_refused(office_act(people.anna, one, "suppress", "BEN", "known",
			      "{\"until\":\"2027-01-01T00:00:00Z\",\"rule\":false}"),
		   STORE_MU_MISSING, "true");
	ck_assert_int_eq(office_number(owner, "SELECT count(*) FROM suppression"), 0);
	lead_to(CASEWORK_STATE_CORRECTIVE_ACTION, 2);
	office_time("2027-04-01T12:00:00Z");
	ck_ok(do_made(two, TEXT("lapse")));
	ck_refused(office_act(people.lena, two, "plan", NULL, NULL, plan_twice), STORE_MU_MISSING,
		   "once in a plan");
}
END_TEST

/* What was signed is what was asked for, however the two sessions read dates. */
START_TEST(a_moment_is_the_same_for_both)
{
	lead_to(CASEWORK_STATE_NOTICED, 1);
	ck_ok(pg_script(people.anna, "SET datestyle = 'ISO, MDY'", &err));
	ck_ok(pg_script(people.otto, "SET datestyle = 'ISO, DMY'; SET timezone = 'Asia/Tokyo'", &err));
	ck_refused(office_act(people.anna, one, "extend", NULL, "more", "{\"until\":\"03/04/2027\"}"),
		   STORE_MU_MISSING, "no moment");
	ck_ok(office_act(people.anna, one, "extend", NULL, "more", "{\"until\":\"2026-12-30\"}"));
	ck_ok(office_act(people.otto, one, "approve", NULL, NULL, NULL));
	ck_assert_int_eq(office_number(owner, "SELECT count(*) FROM violation"
		" WHERE due = '2026-12-30T00:00:00Z'"), 1);
}
END_TEST

/* Sanctions -------------------------------------------------------------------------------------- */

static int sanction(int64_t id, const char *step)
{
	char data[100];
	int r;

	snprintf(data, sizeof(data), "{\"step\":\"%s\"}", step);
	r = office_act(people.otto, number_of(id), "sanction", NULL, "because", data);
	return r < 0 ? r : office_act(people.olga, number_of(id), "approve", NULL, NULL, NULL);
}

START_TEST(each_step_of_the_ladder_is_earned)
{
	lead_to(CASEWORK_STATE_ESCALATED, 1);
	lead_to(CASEWORK_STATE_ESCALATED, 2);
	ck_refused(sanction(1, "warning"), STORE_MU_STATE, "letter of concern");
	ck_refused(sanction(1, "fine"), STORE_MU_MISSING, "concern, warning");
	ck_ok(sanction(1, "concern"));
	ck_refused(sanction(2, "restricted"), STORE_MU_STATE, "entitles");
	ck_ok(sanction(2, "warning"));
	ck_ok(sanction(2, "restricted"));
	ck_ok(sanction(2, "invalidation"));
	office_later("13 months");
	ck_refused(sanction(2, "debarment"), STORE_MU_STATE, "entitles");
	office_script("UPDATE violation SET severity = 5 WHERE id = 2");
	ck_ok(sanction(2, "invalidation"));
	ck_ok(sanction(2, "debarment"));
	ck_assert_int_eq(office_number(owner, "SELECT count(*) FROM sanction_taken"), 6);
}
END_TEST

/* Reasons ------------------------------------------------------------------------------------------ */

START_TEST(reasons_ask_for_what_they_need)
{
	office_open(1, 1, 3);
	office_open(1, 2, 3);
	office_open(2, 3, 3);
	ck_refused(office_act(people.anna, one, "dismiss", NULL, NULL, NULL), STORE_MU_MISSING,
		   "one of: FPL");
	ck_refused(office_act(people.anna, one, "dismiss", "SUB", NULL, NULL), STORE_MU_MISSING,
		   "SUB is no reason");
	ck_refused(office_act(people.anna, one, "triage", "FPL", NULL, NULL), STORE_MU_MISSING,
		   "takes no reason");
	ck_refused(office_act(people.anna, one, "dismiss", "BEN", NULL, NULL), STORE_MU_MISSING,
		   "words");
	ck_refused(office_act(people.anna, one, "dismiss", "BEN", "  ", NULL), STORE_MU_MISSING,
		   "words");
	ck_refused(office_act(people.anna, one, "dismiss", "AUT", "it may", NULL),
		   STORE_MU_MISSING, "exception");
	ck_refused(office_act(people.anna, one, "dismiss", "DUP", NULL, NULL), STORE_MU_MISSING,
		   "of");
	ck_refused(office_act(people.anna, one, "dismiss", "DUP", NULL,
			      "{\"of\":\"V-2026-100001\"}"), STORE_MU_MISSING, "no other");
	ck_refused(office_act(people.anna, one, "dismiss", "DUP", NULL,
			      "{\"of\":\"V-2026-200003\"}"), STORE_MU_MISSING, "no other");
	ck_refused(office_act(people.anna, one, "triage", NULL, NULL, "{\"until\":\"2027-01-01\"}"),
		   STORE_MU_MISSING, "does not take: until");
	ck_refused(office_act(people.anna, one, "suppress", "BEN", "x", "{\"until\":\"never\"}"),
		   STORE_MU_MISSING, "no moment");
	ck_refused(office_act(people.anna, one, "suppress", "BEN", "x",
			      "{\"until\":\"2028-01-01T00:00:00Z\"}"), STORE_MU_MISSING, "a year");
	ck_refused(office_act(people.otto, one, "assign", NULL, NULL, "{\"owner\":\"udo\"}"),
		   STORE_MU_MISSING, "no officer");
	ck_refused(office_act(people.otto, one, "assign", NULL, NULL, "{\"owner\":\"nora\"}"),
		   STORE_MU_MISSING, "no officer");
	ck_refused(office_act(people.anna, one, "dance", NULL, NULL, NULL), STORE_MU_MISSING,
		   "not possible");
	ck_ok(office_act(people.anna, one, "dismiss", "DUP", NULL, "{\"of\":\"V-2026-100002\"}"));
	ck_assert_int_eq(office_number(owner, "SELECT count(*) FROM act"), 1);
}
END_TEST

/* People ----------------------------------------------------------------------------------------------- */

START_TEST(a_portfolio_is_all_that_is_seen)
{
	CLEAN(pg) struct pg *nora = office_person("nora");

	office_open(1, 1, 3);
	office_open(2, 2, 3);
	ck_assert_int_eq(office_act(nora, one, "triage", NULL, NULL, NULL), -ERR_NEGATIVE);
	ck_assert_int_eq(office_number(nora, "SELECT count(*) FROM violation"), 1);
	ck_assert_int_eq(office_number(nora, "SELECT count(*) FROM contractor"), 1);
	const struct store_case hidden = { 1, 1, 0 };
	const struct store_act_asked asked = { "triage", NULL, NULL, TEXT("{}") };
	struct store_acted acted;
	ck_refused(store_act(nora, &hidden, &asked, &acted, &err), STORE_MU_MISSING,
		   "in your portfolio");
	ck_ok(office_act(nora, "V-2026-200002", "triage", NULL, NULL, NULL));
}
END_TEST

START_TEST(a_closed_account_acts_no_more_and_keeps_its_name)
{
	char account[256];

	snprintf(account, sizeof(account), "%s", getpwuid(geteuid())->pw_name);
	office_open(1, 1, 3);
	if (office_number(owner, "SELECT count(*) FROM account WHERE name = 'gina'") == 0)
		office_admit("gina", CASEWORK_ROLE_OFFICER, NULL);
	ck_ok(store_server_reload(owner, &err));
	CLEAN(pg) struct pg *gina = NULL;
	CLEAN(buffer) struct buffer conninfo;
	server_conninfo("gina", "muster", &conninfo);
	for (int i = 0; i < 500 && !gina; i++, usleep(10000))
		if (store_open_person(conninfo.data, "gina", "test", &gina, &err) < 0)
			gina = NULL;
	ck_assert_msg(gina != NULL, "%s", err.text);
	ck_ok(office_act(gina, one, "triage", NULL, NULL, NULL));
	ck_ok(store_account_close(owner, "gina", "tester", &err));
	const struct store_case is = { 1, 1, 1 };
	const struct store_act_asked asked = { "notice", NULL, NULL, TEXT("{}") };
	struct store_acted acted;
	ck_refused(store_act(gina, &is, &asked, &acted, &err), STORE_MU_PERSON,
		   "the account of gina was closed");
	ck_assert_int_eq(office_number(gina, "SELECT count(*) FROM violation"), 0);
	ck_assert_int_eq(office_number(owner, "SELECT count(*) FROM act WHERE actor = 'gina'"), 1);
	CLEAN(pg) struct pg *again = NULL;
	ck_assert_int_lt(store_open_person(conninfo.data, "gina", "test", &again, &err), 0);
	ck_assert_int_eq(store_account_add(owner, "gina", "Gina", "tester", &err), -ERR_REFUSED);
}
END_TEST

START_TEST(looks_stand_in_the_books)
{
	CLEAN(pg) struct pg *udo = office_person("udo");

	office_open(1, 1, 3);
	ck_ok(store_look(people.anna, one, &err));
	ck_ok(store_look(udo, one, &err));
	ck_assert_str_eq(office_string(owner, "SELECT string_agg(who, ' ' ORDER BY who) FROM look"),
			 "anna udo");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("process");
	TCase *tests = tcase_create("process");
	SRunner *runner = srunner_create(suite);

	tcase_add_unchecked_fixture(tests, office_begin_with_letters, server_end);
	tcase_add_checked_fixture(tests, office_test_begin, office_test_end);
	tcase_set_timeout(tests, 300);
	tcase_add_test(tests, the_database_has_the_lists);
	tcase_add_test(tests, books_without_cases_are_taken_over);
	tcase_add_test(tests, a_case_goes_from_flag_to_closed);
	tcase_add_test(tests, what_is_grave_takes_two);
	suite_add_tcase(suite, tests);
	tests = tcase_create("people");
	tcase_add_unchecked_fixture(tests, office_begin_with_letters, server_end);
	tcase_add_checked_fixture(tests, people_begin, people_end);
	tcase_set_timeout(tests, 300);
	tcase_add_loop_test(tests, what_the_list_allows_is_possible_and_nothing_else, 0,
			    CASEWORK_STATE_COUNT);
	tcase_add_test(tests, who_asks_does_not_sign);
	tcase_add_test(tests, who_decided_or_signed_does_not_hear_the_appeal);
	tcase_add_test(tests, of_two_at_once_one_is_told_who_was_faster);
	tcase_add_test(tests, undoing_brings_back_what_was);
	tcase_add_test(tests, what_left_the_building_is_not_undone);
	tcase_add_test(tests, what_lapsed_did_so_when_it_was_due);
	tcase_add_test(tests, what_fails_is_nobody_elses);
	tcase_add_test(tests, a_plan_keeps_its_first_dates);
	tcase_add_test(tests, an_appeal_has_thirty_days);
	tcase_add_test(tests, an_appeal_is_heard_once);
	tcase_add_test(tests, who_appealed_does_not_hear_it);
	tcase_add_test(tests, no_two_are_duplicates_of_each_other);
	tcase_add_test(tests, a_receipt_does_not_say_what_is_not_told);
	tcase_add_test(tests, a_letter_is_about_its_act);
	tcase_add_test(tests, who_got_a_notice_learns_that_it_is_withdrawn);
	tcase_add_test(tests, no_clock_begins_before_its_notice);
	tcase_add_test(tests, arguments_are_what_they_say);
	tcase_add_test(tests, a_moment_is_the_same_for_both);
	tcase_add_test(tests, each_step_of_the_ladder_is_earned);
	tcase_add_test(tests, reasons_ask_for_what_they_need);
	tcase_add_test(tests, a_portfolio_is_all_that_is_seen);
	tcase_add_test(tests, a_closed_account_acts_no_more_and_keeps_its_name);
	tcase_add_test(tests, looks_stand_in_the_books);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
