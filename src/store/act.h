/*
 * The process in the books: what is done with a violation, and the record of
 * it (act.c). The database decides whether it may be: where it does not, the
 * error is ERR_REFUSED, sqlstate says why (STORE_MU_...) and the text names
 * what stands against it.
 */
#ifndef STORE_ACT_H
#define STORE_ACT_H

#include "store/violation.h"

#define STORE_MU_STATE "MU001"     /* the case is not where this can be done */
#define STORE_MU_PERSON "MU002"    /* this person may not */
#define STORE_MU_CONFLICT "MU003"  /* a colleague was faster */
#define STORE_MU_MISSING "MU004"   /* a reason, words, an argument */

/*
 * What the database said against something, as the error of the caller: the
 * process's own refusals become ERR_REFUSED, without a word of PostgreSQL.
 */
int store_refused(struct err *err, const struct err *failure);

/* Where a violation is; ERR_NEGATIVE where none of that number is seen. */
struct store_case {
	int32_t contractor_id;
	int64_t id;
	int64_t version;           /* number of its last act */
};
int store_case_find(struct pg *pg, const char *number, struct store_case *ret_case,
		    struct err *err) MUST_CHECK;

/*
 * Act as the person of the connection (store_open_person). The case's
 * version is the one that was decided upon. data: a JSON object of the
 * action's arguments. reason, note: NULL where there is none.
 */
struct store_act_asked {
	const char *action, *reason, *note;
	struct text data;
};
struct store_acted {
	int64_t number;            /* of the act; the case's version now */
	char state[32];
	bool waits;                /* for a second person */
};
int store_act(struct pg *pg, const struct store_case *of, const struct store_act_asked *asked,
	      struct store_acted *ret_acted, struct err *err) MUST_CHECK;

/* Where a case stands, and its clock. */
struct store_standing {
	int64_t version;
	const char *clock, *party; /* "reply", "them"; NULL where it has ended */
	int64_t started, due, paused;      /* moments, or MOMENT_NONE */
	bool disputed;
	int64_t pending;           /* number of the act that waits for a second person, or 0 */
	int64_t pending_until;     /* when it expires, or MOMENT_NONE */
	int64_t suppressed;        /* until that moment, or MOMENT_NONE */
};
typedef int store_standing_function(void *context, const struct store_standing *standing,
				    struct err *err);
int store_standing(struct pg *pg, const struct store_violation *violation,
		   store_standing_function *function, void *context, struct err *err) MUST_CHECK;

/* One line of a violation's history: an act, a look at its evidence, or a further answer. */
struct store_act {
	int64_t number;            /* 0: no act */
	int64_t at, recorded_at;   /* moments */
	const char *actor, *role, *action;
	const char *reason, *note; /* or NULL */
	const char *from, *to;     /* states */
	const char *outcome;       /* "done", "waits", "approved", "refused" */
	const char *data;          /* JSON */
	int64_t reverses, approves;        /* number of the act, or 0 */
	const char *clock;         /* that runs after it, or NULL */
	int64_t clock_started, clock_due, clock_paused;    /* moments, or MOMENT_NONE */
	int64_t leaves;            /* moment at which it leaves the building, or MOMENT_NONE */
};
typedef int store_act_function(void *context, const struct store_act *row, struct err *err);
/* Oldest first. */
int store_history(struct pg *pg, const struct store_violation *violation,
		  store_act_function *row, void *context, struct err *err) MUST_CHECK;

/* A milestone of the plan as it is. */
struct store_milestone {
	int64_t number, revision;
	const char *title;
	int64_t first_due, due;    /* moments at which the days begin, in UTC */
	int64_t met;               /* moment, or MOMENT_NONE */
};
typedef int store_milestone_function(void *context, const struct store_milestone *row,
				     struct err *err);
int store_plan(struct pg *pg, const struct store_violation *violation,
	       store_milestone_function *row, void *context, struct err *err) MUST_CHECK;

/* A document that the contractor delivered for the case. */
struct store_document {
	const char *name, *sha256; /* 64 hex digits: its place among the evidence */
	int64_t bytes;
	int64_t received;          /* moment */
};
typedef int store_document_function(void *context, const struct store_document *row,
				    struct err *err);
/* In the order in which they came. */
int store_documents(struct pg *pg, const struct store_violation *violation,
		    store_document_function *row, void *context, struct err *err) MUST_CHECK;

/* Put on record that the person of the connection opens the evidence. */
int store_look(struct pg *pg, const char *number, struct err *err) MUST_CHECK;

/*
 * How the office works. hold: seconds for which what goes out is held back.
 * weekend: bit n is day n of the week (0: Sunday). holidays: lines of
 * "2026-12-25 name". reply_longest, plan_longest: business days that these
 * clocks last at most. As the daemon.
 */
struct store_office {
	int64_t hold;
	unsigned weekend;
	struct text zone, holidays;
	int64_t reply_longest, plan_longest;
	/* Of duties that the configuration sets. */
	int64_t inquiry_hours, initial_report_hours, final_report_days, audit_review_days;
};
int store_office_configure(struct pg *pg, const struct store_office *office,
			   struct err *err) MUST_CHECK;

/*
 * What time brings: notices that leave, what has lapsed, what has become more
 * severe than what it was suppressed with. *ret_acts: how many that were. As the daemon.
 */
int store_pass(struct pg *pg, int64_t *ret_acts, struct err *err) MUST_CHECK;
/*
 * The same, but no case lapses after that moment, at which store_waiting_set()
 * knew what waits.
 */
int store_pass_until(struct pg *pg, int64_t until, int64_t *ret_acts, struct err *err) MUST_CHECK;

#endif
