/*
 * Violations as the books hold them: the queue, one of them with the lines
 * behind it, its neighbours (queue.c, violation.c). Everything here only
 * reads.
 */
#ifndef STORE_VIOLATION_H
#define STORE_VIOLATION_H

#include "pg/pg.h"

#define STORE_REQUIREMENTS 128u     /* that one rule may name */

/* Texts live until the function that was given the row returns. */
struct store_violation {
	int32_t contractor_id, standard_id;
	int64_t id;
	const char *number;                /* "V-2026-000001" */
	const char *contractor, *contractor_name;
	const char *rule, *rule_title, *rule_says, *rule_file;
	bool direct;
	struct text requirements[STORE_REQUIREMENTS];
	size_t requirement_count;
	int points;                        /* sum of their weights; 0 where the rule only asks */
	const char *standard, *standard_digest;  /* digest: 64 hex digits */
	int severity;                      /* 1 to 5 */
	const char *correlation;           /* what is counted, in words, or NULL */
	const char *state;
	const char *merged_into;           /* number of the violation it is part of now, or NULL */
	const char *subject_kind, *subject;
	int64_t day, first, last, opened;  /* moments */
	int64_t due;                       /* moment or MOMENT_NONE */
	const char *owner;                 /* or NULL */
	int64_t count;                     /* events */
	int level;                         /* enum event_level */
};
/* A value other than 0 ends the list and is returned. */
typedef int store_violation_function(void *context, const struct store_violation *row,
				     struct err *err);

/* NULL, 0 and MOMENT_NONE: any. */
struct store_queue_filter {
	const char *contractor, *rule, *state;
	const char *subject;               /* a part of it, in any case */
	int severity_least, severity_most;
	int64_t since, until;              /* had events at or after, and before */
	bool closed;                       /* those whose case has ended too */
};

/*
 * The queue: highest severity first, then most points, then oldest first
 * event. after: number of the violation behind which to begin, or NULL
 * (ERR_NEGATIVE where there is none of that number). limit: rows at most, 0:
 * all. Within store_snapshot().
 */
int store_queue(struct pg *pg, const struct store_queue_filter *filter, const char *after,
		int64_t limit, store_violation_function *row, void *context,
		struct err *err) MUST_CHECK;
/* How many there are in all; counts no further than most. */
int store_queue_count(struct pg *pg, const struct store_queue_filter *filter, int64_t most,
		      int64_t *ret_count, struct err *err) MUST_CHECK;

/* One violation; ERR_NEGATIVE where there is none of that number. */
int store_violation(struct pg *pg, const char *number, store_violation_function *row,
		    void *context, struct err *err) MUST_CHECK;

/*
 * The latest others of the same contractor with the same rule or the same
 * subject, newest first.
 */
int store_violation_neighbours(struct pg *pg, const struct store_violation *violation,
			       int64_t limit, store_violation_function *row, void *context,
			       struct err *err) MUST_CHECK;

/* A requirement that the violation's rule stands for. */
struct store_requirement {
	const char *id, *citation, *title;
};
typedef int store_requirement_function(void *context, const struct store_requirement *row,
				       struct err *err);
/* In the order of the standard. */
int store_violation_requirements(struct pg *pg, const struct store_violation *violation,
				 store_requirement_function *row, void *context,
				 struct err *err) MUST_CHECK;

/* A log line behind a violation, and where to read it. */
struct store_line {
	int64_t time;                      /* moment */
	int64_t line, offset, length;      /* in the uncompressed log */
	int64_t batch;
	const char *delivery, *name;       /* of the first delivery that brought it */
	const char *system, *format;
	struct text zone;                  /* TZif bytes; empty: UTC */
	int64_t received;                  /* moment */
	const char *evidence;              /* SHA-256 of the evidence file, 64 hex digits */
	const char *encoding;              /* plain, gzip, zstd */
	int64_t roster;                    /* version that it was joined to; 0: none */
};
typedef int store_line_function(void *context, const struct store_line *row, struct err *err);
/* In the order of time. limit: at most. */
int store_violation_lines(struct pg *pg, const struct store_violation *violation,
			  int64_t limit, store_line_function *row, void *context,
			  struct err *err) MUST_CHECK;

/*
 * From now to the commit, or the end of the transaction's scope, all
 * statements see one state of the books.
 */
int store_snapshot(struct pg *pg, struct pg_transaction *ret_transaction,
		   struct err *err) MUST_CHECK;

#endif
