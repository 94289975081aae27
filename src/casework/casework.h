/*
 * casework: the accountability process as lists: who may do what with a
 * violation, where that leads, which clock it starts, and which reasons it
 * takes. Floor 3: no I/O, no clock, no database.
 *
 * The lists stand in the .def files beside this header; the database has
 * them as tables, and enforces them. Identifiers of enumerations follow the
 * lists' first words.
 */
#ifndef CASEWORK_CASEWORK_H
#define CASEWORK_CASEWORK_H

#include "base/base.h"
#include "casework/clock.h"
#include "casework/duty.h"

/* Roles ----------------------------------------------------------------------- */

enum casework_role {
#define ROLE(identifier, name, postgres, meaning) CASEWORK_ROLE_##identifier,
#include "casework/roles.def"
#undef ROLE
	CASEWORK_ROLE_COUNT
};
struct casework_role_description {
	const char *name;          /* "officer" */
	const char *postgres;      /* "muster_officer" */
	const char *meaning;
};
const struct casework_role_description *casework_role_describe(enum casework_role role);
bool casework_role_find(struct text name, enum casework_role *ret_role);

/* Clocks ------------------------------------------------------------------------ */

enum casework_clock {
#define CLOCK(identifier, name, party, unit, amount, high, longest, setting, meaning)	\
	CASEWORK_CLOCK_##identifier,
#include "casework/clocks.def"
#undef CLOCK
	CASEWORK_CLOCK_COUNT,
	CASEWORK_CLOCK_NONE = CASEWORK_CLOCK_COUNT
};
struct casework_clock_description {
	const char *name;          /* "triage" */
	const char *party;         /* whose turn it is: "us" or "them" */
	const char *unit;          /* "business day" or "day" */
	int amount, amount_high;   /* of units; where the severity is high or critical */
	int longest;               /* with all extensions; 0: it is not extended */
	const char *setting;       /* that sets longest, or "" */
	const char *meaning;
};
/* Not for NONE. */
const struct casework_clock_description *casework_clock_describe(enum casework_clock clock);

/* States ------------------------------------------------------------------------- */

enum casework_state {
#define STATE(identifier, name, clock, counts, meaning) CASEWORK_STATE_##identifier,
#include "casework/states.def"
#undef STATE
	CASEWORK_STATE_COUNT
};
/* What a violation in a state is for the score. */
enum casework_counts {
	CASEWORK_COUNTS_OPEN,
	CASEWORK_COUNTS_SUSTAINED,
	CASEWORK_COUNTS_CORRECTED,
	CASEWORK_COUNTS_DISMISSED,
	CASEWORK_COUNTS_COUNT
};
/* "open", "sustained", ... */
const char *casework_counts_name(enum casework_counts counts);
struct casework_state_description {
	const char *name;          /* "corrective-action" */
	enum casework_clock clock; /* NONE: the case has ended */
	enum casework_counts counts;
	const char *meaning;
};
const struct casework_state_description *casework_state_describe(enum casework_state state);
bool casework_state_find(struct text name, enum casework_state *ret_state);

/* Reasons ------------------------------------------------------------------------ */

enum casework_list {
	CASEWORK_LIST_NONE,
	CASEWORK_LIST_DISMISSAL,
	CASEWORK_LIST_SUSTAINING,
	CASEWORK_LIST_ANSWER,
	CASEWORK_LIST_UPHOLDING,
	CASEWORK_LIST_OVERTURNING,
	CASEWORK_LIST_REMANDING,
	CASEWORK_LIST_COUNT
};
/* "dismissal", ... */
const char *casework_list_name(enum casework_list list);

/* When a second person has to sign. */
enum casework_second {
	CASEWORK_SECOND_NEVER,
	CASEWORK_SECOND_HIGH,      /* where the severity is high or critical */
	CASEWORK_SECOND_ALWAYS,
	CASEWORK_SECOND_BY_REASON, /* as the reason says; of transitions only */
	CASEWORK_SECOND_COUNT
};
/* "never", "high", ... */
const char *casework_second_name(enum casework_second second);

struct casework_reason {
	const char *code;          /* "DISPUTE-FACT" */
	enum casework_list list;
	bool text;                 /* words are needed besides */
	bool told;                 /* the contractor learns of it */
	enum casework_second second;
	const char *meaning;
};
/* All, in the order of the list. */
const struct casework_reason *casework_reasons(size_t *ret_count);
/* NULL: there is no such code. */
const struct casework_reason *casework_reason_find(struct text code);

/* Actions ------------------------------------------------------------------------ */

