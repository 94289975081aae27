/*
 * What is kept out of the queue (suppression.c): what that would be, before it
 * is asked for and before it is signed; what is, what was, and what it hid.
 */
#ifndef STORE_SUPPRESSION_H
#define STORE_SUPPRESSION_H

#include "store/act.h"
#include "store/bulk.h"

#define STORE_SUPPRESSION_DAYS 30

/*
 * What a suppression with its rule, its subject or both would have kept out
 * of the queue, besides the violation itself, of what was opened in the last
 * STORE_SUPPRESSION_DAYS days. hidden: sustained, open and dismissed together.
 */
struct store_suppression_preview {
	const char *number, *contractor;   /* of the violation */
	const char *rule, *subject;        /* NULL: any */
	int severity;                      /* what is more severe is not kept out */
	int64_t until;                     /* moment */
	int64_t hidden, sustained, open, dismissed;
	int64_t more_severe;               /* not hidden, for that reason alone */
	const char *owner;                 /* who asks for it */
	const char *reason, *note;
	int64_t act;                       /* number of the act that waits; 0: not asked for yet */
};
typedef int store_suppression_preview_function(void *context,
					       const struct store_suppression_preview *row,
					       struct err *err);
/*
 * Of an act that is not done yet. No row where it is about the violation
 * alone; ERR_REFUSED where an argument is not what it should be.
 */
int store_suppression_preview(struct pg *pg, const struct store_case *of,
			      const struct store_act_asked *asked,
			      store_suppression_preview_function *row, void *context,
			      struct err *err) MUST_CHECK;
/* Of the act that waits for a second person. No row where none of that kind does. */
int store_suppression_waiting(struct pg *pg, int32_t contractor_id, int64_t violation_id,
			      store_suppression_preview_function *row, void *context,
			      struct err *err) MUST_CHECK;
/*
 * Do what the preview of store_bulk_prepare() with this token says, where it
 * is one of suppressing this very violation. ERR_REFUSED: nothing was done.
 */
int store_suppression_do(struct pg *pg, const struct store_case *of, const char *token,
			 struct store_acted *ret_acted, struct err *err) MUST_CHECK;

/* A suppression that was asked for and not declined. */
struct store_suppression {
	const char *number, *contractor;   /* of the violation that it began with */
	int64_t act;                       /* that asked for it */
	bool wide;                         /* others like it too; else that alone */
	const char *rule, *subject;        /* NULL: any */
	int severity, level;               /* level: highest among the objects of what it hid */
	const char *owner, *signer;        /* signer: NULL where nobody had to, or has yet */
	const char *reason, *note;
	int64_t since, until;              /* moments */
	const char *state;                 /* "waits", "in force", "ended" or "undone" */
	int64_t hides, hid;                /* now, and in all; the violation itself counted */
};
struct store_suppression_query {
	const char *contractor, *violation;        /* code, number; NULL: any */
	bool in_force;                             /* these only */
};
typedef int store_suppression_function(void *context, const struct store_suppression *row,
				       struct err *err);
/* Those in force first, the one that ends next before others. Within store_snapshot(). */
int store_suppressions(struct pg *pg, const struct store_suppression_query *query,
		       store_suppression_function *row, void *context,
		       struct err *err) MUST_CHECK;

/* A violation that was kept out of the queue. */
struct store_suppressed {
	int64_t act;                       /* that asked for the suppression */
	const char *number, *rule, *subject, *state;
	int severity, level;
	int64_t opened;                    /* moment */
	int64_t until;                     /* moment; MOMENT_NONE: its case has moved on */
	bool hidden;                       /* still */
};
typedef int store_suppressed_function(void *context, const struct store_suppressed *row,
				      struct err *err);
/* All that the suppressions of that violation have hidden, itself too, oldest first. */
int store_suppressed(struct pg *pg, const char *number, store_suppressed_function *row,
		     void *context, struct err *err) MUST_CHECK;

/*
 * Put on the list which of the violations of these ids, just opened, are kept
 * out of the queue. As the daemon, in the transaction that opened them.
 */
int store_suppressed_record(struct pg *pg, int32_t contractor_id, int64_t first, int64_t last,
			    struct err *err) MUST_CHECK;

#endif
