/*
 * Random histories: persons, roles, actions, reasons, jumps of the clock,
 * passes of the daemon and lost connections, done to muster.act() and to a
 * model of the process in memory. After every step the two must agree.
 *
 * MUSTER_HISTORIES says how many (1000), MUSTER_HISTORY which seed is first (1).
 */
#include "test-server.h"

#include <inttypes.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "base/base.h"
#include "muster/judging.h"
#include "muster/standard_source.h"
#include "muster/time_zone.h"
#include "process-chance.h"
#include "process-steps.h"
#include "store/store.h"

#define MIGRATIONS SOURCE_DIRECTORY "/migrations"
#define STANDARD SOURCE_DIRECTORY "/etc/standards/nist-800-171r2"
#define STEPS 200
#define HISTORIES 1000     /* where nobody asks for another number */
#define WORKERS 2

static struct err err;
#define ck_ok(expression) ck_assert_msg((expression) == 0, "%s", err.text)

/* Who is who --------------------------------------------------------------------------- */

#define ROLE_BIT(role) (1u << CASEWORK_ROLE_##role)
static const struct model_person people[] = {
	{ "anna", ROLE_BIT(OFFICER), false, true },
	{ "boris", ROLE_BIT(OFFICER) | ROLE_BIT(SUPERVISOR), false, true },
	{ "clara", ROLE_BIT(SUPERVISOR), false, true },
	{ "dora", ROLE_BIT(SUPERVISOR) | ROLE_BIT(APPEALS), false, true },
	{ "emil", ROLE_BIT(LIAISON), false, true },
	{ "frida", ROLE_BIT(APPEALS), false, true },
	{ "gustav", ROLE_BIT(OFFICER) | ROLE_BIT(SUPERVISOR), false, false },
	{ "hilde", ROLE_BIT(OFFICER), true, true },
	{ "muster_daemon", ROLE_BIT(DAEMON), false, true },
};
#define DAEMON ((int)ARRAY_LENGTH(people) - 1)

static const struct {
	const char *zone, *weekend;
	const char *const *holidays;
	size_t holiday_count;
} offices[] = {
	{ "America/New_York", "Saturday Sunday",
	  (const char *const[]){
		  "2026-01-01 New Year's Day", "2026-02-16 Washington's Birthday",
		  "2026-05-25 Memorial Day", "2026-06-19 Juneteenth", "2026-07-03 Independence Day",
		  "2026-09-07 Labor Day", "2026-10-12 Columbus Day", "2026-11-11 Veterans Day",
		  "2026-11-26 Thanksgiving Day", "2026-12-25 Christmas Day",
		  "2027-01-01 New Year's Day", "2027-01-18 Birthday of Martin Luther King, Jr.",
		  "2027-02-15 Washington's Birthday", "2027-05-31 Memorial Day" }, 14 },
	{ "Europe/Berlin", "Sunday",
	  (const char *const[]){ "2026-12-25 First day of Christmas", "2026-12-26 Second day" }, 2 },
	{ "UTC", "Friday Saturday", NULL, 0 },
};
static struct casework_calendar calendars[ARRAY_LENGTH(offices)];
static struct buffer zones[ARRAY_LENGTH(offices)];
static struct arena *calendar_arena;

static void calendars_read(void)
{
	calendar_arena = arena_new(1 << 20);
	for (size_t i = 0; i < ARRAY_LENGTH(offices); i++) {
		buffer_init(&zones[i], 1 << 20);
		ck_ok(time_zone_read(offices[i].zone, &zones[i], &err));
		ck_ok(casework_calendar_read(offices[i].zone, buffer_text(&zones[i]),
					     offices[i].weekend, offices[i].holidays,
					     offices[i].holiday_count, calendar_arena, &calendars[i],
					     &err));
	}
}

/* The database ---------------------------------------------------------------------------- */

static struct pg *books_connect(const char *database)
{
	struct pg *pg = server_connect(database);

	ck_ok(pg_script(pg, "SET search_path = muster, public; SET timezone = 'UTC'; SET jit = off;"
			    "SET client_min_messages = warning; SET synchronous_commit = off;"
			    "SET plan_cache_mode = force_generic_plan", &err));
	return pg;
}

