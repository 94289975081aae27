/* Correlations: read, then linked to the rules they name. */
#include "sigma/set.h"

#define RULES_LIMIT 64 /* of one correlation */
#define CHAIN_DEPTH 16

static const char *const type_names[] = {
	[SIGMA_EVENT_COUNT] = "event_count",
	[SIGMA_VALUE_COUNT] = "value_count",
	[SIGMA_VALUE_SUM] = "value_sum",
	[SIGMA_VALUE_AVERAGE] = "value_avg",
	[SIGMA_TEMPORAL] = "temporal",
	[SIGMA_TEMPORAL_ORDERED] = "temporal_ordered",
	[SIGMA_ABSENCE] = "absence",
	[SIGMA_GAP] = "gap",
	[SIGMA_TRAVEL] = "travel",
	[SIGMA_SILENCE] = "silence",
	[SIGMA_HOLE] = "hole",
	[SIGMA_REWRITE] = "rewrite",
};
static const char *const comparison_names[] = {"gt", "gte", "lt", "lte", "eq", "neq"};

const char *sigma_correlation_type_name(enum sigma_correlation_type type)
{
	return type_names[type];
}

static bool is_temporal(const struct correlating *c)
{
	return c->about.type == SIGMA_TEMPORAL || c->about.type == SIGMA_TEMPORAL_ORDERED;
}

/* About deliveries. */
static bool is_of_feed(const struct correlating *c)
{
	return c->about.type >= SIGMA_SILENCE;
}

static bool is_own(const struct correlating *c)
{
	return c->about.type >= SIGMA_ABSENCE;
}

/* --- reading ------------------------------------------------------------------- */

static bool read_type(struct loading *loading, const struct tree *at,
		      const struct tree *type, struct correlating *c)
{
	for (size_t i = 0; type && i < ARRAY_LENGTH(type_names); i++) {
		if (type->kind == TREE_SCALAR &&
		    text_equal(type->text, text_of(type_names[i]))) {
			c->about.type = (enum sigma_correlation_type)i;
			return true;
		}
	}
	if (type && type->kind == TREE_SCALAR &&
	    text_equal(type->text, TEXT("value_percentile")))
		refuse(loading, type,
		       "value_percentile is not supported: its definition contradicts "
		       "itself");
	else if (type && type->kind == TREE_SCALAR)
		refuse(loading, type, "there is no correlation of type '%.*s'",
		       TEXT_PRINT(type->text));
	else
		refuse(loading, type ? type : at, "the correlation needs a type");
	return false;
}

/* A text or a list of texts, at least one. */
static const char *const *read_names(struct loading *loading, const struct tree *names,
				     const char *what, size_t *ret_count)
{
	bool list = names->kind == TREE_LIST;
	size_t count = list ? names->count : 1;
	const char **texts =
		arena_get_many(loading->set->arena, count + 1, sizeof(*texts));
	if (!texts)
		return loading_memory(loading);
	if (count == 0 || count > RULES_LIMIT) {
		refuse(loading, names, "'%s' must have 1 to %d entries", what,
		       RULES_LIMIT);
		return NULL;
	}
	for (size_t i = 0; i < count; i++) {
		const struct tree *name = list ? names->items[i] : names;
		if (name->kind != TREE_SCALAR || tree_is_null(name) ||
		    name->text.length == 0) {
			refuse(loading, name, "'%s' must be a text or a list of texts",
			       what);
			return NULL;
		}
		texts[i] = set_string(loading, name->text);
		if (!texts[i])
			return NULL;
	}
	*ret_count = count;
	return texts;
}

static bool is_alias(const struct tree *aliases, struct text name)
{
	for (size_t i = 0; aliases && aliases->kind == TREE_MAP && i < aliases->count; i++)
		if (text_equal(aliases->items[2 * i]->text, name))
			return true;
	return false;
}

/* Names of fields, or of aliases of the correlation. */
static const char *const *read_fields(struct loading *loading, const struct tree *correlation,
				      const struct tree *names, const char *what,
				      size_t *ret_count)
{
	const char *const *texts = read_names(loading, names, what, ret_count);
	const struct tree *aliases = tree_get(correlation, "aliases", NULL);
	for (size_t i = 0; texts && i < *ret_count; i++)
		if (!is_alias(aliases, text_of(texts[i])) &&
		    field_read(loading, names, text_of(texts[i])) == SIGMA_NONE)
			return NULL;
	return texts;
}

