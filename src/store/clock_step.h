/*
 * store: the clock itself (clock_step.c): what was seen of it, and where it
 * was moved. While it is held, nothing that time alone brings is recorded.
 */
#ifndef STORE_CLOCK_STEP_H
#define STORE_CLOCK_STEP_H

#include "pg/pg.h"
#include "store/reports.h"

/* A clock that was seen, and how long the machine had run. */
#define STORE_BOOT 64
struct store_clock_seen {
	int64_t at;                /* moment; MOMENT_NONE: never */
	char boot[STORE_BOOT];     /* which start of the machine */
	int64_t running;           /* microseconds since then */
};
/*
 * What was kept last. *ret_latest: the latest moment that the books know of,
 * *ret_apart: how far the database's clock was ahead of ours, in microseconds.
 * As the daemon, like the two that follow.
 */
int store_clock_seen_read(struct pg *pg, struct store_clock_seen *ret_seen, int64_t *ret_latest,
			  int64_t *ret_apart, struct err *err) MUST_CHECK;
int store_clock_see(struct pg *pg, const struct store_clock_seen *seen, struct err *err)
	MUST_CHECK;

/* What the clock showed, and what it should have shown. */
struct store_clock_step {
	int64_t number;
	const char *kind;          /* "set", "behind", "database"; see migrations/0013_clock.sql */
	int64_t expected, shown;   /* moments */
	int64_t bound;             /* microseconds; only to record */
	bool returned;             /* it was taken back */
	int64_t acknowledged;      /* moment; MOMENT_NONE: by nobody */
	const char *acknowledged_by, *note;    /* NULL: by nobody */
};
/* kind, expected, shown and bound are used. */
int store_clock_step_record(struct pg *pg, const struct store_clock_step *step,
			    struct err *err) MUST_CHECK;
/* The database's clock, and whether what time brings is held. */
int store_clock_now(struct pg *pg, int64_t *ret_now, bool *ret_held, struct err *err) MUST_CHECK;

typedef int store_clock_step_function(void *context, const struct store_clock_step *row,
				      struct err *err);
/* Every step of the period, oldest first; of its contractor nothing. */
int store_clock_steps(struct pg *pg, const struct store_period *period,
		      store_clock_step_function *row, void *context, struct err *err) MUST_CHECK;

/* Steps that stand: neither taken back nor acknowledged. */
struct store_clock_standing {
	int64_t count;
	int64_t expected, shown;   /* of the last, or MOMENT_NONE */
	bool held;
};
int store_clock_standing(struct pg *pg, struct store_clock_standing *ret, struct err *err)
	MUST_CHECK;
/*
 * As a person: all of them were looked at. *ret_count: how many that was.
 * ERR_REFUSED: it is not for this person, or there are no words.
 */
int store_clock_acknowledge(struct pg *pg, const char *words, int64_t *ret_count,
			    struct err *err) MUST_CHECK;

#endif
