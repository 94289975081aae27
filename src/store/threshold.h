/* Thresholds of contractors: where a correlation's numbers are not the standard's. */
#ifndef STORE_THRESHOLD_H
#define STORE_THRESHOLD_H

#include "pg/pg.h"

/* NULL, 0: as the standard says. Takes effect for deliveries judged from now on. */
struct store_threshold_setting {
	const char *bound;         /* a number */
	int64_t timespan;          /* microseconds */
	const char *said;          /* both as they were given */
};
/*
 * For the rule of a standard in force that is a correlation. ERR_NEGATIVE
 * where there is no such contractor or rule, ERR_REFUSED where the rule has
 * no bound, or several. who: the person, for the record.
 */
int store_threshold_set(struct pg *pg, const char *contractor, const char *rule,
			const struct store_threshold_setting *setting, const char *who,
			struct err *err) MUST_CHECK;

struct store_threshold {
	const char *rule, *title, *standard;
	const char *comparison;    /* ">=" …; NULL where there is no bound, or several */
	const char *bound, *standard_bound; /* NULL: as comparison */
	int64_t timespan, standard_timespan; /* microseconds */
	int64_t since;             /* moment; MOMENT_NONE: as the standard says */
	const char *who;           /* NULL: as since */
};
typedef int store_threshold_function(void *context, const struct store_threshold *row,
				     struct err *err);
/* What holds for a contractor: each correlation in force, or that of the rule (may be NULL). */
int store_thresholds(struct pg *pg, const char *contractor, const char *rule,
		     store_threshold_function *row, void *context, struct err *err) MUST_CHECK;

#endif
