/*
 * Where the cases of process-model.h stand: their clocks, plans and duties,
 * and what is kept out of the queue.
 */
#ifndef PROCESS_STANDING_H
#define PROCESS_STANDING_H

#include <stdlib.h>

#include "casework/casework.h"

#define MODEL_CASES 6
#define MODEL_DUTIES 2048
#define MODEL_SUPPRESSIONS 512
#define MODEL_ACTS 1024
#define MODEL_MILESTONES 1024
#define MODEL_DAY (86400 * MICROSECONDS)
#define MODEL_HOLD (600 * MICROSECONDS)      /* of the outbox */
#define MODEL_PLANNED 3                      /* milestones of one plan at most */
#define MODEL_NOBODY (-1)

struct model_person {
	const char *name;
	unsigned roles;        /* bit n: enum casework_role n */
	bool closed;           /* the account */
	bool sees;             /* the contractor is in the portfolio */
};

/* What somebody tries to do. Numbers that are 0 and texts that are NULL: not given. */
struct model_attempt {
	int person;
	int version;           /* that it is based on */
	enum casework_action action;
	const char *reason;
	bool note;
	int64_t until;         /* MOMENT_NONE: not given */
	int owner;             /* MODEL_NOBODY: not given */
	int of;                /* case; -1: not given */
	bool exception, evidence;
	bool rule, subject;    /* all with the same */
	int milestone, step;
	int moment;            /* enum casework_moment; -1: not given */
	int64_t at;            /* MOMENT_NONE: not given */
	struct {
		int64_t due;   /* days since 1970-01-01 */
		int again;     /* number of the milestone that is set anew, or 0 */
	} plan[MODEL_PLANNED];
	int planned;
};

#define MODEL_ATTEMPT_NONE                                                               \
	((struct model_attempt){ .until = MOMENT_NONE, .owner = MODEL_NOBODY, .of = -1,    \
				 .moment = -1, .at = MOMENT_NONE })

/* What an undo brings back. */
struct model_standing {
	enum casework_state state;
	int owner;
	enum casework_clock clock;
	int64_t started, due, paused;
	bool disputed;
	int pending;           /* number of the act that waits, or 0 */
	int64_t pending_until, correct_since, suppressed_until;    /* or MOMENT_NONE */
	int merged_into;       /* case, or -1 */
};

struct model_act {
	int64_t at, recorded;
	struct model_attempt attempt;
	enum casework_action effect;   /* of an approval: what was approved */
	const char *reason;            /* of an approval: that of what was approved */
	enum casework_state from, to;
	bool waits;
	int signs, reverses;           /* numbers, or 0 */
	int64_t leaves;                /* moment or MOMENT_NONE */
	struct model_standing before;
};

struct model_milestone {
	int number, act;
	int64_t due;           /* day */
};

/* What somebody keeps out of the queue besides the case itself. */
struct model_suppression {
	int which, act;
	bool rule, subject;
	int64_t since, until;
};

/* A duty that began, of a case or (-1) of the contractor. */
struct model_duty {
	enum casework_duty duty;
	int which;
	int64_t began, due;
	bool met, replaced, overdue;
};

struct model_case {
	int severity, rule, subject;
	int64_t day;           /* on which it was flagged, since 1970-01-01 */
	struct model_standing is;
	struct model_act acts[MODEL_ACTS];
	int version;           /* also the number of acts; act n stands at n - 1 */
	struct model_milestone milestones[MODEL_MILESTONES];
	int milestone_count;
};

struct model {
	const struct model_person *people;
	int person_count;
	const struct casework_calendar *calendar;
	int64_t now;
	struct model_case cases[MODEL_CASES];
	int opened;            /* of the cases, the first */
	struct model_suppression suppressions[MODEL_SUPPRESSIONS];
	int suppression_count;
	struct model_duty duties[MODEL_DUTIES];    /* number n stands at n - 1 */
	int duty_count;
};

/* Refusals, as the database names them. */
#define MODEL_STATE "MU001"
#define MODEL_PERSON "MU002"
#define MODEL_CONFLICT "MU003"
#define MODEL_MISSING "MU004"

static inline bool model_is(const struct model_case *c, enum casework_state state)
{
	return c->is.state == state;
}

static inline enum casework_counts model_counts(const struct model_case *c)
{
	return casework_state_describe(c->is.state)->counts;
}

