/* The feeds themselves: who has fallen silent, and which numbers never came. */
#include "store/batch_int.h"
#include "store/store.h"

#include <stdio.h>

#define WAITING_LARGEST ((size_t)32 << 20)

/* A rule in force that is about deliveries. */
struct feed_rule {
	int64_t id, severity, limit; /* limit: intervals, or microseconds */
	const char *key;
};

/* What is found of one system. */
struct feed_finding {
	int64_t contractor, count, first, last;
	const char *code;
	const char *subject;
};

/* Violations ------------------------------------------------------------------------ */

static int open_violation(struct pg *pg, const struct feed_rule *rule,
			  const struct feed_finding *finding, int64_t now, int64_t *ret_id,
			  struct err *err)
{
	int year = calendar_civil(now).year;
	char of_contractor[64], of_year[64], number[40];
	int64_t nth = 0;

	snprintf(of_contractor, sizeof(of_contractor), "violation of %s", finding->code);
	snprintf(of_year, sizeof(of_year), "violation number of %04d", year);
	int done = store_counter_take(pg, of_contractor, 1, ret_id, err);
	if (done == 0)
		done = store_counter_take(pg, of_year, 1, &nth, err);
	if (done < 0)
		return done;
	snprintf(number, sizeof(number), "V-%04d-%06lld", year, (long long)nth);
	done = pg_query(pg,
		"INSERT INTO violation (contractor_id, id, number, rule_key, rule_id, subject_kind,"
		" subject, day, severity, level, count, first_event, last_event, opened_at,"
		" clock_started, run, due, points, suppressed_until)"
		" VALUES ($1, $2, $3, $4, $5, 'group', $6,"
		" ($7::timestamptz AT TIME ZONE 'UTC')::date, $8, 0, $9, $7, $10, $11, $11, $2,"
		" opening_due($11, $8::smallint >= 4), rule_points($5),"
		" suppressed_until($1, $4, $6, $8, $11))",
		PG_VALUES(PG_NUMBER(finding->contractor), PG_NUMBER(*ret_id), PG_STRING(number),
			  PG_STRING(rule->key), PG_NUMBER(rule->id), PG_STRING(finding->subject),
			  PG_MOMENT(finding->first), PG_NUMBER(rule->severity),
			  PG_NUMBER(finding->count), PG_MOMENT(finding->last), PG_MOMENT(now)),
		NULL, err);
	return done < 0 ? done :
			  store_suppressed_record(pg, (int32_t)finding->contractor, *ret_id, *ret_id, err);
}

/* What has been delivered and not been read yet may say otherwise. */
#define NOT_WAITING_SQL                                                                  \
	" AND NOT EXISTS (SELECT FROM waiting w WHERE w.contractor_id = s.contractor_id"  \
	" AND w.name = s.name)"

int store_waiting_set(struct pg *pg, const struct ipc_waiting *rows, size_t count,
		      struct err *err)
{
	CLEAN(buffer) struct buffer contractors, names, moments;
	CLEAN(pg_transaction) struct pg_transaction transaction = { 0 };
	const char *separator = "{";

	buffer_init(&contractors, WAITING_LARGEST);
	buffer_init(&names, WAITING_LARGEST);
	buffer_init(&moments, WAITING_LARGEST);
	for (size_t i = 0; i < count; i++, separator = ",") {
		struct text name = ipc_member(rows[i].name);
		buffer_add_format(&contractors, "%s%d", separator, (int)rows[i].contractor_id);
		buffer_add_format(&names, "%s\"%.*s\"", separator, TEXT_PRINT(name));
		buffer_add_format(&moments, "%s%lld", separator, (long long)rows[i].since);
	}
	for (size_t i = 0; i < 3; i++)
		buffer_add_string((struct buffer *[]){ &contractors, &names, &moments }[i],
				  count ? "}" : "{}");
	if (contractors.failed || names.failed || moments.failed)
		return err_set(err, ERR_LIMIT, "too much waits in the spool");
	int done = pg_begin(pg, &transaction, err);
	if (done == 0)
		done = pg_query(pg, "DELETE FROM waiting", PG_NO_VALUES, NULL, err);
	if (done == 0 && count)
		done = pg_query(pg,
			"INSERT INTO waiting (contractor_id, name, since)"
			" SELECT u.contractor_id, u.name, min(to_timestamp(u.since / 1000000.0))"
			" FROM unnest($1::integer[], $2::text[], $3::bigint[])"
			"  AS u (contractor_id, name, since)"
			" JOIN contractor k ON k.id = u.contractor_id GROUP BY 1, 2",
			PG_VALUES(PG_TEXT(buffer_text(&contractors)), PG_TEXT(buffer_text(&names)),
				  PG_TEXT(buffer_text(&moments))), NULL, err);
	return done < 0 ? done : pg_commit(&transaction, err);
}

