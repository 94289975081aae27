/* One rule and one event, test by test, for people who want to know why. */
#include "sigma/matcher.h"

#define VALUES_SHOWN 5
#define VALUE_SHOWN 200
#define WORDS_LIMIT (1u << 20)

struct judging {
	struct sigma_set *set;
	struct buffer words, values;
	sigma_verdict_function *told;
	void *context;
	struct err *err;
};

/* How many tests of a rule hold in the part at hand. */
static unsigned tests_that_hold(struct matcher *m, const struct expression *e)
{
	unsigned count = e->kind == EXPRESSION_ATOM && matcher_holds(m, e);
	for (uint32_t i = 0; i < e->count; i++)
		count += tests_that_hold(m, e->children[i]);
	return count;
}

/* The first part of which the rule is true, or the one of which most of its tests are. */
static bool part_choose(struct sigma_set *set, const struct rule *rule, const struct event *event,
			struct sigma_judgement *ret)
{
	unsigned most = 0;
	*ret = (struct sigma_judgement){
		.of_source = rule->sources >> event->source & 1,
	};
	for (uint32_t part = 0; part < event->part_count && !ret->holds; part++) {
		if (!matcher_part(set->matcher, part))
			return false;
		ret->holds = matcher_holds(set->matcher, rule->when);
		unsigned count = tests_that_hold(set->matcher, rule->when);
		if (ret->holds || count > most)
			ret->part = part;
		most = count > most ? count : most;
	}
	if (!matcher_part(set->matcher, ret->part))
		return false;
	ret->holds = matcher_holds(set->matcher, rule->when);
	return true;
}

/* What the event has under the name of a field. */
static void values_add(struct judging *judging, uint32_t number)
{
	const struct field *field = &judging->set->fields[number];
	uint32_t place = 0;
	unsigned count = 0;
	const struct value *value;
	while ((value = matcher_value(judging->set->matcher, field, &place))) {
		if (count++ >= VALUES_SHOWN)
			continue;
		buffer_add_string(&judging->values, count > 1 ? ", \"" : "\"");
		buffer_add_escaped(&judging->values, value->raw, VALUE_SHOWN);
		buffer_add_byte(&judging->values, '"');
	}
	if (count > VALUES_SHOWN)
		buffer_add_format(&judging->values, " and %u more", count - VALUES_SHOWN);
	if (count == 0)
		buffer_add_string(&judging->values, field->joined >= 0 ? "not known" : "not there");
}

static void test_add(struct judging *judging, uint32_t number)
{
	const struct atom *atom = &judging->set->atoms[number];
	atom_explain(judging->set, number, &judging->words);
	if (atom->field == FIELD_ANY)
		return;
	values_add(judging, atom->field);
	if (atom->kind != ATOM_REFERENCE)
		return;
	buffer_add_string(&judging->values, "; ");
	values_add(judging, atom->other);
}

static int judge(struct judging *judging, const struct expression *e, unsigned depth)
{
	struct sigma_verdict verdict = {
		.depth = depth,
		.holds = matcher_holds(judging->set->matcher, e),
		.is_test = e->kind == EXPRESSION_ATOM,
	};
	buffer_reset(&judging->words);
	buffer_reset(&judging->values);
	if (verdict.is_test)
		test_add(judging, e->atom);
	else
		buffer_add_string(&judging->words, expression_word(e->kind));
	verdict.words = buffer_text(&judging->words);
	verdict.values = buffer_text(&judging->values);
	int done = judging->words.failed || judging->values.failed ?
			   err_set(judging->err, ERR_MEMORY, "out of memory explaining a rule") :
			   judging->told(judging->context, &verdict, judging->err);
	for (uint32_t i = 0; done >= 0 && i < e->count; i++)
		done = judge(judging, e->children[i], depth + 1);
	return done;
}

int sigma_set_judge(struct sigma_set *set, size_t number, const struct event *event,
		    struct sigma_judgement *ret, sigma_verdict_function *told, void *context,
		    struct err *err)
{
	const struct rule *rule = set->rules[number];
	struct judging judging = { .set = set, .told = told, .context = context, .err = err };

	matcher_begin(set->matcher, event);
	if (!part_choose(set, rule, event, ret))
		return err_set(err, ERR_MEMORY, "out of memory explaining a rule");
	if (!told)
		return 0;
	buffer_init(&judging.words, WORDS_LIMIT);
	buffer_init(&judging.values, WORDS_LIMIT);
	int done = judge(&judging, rule->when, 0);
	buffer_done(&judging.words);
	buffer_done(&judging.values);
	return done;
}
