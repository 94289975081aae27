#include "casework/casework.h"

/* Roles and clocks -------------------------------------------------------------- */

static const struct casework_role_description roles[] = {
#define ROLE(identifier, name, postgres, meaning) { name, postgres, meaning },
#include "casework/roles.def"
#undef ROLE
};

const struct casework_role_description *casework_role_describe(enum casework_role role)
{
	return &roles[role];
}

bool casework_role_find(struct text name, enum casework_role *ret_role)
{
	for (size_t i = 0; i < ARRAY_LENGTH(roles); i++) {
		if (text_equal(text_of(roles[i].name), name)) {
			*ret_role = (enum casework_role)i;
			return true;
		}
	}
	return false;
}

#define US "us"
#define THEM "them"
#define BUSINESS_DAYS "business day"
#define DAYS "day"
static const struct casework_clock_description clocks[] = {
#define CLOCK(identifier, name, party, unit, amount, high, longest, setting, meaning)    \
	{ name, party, unit, amount, high, longest, setting, meaning },
#include "casework/clocks.def"
#undef CLOCK
};
#undef US
#undef THEM
#undef BUSINESS_DAYS
#undef DAYS

const struct casework_clock_description *casework_clock_describe(enum casework_clock clock)
{
	return &clocks[clock];
}

/* States -------------------------------------------------------------------------- */