static void people_add(struct pg *pg)
{
	CLEAN(buffer) struct buffer sql;

	buffer_init(&sql, 1 << 16);
	for (int i = 0; i < DAEMON; i++) {
		const char *name = people[i].name;
		buffer_add_format(&sql,
				  "DO $$ BEGIN CREATE ROLE %s LOGIN; EXCEPTION WHEN duplicate_object"
				  " THEN NULL; END $$;"
				  "INSERT INTO account VALUES ('%s', '%s', now(), 'test'%s);",
				  name, name, name, people[i].closed ? ", now(), 'test'" : "");
		for (int role = 0; role < CASEWORK_ROLE_COUNT; role++)
			if (people[i].roles >> role & 1)
				buffer_add_format(
					&sql,
					"INSERT INTO account_role VALUES ('%s', '%s', now(), 'test');"
					"GRANT %s TO %s;", name,
					casework_role_describe((enum casework_role)role)->name,
					casework_role_describe((enum casework_role)role)->postgres, name);
		if (people[i].sees)
			buffer_add_format(&sql, "INSERT INTO portfolio VALUES ('%s', NULL, now(), 'test');",
					  name);
	}
	ck_ok(pg_script(pg, sql.data, &err));
}

static void books_make(const char *name)
{
	CLEAN(pg) struct pg *server = server_connect("postgres");
	CLEAN(pg) struct pg *plain = NULL, *owner = NULL, *pg = NULL;
	CLEAN(standard_source) struct standard_source source = { 0 };
	CLEAN(buffer) struct buffer conninfo;
	char digest[STORE_DIGEST];
	bool new;

	ck_ok(store_database_create(server, name, &err));
	plain = server_connect(name);
	ck_ok(store_schema_create(plain, &err));
	server_conninfo(CLUSTER_SUPERUSER, name, &conninfo);
	ck_ok(store_open_unchecked(conninfo.data, STORE_OWNER, "test", &owner, &err));
	ck_ok(store_migrate(owner, MIGRATIONS, "tester", NULL, NULL, &err));
	ck_ok(standard_source_read(STANDARD, &source, NULL, NULL, &err));
	ck_ok(standard_source_load(owner, &source, "tester", true, digest, &new, &err));
	pg = books_connect(name);
	ck_ok(pg_script(pg, testing_sql, &err));
	people_add(pg);
}

static void server_make(void)
{
	server_begin();
	calendars_read();
}

/* Steps as the database is told them ------------------------------------------------------------- */

static void json_plan(struct json *json, const struct model_attempt *a)
{
	char day[CALENDAR_TEXT];

	json_begin_array(json, "milestones");
	for (int i = 0; i < a->planned; i++) {
		calendar_to_rfc3339(a->plan[i].due * MODEL_DAY, day);
		day[10] = '\0';
		json_begin_object(json, NULL);
		json_string(json, "title", "as promised");
		json_string(json, "due", day);
		if (a->plan[i].again)
			json_number(json, "milestone", a->plan[i].again);
		json_end_object(json);
	}
	json_end_array(json);
}

static const char *number_of(int which)
{
	static const char *const numbers[MODEL_CASES] = { "V-2026-000001", "V-2026-000002",
							  "V-2026-000003", "V-2026-000004",
							  "V-2026-000005", "V-2026-000006" };
	return numbers[which];
}