static inline struct model_act *model_act_of(struct model_case *c, int number)
{
	return number > 0 && number <= c->version ? &c->acts[number - 1] : NULL;
}

static inline bool model_in_force(const struct model_case *c, int number)
{
	for (int i = 0; i < c->version; i++)
		if (c->acts[i].reverses == number)
			return false;
	return true;
}

/* Clocks -------------------------------------------------------------------------- */

static inline void model_clock_begin(const struct model *m, struct model_case *c, int64_t at)
{
	enum casework_clock clock = casework_state_describe(c->is.state)->clock;
	enum casework_unit unit;

	c->is.clock = clock;
	c->is.started = c->is.due = c->is.paused = MOMENT_NONE;
	if (clock == CASEWORK_CLOCK_NONE)
		return;
	const struct casework_clock_description *rule = casework_clock_describe(clock);
	if (!casework_unit_find(text_of(rule->unit), &unit))
		abort();
	/* The days of corrective action have one beginning. */
	if (c->is.correct_since == MOMENT_NONE && (model_is(c, CASEWORK_STATE_CORRECTIVE_ACTION) ||
						   model_is(c, CASEWORK_STATE_OVERDUE)))
		c->is.correct_since = at;
	if (model_is(c, CASEWORK_STATE_CORRECTIVE_ACTION))
		at = c->is.correct_since;
	c->is.started = at;
	c->is.due = casework_clock_due(m->calendar, at, unit,
				       c->severity >= 4 ? rule->amount_high : rule->amount);
}

/* How long a clock may last with all extensions. */
static inline int64_t model_longest(const struct model *m, const struct model_case *c)
{
	const struct casework_clock_description *rule = casework_clock_describe(c->is.clock);
	enum casework_unit unit;

	if (!casework_unit_find(text_of(rule->unit), &unit))
		abort();
	return casework_clock_due(m->calendar, c->is.started, unit, rule->longest);
}

/* Until when something that is asked for now can be signed. */
static inline int64_t model_signing_due(const struct model *m, const struct model_case *c)
{
	const struct casework_clock_description *rule = casework_clock_describe(CASEWORK_CLOCK_SIGN);

	return casework_clock_due(m->calendar, m->now, CASEWORK_BUSINESS_DAYS,
				  c->severity >= 4 ? rule->amount_high : rule->amount);
}

/* Suppressions ---------------------------------------------------------------------- */

/* Until when a case that is opened now is kept out of the queue, or MOMENT_NONE. */
static inline int64_t model_suppressed_until(const struct model *m, const struct model_case *c)
{
	int64_t until = MOMENT_NONE;

	for (int i = 0; i < m->suppression_count; i++) {
		const struct model_suppression *is = &m->suppressions[i];
		const struct model_case *by = &m->cases[is->which];
		if (is->since <= m->now && is->until > m->now && c->severity <= by->severity &&
		    (!is->rule || c->rule == by->rule) &&
		    (!is->subject || c->subject == by->subject) && model_in_force(by, is->act) &&
		    is->until > until)
			until = is->until;
	}
	return until;
}

static inline void model_suppress(struct model *m, int which, const struct model_attempt *a,
				  int number, int64_t at)
{
	if (m->suppression_count == MODEL_SUPPRESSIONS)
		abort();
	m->suppressions[m->suppression_count++] =
		(struct model_suppression){ which, number, a->rule, a->subject, at, a->until };
}

/* The suppression was taken back: what was kept out by it and not touched since comes back. */
static inline void model_unsuppress(struct model *m, int which, int number)
{
	for (int i = 0; i < m->suppression_count; i++) {
		const struct model_suppression *is = &m->suppressions[i];
		for (int k = 0; is->which == which && is->act == number && k < m->opened; k++)
			if (k != which && m->cases[k].version == 0 &&
			    m->cases[k].is.suppressed_until == is->until)
				m->cases[k].is.suppressed_until = MOMENT_NONE;
	}
}

/* The next of the cases is flagged now. */
static inline struct model_case *model_open(struct model *m, int severity, int rule, int subject)
{
	struct model_case *c = &m->cases[m->opened++];

	c->severity = severity;
	c->rule = rule;
	c->subject = subject;
	c->day = m->now / MODEL_DAY;
	c->version = c->milestone_count = 0;
	c->is = (struct model_standing){ .state = CASEWORK_STATE_FLAGGED, .owner = MODEL_NOBODY,
					 .pending_until = MOMENT_NONE,
					 .correct_since = MOMENT_NONE, .merged_into = -1 };
	c->is.suppressed_until = model_suppressed_until(m, c);
	model_clock_begin(m, c, m->now);
	return c;
}

