/* What correlations need to know of the events they are about. */
#include "reader/reader.h"

#include <math.h>
#include <stdlib.h>

#define NUMBER_LIMIT 1e12

/* A rule is the position-th of those that a correlation is about. */
struct asked {
	uint32_t correlation, position;
	const struct sigma_correlation *about;
};

struct asked_list {
	struct asked *list;
	size_t count;
};

struct correlated {
	struct sigma_set *rules;
	struct hash_key value_key;
	struct asked_list *asked; /* by rule */
	size_t rule_count;
};

static bool ask(struct asked_list *list, const struct asked *asked)
{
	struct asked *wider = realloc(list->list, (list->count + 1) * sizeof(*wider));
	if (!wider)
		return false;
	list->list = wider;
	list->list[list->count++] = *asked;
	return true;
}

struct correlated *correlated_new(struct sigma_set *rules, struct hash_key name_key)
{
	struct correlated *c = calloc(1, sizeof(*c));
	if (!c)
		return NULL;
	c->rules = rules;
	/* Apart from names and identities, so that none tells anything of another. */
	c->value_key = (struct hash_key){ ~name_key.low, name_key.high };
	c->rule_count = sigma_set_count(rules);
	c->asked = calloc(c->rule_count + 1, sizeof(*c->asked));
	for (size_t i = 0; c->asked && i < c->rule_count; i++) {
		const struct sigma_correlation *about = sigma_set_correlation(rules, i);
		for (size_t k = 0; about && k < about->rule_count; k++) {
			struct asked asked = { (uint32_t)i, (uint32_t)k, about };
			if (about->group_count <= IPC_GROUP_MOST &&
			    !ask(&c->asked[about->rules[k]], &asked)) {
				correlated_free(c);
				return NULL;
			}
		}
	}
	if (c->asked)
		return c;
	free(c);
	return NULL;
}

void correlated_free(struct correlated *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->rule_count; i++)
		free(c->asked[i].list);
	free(c->asked);
	free(c);
}

bool correlated_is_asked(const struct correlated *c, size_t rule)
{
	return c->asked[rule].count > 0;
}

/* What one event says to one correlation. */
struct saying {
	struct correlated *correlated;
	const struct event *event;
	correlated_name_function *name;
	void *context;
	struct buffer *out;
};

static bool value_at(const struct saying *s, uint32_t column, char scratch[EVENT_SCRATCH],
		     struct text *ret)
{
	return sigma_set_value(s->correlated->rules, s->event, column, scratch, ret);
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

static bool number_at(const struct saying *s, uint32_t column, uint64_t *ret_value)
{
	char scratch[EVENT_SCRATCH];
	struct text value;
	if (!value_at(s, column, scratch, &value))
		return false;
	double number = number_of(value);
	if (!(fabs(number) < NUMBER_LIMIT))
		return false;
	memcpy(ret_value, &number, sizeof(number));
	return true;
}

/* Latitude, then longitude, in millionths of a degree. */
static bool point_at(const struct saying *s, const uint32_t *columns, uint64_t *ret_value)
{
	for (size_t i = 0; i < 2; i++) {
		char scratch[EVENT_SCRATCH];
		struct text value;
		int64_t angle;
		if (!value_at(s, columns[i], scratch, &value) ||
		    !text_to_millionths(value, &angle) || angle < -180000000 || angle > 180000000)
			return false;
		*ret_value = *ret_value << 32 | (uint32_t)(int32_t)angle;
	}
	return true;
}

/* One hash of all; false: one is missing. */
static bool hash_at(const struct saying *s, const uint32_t *columns, size_t count,
		    uint64_t *ret_value)
{
	for (size_t i = 0; i < count; i++) {
		char scratch[EVENT_SCRATCH];
		struct text value;
		if (!value_at(s, columns[i], scratch, &value))
			return false;
		struct hash_key key = s->correlated->value_key;
		key.high ^= *ret_value;
		*ret_value = hash_text(&key, value) | 1;
	}
	return true;
}

/* False: the correlation leaves out events without this value. */
static bool value_of(const struct saying *s, const struct asked *asked, uint64_t *ret_value)
{
	const struct sigma_correlation *about = asked->about;
	const uint32_t *columns = about->value_columns + asked->position * about->value_count;
	*ret_value = 0;
	switch (about->type) {
	case SIGMA_VALUE_SUM:
	case SIGMA_VALUE_AVERAGE:
		return number_at(s, columns[0], ret_value);
	case SIGMA_VALUE_COUNT:
		return hash_at(s, columns, about->value_count, ret_value);
	case SIGMA_TRAVEL:
		return point_at(s, columns, ret_value);
	case SIGMA_ABSENCE: /* who is not known stays 0 */
		if (!hash_at(s, columns, about->value_count, ret_value))
			*ret_value = 0;
		return true;
	default:
		return true;
	}
}

/* The names of the values that group; false: one is missing. */
static bool group_of(const struct saying *s, const struct asked *asked, uint64_t *ret_names)
{
	const struct sigma_correlation *about = asked->about;
	const uint32_t *columns = about->group_columns + asked->position * about->group_count;
	for (size_t i = 0; i < about->group_count; i++) {
		char scratch[EVENT_SCRATCH];
		struct text value;
		if (!value_at(s, columns[i], scratch, &value))
			return false;
		ret_names[i] = s->name(s->context, value);
	}
	return true;
}

/* Correlations over lower, and over those. */
static void add_chained(const struct saying *s, uint32_t lower, size_t begin)
{
	const struct asked_list *list = &s->correlated->asked[lower];
	for (size_t i = 0; i < list->count; i++) {
		const struct asked *asked = &list->list[i];
		struct ipc_chained chained = {
			.lower = lower,
			.upper = asked->correlation,
			.position = asked->position,
			.group_count = (uint32_t)asked->about->group_count,
		};
		uint64_t names[IPC_GROUP_MOST];
		size_t size = sizeof(chained) + chained.group_count * sizeof(names[0]);
		if (s->out->length + size - begin > IPC_CORRELATED_LONGEST)
			return;
		if (!value_of(s, asked, &chained.value) || !group_of(s, asked, names))
			continue;
		buffer_add(s->out, &chained, sizeof(chained));
		buffer_add(s->out, names, chained.group_count * sizeof(names[0]));
		add_chained(s, asked->correlation, begin);
	}
}

void correlated_add(struct correlated *c, size_t rule, const struct event *event,
		    uint64_t identity, correlated_name_function *name, void *context,
		    struct buffer *out)
{
	const struct saying s = { c, event, name, context, out };
	for (size_t i = 0; i < c->asked[rule].count; i++) {
		const struct asked *asked = &c->asked[rule].list[i];
		uint64_t names[IPC_GROUP_MOST];
		struct ipc_correlated head = {
			.time = event->time,
			.identity = identity,
			.offset = event->offset,
			.line = (uint32_t)event->line,
			.length = (uint32_t)event->length,
			.position = asked->position,
			.level = (uint8_t)event->level,
			.rule = asked->correlation,
			.group_count = (uint32_t)asked->about->group_count,
		};
		if (!value_of(&s, asked, &head.value) || !group_of(&s, asked, names))
			continue;
		size_t at = out->length, begin = at + sizeof(head);
		buffer_add(out, &head, sizeof(head));
		buffer_add(out, names, head.group_count * sizeof(names[0]));
		add_chained(&s, asked->correlation, begin);
		if (out->failed)
			return;
		head.size = (uint32_t)(out->length - begin);
		memcpy(out->data + at, &head, sizeof(head));
	}
}
