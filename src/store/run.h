/* Runs and the violations they are. */
#ifndef STORE_RUN_H
#define STORE_RUN_H

#include "store/correlated.h"

/* The last moment of a run in the books that has not ended. */
#define RUN_OPEN (MOMENT_MOST - MICROSECONDS)

struct run_standing {
	int64_t violation;         /* 0: none */
	int32_t evidence;
	int level;
	struct held_hit became;
};

/* One run takes the place of those that stood. */
int run_renew(struct store_batch *batch, const struct hit_change *change,
	      const struct correlate_renewed *renewed, struct err *err) MUST_CHECK;
/* A run that stood is no more. */
int run_withdraw(struct store_batch *batch, const struct hit_change *change,
		 const struct correlate_standing *standing, struct err *err) MUST_CHECK;
/* What the two have to write is written; before that nothing reads it. */
int runs_flush(struct store_batch *batch, struct err *err) MUST_CHECK;
/* Evidence gathered by the two goes into the books. */
int run_evidence_flush(struct store_batch *batch, struct err *err) MUST_CHECK;

#endif
