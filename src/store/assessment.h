/*
 * store: what people record about requirements: findings of assessors, and
 * exceptions on file (assessment.c). The writing functions act as the person
 * who is connected; the database refuses those who may not (ERR_REFUSED).
 */
#ifndef STORE_ASSESSMENT_H
#define STORE_ASSESSMENT_H

#include "pg/pg.h"

struct store_assessment {
	int64_t id;
	const char *contractor;    /* code */
	const char *standard, *requirement;
	const char *finding;       /* met, not-met, partial, not-applicable */
	int64_t assessed;          /* moment of the assessment */
	const char *assessor, *basis;
	int64_t recorded;          /* moment it came into the books */
	const char *recorded_by;
};
/*
 * Record them, all or none; contractor to basis of each are used. *ret_bad: the
 * one that was refused, where one was. ERR_NEGATIVE: no such contractor.
 */
int store_assess(struct pg *pg, const struct store_assessment *assessments, size_t count,
		 size_t *ret_bad, struct err *err) MUST_CHECK;

typedef int store_assessment_function(void *context, const struct store_assessment *row,
				      struct err *err);
/*
 * In the order of contractors, standards, requirements and time. contractor
 * (code) and standard may be NULL: all. as_of: only what was recorded by then.
 */
int store_assessments(struct pg *pg, const char *contractor, const char *standard,
		      int64_t as_of, store_assessment_function *row, void *context,
		      struct err *err) MUST_CHECK;

/* The same of one contractor and standard, for its score. */
int store_assessments_of(struct pg *pg, int32_t contractor_id, const char *standard,
			 int64_t as_of, store_assessment_function *row, void *context,
			 struct err *err) MUST_CHECK;

/* An enduring exception or a temporary deficiency: 32 CFR 170.24(b)(1). */
struct store_exception {
	int64_t id;
	const char *contractor;    /* code */
	const char *kind;          /* enduring, temporary */
	const char *standard, *requirement;
	const char *rule, *subject;        /* NULL: whatever they are */
	const char *reference;     /* where it stands */
	const char *reason, *owner;
	int64_t from, until;       /* moments */
	int64_t proposed;
	const char *proposed_by;
	const char *state;         /* proposed, approved, refused, ended, expired */
	int64_t decided;           /* moment, or MOMENT_NONE */
	const char *decided_by;    /* or NULL */
};
/* contractor to until are used. */
int store_exception_propose(struct pg *pg, const struct store_exception *exception,
			    int64_t *ret_id, struct err *err) MUST_CHECK;
/* decision: approved, refused or ended. note: why. */
int store_exception_decide(struct pg *pg, const char *contractor, int64_t id,
			   const char *decision, const char *note, struct err *err) MUST_CHECK;

typedef int store_exception_function(void *context, const struct store_exception *row,
				     struct err *err);
/*
 * As they stood at as_of, in the order of contractors and numbers.
 * contractor (code) may be NULL: all. in_force: only those that cover something then.
 */
int store_exceptions(struct pg *pg, const char *contractor, int64_t as_of, bool in_force,
		     store_exception_function *row, void *context, struct err *err) MUST_CHECK;
/* Those of one contractor that cover something at as_of, for its score. */
int store_exceptions_of(struct pg *pg, int32_t contractor_id, int64_t as_of,
			store_exception_function *row, void *context, struct err *err) MUST_CHECK;

#endif