static bool read_span(struct loading *loading, const struct tree *span, int64_t *ret_span)
{
	int64_t seconds;
	struct text t = span->text;
	if (span->kind != TREE_SCALAR || t.length == 0 || !is_alpha(t.bytes[t.length - 1]) ||
	    !calendar_duration(t, &seconds) || seconds > INT32_MAX) {
		refuse(loading, span, "'%.*s' is no timespan such as 90s, 15m, 1h or 30d",
		       TEXT_PRINT(t));
		return false;
	}
	*ret_span = seconds * MICROSECONDS;
	return true;
}

static bool read_timespan(struct loading *loading, const struct tree *at,
			  const struct tree *timespan, struct correlating *c)
{
	if (!timespan || timespan->kind != TREE_SCALAR) {
		refuse(loading, timespan ? timespan : at,
		       "the correlation needs a timespan");
		return false;
	}
	return read_span(loading, timespan, &c->about.timespan);
}

/* --- muster's own types ---------------------------------------------------------- */

/* *ret stays where it is not given. */
static bool read_truth(struct loading *loading, const struct tree *truth, const char *what,
		       bool *ret)
{
	if (truth && tree_value(truth).type != TREE_BOOL) {
		refuse(loading, truth, "'%s' must be true or false", what);
		return false;
	}
	*ret = truth ? tree_value(truth).truth : *ret;
	return true;
}

static bool read_absence(struct loading *loading, const struct tree *at,
			 struct correlating *c)
{
	const struct tree *within = tree_get(at, "within", NULL);
	const struct tree *before = tree_get(at, "before", NULL);
	const struct tree *distinct = tree_get(at, "distinct", NULL);
	int64_t after = 0;
	if (c->about.rule_count < 2) {
		refuse(loading, at, "an absence needs two rules: what calls for an answer, "
				    "and the answer");
		return false;
	}
	if (!within && !before) {
		refuse(loading, at, "an absence needs 'within', 'before' or both");
		return false;
	}
	if ((within && !read_span(loading, within, &after)) ||
	    (before && !read_span(loading, before, &c->about.before)) ||
	    !read_truth(loading, tree_get(at, "where_known", NULL), "where_known",
			&c->about.where_known))
		return false;
	c->about.timespan = c->about.before + after;
	if (distinct)
		c->value_fields =
			read_fields(loading, at, distinct, "distinct", &c->about.value_count);
	return !loading->refused && !loading->memory;
}

static bool read_gap(struct loading *loading, const struct tree *at, struct correlating *c)
{
	const struct tree *longer = tree_get(at, "longer_than", NULL);
	if (!longer) {
		refuse(loading, at, "a gap needs 'longer_than'");
		return false;
	}
	return read_truth(loading, tree_get(at, "open", NULL), "open", &c->about.open) &&
	       read_span(loading, longer, &c->about.timespan);
}

static bool read_whole(struct loading *loading, const struct tree *number, const char *what,
		       int64_t *ret)
{
	uint64_t whole;
	if (number->kind != TREE_SCALAR || !text_to_u64(number->text, &whole) ||
	    whole > INT32_MAX) {
		refuse(loading, number, "'%s' must be a whole number", what);
		return false;
	}
	*ret = (int64_t)whole;
	return true;
}

static bool read_travel(struct loading *loading, const struct tree *at, struct correlating *c)
{
	static const char *const point[] = {"muster.place.latitude", "muster.place.longitude"};
	const struct tree *speed = tree_get(at, "speed_above", NULL);
	const struct tree *distance = tree_get(at, "distance_above", NULL);
	if (!speed) {
		refuse(loading, at, "travel needs 'speed_above', in km/h");
		return false;
	}
	c->value_fields = point;
	c->about.value_count = ARRAY_LENGTH(point);
	return read_timespan(loading, at, tree_get(at, "timespan", NULL), c) &&
	       read_whole(loading, speed, "speed_above", &c->about.speed) &&
	       (!distance || read_whole(loading, distance, "distance_above", &c->about.distance));
}

