/*
 * How far the logs reach and since when answers are known, and hits that wait
 * for more of it.
 */
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
	" RETURNING correlation_id, first_event, last_event, first_answer";
#define WAKE(waits_for, reached)                                                            \
	"DELETE FROM undecided u USING reach r WHERE r.contractor_id = $1"                  \
	" AND r.correlation_id = ANY (string_to_array($2, ' ')::integer[])"                 \
	" AND u.contractor_id = $1 AND u.correlation_id = r.correlation_id"                 \
	" AND u.waits_for = '" waits_for "' AND " reached                                   \
	" RETURNING u.correlation_id, u.group_key, u.time"
static const char wake_after[] = WAKE("after", "u.until < r.last_event");
static const char wake_before[] = WAKE("before", "u.until >= r.first_event");
static const char wake_known[] = WAKE("known", "u.until >= r.first_answer");

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

/* One for each correlation that asks how far the logs reach. */
static bool is_asking(const struct correlated *c, uint32_t i)
{
	uint32_t place;
	return c->judges[i] && c->known.list[i]->waits &&
	       place_of(c, c->known.list[i]->id, &place) && place == i;
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
		struct correlate_rule *rule = &c->known.list[place]->rule;
		rule->reach_from = pg_moment(result, row, 1);
		rule->reach_to = pg_moment(result, row, 2);
		rule->known_from = pg_is_null(result, row, 3) ? INT64_MAX
							      : pg_moment(result, row, 3);
	}
	return done;
}

/* Answers ------------------------------------------------------------------------- */

/* The earliest answer of the batch, in whatever group; false: out of memory. */
static bool earliest_answer(const struct store_batch *batch, int32_t correlation, int64_t *ret)
{
	struct correlated *c = batch->correlated;
	*ret = INT64_MAX;
	for (size_t i = 0; i < c->group_count; i++) {
		struct hit_group *group = c->groups[i];
		if (c->known.list[group->correlation]->id != correlation)
			continue;
		if (!hit_group_read(batch, group))
			return false;
		for (size_t k = 0; k < group->count; k++)
			if (group->hits[k]->position != 0 && group->hits[k]->time < *ret)
				*ret = group->hits[k]->time;
	}
	return true;
}

static int learn_answer(struct store_batch *batch, struct correlation *c, bool *earlier,
			struct err *err)
{
	int64_t answer;
	if (!c->rule.where_known || batch->first >= c->rule.known_from)
		return 0;
	if (!earliest_answer(batch, c->id, &answer))
		return out_of_memory(err);
	if (answer >= c->rule.known_from)
		return 0;
	c->rule.known_from = answer;
	*earlier = true;
	return pg_query(batch->pg,
		"UPDATE reach SET first_answer = $3 WHERE contractor_id = $1 AND correlation_id = $2",
		PG_VALUES(PG_NUMBER(batch->delivery->contractor_id), PG_NUMBER(c->id),
			  PG_MOMENT(answer)), NULL, err);
}

/* The same for those that ask for it; *ret_earlier: one is earlier than all before. */
static int learn_answers(struct store_batch *batch, bool *ret_earlier, struct err *err)
{
	struct correlated *c = batch->correlated;
	int done = 0;
	*ret_earlier = false;
	for (uint32_t i = 0; done == 0 && i < c->known.count; i++)
		if (is_asking(c, i))
			done = learn_answer(batch, c->known.list[i], ret_earlier, err);
	return done;
}

int horizon_extend(struct store_batch *batch, struct err *err)
{
	struct correlated *c = batch->correlated;
	CLEAN(buffer) struct buffer ids;

	buffer_init(&ids, 1 << 20);
	for (uint32_t i = 0; c->judges && batch->events && i < c->known.count; i++)
		if (is_asking(c, i))
			buffer_add_format(&ids, "%s%d", ids.length ? " " : "", c->known.list[i]->id);
	if (ids.failed)
		return out_of_memory(err);
	if (ids.length == 0)
		return 0;
	bool earlier = false;
	int done = extend(batch, ids.data, err);
	if (done == 0)
		done = learn_answers(batch, &earlier, err);
	if (done == 0 && earlier)
		done = wake(batch, wake_known, ids.data, err);
	if (done == 0)
		done = wake(batch, wake_after, ids.data, err);
	return done < 0 ? done : wake(batch, wake_before, ids.data, err);
}

