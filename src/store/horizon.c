/* How far the logs reach, and hits that wait for them to reach further. */
#include "store/correlated.h"

static int out_of_memory(struct err *err)
{
	return err_set(err, ERR_MEMORY, "how far logs reach");
}

void store_batch_judged_by(struct store_batch *batch, const int32_t *rules, size_t count)
{
	struct correlated *c = batch->correlated;
	uint32_t place;
	if (c->judges)
		memset(c->judges, 0, c->known.count * sizeof(*c->judges));
	for (size_t i = 0; c->judges && i < count; i++)
		if (correlations_find(&c->known, rules[i], &place))
			c->judges[place] = true;
}

void hit_group_touch(struct hit_group *group, int64_t time)
{
	if (!group->touched || time < group->touched_first)
		group->touched_first = time;
	if (!group->touched || time > group->touched_last)
		group->touched_last = time;
	group->touched = true;
}

/* Groups that waited -------------------------------------------------------------- */

static const char wake_after[] =
	"DELETE FROM undecided WHERE contractor_id = $1 AND correlation_id = $2"
	" AND waits_for = 'after' AND until < $3 RETURNING group_key, time";
static const char wake_before[] =
	"DELETE FROM undecided WHERE contractor_id = $1 AND correlation_id = $2"
	" AND waits_for = 'before' AND until >= $3 RETURNING group_key, time";

static int wake(struct store_batch *batch, uint32_t place, const char *sql, int64_t reached,
		struct err *err)
{
	CLEAN(pg_result) struct pg_result *woken = NULL;
	struct correlated *c = batch->correlated;
	int done = pg_query(batch->pg, sql,
			    PG_VALUES(PG_NUMBER(batch->delivery->contractor_id),
				      PG_NUMBER(c->known.list[place]->id), PG_MOMENT(reached)),
			    &woken, err);
	for (size_t row = 0; done == 0 && row < pg_rows(woken); row++) {
		struct hit_group *group = correlated_group(c, place, pg_text(woken, row, 0));
		if (!group)
			return out_of_memory(err);
		hit_group_touch(group, pg_moment(woken, row, 1));
	}
	return done;
}

/* Events later than their delivery say nothing of how far the logs reach. */
static int64_t last_of(const struct store_batch *batch)
{
	int64_t received = batch->delivery->received;
	if (batch->last <= received)
		return batch->last;
	return received > batch->first ? received : batch->first;
}

static int extend(struct store_batch *batch, uint32_t place, struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	struct correlation *is = batch->correlated->known.list[place];
	int done = pg_query_one(batch->pg,
		"INSERT INTO reach AS r (contractor_id, correlation_id, first_event, last_event)"
		" VALUES ($1, $2, $3, $4) ON CONFLICT (contractor_id, correlation_id) DO UPDATE"
		" SET first_event = least(r.first_event, excluded.first_event),"
		" last_event = greatest(r.last_event, excluded.last_event)"
		" RETURNING first_event, last_event",
		PG_VALUES(PG_NUMBER(batch->delivery->contractor_id), PG_NUMBER(is->id),
			  PG_MOMENT(batch->first), PG_MOMENT(last_of(batch))), &result, err);
	if (done < 0)
		return done;
	is->rule.reach_from = pg_moment(result, 0, 0);
	is->rule.reach_to = pg_moment(result, 0, 1);
	done = wake(batch, place, wake_after, is->rule.reach_to, err);
	return done < 0 ? done : wake(batch, place, wake_before, is->rule.reach_from, err);
}

int horizon_extend(struct store_batch *batch, struct err *err)
{
	struct correlated *c = batch->correlated;
	int done = 0;
	for (uint32_t i = 0; done == 0 && batch->events && i < c->known.count; i++)
		if (c->judges && c->judges[i] && c->known.list[i]->waits)
			done = extend(batch, i, err);
	return done;
}

/* Groups that will wait ------------------------------------------------------------- */

struct waiting {
	int64_t until, time;
	int32_t correlation;
	uint16_t key_size;
	bool after;
};

void horizon_note(struct store_batch *batch, const struct hit_change *change,
		const struct correlate_hit *hit, bool is_last)
{
	struct buffer *rows = &batch->correlated->undecided;
	const struct correlation *is = batch->correlated->known.list[change->group->correlation];
	struct waiting row = { .time = hit->time, .correlation = is->id,
			       .key_size = (uint16_t)change->group->key.length };
	enum correlate_wait wait = correlate_waits(&is->rule, hit, is_last, &row.until);
	if (wait == CORRELATE_DECIDED || row.until < MOMENT_LEAST || row.until >= MOMENT_MOST)
		return;
	row.after = wait == CORRELATE_WAITS_AFTER;
	buffer_add(rows, &row, sizeof(row));
	buffer_add_text(rows, change->group->key);
}

static void copy_waiting(struct pg_copy *copy, struct text *rest)
{
	struct waiting row;
	memcpy(&row, rest->bytes, sizeof(row));
	*rest = text_skip(*rest, sizeof(row));
	pg_copy_row(copy, 5);
	pg_copy_integer(copy, row.correlation);
	pg_copy_text(copy, row.after ? TEXT("after") : TEXT("before"));
	pg_copy_moment(copy, row.until);
	pg_copy_text(copy, text_head(*rest, row.key_size));
	pg_copy_moment(copy, row.time);
	*rest = text_skip(*rest, row.key_size);
}

int horizon_flush(struct store_batch *batch, struct err *err)
{
	CLEAN(pg_copy) struct pg_copy copy = { 0 };
	struct buffer *rows = &batch->correlated->undecided;
	if (rows->failed)
		return out_of_memory(err);
	if (rows->length == 0)
		return 0;
	int done = pg_copy_begin(batch->pg,
		"COPY pg_temp.waiting (correlation_id, waits_for, until, group_key, time)"
		" FROM STDIN (FORMAT binary)", &copy, err);
	if (done < 0)
		return done;
	for (struct text rest = buffer_text(rows); rest.length;)
		copy_waiting(&copy, &rest);
	done = pg_copy_end(&copy, NULL, err);
	buffer_reset(rows);
	return done < 0 ? done : pg_query(batch->pg,
		"INSERT INTO undecided (contractor_id, correlation_id, waits_for, until,"
		" group_key, time) SELECT $1, correlation_id, waits_for, until, group_key, time"
		" FROM pg_temp.waiting ON CONFLICT DO NOTHING",
		PG_VALUES(PG_NUMBER(batch->delivery->contractor_id)), NULL, err);
}