static bool read_feed(struct loading *loading, const struct tree *at, struct correlating *c)
{
	const struct tree *intervals = tree_get(at, "intervals", NULL);
	const struct tree *longer = tree_get(at, "longer_than", NULL);
	if (c->about.type == SIGMA_REWRITE)
		return true;
	if (c->about.type == SIGMA_HOLE && !longer)
		refuse(loading, at, "a hole needs 'longer_than'");
	else if (c->about.type == SIGMA_HOLE)
		return read_span(loading, longer, &c->about.timespan);
	else if (!intervals)
		refuse(loading, at, "a silence needs 'intervals'");
	else
		return read_whole(loading, intervals, "intervals", &c->about.intervals);
	return false;
}

static bool read_own(struct loading *loading, const struct tree *at, struct correlating *c)
{
	switch (c->about.type) {
	case SIGMA_ABSENCE:
		return read_absence(loading, at, c);
	case SIGMA_GAP:
		return read_gap(loading, at, c);
	case SIGMA_TRAVEL:
		return read_travel(loading, at, c);
	default:
		return read_feed(loading, at, c);
	}
}

/* --- conditions -------------------------------------------------------------------- */

static bool read_comparison(struct loading *loading, const struct tree *key,
			    const struct tree *value, struct correlating *c)
{
	for (size_t i = 0; i < SIGMA_COMPARISON_COUNT; i++) {
		if (!text_equal(key->text, text_of(comparison_names[i])))
			continue;
		struct tree_value number = tree_value(value);
		if (value->kind != TREE_SCALAR || number.type != TREE_NUMBER) {
			refuse(loading, value, "'%s' wants a number",
			       comparison_names[i]);
			return false;
		}
		c->about.compares[i] = true;
		c->about.bounds[i] = number.real;
		return true;
	}
	refuse(loading, key, "'%.*s' is no part of a correlation's condition",
	       TEXT_PRINT(key->text));
	return false;
}

static bool is_below_one(const struct sigma_correlation *c)
{
	return (c->compares[SIGMA_LT] && c->bounds[SIGMA_LT] <= 1) ||
	       (c->compares[SIGMA_LTE] && c->bounds[SIGMA_LTE] < 1) ||
	       (c->compares[SIGMA_EQ] && c->bounds[SIGMA_EQ] < 1);
}

static bool read_condition(struct loading *loading, const struct tree *at,
			   const struct tree *condition, struct correlating *c)
{
	const struct tree *field = NULL;
	bool compares = false;
	if (!condition) {
		if (!is_temporal(c))
			refuse(loading, at,
			       "a correlation of this type needs a condition");
		return is_temporal(c);
	}
	if (condition->kind != TREE_MAP) {
		refuse(loading, condition,
		       "a correlation's condition must be a map such as gte: 3");
		return false;
	}
	for (size_t i = 0; i < condition->count; i++) {
		const struct tree *key = condition->items[2 * i];
		const struct tree *value = condition->items[2 * i + 1];
		if (text_equal(key->text, TEXT("field")))
			field = value;
		else if (!read_comparison(loading, key, value, c))
			return false;
		else
			compares = true;
	}
	if (c->about.type == SIGMA_EVENT_COUNT && is_below_one(&c->about))
		warn(loading, condition,
		     "this is never true: what is counted is there once at least; "
		     "absence and gap are about what is missing");
	bool wants_field = c->about.type >= SIGMA_VALUE_COUNT &&
			   c->about.type <= SIGMA_VALUE_AVERAGE;
	if (!compares) {
		refuse(loading, condition, "the condition compares with nothing");
	} else if (wants_field && !field) {
		refuse(loading, condition, "a correlation of values needs a field");
	} else if (field && !wants_field) {
		refuse(loading, field, "this type of correlation has no field");
	} else if (field) {
		c->value_fields =
			read_fields(loading, at, field, "field", &c->about.value_count);
		if (c->value_fields && c->about.value_count > 1 &&
		    c->about.type != SIGMA_VALUE_COUNT)
			refuse(loading, field, "only one field can be added up");
	}
	return !loading->refused && !loading->memory;
}

static bool names_rule(const struct correlating *c, const char *name)
{
	for (size_t i = 0; i < c->about.rule_count; i++)
		if (strcmp(c->rule_names[i], name) == 0)
			return true;
	return false;
}