/* Duties ------------------------------------------------------------------------------ */

static inline int model_duty_order(const void *a, const void *b)
{
	const struct model_duty *one = a, *other = b;

	return strcmp(casework_duty_describe(one->duty)->name,
		      casework_duty_describe(other->duty)->name);
}

/* A moment meets duties, takes the place of earlier ones, and begins others. */
static inline void model_moment(struct model *m, int which, int moment, int64_t at)
{
	int last = m->duty_count;

	for (int i = 0; i < last; i++) {
		struct model_duty *duty = &m->duties[i];
		const struct casework_duty_description *is = casework_duty_describe(duty->duty);
		if (duty->which != which || duty->met || duty->replaced)
			continue;
		if ((int)is->met == moment && at >= duty->began)
			duty->met = true;
		else if ((int)is->base == moment)
			duty->replaced = true;
	}
	for (int i = 0; i < CASEWORK_DUTY_COUNT; i++) {
		const struct casework_duty_description *is =
			casework_duty_describe((enum casework_duty)i);
		if ((int)is->base != moment)
			continue;
		if (m->duty_count == MODEL_DUTIES)
			abort();
		m->duties[m->duty_count++] = (struct model_duty){
			.duty = (enum casework_duty)i, .which = which, .began = at,
			.due = casework_clock_due(m->calendar, at, is->unit, is->amount) };
	}
	qsort(m->duties + last, (size_t)(m->duty_count - last), sizeof(m->duties[0]),
	      model_duty_order);
}

/* Plans ----------------------------------------------------------------------------- */

static inline int model_last_plan(const struct model_case *c)
{
	for (int n = c->version; n > 0; n--)
		if (c->acts[n - 1].effect == CASEWORK_ACTION_PLAN && !c->acts[n - 1].waits &&
		    model_in_force(c, n))
			return n;
	return 0;
}

static inline bool model_milestone_met(const struct model_case *c, int number)
{
	for (int n = 1; n <= c->version; n++)
		if (c->acts[n - 1].attempt.action == CASEWORK_ACTION_MILESTONE &&
		    c->acts[n - 1].attempt.milestone == number && model_in_force(c, n))
			return true;
	return false;
}

/* The latest setting of a milestone that is part of the plan, or NULL. */
static inline const struct model_milestone *model_milestone_find(const struct model_case *c,
								 int number)
{
	const struct model_milestone *latest = NULL;

	for (int i = 0; i < c->milestone_count; i++)
		if (c->milestones[i].number == number && model_in_force(c, c->milestones[i].act))
			latest = &c->milestones[i];
	if (latest && !model_milestone_met(c, number) && latest->act < model_last_plan(c))
		return NULL;
	return latest;
}

static inline int model_milestone_last(const struct model_case *c)
{
	int last = 0;

	for (int i = 0; i < c->milestone_count; i++)
		if (c->milestones[i].number > last)
			last = c->milestones[i].number;
	return last;
}

/* The earliest that is not met, or NULL. */
static inline const struct model_milestone *model_milestone_next(const struct model_case *c)
{
	const struct model_milestone *next = NULL;

	for (int number = 1; number <= model_milestone_last(c); number++) {
		const struct model_milestone *one = model_milestone_find(c, number);
		if (one && !model_milestone_met(c, number) && (!next || one->due < next->due))
			next = one;
	}
	return next;
}

static inline void model_milestone_set(struct model_case *c, int number, int64_t due, int act)
{
	if (c->milestone_count == MODEL_MILESTONES)
		abort();
	c->milestones[c->milestone_count++] = (struct model_milestone){ number, act, due };
}

static inline int64_t model_due(const struct model *m, const struct model_case *c)
{
	const struct model_milestone *next =
		model_is(c, CASEWORK_STATE_CORRECTIVE_ACTION) ? model_milestone_next(c) : NULL;
	int64_t due = next ? casework_day_begin(m->calendar, next->due + 1) : INT64_MAX;

	return due < c->is.due ? due : c->is.due;
}

#endif