/* Silence ------------------------------------------------------------------------------ */

/* Those that have ended stop growing, at the delivery that ended them. */
static int end_silences(struct pg *pg, struct err *err)
{
	return pg_query(pg,
		"WITH ending AS (SELECT q.contractor_id, q.rule_key, q.system_id, q.since,"
		"  q.violation_id, (SELECT min(d.received_at) FROM delivery d"
		"   WHERE d.contractor_id = q.contractor_id AND d.system_id = q.system_id"
		"   AND d.outcome <> 'refused' AND d.received_at > q.since) AS heard"
		"  FROM silence q WHERE NOT q.ended),"
		" ended AS (UPDATE silence q SET ended = true FROM ending e WHERE e.heard IS NOT NULL"
		"  AND q.contractor_id = e.contractor_id AND q.rule_key = e.rule_key"
		"  AND q.system_id = e.system_id AND q.since = e.since)"
		" UPDATE violation v SET last_event = e.heard FROM ending e WHERE e.heard IS NOT NULL"
		" AND v.contractor_id = e.contractor_id AND v.id = e.violation_id",
		PG_NO_VALUES, NULL, err);
}

static const char silent_sql[] =
	"SELECT s.contractor_id, k.code, s.id, s.name, l.since,"
	" floor(extract(epoch FROM $1 - l.since) / s.every_seconds)::bigint, q.violation_id"
	" FROM system s JOIN contractor k ON k.id = s.contractor_id"
	" CROSS JOIN LATERAL (SELECT coalesce((SELECT d.received_at FROM delivery d"
	"  WHERE d.contractor_id = s.contractor_id AND d.system_id = s.id"
	"  AND d.outcome <> 'refused' ORDER BY d.received_at DESC LIMIT 1), s.created_at) AS since) l"
	" LEFT JOIN silence q ON q.contractor_id = s.contractor_id AND q.rule_key = $2"
	"  AND q.system_id = s.id AND q.since = l.since"
	" WHERE s.active AND k.active AND s.every_seconds IS NOT NULL" NOT_WAITING_SQL
	" AND $1::timestamptz - l.since > make_interval(secs => s.every_seconds * $3::bigint)"
	" ORDER BY s.contractor_id, s.id";

static int silence(struct pg *pg, const struct feed_rule *rule, const struct pg_result *result,
		   size_t row, int64_t now, struct err *err)
{
	char subject[128];
	struct feed_finding finding = { .contractor = pg_number(result, row, 0),
					.code = pg_string(result, row, 1),
					.first = pg_moment(result, row, 4),
					.last = now,
					.count = pg_number(result, row, 5),
					.subject = subject };
	int64_t violation = 0;

	if (!pg_is_null(result, row, 6))
		return pg_query(pg,
			"UPDATE violation SET last_event = $3, count = $4"
			" WHERE contractor_id = $1 AND id = $2 AND last_event < $3",
			PG_VALUES(PG_NUMBER(finding.contractor), PG_NUMBER(pg_number(result, row, 6)),
				  PG_MOMENT(now), PG_NUMBER(finding.count)), NULL, err);
	snprintf(subject, sizeof(subject), "system=%s", pg_string(result, row, 3));
	int done = open_violation(pg, rule, &finding, now, &violation, err);
	return done < 0 ? done : pg_query(pg,
		"INSERT INTO silence (contractor_id, rule_key, system_id, since, violation_id)"
		" VALUES ($1, $2, $3, $4, $5)",
		PG_VALUES(PG_NUMBER(finding.contractor), PG_STRING(rule->key),
			  PG_NUMBER(pg_number(result, row, 2)), PG_MOMENT(finding.first),
			  PG_NUMBER(violation)), NULL, err);
}

static int find_silences(struct pg *pg, const struct feed_rule *rule, int64_t now, struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	int done = pg_query(pg, silent_sql,
			    PG_VALUES(PG_MOMENT(now), PG_STRING(rule->key), PG_NUMBER(rule->limit)),
			    &result, err);
	for (size_t row = 0; done == 0 && row < pg_rows(result); row++)
		done = silence(pg, rule, result, row, now, err);
	return done;
}