static bool read_aliases(struct loading *loading, const struct tree *aliases,
			 struct correlating *c)
{
	size_t count = 0;
	if (!aliases || tree_is_null(aliases))
		return true;
	for (size_t i = 0; aliases->kind == TREE_MAP && i < aliases->count; i++)
		count += aliases->items[2 * i + 1]->count;
	c->aliases = arena_get_many(loading->set->arena, count + 1, sizeof(*c->aliases));
	if (!c->aliases)
		return loading_memory(loading) != NULL;
	for (size_t i = 0; aliases->kind == TREE_MAP && i < aliases->count; i++) {
		const struct tree *fields = aliases->items[2 * i + 1];
		for (size_t k = 0; fields->kind == TREE_MAP && k < fields->count; k++) {
			const struct tree *field = fields->items[2 * k + 1];
			struct alias *alias = &c->aliases[c->alias_count++];
			if (field->kind != TREE_SCALAR || tree_is_null(field)) {
				refuse(loading, field,
				       "an alias stands for the name of a field");
				return false;
			}
			alias->name = set_string(loading, aliases->items[2 * i]->text);
			alias->rule = set_string(loading, fields->items[2 * k]->text);
			alias->field = set_string(loading, field->text);
			if (field_read(loading, field, field->text) == SIGMA_NONE)
				return false;
			if (!alias->name || !alias->rule || !alias->field)
				return false;
			if (!names_rule(c, alias->rule)) {
				refuse(loading, fields->items[2 * k],
				       "the alias is for '%s', which is not among the "
				       "rules",
				       alias->rule);
				return false;
			}
		}
		if (fields->kind != TREE_MAP) {
			refuse(loading, fields,
			       "an alias must be a map from rules to fields");
			return false;
		}
	}
	if (aliases->kind != TREE_MAP)
		refuse(loading, aliases, "'aliases' must be a map");
	return !loading->refused;
}

/* Which types have a key, as bits. */
enum {
	FOR_SIGMA = 1,
	FOR_ABSENCE = 2,
	FOR_GAP = 4,
	FOR_TRAVEL = 8,
	FOR_SILENCE = 16,
	FOR_HOLE = 32,
	FOR_REWRITE = 64,
	FOR_RULES = FOR_SIGMA | FOR_ABSENCE | FOR_GAP | FOR_TRAVEL,
	FOR_ALL = FOR_RULES | FOR_SILENCE | FOR_HOLE | FOR_REWRITE,
};

static bool read_keys(struct loading *loading, const struct tree *correlation,
		      const struct correlating *c)
{
	static const struct {
		const char *name;
		unsigned types;
	} keys[] = {
		{"type", FOR_ALL},	   {"rules", FOR_RULES},
		{"group-by", FOR_RULES},   {"aliases", FOR_RULES},
		{"generate", FOR_RULES},   {"timespan", FOR_SIGMA | FOR_TRAVEL},
		{"condition", FOR_SIGMA},  {"within", FOR_ABSENCE},
		{"before", FOR_ABSENCE},   {"distinct", FOR_ABSENCE},
		{"where_known", FOR_ABSENCE},
		{"longer_than", FOR_GAP | FOR_HOLE}, {"open", FOR_GAP},
		{"intervals", FOR_SILENCE},
		{"speed_above", FOR_TRAVEL}, {"distance_above", FOR_TRAVEL},
	};
	unsigned type = is_own(c) ? (unsigned)FOR_ABSENCE << (c->about.type - SIGMA_ABSENCE)
				  : (unsigned)FOR_SIGMA;
	for (size_t i = 0; i < correlation->count; i++) {
		const struct tree *key = correlation->items[2 * i];
		bool known = false;
		for (size_t k = 0; k < ARRAY_LENGTH(keys); k++)
			known = known || ((keys[k].types & type) &&
					  text_equal(key->text, text_of(keys[k].name)));
		if (!known && !is_own(c) && text_equal(key->text, TEXT("timeframe"))) {
			warn(loading, key, "'timeframe' is called 'timespan' today");
		} else if (!known) {
			refuse(loading, key, "'%.*s' is no part of a correlation of type %s",
			       TEXT_PRINT(key->text), type_names[c->about.type]);
			return false;
		}
	}
	return true;
}

