/*
 * An office for tests: a private server with the books, a contractor or two,
 * violations, people, and a clock that the test sets. office_begin() and
 * server_end() are an unchecked fixture; each test has an owner's connection
 * and asks for those of people.
 */
#ifndef TEST_OFFICE_H
#define TEST_OFFICE_H

#include "test-server.h"

#include <pwd.h>

#include "store/store.h"

static struct err err;
static struct pg *owner;
#define ck_ok(expression) ck_assert_msg((expression) == 0, "%s", err.text)

#define OFFICE_ZERO "2026-11-20T16:40:00Z"     /* a Friday */

static struct pg *office_connect(enum store_role role)
{
	CLEAN(buffer) struct buffer conninfo;
	struct pg *pg = NULL;

	server_conninfo(role == STORE_OWNER ? CLUSTER_SUPERUSER : store_role_name(role), "muster",
			&conninfo);
	ck_ok(store_open(conninfo.data, role, "test", &pg, &err));
	return pg;
}

static inline struct pg *office_person(const char *name)
{
	CLEAN(buffer) struct buffer conninfo;
	struct pg *pg = NULL;

	server_conninfo(name, "muster", &conninfo);
	ck_ok(store_open_person(conninfo.data, name, "test", &pg, &err));
	return pg;
}

PRINTF_LIKE(1, 2) static void office_script(const char *format, ...)
{
	char sql[8192];
	va_list list;

	va_start(list, format);
	vsnprintf(sql, sizeof(sql), format, list);
	va_end(list);
	ck_ok(pg_script(owner, sql, &err));
}

static inline int64_t office_number(struct pg *pg, const char *sql)
{
	CLEAN(pg_result) struct pg_result *result = NULL;

	ck_ok(pg_query_one(pg, sql, PG_NO_VALUES, &result, &err));
	return pg_number(result, 0, 0);
}

static inline const char *office_string(struct pg *pg, const char *sql)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	static char text[4096];

	ck_ok(pg_query_one(pg, sql, PG_NO_VALUES, &result, &err));
	snprintf(text, sizeof(text), "%s", pg_string(result, 0, 0));
	return text;
}

/* What muster.moment() says from now on. */
static inline void office_time(const char *moment)
{
	office_script("UPDATE muster.test_clock SET now = '%s'", moment);
}
static inline void office_later(const char *interval)
{
	office_script("UPDATE muster.test_clock SET now = now + interval '%s'", interval);
}

static void office_admit(const char *name, enum casework_role role, const char *contractor)
{
	char account[256];

	snprintf(account, sizeof(account), "%s", getpwuid(geteuid())->pw_name);
	ck_ok(store_account_add(owner, name, name, "tester", &err));
	ck_ok(store_account_grant(owner, name, role, "tester", &err));
	ck_ok(store_portfolio_grant(owner, name, contractor, "tester", &err));
	ck_ok(cluster_identity_add(server_directory, account, name, &err));
}

/* Flagged now, of contractor 1 (ACME) or 2 (BOREAL). */
static inline void office_open(int contractor, int64_t id, int severity)
{
	office_script("INSERT INTO violation (contractor_id, id, number, rule_key, rule_id,"
		      " subject_kind, subject, day, severity, level, count, first_event,"
		      " last_event, opened_at, clock_started, due, points)"
		      " SELECT %d, %lld, 'V-2026-%06lld', 'rule', 1, 'actor', 's%lld', '2026-11-20',"
		      " %d, 1, 1, m, m, m, m, opening_due(m, %d >= 4), 0 FROM moment() m",
		      contractor, (long long)id, (long long)(contractor * 100000 + id),
		      (long long)id, severity, severity);
}

