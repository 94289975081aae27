/* What a rule says about itself, and from which logs it wants events. */
#include "sigma/set.h"

#define TITLE_LIMIT 256

static const char *const level_names[] = {
	[SIGMA_INFORMATIONAL] = "informational",
	[SIGMA_LOW] = "low",
	[SIGMA_MEDIUM] = "medium",
	[SIGMA_HIGH] = "high",
	[SIGMA_CRITICAL] = "critical",
};

const char *sigma_level_name(enum sigma_level level)
{
	size_t i = (size_t)level;
	return i > 0 && i < ARRAY_LENGTH(level_names) ? level_names[i] : "medium";
}

/* The text of a key that may be missing; empty: wrong type was refused. */
static const char *read_text(struct loading *loading, const struct tree *map,
			     const char *key, const char *missing)
{
	const struct tree *value = tree_get(map, key, NULL);
	if (!value || tree_is_null(value))
		return missing;
	if (value->kind != TREE_SCALAR) {
		refuse(loading, value, "'%s' must be a text", key);
		return missing;
	}
	return set_string(loading, value->text);
}

static const char *const *read_texts(struct loading *loading, const struct tree *map,
				     const char *key)
{
	static const char *const none[] = {NULL};
	const struct tree *list = tree_get(map, key, NULL);
	if (!list || tree_is_null(list))
		return none;
	if (list->kind != TREE_LIST) {
		refuse(loading, list, "'%s' must be a list", key);
		return none;
	}
	const char **texts =
		arena_get_many(loading->set->arena, list->count + 1, sizeof(*texts));
	if (!texts)
		return loading_memory(loading);
	for (size_t i = 0; i < list->count; i++) {
		if (list->items[i]->kind != TREE_SCALAR || tree_is_null(list->items[i]))
			refuse(loading, list->items[i], "'%s' must be a list of texts",
			       key);
		else
			texts[i] = set_string(loading, list->items[i]->text);
		if (!texts[i])
			return none;
	}
	return texts;
}

/* The place of a text in a list of words, or -1 after a refusal. */
static int read_word(struct loading *loading, const struct tree *at, const char *what,
		     const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (words[i] && at->kind == TREE_SCALAR &&
		    text_equal(at->text, text_of(words[i])))
			return (int)i;
	struct text word = at->kind == TREE_SCALAR ? at->text : TEXT("...");
	refuse(loading, at, "'%.*s' is no %s", TEXT_PRINT(word), what);
	return -1;
}

static void read_level_and_status(struct loading *loading, const struct tree *document,
				  struct sigma_rule *about)
{
	static const char *const statuses[] = {"stable", "test", "experimental",
					       "deprecated", "unsupported"};
	const struct tree *level = tree_get(document, "level", NULL);
	const struct tree *status = tree_get(document, "status", NULL);
	about->level = SIGMA_MEDIUM;
	if (level && !tree_is_null(level)) {
		int n = read_word(loading, level, "level", level_names,
				  ARRAY_LENGTH(level_names));
		if (n > 0)
			about->level = (enum sigma_level)n;
	}
	if (status && !tree_is_null(status))
		read_word(loading, status, "status", statuses, ARRAY_LENGTH(statuses));
}

static void read_own_map(struct loading *loading, const struct tree *own,
			 struct sigma_rule *about)
{
	static const char *const keys[] = {"requirements", "strength", "subject", "says"};
	static const char *const strengths[] = {"indirect", "direct"};
	static const char *const subjects[] = {"actor", "object", "host", "address",
					       "session"};
	if (own->kind != TREE_MAP) {
		refuse(loading, own, "'muster' must be a map");
		return;
	}
	for (size_t i = 0; i < own->count; i++)
		read_word(loading, own->items[2 * i], "key of 'muster'", keys,
			  ARRAY_LENGTH(keys));
	about->requirements = read_texts(loading, own, "requirements");
	about->says = read_text(loading, own, "says", NULL);
	const struct tree *strength = tree_get(own, "strength", NULL);
	const struct tree *subject = tree_get(own, "subject", NULL);
	if (strength)
		about->direct = read_word(loading, strength, "strength", strengths,
					  ARRAY_LENGTH(strengths)) == 1;
	if (subject) {
		int n = read_word(loading, subject, "subject", subjects,
				  ARRAY_LENGTH(subjects));
		about->subject = n < 0 ? SIGMA_SUBJECT_ACTOR : (enum sigma_subject)n;
	}
}

static bool read_about(struct loading *loading, const struct tree *document,
		       struct sigma_rule *about)
{
	static const char *const none[] = {NULL};
	const struct tree *title = tree_get(document, "title", NULL);
	const struct tree *own = tree_get(document, "muster", NULL);