static bool read_generate(struct loading *loading, const struct tree *document,
			  const struct tree *correlation, struct correlating *c)
{
	const struct tree *inside = tree_get(correlation, "generate", NULL);
	const struct tree *generate =
		inside ? inside : tree_get(document, "generate", NULL);
	return read_truth(loading, generate, "generate", &c->about.generate);
}

bool correlation_read(struct loading *loading, const struct tree *document,
		      struct rule *rule, const struct tree *correlation)
{
	struct correlating *c = arena_get(loading->set->arena, sizeof(*c));
	if (!c)
		return loading_memory(loading) != NULL;
	rule->correlation = c;
	if (correlation->kind != TREE_MAP) {
		refuse(loading, correlation, "'correlation' must be a map");
		return false;
	}
	const struct tree *rules = tree_get(correlation, "rules", NULL);
	const struct tree *group_by = tree_get(correlation, "group-by", NULL);
	const struct tree *timespan = tree_get(correlation, "timespan", NULL);
	if (!timespan)
		timespan = tree_get(correlation, "timeframe", NULL);
	if (!read_type(loading, correlation, tree_get(correlation, "type", NULL), c) ||
	    !read_keys(loading, correlation, c))
		return false;
	if (is_of_feed(c))
		return read_own(loading, correlation, c);
	if (!rules) {
		refuse(loading, correlation, "the correlation needs rules");
		return false;
	}
	c->rule_names = read_names(loading, rules, "rules", &c->about.rule_count);
	if (!c->rule_names)
		return false;
	if (group_by && !tree_is_null(group_by)) {
		c->about.group_by =
			read_fields(loading, correlation, group_by, "group-by", &c->about.group_count);
		if (!c->about.group_by)
			return false;
	}
	bool read = is_own(c) ? read_own(loading, correlation, c)
			      : read_timespan(loading, correlation, timespan, c) &&
					read_condition(loading, correlation,
						       tree_get(correlation, "condition", NULL), c);
	return read &&
	       read_aliases(loading, tree_get(correlation, "aliases", NULL), c) &&
	       read_generate(loading, document, correlation, c);
}

/* --- linking --------------------------------------------------------------------- */

static uint32_t find_rule(const struct sigma_set *set, const char *name)
{
	for (uint32_t i = 0; i < set->rule_count; i++)
		if (!set->rules[i]->dropped &&
		    (strcmp(set->rules[i]->about.id, name) == 0 ||
		     strcmp(set->rules[i]->about.name, name) == 0))
			return i;
	return SIGMA_NONE;
}

/* Which of two is meant cannot be told. */
static bool is_ambiguous(const struct sigma_set *set, uint32_t found, const char *name,
			 char reason[256])
{
	for (uint32_t i = found + 1; i < set->rule_count; i++) {
		const struct sigma_rule *first = &set->rules[found]->about,
					*other = &set->rules[i]->about;
		if (set->rules[i]->dropped ||
		    (strcmp(other->id, name) && strcmp(other->name, name)))
			continue;
		snprintf(reason, 256, "two rules are called '%.60s': %.60s:%u and %.60s:%u", name,
			 first->file, first->line, other->file, other->line);
		return true;
	}
	return false;
}

static bool links_fail(struct sigma_set *set, struct rule *rule, unsigned depth,
		       char reason[256])
{
	struct correlating *c = rule->correlation;
	if (!c || c->visited)
		return false;
	if (c->visiting || depth > CHAIN_DEPTH) {
		snprintf(reason, 256, "%s",
			 c->visiting ? "the correlation leads back to itself"
				     : "the chain of correlations is too long");
		return true;
	}
	c->visiting = true;
	bool fail = false;
	for (size_t i = 0; i < c->about.rule_count && !fail; i++) {
		uint32_t found = find_rule(set, c->rule_names[i]);
		fail = found == SIGMA_NONE;
		if (fail)
			snprintf(reason, 256, "there is no rule '%.200s'",
				 c->rule_names[i]);
		else if (is_ambiguous(set, found, c->rule_names[i], reason))
			fail = true;
		else
			fail = links_fail(set, set->rules[found], depth + 1, reason);
	}
	c->visiting = false;
	c->visited = !fail;
	return fail;
}

