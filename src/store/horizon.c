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

/* $2: numbers of the correlations, a blank between. */
static const char extend_sql[] =
	"INSERT INTO reach AS r (contractor_id, correlation_id, first_event, last_event)"
	" SELECT $1, unnest(string_to_array($2, ' ')::integer[]), $3, $4"
	" ON CONFLICT (contractor_id, correlation_id) DO UPDATE"
	" SET first_event = least(r.first_event, excluded.first_event),"
	" last_event = greatest(r.last_event, excluded.last_event)"
	" RETURNING correlation_id, first_event, last_event";
#define WAKE(waits_for, reached)                                                            \
	"DELETE FROM undecided u USING reach r WHERE r.contractor_id = $1"                  \
	" AND r.correlation_id = ANY (string_to_array($2, ' ')::integer[])"                 \
	" AND u.contractor_id = $1 AND u.correlation_id = r.correlation_id"                 \
	" AND u.waits_for = '" waits_for "' AND " reached                                   \
	" RETURNING u.correlation_id, u.group_key, u.time"
static const char wake_after[] = WAKE("after", "u.until < r.last_event");
static const char wake_before[] = WAKE("before", "u.until >= r.first_event");

/* The place of one that the batch is judged by. */
static bool place_of(const struct correlated *c, int64_t id, uint32_t *ret_place)
{
	for (uint32_t i = 0; i < c->known.count; i++) {
		*ret_place = i;
		if (c->judges[i] && c->known.list[i]->id == id)
			return true;
	}
	return false;
}

static int wake(struct store_batch *batch, const char *sql, const char *ids, struct err *err)
{
	CLEAN(pg_result) struct pg_result *woken = NULL;
	struct correlated *c = batch->correlated;
	int done = pg_query(batch->pg, sql,
			    PG_VALUES(PG_NUMBER(batch->delivery->contractor_id), PG_STRING(ids)),
			    &woken, err);
	for (size_t row = 0; done == 0 && row < pg_rows(woken); row++) {
		uint32_t place;
		if (!place_of(c, pg_number(woken, row, 0), &place))
			continue;
		struct hit_group *group = correlated_group(c, place, pg_text(woken, row, 1));
		if (!group)
			return out_of_memory(err);
		hit_group_touch(group, pg_moment(woken, row, 2));
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

static int extend(struct store_batch *batch, const char *ids, struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	struct correlated *c = batch->correlated;
	int done = pg_query(batch->pg, extend_sql,
			    PG_VALUES(PG_NUMBER(batch->delivery->contractor_id), PG_STRING(ids),
				      PG_MOMENT(batch->first), PG_MOMENT(last_of(batch))),
			    &result, err);
	for (size_t row = 0; done == 0 && row < pg_rows(result); row++) {
		uint32_t place;
		if (!place_of(c, pg_number(result, row, 0), &place))
			continue;
		c->known.list[place]->rule.reach_from = pg_moment(result, row, 1);
		c->known.list[place]->rule.reach_to = pg_moment(result, row, 2);
	}
	return done;
}

int horizon_extend(struct store_batch *batch, struct err *err)
{
	struct correlated *c = batch->correlated;
	CLEAN(buffer) struct buffer ids;

	buffer_init(&ids, 1 << 20);
	for (uint32_t i = 0, place; c->judges && batch->events && i < c->known.count; i++)
		if (c->judges[i] && c->known.list[i]->waits &&
		    place_of(c, c->known.list[i]->id, &place) && place == i)
			buffer_add_format(&ids, "%s%d", ids.length ? " " : "", c->known.list[i]->id);
	if (ids.failed)
		return out_of_memory(err);
	if (ids.length == 0)
		return 0;
	int done = extend(batch, ids.data, err);
	if (done == 0)
		done = wake(batch, wake_after, ids.data, err);
	return done < 0 ? done : wake(batch, wake_before, ids.data, err);
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
