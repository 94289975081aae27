/* Clocks and duties in the database, beside the same arithmetic in C. */
#include "test-office.h"

#include "casework/casework.h"
#include "muster/case_clock.h"
#include "muster/time_zone.h"

static const char one[] = "V-2026-100001";

static int64_t at(const char *moment)
{
	int64_t m;

	ck_assert(calendar_from_rfc3339(text_of(moment), &m));
	return m;
}

static void new_york(void)
{
	office_script("SELECT office_configure(600, 'America/New_York', 65,"
		      " '{2026-11-26,2026-12-25,2027-01-01}',"
		      " '{Thanksgiving Day,Christmas Day,New Year''s Day}')");
}

static void begin(void)
{
	office_test_begin();
	office_script("SELECT office_configure(600, 'UTC', 65, '{}', '{}')");
}

/* The same in both --------------------------------------------------------------------- */

START_TEST(deadlines_are_the_same_in_both)
{
	static const char *const zones[] = { "UTC", "America/New_York", "Europe/Berlin",
					     "Asia/Kolkata", "Asia/Beirut", "Pacific/Auckland",
					     "America/Santiago" };
	static const char *const weekends[] = { "Saturday Sunday", "Friday", "" };
	static const char *const days[] = { "2026-03-30 A", "2026-11-26 B", "2026-12-25 C",
					    "2026-12-28 D", "2027-01-01 E" };
	static const int bits[] = { 65, 32, 0 };
	static const char *const units[] = { "business day", "day", "hour", "year" };
	int64_t compared = 0;

	for (size_t z = 0; z < ARRAY_LENGTH(zones); z++) {
		CLEAN(arena) struct arena *arena = arena_new(1 << 20);
		CLEAN(buffer) struct buffer tzif;
		struct casework_calendar office;

		buffer_init(&tzif, 1 << 20);
		ck_ok(time_zone_read(zones[z], &tzif, &err));
		ck_ok(casework_calendar_read(zones[z], buffer_text(&tzif), weekends[z % 3], days,
					     ARRAY_LENGTH(days), arena, &office, &err));
		office_script("SELECT office_configure(600, '%s', %d,"
			      " '{2026-03-30,2026-11-26,2026-12-25,2026-12-28,2027-01-01}',"
			      " '{A,B,C,D,E}')", zones[z], bits[z % 3]);
		for (size_t u = 0; u < ARRAY_LENGTH(units); u++) {
			CLEAN(pg_result) struct pg_result *result = NULL;
			enum casework_unit unit;

			ck_assert(casework_unit_find(text_of(units[u]), &unit));
			ck_ok(pg_query(owner,
				       "SELECT s, n, clock_due(s, $1, n) FROM (SELECT"
				       " timestamptz '2026-02-20T21:40:07.5Z' + k * interval '31 hours 17 minutes' AS s,"
				       " (k % 17)::integer AS n FROM generate_series(0, 420) k) x",
				       PG_VALUES(PG_STRING(units[u])), &result, &err));
			for (size_t i = 0; i < pg_rows(result); i++, compared++) {
				int64_t due = casework_clock_due(&office, pg_moment(result, i, 0), unit,
								 pg_number(result, i, 1));
				char a[CALENDAR_TEXT], b[CALENDAR_TEXT], c[CALENDAR_TEXT];
				ck_assert_msg(due == pg_moment(result, i, 2), "%s: %s, %lld %ss: %s, %s",
					      zones[z], calendar_to_rfc3339(pg_moment(result, i, 0), a),
					      (long long)pg_number(result, i, 1), units[u],
					      calendar_to_rfc3339(due, b),
					      calendar_to_rfc3339(pg_moment(result, i, 2), c));
			}
		}
	}
	ck_assert_int_gt(compared, 10000);
}
END_TEST