static void json_attempt(struct json *json, int which, const struct model_attempt *a)
{
	size_t steps;
	const struct casework_sanction *ladder = casework_sanctions(&steps);

	json_string(json, "as", people[a->person].name);
	json_number(json, "id", which + 1);
	json_number(json, "version", a->version);
	json_string(json, "action", casework_action_describe(a->action)->name);
	json_string(json, "reason", a->reason);
	json_string(json, "note", a->note ? "in words" : NULL);
	json_begin_object(json, "data");
	if (a->until != MOMENT_NONE)
		json_moment(json, "until", a->until);
	if (a->owner >= 0)
		json_string(json, "owner", people[a->owner].name);
	if (a->of >= 0)
		json_string(json, "of", number_of(a->of));
	if (a->evidence)
		json_string(json, "evidence", "the log of the door");
	if (a->exception)
		json_string(json, "exception", "E-1");
	if (a->milestone)
		json_number(json, "milestone", a->milestone);
	if (a->step)
		json_string(json, "step", ladder[a->step - 1].code);
	if (a->moment >= 0)
		json_string(json, "moment",
			    casework_moment_describe((enum casework_moment)a->moment)->name);
	if (a->at != MOMENT_NONE)
		json_moment(json, "at", a->at);
	if (a->rule)
		json_bool(json, "rule", true);
	if (a->subject)
		json_bool(json, "subject", true);
	if (a->planned)
		json_plan(json, a);
	json_end_object(json);
}

static void json_office(struct json *json, size_t office)
{
	json_string(json, "office", offices[office].zone);
	json_number(json, "weekend", calendars[office].weekend);
	json_begin_array(json, "holidays");
	for (size_t i = 0; i < offices[office].holiday_count; i++)
		json_string(json, NULL, offices[office].holidays[i]);
	json_end_array(json);
}

/* What all histories together have done: transitions taken, refusals by kind. */
struct seen {
	bool taken[CASEWORK_STATE_COUNT][CASEWORK_ACTION_COUNT];
	bool refused[4];
};
static struct seen *seen;      /* shared by the workers */

static void see(enum casework_state from, enum casework_action action, const char *refusal)
{
	if (refusal)
		seen->refused[refusal[4] - '1'] = true;
	else
		seen->taken[from][action] = true;
}

/*
 * Neither the generator nor the model leaves out a part of the process: what
 * all open states know was done in one of them, everything else in each state.
 */
static void check_seen(void)
{
	struct casework_transition law;

	for (int i = 0; i < 4; i++)
		ck_assert_msg(seen->refused[i], "nothing was refused with MU00%d", i + 1);
	for (int i = 0; i < CASEWORK_ACTION_COUNT; i++) {
		enum casework_action action = (enum casework_action)i;
		const char *name = casework_action_describe(action)->name;
		bool everywhere = casework_transition(CASEWORK_STATE_VERIFIED, action, &law) &&
				  casework_transition(CASEWORK_STATE_FLAGGED, action, &law);
		bool somewhere = false;

		for (int from = 0; from < CASEWORK_STATE_COUNT; from++) {
			bool can = casework_transition((enum casework_state)from, action, &law);
			somewhere = somewhere || seen->taken[from][i];
			ck_assert_msg(!can || everywhere || seen->taken[from][i],
				      "nobody did %s in %s", name,
				      casework_state_describe((enum casework_state)from)->name);
		}
		ck_assert_msg(somewhere, "nobody did %s", name);
	}
}

/* One history ------------------------------------------------------------------------------------ */

/* A row that the database should give back. */
struct expected {
	int step, which;
	const char *refusal;
	int version;
	struct model_standing is;
	enum casework_state from;
	int duties[4];         /* how many, met, replaced and overdue; -1: not asked for */
};
#define EXPECTED_MOST (STEPS * MODEL_CASES)
#define RULES 4
#define FIRST_CASES 4      /* the others are opened in between */

struct history {
	uint64_t seed;
	const char *database;
	struct pg *pg, *reader;
	struct judging *judging;
	const struct standard *standard;
	struct arena *arena;
	int32_t contractor;
	struct model model;
	struct buffer steps;       /* of this round trip, as JSON */
	bool score_moved;          /* with the last of them */
	struct expected expected[EXPECTED_MOST];
	size_t expected_count;
	struct {
		int64_t id;
		const char *key;
		const char *requirements[STORE_REQUIREMENTS + 1];
	} rules[RULES];
};

