/* The rows of the reports. */
#include "store/pages.h"
#include "store/store.h"
#include "store/violation_row.h"

#define PERIOD_VALUES(p)                                                                 \
	PG_STRING((p)->contractor), PG_MOMENT((p)->from), PG_MOMENT((p)->to)

/* Events count that had been received by the period's end. */
static const char violations_sql[] =
	RULES_SQL VIOLATION_SQL
	", e.count, e.first, e.last" VIOLATION_FROM_SQL
	" CROSS JOIN LATERAL (SELECT count(*) AS count, min(e.time) AS first,"
	" max(e.time) AS last FROM violation_event e"
	" JOIN batch b ON b.contractor_id = e.contractor_id AND b.id = e.batch_id"
	" WHERE e.contractor_id = v.contractor_id AND e.violation_id = v.id"
	" AND b.received_at < $3) e"
	" WHERE ($1::text IS NULL OR c.code = $1)"
	" AND ($2::timestamptz IS NULL OR v.opened_at >= $2) AND v.opened_at < $3"
	" ORDER BY c.code, v.id";

int store_report_violations(struct pg *pg, const struct store_period *period,
			    store_violation_function *row, void *context, struct err *err)
{
	struct violation_rows rows = { row, context };

	return store_pages(pg, violations_sql, PG_VALUES(PERIOD_VALUES(period)),
			   store_violations_page, &rows, err);
}

/*
 * The gap is measured to the last delivery of the same system that was not
 * refused; an interval is exceeded when a tenth more than it has gone by.
 */
static const char deliveries_sql[] =
	"SELECT c.code, s.name, d.id, d.name, d.reason, d.outcome, d.received_at, d.records,"
	" d.accepted, d.rejected, d.duplicates, r.codes, b.first_event, b.last_event,"
	" extract(epoch FROM d.received_at - p.received_at)::bigint, s.every_seconds,"
	" coalesce(d.received_at - p.received_at > make_interval(secs => s.every_seconds * 1.1),"
	" false)"
	" FROM delivery d JOIN contractor c ON c.id = d.contractor_id"
	" LEFT JOIN system s ON s.contractor_id = d.contractor_id AND s.id = d.system_id"
	" LEFT JOIN batch b ON b.contractor_id = d.contractor_id AND b.id = d.batch_id"
	" LEFT JOIN LATERAL (SELECT p.received_at FROM delivery p"
	" WHERE p.contractor_id = d.contractor_id AND p.system_id = d.system_id"
	" AND p.outcome <> 'refused' AND (p.received_at, p.id) < (d.received_at, d.id)"
	" ORDER BY p.received_at DESC, p.id DESC LIMIT 1) p ON true"
	" LEFT JOIN LATERAL (SELECT array_agg(j.code || '=' || j.count ORDER BY j.code) AS codes"
	" FROM (SELECT j.code, count(*) AS count FROM reject j"
	" WHERE j.contractor_id = d.contractor_id AND j.batch_id = d.batch_id"
	" GROUP BY j.code) j WHERE d.rejected > 0) r ON true"
	" WHERE ($1::text IS NULL OR c.code = $1)"
	" AND ($2::timestamptz IS NULL OR d.received_at >= $2) AND d.received_at < $3"
	" ORDER BY c.code, d.received_at, d.id";

/* The silence of a system that never delivered counts from its enrolment. */
static const char missing_sql[] =
	"SELECT c.code, s.name, NULL::text, NULL::text, NULL::text, 'missing',"
	" l.since + make_interval(secs => s.every_seconds), 0::bigint, 0::bigint, 0::bigint,"
	" 0::bigint, NULL::text[], NULL::timestamptz, NULL::timestamptz,"
	" extract(epoch FROM $3 - l.since)::bigint, s.every_seconds, true"
	" FROM system s JOIN contractor c ON c.id = s.contractor_id"
	" CROSS JOIN LATERAL (SELECT coalesce((SELECT d.received_at FROM delivery d"
	" WHERE d.contractor_id = s.contractor_id AND d.system_id = s.id"
	" AND d.outcome <> 'refused' AND d.received_at < $3"
	" ORDER BY d.received_at DESC LIMIT 1), s.created_at) AS since) l"
	" WHERE s.active AND c.active AND s.every_seconds IS NOT NULL"
	" AND ($1::text IS NULL OR c.code = $1)"
	" AND ($2::timestamptz IS NULL OR $2 < $3)"
	" AND $3::timestamptz - l.since > make_interval(secs => s.every_seconds * 1.1)"
	" ORDER BY c.code, s.name";

static const char *string_or_null(const struct pg_result *result, size_t row, size_t column)
{
	return pg_is_null(result, row, column) ? NULL : pg_string(result, row, column);
}

static int64_t number_or_none(const struct pg_result *result, size_t row, size_t column)
{
	return pg_is_null(result, row, column) ? -1 : pg_number(result, row, column);
}

