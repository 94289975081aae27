/*
 * Judging again: readers are started and fed with the evidence, the books
 * compared with what comes of it, contractor by contractor.
 */
#ifndef MUSTER_REPLAYING_H
#define MUSTER_REPLAYING_H

#include "muster/command.h"

/* What became of a contractor's score under one standard. */
struct replaying_score {
	const char *contractor, *standard;
	bool has_values;
	int record_before, record_after, indicated_before, indicated_after;
	const char *standing_before, *standing_after;
	int64_t handling_before, handling_after;   /* open findings of handling */
};

struct replaying_totals {
	int64_t contractors, batches, records, changes, left;
};

struct replaying_asked {
	const char *contractor;        /* code; NULL: all */
	int64_t since, until;          /* moments or MOMENT_NONE */
	bool late;                     /* only what a roster came late for */
	bool apply;
	const char *reason;            /* NULL only with late: "roster version N" */
	/* Each may be NULL. */
	void *context;
	int (*change)(void *context, const char *contractor,
		      const struct store_replay_change *change, struct err *err);
	int (*score)(void *context, const struct replaying_score *score, struct err *err);
};

struct replaying;
/* standards: directories (with a "/"), names and digests; none: those in force. */
int replaying_new(struct command_run *run, const char *const *standards, size_t count,
		  struct replaying **ret_replaying, struct err *err) MUST_CHECK;
void replaying_free(struct replaying *replaying);      /* NULL is allowed */
void replaying_clean(struct replaying **replaying);
int replaying_do(struct replaying *replaying, const struct replaying_asked *asked,
		 struct replaying_totals *ret_totals, struct err *err) MUST_CHECK;

#endif