PRINTF_LIKE(2, 3)
_Noreturn static void disagree(const struct history *h, const char *format, ...)
{
	va_list list;

	fprintf(stderr, "history %" PRIu64 ": ", h->seed);
	va_start(list, format);
	vfprintf(stderr, format, list);
	va_end(list);
	fprintf(stderr, "\nagain: MUSTER_HISTORY=%" PRIu64 " MUSTER_HISTORIES=1\n", h->seed);
	exit(1);
}

static void must(const struct history *h, int r)
{
	if (r < 0)
		disagree(h, "%s", err.text);
}

static void connect_again(struct history *h)
{
	pg_free(h->pg);
	h->pg = books_connect(h->database);
}

static void begin(struct history *h)
{
	chance = h->seed * 0x9E3779B97F4A7C15u + 88172645463325252u;
	for (int i = 0; i < 10; i++)
		draw(2);
	h->contractor = (int32_t)h->seed;
	h->model.people = people;
	h->model.person_count = ARRAY_LENGTH(people);
	h->model.calendar = &calendars[0];
	h->model.opened = h->model.suppression_count = h->model.duty_count = 0;
	h->model.now = calendar_days(2026, 1, 5) * MODEL_DAY +
		       (int64_t)draw(365 * 86400) * MICROSECONDS;
}

static void count_duties(const struct model *m, int counts[4])
{
	memset(counts, 0, 4 * sizeof(*counts));
	counts[0] = m->duty_count;
	for (int i = 0; i < m->duty_count; i++) {
		counts[1] += m->duties[i].met;
		counts[2] += m->duties[i].replaced;
		counts[3] += m->duties[i].overdue;
	}
}

static void expect(struct history *h, int step, int which, enum casework_state from,
		   const char *refusal, bool with_duties)
{
	const struct model_case *c = &h->model.cases[which];
	struct expected *one = &h->expected[h->expected_count++];

	*one = (struct expected){ step, which, refusal ? refusal : DONE, c->version, c->is, from,
				  { -1 } };
	if (with_duties)
		count_duties(&h->model, one->duties);
	h->score_moved |= casework_state_describe(from)->counts != model_counts(c);
}

/* All cases, as they are after something that is of none of them. */
static void expect_all(struct history *h, int step, const enum casework_state *from,
		       const char *refusal)
{
	for (int i = 0; i < h->model.opened; i++)
		expect(h, step, i, from ? from[i] : h->model.cases[i].is.state, refusal, true);
}

static void step_act(struct history *h, struct json *json, int step)
{
	int which = (int)draw((uint64_t)h->model.opened);
	struct model_attempt a = choose_attempt(&h->model, which);
	enum casework_state from = h->model.cases[which].is.state;

	const char *refusal = model_do(&h->model, which, &a);

	json_attempt(json, which, &a);
	see(from, a.action, refusal);
	expect(h, step, which, from, refusal, a.action == CASEWORK_ACTION_INCIDENT);
}

static void step_open(struct history *h, struct json *json, int step)
{
	static const int severities[MODEL_CASES] = { 5, 4, 3, 2, 3, 2 };
	static const int subjects[MODEL_CASES] = { 0, 1, 0, 1, 0, 0 };
	int which = h->model.opened, rule = which % RULES;

	model_open(&h->model, severities[which], rule, subjects[which]);
	json_number(json, "id", which + 1);
	json_string(json, "number", number_of(which));
	json_string(json, "rule_key", h->rules[rule].key);
	json_number(json, "rule_id", h->rules[rule].id);
	json_string(json, "subject", subjects[which] ? "y" : "x");
	json_number(json, "severity", severities[which]);
	expect(h, step, which, CASEWORK_STATE_FLAGGED, NULL, true);
	h->score_moved = true;
}

static void step_office(struct history *h, struct json *json, int step, size_t office)
{
	h->model.calendar = &calendars[office];
	json_office(json, office);
	expect_all(h, step, NULL, NULL);
}

static void step_moment(struct history *h, struct json *json, int step)
{
	int person = (int)draw((uint64_t)DAEMON), moment = (int)draw(CASEWORK_MOMENT_COUNT);
	int64_t at = h->model.now - (int64_t)draw(10 * 86400) * MICROSECONDS * (percent(4) ? -1 : 1);

	json_string(json, "as", people[person].name);
	json_string(json, "contractors_moment",
		    casework_moment_describe((enum casework_moment)moment)->name);
	json_moment(json, "at", at);
	expect_all(h, step, NULL, model_duty_record(&h->model, person, moment, at));
}

