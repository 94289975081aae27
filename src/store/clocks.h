/*
 * Clocks and duties: what runs, against whom, and until when (clocks.c);
 * the office's calendar and the duties of contractors (duties.c).
 */
#ifndef STORE_CLOCKS_H
#define STORE_CLOCKS_H

#include "pg/pg.h"
#include "store/violation.h"

/* A running clock of a case, or a duty that is not met. Texts: as ever. */
struct store_clock {
	const char *violation;     /* number; NULL: a duty of the contractor as such */
	const char *contractor;
	const char *state;         /* of the violation; NULL: none */
	const char *name;          /* of the clock or duty */
	bool ours;                 /* the office's turn; else the contractor's */
	bool duty;
	bool keep;                 /* of a duty: lasts until then, is never overdue */
	int64_t began;             /* moment */
	int64_t due;               /* moment; MOMENT_NONE: paused */
	const char *owner;         /* or NULL */
	int severity, level;       /* of the violation; level -1: none */
};
typedef int store_clock_function(void *context, const struct store_clock *row,
				 struct err *err);

struct store_clock_filter {
	const char *contractor;    /* NULL: all */
	const char *violation;     /* number; NULL: all */
	int64_t until;             /* due before; MOMENT_NONE: whenever, paused ones too */
	bool overdue;              /* not what is only to be kept */
	bool ours, theirs;         /* which of them */
};
/*
 * Those that are due first come first, what is paused last; what had to be
 * kept until now is over. limit 0: all. Within store_snapshot().
 */
int store_clocks(struct pg *pg, const struct store_clock_filter *filter, int64_t limit,
		 store_clock_function *row, void *context, struct err *err) MUST_CHECK;

/* What an act did to the clock of its case. */
struct store_clock_state {
	const char *name;          /* NULL: none runs */
	int64_t started, due, paused;      /* moments or MOMENT_NONE */
};
struct store_reading {
	int64_t at;
	const char *action;        /* of an approval: what was approved */
	const char *note;          /* of it, or NULL */
	const char *by, *approved; /* who asked; who signed, or NULL */
	struct store_clock_state before, after;
};
typedef int store_reading_function(void *context, const struct store_reading *row,
				   struct err *err);
/*
 * Every act that changed it, oldest first; of a case without one, its clock as
 * it is, as if it had been so before.
 */
int store_readings(struct pg *pg, const struct store_violation *violation,
		   store_reading_function *row, void *context, struct err *err) MUST_CHECK;

/* The office's calendar as the books have it. */
struct store_calendar {
	const char *time_zone, *weekend;   /* "America/New_York", "Saturday Sunday" */
	const char *const *holidays;       /* "2026-11-26 Thanksgiving Day" */
	size_t holiday_count;
};
/* Everything that comes out lives in the arena. */
int store_calendar_read(struct pg *pg, struct arena *arena, struct store_calendar *ret,
			struct err *err) MUST_CHECK;

/*
 * Record a moment for a contractor as such. report: number that it was given,
 * or NULL; note: words, or NULL. ERR_REFUSED says why not.
 */
int store_duty_record(struct pg *pg, const char *contractor, const char *moment, int64_t at,
		      const char *report, const char *note, struct err *err) MUST_CHECK;

/* A duty that began, met or not, with what became of it. */
struct store_duty {
	const char *name;
	int64_t amount;            /* of its unit, as it is set now */
	int64_t began, due;        /* moments */
	int64_t met, replaced;     /* moments or MOMENT_NONE */
	int64_t overdue_recorded;  /* when it was recorded that it had run out */
	int64_t recorded;
	const char *recorded_by;
	const char *report;        /* number of the report that met it, or NULL */
};
typedef int store_duty_function(void *context, const struct store_duty *row, struct err *err);
/* Of one violation, in the order in which they were recorded. */
int store_duties(struct pg *pg, const struct store_violation *violation,
		 store_duty_function *row, void *context, struct err *err) MUST_CHECK;

#endif
