#include "muster/standard_source.h"

#include <stdarg.h>
#include <stdio.h>

#include "muster/shared_files.h"
#include "muster/standard_directory.h"
#include "muster/standard_lists.h"

#define ARENA_LIMIT ((size_t)256 << 20)

/* Rules ---------------------------------------------------------------------------- */

struct reading {
	const char *origin;            /* stands before the names of files */
	standard_warning_function *warning;
	void *context;
	struct err *err;
	bool refused;
};

/* The first refusal is the error; what else is refused is told as warnings are. */
static void notice(void *context, const struct sigma_notice *notice)
{
	struct reading *reading = context;
	char file[4096], reason[2200];

	if (notice->severity == SIGMA_OK)
		return;
	snprintf(file, sizeof(file), "%s/%s", reading->origin, notice->file);
	if (notice->severity == SIGMA_REFUSED && !reading->refused) {
		reading->refused = true;
		err_set(reading->err, ERR_SYNTAX, "%s:%u:%u: %s", file, notice->line,
			notice->column, notice->reason);
	} else if (reading->warning) {
		snprintf(reason, sizeof(reason), "%s%s",
			 notice->severity == SIGMA_REFUSED ? "refused: " : "", notice->reason);
		reading->warning(reading->context, file, notice->line, reason);
	}
}

static int files_add(struct standard_source *source, struct reading *reading)
{
	struct text bundle = buffer_text(&source->bundle);
	struct standard_file file;
	size_t at = 0;
	int r;

	while ((r = standard_bundle_next(bundle, &at, &file, reading->err)) > 0) {
		const char *name;

		if (!standard_file_is_rules(&file))
			continue;
		name = arena_text(source->arena, file.name).bytes;
		if (!name)
			return err_set(reading->err, ERR_MEMORY, "out of memory");
		r = sigma_set_add(source->set, name, file.content, notice, reading, reading->err);
		if (r < 0)
			return r;
	}
	return r;
}

static int files_compile(struct standard_source *source, struct reading *reading)
{
	int r = files_add(source, reading);

	/* Correlations over rules that were refused would only repeat it. */
	if (r == 0 && !reading->refused)
		r = sigma_set_link(source->set, notice, reading);
	if (r == 0 && reading->refused)
		r = -ERR_SYNTAX;
	if (r == 0)
		r = sigma_set_compile(source->set, true, reading->err);
	return r > 0 ? -ERR_SYNTAX : r;
}

static int rule_fault(const struct reading *reading, const struct sigma_rule *rule,
		      const char *format, ...) PRINTF_LIKE(3, 4);
static int rule_fault(const struct reading *reading, const struct sigma_rule *rule,
		      const char *format, ...)
{
	char reason[512];
	va_list list;

	va_start(list, format);
	vsnprintf(reason, sizeof(reason), format, list);
	va_end(list);
	return err_set(reading->err, ERR_SYNTAX, "%s/%s:%u: %s", reading->origin, rule->file,
		       rule->line, reason);
}

/* "3.1.1 3.3.2"; every one of them must be in the standard. */
static int requirements_join(const struct standard_source *source,
			     const struct sigma_rule *rule, const char **ret,
			     const struct reading *reading)
{
	const char *joined = "";

	for (const char *const *id = rule->requirements; id && *id; id++) {
		if (!standard_requirement_find(source->standard, text_of(*id)))
			return rule_fault(reading, rule, "%s has no requirement %s",
					  source->standard->name, *id);
		joined = arena_format(source->arena, "%s%s%s", joined, *joined ? " " : "", *id);
		if (!joined)
			return err_set(reading->err, ERR_MEMORY, "out of memory");
	}
	*ret = joined;
	return 0;
}

static int rule_keep(struct standard_source *source, const struct sigma_rule *rule,
		     struct store_rule *ret, const struct reading *reading)
{
	*ret = (struct store_rule){
		.key = rule->name && *rule->name ? rule->name : rule->id,
		.title = rule->title,
		.says = rule->says ? rule->says : rule->description ? rule->description : "",
		.file = rule->file,
		.severity = (int)rule->level,
		.direct = rule->direct,
	};
	if (!ret->key || !*ret->key)
		return rule_fault(reading, rule, "a rule of a standard needs a name or an id");
	if (!ret->title || !*ret->title)
		return rule_fault(reading, rule, "a rule of a standard needs a title");
	return requirements_join(source, rule, &ret->requirements, reading);
}

