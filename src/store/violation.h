/*
 * Violations as the books hold them: the queue, one of them with the lines
 * behind it, its neighbours (queue.c, violation.c). Everything here only
 * reads.
 */
#ifndef STORE_VIOLATION_H
#define STORE_VIOLATION_H

#include "filter/filter.h"
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
	int32_t version;                   /* raised by every act */
	const char *standard, *standard_digest;  /* digest: 64 hex digits */
	int severity;                      /* 1 to 5 */
	const char *correlation;           /* what is counted, in words, or NULL */
	const char *state;
	const char *merged_into;           /* number of the violation it is part of now, or NULL */
	const char *subject_kind, *subject;
	int64_t day, first, last, opened;  /* moments */
	const char *clock, *party;         /* "reply", "them"; NULL where it has ended */
	int64_t due;                       /* moment or MOMENT_NONE */
	bool paused;                       /* the clock stands still */
	bool disputed;
	const char *pending;               /* action that waits for a second person, or NULL */
	int64_t suppressed;                /* until that moment, or MOMENT_NONE */
	bool repeated;                     /* in the queue and alone: not the first of its kind */
	bool evidence_gap;                 /* as store_evidence_gaps() finds them */
	/* End of the first exception to end, of those that cover it now; or MOMENT_NONE. */
	int64_t exception_until;
	const char *owner;                 /* or NULL */
	int64_t count;                     /* events */
	int level;                         /* enum event_level */
};
/* A value other than 0 ends the list and is returned. */
typedef int store_violation_function(void *context, const struct store_violation *row,
				     struct err *err);

/*
 * How soon something has to happen, the soonest first. Of a clock that runs:
 * its time is up, less than 24 hours are left, less than 72, or more; then
 * those whose clock stands still, then those whose case has ended.
 */
enum store_urgency {
	STORE_LATE,
	STORE_WITHIN_DAY,
	STORE_WITHIN_THREE_DAYS,
	STORE_LATER,
	STORE_PAUSED,
	STORE_ENDED,
	STORE_URGENCIES
};
/* "late", "24 h", "72 h", "later", "paused", "ended" */
const char *store_urgency_name(enum store_urgency urgency);
enum store_urgency store_violation_urgency(const struct store_violation *violation,
					   int64_t now);

struct store_queue_query {
	const struct filter_node *filter;  /* NULL: all */
	int64_t now;                       /* moment; decides what is urgent */
	bool ended;                        /* those whose case has ended too */
	bool suppressed;                   /* those that are kept out of the queue too */
};

/* Where a violation stands in the order of the queue. */
struct store_queue_key {
	enum store_urgency urgency;
	int32_t rank;                      /* severity, then points; the lower, the sooner */
	int64_t first;
	int32_t contractor_id;
	int64_t id;
};
/* ERR_NEGATIVE where there is none of that number, or its case has ended. */
int store_queue_key(struct pg *pg, const char *number, const struct store_queue_query *query,
		    struct store_queue_key *ret_key, struct err *err) MUST_CHECK;

/*
 * The queue: by urgency, then highest severity, most points, oldest first
 * event. after: where to go on, or NULL. limit: rows at most, 0: all. Within
 * store_snapshot(). The first rows cost the same however many wait.
 */
int store_queue(struct pg *pg, const struct store_queue_query *query,
		const struct store_queue_key *after, int64_t limit,
		store_violation_function *row, void *context, struct err *err) MUST_CHECK;
/* How many there are in all; counts no further than most. */
int store_queue_count(struct pg *pg, const struct store_queue_query *query, int64_t most,
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
 * What is missing under a violation. REJECTED: a record of it came in a
 * delivery of which count records were rejected. HOLE: one came in the
 * delivery in which it showed that records first to last of the system are
 * missing, or in the one before that. SILENCE: one came in the last delivery
 * of a system that is silent since. What the feeds lack is as of the last look
 * at them, see store_feeds_check().
 */
enum store_gap_kind { STORE_GAP_REJECTED, STORE_GAP_HOLE, STORE_GAP_SILENCE };
struct store_gap {
	enum store_gap_kind kind;
	const char *system;
	int64_t batch;
	int64_t count;                     /* REJECTED */
	int64_t first, last;               /* HOLE: numbers */
	int64_t since;                     /* moment of the delivery */
};
typedef int store_gap_function(void *context, const struct store_gap *row, struct err *err);
/* The first 100, by delivery. */
int store_evidence_gaps(struct pg *pg, const struct store_violation *violation,
			store_gap_function *row, void *context, struct err *err) MUST_CHECK;

/*
 * From now to the commit, or the end of the transaction's scope, all
 * statements see one state of the books.
 */
int store_snapshot(struct pg *pg, struct pg_transaction *ret_transaction,
		   struct err *err) MUST_CHECK;

#endif
