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
	bool fresh;                /* correlate_again(): has come since the runs were made */
};

struct correlate_run {
	struct text key;
	int64_t first, last;       /* moments of the first and the last hit covered */
	uint64_t count;            /* hits covered, a record counted once */
	/* The first hot hit: with it the condition became true. */
	const struct correlate_hit *became;
	const struct correlate_hit *from, *to; /* first and last hit covered, in the order given */
};
/* A value other than 0 stops. run->became is of the hits given. */
typedef int correlate_function(void *context, const struct correlate_run *run, struct err *err);

/*
 * All runs among hits, which get sorted: by key, and by time within a key.
 * Returns 0, what the function returned, or a negative error (out of memory).
 */
int correlate(const struct correlate_rule *rule, struct correlate_hit *hits, size_t count,
	      correlate_function *run, void *context, struct err *err) MUST_CHECK;

/*
 * Runs kept up to date (again.c): when the hits of one group change between
 * two moments, only what is near can change, and only that needs to be known.
 * The outcome is that of correlate() over all hits.
 *
 * A condition that only grows stays true however many hits are added; then
 * what a run holds does not matter, only where it begins and ends, and the
 * neighbourhood is one timespan wide. Otherwise the runs that it meets are
 * made anew. Hits may then also have gone.
 */
bool correlate_only_grows(const struct correlate_rule *rule);
/* True only where there is a hit of every rule. */
bool correlate_needs_every(const struct correlate_rule *rule);

struct correlate_change {
	int64_t first, last;       /* moments of the first and the last hit changed */
	bool grows;                /* hits were only added, and the condition only grows */
};
/* A run as it stood before the change. */
struct correlate_standing {
	int64_t first, last;       /* moments */
	uint64_t count;
	struct correlate_hit became;
	void *owner;               /* the caller's */
	bool kept;                 /* afterwards: it is in one of the runs */
};
/* Runs that hold a moment of [*ret_from, *ret_to] must be known. */
void correlate_near_runs(const struct correlate_rule *rule, const struct correlate_change *change,
			 int64_t *ret_from, int64_t *ret_to);
/* Where those are known: hits in [*ret_from, *ret_to] must be known. */
void correlate_near_hits(const struct correlate_rule *rule, const struct correlate_change *change,
			 const struct correlate_standing *standing, size_t count,
			 int64_t *ret_from, int64_t *ret_to);

struct correlate_renewed {
	int64_t first, last;
	uint64_t count;
	const struct correlate_hit *became;
	/* Runs that stood and are in it: of those given, in order. */
	struct correlate_standing *standing;
	size_t standing_count;
	/* Hits covered, of those given. Those that no standing run had are fresh. */
	const struct correlate_hit *hits;
	size_t hit_count;
};
typedef int correlate_renewed_function(void *context, const struct correlate_renewed *run,
				       struct err *err);
/*
 * The runs that take the place of those standing (in the order of time), for
 * hits that are all of one group and get sorted. A standing run that is not
 * kept is no more.
 */
int correlate_again(const struct correlate_rule *rule, const struct correlate_change *change,
		    struct correlate_hit *hits, size_t count, struct correlate_standing *standing,
		    size_t standing_count, correlate_renewed_function *run, void *context,
		    struct err *err) MUST_CHECK;

#endif