static void step_pass(struct history *h, struct json *json, int step)
{
	const struct model_case *cases = h->model.cases;
	enum casework_state from[MODEL_CASES];
	int version[MODEL_CASES];

	for (int i = 0; i < h->model.opened; i++) {
		from[i] = cases[i].is.state;
		version[i] = cases[i].version;
	}
	model_pass(&h->model, DAEMON);
	json_string(json, "as", people[DAEMON].name);
	for (int i = 0; i < h->model.opened; i++)
		for (int act = version[i]; act < cases[i].version; act++)
			see(cases[i].acts[act].from, cases[i].acts[act].attempt.action, NULL);
	expect_all(h, step, from, NULL);
}

static void one_step(struct history *h, struct json *json, int step)
{
	bool first = step <= FIRST_CASES;

	if (!first)
		h->model.now = choose_moment(h->model.now);
	json_begin_object(json, NULL);
	json_number(json, "step", step);
	json_moment(json, "now", h->model.now);
	if (step == 0)
		step_office(h, json, step, 0);
	else if (first || (h->model.opened < MODEL_CASES && percent(3)))
		step_open(h, json, step);
	else if (percent(70))
		step_act(h, json, step);
	else if (percent(3))
		step_office(h, json, step, draw(ARRAY_LENGTH(offices)));
	else if (percent(10))
		step_moment(h, json, step);
	else
		step_pass(h, json, step);
	json_end_object(json);
}

/* The step as the database was told it. */
static struct text step_text(const struct history *h, int step)
{
	struct text steps = buffer_text(&h->steps);
	char begin[32], end[32];

	snprintf(begin, sizeof(begin), "{\"step\":%d,", step);
	snprintf(end, sizeof(end), ",{\"step\":%d,", step + 1);
	steps = text_skip(steps, text_find(steps, text_of(begin)));
	return text_head(steps, text_find(steps, text_of(end)));
}

static void same_text(const struct history *h, const struct expected *one, const char *what,
		      const char *is, const char *should)
{
	if (strcmp(is, should) != 0)
		disagree(h, "step %d in %s: %s of %s is %s, and in the model %s\n%.*s", one->step,
			 casework_state_describe(one->from)->name, what, number_of(one->which), is,
			 should, TEXT_PRINT(step_text(h, one->step)));
}

static void same_moment(const struct history *h, const struct expected *one, const char *what,
			int64_t is, int64_t should)
{
	char a[CALENDAR_TEXT], b[CALENDAR_TEXT];

	same_text(h, one, what, is == MOMENT_NONE ? "none" : calendar_to_rfc3339(is, a),
		  should == MOMENT_NONE ? "none" : calendar_to_rfc3339(should, b));
}

static void same_number(const struct history *h, const struct expected *one, const char *what,
			int64_t is, int64_t should)
{
	char a[32], b[32];

	snprintf(a, sizeof(a), "%" PRId64, is);
	snprintf(b, sizeof(b), "%" PRId64, should);
	same_text(h, one, what, a, b);
}

static void compare_duties(const struct history *h, const struct expected *one, const char *is)
{
	char should[80] = "";

	if (one->duties[0] >= 0)
		snprintf(should, sizeof(should), "%d %d %d %d", one->duties[0], one->duties[1],
			 one->duties[2], one->duties[3]);
	same_text(h, one, "duties, those met, replaced and overdue, beside", is, should);
}