/* Holes ---------------------------------------------------------------------------------- */

/* Those that were filled, whole or in part, are holes no more. */
static int withdraw_holes(struct pg *pg, struct err *err)
{
	return pg_query(pg,
		"WITH filled AS (DELETE FROM hole_violation v WHERE NOT EXISTS (SELECT FROM hole h"
		"  WHERE h.contractor_id = v.contractor_id AND h.system_id = v.system_id"
		"  AND h.first = v.first AND h.last = v.last) RETURNING v.contractor_id, v.violation_id)"
		" SELECT act(v.contractor_id, v.id, NULL, 'withdraw', NULL,"
		"  'what was missing came after all', NULL) FROM violation v JOIN filled f"
		" ON v.contractor_id = f.contractor_id AND v.id = f.violation_id"
		" WHERE v.clock_name IS NOT NULL",
		PG_NO_VALUES, NULL, err);
}

static const char holes_sql[] =
	"SELECT h.contractor_id, k.code, h.system_id, s.name, h.since, h.first, h.last"
	" FROM hole h JOIN contractor k ON k.id = h.contractor_id"
	" JOIN system s ON s.contractor_id = h.contractor_id AND s.id = h.system_id"
	" WHERE k.active AND h.since <= $1" NOT_WAITING_SQL " AND NOT EXISTS (SELECT FROM hole_violation v"
	"  WHERE v.contractor_id = h.contractor_id AND v.rule_key = $2"
	"  AND v.system_id = h.system_id AND v.first = h.first AND v.last = h.last)"
	" ORDER BY h.contractor_id, h.system_id, h.first LIMIT 1000";

static int hole(struct pg *pg, const struct feed_rule *rule, const struct pg_result *result,
		size_t row, int64_t now, struct err *err)
{
	char subject[192];
	int64_t first = pg_number(result, row, 5), last = pg_number(result, row, 6), violation = 0;
	const struct feed_finding finding = { .contractor = pg_number(result, row, 0),
					      .code = pg_string(result, row, 1),
					      .first = pg_moment(result, row, 4),
					      .last = now,
					      .count = last - first + 1,
					      .subject = subject };

	if (first == last)
		snprintf(subject, sizeof(subject), "system=%s, sequence=%lld",
			 pg_string(result, row, 3), (long long)first);
	else
		snprintf(subject, sizeof(subject), "system=%s, sequence=%lld-%lld",
			 pg_string(result, row, 3), (long long)first, (long long)last);
	int done = open_violation(pg, rule, &finding, now, &violation, err);
	return done < 0 ? done : pg_query(pg,
		"INSERT INTO hole_violation (contractor_id, rule_key, system_id, first, last,"
		" violation_id) VALUES ($1, $2, $3, $4, $5, $6)",
		PG_VALUES(PG_NUMBER(finding.contractor), PG_STRING(rule->key),
			  PG_NUMBER(pg_number(result, row, 2)), PG_NUMBER(first), PG_NUMBER(last),
			  PG_NUMBER(violation)), NULL, err);
}

static int find_holes(struct pg *pg, const struct feed_rule *rule, int64_t now, struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	int done = pg_query(pg, holes_sql,
			    PG_VALUES(PG_MOMENT(now - rule->limit), PG_STRING(rule->key)), &result,
			    err);
	for (size_t row = 0; done == 0 && row < pg_rows(result); row++)
		done = hole(pg, rule, result, row, now, err);
	return done;
}

/* Rewrites ------------------------------------------------------------------------------- */

static const char rewrites_sql[] =
	"SELECT w.contractor_id, k.code, s.name, w.since, w.first, w.last, w.records, w.batch_id"
	" FROM rewrite w JOIN contractor k ON k.id = w.contractor_id"
	" JOIN system s ON s.contractor_id = w.contractor_id AND s.id = w.system_id"
	" WHERE k.active AND NOT EXISTS (SELECT FROM rewrite_violation v"
	"  WHERE v.contractor_id = w.contractor_id AND v.rule_key = $1 AND v.batch_id = w.batch_id)"
	" ORDER BY w.contractor_id, w.batch_id LIMIT 1000";

