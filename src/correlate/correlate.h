/*
 * correlate: hits of rules over time to runs. Floor 3: pure.
 *
 * Hits of one group are ordered by (time, identity). The window of a hit
 * holds the hits of its group that come no later in that order and are not
 * more than a timespan older (exactly one timespan apart: together). A hit
 * is hot when its window satisfies the condition; a run is all hits that
 * windows of hot hits cover, where those windows overlap. So runs are a
 * matter of the set of hits alone: how the hits came in, in which order and
 * in how many pieces, does not show.
 */
#ifndef CORRELATE_CORRELATE_H
#define CORRELATE_CORRELATE_H

#include "base/base.h"

enum correlate_type {
	CORRELATE_EVENT_COUNT,     /* distinct identities */
	CORRELATE_VALUE_COUNT,     /* distinct values */
	CORRELATE_VALUE_SUM,       /* sum and average are exact to 6 decimals */
	CORRELATE_VALUE_AVERAGE,
	CORRELATE_TEMPORAL,        /* distinct rules */
	CORRELATE_TEMPORAL_ORDERED, /* most rules that come in their order */
};

enum correlate_comparison { CORRELATE_GT, CORRELATE_GTE, CORRELATE_LT, CORRELATE_LTE,
			    CORRELATE_EQ, CORRELATE_NEQ, CORRELATE_COMPARISON_COUNT };

#define CORRELATE_RULES_LIMIT 64

struct correlate_rule {
	enum correlate_type type;
	int64_t timespan;          /* microseconds, >= 0 */
	uint32_t rule_count;       /* rules that hits are of: 1 to CORRELATE_RULES_LIMIT */
	/* All that are set must hold; none: temporal types want every rule. */
	bool compares[CORRELATE_COMPARISON_COUNT];
	double bounds[CORRELATE_COMPARISON_COUNT];
};

struct correlate_hit {
	int64_t time;              /* moment */
	uint64_t identity[2];      /* of the record: equal for hits of one record */
	struct text key;           /* of the group, compared byte for byte */
	uint32_t rule;             /* 0 to rule_count - 1 */
	struct text value;         /* VALUE_COUNT: hits without (bytes NULL) are left out */
	double number;             /* VALUE_SUM, VALUE_AVERAGE: hits with NAN are left out */
	void *owner;               /* the caller's */
};

struct correlate_run {
	struct text key;
	int64_t first, last;       /* moments of the first and the last hit covered */
	uint64_t count;            /* hits covered, a record counted once */
	/* The first hot hit: with it the condition became true. */
	const struct correlate_hit *became;
};
/* A value other than 0 stops. run->became is of the hits given. */
typedef int correlate_function(void *context, const struct correlate_run *run, struct err *err);

/*
 * All runs among hits, which get sorted: by key, and by time within a key.
 * Returns 0, what the function returned, or a negative error (out of memory).
 */
int correlate(const struct correlate_rule *rule, struct correlate_hit *hits, size_t count,
	      correlate_function *run, void *context, struct err *err) MUST_CHECK;

#endif