static void compare(const struct history *h, const struct pg_result *result)
{
	if (pg_rows(result) != h->expected_count)
		disagree(h, "%zu rows, and in the model %zu", pg_rows(result), h->expected_count);
	for (size_t i = 0; i < h->expected_count; i++) {
		const struct expected *one = &h->expected[i];
		const struct model_standing *is = &one->is;
		bool ended = is->clock == CASEWORK_CLOCK_NONE;

		same_number(h, one, "step", pg_number(result, i, 0), one->step);
		same_number(h, one, "id", pg_number(result, i, 2), one->which + 1);
		same_text(h, one, "refusal", pg_string(result, i, 1), one->refusal);
		same_number(h, one, "version", pg_number(result, i, 3), one->version);
		same_text(h, one, "state", pg_string(result, i, 4),
			  casework_state_describe(is->state)->name);
		same_text(h, one, "owner", pg_string(result, i, 5),
			  is->owner < 0 ? "" : people[is->owner].name);
		same_text(h, one, "clock", pg_string(result, i, 6),
			  ended ? "" : casework_clock_describe(is->clock)->name);
		same_moment(h, one, "begin of the clock", pg_moment(result, i, 7), is->started);
		same_moment(h, one, "deadline", pg_moment(result, i, 8), is->due);
		same_moment(h, one, "pause", pg_moment(result, i, 9), is->paused);
		same_number(h, one, "dispute", pg_bool(result, i, 10), is->disputed);
		same_number(h, one, "pending act", pg_number(result, i, 11), is->pending);
		same_number(h, one, "merger", pg_number(result, i, 12), is->merged_into + 1);
		same_moment(h, one, "end of waiting", pg_moment(result, i, 13), is->pending_until);
		same_moment(h, one, "first day of correction", pg_moment(result, i, 14),
			    is->correct_since);
		same_moment(h, one, "suppression", pg_moment(result, i, 15), is->suppressed_until);
		compare_duties(h, one, pg_string(result, i, 16));
	}
}

/* The scores from the model's states, and as `muster score` makes them. */
static void compare_score(struct history *h)
{
	static const enum score_state states[] = {
		[CASEWORK_COUNTS_OPEN] = SCORE_OPEN,
		[CASEWORK_COUNTS_SUSTAINED] = SCORE_SUSTAINED,
		[CASEWORK_COUNTS_CORRECTED] = SCORE_CORRECTED,
		[CASEWORK_COUNTS_DISMISSED] = SCORE_DISMISSED,
	};
	struct score_finding findings[MODEL_CASES];
	struct score_input input = { .standard = h->standard, .as_of = calendar_days(2099, 1, 1) * MODEL_DAY,
				     .findings = findings, .finding_count = (size_t)h->model.opened };
	CLEAN(pg_transaction) struct pg_transaction snapshot = { NULL };
	struct score scratch, kept;

	for (int i = 0; i < h->model.opened; i++)
		findings[i] = (struct score_finding){ .number = number_of(i),
						      .rule = h->rules[h->model.cases[i].rule].key,
						      .requirements = h->rules[h->model.cases[i].rule].requirements,
						      .severity = h->model.cases[i].severity,
						      .day = h->model.cases[i].day,
						      .direct = true, .opened = 0, .decided = MOMENT_NONE,
						      .state = states[model_counts(&h->model.cases[i])] };
	arena_reset(h->arena);
	must(h, score_compute(&input, h->arena, &scratch, &err));
	must(h, store_snapshot(h->reader, &snapshot, &err));
	must(h, judging_score(h->reader, h->judging, 0, h->contractor, 0, h->arena, &kept, &err));
	if (scratch.of_record != kept.of_record || scratch.indicated != kept.indicated)
		disagree(h, "score of record %d, indicated %d, and from the model %d, %d", kept.of_record,
			 kept.indicated, scratch.of_record, scratch.indicated);
}

static int64_t count_of(const struct history *h, const char *sql)
{
	CLEAN(pg_result) struct pg_result *result = NULL;

	must(h, pg_query_one(h->pg, sql, PG_VALUES(PG_NUMBER(h->contractor)), &result, &err));
	return pg_number(result, 0, 0);
}

