/*
 * The accountability process once more, in memory and without a database: the
 * same lists and the same calendar, and everything else written anew from
 * what muster-process(7) says. test-histories.c compares the two.
 */
#ifndef PROCESS_MODEL_H
#define PROCESS_MODEL_H

#include "process-standing.h"

/* Whether an act may be ----------------------------------------------------------------- */

static inline bool model_word_in(const char *needs, const char *word, bool optional)
{
	struct text rest = text_of(needs);
	char bracketed[64];

	snprintf(bracketed, sizeof(bracketed), "[%s]", word);
	while (rest.length) {
		struct text one = text_split(&rest, ' ');
		if (text_equal(one, text_of(word)) ||
		    (optional && text_equal(one, text_of(bracketed))))
			return true;
	}
	return false;
}

static inline const char *model_check_needs(const struct model_attempt *a)
{
	const struct casework_action_description *is = casework_action_describe(a->action);
	const struct casework_reason *reason = NULL;
	const struct {
		const char *name;
		bool given;
	} arguments[] = {
		{ "note", a->note },		 { "until", a->until != MOMENT_NONE },
		{ "owner", a->owner >= 0 },	 { "of", a->of >= 0 },
		{ "exception", a->exception },	 { "milestone", a->milestone > 0 },
		{ "step", a->step > 0 },	 { "milestones", a->planned > 0 },
		{ "evidence", a->evidence },
		{ "moment", a->moment >= 0 },	 { "at", a->at != MOMENT_NONE },
		{ "rule", a->rule },		 { "subject", a->subject },
	};

	if (is->reasons == CASEWORK_LIST_NONE) {
		if (a->reason)
			return MODEL_MISSING;
	} else {
		reason = a->reason ? casework_reason_find(text_of(a->reason)) : NULL;
		if (!reason || reason->list != is->reasons || (reason->text && !a->note))
			return MODEL_MISSING;
	}
	for (size_t i = 0; i < ARRAY_LENGTH(arguments); i++) {
		const char *name = arguments[i].name;
		bool needed = model_word_in(is->needs, name, false);

		for (int k = 0; reason && k < CASEWORK_ARGUMENT_COUNT; k++) {
			const struct casework_argument_description *argument =
				casework_argument_describe((enum casework_argument)k);
			if (strcmp(argument->name, name) == 0 &&
			    strcmp(argument->reason, reason->code) == 0)
				needed = true;
		}
		if (needed && !arguments[i].given)
			return MODEL_MISSING;
		if (i > 0 && arguments[i].given && !model_word_in(is->needs, name, true))
			return MODEL_MISSING;
	}
	return NULL;
}

static inline const char *model_check_owner(const struct model *m, int owner)
{
	const struct model_person *is = &m->people[owner];
	unsigned may = 1u << CASEWORK_ROLE_OFFICER | 1u << CASEWORK_ROLE_SUPERVISOR;

	return !is->closed && is->sees && is->roles & may ? NULL : MODEL_MISSING;
}

static inline const char *model_check_until(const struct model *m, const struct model_case *c,
					    const struct model_attempt *a)
{
	if (a->until <= m->now)
		return MODEL_MISSING;
	if (a->action == CASEWORK_ACTION_SUPPRESS)
		return a->until > m->now + 366 * MODEL_DAY ? MODEL_MISSING : NULL;
	if (c->is.paused != MOMENT_NONE)
		return MODEL_STATE;
	if (!a->milestone)
		return a->until <= c->is.due || a->until > model_longest(m, c) ? MODEL_MISSING : NULL;
	const struct model_milestone *one = model_milestone_find(c, a->milestone);
	if (!one || model_milestone_met(c, a->milestone))
		return MODEL_MISSING;
	int64_t day = a->until / MODEL_DAY - (a->until % MODEL_DAY < 0);
	return day <= one->due || a->until > c->is.due ? MODEL_MISSING : NULL;
}

static inline const char *model_check_plan(const struct model *m, const struct model_case *c,
					   const struct model_attempt *a)
{
	const struct casework_clock_description *rule =
		casework_clock_describe(CASEWORK_CLOCK_CORRECT);
	int64_t begin = c->is.correct_since == MOMENT_NONE ? m->now : c->is.correct_since;
	int64_t last = casework_clock_due(m->calendar, begin, CASEWORK_DAYS,
					  c->severity >= 4 ? rule->amount_high : rule->amount);

	if (last <= m->now)
		return MODEL_STATE;
	for (int i = 0; i < a->planned; i++) {
		int again = a->plan[i].again;
		if (a->plan[i].due < casework_day(m->calendar, m->now) ||
		    a->plan[i].due > casework_day(m->calendar, last))
			return MODEL_MISSING;
		if (again && (again > model_milestone_last(c) ||
			      (model_milestone_find(c, again) && model_milestone_met(c, again))))
			return MODEL_MISSING;
		for (int k = 0; again && k < i; k++)
			if (a->plan[k].again == again)
				return MODEL_MISSING;
	}
	return NULL;
}