	about->file = loading->file;
	about->line = document->line;
	about->id = loading->id = read_text(loading, document, "id", "");
	about->title = loading->title = read_text(loading, document, "title", "");
	if (!loading->id || !loading->title)
		return false;
	if (!title || title->kind != TREE_SCALAR || title->text.length == 0)
		refuse(loading, title ? title : document, "there is no title");
	else if (title->text.length > TITLE_LIMIT)
		refuse(loading, title, "the title is longer than %d bytes", TITLE_LIMIT);
	about->name = read_text(loading, document, "name", "");
	about->description = read_text(loading, document, "description", "");
	about->status = read_text(loading, document, "status", "");
	about->tags = read_texts(loading, document, "tags");
	about->false_positives = read_texts(loading, document, "falsepositives");
	about->requirements = none;
	read_level_and_status(loading, document, about);
	if (own)
		read_own_map(loading, own, about);
	return !loading->refused && !loading->memory;
}

/* A rule is for a source when all it gives of product, category, service is the source's.
 */
static uint32_t sources_of(const char *product, const char *category, const char *service)
{
	uint32_t sources = 0;
	bool every = product && strcmp(product, "muster") == 0;
	for (unsigned i = 0; i < EVENT_SOURCE_COUNT; i++) {
		const struct event_source_description *d =
			event_source_describe((enum event_source)i);
		char word[80];
		snprintf(word, sizeof(word), " %s ", service ? service : "");
		bool same = (!product || strcmp(product, d->product) == 0) &&
			    (!category || strcmp(category, d->category) == 0) &&
			    (!service || strstr(d->services, word));
		if (every || same)
			sources |= 1u << i;
	}
	return sources;
}

static bool read_source(struct loading *loading, const struct tree *document,
			struct sigma_rule *about)
{
	const struct tree *source = tree_get(document, "logsource", NULL);
	if (!source) {
		refuse(loading, document, "there is no logsource");
		return false;
	}
	if (tree_is_null(source) || (source->kind == TREE_MAP && source->count == 0)) {
		warn(loading, source,
		     "the logsource is empty: the rule is for every log");
	} else if (source->kind != TREE_MAP) {
		refuse(loading, source, "'logsource' must be a map");
	} else {
		about->product = read_text(loading, source, "product", NULL);
		about->category = read_text(loading, source, "category", NULL);
		about->service = read_text(loading, source, "service", NULL);
		if (!about->product && !about->category && !about->service)
			warn(loading, source,
			     "the logsource names no product, category or service");
	}
	about->sources = sources_of(about->product, about->category, about->service);
	return !loading->refused && !loading->memory;
}

static bool keep(struct loading *loading, struct rule *rule)
{
	struct sigma_set *set = loading->set;
	if (set->rule_count == set->rule_room) {
		uint32_t room = set->rule_room ? set->rule_room * 2 : 64;
		struct rule **rules = realloc(set->rules, room * sizeof(*rules));
		if (!rules)
			return loading_memory(loading) != NULL;
		set->rules = rules;
		set->rule_room = room;
	}
	set->rules[set->rule_count++] = rule;
	return true;
}

/* Depth is bounded by the parsers of YAML and of conditions. */
bool expression_asks_joined(const struct sigma_set *set, const struct expression *e)
{
	if (e->kind == EXPRESSION_ATOM) {
		const struct atom *atom = &set->atoms[e->atom];
		return set->fields[atom->field].joined >= 0 ||
		       (atom->kind == ATOM_REFERENCE && set->fields[atom->other].joined >= 0);
	}
	for (uint32_t i = 0; i < e->count; i++)
		if (expression_asks_joined(set, e->children[i]))
			return true;
	return false;
}

/* Can it be true only where something is joined? */
static bool depends_on_joined(const struct sigma_set *set, const struct expression *e)
{
	bool all = e->count > 0;
	if (e->kind == EXPRESSION_ATOM)
		return set->fields[set->atoms[e->atom].field].joined >= 0 &&
		       set->atoms[e->atom].kind != ATOM_NULL;
	if (e->kind != EXPRESSION_AND && e->kind != EXPRESSION_OR)
		return false;
	for (uint32_t i = 0; i < e->count; i++) {
		bool one = depends_on_joined(set, e->children[i]);
		if (one && e->kind == EXPRESSION_AND)
			return true;
		all = all && one;
	}
	return all;
}

bool rule_read(struct loading *loading, const struct tree *document)
{
	const struct tree *correlation = tree_get(document, "correlation", NULL);
	const struct tree *filter = tree_get(document, "filter", NULL);
	struct rule *rule = arena_get(loading->set->arena, sizeof(*rule));
	if (!rule)
		return loading_memory(loading) != NULL;
	if (!read_about(loading, document, &rule->about))
		return false;
	rule->line = document->line;
	rule->column = document->column;
	if (filter)
		return filter_read(loading, document, filter);
	if (correlation) {
		rule->about.correlation = true;
		return correlation_read(loading, document, rule, correlation) &&
		       keep(loading, rule);
	}
	if (!read_source(loading, document, &rule->about))
		return false;
	const struct tree *detection = tree_get(document, "detection", NULL);
	if (!detection) {
		refuse(loading, document, "there is no detection");
		return false;
	}
	rule->when = detection_read(loading, document, detection);
	rule->about.joined = rule->when && expression_asks_joined(loading->set, rule->when);
	rule->depends_on_joined = rule->when && depends_on_joined(loading->set, rule->when);
	if (!rule->when) {
		if (!loading->refused)
			loading_memory(loading);
		return false;
	}
	return keep(loading, rule);
}