/* Each duty by itself: what it is, when it is due and what has become of it. */
static void check_duties(const struct history *h)
{
	CLEAN(pg_result) struct pg_result *result = NULL;

	must(h, pg_query(h->pg,
			 "SELECT name, violation_id, began, due, EXISTS (SELECT FROM duty_fact f"
			 "  WHERE f.contractor_id = $1 AND f.duty_number = number AND f.fact = 'met'),"
			 " EXISTS (SELECT FROM duty_fact f WHERE f.contractor_id = $1"
			 "  AND f.duty_number = number AND f.fact = 'overdue')"
			 " FROM duty WHERE contractor_id = $1 ORDER BY number",
			 PG_VALUES(PG_NUMBER(h->contractor)), &result, &err));
	for (size_t i = 0; i < pg_rows(result); i++) {
		const struct model_duty *duty = &h->model.duties[i];
		if (strcmp(pg_string(result, i, 0), casework_duty_describe(duty->duty)->name) != 0 ||
		    pg_number(result, i, 1) != duty->which + 1 ||
		    pg_moment(result, i, 2) != duty->began || pg_moment(result, i, 3) != duty->due ||
		    pg_bool(result, i, 4) != duty->met || pg_bool(result, i, 5) != duty->overdue)
			disagree(h, "duty %zu, %s of case %lld, is met: %d, overdue: %d; in the model it is %s"
				 " of case %d: %d, %d, and begins %lld s, is due %lld s later", i + 1,
				 pg_string(result, i, 0), (long long)pg_number(result, i, 1),
				 pg_bool(result, i, 4), pg_bool(result, i, 5),
				 casework_duty_describe(duty->duty)->name, duty->which + 1, duty->met,
				 duty->overdue,
				 (long long)((duty->began - pg_moment(result, i, 2)) / MICROSECONDS),
				 (long long)((duty->due - pg_moment(result, i, 3)) / MICROSECONDS));
	}
}

/* Every open violation has one clock; every act is there, without a gap. */
static void check_invariants(const struct history *h)
{
	if (count_of(h, "SELECT count(*) FROM violation v JOIN state s ON s.name = v.state"
			" WHERE v.contractor_id = $1 AND CASE WHEN s.clock IS NULL"
			" THEN num_nonnulls(v.clock_name, v.clock_party, v.clock_started, v.clock_paused_at, v.due) > 0"
			" ELSE v.clock_name IS DISTINCT FROM s.clock OR v.clock_started IS NULL"
			" OR num_nonnulls(v.due, v.clock_paused_at) <> 1 END"))
		disagree(h, "an open violation without one clock, or a closed one with one");
	if (count_of(h, "SELECT count(*) FROM violation v CROSS JOIN LATERAL (SELECT count(*) AS acts,"
			" coalesce(max(a.number), 0) AS last FROM act a WHERE a.contractor_id = v.contractor_id"
			" AND a.violation_id = v.id) x WHERE v.contractor_id = $1"
			" AND (x.acts <> v.version OR x.last <> v.version)"))
		disagree(h, "the acts of a violation have a gap");
	if (count_of(h, "SELECT count(*) FROM violation v JOIN act a ON a.contractor_id = v.contractor_id"
			" AND a.violation_id = v.id AND a.number = v.version WHERE v.contractor_id = $1"
			" AND (v.state <> a.to_state OR a.clock_after IS DISTINCT FROM"
			" row(v.clock_name, v.clock_started, v.due, v.clock_paused_at)::clock_reading)"))
		disagree(h, "a violation is not where its last act has brought it");
}

static void run_history(struct history *h)
{
	struct buffer *steps = &h->steps;
	int done = 0;

	begin(h);
	while (done < STEPS) {
		CLEAN(pg_result) struct pg_result *result = NULL;
		int until = done + 1 + (int)draw(60);
		struct json json;

		buffer_reset(steps);
		h->expected_count = 0;
		json = json_to(steps);
		json_begin_array(&json, NULL);
		/* The score is compared after each step that moves it. */
		for (h->score_moved = false; done < until && done < STEPS && !h->score_moved; done++)
			one_step(h, &json, done);
		json_end_array(&json);
		must(h, pg_query(h->pg, "SELECT * FROM public.history_run($1::integer, $2::text::jsonb)",
				 PG_VALUES(PG_NUMBER(h->contractor), PG_TEXT(buffer_text(steps))),
				 &result, &err));
		compare(h, result);
		compare_score(h);
		if (percent(3))
			connect_again(h);
	}
	check_invariants(h);
	check_duties(h);
	must(h, pg_query(h->pg, "SELECT public.history_end($1::integer)",
			 PG_VALUES(PG_NUMBER(h->contractor)), NULL, &err));
}

