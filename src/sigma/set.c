/* The set: made, filled by load.c, compiled once. */
#include "sigma/set.h"

struct sigma_set *sigma_set_new(struct event_names *names)
{
	struct sigma_set *set = calloc(1, sizeof(*set));
	if (!set)
		return NULL;
	set->names = names;
	set->filters_end = &set->filters;
	map_init(&set->atom_by_key);
	set->arena = arena_new(SET_MEMORY_LIMIT);
	if (!set->arena || set_field(set, TEXT("")) != FIELD_ANY) {
		sigma_set_free(set);
		return NULL;
	}
	return set;
}

void sigma_set_free(struct sigma_set *set)
{
	if (!set)
		return;
	matcher_free(set->matcher);
	index_free(set->index);
	for (uint32_t i = 0; i < set->atom_count; i++)
		regex_free(set->atoms[i].regex);
	map_done(&set->atom_by_key);
	arena_free(set->arena);
	free(set->fields);
	free(set->atoms);
	free(set->rules);
	free(set->columns);
	free(set);
}

int sigma_set_placeholder(struct sigma_set *set, struct text name,
			  const struct text *values, size_t count, struct err *err)
{
	struct placeholder *p = arena_get(set->arena, sizeof(*p));
	struct text *copies = arena_get_many(set->arena, count + 1, sizeof(*copies));
	if (!p || !copies)
		return err_set(err, ERR_MEMORY, "out of memory for placeholders");
	p->name = arena_text(set->arena, name);
	for (size_t i = 0; i < count; i++) {
		copies[i] = arena_text(set->arena, values[i]);
		if (!copies[i].bytes)
			return err_set(err, ERR_MEMORY, "out of memory for placeholders");
	}
	p->values = copies;
	p->count = count;
	p->next = set->placeholders;
	set->placeholders = p;
	return 0;
}

void sigma_set_placeholders_optional(struct sigma_set *set)
{
	set->placeholders_optional = true;
}

static void keep_reason(void *context, const struct sigma_notice *notice)
{
	err_set(context, ERR_SYNTAX, "%s:%u:%u: %s", notice->file, notice->line,
		notice->column, notice->reason);
}

int sigma_set_compile(struct sigma_set *set, bool check_source, struct err *err)
{
	struct err reason = {.code = ERR_MEMORY, .text = "out of memory"};
	if (!set->linked && sigma_set_link(set, keep_reason, &reason) != 0)
		return err_set(err, reason.code, "%s", reason.text);
	for (uint32_t i = 0; i < set->rule_count; i++)
		set->rules[i]->sources =
			check_source ? set->rules[i]->about.sources : UINT32_MAX;
	if (!filters_apply(set))
		return err_set(err, ERR_MEMORY, "out of memory compiling rules");
	set->index = index_new(set, err);
	if (!set->index)
		return -ERR_MEMORY;
	set->matcher = matcher_new(set, err);
	return set->matcher ? 0 : -ERR_MEMORY;
}

void sigma_set_join(struct sigma_set *set, event_join_function *join, void *context)
{
	set->join = join;
	set->join_context = context;
}

bool sigma_set_joins(const struct sigma_set *set)
{
	for (uint32_t i = 0; i < set->field_count; i++)
		if (set->fields[i].joined >= 0)
			return true;
	return false;
}

size_t sigma_set_count(const struct sigma_set *set)
{
	return set->rule_count;
}

const struct sigma_rule *sigma_set_rule(const struct sigma_set *set, size_t index)
{
	return index < set->rule_count ? &set->rules[index]->about : NULL;
}