static inline int64_t model_year_before(int64_t moment)
{
	struct civil date = calendar_civil(moment);

	date.year--;
	if (!calendar_date_exists(date.year, date.month, date.day))
		date.day = 28;
	return calendar_moment(&date);
}

static inline const char *model_check_sanction(const struct model *m, const struct model_case *c,
					       const struct model_attempt *a)
{
	if (a->step == 1 || (a->step == 2 && c->severity >= 4) ||
	    ((a->step == 3 || a->step == 4) && c->severity == 5))
		return NULL;
	for (int i = 0; i < MODEL_CASES; i++) {
		const struct model_case *other = &m->cases[i];
		if (model_counts(other) == CASEWORK_COUNTS_DISMISSED)
			continue;
		for (int n = 1; n <= other->version; n++) {
			const struct model_act *act = &other->acts[n - 1];
			if (act->effect == CASEWORK_ACTION_SANCTION && !act->waits &&
			    act->attempt.step == a->step - 1 && model_in_force(other, n) &&
			    act->at > model_year_before(m->now))
				return NULL;
		}
	}
	return MODEL_STATE;
}

static inline const char *model_check_appeal(const struct model *m, const struct model_case *c)
{
	int64_t decided = MOMENT_NONE;
	bool heard = false;

	for (int n = 1; n <= c->version; n++) {
		const struct model_act *act = &c->acts[n - 1];
		if (!model_in_force(c, n))
			continue;
		if (act->effect == CASEWORK_ACTION_SUSTAIN && !act->waits) {
			heard = false;
			if (act->at > decided)
				decided = act->at;
		} else if (act->effect == CASEWORK_ACTION_UPHOLD) {
			heard = true;
		}
	}
	return heard || (decided != MOMENT_NONE && m->now > decided + 30 * MODEL_DAY) ?
		       MODEL_STATE : NULL;
}

static inline int64_t model_notice_leaves(const struct model_case *c)
{
	for (int n = c->version; n > 0; n--)
		if (c->acts[n - 1].attempt.action == CASEWORK_ACTION_NOTICE)
			return c->acts[n - 1].leaves;
	return MOMENT_NONE;
}

static inline const char *model_check(const struct model *m, const struct model_case *c,
				      const struct model_attempt *a)
{
	bool paused = c->is.paused != MOMENT_NONE;
	const char *refusal = model_check_needs(a);

	if (!refusal && a->owner >= 0)
		refusal = model_check_owner(m, a->owner);
	if (!refusal && a->of >= 0)
		refusal = a->of >= m->opened || &m->cases[a->of] == c ||
				  (model_counts(&m->cases[a->of]) == CASEWORK_COUNTS_DISMISSED &&
				   a->action != CASEWORK_ACTION_MERGE) ?
			MODEL_MISSING : NULL;
	if (!refusal && a->exception)
		refusal = MODEL_MISSING;       /* there are none yet */
	if (!refusal && a->until != MOMENT_NONE)
		refusal = model_check_until(m, c, a);
	if (refusal)
		return refusal;
	switch (a->action) {
	case CASEWORK_ACTION_LAPSE:
		return paused || model_due(m, c) > m->now ? MODEL_STATE : NULL;
	case CASEWORK_ACTION_EXPIRE:
		return !c->is.pending || c->is.pending_until > m->now ? MODEL_STATE : NULL;
	case CASEWORK_ACTION_DELIVER:
		return !paused || model_notice_leaves(c) > m->now ? MODEL_STATE : NULL;
	case CASEWORK_ACTION_RECALL:
		return paused && model_notice_leaves(c) > m->now ? NULL : MODEL_STATE;
	case CASEWORK_ACTION_REPLY:
		return paused ? MODEL_STATE : NULL;
	case CASEWORK_ACTION_PLAN:
		return model_check_plan(m, c, a);
	case CASEWORK_ACTION_MILESTONE:
		return model_milestone_find(c, a->milestone) && !model_milestone_met(c, a->milestone) ?
			NULL : MODEL_MISSING;
	case CASEWORK_ACTION_VERIFY:
		return model_milestone_next(c) ? MODEL_STATE : NULL;
	case CASEWORK_ACTION_SANCTION:
		return model_check_sanction(m, c, a);
	case CASEWORK_ACTION_APPEAL:
		return model_check_appeal(m, c);
	case CASEWORK_ACTION_INCIDENT:
		return a->at > m->now ? MODEL_MISSING : NULL;
	default:
		return NULL;
	}
}