/* The field that a group-by or condition name means in events of one rule. */
static const char *field_for(const struct correlating *c, const char *name, size_t rule)
{
	bool is_alias = false;
	for (size_t i = 0; i < c->alias_count; i++) {
		if (strcmp(c->aliases[i].name, name))
			continue;
		is_alias = true;
		if (strcmp(c->aliases[i].rule, c->rule_names[rule]) == 0)
			return c->aliases[i].field;
	}
	return is_alias ? NULL : name;
}

static bool aliases_fail(const struct correlating *c, char reason[256])
{
	for (size_t r = 0; r < c->about.rule_count; r++) {
		for (size_t g = 0; g < c->about.group_count; g++) {
			if (field_for(c, c->about.group_by[g], r))
				continue;
			snprintf(reason, 256,
				 "alias '%.100s' has no field for rule '%.100s'",
				 c->about.group_by[g], c->rule_names[r]);
			return true;
		}
	}
	return false;
}

/* A run can be withdrawn; what is known stays known. */
static bool answers_fail(const struct sigma_set *set, const struct correlating *c,
			 char reason[256])
{
	for (size_t i = 1; c->about.where_known && i < c->about.rule_count; i++) {
		if (!set->rules[find_rule(set, c->rule_names[i])]->correlation)
			continue;
		snprintf(reason, 256, "'where_known' is for answers that are records: "
				      "'%.150s' is a correlation", c->rule_names[i]);
		return true;
	}
	return false;
}

static bool drop(struct rule *rule, const char *reason, sigma_notice_function *notice,
		 void *context)
{
	struct sigma_notice said = {
		.file = rule->about.file,
		.line = rule->line,
		.column = rule->column,
		.severity = SIGMA_REFUSED,
		.rule_id = rule->about.id,
		.rule_title = rule->about.title,
		.reason = reason,
	};
	rule->dropped = true;
	if (notice)
		notice(context, &said);
	return true;
}

static void compact(struct sigma_set *set)
{
	uint32_t kept = 0;
	for (uint32_t i = 0; i < set->rule_count; i++)
		if (!set->rules[i]->dropped)
			set->rules[kept++] = set->rules[i];
	set->rule_count = kept;
}

static uint32_t column_of(struct sigma_set *set, const char *name)
{
	uint32_t field = set_field(set, text_of(name));
	if (field == SIGMA_NONE)
		return SIGMA_NONE;
	for (uint32_t i = 0; i < set->column_count; i++)
		if (set->columns[i] == field)
			return i;
	if (set->column_count == set->column_room) {
		uint32_t room = set->column_room ? set->column_room * 2 : 8;
		uint32_t *columns = realloc(set->columns, room * sizeof(*columns));
		if (!columns)
			return SIGMA_NONE;
		set->columns = columns;
		set->column_room = room;
	}
	set->columns[set->column_count] = field;
	return set->column_count++;
}

/* One column for each rule and name; NULL: out of memory. */
static const uint32_t *columns_of(struct sigma_set *set, const struct correlating *c,
				  const char *const *names, size_t count)
{
	uint32_t *columns = arena_get_many(set->arena, c->about.rule_count * count + 1,
					   sizeof(*columns));
	for (size_t r = 0; columns && r < c->about.rule_count; r++) {
		for (size_t n = 0; n < count; n++) {
			const char *field = field_for(c, names[n], r);
			uint32_t column = column_of(set, field ? field : names[n]);
			if (column == SIGMA_NONE)
				return NULL;
			columns[r * count + n] = column;
		}
	}
	return columns;
}

static bool resolve(struct sigma_set *set, struct correlating *c)
{
	uint32_t *rules = arena_get_many(set->arena, c->about.rule_count + 1, sizeof(*rules));
	if (!rules)
		return false;
	for (size_t i = 0; i < c->about.rule_count; i++) {
		rules[i] = find_rule(set, c->rule_names[i]);
		struct sigma_rule *about = &set->rules[rules[i]]->about;
		/* The first correlation decides, and any that generates overrules it. */
		about->only_correlated = !c->about.generate;
	}
	c->about.rules = rules;
	c->about.group_columns =
		columns_of(set, c, c->about.group_by, c->about.group_count);
	c->about.value_columns =
		columns_of(set, c, c->value_fields, c->about.value_count);
	return c->about.group_columns && c->about.value_columns;
}