START_TEST(the_calendar_is_read_back)
{
	CLEAN(arena) struct arena *arena = arena_new(1 << 20);
	struct store_calendar office;

	new_york();
	ck_ok(store_calendar_read(owner, arena, &office, &err));
	ck_assert_str_eq(office.time_zone, "America/New_York");
	ck_assert_str_eq(office.weekend, "Sunday Saturday");
	ck_assert_uint_eq(office.holiday_count, 3);
	ck_assert_str_eq(office.holidays[2], "2027-01-01 New Year's Day");
	office_script("SELECT office_configure(600, 'UTC', 0, '{}', '{}')");
	ck_ok(store_calendar_read(owner, arena, &office, &err));
	ck_assert_str_eq(office.weekend, "");
	ck_assert_uint_eq(office.holiday_count, 0);
}
END_TEST

START_TEST(a_zone_that_is_none_is_refused)
{
	CLEAN(pg) struct pg *daemon = office_connect(STORE_DAEMON);
	struct store_office office = { .hold = 60, .weekend = 1, .zone = TEXT("Mars/Olympus"),
				       .holidays = TEXT(""), .reply_longest = 28,
				       .plan_longest = 40 };

	ck_assert_int_lt(store_office_configure(daemon, &office, &err), 0);
	ck_assert_msg(strstr(err.text, "calendar") && strstr(err.text, "Mars/Olympus"), "%s", err.text);
	ck_assert_str_eq(office_string(owner, "SELECT time_zone FROM office"), "UTC");
	office.zone = TEXT("America/New_York");
	office.holidays = TEXT("2026-12-25 Christmas Day\n2027-01-01 New Year\n");
	office.audit_review_days = 14;
	ck_ok(store_office_configure(daemon, &office, &err));
	ck_assert_str_eq(office_string(owner, "SELECT time_zone FROM office"), "America/New_York");
	ck_assert_int_eq(office_number(owner, "SELECT count(*) FROM holiday"), 2);
	ck_assert_int_eq(office_number(owner, "SELECT amount FROM duty_rule WHERE name = 'audit-review-7d'"), 14);
	ck_assert_int_eq(office_number(owner, "SELECT longest FROM clock_rule WHERE name = 'plan'"), 40);
	office_script("SELECT clock_configure('{plan_longest}', '{30}')");
	office_script("SELECT duty_configure('{audit_review_days,inquiry_hours,initial_report_hours,"
		      "final_report_days}', '{7,24,72,30}')");
}
END_TEST

/* Duties ------------------------------------------------------------------------------------ */

static int incident(struct pg *pg, const char *moment, const char *when, const char *report)
{
	char data[256];

	snprintf(data, sizeof(data), "{\"moment\":\"%s\",\"at\":\"%s\"%s%s%s}", moment, when,
		 report ? ",\"report\":\"" : "", report ? report : "", report ? "\"" : "");
	return office_act(pg, one, "incident", NULL, NULL, data);
}

static int64_t pass(void)
{
	CLEAN(pg) struct pg *daemon = office_connect(STORE_DAEMON);
	int64_t acts;

	ck_ok(store_pass(daemon, &acts, &err));
	return acts;
}

static const char *duty(const char *name, const char *columns)
{
	char sql[500];

	snprintf(sql, sizeof(sql),
		 "SELECT coalesce(string_agg(concat_ws(' ', %s), '; ' ORDER BY d.number), 'none')"
		 " FROM duty d LEFT JOIN duty_fact f ON f.contractor_id = d.contractor_id"
		 " AND f.duty_number = d.number WHERE d.name = '%s'", columns, name);
	return office_string(owner, sql);
}
#define UTC(column) "to_char(" column ", 'YYYY-MM-DD HH24:MI')"

