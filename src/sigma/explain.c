/* Rules in words, for people who want to know how they were understood. */
#include "sigma/set.h"

static void name_add(const struct sigma_set *set, uint32_t field, struct buffer *out)
{
	if (field == FIELD_ANY)
		buffer_add_string(out, "any value");
	else
		buffer_add_escaped(out, set->fields[field].name, 0);
}

static void literal_add(struct text literal, struct buffer *out)
{
	buffer_add_string(out, " \"");
	buffer_add_escaped(out, literal, 0);
	buffer_add_string(out, "\"");
}

static void pattern_add(struct pattern p, struct buffer *out)
{
	static const char *const marks[] = {"*", "?", "[-/]"};
	buffer_add_string(out, " like \"");
	for (size_t i = 0; i < p.length; i++) {
		char byte = (char)p.units[i];
		if (p.units[i] >= UNIT_ANY)
			buffer_add_string(out, marks[p.units[i] - UNIT_ANY]);
		else if (byte == '*' || byte == '?')
			buffer_add_format(out, "\\%c", byte);
		else
			buffer_add_byte(out, byte);
	}
	buffer_add_string(out, "\"");
}

static void network_add(const struct network *n, struct buffer *out)
{
	bool is_v4 = n->prefix >= 96 && n->address.bytes[10] == 0xFF;
	buffer_add_string(out, " in network ");
	for (unsigned i = is_v4 ? 12 : 0; i < 16; i += is_v4 ? 1 : 2)
		buffer_add_format(out, is_v4 ? "%s%u" : "%s%x",
				  i == (is_v4 ? 12u : 0u) ? ""
				  : is_v4		  ? "."
							  : ":",
				  is_v4 ? n->address.bytes[i]
					: (unsigned)n->address.bytes[i] << 8 |
						  n->address.bytes[i + 1]);
	buffer_add_format(out, "/%u", is_v4 ? n->prefix - 96 : n->prefix);
}

static void comparison_add(const struct atom *atom, struct buffer *out)
{
	static const char *const signs[] = {"=", "<", "<=", ">", ">="};
	static const char *const parts[] = {"minute", "hour",  "day",
					    "week",   "month", "year"};
	if (atom->kind == ATOM_TIME)
		buffer_add_format(out, " has a %s", parts[atom->time_part]);
	buffer_add_format(out, " %s %.15g", signs[atom->comparison], atom->real);
}

static void flags_add(unsigned flags, struct buffer *out)
{
	if (flags & REGEX_CASELESS)
		buffer_add_string(out, " (in either case)");
	if (flags & REGEX_MULTILINE)
		buffer_add_string(out, " (at each line)");
	if (flags & REGEX_DOTALL)
		buffer_add_string(out, " (over line ends)");
}

void atom_explain(const struct sigma_set *set, uint32_t number, struct buffer *out)
{
	static const char *const verbs[] = {[ATOM_EXACT] = " is",
					    [ATOM_PREFIX] = " starts with",
					    [ATOM_SUFFIX] = " ends with",
					    [ATOM_CONTAINS] = " contains"};
	const struct atom *atom = &set->atoms[number];
	name_add(set, atom->field, out);
	switch ((enum atom_kind)atom->kind) {
	case ATOM_EXISTS:
		buffer_add_string(out, " is there");
		break;
	case ATOM_NULL:
		buffer_add_string(out, " is null or not there");
		break;
	case ATOM_EXACT:
	case ATOM_PREFIX:
	case ATOM_SUFFIX:
	case ATOM_CONTAINS:
		buffer_add_string(out, verbs[atom->kind]);
		literal_add(atom->literal, out);
		break;
	case ATOM_PATTERN:
		pattern_add(atom->pattern, out);
		break;
	case ATOM_COMPARE:
	case ATOM_TIME:
		comparison_add(atom, out);
		break;
	case ATOM_CIDR:
		network_add(&atom->network, out);
		break;
	case ATOM_REFERENCE:
		buffer_add_format(out, "%s the value of ", verbs[atom->comparison]);
		name_add(set, atom->other, out);
		break;
	case ATOM_REGEX:
		buffer_add_string(out, " matches");
		literal_add(atom->literal, out);
		flags_add(atom->regex_flags, out);
		break;
	}
	if (atom->cased)
		buffer_add_string(out, " (in this case)");
}

const char *expression_word(enum expression_kind kind)
{
	static const char *const words[] = {[EXPRESSION_AND] = "all of",
					    [EXPRESSION_OR] = "one of",
					    [EXPRESSION_NOT] = "not",
					    [EXPRESSION_FALSE] = "never"};
	return words[kind];
}

static void expression_add(const struct sigma_set *set, const struct expression *e,
			   unsigned depth, struct buffer *out)
{
	for (unsigned i = 0; i < depth; i++)
		buffer_add_string(out, "    ");
	if (e->kind == EXPRESSION_ATOM)
		atom_explain(set, e->atom, out);
	else
		buffer_add_string(out, expression_word(e->kind));
	buffer_add_byte(out, '\n');
	for (uint32_t i = 0; i < e->count; i++)
		expression_add(set, e->children[i], depth + 1, out);
}

static void sources_add(const struct sigma_rule *about, struct buffer *out)
{
	buffer_add_string(out, "for events of");
	if (!about->sources)
		buffer_add_string(out, " no format there is: it can never fire here");
	for (unsigned i = 0; i < EVENT_SOURCE_COUNT; i++)
		if (about->sources >> i & 1)
			buffer_add_format(
				out, " %s",
				event_source_describe((enum event_source)i)->name);
	buffer_add_byte(out, '\n');
}

static void waits_add(const struct sigma_set *set, uint32_t rule, struct buffer *out)
{
	unsigned shown = 0, more = 0;
	if (set->rules[rule]->always) {
		buffer_add_string(out, "looked at for every record\n");
		return;
	}
	for (uint32_t i = 0; i < set->atom_count; i++) {
		for (uint32_t k = 0; k < set->atoms[i].waiting_count; k++) {
			if (set->atoms[i].waiting[k] != rule)
				continue;
			if (shown == 8) {
				more++;
				continue;
			}
			buffer_add_string(out, shown++ ? "    or " : "looked at when ");
			atom_explain(set, i, out);
			buffer_add_byte(out, '\n');
		}
	}
	if (more)
		buffer_add_format(out, "    or one of %u more\n", more);
}

/* What becomes of a match. */
static void use_add(const struct rule *rule, struct buffer *out)
{
	static const char *const subjects[] = {
		[SIGMA_SUBJECT_ACTOR] = "actor",     [SIGMA_SUBJECT_OBJECT] = "object",
		[SIGMA_SUBJECT_HOST] = "host",	     [SIGMA_SUBJECT_ADDRESS] = "address",
		[SIGMA_SUBJECT_SESSION] = "session",
	};
	if (rule->about.only_correlated)
		buffer_add_string(out, "no finding by itself: it only serves correlations\n");
	else if (rule->when)
		buffer_add_format(out, "held against the %s\n", subjects[rule->about.subject]);
}

void sigma_set_explain(const struct sigma_set *set, size_t number, struct buffer *out)
{
	const struct rule *rule = set->rules[number];
	buffer_add_escaped(out, text_of(rule->about.title), 0);
	buffer_add_format(out, " (%s)\n", sigma_level_name(rule->about.level));
	sources_add(&rule->about, out);
	use_add(rule, out);
	if (rule->when) {
		waits_add(set, (uint32_t)number, out);
		expression_add(set, rule->when, 0, out);
	} else {
		correlation_explain(set, rule->correlation, out);
	}
}