static uint32_t sources_below(const struct sigma_set *set, const struct rule *rule)
{
	uint32_t sources = 0;
	if (!rule->correlation)
		return rule->about.sources;
	if (is_of_feed(rule->correlation))
		return UINT32_MAX >> (32 - EVENT_SOURCE_COUNT);
	for (size_t i = 0; i < rule->correlation->about.rule_count; i++)
		sources |=
			sources_below(set, set->rules[rule->correlation->about.rules[i]]);
	return sources;
}

static bool joined_below(const struct sigma_set *set, const struct rule *rule)
{
	if (!rule->correlation)
		return rule->about.joined;
	const struct sigma_correlation *c = &rule->correlation->about;
	bool joined = c->type == SIGMA_TRAVEL;
	for (size_t i = 0; i < c->rule_count && !joined; i++)
		joined = joined_below(set, set->rules[c->rules[i]]);
	return joined;
}

int sigma_set_link(struct sigma_set *set, sigma_notice_function *notice, void *context)
{
	int refused = 0;
	bool again = true;
	char reason[256];
	/* What is refused may be what others need: until nothing more falls. */
	while (again) {
		again = false;
		for (uint32_t i = 0; i < set->rule_count; i++)
			if (set->rules[i]->correlation)
				set->rules[i]->correlation->visited = false;
		for (uint32_t i = 0; i < set->rule_count; i++) {
			struct rule *rule = set->rules[i];
			if (!rule->correlation || rule->dropped ||
			    (!links_fail(set, rule, 0, reason) &&
			     !aliases_fail(rule->correlation, reason) &&
			     !answers_fail(set, rule->correlation, reason)))
				continue;
			again = drop(rule, reason, notice, context);
			refused++;
		}
	}
	compact(set);
	filters_link(set, notice, context);
	for (uint32_t i = 0; i < set->rule_count; i++)
		if (set->rules[i]->correlation &&
		    !resolve(set, set->rules[i]->correlation))
			return -ERR_MEMORY;
	for (uint32_t i = 0; i < set->rule_count; i++) {
		const struct correlating *c = set->rules[i]->correlation;
		if (!c)
			continue;
		set->rules[i]->about.sources = sources_below(set, set->rules[i]);
		set->rules[i]->about.joined = joined_below(set, set->rules[i]);
		for (size_t k = 0; c->about.generate && k < c->about.rule_count; k++)
			set->rules[c->about.rules[k]]->about.only_correlated = false;
	}
	set->linked = true;
	return refused;
}

/* --- the door ------------------------------------------------------------------------
 */

const struct sigma_correlation *sigma_set_correlation(const struct sigma_set *set,
						      size_t rule)
{
	return rule < set->rule_count && set->rules[rule]->correlation
		       ? &set->rules[rule]->correlation->about
		       : NULL;
}

size_t sigma_set_columns(const struct sigma_set *set)
{
	return set->column_count;
}

int sigma_set_column_normalised(const struct sigma_set *set, size_t column)
{
	return set->fields[set->columns[column]].normalised;
}

bool sigma_set_value(const struct sigma_set *set, const struct event *event,
		     size_t column, char scratch[EVENT_SCRATCH], struct text *ret_value)
{
	const struct field *field = &set->fields[set->columns[column]];
	if (field->normalised >= 0)
		return event_normalised_value(event,
					      (enum event_normalised)field->normalised,
					      scratch, ret_value);
	if (field->joined >= 0)
		return set->join && set->join(set->join_context, event,
					      (enum event_joined)field->joined, scratch,
					      ret_value);
	for (uint32_t p = 0; p < event->part_count && field->number != EVENT_NAME_NONE;
	     p++) {
		const struct event_part *part = &event->parts[p];
		for (uint32_t i = part->first[field->number]; i;
		     i = part->fields[i - 1].next) {
			if (part->fields[i - 1].kind > EVENT_FIELD_BOOL)
				continue;
			*ret_value = part->fields[i - 1].value;
			return true;
		}
	}
	return false;
}