/* Rules of the standard in force that show failure, for the cases to be about. */
static void rules_read(struct history *h)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	static struct arena *kept;

	kept = arena_new(1 << 20);
	must(h, pg_query(h->pg, "SELECT id, rule_key, requirements FROM rule WHERE direct"
				" AND cardinality(requirements) > 0 ORDER BY rule_key LIMIT $1",
			 PG_VALUES(PG_NUMBER(RULES)), &result, &err));
	if (pg_rows(result) != RULES)
		disagree(h, "the standard has too few rules");
	for (size_t i = 0; i < RULES; i++) {
		h->rules[i].id = pg_number(result, i, 0);
		h->rules[i].key = arena_string(kept, pg_string(result, i, 1));
		for (size_t k = 0; k < pg_array_count(result, i, 2); k++)
			h->rules[i].requirements[k] =
				arena_text(kept, pg_array_text(result, i, 2, k)).bytes;
	}
}

static uint64_t setting(const char *name, uint64_t standard)
{
	const char *given = getenv(name);
	uint64_t number;

	return given && text_to_u64(text_of(given), &number) && number > 0 ? number : standard;
}

/* Every WORKERSth seed, in a process and a database of its own. */
static int work(unsigned worker)
{
	uint64_t first = setting("MUSTER_HISTORY", 1), count = setting("MUSTER_HISTORIES", HISTORIES);
	CLEAN(standard_source) struct standard_source source = { 0 };
	CLEAN(buffer) struct buffer conninfo;
	static struct history h;
	char database[32];

	snprintf(database, sizeof(database), "histories%c", (char)('a' + worker));
	h.database = database;
	h.pg = books_connect(database);
	h.arena = arena_new(64 << 20);
	buffer_init(&h.steps, 4 << 20);
	server_conninfo(CLUSTER_SUPERUSER, database, &conninfo);
	must(&h, store_open(conninfo.data, STORE_OWNER, "test", &h.reader, &err));
	must(&h, judging_new(h.reader, calendar_days(2099, 1, 1) * MODEL_DAY, NULL, &h.judging, &err));
	must(&h, standard_source_read(STANDARD, &source, NULL, NULL, &err));
	h.standard = source.standard;
	rules_read(&h);
	for (uint64_t seed = first + worker; seed < first + count; seed += WORKERS) {
		h.seed = seed;
		run_history(&h);
	}
	return 0;
}

START_TEST(histories)
{
	pid_t workers[WORKERS];
	int status;

	seen = mmap(NULL, sizeof(*seen), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert(seen != MAP_FAILED);
	for (unsigned i = 0; i < WORKERS; i++) {
		workers[i] = fork();
		ck_assert_int_ge(workers[i], 0);
		if (workers[i] == 0)
			_exit(work(i));
	}
	for (unsigned i = 0; i < WORKERS; i++) {
		ck_assert_int_eq(waitpid(workers[i], &status, 0), workers[i]);
		ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0,
			      "see above for the history that failed");
	}
	if (setting("MUSTER_HISTORIES", HISTORIES) >= HISTORIES)
		check_seen();
}
END_TEST

static void databases_make(void)
{
	server_make();
	for (unsigned i = 0; i < WORKERS; i++) {
		char database[32];
		snprintf(database, sizeof(database), "histories%c", (char)('a' + i));
		books_make(database);
	}
}

int main(void)
{
	Suite *suite = suite_create("histories");
	TCase *tests = tcase_create("histories");
	SRunner *runner;
	int failed;

	tcase_add_unchecked_fixture(tests, databases_make, server_end);
	tcase_set_timeout(tests, 0);
	tcase_add_test(tests, histories);
	suite_add_tcase(suite, tests);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
