/* Definitions of the correlations by which readers judge; only for correlated.c and its like. */
#ifndef STORE_CORRELATION_H
#define STORE_CORRELATION_H

#include "correlate/correlate.h"
#include "pg/pg.h"

struct correlation_upper {
	uint32_t correlation;      /* place in the list */
	uint32_t position;         /* of this one among its rules */
};

struct correlation {
	int32_t id, rule_id, standard_id;
	int severity;
	const char *key;
	struct correlate_rule defined; /* as the standard says */
	/* As it holds for the contractor at hand, and with how far its logs reach. */
	struct correlate_rule rule;
	bool waits;                /* it asks for that: hits wait until it can be told */
	int32_t threshold;             /* by which; 0: as the standard says */
	const char **rules;
	const char **group_by;
	size_t rule_count, group_count;
	bool finding;
	int64_t width;             /* of a bucket: see correlation_bucket() */
	int64_t span;              /* first to last hit of a block at most */
	bool grows;                /* hits are only added, and then only make it truer */
	bool needs_below;          /* never true without a run of a correlation below */
	unsigned depth;            /* 0: all its rules are event rules */
	struct correlation_upper *uppers;
	size_t upper_count;
};

struct correlations {
	struct arena *arena;
	struct correlation **list;
	size_t count, room;
	uint32_t *places;          /* in the list, by rule_id; UINT32_MAX: none */
	size_t place_count;
	unsigned deepest;
};

/* Adds those among the rules (of a reader) that are not in the list yet. */
int correlations_read(struct pg *pg, struct correlations *correlations, const int32_t *rules,
		      size_t rule_count, struct err *err) MUST_CHECK;
/* From here on they hold as they do for this contractor. */
int correlations_hold_for(struct pg *pg, struct correlations *correlations, int32_t contractor_id,
			  struct err *err) MUST_CHECK;
void correlations_done(struct correlations *correlations);
/* The correlation that a rule is, by the rule's number; NULL: it is none. */
const struct correlation *correlations_find(const struct correlations *correlations,
					    int32_t rule_id, uint32_t *ret_place);
/* Number of the stretch of time, counted from 1970, in which the hits of a moment are tallied. */
int64_t correlation_bucket(const struct correlation *correlation, int64_t time);
/* Buckets, one beside the other, that a window can lie in. */
int64_t correlation_buckets(const struct correlation *correlation);
/* Hits that there must at least be before it can be true. */
int64_t correlation_least(const struct correlation *correlation);

#endif