START_TEST(seventy_two_hours_begin_at_discovery)
{
	CLEAN(pg) struct pg *anna = office_person("anna"), *lena = office_person("lena");

	office_open(1, 1, 3);
	ck_ok(incident(lena, "discovered", "2026-11-19T08:00:00Z", NULL));
	ck_assert_str_eq(duty("cyber-72h", UTC("d.due")), "2026-11-22 08:00");
	ck_assert_str_eq(duty("image-90d", UTC("d.due")), "none");
	ck_assert_int_eq(pass(), 0);
	/* Nobody looked for five days: it was overdue when it was. */
	office_time("2026-11-25T12:00:00Z");
	ck_assert_int_eq(pass(), 1);
	ck_assert_int_eq(pass(), 0);
	ck_assert_str_eq(duty("cyber-72h", "f.fact, " UTC("f.at") ", " UTC("f.recorded_at")),
			 "overdue 2026-11-22 08:00 2026-11-25 12:00");
	/* Reported too late: both facts stay, and images are kept from the report on. */
	ck_ok(incident(anna, "reported", "2026-11-25T09:00:00Z", "ICF-7"));
	ck_assert_int_eq(office_number(owner, "SELECT count(*) FROM duty_fact WHERE fact = 'met'"
					      " AND at = '2026-11-25T09:00:00Z'"), 1);
	ck_assert_int_eq(office_number(owner, "SELECT count(*) FROM duty_fact"), 2);
	ck_assert_str_eq(duty("image-90d", UTC("d.due")), "2027-02-23 09:00");
	/* What is to be kept is never overdue. */
	office_time("2027-12-01T00:00:00Z");
	ck_assert_int_eq(pass(), 0);
}
END_TEST

START_TEST(a_moment_recorded_anew_takes_the_place_of_the_old)
{
	CLEAN(pg) struct pg *anna = office_person("anna");

	office_open(1, 1, 3);
	ck_ok(incident(anna, "discovered", "2026-11-19T08:00:00Z", NULL));
	ck_ok(incident(anna, "discovered", "2026-11-18T08:00:00Z", NULL));
	ck_assert_str_eq(duty("cyber-72h", UTC("d.due") ", f.fact"),
			 "2026-11-22 08:00 replaced; 2026-11-21 08:00");
	ck_refused(office_act(anna, one, "undo", NULL, NULL, NULL), STORE_MU_STATE, "anew");
	/* Reported before it was discovered: not met by that. */
	ck_ok(incident(anna, "reported", "2026-11-17T08:00:00Z", NULL));
	ck_assert_int_eq(office_number(owner, "SELECT count(*) FROM duty_fact WHERE fact = 'met'"), 0);
}
END_TEST

START_TEST(wrong_moments_are_refused)
{
	CLEAN(pg) struct pg *anna = office_person("anna"), *nora = office_person("nora");
	CLEAN(pg) struct pg *udo = office_person("udo");

	office_open(1, 1, 3);
	ck_refused(incident(anna, "dreamt", "2026-11-19T08:00:00Z", NULL), STORE_MU_MISSING,
		   "no moment");
	ck_refused(incident(anna, "discovered", "2026-11-21T08:00:00Z", NULL), STORE_MU_MISSING,
		   "already");
	ck_refused(incident(anna, "discovered", "yesterday-ish", NULL), STORE_MU_MISSING, "no moment");
	ck_refused(office_act(anna, one, "incident", NULL, NULL, "{\"moment\":\"discovered\"}"),
		   STORE_MU_MISSING, "at");
	ck_assert_int_eq(office_number(owner, "SELECT count(*) FROM duty"), 0);
	ck_assert_int_eq(store_duty_record(nora, "ACME", "status", at("2026-11-01T00:00:00Z"), NULL,
					   NULL, &err), -ERR_NEGATIVE);
	ck_refused(store_duty_record(anna, "ACME", "status", at("2027-11-01T00:00:00Z"), NULL, NULL,
				     &err), STORE_MU_MISSING, "already");
	ck_assert_int_eq(store_duty_record(udo, "ACME", "status", at("2026-11-01T00:00:00Z"), NULL,
					   NULL, &err), -ERR_REFUSED);
	ck_assert_int_eq(pg_script(anna, "INSERT INTO duty_fact VALUES (1, 1, 'met', now(), NULL, now())",
				   &err), -ERR_REFUSED);
	ck_assert_int_eq(pg_script(anna, "SELECT duty_begin(NULL)", &err), -ERR_REFUSED);
}
END_TEST

