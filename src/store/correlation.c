/* Definitions of the correlations by which readers judge. */
#include "store/correlation.h"

#include <math.h>
#include <stdlib.h>

#define DEFINITIONS_LIMIT ((size_t)64 << 20)
#define DEPTH_MOST 64u
/*
 * Narrower buckets would be more than the hits in them; a block that spans
 * more than a week would be met by too many questions.
 */
#define BUCKETS_A_WINDOW 8
#define LEAST_BUCKET (60 * MICROSECONDS)
#define GAP_SPAN (86400 * MICROSECONDS)
#define LEAST_SPAN (7 * 86400 * MICROSECONDS)

static const char *const types[] = {
	[CORRELATE_EVENT_COUNT] = "event_count",   [CORRELATE_VALUE_COUNT] = "value_count",
	[CORRELATE_VALUE_SUM] = "value_sum",	   [CORRELATE_VALUE_AVERAGE] = "value_avg",
	[CORRELATE_TEMPORAL] = "temporal",	   [CORRELATE_TEMPORAL_ORDERED] = "temporal_ordered",
	[CORRELATE_ABSENCE] = "absence",	   [CORRELATE_GAP] = "gap",
	[CORRELATE_TRAVEL] = "travel",
};

static int out_of_memory(struct err *err)
{
	return err_set(err, ERR_MEMORY, "correlations");
}

static const char **strings(struct arena *arena, const struct pg_result *result, size_t row,
			    size_t column, size_t *ret_count)
{
	*ret_count = pg_array_count(result, row, column);
	const char **list = arena_get_many(arena, *ret_count + 1, sizeof(*list));
	for (size_t i = 0; list && i < *ret_count; i++)
		if (!(list[i] = arena_text(arena, pg_array_text(result, row, column, i)).bytes))
			return NULL;
	return list;
}

static bool read_bounds(struct correlate_rule *rule, const struct pg_result *result, size_t row,
			size_t column)
{
	for (size_t i = 0; i < CORRELATE_COMPARISON_COUNT; i++) {
		struct text bound = pg_array_text(result, row, column, i);
		char copy[64], *end;
		if (bound.length == 0)
			continue;
		if (bound.length >= sizeof(copy))
			return false;
		memcpy(copy, bound.bytes, bound.length);
		copy[bound.length] = '\0';
		rule->compares[i] = true;
		rule->bounds[i] = strtod(copy, &end);
		if (*end)
			return false;
	}
	return true;
}

static bool read_type(struct correlate_rule *rule, struct text type)
{
	for (size_t i = 0; i < ARRAY_LENGTH(types); i++) {
		if (!text_equal(type, text_of(types[i])))
			continue;
		rule->type = (enum correlate_type)i;
		return true;
	}
	return false;
}

static bool place_for(struct correlations *all, int32_t rule_id)
{
	size_t room = all->place_count ? all->place_count : 256;
	while (room <= (uint32_t)rule_id)
		room *= 2;
	if (room > all->place_count) {
		uint32_t *wider = realloc(all->places, room * sizeof(*wider));
		if (!wider)
			return false;
		memset(wider + all->place_count, 0xff, (room - all->place_count) * sizeof(*wider));
		all->places = wider;
		all->place_count = room;
	}
	all->places[rule_id] = (uint32_t)all->count;
	return true;
}