enum casework_action {
#define ACTION(identifier, name, reasons, needs, summary) CASEWORK_ACTION_##identifier,
#include "casework/actions.def"
#undef ACTION
	CASEWORK_ACTION_COUNT
};
struct casework_action_description {
	const char *name;          /* "take" */
	enum casework_list reasons;
	const char *needs;         /* names of arguments, one space between; "[name]": may be given */
	const char *summary;
};
const struct casework_action_description *casework_action_describe(enum casework_action action);
bool casework_action_find(struct text name, enum casework_action *ret_action);

/*
 * What actions take besides a reason: identifier, name, placeholder, reason
 * with which it must be given or "", meaning. "note" is the act's note; the
 * others are members of its data. Without a placeholder it takes no value.
 */
#define CASEWORK_ARGUMENTS(ARGUMENT)							\
	ARGUMENT(NOTE, "note", "TEXT", "",						\
		 "words for the record")						\
	ARGUMENT(EVIDENCE, "evidence", "TEXT", "",					\
		 "what is asked for, in words that the contractor reads")		\
	ARGUMENT(OWNER, "owner", "NAME", "",						\
		 "the officer who is to have it")					\
	ARGUMENT(OF, "of", "V-YYYY-NNNNNN", "DUP",					\
		 "the violation, of the same contractor, that this one repeats")	\
	ARGUMENT(EXCEPTION, "exception", "ID", "AUT",					\
		 "the exception that was in force then and covers it")				\
	ARGUMENT(UNTIL, "until", "TIME", "",						\
		 "until when; of a milestone, the day")					\
	ARGUMENT(RULE, "rule", "", "",							\
		 "also others that the same rule finds")				\
	ARGUMENT(SUBJECT, "subject", "", "",						\
		 "also others held against the same subject; with --rule, both must be the same") \
	ARGUMENT(MILESTONES, "milestones", "MILESTONE", "",				\
		 "what is done by which day, as 'DAY TITLE'; 'N DAY TITLE' sets milestone N anew") \
	ARGUMENT(MILESTONE, "milestone", "N", "",					\
		 "number of the milestone")						\
	ARGUMENT(STEP, "step", "STEP", "",						\
		 "step of the ladder, by its code")					\
	ARGUMENT(MOMENT, "moment", "MOMENT", "",					\
		 "what happened: a moment from which a duty follows, or with which one is met") \
	ARGUMENT(AT, "at", "TIME", "",							\
		 "when it happened")							\
	ARGUMENT(REPORT, "report", "NUMBER", "",					\
		 "number that the report was given")
enum casework_argument {
#define ARGUMENT(identifier, name, placeholder, reason, meaning) CASEWORK_ARGUMENT_##identifier,
	CASEWORK_ARGUMENTS(ARGUMENT)
#undef ARGUMENT
	CASEWORK_ARGUMENT_COUNT
};
struct casework_argument_description {
	const char *name;          /* "until" */
	const char *placeholder;   /* "TIME" */
	const char *reason;        /* code with which it must be given, or "" */
	const char *meaning;
};
const struct casework_argument_description *
casework_argument_describe(enum casework_argument argument);

/* Transitions -------------------------------------------------------------------- */

enum casework_by {
	CASEWORK_BY_ANYBODY,
	CASEWORK_BY_OTHER,         /* nobody who decided, or signed a decision */
	CASEWORK_BY_SECOND,        /* not who did the act in question */
	CASEWORK_BY_ACTOR,         /* only who did the act in question */
	CASEWORK_BY_COUNT
};
/* "anybody", ... */
const char *casework_by_name(enum casework_by by);

struct casework_transition {
	enum casework_state from, to;
	enum casework_action action;
	unsigned who;              /* bit n: enum casework_role n may */
	enum casework_second second;
	enum casework_by by;
};
/* False: the action cannot be taken from that state. */
bool casework_transition(enum casework_state from, enum casework_action action,
			 struct casework_transition *ret_transition);

/* Sanctions ---------------------------------------------------------------------- */

struct casework_sanction {
	int step;                  /* 1 is the lowest */
	const char *code;          /* "warning" */
	const char *title;
	const char *entitles;      /* what must have been for it to be taken */
};
const struct casework_sanction *casework_sanctions(size_t *ret_count);

/* The database ---------------------------------------------------------------------- */

/*
 * A list as the rows of the table that holds it in the database, as they
 * stand after VALUES: role, clock_rule, state, action, reason, sanction or
 * transition. False: there is no such table.
 */
bool casework_rows(const char *table, struct buffer *out) MUST_CHECK;

#include "casework/notice.h"

#endif
