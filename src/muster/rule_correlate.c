#include "config.h"

#include "muster/rule_correlate.h"

#include "correlate/correlate.h"

#include <math.h>
#include <stdlib.h>

#define MEMORY_LIMIT (1u << 30)
#define GROUP_LIMIT 64

/* What is kept of an event: the columns that correlations read. */
struct kept {
	int64_t time;
	uint64_t line;
	struct text *values; /* bytes NULL: none */
};

struct kept_list {
	struct kept **list;
	size_t count, room;
	bool asked; /* a correlation is about this rule */
	bool done;  /* a correlation whose runs are in the list */
};

struct rule_correlating {
	const struct sigma_set *set;
	struct arena *arena;
	struct kept_list *rules; /* one for each rule of the set */
	bool has_work;
	int64_t first, last;       /* moments of all events, be they of use or not */
};

struct rule_correlating *rule_correlating_new(const struct sigma_set *set)
{
	size_t count = sigma_set_count(set);
	struct rule_correlating *c = calloc(1, sizeof(*c));
	if (!c)
		return NULL;
	c->set = set;
	c->first = INT64_MAX;
	c->last = INT64_MIN;
	c->arena = arena_new(MEMORY_LIMIT);
	c->rules = calloc(count + 1, sizeof(*c->rules));
	if (!c->arena || !c->rules) {
		rule_correlating_free(c);
		return NULL;
	}
	for (size_t i = 0; i < count; i++) {
		const struct sigma_correlation *about = sigma_set_correlation(set, i);
		c->has_work = c->has_work || about;
		for (size_t k = 0; about && k < about->rule_count; k++)
			c->rules[about->rules[k]].asked = true;
	}
	return c;
}

void rule_correlating_free(struct rule_correlating *c)
{
	if (!c)
		return;
	for (size_t i = 0; c->rules && i < sigma_set_count(c->set); i++)
		free(c->rules[i].list);
	free(c->rules);
	arena_free(c->arena);
	free(c);
}

bool rule_correlating_has_work(const struct rule_correlating *c)
{
	return c->has_work;
}

static int no_memory(struct err *err)
{
	return err_set(err, ERR_MEMORY, "too many matches to correlate");
}

static int keep(struct kept_list *list, struct kept *kept, struct err *err)
{
	if (list->count == list->room) {
		size_t room = list->room ? list->room * 2 : 64;
		struct kept **wider = realloc(list->list, room * sizeof(*wider));
		if (!wider)
			return no_memory(err);
		list->list = wider;
		list->room = room;
	}
	list->list[list->count++] = kept;
	return 0;
}

void rule_correlating_reach(struct rule_correlating *c, int64_t time)
{
	c->first = time < c->first ? time : c->first;
	c->last = time > c->last ? time : c->last;
}

int rule_correlating_add(struct rule_correlating *c, size_t rule,
			 const struct event *event, struct err *err)
{
	size_t columns = sigma_set_columns(c->set);
	if (!c->rules[rule].asked)
		return 0;
	struct kept *kept = arena_get(c->arena, sizeof(*kept));
	if (!kept ||
	    !(kept->values = arena_get_many(c->arena, columns + 1, sizeof(struct text))))
		return no_memory(err);
	kept->time = event->time;
	kept->line = event->line;
	for (size_t i = 0; i < columns; i++) {
		char scratch[EVENT_SCRATCH];
		struct text value;
		if (!sigma_set_value(c->set, event, i, scratch, &value))
			continue;
		kept->values[i] = arena_text(c->arena, value);
		if (!kept->values[i].bytes)
			return no_memory(err);
	}
	return keep(&c->rules[rule], kept, err);
}

/* Some values as one text: each after its length. False: one is missing. */
static bool join(const struct kept *kept, const uint32_t *columns, size_t count,
		 struct buffer *out)
{
	buffer_reset(out);
	for (size_t i = 0; i < count; i++) {
		struct text value = kept->values[columns[i]];
		if (!value.bytes)
			return false;
		buffer_add_be32(out, (uint32_t)value.length);
		buffer_add_text(out, value);
	}
	return true;
}

static double number_of(struct text t)
{
	char copy[64], *end;
	if (t.length == 0 || t.length >= sizeof(copy) || is_space(t.bytes[0]))
		return NAN;
	memcpy(copy, t.bytes, t.length);
	copy[t.length] = '\0';
	double number = strtod(copy, &end);
	return *end ? NAN : number;
}

/* 1: it is known where it was. */
static int point_of(const struct kept *kept, const uint32_t *columns,
		    struct correlate_point *ret)
{
	int64_t angles[2];
	for (size_t i = 0; i < 2; i++)
		if (!text_to_millionths(kept->values[columns[i]], &angles[i]) ||
		    angles[i] < -180000000 || angles[i] > 180000000)
			return 0;
	*ret = (struct correlate_point){(int32_t)angles[0], (int32_t)angles[1]};
	return 1;
}