static int each_delivery(const struct pg_result *result, store_delivery_function *row,
			 void *context, struct err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < pg_rows(result); i++) {
		struct store_delivery delivery = {
			.contractor = pg_string(result, i, 0),
			.system = string_or_null(result, i, 1),
			.delivery = string_or_null(result, i, 2),
			.name = string_or_null(result, i, 3),
			.reason = string_or_null(result, i, 4),
			.outcome = pg_string(result, i, 5),
			.received = pg_moment(result, i, 6),
			.records = pg_number(result, i, 7),
			.accepted = pg_number(result, i, 8),
			.rejected = pg_number(result, i, 9),
			.duplicates = pg_number(result, i, 10),
			.first = pg_moment(result, i, 12),
			.last = pg_moment(result, i, 13),
			.gap = number_or_none(result, i, 14),
			.every = number_or_none(result, i, 15),
			.late = pg_bool(result, i, 16),
		};
		if (!pg_is_null(result, i, 11))
			delivery.reject_code_count =
				store_texts_read(result, i, 11, delivery.reject_codes,
						 ARRAY_LENGTH(delivery.reject_codes));
		r = row(context, &delivery, err);
	}
	return r;
}

struct delivery_rows {
	store_delivery_function *row;
	void *context;
};

static int deliveries_page(void *delivery_rows, const struct pg_result *page, struct err *err)
{
	const struct delivery_rows *rows = delivery_rows;

	return each_delivery(page, rows->row, rows->context, err);
}

int store_report_deliveries(struct pg *pg, const struct store_period *period,
			    store_delivery_function *row, void *context, struct err *err)
{
	struct delivery_rows rows = { row, context };

	return store_pages(pg, deliveries_sql, PG_VALUES(PERIOD_VALUES(period)),
			   deliveries_page, &rows, err);
}

int store_report_missing(struct pg *pg, const struct store_period *period,
			 store_delivery_function *row, void *context, struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	int r = pg_query(pg, missing_sql, PG_VALUES(PERIOD_VALUES(period)), &result, err);

	return r < 0 ? r : each_delivery(result, row, context, err);
}

static const char reference_data_sql[] =
	"SELECT c.code, s.name, u.kind, sum(u.events)::bigint, sum(b.accepted)::bigint,"
	" count(*), max(b.received_at)"
	" FROM batch b JOIN contractor c ON c.id = b.contractor_id"
	" JOIN system s ON s.contractor_id = b.contractor_id AND s.id = b.system_id"
	" CROSS JOIN LATERAL (SELECT n.kind, n.events FROM batch_unknown n"
	" WHERE n.contractor_id = b.contractor_id AND n.batch_id = b.id"
	" UNION ALL SELECT 'roster', b.accepted WHERE b.roster = 0) u"
	" WHERE ($1::text IS NULL OR c.code = $1)"
	" AND ($2::timestamptz IS NULL OR b.received_at >= $2) AND b.received_at < $3"
	" GROUP BY c.code, s.name, u.kind"
	" ORDER BY c.code, s.name, sum(u.events) DESC, u.kind";

int store_report_reference_data(struct pg *pg, const struct store_period *period,
				store_reference_gap_function *row, void *context,
				struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	int r = pg_query(pg, reference_data_sql, PG_VALUES(PERIOD_VALUES(period)), &result, err);

	for (size_t i = 0; r == 0 && i < pg_rows(result); i++) {
		struct store_reference_gap gap = {
			.contractor = pg_string(result, i, 0),
			.system = pg_string(result, i, 1),
			.kind = pg_string(result, i, 2),
			.events = pg_number(result, i, 3),
			.records = pg_number(result, i, 4),
			.deliveries = pg_number(result, i, 5),
			.last_received = pg_moment(result, i, 6),
		};
		r = row(context, &gap, err);
	}
	return r;
}

int store_report_counts(struct pg *pg, int32_t contractor_id,
			const struct store_period *period, int64_t *ret_accesses,
			int64_t *ret_findings, struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	int r = pg_query_one(pg,
			     "SELECT (SELECT coalesce(sum(b.accepted), 0)::bigint FROM batch b"
			     " WHERE b.contractor_id = $1 AND b.received_at < $3"
			     " AND ($2::timestamptz IS NULL OR b.received_at >= $2)),"
			     " (SELECT count(*) FROM violation v"
			     " WHERE v.contractor_id = $1 AND v.opened_at < $3"
			     " AND ($2 IS NULL OR v.opened_at >= $2))",
			     PG_VALUES(PG_NUMBER(contractor_id), PG_MOMENT(period->from),
				       PG_MOMENT(period->to)),
			     &result, err);

	if (r == 0) {
		*ret_accesses = pg_number(result, 0, 0);
		*ret_findings = pg_number(result, 0, 1);
	}
	return r;
}