START_TEST(duties_of_a_contractor)
{
	CLEAN(pg) struct pg *anna = office_person("anna"), *nora = office_person("nora");

	ck_ok(store_duty_record(anna, "ACME", "status", at("2026-11-01T15:00:00Z"), "L2C0001234",
				"conditional", &err));
	ck_ok(store_duty_record(anna, "ACME", "conditional", at("2026-11-01T15:00:00Z"), NULL, NULL,
				&err));
	ck_ok(store_duty_record(anna, "ACME", "affirmed", at("2025-11-25T15:00:00Z"), NULL, NULL, &err));
	ck_assert_str_eq(duty("poam-180d", UTC("d.due")), "2027-04-30 15:00");
	ck_assert_str_eq(duty("reassess-3y", UTC("d.due")), "2029-11-01 15:00");
	ck_assert_str_eq(duty("evidence-6y", UTC("d.due")), "2032-11-01 15:00");
	/* Affirming again meets what is due, and begins the next year. */
	office_time("2026-11-24T12:00:00Z");
	ck_ok(store_duty_record(anna, "ACME", "affirmed", at("2026-11-24T12:00:00Z"), NULL, NULL, &err));
	ck_assert_str_eq(duty("affirm-1y", UTC("d.due") ", f.fact"),
			 "2026-11-25 15:00 met; 2027-11-24 12:00");
	/* Nobody else's contractor. */
	ck_assert_int_eq(office_number(nora, "SELECT count(*) FROM duty"), 0);
	ck_assert_int_eq(office_number(nora, "SELECT count(*) FROM duty_moment"), 0);
	ck_assert_int_gt(office_number(anna, "SELECT count(*) FROM duty"), 0);
	/* The amounts that the agency sets. */
	office_script("SELECT duty_configure('{audit_review_days}', '{14}')");
	ck_ok(store_duty_record(anna, "ACME", "reviewed", at("2026-11-20T00:00:00Z"), NULL, NULL, &err));
	ck_assert_str_eq(duty("audit-review-7d", UTC("d.due")), "2026-12-04 00:00");
	office_script("SELECT duty_configure('{audit_review_days}', '{7}')");
}
END_TEST

/* The list ---------------------------------------------------------------------------------- */

static int list(void *context, const struct store_clock *row, struct err *failure)
{
	char due[CALENDAR_TEXT];

	(void)failure;
	buffer_add_format(context, "%s %s %s %s %s\n", row->violation ? row->violation : row->contractor,
			  row->name, row->ours ? "ours" : "theirs",
			  row->duty ? row->keep ? "keep" : "duty" : "case",
			  row->due == MOMENT_NONE ? "paused" : calendar_to_rfc3339(row->due, due));
	return 0;
}

static const char *clocks(struct pg *pg, struct store_clock_filter filter, struct buffer *out)
{
	CLEAN(pg_transaction) struct pg_transaction snapshot = { NULL };

	buffer_init(out, 1 << 16);
	ck_ok(store_snapshot(pg, &snapshot, &err));
	ck_ok(store_clocks(pg, &filter, 0, list, out, &err));
	return out->data ? out->data : "";
}

/* An older affirmation that comes to be known corrects the later one; it does not meet it. */
START_TEST(nothing_is_met_before_it_began)
{
	CLEAN(pg) struct pg *anna = office_person("anna");

	ck_ok(store_duty_record(anna, "ACME", "affirmed", at("2026-06-01T00:00:00Z"), NULL, NULL,
				&err));
	ck_ok(store_duty_record(anna, "ACME", "affirmed", at("2026-05-01T00:00:00Z"), NULL, NULL,
				&err));
	ck_assert_str_eq(office_string(owner, "SELECT string_agg(fact, ' ') FROM duty_fact"), "replaced");
	ck_ok(store_duty_record(anna, "ACME", "affirmed", at("2026-07-01T00:00:00Z"), NULL, NULL,
				&err));
	ck_assert_str_eq(office_string(owner, "SELECT string_agg(fact, ' ' ORDER BY duty_number)"
					      " FROM duty_fact"), "replaced met");
}
END_TEST

