/* Sigma filters: conditions put before the rules they name. */
#include "sigma/set.h"

static bool read_names(struct loading *loading, const struct tree *list,
		       struct filter *filter)
{
	if (!list || tree_is_null(list) ||
	    (list->kind == TREE_LIST && list->count == 0) ||
	    (list->kind == TREE_SCALAR && text_equal(list->text, TEXT("any")))) {
		filter->any = true;
		return true;
	}
	size_t count = list->kind == TREE_LIST ? list->count : 1;
	filter->rules =
		arena_get_many(loading->set->arena, count, sizeof(*filter->rules));
	if (!filter->rules)
		return loading_memory(loading) != NULL;
	for (size_t i = 0; i < count; i++) {
		const struct tree *name = list->kind == TREE_LIST ? list->items[i] : list;
		if (name->kind != TREE_SCALAR || tree_is_null(name)) {
			refuse(loading, name, "'rules' must be a list of ids or names");
			return false;
		}
		filter->rules[filter->rule_count] = set_string(loading, name->text);
		if (!filter->rules[filter->rule_count++])
			return false;
	}
	return true;
}

static const char *read_source_part(struct loading *loading, const struct tree *source,
				    const char *key)
{
	const struct tree *part = source ? tree_get(source, key, NULL) : NULL;
	return part && part->kind == TREE_SCALAR && !tree_is_null(part)
		       ? set_string(loading, part->text)
		       : NULL;
}

bool filter_read(struct loading *loading, const struct tree *document,
		 const struct tree *filter)
{
	const struct tree *source = tree_get(document, "logsource", NULL);
	struct filter *kept = arena_get(loading->set->arena, sizeof(*kept));
	if (!kept)
		return loading_memory(loading) != NULL;
	if (filter->kind != TREE_MAP) {
		refuse(loading, filter, "'filter' must be a map");
		return false;
	}
	kept->file = loading->file;
	kept->id = loading->id;
	kept->title = loading->title;
	kept->line = document->line;
	kept->column = document->column;
	kept->product = read_source_part(loading, source, "product");
	kept->category = read_source_part(loading, source, "category");
	kept->service = read_source_part(loading, source, "service");
	if (!read_names(loading, tree_get(filter, "rules", NULL), kept))
		return false;
	kept->when = detection_read(loading, document, filter);
	if (!kept->when) {
		if (!loading->refused)
			loading_memory(loading);
		return false;
	}
	*loading->set->filters_end = kept;
	loading->set->filters_end = &kept->next;
	return true;
}

static bool has_name(const struct sigma_rule *rule, const char *name)
{
	return strcmp(name, rule->id) == 0 || strcmp(name, rule->name) == 0 ||
	       strcmp(name, rule->title) == 0;
}

static bool names(const struct filter *filter, const struct sigma_rule *rule)
{
	if (filter->any)
		return true;
	for (size_t i = 0; i < filter->rule_count; i++)
		if (has_name(rule, filter->rules[i]))
			return true;
	return false;
}

static bool same_part(const char *wanted, const char *given)
{
	return !wanted || (given && strcmp(wanted, given) == 0);
}

static bool is_for(const struct filter *f, const struct rule *rule)
{
	return rule->when && same_part(f->product, rule->about.product) &&
	       same_part(f->category, rule->about.category) &&
	       same_part(f->service, rule->about.service);
}

/* Why the filter does nothing for a rule that it names; false: it does. */
static bool is_idle(const struct sigma_set *set, const struct filter *f, const char *name,
		    char reason[300])
{
	const char *why = "there is no such rule";
	for (uint32_t i = 0; i < set->rule_count; i++) {
		if (!has_name(&set->rules[i]->about, name))
			continue;
		if (is_for(f, set->rules[i]))
			return false;
		why = set->rules[i]->when ? "its logsource is another"
					  : "it is a correlation: name the rules it is about";
	}
	snprintf(reason, 300, "the filter does nothing for '%.200s': %s", name, why);
	return true;
}

void filters_link(struct sigma_set *set, sigma_notice_function *notice, void *context)
{
	char reason[300];
	for (const struct filter *f = set->filters; f; f = f->next) {
		bool asks = expression_asks_joined(set, f->when);
		for (uint32_t i = 0; i < set->rule_count && asks; i++)
			if (is_for(f, set->rules[i]) && names(f, &set->rules[i]->about))
				set->rules[i]->about.joined = true;
		for (size_t i = 0; i < f->rule_count && notice; i++) {
			if (!is_idle(set, f, f->rules[i], reason))
				continue;
			const struct sigma_notice said = {
				.file = f->file,
				.line = f->line,
				.column = f->column,
				.severity = SIGMA_WARNING,
				.rule_id = f->id,
				.rule_title = f->title,
				.reason = reason,
			};
			notice(context, &said);
		}
	}
}

bool filters_apply(struct sigma_set *set)
{
	for (struct filter *f = set->filters; f; f = f->next) {
		for (uint32_t i = 0; i < set->rule_count; i++) {
			struct rule *rule = set->rules[i];
			if (!is_for(f, rule) || !names(f, &rule->about))
				continue;
			struct expression *both[] = {rule->when, f->when};
			rule->when = expression_new(set, EXPRESSION_AND, both, 2);
			if (!rule->when)
				return false;
		}
	}
	return true;
}
