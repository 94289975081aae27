/* Correlations in words. */
#include "sigma/set.h"

/* What muster's own types look for; without their group. */
static void explain_own(const struct correlating *c, struct buffer *out)
{
	const struct sigma_correlation *is = &c->about;
	long long after = (long long)((is->timespan - is->before) / MICROSECONDS);
	long long before = (long long)(is->before / MICROSECONDS);
	if (is->type == SIGMA_GAP) {
		buffer_add_format(out, "\nnothing for more than %lld seconds%s",
				  (long long)(is->timespan / MICROSECONDS),
				  is->open ? ", or ever since" : "");
	} else if (is->type == SIGMA_TRAVEL) {
		buffer_add_format(out,
				  "\nfaster than %lld km/h over more than %lld km, not more than "
				  "%lld seconds apart",
				  (long long)is->speed, (long long)is->distance,
				  (long long)(is->timespan / MICROSECONDS));
	} else {
		buffer_add_string(out, "\nthe first without any of the others");
		if (before)
			buffer_add_format(out, " in %lld seconds before", before);
		if (after)
			buffer_add_format(out, "%s in %lld seconds after", before ? " and" : "",
					  after);
		if (is->value_count)
			buffer_add_string(out, ", of another");
	}
	for (size_t i = 0; is->type == SIGMA_ABSENCE && i < is->value_count; i++) {
		buffer_add_string(out, i ? ", " : " ");
		buffer_add_escaped(out, text_of(c->value_fields[i]), 0);
	}
	if (is->where_known)
		buffer_add_format(out, "\nonly where one of the others was there %s, in whatever group",
				  before ? "before that time begins, or as it does"
					 : "before it, or with it");
}

void correlation_explain(const struct sigma_set *set, const struct correlating *c,
			 struct buffer *out)
{
	static const char *const signs[] = {">", ">=", "<", "<=", "=", "is not"};
	if (c->about.type == SIGMA_SILENCE) {
		buffer_add_format(out,
				  "silence\na system that delivered nothing for more than %lld times "
				  "the interval agreed with it\n",
				  (long long)c->about.intervals);
		return;
	}
	if (c->about.type == SIGMA_HOLE) {
		buffer_add_format(out,
				  "hole\nnumbers of records that are missing in a system's deliveries "
				  "%lld seconds after greater ones came\n",
				  (long long)(c->about.timespan / MICROSECONDS));
		return;
	}
	if (c->about.type == SIGMA_REWRITE) {
		buffer_add_string(out, "rewrite\nnumbers that a system's records have borne, and "
				       "that a later delivery gives to others\n");
		return;
	}
	buffer_add_format(out, "%s of", sigma_correlation_type_name(c->about.type));
	for (size_t i = 0; c->about.type < SIGMA_ABSENCE && i < c->about.value_count; i++) {
		buffer_add_string(out, i ? ", " : " ");
		buffer_add_escaped(out, text_of(c->value_fields[i]), 0);
	}
	if (c->about.type < SIGMA_ABSENCE && c->about.value_count)
		buffer_add_string(out, " in");
	for (size_t i = 0; i < c->about.rule_count; i++) {
		buffer_add_string(out, i ? ", \"" : " \"");
		buffer_add_escaped(
			out, text_of(set->rules[c->about.rules[i]]->about.title), 0);
		buffer_add_string(out, "\"");
	}
	if (c->about.type >= SIGMA_ABSENCE)
		explain_own(c, out);
	else
		buffer_add_format(out, "\nwithin %lld seconds",
				  (long long)(c->about.timespan / MICROSECONDS));
	for (size_t i = 0; i < SIGMA_COMPARISON_COUNT; i++)
		if (c->about.compares[i])
			buffer_add_format(out, ", %s %.15g", signs[i],
					  c->about.bounds[i]);
	buffer_add_string(out,
			  c->about.group_count ? "\nfor the same" : "\nin one group");
	for (size_t i = 0; i < c->about.group_count; i++) {
		buffer_add_string(out, i ? ", " : " ");
		buffer_add_escaped(out, text_of(c->about.group_by[i]), 0);
	}
	for (size_t i = 0; i < c->alias_count; i++) {
		buffer_add_string(out, i ? "; " : "\nwhere ");
		buffer_add_escaped(out, text_of(c->aliases[i].name), 0);
		buffer_add_string(out, " is ");
		buffer_add_escaped(out, text_of(c->aliases[i].field), 0);
		buffer_add_string(out, " of ");
		buffer_add_escaped(out, text_of(c->aliases[i].rule), 0);
	}
	buffer_add_byte(out, '\n');
}