static int add(struct correlations *all, const struct pg_result *result, size_t row,
	       struct err *err)
{
	if (all->count == all->room) {
		size_t room = all->room ? all->room * 2 : 16;
		struct correlation **wider = realloc(all->list, room * sizeof(struct correlation *));
		if (!wider)
			return out_of_memory(err);
		all->list = wider;
		all->room = room;
	}
	struct correlation *c = arena_get(all->arena, sizeof(*c));
	if (!c)
		return out_of_memory(err);
	c->rule_id = (int32_t)pg_number(result, row, 0);
	c->standard_id = (int32_t)pg_number(result, row, 1);
	c->severity = (int)pg_number(result, row, 2);
	c->id = (int32_t)pg_number(result, row, 3);
	c->key = arena_text(all->arena, pg_text(result, row, 4)).bytes;
	c->rule.timespan = pg_number(result, row, 6);
	c->width = c->rule.timespan / BUCKETS_A_WINDOW + 1;
	c->width = c->width < LEAST_BUCKET ? LEAST_BUCKET : c->width;
	c->span = c->rule.timespan < LEAST_SPAN ? LEAST_SPAN : c->rule.timespan;
	c->rules = strings(all->arena, result, row, 7, &c->rule_count);
	c->group_by = strings(all->arena, result, row, 8, &c->group_count);
	c->rule.rule_count = (uint32_t)c->rule_count;
	c->finding = pg_bool(result, row, 10);
	c->rule.before = pg_number(result, row, 11);
	c->rule.distinct = pg_bool(result, row, 12);
	c->rule.open = pg_bool(result, row, 13);
	c->rule.speed = pg_number(result, row, 14);
	c->rule.distance = pg_number(result, row, 15);
	c->rule.where_known = pg_bool(result, row, 16);
	c->rule.known_from = INT64_MAX;
	if (!c->key || !c->rules || !c->group_by)
		return out_of_memory(err);
	if (!read_type(&c->rule, pg_text(result, row, 5)) ||
	    !read_bounds(&c->rule, result, row, 9))
		return err_set(err, ERR_DATABASE, "the definition of %s is not understood", c->key);
	if (correlate_needs_nearest(&c->rule))
		c->span = GAP_SPAN;
	c->waits = c->rule.type == CORRELATE_ABSENCE ||
		     (c->rule.type == CORRELATE_GAP && c->rule.open);
	c->defined = c->rule;
	if (!place_for(all, c->rule_id))
		return out_of_memory(err);
	all->list[all->count++] = c;
	return 0;
}

static int link_upper(struct correlations *all, size_t lower, size_t upper, uint32_t position,
		      struct err *err)
{
	struct correlation *c = all->list[lower];
	struct correlation_upper *uppers =
		arena_get_many(all->arena, c->upper_count + 1, sizeof(*uppers));
	if (!uppers)
		return out_of_memory(err);
	if (c->upper_count)
		memcpy(uppers, c->uppers, c->upper_count * sizeof(*uppers));
	uppers[c->upper_count++] = (struct correlation_upper){ (uint32_t)upper, position };
	c->uppers = uppers;
	return 0;
}

static int link_all(struct correlations *all, struct err *err)
{
	for (size_t i = 0; i < all->count; i++) {
		all->list[i]->upper_count = 0;
		all->list[i]->depth = 0;
		all->list[i]->grows = correlate_only_grows(&all->list[i]->rule);
		all->list[i]->needs_below = false;
	}
	for (size_t upper = 0; upper < all->count; upper++) {
		struct correlation *u = all->list[upper];
		for (size_t lower = 0; lower < all->count; lower++)
			for (size_t k = 0; k < u->rule_count; k++)
				if (all->list[lower]->standard_id == u->standard_id &&
				    strcmp(all->list[lower]->key, u->rules[k]) == 0) {
					int done = link_upper(all, lower, upper, (uint32_t)k, err);
					if (done < 0)
						return done;
					u->grows = false;
					u->needs_below = correlate_needs_every(&u->rule);
				}
	}
	/* As often as the longest chain is long. */
	for (bool again = true; again && all->deepest < DEPTH_MOST;) {
		again = false;
		for (size_t i = 0; i < all->count; i++)
			for (size_t k = 0; k < all->list[i]->upper_count; k++) {
				struct correlation *u = all->list[all->list[i]->uppers[k].correlation];
				if (u->depth > all->list[i]->depth)
					continue;
				u->depth = all->list[i]->depth + 1;
				if (u->depth > all->deepest)
					all->deepest = u->depth;
				again = true;
			}
	}
	return 0;
}

static bool is_among(int32_t rule, const int32_t *rules, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (rules[i] == rule)
			return true;
	return false;
}

