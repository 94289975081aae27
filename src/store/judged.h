/* What a score is made from, as it stood at a moment (score.c). Only reads. */
#ifndef STORE_JUDGED_H
#define STORE_JUDGED_H

#include "store/violation.h"

struct store_finding {
	int64_t id;                        /* of the violation */
	const char *number, *rule, *state, *subject;
	struct text requirements[STORE_REQUIREMENTS];
	size_t requirement_count;
	int severity;
	bool direct;
	int64_t day, opened;               /* moments */
	int64_t decided;                   /* moment it was sustained, or MOMENT_NONE */
};
typedef int store_finding_function(void *context, const struct store_finding *row,
				   struct err *err);
/*
 * Violations of a contractor under any version of a standard, opened not
 * after as_of, in the order of their numbers; where they stood then, by the
 * acts up to then. Within store_snapshot().
 */
int store_findings(struct pg *pg, int32_t contractor_id, const char *standard, int64_t as_of,
		   store_finding_function *row, void *context, struct err *err) MUST_CHECK;

/* A version of a standard that was in force at a moment. */
struct store_judging {
	int32_t id;
	const char *name, *title, *digest; /* digest: 64 hex digits */
	struct text bundle;
};
typedef int store_judging_function(void *context, const struct store_judging *row,
				   struct err *err);
/* name: only that one, or NULL for all, in the order of names. */
int store_standards_at(struct pg *pg, int64_t moment, const char *name,
		       store_judging_function *row, void *context, struct err *err) MUST_CHECK;
/* One version, by its id: with the files it had when it judged. */
int store_standard_version(struct pg *pg, int32_t id, store_judging_function *row,
			   void *context, struct err *err) MUST_CHECK;
/*
 * One version, by its name (the one loaded last) or the first 8 or more digits
 * of its digest. ERR_NEGATIVE where there is none.
 */
int store_standard_find(struct pg *pg, const char *which, store_judging_function *row,
			void *context, struct err *err) MUST_CHECK;

/* Called with the name of a format. */
typedef int store_format_function(void *context, const char *format, struct err *err);
/* Formats in which a contractor's records had been accepted not after as_of. */
int store_formats_delivered(struct pg *pg, int32_t contractor_id, int64_t as_of,
			    store_format_function *row, void *context,
			    struct err *err) MUST_CHECK;

#endif