START_TEST(everything_that_has_a_date_is_listed)
{
	CLEAN(pg) struct pg *anna = office_person("anna"), *nora = office_person("nora");
	struct store_clock_filter all = { .until = MOMENT_NONE, .ours = true, .theirs = true };
	CLEAN(buffer) struct buffer a, b, c, d, e;

	office_open(1, 1, 3);
	office_open(1, 2, 5);
	office_open(2, 3, 3);
	ck_ok(office_act(anna, "V-2026-100002", "triage", NULL, NULL, NULL));
	ck_ok(office_act(anna, "V-2026-100002", "notice", NULL, NULL, NULL));
	ck_ok(incident(anna, "discovered", "2026-11-16T08:00:00Z", NULL));
	ck_ok(store_duty_record(anna, "ACME", "status", at("2026-11-01T15:00:00Z"), NULL, NULL, &err));
	ck_assert_str_eq(clocks(anna, all, &a),
			 "V-2026-100001 cyber-72h theirs duty 2026-11-19T08:00:00Z\n"
			 "V-2026-100001 triage ours case 2026-11-26T00:00:00Z\n"
			 "V-2026-200003 triage ours case 2026-11-26T00:00:00Z\n"
			 "ACME reassess-3y theirs duty 2029-11-01T15:00:00Z\n"
			 "ACME evidence-6y theirs keep 2032-11-01T15:00:00Z\n"
			 "V-2026-100002 reply theirs case paused\n");
	ck_assert_str_eq(clocks(nora, all, &b), "V-2026-200003 triage ours case 2026-11-26T00:00:00Z\n");
	all.theirs = false;
	all.contractor = "BOREAL";
	ck_assert_str_eq(clocks(anna, all, &c), "V-2026-200003 triage ours case 2026-11-26T00:00:00Z\n");
	all = (struct store_clock_filter){ .until = at("2027-01-01T00:00:00Z"), .theirs = true,
					   .overdue = true };
	ck_assert_str_eq(clocks(anna, all, &d), "V-2026-100001 cyber-72h theirs duty 2026-11-19T08:00:00Z\n");
	/* What had to be kept is over; what had to be done is not. */
	office_time("2033-01-01T00:00:00Z");
	all = (struct store_clock_filter){ .until = MOMENT_NONE, .theirs = true, .contractor = "ACME" };
	ck_assert_str_eq(clocks(anna, all, &e),
			 "V-2026-100001 cyber-72h theirs duty 2026-11-19T08:00:00Z\n"
			 "ACME reassess-3y theirs duty 2029-11-01T15:00:00Z\n"
			 "V-2026-100002 reply theirs case paused\n");
}
END_TEST

/* The arithmetic ---------------------------------------------------------------------------- */

static int explain(void *context, const struct store_violation *violation, struct err *failure)
{
	CLEAN(arena) struct arena *arena = arena_new(16 << 20);

	return case_clock_explain(owner, violation, at("2026-11-24T12:00:00Z"), 200, arena, context,
				  failure);
}

static void explained(const char *line)
{
	CLEAN(buffer) struct buffer out;

	buffer_init(&out, 1 << 20);
	ck_ok(store_violation(owner, one, explain, &out, &err));
	buffer_add_byte(&out, '\0');
	ck_assert_msg(strstr(out.data, line) != NULL, "not \"%s\" in:\n%s", line, out.data);
}