int correlations_read(struct pg *pg, struct correlations *all, const int32_t *rules,
		      size_t rule_count, struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	if (!all->arena && !(all->arena = arena_new(DEFINITIONS_LIMIT)))
		return out_of_memory(err);
	int done = pg_query(pg,
		"SELECT r.id, r.standard_id, r.severity, c.id, c.rule_key, c.type, c.timespan,"
		" c.rules, c.group_by, c.bounds, c.finding, c.answer_before, c.answer_distinct,"
		" c.gap_open, c.travel_speed, c.travel_distance, c.answer_known"
		" FROM rule r JOIN correlation c ON c.id = r.correlation_id"
		" WHERE c.type NOT IN ('silence', 'hole', 'rewrite') ORDER BY r.id", PG_NO_VALUES, &result, err);
	for (size_t row = 0; done == 0 && row < pg_rows(result); row++) {
		uint32_t place;
		int32_t rule = (int32_t)pg_number(result, row, 0);
		if (is_among(rule, rules, rule_count) && !correlations_find(all, rule, &place))
			done = add(all, result, row, err);
	}
	return done < 0 ? done : link_all(all, err);
}

/* A bound takes the place of the only one there is. */
static void replace_bound(struct correlate_rule *rule, const char *bound)
{
	size_t count = 0, which = 0;
	for (size_t i = 0; i < CORRELATE_COMPARISON_COUNT; i++) {
		count += rule->compares[i];
		which = rule->compares[i] ? i : which;
	}
	if (count == 1)
		rule->bounds[which] = strtod(bound, NULL);
}

/* Of an absence: the time behind the trigger, or that before it where it has no other. */
static void replace_timespan(struct correlate_rule *rule, int64_t timespan)
{
	bool before_alone = rule->before == rule->timespan;
	if (rule->type == CORRELATE_ABSENCE && before_alone)
		rule->before = timespan;
	else if (rule->type == CORRELATE_ABSENCE)
		timespan += rule->before;
	rule->timespan = timespan;
}

int correlations_hold_for(struct pg *pg, struct correlations *all, int32_t contractor_id,
			  struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	int done = pg_query(pg,
		"SELECT rule_key, number, bound, timespan FROM threshold_in_force"
		" WHERE contractor_id = $1 AND (bound IS NOT NULL OR timespan IS NOT NULL)",
		PG_VALUES(PG_NUMBER(contractor_id)), &result, err);
	for (size_t i = 0; done == 0 && i < all->count; i++) {
		struct correlation *c = all->list[i];
		c->rule = c->defined;
		c->threshold = 0;
		for (size_t row = 0; row < pg_rows(result); row++) {
			if (!text_equal(pg_text(result, row, 0), text_of(c->key)))
				continue;
			c->threshold = (int32_t)pg_number(result, row, 1);
			if (!pg_is_null(result, row, 2))
				replace_bound(&c->rule, pg_string(result, row, 2));
			if (!pg_is_null(result, row, 3))
				replace_timespan(&c->rule, pg_number(result, row, 3));
		}
	}
	return done;
}

void correlations_done(struct correlations *all)
{
	free(all->list);
	free(all->places);
	arena_free(all->arena);
	*all = (struct correlations){ 0 };
}

const struct correlation *correlations_find(const struct correlations *all, int32_t rule_id,
					    uint32_t *ret_place)
{
	if ((uint32_t)rule_id >= all->place_count || all->places[rule_id] == UINT32_MAX)
		return NULL;
	*ret_place = all->places[rule_id];
	return all->list[*ret_place];
}

int64_t correlation_bucket(const struct correlation *c, int64_t time)
{
	int64_t rest = time % c->width;
	return time / c->width - (rest < 0);
}

int64_t correlation_buckets(const struct correlation *c)
{
	return (c->rule.timespan + c->width - 1) / c->width + 1;
}

int64_t correlation_least(const struct correlation *c)
{
	const struct correlate_rule *rule = &c->rule;
	double least = 0;
	if (!c->grows)
		return 0;
	if (rule->compares[CORRELATE_GTE])
		least = ceil(rule->bounds[CORRELATE_GTE]);
	if (rule->compares[CORRELATE_GT] && floor(rule->bounds[CORRELATE_GT]) + 1 > least)
		least = floor(rule->bounds[CORRELATE_GT]) + 1;
	if (correlate_needs_every(rule))
		least = (double)rule->rule_count;
	return least > 1e15 ? (int64_t)1e15 : least < 0 ? 0 : (int64_t)least;
}