/* 1: *ret is a hit for the correlation; 0: it belongs to no group. */
static int hit_of(struct rule_correlating *c, const struct sigma_correlation *about,
		  uint32_t rule, struct kept *kept, struct correlate_hit *ret,
		  struct err *err)
{
	CLEAN(buffer) struct buffer joined;
	const uint32_t *values = about->value_columns + rule * about->value_count;
	buffer_init(&joined, 1u << 24);
	*ret = (struct correlate_hit){.time = kept->time,
				      .identity = {kept->line, 0},
				      .rule = rule,
				      .number = NAN,
				      .owner = kept};
	if (!join(kept, about->group_columns + rule * about->group_count,
		  about->group_count, &joined))
		return 0;
	ret->key = arena_text(c->arena, buffer_text(&joined));
	if (!ret->key.bytes || joined.failed)
		return no_memory(err);
	if (about->type == SIGMA_TRAVEL)
		return point_of(kept, values, &ret->point);
	if (about->value_count && join(kept, values, about->value_count, &joined)) {
		ret->value = arena_text(c->arena, buffer_text(&joined));
		ret->number = number_of(kept->values[values[0]]);
		if (!ret->value.bytes || joined.failed)
			return no_memory(err);
	}
	return 1;
}

struct finding {
	struct rule_correlating *correlating;
	size_t rule;
	const struct sigma_correlation *about;
	rule_run_function *run;
	void *context;
};

static int on_run(void *context, const struct correlate_run *run, struct err *err)
{
	struct finding *finding = context;
	struct rule_correlating *c = finding->correlating;
	const struct sigma_rule *rule = sigma_set_rule(c->set, finding->rule);
	struct kept *became = run->became->owner;
	struct text group[GROUP_LIMIT];
	const uint32_t *columns = finding->about->group_columns +
				  run->became->rule * finding->about->group_count;
	for (size_t i = 0; i < finding->about->group_count; i++)
		group[i] = became->values[columns[i]];
	/* To a correlation above, the run happens when it became true. */
	int result = keep(&c->rules[finding->rule], became, err);
	if (result < 0 || rule->only_correlated)
		return result;
	struct rule_run out = {rule,	   finding->about->group_by,
			       group,	   finding->about->group_count,
			       run->first, run->to->time,
			       run->count};
	return finding->run(finding->context, &out, err);
}

static struct correlate_rule rule_for(const struct rule_correlating *c,
				      const struct sigma_correlation *about)
{
	struct correlate_rule rule = {.type = (enum correlate_type)about->type,
				      .timespan = about->timespan,
				      .rule_count = (uint32_t)about->rule_count,
				      .before = about->before,
				      .distinct = about->type == SIGMA_ABSENCE && about->value_count,
				      .where_known = about->where_known,
				      .open = about->open,
				      .speed = about->speed,
				      .distance = about->distance,
				      .reach_from = c->first,
				      .reach_to = c->last};
	for (int i = 0; i < SIGMA_COMPARISON_COUNT; i++) {
		rule.compares[i] = about->compares[i];
		rule.bounds[i] = about->bounds[i];
	}
	return rule;
}

/* The earliest answer, of whatever group. */
static int64_t known_from(const struct correlate_hit *hits, size_t count)
{
	int64_t earliest = INT64_MAX;
	for (size_t i = 0; i < count; i++)
		if (hits[i].rule != 0 && hits[i].time < earliest)
			earliest = hits[i].time;
	return earliest;
}

static int finish_one(struct finding *finding, size_t number, struct err *err)
{
	struct rule_correlating *c = finding->correlating;
	const struct sigma_correlation *about = sigma_set_correlation(c->set, number);
	struct correlate_rule rule;
	size_t count = 0, kept = 0;
	/* Those without rules are about deliveries. */
	if (!about || about->rule_count == 0 || c->rules[number].done)
		return 0;
	c->rules[number].done = true;
	for (size_t i = 0; i < about->rule_count; i++) {
		int result = finish_one(finding, about->rules[i], err);
		if (result)
			return result;
		count += c->rules[about->rules[i]].count;
	}
	struct correlate_hit *hits = calloc(count + 1, sizeof(*hits));
	int result = hits ? 0 : no_memory(err);
	for (uint32_t r = 0; r < about->rule_count; r++) {
		struct kept_list *list = &c->rules[about->rules[r]];
		for (size_t i = 0; result >= 0 && i < list->count; i++) {
			result = hit_of(c, about, r, list->list[i], &hits[kept], err);
			kept += result > 0;
		}
	}
	finding->rule = number;
	finding->about = about;
	rule = rule_for(c, about);
	rule.known_from = known_from(hits, kept);
	if (result >= 0)
		result = correlate(&rule, hits, kept, on_run, finding, err);
	free(hits);
	return result;
}

int rule_correlating_finish(struct rule_correlating *c, rule_run_function *run,
			    void *context, struct err *err)
{
	struct finding finding = {.correlating = c, .run = run, .context = context};
	for (size_t i = 0; i < sigma_set_count(c->set); i++) {
		int result = finish_one(&finding, i, err);
		if (result)
			return result;
	}
	return 0;
}
