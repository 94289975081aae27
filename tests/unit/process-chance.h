/*
 * What might happen to a process, by chance: mostly what is possible and
 * leads on, now and then what is not. One seed, one history.
 */
#ifndef PROCESS_CHANCE_H
#define PROCESS_CHANCE_H

#include "process-model.h"

/* Chance ------------------------------------------------------------------------------------- */

static uint64_t chance;

static uint64_t draw(uint64_t below)
{
	chance ^= chance << 13;
	chance ^= chance >> 7;
	chance ^= chance << 17;
	return chance % below;
}

static bool percent(unsigned n)
{
	return draw(100) < n;
}

/* What is tried -------------------------------------------------------------------------------- */

static unsigned weight(const struct model_case *c, enum casework_action action)
{
	switch (action) {
	case CASEWORK_ACTION_APPROVE:
		return c->is.pending ? 60 : 1;
	case CASEWORK_ACTION_REFUSE:
		return c->is.pending ? 8 : 1;
	case CASEWORK_ACTION_EXPIRE:
		return c->is.pending ? 5 : 1;
	case CASEWORK_ACTION_MERGE:
	case CASEWORK_ACTION_WITHDRAW:
	case CASEWORK_ACTION_NOTE:
	case CASEWORK_ACTION_INCIDENT:
		return 1;
	case CASEWORK_ACTION_TAKE:
	case CASEWORK_ACTION_ASSIGN:
	case CASEWORK_ACTION_SUPPRESS:
	case CASEWORK_ACTION_DISMISS:
	case CASEWORK_ACTION_UNSUBSTANTIATE:
	case CASEWORK_ACTION_LAPSE:
		return 3;
	case CASEWORK_ACTION_UNDO:
		return 5;
	case CASEWORK_ACTION_PLAN:
	case CASEWORK_ACTION_MILESTONE:
	case CASEWORK_ACTION_SUSTAIN:
		return 20;
	default:
		return 10;
	}
}

static enum casework_action choose_action(const struct model_case *c)
{
	struct casework_transition law;
	unsigned sum = 0, at;

	if (percent(8))
		return (enum casework_action)draw(CASEWORK_ACTION_COUNT);
	for (int i = 0; i < CASEWORK_ACTION_COUNT; i++)
		if (casework_transition(c->is.state, (enum casework_action)i, &law))
			sum += weight(c, (enum casework_action)i);
	at = (unsigned)draw(sum);
	for (int i = 0; i < CASEWORK_ACTION_COUNT; i++) {
		if (!casework_transition(c->is.state, (enum casework_action)i, &law))
			continue;
		if (at < weight(c, (enum casework_action)i))
			return (enum casework_action)i;
		at -= weight(c, (enum casework_action)i);
	}
	return CASEWORK_ACTION_NOTE;
}

static int choose_person(const struct model *m, const struct model_case *c,
			 enum casework_action action)
{
	struct casework_transition law;

	for (int tries = 0; tries < 50 && casework_transition(c->is.state, action, &law); tries++) {
		int person = (int)draw((uint64_t)m->person_count);
		bool idle = m->people[person].closed || !m->people[person].sees;
		if (m->people[person].roles & law.who && (!idle || percent(3)))
			return person;
	}
	return (int)draw((uint64_t)m->person_count);
}

static const char *choose_reason(enum casework_list list)
{
	size_t count;
	const struct casework_reason *reasons = casework_reasons(&count);

	if (list == CASEWORK_LIST_NONE)
		return percent(1) ? reasons[draw(count)].code : NULL;
	for (;;) {
		const struct casework_reason *one = &reasons[draw(count)];
		if (one->list == list || percent(1))
			return percent(1) ? NULL : one->code;
	}
}

static void choose_plan(const struct model *m, const struct model_case *c,
			struct model_attempt *a)
{
	a->planned = 1 + (int)draw(MODEL_PLANNED);
	for (int i = 0; i < a->planned; i++) {
		a->plan[i].due = casework_day(m->calendar, m->now) + (int64_t)draw(100);
		if (percent(3))
			a->plan[i].due += percent(50) ? 150 : -3;
		if (c->milestone_count && percent(30))
			a->plan[i].again = 1 + (int)draw(1 + (uint64_t)model_milestone_last(c));
	}
}