/* Who decided, signed a decision or appealed has no other part in the case. */
static inline bool model_decides(enum casework_action action)
{
	enum casework_list list = casework_action_describe(action)->reasons;

	return (list != CASEWORK_LIST_NONE && list != CASEWORK_LIST_ANSWER) ||
	       action == CASEWORK_ACTION_SANCTION || action == CASEWORK_ACTION_APPEAL;
}

static inline bool model_has_decided(const struct model_case *c, int person)
{
	for (int i = 0; i < c->version; i++)
		if (c->acts[i].attempt.person == person &&
		    (c->acts[i].attempt.action == CASEWORK_ACTION_APPROVE ?
			     model_decides(c->acts[i].effect) :
			     model_decides(c->acts[i].attempt.action)))
			return true;
	return false;
}

static inline const char *model_permit(const struct model *m, struct model_case *c,
				       const struct model_attempt *a)
{
	const struct model_person *person = &m->people[a->person];
	const struct model_act *asked = model_act_of(c, c->is.pending);
	struct casework_transition law;

	if (!casework_transition(c->is.state, a->action, &law))
		return MODEL_STATE;
	if (!(law.who & person->roles))
		return MODEL_PERSON;
	if (law.by == CASEWORK_BY_OTHER && model_has_decided(c, a->person))
		return MODEL_PERSON;
	if (!asked)
		return NULL;
	switch (a->action) {
	case CASEWORK_ACTION_APPROVE:
	case CASEWORK_ACTION_REFUSE:
	case CASEWORK_ACTION_UNDO:
	case CASEWORK_ACTION_NOTE:
	case CASEWORK_ACTION_TAKE:
	case CASEWORK_ACTION_ASSIGN:
		return NULL;
	case CASEWORK_ACTION_LAPSE:
		return asked->attempt.action == CASEWORK_ACTION_EXTEND ? MODEL_STATE : NULL;
	default:
		return person->roles & law.who &
				       (1u << CASEWORK_ROLE_DAEMON | 1u << CASEWORK_ROLE_LIAISON) ?
			       NULL : MODEL_STATE;
	}
}

/* What an act does ------------------------------------------------------------------------ */

static inline bool model_second(const struct model_case *c, const struct model_attempt *a)
{
	struct casework_transition law;
	enum casework_second second = CASEWORK_SECOND_NEVER;

	if (casework_transition(c->is.state, a->action, &law))
		second = law.second;
	if (second == CASEWORK_SECOND_BY_REASON)
		second = casework_reason_find(text_of(a->reason))->second;
	return second == CASEWORK_SECOND_ALWAYS ||
	       (second == CASEWORK_SECOND_HIGH && c->severity >= 4) ||
	       (a->action == CASEWORK_ACTION_SUPPRESS && (a->rule || a->subject));
}

static inline int64_t model_leaves(enum casework_action action, const char *code, int64_t at)
{
	const struct casework_reason *reason = code ? casework_reason_find(text_of(code)) : NULL;

	if (action == CASEWORK_ACTION_NOTICE || action == CASEWORK_ACTION_REQUEST ||
	    action == CASEWORK_ACTION_SANCTION ||
	    action == CASEWORK_ACTION_MERGE || action == CASEWORK_ACTION_WITHDRAW ||
	    (action != CASEWORK_ACTION_SUPPRESS && reason && reason->told &&
	     reason->list != CASEWORK_LIST_ANSWER))
		return at + MODEL_HOLD;
	return MOMENT_NONE;
}