static const char *key_of(const struct sigma_rule *rule)
{
	return rule->name && *rule->name ? rule->name : rule->id;
}

static const char *joined(struct standard_source *source, const char *before, const char *word)
{
	return before ? arena_format(source->arena, "%s%s%s", before, *before ? "\n" : "", word) :
			NULL;
}

/* What follows the title and the sources: the correlation itself. */
static int explain(struct standard_source *source, size_t rule, const char *type,
		   const char **ret, struct err *err)
{
	CLEAN(buffer) struct buffer out;
	CLEAN(buffer) struct buffer begin;

	buffer_init(&out, 1u << 20);
	buffer_init(&begin, 100);
	buffer_add_format(&begin, "\n%s of ", type);
	sigma_set_explain(source->set, rule, &out);
	size_t at = text_find(buffer_text(&out), buffer_text(&begin));
	struct text rest = text_skip(buffer_text(&out), at < out.length ? at + 1 : 0);
	*ret = out.failed || begin.failed ? NULL : arena_text(source->arena, rest).bytes;
	return *ret ? 0 : err_set(err, ERR_MEMORY, "out of memory");
}

static int correlation_keep(struct standard_source *source, size_t number,
			    struct store_rule *ret, struct err *err)
{
	const struct sigma_correlation *is = sigma_set_correlation(source->set, number);
	struct store_correlation_rule *keep;
	const char *bounds = NULL;

	if (!is)
		return 0;
	if (is->group_count > STORE_GROUP_MOST)
		return err_set(err, ERR_LIMIT, "%s: %s groups by more than %u fields", ret->file,
			       ret->key, STORE_GROUP_MOST);
	keep = arena_get(source->arena, sizeof(*keep));
	if (!keep)
		return err_set(err, ERR_MEMORY, "out of memory");
	keep->type = sigma_correlation_type_name(is->type);
	keep->timespan = is->timespan;
	keep->before = is->before;
	keep->open = is->open;
	keep->where_known = is->where_known;
	keep->distinct = is->type == SIGMA_ABSENCE && is->value_count;
	keep->speed = is->speed;
	keep->distance = is->distance;
	keep->intervals = is->intervals;
	keep->finding = !sigma_set_rule(source->set, number)->only_correlated;
	keep->rules = keep->group_by = "";
	for (size_t i = 0; i < is->rule_count; i++)
		keep->rules = joined(source, keep->rules,
				     key_of(sigma_set_rule(source->set, is->rules[i])));
	for (size_t i = 0; i < is->group_count; i++)
		keep->group_by = joined(source, keep->group_by, is->group_by[i]);
	for (size_t i = 0; i < SIGMA_COMPARISON_COUNT; i++) {
		char number_text[40] = "";
		if (is->compares[i])
			snprintf(number_text, sizeof(number_text), "%.17g", is->bounds[i]);
		bounds = i ? arena_format(source->arena, "%s\n%s", bounds, number_text) :
			     arena_string(source->arena, number_text);
		if (!bounds)
			break;
	}
	keep->bounds = bounds;
	if (!keep->rules || !keep->group_by || !bounds)
		return err_set(err, ERR_MEMORY, "out of memory");
	ret->correlation = keep;
	return explain(source, number, keep->type, &keep->explanation, err);
}

/* Violations and thresholds go by the key: it is one rule's. */
static int key_take(struct map *keys, const struct sigma_rule *rule, const char *key,
		    const struct reading *reading)
{
	bool new;
	union map_value *first = map_add(keys, text_of(key), &new);

	if (!first)
		return err_set(reading->err, ERR_MEMORY, "out of memory");
	if (!new) {
		const struct sigma_rule *other = first->pointer;
		return rule_fault(reading, rule, "a rule of that name, %s, is there already: %s:%u",
				  key, other->file, other->line);
	}
	first->pointer = (void *)(uintptr_t)rule;
	return 0;
}

static void warn_of_silent(const struct reading *reading, const struct sigma_rule *rule)
{
	char file[4096];

	if (rule->sources || !reading->warning)
		return;
	snprintf(file, sizeof(file), "%s/%s", reading->origin, rule->file);
	reading->warning(reading->context, file, rule->line,
			 "can never fire here: no format gives its logsource");
}