static int rewrite(struct pg *pg, const struct feed_rule *rule, const struct pg_result *result,
		   size_t row, int64_t now, struct err *err)
{
	char subject[192];
	int64_t violation = 0;
	const struct feed_finding finding = { .contractor = pg_number(result, row, 0),
					      .code = pg_string(result, row, 1),
					      .first = pg_moment(result, row, 3),
					      .last = pg_moment(result, row, 3),
					      .count = pg_number(result, row, 6),
					      .subject = subject };

	snprintf(subject, sizeof(subject), "system=%s, rewritten=%lld-%lld",
		 pg_string(result, row, 2), (long long)pg_number(result, row, 4),
		 (long long)pg_number(result, row, 5));
	int done = open_violation(pg, rule, &finding, now, &violation, err);
	return done < 0 ? done : pg_query(pg,
		"INSERT INTO rewrite_violation (contractor_id, rule_key, batch_id, violation_id)"
		" VALUES ($1, $2, $3, $4)",
		PG_VALUES(PG_NUMBER(finding.contractor), PG_STRING(rule->key),
			  PG_NUMBER(pg_number(result, row, 7)), PG_NUMBER(violation)), NULL, err);
}

static int find_rewrites(struct pg *pg, const struct feed_rule *rule, int64_t now,
			 struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	int done = pg_query(pg, rewrites_sql, PG_VALUES(PG_STRING(rule->key)), &result, err);
	for (size_t row = 0; done == 0 && row < pg_rows(result); row++)
		done = rewrite(pg, rule, result, row, now, err);
	return done;
}

/* What is missing besides evidence ------------------------------------------------------- */

#define NEXT_TO_A_GAP                                                                    \
	" (v.contractor_id, v.id) IN (SELECT e.contractor_id, e.violation_id"            \
	"  FROM (SELECT DISTINCT contractor_id, batch_id FROM evidence_gap) g"          \
	"  JOIN violation_event e ON e.contractor_id = g.contractor_id"                 \
	"  AND e.batch_id = g.batch_id)"

/* Violations whose records came next to something that is missing say so as long as it is. */
static int mark_evidence(struct pg *pg, struct err *err)
{
	int done = pg_query(pg,
		"UPDATE violation v SET evidence_missing = false WHERE v.evidence_missing"
		" AND NOT" NEXT_TO_A_GAP,
		PG_NO_VALUES, NULL, err);

	return done < 0 ? done : pg_query(pg,
		"UPDATE violation v SET evidence_missing = true WHERE NOT v.evidence_missing"
		" AND" NEXT_TO_A_GAP, PG_NO_VALUES, NULL, err);
}

/* The whole --------------------------------------------------------------------------------- */


static int check_all(struct pg *pg, int64_t now, struct err *err)
{
	static int (*const finders[])(struct pg *, const struct feed_rule *, int64_t,
				      struct err *) = { find_silences, find_holes, find_rewrites };
	CLEAN(pg_result) struct pg_result *rules = NULL;
	int done = end_silences(pg, err);
	if (done == 0)
		done = withdraw_holes(pg, err);
	if (done == 0)
		done = pg_query(pg,
			"SELECT r.id, r.rule_key, r.severity,"
			" array_position(ARRAY['silence', 'hole', 'rewrite'], c.type) - 1,"
			" CASE c.type WHEN 'silence' THEN c.silent_intervals ELSE c.timespan END"
			" FROM rule r JOIN correlation c ON c.id = r.correlation_id"
			" JOIN standard_in_force f ON f.standard_id = r.standard_id AND f.until IS NULL"
			" WHERE c.type IN ('silence', 'hole', 'rewrite') ORDER BY r.id", PG_NO_VALUES, &rules, err);
	for (size_t row = 0; done == 0 && row < pg_rows(rules); row++) {
		const struct feed_rule rule = { .id = pg_number(rules, row, 0),
						.key = pg_string(rules, row, 1),
						.severity = pg_number(rules, row, 2),
						.limit = pg_number(rules, row, 4) };
		done = finders[pg_number(rules, row, 3)](pg, &rule, now, err);
	}
	return done < 0 ? done : mark_evidence(pg, err);
}

int store_feeds_check(struct pg *pg, int64_t now, struct err *err)
{
	CLEAN(pg_transaction) struct pg_transaction transaction = { 0 };
	int done = pg_begin(pg, &transaction, err);
	if (done == 0)
		done = check_all(pg, now, err);
	return done < 0 ? done : pg_commit(&transaction, err);
}