static inline void model_effect(struct model *m, struct model_case *c,
				const struct model_attempt *a, int number, int64_t at)
{
	struct casework_transition law;
	int last = model_milestone_last(c);

	if (casework_transition(c->is.state, a->action, &law) && law.to != c->is.state) {
		c->is.state = law.to;
		c->is.suppressed_until = MOMENT_NONE;
		model_clock_begin(m, c, at);
	}
	switch (a->action) {
	case CASEWORK_ACTION_TAKE:
		c->is.owner = a->person;
		break;
	case CASEWORK_ACTION_ASSIGN:
		c->is.owner = a->owner;
		break;
	case CASEWORK_ACTION_NOTICE:
		c->is.paused = at;
		c->is.due = MOMENT_NONE;
		break;
	case CASEWORK_ACTION_DELIVER:
		model_clock_begin(m, c, at);
		break;
	case CASEWORK_ACTION_REPLY:
		c->is.disputed = c->is.disputed || strncmp(a->reason, "DISPUTE-", 8) == 0;
		break;
	case CASEWORK_ACTION_SUSTAIN:
		c->is.correct_since = MOMENT_NONE;
		c->is.disputed = false;
		break;
	case CASEWORK_ACTION_UNSUBSTANTIATE:
	case CASEWORK_ACTION_DISMISS:
		c->is.disputed = false;
		break;
	case CASEWORK_ACTION_SUPPRESS:
		c->is.suppressed_until = a->until;
		if (a->rule || a->subject)
			model_suppress(m, (int)(c - m->cases), a, number, at);
		break;
	case CASEWORK_ACTION_INCIDENT:
		model_moment(m, (int)(c - m->cases), a->moment, a->at);
		break;
	case CASEWORK_ACTION_EXPIRE:
		c->is.pending = 0;
		break;
	case CASEWORK_ACTION_PLAN:
		for (int i = 0; i < a->planned; i++)
			model_milestone_set(c, a->plan[i].again ? a->plan[i].again : ++last,
					    a->plan[i].due, number);
		break;
	case CASEWORK_ACTION_EXTEND:
		if (a->milestone)
			model_milestone_set(c, a->milestone, a->until / MODEL_DAY, number);
		else
			c->is.due = a->until;
		break;
	case CASEWORK_ACTION_MERGE:
		c->is.merged_into = a->of;
		break;
	default:
		break;
	}
}

static inline const char *model_undo(struct model_case *c, struct model *m,
				     struct model_act *act)
{
	const struct model_act *last = model_act_of(c, c->version);

	if (!last)
		return MODEL_STATE;
	if (last->attempt.person != act->attempt.person)
		return MODEL_PERSON;
	if (last->attempt.action == CASEWORK_ACTION_UNDO ||
	    last->attempt.action == CASEWORK_ACTION_INCIDENT ||
	    last->attempt.action == CASEWORK_ACTION_RECALL ||
	    (last->leaves != MOMENT_NONE && last->leaves <= m->now))
		return MODEL_STATE;
	act->reverses = c->version;
	model_unsuppress(m, (int)(c - m->cases), c->version);
	c->is = last->before;
	return NULL;
}

static inline const char *model_sign(struct model_case *c, struct model *m,
				     struct model_act *act)
{
	const struct model_act *asked = model_act_of(c, c->is.pending);
	const char *refusal;

	if (!asked)
		return MODEL_STATE;
	if (asked->attempt.person == act->attempt.person)
		return MODEL_PERSON;
	if (act->attempt.action == CASEWORK_ACTION_APPROVE && c->is.pending_until <= m->now)
		return MODEL_STATE;
	act->signs = c->is.pending;
	if (act->attempt.action == CASEWORK_ACTION_REFUSE) {
		c->is.pending = 0;
		return NULL;
	}
	refusal = model_check(m, c, &asked->attempt);
	if (refusal)
		return refusal;
	c->is.pending = 0;
	act->effect = asked->attempt.action;
	act->attempt.step = asked->attempt.step;
	act->leaves = model_leaves(act->effect, asked->attempt.reason, act->at);
	model_effect(m, c, &asked->attempt, c->version + 1, act->at);
	return NULL;
}