START_TEST(the_arithmetic_of_a_case)
{
	CLEAN(pg) struct pg *anna = office_person("anna"), *otto = office_person("otto");
	CLEAN(pg) struct pg *lena = office_person("lena");

	new_york();
	office_open(1, 1, 3);
	explained("began Fri 2026-11-20 11:40, 3 business days: Mon 2026-11-23 (1), Tue 24 (2), Wed 25 (3)"
		  " -> due Wed 2026-11-25 24:00 America/New_York");
	explained("now Tue 2026-11-24 07:00: 1 business day left after today");
	ck_ok(office_act(anna, one, "triage", NULL, NULL, NULL));
	explained("stopped Fri 2026-11-20 11:40 by anna: triage, in time");
	explained("Wed 25 (3), Thu 26 holiday Thanksgiving Day skipped, Fri 27 (4), Mon 30 (5)");
	ck_ok(office_act(anna, one, "notice", NULL, NULL, NULL));
	explained("paused Fri 2026-11-20 11:40 by anna: until it is delivered -> 14 business days left");
	office_time("2026-11-23T15:00:00Z");
	ck_assert_int_eq(pass(), 1);
	explained("resumed Mon 2026-11-23 10:00 by muster_daemon: deliver, 14 business days left: Tue"
		  " 2026-11-24 (1)");
	ck_ok(office_act(anna, one, "extend", NULL, "flood in the archive",
			 "{\"until\":\"2027-01-05T05:00:00Z\"}"));
	ck_ok(office_act(otto, one, "approve", NULL, NULL, NULL));
	explained("extended Mon 2026-11-23 10:00 by anna, approved by otto: flood in the archive -> due Mon"
		  " 2027-01-04 24:00 America/New_York");
	ck_ok(incident(lena, "discovered", "2026-11-23T10:00:00Z", NULL));
	explained("began Mon 2026-11-23 05:00, 72 hours -> due Thu 2026-11-26 05:00 America/New_York");
	explained("recorded by lena Mon 2026-11-23 10:00");
	/* The books keep what they have, and the page says so. */
	office_script("INSERT INTO holiday VALUES ('2026-11-24', 'Closed')");
	explained("in the books it is Wed 2026-11-25 24:00, computed when it began");
}
END_TEST

START_TEST(an_undo_brings_the_old_clock_back)
{
	CLEAN(pg) struct pg *anna = office_person("anna");
	CLEAN(buffer) struct buffer out;

	office_open(1, 1, 3);
	ck_ok(office_act(anna, one, "triage", NULL, NULL, NULL));
	ck_ok(office_act(anna, one, "undo", NULL, NULL, NULL));
	buffer_init(&out, 1 << 20);
	ck_ok(store_violation(owner, one, explain, &out, &err));
	buffer_add_byte(&out, '\0');
	ck_assert_ptr_null(strstr(out.data, "triage, in time"));
	ck_assert_ptr_nonnull(strstr(out.data, "stopped Fri 2026-11-20 16:40 by anna: undo, in time"));
}
END_TEST

/* The machine's clock ------------------------------------------------------------------------ */

START_TEST(stored_deadlines_do_not_move)
{
	CLEAN(pg) struct pg *anna = office_person("anna");
	static const char due_sql[] = "SELECT due::text FROM violation WHERE id = 1";
	char before[4096];

	office_open(1, 1, 3);
	ck_ok(office_act(anna, one, "triage", NULL, NULL, NULL));
	ck_ok(office_act(anna, one, "notice", NULL, NULL, NULL));
	office_later("10 minutes");
	ck_assert_int_eq(pass(), 1);
	snprintf(before, sizeof(before), "%s", office_string(owner, due_sql));
	/* A year back, another zone, another holiday, the day on which clocks change. */
	office_later("-1 year");
	ck_assert_int_eq(pass(), 0);
	new_york();
	ck_assert_int_eq(pass(), 0);
	office_time("2026-11-01T05:30:00Z");
	ck_assert_int_eq(pass(), 0);
	ck_assert_str_eq(office_string(owner, due_sql), before);
	/* A leap second is the second before it. */
	ck_assert_int_eq(at("2026-12-31T23:59:60Z"), at("2026-12-31T23:59:59Z"));
	/* A year on: it lapsed when it was due, and the office's clock runs from then. */
	office_time("2027-12-01T00:00:00Z");
	ck_assert_int_eq(pass(), 1);
	ck_assert_int_eq(office_number(owner, "SELECT count(*) FROM act a JOIN violation v ON v.id ="
					      " a.violation_id WHERE a.action = 'lapse'"
					      " AND a.at = v.clock_started AND a.recorded_at > a.at"), 1);
	ck_assert_int_eq(pass(), 0);
	/* And back again: what was recorded stays. */
	office_later("-1 year");
	ck_assert_int_eq(pass(), 0);
	ck_assert_str_eq(office_string(owner, "SELECT state FROM violation WHERE id = 1"), "unanswered");
}
END_TEST