/* More time for what is planned, mostly. */
static void choose_later_day(const struct model_case *c, struct model_attempt *a)
{
	const struct model_milestone *next = model_milestone_next(c);

	if (!next || percent(10))
		return;
	a->milestone = next->number;
	a->until = (next->due + 1 + (int64_t)draw(20)) * MODEL_DAY;
}

/* Is it asked for, or, now and then, given all the same? */
static bool asked(const struct casework_action_description *is, const char *reason,
		  const char *argument)
{
	for (int i = 0; reason && i < CASEWORK_ARGUMENT_COUNT; i++) {
		const struct casework_argument_description *one =
			casework_argument_describe((enum casework_argument)i);
		if (strcmp(one->name, argument) == 0 && strcmp(one->reason, reason) == 0)
			return percent(95);
	}
	if (model_word_in(is->needs, argument, false))
		return percent(97);
	return model_word_in(is->needs, argument, true) ? percent(30) : draw(500) == 0;
}

static struct model_attempt choose_attempt(const struct model *m, int which)
{
	const struct model_case *c = &m->cases[which];
	struct model_attempt a = MODEL_ATTEMPT_NONE;
	const struct casework_action_description *is;

	a.version = c->version;
	a.action = choose_action(c);
	a.person = choose_person(m, c, a.action);
	is = casework_action_describe(a.action);
	a.reason = choose_reason(is->reasons);
	a.note = percent(80) || asked(is, a.reason, "note");
	a.exception = asked(is, a.reason, "exception");
	a.evidence = asked(is, a.reason, "evidence");
	if (percent(3))
		a.version--;
	if (asked(is, a.reason, "until"))
		a.until = m->now + (int64_t)draw(60 * 86400) * MICROSECONDS * (percent(4) ? -1 : 1);
	if (asked(is, a.reason, "until") && a.until != MOMENT_NONE && c->is.due != MOMENT_NONE)
		a.until = c->is.due + (int64_t)draw(20 * 86400) * MICROSECONDS - MODEL_DAY;
	if (a.action == CASEWORK_ACTION_EXTEND && model_is(c, CASEWORK_STATE_CORRECTIVE_ACTION))
		choose_later_day(c, &a);
	if (asked(is, a.reason, "owner"))
		a.owner = (int)draw((uint64_t)m->person_count);
	if (asked(is, a.reason, "of"))
		a.of = (int)draw(MODEL_CASES);
	a.rule = asked(is, a.reason, "rule");
	a.subject = asked(is, a.reason, "subject");
	if (!a.milestone && asked(is, a.reason, "milestone"))
		a.milestone = 1 + (int)draw(1 + (uint64_t)model_milestone_last(c));
	if (asked(is, a.reason, "step"))
		a.step = 1 + (int)draw(5);
	if (asked(is, a.reason, "moment"))
		a.moment = (int)draw(CASEWORK_MOMENT_COUNT);
	if (asked(is, a.reason, "at"))
		a.at = m->now - (int64_t)draw(10 * 86400) * MICROSECONDS * (percent(4) ? -1 : 1);
	if (asked(is, a.reason, "milestones"))
		choose_plan(m, c, &a);
	return a;
}

static int64_t choose_moment(int64_t now)
{
	unsigned kind = (unsigned)draw(100);
	int64_t seconds = kind < 50 ? (int64_t)draw(1200) :
			  kind < 75 ? (int64_t)draw(8 * 3600) :
			  kind < 91 ? (int64_t)draw(4 * 86400) :
			  kind < 97 ? (int64_t)draw(30 * 86400) :
			  kind < 98 ? (int64_t)draw(365 * 86400) :
			  kind < 99 ? -(int64_t)draw(365 * 86400) :
				      -(int64_t)draw(3600);

	return now + seconds * MICROSECONDS + (int64_t)draw(3) * 333333;
}

#endif