/* at: when it was so, where the act only says it. */
static inline const char *model_do_at(struct model *m, int which, const struct model_attempt *a,
				      int64_t at)
{
	struct model_case *c = &m->cases[which];
	struct model_act act = { .at = at, .recorded = m->now, .attempt = *a,
				 .effect = a->action, .from = c->is.state, .leaves = MOMENT_NONE,
				 .before = c->is };
	const struct model_person *person = &m->people[a->person];
	struct model_standing unchanged = c->is;
	const char *refusal = NULL;

	if (person->closed)
		return MODEL_PERSON;
	if (!person->sees)
		return MODEL_MISSING;
	if (a->version != c->version)
		return MODEL_CONFLICT;
	refusal = model_permit(m, c, a);
	if (!refusal)
		refusal = model_check(m, c, a);
	if (refusal)
		return refusal;
	if (c->version == MODEL_ACTS)
		abort();
	if (a->action == CASEWORK_ACTION_UNDO) {
		refusal = model_undo(c, m, &act);
	} else if (a->action == CASEWORK_ACTION_APPROVE || a->action == CASEWORK_ACTION_REFUSE) {
		refusal = model_sign(c, m, &act);
	} else if (model_second(c, a)) {
		if (c->is.pending ||
		    (a->action == CASEWORK_ACTION_EXTEND && model_due(m, c) <= m->now))
			return MODEL_STATE;
		act.waits = true;
		c->is.pending = c->version + 1;
		c->is.pending_until = model_signing_due(m, c);
	} else {
		if (a->action == CASEWORK_ACTION_LAPSE)
			act.at = model_due(m, c);
		if (a->action == CASEWORK_ACTION_EXPIRE)
			act.at = c->is.pending_until;
		act.leaves = model_leaves(a->action, a->reason, act.at);
		model_effect(m, c, a, c->version + 1, act.at);
		if (c->is.state != act.from)
			c->is.pending = 0;
	}
	if (refusal) {
		c->is = unchanged;
		return refusal;
	}
	if (!c->is.pending)
		c->is.pending_until = MOMENT_NONE;
	act.to = c->is.state;
	c->acts[c->version++] = act;
	return NULL;
}

/*
 * NULL: it is done, or waits for a second person. Else why it is refused. A
 * clock that went back makes no act earlier than the one before it; only of a
 * letter it says when that left.
 */
static inline const char *model_do_sent(struct model *m, int which, const struct model_attempt *a,
					bool sent)
{
	const struct model_case *c = &m->cases[which];
	int64_t now = m->now;

	if (c->version && c->acts[c->version - 1].recorded > now)
		m->now = c->acts[c->version - 1].recorded;
	const char *refusal = model_do_at(m, which, a, sent ? now : m->now);
	m->now = now;
	return refusal;
}

static inline const char *model_do(struct model *m, int which, const struct model_attempt *a)
{
	return model_do_sent(m, which, a, false);
}

/* A moment of the contractor as such. */
static inline const char *model_duty_record(struct model *m, int person, int moment, int64_t at)
{
	const struct model_person *is = &m->people[person];
	unsigned may = 1u << CASEWORK_ROLE_OFFICER | 1u << CASEWORK_ROLE_SUPERVISOR |
		       1u << CASEWORK_ROLE_LIAISON;

	if (is->closed || !(is->roles & may))
		return MODEL_PERSON;
	if (!is->sees || at > m->now)
		return MODEL_MISSING;
	model_moment(m, -1, moment, at);
	return NULL;
}

/* Has the moment come? By the clock as it is, also where that went back. */
static inline bool model_has_come(const struct model *m, const struct model_case *c,
				  enum casework_action fact)
{
	switch (fact) {
	case CASEWORK_ACTION_DELIVER:
		return model_is(c, CASEWORK_STATE_NOTICED) && model_notice_leaves(c) <= m->now;
	case CASEWORK_ACTION_EXPIRE:
		return c->is.pending && c->is.pending_until <= m->now;
	default:
		return c->is.clock != CASEWORK_CLOCK_NONE && model_due(m, c) <= m->now;
	}
}

/* What time brings. */
static inline void model_pass(struct model *m, int daemon)
{
	static const enum casework_action facts[] = { CASEWORK_ACTION_DELIVER,
						      CASEWORK_ACTION_EXPIRE,
						      CASEWORK_ACTION_LAPSE };
	struct model_attempt a = MODEL_ATTEMPT_NONE;

	a.person = daemon;
	for (size_t fact = 0; fact < ARRAY_LENGTH(facts); fact++)
		for (int i = 0; i < m->opened; i++) {
			a.action = facts[fact];
			a.version = m->cases[i].version;
			if (model_has_come(m, &m->cases[i], facts[fact]))
				(void)model_do_sent(m, i, &a, facts[fact] == CASEWORK_ACTION_DELIVER);
		}
	for (int i = 0; i < m->duty_count; i++) {
		struct model_duty *duty = &m->duties[i];
		if (!duty->met && !duty->replaced && duty->due <= m->now &&
		    !casework_duty_describe(duty->duty)->keep)
			duty->overdue = true;
	}
}

#endif