/* Taking back a plan is no decision from which the time to appeal runs anew. */
START_TEST(an_undo_gives_no_time_to_appeal)
{
	CLEAN(pg) struct pg *anna = office_person("anna"), *lena = office_person("lena");
	static const char plan[] = "{\"milestones\":[{\"title\":\"locks\",\"due\":\"2027-03-10\"}]}";

	office_open(1, 1, 3);
	ck_ok(office_act(anna, one, "triage", NULL, NULL, NULL));
	ck_ok(office_act(anna, one, "notice", NULL, NULL, NULL));
	office_later("10 minutes");
	ck_assert_int_eq(pass(), 1);
	ck_ok(office_act(lena, one, "reply", "FIXED", NULL, NULL));
	ck_ok(office_act(anna, one, "sustain", "SUB", NULL, NULL));
	office_later("10 days");
	ck_ok(office_act(anna, one, "plan", NULL, NULL, plan));
	ck_ok(office_act(anna, one, "undo", NULL, NULL, NULL));
	ck_ok(office_act(anna, one, "plan", NULL, NULL, plan));
	office_later("21 days");
	ck_refused(office_act(lena, one, "appeal", NULL, "not so", NULL), STORE_MU_STATE, "too late");
}
END_TEST

/* The letter may have been dropped by then: it would never be delivered. */
START_TEST(a_recalled_notice_is_given_anew)
{
	CLEAN(pg) struct pg *anna = office_person("anna");

	office_open(1, 1, 3);
	ck_ok(office_act(anna, one, "triage", NULL, NULL, NULL));
	ck_ok(office_act(anna, one, "notice", NULL, NULL, NULL));
	office_later("5 minutes");
	ck_ok(office_act(anna, one, "recall", NULL, NULL, NULL));
	office_later("6 minutes");
	ck_assert_int_eq(pass(), 0);
	ck_refused(office_act(anna, one, "undo", NULL, NULL, NULL), STORE_MU_STATE, "anew");
	ck_ok(office_act(anna, one, "notice", NULL, NULL, NULL));
	office_later("10 minutes");
	ck_assert_int_eq(pass(), 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("clocks");
	TCase *tests = tcase_create("clocks");
	SRunner *runner;
	int failed;

	tcase_add_unchecked_fixture(tests, office_begin_with_letters, server_end);
	tcase_add_checked_fixture(tests, begin, office_test_end);
	tcase_set_timeout(tests, 120);
	tcase_add_test(tests, deadlines_are_the_same_in_both);
	tcase_add_test(tests, the_calendar_is_read_back);
	tcase_add_test(tests, a_zone_that_is_none_is_refused);
	tcase_add_test(tests, seventy_two_hours_begin_at_discovery);
	tcase_add_test(tests, a_moment_recorded_anew_takes_the_place_of_the_old);
	tcase_add_test(tests, wrong_moments_are_refused);
	tcase_add_test(tests, duties_of_a_contractor);
	tcase_add_test(tests, nothing_is_met_before_it_began);
	tcase_add_test(tests, everything_that_has_a_date_is_listed);
	tcase_add_test(tests, the_arithmetic_of_a_case);
	tcase_add_test(tests, an_undo_brings_the_old_clock_back);
	tcase_add_test(tests, stored_deadlines_do_not_move);
	tcase_add_test(tests, a_recalled_notice_is_given_anew);
	tcase_add_test(tests, an_undo_gives_no_time_to_appeal);
	suite_add_tcase(suite, tests);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
