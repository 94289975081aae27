/* Numbers that a system's records bear, and those between that none has borne. */
#include "store/batch_int.h"

#include <stdlib.h>

/* Ranges of one batch, and of one system, at most; lower ones are given up. */
#define RANGES_MOST ((size_t)100000)
#define KEPT_MOST 10000

static struct ipc_sequence *ranges(struct store_batch *batch, size_t *ret_count)
{
	*ret_count = batch->sequences.length / sizeof(struct ipc_sequence);
	return (struct ipc_sequence *)(void *)batch->sequences.data;
}

static int compare(const void *a, const void *b)
{
	const struct ipc_sequence *x = a, *y = b;
	return x->first < y->first ? -1 : x->first > y->first;
}

/* In order, each apart from the next. */
static void join(struct store_batch *batch)
{
	size_t count, kept = 0;
	struct ipc_sequence *list = ranges(batch, &count);

	if (count == 0)
		return;
	qsort(list, count, sizeof(*list), compare);
	for (size_t i = 1; i < count; i++) {
		if (list[i].first > list[kept].last + 1)
			list[++kept] = list[i];
		else if (list[i].last > list[kept].last)
			list[kept].last = list[i].last;
	}
	count = kept + 1;
	if (count > RANGES_MOST / 2) {
		memmove(list, list + count - RANGES_MOST / 2, RANGES_MOST / 2 * sizeof(*list));
		count = RANGES_MOST / 2;
	}
	batch->sequences.length = count * sizeof(*list);
}

int store_batch_sequences(struct store_batch *batch, struct text payload, struct err *err)
{
	struct ipc_sequence range;

	if (payload.length % sizeof(range))
		return err_set(err, ERR_PROTOCOL, "sequence is cut short");
	for (size_t at = 0; at < payload.length; at += sizeof(range)) {
		memcpy(&range, payload.bytes + at, sizeof(range));
		if (range.first == 0 || range.last < range.first || range.last >= INT64_MAX)
			return err_set(err, ERR_PROTOCOL, "sequence is out of range");
		buffer_add(&batch->sequences, &range, sizeof(range));
		if (batch->sequences.length >= RANGES_MOST * sizeof(range))
			join(batch);
	}
	return batch->sequences.failed ? err_set(err, ERR_MEMORY, "sequences") : 0;
}

static int copy_ranges(struct store_batch *batch, struct err *err)
{
	CLEAN(pg_copy) struct pg_copy copy = { 0 };
	size_t count;
	const struct ipc_sequence *list = ranges(batch, &count);
	int done = pg_script(batch->pg,
		"CREATE TEMPORARY TABLE numbered (first bigint, last bigint) ON COMMIT DROP", err);

	if (done == 0)
		done = pg_copy_begin(batch->pg,
			"COPY pg_temp.numbered (first, last) FROM STDIN (FORMAT binary)", &copy, err);
	if (done < 0)
		return done;
	for (size_t i = 0; i < count; i++) {
		pg_copy_row(&copy, 2);
		pg_copy_bigint(&copy, (int64_t)list[i].first);
		pg_copy_bigint(&copy, (int64_t)list[i].last);
	}
	return pg_copy_end(&copy, NULL, err);
}

/*
 * A number that was borne before is that of a duplicate, or of another record
 * now: of those there are at least as many as duplicates do not account for.
 */
static const char rewrite_sql[] =
	"INSERT INTO rewrite (contractor_id, system_id, batch_id, first, last, records, since)"
	" SELECT $1, $2, $3, lower(o.again), upper(o.again) - 1, o.count - $4, $5 FROM"
	" (SELECT c.again, (SELECT sum(upper(r) - lower(r)) FROM unnest(c.again) r)::bigint AS count"
	"  FROM (SELECT s.numbers * (SELECT range_agg(int8range(first, last, '[]'))"
	"   FROM pg_temp.numbered) AS again FROM sequence s"
	"   WHERE s.contractor_id = $1 AND s.system_id = $2) c) o WHERE o.count > $4";

int store_sequences_settle(struct store_batch *batch, int64_t duplicates, struct err *err)
{
	const struct pg_value of[] = { PG_NUMBER(batch->delivery->contractor_id),
				       PG_NUMBER(batch->delivery->system_id) };
	if (batch->sequences.length == 0)
		return 0;
	join(batch);
	int done = copy_ranges(batch, err);
	if (done == 0)
		done = pg_query(batch->pg, rewrite_sql,
				PG_VALUES(of[0], of[1], PG_NUMBER(batch->id),
					  PG_NUMBER(duplicates),
					  PG_MOMENT(batch->delivery->received)), NULL, err);
	if (done == 0)
		done = pg_query(batch->pg,
			"INSERT INTO sequence AS s (contractor_id, system_id, numbers)"
			" SELECT $1, $2, range_agg(int8range(first, last, '[]')) FROM pg_temp.numbered"
			" ON CONFLICT (contractor_id, system_id) DO UPDATE"
			" SET numbers = s.numbers + excluded.numbers", of, 2, NULL, err);
	if (done == 0)
		done = pg_query(batch->pg,
			"UPDATE sequence s SET numbers = s.numbers + int8multirange("
			"  int8range(lower(s.numbers), r.from_here)) FROM (SELECT lower(r) AS from_here"
			"  FROM sequence o, unnest(o.numbers) r WHERE o.contractor_id = $1"
			"  AND o.system_id = $2 ORDER BY lower(r) DESC OFFSET $3 LIMIT 1) r"
			" WHERE s.contractor_id = $1 AND s.system_id = $2",
			PG_VALUES(of[0], of[1], PG_NUMBER(KEPT_MOST)), NULL, err);
	/* What is left of a hole is as old as it was. */
	return done < 0 ? done : pg_query(batch->pg,
		"WITH present AS (SELECT lower(r) AS first, upper(r) - 1 AS last FROM sequence s,"
		"  unnest(int8multirange(range_merge(s.numbers)) - s.numbers) r"
		"  WHERE s.contractor_id = $1 AND s.system_id = $2),"
		" gone AS (DELETE FROM hole h WHERE h.contractor_id = $1 AND h.system_id = $2"
		"  AND NOT EXISTS (SELECT FROM present p WHERE p.first = h.first AND p.last = h.last)"
		"  RETURNING h.first, h.last, h.since)"
		" INSERT INTO hole (contractor_id, system_id, first, last, since)"
		" SELECT $1, $2, p.first, p.last, coalesce((SELECT min(g.since) FROM gone g"
		"  WHERE g.first <= p.last AND g.last >= p.first), $3) FROM present p"
		" WHERE NOT EXISTS (SELECT FROM hole h WHERE h.contractor_id = $1"
		"  AND h.system_id = $2 AND h.first = p.first AND h.last = p.last)",
		PG_VALUES(of[0], of[1], PG_MOMENT(batch->delivery->received)), NULL, err);
}