/* Groups that will wait ------------------------------------------------------------- */

struct waiting {
	int64_t until, time;
	int32_t correlation;
	uint16_t key_size;
	uint16_t wait;             /* enum correlate_wait */
};
static const struct text waits_for[] = {
	[CORRELATE_WAITS_AFTER] = { "after", 5 },
	[CORRELATE_WAITS_BEFORE] = { "before", 6 },
	[CORRELATE_WAITS_KNOWN] = { "known", 5 },
};

static void note(struct store_batch *batch, const struct hit_change *change,
		 enum correlate_wait wait, int64_t until, int64_t time)
{
	struct buffer *rows = &batch->correlated->undecided;
	const struct waiting row = {
		.until = until,
		.time = time,
		.correlation = batch->correlated->known.list[change->group->correlation]->id,
		.key_size = (uint16_t)change->group->key.length,
		.wait = (uint16_t)wait,
	};
	if (until < MOMENT_LEAST || until >= MOMENT_MOST)
		return;
	buffer_add(rows, &row, sizeof(row));
	buffer_add_text(rows, change->group->key);
}

/*
 * Where no answer is known, every trigger waits. Of those of a change, the first
 * and the last are noted; they wake together, and with them all between.
 */
void horizon_note(struct store_batch *batch, const struct hit_change *change,
		  const struct correlate_hit *hits, size_t count)
{
	const struct correlate_rule *rule =
		&batch->correlated->known.list[change->group->correlation]->rule;
	int64_t last = INT64_MIN, unknown_first = INT64_MAX, unknown_last = INT64_MIN, until;
	for (size_t i = 0; i < count; i++)
		last = hits[i].time > last ? hits[i].time : last;
	for (size_t i = 0; i < count; i++) {
		int64_t time = hits[i].time;
		enum correlate_wait wait = correlate_waits(rule, &hits[i], time == last, &until);
		if (wait == CORRELATE_WAITS_AFTER || wait == CORRELATE_WAITS_BEFORE)
			note(batch, change, wait, until, time);
		if (wait != CORRELATE_WAITS_KNOWN || time < change->is.first || time > change->is.last)
			continue;
		unknown_first = time < unknown_first ? time : unknown_first;
		unknown_last = time > unknown_last ? time : unknown_last;
	}
	if (unknown_first > unknown_last)
		return;
	until = unknown_last - rule->before;
	note(batch, change, CORRELATE_WAITS_KNOWN, until, unknown_first);
	if (unknown_first < unknown_last)
		note(batch, change, CORRELATE_WAITS_KNOWN, until, unknown_last);
}

static void copy_waiting(struct pg_copy *copy, struct text *rest)
{
	struct waiting row;
	memcpy(&row, rest->bytes, sizeof(row));
	*rest = text_skip(*rest, sizeof(row));
	pg_copy_row(copy, 5);
	pg_copy_integer(copy, row.correlation);
	pg_copy_text(copy, waits_for[row.wait]);
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
	done = store_session_copy_end(batch, &copy, err);
	buffer_reset(rows);
	return done < 0 ? done : pg_query(batch->pg,
		"INSERT INTO undecided (contractor_id, correlation_id, waits_for, until,"
		" group_key, time) SELECT $1, correlation_id, waits_for, until, group_key, time"
		" FROM pg_temp.waiting ON CONFLICT DO NOTHING",
		PG_VALUES(PG_NUMBER(batch->delivery->contractor_id)), NULL, err);
}