static int rules_keep(struct standard_source *source, const struct reading *reading)
{
	size_t count = sigma_set_count(source->set);
	CLEAN(map) struct map keys;
	int r = 0;

	map_init(&keys);
	source->rules = arena_get_many(source->arena, count ? count : 1, sizeof(*source->rules));
	if (!source->rules)
		return err_set(reading->err, ERR_MEMORY, "out of memory");
	for (size_t i = 0; r == 0 && i < count; i++) {
		const struct sigma_rule *rule = sigma_set_rule(source->set, i);
		warn_of_silent(reading, rule);
		r = rule_keep(source, rule, &source->rules[i], reading);
		if (r == 0)
			r = key_take(&keys, rule, source->rules[i].key, reading);
		if (r == 0)
			r = correlation_keep(source, i, &source->rules[i], reading->err);
	}
	source->rule_count = count;
	return r;
}

/* The whole ------------------------------------------------------------------------- */

/* What the bundle holds, in a source that has nothing yet but that. */
static int source_parse(struct standard_source *source, struct reading *reading)
{
	int r;

	source->arena = arena_new(ARENA_LIMIT);
	source->names = event_names_new();
	source->set = source->names ? sigma_set_new(source->names) : NULL;
	if (!source->arena || !source->set)
		return err_set(reading->err, ERR_MEMORY, "out of memory");
	r = standard_parse(reading->origin, buffer_text(&source->bundle), &source->standard, reading->err);
	if (r == 0)
		r = standard_lists_add(source->set, source->standard, reading->err);
	if (r == 0)
		r = files_compile(source, reading);
	return r < 0 ? r : rules_keep(source, reading);
}

/* own: where the reading puts its errors, so that warnings do not hide the first. */
static int source_finish(int r, struct standard_source *source, const struct err *own,
			 struct standard_source *ret_source, struct err *err)
{
	if (r < 0) {
		if (err)
			*err = *own;
		return r;
	}
	*ret_source = *source;
	*source = (struct standard_source){ 0 };
	return 0;
}

int standard_source_read(const char *directory, struct standard_source *ret_source,
			 standard_warning_function *warning, void *context, struct err *err)
{
	struct err own = { 0 };
	struct reading reading = { directory, warning, context, &own, false };
	CLEAN(standard_source) struct standard_source source = { 0 };
	int r;

	buffer_init(&source.bundle, STANDARD_BUNDLE_LIMIT);
	r = standard_directory_read(directory, &source.bundle, &own);
	if (r == 0)
		r = source_parse(&source, &reading);
	return source_finish(r, &source, &own, ret_source, err);
}

int standard_source_parse(const char *origin, struct text bundle,
			  struct standard_source *ret_source, struct err *err)
{
	struct err own = { 0 };
	struct reading reading = { origin, NULL, NULL, &own, false };
	CLEAN(standard_source) struct standard_source source = { 0 };
	int r;

	buffer_init(&source.bundle, STANDARD_BUNDLE_LIMIT);
	buffer_add_text(&source.bundle, bundle);
	r = source.bundle.failed ? err_set(&own, ERR_LIMIT, "%s is too large", origin) :
				   source_parse(&source, &reading);
	return source_finish(r, &source, &own, ret_source, err);
}

void standard_source_done(struct standard_source *source)
{
	sigma_set_free(source->set);
	event_names_free(source->names);
	standard_free(source->standard);
	buffer_done(&source->bundle);
	arena_free(source->arena);
	*source = (struct standard_source){ 0 };
}

void standard_source_clean(struct standard_source *source)
{
	standard_source_done(source);
}

int standard_source_find(const char *name, char ret_path[4096], struct err *err)
{
	char relative[512];

	if (strchr(name, '/')) {
		if (snprintf(ret_path, 4096, "%s", name) >= 4096)
			return err_set(err, ERR_LIMIT, "%s: name too long", name);
		return 0;
	}
	if (snprintf(relative, sizeof(relative), "standards/%s", name) >= (int)sizeof(relative))
		return err_set(err, ERR_LIMIT, "%s: name too long", name);
	if (name[0] == '.' || shared_file_find(relative, ret_path, NULL) < 0)
		return err_set(err, ERR_NEGATIVE,
			       "no standard \"%s\" came with this program; name a directory as ./%s",
			       name, name);
	return 0;
}

int standard_source_load(struct pg *pg, const struct standard_source *source,
			 const char *who, bool activate, char ret_digest[STORE_DIGEST],
			 bool *ret_new, struct err *err)
{
	int r = store_standard_load(pg, buffer_text(&source->bundle), source->standard,
				    source->rules, source->rule_count, who, ret_digest, ret_new,
				    err);

	if (r == 0 && activate)
		r = store_standard_activate(pg, ret_digest, who, ret_digest, err);
	return r;
}