static const struct casework_state_description states[] = {
#define STATE(identifier, name, clock, counts, meaning)                                  \
	{ name, CASEWORK_CLOCK_##clock, CASEWORK_COUNTS_##counts, meaning },
#include "casework/states.def"
#undef STATE
};

const struct casework_state_description *casework_state_describe(enum casework_state state)
{
	return &states[state];
}

bool casework_state_find(struct text name, enum casework_state *ret_state)
{
	for (size_t i = 0; i < ARRAY_LENGTH(states); i++) {
		if (text_equal(text_of(states[i].name), name)) {
			*ret_state = (enum casework_state)i;
			return true;
		}
	}
	return false;
}

const char *casework_counts_name(enum casework_counts counts)
{
	static const char *const names[] = {
		[CASEWORK_COUNTS_OPEN] = "open",
		[CASEWORK_COUNTS_SUSTAINED] = "sustained",
		[CASEWORK_COUNTS_CORRECTED] = "corrected",
		[CASEWORK_COUNTS_DISMISSED] = "dismissed",
	};

	return names[counts];
}

/* Reasons ------------------------------------------------------------------------- */

const char *casework_list_name(enum casework_list list)
{
	static const char *const names[] = {
		[CASEWORK_LIST_NONE] = "none",
		[CASEWORK_LIST_DISMISSAL] = "dismissal",
		[CASEWORK_LIST_SUSTAINING] = "sustaining",
		[CASEWORK_LIST_ANSWER] = "answer",
		[CASEWORK_LIST_UPHOLDING] = "upholding",
		[CASEWORK_LIST_OVERTURNING] = "overturning",
		[CASEWORK_LIST_REMANDING] = "remanding",
	};

	return names[list];
}

const char *casework_second_name(enum casework_second second)
{
	static const char *const names[] = {
		[CASEWORK_SECOND_NEVER] = "never",
		[CASEWORK_SECOND_HIGH] = "high",
		[CASEWORK_SECOND_ALWAYS] = "always",
		[CASEWORK_SECOND_BY_REASON] = "by reason",
	};

	return names[second];
}

#define BARE false
#define SILENT false
#define TOLD true
#undef TEXT
#define TEXT true
static const struct casework_reason reasons[] = {
#define REASON(code, list, text, told, second, meaning)                                  \
	{ code, CASEWORK_LIST_##list, text, told, CASEWORK_SECOND_##second, meaning },
#include "casework/reasons.def"
#undef REASON
};
#undef BARE
#undef SILENT
#undef TOLD
#undef TEXT

const struct casework_reason *casework_reasons(size_t *ret_count)
{
	*ret_count = ARRAY_LENGTH(reasons);
	return reasons;
}

const struct casework_reason *casework_reason_find(struct text code)
{
	for (size_t i = 0; i < ARRAY_LENGTH(reasons); i++)
		if (text_equal(text_of(reasons[i].code), code))
			return &reasons[i];
	return NULL;
}

/* Actions ------------------------------------------------------------------------- */

static const struct casework_action_description actions[] = {
#define ACTION(identifier, name, reasons, needs, summary)                                \
	{ name, CASEWORK_LIST_##reasons, needs, summary },
#include "casework/actions.def"
#undef ACTION
};

const struct casework_action_description *casework_action_describe(enum casework_action action)
{
	return &actions[action];
}

bool casework_action_find(struct text name, enum casework_action *ret_action)
{
	for (size_t i = 0; i < ARRAY_LENGTH(actions); i++) {
		if (text_equal(text_of(actions[i].name), name)) {
			*ret_action = (enum casework_action)i;
			return true;
		}
	}
	return false;
}

static const struct casework_argument_description arguments[] = {
#define ARGUMENT(identifier, name, placeholder, reason, meaning)                         \
	{ name, placeholder, reason, meaning },
	CASEWORK_ARGUMENTS(ARGUMENT)
#undef ARGUMENT
};

const struct casework_argument_description *
casework_argument_describe(enum casework_argument argument)
{
	return &arguments[argument];
}

/* Transitions --------------------------------------------------------------------- */

const char *casework_by_name(enum casework_by by)
{
	static const char *const names[] = {
		[CASEWORK_BY_ANYBODY] = "anybody",
		[CASEWORK_BY_OTHER] = "other",
		[CASEWORK_BY_SECOND] = "second",
		[CASEWORK_BY_ACTOR] = "actor",
	};

	return names[by];
}

/* Roles are joined by | in the list. */
enum {
#define ROLE(identifier, name, postgres, meaning) identifier = 1 << CASEWORK_ROLE_##identifier,
#include "casework/roles.def"
#undef ROLE
};

#define ANY CASEWORK_STATE_COUNT
static const struct {
	struct casework_transition is;     /* from ANY: of every state; to ANY: stays */
	bool open;                         /* only of states that have a clock */
} transitions[] = {
#define ROW(from, to, action, who, second, by, open)                                     \
	{ { from, to, CASEWORK_ACTION_##action, who, CASEWORK_SECOND_##second,            \
	    CASEWORK_BY_##by }, open },
#define TRANSITION(from, action, to, who, second, by)                                    \
	ROW(CASEWORK_STATE_##from, CASEWORK_STATE_##to, action, who, second, by, false)
#define EVERYWHERE(action, who, second, by) ROW(ANY, ANY, action, who, second, by, false)
#define OPEN(action, who, second, by) ROW(ANY, ANY, action, who, second, by, true)
#define OPEN_TO(action, to, who, second, by)                                             \
	ROW(ANY, CASEWORK_STATE_##to, action, who, second, by, true)
#include "casework/transitions.def"
#undef OPEN_TO
#undef OPEN
#undef EVERYWHERE
#undef TRANSITION
#undef ROW
};

bool casework_transition(enum casework_state from, enum casework_action action,
			 struct casework_transition *ret_transition)
{
	for (size_t i = 0; i < ARRAY_LENGTH(transitions); i++) {
		const struct casework_transition *is = &transitions[i].is;

		if (is->action != action || (is->from != from && is->from != ANY) ||
		    (transitions[i].open && states[from].clock == CASEWORK_CLOCK_NONE))
			continue;
		*ret_transition = *is;
		ret_transition->from = from;
		if (is->to == ANY)
			ret_transition->to = from;
		return true;
	}
	return false;
}

/* Sanctions ----------------------------------------------------------------------- */

static const struct casework_sanction sanctions[] = {
#define SANCTION(step, code, title, entitles) { step, code, title, entitles },
#include "casework/sanctions.def"
#undef SANCTION
};

const struct casework_sanction *casework_sanctions(size_t *ret_count)
{
	*ret_count = ARRAY_LENGTH(sanctions);
	return sanctions;
}
