/* What correlations need to know of the events they are about. */
#include "reader/reader.h"

#include <math.h>
#include <stdlib.h>

#define NUMBER_LIMIT 1e12

/* A rule is the position-th of those that a correlation is about. */
struct asked {
	uint32_t correlation, position;
	const struct sigma_correlation *about;
	const uint32_t *groups, *values; /* columns */
};

struct asked_list {
	struct asked *list;
	size_t count;
};

struct correlated {
	struct sigma_set *rules;
	struct hash_key value_key;
	enum event_normalised *normalised; /* by column; EVENT_N_COUNT: none */
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
	c->value_key = name_key;
	c->normalised = calloc(sigma_set_columns(rules) + 1, sizeof(*c->normalised));
	for (size_t i = 0; c->normalised && i < sigma_set_columns(rules); i++) {
		int normalised = sigma_set_column_normalised(rules, i);
		c->normalised[i] = normalised < 0 ? EVENT_N_COUNT
						  : (enum event_normalised)normalised;
	}
	c->rule_count = sigma_set_count(rules);
	c->asked = calloc(c->rule_count + 1, sizeof(*c->asked));
	for (size_t i = 0; c->asked && c->normalised && i < c->rule_count; i++) {
		const struct sigma_correlation *about = sigma_set_correlation(rules, i);
		for (size_t k = 0; about && k < about->rule_count; k++) {
			struct asked asked = { (uint32_t)i, (uint32_t)k, about, NULL, NULL };
			if (about->group_count)
				asked.groups = about->group_columns + k * about->group_count;
			if (about->value_count)
				asked.values = about->value_columns + k * about->value_count;
			if (about->group_count <= IPC_GROUP_MOST &&
			    !ask(&c->asked[about->rules[k]], &asked)) {
				correlated_free(c);
				return NULL;
			}
		}
	}
	if (c->asked && c->normalised)
		return c;
	correlated_free(c);
	return NULL;
}

void correlated_free(struct correlated *c)
{
	if (!c)
		return;
	for (size_t i = 0; c->asked && i < c->rule_count; i++)
		free(c->asked[i].list);
	free(c->asked);
	free(c->normalised);
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
	const struct ipc_event *told;
	correlated_name_function *name;
	void *context;
	struct buffer *out;
};

static bool value_at(const struct saying *s, uint32_t column, char scratch[EVENT_SCRATCH],
		     struct text *ret)
{
	return sigma_set_value(s->correlated->rules, s->event, column, scratch, ret);
}

/* The name of a value that the event has one of anyway; 0: of another, or none. */
static uint64_t name_told(const struct saying *s, uint32_t column)
{
	switch (s->correlated->normalised[column]) {
	case EVENT_N_ACTOR:
		return s->told->actor;
	case EVENT_N_OBJECT:
		return s->told->object;
	case EVENT_N_HOST:
		return s->told->host;
	case EVENT_N_ADDRESS:
		return s->told->address;
	case EVENT_N_SESSION:
		return s->told->session;
	default:
		return 0;
	}
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

/* As the names of values are made, but of the whole value. */
static bool hash_at(const struct saying *s, uint32_t column, uint64_t before, uint64_t *ret_hash)
{
	char scratch[EVENT_SCRATCH];
	struct text value;
	if (!value_at(s, column, scratch, &value))
		return false;
	*ret_hash = before == 0 && value.length <= IPC_NAME_LONGEST ? name_told(s, column) : 0;
	if (*ret_hash)
		return true;
	struct hash_key key = s->correlated->value_key;
	key.high ^= before;
	*ret_hash = hash_text(&key, value);
	*ret_hash += *ret_hash == 0;
	return true;
}

/* One hash of all values; false: one is missing. */
static bool hash_all(const struct saying *s, const struct asked *asked, uint64_t *ret_hash)
{
	for (size_t i = 0; i < asked->about->value_count; i++)
		if (!hash_at(s, asked->values[i], *ret_hash, ret_hash))
			return false;
	return true;
}

/* False: the correlation leaves out events without this value. */
static bool value_of(const struct saying *s, const struct asked *asked, uint64_t *ret_value)
{
	*ret_value = 0;
	switch (asked->about->type) {
	case SIGMA_VALUE_SUM:
	case SIGMA_VALUE_AVERAGE:
		return number_at(s, asked->values[0], ret_value);
	case SIGMA_VALUE_COUNT:
		return hash_all(s, asked, ret_value);
	case SIGMA_TRAVEL:
		return point_at(s, asked->values, ret_value);
	case SIGMA_ABSENCE: /* who is not known stays 0 */
		if (!hash_all(s, asked, ret_value))
			*ret_value = 0;
		return true;
	default:
		return true;
	}
}

/* The names of the values that group; false: one is missing. */
static bool group_of(const struct saying *s, const struct asked *asked, uint64_t *ret_names)
{
	for (size_t i = 0; i < asked->about->group_count; i++) {
		char scratch[EVENT_SCRATCH];
		struct text value;
		if ((ret_names[i] = name_told(s, asked->groups[i])))
			continue;
		if (!value_at(s, asked->groups[i], scratch, &value))
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
		    const struct ipc_event *told, correlated_name_function *name, void *context,
		    struct buffer *out)
{
	const struct saying s = { c, event, told, name, context, out };
	for (size_t i = 0; i < c->asked[rule].count; i++) {
		const struct asked *asked = &c->asked[rule].list[i];
		struct {
			struct ipc_correlated head;
			uint64_t names[IPC_GROUP_MOST];
		} hit;
		hit.head = (struct ipc_correlated){
			.time = told->time,
			.identity = told->identity,
			.offset = told->offset,
			.line = told->line,
			.length = told->length,
			.rule = asked->correlation,
			.position = (uint16_t)asked->position,
			.group_count = (uint16_t)asked->about->group_count,
			.level = told->level,
		};
		if (!value_of(&s, asked, &hit.head.value) || !group_of(&s, asked, hit.names))
			continue;
		size_t names = hit.head.group_count * sizeof(hit.names[0]), at = out->length;
		size_t begin = at + sizeof(hit.head);
		hit.head.size = (uint32_t)names;
		buffer_add(out, &hit, sizeof(hit.head) + names);
		add_chained(&s, asked->correlation, begin);
		if (out->failed)
			return;
		hit.head.size = (uint32_t)(out->length - begin);
		memcpy(out->data + at, &hit.head, sizeof(hit.head));
	}
}