static inline void office_begin(void)
{
	server_begin();
	{
		CLEAN(pg) struct pg *server = server_connect("postgres");
		ck_ok(store_database_create(server, "muster", &err));
	}
	CLEAN(pg) struct pg *database = server_connect("muster");
	CLEAN(buffer) struct buffer conninfo;
	ck_ok(store_schema_create(database, &err));
	server_conninfo(CLUSTER_SUPERUSER, "muster", &conninfo);
	ck_ok(store_open_unchecked(conninfo.data, STORE_OWNER, "test", &owner, &err));
	ck_ok(store_migrate(owner, SOURCE_DIRECTORY "/migrations", "tester", NULL, NULL, &err));
	office_script("CREATE TABLE test_clock (now timestamptz);"
		      "INSERT INTO test_clock VALUES ('" OFFICE_ZERO "');"
		      "GRANT SELECT ON test_clock TO PUBLIC;"
		      "CREATE OR REPLACE FUNCTION moment() RETURNS timestamptz LANGUAGE sql VOLATILE"
		      " SET search_path = pg_catalog, pg_temp AS 'SELECT now FROM muster.test_clock';"
		      "INSERT INTO standard (id, name, title, digest, bundle)"
		      " VALUES (1, 'test', 'Test', sha256(''), '');"
		      "INSERT INTO rule (id, standard_id, rule_key, title, severity, direct,"
		      " requirements, says, file)"
		      " VALUES (1, 1, 'rule', 'Rule', 3, true, '{}', '', 'rule.yml');");
	ck_ok(store_contractor_add(owner, "ACME", "Acme", true, "tester", &err));
	ck_ok(store_contractor_add(owner, "BOREAL", "Boreal", true, "tester", &err));
	office_admit("anna", CASEWORK_ROLE_OFFICER, NULL);
	office_admit("bert", CASEWORK_ROLE_OFFICER, NULL);
	office_admit("otto", CASEWORK_ROLE_SUPERVISOR, NULL);
	office_admit("olga", CASEWORK_ROLE_SUPERVISOR, NULL);
	office_admit("paul", CASEWORK_ROLE_APPEALS, NULL);
	office_admit("lena", CASEWORK_ROLE_LIAISON, "ACME");
	office_admit("nora", CASEWORK_ROLE_OFFICER, "BOREAL");
	office_admit("udo", CASEWORK_ROLE_AUDITOR, NULL);
	ck_ok(store_server_reload(owner, &err));
	pg_free(owner);
	owner = NULL;
}

/*
 * In this database letters that the outbox lets go are in the contractor's
 * hands with the next look at what time brings, as where musterd runs; each
 * notice counts as an act.
 */
static inline void office_begin_with_letters(void)
{
	office_begin();
	owner = office_connect(STORE_OWNER);
	office_script("ALTER FUNCTION case_pass(integer) RENAME TO case_lapse;"
		      "CREATE FUNCTION case_pass(most integer) RETURNS integer LANGUAGE plpgsql"
		      " SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$"
		      "DECLARE l record; sent integer := 0; BEGIN"
		      " FOR l IN SELECT * FROM muster.letters_due(most) LOOP"
		      "  PERFORM muster.letter_done(l.contractor_id, l.violation_id, l.act_number,"
		      "   CASE WHEN l.wanted THEN muster.moment() END);"
		      "  sent := sent + (l.wanted AND l.action = 'notice')::integer;"
		      " END LOOP;"
		      " RETURN sent + muster.case_lapse(most); END $$;"
		      "GRANT EXECUTE ON FUNCTION case_pass(integer) TO muster_daemon");
	pg_free(owner);
	owner = NULL;
}

static inline void office_test_begin(void)
{
	err = (struct err){ 0 };
	owner = office_connect(STORE_OWNER);
	office_time(OFFICE_ZERO);
	office_script("DELETE FROM clock_step; DELETE FROM clock_seen; DELETE FROM waiting;"
		      "DELETE FROM duty_fact; DELETE FROM duty; DELETE FROM duty_moment;"
		      "DELETE FROM look; DELETE FROM further_answer; DELETE FROM sanction_taken;"
		      "DELETE FROM suppressed; DELETE FROM suppression; DELETE FROM bulk; DELETE FROM bulk_preview;"
		      "DELETE FROM outbox; DELETE FROM letter; DELETE FROM attachment;"
		      "DELETE FROM milestone; DELETE FROM act; DELETE FROM violation");
}

static inline void office_test_end(void)
{
	pg_free(owner);
}

/* data: JSON, or NULL. The error is in err. */
static inline int office_act(struct pg *pg, const char *number, const char *action,
			     const char *reason, const char *note, const char *data)
{
	const struct store_act_asked asked = { action, reason, note, text_of(data ? data : "{}") };
	struct store_acted acted;
	struct store_case is;
	int r = store_case_find(pg, number, &is, &err);

	return r < 0 ? r : store_act(pg, &is, &asked, &acted, &err);
}

#define ck_refused(expression, state, words)                                             \
	do {                                                                              \
		ck_assert_int_eq(expression, -ERR_REFUSED);                               \
		ck_assert_msg(strcmp(err.sqlstate, state) == 0, "%s: %s", err.sqlstate, err.text); \
		ck_assert_msg(strstr(err.text, words) != NULL, "%s", err.text);           \
	} while (0)

#endif
